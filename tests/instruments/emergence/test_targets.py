"""Targets A and B, the peak, who is scored, and how much of the year that covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import checked_counts, share
from firstlight.instruments.emergence.targets import (
    coverage,
    eligible,
    exceptional_since_now,
    exceptional_since_peak,
    peak_index,
)


def test_peak_is_the_latest_of_ties_and_skips_thin_years() -> None:
    counts = [[50, 10, 10, 5, 40], [0, 0, 0, 0, 9], [1, 2, 3, 4, 5]]
    totals = [100, 500, 500, 500, 500]
    # Column 0 has under 200 documents; column 4 lies after the forecast year.
    assert peak_index(counts, totals, 3).tolist() == [2, 3, 3]
    assert peak_index(counts, [199] * 5, 3).tolist() == [-1, -1, -1]
    assert peak_index(counts, [200] * 5, 3).tolist() == [0, 3, 3]


def test_targets_by_hand() -> None:
    counts = [[40, 20, 0, 0, 50], [40, 20, 0, 0, 25]]
    totals = [1000, 1000, 1000, 1000, 1000]
    a = exceptional_since_peak(counts, totals, 1, 3)
    assert a.years.tolist() == [4.0, 4.0]
    assert a.growth == pytest.approx([1.25**0.25 - 1, 0.625**0.25 - 1])
    assert a.exceptional.tolist() == [0.0, 0.0]
    b = exceptional_since_now(counts, totals, 1, 3)
    assert b.growth == pytest.approx([2.5 ** (1 / 3) - 1, 1.25 ** (1 / 3) - 1])
    assert b.exceptional.tolist() == [1.0, 0.0]


def test_share_not_count_is_what_grows() -> None:
    assert exceptional_since_now([[100, 200]], [1000, 2000], 0, 1).exceptional.tolist() == [0.0]
    assert exceptional_since_now([[100, 100]], [1000, 500], 0, 1).exceptional.tolist() == [1.0]


@pytest.mark.parametrize(
    ("counts", "totals", "complete"),
    [
        ([[20.0, 30.0]], [300.0, 300.0], None),  # FY+3 lies outside the columns
        ([[20, 30, 0, 0, 90]], [300] * 5, [True, True, True, True, False]),
        ([[20, 30, 0, 0, np.nan]], [300, 300, 300, 300, np.nan], None),
        ([[20, 30, 0, 0, 0]], [300, 300, 300, 300, 0], None),
    ],
)
def test_unknown_outcome_is_nan_and_never_false(
    counts: list[list[float]], totals: list[float], complete: list[bool] | None
) -> None:
    for target in (exceptional_since_peak, exceptional_since_now):
        outcome = target(counts, totals, 1, 3, complete=complete)
        assert np.isnan(outcome.exceptional).all()
        assert np.isnan(outcome.growth).all()


def test_nothing_to_grow_from_is_nan() -> None:
    assert np.isnan(exceptional_since_now([[0, 5]], [300, 300], 0, 1).exceptional).all()
    assert np.isnan(exceptional_since_peak([[0, 5]], [300, 300], 0, 1).exceptional).all()
    thin = exceptional_since_peak([[10, 50]], [100, 300], 0, 1)  # no year fit to be a peak
    assert np.isnan(thin.exceptional).all()
    assert np.isnan(thin.years).all()


@given(
    st.lists(st.lists(st.integers(0, 200), min_size=6, max_size=6), min_size=1, max_size=5),
    st.lists(st.integers(200, 900), min_size=6, max_size=6),
    st.integers(2, 5),
)
def test_definition_and_doubling(counts: list[list[int]], totals: list[int], factor: int) -> None:
    """The literal definition, loop by loop; and a corpus in which every document comes several times says the same."""
    for target in (exceptional_since_peak, exceptional_since_now):
        outcome = target(counts, totals, 2, 3)
        again = target(np.multiply(counts, factor), np.multiply(totals, factor), 2, 3)
        np.testing.assert_array_equal(outcome.exceptional, again.exceptional)
        for row, found in zip(counts, outcome.exceptional, strict=True):
            shares = [c / t for c, t in zip(row, totals, strict=True)]
            peak = max(range(3), key=lambda year: (shares[year], year)) if target is exceptional_since_peak else 2
            if shares[peak] == 0:
                assert np.isnan(found)
            else:
                assert found == float((shares[5] / shares[peak]) ** (1 / (5 - peak)) > 1.08)


def test_later_years_never_move_the_peak_or_who_is_scored() -> None:
    random = np.random.default_rng(1)
    counts, totals = random.integers(0, 60, (30, 9)), np.full(9, 3000)
    changed = counts.copy()
    changed[:, 6:] = random.integers(0, 60, (30, 3))
    np.testing.assert_array_equal(peak_index(counts, totals, 5), peak_index(changed, totals, 5))
    np.testing.assert_array_equal(eligible(counts, totals, 5), eligible(changed, totals, 5))


def test_coverage() -> None:
    counts, totals = [[0, 30], [0, 19], [0, 20]], [100, 100]
    scored = eligible(counts, totals, 1)
    assert scored.tolist() == [True, False, True]
    assert coverage(counts, totals, 1, scored) == 0.5
    assert coverage(counts, totals, 1, scored, distinct=40) == 0.4
    with pytest.raises(InputError, match="distinct="):
        coverage([[0, 60], [0, 60]], [1, 100], 1, [True, True])


@pytest.mark.parametrize(
    ("counts", "totals", "fy_index", "words"),
    [
        ([1, 2], [3, 4], 1, "do not go with"),
        ([[1, 2]], [3, 4, 5], 1, "do not go with"),
        ([[1, -2]], [3, 4], 1, "negative"),
        ([[1, 9]], [3, 4], 1, "9 documents of a technology in a year that has 4"),
        ([[1, 2]], [3, 4], 2, "column 2"),
        ([[1, 2]], [np.nan, 4], 1, "not known"),
    ],
)
def test_bad_counts_are_named(counts: object, totals: object, fy_index: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked_counts(counts, totals, fy_index)


def test_bad_horizon_and_flags() -> None:
    with pytest.raises(InputError, match="horizon"):
        exceptional_since_now([[1, 2]], [3, 4], 0, 0)
    with pytest.raises(InputError, match="complete"):
        exceptional_since_now([[1, 2]], [3, 4], 0, 1, complete=[True])


def test_share_of_an_empty_year_is_nan() -> None:
    assert np.isnan(share([[0]], [0])).all()

"""Target T by hand, its threshold as a root, and take-offs by chance against exact enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from firstlight.errors import InputError
from firstlight.instruments.emergence.record.take_off import (
    FIVE_YEARS,
    THREE_YEARS,
    Target,
    chance_of_take_off,
    is_outcome_known,
    is_scored,
    is_watched,
    take_offs,
    threshold_share,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2009, 2014)  # FY = 2010, FY + 3 = 2013


def made(documents: object, totals: object, years: np.ndarray = YEARS) -> YearlyCounts:
    """(K, S, Y) documents and (S, Y) totals as YearlyCounts from the second year."""
    cells, sums = np.asarray(documents, dtype=float), np.asarray(totals, dtype=float)
    return YearlyCounts(
        forecast_year=int(years[1]),
        names=tuple(f"t{row:04d}" for row in range(len(cells))),
        years=years,
        cells=sparse.csr_matrix(cells.reshape(len(cells), -1)),
        totals=sums,
        strata=tuple(f"s{row}" for row in range(len(sums))),
    )


def two_periods(before: list[float], after: list[float], n0: float, n1: float) -> YearlyCounts:
    """One stratum; all documents of a period in its last year."""
    rows = [[[0, first, 0, 0, later]] for first, later in zip(before, after, strict=True)]
    return made(rows, [[n0 / 2, n0 / 2, 1, n1 / 2, n1 / 2]])


def test_the_target_by_hand() -> None:
    # 10 of 1,000 to 15 of 1,000 meets the factor exactly, but is only one standard error.
    counts = two_periods([10, 100, 100, 0], [15, 150, 149, 40], 1_000, 1_000)
    outcome = take_offs(counts)
    assert outcome.is_take_off.tolist() == [False, True, False, True]
    assert outcome.ratio.tolist() == pytest.approx([1.5, 1.5, 1.49, np.inf])
    pooled = 0.0125
    z = 0.005 / np.sqrt(pooled * (1 - pooled) * 2 / 1_000)
    assert outcome.z[0] == pytest.approx(z)
    assert outcome.gain[1] == pytest.approx(0.05)
    assert outcome.comparable == 1.0


def test_the_gain_is_needed_in_a_large_corpus() -> None:
    counts = two_periods([100, 100], [499, 600], 1_000_000, 1_000_000)
    assert take_offs(counts).is_take_off.tolist() == [False, True]


def test_five_years_ask_for_twice() -> None:
    years = np.arange(2009, 2016)
    counts = made([[[0, 100, 0, 0, 0, 0, 199]], [[0, 100, 0, 0, 0, 0, 200]]], [[500] * 7], years)
    assert take_offs(counts, FIVE_YEARS).is_take_off.tolist() == [False, True]


def test_a_venue_that_joins_moves_nothing() -> None:
    # 50 of 1,000 before and after in the old venue; the new one holds nothing else.
    documents = [[[0, 50, 0, 0, 50], [0, 0, 0, 0, 400]]]
    counts = made(documents, [[500] * 5, [0, 0, 0, 200, 200]])
    outcome = take_offs(counts)
    assert outcome.ratio.tolist() == pytest.approx([1.0])
    assert outcome.comparable == pytest.approx(1_000 / 1_400)
    assert not outcome.is_take_off.any()


def test_years_that_are_missing_are_named() -> None:
    counts = two_periods([10], [20], 1_000, 1_000).until(2012)
    assert not is_outcome_known(counts, THREE_YEARS)
    with pytest.raises(InputError, match="2013"):
        take_offs(counts)
    with pytest.raises(InputError, match="2013"):
        chance_of_take_off(counts)


def test_no_common_stratum_is_an_error() -> None:
    counts = made(np.zeros((1, 2, 5)), [[100, 100, 100, 0, 0], [0, 0, 0, 100, 100]])
    with pytest.raises(InputError):
        take_offs(counts)


def test_who_is_scored_and_who_is_watched() -> None:
    counts = two_periods([2, 3, 8, 14, 15], [0] * 5, 10_000, 10_000)
    assert is_scored(counts).tolist() == [False, False, False, False, True]
    assert is_watched(counts).tolist() == [False, True, True, True, False]
    titles = is_scored(counts, fewest_documents=8)
    assert titles.tolist() == [False, False, True, True, True]
    # 1 in 10,000 of 200,000 documents is 20.
    large = two_periods([19, 20], [0, 0], 200_000, 10_000)
    assert is_scored(large).tolist() == [False, True]


counted = st.integers(min_value=0, max_value=60)
many = st.integers(min_value=100, max_value=5_000)
targets = st.builds(
    Target,
    horizon=st.just(3),
    factor=st.sampled_from([1.25, 1.5, 2.0]),
    gain=st.sampled_from([0.0, 0.0005, 0.005]),
    z=st.sampled_from([0.0, 1.0, 2.5]),
)


@given(st.lists(st.tuples(counted, counted), min_size=1, max_size=8), many, many, targets)
@settings(max_examples=150, deadline=None)
def test_the_threshold_parts_take_offs_from_the_rest(
    documents: list[tuple[int, int]], half_before: int, half_after: int, target: Target
) -> None:
    before, after = map(list, zip(*documents, strict=True))
    counts = two_periods(before, after, 2 * half_before, 2 * half_after)
    totals_after = np.array([2.0 * half_after])
    threshold = threshold_share(counts, target, totals_after=totals_after)
    outcome = take_offs(counts, target)
    changed = outcome.share_before + outcome.share_after > 0
    passed = outcome.share_after >= threshold * (1 - 1e-9)
    assert (passed == outcome.is_take_off)[changed].all()


def test_the_threshold_solves_the_quadratic_over_strata() -> None:
    totals = np.array([[300.0] * 5, [900.0] * 5])
    counts = made([[[5, 5, 0, 0, 0], [2, 2, 0, 0, 0]]], totals)
    target = Target(horizon=3, factor=1.0, gain=0.0, z=2.5)
    share = threshold_share(counts, target)[0]
    w, n = np.array([0.25, 0.75]), np.array([600.0, 1_800.0])
    first = np.array([10 / 600, 4 / 1_800])
    later = first * share / (w @ first)
    pooled = (first + later) / 2
    z = w @ (later - first) / np.sqrt((w**2 * pooled * (1 - pooled) * 2 / n).sum())
    assert z == pytest.approx(2.5)


def test_nothing_after_the_forecast_year_moves_the_threshold() -> None:
    counts = two_periods([20, 40], [300, 1], 1_000, 5_000)
    assert threshold_share(counts).tolist() == threshold_share(counts.until(2010)).tolist()


@given(st.integers(1, 80), many, many, targets)
@settings(max_examples=100, deadline=None)
def test_chance_equals_the_enumeration_of_one_stratum(
    documents: int, half_before: int, half_after: int, target: Target
) -> None:
    n0, n1 = 2 * half_before, 2 * half_after
    later = np.arange(documents + 1)
    split = two_periods([documents - k for k in later], [*later], n0, n1)
    weights = stats.binom.pmf(later, documents, n1 / (n0 + n1))
    expected = (weights * take_offs(split, target).is_take_off).sum()
    assert chance_of_take_off(split, target) == pytest.approx(expected, abs=1e-12)


def test_chance_equals_the_enumeration_of_three_strata() -> None:
    target = Target(horizon=3, factor=1.5, gain=0.004, z=1.0)
    totals = np.array([[100.0, 100, 1, 100, 100], [300, 300, 1, 150, 150], [80, 80, 1, 240, 240]])
    pooled, n0, n1 = (9, 14, 6), totals[:, :2].sum(axis=1), totals[:, 3:].sum(axis=1)
    splits = list(product(*(range(n + 1) for n in pooled)))
    documents = np.zeros((len(splits), 3, 5))
    documents[:, :, 4] = splits
    documents[:, :, 1] = np.array(pooled) - documents[:, :, 4]
    counts = made(documents, totals)
    weights = stats.binom.pmf(np.array(splits), pooled, n1 / (n0 + n1)).prod(axis=1)
    expected = (weights * take_offs(counts, target).is_take_off).sum()
    assert 0.05 < expected < 0.5
    chance = chance_of_take_off(counts.take(np.arange(1)), target)
    assert chance[0] == pytest.approx(expected, rel=0.1)


def test_documents_counted_in_parts_have_a_chance_as_well() -> None:
    target = Target(horizon=3, factor=1.5, gain=0.0005, z=1.0)
    whole = [two_periods([first], [8], 1_000, 1_000) for first in (12, 12.5, 13)]
    low, middle, high = (chance_of_take_off(counts, target)[0] for counts in whole)
    assert min(low, high) - 0.05 < middle < max(low, high) + 0.05


def test_chances_over_strata_add_up_as_enumerated() -> None:
    """Saddlepoints of lattice sums are off one by one (at most by .06 here), but not on average."""
    rng = np.random.default_rng(0)
    exact, near = [], []
    for _ in range(60):
        pooled, halves = rng.integers(1, [50, 15, 8]), rng.integers(60, 1_500, size=(3, 2))
        totals = halves[:, [0, 0, 1, 1, 1]].astype(float)
        splits = np.array(list(product(*(range(n + 1) for n in pooled))))
        documents = np.zeros((len(splits), 3, 5))
        documents[:, :, 4], documents[:, :, 1] = splits, pooled - splits
        counts = made(documents, totals)
        target = Target(horizon=3, factor=1.5, z=float(rng.choice([1.0, 2.5])))
        weights = stats.binom.pmf(splits, pooled, halves[:, 1] / halves.sum(axis=1)).prod(axis=1)
        exact.append((weights * take_offs(counts, target).is_take_off).sum())
        near.append(chance_of_take_off(counts.take(np.arange(1)), target)[0])
    assert sum(near) == pytest.approx(sum(exact), rel=0.05)
    assert np.abs(np.array(near) - exact).max() < 0.06


def test_one_stratum_among_several_is_exact() -> None:
    target = Target(horizon=3, factor=1.5, gain=0.0005, z=1.0)
    totals = np.array([[500.0] * 5, [1_500.0] * 5])
    later = np.arange(31)
    documents = np.zeros((31, 2, 5))
    documents[:, 0, 4], documents[:, 0, 1] = later, 30 - later
    counts = made(documents, totals)
    weights = stats.binom.pmf(later, 30, 0.5)
    expected = (weights * take_offs(counts, target).is_take_off).sum()
    assert chance_of_take_off(counts, target) == pytest.approx(expected, abs=1e-12)


def test_chance_is_the_same_in_any_order_of_technologies() -> None:
    rng = np.random.default_rng(3)
    counts = made(rng.poisson(4, size=(30, 3, 5)), np.full((3, 5), 400.0))
    order = rng.permutation(30)
    target = Target(horizon=3, factor=1.5, gain=0.0, z=0.5)
    chance = chance_of_take_off(counts, target)
    shuffled = chance_of_take_off(counts.take(order), target)
    assert chance.sum() > 0
    assert shuffled.tolist() == chance[order].tolist()


@given(st.integers(2, 50))
@settings(max_examples=20, deadline=None)
def test_more_documents_of_everything_keep_ratio_and_gain(times: int) -> None:
    rng = np.random.default_rng(times)
    documents, totals = rng.poisson(8, size=(10, 2, 5)), np.full((2, 5), 300.0)
    small, large = (
        take_offs(made(documents, totals)),
        take_offs(made(documents * times, totals * times)),
    )
    np.testing.assert_allclose(large.ratio, small.ratio)
    np.testing.assert_allclose(large.gain, small.gain, atol=1e-12)
    np.testing.assert_allclose(large.z, small.z * np.sqrt(times), atol=1e-9)
    assert (large.is_take_off | ~small.is_take_off).all()


def test_where_every_stratum_is_too_small_to_be_compared_none_is_scored() -> None:
    # 59 documents in each of two venues: no share is known, so that there is nothing to rank.
    documents = [[[0, 40, 0, 0, 0], [0, 40, 0, 0, 0]]]
    thin, enough = ([[0, count, 0, 0, 0], [0, 59, 0, 0, 0]] for count in (59, 60))
    assert is_scored(made(documents, thin)).tolist() == [False]
    assert is_scored(made(documents, enough)).tolist() == [True]
    # One stratum alone is read however few its documents.
    assert is_scored(made([[[0, 40, 0, 0, 0]]], [[0, 59, 0, 0, 0]])).tolist() == [True]

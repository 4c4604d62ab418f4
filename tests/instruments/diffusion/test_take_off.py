"""Take-off: planted dates are covered as stated, flat records give no alarm, and later years change
nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.diffusion.take_off import first_year, take_off, weighted_range

YEARS = np.arange(1993, 2019)
EXPOSURE = np.round(np.geomspace(400, 4000, len(YEARS)))


def planted(
    rng: np.random.Generator, start: int, growth: float, base: float, dispersion: float
) -> np.ndarray:
    """Counts that grow from a year on, for five years, and then stay."""
    rises = np.minimum(np.maximum(YEARS - start, 0), 5)
    mean = base * np.exp(growth * rises) * EXPOSURE
    return rng.poisson(
        mean * rng.gamma(1 / dispersion, dispersion, len(YEARS)) if dispersion else mean
    )


@pytest.mark.parametrize(
    ("base", "growth", "dispersion"), [(0.005, 0.3, 0.0), (0.005, 0.6, 0.0), (0.001, 0.6, 0.05)]
)
@pytest.mark.slow
def test_intervals_hold_planted_dates_as_often_as_they_say(
    base: float, growth: float, dispersion: float
) -> None:
    rng = np.random.default_rng(1)
    starts = rng.integers(1999, 2011, 120)
    found = take_off(
        [planted(rng, int(s), growth, base, dispersion) for s in starts], EXPOSURE, YEARS
    )
    seen = np.array([state == "seen" for state in found.state])
    assert seen.mean() > 0.8
    held = (np.nan_to_num(found.low, nan=0) <= starts) & (starts <= found.high)
    # 90% is stated; 120 draws leave a standard error of 2.7%
    assert 0.82 <= held[seen].mean() <= 1.0
    assert abs(float(np.median((found.start - starts)[seen]))) <= 0.5


@pytest.mark.slow
def test_flat_records_give_few_alarms_and_random_walks_more() -> None:
    rng = np.random.default_rng(2)
    flat = rng.poisson(0.003 * EXPOSURE * rng.gamma(20, 0.05, (200, len(YEARS))))
    alarms = [state in ("seen", "before") for state in take_off(flat, EXPOSURE, YEARS).state]
    assert np.mean(alarms) <= 0.05
    walk = rng.poisson(
        0.003 * EXPOSURE * np.exp(np.cumsum(rng.normal(0, 0.3, (200, len(YEARS))), axis=1))
    )
    assert (
        np.mean([state == "seen" for state in take_off(walk, EXPOSURE, YEARS).state]) > 0.2
    )  # they did rise


def test_states_say_why_there_is_no_date() -> None:
    steady, growing = np.full(len(YEARS), 40.0), 0.002 * EXPOSURE * np.exp(0.2 * (YEARS - 1993))
    born = np.where(YEARS < 2008, 0, 3 * np.exp(0.5 * (YEARS - 2008)))
    few = np.where(YEARS > 2010, 1, 0)
    found = take_off([steady, growing.round(), born.round(), few], EXPOSURE, YEARS)
    assert found.state == ("not_yet", "before", "seen", "too_few")
    assert abs(found.start[2] - 2008) <= 1
    assert np.isnan(found.start[[0, 1, 3]]).all()
    assert found.weight[2].sum() == pytest.approx(1) and not found.weight[[0, 1, 3]].any()


def test_only_the_share_counts() -> None:
    """A record that grows carries a technology along: its counts rise, its share does not."""
    assert take_off([0.01 * EXPOSURE], EXPOSURE, YEARS).state == ("not_yet",)


def test_years_without_documents_are_left_out() -> None:
    gap = EXPOSURE.copy()
    gap[1] = 0
    counts = planted(np.random.default_rng(3), 2005, 0.6, 0.005, 0.0)
    counts[1] = 0
    assert take_off([counts], gap, YEARS).start[0] == take_off([counts], EXPOSURE, YEARS).start[0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=12, max_size=20), st.integers(0, 100))
def test_the_date_lies_in_its_interval_and_scale_of_exposure_does_not_matter(
    counts: list[int], seed: int
) -> None:
    years = range(2000, 2000 + len(counts))
    exposure = np.random.default_rng(seed).integers(200, 900, len(counts)).astype(float)
    found = take_off([counts], exposure, years)
    if found.state[0] == "seen":
        assert np.isnan(found.low[0]) or found.low[0] <= found.start[0] <= found.high[0]
        assert found.high[0] >= found.start[0]
        assert found.growth[0] > 0.08 - 1e-9
    again = take_off([counts], exposure * 4, years)
    assert again.state == found.state
    assert np.array_equal(again.start, found.start, equal_nan=True)


def test_order_of_technologies_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    rows = np.array([planted(rng, s, 0.4, 0.003, 0.0) for s in range(2000, 2010)])
    order = rng.permutation(len(rows))
    assert np.array_equal(
        take_off(rows[order], EXPOSURE, YEARS).start, take_off(rows, EXPOSURE, YEARS).start[order]
    )


def test_first_year() -> None:
    counts = [[0, 2, 0, 1], [0, 0, 0, 0]]
    assert first_year(counts, range(2001, 2005)).tolist()[0] == 2002
    assert first_year(counts, range(2001, 2005), documents=3).tolist()[0] == 2004
    assert np.isnan(first_year(counts, range(2001, 2005))[1])


def test_weighted_range_leaves_equal_tails() -> None:
    assert weighted_range(np.arange(100.0), np.ones(100), 0.9) == (5.0, 94.0)


@pytest.mark.parametrize(
    ("counts", "exposure", "years", "code", "where"),
    [
        ([[1, 2]], [10, 10, 10], [2001, 2002], "wrong_shape", "counts, exposure"),
        ([[1, -2]], [10, 10], [2001, 2002], "no_documents", "counts, row 0, year 2002"),
        ([[1, 2]], [10, np.nan], [2001, 2002], "no_documents", "exposure, row 0, year 2002"),
        ([[1, 2]], [10, 10], [2001, 2003], "years_apart", "years"),
    ],
)
def test_input_that_does_not_fit_is_named(
    counts: object, exposure: object, years: list[int], code: str, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        take_off(counts, exposure, years)
    assert (caught.value.code, caught.value.where) == (code, where)

"""One distribution: chance and fan agree, chances come true in worlds of known law, nothing later
is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from test_trend import features

from firstlight.instruments.emergence.forecast import distribution as module
from firstlight.instruments.emergence.forecast.distribution import (
    GRID,
    QUANTILES,
    Past,
    chances,
    fit,
    growth_ahead,
    past_until,
    probability_below,
    shipped,
)
from firstlight.instruments.emergence.forecast.features import COLUMNS, Features
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, take_offs
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2000, 2016)
GAIN = THREE_YEARS.gain


def counts_of(matrix: np.ndarray, year: int, total: float = 20_000) -> YearlyCounts:
    names = tuple(f"t{row:04d}" for row in range(len(matrix)))
    totals = np.full((1, len(YEARS)), float(total))
    return YearlyCounts(
        year, names, YEARS, sparse.csr_matrix(np.asarray(matrix, dtype=float)), totals
    )


def world(seed: int, size: int = 400) -> np.ndarray:
    """Counts of technologies whose growth lasts: the slope of the log share wanders and is pulled
    back to 0."""
    rng = np.random.default_rng(seed)
    level, slope = rng.normal(np.log(0.002), 0.8, size), rng.normal(0, 0.2, size)
    columns = []
    for _ in YEARS:
        columns.append(rng.poisson(np.exp(np.minimum(level, np.log(0.2))) * 20_000))
        level = level + slope
        slope = 0.9 * slope + rng.normal(0, 0.09, size)
    return np.column_stack(columns)


def known_of(matrix: np.ndarray, year: int) -> tuple[int, Features, np.ndarray]:
    counts = counts_of(matrix, year)
    return year, features(counts, GAIN), growth_ahead(counts, 3, GAIN)


def normal_past(size: int, seed: int, slope: float = 0.8, noise: float = 0.2) -> Past:
    """Forecasts whose growth is known to be normal about a line."""
    rng = np.random.default_rng(seed)
    zero = np.zeros(size)
    found = Features(
        rng.uniform(-0.5, 0.15, size), zero, zero, np.full(size, 0.01), np.full(size, 1.0), zero
    )
    came = slope * found.distance[:, None] + rng.normal(0, noise, (size, 3))
    return Past(found, came, np.ones(size), np.zeros(size, dtype=bool), 0)


def test_a_known_law_is_recovered() -> None:
    past = normal_past(20_000, 1)
    fitted = fit(past, 3)
    point = Features(*(np.array([value]) for value in (0.1, 0.0, 0.0, 0.01, 1.0, 0.0)))
    read = fitted.quantiles(point, 3)[0]
    for level, z in ((0.1, -1.2816), (0.5, 0.0), (0.9, 1.2816)):
        assert np.interp(level, GRID, read) == pytest.approx(0.08 + 0.2 * z, abs=0.02)


def test_chance_and_fan_are_one_distribution() -> None:
    matrix = world(2)
    past = past_until(2012, THREE_YEARS, [known_of(matrix, year) for year in (2006, 2007, 2008)])
    assert past is not None
    counts = counts_of(matrix, 2012)
    ahead = chances(counts, features(counts, GAIN), past, THREE_YEARS)
    assert np.all(np.diff(ahead.quantiles, axis=2) >= 0)
    last = ahead.quantiles[:, -1]
    for place, level in enumerate(QUANTILES):
        reaches = last[:, place] >= ahead.threshold
        differs = np.abs(ahead.probability - (1 - level)) > 1e-9
        assert np.array_equal(reaches[differs], (ahead.probability > 1 - level)[differs])
    assert np.all((ahead.low <= ahead.probability) & (ahead.probability <= ahead.high))
    assert np.all((ahead.probability > 0) & (ahead.probability < 1))


def test_probability_below_inverts_the_quantiles() -> None:
    held = np.sort(np.random.default_rng(3).normal(size=(5, len(GRID))), axis=1)
    for level in (0.05, 0.3, 0.77):
        value = np.array([np.interp(level, GRID, row) for row in held])
        assert probability_below(held, value) == pytest.approx(np.full(5, level))
    assert probability_below(held, np.full(5, -99.0)) == pytest.approx(GRID[0] / 2)
    assert probability_below(held, np.full(5, 99.0)) == pytest.approx(1 - GRID[0] / 2)


def test_chances_and_bands_of_worlds_with_growth_that_lasts_come_true() -> None:
    expected, came, inside, n = 0.0, 0, 0, 0
    above, above_came = 0, 0
    for seed in range(4):
        matrix = world(20 + seed)
        for year in (2011, 2012):
            known = [known_of(matrix, one) for one in range(2004, year - 2)]
            past = past_until(year, THREE_YEARS, known)
            assert past is not None
            counts = counts_of(matrix, year)
            ahead = chances(counts, features(counts, GAIN), past, THREE_YEARS)
            outcome = take_offs(counts, THREE_YEARS)
            expected += ahead.probability.sum()
            came += int(outcome.is_take_off.sum())
            low, high = ahead.quantiles[:, -1, 0], ahead.quantiles[:, -1, -1]
            inside += int(((outcome.share_after >= low) & (outcome.share_after <= high)).sum())
            n += len(low)
            sure = ahead.probability > 0.6
            above += int(sure.sum())
            above_came += int(outcome.is_take_off[sure].sum())
    assert 0.8 < expected / came < 1.25
    assert 0.76 < inside / n < 0.88
    assert above > 50 and above_came / above > 0.55


def test_nothing_is_known_before_its_outcome_and_a_corpus_is_no_witness_for_itself() -> None:
    growth = [f"growth_{ahead}" for ahead in (1, 2, 3)]
    table = shipped()
    assert table.columns == [
        "corpus",
        "are_counts",
        "forecast_year",
        "weight",
        *COLUMNS,
        *[f"growth_{ahead}" for ahead in range(1, 6)],
    ]
    recent = (pl.col("forecast_year") <= 2004) & (pl.col("forecast_year") >= 2007 - module.MEMORY)
    expected = table.filter(recent).drop_nulls(growth)
    past = past_until(2007, THREE_YEARS, [])
    assert past is not None and len(past.growth) == expected.height and not past.is_own.any()
    without = past_until(2007, THREE_YEARS, [], corpus="pubmed_terms")
    assert without is not None
    assert len(without.growth) == expected.filter(pl.col("corpus") != "pubmed_terms").height
    assert past_until(1950, THREE_YEARS, []) is None


@pytest.mark.parametrize("are_counts", [True, False])
def test_other_records_weigh_as_much_together_and_those_of_the_same_kind_before_all(
    are_counts: bool,
) -> None:
    past = past_until(2019, THREE_YEARS, [], are_counts=are_counts)
    assert past is not None
    assert past.weight.sum() == pytest.approx(module.OTHER_RECORDS)
    growth = [f"growth_{ahead}" for ahead in (1, 2, 3)]
    known = shipped().filter(pl.col("forecast_year").is_between(2019 - module.MEMORY, 2016))
    known = known.drop_nulls(growth)
    per_row = past.weight / known["weight"].to_numpy()
    same = (known["are_counts"] == are_counts).to_numpy()
    assert per_row[~same].mean() / per_row[same].mean() == pytest.approx(module.OTHER_KIND)


def test_years_of_the_record_itself_count_more_and_the_newest_most() -> None:
    matrix = world(5, size=200)
    past = past_until(2012, THREE_YEARS, [known_of(matrix, 2003), known_of(matrix, 2009)])
    assert past is not None
    own = past.weight[past.is_own]
    assert own[-1] / own[0] == pytest.approx(2 ** ((2009 - 2003) / module.OWN_HALF_LIFE))
    assert own[-1] == pytest.approx(module.OWN_WEIGHT * 0.5 / (200 + module.SMALL_YEAR))


def test_outcomes_that_are_not_known_and_rows_in_another_order_change_nothing() -> None:
    matrix = world(6)
    known = [known_of(matrix, year) for year in (2005, 2006, 2007)]
    counts = counts_of(matrix, 2012)
    changed = matrix.copy()
    changed[:, YEARS > 2012] = changed[::-1, YEARS > 2012] * 2
    later = counts_of(changed, 2012)
    past = past_until(2012, THREE_YEARS, known)
    assert past is not None
    one = chances(counts, features(counts, GAIN), past, THREE_YEARS)
    two = chances(later, features(later, GAIN), past, THREE_YEARS)
    np.testing.assert_array_equal(one.probability, two.probability)
    np.testing.assert_array_equal(one.quantiles, two.quantiles)
    order = np.random.default_rng(1).permutation(len(matrix))
    mixed = counts_of(matrix[order], 2012)
    three = chances(mixed, features(mixed, GAIN), past, THREE_YEARS)
    assert three.probability == pytest.approx(one.probability[order], abs=1e-12)


def test_a_year_without_outcome_or_with_missing_figures_is_left_out_row_by_row() -> None:
    year, found, growth = known_of(world(7), 2008)
    growth = growth.copy()
    growth[:50, 2] = np.nan
    past = past_until(2012, THREE_YEARS, [(year, found, growth)])
    assert past is not None and past.is_own.sum() == len(growth) - 50


def test_support_of_a_chance_is_wide_where_few_promised_as_much() -> None:
    past = normal_past(5000, 8)
    far = replace(past.features, distance=np.full(5000, 3.0))
    near = module._support(past.features, past, 3)
    assert near.max() == module.SUPPORT[1]
    assert np.all(module._support(far, past, 3) == module.SUPPORT[0])


def test_growth_ahead_of_a_constant_share_is_none_and_of_the_unknown_is_nan() -> None:
    matrix = np.full((2, len(YEARS)), 40)
    matrix[1] = 40 * 2 ** np.arange(len(YEARS)) // 2**8
    counts = counts_of(matrix, 2010, total=100_000)
    ahead = growth_ahead(counts, 3, GAIN)
    assert ahead[0] == pytest.approx([0, 0, 0])
    share, later = matrix[1, 9:11].sum() / 200_000, matrix[1, 12:14].sum() / 200_000
    assert ahead[1, 2] == pytest.approx(np.log((later + GAIN) / (share + GAIN)))
    assert np.isnan(growth_ahead(counts.until(2011), 3, GAIN)[:, 1:]).all()


def with_own(seed: int, own: int) -> tuple[np.ndarray, Past]:
    """Residuals of 8,000 others with heavy tails and of a record's own without any, and their
    past."""
    rng = np.random.default_rng(seed)
    standard = np.concatenate([rng.standard_t(3, 8000), rng.uniform(-0.4, 0.8, own)])
    past = normal_past(8000 + own, seed)
    return standard, replace(past, is_own=np.arange(8000 + own) >= 8000, own_years=3)


def test_far_ahead_the_tail_is_of_all_at_the_own_place_and_spread() -> None:
    own = 500
    standard, past = with_own(11, own)
    weight = np.ones(len(standard))
    read = module._residuals(standard, weight, past, 5)
    # From the definition: three of four parts of the way (three years against one), half of the
    # chance from the own shape (500 forecasts against 500).
    mine, part = standard[past.is_own], 3 / (3 + module.OWN_YEARS)
    low, middle, high = np.quantile(standard, (0.1, 0.5, 0.9))
    own_low, own_middle, own_high = np.quantile(mine, (0.1, 0.5, 0.9))
    stretch = np.where(
        standard > middle,
        (own_high - own_middle) / (high - middle),
        (own_middle - own_low) / (middle - low),
    )
    moved = middle + part * (own_middle - middle) + (standard - middle) * stretch**part
    for value in (-1.0, -0.3, 0.2, 0.7, 1.5):
        below = (np.mean(moved <= value) + np.mean(mine <= value)) / 2
        at = probability_below(read[None, :], np.array([value]))[0]
        assert at == pytest.approx(below, abs=2 / len(GRID))


def test_up_to_three_years_ahead_own_residuals_count_by_their_years() -> None:
    standard, past = with_own(12, 500)
    near = module._residuals(standard, np.ones(len(standard)), past, 3)
    for value in (-1.0, 0.2, 0.7, 1.5):
        below = np.mean(standard <= value) / 4 + np.mean(standard[past.is_own] <= value) * 3 / 4
        at = probability_below(near[None, :], np.array([value]))[0]
        assert at == pytest.approx(below, abs=2 / len(GRID))


def test_quantiles_are_brought_to_others_and_keep_their_shape() -> None:
    normal = np.sort(np.random.default_rng(13).normal(size=len(GRID)))
    wider = np.where(normal > np.median(normal), 5.0, 2.0) * (normal - np.median(normal)) + 1.0
    assert module._brought_to(wider, normal, 1.0) == pytest.approx(wider, abs=0.02)
    assert module._brought_to(2 + 3 * normal, normal, 1.0) == pytest.approx(2 + 3 * normal)
    assert module._brought_to(wider, normal, 0.0) == pytest.approx(normal)
    assert np.all(np.diff(module._brought_to(wider, normal, 0.5)) >= 0)
    flat = np.zeros(len(GRID))
    assert module._brought_to(flat, normal, 0.5) is normal
    assert module._brought_to(normal, flat, 0.5) is flat

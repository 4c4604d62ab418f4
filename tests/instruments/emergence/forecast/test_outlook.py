"""The outlook of each year: chances and fan are one distribution, nothing later is read, the rule stays unless beaten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from firstlight.instruments.emergence.forecast import likeness
from firstlight.instruments.emergence.forecast.advice import stage, with_advice
from firstlight.instruments.emergence.forecast.likeness import (
    Likenesses,
    chances,
    growth_ahead,
    own_spread,
    past_until,
    shipped,
)
from firstlight.instruments.emergence.forecast.outlook import outlooks, shipped_gains
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, take_offs
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2000, 2016)


def survey(year: int, matrix: np.ndarray, totals: np.ndarray) -> Survey:
    size = len(matrix)
    counts = YearlyCounts(
        year,
        tuple(f"t{row:03d}" for row in range(size)),
        YEARS,
        sparse.csr_matrix(matrix.astype(np.float64)),
        totals[None, :].astype(np.float64),
    )
    forms = pl.DataFrame(
        schema={
            "technology": pl.Int64,
            "form": pl.String,
            "kind": pl.String,
            "documents_count": pl.Int64,
            "evidence": pl.Float64,
        }
    )
    nobody = np.zeros(matrix.shape)
    names = counts.names
    ones = np.ones(size, dtype=bool)
    return Survey(counts, names, ones, np.arange(size), np.full(size, 2000), nobody, nobody, forms, 1.0)


def world(seed: int, size: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Counts of technologies whose shares drift, and totals."""
    rng = np.random.default_rng(seed)
    totals = np.full(len(YEARS), 20_000)
    level = np.exp(rng.normal(np.log(0.002), 0.8, size))
    drift = np.cumsum(rng.normal(0, 0.25, (size, len(YEARS))), axis=1)
    return rng.poisson(level[:, None] * np.exp(drift) * totals), totals


def test_nothing_is_known_before_its_outcome_and_a_corpus_is_no_witness_for_itself() -> None:
    table = shipped()
    past = past_until(1990, THREE_YEARS, [])
    expected = table.filter(pl.col("forecast_year") <= 1987).drop_nulls(["growth_1", "growth_2", "growth_3"])
    assert past is not None and len(past.place) == expected.height
    without = past_until(1990, THREE_YEARS, [], corpus="pubmed_terms")
    kept = expected.filter(pl.col("corpus") != "pubmed_terms").height
    assert (0 if without is None else len(without.place)) in (kept, 0)
    assert past_until(1950, THREE_YEARS, []) is None


def like_of(growth: np.ndarray, needed: float) -> Likenesses:
    shares = np.full(len(growth), 0.01)
    threshold = (shares + 0.0005) * np.exp(needed) - 0.0005
    return Likenesses(shares, threshold, np.full(len(growth), needed), growth, 0.0005)


def test_chance_and_fan_are_one_distribution() -> None:
    rng = np.random.default_rng(1)
    growth = rng.normal(0.1, 0.5, (40, 400, 3))
    for needed in (-0.5, 0.1, 0.4, 0.9):
        ahead = chances(like_of(growth, needed))
        last = ahead.quantiles[:, -1]
        for place, level in enumerate(likeness.QUANTILES):
            reaches = last[:, place] >= ahead.threshold
            sure = np.abs(ahead.probability - (1 - level)) > 0.01  # beyond the grain of 400 likenesses
            assert np.array_equal(reaches[sure], (ahead.probability > 1 - level)[sure])
        assert np.all(ahead.low <= ahead.probability) and np.all(ahead.probability <= ahead.high)


def test_wider_spread_moves_chances_away_from_certainty() -> None:
    rng = np.random.default_rng(2)
    like = like_of(rng.normal(0.0, 0.3, (10, 400, 3)), needed=0.5)
    narrow, wide = (chances(like, likeness.Spread(factor, factor)).probability for factor in (0.5, 2.0))
    assert np.all(narrow < wide)


def test_own_spread_finds_that_outcomes_scatter_twice_as_much_above_and_half_below() -> None:
    rng = np.random.default_rng(3)
    known = []
    for _ in range(30):
        growth = rng.normal(0.0, 0.4, (200, 400, 3))
        came = rng.normal(0.0, 0.4, 200)
        came = np.where(came > 0, 2.0 * came, 0.5 * came)
        known.append((like_of(growth, 0.5), came))
    found = own_spread(known)
    weight = 30 / (30 + likeness.PRIOR_YEARS)
    assert found.above == pytest.approx(2.0**weight, rel=0.05)
    assert found.below == pytest.approx(0.5**weight, rel=0.08)
    assert own_spread([]) == likeness.NO_CHANGE


def test_growth_ahead_of_a_constant_share_is_none_and_of_the_unknown_is_nan() -> None:
    matrix = np.full((2, len(YEARS)), 40)
    matrix[1] = 40 * 2 ** np.arange(len(YEARS)) // 2**8
    counts = survey(2010, matrix, np.full(len(YEARS), 100_000)).counts
    ahead = growth_ahead(counts, 3, 0.0005)
    assert ahead[0] == pytest.approx([0, 0, 0])
    share = matrix[1, 9:11].sum() / 200_000
    later = matrix[1, 12:14].sum() / 200_000
    assert ahead[1, 2] == pytest.approx(np.log((later + 0.0005) / (share + 0.0005)))
    assert np.isnan(growth_ahead(counts.until(2011), 3, 0.0005)[:, 1:]).all()


def test_no_outlook_moves_with_what_comes_after_its_year() -> None:
    matrix, totals = world(4)
    known = {year: survey(year, matrix, totals) for year in range(2005, 2013)}
    changed = matrix.copy()
    changed[:, YEARS > 2010] = changed[::-1, YEARS > 2010] * 3
    other = {year: survey(year, changed, totals) for year in range(2005, 2013)}
    one, two = outlooks(known, THREE_YEARS), outlooks(other, THREE_YEARS)
    for year in range(2005, 2011):
        assert one[year].used == two[year].used
        assert one[year].chances is not None and two[year].chances is not None
        np.testing.assert_array_equal(one[year].chances.probability, two[year].chances.probability)
        np.testing.assert_array_equal(one[year].chances.quantiles, two[year].chances.quantiles)
        for name, _ in RULES:
            np.testing.assert_array_equal(one[year].scores[name], two[year].scores[name])
    # The same comparison sees a leak: chances of 2010 that rest on outcomes of 2011 differ.
    late = outlooks({**known, 2010: survey(2011, matrix, totals)}, THREE_YEARS)[2010]
    assert late.chances is not None and one[2010].chances is not None
    assert not np.array_equal(late.chances.probability, one[2010].chances.probability)


def test_the_rule_stays_until_another_has_done_better_for_years() -> None:
    assert set(shipped_gains(None)) == {name for name, _ in RULES} - {RULE_TO_BEAT}
    matrix, totals = world(5)
    first = outlooks({2005: survey(2005, matrix, totals)}, THREE_YEARS)[2005]
    assert first.used == RULE_TO_BEAT and first.compared == {}
    # A world in which only the largest take off: size wins every year, and takes over in the end, not at once.
    rng = np.random.default_rng(6)
    size = 60
    base = np.exp(rng.normal(np.log(0.002), 0.6, size))
    grown = np.empty((size, len(YEARS)))
    for column in range(len(YEARS)):
        grown[:, column] = base * np.where(base > np.quantile(base, 0.8), 1.25**column, 1.0)
    steady = rng.poisson(grown * 50_000)
    found = outlooks(
        {year: survey(year, steady, np.full(len(YEARS), 50_000)) for year in range(2004, 2013)}, THREE_YEARS
    )
    assert found[2007].used == RULE_TO_BEAT


def test_chances_of_a_drifting_world_add_up() -> None:
    expected, came = 0.0, 0
    for seed in range(6):
        matrix, totals = world(10 + seed)
        known = {year: survey(year, matrix, totals) for year in range(2004, 2013)}
        found = outlooks(known, THREE_YEARS)
        for year in range(2009, 2013):
            ahead = found[year].chances
            assert ahead is not None
            expected += ahead.probability.sum()
            came += int(take_offs(known[year].counts, THREE_YEARS).is_take_off.sum())
    assert 0.6 < expected / came < 1.6


def test_stage_and_advice_by_their_stated_rules() -> None:
    rows = pl.DataFrame(
        {
            "status": ["scored"] * 6 + ["watched"],
            "first_year": [2014, 2000, 2000, 2000, 2000, 2000, 2015],
            "growth_five_years": [None, 0.2, 0.0, -0.2, 0.1, 0.1, None],
            "is_newborn": [True, False, False, False, False, False, True],
            "probability": [0.6, 0.3, 0.06, 0.01, 0.2, None, None],
            "probability_low": [0.5, 0.2, 0.02, 0.0, 0.1, None, None],
            "probability_high": [0.7, 0.4, 0.1, 0.02, 0.3, None, None],
        },
        schema_overrides=dict.fromkeys(("probability", "probability_low", "probability_high"), pl.Float64),
    )
    staged = rows.with_columns(
        stage(pl.col("first_year"), pl.col("growth_five_years"), pl.col("is_newborn"), 2016).alias("stage")
    )
    expected = ["emerging", "growing", "mature", "declining", "growing", "growing", "emerging"]
    assert staged["stage"].to_list() == expected
    told = with_advice(staged, base_rate=0.05)
    assert told["advice"].to_list() == ["act", "prepare", "watch", "leave", "prepare", "watch", "watch"]
    assert told["advice_reason"].to_list()[3] == "losing_share"
    assert told["advice_reason"].to_list()[5:] == ["no_record", "too_few_documents"]


def test_a_world_without_documents_has_an_outlook_without_chances() -> None:
    matrix, totals = world(7)
    nothing = survey(2010, matrix, totals)
    empty = replace(
        nothing, counts=nothing.counts.take(np.zeros(0, dtype=np.int64)), labels=(), groups=np.zeros(0, int)
    )
    empty = replace(empty, authors=np.zeros((0, 16)), new_authors=np.zeros((0, 16)))
    assert outlooks({2010: empty}, THREE_YEARS)[2010].chances is None

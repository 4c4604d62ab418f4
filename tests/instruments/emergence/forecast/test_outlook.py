"""The outlook of each year: chances and fan are one distribution, nothing later is read, the rule
stays unless beaten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from firstlight.instruments.emergence.forecast import outlook
from firstlight.instruments.emergence.forecast.advice import stage, with_advice
from firstlight.instruments.emergence.forecast.outlook import (
    CANDIDATES,
    LEAST_GAIN,
    average_precision,
    judged,
    outlooks,
    read_year,
    shipped_gains,
)
from firstlight.instruments.emergence.forecast.set_back import set_back
from firstlight.instruments.emergence.forecast.trend import (
    DAMPING_FIVE_YEARS,
    OF_DOCUMENTS,
    TREND,
    Wandering,
    carried_beyond,
    course,
    leaning,
    needed_growth,
    wandering_of,
)
from firstlight.instruments.emergence.record.scores import JudgedYear
from firstlight.instruments.emergence.record.take_off import TARGETS, THREE_YEARS, take_offs
from firstlight.instruments.emergence.technologies.survey import (
    Survey,
    survey_of,
    survey_tables,
)
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
    return Survey(
        counts, names, ones, np.arange(size), np.full(size, 2000), nobody, nobody, forms, 1.0
    )


def world(seed: int, size: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Counts of technologies whose shares drift, and totals."""
    rng = np.random.default_rng(seed)
    totals = np.full(len(YEARS), 20_000)
    level = np.exp(rng.normal(np.log(0.002), 0.8, size))
    drift = np.cumsum(rng.normal(0, 0.25, (size, len(YEARS))), axis=1)
    return rng.poisson(level[:, None] * np.exp(drift) * totals), totals


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
        for name in CANDIDATES:
            np.testing.assert_array_equal(one[year].scores[name], two[year].scores[name])
    # The same comparison sees a leak: chances of 2010 that rest on outcomes of 2011 differ.
    late = outlooks({**known, 2010: survey(2011, matrix, totals)}, THREE_YEARS)[2010]
    assert late.chances is not None and one[2010].chances is not None
    assert not np.array_equal(late.chances.probability, one[2010].chances.probability)


def test_neighbours_tell_more_where_fields_rise_together_and_shuffled_ones_do_not() -> None:
    """Twenty fields of ten technologies whose slopes wander by field, on some ten documents a
    year."""
    field = np.repeat(np.arange(20), 10)
    one, other = np.nonzero((field[:, None] == field) & ~np.eye(200, dtype=bool))
    near = pl.DataFrame({"technology": one, "other": other})
    found: dict[str, list[float]] = {"alone": [], "near": [], "anybody": []}
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        pace = np.cumsum(rng.normal(0, 0.12, (20, len(YEARS))), axis=1)[field]
        drift = np.clip(np.cumsum(pace, axis=1), -3, 3)
        matrix = rng.poisson(0.0005 * np.exp(drift) * 20_000)
        anybody = near.with_columns(pl.Series("other", rng.permutation(200)[other]))
        for year in (2006, 2009, 2012):
            alone = survey(year, matrix, np.full(len(YEARS), 20_000))
            came = judged(alone, THREE_YEARS)
            by_rule = read_year(alone, THREE_YEARS).scores
            for name, pairs in (("alone", near.clear()), ("near", near), ("anybody", anybody)):
                scores = read_year(replace(alone, neighbours=pairs), THREE_YEARS).scores
                found[name].append(average_precision(came, scores[TREND]))
                for rule in set(CANDIDATES) - {TREND}:  # they read no neighbours
                    np.testing.assert_array_equal(scores[rule], by_rule[rule])
    mean = {name: float(np.mean(values)) for name, values in found.items()}
    assert mean["anybody"] < mean["alone"] < mean["near"]


def test_counts_are_ranked_by_the_mean_of_two_trends_and_documents_by_one() -> None:
    matrix, totals = world(5)
    counted = replace(survey(2010, matrix, totals), are_counts=True)
    score = read_year(counted, THREE_YEARS).scores[TREND]
    wandering = wandering_of(counted.counts, THREE_YEARS.gain)
    assert wandering != OF_DOCUMENTS

    def carried(own_wandering: Wandering) -> np.ndarray:
        own = course(counted.counts, THREE_YEARS.gain, wandering=own_wandering).trend
        needed = needed_growth(counted.counts, own, THREE_YEARS)
        return carried_beyond(own, needed, THREE_YEARS, np.zeros(len(matrix)))

    mean = (carried(OF_DOCUMENTS) + carried(wandering)) / 2
    assert score == pytest.approx(set_back(mean, counted))
    of_documents = read_year(replace(counted, are_counts=False), THREE_YEARS).scores[TREND]
    assert of_documents == pytest.approx(set_back(carried(OF_DOCUMENTS), counted))
    again = survey_of(*survey_tables(counted))
    assert read_year(again.scored(), THREE_YEARS).scores[TREND] == pytest.approx(score)


def test_five_years_ahead_slopes_last_less_in_the_ranking_and_not_in_chances() -> None:
    matrix, totals = world(5)
    near = pl.DataFrame({"technology": [0, 1, 2], "other": [3, 4, 5]})
    own, target = replace(survey(2008, matrix, totals), neighbours=near), TARGETS[5]

    def carried(wandering: Wandering) -> np.ndarray:
        found = leaning(course(own.counts, target.gain, wandering=wandering), near).trend
        needed = needed_growth(own.counts, found, target)
        return carried_beyond(found, needed, target, np.zeros(len(matrix)))

    read = read_year(own, target)
    shorter = Wandering(OF_DOCUMENTS.level, OF_DOCUMENTS.slope, DAMPING_FIVE_YEARS)
    assert read.scores[TREND] == pytest.approx(set_back(carried(shorter), own))
    assert not np.allclose(read.scores[TREND], set_back(carried(OF_DOCUMENTS), own))
    # What chances are read from is the same at every horizon, as what ships is.
    np.testing.assert_array_equal(read.features.slope, read_year(own, THREE_YEARS).features.slope)


def test_what_did_best_elsewhere_is_used_until_earlier_years_speak_for_another() -> None:
    gains = shipped_gains(None, 3)
    assert set(gains) == set(CANDIDATES) - {TREND} and max(gains.values()) < LEAST_GAIN
    matrix, totals = world(5)
    first = outlooks({2005: survey(2005, matrix, totals)}, THREE_YEARS)[2005]
    assert first.used == TREND and first.compared == {}
    # Only the largest take off: size orders every year, and takes over in the end, not at once.
    rng = np.random.default_rng(6)
    size = 200
    base = np.sort(np.exp(rng.normal(np.log(0.002), 0.6, size)))
    growth = np.where(np.arange(size) >= 180, 1.25, 1.0)
    rise = growth[:, None] ** np.arange(len(YEARS))
    wobble = np.exp(rng.normal(0, 0.5, (size, len(YEARS))))
    wobble[180:] = 1.0
    counts = rng.poisson(base[:, None] * rise * wobble * 50_000)
    years = {year: survey(year, counts, np.full(len(YEARS), 50_000)) for year in range(2003, 2013)}
    found = outlooks(years, THREE_YEARS)
    assert found[2003].used == TREND
    last = found[2012]
    assert last.used == "size" and last.compared["size"] > last.compared[TREND]


@pytest.mark.parametrize(("take_offs_count", "used"), [(1, TREND), (10, "size")])
def test_years_with_one_take_off_do_not_choose_a_ranking(take_offs_count: int, used: str) -> None:
    """Six years whose take-offs are the largest, of which the trend says nothing."""
    size, rng = 60, np.random.default_rng(7)
    came = np.zeros(size, dtype=bool)
    came[-take_offs_count:] = True
    rows, nothing = np.arange(size), np.zeros(size)
    scores = {name: rng.random(size) for name in CANDIDATES} | {
        TREND: -rows.astype(float),
        "size": rows.astype(float),
    }
    names = tuple(f"t{row:02d}" for row in rows)
    year = JudgedYear(2005, names, nothing, came, rows, rows, nothing)
    precision = {name: average_precision(year, own) for name, own in scores.items()}
    found, _ = outlook._choice([(year, precision)] * 6, shipped_gains(None, 3))
    assert found == used


@pytest.mark.slow
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
        schema_overrides=dict.fromkeys(
            ("probability", "probability_low", "probability_high"), pl.Float64
        ),
    )
    staged = rows.with_columns(
        stage(pl.col("first_year"), pl.col("growth_five_years"), pl.col("is_newborn"), 2016).alias(
            "stage"
        )
    )
    expected = ["emerging", "growing", "mature", "declining", "growing", "growing", "emerging"]
    assert staged["stage"].to_list() == expected
    past = pl.DataFrame({"forecast_year": [*range(2006, 2010)]}).with_columns(
        probability=0.6, outcome=True
    )
    told = with_advice(staged, base_rate=0.05, precision=0.3, past=past)
    assert told["advice"].to_list() == [
        "act",
        "prepare",
        "watch",
        "leave",
        "prepare",
        "watch",
        "watch",
    ]
    assert told["advice_reason"].to_list()[3] == "losing_share"
    assert told["advice_reason"].to_list()[5:] == ["no_record", "too_few_documents"]
    untested = with_advice(staged, base_rate=None, precision=None, past=past.clear()).row(
        0, named=True
    )
    assert [untested[name] for name in ("advice", "advice_reason", "advice_change")] == [
        *("prepare", "likely_but_untested", "years_enough")
    ]


def test_a_world_without_documents_has_an_outlook_without_chances() -> None:
    matrix, totals = world(7)
    nothing = survey(2010, matrix, totals)
    empty = replace(
        nothing,
        counts=nothing.counts.take(np.zeros(0, dtype=np.int64)),
        labels=(),
        groups=np.zeros(0, int),
    )
    empty = replace(empty, authors=np.zeros((0, 16)), new_authors=np.zeros((0, 16)))
    assert outlooks({2010: empty}, THREE_YEARS)[2010].chances is None

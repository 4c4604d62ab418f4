"""The record as a whole: its tables agree with each other, and with nothing that came later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.forecast.rules import rule_scores
from firstlight.instruments.emergence.record.groups import groups_by_overlap
from firstlight.instruments.emergence.record.take_off import is_scored
from firstlight.instruments.emergence.record.track_record import (
    TrackRecord,
    YearForecast,
    track_record,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.observation_tables import SCHEMAS

YEARS = np.arange(1998, 2017)
ASKED = range(2004, 2017)
KNOWN = 2015
TABLES = ("record", "gains", "past_forecasts", "cases", "reliability", "leads", "universe")


def simulated(seed: int = 0, technologies: int = 150) -> YearlyCounts:
    """Shares that wander, each with a trend that lasts for some years."""
    rng = np.random.default_rng(seed)
    totals = np.full(len(YEARS), 8_000)
    trend = np.cumsum(rng.normal(0, 0.12, (technologies, len(YEARS))), axis=1)
    level = np.log(rng.uniform(0.0005, 0.01, (technologies, 1)))
    shares = np.exp(level + np.cumsum(trend, axis=1) / 3).clip(0, 0.2)
    cells = sparse.csr_matrix(rng.binomial(totals, shares), dtype=float)
    names = tuple(f"t{row:04d}" for row in range(technologies))
    return YearlyCounts(2016, names, YEARS, cells, totals[None].astype(float))


def forecasts(
    whole: YearlyCounts, *, order: np.ndarray | None = None, asked: list[int] | None = None
) -> Callable[[int], YearForecast]:
    """Rules on the scored technologies of a year, neighbours in one group, and a probability."""

    def forecast(year: int) -> YearForecast:
        if asked is not None:
            asked.append(year)
        counts = replace(whole, forecast_year=year)
        rows = np.flatnonzero(is_scored(counts))
        if order is not None:
            rows = order[np.isin(order, rows)]
        counts = counts.take(rows)
        scores = rule_scores(counts)
        probability = 1 / (1 + np.exp(2 - 2 * scores["relative_gain"]))
        pairs = np.array([int(name[1:]) // 2 for name in counts.names])
        shared = sparse.csr_matrix(100.0 * (pairs[:, None] == pairs))
        groups = groups_by_overlap(shared, counts.names)
        return YearForecast(counts, scores, probability, groups, tuple(counts.names))

    return forecast


def drawn_up(whole: YearlyCounts, known_until: int = KNOWN, **more: object) -> TrackRecord:
    forecast = more.pop("forecast", None) or forecasts(whole)
    return track_record(
        forecast,  # type: ignore[arg-type]
        ASKED,
        known_until=known_until,
        used="relative_gain",
        names=whole,
        resamples=60,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def record() -> TrackRecord:
    return drawn_up(simulated())


def test_tables_are_those_of_the_contract(record: TrackRecord) -> None:
    for name in TABLES:
        assert dict(getattr(record, name).schema) == SCHEMAS[name], name
        assert getattr(record, name).height > 0, name


def test_years_without_an_outcome_are_left_out_with_the_reason(record: TrackRecord) -> None:
    years = [year for year in ASKED if year > KNOWN - 3]
    assert record.left_out == tuple((year, "outcome_not_known") for year in years)
    assert record.past_forecasts["forecast_year"].max() == KNOWN - 3


def test_nothing_later_is_read() -> None:
    whole, asked = simulated(), []
    columns = np.flatnonzero(YEARS > KNOWN)
    changed = whole.cells.tolil()
    changed[:, columns] = 999
    later = replace(whole, cells=changed.tocsr())
    one = drawn_up(whole, forecast=forecasts(whole, asked=asked))
    other = drawn_up(later)
    assert max(asked) == KNOWN - 3
    for name in TABLES:
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_a_record_known_earlier_is_part_of_a_later_one(record: TrackRecord) -> None:
    earlier = drawn_up(simulated(), known_until=2011)
    yearly = earlier.record.filter(pl.col("year").is_not_null())
    later = record.record.filter(pl.col("year") <= 2008)
    assert_frame_equal(yearly, later, check_row_order=False)


def test_order_of_rows_is_no_matter(record: TrackRecord) -> None:
    whole = simulated()
    order = np.random.default_rng(1).permutation(len(whole.names))
    shuffled = drawn_up(whole, forecast=forecasts(whole, order=order))
    for name in TABLES:
        assert_frame_equal(getattr(record, name), getattr(shuffled, name), check_exact=True)


def test_precision_is_what_the_listed_forecasts_say(record: TrackRecord) -> None:
    used = record.record.filter(pl.col("is_used"))
    listed = record.past_forecasts.filter(pl.col("rank") <= 20)
    by_year = listed.group_by("forecast_year").agg(pl.col("outcome").mean()).sort("forecast_year")
    yearly = used.filter(pl.col("year").is_not_null()).sort("year")
    assert yearly["precision_20"].to_list() == pytest.approx(by_year["outcome"].to_list())
    pooled = used.filter(pl.col("year").is_null()).row(0, named=True)
    assert pooled["precision_20"] == pytest.approx(listed["outcome"].mean())
    assert pooled["precision_20_low"] <= pooled["precision_20"] <= pooled["precision_20_high"]
    assert pooled["take_off_count"] == yearly["take_off_count"].sum()
    assert pooled["group_count"] <= pooled["take_off_count"]
    assert pooled["calibration_slope"] is not None


def test_only_the_ranking_that_is_used_has_probabilities(record: TrackRecord) -> None:
    others = record.record.filter(~pl.col("is_used"))
    assert others["brier"].null_count() == others.height
    assert record.record.filter(pl.col("is_used"))["brier"].null_count() == 0


def test_cases_agree_with_the_listed_forecasts(record: TrackRecord) -> None:
    listed = record.past_forecasts.select("forecast_year", "name", "outcome", place="rank")
    cases = record.cases.join(listed, on=["forecast_year", "name"], how="left")
    hits, alarms = cases.filter(kind="hit"), cases.filter(kind="false_alarm")
    assert hits["outcome"].all() and not alarms["outcome"].any()
    assert (hits["rank"] == hits["place"]).all() and alarms["rank"].max() <= 20
    misses = cases.filter(kind="miss")
    assert not misses["outcome"].any()
    assert (misses["outcome_ratio"] >= 1.5 * (1 - 1e-9)).all()


def test_reliability_counts_every_probability_once(record: TrackRecord) -> None:
    yearly = record.record.filter(pl.col("is_used") & pl.col("year").is_null())
    assert record.reliability["n"].sum() == yearly["scored_count"][0]
    observed = (record.reliability["observed"] * record.reliability["n"]).sum()
    assert observed == pytest.approx(yearly["take_off_count"][0])
    assert (record.reliability["low"] <= record.reliability["observed"]).all()
    assert record.reliability["predicted"].is_sorted()


def test_gains_are_differences_of_the_record(record: TrackRecord) -> None:
    pooled = record.record.filter(pl.col("year").is_null())
    used = pooled.filter("is_used").row(0, named=True)
    for row in record.gains.iter_rows(named=True):
        other = pooled.filter(ranking=row["against"]).row(0, named=True)
        assert row["gain"] == pytest.approx(used[row["measure"]] - other[row["measure"]])
        assert row["low"] <= row["high"]


def test_short_lists_where_they_are_asked_for() -> None:
    record = drawn_up(simulated(), most_of_scored=0.1)
    scored = record.record.filter(pl.col("is_used") & pl.col("year").is_not_null())
    lines = record.past_forecasts.group_by("forecast_year").len().sort("forecast_year")
    assert lines["len"].to_list() == (scored.sort("year")["scored_count"] // 10).to_list()


def test_a_record_of_nothing_has_its_tables() -> None:
    record = drawn_up(simulated(), known_until=2005)
    for name in TABLES:
        assert dict(getattr(record, name).schema) == SCHEMAS[name], name
    assert record.past_forecasts.height == 0
    assert record.record["precision_20"].null_count() == record.record.height
    assert len(record.left_out) == len(ASKED)


def test_a_ranking_that_is_not_there_is_an_error() -> None:
    whole = simulated(technologies=20)
    with pytest.raises(InputError, match="tea leaves"):
        track_record(forecasts(whole), ASKED, known_until=KNOWN, used="tea leaves")


def test_a_forecast_of_another_year_is_an_error() -> None:
    forecast = forecasts(simulated(technologies=20))
    with pytest.raises(InputError, match="2008"):
        track_record(lambda _: forecast(2008), [2009], known_until=KNOWN, used="size")


def test_years_that_cannot_be_judged_are_left_out_with_the_reason() -> None:
    whole = simulated(technologies=30)
    names = ("old", "new")
    in_old = (YEARS <= 2008)[None] * whole.totals
    totals = np.vstack([in_old, whole.totals - in_old])
    old = whole.cells.multiply(YEARS <= 2008).tocsr()
    cells = sparse.hstack([old, whole.cells - old], format="csr")
    parted = replace(whole, cells=cells, totals=totals, strata=names)

    def forecast(year: int) -> YearForecast:
        counts = replace(parted, forecast_year=year)
        counts = counts.take(np.flatnonzero(is_scored(counts)))
        return YearForecast(counts, {"size": counts.documents_of((year - 1, year))})

    record = track_record(forecast, range(2004, 2014), known_until=2013, used="size", resamples=5)
    # The outcomes of 2007 and 2008 lie in other venues than their documents.
    parts = [(year, "no_common_stratum") for year in (2007, 2008)]
    assert record.left_out == (
        *parts,
        *((year, "outcome_not_known") for year in (2011, 2012, 2013)),
    )
    assert 2010 in record.record["year"].to_list()


def test_a_year_that_scores_nobody_adds_nothing() -> None:
    whole = simulated(technologies=30)

    def forecast(year: int) -> YearForecast:
        counts = replace(whole, forecast_year=year)
        rows = np.flatnonzero(is_scored(counts))
        counts = counts.take(rows if year != 2006 else rows[:0])
        return YearForecast(counts, {"size": counts.documents_of((year - 1, year))})

    with_empty = track_record(forecast, [2005, 2006], known_until=KNOWN, used="size", resamples=5)
    alone = track_record(forecast, [2005], known_until=KNOWN, used="size", resamples=5)
    for name in TABLES:
        assert_frame_equal(getattr(with_empty, name), getattr(alone, name))


def test_every_table_is_a_field() -> None:
    assert [field.name for field in fields(TrackRecord)] == [*TABLES, "left_out"]

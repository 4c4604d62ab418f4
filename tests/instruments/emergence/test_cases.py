"""Cases of the record: they are what they are called, every forecast is kept, and reasons are told of all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from simulated_surveys import Truth, simulated_surveys

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.case_reasons import REASONS
from firstlight.instruments.emergence.cases import DRIVERS, KINDS, WORST, Cases, read_cases
from firstlight.instruments.emergence.features import indicator_words
from firstlight.instruments.emergence.forecasts import Forecaster

TRUTH = Truth(-1.0, {"new_authors_share_3": 2.5, "term_youth": -2.0})
YEARS, KNOWN_AT, SIZE = (2009, 2010, 2011), 2014, 80


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    surveys = simulated_surveys(range(2000, KNOWN_AT + 1), SIZE, TRUTH, seed=3)
    return Forecaster(surveys, {year: [f"{year}:{i}" for i in range(SIZE)] for year in surveys})


@pytest.fixture(scope="module")
def found(forecaster: Forecaster) -> Cases:
    return read_cases(forecaster, YEARS, KNOWN_AT)


def place(technology_id: str) -> int:
    return int(technology_id.split(":")[1])


def test_every_forecast_stands_beside_its_outcome(forecaster: Forecaster, found: Cases) -> None:
    assert found.forecasts.height == SIZE * len(YEARS)
    for (year,), own in found.forecasts.group_by("forecast_year"):
        assert own["rank"].to_list() == list(range(1, SIZE + 1)) and own["probability"].is_sorted(descending=True)
        probability = forecaster.forecast(int(str(year)), "B").probability
        outcomes = forecaster.outcomes(int(str(year)), "B", KNOWN_AT)
        assert outcomes is not None
        rows = [place(name) for name in own["technology_id"]]
        np.testing.assert_allclose(own["probability"], probability[rows], atol=1e-6)
        assert own["is_exceptional"].to_list() == [bool(outcomes[i]) for i in rows]
        cut = skill.expected_csi_threshold(probability).cut
        assert own["is_called"].to_list() == [bool(probability[i] >= cut) for i in rows]


def test_outcomes_not_known_yet_are_missing_not_false(forecaster: Forecaster) -> None:
    own = read_cases(forecaster, [2012], 2013)
    assert own.forecasts["is_exceptional"].null_count() == own.forecasts["growth"].null_count() == SIZE
    assert own.cases.is_empty() and own.reasons.is_empty()


def test_the_worst_of_each_kind_and_year_are_listed(found: Cases) -> None:
    kind = pl.when("is_called").then(pl.when("is_exceptional").then(pl.lit("hit")).otherwise(pl.lit("false_alarm")))
    all_of_them = found.forecasts.with_columns(
        kind.otherwise(pl.when("is_exceptional").then(pl.lit("miss"))).alias("kind")
    )
    for year in YEARS:
        for name in KINDS:
            own = all_of_them.filter((pl.col("forecast_year") == year) & (pl.col("kind") == name))
            listed = found.cases.filter((pl.col("forecast_year") == year) & (pl.col("kind") == name))
            told = found.reasons.filter((pl.col("forecast_year") == year) & (pl.col("kind") == name))
            assert told["n"].sum() == own.height
            assert listed.height == min(WORST, own.height)
            expected = own["probability"].sort(descending=name != "miss").head(WORST)
            np.testing.assert_allclose(listed["probability"], expected, atol=1e-6)
    assert set(found.reasons["reason"]) | set(found.cases["reason"]) <= set(REASONS)


def test_a_case_tells_its_course(forecaster: Forecaster, found: Cases) -> None:
    for own in found.cases.iter_rows(named=True):
        survey, i = forecaster.surveys[own["forecast_year"]], place(own["technology_id"])
        now = own["forecast_year"] - int(survey.years[0])
        assert own["documents_count"] == survey.counts[i, now]
        assert own["documents_count_after"] == int(survey.counts[i, now + 3])
        assert own["path_first_year"] == own["forecast_year"] - 5
        last = min(KNOWN_AT, own["forecast_year"] + 6, int(survey.years[-1])) - int(survey.years[0])
        assert own["path"] == pytest.approx((survey.counts[i] / survey.totals)[now - 5 : last + 1], abs=1e-9)
        assert own["why_en"] and own["why_zh"] and own["why_en"] != own["why_zh"]
        assert own["is_near_line"] == (abs(own["growth"] - 0.08) <= 0.03)


def test_drivers_are_the_contributions_that_weigh_most(forecaster: Forecaster, found: Cases) -> None:
    titles = {own.title_en: name for name, own in indicator_words().items()}
    for own in found.cases.iter_rows(named=True):
        forecast, i = forecaster.forecast(own["forecast_year"], "B"), place(own["technology_id"])
        parts = {name: part[i] for name, part in forecast.contributions.items()}
        told = {}
        for driver in own["drivers_en"].split("; "):
            title, value = driver.split("\u00a0")
            told[titles[title]] = float(value.replace("−", "-"))
        heavy = [name for name, value in parts.items() if abs(value) >= 0.05]
        assert len(told) == min(DRIVERS, sum(parts[n] > 0 for n in heavy)) + min(
            DRIVERS, sum(parts[n] < 0 for n in heavy)
        )
        for name, value in told.items():
            assert value == pytest.approx(parts[name], abs=0.0051)
            others = [abs(parts[n]) for n in heavy if parts[n] * value > 0 and n not in told]
            assert all(abs(value) >= other - 0.0051 for other in others)
        assert len(own["drivers_zh"].split("；")) == len(told)


def rows_like(groups: pl.DataFrame, technologies: list[int], documents: list[int]) -> pl.DataFrame:
    """Rows of the category new.AB, in the columns that groups have."""
    rows = groups.filter(pl.col("kind") == "category").head(len(technologies))
    return rows.with_columns(
        pl.Series("technology", technologies), pl.Series("documents_count", documents), name=pl.lit("new.AB")
    )


def test_a_category_that_joined_after_the_forecast_is_named(forecaster: Forecaster) -> None:
    """Half of one technology's documents of 2014 lie in a category that did not exist in 2011."""
    year, later = 2011, 2014
    name = f"{year}:5"
    survey = forecaster.surveys[later]
    documents = int(survey.counts[9, survey.years <= later][-3:].sum())
    whole = int(0.02 * survey.totals[survey.years <= later][-3:].sum())
    extra = rows_like(survey.groups, [9, 8, -1], [documents // 2, 3, whole])
    lineage = {own: list(ids) for own, ids in forecaster.lineage.items()}
    lineage[later][9] = name
    ours = forecaster.surveys[year]
    counts = ours.counts.copy()
    counts[5, ours.years > year] = counts[5, ours.years == year] * 3
    surveys = {
        **forecaster.surveys,
        later: replace(survey, groups=pl.concat([survey.groups, extra])),
        year: replace(ours, counts=counts),
    }
    planted = read_cases(Forecaster(surveys, lineage), [year], later)
    own = planted.reasons.filter(pl.col("reason") == "record_joined")
    assert own["n"].to_list() == [1]
    # the same category, there before: nothing joined
    before = pl.concat([ours.groups, rows_like(ours.groups, [-1], [whole])])
    surveys[year] = replace(surveys[year], groups=before)
    other = read_cases(Forecaster(surveys, lineage), [year], later)
    assert "record_joined" not in other.reasons["reason"]


def test_later_documents_move_no_forecast_only_what_became_of_it(forecaster: Forecaster, found: Cases) -> None:
    surveys = {}
    for year, survey in forecaster.surveys.items():
        late = survey.years > 2011
        surveys[year] = replace(survey, counts=np.where(late, survey.counts[::-1] + 3, survey.counts))
    other = read_cases(Forecaster(surveys, forecaster.lineage), YEARS, KNOWN_AT)
    told = ["forecast_year", "rank", "technology_id", "label", "probability", "is_called"]
    assert other.forecasts.select(told).equals(found.forecasts.select(told))
    assert not other.forecasts["growth"].equals(found.forecasts["growth"])


def test_no_year_is_no_case(forecaster: Forecaster) -> None:
    own = read_cases(forecaster, [], KNOWN_AT)
    assert own.forecasts.is_empty() and own.cases.is_empty() and own.reasons.is_empty()
    assert own.cases.schema["path"] == pl.List(pl.Float64)

"""The observation's tables against the surveys and forecasts they are drawn from."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from simulated_surveys import HORIZON, Truth, bare_survey, simulated_surveys

from firstlight.instruments.emergence.areas import Areas
from firstlight.instruments.emergence.features import indicator_words
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.identity import Identity, follow
from firstlight.instruments.emergence.observation import describe

AS_OF, SIZE = 2010, 40
TRUTH = Truth(-0.5, {"new_authors_share_3": 2.5})
Tables = dict[str, pl.DataFrame]


def classify(technologies: Sequence[Sequence[tuple[str, float]]]) -> Areas:
    """Every other technology lies in energy."""
    size = len(technologies)
    even = np.arange(size) % 2 == 0
    probabilities = np.column_stack([np.where(even, 0.7, 0.1), np.where(even, 0.3, 0.9)])
    area = tuple("energy" if own else "none" for own in even)
    subfield = tuple("fusion" if own else "" for own in even)
    return Areas(("energy", "none"), probabilities, area, subfield, np.zeros(size), np.ones(size), ((),) * size)


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    surveys = simulated_surveys(range(2000, AS_OF + 1), SIZE, TRUTH, seed=4)
    return Forecaster(surveys, follow(surveys).ids)


@pytest.fixture(scope="module")
def identity(forecaster: Forecaster) -> Identity:
    return follow(forecaster.surveys)


@pytest.fixture(scope="module")
def tables(forecaster: Forecaster, identity: Identity) -> Tables:
    return describe(forecaster, identity, AS_OF, AS_OF + HORIZON, classify)


def place_of(identity: Identity) -> dict[str, int]:
    return {own: i for i, own in enumerate(identity.ids[AS_OF])}


def test_the_likeliest_stand_first_with_their_own_figures(
    tables: Tables, forecaster: Forecaster, identity: Identity
) -> None:
    survey, forecast = forecaster.surveys[AS_OF], forecaster.forecast(AS_OF, "B")
    now = int(np.searchsorted(survey.years, AS_OF))
    place = place_of(identity)
    assert tables["technologies"]["probability"].is_sorted(descending=True)
    for own in tables["technologies"].iter_rows(named=True):
        i = place[own["technology_id"]]
        share = survey.counts[i] / survey.totals
        assert own["label"] == survey.labels[i]
        assert own["probability"] == pytest.approx(forecast.probability[i], abs=1e-6)
        assert own["documents_count"] == survey.counts[i, now]
        assert own["documents_total_count"] == survey.counts[i, : now + 1].sum()
        assert own["share"] == pytest.approx(share[now], abs=1e-6)
        assert own["growth_share"] == pytest.approx((share[now] / share[now - 3]) ** (1 / 3) - 1, abs=1e-6)
        assert own["outcome_growth"] == pytest.approx((share[now + 3] / share[now]) ** (1 / 3) - 1, abs=1e-6)
        assert own["outcome"] == (own["outcome_growth"] > 0.08)
        assert own["area_code"] == ("energy" if i % 2 == 0 else "none")
        assert (own["area_probability"], own["subfield_code"]) == ((0.7, "fusion") if i % 2 == 0 else (0.9, None))
        assert 0 <= own["x"] <= 1 and 0 <= own["y"] <= 1


@pytest.mark.parametrize(
    ("known_to", "is_known"), [(AS_OF - 1, False), (AS_OF, False), (AS_OF + 2, False), (AS_OF + 3, True)]
)
def test_what_really_happened_is_shown_when_it_is_known(
    known_to: int, is_known: bool, forecaster: Forecaster, identity: Identity, tables: Tables
) -> None:
    found = describe(forecaster, identity, AS_OF, known_to, classify)
    assert found["technologies"]["outcome"].null_count() == (0 if is_known else SIZE)
    assert found["technologies"]["outcome_growth"].null_count() == (0 if is_known else SIZE)
    assert found["history"]["year"].max() == max(known_to, AS_OF)
    columns = [name for name in tables["technologies"].columns if not name.startswith("outcome")]
    assert found["technologies"].select(columns).equals(tables["technologies"].select(columns))
    for name in ("fan", "terms", "links", "shares", "indicators", "reasons"):
        assert found[name].equals(tables[name])


def test_history_is_the_surveys_counts(tables: Tables, forecaster: Forecaster, identity: Identity) -> None:
    survey, place = forecaster.surveys[AS_OF], place_of(identity)
    history = tables["history"]
    assert history.height == SIZE * len(survey.years)
    for own in history.iter_rows(named=True):
        column = own["year"] - int(survey.years[0])
        assert own["documents_count"] == int(survey.counts[place[own["technology_id"]], column])
        assert own["is_after"] == (own["year"] > AS_OF)


def test_fans_open_from_the_forecast_year(tables: Tables, forecaster: Forecaster) -> None:
    fan = tables["fan"]
    assert fan.height == SIZE * HORIZON and fan["year"].unique().sort().to_list() == [2011, 2012, 2013]
    names = ["share_p10", "share_p25", "share_p50", "share_p75", "share_p90"]
    for low, high in itertools.pairwise(names):
        assert (fan[low] < fan[high]).all()
    width = (
        fan.with_columns(width=pl.col("share_p90") / pl.col("share_p10")).group_by("year").agg(pl.col("width").mean())
    )
    assert width.sort("year")["width"].is_sorted()  # less sure the further ahead
    record = tables["fan_record"]
    assert record.rows_by_key(["ahead", "level"], unique=True).keys() == {(h, p) for h in (1, 2, 3) for p in (0.5, 0.8)}
    made = sum(year < AS_OF for year in forecaster.surveys)
    assert record.filter(pl.col("ahead") == 1)["forecast_years_count"].unique().to_list() == [made]
    assert record["covered"].is_between(0.3, 1).all() and record["learnt"].is_between(0, 1, closed="none").all()


def test_reasons_are_the_forecasts_contributions(tables: Tables, forecaster: Forecaster, identity: Identity) -> None:
    forecast, place = forecaster.forecast(AS_OF, "B"), place_of(identity)
    values = forecaster.features(AS_OF).values
    assert forecast.method == "logistic" and set(tables["reasons"]["indicator"]) == set(forecast.contributions)
    for own in tables["reasons"].iter_rows(named=True):
        i, name = place[own["technology_id"]], own["indicator"]
        assert own["contribution"] == pytest.approx(forecast.contributions[name][i], abs=1e-6)
        assert own["value"] == (pytest.approx(values[name][i], abs=1e-6) if name in values else None)
    assert set(tables["reasons"]["indicator"]) <= set(tables["indicator_words"]["indicator"])


def test_indicators_have_places_and_words(tables: Tables) -> None:
    frame = tables["indicators"]
    assert set(frame["indicator"]) <= set(indicator_words()) == set(tables["indicator_words"]["indicator"])
    assert (frame["percentile"].drop_nulls().is_between(0, 1)).all()
    assert (frame["value"].is_null() == frame["percentile"].is_null()).all()
    size = frame.filter(pl.col("indicator") == "size").sort("value")
    assert size["percentile"].is_sorted()


def test_shares_of_categories_are_shares(tables: Tables) -> None:
    shares = tables["shares"]
    total = shares.group_by("technology_id", "kind").agg(pl.col("share").sum())
    assert ((total["share"] - 1).abs() < 1e-5).all()
    whole = shares.unique(["kind", "name"])
    assert whole["whole_share"].sum() == pytest.approx(1.0, abs=1e-5)
    assert "-1" not in shares["technology_id"].to_list() and shares["technology_id"].n_unique() == SIZE


def test_a_technology_is_first_seen_at_its_third_document() -> None:
    counts = [[0, 1, 1, 0, 1, 30], [3, 0, 0, 0, 0, 30], [0, 0, 0, 0, 0, 30]]
    survey = bare_survey(2005, counts, [900.0] * 6)
    forecaster = Forecaster({2005: survey}, follow({2005: survey}).ids)
    found = describe(forecaster, follow({2005: survey}), 2005, 2005, classify)["technologies"]
    assert dict(found.select("label", "first_year").iter_rows()) == {
        "technology 0": 2004, "technology 1": 2000, "technology 2": 2005,
    }  # fmt: skip


def test_a_year_without_technologies_has_every_table_empty() -> None:
    survey = replace(bare_survey(2005, np.zeros((0, 6)), [900.0] * 6), tested=3)
    forecaster = Forecaster({2005: survey}, {2005: ()})
    found = describe(forecaster, follow({2005: survey}), 2005, 2008, classify)
    assert {name for name, own in found.items() if own.height} == {"indicator_words"}

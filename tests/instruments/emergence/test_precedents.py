"""Precedents: planted likenesses found, known outcomes only, one year of each lineage, and no later year read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import beta
from simulated_surveys import Truth, permuted, simulated_surveys

from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.precedents import (
    AGE_APART,
    AMONG,
    NEAREST,
    OLD,
    _ages,
    _places,
    _weights,
    jeffreys,
    precedents,
)
from firstlight.instruments.emergence.survey import Survey

AS_OF, SIZE = 2010, 60
TRUTH = Truth(-1.0, {"new_authors_share": 3.0, "spread": 3.0})
Surveys = dict[int, Survey]


def aged(surveys: Surveys, seed: int = 1) -> Surveys:
    """The same surveys with technologies first seen in different years: documents before that are cut."""
    found = {}
    for year, survey in surveys.items():
        rng = np.random.default_rng([seed, year])
        birth = year - rng.integers(0, 13, len(survey.labels))
        found[year] = replace(survey, counts=np.where(survey.years >= birth[:, None], survey.counts, 0.0))
    return found


@pytest.fixture(scope="module")
def surveys() -> Surveys:
    return aged(simulated_surveys(range(2000, AS_OF + 1), SIZE, TRUTH, seed=8))


@pytest.fixture(scope="module")
def lineage(surveys: Surveys) -> dict[int, list[str]]:
    """The first thirty technologies of each year are the same thirty; the others appear once."""
    return {year: [f"old-{i:02d}" if i < 30 else f"{year}-{i}" for i in range(SIZE)] for year in surveys}


@pytest.fixture(scope="module")
def forecaster(surveys: Surveys, lineage: dict[int, list[str]]) -> Forecaster:
    return Forecaster(surveys, lineage)


def test_the_nearest_are_those_of_a_plain_search(forecaster: Forecaster, lineage: dict[int, list[str]]) -> None:
    """Every pair measured and sorted again, without the blocks and the cut-offs of the search."""
    found = precedents(forecaster, AS_OF)
    names, weights = _weights(forecaster, AS_OF)
    own, age = _places(forecaster, AS_OF, names) * weights, _ages(forecaster.surveys[AS_OF].until(AS_OF))
    years = [y for y in forecaster.surveys if y + 3 <= AS_OF]
    assert found.outcomes["known_count"].unique().to_list() == [SIZE * len(years)]
    for i in (0, 7, 31, 59):
        rows = []
        for year in years:
            distance = np.round(cdist(own[[i]], _places(forecaster, year, names) * weights)[0], 9)
            ages = _ages(forecaster.surveys[year].until(year))
            close = np.abs(np.minimum(ages, OLD) - min(age[i], OLD)) <= AGE_APART
            rows += [
                (distance[j], -year, lineage[year][j])
                for j in range(SIZE)
                if close[j] and lineage[year][j] != lineage[AS_OF][i]
            ]
        seen: dict[str, tuple[float, int]] = {}
        for distance, minus_year, name in sorted(rows):
            seen.setdefault(name, (distance, -minus_year))
        expected = [(name, year) for name, (_, year) in list(seen.items())[:NEAREST]]
        told = found.nearest.filter(pl.col("technology_id") == lineage[AS_OF][i])
        assert list(told.select("precedent_id", "precedent_year").iter_rows()) == expected
        assert told["distance"].is_sorted() and told["rank"].to_list() == list(range(1, len(expected) + 1))


def test_a_precedent_is_told_as_it_was_and_as_it_became(forecaster: Forecaster, lineage: dict[int, list[str]]) -> None:
    found = precedents(forecaster, AS_OF).nearest
    for own in found.sample(60, seed=3).iter_rows(named=True):
        year = own["precedent_year"]
        survey, i = forecaster.surveys[year], lineage[year].index(own["precedent_id"])
        now = year - int(survey.years[0])
        shares = survey.counts[i] / survey.totals
        assert own["documents_count"] == survey.counts[i, now]
        assert own["growth"] == pytest.approx((shares[now + 3] / shares[now]) ** (1 / 3) - 1, abs=1e-6)
        assert own["is_exceptional"] == (own["growth"] > 0.08)
        assert own["path_first_year"] == year - 5
        assert own["path"] == pytest.approx(shares[now - 5 : now + 4], abs=1e-9)
        first = int(survey.years[np.argmax(survey.counts[i].cumsum() >= 3)])
        assert own["age"] == year - first


def test_never_itself_and_each_lineage_once(forecaster: Forecaster) -> None:
    found = precedents(forecaster, AS_OF, nearest=AMONG).nearest
    assert not (found["technology_id"] == found["precedent_id"]).any()
    assert found.unique(["technology_id", "precedent_id"]).height == found.height
    assert found["precedent_id"].str.starts_with("old-").any()  # lineages with many years were there to be taken twice


def test_a_likeness_that_was_planted_is_found(surveys: Surveys) -> None:
    """Outcomes drawn from what a technology looks like: those near to it share its fate more often than others do."""
    forecaster = Forecaster(surveys)
    found = precedents(forecaster, AS_OF).outcomes.sort("technology_id")
    order = np.argsort([f"{AS_OF}:{i}" for i in range(SIZE)])
    probability = forecaster.forecast(AS_OF, "B").probability[order]
    assert np.corrcoef(found["took_off_share"].to_numpy(), probability)[0, 1] > 0.5
    rates = found.sort("took_off_share")["took_off_share"].to_numpy()
    assert rates[-10:].mean() > 2 * rates[:10].mean()


def test_later_documents_move_no_precedent(surveys: Surveys, lineage: dict[int, list[str]]) -> None:
    """Every count after the forecast year is changed, in the surveys of every year, and later surveys are left out."""

    def changed(survey: Survey) -> Survey:
        late = survey.years > AS_OF - 3
        counts = np.where(late, survey.counts[::-1] * 3 + 7, survey.counts)
        return replace(survey, counts=counts, totals=np.where(late, survey.totals * 2, survey.totals))

    as_of = AS_OF - 3
    with_later = precedents(Forecaster(surveys, lineage), as_of)
    others = {year: changed(own) for year, own in surveys.items() if year <= as_of}
    without = precedents(Forecaster(others, lineage), as_of)
    assert with_later.nearest.equals(without.nearest) and with_later.outcomes.equals(without.outcomes)
    assert with_later.nearest["precedent_year"].max() == as_of - 3
    # the same change one year earlier reaches outcomes that were known, and is seen
    known = {year: replace(own, counts=own.counts[::-1]) for year, own in others.items()}
    assert not precedents(Forecaster(known, lineage), as_of).nearest.equals(with_later.nearest)


def test_the_order_of_technologies_changes_nothing(surveys: Surveys, lineage: dict[int, list[str]]) -> None:
    turned = np.arange(SIZE)[::-1].copy()
    mixed = {year: permuted(own, turned) for year, own in surveys.items()}
    other = {year: [lineage[year][i] for i in turned] for year in lineage}
    one, two = precedents(Forecaster(surveys, lineage), AS_OF), precedents(Forecaster(mixed, other), AS_OF)
    assert one.nearest.equals(two.nearest)
    assert one.outcomes.equals(two.outcomes)


def test_few_of_like_age_are_few_not_filled_up(surveys: Surveys, lineage: dict[int, list[str]]) -> None:
    """All earlier technologies are old; one of ours is new: it has no precedent, and says so."""
    old = simulated_surveys(range(2000, AS_OF + 1), SIZE, TRUTH, seed=8)
    survey = old[AS_OF]
    counts = survey.counts.copy()
    counts[0, survey.years < AS_OF] = 0
    found = precedents(Forecaster({**old, AS_OF: replace(survey, counts=counts)}, lineage), AS_OF)
    alone = found.outcomes.row(by_predicate=pl.col("technology_id") == "old-00", named=True)
    assert (alone["age"], alone["similar_count"], alone["took_off_share"]) == (0, 0, None)
    assert "old-00" not in found.nearest["technology_id"]
    assert (found.outcomes.filter(pl.col("technology_id") != "old-00")["similar_count"] == AMONG).all()


def test_nothing_earlier_is_no_precedent(surveys: Surveys) -> None:
    found = precedents(Forecaster({AS_OF: surveys[AS_OF]}), AS_OF)
    assert found.nearest.is_empty() and found.outcomes.is_empty()
    assert found.nearest.schema["path"] == pl.List(pl.Float64)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_interval_holds_the_proportion_and_mirrors(successes: int, failures: int) -> None:
    trials = successes + failures
    if trials == 0:
        return
    low, high = jeffreys(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    other = jeffreys(failures, trials)
    assert (1 - other[1], 1 - other[0]) == (pytest.approx(low), pytest.approx(high))
    if successes and failures:
        held = beta.cdf(high, successes + 0.5, failures + 0.5) - beta.cdf(low, successes + 0.5, failures + 0.5)
        assert held == pytest.approx(0.9)

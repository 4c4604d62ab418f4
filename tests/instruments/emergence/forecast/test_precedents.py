"""Precedents: the nearest cases of other lineages, known by then, and what their share told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import take_off_corpus as made
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.forecast.outlook import read_year
from firstlight.instruments.emergence.forecast.precedents import (
    NEAREST,
    JudgedCases,
    nearest,
    precedents,
    record_of_precedents,
)
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, take_offs
from firstlight.run.counts_in import survey_of_counts

OBSERVED, HORIZON = 2013, 3
YEARS = [*range(2004, 2011), OBSERVED]


@pytest.fixture(scope="module")
def cases() -> dict[int, JudgedCases]:
    counts = from_counts(made.counts())
    found = {}
    for year in YEARS:
        survey = survey_of_counts(counts.at(year), watched=False)
        features = read_year(survey, THREE_YEARS).features
        came = take_offs(survey.counts, THREE_YEARS) if year + HORIZON <= OBSERVED else None
        found[year] = JudgedCases(survey, features, came)
    return found


def test_the_nearest_are_of_other_lineages_each_once() -> None:
    rng = np.random.default_rng(0)
    figures, own = rng.normal(size=(40, 3)), np.arange(40)
    theirs = rng.integers(40, size=300)
    cases, came = rng.normal(size=(300, 3)), rng.random(300) < 0.3
    alike = nearest(figures, own, cases, theirs, came)
    scaled = (cases - cases.mean(axis=0)) / cases.std(axis=0)
    for row in range(40):
        place = (figures[row] - cases.mean(axis=0)) / cases.std(axis=0)
        order = np.argsort(((scaled - place) ** 2).sum(axis=1))[:60]
        chosen: list[int] = []
        for case in order:
            if theirs[case] != row and theirs[case] not in theirs[chosen] and len(chosen) < NEAREST:
                chosen.append(int(case))
        assert alike.rows[row][alike.rows[row] >= 0].tolist() == chosen
        assert alike.share[row] == pytest.approx(came[chosen].mean())


def test_precedents_are_known_by_the_observed_year_and_never_the_same_technology(
    cases: dict[int, JudgedCases],
) -> None:
    shown = cases[OBSERVED].survey.counts.names
    table = precedents(cases, OBSERVED, HORIZON, shown, []).precedents
    assert table.height == len(shown) * NEAREST
    assert table["year"].max() <= OBSERVED - HORIZON  # type: ignore[operator]
    assert table.filter(pl.col("technology_id") == pl.col("precedent_id")).is_empty()
    each = table.group_by("technology_id").agg(pl.col("precedent_id").n_unique())
    assert each["precedent_id"].unique().to_list() == [NEAREST]
    row = table.row(0, named=True)
    then = cases[row["year"]]
    place = then.survey.counts.names.index(row["precedent_id"])
    assert then.came is not None and row["outcome"] == bool(then.came.is_take_off[place])


def test_no_precedent_moves_with_later_outcomes(cases: dict[int, JudgedCases]) -> None:
    """What came of cases after the end of a year tells that year nothing."""
    year = 2009
    hidden = {
        one: replace(own, came=None) if year - HORIZON < one < year else own
        for one, own in cases.items()
    }
    one, other = (record_of_precedents(each, HORIZON, [year]) for each in (cases, hidden))
    assert one.equals(other) and one.height == 2


def test_the_record_is_that_of_its_definitions(cases: dict[int, JudgedCases]) -> None:
    record = record_of_precedents(cases, HORIZON, [2008, 2009, 2010])
    yearly, pooled = (
        record.filter(pl.col("year").is_not_null()),
        record.filter(pl.col("year").is_null()),
    )
    weights = yearly["scored_count"].to_numpy()
    brier = np.average(yearly["brier"].to_numpy(), weights=weights)
    base = np.average(yearly["base_brier"].to_numpy(), weights=weights)
    assert pooled["brier_skill"][0] == pytest.approx(1 - brier / base, abs=1e-4)
    assert pooled["auc"][0] == pytest.approx(yearly["auc"].drop_nulls().mean(), abs=1e-5)
    row = yearly.row(0, named=True)
    came = cases[2008].came
    assert came is not None and row["take_off_count"] == int(came.is_take_off.sum())
    rate = np.concatenate([cases[one].came.is_take_off for one in (2004, 2005)]).mean()  # type: ignore[union-attr]
    assert row["base_rate"] == pytest.approx(rate, abs=1e-6)
    assert row["base_brier"] == pytest.approx(((rate - came.is_take_off) ** 2).mean(), abs=1e-6)

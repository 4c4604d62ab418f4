"""A survey is the same after it was kept as tables; the scored ones keep their groups."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_names import planted
from polars.testing import assert_frame_equal
from scipy import sparse
from tables_of_a_year import read

from firstlight.instruments.emergence.technologies.quarterly_counts import QuarterlyCounts
from firstlight.instruments.emergence.technologies.survey import (
    UNITS,
    Survey,
    survey_of,
    survey_tables,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

FORMS = {
    "technology": pl.Int64,
    "form": pl.String,
    "kind": pl.String,
    "documents_count": pl.Int64,
    "evidence": pl.Float64,
}


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    size, strata, years = int(rng.integers(0, 8)), int(rng.integers(1, 4)), int(rng.integers(1, 6))
    documents = rng.poisson(0.7, (size, strata * years)).astype(float)
    names = tuple(f"t{row}" for row in range(size))
    counts = YearlyCounts(
        2003,
        names,
        np.arange(2001, 2001 + years),
        sparse.csr_matrix(documents),
        rng.integers(0, 90, (strata, years)).astype(float),
        tuple(f"s{row}" for row in range(strata)),
    )
    authors = rng.poisson(1.0, (size, years)).astype(float)
    is_scored = rng.random(size) < 0.6
    groups = np.arange(size)
    scored = np.flatnonzero(is_scored)
    groups[scored] = rng.choice(scored, len(scored)) if len(scored) else groups[scored]
    forms = pl.DataFrame(
        [(row, f"t{row}", "name", 3, None) for row in range(size)]
        + [(row, f"T{row}", "acronym", 2, 0.8) for row in range(size)],
        schema=FORMS,
        orient="row",
    ).sort("technology")
    first = np.full(size, 2001, dtype=np.int64)
    labels = tuple(f"label {row}" for row in range(size))
    new = np.minimum(authors, rng.poisson(0.5, (size, years)))
    pairs = np.unique(rng.choice(scored, (5, 2)), axis=0) if len(scored) else np.zeros((0, 2))
    neighbours = pl.DataFrame(pairs.astype(np.int64), schema=["technology", "other"])
    quarters = QuarterlyCounts(
        rng.poisson(1.0, (size, 2, 4)).astype(float), rng.poisson(9.0, (strata, 2, 4)).astype(float)
    )
    return Survey(
        counts,
        labels,
        is_scored,
        groups,
        first,
        authors,
        new,
        forms,
        float(rng.random()),
        neighbours,
        draw(st.sampled_from([quarters, None])),
    )


def assert_same(one: Survey, other: Survey) -> None:
    assert (one.forecast_year, one.labels, one.coverage) == (
        other.forecast_year,
        other.labels,
        other.coverage,
    )
    for name in ("is_scored", "groups", "first_years", "authors", "new_authors"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.counts.names, one.counts.strata) == (other.counts.names, other.counts.strata)
    for name in ("years", "totals", "counts"):
        np.testing.assert_array_equal(getattr(one.counts, name), getattr(other.counts, name))
    assert (one.counts.cells != other.counts.cells).nnz == 0
    assert_frame_equal(one.forms, other.forms)
    assert_frame_equal(one.neighbours, other.neighbours)
    assert (one.quarters is None) == (other.quarters is None)
    if one.quarters is not None and other.quarters is not None:
        np.testing.assert_array_equal(one.quarters.documents, other.quarters.documents)
        np.testing.assert_array_equal(one.quarters.totals, other.quarters.totals)


@given(surveys())
@settings(max_examples=80)
def test_tables_and_back(survey: Survey) -> None:
    tables, facts = survey_tables(survey)
    back = survey_of(tables, facts)
    assert_same(survey, back)
    again, same_facts = survey_tables(back)
    assert facts == same_facts
    for name, table in tables.items():
        assert_frame_equal(table, again[name])


def test_a_survey_of_texts_and_back() -> None:
    survey = (
        read(planted(5, per_kind=2, documents_per_year=60).documents).at(2011, watched=True).survey
    )
    assert_same(survey, survey_of(*survey_tables(survey)))


@given(surveys())
@settings(max_examples=80)
def test_the_scored_ones_keep_their_groups_and_forms(survey: Survey) -> None:
    scored = survey.scored()
    kept = [
        name for name, is_in in zip(survey.counts.names, survey.is_scored, strict=True) if is_in
    ]
    assert list(scored.counts.names) == kept and scored.is_scored.all()
    head = {
        name: survey.counts.names[group]
        for name, group in zip(survey.counts.names, survey.groups, strict=True)
    }
    assert [scored.counts.names[group] for group in scored.groups] == [head[name] for name in kept]
    assert [scored.labels[row] for row in scored.forms["technology"]] == [
        label for name in kept for label in [survey.labels[survey.counts.names.index(name)]] * 2
    ]
    assert_same(scored.scored(), scored)


def test_counts_by_stratum_stand_in_the_table() -> None:
    survey = read(planted(5, per_kind=2, documents_per_year=60).documents).at(2011).survey
    tables, _ = survey_tables(survey)
    total = (
        tables["cells"]
        .group_by("technology")
        .agg(pl.col("documents_count").sum())
        .sort("technology")
    )
    assert total["documents_count"].to_list() == survey.counts.counts.sum(axis=1).tolist()
    assert tables["totals"]["documents_count"].sum() == survey.counts.totals.sum()


@pytest.mark.parametrize("table", UNITS)
def test_units_name_columns_that_exist(table: str) -> None:
    survey = read(planted(5, per_kind=2, documents_per_year=60).documents).at(2011).survey
    assert set(UNITS[table]) <= set(survey_tables(survey)[0][table].columns)

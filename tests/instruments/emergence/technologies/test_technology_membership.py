"""Members, counts, first years and neighbours equal a count document by document."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_names import planted
from scipy import sparse
from small_records import members_of, record, technologies
from tables_of_a_year import read
from test_technology_names import about

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.membership import (
    FEWEST_SHARED,
    first_years,
    members,
    near_equal,
    neighbours,
    sums_by_year,
    yearly_counts,
)

YEAR = 2011
Incidence = np.ndarray


def incidences() -> st.SearchStrategy[tuple[Incidence, np.ndarray]]:
    """Technologies x documents of 0 and 1, no row empty; years ascend."""

    def drawn(seed: int) -> tuple[Incidence, np.ndarray]:
        rng = np.random.default_rng(seed)
        size = int(rng.integers(3, 40))
        table = rng.random((int(rng.integers(1, 9)), size)) < rng.uniform(0.05, 0.7)
        table[:, int(rng.integers(size))] = True
        return table.astype(np.float32), np.sort(rng.integers(2001, 2008, size))

    return st.integers(0, 100_000).map(drawn)


def test_a_document_counts_once_however_many_forms_it_uses() -> None:
    texts = about(
        *["generative adversarial network (GAN)"] * 3,
        *["GAN"] * 3,
        *["generative adversarial network"] * 2,
    )
    found = record([f"{texts[0]} {texts[3]}", *texts])
    made = technologies(found)
    belongs = members(found.phrases, made)
    row = np.flatnonzero(np.bincount(made.technology) > 1)[0]
    assert belongs[row].data.tolist() == [1.0] * 9
    assert set(belongs[row].indices) == members_of(found, "gan") | members_of(
        found, "generative adversarial network"
    )


def test_members_and_counts_equal_a_recount() -> None:
    corpus = planted(5, per_kind=2, documents_per_year=60)
    found = read(corpus.documents).at(YEAR, watched=True)
    phrases = read(corpus.documents).phrases
    years, strata = corpus.documents["year"].to_list(), corpus.documents["source"].to_list()
    of: dict[str, set[int]] = defaultdict(set)
    made = found.technologies
    for term, technology in zip(made.terms, made.technology, strict=True):
        uses = phrases.documents[phrases.starts[term] : phrases.starts[term + 1]]
        of[phrases.terms[int(made.heads[technology])]] |= set(uses.tolist())
    counts = found.survey.counts
    assert len(counts.names) > 10
    for row, name in enumerate(counts.names):
        assert set(found.belongs[row].indices.tolist()) == of[name]
        expected = np.zeros((len(counts.strata), len(counts.years)))
        for document in of[name]:
            expected[counts.strata.index(strata[document]), years[document] - counts.years[0]] += 1
        assert (counts.cells[row].toarray().reshape(expected.shape) == expected).all()
    recent = {row for row, year in enumerate(years) if YEAR - 2 <= year <= YEAR}
    of_scored = [of[name] & recent for name in counts.names]
    for row in np.flatnonzero(~found.survey.is_scored):
        of_scored[row] = set()
    assert 0 < sum(found.survey.is_scored) < len(of_scored)
    shared = [[len(one & other) for other in of_scored] for one in of_scored]
    assert found.common.toarray().tolist() == shared
    for place, stratum in enumerate(counts.strata):
        total = [
            sum(y == year and s == stratum for y, s in zip(years, strata, strict=True))
            for year in counts.years
        ]
        assert counts.totals[place].tolist() == total


@given(incidences(), st.integers(1, 3))
@settings(max_examples=60)
def test_yearly_counts_by_stratum(table: tuple[Incidence, np.ndarray], strata: int) -> None:
    incidence, years = table
    labels = [f"s{(place * 7) % strata}" for place in range(len(years))]
    names = [f"t{row}" for row in range(len(incidence))]
    counts = yearly_counts(sparse.csr_matrix(incidence), names, years, pl.Series(labels), 2005)
    assert counts.years.tolist() == list(range(years.min(), years.max() + 1))
    for place, stratum in enumerate(counts.strata):
        for column, year in enumerate(counts.years):
            inside = (years == year) & (np.array(labels) == stratum)
            assert counts.totals[place, column] == inside.sum()
            cell = counts.cells[:, place * len(counts.years) + column].toarray().ravel()
            assert cell.tolist() == incidence[:, inside].sum(axis=1).tolist()


def test_documents_without_a_stratum_are_named() -> None:
    belongs = sparse.csr_matrix(np.ones((1, 2)))
    with pytest.raises(InputError):
        yearly_counts(belongs, ["t"], np.array([2001, 2002]), pl.Series(["a", None]), 2002)


@given(incidences())
@settings(max_examples=60)
def test_sums_and_first_years(table: tuple[Incidence, np.ndarray]) -> None:
    incidence, years = table
    belongs = sparse.csr_matrix(incidence)
    weights = np.arange(len(years), dtype=float) % 4
    sums = sums_by_year(belongs, weights, years)
    for column, year in enumerate(range(years.min(), years.max() + 1)):
        inside = years == year
        assert (
            sums[:, column].tolist()
            == (incidence[:, inside] * weights[inside]).sum(axis=1).tolist()
        )
    for row, year in enumerate(first_years(belongs, years)):
        of = years[incidence[row] > 0]
        assert year == of[min(2, len(of) - 1)]


def common_of(incidence: Incidence) -> sparse.csr_matrix:
    """Technologies x technologies, the documents that two share."""
    return sparse.csr_matrix((incidence @ incidence.T).astype(np.int64))


@given(incidences())
@settings(max_examples=60)
def test_neighbours_by_cosine(table: tuple[Incidence, np.ndarray]) -> None:
    incidence, _ = table
    links = neighbours(common_of(incidence), most=2)
    shared, size = incidence @ incidence.T, incidence.sum(axis=1)
    for one in range(len(incidence)):
        others = [
            (-round(float(shared[one, other] / np.sqrt(size[one] * size[other])), 4), other)
            for other in range(len(incidence))
            if other != one and shared[one, other] >= FEWEST_SHARED
        ]
        expected = [(other, -weight) for weight, other in sorted(others)[:2]]
        listed = links.filter(pl.col("technology") == one).select("other", "weight").rows()
        assert [other for other, _ in listed] == [other for other, _ in expected]
        assert [weight for _, weight in listed] == pytest.approx(
            [weight for _, weight in expected], abs=1.01e-4
        )


@given(incidences(), st.sampled_from([0.3, 0.5, 0.8]))
@settings(max_examples=60)
def test_near_equal_by_jaccard(table: tuple[Incidence, np.ndarray], least: float) -> None:
    incidence, _ = table
    rows = [set(np.flatnonzero(row)) for row in incidence]
    expected = [
        (one, other)
        for one in range(len(rows))
        for other in range(len(rows))
        if one != other and len(rows[one] & rows[other]) / len(rows[one] | rows[other]) >= least
    ]
    pairs = near_equal(common_of(incidence), least)
    assert pairs.select("technology", "other").rows() == expected


def test_nothing_has_no_neighbours() -> None:
    none = sparse.csr_matrix((0, 5), dtype=np.float32)
    nobody = common_of(np.zeros((0, 5)))
    assert neighbours(nobody).height == near_equal(nobody).height == 0
    assert first_years(none, np.arange(5)).tolist() == []

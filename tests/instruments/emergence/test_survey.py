"""The survey equals a recount by brute force; authors and groups by hand; tables and back without a change."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from planted_chain import count, digest, planted, planted_counts
from polars.testing import assert_frame_equal
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.communities import Communities, communities
from firstlight.instruments.emergence.survey import Survey, _links, read_company
from firstlight.instruments.emergence.survey_tables import stack, survey_of, survey_tables, unstack
from firstlight.instruments.emergence.vocabulary import Vocabulary, technical_terms

YEAR, LEAST = 2014, 10


@pytest.fixture(scope="module")
def survey() -> Survey:
    return planted_counts().survey(YEAR, least_documents=LEAST)


Recount = tuple[pl.DataFrame, list[set[int]], Vocabulary, Communities]


@pytest.fixture(scope="module")
def recount(survey: Survey) -> Recount:
    """Documents in order, and for each the communities that it belongs to.

    Two terms make a member; one where two leave over 40% of the forecast year's documents without any.
    """
    counted = planted_counts()
    frame = planted().documents.sort("date", "id")
    made = technical_terms(counted.counts, counted.parts, YEAR)
    found = communities(made)
    dense = counted.counts.incidence.toarray() > 0
    for needed in (2, 1):
        belongs = []
        for row in dense:
            terms = {int(slot) for column, slot in zip(made.columns, made.slots, strict=True) if row[column]}
            own = [int(found.community[term]) for term in terms]
            belongs.append({c for c in own if c >= 0 and own.count(c) >= needed})
        kept = set(listed((frame, belongs, made, found)))
        now = [own for own, year in zip(belongs, frame["year"].to_list(), strict=True) if year == YEAR]
        if np.mean([bool(own & kept) for own in now]) >= 0.6:
            break
    return frame, belongs, made, found


def listed(recount: Recount) -> list[int]:
    """Communities with enough documents in the forecast year, in order."""
    frame, belongs, _, found = recount
    now = [own for own, year in zip(belongs, frame["year"].to_list(), strict=True) if year == YEAR]
    return [c for c in range(found.community.max() + 1) if sum(c in own for own in now) >= LEAST]


def test_counts_authors_and_coverage_equal_a_recount(survey: Survey, recount: Recount) -> None:  # fmt: skip
    frame, belongs, _, found = recount
    kept = listed(recount)
    assert len(kept) == len(survey.labels) > 3 and survey.tested == found.community.max() + 1
    first: dict[str, int] = {}
    for year, names in frame.select("year", "authors").iter_rows():
        for name in names:
            first.setdefault(name, year)
    documents, authors, new = (np.zeros_like(survey.counts) for _ in range(3))
    covered, now = 0, 0
    for (year, names), own in zip(frame.select("year", "authors").iter_rows(), belongs, strict=True):
        for place in [kept.index(c) for c in own if c in kept]:
            at = place, year - int(survey.years[0])
            documents[at] += 1
            authors[at] += len(set(names))
            new[at] += sum(first[name] == year for name in set(names))
        now += year == YEAR
        covered += year == YEAR and any(c in kept for c in own)
    assert np.array_equal(documents, survey.counts)
    assert np.array_equal(authors, survey.authors) and np.array_equal(new, survey.new_authors)
    assert survey.coverage == pytest.approx(covered / now)
    assert survey.totals.tolist() == frame.group_by("year").len().sort("year")["len"].to_list()


def test_terms_of_the_survey_equal_those_of_the_communities(survey: Survey, recount: Recount) -> None:  # fmt: skip
    frame, _, made, found = recount
    kept = listed(recount)
    expected = {
        (kept.index(int(c)), term, int(n))
        for c, term, n in zip(found.community, made.terms, made.documents, strict=True)
        if c in kept
    }
    assert set(survey.terms.select("technology", "term", "documents_count").iter_rows()) == expected
    years, counts = frame["year"].to_list(), planted_counts().counts
    for term, first_year in survey.terms.select("term", "first_year").iter_rows():
        slot = made.terms.index(term)
        columns = [c for c, s in zip(made.columns, made.slots, strict=True) if s == slot]
        thirds = [sorted(years[row] for row in counts.incidence[:, [c]].tocoo().row)[2] for c in columns]
        assert first_year == min(thirds)
    prominence = survey.terms.with_columns(p=(pl.col("weight") * pl.col("documents_count").sqrt()).round(6))
    assert_frame_equal(prominence.sort("technology", -pl.col("p"), "term"), prominence)
    assert (survey.terms.group_by("technology").agg(pl.col("rank"))["rank"].list.sort().list.last() == survey.terms.group_by("technology").len()["len"]).all()  # fmt: skip


def test_groups_equal_a_recount_of_three_years(survey: Survey, recount: Recount) -> None:  # fmt: skip
    frame, belongs, _, _ = recount
    kept = listed(recount)
    expected: dict[tuple[int, str, str], int] = {}
    for (year, categories, countries), own in zip(
        frame.select("year", "categories", "country").iter_rows(), belongs, strict=True
    ):
        for kind, names in (("category", set(categories)), ("country", set(countries))):
            for name in names if YEAR - 2 <= year <= YEAR else ():
                for place in [-1, *(kept.index(c) for c in own if c in kept)]:
                    expected[place, kind, name] = expected.get((place, kind, name), 0) + 1
    found = {tuple(row[:3]): row[3] for row in survey.groups.iter_rows()}
    assert found == expected


def test_links_by_hand() -> None:
    """Terms 0 1 | 2 3 | 4 and a placeless 5: ties 1 within, .5 and .25 between; each over the root of both totals."""
    ties = np.zeros((6, 6))
    for a, b, w in ((0, 1, 1.0), (2, 3, 1.0), (1, 2, 0.5), (3, 4, 0.25), (4, 5, 9.0)):
        ties[a, b] = ties[b, a] = w
    links = _links(sparse.csr_matrix(ties), np.array([0, 0, 1, 1, 2, -1]), 3)
    one, two, three = 2 + 0.5, 2 + 0.5 + 0.25, 0.25  # ties within count from either end
    first, second = round(0.5 / np.sqrt(one * two), 4), round(0.25 / np.sqrt(two * three), 4)
    assert links.rows() == [(0, 1, first), (1, 2, second), (1, 0, first), (2, 1, second)]
    strongest = _links(sparse.csr_matrix(ties), np.array([0, 0, 1, 1, 2, -1]), 3, most=1)
    assert strongest.rows() == [(0, 1, first), (1, 2, second), (2, 1, second)]


def test_until_cuts_later_years_and_nothing_else(survey: Survey) -> None:
    cut = survey.until(YEAR)
    assert cut.years[-1] == YEAR and cut.counts.shape[1] == len(cut.years) == len(cut.totals)
    assert np.array_equal(cut.counts, survey.counts[:, : len(cut.years)])
    assert cut.labels == survey.labels and cut.terms.equals(survey.terms)
    assert digest(survey.until(2017)) == digest(survey)
    assert survey.until(1990).counts.shape == (len(survey.labels), 0)


def test_authors_and_groups_by_hand() -> None:
    frame = pl.DataFrame(
        {
            "date": [datetime.date(2001, 1, 1), datetime.date(2001, 6, 1), datetime.date(2002, 1, 1), datetime.date(2003, 1, 1)],
            "authors": [["An", "Bo", "An"], ["An"], ["Bo", "Cy"], []],
            "categories": [["x", "x"], ["y"], [], None],
            "country": [["FR"], ["CN", "FR"], ["CN"], None],
        }
    )  # fmt: skip
    company = read_company(frame)
    assert company.authors.tolist() == [2, 1, 2, 0]
    assert company.new_authors.tolist() == [2, 1, 1, 0]  # An's second document of the same year: still new
    names, matrix = company.groups["country"]
    assert names == ("CN", "FR") and matrix.toarray().tolist() == [[0, 1], [1, 1], [1, 0], [0, 0]]
    names, matrix = company.groups["category"]
    assert names == ("x", "y") and matrix.toarray().tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]


def test_no_community_large_enough_leaves_an_empty_survey() -> None:
    empty = planted_counts().survey(YEAR, least_documents=10_000)
    assert empty.labels == () and empty.counts.shape == (0, len(empty.years)) and empty.coverage == 0
    assert empty.terms.is_empty() and empty.links.is_empty() and empty.tested > 0
    assert digest(survey_of(*survey_tables(empty))) == digest(empty)


def test_ten_documents_leave_an_empty_survey() -> None:
    assert count(planted().documents.head(10)).survey(2008).labels == ()


def test_tables_and_back_are_exact(survey: Survey) -> None:
    back = survey_of(*survey_tables(survey))
    for name in ("years", "totals", "counts", "authors", "new_authors"):
        assert np.array_equal(getattr(back, name), getattr(survey, name)), name
    for name in ("terms", "links", "groups"):
        assert_frame_equal(getattr(back, name), getattr(survey, name))
    assert (back.labels, back.tested, back.forecast_year) == (survey.labels, survey.tested, survey.forecast_year)
    assert back.coverage == pytest.approx(survey.coverage, abs=1e-9)


def test_stacked_and_unstacked_surveys_are_the_same() -> None:
    surveys = {year: planted_counts().survey(year) for year in (2013, 2015, 2014)}
    back = unstack(stack(surveys.values()))
    assert list(back) == [2013, 2014, 2015]
    assert {year: digest(own) for year, own in back.items()} == {year: digest(own) for year, own in surveys.items()}


def test_a_missing_table_is_named(survey: Survey) -> None:
    tables, facts = survey_tables(survey)
    with pytest.raises(InputError, match="links"):
        survey_of({name: frame for name, frame in tables.items() if name != "links"}, facts)

"""Documents by quarter: counted one by one, season taken out, read only where dates tell."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import polars as pl
import pytest
from planted_names import planted
from scipy import sparse
from tables_of_a_year import read

from firstlight.instruments.emergence.technologies.quarterly_counts import (
    quarterly_counts,
    quarters_of,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEAR = 2011


def test_documents_are_counted_by_the_quarter_of_their_date() -> None:
    documents = planted(5, per_kind=2, documents_per_year=60).documents
    found = read(documents).at(YEAR)
    quarters = found.survey.quarters
    assert quarters is not None
    dates = documents["date"].to_list()
    for row in range(0, len(found.survey.labels), 7):
        came = Counter(
            (dates[place].year, (dates[place].month - 1) // 3)
            for place in found.belongs[row].indices
        )
        expected = [[came[year, quarter] for quarter in range(4)] for year in (YEAR - 1, YEAR)]
        assert quarters.documents[row].tolist() == expected
    of_year = [found.survey.counts.totals_of((year,)) for year in (YEAR - 1, YEAR)]
    assert quarters.totals.sum(axis=2).T.tolist() == [list(totals) for totals in of_year]


def counts_of(cells: list[list[float]], totals: list[list[float]]) -> YearlyCounts:
    """Two years, 2010 and 2011, of strata in turn."""
    strata = tuple(f"s{row}" for row in range(len(totals)))
    names = tuple(f"t{row}" for row in range(len(cells)))
    return YearlyCounts(
        YEAR, names, np.array([2010, 2011]), sparse.csr_matrix(cells), np.array(totals), strata
    )


def test_a_technology_that_follows_the_season_of_its_venues_is_as_expected() -> None:
    # A venue in the first quarter, another spread evenly; a technology of each, and one of both.
    years, quarters, strata = [], [], []
    for year in (2010, 2011):
        for quarter in range(4):
            for stratum, size in (("s0", 40 if quarter == 0 else 0), ("s1", 20)):
                years += [year] * size
                quarters += [quarter] * size
                strata += [stratum] * size
    one, two = np.array(strata) == "s0", np.array(strata) == "s1"
    belongs = sparse.csr_matrix(np.array([one, two, one | two], dtype=float))
    counts = counts_of(
        [[40, 40, 0, 0], [0, 0, 80, 80], [40, 40, 80, 80]], [[40.0, 40.0], [80.0, 80.0]]
    )
    found = quarterly_counts(
        belongs, counts, np.array(years), np.array(quarters), pl.Series(strata)
    )
    assert found is not None
    np.testing.assert_allclose(found.expected(counts), found.documents)
    assert found.documents[0].tolist() == [[40, 0, 0, 0]] * 2
    taken = found.take(np.array([2, 0]))
    np.testing.assert_array_equal(taken.documents, found.documents[[2, 0]])
    np.testing.assert_array_equal(taken.totals, found.totals)


@pytest.mark.parametrize("in_last_quarter", [9, 10])
def test_a_record_without_a_tenth_of_a_year_in_each_quarter_is_read_by_years(
    in_last_quarter: int,
) -> None:
    of_year = np.repeat(np.arange(4), [40, 30, 30 - in_last_quarter, in_last_quarter])
    quarters = np.concatenate([np.repeat(np.arange(4), 25), of_year])
    counts = counts_of([[100, 100]], [[100.0, 100.0]])
    belongs = sparse.csr_matrix(np.ones((1, 200)))
    years, strata = np.repeat([2010, 2011], 100), pl.Series(["s0"] * 200)
    found = quarterly_counts(belongs, counts, years, quarters, strata)
    assert (found is None) == (in_last_quarter == 9)


def test_dates_that_name_only_the_year_have_no_quarter() -> None:
    dates = [datetime.date(2011, month, 1) for month in (1, 3, 4, 12)]
    frame = pl.DataFrame({"date": dates, "date_precision": ["year", "day", "month", "day"]})
    assert quarters_of(frame).tolist() == [-1, 0, 1, 3]
    assert quarters_of(frame.drop("date_precision")).tolist() == [-1] * 4
    documents = planted(5, per_kind=2, documents_per_year=60).documents
    of_years = documents.with_columns(date_precision=pl.lit("year"))
    assert read(of_years).at(YEAR).survey.quarters is None


def test_later_documents_do_not_move_the_quarters_of_a_year() -> None:
    documents = planted(5, per_kind=2, documents_per_year=60).documents
    is_later = pl.col("year") > YEAR
    moved = documents.with_columns(
        pl.when(is_later).then(pl.col("date").dt.truncate("1y")).otherwise("date").alias("date")
    ).sort("date", "id")
    one, other = (read(frame).at(YEAR).survey.quarters for frame in (documents, moved))
    assert one is not None and other is not None
    np.testing.assert_array_equal(one.documents, other.documents)

"""Warnings come where the record itself changes, and only there."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from firstlight.instruments.emergence.comparability import (
    LISTED,
    last_complete_year,
    on_categories,
    on_years,
    warning,
    warnings_table,
)

AS_OF = 2015


@pytest.mark.parametrize(
    ("dates", "complete"),
    [
        (["2014-03-01", "2015-12-16"], 2015),
        (["2014-03-01", "2015-12-15"], 2014),
        (["2014-01-01", "2015-01-01", "2015-01-01"], 2015),  # dates by year alone
        (["2014-03-01", "2015-01-01"], 2014),  # one document of New Year's Day
        (["2014-01-01", "2015-01-01", "2015-02-01"], 2014),
    ],
)
def test_a_year_is_complete_when_its_end_is_there(dates: list[str], complete: int) -> None:
    assert last_complete_year(pl.Series(dates).str.to_date()) == complete


def test_no_dates_are_no_year() -> None:
    with pytest.raises(TypeError, match="at least one value"):
        last_complete_year(pl.Series([], dtype=pl.Date))
    assert last_complete_year(pl.Series([datetime.date(1999, 12, 31)])) == 1999


def years(counts: dict[int, int], partial: int | None = None) -> pl.DataFrame:
    frame = pl.DataFrame({"year": list(counts), "documents_count": list(counts.values())})
    return frame.with_columns(is_complete=pl.col("year") != (partial or 0))


def test_a_partial_year_and_growth_of_the_record_are_told() -> None:
    grown = {2010: 1000, 2015: 2000, 2016: 700}
    codes = {own["code"]: own for own in on_years(years(grown, partial=2016), AS_OF)}
    assert set(codes) == {"partial_year", "record_growth"}
    assert "2016" in codes["partial_year"]["text_en"] and "700" in codes["partial_year"]["text_zh"]
    assert "+15% a year" in codes["record_growth"]["text_en"]  # 2^(1/5) - 1
    assert codes["record_growth"]["severity"] == "note"
    assert on_years(years({2010: 1000, 2015: 1200}), AS_OF) == []  # 3.7% a year
    assert on_years(years({2015: 1200}), AS_OF) == []  # nothing to compare with


def by_category(late: dict[str, int], size: int = 100) -> pl.DataFrame:
    """``old`` is always there; each late category begins in its year."""
    rows = [("old", year, 1000) for year in range(2000, AS_OF + 1)]
    rows += [(name, year, size) for name, first in late.items() for year in range(first, AS_OF + 1)]
    return pl.DataFrame(rows, schema=["name", "year", "documents_count"], orient="row")


def test_a_category_that_joins_late_is_named_with_its_year() -> None:
    all_years = years({year: 1200 for year in range(2000, AS_OF + 1)})
    assert on_categories(by_category({"early": 2004}), all_years, AS_OF) == []
    assert on_categories(by_category({"tiny": 2012}, size=2), all_years, AS_OF) == []
    assert on_categories(by_category({})[:0], all_years, AS_OF) == []
    (found,) = on_categories(by_category({"late": 2012, "later": 2013}), all_years, AS_OF)
    assert (found["code"], found["severity"]) == ("late_category", "warning")
    assert "late (2012), later (2013)" in found["text_en"] and "late (2012)" in found["text_zh"]
    many = {f"c{i:02d}": 2012 for i in range(LISTED + 3)}
    (cut,) = on_categories(by_category(many), all_years, AS_OF)
    assert "+ 3" in cut["text_en"] and "c08" not in cut["text_en"]


def test_warnings_stand_before_notes_and_none_is_an_empty_table() -> None:
    table = warnings_table([warning("a", "x", "甲", "note"), warning("b", "y", "乙"), warning("c", "z", "丙", "note")])
    assert table["code"].to_list() == ["b", "a", "c"]
    assert warnings_table([]).schema == table.schema

"""Years that end with another month: every date in the right twelve months, the same answer as on
documents dated later by hand, dates shown as published, and a hint where it would help."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest

import take_off_corpus as made
from firstlight.errors import InputError
from firstlight.instruments.emergence.text.completeness import complete_years
from firstlight.run.observing import observe
from firstlight.run.own_years import cautions_of, in_own_years, refuse_undated
from firstlight.run.project import open_project

DAYS = pl.date_range(datetime.date(2015, 1, 1), datetime.date(2017, 12, 31), eager=True)


def dated(dates: pl.Series, precision: str = "day") -> pl.DataFrame:
    """Documents of these dates."""
    return pl.DataFrame({"date": dates}).select(
        id=pl.int_range(pl.len()).cast(pl.String),
        date="date",
        date_precision=pl.lit(precision),
        year=pl.col("date").dt.year().cast(pl.Int32),
    )


@pytest.mark.parametrize("month", range(1, 12))
def test_each_day_belongs_to_the_twelve_months_up_to_the_end_of_its_year(month: int) -> None:
    found = in_own_years(dated(DAYS), month)
    calendar, of_month = DAYS.dt.year(), DAYS.dt.month()
    assert found["year"].to_list() == (calendar + (of_month > month)).to_list()
    assert found["year"].to_list() == found["date"].dt.year().to_list()
    assert found["published"].to_list() == DAYS.to_list()
    # A year's quarters are three months each, from the month after its end on.
    since = (of_month.cast(pl.Int64) - month - 1) % 12
    assert found["date"].dt.quarter().to_list() == (since // 3 + 1).to_list()


def test_years_that_end_with_december_are_left_alone() -> None:
    documents = dated(DAYS)
    assert in_own_years(documents, 12) is documents


def test_what_is_dated_by_the_year_alone_stays_in_it_if_there_is_little_of_it() -> None:
    year_alone = dated(DAYS[:30], "year").with_columns(id="y" + pl.col("id"))
    found = in_own_years(pl.concat([dated(DAYS), year_alone]), 1)
    assert found.filter(pl.col("date_precision") == "year")["year"].to_list() == [2015] * 30
    with pytest.raises(InputError, match="30 of 130 documents are dated by the year alone"):
        refuse_undated(pl.concat([dated(DAYS[:100]), year_alone]), 1)


def test_undated_documents_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    by_year = made.corpus(years=(2010, 2012), per_year=20, technologies=5)
    by_year = by_year.with_columns(date=pl.col("date").dt.year().cast(pl.String))
    folder = tmp_path / "observatory"
    with pytest.raises(InputError, match="dated by the year alone"):
        observe(by_year, year_ends=9, project=folder)
    assert not folder.exists()


def ends(last: datetime.date, precision: str = "day") -> list[str]:
    """What is said of documents that end on a day."""
    days = pl.date_range(datetime.date(2012, 1, 1), last, eager=True)
    documents = dated(days, precision)
    found = complete_years(documents)
    said = cautions_of(documents, found.table, 12, found.last)
    return [repr(one.message.values["number"]) for one in said]


def test_the_last_whole_month_of_an_incomplete_year_is_proposed() -> None:
    assert ends(datetime.date(2017, 9, 30)) == ["Count(value=9)"]
    assert ends(datetime.date(2017, 9, 25)) == ["Count(value=9)"], "a week may be missing"
    assert ends(datetime.date(2017, 9, 12)) == ["Count(value=8)"]
    assert ends(datetime.date(2017, 9, 1), "month") == ["Count(value=9)"]
    assert ends(datetime.date(2017, 1, 9)) == []
    assert ends(datetime.date(2017, 12, 31)) == []
    assert ends(datetime.date(2012, 9, 30)) == [], "nothing comes before it"
    fallen = pl.DataFrame({"year": [2016, 2017], "is_complete": [True, False]})
    assert cautions_of(dated(DAYS), fallen, 12, 2016) == [], "it is over, and thin"


def test_nothing_is_proposed_that_would_be_refused_or_comes_later() -> None:
    of_days = dated(pl.date_range(DAYS[0], datetime.date(2017, 9, 30), eager=True))
    years = complete_years(of_days).table
    assert cautions_of(of_days, years, 12, 2016) != []
    assert cautions_of(of_days, years, 12, 2015) == [], "seen from then, 2017 is not there"
    undated = dated(DAYS[:99], "year").with_columns(id="y" + pl.col("id"))
    assert cautions_of(pl.concat([of_days, undated]), years, 12, 2016) == []


@pytest.mark.slow
def test_the_answer_is_that_of_documents_dated_later_by_hand(tmp_path: Path) -> None:
    documents = made.corpus(years=(2010, 2014), per_year=150, technologies=20)
    later = documents.with_columns(pl.col("date").dt.offset_by("3mo"))
    own = observe(documents, as_of=2014, year_ends=9, project=tmp_path / "own")
    by_hand = observe(later, as_of=2014, project=tmp_path / "by_hand")
    for table in ("technologies", "record", "history", "past_forecasts"):
        assert own.tables[table].equals(by_hand.tables[table]), table
    # The documents behind the technologies are the same, dated as they were published.
    columns = ["technology_id", "role", "position", "document_id"]
    behind = own.tables["documents"]
    assert behind.select(columns).equals(by_hand.tables["documents"].select(columns))
    published = dict(documents.select("id", "date").iter_rows())
    dates = zip(behind["document_id"], behind["date"], strict=True)
    assert behind.height and all(published[one] == date for one, date in dates)
    first = [line["code"] for line in own.facts["first_lines"]]
    assert "own_years" in first
    assert "Years end in September here: 2014 is" in own.summary()


def test_counts_and_corpora_that_ship_have_calendar_years(tmp_path: Path) -> None:
    counts = pl.DataFrame({"field": ["a", "a"], "year": [2015, 2016], "count": [3, 4]})
    for source in (counts, None):
        with pytest.raises(InputError, match="holds counts by year"):
            observe(source, year_ends=9, project=tmp_path)
    with pytest.raises(InputError, match="13"):
        observe(counts, year_ends=13, project=tmp_path)


def test_a_project_says_with_which_month_years_end(tmp_path: Path) -> None:
    file = tmp_path / "observatory.toml"
    file.write_text("[observe]\nyear_ends = 9\n", encoding="utf-8")
    assert open_project(tmp_path).year_ends == 9

"""Years that end with another month than December, so that the newest months count.

Dates are moved ahead until the years that are wanted are calendar years: all that counts by year
or by quarter then reads them as it reads any other. What is shown are the dates as published.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl

from firstlight.errors import InputError, check_choice
from firstlight.run.corpus import Caution
from firstlight.texts import Code, Count, Year, message

RUN = Path(__file__).parent
MONTHS = range(1, 13)
DECEMBER = MONTHS[-1]
MOST_UNDATED = 0.03  # of the documents, which stay in the calendar year that they name
WEEK = datetime.timedelta(days=7)  # without a document, that a month's end may have


def in_own_years(documents: pl.DataFrame, year_ends: int) -> pl.DataFrame:
    """Documents whose years end with a month, their dates and years moved; ``published`` keeps the
    date. The same documents where years end with December.

    documents : id, date, date_precision, year

    Raises  InputError for a month that is none, and where more than 3% are dated by the year alone.
    """
    check_choice("year_ends", year_ends, MONTHS)
    if year_ends == DECEMBER:
        return documents
    has_month = pl.col("date_precision") != "year"
    undated = documents.filter(~has_month).height
    if undated > MOST_UNDATED * documents.height:
        counts = {"count": Count(undated), "all": Count(documents.height)}
        raise InputError(message("year_ends_undated", month=Count(year_ends), **counts), RUN)
    moved = pl.col("date").dt.offset_by(f"{DECEMBER - year_ends}mo")
    date = pl.when(has_month).then(moved).otherwise("date")
    return documents.with_columns(
        published="date", date=date, year=date.dt.year().cast(documents.schema["year"])
    )


def as_published(behind: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """The documents behind technologies with the dates that they were published at.

    behind    : document_id, date
    documents : id, and published where ``in_own_years`` moved their dates
    """
    if "published" not in documents.columns:
        return behind
    dates = documents.select("published", document_id="id")
    joined = behind.join(dates, on="document_id", how="left", maintain_order="left")
    return joined.with_columns(date="published").drop("published")


def cautions_of(
    documents: pl.DataFrame, years: pl.DataFrame, year_ends: int, observed: int
) -> list[Caution]:
    """What years mean here where they don't end with December; else, seen from the last complete
    year, how years could hold the months of an incomplete one after it.

    documents : as ``in_own_years`` returns them
    years     : year, is_complete, of the record
    """
    if year_ends != DECEMBER:
        return [_said("own_years", Year(observed), year_ends)]
    last = int(documents["year"].max())  # type: ignore[arg-type]
    month = _last_month(documents, last)
    if observed == last or observed != years.filter("is_complete")["year"].max() or month is None:
        return []
    return [_said("years_could_end", Year(last), month)]


def _said(code: str, year: Year, month: int) -> Caution:
    said = message(code, year=year, month=Code(f"months.{month}"), number=Count(month))
    return Caution(code, "note", said, "documents")


def _last_month(documents: pl.DataFrame, year: int) -> int | None:
    """The last month of a year that the documents hold in full; None where too many are dated by
    the year alone, or it is none of those before December."""
    dated = documents.filter(pl.col("date_precision") != "year")
    of_year = dated.filter(pl.col("year") == year).sort("date")
    if of_year.is_empty() or documents.height - dated.height > MOST_UNDATED * documents.height:
        return None
    last = of_year.row(-1, named=True)
    day: datetime.date = last["date"]
    is_whole = last["date_precision"] == "month" or (day + WEEK).month != day.month
    month = day.month if is_whole else day.month - 1
    return month if 0 < month < DECEMBER else None

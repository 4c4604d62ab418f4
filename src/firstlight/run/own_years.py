"""Years that end with another month than December, so that the newest months count.

Dates are moved ahead until the years that are wanted are calendar years: all that counts by year
or by quarter then reads them as it reads any other. What is shown are the dates as published.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.run.corpus import Caution
from firstlight.texts import Code, Count, Year, message

RUN = Path(__file__).parent
MONTHS = range(1, 13)
DECEMBER = MONTHS[-1]
MOST_UNDATED = 0.03  # of the documents, which stay in the calendar year that they name
HAS_MONTH = pl.col("date_precision") != "year"
WEEK = datetime.timedelta(days=7)  # without a document, that a month's end may have


def in_own_years(documents: pl.DataFrame, year_ends: int) -> pl.DataFrame:
    """Documents whose years end with a month, their dates and years moved; ``published`` keeps the
    date. The same documents where years end with December.

    documents : id, date, date_precision, year
    """
    if year_ends == DECEMBER:
        return documents
    moved = pl.col("date").dt.offset_by(f"{DECEMBER - year_ends}mo")
    date = pl.when(HAS_MONTH).then(moved).otherwise("date")
    return documents.with_columns(
        published="date", date=date, year=date.dt.year().cast(documents.schema["year"])
    )


def refuse_undated(documents: pl.DataFrame, year_ends: int) -> None:
    """Raises InputError where years are to end with another month, and more than 3% of the
    documents are dated by the year alone."""
    dated = documents.filter(HAS_MONTH).height
    if year_ends != DECEMBER and not _are_dated(dated, documents):
        counts = {"count": Count(documents.height - dated), "all": Count(documents.height)}
        raise InputError(message("year_ends_undated", month=Count(year_ends), **counts), RUN)


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
    if observed == last or observed != years.filter("is_complete")["year"].max():
        return []
    month = _last_month(documents, last)
    return [] if month is None else [_said("years_could_end", Year(last), month)]


def _said(code: str, year: Year, month: int) -> Caution:
    said = message(code, year=year, month=Code(f"months.{month}"), number=Count(month))
    return Caution(code, "note", said, "documents")


def _last_month(documents: pl.DataFrame, year: int) -> int | None:
    """The last month of a year that the documents hold in full; None where too many are dated by
    the year alone, or it is none of those before December."""
    dated = documents.filter(HAS_MONTH)
    of_year = dated.filter(pl.col("year") == year)
    if of_year.is_empty() or not _are_dated(dated.height, documents):
        return None
    latest = of_year.filter(pl.col("date") == pl.col("date").max())
    day: datetime.date = latest["date"][0]
    is_whole = "month" in latest["date_precision"] or (day + WEEK).month != day.month
    month = day.month if is_whole else day.month - 1
    return month if 0 < month < DECEMBER else None


def _are_dated(dated: int, documents: pl.DataFrame) -> bool:
    """Whether enough of the documents are dated by more than the year."""
    return documents.height - dated <= MOST_UNDATED * documents.height

"""The years of works that a measurement of networks uses."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from firstlight.errors import InputError, needs
from firstlight.numerics.row_checks import one_value_each
from firstlight.texts import Message, Year, message

FAMILY = Path(__file__).parent


def until_year(frame: pl.DataFrame, year: int | None) -> tuple[pl.DataFrame, list[Message]]:
    """The rows up to a year, all where none is given, and the convention that says so.

    frame : with the column year, all null in a table without years

    Raises InputError for a table without years, or one that begins later.
    """
    if year is None:
        return frame, []
    _refuse_undated(frame, "until")
    used = frame.filter(pl.col("year") <= year)
    if not used.height:
        raise InputError(message("none_until", year=Year(year)), FAMILY)
    return used, [message("until", year=Year(year))]


def latest_years(frame: pl.DataFrame, years: int | None) -> tuple[pl.DataFrame, list[Message]]:
    """The rows of the last so many years, all where no number is given, and the convention.

    frame : with the column year, all null in a table without years

    Raises InputError for a table without years.
    """
    if years is None:
        return frame, []
    _refuse_undated(frame, "last_years")
    first = int(frame["year"].to_numpy().max()) - years + 1
    return frame.filter(pl.col("year") >= first), [message("from_year_on", year=Year(first))]


def one_year_each(frame: pl.DataFrame) -> None:
    """Raise InputError for a work that has several years.

    frame : work, year
    """
    one_value_each(frame, "work", "year")


def _refuse_undated(frame: pl.DataFrame, option: str) -> None:
    if frame["year"].null_count():
        raise InputError(needs(option, "year"))

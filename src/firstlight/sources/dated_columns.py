"""One column of months or dates, where a measurement asks for the year and the month."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from firstlight.sources.columns import Alias

__all__ = ["YEAR_OF_DATE", "also_of"]

# Of 2015-01 and 2015-01-15; one figure behind a point (2015.5) may be half of a year.
YEAR_OF_DATE = r"^(\d{4})(?:[-/]\d{1,2}|\.\d{2}|\.\d[-/.])(?:[-/.].*|\d*)?$"
_MONTH_OF_DATE = r"^\d{4}(?:[-/](\d{1,2})|\.(\d{2})|\.(\d)\.)(?:[-/.].*|\d*)?$"
_BOTH = ("year", "month")
_MOSTLY = 0.8  # share of its values that are dates, from which it is a column of dates


def also_of(
    frame: pl.DataFrame, wanted: Collection[str], columns: Mapping[str, tuple[str, Alias]]
) -> dict[str, tuple[str, Alias]]:
    """The year, or the month, that no column is, where the column of the other holds dates, most
    of its values, of several months; else nothing.

    wanted  : the columns that a measurement asks for
    columns : of these, those that were found -> the column of the file

    >>> frame = pl.DataFrame({"date": ["2015-01-15", "2015-02-15"]})
    >>> found = {"year": ("date", Alias("year", "date", "*", (), ""))}
    >>> {name: own for name, (own, _) in also_of(frame, ["year", "month"], found).items()}
    {'month': 'date'}
    """
    found = [name for name in _BOTH if name in columns]
    if not {*_BOTH} <= {*wanted} or len(found) != 1:
        return {}
    own, alias = columns[found[0]]
    texts = frame[own].cast(pl.String).str.strip_chars().drop_nulls()
    months = texts.str.extract(_MONTH_OF_DATE).drop_nulls()
    if months.len() < _MOSTLY * texts.len() or months.n_unique() < 2:
        return {}
    return {name: (own, alias) for name in _BOTH if name != found[0]}

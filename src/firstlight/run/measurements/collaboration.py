"""The years of works that a measurement uses."""

from __future__ import annotations

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.finding import Words


def until_year(frame: pl.DataFrame, year: int | None) -> tuple[pl.DataFrame, list[Words]]:
    """The rows up to a year, all where none is said; and the words that say so.

    Raises  InputError for a table without years, or one that begins later.
    """
    if year is None:
        return frame, []
    _refuse_undated(frame, "--until")
    used = frame.filter(pl.col("year") <= year)
    if not used.height:
        raise InputError(f"no works up to {year}", where="--until", try_next="a year of the table")
    return used, [(f"works up to {year}", f"取截至{year}年的成果")]


def _refuse_undated(frame: pl.DataFrame, option: str) -> None:
    if frame["year"].null_count():
        raise InputError(
            "the table has no years",
            where=option,
            try_next="--column year='Yours', or leave it out",
        )

"""Rows in the order in which they are told: the last year first, in it the largest."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

DIGITS = 10


def of_year(frame: pl.DataFrame, year: int | None, after: int = 1) -> pl.DataFrame:
    """The frame with its year behind so many columns, where there are years."""
    if year is None:
        return frame
    years = pl.Series("year", [year], dtype=pl.Int32).new_from_index(0, frame.height)
    return frame.clone().insert_column(after, years)  # it inserts in place, and frames are cached


def over_years(
    frames: Mapping[int | None, pl.DataFrame], column: str, after: int = 1
) -> pl.DataFrame:
    """The frames of all years in one, `best_first` by a column, as `of_year` writes the year."""
    dated = [of_year(frame, year, after) for year, frame in frames.items()]
    # one year's table may tell what another's does not, such as employment
    return best_first(pl.concat(dated, how="diagonal_relaxed"), column)


def leading_digits(column: str) -> pl.Expr:
    """A column in units of its largest number, to so many digits: it orders rows alike whatever
    the order of sums, and whether money is in yuan or in billions."""
    codes = pl.col(column)
    return (codes / codes.abs().max()).round(DIGITS)


def best_first(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The last year first, in it the largest of a column, and of equals the first by the names in
    the first three columns."""
    years = [name for name in frame.columns if name == "year"]
    named = [name for name in frame.columns[:3] if frame[name].dtype == pl.String]
    order = [*years, leading_digits(column), *named]
    down = [True] * (len(years) + 1) + [False] * len(named)
    return frame.sort(order, descending=down, nulls_last=True)


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the number of each row before it, from 1 on, as ``rank``."""
    return frame.select(pl.int_range(1, pl.len() + 1).alias("rank"), pl.all())

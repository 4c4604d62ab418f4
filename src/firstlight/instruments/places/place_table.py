"""A table of places by industries, products or occupations, read from a long frame and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, check_positive, empty_column
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.row_checks import refuse_low, refuse_missing, refuse_repeated
from firstlight.numerics.sums_of_others import sums_of_others
from firstlight.texts import Code, Message, Name, Year, message

Array = NDArray[np.float64]
ALMOST_ALL = 1e-12  # a share nearer to 1 than this is all there is


@dataclass(frozen=True)
class PlaceTable:
    """Values of places in industries, sorted by name however the rows came.

    places : P names; industries : I names; years : Y whole years, ``[0]`` where the frame has none
    values : (Y, P, I), not negative, in the user's unit; 0 where there is no row
    has_years : whether the frame had a column of years
    """

    places: list[str]
    industries: list[str]
    years: list[int]
    values: Array
    has_years: bool = False

    def year_column(self, frame: pl.DataFrame, year: int) -> pl.DataFrame:
        """The frame with its year in front, where there are years."""
        return frame.select(pl.lit(year).alias("year"), pl.all()) if self.has_years else frame


def place_table(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
) -> PlaceTable:
    """Read a long frame: a row per place and industry, or per place, industry and year.

    value : column of employment, establishments, output, patents, ...: not negative
    Returns PlaceTable.
    Raises  InputError for a missing or negative value, a pair that stands twice, and a year without
            a value above 0.

    >>> rows = pl.DataFrame({"place": ["b", "a"], "industry": ["x", "y"], "jobs": [2.0, 1.0]})
    >>> place_table(rows, "jobs").values.tolist()
    [[[0.0, 1.0], [2.0, 0.0]]]
    """
    columns = {"place": place, "industry": industry, "year": year, "value": value}
    rows = read_long(frame, columns, ["value"])
    if rows.height == 0:
        raise InputError(message("no_rows", table=Name("frame")))
    keys = rows.drop("value")
    named = rows.rename({"value": value})
    refuse_missing(named, keys.columns, value)
    refuse_low(named, keys.columns, value)
    refuse_repeated(keys, keys.columns)
    if year is None:
        rows = rows.with_columns(year=pl.lit(0))
    axes = rows.select("year", "place", "industry").get_columns()
    years, places, industries = known = [axis.unique().sort().to_list() for axis in axes]
    at = [
        axis.replace_strict(own, range(len(own)), return_dtype=pl.Int64).to_numpy()
        for axis, own in zip(axes, known, strict=True)
    ]
    values = np.zeros((len(years), len(places), len(industries)))
    values[tuple(at)] = rows["value"].to_numpy()
    empty = np.flatnonzero(~(values.sum(axis=(1, 2)) > 0))
    if empty.size and year:
        when = Year(years[empty[0]])
        raise InputError(message("nothing_in_year", column=Name(value), year=when))
    if empty.size:
        raise empty_column(value, "nothing_above_zero")
    return PlaceTable(places, industries, years, values, year is not None)


def with_gaps(rows: pl.DataFrame, gaps: str) -> pl.DataFrame:
    """The rows, those without a value being 0 where the caller says so.

    >>> with_gaps(pl.DataFrame({"value": [None, 1.0]}), "zero")["value"].to_list()
    [0.0, 1.0]
    """
    if gaps != "zero":
        return rows
    return rows.with_columns(pl.col("value").fill_null(0.0))


def gap_conventions(gaps: str) -> tuple[Message, ...]:
    """What a pair without a row, and a row without a value, count as."""
    said = [message("absent_is_zero")]
    if gaps == "zero":
        said.append(message("gap_is_zero"))
    return tuple(said)


def totals_among(read: PlaceTable) -> list[Message]:
    """A warning for each place, and each industry, that is the sum of all others."""
    sides: Sequence[tuple[int, list[str], str]]
    sides = ((1, read.places, "places"), (2, read.industries, "industries"))
    return [
        message("total", name=Name(name), kind=Code(f"codes.kind.{kind}"))
        for axis, known, kind in sides
        for name in sums_of_others(read.values, axis, known)
    ]


def checked_grid(table: ArrayLike) -> Array:
    """A (places, industries) array of finite numbers that are not negative, some above 0.

    Raises  InputError naming the row and column of another number.

    >>> checked_grid([[1, 0], [2, 3]]).sum()
    np.float64(6.0)
    """
    x = np.asarray(table, dtype=float)
    check_shape("table", x, None, None)
    check_numbers("table", x, 0)
    check_positive("table", x.sum())
    return x


def shares(x: Array, axis: int) -> Array:
    """Shares along an axis; nan where the sum is 0.

    >>> shares(np.array([[1.0, 3.0], [0.0, 0.0]]), 1).tolist()
    [[0.25, 0.75], [nan, nan]]
    """
    total = x.sum(axis=axis, keepdims=True)
    return np.asarray(
        np.divide(x, total, out=np.full_like(x, np.nan), where=total > 0), dtype=float
    )

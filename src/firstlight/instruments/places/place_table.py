"""A table of places by industries (or technologies, products, occupations), read from a long frame and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.numerics.finding import Words
from firstlight.numerics.long_frames import read_long

Array = NDArray[np.float64]
ALMOST_ALL = 1e-12  # a share nearer to 1 than this is all there is
NO_REASON: Words = ("", "")
ABSENT_IS_ZERO: Words = (
    "a pair of place and industry without a row is 0; a row without a number is refused",
    "未列出的“地区—行业”组合取 0；有行而无数值的不予计算",
)


@dataclass(frozen=True)
class PlaceTable:
    """Values of places in industries, sorted by name however the rows came.

    places : P names; industries : I names; years : Y whole years, ``[0]`` where the frame has none
    values : (Y, P, I), not negative, in the user's unit; 0 where there is no row
    given  : the frame that was handed in; has_years : whether it had a column of years
    """

    places: list[str]
    industries: list[str]
    years: list[int]
    values: Array
    given: Any = field(default=None, repr=False)
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
    Raises  InputError naming place, industry and year of a missing or negative value or of a pair that stands twice, and
            where a year has no value above 0.

    >>> rows = pl.DataFrame({"place": ["b", "a"], "industry": ["x", "y"], "jobs": [2.0, 1.0]})
    >>> place_table(rows, "jobs").values.tolist()
    [[[0.0, 1.0], [2.0, 0.0]]]
    """
    names = {
        "place": place,
        "industry": industry,
        **({"year": year} if year else {}),
        "value": value,
    }
    rows = read_long(frame, names, ["value"])
    keys = ["place", "industry", *(["year"] if year else [])]
    _refuse(
        rows,
        rows["value"].is_null(),
        "no value",
        value,
        "write 0 where there is nothing, or leave the industry out",
    )
    _refuse(
        rows,
        rows["value"] < 0,
        "a negative value",
        value,
        "employment, output or counts can't be negative",
    )
    _refuse(
        rows,
        rows.select(keys).is_duplicated(),
        "a pair stands twice",
        value,
        "add its rows up, or name the year's column",
    )
    if rows.height == 0:
        raise InputError(
            "no rows", where="the frame", try_next="pass one row per place and industry"
        )
    places, industries = (rows[key].unique().sort().to_list() for key in ("place", "industry"))
    years = rows["year"].unique().sort().to_list() if year else [0]
    at = [
        rows[key].replace_strict(known, range(len(known)), return_dtype=pl.Int64).to_numpy()
        if key in keys
        else np.zeros(rows.height, int)
        for key, known in (("year", years), ("place", places), ("industry", industries))
    ]
    values = np.zeros((len(years), len(places), len(industries)))
    values[tuple(at)] = rows["value"].to_numpy()
    empty = np.flatnonzero(~(values.sum(axis=(1, 2)) > 0))
    if empty.size:
        raise InputError(
            "nothing is above 0" + (f" in {years[empty[0]]}" if year else ""),
            where=f"column {value!r}",
            try_next="leave the year out, or name the column that holds the values",
        )
    return PlaceTable(places, industries, years, values, frame, year is not None)


def _refuse(rows: pl.DataFrame, bad: pl.Series, what: str, value: str, try_next: str) -> None:
    if bad.any():
        row = rows.filter(bad).row(0, named=True)
        when = f", year {row['year']}" if "year" in row else ""
        raise InputError(
            what,
            where=f"place {row['place']!r}, industry {row['industry']!r}{when}, column {value!r}",
            try_next=try_next,
        )


def checked_grid(table: ArrayLike) -> Array:
    """A (places, industries) array of finite numbers that are not negative, some above 0.

    Raises  InputError naming the row and column of another number.

    >>> checked_grid([[1, 0], [2, 3]]).sum()
    np.float64(6.0)
    """
    x = np.asarray(table, dtype=float)
    if x.ndim != 2:
        raise InputError(
            f"an array of shape {x.shape}", where="table", try_next="pass places by industries"
        )
    bad = np.argwhere(~(np.isfinite(x) & (x >= 0)))
    if bad.size:
        row, column = bad[0]
        raise InputError(
            f"{x[row, column]:g}",
            where=f"row {row}, column {column}",
            try_next="use finite numbers of 0 or more",
        )
    if not x.sum() > 0:
        raise InputError("nothing is above 0", where="table", try_next="pass a table with values")
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


def last_year(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of the last year; all of them where there are no years.

    >>> last_year(pl.DataFrame({"year": [2000, 2001]}))["year"].to_list()
    [2001]
    """
    has_years = "year" in table.columns and table["year"].count()
    return table.filter(pl.col("year") == pl.col("year").max()) if has_years else table

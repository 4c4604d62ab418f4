"""Long data frames in, one series per unit out; and tables back in the kind of frame that came in."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, cast

import narwhals as nw
import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.pandas_frames import native_to_polars, polars_to_pandas

_UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    nw.exceptions.NarwhalsError,
    pl.exceptions.PolarsError,
)
"""What narwhals, Polars and PyArrow say of names that stand twice, and of columns of mixed or unknown types."""


def read_long(
    frame: Any, names: Mapping[str, str], numbers: Sequence[str], *, is_sorted: bool = True
) -> pl.DataFrame:
    """A long frame as Polars with canonical names, whole years, finite numbers or null, sorted by text columns and year.

    frame   : pandas, Polars, PyArrow, DuckDB or any other that narwhals knows
    names   : canonical column -> the frame's own; ``year``, if there is one, is whole; the rest is text unless in ``numbers``
    numbers : canonical names of the columns that hold numbers; nan becomes null
    is_sorted : False leaves the rows as they come, for who orders millions of them by codes
    Returns Polars frame with the canonical columns.
    Raises  InputError for what isn't a frame, an absent column, text where a number is needed, a year that isn't whole,
            or a row without a year or unit; the row is named, counted from 1.

    >>> rows = pl.DataFrame({"t": ["b", "a"], "y": [2001.0, 2000.0], "v": ["3", None]})
    >>> read_long(rows, {"technology": "t", "year": "y", "cost": "v"}, ["cost"]).rows()
    [('a', 2000, None), ('b', 2001, 3.0)]
    """
    table = to_polars(frame, list(dict.fromkeys(names.values())))
    columns = []
    for name, own in names.items():
        series = table[own].alias(name)
        columns.append(
            _numbers(series, own) if name == "year" or name in numbers else _text(series, own)
        )
    found = pl.DataFrame(columns)
    if "year" in names:
        found = found.with_columns(_whole_years(found["year"], names["year"]))
    if not is_sorted:
        return found
    return found.sort([name for name in names if name not in numbers], maintain_order=True)


def as_given(table: pl.DataFrame, given: Any) -> Any:
    """A Polars table as the kind of ``given``: pandas, PyArrow or DuckDB; Polars for anything else.

    >>> as_given(pl.DataFrame({"a": [1]}), None).rows()
    [(1,)]
    """
    if given is None or isinstance(given, (pl.DataFrame, pl.LazyFrame)):
        return table
    kind = nw.get_native_namespace(given).__name__
    if kind == "pandas":
        return polars_to_pandas(table)
    if kind == "pyarrow":
        return table.to_arrow()
    if kind == "duckdb":
        return nw.from_native(table).lazy(backend="duckdb").to_native()
    return table


def nan_to_null(table: pl.DataFrame) -> pl.DataFrame:
    """A table of results, what is not defined being null and not nan.

    >>> nan_to_null(pl.DataFrame({"a": [float("nan")], "b": [1]})).rows()
    [(None, 1)]
    """
    return table.with_columns(pl.selectors.float().fill_nan(None))


def to_polars(frame: Any, names: list[str]) -> pl.DataFrame:
    """Some columns of a frame as they are; what the others hold is of no concern.

    Raises  InputError for what isn't a frame, an absent column, or columns of unknown types.

    >>> to_polars(pl.DataFrame({"a": [1, None], "b": ["x", "y"]}), ["a"]).rows()
    [(1,), (None,)]
    """
    try:
        known: Any = nw.from_native(frame)
    except TypeError as error:
        raise InputError(
            f"{type(frame).__name__} is not a data frame",
            where="the first argument",
            try_next="pass a pandas, Polars, PyArrow or DuckDB table with one row per unit and year",
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise InputError(
            str(error), where="the frame's columns", try_next="give each a name of its own"
        ) from error
    try:
        columns = list(known.collect_schema().names())
        absent = [own for own in names if own not in columns or not isinstance(own, str)]
        if absent:
            near = difflib.get_close_matches(str(absent[0]), columns, n=1)
            raise InputError(
                f"no column {absent[0]!r}"
                + ("" if isinstance(absent[0], str) else ", as names are text"),
                where=f"columns {', '.join(map(repr, columns))}",
                try_next=f"did you mean {near[0]!r}?"
                if near
                else "say which of your columns it is",
            )
        return native_to_polars(known.select(names))
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the columns can't be read: {str(error).splitlines()[0]}",
            where=f"columns {', '.join(map(repr, names))}",
            try_next="give each column a name of its own and one type: numbers, or text",
        ) from error


def _numbers(series: pl.Series, own: str) -> pl.Series:
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        series = series.cast(pl.String)
    # A date would count the days since 1970, and nobody would notice.
    if series.dtype.is_temporal() or _is_neither(series):
        raise InputError(
            f"column {own!r} is of type {series.dtype}, which is no number",
            where="the frame",
            try_next="write the year of a date, one number in each cell",
        )
    found = series.cast(pl.Float64, strict=False)
    lost = found.is_null() & series.is_not_null()
    if series.dtype == pl.String:
        lost &= series.str.strip_chars() != ""
    if lost.any():
        row = cast(int, lost.arg_max())
        raise InputError(
            f"{str(series[row])[:40]!r} is not a number",
            where=f"row {row + 1}, column {own!r}",
            try_next="write numbers with a point, without units or separators of thousands; leave missing ones empty",
        )
    found = found.fill_nan(None)
    if found.is_infinite().any():
        row = cast(int, found.is_infinite().fill_null(False).arg_max())
        raise InputError(
            "an infinite number",
            where=f"row {row + 1}, column {own!r}",
            try_next="leave missing ones empty",
        )
    return found


def _is_neither(series: pl.Series) -> bool:
    """Whether a column can be neither numbers nor text."""
    known = (
        series.dtype.is_numeric()
        or series.dtype.is_temporal()
        or series.dtype in (pl.String, pl.Boolean, pl.Null)
    )
    return not (known or isinstance(series.dtype, (pl.Categorical, pl.Enum)))


def _text(series: pl.Series, own: str) -> pl.Series:
    if _is_neither(series):
        raise InputError(
            f"column {own!r} is of type {series.dtype}, which is no name",
            where="the frame",
            try_next="write one name in each cell",
        )
    found = series.cast(pl.String)
    nothing = found.is_null() | (found.str.strip_chars() == "")
    if nothing.any():
        row = cast(int, nothing.arg_max())
        raise InputError(
            f"nothing in column {own!r}",
            where=f"row {row + 1}",
            try_next="name the unit of every row",
        )
    return found


def _whole_years(years: pl.Series, own: str) -> pl.Series:
    bad = years.is_null() | (years != years.round(0)) | (years.abs() > 9999)
    if bad.any():
        row = cast(int, bad.arg_max())
        raise InputError(
            "no year" if years[row] is None else f"year {years[row]:.10g}",
            where=f"row {row + 1}, column {own!r}",
            try_next="use whole years, like 2016",
        )
    return years.cast(pl.Int64)

"""Long data frames in, one series per unit out; tables back in the kind that came in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from firstlight.errors import InputError, shown
from firstlight.numerics.duckdb_frames import polars_to_duckdb
from firstlight.numerics.pandas_frames import native_to_polars, polars_to_pandas, with_index
from firstlight.texts import Count, Name, Value, message
from firstlight.texts import names as listed

FOLDER = Path(__file__).parent
_UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    nw.exceptions.NarwhalsError,
    pl.exceptions.PolarsError,
)
"""What narwhals, Polars and PyArrow say of names that stand twice, and of columns of mixed or
unknown types."""


def read_long(
    frame: Any,
    names: Mapping[str, str | None],
    numbers: Sequence[str],
    *,
    is_sorted: bool = True,
) -> pl.DataFrame:
    """A long frame as Polars with canonical names, whole years, finite numbers or null, sorted by
    text columns and year.

    frame   : pandas, Polars, PyArrow, DuckDB or any other that narwhals knows
    names   : canonical column -> the frame's own; ``year``, if there is one, is whole; the rest is
              text unless in ``numbers``; one whose own is None is left out
    numbers : canonical names of the columns that hold numbers; nan becomes null
    is_sorted : False leaves the rows as they come, for who orders millions of them by codes
    Returns Polars frame with the canonical columns.
    Raises  InputError for what isn't a frame, an absent column, text where a number is needed, a
            year that isn't whole, or a row without a year or unit; the row is named, counted from
            1.

    >>> rows = pl.DataFrame({"t": ["b", "a"], "y": [2001.0, 2000.0], "v": ["3", None]})
    >>> read_long(rows, {"technology": "t", "year": "y", "cost": "v"}, ["cost"]).rows()
    [('a', 2000, None), ('b', 2001, 3.0)]
    """
    held = {name: own for name, own in names.items() if own is not None}
    table = to_polars(frame, list(dict.fromkeys(held.values())))
    columns = []
    for name, own in held.items():
        read = _numbers if name in numbers else _text
        if name == "year":
            read = _whole_years
        columns.append(read(table[own]).alias(name))
    found = pl.DataFrame(columns)
    if not is_sorted:
        return found
    return found.sort([name for name in held if name not in numbers], maintain_order=True)


def as_given(table: pl.DataFrame, given: Any) -> Any:
    """A Polars table as the kind of ``given``: pandas, PyArrow or DuckDB; Polars for anything else.

    >>> as_given(pl.DataFrame({"a": [1]}), None).rows()
    [(1,)]
    """
    if given is None or isinstance(given, (pl.DataFrame, pl.LazyFrame)):
        return table
    package = nw.get_native_namespace(given)
    kind = package.__name__
    if kind == "pandas":
        return polars_to_pandas(table)
    if kind == "pyarrow":
        return table.to_arrow()
    if kind == "duckdb":
        return polars_to_duckdb(table, package)
    return table


def nan_to_null(table: pl.DataFrame) -> pl.DataFrame:
    """A table of results, what is not defined being null and not nan.

    >>> nan_to_null(pl.DataFrame({"a": [float("nan")], "b": [1]})).rows()
    [(None, 1)]
    """
    return table.with_columns(pl.selectors.float().fill_nan(None))


def finite_or_none(value: float) -> float | None:
    """A number for a row of results, None where it is not defined or has no end.

    >>> finite_or_none(0.5), finite_or_none(float("nan"))
    (0.5, None)
    """
    if not math.isfinite(value):
        return None
    return float(value)


def last_year(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of the last year; all of them where there are no years.

    >>> last_year(pl.DataFrame({"year": [2000, 2001]}))["year"].to_list()
    [2001]
    """
    if "year" not in table.columns or not table["year"].count():
        return table
    return table.filter(pl.col("year") == pl.col("year").max())


def to_polars(frame: Any, names: list[str]) -> pl.DataFrame:
    """Some columns of a frame as they are; what the others hold is of no concern.

    Raises  InputError for what isn't a frame, an absent column, or columns of unknown types.

    >>> to_polars(pl.DataFrame({"a": [1, None], "b": ["x", "y"]}), ["a"]).rows()
    [(1,), (None,)]
    """
    known = native_frame(frame)
    columns = list(known.collect_schema().names())
    absent = [own for own in names if own not in columns or not isinstance(own, str)]
    if absent:
        raise no_column(absent[0], columns)
    return read_columns(known, names)


def native_frame(given: Any, table: str = "frame") -> Any:
    """A frame as narwhals has it.

    table : what errors call it
    Raises  InputError for what isn't a frame, and for columns of one name.
    """
    try:
        return nw.from_native(with_index(given))
    except TypeError as error:
        kind = Name(type(given).__name__)
        raise InputError(message("no_frame", table=Name(table), kind=kind)) from error
    except nw.exceptions.DuplicateError as error:
        said = Name(str(error))
        raise InputError(message("columns_alike", table=Name(table), said=said)) from error


def read_columns(frame: Any, columns: Sequence[str], table: str = "frame") -> pl.DataFrame:
    """Columns of what `native_frame` returned.

    Raises  InputError for a column of mixed or unknown types.
    """
    try:
        return native_to_polars(frame.select(columns))
    except _UNREADABLE as error:
        said = Name(str(error).splitlines()[0])
        told = message("unreadable", table=Name(table), said=said, columns=listed(columns))
        raise InputError(told) from error


def no_column(column: str, there: Sequence[str], table: str = "frame") -> InputError:
    """The error for a column that a table lacks: it names the nearest of those that are there."""
    about: dict[str, Value[Any]] = {
        "column": Name(str(column)),
        "table": Name(table),
        "columns": listed(there, 40),
    }
    if near := get_close_matches(str(column), there, n=1):
        return InputError(message("no_column_but", near=Name(near[0]), **about))
    return InputError(message("no_column", **about))


def refuse_rows(
    code: str, bad: pl.Series, column: pl.Series, table: str = "frame", **values: Value[Any]
) -> None:
    """Raise InputError with the first row that is bad, counted from 1, its value, and how many
    there are."""
    bad = bad.fill_null(False)
    if bad.any():
        row = bad.arg_max() or 0
        values |= {"table": Name(table), "column": Name(column.name)}
        values |= {"row": Count(row + 1), "value": shown(column[row])}
        raise InputError(message(code, count=Count(int(bad.sum())), **values))


def _numbers(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        series = series.cast(pl.String)
    # A date would count the days since 1970, and nobody would notice.
    if series.dtype.is_temporal() or _is_neither(series):
        raise _of_type("no_numbers", series)
    found = series.cast(pl.Float64, strict=False)
    lost = found.is_null() & series.is_not_null()
    if series.dtype == pl.String:
        lost &= series.str.strip_chars() != ""
    refuse_rows("not_a_number", lost, series)
    found = found.fill_nan(None)
    refuse_rows("not_finite", found.is_infinite(), series)
    return found


def _of_type(code: str, series: pl.Series) -> InputError:
    about = {"table": Name("frame"), "column": Name(series.name), "type": Name(str(series.dtype))}
    return InputError(message(code, **about), FOLDER)


def _is_neither(series: pl.Series) -> bool:
    """Whether a column can be neither numbers nor text."""
    known = (
        series.dtype.is_numeric()
        or series.dtype.is_temporal()
        or series.dtype in (pl.String, pl.Boolean, pl.Null)
    )
    return not (known or isinstance(series.dtype, (pl.Categorical, pl.Enum)))


def _text(series: pl.Series) -> pl.Series:
    if _is_neither(series):
        raise _of_type("no_names", series)
    found = series.cast(pl.String)
    refuse_rows("key_missing", found.is_null() | (found.str.strip_chars() == ""), series)
    return found


def _whole_years(series: pl.Series) -> pl.Series:
    years = _numbers(series)
    refuse_rows("key_missing", years.is_null(), series)
    refuse_rows("not_a_year", (years != years.round(0)) | (years.abs() > 9999), series)
    return years.cast(pl.Int64)


def are_periods(numbers: pl.Series) -> bool:
    """Whether whole numbers count the periods of a panel, such as its waves, in place of calendar
    years: from 0 or 1 on, and more of them there than left out, as two digits of 1998 to 2001 are
    not, nor 102 and 103 of the Republic.

    >>> [are_periods(pl.Series(given)) for given in ([1, 2, 4], [98, 99, 0, 1], [102, 103])]
    [True, False, False]
    """
    known = numbers.drop_nulls().unique().sort().to_list()
    if not known or known[0] not in (0, 1) or known[-1] >= 1000 or any(each % 1 for each in known):
        return False
    return bool(len(known) > (known[-1] - known[0] + 1) / 2)


def plain_codes(texts: pl.Series) -> pl.Series:
    """Codes of a classification without the ``.0`` that all of them have where a program took them
    for numbers.

    >>> plain_codes(pl.Series(["2611.0", "111.0", None])).to_list()
    ['2611', '111', None]
    >>> plain_codes(pl.Series(["75.0", "30.3"])).to_list()
    ['75.0', '30.3']
    """
    is_number = texts.drop_nulls().str.contains(r"^\d+\.0$").all()
    return texts.str.strip_suffix(".0") if is_number else texts

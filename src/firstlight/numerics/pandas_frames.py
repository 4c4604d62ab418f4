"""Data frames of pandas from and to Polars, without PyArrow, which pandas doesn't bring along."""

from __future__ import annotations

import importlib
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

_BY_VALUES = "biufmM"  # numpy's kinds of bool, numbers, durations and dates without a time zone
_DATES = ("ns", "us", "ms")


def with_index(given: Any) -> Any:
    """A frame of pandas with the levels of its index as columns where each has a name that no
    column has, as after ``set_index`` or ``groupby``; any other frame as it is."""
    if not nw.dependencies.is_pandas_dataframe(given):
        return given
    levels = set(given.index.names)
    return given if None in levels or levels & set(given.columns) else given.reset_index()


def native_to_polars(known: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> pl.DataFrame:
    """Any frame that narwhals knows as Polars; missing values of every kind are null.

    Raises  TypeError, ValueError or a PolarsError for a column of mixed or unknown types.

    >>> native_to_polars(nw.from_native(pl.DataFrame({"a": [1, None]}))).rows()
    [(1,), (None,)]
    """
    native = nw.to_native(known)
    if isinstance(known, nw.LazyFrame):
        # DuckDB hands over its columns itself; narwhals would ask for PyArrow.
        is_open = hasattr(native, "__arrow_c_stream__")
        return pl.DataFrame(native) if is_open else _eager(known.collect("polars"))
    if known.implementation.is_pandas():
        return pl.DataFrame([_to_polars(str(name), native[name]) for name in native.columns])
    return _eager(known)


def polars_to_pandas(frame: pl.DataFrame) -> Any:
    """A Polars frame as pandas: numbers and dates as numpy's, text as pandas' own, a missing value
    as pandas has it."""
    pandas = importlib.import_module("pandas")
    columns = {series.name: _to_pandas(pandas, series) for series in frame}
    return pandas.DataFrame(
        columns, index=pandas.RangeIndex(frame.height), columns=list(frame.columns)
    )


def _eager(known: nw.DataFrame[Any]) -> pl.DataFrame:
    found: pl.DataFrame = known.to_polars()
    return found


def _to_polars(name: str, column: Any) -> pl.Series:
    kind = getattr(column.dtype, "kind", "O")
    if isinstance(column.dtype, np.dtype) and kind in _BY_VALUES:
        series = pl.Series(name, _of_known_unit(column.to_numpy()))
        return series.fill_nan(None) if series.dtype.is_float() else series
    if kind == "M" and getattr(column.dtype, "tz", None) is not None:
        instants = _to_polars(name, column.dt.tz_convert("UTC").dt.tz_localize(None))
        return instants.dt.replace_time_zone("UTC").dt.convert_time_zone(str(column.dtype.tz))
    is_period = type(column.dtype).__name__ == "PeriodDtype"
    values = column.astype(str if is_period else object).astype(object)
    given = values.where(column.notna(), None).tolist()
    if kind in "biuf" and not isinstance(column.dtype, np.dtype):
        whole = pl.UInt64 if "uint64" in str(column.dtype).lower() else pl.Int64
        return pl.Series(name, given, dtype={"b": pl.Boolean, "f": pl.Float64}.get(kind, whole))
    return pl.Series(name, [_of_python(value) for value in given], strict=True)


def _of_python(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _of_known_unit(values: Any) -> Any:
    """Dates and durations in a unit that Polars has; pandas also counts in seconds."""
    if values.dtype.kind in "mM" and np.datetime_data(values.dtype)[0] not in _DATES:
        return values.astype(f"{values.dtype.kind}8[ms]")
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _to_pandas(pandas: Any, series: pl.Series) -> Any:
    if series.dtype == pl.Date:
        series = series.cast(pl.Datetime("ms"))
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        naive = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        instants = pandas.Series(naive.to_numpy()).dt.tz_localize("UTC")
        return instants.dt.tz_convert(series.dtype.time_zone)
    if series.dtype.is_temporal() and series.dtype != pl.Time:
        return pandas.Series(series.to_numpy())
    if series.dtype.is_numeric() or (series.dtype == pl.Boolean and not series.null_count()):
        return pandas.Series(series.to_numpy())
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        return pandas.Series(series.cast(pl.String).to_list(), dtype="category")
    if series.dtype == pl.String:
        return pandas.Series(series.to_list(), dtype="str" if pandas.__version__ >= "3" else object)
    return pandas.Series(series.to_list(), dtype=object)

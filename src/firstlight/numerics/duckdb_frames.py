"""Data frames of DuckDB from Polars, without PyArrow, which DuckDB asks for and doesn't bring
along."""

from __future__ import annotations

from typing import Any

import polars as pl

_TYPES: dict[Any, str] = {
    pl.Boolean: "BOOLEAN",
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt8: "UTINYINT",
    pl.UInt16: "USMALLINT",
    pl.UInt32: "UINTEGER",
    pl.UInt64: "UBIGINT",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
}


def polars_to_duckdb(table: pl.DataFrame, engine: Any) -> Any:
    """A Polars table as a relation.

    table  : columns of numbers, truth values, dates, text and lists of these; other kinds are text
    engine : DuckDB's module, as whoever handed in a relation has it
    """
    columns = [_as_known(series) for series in table]
    listed = ", ".join(
        f"unnest(${place}::{_type(series.dtype)}[]) as {_quoted(series.name)}"
        for place, series in enumerate(columns, start=1)
    )
    return engine.sql(f"select {listed}", params=[series.to_list() for series in columns])


def _as_known(series: pl.Series) -> pl.Series:
    inner = series.dtype
    while isinstance(inner, pl.List):
        inner = inner.inner  # type: ignore[assignment]
    is_known = inner.base_type() in _TYPES or inner == pl.String
    return series if is_known else series.cast(pl.String)


def _type(dtype: Any) -> str:
    if isinstance(dtype, pl.List):
        return f"{_type(dtype.inner)}[]"
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return "TIMESTAMPTZ"
    return _TYPES.get(dtype.base_type(), "VARCHAR")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'

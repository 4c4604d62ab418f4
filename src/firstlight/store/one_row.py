"""Which row of which table somebody means."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.errors import InputError

_KINDS: tuple[tuple[Callable[[pl.DataType], bool], str], ...] = (
    (lambda kind: kind.is_integer(), "a whole number"),
    (lambda kind: kind.is_numeric(), "a number"),
    (lambda kind: kind == pl.Boolean, "true or false"),
    (lambda kind: kind == pl.Date, "a date such as 2016-05-03"),
)


def one_table(result: str, names: Sequence[str], table: str | None) -> str:
    """The table that is asked for, or the only one.

    Raises  InputError where there is a choice and none was made, or no such table.

    >>> one_table("record", ["scores"], None)
    'scores'
    """
    if table is None and len(names) == 1:
        return names[0]
    if table is None or table not in names:
        what = "a row of which table?" if table is None else f"no table {table!r}"
        raise InputError(
            what, where=result, try_next=f"--table with one of {', '.join(names) or 'none'}"
        )
    return table


def one_row(frame: pl.DataFrame, row: int | Mapping[str, Any], where: str) -> dict[str, Any]:
    """The row at a position, or the only one with the given values; texts are read as the column's own type.

    Raises  InputError where no row or several match, with values that look alike.

    >>> one_row(pl.DataFrame({"year": [2015, 2016], "count": [3, 5]}), {"year": "2016"}, "counts")
    {'year': 2016, 'count': 5}
    """
    if isinstance(row, int):
        if not -frame.height <= row < frame.height:
            raise InputError(f"no row {row}", where=where, try_next=f"0 to {frame.height - 1}")
        return frame.row(row, named=True)
    unknown = [column for column in row if column not in frame.columns]
    if unknown or not row:
        raise InputError(
            f"no column {', '.join(unknown)}" if unknown else "no column was named",
            where=where,
            try_next=f"one of {', '.join(frame.columns)}",
        )
    asked = {column: _like_column(frame[column], value, where) for column, value in row.items()}
    found = frame.filter(
        *(pl.col(column).eq_missing(pl.lit(value)) for column, value in asked.items())
    )
    if found.height != 1:
        said = ", ".join(f"{column} = {value}" for column, value in row.items())
        raise InputError(
            f"{found.height or 'no'} rows match {said}",
            where=where,
            try_next=_apart(found) if found.height else _values_near(frame, row),
        )
    return found.row(0, named=True)


def _like_column(column: pl.Series, value: Any, where: str) -> Any:
    """A value in the column's own type: a command line has only texts."""
    if not isinstance(value, str) or column.dtype == pl.String:
        return value
    if column.dtype == pl.Boolean:
        known = {"true": True, "false": False}.get(value.lower())
    else:
        known = (
            pl.Series([value]).cast(column.dtype, strict=False)[0]
            if not column.dtype.is_nested()
            else None
        )
    if known is None:
        kind = next(
            (kind for is_kind, kind in _KINDS if is_kind(column.dtype)), str(column.dtype).lower()
        )
        raise InputError(
            f"{column.name} takes {kind}, not {value!r}", where=where, try_next="mend it"
        )
    return known


def _apart(found: pl.DataFrame) -> str:
    """The columns that tell rows apart, with the first row's values."""
    few = [
        name
        for name, kind in found.schema.items()
        if kind in (pl.String, pl.Boolean) or kind.is_integer()
    ]
    apart = [name for name in few if found[name].n_unique() > 1]
    single = [name for name in apart if found[name].n_unique() == found.height][:1]
    first = found.row(0, named=True)
    rows = " ".join(f"--row {name}={first[name]}" for name in single or apart)
    return f"name the whole key; of the first: {rows}" if rows else "name the whole key"


def _values_near(frame: pl.DataFrame, row: Mapping[str, Any]) -> str:
    column, value = next(iter(row.items()))
    values = (
        frame[column]
        .cast(pl.String, strict=False)
        .drop_nulls()
        .unique(maintain_order=True)
        .to_list()
    )
    near = difflib.get_close_matches(str(value), values, n=5, cutoff=0.4) or values[:5]
    return f"{column} is {', '.join(near)}, …" if near else "the table is empty"

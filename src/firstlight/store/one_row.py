"""Which row of which table somebody means."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.store.folder import ROOM
from firstlight.texts import Code, Count, Message, Name, Value, message, names

_KINDS: tuple[tuple[Callable[[pl.DataType], bool], str], ...] = (
    (lambda kind: kind.is_integer(), "kinds.whole"),
    (lambda kind: kind.is_numeric(), "kinds.number"),
    (lambda kind: kind == pl.Boolean, "kinds.true_or_false"),
    (lambda kind: kind == pl.Date, "kinds.date"),
)


def one_table(result: str, tables: Sequence[str], table: str | None) -> str:
    """The table that is asked for, or the only one.

    Raises  InputError where there is a choice and none was made, or no such table.

    >>> one_table("record", ["scores"], None)
    'scores'
    """
    if table is None and len(tables) == 1:
        return tables[0]
    given, known = Name(result), names(tables, len(tables))
    if not tables:
        raise InputError(message("result_without_tables", result=given), ROOM)
    if table is None:
        raise InputError(message("which_table", result=given, tables=known), ROOM)
    if table not in tables:
        about = message("result_without_table", table=shown(table), result=given, tables=known)
        raise InputError(about, ROOM)
    return table


def one_row(frame: pl.DataFrame, row: int | Mapping[str, Any], where: str) -> dict[str, Any]:
    """The row at a position, or the only one with the given values; texts are read as the column's
    own type.

    Raises  InputError where no row or several match, with values that look alike.

    >>> one_row(pl.DataFrame({"year": [2015, 2016], "count": [3, 5]}), {"year": "2016"}, "counts")
    {'year': 2016, 'count': 5}
    """
    if isinstance(row, int):
        if not -frame.height <= row < frame.height:
            numbers = {"row": Name(str(row)), "last": Name(str(frame.height - 1))}
            raise InputError(message("no_row", where=Name(where), **numbers), ROOM)
        return frame.row(row, named=True)
    columns = names(frame.columns, frame.width)
    if not row:
        raise InputError(message("no_column_named", where=Name(where), columns=columns), ROOM)
    for column in row:
        if column not in frame.columns:
            raise InputError(
                message("no_column", column=shown(column), table=Name(where), columns=columns)
            )
    asked = {column: _like_column(frame[column], value, where) for column, value in row.items()}
    found = frame.filter(
        *(pl.col(column).eq_missing(pl.lit(value)) for column, value in asked.items())
    )
    if found.height != 1:
        wrong = _several(found, row, where) if found.height else _none(frame, row, where)
        raise InputError(wrong, ROOM)
    return found.row(0, named=True)


def _like_column(column: pl.Series, value: Any, where: str) -> Any:
    """A value in the column's own type: a command line has only texts."""
    if not isinstance(value, str) or column.dtype == pl.String:
        return value
    known = None
    if column.dtype == pl.Boolean:
        known = {"true": True, "false": False}.get(value.lower())
    elif not column.dtype.is_nested():
        known = pl.Series([value]).cast(column.dtype, strict=False)[0]
    if known is None:
        own = Name(str(column.dtype).lower())
        kinds = (Code(kind) for is_kind, kind in _KINDS if is_kind(column.dtype))
        kind: Value[str] = next(kinds, own)
        about = {"column": Name(column.name), "value": shown(value), "where": Name(where)}
        raise InputError(message("unlike_column", kind=kind, **about), ROOM)
    return known


def _asked(row: Mapping[str, Any], where: str) -> dict[str, Value[Any]]:
    asked = [f"{column} = {value}" for column, value in row.items()]
    return {"row": names(asked, len(asked)), "where": Name(where)}


def _several(found: pl.DataFrame, row: Mapping[str, Any], where: str) -> Message:
    """Rows that match, with the columns that tell them apart and the first row's values."""
    few = [
        name
        for name, kind in found.schema.items()
        if kind in (pl.String, pl.Boolean) or kind.is_integer()
    ]
    apart = [name for name in few if found[name].n_unique() > 1]
    single = [name for name in apart if found[name].n_unique() == found.height][:1]
    first = found.row(0, named=True)
    about = _asked(row, where) | {"count": Count(found.height)}
    if not apart:
        return message("rows_alike", **about)
    options = " ".join(f"--row {name}={first[name]}" for name in single or apart)
    return message("several_rows", first=Name(options), **about)


def _none(frame: pl.DataFrame, row: Mapping[str, Any], where: str) -> Message:
    """No row matches; with values that are near, or the first ones."""
    column, value = next(iter(row.items()))
    values = (
        frame[column]
        .cast(pl.String, strict=False)
        .drop_nulls()
        .unique(maintain_order=True)
        .to_list()
    )
    near = difflib.get_close_matches(str(value), values, n=5, cutoff=0.4) or values[:5]
    if not near:
        return message("no_row_of_none", **_asked(row, where))
    return message("no_such_row", column=Name(column), near=names(near), **_asked(row, where))

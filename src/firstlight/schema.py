"""The one reader of data frames: finds the columns that a signature asks for, and checks what they
hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import (
    are_periods,
    native_frame,
    no_column,
    plain_codes,
    read_columns,
    refuse_rows,
)
from firstlight.roles import ColumnRole, Columns, Key, Label, Number, Year
from firstlight.texts import Code, Count, Name, message, names

__all__ = ["Data", "checked_numbers", "one_of_several", "read_table"]

YEARS = (1500, 2200)
LEAST_SHARE = 0.01  # of a column's cells, from which a sign parts names there


@dataclass(frozen=True)
class Data:
    """A checked table, sorted by its key; its columns bear the names of their parameters.

    frame   : keys and labels as texts, years as Int32, numbers as Float64, null where missing; a
              column that the table lacks is null throughout
    several : parameter -> its columns of numbers, or of labels, under the names of the user's
              columns; without those left out
    tables  : parameter -> a further table
    given   : the frame that was handed in
    """

    frame: pl.DataFrame
    several: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    tables: Mapping[str, Data] = field(default_factory=dict)
    given: Any = field(default=None, repr=False)

    def has(self, *columns: str) -> bool:
        """Whether each of these columns holds a value somewhere."""
        return all(self.frame[name].null_count() < self.frame.height for name in columns)

    def held(self, column: str) -> str | None:
        """The column for a function that takes one or None: None where it holds no value."""
        if self.has(column):
            return column
        return None


def read_table(
    given: Any,
    roles: Mapping[str, ColumnRole],
    columns: Mapping[str, str | Sequence[str] | None],
    may_lack: Sequence[str] = (),
    name: str = "frame",
) -> Data:
    """The columns of a frame that stand for these roles.

    given    : pandas, Polars, PyArrow, DuckDB or any other frame that narwhals knows
    columns  : parameter -> column, or columns; None leaves the parameter out; a table without the
               column of a key that may stand in headings, nor that of numbers, is taken as wide
    may_lack : parameters whose column need not be there

    Raises InputError for the first thing that is wrong, with its column, row and value.
    """
    frame = _long(native_frame(given, name), roles, columns, may_lack, name)
    there = list(frame.collect_schema().names())
    asked: dict[str, list[str]] = {}
    for role in roles:
        several = _asked(columns[role])
        absent = [one for one in several if one not in there]
        if absent and role not in may_lack:
            raise no_column(absent[0], there, name)
        asked[role] = [one for one in several if one in there]
    _refuse_twice([one for several in asked.values() for one in several], name)
    read = read_columns(frame, [one for several in asked.values() for one in several], name)
    if not read.height:
        raise InputError(message("no_rows", table=Name(name), columns=names(there)))
    parts, many = list[pl.Series](), dict[str, pl.DataFrame]()
    for role, kind in roles.items():
        own = [read[one] for one in asked[role]]
        if isinstance(kind, Columns):
            if own:
                many[role] = pl.DataFrame([one_of_several(one, kind.each, name) for one in own])
        elif own:
            parts.append(_column(own[0], kind, name).alias(role))
        elif isinstance(kind, Key) and kind.is_row:
            rows = pl.int_range(1, read.height + 1, eager=True)
            parts.append(rows.cast(pl.String).alias(role))
        else:
            parts.append(pl.Series(role, [None] * read.height, dtype=_TYPES[type(kind)]))
    key = [role for role, kind in roles.items() if isinstance(kind, Key | Year)]
    table, row = _one_name_each(pl.DataFrame(parts), roles)
    _refuse_repeated(table.select(key), row, name)
    order = table.select(key).select(pl.arg_sort_by(key, nulls_last=True)).to_series()
    at = row[order]
    ordered = {role: own[at] for role, own in many.items()}
    return Data(table[order], ordered, given=given)


def _asked(column: str | Sequence[str] | None) -> list[str]:
    """The columns that an argument names."""
    return [column] if isinstance(column, str) else list(column or [])


def _long(
    frame: Any,
    roles: Mapping[str, ColumnRole],
    columns: Mapping[str, str | Sequence[str] | None],
    may_lack: Sequence[str],
    name: str,
) -> Any:
    """A wide table as a long one: two columns of numbers or more, beside those that are asked for,
    stand under the names of a key."""
    there = list(frame.collect_schema().names())
    lacks = [role for role in roles if isinstance(columns[role], str) and role not in may_lack]
    lacks = [role for role in lacks if columns[role] not in there]
    heading = [role for role in lacks if getattr(roles[role], "is_heading", False)]
    numbers = [role for role in lacks if isinstance(roles[role], Number)]
    if len(heading) != 1 or heading + numbers != lacks or len(numbers) != 1:
        return frame
    read = read_columns(frame, there, name)
    asked = [one for role in roles for one in _asked(columns[role])]
    kept = [one for one in there if one in asked]
    wide = [one for one in there if one not in kept and read[one].dtype.is_numeric()]
    if len(wide) < 2:
        return frame
    names = {"variable_name": str(columns[heading[0]]), "value_name": str(columns[numbers[0]])}
    return native_frame(read.unpivot(wide, index=kept, **names), name)


def one_of_several(column: pl.Series, each: Number | Label, table: str = "frame") -> pl.Series:
    """A column that `Columns` asks for, null where missing: numbers as Float64; labels as texts
    where none of them is a number, so that a slip among numbers is no label.

    Raises InputError for the first value that the role does not allow.
    """
    if isinstance(each, Number):
        return checked_numbers(column, each, table)
    if column.dtype == pl.String or isinstance(column.dtype, pl.Categorical | pl.Enum):
        text = _texts(column, table, is_key=False)
        if text.cast(pl.Float64, strict=False).is_null().all() and text.count():
            return text
    return checked_numbers(column, Number(), table)


_TYPES: dict[type, Any] = {
    Key: pl.String,
    Label: pl.String,
    Year: pl.Int32,
    Number: pl.Float64,
}


def _refuse_twice(asked: Sequence[str], name: str) -> None:
    twice = [column for column in asked if asked.count(column) > 1]
    if twice:
        raise InputError(message("column_twice", table=Name(name), column=Name(twice[0])))


def _one_name_each(
    table: pl.DataFrame, roles: Mapping[str, ColumnRole]
) -> tuple[pl.DataFrame, pl.Series]:
    """A row for each name where a cell holds several, and the row that it comes from."""
    row = "row of the table"  # no parameter is called so
    table = table.with_row_index(row)
    for role, kind in roles.items():
        if not isinstance(kind, Key) or not kind.separators:
            continue
        cells = table[role].str.replace_all("；", ";", literal=True)
        least = LEAST_SHARE * (cells.len() - cells.null_count())
        holds = [cells.str.contains(sign, literal=True).sum() for sign in kind.separators]
        signs = [
            sign
            for sign, count in zip(kind.separators, holds, strict=True)
            if count >= max(least, 1)
        ]
        if not signs:
            continue
        parts = cells.str.split(signs[0]).list.eval(pl.element().str.strip_chars())
        listed = parts.list.eval(pl.element().filter(pl.element() != ""))
        each = listed.list.unique(maintain_order=True).alias(role)
        table = table.with_columns(each).explode(role)
        if not kind.may_be_empty:
            table = table.drop_nulls(role)
    return table.drop(row), table[row]


def _refuse_repeated(keys: pl.DataFrame, row: pl.Series, name: str) -> None:
    repeated = keys.is_duplicated()
    if keys.width and repeated.any():
        first = repeated.arg_max() or 0
        key = names(str(part) for part in keys.row(first) if part is not None)
        count, at = Count(int(repeated.sum())), Count(row[first] + 1)
        raise InputError(message("repeated_key", table=Name(name), key=key, row=at, count=count))


def _column(column: pl.Series, kind: ColumnRole, table: str) -> pl.Series:
    match kind:
        case Year():
            return _years(column, table)
        case Number():
            return checked_numbers(column, kind, table)
        case _:
            texts = _texts(column, table, isinstance(kind, Key) and not kind.may_be_empty)
            return plain_codes(texts) if isinstance(kind, Key) else texts


def _texts(column: pl.Series, table: str, is_key: bool) -> pl.Series:
    kind = column.dtype
    is_text = kind.is_numeric() or kind.is_temporal() or kind in (pl.String, pl.Boolean, pl.Null)
    if not (is_text or isinstance(kind, pl.Categorical | pl.Enum)):
        refuse_rows("not_a_text", column.is_not_null(), column, table)
    text = column.cast(pl.String).str.strip_chars()
    if kind.is_float():  # 2611, which stands beside a missing number, is written 2611.0
        text = text.str.strip_suffix(".0")
    text = text.set(text == "", None)
    if is_key:
        refuse_rows("key_missing", text.is_null(), column, table)
    return text


def checked_numbers(column: pl.Series, role: Number, table: str = "frame") -> pl.Series:
    """A column as Float64, null where missing.

    Raises InputError for the first value that the role does not allow.
    """
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    is_text = column.dtype in (pl.String, pl.Null)
    # a date would count the days since 1970, and nobody would notice
    if not (is_text or column.dtype.is_numeric() or column.dtype == pl.Boolean):
        refuse_rows("not_a_number", column.is_not_null(), column, table)
    given = column
    if is_text:
        given = column.cast(pl.String).str.strip_chars()
        given = given.set(given == "", None)  # an empty cell is a missing one
    number, is_given = given.cast(pl.Float64, strict=False), given.is_not_null()
    refuse_rows("not_a_number", number.is_null() & is_given, column, table)
    number = number.fill_nan(None)
    refuse_rows("not_finite", number.is_infinite(), column, table)
    if role.sign != "any":
        below = number < 0 if role.sign == "zero" else number <= 0
        refuse_rows("wrong_sign", below, column, table, sign=Code(f"codes.sign_{role.sign}"))
    if role.is_share:
        refuse_rows("too_high", number > 1, column, table, high=Count(1))
    return number


def _years(column: pl.Series, table: str) -> pl.Series:
    year = checked_numbers(column, Number(), table)
    refuse_rows("key_missing", year.is_null(), column, table)
    if not are_periods(year):
        refuse_rows("not_a_year", (year % 1 != 0) | ~year.is_between(*YEARS), column, table)
    return year.cast(pl.Int32)

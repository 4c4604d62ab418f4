"""Tables that are made from the sample of a measurement by what its signature declares, and that
hold too little, nothing, too much, or what nobody writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from declared_samples import column_of, main_table, numbers_in, sample_of

from firstlight.instruments.chains.table_blocks import blocks_of
from firstlight.measurement import Measurement
from firstlight.roles import Key, Label, Number, Year

Made = Iterator[tuple[str, dict[str, Any]]]
"""What was done to which column, and the arguments that a call is given instead."""

# beside what the sample calls things: a formula, words for nothing, a total, a long one
HOSTILE = ("=1+1", "nan", "总计", "x" * 200, "None", "inf", "<b>&amp;", "a,b", "'a' \"b\"")
# names that mean something to the program, so that others are no other names for the same
FIXED = {
    "origin": "domestic, or imported",
    "indicator": "the declaration of an index names its indicators",
    "conversion.code": "codes of a classification",
    "definition_share.code": "codes of a classification",
    "take_off_drivers.code": "codes of a classification",
    "take_off_graduates.code": "codes of a classification",
    "take_off_opportunities.code": "codes of a classification",
    "concordance.technology": "codes are found by what technologies are called",
    "plan.entry": "entries are recognised by what they are called",
    "plan.number": "entries are ordered by their numbers, of which 10 is after 2",
}
HUGE, TINY = 1e15, 1e-12
_SIGNS = re.compile(r"\s*;\s*")  # between names of one cell
_SIGNED = re.compile(r"(\s*;\s*)")


def of_role(declared: Measurement, *roles: type) -> list[str]:
    """The columns of the sample's main table that have a role, several in one parameter aside."""
    found = []
    for own in declared.columns:
        column = column_of(declared, own.name)
        if isinstance(own.role, roles) and column is not None:
            found.append(column)
    return found


def amounts(declared: Measurement) -> list[str]:
    """The columns of numbers that are no shares."""
    return [column for column, role in numbers_in(declared) if not role.is_share]


def with_numbers(
    declared: Measurement, columns: Iterable[str], change: Callable[[pl.Expr], pl.Expr]
) -> dict[str, Any]:
    """The main table with other numbers in some columns."""
    frame = main_table(declared)
    changed = [change(pl.col(one).cast(pl.Float64, strict=False)).alias(one) for one in columns]
    return {declared.main.name: frame.with_columns(changed)}


def zero(declared: Measurement) -> Made:
    columns = [column for column, _ in numbers_in(declared)]
    for some in _all_and_each(columns):
        yield "+".join(some), with_numbers(declared, some, lambda own: own * 0)


def equal(declared: Measurement) -> Made:
    columns = [column for column, _ in numbers_in(declared)]
    for some in _all_and_each(columns):
        yield "+".join(some), with_numbers(declared, some, lambda own: own * 0 + 1)


def negative(declared: Measurement) -> Made:
    columns = [column for column, _ in numbers_in(declared)]
    for some in _all_and_each(columns):
        yield "+".join(some), with_numbers(declared, some, lambda own: -own.abs())


def null(declared: Measurement) -> Made:
    columns = [column for column, _ in numbers_in(declared)] + of_role(declared, Label)
    for one in columns:
        frame = main_table(declared).with_columns(pl.lit(None, pl.String).alias(one))
        yield one, {declared.main.name: frame}


def huge(declared: Measurement) -> Made:
    for some in _all_and_each(amounts(declared)):
        yield "+".join(some), with_numbers(declared, some, lambda own: own * HUGE)


def tiny(declared: Measurement) -> Made:
    for some in _all_and_each(amounts(declared)):
        yield "+".join(some), with_numbers(declared, some, lambda own: own * TINY)


def one_huge(declared: Measurement) -> Made:
    last = pl.int_range(pl.len()) == pl.len() - 1
    factor = pl.when(last).then(HUGE).otherwise(1.0)
    for one in amounts(declared):
        yield one, with_numbers(declared, [one], lambda own: own * factor)


def one_cell(declared: Measurement) -> Made:
    for one, _ in numbers_in(declared):
        for value in ("nan", "inf", ""):
            cells = main_table(declared)[one].to_list()
            cells[len(cells) // 2] = value
            frame = main_table(declared).with_columns(pl.Series(one, cells, pl.String))
            yield f"{one}={value}", {declared.main.name: frame}


def few_names(declared: Measurement) -> Made:
    """One, two and three names of each key."""
    for key in of_role(declared, Key):
        known = main_table(declared)[key].drop_nulls().unique().sort()
        for count in (1, 2, 3):
            kept = main_table(declared).filter(pl.col(key).is_in(known.head(count).implode()))
            yield f"{key}:{count}", {declared.main.name: kept}


def few_years(declared: Measurement) -> Made:
    """One, two and three years; the first and the last alone; far apart; a gap."""
    for column in of_role(declared, Year):
        frame, year = main_table(declared), pl.col(column)
        known = frame[column].unique().sort().to_list()
        for count in (1, 2, 3):
            kept = frame.filter(year.is_in(known[-count:]))
            yield f"last {count}", {declared.main.name: kept}
        ends = frame.filter(year.is_in([known[0], known[-1]]))
        yield "ends", {declared.main.name: ends}
        apart = ends.with_columns(
            pl.when(year == known[0]).then(pl.lit("1500")).otherwise(pl.lit("2200")).alias(column)
        )
        if known[0] != known[-1]:
            yield "apart", {declared.main.name: apart}
        yield "gap", {declared.main.name: frame.filter(year != known[len(known) // 2])}


def half_missing(declared: Measurement) -> Made:
    """The last year, or every second row, without numbers; or without rows."""
    frame = main_table(declared)
    is_odd = pl.int_range(pl.len()) % 2 == 1
    where = [is_odd]
    if years := of_role(declared, Year):
        where.insert(0, is_odd & (pl.col(years[0]) == pl.col(years[0]).max()))
        where.insert(0, pl.col(years[0]) == pl.col(years[0]).max())
    columns = [column for column, _ in numbers_in(declared)]
    for place, rows in enumerate(where):
        empty = (pl.when(~rows).then(pl.col(one)).alias(one) for one in columns)
        yield f"empty {place}", {declared.main.name: frame.with_columns(empty)}
        yield f"absent {place}", {declared.main.name: frame.filter(~rows)}


def few_rows(declared: Measurement) -> Made:
    frame = main_table(declared)
    for count in (1, 2, 3):
        yield f"{count}", {declared.main.name: frame.sample(count, seed=count)}


def twice(declared: Measurement) -> Made:
    frame = main_table(declared)
    yield "all", {declared.main.name: pl.concat([frame, frame])}


def hostile_names(declared: Measurement) -> Made:
    """Names of a key that somebody may have written, in every table; and an empty one."""
    for known in domains(declared):
        given = dict(zip(sorted(known), HOSTILE, strict=False))
        yield "+".join(sorted(given)[:2]), renamed(declared, given)
    for key in of_role(declared, Key, Label):
        for value in ("", " ", "\u3000"):
            cells = main_table(declared)[key].to_list()
            cells[0] = value
            frame = main_table(declared).with_columns(pl.Series(key, cells, pl.String))
            yield f"{key}={value!r}", {declared.main.name: frame}


def one_label(declared: Measurement) -> Made:
    """Labels that are all the same, or all different."""
    for label in of_role(declared, Label):
        frame = main_table(declared)
        same, row = pl.lit("the same"), pl.int_range(pl.len()).cast(pl.String)
        yield f"{label} same", {declared.main.name: frame.with_columns(same.alias(label))}
        yield f"{label} each", {declared.main.name: frame.with_columns(row.alias(label))}


def further_tables(declared: Measurement) -> Made:
    """A further table without rows, with one, about nobody; its numbers 0, missing, below 0, huge;
    or not handed in."""
    for own in declared.of_kind("table"):
        frame = sample_of(declared.name).get(own.name)
        if frame is None:
            continue
        numbers = _there(frame, own.role.columns, Number)
        names = _there(frame, own.role.columns, Key)
        yield f"{own.name} absent", {own.name: None}
        yield f"{own.name} empty", {own.name: frame.clear()}
        yield f"{own.name} one", {own.name: frame.head(1)}
        nobody = (("nobody " + pl.col(one)).alias(one) for one in names)
        yield f"{own.name} nobody", {own.name: frame.with_columns(nobody)}
        for one in numbers:
            value = pl.col(one).cast(pl.Float64, strict=False)
            for what, change in (
                ("zero", value * 0),
                ("equal", value * 0 + 1),
                ("null", pl.lit(None, pl.String)),
                ("negative", -value.abs()),
                ("huge", value * HUGE),
                ("tiny", value * TINY),
            ):
                yield f"{own.name}.{one} {what}", {own.name: frame.with_columns(change.alias(one))}


def _there(frame: pl.DataFrame, columns: Mapping[str, Any], role: type) -> list[str]:
    return [one for one, kind in columns.items() if isinstance(kind, role) and one in frame.columns]


def _all_and_each(columns: Sequence[str]) -> Iterator[list[str]]:
    yield list(columns)
    if len(columns) > 1:
        yield from ([one] for one in columns)


def domains(declared: Measurement) -> list[set[str]]:
    """The names of the main table's keys; keys that share names have one set of them. What a name
    means to the program, as households and wages do to an input-output table, is no name."""
    found: list[set[str]] = []
    for key in of_role(declared, Key):
        if key in FIXED or f"{declared.name}.{key}" in FIXED:
            continue
        cells = main_table(declared)[key].drop_nulls()
        names = {name for cell in cells for name in _SIGNS.split(cell)} - {""}
        if key in ("supplier", "user"):
            names = {name for name, block in blocks_of(names, "").items() if not block}
        apart = [own for own in found if not own & names]
        joined = [own for own in found if own & names]
        found = [*apart, names.union(*joined)]
    return [names for names in found if names]


def renamed(declared: Measurement, given: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of the sample with other names in every key and label, and in every option that
    holds names."""
    changed: dict[str, Any] = {}
    for name, value in sample_of(declared.name).items():
        own = declared.parameters[name]
        if own.kind == "frame":
            columns = of_role(declared, Key, Label)
        elif own.kind == "table":
            columns = [
                *_there(value, own.role.columns, Key),
                *_there(value, own.role.columns, Label),
            ]
        elif own.kind in ("names", "text"):
            several = [value] if isinstance(value, str) else value
            other = [given.get(one, one) for one in several or ()]
            changed[name] = other[0] if isinstance(value, str) else other
            continue
        else:
            continue
        cells = {one: [_of_names(cell, given) for cell in value[one]] for one in columns}
        changed[name] = value.with_columns(
            pl.Series(one, other, pl.String) for one, other in cells.items()
        )
    return changed


def _of_names(cell: str | None, given: Mapping[str, str]) -> str | None:
    if cell is None or cell in given:
        return given.get(cell, None) if cell is not None else None
    return "".join(given.get(part, part) for part in _SIGNED.split(cell))


TABLES: dict[str, Callable[[Measurement], Made]] = {
    each.__name__: each
    for each in (
        zero,
        equal,
        negative,
        null,
        huge,
        tiny,
        one_huge,
        one_cell,
        few_names,
        few_years,
        half_missing,
        few_rows,
        twice,
        hostile_names,
        one_label,
        further_tables,
    )
}

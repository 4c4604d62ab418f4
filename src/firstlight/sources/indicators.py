"""Tables of several things in one column of numbers: which column tells these apart, and the rows
of one of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.beside_numbers import asking, called
from firstlight.sources.columns import Headings
from firstlight.sources.number_columns import number_columns
from firstlight.sources.raw import ROW
from firstlight.sources.totals import has_total, may_be_total
from firstlight.sources.wide_tables import is_no_part
from firstlight.texts import Count, List, Message, Name, Phrase, Value, message
from firstlight.texts import names as listed

__all__ = [
    "INDICATOR",
    "SEVERAL",
    "apart_from",
    "are_kinds",
    "asked_for",
    "beside_units",
    "rows_where",
    "several_indicators",
    "telling",
]

FOLDER = Path(__file__).parent
INDICATOR = "indicator"
SEVERAL = "several_indicators"  # an error by which the doctor tells what a table holds
_KEYS = ("place", "unit", "year", "month")
_KINDS = ("indicator", "unit_of_measure", "unit_multiplier", "frequency")
_SHOWN = 5


def rows_where(
    frame: pl.DataFrame, where: Mapping[str, str], file: str
) -> tuple[pl.DataFrame, list[Message]]:
    """The rows whose cells are those that are asked for, and a note of them.

    where : column of the file -> cell; of "indicator", the column that holds the cell
    Raises  InputError for a column or a cell that isn't there.

    >>> rows = pl.DataFrame({"指标": ["合计", "教育"], "数值": [3, 1], ROW: [1, 2]})
    >>> rows_where(rows, {"indicator": "教育"}, "a.csv")[0]["数值"].to_list()
    [1]
    """
    if not where:
        return frame, []
    names, kept, used = [name for name in frame.columns if name != ROW], frame, list[str]()
    for asked, cell in where.items():
        own = Headings(names).alike(asked)
        if own is None and asked == INDICATOR:
            own = _holder(frame, names, cell)
        about: dict[str, Value[Any]] = {"file": Name(file), "cell": Name(cell)}
        if own is None:
            told = "no_such_indicator" if asked == INDICATOR else "no_such_column"
            near = _near(frame, names, cell) if asked == INDICATOR else names
            raise InputError(message(told, column=Name(asked), near=listed(near), **about), FOLDER)
        held = kept.filter(_cells(own) == cell.strip())
        if not held.height:
            there = listed(_distinct(kept, own), most=_SHOWN)
            raise InputError(message("no_such_cell", column=Name(own), near=there, **about), FOLDER)
        kept, used = held, [*used, f"{own} = {cell}"]
    rows = {"count": Count(kept.height), "rows": Count(frame.height)}
    return kept, [message("rows_where", file=Name(file), cells=listed(used), **rows)]


def _cells(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars().str.replace(r"^(\d+)\.0$", "$1")


def _distinct(frame: pl.DataFrame, name: str) -> list[str]:
    cells = frame.select(_cells(name).replace("", None)).to_series()
    return cells.drop_nulls().unique(maintain_order=True).to_list()


def _texts(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns of texts, those first that are called as one of indicators, places last."""
    own, keys = called(names, INDICATOR), called(names, *_KEYS)
    numbers = {*number_columns(frame, names)}
    return [
        *own,
        *(name for name in names if name not in {*own, *keys, *numbers}),
        *(name for name in keys if name not in own),
    ]


def _holder(frame: pl.DataFrame, names: Sequence[str], cell: str) -> str | None:
    texts = _texts(frame, names)
    return next((name for name in texts if (frame.select(_cells(name) == cell))[name].any()), None)


def _near(frame: pl.DataFrame, names: Sequence[str], cell: str) -> list[str]:
    """What may have been meant: cells like the one that is asked for, else the first indicators."""
    keys = called(names, *_KEYS)
    free = [name for name in _texts(frame, names) if name not in keys]
    cells = [own for name in free for own in _distinct(frame, name)]
    return difflib.get_close_matches(cell, cells, n=_SHOWN, cutoff=0.5) or cells[:_SHOWN]


def beside_units(frame: pl.DataFrame, names: Sequence[str], found: Mapping[str, str]) -> str | None:
    """The column that says what each number is though nobody knows it by its name: rows of one
    place and year differ in it, and no two of them hold the same.

    found : canonical column -> column of the file, units of measure and the value among them
    """
    beside = {found.get(name) for name in ("unit_of_measure", "unit_multiplier", "value")}
    known = {*called(names, "place", "year", "month"), *found.values()} - beside
    keys = [name for name in names if name in known]
    if not keys or not frame.select(keys).is_duplicated().any():
        return None
    free = [name for name in names if name not in known | beside]
    numbers = number_columns(frame, free)
    for name in free:
        is_told = name not in numbers and frame[name].n_unique() > 1
        if is_told and not frame.select(*keys, name).is_duplicated().any():
            return name
    return None


def apart_from(frame: pl.DataFrame, names: Sequence[str], used: Mapping[str, str]) -> list[str]:
    """The columns that nothing was read from and that may tell rows apart: texts other than numbers
    of the rows, and years.

    used : canonical column -> column of the file; days and months are parts of a known year
    """
    taken = {*used.values(), *called(names, "flag")}
    free = [name for name in names if name not in taken]
    numbers = number_columns(frame, free)
    dates = called(free, "year", "month") if "year" in used else ()
    own = [name for name in free if name not in numbers or _are_years(frame[name])]
    own += [name for name in called(free, "year", *_KINDS) if name not in own]
    of_rows = [name for name in own if is_no_part(name) and frame[name].is_unique().all()]
    return [name for name in own if name not in (*dates, *of_rows)]


def _are_years(cells: pl.Series) -> bool:
    """Whether a column holds years and nothing else, by which name ever."""
    years = cells.cast(pl.Float64, strict=False).drop_nulls()
    is_year = years.is_between(1900, 2100) & (years % 1 == 0)
    return bool(years.len() and is_year.all())


def are_kinds(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether rows that differ in these columns are never parts of one number, since they hold
    years, units or indicators, or a total beside its parts."""
    cells = [frame[name] for name in names]
    return bool(called(names, "year", *_KINDS)) or any(
        _are_years(own) or has_total(own.cast(pl.String).drop_nulls().unique()) for own in cells
    )


def telling(frame: pl.DataFrame, key: str, names: Sequence[str]) -> list[str]:
    """The columns that tell rows of one key apart: one that does so alone, or else those that say
    more than the ones before; years, units and what has a total before all others."""
    differ = [name for name in names if frame.select(key, name).n_unique() > frame[key].n_unique()]
    kinds = [name for name in differ if are_kinds(frame, [name])]
    alone = (own for own in kinds or differ if not frame.select(key, own).is_duplicated().any())
    if first := next(alone, None):
        return [first]
    chosen: list[str] = []
    for name in dict.fromkeys((*kinds, *differ)):
        if frame.select(key, *chosen, name).n_unique() > frame.select(key, *chosen).n_unique():
            chosen.append(name)
    return chosen


def asked_for(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Value[Any]]:
    """What a column holds and how its first cells are asked for, for a message."""
    cells = {name: _distinct(frame, name) for name in names}
    first = {name: own[0] for name, own in cells.items() if own}
    own = cells[names[0]]
    return {
        "column": Name(names[0]),
        "columns": listed(names),
        "held": Count(len(own)),
        "cells": listed(own),
        **asking(first),
    }


def several_indicators(frame: pl.DataFrame, found: Mapping[str, str], file: str) -> InputError:
    """The error for a table of several indicators, of which none is asked for: their names, units,
    years and number of places, and which may be a total of the others.

    found : canonical column -> column of the file, the indicator among them
    """
    column, year = found[INDICATOR], found.get("year")
    place = next((found[name] for name in ("place", "unit") if name in found), None)
    told, first = [], ""  # of those in one unit the first is how one is asked for
    for cell in _distinct(frame, column):
        rows = frame.filter(_cells(column) == cell)
        units = _distinct(rows, found["unit_of_measure"]) if "unit_of_measure" in found else []
        if not first and len(units) < 2:
            first = cell
        years = sorted(_distinct(rows, year)) if year else []
        parts: list[Value[Any]] = [Name("/".join(units))] if units else []
        parts += [Name("–".join(dict.fromkeys((years[0], years[-1]))))] if years else []
        if place is not None:
            count = Count(rows[place].n_unique())
            parts.append(Phrase(message("phrases.places", count=count)))
        if may_be_total(cell):
            parts.append(Phrase(message("phrases.a_total")))
        code = "phrases.indicator" if parts else "phrases.indicator_alone"
        told.append(Phrase(message(code, name=Name(cell), about=List(tuple(parts))), "sources"))
    about: dict[str, Value[Any]] = {"column": Name(column), "file": Name(file)}
    about["cells"] = List(tuple(told), _SHOWN)
    about["cell"] = Name(first or _distinct(frame, column)[0])
    return InputError(message(SEVERAL, count=Count(len(told)), **about), FOLDER)

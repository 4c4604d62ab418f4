"""How an error names a row: its unit, and its year where there is one."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.texts import Name, Phrase, Value, Year, message


def unit_in_year(unit: str, year: int | None, *parts: str) -> Value[Any]:
    """A unit and what of it, with its year where there is one; one that is only a number is called
    a unit."""
    name: Value[Any] = Name(unit)
    if unit.isdecimal():
        name = Phrase(message("phrases.numbered_unit", number=name))
    for part in parts:
        name = Phrase(message("phrases.part_of_unit", unit=name, part=Name(part)))
    if year is None:
        return name
    return Phrase(message("phrases.unit_in_year", unit=name, year=Year(year)))


def key_of(keys: pl.DataFrame, row: int) -> Value[Any]:
    """A row by its keys: ``unit``, ``year`` where there is one, and whatever else.

    >>> key_of(pl.DataFrame({"unit": ["a"]}), 0).value
    'a'
    """
    own = keys.row(row, named=True)
    unit, year = str(own.pop("unit")), own.pop("year", None)
    return unit_in_year(unit, year, *map(str, own.values()))

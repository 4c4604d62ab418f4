"""The country that an answer is about, and which names are of single countries."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from firstlight.classifications.countries import plain, ways_to_write_countries
from firstlight.errors import InputError, unknown

FOLDER = Path(__file__).parent
REST = ("row", "rest of the world", "rest of world", "rotw", "roworld", "wwww", "zrow")


def single(column: str) -> pl.Expr:
    """Whether a column's name is of a single country, rather than of the rest of the world."""
    return ~pl.col(column).str.to_lowercase().is_in(REST)


def home_country(countries: pl.DataFrame, named: str | None) -> str:
    """The country that is named, or else the first one that is no rest of the world.

    Raises InputError for a country that is not there.
    """
    if named is None:
        return str([*countries.filter(single("country"))["country"], *countries["country"]][0])
    return as_written(named, countries["country"].unique())[0]


def as_written(named: str, known: Collection[str]) -> tuple[str, ...]:
    """The names of a table that stand for a country, the one that was asked for first.

    Raises InputError where none does.

    >>> as_written("中国", ["CHN", "NLD"])
    ('CHN',)
    """
    ways = ways_to_write_countries()
    code = ways.get(plain(named), named)
    same = [name for name in known if name == named or ways.get(plain(name)) == code]
    if not same:
        raise InputError(unknown("no_home", named, known), FOLDER)
    return tuple(sorted(same, key=lambda name: (name != named, name)))

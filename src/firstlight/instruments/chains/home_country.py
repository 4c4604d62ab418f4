"""The country that an answer is about, and which names are of single countries."""

from __future__ import annotations

from pathlib import Path

import polars as pl

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
    if named not in countries["country"]:
        raise InputError(unknown("no_home", named, countries["country"].unique()), FOLDER)
    return named

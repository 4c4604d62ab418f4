"""Checks of the rows of a table that a calculation is given: each error names a row by its key."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.errors import (
    InputError,
    low_value,
    missing_value,
    off_the_globe,
    several_values,
    stands_twice,
)
from firstlight.texts import Name, message


def refuse_missing(table: pl.DataFrame, key: Sequence[str], *columns: str) -> None:
    """Raise InputError for the first row that has no value of one of the columns.

    >>> refuse_missing(pl.DataFrame({"place": ["a"], "jobs": [1]}), ["place"], "jobs")
    """
    for column in columns:
        bad = table.filter(pl.col(column).is_null())
        if bad.height:
            raise missing_value(column, *bad.select(key).row(0))


def refuse_low(table: pl.DataFrame, key: Sequence[str], *columns: str, sign: str = "zero") -> None:
    """Raise InputError for the first row with a number below 0, or with "positive" not above it.

    >>> refuse_low(pl.DataFrame({"place": ["a"], "jobs": [0]}), ["place"], "jobs")
    """
    for column in columns:
        is_low = pl.col(column) < 0
        if sign == "positive":
            is_low = pl.col(column) <= 0
        bad = table.filter(is_low)
        if bad.height:
            raise low_value(column, bad[column][0], sign, *bad.select(key).row(0))


def refuse_repeated(table: pl.DataFrame, key: Sequence[str], place: str = "frame") -> None:
    """Raise InputError for the first key that stands twice.

    place : what the error calls the table

    >>> refuse_repeated(pl.DataFrame({"place": ["a", "b"]}), ["place"])
    """
    repeated = table.filter(table.select(key).is_duplicated())
    if repeated.height:
        raise stands_twice(place, *repeated.select(key).row(0))


def one_value_each(table: pl.DataFrame, key: str, *columns: str) -> None:
    """Raise InputError for the first key with several values of one of the columns; those that are
    missing don't count.

    >>> one_value_each(pl.DataFrame({"work": ["a", "a"], "year": [1, 1]}), "work", "year")
    """
    for column in columns:
        values = table.select(key, column).drop_nulls().unique().sort(key, column)
        several = values.filter(values[key].is_duplicated())
        if several.height:
            name = several[key][0]
            held = several.filter(pl.col(key) == name)[column]
            raise several_values(column, name, held.to_list())


def one_spot_each(table: pl.DataFrame, key: str, furthest: float = 180) -> None:
    """Raise InputError for the first place off the globe or in two spots; rows that lack a
    number don't count.

    table    : the key, longitude and latitude in degrees
    furthest : longitude, either way, that a place may have

    >>> one_spot_each(pl.DataFrame({"a": ["x"], "longitude": [117], "latitude": [32]}), "a")
    """
    spots = table.select(key, "longitude", "latitude").drop_nulls().unique().sort(key)
    is_off = (pl.col("longitude").abs() > furthest) | (pl.col("latitude").abs() > 90)
    for name, longitude, latitude in spots.filter(is_off).head(1).rows():
        raise off_the_globe(name, longitude, latitude)
    twice = spots.filter(spots[key].is_duplicated())
    if twice.height:
        raise InputError(message("two_spots", name=Name(twice[key][0])))

"""Where places lie and which are neighbours, as their rows say."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.price_panel import pairs_within
from firstlight.texts import Figure, Message, Name, message

FAMILY = Path(__file__).parent


def sites(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Where each place lies: place, x (longitude), y (latitude), in degrees; None where the table
    does not say.

    frame : place, longitude, latitude

    Raises InputError for a place that lies in two spots.
    """
    if not _is_given(frame, "latitude", "longitude"):
        return None
    found = (
        frame.select("place", x="longitude", y="latitude")
        .drop_nulls()
        .unique()
        .sort("place", "x", "y")
    )
    twice = found.filter(pl.col("place").is_duplicated())
    if twice.height:
        place, *first = twice.row(0)
        second = twice.row(1)[1:]
        x, y, other_x, other_y = (Figure(value) for value in (*first, *second))
        raise _error(
            message("two_spots", place=Name(place), x=x, y=y, other_x=other_x, other_y=other_y)
        )
    return found


def neighbours_of(frame: pl.DataFrame, within_km: float | None) -> list[tuple[str, str]] | None:
    """Pairs of neighbouring places: those named in the table, or those near each other; None where
    neither is known.

    frame : place; longitude and latitude, or neighbours, the names parted by ;

    Raises InputError for a distance where coordinates are missing, no degrees or two of a place,
    and for a neighbour that is no place of the table.
    """
    if within_km is not None:
        if not _is_given(frame, "latitude", "longitude"):
            raise _error(message("no_coordinates"))
        sites(frame)
        _refuse_no_spot(frame)
        return pairs_within(frame, "latitude", "longitude", place="place", kilometres=within_km)
    if not _is_given(frame, "neighbours"):
        return None
    rows = frame.select("place", "neighbours").drop_nulls().unique().sort("place", "neighbours")
    parted = pl.col("neighbours").str.replace_all("；", ";").str.split(";")
    pairs = rows.with_columns(parted).explode("neighbours")
    pairs = pairs.with_columns(pl.col("neighbours").str.strip_chars()).filter(
        pl.col("neighbours") != ""
    )
    places = set(frame["place"])
    for place, other in pairs.rows():
        if other not in places:
            raise _error(message("unknown_neighbour", place=Name(place), other=Name(other)))
    return sorted({(min(pair), max(pair)) for pair in pairs.rows()})


def _refuse_no_spot(frame: pl.DataFrame) -> None:
    is_spot = (pl.col("latitude").abs() <= 90) & (pl.col("longitude").abs() <= 360)
    lost = frame.filter(~is_spot.fill_null(False)).sort("place")
    if lost.height:
        raise _error(message("no_spot", place=Name(lost["place"][0])))


def _is_given(frame: pl.DataFrame, *names: str) -> bool:
    return all(name in frame.columns and frame[name].null_count() < frame.height for name in names)


def _error(given: Message) -> InputError:
    return InputError(given, FAMILY)

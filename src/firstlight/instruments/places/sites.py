"""Where places lie and which are neighbours, as their rows say."""

from __future__ import annotations

import polars as pl

from firstlight.errors import InputError, check_known, needs
from firstlight.instruments.places.price_panel import FURTHEST, pairs_within
from firstlight.numerics.row_checks import one_spot_each


def sites(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Where each place lies: place, x (longitude), y (latitude), in degrees; None where the table
    does not say.

    frame : place, longitude, latitude

    Raises InputError for a place that lies in two spots.
    """
    if not _is_given(frame, "latitude", "longitude"):
        return None
    one_spot_each(frame, "place", FURTHEST)
    spots = frame.select("place", x="longitude", y="latitude").drop_nulls()
    return spots.unique().sort("place")


def neighbours_of(frame: pl.DataFrame, within_km: float | None) -> list[tuple[str, str]] | None:
    """Pairs of neighbouring places: those named in the table, or those near each other; None where
    neither is known.

    frame : place; longitude and latitude, or neighbours, the names parted by ;

    Raises InputError for a distance where coordinates are missing, no degrees or two of a place,
    and for a neighbour that is no place of the table.
    """
    if within_km is not None:
        if not _is_given(frame, "latitude", "longitude"):
            raise InputError(needs("within_km", "latitude, longitude"))
        return pairs_within(frame, "latitude", "longitude", place="place", kilometres=within_km)
    if not _is_given(frame, "neighbours"):
        return None
    rows = frame.select("place", "neighbours").drop_nulls().unique().sort("place", "neighbours")
    parted = pl.col("neighbours").str.replace_all("；", ";").str.split(";")
    pairs = rows.with_columns(parted).explode("neighbours")
    pairs = pairs.with_columns(pl.col("neighbours").str.strip_chars()).filter(
        pl.col("neighbours") != ""
    )
    check_known("neighbours", pairs["neighbours"], frame["place"])
    return sorted({(min(pair), max(pair)) for pair in pairs.rows()})


def _is_given(frame: pl.DataFrame, *names: str) -> bool:
    return all(name in frame.columns and frame[name].null_count() < frame.height for name in names)

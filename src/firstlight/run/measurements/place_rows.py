"""Where places lie and which are neighbours, as their rows tell; and what else the measurements of places read alike."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.price_panel import pairs_within

SIGNS = ";；"  # that part the names of neighbours


def is_given(frame: pl.DataFrame, *names: str) -> bool:
    """Whether each of these columns has a value somewhere."""
    return all(name in frame.columns and frame[name].null_count() < frame.height for name in names)


def filled(frame: pl.DataFrame, gaps: str) -> pl.DataFrame:
    """The frame, rows without a value being 0 where the reader says so."""
    return frame.with_columns(pl.col("value").fill_null(0.0)) if gaps == "zero" else frame


def sites(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Where each place lies: place, x (longitude), y (latitude); None where the table doesn't say.

    Raises  InputError naming a place that lies in two spots.
    """
    if not is_given(frame, "latitude", "longitude"):
        return None
    found = (
        frame.select("place", x="longitude", y="latitude")
        .drop_nulls()
        .unique()
        .sort("place", "x", "y")
    )
    twice = found.filter(pl.col("place").is_duplicated())
    if twice.height:
        raise InputError(
            f"{twice['place'][0]!r} lies in two spots",
            where=f"longitude {twice['x'][0]:g} and {twice['x'][1]:g}, latitude {twice['y'][0]:g} and {twice['y'][1]:g}",
            try_next="give each place one longitude and latitude",
        )
    return found


def neighbours_of(frame: pl.DataFrame, within_km: float | None) -> list[tuple[str, str]] | None:
    """Pairs of neighbouring places: those named in the table, or those near each other; None where neither is known.

    Raises  InputError for a distance without coordinates, or a neighbour that is no place of the table.
    """
    if within_km is not None:
        if not is_given(frame, "latitude", "longitude"):
            raise InputError(
                "no coordinates to tell who is near",
                where="--within-km",
                try_next="bring latitude and longitude, or name neighbours in a column `neighbours`",
            )
        return pairs_within(frame, "latitude", "longitude", place="place", kilometres=within_km)
    if not is_given(frame, "neighbours"):
        return None
    rows = frame.select("place", "neighbours").drop_nulls().unique().sort("place", "neighbours")
    split = rows.with_columns(
        pl.col("neighbours").str.replace_all(f"[{SIGNS}]", ";").str.split(";")
    ).explode("neighbours")
    pairs = split.with_columns(pl.col("neighbours").str.strip_chars()).filter(
        pl.col("neighbours") != ""
    )
    places = set(frame["place"])
    for place, other in pairs.rows():
        if other not in places:
            raise InputError(
                f"{other!r} is no place of the table",
                where=f"neighbours of {place!r}",
                try_next="use the table's own names, parted by ;",
            )
    return sorted({(min(pair), max(pair)) for pair in pairs.rows()})


def year_of(frame: pl.DataFrame) -> dict[str, Any]:
    """The argument ``year`` of an instrument, where the rows have years.

    >>> year_of(pl.DataFrame({"year": [None, 2000]})), year_of(pl.DataFrame({"year": [None]}))
    ({'year': 'year'}, {})
    """
    return {"year": "year"} if is_given(frame, "year") else {}

"""Prices of goods in places over time: read, checked, as logarithms in a grid; and which places are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
KINDS = ("level", "index")
EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
LARGEST_GRID = (
    200_000_000  # cells; a period that is a date written as a number would ask for far more
)


@dataclass(frozen=True)
class PricePanel:
    """Prices in a grid; every period from the first to the last is there.

    places, goods : names, sorted; periods : (periods,), whole numbers
    logs          : (periods, places, goods), log price, or log of index / 100; nan where missing
    kind          : ``level`` (prices) or ``index`` (the period before = 100)
    """

    places: list[str]
    goods: list[str]
    periods: Indices
    logs: Array
    kind: str

    def changes(self, lag: int) -> Array:
        """Log price changes over ``lag`` periods, the same shape; nan where a price is missing.

        Raises  InputError where ``lag`` is not 1 or more, or not shorter than the panel.
        """
        if lag < 1 or lag != int(lag) or lag >= self.periods.size + (self.kind == "index"):
            raise InputError(
                f"changes over {lag} of {self.periods.size} periods",
                where="lag",
                try_next="bring more periods, or use a shorter lag: 1, or 12 for months",
            )
        found = np.full_like(self.logs, np.nan)
        if self.kind == "level":
            found[lag:] = self.logs[lag:] - self.logs[:-lag]
            return found
        for t in range(lag - 1, self.periods.size):
            found[t] = self.logs[t + 1 - lag : t + 1].sum(axis=0)
        return found


def read_prices(
    frame: Any, price: str, *, place: str, good: str, period: str, kind: str = "level"
) -> PricePanel:
    """A long frame with a row per place, good and period as a grid of log prices.

    kind : ``level``: prices in any currency and unit, the same for all places; ``index``: the period before = 100
    Returns PricePanel.
    Raises  InputError naming a price that isn't above 0, a row that stands twice, a period that isn't whole, or fewer than
            two places.

    >>> rows = pl.DataFrame({"place": ["b", "a"], "good": ["rice"] * 2, "year": [2000, 2001], "p": [1.0, 1.0]})
    >>> read_prices(rows, "p", place="place", good="good", period="year").logs[:, :, 0].tolist()
    [[nan, 0.0], [0.0, nan]]
    """
    if kind not in KINDS:
        raise InputError(f"kind {kind!r}", where="read_prices", try_next="use 'level' or 'index'")
    names = {"place": place, "good": good, "period": period, "price": price}
    table = read_long(frame, names, ["period", "price"]).sort("place", "good", "period")
    _refuse(
        table,
        pl.col("period").is_null() | (pl.col("period") != pl.col("period").round()),
        "no whole period",
    )
    _refuse(table, pl.col("period").abs() >= 1e5, "a period of six digits")
    _refuse(table, pl.col("price") <= 0, "a price that is not above 0")
    _refuse(table, pl.struct("place", "good", "period").is_duplicated(), "stands twice")
    places, goods = (sorted(set(table[name].to_list())) for name in ("place", "good"))
    if len(places) < 2:
        raise InputError(
            f"{len(places)} places", where="the frame", try_next="prices of two or more places"
        )
    when = table["period"].cast(pl.Int64).to_numpy()
    periods = np.arange(when.min(), when.max() + 1, dtype=np.int64)
    if periods.size * len(places) * len(goods) > LARGEST_GRID:
        raise InputError(
            f"{periods.size} periods of {len(places)} places and {len(goods)} goods",
            where=f"column {period!r}",
            try_next="number the periods without gaps: years, or 12 * year + month",
        )
    logs = np.full((periods.size, len(places), len(goods)), np.nan)
    at = (when - periods[0], _positions(table["place"], places), _positions(table["good"], goods))
    value = table["price"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    logs[at] = np.log(value / 100 if kind == "index" else value)
    return PricePanel(places, goods, periods, logs, kind)


def compared_pairs(
    pairs: Iterable[tuple[str, str]] | None, places: list[str]
) -> tuple[Indices, Indices]:
    """Positions of the two places of each pair, each pair once; all pairs where none are named.

    Raises  InputError naming a place that has no prices, or a place paired with itself.

    >>> [part.tolist() for part in compared_pairs([("c", "a"), ("a", "c")], ["a", "b", "c"])]
    [[0], [2]]
    """
    if pairs is None:
        first, second = np.triu_indices(len(places), 1)
        return first.astype(np.int64), second.astype(np.int64)
    position = {name: k for k, name in enumerate(places)}
    found = set()
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2:
            raise InputError(
                f"{pair!r} is no pair", where="pairs", try_next="give tuples of two places"
            )
        one, other = (str(name) for name in pair)
        for name in (one, other):
            if name not in position:
                raise InputError(
                    f"no prices of {name!r}",
                    where="pairs",
                    try_next="name places as the frame does",
                )
        if one == other:
            raise InputError(
                f"{one!r} beside itself", where="pairs", try_next="pair two different places"
            )
        found.add((min(position[one], position[other]), max(position[one], position[other])))
    if not found:
        raise InputError(
            "no pairs", where="pairs", try_next="name pairs, or leave pairs out for all of them"
        )
    both = np.array(sorted(found), dtype=np.int64)
    return both[:, 0], both[:, 1]


def pairs_within(
    frame: Any, latitude: str, longitude: str, *, place: str, kilometres: float
) -> list[tuple[str, str]]:
    """Pairs of places at most so many kilometres apart, on a sphere (haversine).

    frame : any number of rows per place, all with the same coordinates, in degrees
    Returns pairs in the order of the names.
    Raises  InputError naming a place without coordinates, outside the globe, or with two different ones.

    >>> rows = pl.DataFrame({"place": ["a", "b", "c"], "lat": [0.0, 0, 0], "lon": [0.0, 1, 10]})
    >>> pairs_within(rows, "lat", "lon", place="place", kilometres=120)
    [('a', 'b')]
    """
    if not kilometres > 0:
        raise InputError(f"{kilometres} km", where="kilometres", try_next="give a distance above 0")
    names = {"place": place, "latitude": latitude, "longitude": longitude}
    table = (
        read_long(frame, names, ["latitude", "longitude"])
        .unique()
        .sort("place", "latitude", "longitude")
    )
    bad = table.filter(
        pl.any_horizontal(
            pl.col("latitude").is_null(),
            pl.col("longitude").is_null(),
            pl.col("latitude").abs() > 90,
            pl.col("longitude").abs() > 360,
            pl.col("place").is_duplicated(),
        )
    )
    if bad.height:
        what = f"coordinates {bad['latitude'][0]}, {bad['longitude'][0]}"
        raise InputError(
            what,
            where=f"place {bad['place'][0]!r}",
            try_next="one latitude and longitude, in degrees",
        )
    lat, lon = (np.radians(table[name].to_numpy()) for name in ("latitude", "longitude"))
    first, second = np.triu_indices(table.height, 1)
    half = np.sin((lat[first] - lat[second]) / 2) ** 2
    half += np.cos(lat[first]) * np.cos(lat[second]) * np.sin((lon[first] - lon[second]) / 2) ** 2
    near = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))) <= kilometres
    labels = table["place"].to_list()
    return [(labels[i], labels[j]) for i, j in zip(first[near], second[near], strict=True)]


def _positions(series: pl.Series, names: list[str]) -> Indices:
    place = {name: k for k, name in enumerate(names)}
    return np.array([place[name] for name in series], dtype=np.int64)


def _refuse(table: pl.DataFrame, when: pl.Expr, what: str) -> None:
    bad = table.filter(when)
    if bad.height:
        row = bad.row(0, named=True)
        raise InputError(
            f"{what}: {row['price']}",
            where=f"place {row['place']!r}, good {row['good']!r}, period {row['period']}",
            try_next="one price above 0 per place, good and period; periods are whole: years, or 12 * year + month",
        )

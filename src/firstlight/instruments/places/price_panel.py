"""Prices of goods in places over time as logarithms in a grid; and which places are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import (
    InputError,
    check_bounds,
    check_enough,
    check_known,
    check_positive,
    stands_twice,
    too_many,
)
from firstlight.numerics.globe import great_circle_km
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.row_checks import one_spot_each, refuse_missing, refuse_repeated
from firstlight.texts import Message, message

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
FAMILY = Path(__file__).parent
FURTHEST = 360  # longitude, either way, as some maps count it eastwards
LARGEST_GRID = 200_000_000  # cells


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

        Raises InputError where ``lag`` is not 1 or more, or not shorter than the panel.
        """
        check_bounds("lag", lag, 1, self.periods.size - (self.kind != "index"))
        found = np.full_like(self.logs, np.nan)
        if self.kind == "level":
            found[lag:] = self.logs[lag:] - self.logs[:-lag]
            return found
        for t in range(lag - 1, self.periods.size):
            found[t] = self.logs[t + 1 - lag : t + 1].sum(axis=0)
        return found


def price_panel(rows: pl.DataFrame, kind: Literal["level", "index"] = "level") -> PricePanel:
    """Prices as a grid of logarithms.

    Parameters
    ----------
    rows
        place, good, period (whole) and price (above 0; null where missing), a row for each place,
        good and period.
    kind
        "level" for prices in any currency and unit, the same for all places; "index" where the
        period before is 100.

    Returns
    -------
    PricePanel, with ``logs`` (periods, places, goods), log prices, nan where missing; every
    period from the first to the last is there.

    Raises
    ------
    InputError
        For a price that stands twice, fewer than two places, or periods so far apart that the grid
        would be too large.

    Examples
    --------
    >>> year = pl.Series([2000, 2001])
    >>> rows = pl.DataFrame({"place": ["b", "a"], "good": "rice", "period": year, "price": 1.0})
    >>> price_panel(rows).logs[:, :, 0].tolist()
    [[nan, 0.0], [0.0, nan]]
    """
    keys = ["place", "good", "period"]
    rows = rows.sort(keys)
    refuse_repeated(rows, keys)
    places, goods = (rows[name].unique().sort().to_list() for name in ("place", "good"))
    check_enough("places", len(places), 2, "place")
    when = rows["period"].to_numpy()
    periods = np.arange(when.min(), when.max() + 1, dtype=np.int64)
    size = periods.size * len(places) * len(goods)
    if size > LARGEST_GRID:
        raise InputError(too_many("observations", size, LARGEST_GRID, "year, place, good"))
    logs = np.full((periods.size, len(places), len(goods)), np.nan)
    at = (when - periods[0], _positions(rows["place"], places), _positions(rows["good"], goods))
    value = rows["price"].fill_null(np.nan).to_numpy()
    logs[at] = np.log(value / 100 if kind == "index" else value)
    return PricePanel(places, goods, periods, logs, kind)


def compared_pairs(
    pairs: Iterable[tuple[str, str]] | None, places: list[str]
) -> tuple[Indices, Indices]:
    """Positions of the two places of each pair, each pair once; all pairs where none are named.

    Raises InputError naming a place that has no prices, or a place paired with itself.

    >>> [part.tolist() for part in compared_pairs([("c", "a"), ("a", "c")], ["a", "b", "c"])]
    [[0], [2]]
    """
    if pairs is None:
        first, second = np.triu_indices(len(places), 1)
        return first.astype(np.int64), second.astype(np.int64)
    position = {name: k for k, name in enumerate(places)}
    found = set()
    for one, other in pairs:
        check_known("pairs", (one, other), position)
        if one == other:
            raise stands_twice("pairs", one)
        found.add((min(position[one], position[other]), max(position[one], position[other])))
    if not found:
        raise _error(message("no_place_pairs"))
    both = np.array(sorted(found), dtype=np.int64)
    return both[:, 0], both[:, 1]


def pairs_within(
    frame: Any, latitude: str, longitude: str, *, place: str, kilometres: float
) -> list[tuple[str, str]]:
    """Pairs of places at most so many kilometres apart, on a sphere (haversine).

    Parameters
    ----------
    frame
        Any number of rows for each place, all with the same coordinates.
    latitude, longitude
        Columns of degrees.
    place
        Column of the places.
    kilometres
        Largest distance of a pair.

    Returns
    -------
    Pairs of places, in the order of the names.

    Raises
    ------
    InputError
        Naming a place without coordinates, outside the globe, or with two different ones.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": ["a", "b", "c"], "lat": [0.0, 0, 0], "lon": [0.0, 1, 10]})
    >>> pairs_within(rows, "lat", "lon", place="place", kilometres=120)
    [('a', 'b')]
    """
    check_positive("kilometres", kilometres)
    names = {"place": place, "latitude": latitude, "longitude": longitude}
    table = (
        read_long(frame, names, ["latitude", "longitude"])
        .unique()
        .sort("place", "latitude", "longitude")
    )
    refuse_missing(table, ["place"], "latitude", "longitude")
    one_spot_each(table, "place", FURTHEST)
    lat, lon = (table[name].to_numpy() for name in ("latitude", "longitude"))
    first, second = np.triu_indices(table.height, 1)
    near = great_circle_km(lon[first], lat[first], lon[second], lat[second]) <= kilometres
    labels = table["place"].to_list()
    return [(labels[i], labels[j]) for i, j in zip(first[near], second[near], strict=True)]


def _positions(series: pl.Series, names: list[str]) -> Indices:
    place = {name: k for k, name in enumerate(names)}
    return np.array([place[name] for name in series], dtype=np.int64)


def _error(given: Message) -> InputError:
    return InputError(given, FAMILY)

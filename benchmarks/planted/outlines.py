"""Outlines of the made-up economy's places: three invented islands, parted where two places are
equally near."""

from __future__ import annotations

from typing import Any

import numpy as np
from benchmarks.planted.places import made_up_sites
from numpy.typing import NDArray

Points = NDArray[np.float64]
AROUND = 2.2  # degrees from the middle of an island's places to its coast, about
COAST = 48  # points of a coast
ROUGH = 0.09  # of its length, by which the middle of a border moves, again and again
SHORT = 0.06  # degrees, below which a border is not bent further
ISLAND = 4  # places of one


def made_up_outlines() -> dict[str, Any]:
    """A GeoJSON FeatureCollection of the invented places, property ``name``: none of these islands
    exists.

    Each place has what is nearer to it than to the others of its island (a Voronoi diagram within
    the coast); borders are then bent at random, the same way for both their sides.

    >>> [feature["geometry"]["type"] for feature in made_up_outlines()["features"]].count("Polygon")
    12
    """
    sites = made_up_sites()
    at, names = sites.select("longitude", "latitude").to_numpy(), sites["place"].to_list()
    features = []
    for first in range(0, len(names), ISLAND):
        own = at[first : first + ISLAND]
        for k, name in enumerate(names[first : first + ISLAND]):
            cell = _cell(own, k, _coast(own.mean(axis=0), first))
            ring = np.vstack(
                [
                    _bent(one, other)
                    for one, other in zip(cell, np.roll(cell, -1, axis=0), strict=True)
                ]
            )
            geometry = {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
            features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _coast(middle: Points, seed: int) -> Points:
    """A coast about a point, anticlockwise: a circle with a few bays."""
    rng = np.random.default_rng([11, seed])
    angle = np.arange(COAST) / COAST * 2 * np.pi
    waves = sum(
        rng.uniform(-0.09, 0.09) * np.cos(k * angle + rng.uniform(0, 6)) for k in range(2, 6)
    )
    radius = AROUND * (1 + waves)
    return np.column_stack(
        [middle[0] + radius * np.cos(angle) * 1.15, middle[1] + radius * np.sin(angle)]
    )


def _cell(places: Points, own: int, coast: Points) -> Points:
    """What of an island is nearest to one of its places: the coast, cut half-way to each other
    place in turn."""
    ring = coast
    for other in np.delete(places, own, axis=0):
        beyond = (ring - (places[own] + other) / 2) @ (other - places[own])
        kept = []
        for k in range(len(ring)):
            after = (k + 1) % len(ring)
            if beyond[k] <= 0:
                kept.append(ring[k])
            if beyond[k] * beyond[after] < 0:
                kept.append(
                    ring[k] + (ring[after] - ring[k]) * beyond[k] / (beyond[k] - beyond[after])
                )
        ring = np.array(kept)
    return ring.round(4)  # so that both sides of a border have the same corners


def _bent(one: Points, other: Points) -> Points:
    """Points from one corner up to the next, the same for the border's other side, which runs the
    other way."""
    ends = [tuple(one), tuple(other)]
    is_turned = ends != sorted(ends)
    line = _wavering(np.array(sorted(ends)))
    return (line[::-1] if is_turned else line)[:-1]


def _wavering(ends: Points) -> Points:
    apart = ends[1] - ends[0]
    if np.hypot(*apart) < SHORT:
        return ends
    rng = np.random.default_rng(np.abs(np.rint(ends.ravel() * 1e4)).astype(np.uint64).tolist())
    middle = (
        ends.mean(axis=0) + np.array([-apart[1], apart[0]]) * rng.uniform(-ROUGH, ROUGH)
    ).round(4)
    return np.vstack(
        [_wavering(np.array([ends[0], middle]))[:-1], _wavering(np.array([middle, ends[1]]))]
    )

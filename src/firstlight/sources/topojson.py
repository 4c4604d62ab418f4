"""TopoJSON in: borders, each written once as steps on a grid, back to the rings of GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["geojson_of"]

Floats = NDArray[np.float64]


def geojson_of(topology: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The features of one object of a topology, with their properties and identifiers.

    topology : with a grid (``transform``), its arcs as steps on it
    name     : of the object, a collection of polygons

    >>> square = {"transform": {"scale": [2, 1], "translate": [10, 0]},
    ...     "arcs": [[[0, 0], [1, 0], [0, 1]], [[0, 0], [0, 1], [1, 0]]],
    ...     "objects": {"all": {"geometries": [
    ...         {"type": "Polygon", "arcs": [[0, ~1]], "id": 7, "properties": {}}]}}}
    >>> geojson_of(square, "all")["features"][0]["geometry"]["coordinates"]
    [[[10.0, 0.0], [12.0, 0.0], [12.0, 1.0], [10.0, 1.0], [10.0, 0.0]]]

    Source: The TopoJSON Format Specification (2017), sections 2.1.2 to 2.1.4.
    """
    grid = topology["transform"]
    scale, shift = np.array(grid["scale"], float), np.array(grid["translate"], float)
    arcs = [np.cumsum(np.array(arc, float), axis=0) * scale + shift for arc in topology["arcs"]]
    features = []
    for own in topology["objects"][name]["geometries"]:
        several = own["arcs"] if own["type"] == "MultiPolygon" else [own["arcs"]]
        rings = [[_ring(arcs, ring) for ring in polygon] for polygon in several]
        geometry: dict[str, Any] = {"type": "MultiPolygon", "coordinates": rings}
        if own["type"] == "Polygon":
            geometry = {"type": "Polygon", "coordinates": rings[0]}
        features.append(
            {
                "type": "Feature",
                "id": own.get("id"),
                "properties": dict(own.get("properties") or {}),
                "geometry": geometry,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _ring(arcs: Sequence[Floats], numbers: Sequence[int]) -> list[list[float]]:
    """The points of arcs one after the other; joints stand once."""
    first, *others = (_arc(arcs, k) for k in numbers)
    joined = np.concatenate([first, *(arc[1:] for arc in others)])
    points: list[list[float]] = joined.tolist()
    return points


def _arc(arcs: Sequence[Floats], number: int) -> Floats:
    """An arc; ~k is arc k from its end."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]

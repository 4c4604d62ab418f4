"""Which places share a border: the areas of a GeoJSON file, by corners (queen) or sides (rook)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from firstlight.errors import InputError
from firstlight.numerics.polygons import inner_point, signed_area
from firstlight.texts import Count, Message, Name, message, names

Ring = NDArray[np.float64]
FAMILY = Path(__file__).parent


@dataclass(frozen=True)
class Areas:
    """Place -> its polygons, each an outer ring and its holes, closed, (m, 2) in degrees."""

    polygons: Mapping[str, Sequence[Sequence[Ring]]]


def read_areas(given: str | Path | Mapping[str, Any], places: Sequence[str]) -> Areas:
    """The outlines of places in a GeoJSON file, by the property that names most of them.

    Raises InputError for a file that is no GeoJSON, and for places without an outline.
    """
    features = _features(given)
    wanted = set(places)
    keys = sorted({key for feature in features for key in feature.get("properties") or {}})
    matches = {
        key: len(wanted & {str((own.get("properties") or {}).get(key)) for own in features})
        for key in keys
    }
    if not matches or not max(matches.values()):
        raise _error(message("no_outline_named", place=Name(min(wanted))))
    best = max(keys, key=lambda key: matches[key])
    found: dict[str, list[list[Ring]]] = {}
    for feature in features:
        place = str((feature.get("properties") or {}).get(best))
        if place in wanted:
            found.setdefault(place, []).extend(_polygons(feature.get("geometry") or {}))
    lost = sorted(place for place in wanted if not found.get(place))
    if lost:
        count, listed = Count(len(lost)), names(lost, 3)
        raise _error(message("no_outline_of", property=Name(best), count=count, names=listed))
    return Areas(found)


def _features(given: str | Path | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(given, Mapping):
        read: Any = given
    else:
        file = Path(given)
        if not file.is_file():
            raise _error(message("no_borders_file", file=Name(str(file))))
        try:
            read = json.loads(file.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise _error(message("no_geojson", said=Name(str(error)))) from error
    features = read.get("features") if isinstance(read, Mapping) else None
    if not isinstance(features, list):
        raise _error(message("no_geojson", said=Name("features")))
    return [feature for feature in features if isinstance(feature, Mapping)]


def _polygons(geometry: Mapping[str, Any]) -> Iterator[list[Ring]]:
    parts = geometry.get("coordinates", [])
    for polygon in {"Polygon": [parts], "MultiPolygon": parts}.get(geometry.get("type", ""), []):
        try:
            rings = [np.array([point[:2] for point in ring], dtype=float) for ring in polygon]
        except (TypeError, ValueError) as error:
            raise _error(message("no_geojson", said=Name(str(error)))) from error
        if rings and all(ring.ndim == 2 and len(ring) > 3 for ring in rings):
            yield rings


def bordering(areas: Areas, places: Sequence[str], rule: str) -> Any:
    """1 for places that share a corner (rule queen) or a side (rook) of their outlines.

    Corners are shared where their coordinates are equal numbers, as in files whose areas meet.

    Parameters
    ----------
    areas
        The outlines of the places.
    places
        n names, the order of the matrix.
    rule
        "queen" or "rook".

    Returns
    -------
    An (n, n) sparse matrix, symmetric.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    >>> areas = Areas({"a": [[square]], "b": [[square + [1, 0]]], "c": [[square + [1, 1]]]})
    >>> bordering(areas, ["a", "b", "c"], "queen").toarray().sum(axis=1).tolist()
    [2.0, 2.0, 2.0]
    >>> bordering(areas, ["a", "b", "c"], "rook").toarray().sum(axis=1).tolist()
    [1.0, 2.0, 1.0]
    """
    pieces, owners = [], []
    for k, place in enumerate(places):
        for polygon in areas.polygons[place]:
            for ring in polygon:
                own = _sides(ring) if rule == "rook" else ring[:-1] + 0.0  # -0 is 0
                pieces.append(own)
                owners.append(np.full(len(own), k))
    _, piece = np.unique(np.concatenate(pieces), axis=0, return_inverse=True)
    owner, n = np.concatenate(owners), len(places)
    has = csr_array((np.ones(owner.size), (piece.ravel(), owner)), shape=(piece.max() + 1, n))
    shared = csr_array(has.T @ has)
    shared.setdiag(0)
    shared.eliminate_zeros()
    shared.data[:] = 1.0
    return shared


def _sides(ring: Ring) -> Ring:
    """(m, 4) sides of a closed ring, the end that comes first in front; none of no length."""
    ends = np.stack([ring[:-1], ring[1:]], axis=1) + 0.0
    first, second = ends[:, 0], ends[:, 1]
    later = (first[:, 0] > second[:, 0]) | (
        (first[:, 0] == second[:, 0]) & (first[:, 1] > second[:, 1])
    )
    ends[later] = ends[later, ::-1]
    return np.asarray(ends.reshape(-1, 4)[(first != second).any(axis=1)])


def spots_of(areas: Areas) -> dict[str, tuple[float, float]]:
    """Place -> a point within the largest of its polygons, longitude and latitude."""
    found = {}
    for place, polygons in areas.polygons.items():
        largest = max(polygons, key=lambda rings: abs(signed_area(rings[0])))
        found[place] = inner_point(largest)
    return found


def _error(given: Message) -> InputError:
    return InputError(given, FAMILY)

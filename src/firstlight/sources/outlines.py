"""Outlines of places in: the areas of a GeoJSON file, their rings whole and the right way round,
and what is told of each; borders in TopoJSON back to GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.nouns import Snapshot
from firstlight.numerics.polygons import signed_area, unwrapped
from firstlight.sources.archives import Content, shown_name, whole
from firstlight.sources.formats import snapshot
from firstlight.sources.limits import check
from firstlight.sources.nested import parsed_json
from firstlight.texts import Count, Name, Phrase, Value, message

FOLDER = Path(__file__).parent
__all__ = ["IDENTIFIER", "Outline", "Outlines", "geojson_of", "outlines_content", "read_outlines"]

Ring = NDArray[np.float64]
IDENTIFIER = (
    "id"  # what the identifier of a feature, which is beside its properties, is called among them
)
GEOGRAPHIC = (
    "CRS84",
    "CRS83",
    "WGS84",
    *(f":{code}" for code in (4326, 4979, 4258, 4269, 4490)),
)  # all of them degrees
SLACK = 1e-6  # degrees beyond the ends of the globe that rounding makes
SHAPEFILE = (b"PK\x03\x04", b"\x00\x00\x27\x0a")  # how one begins, zipped or not


@dataclass(frozen=True)
class Outline:
    """One feature: its properties as texts, and its polygons, each an outer ring (anticlockwise)
    and its holes (clockwise).

    A ring is (n, 2), longitude and latitude in degrees, closed; one that crosses the antimeridian
    runs on beyond 180.
    """

    properties: Mapping[str, str]
    polygons: tuple[tuple[Ring, ...], ...]


@dataclass(frozen=True)
class Outlines:
    """The areas of a file, the exact bytes they were read from, and how many features have no area
    and are no outline."""

    outlines: tuple[Outline, ...]
    snapshot: Snapshot
    without_area: int

    def properties(self) -> list[str]:
        """The names of properties, in the order in which the file has them."""
        return list(dict.fromkeys(name for own in self.outlines for name in own.properties))


def outlines_content(given: str | Path | Mapping[str, Any]) -> Content:
    """The bytes of a GeoJSON file, read once; of parsed GeoJSON, those that it would be written as.

    Raises  InputError where there is no such file.
    """
    if isinstance(given, Mapping):
        return Content(
            "outlines", data=json.dumps(dict(given), ensure_ascii=False, sort_keys=True).encode()
        )
    path = Path(given)
    if not path.is_file():
        raise InputError(message("no_outlines_file", file=Name(str(path))), FOLDER)
    check("piece_bytes", path.stat().st_size, path.name)
    return Content(shown_name(path.name), data=path.read_bytes())


def read_outlines(given: str | Path | Mapping[str, Any] | Content) -> Outlines:
    """Read the areas of a GeoJSON file (also compressed), of its bytes, or of GeoJSON that is
    already parsed.

    Polygon, MultiPolygon and GeometryCollection are areas, with or without holes, wound either way.
    Points and lines are counted and are none. Coordinates are longitude and latitude in degrees
    (WGS84), as GeoJSON has them; longitudes that are counted from 0 to 360, or run on beyond 180,
    are the same places.

    Raises  InputError naming the feature where the file is no GeoJSON, is TopoJSON, or its
            coordinates aren't degrees.

    >>> square = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}
    >>> found = read_outlines({"type": "Feature", "properties": {"name": "Here"},
    ...     "geometry": square})
    >>> found.outlines[0].properties, signed_area(found.outlines[0].polygons[0][0])
    ({'name': 'Here'}, 1.0)
    """
    content = given
    if not isinstance(content, Content):
        content = outlines_content(content)
    name, whole = content.name, _parsed(content)
    _refuse_projected(whole, name)
    found, without = list[Outline](), 0
    for where, feature in _features(whole, name):
        polygons = tuple(_polygons(feature.get("geometry"), where))
        if polygons:
            found.append(Outline(_properties(feature), polygons))
        else:
            without += 1
    if not found:
        code = "no_area" if without else "no_features"
        raise InputError(message(code, count=Count(without), file=Name(name)), FOLDER)
    return Outlines(tuple(found), snapshot(content, "files"), without)


def _parsed(content: Content) -> Any:
    try:
        return parsed_json(whole(content).decode("utf-8-sig"), content.name)
    except InputError:
        raise
    except ValueError as error:  # also bytes that are no UTF-8
        code = "shapefile" if content.head(4) in SHAPEFILE else "no_geojson"
        told = message(code, said=shown(error), file=Name(content.name))
        raise InputError(told, FOLDER) from error


def _no_areas(why: str, place: Value[Any], **values: Value[Any]) -> InputError:
    said = Phrase(message(f"phrases.{why}", **values))
    return InputError(message("no_areas", said=said, place=place), FOLDER)


def _refuse_projected(whole: Any, name: str) -> None:
    """Raises  InputError where the file says itself that its coordinates are no degrees (a member
    of GeoJSON before 2016)."""
    system = _member(_member(_member(whole, "crs"), "properties"), "name")
    if isinstance(system, str) and not system.strip().endswith(GEOGRAPHIC):
        raise InputError(message("projected", system=shown(system), file=Name(name)), FOLDER)


def _features(whole: Any, name: str) -> Iterator[tuple[Phrase, Mapping[str, Any]]]:
    """Each feature with where it stands."""
    kind, file = _member(whole, "type"), Name(name)
    if kind == "Topology":
        raise InputError(message("topojson", file=file), FOLDER)
    if kind is None:
        raise _no_areas("no_type", file)
    if kind not in ("Feature", "FeatureCollection"):
        raise _no_areas("features_type", file, kind=shown(kind))
    features = whole.get("features")
    if kind == "Feature":
        features = [whole]
    if not isinstance(features, list):
        raise _no_areas("no_list_of_features", file)
    for number, feature in enumerate(features, 1):
        where = Phrase(message("phrases.feature", file=file, number=Count(number)))
        if _member(feature, "type") != "Feature":
            raise _no_areas("no_feature", where)
        yield where, feature


def _properties(feature: Mapping[str, Any]) -> dict[str, str]:
    """Texts and numbers by their names; of a number without a fraction, its digits."""
    given: dict[str, Any] = {}
    if isinstance(feature.get("properties"), Mapping):
        given |= feature["properties"]
    if feature.get("id") is not None:
        given.setdefault(IDENTIFIER, feature["id"])
    texts = {}
    for name, value in given.items():
        if isinstance(value, str) and value.strip():
            texts[str(name)] = value.strip()
        elif isinstance(value, float) and value.is_integer():
            texts[str(name)] = f"{value:.0f}"
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            texts[str(name)] = str(value)  # of a whole number all digits, however long a code is
    return texts


def _polygons(geometry: Any, where: Phrase) -> Iterator[tuple[Ring, ...]]:
    """The polygons within a geometry, those within a collection too."""
    # A feature without a place has the geometry null (RFC 7946, section 3.2).
    if not isinstance(geometry, Mapping):
        return
    kind, inside = geometry.get("type"), geometry.get("coordinates")
    parts = geometry.get("geometries")
    if kind == "GeometryCollection" and isinstance(parts, list):
        for own in parts:
            yield from _polygons(own, where)
    if kind not in ("Polygon", "MultiPolygon"):
        return
    if not isinstance(inside, list):
        raise _no_areas("no_coordinates", where, kind=Name(kind))
    if kind == "Polygon":
        inside = [inside]
    for polygon in inside:
        if not isinstance(polygon, list):
            raise _no_areas("no_rings", where)
        rings = [_ring(ring, where) for ring in polygon if ring]
        if rings:
            yield _oriented([unwrapped(ring) for ring in rings])


def _ring(given: Any, where: Phrase) -> Ring:
    """The positions of a ring, without heights."""
    try:
        found = np.array([position[:2] for position in given], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all():
        raise _no_areas("no_positions", where)
    if len(found) < 3:
        raise InputError(message("short_ring", count=Count(len(found)), feature=where), FOLDER)
    off = np.flatnonzero((np.abs(found) > np.array([360, 90]) + SLACK).any(axis=1))
    if off.size:
        x, y = (Name(f"{degrees:g}") for degrees in found[off[0]])
        raise InputError(message("off_the_globe", x=x, y=y, feature=where), FOLDER)
    return found


def _oriented(rings: list[Ring]) -> tuple[Ring, ...]:
    """The outer ring anticlockwise and holes clockwise, each near the outer ring where the
    antimeridian parted them."""
    outer = _wound(rings[0], direction=1)
    middle = (outer[:, 0].min() + outer[:, 0].max()) / 2
    holes = []
    for ring in rings[1:]:
        hole = _wound(ring, direction=-1)
        apart = round((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2) / 360)
        holes.append(hole + np.array([360.0 * apart, 0.0]))
    return outer, *holes


def _wound(ring: Ring, *, direction: int) -> Ring:
    """A ring anticlockwise (1) or clockwise (-1), as GeoJSON asks but many programs don't write."""
    if direction * signed_area(ring) < 0:
        return ring[::-1]
    return ring


def _member(value: Any, name: str) -> Any:
    """A member of a JSON object; None of anything else, since a file may hold what it likes."""
    if isinstance(value, Mapping):
        return value.get(name)
    return None


# ---- TopoJSON, in which every border is written once, as steps on a grid


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
        if own["type"] == "Polygon":
            coordinates: list[Any] = [_joined(arcs, ring) for ring in own["arcs"]]
        else:
            coordinates = [[_joined(arcs, ring) for ring in polygon] for polygon in own["arcs"]]
        features.append(
            {
                "type": "Feature",
                "id": own.get("id"),
                "properties": dict(own.get("properties") or {}),
                "geometry": {"type": own["type"], "coordinates": coordinates},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _joined(arcs: Sequence[Ring], numbers: Sequence[int]) -> list[list[float]]:
    """The points of arcs one after the other; joints stand once."""
    first, *others = (_arc(arcs, k) for k in numbers)
    joined = np.concatenate([first, *(arc[1:] for arc in others)])
    points: list[list[float]] = joined.tolist()
    return points


def _arc(arcs: Sequence[Ring], number: int) -> Ring:
    """An arc; ~k is arc k from its end."""
    if number < 0:
        return arcs[~number][::-1]
    return arcs[number]

"""GeoJSON of every shape, and files that are none: each refused with the feature and the way out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.planted.outlines import made_up_outlines
from benchmarks.planted.places import made_up_sites

from firstlight.errors import InputError
from firstlight.numerics.polygons import signed_area
from firstlight.sources.outlines import read_outlines

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
FAR = [[[10, 10, 7.5], [11, 10, 7.5], [11, 11, 7.5], [10, 11, 7.5], [10, 10, 7.5]]]  # with heights


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties or {"name": "here"}, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def areas(given: Any) -> list[float]:
    """Of each outline, the area of its rings as they are wound: holes count against it."""
    return [
        sum(signed_area(ring) for own in one.polygons for ring in own)
        for one in read_outlines(given).outlines
    ]


@pytest.mark.parametrize(
    ("geometry", "area"),
    [
        (polygon(SQUARE), 16),
        (polygon(SQUARE[::-1]), 16),
        (polygon(SQUARE, HOLE), 15),
        (polygon(SQUARE[::-1], HOLE[::-1]), 15),
        (polygon(SQUARE[:-1], HOLE[:-1]), 15),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], FAR]}, 16),
        (
            {
                "type": "GeometryCollection",
                "geometries": [polygon(SQUARE), {"type": "Point", "coordinates": [1, 1]}],
            },
            16,
        ),
        (polygon([[179, 0], [-179, 0], [-179, 3], [179, 3], [179, 0]]), 6),
        (
            polygon(
                [[170, 0], [-170, 0], [-170, 20], [170, 20], [170, 0]],
                [[-179, 5], [-178, 5], [-178, 6], [-179, 6], [-179, 5]],
            ),
            399,
        ),
    ],
)
def test_every_kind_of_area_is_read(geometry: Any, area: float) -> None:
    assert areas(feature(geometry)) == [area]


def test_the_antimeridian_parts_no_hole_from_its_ring() -> None:
    whole = polygon(
        [[170, 0], [-170, 0], [-170, 20], [170, 20], [170, 0]],
        [[-179, 5], [-178, 5], [-178, 6], [-179, 5]],
    )
    outer, hole = read_outlines(feature(whole)).outlines[0].polygons[0]
    assert outer[:, 0].min() <= hole[:, 0].min() and hole[:, 0].max() <= outer[:, 0].max()


def test_degrees_by_another_name_are_degrees() -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"):
        told = {"crs": {"type": "name", "properties": {"name": name}}}
        assert areas(feature(polygon(SQUARE)) | told) == [16]


def test_what_has_no_area_is_counted() -> None:
    point = {"type": "Point", "coordinates": [1, 1]}
    found = read_outlines(
        {
            "type": "FeatureCollection",
            "features": [feature(polygon(SQUARE)), feature(point), feature(None)],
        }
    )
    assert len(found.outlines) == 1 and found.without_area == 2


def test_properties_are_texts_and_an_identifier_is_one() -> None:
    own = feature(
        polygon(SQUARE), code=110000, share=0.5, name=" 北京 ", none=None, flag=True, more=[1]
    ) | {"id": 7}
    assert read_outlines(own).outlines[0].properties == {
        "code": "110000",
        "share": "0.5",
        "name": "北京",
        "id": "7",
    }
    longer = 2**53 + 1  # which a number with a point can't tell from its neighbour
    assert read_outlines(feature(polygon(SQUARE), code=longer)).outlines[0].properties == {
        "code": str(longer)
    }


@pytest.mark.parametrize(("west", "east"), [(177, 183), (-183, -177), (177, -177)])
def test_longitudes_counted_another_way_are_the_same_places(west: float, east: float) -> None:
    own = read_outlines(
        feature(polygon([[west, -18], [east, -18], [east, -16], [west, -16]]))
    ).outlines[0]
    assert own.polygons[0][0][:, 0].tolist() == [177, 183, 183, 177, 177]
    beyond = read_outlines(
        feature(polygon([[181, -18], [183, -18], [183, -16], [181, -16]]))
    ).outlines[0]
    assert beyond.polygons[0][0][:, 0].tolist() == [-179, -177, -177, -179, -179]


def collection(geometry: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [feature(polygon(SQUARE)), feature(geometry)]}


@pytest.mark.parametrize(
    ("given", "what", "where", "hint"),
    [
        ({"type": "Topology", "objects": {}, "arcs": []}, "TopoJSON", "x.json", "geojson"),
        ({"hello": 1}, "no GeoJSON", "x.json", "FeatureCollection"),
        ([1, 2], "no GeoJSON", "x.json", "FeatureCollection"),
        (polygon(SQUARE), "no GeoJSON of features", "x.json", "FeatureCollection"),
        (
            collection(polygon([[500000, 4e6], [5e5, 4.1e6], [6e5, 4e6], [500000, 4e6]])),
            "500000, 4e+06",
            "feature 2",
            "EPSG:4326",
        ),
        (
            collection(polygon(SQUARE))
            | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}},
            "EPSG::27700",
            "x.json, crs",
            "EPSG:4326",
        ),
        (
            collection(polygon([[10, 100], [11, 100], [11, 101], [10, 100]])),
            "10, 100",
            "feature 2",
            "longitude first",
        ),
        (
            collection(polygon([[0, 0], [1, "x"], [1, 1], [0, 0]])),
            "no pairs of numbers",
            "feature 2",
            "GeoJSON",
        ),
        (
            collection(polygon([[0, 0], [1, None], [1, 1], [0, 0]])),
            "no pairs of numbers",
            "feature 2",
            "GeoJSON",
        ),
        (collection(polygon([[0, 0], [0, 0]])), "2 positions", "feature 2", "4"),
        (
            feature({"type": "GeometryCollection", "geometries": 5}),
            "none is an area",
            "x.json",
            "areas",
        ),
        (collection({"type": "Polygon"}), "without coordinates", "feature 2", "GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "no features", "x.json", "areas"),
        ({"type": "FeatureCollection"}, "without features", "x.json", "areas"),
        (
            {"type": "FeatureCollection", "features": [{"type": "Polygon"}]},
            "no Feature",
            "feature 1",
            "areas",
        ),
        (
            feature({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
            "none is an area",
            "x.json",
            "areas",
        ),
    ],
)
def test_what_is_no_outline_is_refused(
    tmp_path: Path, given: Any, what: str, where: str, hint: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_outlines(path)
    assert what in told.value.what and where in told.value.where and hint in told.value.try_next


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rest", b"{", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_bytes_that_are_no_json_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.geojson").write_bytes(data)
    with pytest.raises(InputError, match="no GeoJSON"):
        read_outlines(tmp_path / "x.geojson")
    with pytest.raises(InputError, match="no such file"):
        read_outlines(tmp_path / "absent.geojson")


def test_a_compressed_file_is_the_same(tmp_path: Path) -> None:
    text = json.dumps(collection(polygon(SQUARE, HOLE))).encode()
    (tmp_path / "a.geojson").write_bytes(b"\xef\xbb\xbf" + text)
    (tmp_path / "b.geojson.gz").write_bytes(gzip.compress(text))
    assert areas(tmp_path / "a.geojson") == areas(tmp_path / "b.geojson.gz") == [16, 15]


def test_the_made_up_outlines_share_their_borders_and_hold_their_places() -> None:
    found = read_outlines(made_up_outlines())
    at = dict(
        zip(
            made_up_sites()["place"],
            made_up_sites().select("longitude", "latitude").rows(),
            strict=True,
        )
    )
    sides = [
        (tuple(one), tuple(other))
        for own in found.outlines
        for one, other in zip(own.polygons[0][0][:-1], own.polygons[0][0][1:], strict=True)
    ]
    assert len(set(sides)) == len(sides)  # all run the same way round, so that none is there twice
    shared = {side for side in sides if side[::-1] in set(sides)}
    coast = [side for side in sides if side not in shared]
    starts, ends = sorted(one for one, _ in coast), sorted(other for _, other in coast)
    assert starts == ends and len(shared) > len(sides) / 4  # what is not shared closes: the coasts
    for own in found.outlines:
        ring, (x, y) = own.polygons[0][0], at[own.properties["name"]]
        turns = np.unwrap(np.arctan2(ring[:, 1] - y, ring[:, 0] - x))
        assert round((turns[-1] - turns[0]) / (2 * np.pi)) == 1

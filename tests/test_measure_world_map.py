"""Rankings of countries on a map of the world: which tables are about countries, with the extra and
without, and the user's outlines in its place."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.classifications.countries import countries_of
from firstlight.result import Result
from firstlight.run import maps
from firstlight.run.measured import measure
from firstlight.sources.archives import Content
from firstlight.sources.outlines import geojson_of, read_outlines
from firstlight.views.result_page import result_page

PLACES = ["France", "德国", "ITA", "Viet Nam", "中国", "South Korea", "Brazil", "Fiji", "Singapore"]
CODES = ["250", "276", "380", "704", "156", "410", "076", "242", "702"]


def squares(codes: list[str]) -> dict[str, Any]:
    """A world of squares in a row, each on a grid of tenths of a degree, its sides as two arcs."""
    arcs, geometries = [], []
    for k, code in enumerate(codes):
        arcs += [[[50 * k, 0], [30, 0], [0, 30]], [[50 * k, 0], [0, 30], [30, 0]]]
        own = {"type": "Polygon", "arcs": [[2 * k, ~(2 * k + 1)]], "id": int(code)}
        geometries.append({**own, "properties": {"name": f"the source's {code}"}})
    grid = {"scale": [0.1, 0.1], "translate": [-20, 10]}
    return {"transform": grid, "arcs": arcs, "objects": {"subunits": {"geometries": geometries}}}


def measured(folder: Path, places: list[str] = PLACES, **more: Any) -> Result:
    score = [(k + 1) / (len(places) + 1) for k in range(len(places))]
    rows = pl.DataFrame({"unit": places, "digital": score, "green": score})
    return measure("coupling", rows, systems="digital,green", project=folder, **more)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A world of the countries, but Singapore, of others and of Antarctica, as the extra has it."""
    file = tmp_path / "packages/bqplot/map_data/WorldMap.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(squares([*CODES[:-1], "404", "010"])), encoding="utf-8")
    content = Content("bqplot/map_data/WorldMap.json", file)
    monkeypatch.setattr(maps, "_shipped", lambda: content)


def test_tables_are_about_countries_or_not() -> None:
    assert countries_of(PLACES) == dict(zip(PLACES, CODES, strict=True))
    assert countries_of([*PLACES, "World", "EU-27"]) == countries_of(PLACES)
    assert countries_of(PLACES[:7]) == {}
    assert "China" not in countries_of([*PLACES, "China"]) and "中国" not in countries_of(
        [*PLACES, "China"]
    )
    states = [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
    ]
    assert countries_of(states) == {} and countries_of(states[:12]) == {}
    union = "AT BE BG HR CY CZ DK EE FI FR DE EL HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
    assert len(countries_of([*union.split(), "EU27"])) == 27


def test_every_country_has_codes_and_names_of_its_own() -> None:
    """249 countries of ISO 3166-1; no way to write one is another's."""
    listed = pl.read_csv(
        Path(maps.__file__).parents[1] / "classifications" / "countries.csv",
        infer_schema=False,
    )
    assert listed.height == 249
    ways = [
        (way.casefold(), row["numeric"])
        for row in listed.iter_rows(named=True)
        for way in {row["iso3"], row["iso2"], *row["names"].split("; ")}
    ]
    owners: dict[str, set[str]] = {}
    for way, numeric in ways:
        owners.setdefault(way, set()).add(numeric)
    assert not {way: own for way, own in owners.items() if len(own) > 1}
    assert all(any("\u4e00" <= c <= "\u9fff" for c in names) for names in listed["names"])


@pytest.mark.usefixtures("shipped")
def test_a_ranking_of_countries_is_drawn_under_their_own_names(tmp_path: Path) -> None:
    found = measured(tmp_path / "kept")
    drawn = found.tables["world_outlines"]
    assert set(drawn["place"].drop_nulls()) == set(PLACES) - {"Singapore"}
    assert set(drawn.filter(pl.col("place").is_null())["outline"]) == {"the source's 404"}
    told = next(own for own in found.conventions if own.code == "world_map")
    assert (told.values["known"].value, told.values["places"].value) == (8, 9)
    assert found.facts["inputs"][-1]["name"] == "bqplot/map_data/WorldMap.json"
    page = result_page(found)
    assert page.count('class="shade"') == 8 and page.count('class="land bare"') == 1
    assert "Natural Earth" in page and "1:1.1亿" in page
    assert measured(tmp_path / "again").table.equals(found.table)


@pytest.mark.usefixtures("shipped")
def test_other_places_and_outlines_of_ones_own_take_no_world(tmp_path: Path) -> None:
    letters = measured(tmp_path / "a", list("abcdefghi"))
    assert "world_outlines" not in letters.tables
    own = geojson_of(squares(CODES), "subunits")
    for feature, place in zip(own["features"], PLACES, strict=True):
        feature["properties"]["name"] = place
    approved = measured(tmp_path / "b", outlines=own)
    assert {"outlines", "world_outlines"} & set(approved.tables) == {"outlines"}
    assert "no_map" not in [said.code for said in approved.said]
    page = result_page(approved)
    assert page.count('class="shade"') == 9 and "Natural Earth" not in page


def test_without_the_extra_a_note_alone_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = measured(tmp_path / "a")
    assert "world_outlines" not in found.tables
    assert found.conventions[-1].code == "world_map_extra"
    others = measured(tmp_path / "b", list("abcdefghi"))
    assert "world_map_extra" not in [own.code for own in others.conventions]
    assert [own["name"] for own in found.facts["inputs"]] == ["frame"]


def test_the_extras_world_has_the_areas_that_countries_have(tmp_path: Path) -> None:
    """177 outlines; areas on a sphere of 6,371 km beside published ones (km², the source being
    1:110 million, to 5%)."""
    content = maps._shipped()
    if content is None or content.path is None:
        pytest.skip("the extra maps is not installed")
    whole = geojson_of(json.loads(content.path.read_bytes()), "subunits")
    assert len(read_outlines(whole).outlines) == 177
    rings = {
        own["id"]: own["geometry"]["coordinates"]
        for own in whole["features"]
        if own["geometry"]["type"] == "Polygon"
    }
    for code, known in ((276, 357_022), (616, 312_685), (404, 580_367), (496, 1.564e6)):
        ring = np.radians(np.array(rings[code][0]))
        x, y = ring[:, 0], np.sin(ring[:, 1])
        area = 6371.0**2 * abs(np.sum((x[1:] - x[:-1]) * (y[1:] + y[:-1]))) / 2
        assert area == pytest.approx(known, rel=0.05), code
    found = measured(tmp_path)
    assert set(found.tables["world_outlines"]["place"].drop_nulls()) == set(PLACES) - {"Singapore"}

"""Outlines on the maps of ``measure``: names matched and told, pages and files, provenance, and
what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.planted.outlines import made_up_outlines
from benchmarks.planted.places import made_up_jobs

from command_line import CommandLine
from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.result import Result
from firstlight.run import maps
from firstlight.run.measured import measure
from firstlight.run.outlined_places import match_names, plain_name
from firstlight.sources.outlines import read_outlines
from firstlight.texts import Count, Name, message, names
from firstlight.views.charts import drawing_tables
from firstlight.views.result_page import result_page

JOBS = made_up_jobs().filter(pl.col("year") >= 2019).select("place", "industry", "year", "value")


def square(west: float, south: float, wide: float = 1.0) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + wide, south],
        [west + wide, south + wide],
        [west, south + wide],
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def outlines(*properties: dict[str, Any]) -> dict[str, Any]:
    """Squares in a row, with these properties."""
    features = [
        {"type": "Feature", "properties": own, "geometry": square(k, 0)}
        for k, own in enumerate(properties)
    ]
    return {"type": "FeatureCollection", "features": features}


def named(*names: str) -> dict[str, Any]:
    return outlines(*({"name": name} for name in names))


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    path = tmp_path / "islands.geojson"
    path.write_text(json.dumps(made_up_outlines()), encoding="utf-8")
    return path


def measured(
    folder: Path, given: Any, frame: pl.DataFrame = JOBS, name: str = "concentration", **more: Any
) -> Result:
    return measure(name, frame, project=folder / "kept", outlines=given, **more)


def drawings(found: Result) -> list[Drawing]:
    return [own for own in found.charts if isinstance(own, Drawing)]


def nodes_of(found: Result) -> pl.DataFrame:
    return drawing_tables(found, drawings(found))[0]["nodes"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("广东", "广东省"),
        ("新疆", "新疆维吾尔自治区"),
        ("内蒙古", "内蒙古自治区"),
        ("香港", "香港特别行政区"),
        ("恩施", "恩施土家族苗族自治州"),
        ("大兴安岭", "大兴安岭地区"),
        ("orange", "Orange County"),
        ("Córdoba", "CORDOBA"),
        ("Hainaut", "Province of Hainaut"),
    ],
)
def test_a_name_is_the_same_without_its_kind_of_place(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)


def test_names_that_are_two_stay_two() -> None:
    for one, other in (
        ("陕西", "山西"),
        ("沙市", "沙"),
        ("Orange", "Oran"),
        ("Statesville", "ville"),
        ("Mexico City", "Mexico"),
        ("省", "市"),
    ):
        assert plain_name(one) != plain_name(other)


def test_exact_names_come_first_and_the_rule_only_where_it_is_sure() -> None:
    found = match_names(
        ["吉林市", "吉林", "广东", "福建省", "河北", "河北省"],
        read_outlines(named("吉林市", "广东省", "福建", "河北省")),
        None,
    )
    assert found.exact == {"吉林市": "吉林市", "河北省": "河北省"}
    assert found.by_rule == {"广东": "广东省", "福建省": "福建"}
    assert list(found.ambiguous) == [
        "吉林",
        "河北",
    ]  # each would share its outline with a place that has it


def test_two_outlines_of_one_name_make_a_place_unsure() -> None:
    found = match_names(["吉林", "b"], read_outlines(named("吉林省", "吉林市", "b")), None)
    assert found.outline_of == {"b": "b"} and list(found.ambiguous) == ["吉林"]


def test_one_outline_is_not_of_two_places_that_look_the_same() -> None:
    found = match_names(["\u00e9", "e\u0301", "b"], read_outlines(named("\u00e9", "b")), None)
    assert found.outline_of == {"b": "b"} and len(found.ambiguous) == 2


def test_the_property_that_matches_most_is_taken() -> None:
    given = read_outlines(
        outlines(
            {"country": "X", "name": "Alpha", "code": 11},
            {"country": "X", "name": "Beta", "code": 12},
            {"code": "c"},
        )
    )
    assert match_names(["Alpha", "beta"], given, None).taken == "name"
    assert match_names(["11", "12", "c"], given, None).taken == "code"
    assert match_names(["X", "Alpha", "Beta"], given, None).taken == "name"
    assert match_names(["X"], given, "country").features == {"X": [0, 1]}


def test_outlines_give_places_their_spots_and_the_page_its_land(
    tmp_path: Path, made_up: Path
) -> None:
    found = measured(tmp_path, made_up)
    nodes, drawn = nodes_of(found), found.tables["outlines"]
    assert nodes["x"].null_count() == 0 and [own.kind for own in drawings(found)] == ["map"]
    spots = dict(zip(drawn["place"], drawn.select("longitude", "latitude").rows(), strict=True))
    for name, x, y in nodes.select("node", "x", "y").iter_rows():
        assert spots[name] == pytest.approx((x, y), abs=0.006)  # which the table rounds
    page = result_page(found)
    assert (
        page.count('<path id="land-') == 12
        and len(re.findall(r'<use class="land step-\d"', page)) == 12
    )
    twelve = {"known": Count(12), "places": Count(12)}
    taken = {"property": Name("name"), "file": Name("islands.geojson")}
    assert found.said[-1] == message("outlines", **twelve, **taken)
    assert not found.tables["outline_matches"].height
    snapshot = next(own for own in found.facts["inputs"] if own["name"] == "islands.geojson")
    assert snapshot["sha256"] in page and "outlines_read" in found.facts["results"]


def test_coordinates_of_the_table_are_kept(tmp_path: Path, made_up: Path) -> None:
    frame = (
        made_up_jobs().filter(pl.col("year") == 2020).select(*JOBS.columns, "longitude", "latitude")
    )
    nowhere = pl.when(pl.col("place") != "Highmoor")
    some = [
        nowhere.then(pl.col("longitude")).otherwise(1.0).alias("longitude"),
        nowhere.then("latitude").alias("latitude"),
    ]
    nodes = nodes_of(measured(tmp_path, made_up, frame.with_columns(some)))  # half a spot is none
    theirs = dict(frame.select("place", "longitude").iter_rows())
    ours = dict(nodes.select("node", "x").iter_rows())
    assert [name for name in ours if ours[name] != theirs[name]] == ["Highmoor"]
    assert ours["Highmoor"] not in (1.0, None)


def test_a_spot_is_on_the_largest_island_by_area_and_not_by_degrees(tmp_path: Path) -> None:
    islands = [
        square(0, 0, 4.0)["coordinates"],
        square(20, 75, 6.0)["coordinates"],
    ]  # 16 and 36 square degrees
    feature = {
        "properties": {"name": "a"},
        "geometry": {"type": "MultiPolygon", "coordinates": islands},
    }
    given = named("b") | {"features": [*named("b")["features"], {"type": "Feature", **feature}]}
    frame = pl.DataFrame(
        {"place": ["a", "b"], "industry": ["x", "x"], "year": [2020, 2020], "value": [1.0, 2.0]}
    )
    nodes = nodes_of(measured(tmp_path, given, frame))
    assert dict(nodes.select("node", "y").iter_rows())["a"] == 2.0


def test_what_has_no_partner_is_counted_and_named(tmp_path: Path, made_up: Path) -> None:
    swapped = {"Highmoor": "Nowhere", "Eastmere": "Eastmere County"}
    frame = JOBS.with_columns(pl.col("place").replace(swapped))
    found = measured(tmp_path, made_up, frame)
    matches = found.tables["outline_matches"].rows()
    assert matches == [
        ("Nowhere", None, "no_outline"),
        ("Eastmere County", "Eastmere", "by_rule"),
        (None, "Highmoor", "no_place"),
    ]
    said = {own.code: dict(own.values) for own in found.said}
    counts = {"known": Count(11), "places": Count(12), "by_rule": Count(1)}
    assert said["outlines_by_rule"].items() >= counts.items()
    assert said["no_outline"] == {"count": Count(1), "names": names(["Nowhere"], 12)}
    assert said["no_place"] == {"count": Count(1), "names": names(["Highmoor"], 12)}
    assert "无边界的地区（1）：Nowhere。" in found.summary("zh")
    page = result_page(found, lang="zh")
    assert (
        "仅大小写" in page
        and "1 without a position, not drawn" in page
        and page.count('class="land bare" href') == 1
    )


def test_order_and_winding_change_nothing(tmp_path: Path) -> None:
    one = made_up_outlines()
    other = {"type": "FeatureCollection", "features": []}
    for turn, own in enumerate(reversed(one["features"])):
        ring = own["geometry"]["coordinates"][0][:-1][::-1]
        ring = ring[turn:] + ring[:turn]
        geometry = {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]]]}
        other["features"].append({**own, "geometry": geometry})
    first = measured(tmp_path, one)
    second = measured(tmp_path, other, JOBS.sample(fraction=1.0, shuffle=True, seed=1))
    assert first.said == second.said and nodes_of(first).equals(nodes_of(second))
    assert first.tables["outline_matches"].equals(second.tables["outline_matches"])

    def corners(frame: pl.DataFrame) -> list[set[str]]:
        return [set(re.findall(r"[-\d.]+ [-\d.]+", text)) for text in frame["wkt"]]

    assert corners(first.tables["outlines"]) == corners(second.tables["outlines"])


@pytest.mark.parametrize("name", ["complexity", "clusters", "duplication"])
@pytest.mark.slow
def test_other_lines_that_draw_maps_take_them(tmp_path: Path, made_up: Path, name: str) -> None:
    frame = JOBS.rename({"industry": "activity"}) if name == "complexity" else JOBS
    found = measured(tmp_path, made_up, frame, name)
    assert '<use class="land' in result_page(found)


def test_a_network_of_places_becomes_a_map(tmp_path: Path) -> None:
    ties = [
        ("w1", "a"),
        ("w1", "b"),
        ("w2", "b"),
        ("w2", "c"),
        ("w3", "c"),
        ("w3", "d"),
        ("w4", "a"),
        ("w4", "d"),
    ]
    frame = pl.DataFrame(ties, schema=["work", "member"], orient="row")
    found = measured(tmp_path, named("a", "b", "c", "d"), frame, "collaboration")
    assert drawings(found)[0].kind == "map"
    assert sorted(nodes_of(found)["x"].round(3)) == [0.5, 1.5, 2.5, 3.5]
    part = measured(tmp_path, named("a", "b"), frame, "collaboration")
    assert drawings(part)[0].kind == "network" and part.said[-1].code == "no_map"


def test_a_table_that_draws_no_map_says_so(tmp_path: Path) -> None:
    plans = pl.DataFrame({"place": ["a", "b", "a", "b"], "industry": ["x", "x", "y", "z"]})
    found = measured(tmp_path, named("a", "b"), plans, "duplication")
    assert "no_map" in [own.code for own in found.said]


@pytest.mark.slow
def test_the_bytes_are_found_again_and_new_bytes_are_a_new_result(
    shell: CommandLine, made_up: Path
) -> None:
    JOBS.write_csv("jobs.csv")
    words = (
        "measure",
        "concentration",
        "jobs.csv",
        "--outlines",
        made_up,
        "--outline-name",
        "name",
    )
    assert shell(*words).code == 0
    said = shell("explain", "concentration").out
    assert "islands.geojson" in said and "outlines_read" in said
    Path("observatory.toml").write_text(
        '[measure.concentration]\nsource = "jobs.csv"\noutlines = "islands.geojson"\n',
        encoding="utf-8",
    )
    again = shell("measure", "concentration", ".")
    assert again.code == 0 and "12 of 12 places" in again.out
    before = shell("explain", "concentration", "--project", ".").out.splitlines()[0]
    Path("islands.geojson").write_text(json.dumps(made_up_outlines(), indent=1), encoding="utf-8")
    assert shell("measure", "concentration", ".").code == 0
    assert shell("explain", "concentration", "--project", ".").out.splitlines()[0] != before


def test_outlines_are_parsed_again_only_where_something_is_computed(
    tmp_path: Path, made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    monkeypatch.setattr(
        maps, "read_outlines", lambda given: times.append(1) or read_outlines(given)
    )
    first = measured(tmp_path, made_up)
    assert (
        measured(tmp_path, made_up).tables["outlines"].equals(first.tables["outlines"])
        and len(times) == 1
    )
    other = measured(tmp_path, made_up, JOBS.with_columns(pl.col("value") * 2))
    assert other.tables["outlines"].equals(first.tables["outlines"]) and len(times) == 2
    with pytest.raises(InputError, match="names a place of the table"):  # of bytes that are known
        measured(tmp_path, made_up, JOBS.with_columns(pl.col("place") + " of old"))


def test_what_cannot_be_is_refused_and_leaves_nothing(shell: CommandLine, made_up: Path) -> None:
    JOBS.write_csv("jobs.csv")
    words = ("measure", "concentration", "jobs.csv")
    shell.refuses(*words, "--outline-name", "name", says=("--outlines FILE.geojson",))
    shell.refuses(*words, "--outlines", "absent.geojson", says=("no such file",))
    shell.refuses(
        *words,
        "--outlines",
        made_up,
        "--outline-name",
        "NAME_1",
        says=("NAME_1", "--outline-name takes one of name"),
    )
    shell.write("other.geojson", json.dumps(named("Atlantis")))
    shell.refuses(
        *words, "--outlines", "other.geojson", says=("Atlantis", "Alderhaven", "properties: name")
    )
    assert (
        shell("measure", "growth", "jobs.csv", "--outlines", made_up).code == 2
    )  # which draws no map

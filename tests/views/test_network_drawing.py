"""Networks and maps as SVG: what is drawn, what is said to be left out, labels that cover nothing,
names as text."""

from __future__ import annotations

import html
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from browser import Browser, chromium
from hostile_texts import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from test_result_page import invented, texts

from firstlight.chart import Drawing
from firstlight.result import Result
from firstlight.texts import Texts
from firstlight.views.map_ground import ground, projected
from firstlight.views.network_drawing import NodeDrawing, network_drawings
from firstlight.views.result_page import result_page

__all__ = ["texts"]  # a fixture

in_browser = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)
NODES = {
    "drawing": pl.String,
    "node": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "size": pl.Float64,
}
NODES |= {"group_en": pl.String, "group_zh": pl.String}
LINKS = {"drawing": pl.String, "one": pl.String, "other": pl.String, "weight": pl.Float64}


def network(size: int = 30, groups: int = 3, name: str = "n{}") -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(1)
    names = [name.format(place) for place in range(size)]
    rows = [
        (
            "Space",
            each,
            *rng.normal(size=2),
            float(rng.pareto(1.2)),
            f"g{place % groups}",
            f"组{place % groups}",
        )
        for place, each in enumerate(names)
    ]
    ties = [("Space", names[place], names[place + 1], float(place)) for place in range(size - 1)]
    return {
        "nodes": pl.DataFrame(rows, schema=NODES, orient="row"),
        "links": pl.DataFrame(ties, schema=LINKS, orient="row"),
    }


def with_drawing(
    result: Result, tables: dict[str, pl.DataFrame], kind: Any, size: str = "size"
) -> Result:
    """The result with one drawing of these nodes and links, whose area of circles is called
    ``size``."""
    nodes = tables["nodes"].rename({"size": size})
    drawing = Drawing("spots", kind, "nodes", "links", size=size, group="group_en", title="drawing")
    own = {"nodes": nodes, "links": tables["links"]}
    return replace(result, tables={**result.tables, **own}, charts=(drawing,))


def svgs(lines: list[str]) -> list[ElementTree.Element]:
    return [
        ElementTree.fromstring(found)
        for found in re.findall(r'<svg class="drawing".*?</svg>', "\n".join(lines))
    ]


def test_every_node_and_link_is_drawn_with_its_title_colour_and_place() -> None:
    drawn = svgs(network_drawings(network(), NodeDrawing("network")))[0]
    circles = drawn.findall("circle")
    assert len(circles) == 30 and len(drawn.findall("line")) == 29
    sizes = dict(network()["nodes"].select("node", "size").iter_rows())
    largest = max(sizes.values())
    for circle in circles:
        name, group, _ = (circle.findtext("title") or "").split(" · ")
        assert group == f"g{int(name[1:]) % 3} / 组{int(name[1:]) % 3}"
        assert circle.get("class") == f"node hue-{int(name[1:]) % 3}"
        assert float(circle.get("r", 0)) == pytest.approx(
            max(2.2, 18 * math.sqrt(sizes[name] / largest)), abs=0.06
        )
        assert 0 <= float(circle.get("cx", -1)) <= 960
    radii = [float(circle.get("r", 0)) for circle in circles]
    assert radii == sorted(radii, reverse=True), "small ones lie on large ones"


def test_one_scale_for_both_axes_and_up_is_up() -> None:
    rows = [
        ("Space", name, x, y, 1.0, None, None)
        for name, x, y in (("a", 0, 0), ("b", 4, 0), ("c", 0, 2))
    ]
    tables = {"nodes": pl.DataFrame(rows, schema=NODES, orient="row")}
    at = {
        (c.findtext("title") or "")[0]: (float(c.get("cx", 0)), float(c.get("cy", 0)))
        for c in svgs(network_drawings(tables, NodeDrawing("network")))[0].findall("circle")
    }
    across, up = at["b"][0] - at["a"][0], at["a"][1] - at["c"][1]
    assert across == pytest.approx(2 * up) and up > 0


def boxes(
    drawn: ElementTree.Element, is_phone: bool, font: float
) -> list[tuple[float, float, float, float]]:
    found = []
    for text in drawn.findall("text"):
        kind = (text.get("class") or "").split()
        if "name" not in kind or ("on-phone" in kind) != is_phone:
            continue
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        wide = 0.58 * font * len(text.text or "")
        left = x - (wide if "end" in kind else wide / 2 if "middle" in kind else 0)
        found.append((left, y - font, left + wide, y + font * 3 / 11))
    return found


@pytest.mark.parametrize(("is_phone", "font"), [(False, 11.0), (True, 28.0)])
@given(st.integers(2, 120), st.integers(0, 30))
def test_labels_never_cover_one_another(
    is_phone: bool, font: float, size: int, letters: int
) -> None:
    drawn = svgs(
        network_drawings(network(size, name="n{}" + "x" * letters), NodeDrawing("network"))
    )[0]
    found = boxes(drawn, is_phone, font)
    assert found
    for place, one in enumerate(found):
        assert one[0] >= 0 and one[2] <= 960
        for other in found[place + 1 :]:
            assert (
                one[0] >= other[2] - 0.2
                or other[0] >= one[2] - 0.2
                or one[1] >= other[3] - 0.2
                or other[1] >= one[3] - 0.2
            )


def test_the_largest_has_its_label() -> None:
    tables = network(400)
    largest = tables["nodes"].sort("size")["node"][-1]
    texts = [
        text.text
        for text in svgs(network_drawings(tables, NodeDrawing("network")))[0].findall("text")
    ]
    assert texts.count(largest) == 2, "on a wide screen, and on a phone"
    assert len(texts) <= 70 + 24


def test_thousands_are_capped_and_a_line_says_so() -> None:
    tables = network(2100)
    extra = [("Space", f"n{a}", f"n{b}", 0.5) for a in range(100) for b in range(a + 2, 100)]
    tables["links"] = pl.concat([tables["links"], pl.DataFrame(extra, schema=LINKS, orient="row")])
    lines = network_drawings(tables, NodeDrawing("network"))
    drawn, text = svgs(lines)[0], "\n".join(lines)
    assert len(drawn.findall("circle")) == 2000 and len(drawn.findall("line")) == 4000
    assert "The 2,000 largest of 2,100 are drawn" in text and "仅绘出2,100个中最大的2,000个" in text
    assert "The 4,000 strongest of" in text
    many = pl.concat([network(3)["nodes"].with_columns(drawing=pl.lit(f"d{n}")) for n in range(15)])
    lines = network_drawings({"nodes": many}, NodeDrawing("network"))
    assert len(svgs(lines)) == 12 and "3 more drawings" in "\n".join(lines)


def test_what_has_no_position_is_counted_and_what_has_no_size_is_small() -> None:
    tables = network(5)
    nodes = tables["nodes"].with_columns(
        x=pl.when(pl.col("node") == "n0").then(None).otherwise("x"),
        size=pl.when(pl.col("node") == "n1").then(None).otherwise("size"),
        group_en=pl.when(pl.col("node") == "n2").then(None).otherwise("group_en"),
    )
    lines = network_drawings(tables | {"nodes": nodes}, NodeDrawing("network"))
    drawn = svgs(lines)[0]
    assert len(drawn.findall("circle")) == 4 and len(drawn.findall("line")) == 3
    assert "1 without a position" in "\n".join(lines)
    by_name = {(c.findtext("title") or "").split(" · ")[0]: c for c in drawn.findall("circle")}
    assert by_name["n1"].get("r") == "2.2" and (by_name["n1"].findtext("title") or "").endswith("–")
    assert "hue-none" in (by_name["n2"].get("class") or "")


def test_a_legend_of_groups_the_largest_first_and_later_ones_together() -> None:
    tables = network(100, groups=15)
    legend = network_drawings(tables, NodeDrawing("network", size=("value", "产值")))[2]
    assert (
        legend.count("<li>") == 14
        and legend.count(" ring") == 6
        and "3 more groups" in legend
        and "产值" in legend
    )
    assert "g0" in legend and "组0" in legend
    drawn = svgs(network_drawings(tables, NodeDrawing("network")))[0]
    assert sum("hue-none" in (c.get("class") or "") for c in drawn.findall("circle")) == 18


def test_nothing_to_draw() -> None:
    assert network_drawings({}, NodeDrawing("network")) == []
    empty = {"nodes": network()["nodes"].with_columns(x=pl.lit(math.nan))}
    assert "Nothing to draw." in "\n".join(network_drawings(empty, NodeDrawing("network")))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["network", "map"])
def test_hostile_names_are_text(name: str, kind: str, texts: Texts) -> None:
    rows = [(name, name + str(n), float(n), 1.0, 3.0, name, name) for n in range(3)]
    links = [(name, name + "0", name + "1", 1.0)]
    tables = {
        "nodes": pl.DataFrame(rows, schema=NODES, orient="row"),
        "links": pl.DataFrame(links, schema=LINKS, orient="row"),
    }
    text = result_page(with_drawing(invented(texts), tables, kind, size=name))
    assert (
        text.count("<script") == 2
        and "<img" not in text
        and text.count('<svg class="drawing"') == 1
    )
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    assert len(svgs([text])[0].findall("circle")) == 3


def test_areas_stay_equal_on_a_map() -> None:
    """Cells of one degree at 10 and at 60 degrees north: their areas on paper are as on the sphere."""

    def cell(latitude: float) -> float:
        corners = [(0.0, latitude), (1.0, latitude), (0.0, latitude + 1)]
        frame = [(-40.0, -20.0), (40.0, 80.0)]
        (x, y), (x_east, _), (_, y_north), *_ = projected([*corners, *frame])
        return (x_east - x) * (y - y_north)

    sphere = [
        math.sin(math.radians(north + 1)) - math.sin(math.radians(north)) for north in (10, 60)
    ]
    assert cell(10) / cell(60) == pytest.approx(sphere[0] / sphere[1])


def test_a_map_is_cut_where_nobody_lives_and_keeps_north_up_and_east_right() -> None:
    fiji, samoa, auckland = (178.4, -18.1), (-171.8, -13.8), (174.8, -36.9)
    at = projected([fiji, samoa, auckland])
    assert at[2][0] < at[0][0] < at[1][0] and at[1][1] < at[0][1] < at[2][1]
    assert at[1][0] - at[2][0] < math.radians(20)
    labels = [label for label, _ in ground([fiji, samoa, auckland]).meridians]
    assert "180°" in labels and "174°W" in labels
    nodes = [
        ("M", f"p{n}", x, y, 1.0, None, None)
        for n, (x, y) in enumerate([fiji, samoa, auckland, (10.0, 95.0)])
    ]
    tables = {"nodes": pl.DataFrame(nodes, schema=NODES, orient="row")}
    tables["links"] = pl.DataFrame([("M", "p0", "p1", 1.0)], schema=LINKS, orient="row")
    lines = network_drawings(tables, NodeDrawing("map"))
    drawn = svgs(lines)[0]
    assert (
        len(drawn.findall("circle")) == 3
        and len(drawn.findall("path")) == 1
        and drawn.findall("line")
    )
    assert "1 without a position" in html.unescape("\n".join(lines))


def test_one_place_is_a_map_too() -> None:
    rows = [("M", "only", 116.4, 39.9, 5.0, "a", "甲")]
    lines = network_drawings(
        {"nodes": pl.DataFrame(rows, schema=NODES, orient="row")}, NodeDrawing("map")
    )
    assert len(svgs(lines)[0].findall("circle")) == 1


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@in_browser
@pytest.mark.parametrize("kind", ["network", "map"])
def test_in_a_browser_it_fits_loads_nothing_and_changes_with_the_light(
    browser: Browser, tmp_path: Path, kind: str, texts: Texts
) -> None:
    path = tmp_path / "drawn.html"
    path.write_text(result_page(with_drawing(invented(texts), network(60), kind)), encoding="utf-8")
    for width in (1200, 390):
        browser.open(path.as_uri(), width=width)
        assert browser.requests == [path.as_uri()] and browser.messages == []
        assert browser.run("document.documentElement.scrollWidth") <= width
    colour = "getComputedStyle(document.querySelector('.drawing .name')).fill"
    light = browser.run(colour)
    browser.click("#theme")
    assert browser.run(colour) != light
    assert browser.run("getComputedStyle(document.querySelector('.node')).fill") != "rgb(0, 0, 0)"


def test_a_scatter_has_axes_of_its_values_named_in_both_languages() -> None:
    tables = network(12)
    axes = (("near <b>", "邻近"), ("gain", "增益"))
    space = NodeDrawing("scatter", ("One", "一"), axes=axes)
    lines = network_drawings(tables, NodeDrawing("network"), {"Space": space})
    drawn = svgs(lines)[0]
    assert lines[1].startswith("<h2>") and "One" in lines[1] and "一" in lines[1]
    assert drawn.get("aria-label") == "One / 一"
    named = {
        (text.text, text.get("class"))
        for text in drawn.findall("text")
        if "axis-name" in (text.get("class") or "")
    }
    assert named == {
        ("near <b> →", "axis-name middle en"),
        ("邻近 →", "axis-name middle zh"),
        ("↑ gain", "axis-name en"),
        ("↑ 增益", "axis-name zh"),
    }
    values = {row["node"]: (row["x"], row["y"]) for row in tables["nodes"].iter_rows(named=True)}
    at = {
        (c.findtext("title") or "").split(" · ")[0]: (float(c.get("cx", 0)), float(c.get("cy", 0)))
        for c in drawn.findall("circle")
    }
    across = np.polyfit([values[n][0] for n in at], [at[n][0] for n in at], 1)
    up = np.polyfit([values[n][1] for n in at], [at[n][1] for n in at], 1)
    assert across[0] > 0 > up[0]
    ticks = [
        (float(t.get("y", 0)), t.text or "")
        for t in drawn.findall("text")
        if t.get("class") == "tick end"
    ]
    for y, text in ticks:
        assert float(text.replace("−", "-")) == pytest.approx((y - 3.5 - up[1]) / up[0], abs=0.01)


def test_drawings_that_share_no_group_have_legends_of_their_own() -> None:
    groups = {
        "one": ["a", "b"],
        "two": ["b", None],
        "three": [None, None],
        "four": ["s", "t"],
        "five": ["a", "a"],
    }
    rows = [
        (name, f"n{k}", float(k), 0.0, 1.0, own, own)
        for name, of in groups.items()
        for k, own in enumerate(of)
    ]
    nodes = pl.DataFrame(
        rows, schema=["drawing", "node", "x", "y", "size", "group_en", "group_zh"], orient="row"
    )
    lines = network_drawings({"nodes": nodes}, NodeDrawing("network", size=("value", "产值")))
    legends = [each for each in lines if each.startswith('<ul class="legend">')]
    assert len(legends) == 5, "each has a heading and, below it, what its own colours mean"
    shown = [[code for code in "abst" if f">{code}<" in legend] for legend in legends]
    assert shown == [["a", "b"], ["b"], [], ["s", "t"], ["a"]]
    assert all("产值" in each for each in legends)
    hues = [re.findall(r"hue-\d", legend) for legend in legends]
    assert hues[1] == hues[0][:1], "drawings that share groups share their colours"


def test_a_heading_stands_above_the_legend_and_parts_of_a_drawing_share_both() -> None:
    rows = [(name, "n", 0.0, 0.0, 1.0, "a", "甲") for name in ("one", "two")]
    nodes = pl.DataFrame(
        rows, schema=["drawing", "node", "x", "y", "size", "group_en", "group_zh"], orient="row"
    )
    lines = network_drawings({"nodes": nodes}, NodeDrawing("network", heading=("Whole", "整体")))
    kinds = [re.findall(r"<(section|h2|ul|figure)", line)[:1] for line in lines]
    assert kinds == [["section"], ["h2"], ["ul"], ["figure"], ["figure"], []]
    assert "Whole" in lines[1]
    assert "<figcaption>" in lines[3]


def test_a_scatter_fits_a_phone_without_scrolling() -> None:
    axes = (("x", "x"), ("a long name of an axis", "y"))
    lines = network_drawings(network(12), NodeDrawing("scatter", axes=axes))
    assert 'class="drawn scatter"' in lines[-2]
    drawn = svgs(lines)[0]
    assert float((drawn.get("viewBox") or "").split()[2]) <= 390

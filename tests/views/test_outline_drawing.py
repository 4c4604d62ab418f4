"""Maps of outlines as a browser draws them, and the paths they are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from benchmarks.planted.outlines import made_up_outlines
from benchmarks.planted.places import made_up_jobs
from browser import Browser, chromium

from firstlight.run.measured import measure
from firstlight.views.network_drawing import NodeDrawing, network_drawings
from firstlight.views.outline_drawing import atlas_of
from firstlight.views.result_page import result_page

in_browser = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)
SQUARE = "MULTIPOLYGON ((({w} 0, {e} 0, {e} 1, {w} 1, {w} 0)))"
NODES = ["drawing", "node", "x", "y", "size", "group_en", "group_zh"]


def outlines(*rows: tuple[str, str | None, float, float]) -> pl.DataFrame:
    """Boxes on the equator: name, place, western and eastern end."""
    kept = [(name, place, SQUARE.format(w=west, e=east)) for name, place, west, east in rows]
    return pl.DataFrame(
        kept, schema=dict.fromkeys(("outline", "place", "wkt"), pl.String), orient="row"
    )


def nodes(*names: str, x: float = 0.5) -> pl.DataFrame:
    rows = [("m", name, x, 0.5, 1.0, "g", "组") for name in names]
    return pl.DataFrame(rows, schema=NODES, orient="row")


def test_an_outline_over_the_antimeridian_is_one_piece() -> None:
    atlas = atlas_of(outlines(("a", "a", 170, 190)), [(-175.0, 0.5)])
    (x, _), box = atlas.at([(-175.0, 0.5)])[0], atlas.lands[0].box
    assert box[0] < x < box[2] and (x - box[0]) / (box[2] - box[0]) == pytest.approx(0.75, abs=0.01)


def test_a_hole_stays_one() -> None:
    """Drawn by the nonzero rule: the hole's ring runs the other way round."""
    wkt = "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 10, 0 0), (2 2, 2 6, 6 6, 6 2, 2 2)))"
    frame = pl.DataFrame({"outline": ["a"], "place": ["a"], "wkt": [wkt]})
    outer, hole = atlas_of(frame, []).lands[0].rings
    areas = [
        sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) for ring in (outer, hole)
    ]
    assert areas[0] * areas[1] < 0 and -areas[1] / areas[0] == pytest.approx(0.16, rel=0.03)


def test_outlines_beyond_the_map_are_not_drawn() -> None:
    atlas = atlas_of(
        outlines(("a", "a", 0, 10), ("near", None, 10, 11), ("far", None, 100, 110)), []
    )
    assert [land.name for land in atlas.lands] == ["a", "near"]


def test_no_part_of_a_country_is_cut_off_where_most_of_it_has_values() -> None:
    rows = [("a", "a", 0, 10), ("island", None, 17, 18)]
    atlas = atlas_of(outlines(*rows), [])
    assert [land.name for land in atlas.lands] == ["a", "island"] and atlas.lands[1].box[2] < 960
    apart = atlas_of(outlines(*rows[:1], ("island", None, 27, 28)), [])
    assert [land.name for land in apart.lands] == ["a"], "a tenth of a map is not what it is about"


def test_the_name_of_a_meridian_at_the_edge_is_whole() -> None:
    tables = {"nodes": nodes("a"), "outlines": outlines(("a", "a", -169, 191))}
    page = "\n".join(network_drawings(tables, NodeDrawing("map")))
    lines = [float(x) for x in re.findall(r'graticule" x1="([\d.]+)"', page)]
    names = [float(x) for x in re.findall(r'tick middle" x="([\d.]+)"', page)]
    assert min(lines) < 18 <= min(names) and max(names) <= 942


def test_a_speck_is_a_dot_and_a_stranger_is_bare() -> None:
    told = outlines(("a", "a", 0, 10), ("b", "b", 12, 12.001), ("<c>", None, 10, 11)).with_columns(
        wkt=pl.col("wkt").str.replace_all("12 1|12.001 1", "12 0.001")
    )
    page = "\n".join(
        network_drawings({"nodes": nodes("a", "b"), "outlines": told}, NodeDrawing("map"))
    )
    assert (
        page.count('<use class="land hue-0"') == 1 and page.count('<circle class="land hue-0"') == 1
    )
    assert '<use class="land bare" href="#land-2"><title>&lt;c&gt;</title></use>' in page


def test_many_places_are_filled_without_circles() -> None:
    names = [f"n{k}" for k in range(151)]
    told = outlines(*((name, name, float(k), k + 1.0) for k, name in enumerate(names)))
    page = "\n".join(
        network_drawings(
            {"nodes": nodes(*names, "none"), "outlines": told},
            NodeDrawing("map", size=("Volume", "体积")),
        )
    )
    assert (
        "circles left out" in page and page.count('<circle class="node hue-0" cx') == 2
    )  # the legend's, and one without outline
    assert "Volume" not in page
    few = "\n".join(
        network_drawings({"nodes": nodes(*names[:150]), "outlines": told}, NodeDrawing("map"))
    )
    assert "circles left out" not in few and few.count('<circle class="node hue-0" cx') == 151


def test_steps_of_a_scale_have_its_order_whatever_their_number() -> None:
    own = nodes("a", "b", "c").with_columns(
        group_en=pl.Series(["low", "low", "high"]), group_zh=pl.Series(["低", "低", "高"])
    )
    page = network_drawings(
        {"nodes": own}, NodeDrawing("map"), steps=[("high", "高"), ("low", "低")]
    )
    legend = page[2]
    assert (
        legend.index("step-0") < legend.index("high") < legend.index("step-1") < legend.index("low")
    )


@in_browser
@pytest.mark.slow
def test_the_map_is_seen_in_both_lights_and_loads_nothing(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    jobs = (
        made_up_jobs().filter(pl.col("year") == 2020).select("place", "industry", "year", "value")
    )
    frame = jobs.with_columns(pl.col("place").replace({"Highmoor": "<i>Nowhere</i>"}))
    found = measure("concentration", frame, project=tmp_path / "kept", outlines=made_up_outlines())
    path = tmp_path / "concentration.html"
    path.write_text(result_page(found), encoding="utf-8")
    for browser in opened(tmp_path_factory.mktemp("profile")):
        browser.open(path.as_uri())
        assert browser.requests == [path.as_uri()] and browser.messages == []
        boxes = browser.run(
            "[...document.querySelectorAll('svg.drawing use.land')].map(e => { const b = e.getBBox(); return [b.x, b.y, b.width, b.height]; })"
        )
        assert len(boxes) == 12
        assert all(x >= 0 and x + w <= 960 and y >= 0 and w > 20 and h > 20 for x, y, w, h in boxes)
        assert browser.run(
            "document.querySelector('svg.drawing use.step-0 title').textContent.includes('top third')"
        )
        colour = "getComputedStyle(document.querySelector('svg.drawing use.{}')).fill"
        light = [browser.run(colour.format(kind)) for kind in ("step-0", "bare")]
        assert light[0] != light[1] and "rgb(0, 0, 0)" not in light
        browser.run("document.documentElement.dataset.theme = 'dark'")
        browser.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark"}],
        )
        assert [browser.run(colour.format(kind)) for kind in ("step-0", "bare")] != light


def opened(profile: Path) -> Iterator[Browser]:
    browser = Browser(profile)
    yield browser
    browser.close()

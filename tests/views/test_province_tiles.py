"""China's provinces as squares: where a map is drawn, and what is grey."""

from __future__ import annotations

import re

import polars as pl

from firstlight.composites import coupling
from firstlight.disparity import spatial_pattern
from firstlight.result import Result
from firstlight.views.charts import chart_section, drawings_section
from firstlight.views.province_tiles import Square, tile_map

PROVINCES = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
]


def spots(lines: list[str]) -> list[tuple[str, str]]:
    return re.findall(r'<rect [^>]*?x="(\d+)" y="(\d+)"', "".join(lines))


def test_34_squares_that_do_not_overlap() -> None:
    drawn = tile_map(("a", "甲"), {place: Square(("1", "1"), 0.5) for place in PROVINCES})
    assert len(spots(drawn)) == len(set(spots(drawn))) == 34


def test_other_places_have_no_squares() -> None:
    assert tile_map(("a", "甲"), {"Paris": Square(("1", "1"), 1.0)}) == []


def pattern(places: list[str], **spots: list[float]) -> Result:
    values = [float((7 * k) % 34) for k in range(len(places))]
    frame = pl.DataFrame({"place": places, "value": values, **spots})
    links = pl.DataFrame({"place": places[:-1], "neighbour": places[1:]})
    return spatial_pattern(frame, neighbour_table=links, permutations=99)


def test_clusters_of_provinces_are_drawn_once_and_no_cluster_is_grey() -> None:
    drawn = "".join(drawings_section(pattern(PROVINCES)))
    assert drawn.count('class="curves matrix tiles"') == 1
    none = pattern(PROVINCES).tables["clusters"].filter(cluster="none").height
    assert 0 < none == drawn.count('<rect class="land hue-none neutral"')
    far = {"longitude": [80.0 + k for k in range(34)], "latitude": [20.0 + k for k in range(34)]}
    both = "".join(drawings_section(pattern(PROVINCES, **far)))
    assert both.count('class="curves matrix tiles"') == 1 and both.count("<h2>") == 3


def test_where_a_place_is_no_province_there_is_no_map_of_squares() -> None:
    assert "tiles" not in "".join(drawings_section(pattern([*PROVINCES[:-1], "深圳"])))


def test_a_ranking_of_provinces_is_a_map_as_well() -> None:
    scores = [0.2 + 0.02 * k for k in range(34)]
    frame = pl.DataFrame({"unit": PROVINCES, "digital": scores, "green": scores[::-1]})
    result = coupling(frame, ["digital", "green"])
    ranked = next(chart for chart in result.charts if not getattr(chart, "x", "x"))
    lines = "".join(chart_section(result, ranked))  # type: ignore[arg-type]
    assert lines.count('class="curves matrix tiles"') == 1 and lines.count('class="cell"') == 34
    shades = [float(each) for each in re.findall(r'fill-opacity="([\d.]+)"', lines)]
    assert min(shades) == 0.06 and max(shades) == 0.9

"""Small charts: where things stand on them, and that nothing in the data can be more than text or
numbers."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.number_format import short_number
from firstlight.views.curve_chart import (
    APART,
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    STRIP,
    TOP,
    WIDTH,
    Strip,
    curve_chart,
    extent_of,
    strip_chart,
    ticks,
)

KINDS = {("seen", "points"): 0, ("ahead", "dash"): 1, ("share", "step"): 2}


def row(
    line: str,
    style: str,
    x: float,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    return {"line": line, "style": style, "x": x, "value": value, "low": low, "high": high}


def chart(
    rows: list[dict[str, Any]],
    is_log: bool = False,
    kinds: dict[tuple[str, str], int] = KINDS,
) -> str:
    """The rows on axes that hold them all, a curve for each line and style."""
    curves = [
        (style, number, [row for row in rows if (row["line"], row["style"]) == (line, style)])
        for (line, style), number in kinds.items()
    ]
    return curve_chart(curves, "<b>&\"name'", extent_of(rows, is_log))


def drawn(rows: list[dict[str, Any]], is_log: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(chart(rows, is_log))


def test_points_stand_where_their_values_are() -> None:
    """On a logarithmic axis equal ratios are equal distances; on a linear one equal differences."""
    for is_log, values in ((True, [1.0, 10.0, 100.0]), (False, [10.0, 20.0, 30.0])):
        svg = drawn(
            [row("seen", "points", 2000 + n, value) for n, value in enumerate(values)], is_log
        )
        spots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.iter("circle")]
        (x0, y0), (x1, y1), (x2, y2) = spots
        assert x1 - x0 == pytest.approx(x2 - x1, abs=0.11) and y0 - y1 == pytest.approx(
            y1 - y2, abs=0.11
        )
        assert x0 == LEFT and x2 == WIDTH - RIGHT and y0 > y1 > y2


def test_a_band_goes_round_its_line_and_a_step_keeps_its_value() -> None:
    rows = [row("ahead", "dash", 2000 + n, 10.0, 5.0, 20.0) for n in range(3)]
    svg = drawn([*rows, row("share", "step", 2000, 0.0), row("share", "step", 2002, 8.0)])
    band = next(svg.iter("polygon")).attrib["points"].split()
    assert len(band) == 6
    lines = {line.attrib["class"]: line.attrib["points"].split() for line in svg.iter("polyline")}
    assert len(lines["line curve-2"]) == 3
    first, corner, last = ([float(v) for v in point.split(",")] for point in lines["line curve-2"])
    assert first[1] == corner[1] and corner[0] == last[0]


def test_strips_stand_one_below_the_other_each_as_high_as_its_own_values() -> None:
    strips = []
    for label, most in (("few <b>", 2.0), ("many", 400.0)):
        rows = [row("share", "bars", x, most, 0.0, most) for x in (2000, 2001, 2002)]
        extent = extent_of(rows, False, STRIP)
        assert extent.height == STRIP
        strips.append(Strip((label, "项"), [("bars", 0, rows)], extent, (2000.5, 2002.5)))
    svg = ElementTree.fromstring(strip_chart(strips, "name"))
    shifts = [float(group.attrib["transform"].split()[1].rstrip(")")) for group in svg.iter("g")]
    assert shifts[1] - shifts[0] == APART
    heights = [float(bar.attrib["height"]) for bar in svg.iter("rect")]
    assert len(heights) == 6 and max(heights) - min(heights) < 0.11
    labels = [own.text for own in svg.iter("text") if own.attrib["class"] == "strip en"]
    assert labels == ["few <b>", "many"]
    years = [own.text for own in svg.iter("text") if own.text in ("2000", "2001", "2002")]
    assert len(years) == len(set(years)), "the last strip alone names the years"
    axis = next(own for own in svg.iter("line") if own.attrib["class"] == "axis")
    assert float(axis.attrib["x1"]) > LEFT, "where nothing is known there is no line"


@pytest.mark.parametrize(
    ("date", "ends"),
    [
        ((2003.0, 2002.0, 2004.0), (1.5, 4.5)),
        ((2003.0, None, 2003.0), (0.0, 3.5)),
        ((2003.0, 2003.0, None), (2.5, 10.0)),
    ],
)
def test_a_date_is_a_line_in_the_span_that_holds_it(
    date: tuple[float, float | None, float | None], ends: tuple[float, float]
) -> None:
    rows = [row("share", "step", 2000.0 + n, 1.0 + n) for n in range(11)]
    extent = extent_of(rows, False)
    dates = [dict(zip(("x", "low", "high"), date, strict=True))]
    curves = [("dates", 0, dates), ("step", 0, rows)]
    svg = ElementTree.fromstring(curve_chart(curves, "name", extent))
    (line,) = (own for own in svg.iter("line") if own.attrib["class"] == "date")
    (span,) = svg.iter("rect")
    year = (WIDTH - LEFT - RIGHT) / 10
    left, wide = (float(span.attrib[name]) for name in ("x", "width"))
    assert float(line.attrib["x1"]) == pytest.approx(LEFT + 3 * year, abs=0.11)
    assert (left, left + wide) == pytest.approx([LEFT + end * year for end in ends], abs=0.11)
    beyond = [("dates", 0, [{"x": 1990, "low": None, "high": None}]), ("step", 0, rows)]
    assert "date" not in curve_chart(beyond, "name", extent)


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert chart([]) == ""
    assert chart([row("seen", "points", 2000, None)]) == ""
    assert chart([row("seen", "points", 2000, 0.0)], is_log=True) == "", (
        "0 has no place on a log axis"
    )
    assert len(list(drawn([row("seen", "points", 2000, 5.0)]).iter("circle"))) == 1


def test_names_are_text() -> None:
    svg = drawn([row("seen", "points", 2000, 5.0)])
    assert svg.attrib["aria-label"] == "<b>&\"name'"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1500, 2200), st.floats(1e-12, 1e12), st.floats(0.1, 1), st.floats(1, 50)
        ),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_everything_stays_on_the_paper(
    points: list[tuple[int, float, float, float]], is_log: bool
) -> None:
    rows = [row("ahead", "dash", x, v, v * low, v * high) for x, v, low, high in points]
    svg = drawn(rows, is_log)
    for shape in svg.iter():
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", shape.attrib.get("points", "")):
            assert (
                LEFT - 0.1 <= float(x) <= WIDTH - RIGHT + 0.1
                and TOP - 0.1 <= float(y) <= HEIGHT - BOTTOM + 0.1
            )


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-12, 1e12), st.floats(1.0001, 1e9), st.booleans())
def test_ticks_are_few_round_and_inside(low: float, ratio: float, is_log: bool) -> None:
    high = low * ratio
    found = ticks(low, high, is_log)
    assert len(found) <= 11 and found == sorted(set(found))
    assert all(low * (1 - 1e-6) <= tick <= high * (1 + 1e-6) for tick in found)
    assert all(math.isfinite(tick) for tick in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999.5, "999.5"),
        (12345, "12,345"),
        (3.2e9, "3.2bn"),
        (-0.5, "−0.5"),
        (1e13, "1e+13"),
        (-3.14159, "−3.142"),
        (9.9997e-5, "0.0001"),
        (9.9e-11, "9.9e−11"),
    ],
)
def test_numbers_on_axes(value: float, text: str) -> None:
    assert short_number(value) == text


@given(st.floats(-1e-3, 1e-3))
def test_small_numbers_can_be_read_back(value: float) -> None:
    assert float(short_number(value).replace("−", "-")) == pytest.approx(value, rel=6e-3, abs=0)


def test_an_index_about_one_is_not_a_flat_line() -> None:
    """An axis holds 0 unless all values keep above half of the highest."""
    for values, is_near in (([1.0, 1.02, 1.05], True), ([0.2, 0.6, 1.0], False)):
        svg = drawn([row("seen", "points", 2000 + n, value) for n, value in enumerate(values)])
        ys = [float(c.attrib["cy"]) for c in svg.iter("circle")]
        assert (min(ys) - TOP < 15 and HEIGHT - BOTTOM - max(ys) > 5) and (ys[0] - ys[2] > 100)
        assert ("0" in [t.text for t in svg.iter("text")]) is not is_near


def test_a_line_does_not_lead_over_a_gap() -> None:
    values = [1.0, 2.0, None, 1.0, 1.5, None, 3.0]
    rows = [row("seen", "line", 2000 + n, value) for n, value in enumerate(values)]
    svg = ElementTree.fromstring(chart(rows, kinds={("seen", "line"): 0}))
    assert [len(line.attrib["points"].split()) for line in svg.iter("polyline")] == [2, 2]
    assert len(list(svg.iter("circle"))) == 1  # a value alone
    whole = chart([one for one in rows if one["value"]], kinds={("seen", "line"): 0})
    assert len(list(ElementTree.fromstring(whole).iter("polyline"))) == 1


def test_bars_lie_one_upon_another_and_all_stay_on_the_paper() -> None:
    kinds = {("one", "bars"): 0, ("two", "bars"): 1, ("three", "bars"): 2}
    stack = [("one", 3.0, 0.0, 3.0), ("two", -2.0, 0.0, -2.0), ("three", 4.0, 3.0, 7.0)]
    rows = [row(name, "bars", 2000 + n, *numbers) for n in range(3) for name, *numbers in stack]
    rows.append(row("one", "bars", 2003, None))
    svg = ElementTree.fromstring(chart(rows, kinds=kinds))
    bars = list(svg.iter("rect"))
    assert len(bars) == 9
    sides = ("x", "y", "width", "height")
    places = [[float(bar.attrib[side]) for side in sides] for bar in bars]
    assert all(x >= LEFT and x + width <= WIDTH - RIGHT for x, _, width, _ in places)
    assert all(y >= TOP and y + height <= HEIGHT - BOTTOM + 0.1 for _, y, _, height in places)
    first, second, third = (places[k] for k in (0, 3, 6))
    # the third stands on the first; the second hangs from 0, where the first begins
    assert third[1] + third[3] == pytest.approx(first[1], abs=0.11)
    assert first[1] + first[3] == pytest.approx(second[1], abs=0.11)
    assert third[3] / first[3] == pytest.approx(4 / 3, abs=0.01)
    assert second[3] / first[3] == pytest.approx(2 / 3, abs=0.01)

"""A ranking as SVG: a bar or a dot for each unit, its name on the left and its value on the
right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import Pair, once, safe
from firstlight.views.curve_chart import Extent, extent_of, ticks
from firstlight.views.drawing_paper import shortened, svg, text_width

WIDTH, ROW, TOP, BOTTOM, FONT = 360.0, 19.0, 4.0, 20.0, 11.0
NAMES, GAP = 200.0, 8.0  # the most room for names; between names, bars and values
WIDE = 1.12 * FONT  # of digits and capitals, of which short names and numbers are made


@dataclass(frozen=True)
class Ranked:
    """A unit of a ranking: its name, its value, the ends of the interval around it, the value as it
    is written, and another value that it is held against."""

    name: Pair
    value: float
    low: float | None
    high: float | None
    written: Pair
    beside: float | None = None


@dataclass(frozen=True)
class _Paper:
    """Where bars begin and end on the paper."""

    left: float
    right: float
    extent: Extent

    def x(self, value: float) -> float:
        return self.left + self.extent.part(value) * (self.right - self.left)


def rank_chart(
    units: Sequence[Ranked],
    labels: Sequence[tuple[float, Pair]],
    name: str,
    extent: Extent,
    kind: str,
) -> str:
    """Units from the top down, as an SVG element.

    labels : values to mark on the axis, and how they are written
    name   : what the chart is of, for readers who don't see it
    extent : of the axis, as `rank_extent` has it
    kind   : bars, or points
    """
    room = max(_width(each) for unit in units for each in unit.name)
    left = min(room, NAMES) + GAP
    right = WIDTH - GAP - max(_width(each) for unit in units for each in unit.written)
    paper = _Paper(left, right, extent)
    bottom = TOP + ROW * len(units)
    parts = [*_axis(labels, paper, bottom)]
    for place, unit in enumerate(units):
        middle = TOP + ROW * (place + 0.5)
        parts += [*_names(unit.name, left - GAP, middle), *_mark(unit, paper, middle, kind)]
        parts += _text("tick end", WIDTH, middle, unit.written)
    return svg("curves", (WIDTH, bottom + BOTTOM), name, parts)


def rank_extent(units: Sequence[Ranked], kind: str, is_log: bool) -> Extent:
    """The axis of a ranking: from 0 for bars, as far as intervals reach for points."""
    rows = []
    for unit in units:
        row = {"x": 0.0, "value": unit.value, "low": unit.low, "high": unit.high, "style": "points"}
        rows.append(row)
        if kind == "bars":
            rows.append({**row, "value": 0.0})
        if unit.beside is not None:
            rows.append({**row, "value": unit.beside})
    return extent_of(rows, is_log)


def rank_labels(extent: Extent) -> list[float]:
    """The values that the axis of a ranking marks, about four."""
    return ticks(extent.y_low, extent.y_high, extent.is_log, about=4)


def _axis(labels: Sequence[tuple[float, Pair]], paper: _Paper, bottom: float) -> Iterable[str]:
    end = 0.0
    for value, written in labels:
        x = paper.x(value)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP:.0f}" y2="{bottom:.0f}"/>'
        half = max(map(_width, written)) / 2
        if x - half > end and x + half < WIDTH:  # no label upon another
            yield from _text("tick middle", x, bottom + BOTTOM / 2, written)
            end = x + half + GAP


def _width(text: str) -> float:
    return text_width(text, WIDE)


def _names(name: Pair, right: float, middle: float) -> Iterable[str]:
    short = shortened(name[0], NAMES, WIDE), shortened(name[1], NAMES, WIDE)
    title = ""
    if short != name:
        title = f"<title>{safe(once(name))}</title>"
    yield from _text("name end", right, middle, short, title)


def _text(kind: str, x: float, middle: float, text: Pair, title: str = "") -> Iterable[str]:
    """A text in both languages, once where they are the same."""
    at = f'x="{x:.1f}" y="{middle + FONT / 3:.1f}"'
    if text[0] == text[1]:
        yield f'<text class="{kind}" {at}>{safe(text[0])}{title}</text>'
        return
    for lang, each in zip(LANGUAGES, text, strict=True):
        yield f'<text class="{kind} {lang}" {at}>{safe(each)}{title}</text>'


def _mark(unit: Ranked, paper: _Paper, middle: float, kind: str) -> Iterable[str]:
    x = paper.x(unit.value)
    if kind == "bars":
        start, end = sorted((paper.x(0.0), x))
        size = f'width="{end - start:.1f}" height="{ROW - 6:.0f}"'
        at = f'x="{start:.1f}" y="{middle - ROW / 2 + 3:.1f}"'
        yield f'<rect class="bar curve-0" {at} {size}/>'
    if unit.low is not None and unit.high is not None:
        ends = f'x1="{paper.x(unit.low):.1f}" x2="{paper.x(unit.high):.1f}"'
        yield f'<line class="whisker curve-0" {ends} y1="{middle:.1f}" y2="{middle:.1f}"/>'
    if unit.beside is not None:
        beside = f"{paper.x(unit.beside):.1f}"
        ends = f'y1="{middle - ROW / 2:.1f}" y2="{middle + ROW / 2:.1f}"'
        yield f'<line class="dash curve-1" x1="{beside}" x2="{beside}" {ends}/>'
    if kind != "bars":
        yield f'<circle class="point curve-0" cx="{x:.1f}" cy="{middle:.1f}" r="3.5"/>'

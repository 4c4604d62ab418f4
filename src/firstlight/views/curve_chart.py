"""One small chart of curves: points seen, lines fitted, forecasts with their bands, steps, stacked
bars; as SVG, numbers only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from firstlight.number_format import short_number
from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import safe
from firstlight.views.drawing_paper import svg, tick_text

WIDTH, HEIGHT = 340, 210
STRIP = 94  # height of one of several strips
APART, SPACE = 82, 5  # from the upper end of a strip to that of the next; above the first
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 10, 24
Point = tuple[float, float]
Row = Mapping[str, Any]
Curve = tuple[str, int, Sequence[Row]]  # style, number of the colour, rows


@dataclass(frozen=True)
class Extent:
    """The ends of the axes, where values stand on the paper, and how they are written."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    is_log: bool
    height: int = HEIGHT
    is_log_across: bool = False
    is_share: bool = False

    def x(self, value: float) -> float:
        low, high, at = self.x_low, self.x_high, value
        if self.is_log_across:
            low, high, at = _log(low), _log(high), _log(at)
        return LEFT + (at - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def across(self, value: float) -> str:
        """A value of the axis across in digits: a year, or what is on an axis of logarithms."""
        if self.is_log_across:
            return short_number(value)
        return f"{value:.0f}"

    def upwards(self, value: float) -> str:
        """A value of the axis upwards in digits; shares in per cent."""
        if self.is_share:
            return f"{short_number(100 * value)}%"
        return short_number(value)

    def reached(self, value: float) -> float:
        """A value, or the lower end of an axis of logarithms where it lies below it."""
        if not self.is_log:
            return value
        return max(value, self.y_low)

    def part(self, value: float) -> float:
        """How far up a value stands: 0 at the lower end, 1 at the upper one, which none exceeds."""
        low, high, at = self.y_low, self.y_high, value
        if self.is_log:
            if not value > 0:  # nor has what is no number a place above the lower end
                return 0.0
            low, high, at = _log(low), _log(high), _log(at)
        return min(max((at - low) / (high - low), 0.0), 1.0)

    def y(self, value: float) -> float:
        return TOP + (1 - self.part(value)) * (self.height - TOP - BOTTOM)


@dataclass(frozen=True)
class Strip:
    """One of several strips: its label in both languages, its curves, and axes of the height
    ``STRIP``.

    span : the ends of what is known, where the line of the axis across begins and ends
    """

    label: tuple[str, str]
    drawn: Sequence[Curve]
    extent: Extent
    span: tuple[float, float]


def curve_chart(drawn: Sequence[Curve], name: str, extent: Extent) -> str:
    """Curves as an SVG element; an empty text where nothing can be drawn.

    drawn  : of each curve its style, the number of its colour, and its rows: x, value, low, high;
             of dates, low and high are the ends of an interval across
    name   : what the chart is of, for readers who don't see it
    extent : of the axes, which several charts may share; on a logarithmic one values of 0 and below
             have no place
    """
    known = [row for style, _, rows in drawn for row in rows if style != "dates"]
    if not any(_fits(row["x"], row["value"], extent.is_log) for row in known):
        return ""
    parts = [*_grid(extent), *_curves(drawn, extent)]
    return svg("curves", (WIDTH, extent.height), name, parts)


def strip_chart(strips: Sequence[Strip], name: str) -> str:
    """Curves of several kinds, one strip below the other on one axis across; an SVG element.

    name : what the chart is of, for readers who don't see it
    """
    parts = list[str]()
    for place, strip in enumerate(strips):
        grid = _grid(strip.extent, strip.span, has_labels=place == len(strips) - 1)
        labels = map(_strip_label, LANGUAGES, strip.label)
        inside = [*grid, *labels, *_curves(strip.drawn, strip.extent)]
        parts.append(f'<g transform="translate(0 {SPACE + place * APART})">{"".join(inside)}</g>')
    height = SPACE + APART * (len(strips) - 1) + STRIP
    return svg("curves", (WIDTH, height), name, parts)


def _curves(drawn: Iterable[Curve], extent: Extent) -> list[str]:
    parts = list[str]()
    for style, number, rows in drawn:
        if style == "dates":
            parts += [part for row in rows for part in _date(row, extent)]
            continue
        every = (row for row in rows if row["x"] is not None)
        runs = _runs(sorted(every, key=lambda row: float(row["x"])), extent.is_log)
        own = [row for run in runs for row in run]
        if style == "bars":
            parts += _bars(own, extent, number)
            continue
        parts += _band(own, extent, number, style)
        if style != "line":
            parts += _line(own, extent, number, style)
            continue
        for run in runs:
            if len(run) == 1:  # a line of one point would not be seen
                parts.append(_point(run[0], extent, number))
            else:
                parts += _line(run, extent, number, style)
    return parts


def extent_of(
    rows: Sequence[Row], is_log: bool, height: int = HEIGHT, *, is_log_across: bool = False
) -> Extent:
    """The axes that hold all these rows; on one of logarithms across all stand above 0."""
    axes = _axes([row for row in rows if _fits(row["x"], row["value"], is_log)], is_log)
    if is_log_across:
        apart = 1.1 if axes.x_low < axes.x_high else 2.0
        axes = replace(axes, x_low=axes.x_low / apart, x_high=axes.x_high * apart)
    return replace(axes, height=height, is_log_across=is_log_across)


def _fits(x: Any, value: Any, is_log: bool) -> bool:
    return (
        x is not None and value is not None and math.isfinite(value) and (value > 0 or not is_log)
    )


def _runs(rows: Sequence[Row], is_log: bool) -> list[list[Mapping[str, Any]]]:
    """Rows without those that can't be drawn, apart where one of these lies between: a line doesn't
    lead over a gap."""
    grouped = groupby(rows, key=lambda row: _fits(row["x"], row["value"], is_log))
    return [list(run) for is_drawn, run in grouped if is_drawn]


def _axes(rows: Sequence[Row], is_log: bool) -> Extent:
    if not rows:
        return Extent(0.0, 1.0, 1.0 if is_log else 0.0, 10.0, is_log)
    xs = [float(row["x"]) for row in rows]
    bars = [row for row in rows if row["style"] == "bars"]
    ys = [float(row["value"]) for row in rows if row["style"] != "bars"]
    ys += [float(row[end]) for row in bars for end in ("low", "high")]
    bands = [
        float(row[side])
        for row in rows
        for side in ("low", "high")
        if _fits(row["x"], row[side], is_log)
    ]
    if is_log:
        low, high = _log_ends(ys, bands)
    else:
        low, high = _linear_ends(ys, bands)
    x_low, x_high = min(xs), max(xs)
    if bars:
        x_low, x_high = x_low - 0.5, x_high + 0.5
    if x_high <= x_low:
        x_high = x_low + 1
    return Extent(x_low, x_high, low, high, is_log)


def _log_ends(ys: Sequence[float], bands: Sequence[float]) -> tuple[float, float]:
    """The ends of a logarithmic axis; a band may reach far beyond, and counts up to 100 times as
    far."""
    low, high = min(ys), max(ys)
    near = [end for end in bands if low / 100 <= end <= high * 100]
    low, high = min([low, *near]), max([high, *near])
    margin = 2 if low == high else 1.1
    return low / margin, high * margin


def _linear_ends(ys: Sequence[float], bands: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis; a band may reach far beyond, and counts up to as far again."""
    low, high = min(ys), max(ys)
    span = (high - min(low, 0.0)) or abs(high) or 1.0
    near = [end for end in bands if low - span <= end <= high + span]
    low, high = min([low, *near]), max([high, *near])
    if 0 < high / 2 < low < high:
        # on an axis from 0 what keeps above half of the highest, such as an index about 1, would
        # be a flat line
        low -= (high - low) * 0.1
    else:
        low = min(0.0, low)
    if high <= low:
        return low, low + 1
    return low, high + (high - low) * 0.04


def _strip_label(lang: str, label: str) -> str:
    return f'<text class="strip {lang}" x="{LEFT}" y="{TOP - 1}">{safe(label)}</text>'


def _grid(
    axes: Extent, span: tuple[float, float] | None = None, has_labels: bool = True
) -> Iterable[str]:
    about = 5
    if axes.height < HEIGHT:  # a strip has no room for more
        about = 2
    for value in ticks(axes.y_low, axes.y_high, axes.is_log, about=about):
        y = f"{axes.y(value):.1f}"
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield tick_text("end", f"{LEFT - 5}", f"{float(y) + 4:.1f}", axes.upwards(value))
    bottom = axes.height - BOTTOM
    left, right = map(axes.x, span or (axes.x_low, axes.x_high))
    yield f'<line class="axis" x1="{left:.6g}" x2="{right:.6g}" y1="{bottom}" y2="{bottom}"/>'
    if not has_labels:
        return
    for value in ticks(axes.x_low, axes.x_high, axes.is_log_across, whole=True):
        at = axes.x(value)
        anchor, x = "middle", f"{at:.1f}"
        if at > WIDTH - RIGHT - 14:  # a label in the middle would leave the paper
            anchor, x = "end", f"{WIDTH}"
        yield tick_text(anchor, x, f"{axes.height - 7}", axes.across(value))


def _band(rows: Sequence[Row], axes: Extent, number: int, style: str) -> list[str]:
    held = [row for row in rows if row["low"] is not None and row["high"] is not None]
    if len(held) < 2:
        return []
    lows = _path([(row["x"], axes.reached(row["low"])) for row in held], style)
    highs = _path([(row["x"], axes.reached(row["high"])) for row in held], style)
    points = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in [*highs, *reversed(lows)])
    return [f'<polygon class="band curve-{number}" points="{points}"/>']


def _bars(rows: Sequence[Row], axes: Extent, number: int) -> list[str]:
    """Bars from their lower to their upper ends, which lie one upon another where others share
    their place."""
    width = 0.8 * (axes.x(1) - axes.x(0))
    parts = []
    for row in rows:
        top, bottom = sorted(axes.y(row[end]) for end in ("low", "high"))
        left = axes.x(row["x"]) - width / 2
        parts.append(
            f'<rect class="bar curve-{number}" x="{left:.1f}" y="{top:.1f}" '
            f'width="{width:.1f}" height="{bottom - top:.1f}">'
            f"<title>{row['x']:.0f}: {axes.upwards(row['value'])}</title></rect>"
        )
    return parts


def _date(row: Row, axes: Extent) -> list[str]:
    """A dashed line at a date, in the span that holds it; nothing beyond the axis."""
    if not axes.x_low <= row["x"] <= axes.x_high:
        return []
    half = 0.5 * (axes.x(1) - axes.x(0))  # of a year, to whose ends the span reaches
    left, right = float(LEFT), float(WIDTH - RIGHT)  # an interval may be open on one side
    if row["low"] is not None:
        left = max(axes.x(row["low"]) - half, left)
    if row["high"] is not None:
        right = min(axes.x(row["high"]) + half, right)
    x, bottom = f"{axes.x(row['x']):.1f}", axes.height - BOTTOM
    span = f'x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{bottom - TOP}"'
    title = f"<title>{row['x']:.0f}</title>"
    return [
        f'<rect class="span" {span}/>',
        f'<line class="date" x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom}">{title}</line>',
    ]


def _point(row: Row, axes: Extent, number: int) -> str:
    at = f'cx="{axes.x(row["x"]):.1f}" cy="{axes.y(row["value"]):.1f}"'
    title = f"<title>{axes.across(row['x'])}: {axes.upwards(row['value'])}</title>"
    return f'<circle class="point curve-{number}" {at} r="2">{title}</circle>'


def _line(rows: Sequence[Row], axes: Extent, number: int, style: str) -> list[str]:
    if style == "points":
        return [_point(row, axes, number) for row in rows]
    points = _path([(row["x"], row["value"]) for row in rows], style)
    if not points:
        return []
    path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in points)
    kind = "dash" if style == "dash" else "line"
    return [f'<polyline class="{kind} curve-{number}" points="{path}"/>']


def _path(points: list[Point], style: str) -> list[Point]:
    """The corners of a line; a step keeps its value until the next point."""
    if style != "step":
        return points
    path = points[:1]
    for (_, before), (x, y) in pairwise(points):
        path += [(x, before), (x, y)]
    return path


def ticks(
    low: float, high: float, is_log: bool, *, whole: bool = False, about: int = 5
) -> list[float]:
    """Round numbers between two values, about five; on a logarithmic axis powers of ten, or 1, 2
    and 5 of them.

    >>> ticks(0, 47, False), ticks(0.8, 1200, True), ticks(1975, 2019, False, whole=True)
    ([0.0, 10.0, 20.0, 30.0, 40.0], [1.0, 10.0, 100.0, 1000.0], [1980.0, 1990.0, 2000.0, 2010.0])
    """
    if is_log:
        first, last = math.ceil(_log(low) - 1e-9), math.floor(_log(high) + 1e-9)
        if last - first >= 1:
            apart = max(1, math.ceil((last - first + 1) / 6))
            return [float(f"1e{power}") for power in range(first, last + 1, apart)]
        powers = range(math.floor(_log(low)), math.ceil(_log(high)) + 1)
        every = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
        inside = [value for value in every if low <= value <= high]
        if len(inside) > 1:
            return inside
        return ticks(low, high, False)
    rough = (high - low) / about
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(size * decade for size in (1.0, 2.0, 5.0, 10.0) if size * decade >= rough * 0.999)
    if whole:
        step = max(step, 1.0)
    start = math.ceil(low / step - 1e-9)
    return [float(f"{at * step:.12g}") for at in range(start, math.floor(high / step + 1e-9) + 1)]


def _log(value: float) -> float:
    return math.log10(value)

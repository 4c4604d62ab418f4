"""The paper of a scatter: axes of its two values with their names, and where points stand on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firstlight.number_format import short_number
from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import Pair, safe
from firstlight.views.curve_chart import ticks
from firstlight.views.drawing_paper import tick_text

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330.0, 46.0, 16.0, 28.0, 46.0
ROOM = 0.05  # of the span, left free on each side
Point = tuple[float, float]
Room = tuple[float, float, float, float]


def scatter_ground(
    spots: Sequence[Point], axes: tuple[Pair, Pair], width: float
) -> tuple[list[Point], Room, float, Iterable[str]]:
    """Where values stand on a paper of a width, the room within its axes (left, top, right,
    bottom), its height, its axes.

    axes : what stands to the right and what upwards, each in both languages

    >>> at, _, height, _ = scatter_ground([(0.0, 0.0), (1.0, 2.0)], (("x", "x"), ("y", "y")), 960)
    >>> at[0][0] < at[1][0] and at[1][1] < at[0][1] < height
    True
    """
    x_low, x_high = _ends([x for x, _ in spots])
    y_low, y_high = _ends([y for _, y in spots])

    def x(value: float) -> float:
        return LEFT + (value - x_low) / (x_high - x_low) * (width - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    def lines() -> Iterable[str]:
        for value in ticks(x_low, x_high, False):
            kind = _kind(value)
            at, foot = f"{x(value):.1f}", HEIGHT - BOTTOM
            yield f'<line class="{kind}" x1="{at}" x2="{at}" y1="{TOP:.0f}" y2="{foot:.0f}"/>'
            yield tick_text("middle", at, f"{foot + 15:.0f}", short_number(value))
        for value in ticks(y_low, y_high, False):
            kind = _kind(value)
            at, ends = f"{y(value):.1f}", f'x1="{LEFT:.0f}" x2="{width - RIGHT:.0f}"'
            yield f'<line class="{kind}" {ends} y1="{at}" y2="{at}"/>'
            left, middle = f"{LEFT - 6:.0f}", f"{y(value) + 3.5:.1f}"
            yield tick_text("end", left, middle, short_number(value))
        for lang, across, up in zip(LANGUAGES, *axes, strict=True):
            at = f'x="{(LEFT + width - RIGHT) / 2:.0f}" y="{HEIGHT - 10:.0f}"'
            yield f'<text class="axis-name middle {lang}" {at}>{safe(across)} →</text>'
            yield f'<text class="axis-name {lang}" x="6" y="14">↑ {safe(up)}</text>'

    room = (LEFT, TOP - 6, width, HEIGHT - BOTTOM + 2)
    return [(x(across), y(up)) for across, up in spots], room, HEIGHT, lines()


def _kind(value: float) -> str:
    """The class of the line at a value."""
    return "zero" if value == 0 else "graticule"


def _ends(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    room = (high - low) * ROOM or abs(high) * 0.1 or 1.0
    return low - room, high + room

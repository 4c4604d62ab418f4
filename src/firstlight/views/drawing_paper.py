"""The paper that networks and maps are drawn on: its size, and points fitted to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MARGIN", "TALLEST", "WIDTH", "Paper", "fitted"]

WIDTH, TALLEST, MARGIN = 960.0, 760.0, 34.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Paper:
    """How points come onto the paper: times ``scale``, then moved; and how high the paper is."""

    scale: float
    left: float
    top: float
    height: float

    def at(self, points: Sequence[Point]) -> list[Point]:
        """Where points stand."""
        return [(x * self.scale + self.left, y * self.scale + self.top) for x, y in points]


def tick_text(anchor: str, x: str, y: str, text: str) -> str:
    """A number at an axis; anchor : ``middle`` or ``end``, x, y : as they stand in the drawing.

    >>> tick_text("end", "10", "20.5", "0.2")
    '<text class="tick end" x="10" y="20.5">0.2</text>'
    """
    return f'<text class="tick {anchor}" x="{x}" y="{y}">{text}</text>'


def fitted(points: Sequence[Point], part: float = 1.0) -> Paper:
    """Paper on which points, y down the page, keep within a part of the width.

    >>> fitted([(0.0, 0.0), (1.0, 1.0)]).at([(0.5, 0.5)])
    [(480.0, 380.0)]
    """
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    room_x, room_y = part * (WIDTH - 2 * MARGIN), part * (TALLEST - 2 * MARGIN)
    scale = min(room_x / wide if wide > 0 else math.inf, room_y / tall if tall > 0 else math.inf)
    scale = scale if math.isfinite(scale) else 1.0
    height = max(tall * scale + 2 * MARGIN, 120.0)
    return Paper(
        scale,
        (WIDTH - wide * scale) / 2 - min(xs) * scale,
        (height - tall * scale) / 2 - min(ys) * scale,
        height,
    )

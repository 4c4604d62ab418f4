"""The paper of drawings: the element that holds one, points fitted to the size of networks and
maps, and texts to the room that they have."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firstlight.views.bilingual import safe

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


def svg(
    kind: str, size: tuple[float, float], name: str, parts: Iterable[str], style: str = ""
) -> str:
    """A drawing as an element, with what it is of for readers who don't see it.

    kind : classes; size : width and height of its paper

    >>> svg("curves", (340, 210), "R&D", [])
    '<svg class="curves" viewBox="0 0 340 210" role="img" aria-label="R&amp;D"></svg>'
    """
    box = f'viewBox="0 0 {size[0]:.0f} {size[1]:.0f}"{style}'
    return f'<svg class="{kind}" {box} role="img" aria-label="{safe(name)}">{"".join(parts)}</svg>'


def as_wide_as(width: float) -> str:
    """The attribute of a drawing that grows no wider than its paper.

    >>> as_wide_as(160)
    ' width="160"'
    """
    return f' width="{width:.0f}"'


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
    # points on a line, or at one spot, fill the room in one direction, or in none
    scales = [room / span for room, span in ((room_x, wide), (room_y, tall)) if span > 0]
    scale = min(filter(math.isfinite, scales), default=1.0)
    height = max(tall * scale + 2 * MARGIN, 120.0)
    return Paper(
        scale,
        (WIDTH - wide * scale) / 2 - min(xs) * scale,
        (height - tall * scale) / 2 - min(ys) * scale,
        height,
    )


def text_width(text: str, font: float) -> float:
    """About how wide a text is: a small letter a little over half its height, a capital three
    quarters, a Chinese one all of it.

    >>> text_width("ab", 10), text_width("M1", 10), text_width("电池", 10)
    (11.6, 13.9, 20.0)
    """
    return round(sum(map(_letter_width, text)) * font, 6)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter.isupper():
        return 0.75
    if letter.isdigit():
        return 0.64
    return 0.58


def beginning(text: str, most: int) -> str:
    """A text of at most so many letters, its end left out where it has more.

    >>> beginning("research spending", 10), beginning("patents", 10)
    ('research…', 'patents')
    """
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rstrip()}…"


def shortened(text: str, room: float, font: float) -> str:
    """A text that fits a room, its end left out where it is too wide.

    >>> shortened("research spending", 60, 10), shortened("patents", 60, 10)
    ('research…', 'patents')
    """
    if text_width(text, font) <= room:
        return text
    while text and text_width(f"{text}…", font) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"

"""What fits a drawing: whether there is a number, how wide a text is, and its beginning."""

from __future__ import annotations

import math
import unicodedata
from typing import TypeGuard

__all__ = [
    "MISSING",
    "beginning",
    "is_known",
    "shortened",
    "text_width",
]

MISSING = "–"


def is_known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number that can be written or drawn.

    >>> is_known(0.0), is_known(None), is_known(float("nan"))
    (True, False, False)
    """
    return value is not None and math.isfinite(value)


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

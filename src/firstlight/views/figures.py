"""Numbers as people read them: rounded, with their units, and a dash where one is missing."""

from __future__ import annotations

import math
import unicodedata
from typing import TypeGuard

from firstlight.errors import visible

__all__ = [
    "MISSING",
    "beginning",
    "count",
    "decimal",
    "interval",
    "is_known",
    "per_thousand",
    "percent",
    "shortened",
    "signed_percent",
    "text_width",
    "visible",
]

MISSING = "–"
MINUS = "−"


def is_known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number that can be written or drawn.

    >>> is_known(0.0), is_known(None), is_known(float("nan"))
    (True, False, False)
    """
    return value is not None and math.isfinite(value)


def count(value: float | None) -> str:
    """A whole number with its thousands apart.

    >>> count(281889), count(None)
    ('281,889', '–')
    """
    if not is_known(value):
        return MISSING
    return f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A share as a whole per cent; what is neither 0 nor 1 never reads as 0% or 100%.

    >>> percent(0.414), percent(0.002), percent(0.999), percent(None)
    ('41%', '<1%', '>99%', '–')
    """
    if not is_known(value):
        return MISSING
    if 0 < value < 0.01:
        return "<1%"
    if 0.99 < value < 1:
        return ">99%"
    return f"{100 * value:.0f}%"


def signed_percent(value: float | None) -> str:
    """Growth as a whole per cent with its sign.

    >>> signed_percent(0.123), signed_percent(-0.04), signed_percent(0.0)
    ('+12%', '−4%', '0%')
    """
    if not is_known(value):
        return MISSING
    rounded = f"{abs(100 * value):,.0f}%"
    if rounded == "0%":
        return rounded
    return ("+" if value > 0 else MINUS) + rounded


def per_thousand(share: float | None) -> str:
    """A share as documents per 1,000 documents, with two significant digits below ten.

    >>> per_thousand(0.00123), per_thousand(0.0421), per_thousand(0.0000007)
    ('1.2', '42', '0.00070')
    """
    if not is_known(share):
        return MISSING
    scaled = 1000 * share
    if scaled == 0 or scaled >= 9.95:
        return f"{scaled:,.0f}"
    return f"{scaled:.{max(1, 1 - math.floor(math.log10(scaled)))}f}"


def decimal(value: float | None, digits: int = 2) -> str:
    """A score with a fixed number of decimals.

    >>> decimal(0.6449), decimal(-0.1, 1)
    ('0.64', '−0.1')
    """
    if not is_known(value):
        return MISSING
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return text.lstrip("-")  # −0.00 is nothing, whatever its sign
    return text.replace("-", MINUS)


def interval(low: float | None, high: float | None) -> str:
    """A range of probabilities in whole per cent.

    >>> interval(0.33, 0.5), interval(0.002, 0.996), interval(None, 0.5)
    ('33–50%', '<1–99%', '–')
    """
    if is_known(low) and is_known(high):
        return f"{percent(low).strip('>%')}–{percent(high).lstrip('>')}"
    return MISSING


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
    return 0.64 if letter.isdigit() else 0.58


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

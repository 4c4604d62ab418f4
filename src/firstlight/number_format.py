"""Numbers as people read them, in English marks: few digits, thousands apart, a sign where it
counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

__all__ = ["MINUS", "change", "decimal", "growth", "is_known", "percentage", "short_number"]

MINUS = "−"
TENFOLD = 10.0  # growth from which a percentage can no longer be grasped


def is_known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number that can be written or drawn.

    >>> is_known(0.0), is_known(None), is_known(float("nan"))
    (True, False, False)
    """
    return value is not None and math.isfinite(value)


def decimal(value: float, digits: int) -> str:
    """A number with a fixed number of decimals.

    >>> decimal(-1234.5, 1), decimal(-0.001, 2)
    ('−1,234.5', '0.00')
    """
    text = f"{value:,.{digits}f}"
    if not text.strip("-0."):  # nothing has no sign
        return text.lstrip("-")
    return text.replace("-", MINUS)


def percentage(share: float, digits: int) -> str:
    """A share in per cent; what is neither 0 nor 1 never reads as 0% or 100%.

    >>> percentage(0.414, 0), percentage(0.002, 0), percentage(0.999, 0)
    ('41%', '<1%', '>99%')
    """
    least = 10.0 ** -(digits + 2)
    if 0 < share < least:
        return f"<{least:.{digits}%}"
    if 1 - least < share < 1:
        return f">{1 - least:.{digits}%}"
    return f"{share:,.{digits}%}".replace("-", MINUS)


def growth(rate: float, digits: int) -> str:
    """A change in proportion to what it started from: in per cent with its sign, or, where it is
    large, how many times as much.

    >>> growth(0.123, 0), growth(-0.04, 0), growth(11.0, 0)
    ('+12%', '−4%', '×12')
    """
    if rate >= TENFOLD:
        return f"×{1 + rate:,.0f}"
    return _signed(rate, f"{abs(rate):,.{digits}%}")


def change(difference: float, digits: int) -> str:
    """A difference with its sign.

    >>> change(3.2, 1), change(-0.01, 1)
    ('+3.2', '0.0')
    """
    return _signed(difference, f"{abs(difference):,.{digits}f}")


def _signed(value: float, text: str) -> str:
    if not text.strip("0.%"):  # nothing has no sign
        return text
    if value > 0:
        return f"+{text}"
    return MINUS + text


def short_number(value: float, large: Sequence[str] = ("1e9", "bn", "1e6", "M")) -> str:
    """A number with at most four significant digits, short enough for an axis.

    large : limits from a million on and what stands for them, the largest first; none, and all
            digits are written, since 亿 beside a table in 万元 would be read as 亿元

    >>> short_number(1200), short_number(0.25), short_number(2_500_000), short_number(
    ...     0.00001), short_number(0.000099996)
    ('1,200', '0.25', '2.5M', '1e−5', '0.0001')
    >>> short_number(215_432_100, ())
    '215,400,000'
    """
    size = abs(value)
    if size >= _beyond_words(large):
        text = f"{value:.3g}"
    elif size >= 1e6 and not large:
        text = f"{float(f'{value:.4g}'):,.0f}"
    elif size >= 1e6:
        limits = [(float(limit), word) for limit, word in zip(large[::2], large[1::2], strict=True)]
        limit, word = next((own for own in limits if size >= own[0]), (1.0, ""))
        text = f"{value / limit:.4g}{word}"
    elif size >= 1000:
        text = f"{value:,.0f}"
    elif size >= 1e-4 or size == 0:
        text = f"{value:.4g}"
    else:
        # 0.000099996 rounds to 0.0001, which has no power
        text = f"{value:.3g}".replace("e-0", "e-")
    return text.replace("-", MINUS)


def _beyond_words(large: Sequence[str]) -> float:
    """From where on a number is written with a power of ten."""
    if large:
        return 1000 * float(large[0])
    return 1e15

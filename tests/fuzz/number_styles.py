"""How numbers are written: by offices of several countries, by spreadsheets, and by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

Style = Callable[[Decimal], str]

_WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def plain(value: Decimal) -> str:
    """1234.5"""
    return f"{value:f}"


def thousands(value: Decimal) -> str:
    """1,234.5"""
    return f"{value:,f}"


def _grouped(value: Decimal, sign: str, point: str) -> str:
    return f"{value:,f}".replace(",", "\0").replace(".", point).replace("\0", sign)


def german(value: Decimal) -> str:
    """1.234,5"""
    return _grouped(value, ".", ",")


def french(value: Decimal) -> str:
    """1 234,5, with a narrow space"""
    return _grouped(value, "\u202f", ",")


def spaced(value: Decimal) -> str:
    """1 234.5"""
    return _grouped(value, " ", ".")


def swiss(value: Decimal) -> str:
    """1'234.5"""
    return _grouped(value, "'", ".")


def decimal_comma(value: Decimal) -> str:
    """1234,5"""
    return plain(value).replace(".", ",")


def wide_digits(value: Decimal) -> str:
    """１２３４．５"""
    return plain(value).translate(_WIDE)


def in_parentheses(value: Decimal) -> str:
    """(1,234.5) for what is below nought"""
    return f"({thousands(-value)})" if value < 0 else thousands(value)


def true_minus(value: Decimal) -> str:
    """−1234.5, with the sign of printers"""
    return plain(value).replace("-", "\u2212")


def padded(value: Decimal) -> str:
    """A number with spaces around it."""
    return f"  {plain(value)} "


STYLES: tuple[Style, ...] = (
    plain, thousands, german, french, spaced, swiss, decimal_comma, wide_digits, in_parentheses,
    true_minus, padded,
)  # fmt: skip
WITH_POINT = (plain, thousands, spaced, swiss, wide_digits, true_minus, padded)


def any_style(rng: random.Random) -> Style:
    """Mostly a plain style; a rare one now and then."""
    return plain if rng.random() < 0.4 else rng.choice(STYLES)

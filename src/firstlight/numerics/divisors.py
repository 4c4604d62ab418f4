"""Divisors that leave a quotient undefined where there is nothing to divide by."""

from __future__ import annotations

import math


def positive_or_nan(divisor: float) -> float:
    """The number where it is above 0, else nan, which makes the quotient nan, too.

    >>> 1 / positive_or_nan(4.0), 1 / positive_or_nan(0.0)
    (0.25, nan)
    """
    if divisor > 0:
        return divisor
    return math.nan

"""Means of what is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["known_mean"]


def known_mean(values: ArrayLike) -> float:
    """The mean of the finite numbers; nan where there are none.

    >>> known_mean([1.0, float("nan"), 2.0]), known_mean([])
    (1.5, nan)
    """
    numbers = np.asarray(values)
    known = numbers[np.isfinite(numbers)]
    if not known.size:
        return math.nan
    return float(known.mean())

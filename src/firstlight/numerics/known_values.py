"""Means of what is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


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


def known_means(values: ArrayLike, axis: int) -> Floats:
    """The means of the finite numbers along an axis; nan where there are none.

    >>> known_means([[1.0, float("nan")], [2.0, float("nan")]], axis=0).tolist()
    [1.5, nan]
    """
    numbers = np.asarray(values, dtype=float)
    known = np.isfinite(numbers)
    # numpy's nanmean says the same, and warns of every row that has no number
    count = known.sum(axis=axis)
    total = np.where(known, numbers, 0.0).sum(axis=axis)
    return np.asarray(total / np.where(count > 0, count, np.nan))

"""Growth as it is printed everywhere: in proportion to what it started from, so that doubling is
+100%, and over several years as their geometric mean, a year."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def annual_growth(ratio: Any, years: Any) -> Any:
    """Growth a year of what became ``ratio`` times as much within so many years.

    Of numbers, arrays, columns or expressions.

    >>> annual_growth(np.array([4.0, 0.0, np.nan]), 2).tolist()
    [1.0, -1.0, nan]
    """
    return ratio ** (1 / years) - 1


def mean_annual_growth(ratios: ArrayLike, years: ArrayLike = 1) -> float:
    """The geometric mean a year of growth over several spans of one year or more.

    ratios, years : (n,), what became of 1 within each span, and how long it is

    >>> round(mean_annual_growth([1.03, 1.03**4], [1, 4]), 9), mean_annual_growth([2, 0.5])
    (0.03, 0.0)
    """
    logs, spans = np.broadcast_arrays(np.log(ratios), np.asarray(years, dtype=float))
    return float(np.expm1(logs.sum() / spans.sum()))


def proportional_per_log(log: ArrayLike) -> Any:
    """What a point of log growth is of growth in proportion, where the whole grew by so much.

    >>> (np.log(2) * proportional_per_log([np.log(2), 0])).round(6).tolist()
    [1.0, 0.693147]
    """
    whole = np.asarray(log, dtype=float)
    return np.where(whole == 0, 1.0, np.expm1(whole) / np.where(whole == 0, 1.0, whole))


def annual_weights(growth: ArrayLike, years: ArrayLike, *, is_log: bool = False) -> NDArray[Any]:
    """The weights by which growth over several spans, and parts that add up to it, become a year's.

    The growth that they make is the geometric mean, and parts add up to it: each has the share in
    it that it has in the growth of the logarithm, span by span.

    growth, years : (n,), in proportion or of the logarithm, and how long each span is
    Returns (n,); nan where growth of -100% or less leaves no logarithm.

    >>> growth, parts = np.array([1.0, -0.5]), np.array([[0.6, 0.4], [-0.1, -0.4]])
    >>> weights = annual_weights(growth, [1, 1])
    >>> float(weights @ growth), (weights @ parts).round(3).tolist()
    (0.0, [0.139, -0.139])
    """
    change = np.asarray(growth, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = change if is_log else np.log1p(change)
        of_log = 1.0 if is_log else 1 / proportional_per_log(logs)
        spans = np.broadcast_to(np.asarray(years, dtype=float), logs.shape).sum()
        weights = of_log * proportional_per_log(logs.sum() / spans) / spans
    return np.broadcast_to(np.where(np.isfinite(weights), weights, np.nan), logs.shape)

"""The bootstrap: how often each unit is drawn, sums over units, and the interval they give."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def drawn_weights(units: int, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(resamples, units), how often each unit is drawn, as many as there are, with replacement.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 8.

    >>> drawn_weights(4, 2, np.random.default_rng(0)).sum(axis=1).tolist()
    [4, 4]
    """
    return rng.multinomial(units, np.full(units, 1 / units), size=resamples)


def sums_by_unit(units: Any, values: ArrayLike) -> Floats:
    """(units, columns), sums over the rows of each unit, in the order of the units' names: who
    draws units instead of rows keeps what rows of one have in common.

    >>> sums_by_unit(["b", "a", "b"], [[1.0], [2.0], [3.0]]).tolist()
    [[2.0], [4.0]]
    """
    rows = np.asarray(values, dtype=float)
    names, index = np.unique(np.asarray(units).astype(str), return_inverse=True)
    totals = np.zeros((names.size, rows.shape[1]))
    np.add.at(totals, index, rows)
    return totals


def percentile_interval(drawn: Any, level: float, axis: int | None = None) -> Any:
    """The ends of the middle ``level`` of resampled values, low and high.

    >>> percentile_interval([0.0, 1.0, 2.0], 1.0).tolist()
    [0.0, 2.0]
    """
    return np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=axis)

"""Rates that never fall: weighted isotonic regression, many series at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]


def rising_rates(amounts: Any, totals: Any) -> Floats:
    """The rising sequence of rates nearest to amounts / totals, weighted by the totals.

    g_i = max over j <= i of min over k >= i of (sum of amounts from j to k) / (sum of totals from j
    to k); for Poisson and binomial counts this is the maximum of the likelihood under rates that
    never fall.

    amounts : (..., n); totals : (n,), above 0
    Returns (..., n).
    Source: Barlow, Bartholomew, Bremner and Brunk (1972), Statistical Inference under Order
            Restrictions, Wiley.

    >>> rising_rates([1, 3, 2, 5], [1, 1, 1, 1]).tolist()
    [1.0, 2.5, 2.5, 5.0]
    """
    y, w = np.asarray(amounts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    rates = (y / w).reshape(-1, w.size)
    return np.array([isotonic_regression(row, weights=w).x for row in rates]).reshape(y.shape)

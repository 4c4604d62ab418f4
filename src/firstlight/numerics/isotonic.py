"""Rates that never fall: weighted isotonic regression, many series at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rising_rates(amounts: Any, totals: Any) -> Floats:
    """The rising sequence of rates nearest to amounts / totals, weighted by the totals.

    g_i = max over j <= i of min over k >= i of (sum of amounts from j to k) / (sum of totals from j to k); for Poisson
    and binomial counts this is the maximum of the likelihood under rates that never fall.

    amounts : (..., n); totals : (n,), above 0
    Returns (..., n).
    Source: Barlow, Bartholomew, Bremner and Brunk (1972), Statistical Inference under Order Restrictions, Wiley.

    >>> rising_rates([1, 3, 2, 5], [1, 1, 1, 1]).tolist()
    [1.0, 2.5, 2.5, 5.0]
    """
    y, w = np.asarray(amounts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    start = np.zeros((*y.shape[:-1], 1))
    sums, weights = np.concatenate([start, np.cumsum(y, axis=-1)], axis=-1), np.concatenate([[0.0], np.cumsum(w)])
    n = w.size
    first, last = np.arange(n)[:, None], np.arange(n)[None, :]
    is_span = last >= first
    mass = np.where(is_span, weights[1:][None, :] - weights[:-1][:, None], 1.0)
    mean = (sums[..., None, 1:] - sums[..., :-1, None]) / mass
    ahead = np.minimum.accumulate(np.where(is_span, mean, np.inf)[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(np.where(is_span, ahead, -np.inf).max(axis=-2))

"""The whole that counts are shares of: its log, year by year, and the pace at which it goes on."""

from __future__ import annotations

import numpy as np

from firstlight.instruments.emergence.shares import Array

PACE_YEARS = 10


def log_total(counts: Array, exposure: Array | None) -> Array:
    """Log of the whole in every year; years not known are interpolated, nan before the first.

    counts   : (series, years), nan = not known
    exposure : (years,), all documents; None = the sum of the series, each year linked to an earlier one by the series
               known in both, so that series that join the record late don't count as growth

    >>> log_total(np.array([[10.0, 20.0], [np.nan, 500.0]]), None).round(2).tolist()
    [0.0, 0.67]
    """
    if exposure is not None:
        n = np.log(exposure, out=np.full(exposure.shape, np.nan), where=exposure > 0)
    else:
        n = _linked(counts)
    known = np.flatnonzero(np.isfinite(n))
    if known.size:
        inside = np.arange(known[0], n.size)
        n[inside] = np.interp(inside, known, n[known])
    return np.asarray(n)


def pace(log_whole: Array, column: int) -> float:
    """Growth a year (log) over the ten years to a column: the mean of the middle half of them, drawn towards 0.

    The middle half, because a record that takes in a new field, or holds a year in part, jumps once. n years of growth
    count beside one imagined year without: a pace is less certain the fewer years it was seen for.

    >>> round(pace(np.log([100.0, 110.0, 121.0]), 2), 4)
    0.0635
    """
    span = min(PACE_YEARS, column)
    if not span:
        return 0.0
    growth = np.sort(np.diff(log_whole[column - span : column + 1]))
    outside = span // 4
    return float(growth[outside : span - outside].mean()) * span / (span + 1.0)


def _linked(counts: Array) -> Array:
    known = np.isfinite(counts)
    n = np.full(counts.shape[1], np.nan)
    for year in range(counts.shape[1]):
        if not known[:, year].any():
            continue
        links = [earlier for earlier in range(year) if (known[:, earlier] & known[:, year]).any()]
        if not links:
            n[year] = (
                0.0 if not np.isfinite(n[:year]).any() else n[:year][np.isfinite(n[:year])][-1]
            )
            continue
        both = known[:, links[-1]] & known[:, year]
        # Half a document, so that a year without any has a logarithm.
        growth = np.log((counts[both, year].sum() + 0.5) / (counts[both, links[-1]].sum() + 0.5))
        n[year] = n[links[-1]] + growth
    return n

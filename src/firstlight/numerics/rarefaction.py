"""How likely it is that a sample without replacement holds nothing of a kind, as rarefaction
asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]


def absence_probability(x: ArrayLike, total: ArrayLike, drawn: int) -> Floats:
    """The probability that none of ``x`` units is among ``drawn`` of ``total``, which are taken
    without replacement: C(N - x, n) / C(N, n).

    Parameters
    ----------
    x, total
        Whole numbers of 0 and above, in shapes that fit each other.
    drawn
        How many are drawn, n; at most the total.

    Returns
    -------
    In the shape that both have; 1 where x is 0, and 0 where fewer than n are something else.

    References
    ----------
    Hurlbert (1971), Ecology 52(4), 577-586.

    Examples
    --------
    >>> absence_probability([5, 0, 9], 10, 2).round(4).tolist()
    [0.2222, 1.0, 0.0]
    """
    x, total = np.asarray(x, np.float64), np.asarray(total, np.float64)
    can_miss = (x > 0) & (total - x >= drawn)
    less, more = np.minimum(x, drawn), np.maximum(x, drawn)
    # C(N - x, n) / C(N, n) = B(N - l + 1, l) / B(N - l - m + 1, l), l and m the lesser and the
    # greater of x and n: binomials of large numbers would lose the digits that are left over
    whole = np.where(can_miss, total - less + 1, 1.0)
    left = np.where(can_miss, total - less - more + 1, 1.0)
    units = np.where(can_miss, less, 1.0)
    missed = np.exp(betaln(whole, units) - betaln(left, units))
    return np.where(can_miss, missed, np.where(x > 0, 0.0, 1.0))

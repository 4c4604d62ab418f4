"""How much of the variance of a result each uncertain input accounts for, alone and with others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NORMAL = 1.959963984540054  # 97.5% quantile of the standard normal distribution
CONSTANT = 1e-12  # variance, over the square of the largest result, below which nothing varies


@dataclass(frozen=True)
class SobolIndices:
    """Sobol indices of f inputs with 95% confidence intervals; m results.

    Attributes
    ----------
    first, first_error
        (f, m), share of the variance that an input accounts for by itself, and half the width of
        its interval.
    total, total_error
        (f, m), the same with all its interactions.
    """

    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats


def sobol_indices(a: ArrayLike, b: ArrayLike, mixed: ArrayLike) -> SobolIndices:
    """First-order and total Sobol indices from two independent samples and their mixtures.

    First order: mean of b (mixed_i - a), over the variance (Saltelli and others); total: mean of
    (a - mixed_i)^2 / 2, over the variance (Jansen). Intervals are those of ratios of means.

    Parameters
    ----------
    a, b
        (n,) or (n, m), results at two independent samples of the inputs.
    mixed
        (f, n) or (f, n, m), results at the first sample with input i of the second.

    Returns
    -------
    `SobolIndices`; nan where a result does not vary.

    References
    ----------
    Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola 2010, Computer Physics Communications
    181(2), 259-270, table 2 (b) and (f).

    Examples
    --------
    >>> x, y = np.random.default_rng(0).random((2, 4096, 2))
    >>> result = lambda inputs: 2 * inputs[:, 0] + inputs[:, 1]
    >>> swapped = [np.where(np.arange(2) == i, y, x) for i in range(2)]
    >>> found = sobol_indices(result(x), result(y), [result(each) for each in swapped])
    >>> found.total.round(1).ravel().tolist()  # 4/5 and 1/5
    [0.8, 0.2]
    """
    own, other, swapped = (np.asarray(each, float) for each in (a, b, mixed))
    n = len(own)
    own = own.reshape(n, -1)
    other = other.reshape(n, -1)
    swapped = swapped.reshape(-1, n, own.shape[1])
    middle = (own.mean(axis=0) + other.mean(axis=0)) / 2
    largest = np.maximum(np.abs(own).max(axis=0), np.abs(other).max(axis=0))
    own = own - middle
    other = other - middle
    swapped = swapped - middle
    square = (own**2 + other**2) / 2
    variance = square.mean(axis=0)
    variance = np.where(variance > CONSTANT * largest**2, variance, np.nan)
    first, first_error = _ratio(other * (swapped - own), square, variance)
    total, total_error = _ratio((own - swapped) ** 2 / 2, square, variance)
    return SobolIndices(first, first_error, total, total_error)


def _ratio(part: Floats, square: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The mean of (f, n, m) over that of (n, m), and half its interval by the delta method."""
    ratio = part.mean(axis=1) / variance
    apart = part - ratio[:, None, :] * square
    error = NORMAL * apart.std(axis=1) / (variance * np.sqrt(part.shape[1]))
    return ratio, error

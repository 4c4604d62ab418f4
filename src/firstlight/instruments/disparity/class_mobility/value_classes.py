"""Classes of values by quantiles, and the density of values in some years."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LOW_PEAK = 0.05  # of the highest, below which a peak counts for nothing


def quantile_classes(
    x: ArrayLike, k: int, by: Literal["pooled", "each_year"] = "pooled"
) -> tuple[NDArray[np.int_], Floats]:
    """The class of each value, of k by quantiles, and the bounds between classes.

    Parameters
    ----------
    x
        (n, T), nan where missing.
    k
        How many classes.
    by
        Quantiles of all years together, so that classes mean the same in each, or of each year, so
        that classes are always of one size.

    Returns
    -------
    (n, T) from 0, the lowest, to k - 1, and -1 where missing; (T, k - 1) bounds, a value at a
    bound being in the lower class.

    Examples
    --------
    >>> quantile_classes([[1.0, 2.0], [3.0, 4.0]], 2)[0].tolist()
    [[0, 0], [1, 1]]
    """
    values = np.asarray(x, float)
    at = np.arange(1, k) / k
    if by == "pooled":
        known = values[np.isfinite(values)]
        bounds = np.tile(np.quantile(known, at), (values.shape[1], 1))
    else:
        bounds = np.stack([np.quantile(own[np.isfinite(own)], at) for own in values.T])
    return _cut(values, bounds), bounds


def bounded_classes(x: ArrayLike, bounds: ArrayLike) -> tuple[NDArray[np.int_], Floats]:
    """The class of each value between bounds that are the same in all years.

    Parameters
    ----------
    x
        (n, T), nan where missing.
    bounds
        (k - 1,), ascending.

    Returns
    -------
    As `quantile_classes`.

    Examples
    --------
    >>> bounded_classes([[0.5, 0.75], [1.0, 1.2]], [0.75, 1.1])[0].tolist()
    [[0, 0], [1, 2]]
    """
    values = np.asarray(x, float)
    of_years = np.tile(np.asarray(bounds, float), (values.shape[1], 1))
    return _cut(values, of_years), of_years


def _cut(values: Floats, bounds: Floats) -> NDArray[np.int_]:
    """(n, T), the class of each value by the bounds (T, k - 1) of its year; -1 where missing."""
    classes = np.stack(
        [np.searchsorted(own, column) for own, column in zip(bounds, values.T, strict=True)], axis=1
    )
    return np.where(np.isfinite(values), classes, -1)


def kernel_density(x: ArrayLike, at: ArrayLike) -> Floats:
    """The density of values by a Gaussian kernel with Silverman's bandwidth.

    0.9 times the smaller of the standard deviation and the quartile range over 1.34, times
    n^(-1/5).

    Parameters
    ----------
    x
        (n,) values.
    at
        (m,) where the density is wanted.

    Returns
    -------
    (m,); nan where values do not vary.

    References
    ----------
    Silverman 1986, Density Estimation for Statistics and Data Analysis, equation 3.31.

    Examples
    --------
    >>> kernel_density([0.0, 1.0, 2.0], [1.0]).round(3).tolist()
    [0.335]
    """
    values, points = np.asarray(x, float), np.asarray(at, float)
    width = bandwidth(values)
    if not width > 0:
        return np.full(points.shape, np.nan)
    z = (points[:, None] - values) / width
    return np.asarray(np.exp(-(z**2) / 2).mean(axis=1) / (width * np.sqrt(2 * np.pi)))


def bandwidth(x: Floats) -> float:
    """Silverman's bandwidth; 0 where values do not vary."""
    if len(x) < 2:
        return 0.0
    deviation = float(x.std(ddof=1))
    quartiles = np.quantile(x, [0.25, 0.75])
    spread = float(quartiles[1] - quartiles[0]) / 1.34
    return 0.9 * (min(deviation, spread) or deviation) * float(len(x) ** -0.2)


def peaks_count(density: ArrayLike) -> int:
    """How many peaks a density has that reach a twentieth of the highest.

    Parameters
    ----------
    density
        (m,), at points in their order.

    Returns
    -------
    int

    Examples
    --------
    >>> peaks_count([0.0, 2.0, 1.0, 3.0, 0.0])
    2
    """
    d = np.asarray(density, float)
    inner = (d[1:-1] > d[:-2]) & (d[1:-1] >= d[2:]) & (d[1:-1] >= LOW_PEAK * d.max())
    return int(inner.sum())

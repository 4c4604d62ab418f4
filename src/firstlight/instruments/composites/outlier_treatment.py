"""Outliers and skew: found by skewness and kurtosis, winsorised or taken as logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Treated:
    """An indicator after its outliers were treated.

    Attributes
    ----------
    values
        (n,), nan where missing.
    is_winsorised
        (n,), which values were moved.
    is_logged
        Whether all were taken as logarithms.
    is_still_skewed
        Whether it is beyond the limits even so.
    """

    values: Floats
    is_winsorised: NDArray[np.bool_]
    is_logged: bool
    is_still_skewed: bool


def skewness(x: ArrayLike) -> float:
    """Sample skewness G1, adjusted for small samples, without what is missing.

    Parameters
    ----------
    x
        (n,)

    Returns
    -------
    A number; nan for fewer than three values, or equal ones.

    References
    ----------
    Joanes and Gill 1998, The Statistician 47(1), 183-189.

    Examples
    --------
    >>> round(skewness([1, 2, 3, 10]), 4)
    1.7636
    """
    n, m = _moments(x)
    if n < 3 or not m[0] > 0:
        return float("nan")
    return float(m[1] / m[0] ** 1.5 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: ArrayLike) -> float:
    """Sample excess kurtosis G2, adjusted for small samples, without what is missing.

    Parameters
    ----------
    x
        (n,)

    Returns
    -------
    A number; nan for fewer than four values, or equal ones.

    References
    ----------
    Joanes and Gill 1998, The Statistician 47(1), 183-189.

    Examples
    --------
    >>> round(kurtosis([1, 2, 3, 10]), 3)
    3.228
    """
    n, m = _moments(x)
    if n < 4 or not m[0] > 0:
        return float("nan")
    g = m[2] / m[0] ** 2 - 3
    return float(((n + 1) * g + 6) * (n - 1) / ((n - 2) * (n - 3)))


def is_skewed(x: ArrayLike, skew_limit: float = 2.0, kurtosis_limit: float = 3.5) -> bool:
    """Whether both the absolute skewness and the kurtosis are above their limits.

    Examples
    --------
    >>> is_skewed([1, 2, 3, 4, 5, 6, 7, 8, 9, 100]), is_skewed(range(10))
    (True, False)
    """
    return bool(abs(skewness(x)) > skew_limit and kurtosis(x) > kurtosis_limit)


def winsorised(
    x: ArrayLike, most: int = 5, skew_limit: float = 2.0, kurtosis_limit: float = 3.5
) -> Floats:
    """Values of which the farthest is moved to the next, again and again, until the indicator is
    within the limits or so many values were moved.

    The farthest is the highest where skewness is 0 or above, else the lowest; equal values move
    together.

    Parameters
    ----------
    x
        (n,), nan where missing.
    most
        Values that may be moved; the last step may move more, where values are equal.
    skew_limit, kurtosis_limit
        As in `is_skewed`.

    Returns
    -------
    (n,)

    References
    ----------
    OECD and JRC 2008, Handbook on Constructing Composite Indicators; the limits are those of the
    JRC's Competence Centre on Composite Indicators.

    Examples
    --------
    >>> winsorised([1, 2, 3, 4, 5, 6, 7, 8, 9, 100]).max().item()
    9.0
    """
    values = np.array(x, float)
    high = low = 0
    while is_skewed(values, skew_limit, kurtosis_limit) and high + low < most:
        if skewness(values) >= 0:
            at = values == np.nanmax(values)
            values[at] = np.nanmax(values[~at])
            high = int(at.sum())
        else:
            at = values == np.nanmin(values)
            values[at] = np.nanmin(values[~at])
            low = int(at.sum())
    return values


def treat_outliers(
    x: ArrayLike,
    *,
    most: int = 5,
    skew_limit: float = 2.0,
    kurtosis_limit: float = 3.5,
    is_logged_else: bool = False,
) -> Treated:
    """An indicator with its outliers winsorised or, where that does not do, taken as logarithms.

    The logarithm is that of x - min + .01 (max - min), of the values as they were.

    Parameters
    ----------
    x
        (n,), nan where missing.
    most
        Values that may be winsorised.
    skew_limit, kurtosis_limit
        As in `is_skewed`.
    is_logged_else
        Whether logarithms are taken of an indicator that winsorising leaves beyond the limits.

    Returns
    -------
    `Treated`.

    Examples
    --------
    >>> found = treat_outliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 100])
    >>> found.is_winsorised.sum().item(), found.is_still_skewed
    (1, False)
    """
    x = np.asarray(x, float)
    values = winsorised(x, most, skew_limit, kurtosis_limit)
    is_left = is_skewed(values, skew_limit, kurtosis_limit)
    if not (is_left and is_logged_else):
        return Treated(values, ~np.isnan(x) & (values != x), False, is_left)
    low = np.nanmin(x)
    high = np.nanmax(x)
    logged = np.log(x - low + 0.01 * (high - low))
    still = is_skewed(logged, skew_limit, kurtosis_limit)
    return Treated(logged, np.zeros(len(x), bool), True, still)


def _moments(x: ArrayLike) -> tuple[int, tuple[float, float, float]]:
    """How many values there are, and their second to fourth moments about the mean."""
    values = np.asarray(x, float)
    values = values[~np.isnan(values)]
    if not len(values):
        return 0, (0.0, 0.0, 0.0)
    # in proportion to the largest, so that no power overflows and equal values are seen as such
    largest = np.abs(values).max()
    values = values / largest if largest > 0 else values
    apart = values - values.mean()
    # what the mean of equal values leaves by rounding is no deviation
    apart = np.where(np.abs(apart) < 1e-15, 0.0, apart)
    m2, m3, m4 = (float((apart**power).mean()) for power in (2, 3, 4))
    return len(values), (m2, m3, m4)

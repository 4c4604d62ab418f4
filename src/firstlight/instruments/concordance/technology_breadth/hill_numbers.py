"""How many industries something is spread over: Hill numbers of counts, corrected for how few they
are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma

from firstlight.numerics.rarefaction import absence_probability

Floats = NDArray[np.float64]

# points of the trapezoid rule for the tail of Chao and Jost; more of them change nothing
_STEP = 0.125
_POINTS = np.exp(np.arange(-40.0, 5.0, _STEP))
_WEIGHTS = _STEP * _POINTS * np.exp(-_POINTS)


def hill_number(x: ArrayLike, order: int = 1) -> Floats:
    """The effective number of industries: as many, all alike, would be as diverse.

    Of order 0 their plain number, of order 1 exp(-sum s log s), of order 2 1 / sum s^2, where s are
    the shares of a row.

    Parameters
    ----------
    x
        (n, k) or (k,), amounts of 0 and above.
    order
        0, 1 or 2.

    Returns
    -------
    (n,) or a number; nan for a row without any amount.

    References
    ----------
    Hill 1973, Ecology 54(2), 427-432.

    Examples
    --------
    >>> [float(hill_number([2, 1, 1], order).round(4)) for order in (0, 1, 2)]
    [3.0, 2.8284, 2.6667]
    """
    x = np.asarray(x, np.float64)
    s = _divided(x, x.sum(axis=-1, keepdims=True))
    if order == 0:
        return np.asarray(np.where(np.isnan(s).any(axis=-1), np.nan, (s > 0).sum(axis=-1)))
    if order == 1:
        return np.asarray(np.exp(-(s * np.log(np.where(s > 0, s, 1.0))).sum(axis=-1)))
    return _divided(1.0, (s**2).sum(axis=-1))


def chao_jost_number(x: ArrayLike) -> Floats:
    """The effective number of order 1 that counts are a sample from.

    exp of Chao and Jost's estimator of the entropy: that of what was counted, and of what the
    rarest counts say was not. Never above the number of columns, which are all that there are.

    Parameters
    ----------
    x
        (n, k) or (k,), whole numbers of 0 and above.

    Returns
    -------
    (n,) or a number; nan for a row without any count.

    References
    ----------
    Chao, Wang and Jost 2013, Methods in Ecology and Evolution 4(11), 1091-1100, equation 7.

    Examples
    --------
    >>> float(chao_jost_number([6, 3, 1, 1, 0, 0, 0, 0]).round(3))
    3.805
    """
    x = np.asarray(x, np.float64)
    n = np.asarray(x.sum(axis=-1))
    singles = (x == 1).sum(axis=-1)
    doubles = (x == 2).sum(axis=-1)
    safe = np.where(x > 0, x, 1.0)
    counted = np.where(x > 0, x * (digamma(np.maximum(n, 1.0))[..., None] - digamma(safe)), 0.0)
    entropy = _divided(counted.sum(axis=-1), n)
    entropy = entropy + _divided(singles, n) * _unseen(n, singles, doubles)
    return np.asarray(np.minimum(np.exp(entropy), x.shape[-1]))


def _unseen(n: Floats, singles: Any, doubles: Any) -> Floats:
    """(1 - A)^(1 - n) (-log A - sum_{r < n} (1 - A)^r / r), as an integral that keeps its digits.

    It is sum_{j > 0} (1 - A)^j / (n - 1 + j), and so the integral of
    exp(-u) (1 - A) / (1 - (1 - A) exp(-u / n)) over u > 0, divided by n.
    """
    two = 2.0 * doubles
    with_doubles = _divided(two, (n - 1) * singles + two)
    without = 2.0 / ((n - 1) * np.maximum(singles - 1.0, 0.0) + 2.0)
    a = np.where(doubles > 0, with_doubles, np.where(singles > 1, without, 1.0))
    z = (1 - a)[..., None]
    m = np.maximum(n, 1.0)[..., None]
    kept = np.asarray(1.0 - z - z * np.expm1(-_POINTS / m))
    return np.asarray((_WEIGHTS * z / kept).sum(axis=-1) / np.maximum(n, 1.0))


def simpson_number(x: ArrayLike) -> Floats:
    """The effective number of order 2 that counts are a sample from: n (n - 1) / sum x (x - 1).

    Never above the number of columns, which are all that there are.

    Parameters
    ----------
    x
        (n, k) or (k,), whole numbers of 0 and above.

    Returns
    -------
    (n,) or a number; nan for a row with fewer than 2.

    References
    ----------
    Chao, Gotelli, Hsieh, Sander, Ma, Colwell and Ellison 2014, Ecological Monographs
    84(1), 45-67.

    Examples
    --------
    >>> float(simpson_number([3, 1, 1, 0, 0]).round(4))
    3.3333
    """
    x = np.asarray(x, np.float64)
    return np.asarray(np.minimum(_inverse(1 - generality(x)), x.shape[-1]))


def generality(x: ArrayLike, *, corrected: bool = True) -> Floats:
    """1 - sum s^2 of the classes that cite something, times n / (n - 1) where n citations are few.

    Parameters
    ----------
    x
        (n, k) or (k,), numbers of citations by class.
    corrected
        Whether for the number of citations.

    Returns
    -------
    (n,) or a number; nan for a row without citations, and corrected for one of fewer than 2.

    References
    ----------
    Hall, Jaffe and Trajtenberg 2001, NBER Working Paper 8498, section 4 and appendix 2.

    Examples
    --------
    >>> float(generality([2, 1, 1], corrected=False)), float(generality([2, 1, 1]).round(4))
    (0.625, 0.8333)
    """
    x = np.asarray(x, np.float64)
    n = np.asarray(x.sum(axis=-1))
    if not corrected:
        return np.asarray(1 - _divided((x**2).sum(axis=-1), n**2))
    pairs = np.where(n > 1, n * (n - 1), np.nan)
    return np.asarray(1 - (x * (x - 1)).sum(axis=-1) / pairs)


def rarefied_count(x: ArrayLike, count: int) -> Floats:
    """The number of industries that so many of the counts, drawn at random, would be found in.

    Parameters
    ----------
    x
        (n, k) or (k,), whole numbers of 0 and above.
    count
        How many are drawn.

    Returns
    -------
    (n,) or a number; nan for a row of fewer.

    References
    ----------
    Hurlbert 1971, Ecology 52(4), 577-586.

    Examples
    --------
    >>> float(rarefied_count([2, 1, 1], 2).round(4)), float(rarefied_count([2, 1, 1], 4))
    (1.8333, 3.0)
    """
    x = np.asarray(x, np.float64)
    n = np.asarray(x.sum(axis=-1, keepdims=True))
    expected = (1 - absence_probability(x, n, count)).sum(axis=-1, where=x > 0)
    return np.asarray(np.where(n[..., 0] >= count, expected, np.nan))


def _divided(one: Any, other: Any) -> Floats:
    """A quotient; nan where the divisor is 0."""
    other = np.asarray(other, np.float64)
    return np.asarray(np.asarray(one, np.float64) / np.where(other > 0, other, np.nan))


def _inverse(x: Floats) -> Floats:
    """1 / x; without bound where x is 0."""
    return np.asarray(
        np.where(x > 0, 1 / np.where(x > 0, x, 1.0), np.where(np.isnan(x), x, np.inf))
    )

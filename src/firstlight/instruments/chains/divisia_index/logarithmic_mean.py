"""The logarithmic mean Divisia index: parts of a change that leave nothing over."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NEAR = 0.5  # relative difference below which log1p is the more exact


def logarithmic_mean(a: ArrayLike, b: ArrayLike) -> Floats:
    """The logarithmic mean (a - b) / ln(a / b) of numbers that are 0 or above.

    Parameters
    ----------
    a, b
        Of one shape.

    Returns
    -------
    The shape of ``a``; a where both are alike, 0 where one of them is 0.

    Examples
    --------
    >>> logarithmic_mean([1, 2, 0], [np.e, 2, 5]).round(6).tolist()
    [1.718282, 2.0, 0.0]
    """
    a = np.asarray(a, float)
    b = np.asarray(b, float)
    both = (a > 0) & (b > 0)
    # ln(a / b) by log1p keeps its digits where a and b are nearly alike
    ratio = np.divide(a - b, b, out=np.zeros_like(a), where=both)
    is_near = np.abs(ratio) < NEAR
    apart = np.log(np.where(both, a, 1.0)) - np.log(np.where(both, b, 1.0))
    log = np.where(is_near, np.log1p(np.where(is_near, ratio, 0.0)), apart)
    mean = np.divide(a - b, log, out=a.copy(), where=both & (log != 0))
    return np.where(both, mean, 0.0)


def lmdi_effects(start: ArrayLike, end: ArrayLike) -> Floats:
    """Additive LMDI-I: what each of k factors added to the change of each of n products.

    L(v1, v0) ln(f1 / f0), v being the product of the factors f. Where a product is 0 at one date,
    the limits: the factors that are 0 there share the change alike.

    Parameters
    ----------
    start, end
        (n, k), factors, 0 or above.

    Returns
    -------
    (n, k), rows of which sum to v1 - v0

    References
    ----------
    Ang 2005, Energy Policy 33(7), 867-871; Ang, Zhang and Choi 1998, Energy 23(6), 489-495, and
    Wood and Lenzen 2006, Energy Policy 34(12), 1326-1331, for zeros.

    Examples
    --------
    >>> lmdi_effects([[1, 10, 2]], [[4, 5, 3]]).round(4).tolist()
    [[50.4744, -25.2372, 14.7628]]
    """
    f0 = np.asarray(start, float)
    f1 = np.asarray(end, float)
    v0 = f0.prod(axis=1, keepdims=True)
    v1 = f1.prod(axis=1, keepdims=True)
    both = (f0 > 0) & (f1 > 0)
    log = np.log(np.divide(f1, f0, out=np.ones_like(f0), where=both))
    effects = logarithmic_mean(v1, v0) * log
    for gone, change in ((f0 == 0, v1), (f1 == 0, -v0)):
        count = gone.sum(axis=1, keepdims=True)
        shared = np.divide(change * gone, count, out=np.zeros_like(f0), where=count > 0)
        effects = effects + shared
    return np.asarray(effects)


def lmdi_ratios(start: ArrayLike, end: ArrayLike) -> Floats:
    """Multiplicative LMDI-I: by what each of k factors multiplied the sum of n products.

    exp of the additive effects over L(V1, V0), V being the sum of the products.

    Parameters
    ----------
    start, end
        (n, k), factors, 0 or above.

    Returns
    -------
    (k,), whose product is V1 / V0; nan where a sum is 0

    References
    ----------
    Ang 2005, Energy Policy 33(7), 867-871.

    Examples
    --------
    >>> lmdi_ratios([[1, 10, 2]], [[4, 5, 3]]).round(6).tolist()
    [4.0, 0.5, 1.5]
    """
    f0 = np.asarray(start, float)
    f1 = np.asarray(end, float)
    mean = logarithmic_mean(f1.prod(axis=1).sum(), f0.prod(axis=1).sum())
    effects = lmdi_effects(f0, f1).sum(axis=0)
    return np.exp(effects / mean) if mean > 0 else np.full(f0.shape[1], np.nan)

"""What a contract typically costs: medians with intervals that assume no distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.numerics.distributions import critical_t

TENTH: Final = 10  # contracts from which the dearest tenth is told

Floats = NDArray[np.float64]


def median_interval(count: int, level: float = 0.95) -> tuple[int, float] | None:
    """The rank of the order statistic that begins the interval of a median, and its coverage.

    The interval runs from the k-th lowest of n values to the k-th highest, for the largest k whose
    coverage 1 - 2 P(B <= k - 1), B binomial(n, 1/2), is at least the level; None where even the
    whole range covers less. It holds for every continuous distribution, and covers more with ties.

    Parameters
    ----------
    count
        How many values there are.
    level
        Least coverage.

    Returns
    -------
    (k, coverage), or None.

    References
    ----------
    Conover 1999, Practical Nonparametric Statistics, 3rd edition, section 3.2.

    Examples
    --------
    >>> k, coverage = median_interval(10)
    >>> k, round(coverage, 4)
    (2, 0.9785)
    >>> median_interval(5) is None
    True
    """
    coverages = 1 - 2 * special.bdtr(np.arange(count // 2 + 1), count, 0.5)
    k = int((coverages >= level).sum())  # they fall
    if not k:
        return None
    return k, float(coverages[k - 1])


def top_share(values: Any, share: float = 0.1) -> float | None:
    """The share of all value that the dearest tenth of the contracts holds.

    Where a tenth is no whole number, the last contract counts in part; None for fewer than ten.

    Parameters
    ----------
    values
        (n,), above 0.
    share
        How much of the contracts counts as the dearest.

    Returns
    -------
    From ``share`` (all alike) to 1.

    Examples
    --------
    >>> top_share([1.0] * 9 + [11.0])
    0.55
    >>> round(top_share([3.0] * 25), 12)
    0.1
    """
    dearest = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    if dearest.size < TENTH:
        return None
    exact = share * dearest.size
    # .29 * 100 is 28.999999999999996
    whole = int(exact + 1e-9)
    held = float(dearest[:whole].sum())
    if exact - whole > 1e-9:
        held += (exact - whole) * float(dearest[whole])
    return held / float(dearest.sum())


@dataclass(frozen=True)
class TypicalValue:
    """Median and geometric mean with their intervals, and the mean; None where not to be told."""

    median: float
    median_low: float | None
    median_high: float | None
    coverage: float | None
    geometric_mean: float
    geometric_low: float | None
    geometric_high: float | None
    mean: float


def typical_value(values: Any, level: float = 0.95) -> TypicalValue:
    """Median, geometric mean and mean of values, with intervals of the first two.

    The interval of the geometric mean is Student's, of the mean of logarithms.

    Parameters
    ----------
    values
        (n,), above 0, at least one.
    level
        Probability that an interval holds.

    Returns
    -------
    TypicalValue.

    Examples
    --------
    >>> found = typical_value([1, 2, 4, 8, 16, 32])
    >>> found.median, found.median_low, found.median_high, round(found.geometric_mean, 3)
    (6.0, 1.0, 32.0, 5.657)
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    low = high = coverage = None
    if (found := median_interval(n, level)) is not None:
        k, coverage = found
        low, high = float(ordered[k - 1]), float(ordered[n - k])
    logs: Floats = np.log(ordered)
    middle = float(logs.mean())
    geometric_low = geometric_high = None
    if n > 1:
        half = float(critical_t(level, n - 1) * logs.std(ddof=1) / np.sqrt(n))
        geometric_low, geometric_high = float(np.exp(middle - half)), float(np.exp(middle + half))
    return TypicalValue(
        float(np.median(ordered)),
        low,
        high,
        coverage,
        float(np.exp(middle)),
        geometric_low,
        geometric_high,
        float(ordered.mean()),
    )

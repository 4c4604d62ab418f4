"""Critical values and p-values of the normal, t, beta, chi-squared and F distributions.

They come from the functions of `scipy.special` on which `scipy.stats` builds, with the same digits:
importing `scipy.stats` takes longer than most measurements take on their sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def critical_z(level: float) -> float:
    """Standard errors that a two-sided interval reaches on either side.

    >>> round(critical_z(0.95), 4)
    1.96
    """
    return float(special.ndtri((1 + level) / 2))


def critical_t(level: float, freedom: float) -> float:
    """Standard errors that a two-sided interval reaches on either side, for degrees of freedom.

    >>> round(critical_t(0.95, 10), 4)
    2.2281
    """
    return float(special.stdtrit(freedom, (1 + level) / 2))


def z_p_value(z: Any) -> Any:
    """Chance under a normal distribution of what is as far from 0, on either side.

    >>> round(float(z_p_value(-1.96)), 4)
    0.05
    """
    return 2 * special.ndtr(-np.abs(z))


def z_tail(z: Any) -> Any:
    """Chance under a normal distribution of what is as large or larger.

    >>> round(float(z_tail(1.6449)), 4)
    0.05
    """
    return special.ndtr(-np.asarray(z))


def z_density(z: Any) -> Any:
    """Density of the normal distribution.

    >>> round(float(z_density(0.0)), 4)
    0.3989
    """
    return np.exp(-(np.asarray(z) ** 2) / 2.0) / np.sqrt(2 * np.pi)


def t_p_value(t: Any, freedom: Any) -> Any:
    """Chance under a t distribution of what is as far from 0, on either side.

    >>> round(float(t_p_value(2.2281, 10)), 4)
    0.05
    """
    return 2 * special.stdtr(freedom, -np.abs(t))


def t_quantile(share: Any, freedom: Any) -> Any:
    """The value of a t distribution below which a share of it lies."""
    # stdtrit answers +inf to a share of 0
    return np.where(np.equal(share, 0), -np.inf, special.stdtrit(freedom, share))[()]


def t_below(value: Any, freedom: Any) -> Any:
    """The share of a t distribution that lies below a value."""
    return special.stdtr(freedom, value)


def beta_quantile(share: Any, first: Any, second: Any) -> Any:
    """The value of a beta distribution, of two shapes, below which a share of it lies.

    >>> round(float(beta_quantile(0.5, 2, 2)), 4)
    0.5
    """
    return special.betaincinv(first, second, share)


def chi2_quantile(share: Any, freedom: Any) -> Any:
    """The value of a chi-squared distribution below which a share of it lies.

    >>> round(float(chi2_quantile(0.95, 1)), 4)
    3.8415
    """
    return 2 * special.gammaincinv(np.divide(freedom, 2), share)


def chi2_tail(statistic: Any, freedom: Any) -> Any:
    """Chance under a chi-squared distribution of a statistic as large; 1 where rounding has made it
    negative.

    >>> round(float(chi2_tail(3.8415, 1)), 4)
    0.05
    """
    return special.chdtrc(freedom, np.maximum(statistic, 0.0))


def f_tail(statistic: Any, freedom: Any, freedom_below: Any) -> Any:
    """Chance under an F distribution of a statistic as large; 1 where rounding has made it
    negative.

    >>> round(float(f_tail(4.9646, 1, 10)), 4)
    0.05
    """
    return special.fdtrc(freedom, freedom_below, np.maximum(statistic, 0.0))


def false_discovery(p_values: Any, tests: int | None = None) -> Any:
    """Benjamini and Hochberg's adjusted p-values; tests : how many there were, those that are not
    listed with a p of 1.

    >>> false_discovery(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * (tests or order.size) / np.arange(1, order.size + 1)
    adjusted = np.empty(order.size)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def noncentral_f_tail(
    statistic: float, freedom: float, freedom_below: float, shift: float
) -> float:
    """Chance under a noncentral F distribution of a statistic as large.

    Tails of beta distributions are mixed by a Poisson distribution of mean shift / 2; terms of less
    than 1e-30 are left out.

    Source: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, 2nd
            edition, chapter 30.

    >>> round(noncentral_f_tail(4.9646, 1, 10, 0.0), 4)
    0.05
    """
    mean = shift / 2
    steps = np.arange(int(mean + 12 * mean**0.5) + 41)
    chances = np.exp(special.xlogy(steps, mean) - mean - special.gammaln(steps + 1))
    below = freedom_below / (freedom_below + freedom * max(statistic, 0.0))
    tails = special.betainc(freedom_below / 2, freedom / 2 + steps, below)
    return float(chances @ tails)

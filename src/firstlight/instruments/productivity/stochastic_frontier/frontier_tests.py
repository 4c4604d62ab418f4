"""Is there inefficiency at all? The model without it, the one-sided likelihood ratio, and the
skewness of its residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from firstlight.errors import check_bounds
from firstlight.instruments.productivity.stochastic_frontier.refusals import refusal
from firstlight.numerics.distributions import chi2_tail
from firstlight.texts import message

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WithoutInefficiency:
    """The regression that a frontier becomes where sigma_u is 0.

    slopes : (k,); covariance : (k, k); residual : (n,), of least squares; value : the log
            likelihood
    noise_variance, unit_variance : of v, and of the units' random intercepts (0 where there are
            none)
    """

    slopes: Floats
    covariance: Floats
    residual: Floats
    value: float
    noise_variance: float
    unit_variance: float = 0.0


def least_squares(y: Floats, x: Floats) -> WithoutInefficiency:
    """Normal regression by maximum likelihood: variance by n, not by degrees of freedom.

    y : (n,); x : (n, k), of full rank

    >>> least_squares(np.array([1.0, 3.0]), np.ones((2, 1))).noise_variance
    1.0
    """
    slopes = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], float)
    residual = y - x @ slopes
    variance = float(residual @ residual) / len(y)
    value = -len(y) / 2 * (np.log(2 * np.pi * variance) + 1) if variance > 0 else np.inf
    return WithoutInefficiency(
        slopes, np.asarray(variance * np.linalg.inv(x.T @ x)), residual, float(value), variance
    )


def within_units(y: Floats, x: Floats, size: NDArray[np.int64]) -> WithoutInefficiency:
    """Fixed effects with normal noise: the likelihood of the differences between each unit's rows.

    y : (n,) and x : (n, k), less their units' means; size : (N,), rows of each unit
    """
    free = len(y) - len(size)
    found = least_squares(y, x)
    variance = found.noise_variance * len(y) / free
    value = -free / 2 * (np.log(2 * np.pi * variance) + 1) - float(np.log(size).sum()) / 2
    return WithoutInefficiency(
        found.slopes, found.covariance * len(y) / free, found.residual, float(value), variance
    )


def random_intercepts(
    y: Floats, x: Floats, unit: NDArray[np.int64], size: NDArray[np.int64]
) -> WithoutInefficiency:
    """Normal random effects by maximum likelihood, profiled in the ratio of the two variances.

    y : (n,); x : (n, k); unit : (n,), places of the units; size : (N,), rows of each unit
    """

    def at(log_ratio: float) -> tuple[float, WithoutInefficiency]:
        ratio = np.exp(log_ratio)
        share = (1 - 1 / np.sqrt(1 + size * ratio))[unit]
        means = np.column_stack([y, x])
        means = (np.array([np.bincount(unit, column) for column in means.T]) / size).T[unit]
        found = least_squares(y - share * means[:, 0], x - share[:, None] * means[:, 1:])
        value = found.value - float(np.log1p(size * ratio).sum()) / 2
        residual = y - x @ found.slopes
        whole = WithoutInefficiency(
            found.slopes,
            found.covariance,
            residual,
            value,
            found.noise_variance,
            ratio * found.noise_variance,
        )
        return value, whole

    best = minimize_scalar(
        lambda r: -at(r)[0], bounds=(-20.0, 15.0), method="bounded", options={"xatol": 1e-9}
    )
    return max((at(float(best.x)), at(-40.0)), key=lambda pair: pair[0])[1]


def mixed_chi_square_p(statistic: float, restrictions: int) -> float:
    """p value of a likelihood ratio that restricts a variance to 0 and ``restrictions`` - 1 further
    parameters.

    Half the weight on chi-square with q - 1, half on q degrees of freedom; the first is a point at
    0 where q = 1.

    statistic : twice the difference of the log likelihoods; below 0 counts as 0
    Returns a probability.
    Raises  InputError for no restriction.
    Source: Kodde and Palm (1986), Econometrica 54, 1243-1248, table 1 (df = q, one inequality:
            2.706, 5.138, 7.045 at 5%); Coelli (1995), Journal of Productivity Analysis 6, 247-268.

    >>> [round(mixed_chi_square_p(value, q), 3) for q,
    ...     value in ((1, 2.706), (2, 5.138), (3, 7.045))]
    [0.05, 0.05, 0.05]
    """
    check_bounds("restrictions", restrictions, 1)
    statistic = max(statistic, 0.0)
    lower = float(statistic <= 0)  # chi squared without a degree of freedom is 0 for certain
    if restrictions > 1:
        lower = float(chi2_tail(statistic, restrictions - 1))
    return (lower + float(chi2_tail(statistic, restrictions))) / 2


@dataclass(frozen=True)
class Skewness:
    """The skewness of least-squares residuals, signed so that inefficiency makes it negative.

    skewness  : m3 / m2^(3/2); statistic : M3T = m3 / sqrt(6 m2^3 / n), standard normal without
            inefficiency
    p_value   : one-sided, of no inefficiency
    is_wrong  : m3 >= 0. Then least squares is a local maximum of the half-normal likelihood, with
            sigma_u = 0 (Waldman 1982)
    """

    skewness: float
    statistic: float
    p_value: float
    is_wrong: bool


def skewness_test(residual: ArrayLike) -> Skewness:
    """M3T, Coelli's test of the third moment of independent least-squares residuals.

    residual : (n,), of y for production; with the sign turned for cost
    Returns Skewness.
    Raises  InputError for residuals that are all alike.
    Source: Coelli (1995), Journal of Productivity Analysis 6, 247-268; Schmidt and Lin (1984),
            Journal of Econometrics 24, 349-361; Waldman (1982), Journal of Econometrics 18,
            275-279.

    >>> found = skewness_test([1.0, 1.0, 1.0, -3.0])
    >>> round(found.skewness, 4), round(found.statistic, 4), found.is_wrong
    (-1.1547, -0.9428, False)
    """
    e = np.asarray(residual, float)
    e = e - e.mean()
    m2, m3 = float((e**2).mean()), float((e**3).mean())
    if not m2 > 0:
        raise refusal(message("residuals_alike"))
    statistic = m3 / np.sqrt(6 * m2**3 / len(e))
    return Skewness(m3 / m2**1.5, float(statistic), float(ndtr(statistic)), m3 >= 0)

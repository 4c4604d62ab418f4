"""Draws from a smoothed distribution of efficiency scores that ends at 1, and the width of the
smoothing.

Symbols: theta efficiency in (0, 1], a star for what is drawn, h bandwidth, e standard normal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.frontiers.technology import FOLDER
from firstlight.instruments.productivity.unit_panel import FAMILY
from firstlight.texts import Count, Value, Year, message

Floats = NDArray[np.float64]
BANDWIDTHS = ("normal_reference", "cross_validation")
SMOOTHING = ("reflected", "simar_wilson_1998")
FEWEST_INSIDE = 3  # thetas below 1, under which there is no distribution to draw from


def smoothed_draw(
    theta: Floats, h: float, random: np.random.Generator, smoothing: str = "reflected"
) -> Floats:
    """(N,) draws from the kernel estimate of the thetas that is reflected at 1, with the variance
    corrected for the smoothing.

    reflected : b from the thetas and their reflection 2 - theta, s^2 the variance of all these; t =
                mean b + (b + h e - mean b) / sqrt(1 + h^2 / s^2), theta* = t, or 2 - t where t is
                above 1
    simar_wilson_1998 : b from the thetas, s^2 their variance; t = b + h e, or 2 - b - h e where
                that is above 1; theta* = mean b + (t - mean b) / sqrt(1 + h^2 / s^2)
    The first follows Daraio and Simar, as the R packages Benchmarking and, in later versions, deaR
    do with 1/theta; the second the paper of 1998, as rDEA and the first versions of deaR do. It
    moves the end of the distribution from 1 inwards, by about (1 - mean b) h^2 / (2 s^2), so that
    the frontier of the draws lies too far inside. What falls to 0 or below is drawn again.

    Source: Daraio and Simar (2007), Advanced Robust and Nonparametric Methods in Efficiency
            Analysis; Simar and Wilson (1998), Management Science 44, 49-61, the draws on pp. 56-57.

    >>> float(smoothed_draw(np.array([0.5, 1.0, 0.8]), 0.1, np.random.default_rng(0)).max()) <= 1
    True
    """
    star = np.zeros(len(theta))
    while (bad := star <= 0).any():
        star[bad] = _drawn(theta, h, random, smoothing)[bad]
    return star


def _drawn(theta: Floats, h: float, random: np.random.Generator, smoothing: str) -> Floats:
    source = np.concatenate([theta, 2 - theta]) if smoothing == "reflected" else theta
    b = random.choice(source, len(theta))
    t = b + h * random.standard_normal(len(theta))
    shrink = np.sqrt(1 + h**2 / source.var(ddof=1))
    if smoothing == "reflected":
        t = b.mean() + (t - b.mean()) / shrink
        return np.asarray(np.where(t > 1, 2 - t, t))
    t = np.where(t > 1, 2 - t, t)
    return np.asarray(b.mean() + (t - b.mean()) / shrink)


def score_bandwidth(
    theta: Floats, rule: str | float = "normal_reference", year: int | None = None
) -> float:
    """The bandwidth of the smoothing, from the m thetas below 1 and their reflection 2 - theta.

    normal_reference : 1.06 min(sd, interquartile range / 1.34) (2m)^(-1/5) of the 2m numbers
    cross_validation : what minimises the least-squares cross-validation of the normal kernel over
    them Either is then brought back to the n thetas: times 2^(1/5) (m/n)^(1/5) sd(n thetas) / sd(2m
    numbers).

    theta : (n,); rule : one of these, or a positive number, which is used as it is; year : of the
            units
    Raises  InputError for another rule, or fewer than three different thetas below 1.
    Source: Silverman (1986), Density Estimation for Statistics and Data Analysis, pp. 45-48 (the
            first); Simar and Wilson (2008), in Fried, Lovell and Schmidt (eds.), The Measurement of
            Productive Efficiency and Productivity Growth.

    >>> round(score_bandwidth(np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])), 4)
    0.1386
    """
    inside = theta[theta < 1]
    if len(np.unique(inside)) < FEWEST_INSIDE:
        counts: dict[str, Value[Any]] = {"count": Count(len(inside)), "all": Count(len(theta))}
        if year is None:
            raise InputError(message("few_inside", **counts), FAMILY)
        raise InputError(message("few_inside_in_year", year=Year(year), **counts), FAMILY)
    if not isinstance(rule, str) and np.isfinite(rule) and rule > 0:
        return float(rule)
    if rule not in BANDWIDTHS:
        raise InputError(message("no_bandwidth", value=shown(rule)), FOLDER)
    both = np.concatenate([inside, 2 - inside])
    spread = np.subtract(*np.quantile(both, [0.75, 0.25])) / 1.34
    h = 1.06 * min(both.std(ddof=1), spread) * len(both) ** -0.2
    if rule == "cross_validation":
        # heavy, and no default asks for it
        from scipy.optimize import minimize_scalar

        h = minimize_scalar(
            cross_validation, bounds=(h / 20, 2 * h), args=(both,), method="bounded"
        ).x
    ratio = theta.std(ddof=1) / both.std(ddof=1)
    return float(h * 2**0.2 * (len(inside) / len(theta)) ** 0.2 * ratio)


def cross_validation(h: float, values: Floats) -> float:
    """Integrated squared density, less twice its mean at points left out, for a normal kernel of
    width h.

    Source: Silverman (1986), Density Estimation for Statistics and Data Analysis.

    >>> values = np.array([0.0, 1.0, 3.0])
    >>> cross_validation(1.0, values) < cross_validation(0.01, values)
    True
    """
    n = len(values)
    apart = ((values[:, None] - values[None, :]) / h) ** 2
    square = np.exp(-apart / 4).sum() / (n**2 * h * np.sqrt(4 * np.pi))
    left_out = (np.exp(-apart / 2).sum() - n) / (n * (n - 1) * h * np.sqrt(2 * np.pi))
    return float(square - 2 * left_out)

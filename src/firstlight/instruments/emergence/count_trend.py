"""The local trend of yearly counts: where each series stands, how fast it moves, and how sure that is, in every year.

Symbols: y counts, n log of the whole (exposure), z = log(y + 1/2) - n, l level, b slope a year, P their covariance,
phi what is left of a slope after a year, q_l and q_b yearly variances of level and slope, K gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firstlight.instruments.emergence.shares import Array

PERSISTENCE = 0.85  # phi
LEVEL_SD, SLOPE_SD, FIRST_SLOPE_SD = 0.2, 0.03, 0.05  # a year, of the log share
MEMORY = 0.5 ** (1 / 10)  # a year's surprise counts half after ten years
TYPICAL_YEARS = (
    6.0  # imagined years of ordinary surprises, so that a short series isn't thought steady or wild
)
WILDEST = 9.0  # a surprise of more than three standard deviations counts as three


@dataclass(frozen=True)
class LocalTrend:
    """What was known at the end of every year; (series, years), nan before a series' first document.

    level, slope               : log share; log share a year
    level_var, slope_var, both : their variances and covariance
    unrest                     : how large the surprises were, over those expected (variance ratio; 1 = as expected)
    log_total                  : (years,)
    """

    level: Array
    slope: Array
    level_var: Array
    slope_var: Array
    both: Array
    unrest: Array
    log_total: Array


def local_trend(counts: Array, log_total: Array) -> LocalTrend:
    """Kalman filter of a damped local linear trend in the log share, with the variance of counting.

    z_t = l_t + e, var e = 1 / (max(y, expected y) + 1/2): the larger of the two, so that a series that falls to zero is
    believed at once. Every column depends on that year and the years before only.

    counts    : (series, years), 0 or more; nan = not known
    log_total : (years,), log of the whole; only its changes matter
    Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 4; Gardner and McKenzie (1985),
            Management Science 31(10), 1237-1246 (damping).

    >>> flat = local_trend(np.full((1, 9), 20.0), np.zeros(9))
    >>> flat.level[0, -1].round(3), flat.slope[0, -1].round(3)
    (np.float64(3.02), np.float64(0.0))
    """
    size, years = counts.shape
    begun = np.nan_to_num(counts) > 0
    first = np.where(begun.any(axis=1), begun.argmax(axis=1), years)
    out = np.full((6, size, years), np.nan)
    level, slope = np.zeros(size), np.zeros(size)
    p_ll, p_lb, p_bb = np.zeros(size), np.zeros(size), np.zeros(size)
    surprise, seen = np.full(size, TYPICAL_YEARS), np.full(size, TYPICAL_YEARS)
    for year in range(years):
        new, on = first == year, first < year
        slope = PERSISTENCE * slope
        level = level + slope
        p_ll = p_ll + 2 * PERSISTENCE * p_lb + PERSISTENCE**2 * p_bb + LEVEL_SD**2 + SLOPE_SD**2
        p_lb = PERSISTENCE * p_lb + PERSISTENCE**2 * p_bb + SLOPE_SD**2
        p_bb = PERSISTENCE**2 * p_bb + SLOPE_SD**2
        y = np.nan_to_num(counts[:, year])
        z = np.log(y + 0.5) - log_total[year]
        expected = np.where(on, np.exp(level + log_total[year]), 0.0)
        noise = 1.0 / (np.maximum(y, expected) + 0.5)
        used = on & np.isfinite(counts[:, year])
        error = np.where(used, z - level, 0.0)
        variance = p_ll + noise
        gain_l, gain_b = used * p_ll / variance, used * p_lb / variance
        level, slope = level + gain_l * error, slope + gain_b * error
        p_bb, p_lb, p_ll = p_bb - gain_b * p_lb, (1 - gain_l) * p_lb, (1 - gain_l) * p_ll
        surprise = np.where(
            used, MEMORY * surprise + np.minimum(error**2 / variance, WILDEST), surprise
        )
        seen = np.where(used, MEMORY * seen + 1.0, seen)
        level, slope = np.where(new, z, level), np.where(new, 0.0, slope)
        p_ll, p_lb, p_bb = (
            np.where(new, noise + LEVEL_SD**2, p_ll),
            np.where(new, 0.0, p_lb),
            np.where(new, FIRST_SLOPE_SD**2, p_bb),
        )
        now = np.stack([level, slope, p_ll, p_bb, p_lb, surprise / seen])
        out[:, :, year] = np.where(on | new, now, np.nan)
    return LocalTrend(out[0], out[1], out[2], out[3], out[4], out[5], log_total)

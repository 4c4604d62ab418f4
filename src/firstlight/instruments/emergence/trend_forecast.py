"""Where shrunken trends lead: probabilities of exceptional growth.

The slope is damped (Gardner and McKenzie 1985, Management Science 31, 1237-1246): h years ahead the log share is
a + b G_h + k h, G_h = phi + phi^2 + ... + phi^h, give or take q h of variance for slopes that change. k is what all
technologies gain or lose a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import Array
from firstlight.instruments.emergence.targets import GROWTH_FACTOR
from firstlight.instruments.emergence.trend import Trend

PERSISTENCE = 0.9


@dataclass(frozen=True)
class Damping:
    """How far slopes persist.

    phi      : what is left of a slope from one year to the next, 0 (nothing) to 1 (all)
    shift    : k, change of the log share per year ahead that is common to all technologies
    drift    : q, variance of the log share per year ahead that known causes leave unexplained
    """

    phi: float
    shift: float
    drift: float


ASSUMED = Damping(PERSISTENCE, 0.0, 0.0)


def probability_of_growth(
    trend: Trend,
    start_share: Any,
    years: Any,
    horizon: int,
    *,
    damping: Damping = ASSUMED,
    factor: float = GROWTH_FACTOR,
    total_ahead: float | None = None,
) -> Array:
    """P(share(FY+h) > start_share factor^years), the share as it will be counted.

    Target B: start_share = share(FY), years = h. Target A: start_share = share(peak), years = FY + h - peak.

    start_share : (technologies,), observed; years : a number or (technologies,)
    total_ahead : documents assumed for the year FY+h; those of the forecast year unless said otherwise
    Returns (technologies,), 0 to 1; nan where there is no trend or the share to start from is not above 0.

    >>> from firstlight.instruments.emergence.trend import shrunken_trend
    >>> trend = shrunken_trend([[10, 20, 40]], [1000, 1000, 1000], 2, shrink=False)
    >>> probability_of_growth(trend, [0.04], 3, 3).round(2).tolist()
    [1.0]
    """
    mean, sd = _forecast(
        trend, horizon, damping, trend.total if total_ahead is None else total_ahead
    )
    share = np.asarray(start_share, dtype=np.float64)
    log_share = np.log(share, out=np.full(share.shape, np.nan), where=share > 0)
    target = log_share + np.asarray(years, dtype=np.float64) * np.log(factor)
    return np.asarray(ndtr((mean - target) / sd))


def reach(phi: float, horizon: int) -> float:
    """G_h = phi + phi^2 + ... + phi^h: how many years' worth of its slope a share moves in h years.

    >>> reach(1.0, 3), reach(0.5, 2)
    (3.0, 0.75)
    """
    return float(sum(phi**year for year in range(1, horizon + 1)))


def _forecast(trend: Trend, horizon: int, damping: Damping, total: float) -> tuple[Array, Array]:
    """Mean and standard deviation of the log of the share that will be counted in FY+h."""
    if horizon < 1:
        raise InputError(f"a horizon of {horizon} years", where="horizon", try_next="use 1 or more")
    g = reach(damping.phi, horizon)
    mean = trend.level + g * trend.slope + damping.shift * horizon
    variance = (
        _variance(g, trend.level_sd, trend.slope_sd, trend.covariance) + damping.drift * horizon
    )
    counting = trend.dispersion / (total * np.exp(mean))
    return mean, np.sqrt(variance + np.log1p(counting))


def _variance(g: float, level_sd: Array, slope_sd: Array, covariance: Array) -> Array:
    """Of level + g slope."""
    return np.asarray(level_sd**2 + 2.0 * g * covariance + (g * slope_sd) ** 2)

"""Where shrunken trends lead: probabilities of exceptional growth, and fans of yearly counts.

The slope is damped (Gardner and McKenzie 1985, Management Science 31, 1237-1246): h years ahead the log share is
a + b G_h + k h, G_h = phi + phi^2 + ... + phi^h, give or take q h of variance for slopes that change. k is what all
technologies gain or lose a year (chosen when they have many documents, most then fall back). k, q and, if wanted, phi
come from forecasts made the same way from earlier years and what followed them up to the forecast year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import Array, checked_counts
from firstlight.instruments.emergence.targets import FEWEST_IN_FORECAST_YEAR, GROWTH_FACTOR
from firstlight.instruments.emergence.trend import HALF_LIFE, WINDOW, Trend, shrunken_trend

FEWEST_CASES = 10
PERSISTENCE = 0.9


@dataclass(frozen=True)
class Damping:
    """How far slopes persist.

    phi      : what is left of a slope from one year to the next, 0 (nothing) to 1 (all)
    shift    : k, change of the log share per year ahead that is common to all technologies
    drift    : q, variance of the log share per year ahead that known causes leave unexplained
    cases    : earlier forecasts that they rest on; 0 = assumed, for the record is too short to estimate them
    """

    phi: float
    shift: float
    drift: float
    cases: int


ASSUMED = Damping(PERSISTENCE, 0.0, 0.0, 0)


def estimate_damping(
    counts: Any,
    totals: Any,
    fy_index: int,
    *,
    horizon: int = 3,
    phi: float | None = PERSISTENCE,
    origins: int = 4,
    window: int = WINDOW,
    half_life: float = HALF_LIFE,
) -> Damping:
    """phi, k and q from the last `origins` years whose outcome, `horizon` years on, is known at the forecast year.

    Realised change of the log share against slope, by weighted least squares over technologies with at least 20
    documents in the year they are forecast from; half a document is added to a count, so that zero has a logarithm.
    Rows must be technologies under one rule of membership. If rows were chosen because they have documents at the
    forecast year, those that faded before are missing and phi is a little too high.

    counts : (technologies, years), totals : (years,); columns after the forecast year are not read
    phi    : held at this value, 0 to 1; None = estimated as well. How far slopes persist turns round between periods,
             so a value estimated from a few earlier years can reverse the ranking of the next; a fixed one can't.
    Returns Damping; phi as held (or .9), k = q = 0 and no cases where fewer than 10 cases are at hand.
    Raises  InputError for a horizon or a number of origins below 1, or a phi outside 0 to 1.

    >>> estimate_damping([[30, 30, 30]], [900, 900, 900], 2)
    Damping(phi=0.9, shift=0.0, drift=0.0, cases=0)
    """
    c, t = checked_counts(counts, totals, fy_index)
    if horizon < 1 or origins < 1 or not 0.0 <= (PERSISTENCE if phi is None else phi) <= 1.0:
        raise InputError(
            f"horizon {horizon}, origins {origins}, phi {phi}",
            where="estimate_damping",
            try_next="use a horizon and origins of 1 or more, and phi from 0 to 1",
        )
    cases = [
        _cases(c, t, origin, horizon, window, half_life)
        for origin in range(fy_index - horizon - origins + 1, fy_index - horizon + 1)
        if origin >= 3 and (t[: origin + 1] > 0).sum() >= 4 and t[origin] > 0 and t[origin + horizon] > 0
    ]
    change, slope, counting, *spread = np.concatenate([np.zeros((6, 0)), *cases], axis=1)
    if change.size < FEWEST_CASES or not np.ptp(slope) > 0:
        return ASSUMED if phi is None else Damping(phi, 0.0, 0.0, 0)
    drift, shift, g = 0.0, 0.0, float(horizon)
    for _ in range(50):
        known = counting + _variance(g, *spread)
        weight = 1.0 / (known + drift)
        least, most = (0.0, float(horizon)) if phi is None else (reach(phi, horizon), reach(phi, horizon))
        g, shift = _line(change, slope, weight, least, most)
        left = (change - shift - g * slope) ** 2 - known
        # Equal weights: otherwise the few largest technologies alone would set what all of them may drift.
        new = max(0.0, float(left.mean()))
        if abs(new - drift) <= 1e-9:
            break
        drift = new
    return Damping(_damping_of(g, horizon) if phi is None else phi, shift / horizon, drift / horizon, int(change.size))


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

    >>> trend = shrunken_trend([[10, 20, 40]], [1000, 1000, 1000], 2, shrink=False)
    >>> probability_of_growth(trend, [0.04], 3, 3).round(2).tolist()
    [1.0]
    """
    mean, sd = _forecast(trend, horizon, damping, trend.total if total_ahead is None else total_ahead)
    share = np.asarray(start_share, dtype=np.float64)
    log_share = np.log(share, out=np.full(share.shape, np.nan), where=share > 0)
    target = log_share + np.asarray(years, dtype=np.float64) * np.log(factor)
    return np.asarray(ndtr((mean - target) / sd))


def count_quantiles(trend: Trend, totals_ahead: Any, probabilities: Any, *, damping: Damping = ASSUMED) -> Array:
    """Quantiles of the documents of each year ahead, for a fan: (technologies, years ahead, probabilities).

    totals_ahead  : (years ahead,), all documents assumed for FY+1, FY+2, …
    probabilities : (probabilities,), between 0 and 1
    Returns documents, 0 or more, not rounded; nan where there is no trend.
    Raises  InputError for a probability outside 0 to 1 or a total that is not above 0.

    >>> trend = shrunken_trend([[40, 40, 40]], [1000, 1000, 1000], 2, shrink=False)
    >>> count_quantiles(trend, [1000], [0.5]).round(1).tolist()
    [[[40.0]]]
    """
    ahead, p = np.asarray(totals_ahead, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    if not (ahead > 0).all() or not ((p > 0) & (p < 1)).all():
        raise InputError(
            "a total that is not above 0 or a probability that is not between 0 and 1",
            where="count_quantiles",
            try_next="hand in expected totals, such as those of the forecast year, and probabilities such as 0.1",
        )
    fans = []
    for year, total in enumerate(ahead.tolist(), start=1):
        mean, sd = _forecast(trend, year, damping, total)
        fans.append(np.minimum(total * np.exp(mean[:, None] + sd[:, None] * ndtri(p)), total))
    return np.stack(fans, axis=1)


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
    variance = _variance(g, trend.level_sd, trend.slope_sd, trend.covariance) + damping.drift * horizon
    counting = trend.dispersion / (total * np.exp(mean))
    return mean, np.sqrt(variance + np.log1p(counting))


def _cases(c: Array, t: Array, origin: int, horizon: int, window: int, half_life: float) -> Array:
    """(6, cases): change of the log share, slope, variance of counting; the trend's level_sd, slope_sd, covariance."""
    scored = c[:, origin] >= FEWEST_IN_FORECAST_YEAR
    if not scored.any():
        return np.zeros((6, 0))
    trend = shrunken_trend(c[scored], t, origin, window=window, half_life=half_life)
    end = origin + horizon
    change = np.log((c[scored, end] + 0.5) / t[end]) - trend.level
    # At the level where it stands: a count expected from the slope would let the slope weigh its own cases.
    counting = np.log1p(trend.dispersion / (t[end] * np.exp(trend.level)))
    return np.stack([change, trend.slope, counting, trend.level_sd, trend.slope_sd, trend.covariance])


def _line(change: Array, slope: Array, weight: Array, least: float, most: float) -> tuple[float, float]:
    """Weighted least squares: how far the slope reaches, from `least` to `most`, and what is common to all."""
    centred = slope - np.average(slope, weights=weight)
    g = float(np.clip((weight * change * centred).sum() / (weight * centred**2).sum(), least, most))
    return g, float(np.average(change - g * slope, weights=weight))


def _variance(g: float, level_sd: Array, slope_sd: Array, covariance: Array) -> Array:
    """Of level + g slope."""
    return np.asarray(level_sd**2 + 2.0 * g * covariance + (g * slope_sd) ** 2)


def _damping_of(reached: float, horizon: int) -> float:
    if reached <= 0.0:
        return 0.0
    if reached >= horizon:
        return 1.0
    return float(brentq(lambda phi: reach(phi, horizon) - reached, 0.0, 1.0))

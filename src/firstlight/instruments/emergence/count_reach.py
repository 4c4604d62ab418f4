"""How far slopes reach and what all series gain or lose besides: learnt from a record's earlier years, with a prior.

h years ahead the log share moves by g_h b + a_h. Each forecast year whose outcome is known gives one estimate of both by
regression across its series; they differ from year to year, so a year counts no more than REACH_YEAR_SD allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.count_trend import PERSISTENCE, LocalTrend
from firstlight.instruments.emergence.shares import Array

REACH_SD, REACH_YEAR_SD = 0.25, 0.3  # of g_h / h: of the prior, and between forecast years
SHIFT_SD, SHIFT_YEAR_SD = 0.05, 0.03  # of a_h / h, log share a year
YEARLY_SD = (
    0.05  # what a year adds to a series' own miss, when series are weighed against each other
)
FEWEST_SERIES = 5  # to estimate from
FEWEST_RECENT, RECENT_YEARS = (
    10.0,
    3,
)  # documents of a series in the last years, for its forecast to teach anything


@dataclass(frozen=True)
class Panel:
    """Series under one rule of membership: counts (series, years), their trends, columns that were forecast years."""

    counts: Array
    trend: LocalTrend
    origins: tuple[int, ...]


@dataclass(frozen=True)
class Reach:
    """g (horizon,), in years' worth of slope, and a (horizon,), log share."""

    slope: Array
    shift: Array


def damped(horizon: int) -> Array:
    """G_h = phi + ... + phi^h for 1 to horizon.

    >>> damped(2).round(4).tolist()
    [0.85, 1.5725]
    """
    return np.asarray(np.cumsum(PERSISTENCE ** np.arange(1, horizon + 1, dtype=np.float64)))


def teaching(panel: Panel, horizon: int) -> Iterator[tuple[int, int, npt.NDArray[np.bool_]]]:
    """Forecast year (column), years ahead, and the series whose outcome is known and that had documents lately."""
    years = panel.counts.shape[1]
    for made in panel.origins:
        recent = np.nansum(panel.counts[:, max(0, made - RECENT_YEARS + 1) : made + 1], axis=1)
        usable = (recent >= FEWEST_RECENT) & np.isfinite(panel.trend.level[:, made])
        for ahead in range(1, min(horizon, years - 1 - made) + 1):
            yield made, ahead, usable & np.isfinite(panel.counts[:, made + ahead])


def reach_evidence(panels: Sequence[Panel], horizon: int, years: int) -> Array:
    """(horizon, years, 4): precision-weighted sums for g and a, and the precisions, from outcomes known by each year."""
    found = np.zeros((horizon, years, 4))
    for panel in panels:
        for made, ahead, rows in teaching(panel, horizon):
            if rows.sum() >= FEWEST_SERIES:
                # Neighbouring forecast years share ahead-1 of their years ahead: together they tell as much as one.
                found[ahead - 1, made + ahead] += _year(panel, made, ahead, rows) / ahead
    return np.asarray(np.cumsum(found, axis=1))


def reach_at(evidence: Array, column: int) -> Reach:
    """g and a as they could be known at the end of a year: the prior, phi, weighed with the evidence."""
    ahead = np.arange(1, evidence.shape[0] + 1, dtype=np.float64)
    sum_g, precision_g, sum_a, precision_a = evidence[:, column].T
    prior = damped(evidence.shape[0]) / ahead
    g = (prior / REACH_SD**2 + sum_g) / (1 / REACH_SD**2 + precision_g)
    # A slope may die out or last; it neither turns round nor steepens.
    return Reach(np.clip(ahead * g, 0.0, ahead), ahead * sum_a / (1 / SHIFT_SD**2 + precision_a))


def _year(panel: Panel, made: int, ahead: int, rows: npt.NDArray[np.bool_]) -> Array:
    """Weighted least squares of the yearly change of the log share on the slope, over the series of one year."""
    trend = panel.trend
    level, slope = trend.level[rows, made], trend.slope[rows, made]
    whole = trend.log_total[made + ahead]
    change = (np.log(panel.counts[rows, made + ahead] + 0.5) - whole - level) / ahead
    counting = 1.0 / (np.exp(level + whole) + 0.5)
    weight = 1.0 / (YEARLY_SD**2 * ahead + counting + trend.level_var[rows, made])
    all_weight = weight.sum()
    middle, mean = (weight * slope).sum() / all_weight, (weight * change).sum() / all_weight
    spread = (weight * (slope - middle) ** 2).sum()
    if not spread > 0:
        return np.zeros(4)
    g = (weight * (slope - middle) * (change - mean)).sum() / spread
    residual = (weight * (change - mean - g * (slope - middle)) ** 2).sum() / max(rows.sum() - 2, 1)
    variance_g = residual / spread + REACH_YEAR_SD**2
    variance_a = residual / all_weight + middle**2 * variance_g + SHIFT_YEAR_SD**2
    return np.array(
        [g / variance_g, 1 / variance_g, (mean - g * middle) / variance_a, 1 / variance_a]
    )

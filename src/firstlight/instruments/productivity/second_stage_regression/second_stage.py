"""What drives efficiency: radial distances on drivers by truncated regression and bootstrap.

Symbols: delta distance in [1, oo), phi where outputs grow, 1/theta where inputs shrink; z drivers;
a star for a replication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import (
    BLOCK,
    efficiency_to_many,
    moved_to,
    radial_efficiency,
)
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.technology import technology as spanned
from firstlight.instruments.productivity.second_stage_regression.truncated_regression import (
    truncated_draws,
    truncated_regression,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress, progress_after
from firstlight.numerics.solution_memory import remembered
from firstlight.texts import Count, Message, Name, message

Floats = NDArray[np.float64]
Groups = list[NDArray[np.intp]]
INTERCEPT = "intercept"
SIGMA = "sigma"
MOST_LOST = 0.05  # share of replications without a maximum, above which there is no interval
NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class DriverEffects:
    """Effects of k drivers, the intercept first, on delta: more is less efficient.

    beta, standard_error, low, high : (k,) per unit of the driver
    sigma, sigma_low, sigma_high    : of e
    used       : (N,) whether the row is in the regression
    lost_count : replications without a maximum of the likelihood
    """

    beta: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    sigma: float
    sigma_low: float
    sigma_high: float
    used: NDArray[np.bool_]
    lost_count: int


@dataclass(frozen=True)
class SecondStage:
    """Drivers of inefficiency.

    An effect is the change of delta before truncation, per unit of the driver; above 0 it makes
    less efficient.

    table   : ``driver_name``, ``effect``, ``standard_error``, ``effect_low``, ``effect_high``,
              ``is_significant`` (the interval leaves out 0), with the intercept and sigma as last
              rows
    effects : arrays of the same
    scores  : unit, year, ``delta``, ``delta_corrected`` (algorithm 2), ``is_used``
    """

    table: pl.DataFrame
    effects: DriverEffects
    scores: pl.DataFrame


def second_stage(
    panel: UnitPanel,
    drivers: pl.DataFrame,
    *,
    returns: str = "vrs",
    orientation: str = "output",
    technology: str = "contemporaneous",
    algorithm: int = 2,
    replications: int = 2000,
    bias_replications: int = 100,
    level: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> SecondStage:
    """Radial distances on drivers, with intervals that know that distances are estimated.

    Algorithm 1: delta > 1 on z by truncated regression; intervals from redrawing
    delta* = z beta + e*, e* truncated, and fitting again. Algorithm 2 first corrects delta:
    ``bias_replications`` times delta* is drawn for all units, each unit moved to it, and delta
    measured against that frontier; delta corrected = 2 delta - mean, and the regression takes all
    units.

    drivers     : a column for each, in the order of the panel's rows; they may be negative
    orientation : whether delta is phi ("output") or 1/theta ("input")
    technology  : "contemporaneous" or "global"
    level       : of the intervals, [2 beta - q(1 - a/2), 2 beta - q(a/2)] with q the quantiles of
                  the redrawn beta, a = 1 - level
    Raises  InputError for a driver that is missing, does not vary or repeats others, too few units
            inside the frontier, or a likelihood without a maximum.
    Source: Simar and Wilson 2007, Journal of Econometrics 136, 31-64.
    """
    z = _regressors(panel, drivers)
    groups = [rows for rows, _ in frontiers(panel.years, technology)]
    delta = _delta(panel, groups, returns, orientation)
    random_bias, random_effects = np.random.default_rng(seed).spawn(2)
    used, columns, before = delta, dict[str, Floats](), 0
    if algorithm == 2:
        before = bias_replications
        drawn = _redrawn(delta, z, bias_replications, random_bias)
        first = progress_after(progress, 0, before + replications)
        # less the bias, mean - delta, as the draws show it
        used = 2 * delta - _mean_delta(panel, groups, delta, drawn, returns, orientation, first)
        columns = {"delta_corrected": used}
    effects = driver_effects(
        used,
        z,
        replications=replications,
        level=level,
        random=random_effects,
        progress=progress_after(progress, before, before + replications),
    )
    scores = pl.DataFrame({**panel.key(), "delta": delta, **columns, "is_used": effects.used})
    return SecondStage(_table(effects, drivers.columns), effects, scores)


def driver_effects(
    delta: Any,
    drivers: Any,
    *,
    replications: int = 2000,
    level: float = 0.95,
    random: Any = 0,
    progress: Progress | None = None,
) -> DriverEffects:
    """Truncated regression of the distances above 1 on drivers, with bootstrap intervals.

    Parameters
    ----------
    delta
        (N,), 1 or more; rows of 1 are left out, ``used`` says which are in.
    drivers
        (N, k), the first column ones.
    replications, level
        As in ``second_stage``.
    random
        A seed or generator.
    progress
        Called with the replications that are done and all of them.

    Returns
    -------
    DriverEffects

    Raises
    ------
    InputError
        As ``truncated_regression``, where the likelihood has no maximum, or where it has none in
        more than one of twenty replications.

    References
    ----------
    Simar and Wilson 2007, Journal of Econometrics 136, 31-64, algorithm 1, steps 2 to 4.

    Examples
    --------
    >>> z = np.c_[np.ones(50), np.linspace(0, 1, 50)]
    >>> noise = 0.2 * np.sin(np.arange(50))
    >>> found = driver_effects(1.5 + z[:, 1] + noise, z, replications=200)
    >>> bool(found.low[1] < 1 < found.high[1])
    True
    """
    values, z = np.asarray(delta, float), np.asarray(drivers, float)
    used = values > 1
    beta, sigma = _fit(values[used], z[used])
    rng = np.random.default_rng(random)
    parts = []
    for start in range(0, replications, block := max(1, NUMBERS_AT_ONCE // len(z))):
        if progress:
            progress(start, replications)
        stars = truncated_draws(z[used] @ beta, sigma, 1.0, min(block, replications - start), rng)
        parts.append(_fits(stars, z[used]))
    drawn = np.vstack(parts)
    kept = np.isfinite(drawn).all(axis=1)
    lost = int((~kept).sum())
    if lost > MOST_LOST * replications:
        told = {"count": Count(lost), "all": Count(replications)}
        raise _error(message("replications_lost", **told))
    fitted, drawn = np.append(beta, sigma), drawn[kept]
    tail = (1 - level) / 2
    # the basic bootstrap: what draws are above the estimate, the estimate may be above the truth
    low, high = 2 * fitted - np.quantile(drawn, [1 - tail, tail], axis=0)
    error = drawn[:, :-1].std(axis=0, ddof=1)
    return DriverEffects(
        beta, error, low[:-1], high[:-1], sigma, float(low[-1]), float(high[-1]), used, lost
    )


def _fits(delta: Floats, z: Floats) -> Floats:
    """(R, k + 1) beta and sigma of R replications."""

    def fitted() -> list[Floats]:
        found = truncated_regression(delta, z)
        return [np.column_stack([found.beta, found.sigma])]

    return remembered(["truncated regression", delta, z], fitted)[0]


def _fit(delta: Floats, z: Floats) -> tuple[Floats, float]:
    found = truncated_regression(delta, z)
    if not np.isfinite(found.sigma[0]):
        raise _error(message("no_maximum"))
    return found.beta[0], float(found.sigma[0])


def _error(wrong: Message) -> InputError:
    return InputError(wrong, Path(__file__).parent)


def _regressors(panel: UnitPanel, drivers: pl.DataFrame) -> Floats:
    """(N, 1 + k) ones and the drivers.

    Raises InputError for a driver that is missing, or that does not vary.
    """
    values = drivers.cast(pl.Float64).to_numpy()
    missing = np.argwhere(~np.isfinite(values))
    if missing.size:
        row, column = (int(place) for place in missing[0])
        name = Name(drivers.columns[column])
        raise _error(message("driver_missing", unit=panel.who(row), column=name))
    still = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if still.size:
        raise _error(message("driver_constant", column=Name(drivers.columns[int(still[0])])))
    return np.column_stack([np.ones(len(values)), values])


def _delta(panel: UnitPanel, groups: Groups, returns: str, orientation: str) -> Floats:
    """(N,) of the panel's rows to their frontiers, group by group."""
    found = np.full(len(panel.units), np.nan)
    for rows in groups:
        own = panel.inputs[rows], panel.outputs[rows]
        found[rows] = 1 / radial_efficiency(
            *own, *own, returns, orientation, panel.units[rows].tolist()
        )
    return found


def _redrawn(delta: Floats, z: Floats, count: int, random: np.random.Generator) -> Floats:
    """(count, N) distances drawn from the regression of those above 1."""
    inside = delta > 1
    beta, sigma = _fit(delta[inside], z[inside])
    return truncated_draws(z @ beta, sigma, 1.0, count, random)


def _mean_delta(
    panel: UnitPanel,
    groups: Groups,
    delta: Floats,
    drawn: Floats,
    returns: str,
    orientation: str,
    progress: Progress | None,
) -> Floats:
    total = np.zeros(len(delta))
    for k in range(0, len(drawn), BLOCK):
        if progress:
            progress(k, len(drawn))
        for rows in groups:
            own, theta = (panel.inputs[rows], panel.outputs[rows]), 1 / delta[rows]
            held = [
                moved_to(*own, theta, 1 / star[rows], orientation) for star in drawn[k : k + BLOCK]
            ]
            found = efficiency_to_many(
                [spanned(*each, returns=returns) for each in held], *own, orientation
            )
            total[rows] += (1 / found).sum(axis=0)
    return total / len(drawn)


def _table(effects: DriverEffects, drivers: Sequence[str]) -> pl.DataFrame:
    order = [*range(1, len(effects.beta)), 0]
    low, high = effects.low[order], effects.high[order]
    return pl.DataFrame(
        {
            "driver_name": [*drivers, INTERCEPT, SIGMA],
            "effect": [*effects.beta[order], effects.sigma],
            "standard_error": [*effects.standard_error[order], None],
            "effect_low": [*low, effects.sigma_low],
            "effect_high": [*high, effects.sigma_high],
            "is_significant": [*((low > 0) | (high < 0)), None],
        }
    )

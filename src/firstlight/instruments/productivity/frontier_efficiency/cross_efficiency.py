"""Cross-efficiency: every unit judged by the multipliers that every other unit would choose for
itself.

Symbols: v input and u output multipliers that unit k chooses, E_kj = u_k'y_j / v_k'x_j its verdict
on unit j.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers.directional_distance import directional_distance
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.technology import technology
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import OPTIMAL, solve_programmes
from firstlight.texts import Count, Year, message

Floats = NDArray[np.float64]
ROUNDING = 1e-11  # share of its own efficiency that a unit may give up for the second goal
GOALS = ("benevolent", "aggressive")


def cross_efficiencies(
    inputs: Any, outputs: Any, *, goal: str = "benevolent"
) -> tuple[Floats, Floats]:
    """The matrix of verdicts under constant returns, input-oriented, and the multipliers behind it.

    Unit k first takes its own efficiency theta_k; then, among the multipliers that reach it, u and
    v with the largest (benevolent) or least (aggressive) u' sum_{j != k} y_j where v' sum_{j != k}
    x_j = 1, so that u'y_j <= v'x_j for all j.

    inputs, outputs : (N, m), (N, s), N at least 2, not negative, none all 0
    goal : "benevolent" or "aggressive"
    Returns matrix (N, N), multipliers (N, m + s), scaled so that v'x_k = 1; a verdict is nan where
    v puts no value on a unit's inputs.
    Raises  InputError for another goal, one unit, or bad numbers.
    Source: Sexton, Silkman and Hogan (1986), New Directions for Program Evaluation 32, 73-105;
            Doyle and Green (1994), Journal of the Operational Research Society 45, 567-578.

    >>> cross_efficiencies([[1.0], [2.0]], [[1.0], [1.0]])[0].round(9).tolist()
    [[1.0, 0.5], [1.0, 0.5]]
    """
    check_choice("goal", goal, GOALS)
    spanned = technology(inputs, outputs, returns="crs")
    values = spanned.scaled(inputs, outputs)
    count, m = len(values), spanned.sizes[0]
    if count < 2:
        raise refused(message("one_unit"))
    g = np.hstack([np.asarray(inputs, float), np.zeros_like(np.asarray(outputs, float))])
    theta = 1 - directional_distance(spanned, inputs, outputs, direction=g).beta
    others = values.sum(axis=0) - values
    sign = 1.0 if goal == "benevolent" else -1.0
    # The dual of the second programme: own variables tau (of v'X = 1) and rho (of u'y_k = theta_k
    # v'x_k).
    own = np.zeros((count, values.shape[1] + 1, 2))
    own[:, :m, 0] = -others[:, :m]
    # A theta too high by its rounding would leave no multipliers that reach it.
    own[:, :m, 1], own[:, m:-1, 1] = (
        values[:, :m] * (theta[:, None] * (1 - ROUNDING)),
        values[:, m:],
    )
    lower, upper = np.full(own.shape[:2], -np.inf), np.full(own.shape[:2], np.inf)
    upper[:, :m], lower[:, m:-1] = 0.0, sign * others[:, m:]
    found = solve_programmes(
        spanned.columns,
        own,
        lower,
        upper,
        np.tile([1.0, 0.0], (count, 1)),
        own_lower=-np.inf,
        excluded=np.arange(count),
    )
    if (found.status != OPTIMAL).any():
        place = int(np.flatnonzero(found.status != OPTIMAL)[0])
        raise refused(message("no_multipliers", row=Count(place + 1)))
    prices = np.abs(found.duals[:, :-1]) + 0.0
    worth, cost = prices[:, m:] @ values[:, m:].T, prices[:, :m] @ values[:, :m].T
    # what costs next to nothing at the prices of another has no ratio there
    matrix = np.divide(
        worth,
        cost,
        out=np.full_like(worth, np.nan),
        where=cost > 1e-12 * cost.max(axis=1, keepdims=True),
    )
    np.fill_diagonal(matrix, theta)
    return matrix, prices / np.diagonal(cost)[:, None] / spanned.row_scale[:-1]


def cross_efficiency(panel: UnitPanel, *, goal: str, progress: Progress | None) -> pl.DataFrame:
    """Each unit's efficiency by its own multipliers, and its mean efficiency by everybody's of its
    year: ``efficiency_score``, ``cross_efficiency_score`` (the mean verdict of all units, its own
    among them), ``maverick_index`` (how much higher its own verdict is than the mean of the
    others', as a share of the latter), and ``reason``, a code of why one is missing:
    ``no_verdict`` where a unit's multipliers put no value on its inputs, or less than 1e-12 of what
    they put on another's; ``no_share`` where it is worth nothing to the others.

    Raises  InputError as ``cross_efficiencies``, and for a year with one unit.
    """
    own, mean, by_others = np.full((3, len(panel.units)), np.nan)
    for rows, _ in frontiers(panel.years, "contemporaneous", progress):
        if len(rows) == 1 and panel.has_years:
            raise refused(message("one_unit_in_year", year=Year(int(panel.years[rows[0]]))))
        verdicts, _ = cross_efficiencies(panel.inputs[rows], panel.outputs[rows], goal=goal)
        own[rows] = np.diagonal(verdicts)
        mean[rows] = verdicts.mean(axis=0)
        by_others[rows] = (verdicts.sum(axis=0) - own[rows]) / (len(rows) - 1)
    maverick = np.divide(
        own - by_others, by_others, out=np.full(len(own), np.nan), where=by_others > 0
    )
    missing = [
        _missing(score, score_of_others)
        for score, score_of_others in zip(mean.tolist(), by_others.tolist(), strict=True)
    ]
    return pl.DataFrame(
        {
            **panel.key(),
            "efficiency_score": own,
            "cross_efficiency_score": mean,
            "maverick_index": maverick,
            "reason": pl.Series(missing, dtype=pl.String),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _missing(score: float, score_of_others: float) -> str | None:
    if np.isnan(score):
        return "no_verdict"
    return "no_share" if score_of_others == 0 else None

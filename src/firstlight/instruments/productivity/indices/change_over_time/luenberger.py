"""The Luenberger indicator: change of productivity as a difference of directional distances, radial
and non-radial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from firstlight.instruments.productivity.frontiers.directions import (
    check_quantities,
    direction_amounts,
)
from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    ProductivityChange,
    Question,
    measure_change,
)
from firstlight.instruments.productivity.indices.period_frontiers import Floats, directional_measure
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress


def luenberger(
    panel: UnitPanel,
    *,
    method: str = "adjacent",
    returns: str = "crs",
    direction: Sequence[str] | None = None,
    disposability: str = "weak",
    decomposition: str = "fglr",
    progress: Progress | None = None,
) -> ProductivityChange:
    """The radial Luenberger indicator of each unit from year to year, and its parts.

    With b_r(d) the directional distance of data of year d to the frontier of year r, s before t:
    L = ((b_s(s) - b_s(t)) + (b_t(s) - b_t(t))) / 2, efficiency change b_s(s) - b_t(t), technical
    change the rest. On a frontier g that the years share: L = b_g(s) - b_g(t).

    direction : the columns that move in proportion to the row's own values; None for all inputs,
                outputs and bads, (-x, y, -b)
    options   : as in ``malmquist_luenberger``; parts add up, not multiply
    Returns ProductivityChange of kind "indicator"; 0 is no change.
    Raises  InputError as ``malmquist``, or for a direction that names no column.
    Source: Chambers, Färe and Grosskopf (1996), Pacific Economic Review 1, 181-190; Boussemart,
            Briec, Kerstens and Poutineau (2003), Bulletin of Economic Research 55, 391-405.
    """
    amounts = direction_amounts(panel, panel.quantities if direction is None else direction)
    measures = partial(
        directional_measure, panel.of(slice(None)), amounts, disposability=disposability
    )
    question = Question("indicator", method, returns, decomposition, np.negative, measures)
    return measure_change(panel, question, progress)


def nonradial_luenberger(
    panel: UnitPanel,
    *,
    weights: Mapping[str, float] | None = None,
    method: str = "global",
    returns: str = "crs",
    disposability: str = "weak",
    decomposition: str = "fglr",
    progress: Progress | None = None,
) -> ProductivityChange:
    """The non-radial Luenberger indicator: each quantity moves by its own share of its own value.

    b_r(d) = max w'b subject to (x_k (1 - b_k), y_k (1 + b_k), c_k (1 - b_k)) in T_r, b >= 0; then
    as ``luenberger``. A row that lies beyond another year's frontier has no such b, so that the
    adjacent and sequential indicators are often undefined; the global and biennial ones never are.

    weights : column -> weight, 0 or more, not all 0, kept as they are: they need not sum to 1
              (Stata's gtfpch gives each output and bad 1). None for equal weights of inputs,
              outputs and bads as groups, shared equally within each (Zhou, Ang and Wang 2012).
              Columns that are not named do not move
    Returns ProductivityChange of kind "indicator".
    Raises  InputError as ``luenberger``, or for a weight that is negative or names no column.
    Source: Zhou, Ang and Wang (2012), European Journal of Operational Research 221, 625-635; Wang,
            Du and Zhang (2022), Stata Journal 22(1), 103-124 (the indicator).
    """
    measures = partial(
        directional_measure,
        panel.of(slice(None)),
        panel.values,
        disposability=disposability,
        weights=_weights(panel, weights),
    )
    question = Question("indicator", method, returns, decomposition, np.negative, measures)
    return measure_change(panel, question, progress)


def _weights(panel: UnitPanel, weights: Mapping[str, float] | None) -> Floats:
    if weights is None:
        groups = [group for group in panel.names if group]
        weights = {name: 1 / len(groups) / len(group) for group in groups for name in group}
    check_quantities(panel, "weights", weights)
    return np.array([weights.get(name, 0.0) for name in panel.quantities])

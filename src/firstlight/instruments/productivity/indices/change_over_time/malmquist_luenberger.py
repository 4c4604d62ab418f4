"""The Malmquist-Luenberger index: productivity that credits more goods and fewer bads alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directions import direction_amounts
from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    FOLDER,
    ProductivityChange,
    Question,
    measure_change,
)
from firstlight.instruments.productivity.indices.period_frontiers import Floats, directional_measure
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.texts import message


def malmquist_luenberger(
    panel: UnitPanel,
    *,
    method: str = "global",
    returns: str = "crs",
    direction: Sequence[str] | None = None,
    disposability: str = "weak",
    decomposition: str = "fglr",
    progress: Progress | None = None,
) -> ProductivityChange:
    """The Malmquist-Luenberger index of each unit from year to year, and its parts.

    With b_r(d) the directional distance of data of year d to the frontier of year r, s before t:
    ML = sqrt((1 + b_s(s)) / (1 + b_s(t)) * (1 + b_t(s)) / (1 + b_t(t))), efficiency change
    (1 + b_s(s)) / (1 + b_t(t)). Global: GML = (1 + b_g(s)) / (1 + b_g(t)), g the frontier of all
    years; technical change is the rest, the change of the best practice gap. Inputs are held, as in
    the definition of Chung and others; the programme that their eq. 3.14 prints shrinks them too.

    method    : "global" (Oh 2010), "adjacent" (Chung and others 1997; often infeasible),
                "sequential" or "biennial"
    direction : the columns that move, each in proportion to the row's own value; None for all
                outputs and bads, (0, y, -b)
    disposability : of bads, "weak", "kuosmanen" or "strong"; decomposition : as in ``malmquist``
    Returns ProductivityChange of kind "index".
    Raises  InputError as ``malmquist``, without a bad, or for a direction that names no column.
    Source: Chung, Färe and Grosskopf (1997), Journal of Environmental Management 51, 229-240, eqs.
            3.5 to 3.7; Oh (2010), Journal of Productivity Analysis 34, 183-197.
    """
    _, outputs, bads = panel.names
    if not bads:
        raise InputError(message("no_bad"), FOLDER)
    amounts = direction_amounts(panel, [*outputs, *bads] if direction is None else direction)

    measures = partial(
        directional_measure, panel.of(slice(None)), amounts, disposability=disposability
    )

    def level(distance: Floats) -> Floats:
        return np.asarray(-np.log(np.where(distance > -1, 1 + distance, np.nan)))

    question = Question("index", method, returns, decomposition, level, measures)
    return measure_change(panel, question, progress)

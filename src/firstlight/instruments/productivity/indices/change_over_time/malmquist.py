"""The Malmquist productivity index: adjacent, sequential, global and biennial, with its
decompositions."""

from __future__ import annotations

from functools import partial

import numpy as np

from firstlight.errors import InputError, check_choice
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


def malmquist(
    panel: UnitPanel,
    *,
    method: str = "adjacent",
    returns: str = "crs",
    orientation: str = "output",
    decomposition: str = "fglr",
    reference_period: str = "both",
    above_one_is_growth: bool = True,
    progress: Progress | None = None,
) -> ProductivityChange:
    """The Malmquist index of each unit from year to year, and its parts.

    M = sqrt(D_s(t) / D_s(s) * D_t(t) / D_t(s)), D_r(d) the distance function of data of year d on
    the frontier of year r, s before t; efficiency change D_t(t) / D_s(s); technical change
    sqrt(D_s(t) / D_t(t) * D_s(s) / D_t(s)). On a frontier g that the years share:
    M = D_g(t) / D_g(s).

    method        : "adjacent", "sequential", "global" or "biennial" (see ``distances_over_time``)
    returns       : "crs" or "vrs". At "vrs" it is no index of total factor productivity
                    (Grifell-Tatjé and Lovell 1995), and some distances may be infeasible under
                    "adjacent" and "sequential"
    orientation   : "output" or "input"
    decomposition : "fglr" (Färe, Grosskopf, Lindgren and Roos 1992), "fgnz" (Färe, Grosskopf,
                    Norris and Zhang 1994), or "ray_desli" (Ray and Desli 1997); see
                    ``measure_change``
    reference_period    : "both", the geometric mean of the indices on both years' frontiers;
                          "first" or "second", the index on that year's alone (deaR's "rd" is
                          "first"; MATLAB's and Julia's DEA packages offer all three)
    above_one_is_growth : with orientation "input", whether the index is that of Farrell
                          efficiencies (as of R's deaR and productivity), or that of Shephard input
                          distances as Färe and others (1992) wrote it, below 1 where it grows
    Returns ProductivityChange of kind "index".
    Raises  InputError as ``consecutive_periods``, or for a word not known.
    Source: Caves, Christensen and Diewert (1982), Econometrica 50, 1393-1414; Färe, Grosskopf,
            Norris and Zhang (1994), American Economic Review 84, 66-83; Ray and Desli (1997),
            American Economic Review 87, 1033-1039; Pastor and Lovell (2005), Economics Letters 88,
            266-271.
    """
    check_choice("orientation", orientation, ("input", "output"))
    if orientation == "output" and not above_one_is_growth:
        raise InputError(message("output_index_above_one"), FOLDER)
    # Farrell: theta = 1 - b of inputs, phi = 1 + b of outputs
    if orientation == "input":
        direction, side = np.hstack([panel.inputs, np.zeros_like(panel.outputs)]), -1
    else:
        direction, side = np.hstack([np.zeros_like(panel.inputs), panel.outputs]), 1
    measures = partial(directional_measure, panel.of(slice(None)), direction)

    def level(distance: Floats) -> Floats:
        share = 1 + side * distance
        logarithm = np.log(np.where(share > 0, share, np.nan))
        # theta rises with efficiency, phi falls; so does an index that is below 1 for growth
        if orientation == "input" and above_one_is_growth:
            return logarithm
        return -logarithm

    question = Question("index", method, returns, decomposition, level, measures, reference_period)
    return measure_change(panel, question, progress)

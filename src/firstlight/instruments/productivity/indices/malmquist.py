"""The Malmquist productivity index: adjacent, sequential, global and biennial, with its decompositions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.period_frontiers import Floats, directional_measure
from firstlight.instruments.productivity.indices.productivity_change import (
    ProductivityChange,
    Question,
    measure_change,
)
from firstlight.instruments.productivity.unit_panel import unit_panel
from firstlight.numerics.finding import Words
from firstlight.numerics.progress import Progress

NAMES = {
    "adjacent": ("Malmquist index", "Malmquist 指数"),
    "sequential": ("Sequential Malmquist index", "序列 Malmquist 指数"),
    "global": ("Global Malmquist index", "全局 Malmquist 指数"),
    "biennial": ("Biennial Malmquist index", "两期 Malmquist 指数"),
}


def malmquist(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    unit: str = "unit",
    year: str = "year",
    method: str = "adjacent",
    returns: str = "crs",
    orientation: str = "output",
    decomposition: str = "fglr",
    reference_period: str = "both",
    above_one_is_growth: bool = True,
    progress: Progress = None,
) -> ProductivityChange:
    """The Malmquist index of each unit from year to year, and its parts.

    M = sqrt(D_s(t) / D_s(s) * D_t(t) / D_t(s)), D_r(d) the distance function of data of year d on the frontier of year r,
    s before t; efficiency change D_t(t) / D_s(s); technical change sqrt(D_s(t) / D_t(t) * D_s(s) / D_t(s)). On a frontier g
    that the years share: M = D_g(t) / D_g(s).

    frame       : a row per unit and year; inputs, outputs : its columns of numbers, in any unit
    unit, year  : its columns of names and years
    method      : "adjacent", "sequential", "global" or "biennial" (see ``distances_over_time``)
    returns     : of the index, "crs" or "vrs". At "vrs" it is no index of total factor productivity (Grifell-Tatjé and
                  Lovell 1995), and some distances may be infeasible under adjacent, sequential
    orientation : "output" or "input"
    decomposition : "fglr" (Färe, Grosskopf, Lindgren and Roos 1992), "fgnz" (Färe, Grosskopf, Norris and Zhang 1994), or
                  "ray_desli" (Ray and Desli 1997); see ``measure_change``
    reference_period : "both", the geometric mean of the indices on both years' frontiers; "first" or "second", the index on
                  that year's alone (deaR's "rd" is "first"; MATLAB's and Julia's DEA packages offer all three)
    above_one_is_growth : with orientation "input", whether to report the index of Farrell efficiencies, above 1 where
                  productivity grows (as R's deaR and productivity do), or that of Shephard input distances as Färe and
                  others (1992) wrote it, below 1 where it grows
    Returns ProductivityChange with kind "index".
    Raises  InputError as ``unit_panel`` and ``consecutive_periods``, or for a word that is not known.
    Source: Caves, Christensen and Diewert (1982), Econometrica 50, 1393-1414; Färe, Grosskopf, Norris and Zhang (1994),
            American Economic Review 84, 66-83; Ray and Desli (1997), American Economic Review 87, 1033-1039; Pastor and
            Lovell (2005), Economics Letters 88, 266-271.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"unit": ["a", "a", "b", "b"], "year": [1, 2, 1, 2], "x": [1, 1, 1, 1], "y": [2, 3, 1, 2]})
    >>> malmquist(rows, ["x"], ["y"]).table["productivity_index"].round(6).to_list()
    [1.5, 2.0]
    """
    if orientation not in ("input", "output"):
        raise InputError(
            f"orientation {orientation!r}", where="orientation", try_next="use 'input' or 'output'"
        )
    if orientation == "output" and not above_one_is_growth:
        raise InputError(
            "an output index is above 1 where productivity grows",
            where="above_one_is_growth",
            try_next="leave it at True, or use orientation='input'",
        )
    panel = unit_panel(frame, inputs, outputs, unit=unit, year=year)
    still = np.zeros_like(panel.outputs), np.zeros_like(panel.inputs)
    direction = np.hstack(
        [panel.inputs, still[0]] if orientation == "input" else [still[1], panel.outputs]
    )

    measures = partial(directional_measure, panel, direction)

    def level(distance: Floats) -> Floats:
        # Farrell: theta = 1 - b of inputs, phi = 1 + b of outputs; both as logarithms of efficiency.
        share = 1 - distance if orientation == "input" else 1 + distance
        logarithm = np.log(np.where(share > 0, share, np.nan))
        return logarithm if orientation == "input" and above_one_is_growth else -logarithm

    conventions = _conventions(orientation, above_one_is_growth)
    name = NAMES.get(method, ("", ""))
    if not above_one_is_growth:
        name = (
            f"{name[0]} of inputs, below 1 where productivity grows",
            f"{name[1]}（投入导向，小于1表示生产率提高）",
        )
    question = Question(
        "index",
        name,
        method,
        returns,
        decomposition,
        level,
        measures,
        conventions,
        reference_period,
    )
    return measure_change(panel, question, progress)


def _conventions(orientation: str, above_one_is_growth: bool) -> tuple[Words, ...]:
    if orientation == "output":
        meaning = (
            "Orientation: output; above 1 where productivity grows",
            "导向：产出导向；大于1表示生产率提高",
        )
    elif above_one_is_growth:
        meaning = (
            "Orientation: input, by Farrell efficiencies; above 1 where productivity grows",
            "导向：投入导向（Farrell 效率之比）；大于1表示生产率提高",
        )
    else:
        meaning = (
            "Orientation: input, by Shephard distance functions; below 1 where productivity grows",
            "导向：投入导向（Shephard 距离函数之比）；小于1表示生产率提高",
        )
    return (meaning, ("Inputs and outputs are freely disposable; radial distances, slacks do not count", "投入与产出强可处置；径向距离，不计松弛"))  # fmt: skip

"""The Malmquist-Luenberger index: productivity that credits more goods and fewer bads alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

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
from firstlight.instruments.productivity.unit_panel import unit_panel
from firstlight.measurement import Progress
from firstlight.texts import message


def malmquist_luenberger(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str],
    *,
    unit: str = "unit",
    year: str = "year",
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

    Parameters
    ----------
    frame
        A row for each unit and year.
    inputs, outputs, bads
        Its columns of numbers, in any unit; at least one bad.
    unit
        Column of the units.
    year
        Column of the years.
    method
        ``global`` (Oh 2010), ``adjacent`` (Chung and others 1997; often infeasible), ``sequential``
        or ``biennial``.
    returns
        Of the index, ``crs`` or ``vrs``.
    direction
        The columns that move, each in proportion to the row's own value; None for all outputs and
        bads, (0, y, -b).
    disposability
        Of bads, ``weak``, ``kuosmanen`` or ``strong``.
    decomposition, progress
        As in ``malmquist``.

    Returns
    -------
    ProductivityChange of kind ``index``, as ``malmquist``.

    Raises
    ------
    InputError
        As ``malmquist``, without a bad, or for a direction that names no column.

    References
    ----------
    Chung, Färe and Grosskopf (1997), Journal of Environmental Management 51, 229-240, eqs. 3.5 to
    3.7; Oh (2010), Journal of Productivity Analysis 34, 183-197.

    Examples
    --------
    >>> import polars as pl
    >>> rows = {"unit": ["a", "a"], "year": [1, 2], "x": [1, 1], "y": [4, 5], "co2": [4, 3]}
    >>> found = malmquist_luenberger(pl.DataFrame(rows), ["x"], ["y"], ["co2"])
    >>> found.table["productivity_index"].round(6).to_list()
    [1.25]
    """
    if not bads:
        raise InputError(message("no_bad"), FOLDER)
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    if isinstance(direction, Mapping):
        raise InputError(message("ratios_of_amounts"), FOLDER)
    amounts = direction_amounts(panel, [*outputs, *bads] if direction is None else direction)

    measures = partial(directional_measure, panel, amounts, disposability=disposability)

    def level(distance: Floats) -> Floats:
        return np.asarray(-np.log(np.where(distance > -1, 1 + distance, np.nan)))

    question = Question("index", method, returns, decomposition, level, measures)
    return measure_change(panel, question, progress)

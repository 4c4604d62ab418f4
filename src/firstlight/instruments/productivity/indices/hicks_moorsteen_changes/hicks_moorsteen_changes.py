"""TFP change: an index of outputs over one of inputs, from year to year, without prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen import (
    HicksMoorsteen,
    hicks_moorsteen,
)
from firstlight.instruments.productivity.indices.period_means import changes_left, mean_of_a_year
from firstlight.instruments.productivity.unit_panel import measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Count, Growth, Message, Value, Year, counted, message

QUANTITY = roles.Number("zero", is_filled=True)
INDICES = ("tfp_change_index", "output_quantity_change_index", "input_quantity_change_index")


def tfp_change(
    frame: Any,
    inputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    outputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    returns: Literal["crs", "vrs", "nirs", "ndrs"] = "vrs",
    orientation: Literal["output", "input", "both"] = "output",
    frontier: Literal["contemporaneous", "sequential", "global"] = "contemporaneous",
    progress: Progress | None = None,
) -> Result:
    """Change of total factor productivity without prices, under any returns to scale.

    The Hicks-Moorsteen index: a Malmquist index of outputs over one of inputs. It is defined for
    all positive quantities; its parts are efficiency, technology, and scale and mix.

    Parameters
    ----------
    frame
        A row for each unit and year.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    unit
        Column of the units: firms, provinces, industries.
    year
        Column of the years.
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing.
    orientation
        Whose parts are told: those of outputs, of inputs, or of both.
    frontier
        Who spans a year's frontier: its own units (contemporaneous), those so far, so that
        technology never recedes (sequential), or those of all years, so that it does not change
        (global).
    progress
        Called with the pairs of years that are done and all of them.

    Returns
    -------
    Result with the tables ``changes`` (unit, from_year, to_year, output_quantity_change_index,
    input_quantity_change_index, tfp_change_index, and for a side technical_efficiency_change_index,
    technical_change_index and scale_mix_change_index; reason), ``by_period`` (the geometric means
    over units) and ``left_out`` (unit, from_year, to_year, reason).

    Raises
    ------
    InputError
        For a missing number, a unit whose inputs or outputs are all 0, a single year, and units of
        which none is there in two consecutive years.

    References
    ----------
    Bjurek 1996, Scandinavian Journal of Economics 98(2), 303-313.

    Examples
    --------
    >>> rows = {"unit": ["a", "a"], "year": [2000, 2001], "x": [1.0, 1.1], "y": [1.0, 1.32]}
    >>> found = tfp_change(pl.DataFrame(rows), ["x"], ["y"])
    >>> found.table["tfp_change_index"].round(6).to_list()
    [1.2]
    """
    data = TFP_CHANGE.read(locals())
    panel = measured_units(data)
    options = {"returns": returns, "orientation": orientation, "frontier": frontier}
    found = hicks_moorsteen(panel, progress=progress, **options)
    used = ("by_distances", f"returns_{returns}", f"frontier_{frontier}", "parts")
    mark = Mark("tfp_change_index", "line")
    return Result(
        {"changes": found.table, "by_period": found.by_period, "left_out": found.left_out},
        tuple(_said(found)),
        TFP_CHANGE.texts,
        conventions=tuple(map(message, (*used, "a_year", "consecutive_years"))),
        charts=(Chart("units", "changes", "to_year", (mark,), panel="unit"),),
        given=data.given,
    )


def _said(found: HicksMoorsteen) -> list[Message]:
    """Growth of TFP, of outputs and of inputs; what is undefined, and what was left out."""
    table = found.table
    known = table.drop_nulls("tfp_change_index")
    said = [_growth(known)] if known.height else [message("nothing")]
    said += counted("undefined", table.height - known.height, pairs=Count(table.height))
    said += counted("parts_undefined", known["reason"].count(), pairs=Count(table.height))
    return [*said, *changes_left(found.left_out)]


def _growth(known: pl.DataFrame) -> Message:
    tfp, outputs, inputs = (Growth(mean_of_a_year(known, name), digits=2) for name in INDICES)
    values: dict[str, Value[Any]] = {
        "start": Year(int(known["from_year"].to_numpy().min())),
        "end": Year(int(known["to_year"].to_numpy().max())),
        "outputs": outputs,
        "inputs": inputs,
    }
    return message("growth", change=tfp, **values)


TFP_CHANGE = Measurement(
    tfp_change,
    citation="Bjurek 1996, Scandinavian Journal of Economics 98(2)",
    sample=Sample({"inputs": ["capital", "hours"], "outputs": ["value_added"]}),
    brief=("unit", "from_year", "to_year", *INDICES),
)

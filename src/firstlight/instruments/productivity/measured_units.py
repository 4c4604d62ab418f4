"""The panel of units that a measurement of productivity has read, with what its formulas can't use
refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.schema import Data
from firstlight.texts import Name, Value, message

__all__ = ["FAMILY", "SIDES", "measured_units", "unit_in_year", "who"]

FAMILY = Path(__file__).parent
SIDES = ("inputs", "outputs", "bad")


def measured_units(data: Data) -> UnitPanel:
    """The units of a table that was read with the columns ``inputs``, ``outputs`` and ``bad``;
    those of ``bad`` may lack.

    Raises InputError for a column that stands twice among them, for a missing number, and for a row
    whose inputs or outputs are all 0.
    """
    frame = data.frame.select("unit", "year").with_row_index("row").sort("unit", "year")
    parts = [data.several.get(side, pl.DataFrame()) for side in SIDES]
    names = tuple(tuple(part.columns) for part in parts)
    every = sum(names, ())
    if twice := [name for name in every if every.count(name) > 1]:
        raise InputError(message("column_twice", table=Name("frame"), column=Name(twice[0])))
    rows = frame["row"].to_numpy()
    inputs, outputs, bads = (_quantities(part, rows) for part in parts)
    units = frame["unit"].to_numpy().astype(np.str_)
    years = frame["year"].fill_null(0).to_numpy().astype(np.int64)
    panel = UnitPanel(units, years, inputs, outputs, bads, (names[0], names[1], names[2]))
    missing = np.argwhere(np.isnan(panel.values))
    if missing.size:
        row, column = (int(place) for place in missing[0])
        about = {"unit": who(panel, row), "column": Name(panel.quantities[column])}
        raise InputError(message("quantity_missing", **about), FAMILY)
    for code, side in (("inputs_all_zero", inputs), ("outputs_all_zero", outputs)):
        empty = np.flatnonzero((side == 0).all(axis=1))
        if empty.size:
            raise InputError(message(code, unit=who(panel, int(empty[0]))), FAMILY)
    return panel


def _quantities(part: pl.DataFrame, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(rows, columns), also where a side has no column."""
    if not part.width:
        return np.empty((len(rows), 0))
    return part.cast(pl.Float64).to_numpy()[rows]


def who(panel: UnitPanel, row: int) -> Value[Any]:
    """The unit of a row, with its year where there are years."""
    return panel.who(row)

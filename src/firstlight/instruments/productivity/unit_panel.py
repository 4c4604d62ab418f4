"""Units through the years with inputs, outputs and bad outputs: read from a long frame, checked,
and scaled for solvers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.schema import Data
from firstlight.texts import Code, Name, Value, message

FAMILY = Path(__file__).parent
SIDES = ("inputs", "outputs", "bad")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitPanel:
    """N rows of units by year, sorted by unit, then year, however the rows came.

    units   : (N,) names; years : (N,), all 0 where the frame has no years
    inputs  : (N, m); outputs : (N, s); bads : (N, b), of undesirable outputs; in the user's units
    names   : the user's column names, (inputs, outputs, bads)
    """

    units: NDArray[np.str_]
    years: NDArray[np.int64]
    inputs: Floats
    outputs: Floats
    bads: Floats
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

    @property
    def has_years(self) -> bool:
        """Whether the frame had a column of years."""
        return bool((self.years != 0).any())

    @property
    def kind_of_rows(self) -> Code:
        """Units or unit-years, for a sentence that counts them."""
        if self.has_years:
            return Code("codes.rows.unit_years")
        return Code("codes.rows.units")

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of inputs, outputs and bads."""
        return sum(self.names, ())

    @property
    def values(self) -> Floats:
        """(N, m + s + b), inputs, outputs and bads side by side."""
        return np.hstack([self.inputs, self.outputs, self.bads])

    def of(self, rows: Any) -> tuple[Floats, Floats, Floats]:
        """Inputs, outputs and bads of some rows."""
        return self.inputs[rows], self.outputs[rows], self.bads[rows]

    def who(self, row: int) -> Value[Any]:
        """The unit of a row, with its year where there are years."""
        year = None
        if self.has_years:
            year = int(self.years[row])
        return unit_in_year(str(self.units[row]), year)

    def key(
        self, rows: Any = slice(None), unit: str = "unit", year: str = "year"
    ) -> dict[str, Any]:
        """The columns that identify some rows: their units, and their years where there are any."""
        if not self.has_years:
            return {unit: self.units[rows]}
        return {unit: self.units[rows], year: self.years[rows]}


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
        about = {"unit": panel.who(row), "column": Name(panel.quantities[column])}
        raise InputError(message("quantity_missing", **about), FAMILY)
    for code, side in (("inputs_all_zero", inputs), ("outputs_all_zero", outputs)):
        empty = np.flatnonzero((side == 0).all(axis=1))
        if empty.size:
            raise InputError(message(code, unit=panel.who(int(empty[0]))), FAMILY)
    return panel


def _quantities(part: pl.DataFrame, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(rows, columns), also where a side has no column."""
    if not part.width:
        return np.empty((len(rows), 0))
    return part.cast(pl.Float64).to_numpy()[rows]

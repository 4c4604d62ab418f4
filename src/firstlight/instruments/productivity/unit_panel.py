"""Units through the years with inputs, outputs and bad outputs: read from a long frame, checked,
and scaled for solvers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Code, Name, Value, message

FAMILY = Path(__file__).parent
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitPanel:
    """N rows of units by year, sorted by unit, then year, however the rows came.

    units   : (N,) names; years : (N,), all 0 where the frame has no years
    inputs  : (N, m); outputs : (N, s); bads : (N, b), of undesirable outputs; in the user's units
    names   : the user's column names, (inputs, outputs, bads)
    given   : the frame that was handed in
    """

    units: NDArray[np.str_]
    years: NDArray[np.int64]
    inputs: Floats
    outputs: Floats
    bads: Floats
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    given: Any = field(default=None, repr=False)

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


def unit_panel(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    unit: str = "unit",
    year: str | None = None,
) -> UnitPanel:
    """Read a long frame: a row per unit, or per unit and year.

    A panel that was read before stays as it is.

    inputs, outputs, bads : the frame's columns of numbers, at least one input and one output
    unit, year  : the frame's columns of names and years; year None where there is one row per unit
    Returns UnitPanel.
    Raises  InputError naming unit, year and column of a missing or negative number, a unit that
            stands twice (in a year), a row of zeros alone, or a column that is named twice.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"unit": ["b", "a"], "x": [2.0, 1.0], "y": [1.0, 3.0]})
    >>> unit_panel(rows, ["x"], ["y"]).units.tolist()
    ['a', 'b']
    """
    if isinstance(frame, UnitPanel):
        return frame
    for what, given in (("inputs", inputs), ("outputs", outputs), ("bads", bads)):
        if isinstance(given, str):
            one = message("one_name", name=Name(given), parameter=Name(what))
            raise InputError(one, FAMILY)
    groups = (tuple(inputs), tuple(outputs), tuple(bads))
    numbers = sum(groups, ())
    if not inputs or not outputs:
        raise InputError(message("no_input_or_output"), FAMILY)
    twice = next((name for name in numbers if numbers.count(name) > 1), None)
    if twice is not None:
        raise InputError(message("column_twice", table=Name("frame"), column=Name(twice)))
    columns = {
        "unit": unit,
        "year": year,
        **{f"#{k}": name for k, name in enumerate(numbers)},
    }
    table = read_long(frame, columns, [f"#{k}" for k in range(len(numbers))])
    if table.height == 0:
        raise InputError(message("no_rows", table=Name("frame")))
    values = table.select([f"#{k}" for k in range(len(numbers))]).to_numpy().astype(np.float64)
    units = table["unit"].to_numpy().astype(np.str_)
    years = np.zeros(len(units), np.int64)
    if year:
        years = table["year"].to_numpy().astype(np.int64)
    parts = np.split(values, np.cumsum([len(group) for group in groups])[:2], axis=1)
    panel = UnitPanel(units, years, parts[0], parts[1], parts[2], groups, frame)
    _refuse_repeated(panel)
    _refuse_numbers(panel)
    for code, part in (("inputs_all_zero", panel.inputs), ("outputs_all_zero", panel.outputs)):
        if empty := np.flatnonzero((part == 0).all(axis=1)).tolist():
            raise InputError(message(code, unit=panel.who(empty[0])), FAMILY)
    return panel


def one_number(value: Any, where: str) -> float:
    """What was handed in as one number.

    Raises  InputError, saying where, for what is none.

    >>> one_number("2.5", "weights")
    2.5
    """
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        given = {"parameter": Name(where), "value": shown(value), "kind": Code("kinds.number")}
        raise InputError(message("wrong_kind", **given)) from error


def _refuse_repeated(panel: UnitPanel) -> None:
    same = (panel.units[1:] == panel.units[:-1]) & (panel.years[1:] == panel.years[:-1])
    if same.any():
        row = int(np.flatnonzero(same)[0])
        if panel.has_years:
            raise InputError(message("row_twice", key=panel.who(row)), FAMILY)
        raise InputError(message("unit_twice", unit=panel.who(row)), FAMILY)


def _refuse_numbers(panel: UnitPanel) -> None:
    values = panel.values
    for bad, code in (
        (~np.isfinite(values), "quantity_missing"),
        (values < 0, "quantity_negative"),
    ):
        if bad.any():
            row, column = (int(place) for place in np.argwhere(bad)[0])
            about = {"unit": panel.who(row), "column": Name(panel.quantities[column])}
            raise InputError(message(code, **about), FAMILY)

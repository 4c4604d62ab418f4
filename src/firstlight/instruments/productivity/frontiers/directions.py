"""The direction of a directional distance: which quantities move together, and how far one unit of
distance moves each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.frontiers.technology import FOLDER
from firstlight.instruments.productivity.measured_units import who
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number
from firstlight.texts import List, Name, message, names

Floats = NDArray[np.float64]
Direction = Sequence[str] | Mapping[str, float]


def direction_amounts(panel: UnitPanel, direction: Direction) -> Floats:
    """How far one unit of distance moves each quantity of each row.

    direction : names of columns, each of which moves in proportion to the row's own value; or name
                -> amount, the same for all rows, in the column's unit. Outputs grow, inputs and
                bads shrink; what is not named stays
    Returns (N, m + s + b), in the panel's units.
    Raises  InputError for no name, a name that is no input, output or bad, or an amount that is not
            above 0.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> panel = unit_panel(pl.DataFrame({"unit": ["a"], "x": [2.0], "y": [3.0], "c": [5.0]}),
    ...     ["x"], ["y"], ["c"])
    >>> direction_amounts(panel, ["y", "c"]).tolist(), direction_amounts(panel, {"c": 1.0}).tolist()
    ([[0.0, 3.0, 5.0]], [[0.0, 0.0, 1.0]])
    """
    known = panel.quantities
    asked = named_columns(direction)
    check_quantities(panel, "direction", asked)
    if not asked:
        raise InputError(message("direction_empty", names=names(known, len(known))), FOLDER)
    values = panel.values
    amounts = np.zeros_like(values)
    for name in asked:
        place = known.index(name)
        if not isinstance(direction, Mapping):
            amounts[:, place] = values[:, place]
            continue
        amount = one_number(direction[name], f"direction[{name!r}]")
        if not (np.isfinite(amount) and amount > 0):
            told = message("amount_not_positive", amount=shown(amount), column=Name(name))
            raise InputError(told, FOLDER)
        amounts[:, place] = amount
    return amounts


def named_columns(direction: Direction) -> list[str]:
    """The columns that a direction names; one alone may stand without a list."""
    if isinstance(direction, str):
        return [direction]
    return list(direction)


def check_quantities(panel: UnitPanel, parameter: str, named: Iterable[str]) -> None:
    """Raise InputError for a name that is no input, output or bad."""
    known = panel.quantities
    for name in named:
        if name not in known:
            about = {"name": Name(name), "parameter": Name(parameter)}
            listed = names(known, len(known))
            raise InputError(message("no_quantity", names=listed, **about), FOLDER)


def check_moves(panel: UnitPanel, amounts: Floats) -> None:
    """Raise InputError naming a row that one unit of distance does not move."""
    still = np.flatnonzero((amounts == 0).all(axis=1))
    if still.size:
        raise InputError(message("row_does_not_move", unit=who(panel, int(still[0]))), FOLDER)


def signed_columns(panel: UnitPanel, direction: Sequence[str]) -> List:
    """Each column with its sign, "+y" or "-x": outputs grow, inputs and bad outputs shrink."""
    signs = dict.fromkeys(direction, "-") | dict.fromkeys(panel.names[1], "+")
    return names((signs[name] + name for name in direction), len(direction))

"""The direction of a directional distance: which quantities move together, and how far one unit of
distance moves each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.technology import FOLDER
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.texts import List, Name, message, names

Floats = NDArray[np.float64]


def direction_amounts(panel: UnitPanel, direction: Sequence[str]) -> Floats:
    """How far one unit of distance moves each quantity of each row.

    direction : names of columns, each of which moves in proportion to the row's own value. Outputs
                grow, inputs and bads shrink; what is not named stays
    Returns (N, m + s + b), in the panel's units.
    Raises  InputError for no name, or a name that is no input, output or bad.
    """
    known = panel.quantities
    check_quantities(panel, "direction", direction)
    if not direction:
        raise InputError(message("direction_empty", names=names(known, len(known))), FOLDER)
    return np.where([name in direction for name in known], panel.values, 0.0)


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
        raise InputError(message("row_does_not_move", unit=panel.who(int(still[0]))), FOLDER)


def signed_columns(panel: UnitPanel, direction: Sequence[str]) -> List:
    """Each column with its sign, "+y" or "-x": outputs grow, inputs and bad outputs shrink."""
    signs = dict.fromkeys(direction, "-") | dict.fromkeys(panel.names[1], "+")
    return names((signs[name] + name for name in direction), len(direction))

"""The direction of a directional distance: which quantities move together, and how far one unit of distance moves each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number

Floats = NDArray[np.float64]
Direction = Sequence[str] | Mapping[str, float]


def direction_amounts(panel: UnitPanel, direction: Direction) -> Floats:
    """How far one unit of distance moves each quantity of each row.

    direction : names of columns, each of which moves in proportion to the row's own value; or name -> amount, the same for
                all rows, in the column's unit. Outputs grow, inputs and bads shrink; what is not named stays
    Returns (N, m + s + b), in the panel's units.
    Raises  InputError for no name, a name that is no input, output or bad, or an amount that is not above 0.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> panel = unit_panel(pl.DataFrame({"unit": ["a"], "x": [2.0], "y": [3.0], "c": [5.0]}), ["x"], ["y"], ["c"])
    >>> direction_amounts(panel, ["y", "c"]).tolist(), direction_amounts(panel, {"c": 1.0}).tolist()
    ([[0.0, 3.0, 5.0]], [[0.0, 0.0, 1.0]])
    """
    names = panel.quantities
    asked = [direction] if isinstance(direction, str) else list(direction)
    unknown = [name for name in asked if name not in names]
    if unknown or not asked:
        raise InputError(
            f"no quantity {unknown[0]!r}" if unknown else "nothing moves",
            where="direction",
            try_next=f"name some of {', '.join(map(repr, names))}",
        )
    values = panel.values
    amounts = np.zeros_like(values)
    for name in asked:
        place = names.index(name)
        if not isinstance(direction, Mapping):
            amounts[:, place] = values[:, place]
            continue
        amount = one_number(direction[name], f"direction, column {name!r}")
        if not (np.isfinite(amount) and amount > 0):
            raise InputError(
                f"amount {amount}",
                where=f"direction, column {name!r}",
                try_next="use amounts above 0",
            )
        amounts[:, place] = amount
    return amounts

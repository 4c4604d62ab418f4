"""The direction of a directional distance: which quantities move together, and how far one unit of distance moves each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number
from firstlight.numerics.finding import Words

Floats = NDArray[np.float64]
Direction = Sequence[str] | Mapping[str, float]


def direction_amounts(panel: UnitPanel, direction: Direction) -> tuple[Floats, Words]:
    """How far one unit of distance moves each quantity of each row, and the convention in words.

    direction : names of columns, each of which moves in proportion to the row's own value; or name -> amount, the same for
                all rows, in the column's unit. Outputs grow, inputs and bads shrink; what is not named stays
    Returns (N, m + s + b), in the panel's units, and the convention in English and Chinese.
    Raises  InputError for no name, a name that is no input, output or bad, or an amount that is not above 0.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> panel = unit_panel(pl.DataFrame({"unit": ["a"], "x": [2.0], "y": [3.0], "c": [5.0]}), ["x"], ["y"], ["c"])
    >>> direction_amounts(panel, ["y", "c"])[0].tolist(), direction_amounts(panel, {"c": 1.0})[0].tolist()
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
    return amounts, _words(panel, direction, asked)


def refuse_still(panel: UnitPanel, amounts: Floats) -> None:
    """Raises  InputError naming the first row of which nothing moves, (N, m + s + b) amounts all 0."""
    still = np.flatnonzero((amounts == 0).all(axis=1))
    if still.size:
        raise InputError(
            "everything that should move is 0",
            where=panel.place(still[0]),
            try_next="leave the unit out, or let another quantity move",
        )


def _words(panel: UnitPanel, direction: Direction, asked: list[str]) -> Words:
    outputs = set(panel.names[1])
    signed = [("+" if name in outputs else "-") + name for name in asked]
    if isinstance(direction, Mapping):
        listed = ", ".join(f"{name} {direction[name[1:]]:g}" for name in signed)
        return (f"Direction: {listed}, the same for all rows", f"方向向量：{listed}，各行相同")
    listed = ", ".join(signed)
    return (
        f"Direction: ({listed}), in proportion to the row's own values",
        f"方向向量：（{listed}），按各自数值等比例变动",
    )


def disposal(panel: UnitPanel, disposability: str, returns: str) -> tuple[Words, ...]:
    """The convention of how bads can be disposed of; none where there are no bads."""
    if not panel.bads.size:
        return ()
    if disposability == "strong":
        return (
            (
                "Bads are strongly disposable, treated as inputs (<=)",
                "非期望产出强可处置，按投入处理（≤）",
            ),
        )
    if disposability == "kuosmanen":
        return (
            (
                "Bads are weakly disposable and null-joint (=), each unit abates by a factor of its own (Kuosmanen 2005)",
                "非期望产出弱可处置（等式约束），各单元具有各自的减排因子（Kuosmanen 2005）",
            ),
        )
    variable = returns == "vrs"
    return (
        (
            "Bads are weakly disposable, an equation (=)"
            + (
                ", beside intensities that sum to 1 without an abatement factor" if variable else ""
            ),
            "非期望产出弱可处置（等式约束）"
            + ("，强度变量和为1，不含减排因子" if variable else ""),
        ),
    )

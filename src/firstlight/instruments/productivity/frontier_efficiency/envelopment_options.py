"""What was asked of an envelopment analysis, checked against the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers.directions import (
    check_moves,
    check_quantities,
    direction_amounts,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.texts import Count, Name, message

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EnvelopmentOptions:
    """The options of an analysis of R rows in K = inputs, outputs, bads.

    g : (R, K) how far one unit of distance moves each quantity, in the user's units;
    counted : (K,) whose slack counts; restrictions : (k, K) of the multipliers
    """

    returns: str
    orientation: str
    disposability: str
    technology: str
    window: int
    is_super: bool
    nondiscretionary: tuple[str, ...]
    g: Floats
    counted: NDArray[np.bool_]
    restrictions: Floats

    @property
    def is_radial(self) -> bool:
        """Whether inputs alone or outputs alone move, in proportion."""
        return self.orientation in ("input", "output")

    @property
    def has_scale(self) -> bool:
        """Whether there are returns to scale and scale efficiency."""
        return self.returns == "vrs" and self.is_radial and not len(self.restrictions)


def envelopment_options(
    panel: UnitPanel,
    *,
    returns: str,
    orientation: str,
    direction: Sequence[str] | None,
    disposability: str,
    technology: str,
    window: int,
    super_efficiency: bool,
    nondiscretionary: Sequence[str],
    weight_restrictions: Sequence[Mapping[str, float]],
) -> EnvelopmentOptions:
    """The options of an analysis, which go together with the panel.

    weight_restrictions : each name -> coefficient; the multipliers' sum so weighted must not be
                          negative. {"a": 1, "b": -2}: a's multiplier is at least twice b's
    Raises  InputError for more years in a window than there are, and for a column that is none of
            the panel's, or that can't move.
    """
    years = len(np.unique(panel.years))
    if technology == "window" and window > years:
        raise refused(message("window_too_long", window=Count(window), years=Count(years)))
    known = panel.quantities
    check_quantities(panel, "nondiscretionary", nondiscretionary)
    for row in weight_restrictions:
        check_quantities(panel, "weight_restrictions", row)
    restrictions = [[row.get(name, 0.0) for name in known] for row in weight_restrictions]
    return EnvelopmentOptions(
        returns,
        orientation,
        disposability,
        technology,
        window,
        super_efficiency,
        tuple(nondiscretionary),
        _direction(panel, orientation, direction, nondiscretionary),
        np.array([name not in nondiscretionary for name in known]),
        np.array(restrictions).reshape(len(restrictions), len(known)),
    )


def _direction(
    panel: UnitPanel, orientation: str, direction: Sequence[str] | None, held: Sequence[str]
) -> Floats:
    if direction is None:
        of = {"input": panel.names[0], "output": panel.names[1], "non": panel.quantities}
        moves = [name for name in of[orientation] if name not in held]
        if not moves:
            raise refused(message("nothing_moves"))
    else:
        moves = list(direction)
        if fixed := [name for name in moves if name in held]:
            raise refused(message("held_and_moved", name=Name(fixed[0])))
    amounts = direction_amounts(panel, moves)
    check_moves(panel, amounts)
    return amounts

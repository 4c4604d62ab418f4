"""What was asked of an envelopment analysis, checked against the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_choice, shown
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers import reference_years
from firstlight.instruments.productivity.frontiers.directions import (
    Direction,
    check_moves,
    check_quantities,
    direction_amounts,
    named_columns,
)
from firstlight.instruments.productivity.frontiers.technology import DISPOSABILITY, RETURNS
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number
from firstlight.texts import Count, Name, message

Floats = NDArray[np.float64]
ORIENTATIONS = ("input", "output", "non", "directional")
TECHNOLOGIES = (*reference_years.TECHNOLOGIES, "window")


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
    direction: Direction | None,
    disposability: str,
    technology: str,
    window: int,
    super_efficiency: bool,
    nondiscretionary: Sequence[str],
    weight_restrictions: Sequence[Mapping[str, float]],
) -> EnvelopmentOptions:
    """Check what was asked; the words are those of ``dea``.

    Raises  InputError naming the option, or the column that is none of the panel's.
    """
    check_choice("returns", returns, RETURNS)
    check_choice("orientation", orientation, ORIENTATIONS)
    check_choice("disposability", disposability, DISPOSABILITY)
    check_choice("technology", technology, TECHNOLOGIES)
    years = len(np.unique(panel.years))
    if technology == "window" and not (isinstance(window, int) and window >= 1):
        raise refused(message("not_a_window", window=shown(window)))
    if technology == "window" and window > years:
        raise refused(message("window_too_long", window=Count(window), years=Count(years)))
    known = panel.quantities
    if not all(isinstance(row, Mapping) for row in weight_restrictions):
        raise refused(message("restriction_no_mapping"))
    restrictions = [
        [one_number(row.get(name, 0.0), f"weight_restrictions[{name!r}]") for name in known]
        for row in weight_restrictions
    ]
    check_quantities(panel, "nondiscretionary", nondiscretionary)
    for row in weight_restrictions:
        check_quantities(panel, "weight_restrictions", row)
    g = _direction(panel, orientation, direction, nondiscretionary)
    return EnvelopmentOptions(
        returns,
        orientation,
        disposability,
        technology,
        window,
        super_efficiency,
        tuple(nondiscretionary),
        g,
        np.array([name not in nondiscretionary for name in known]),
        np.array(restrictions).reshape(len(restrictions), len(known)),
    )


def _direction(
    panel: UnitPanel, orientation: str, direction: Direction | None, held: Sequence[str]
) -> Floats:
    if (direction is not None) != (orientation == "directional"):
        raise refused(message("no_direction" if direction is None else "direction_unused"))
    if direction is not None:
        if fixed := [name for name in named_columns(direction) if name in held]:
            raise refused(message("held_and_moved", name=Name(fixed[0])))
        moves: Direction = direction
    else:
        of = {"input": panel.names[0], "output": panel.names[1], "non": panel.quantities}
        moves = [name for name in of[orientation] if name not in held]
    if not moves:
        raise refused(message("nothing_moves"))
    amounts = direction_amounts(panel, moves)
    check_moves(panel, amounts)
    return amounts

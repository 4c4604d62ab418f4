"""What was asked of an envelopment analysis, checked against the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers import reference_years
from firstlight.instruments.productivity.frontiers.directions import (
    Direction,
    direction_amounts,
)
from firstlight.instruments.productivity.frontiers.technology import DISPOSABILITY, RETURNS
from firstlight.instruments.productivity.measured_units import who
from firstlight.instruments.productivity.options import refuse_unknown
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number
from firstlight.texts import Count, Name, message, names

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
    refuse_unknown(
        "dea",
        returns=(returns, RETURNS),
        orientation=(orientation, ORIENTATIONS),
        disposability=(disposability, DISPOSABILITY),
        technology=(technology, TECHNOLOGIES),
    )
    years = len(np.unique(panel.years))
    if technology == "window" and not (isinstance(window, int) and window >= 1):
        raise InputError(
            f"a window of {window} of {years} years", where="window", try_next="use a shorter one"
        )
    if technology == "window" and window > years:
        raise refused(message("window_too_long", window=Count(window), years=Count(years)))
    known = panel.quantities
    if not all(isinstance(row, Mapping) for row in weight_restrictions):
        raise InputError(
            "a restriction that is no mapping",
            where="weight_restrictions",
            try_next="a list of column -> coefficient",
        )
    restrictions = [
        [one_number(row.get(name, 0.0), f"weight_restrictions, column {name!r}") for name in known]
        for row in weight_restrictions
    ]
    named = [*nondiscretionary, *(name for row in weight_restrictions for name in row)]
    _refuse_unknown_quantities(panel, named)
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


def _refuse_unknown_quantities(panel: UnitPanel, named: Sequence[str]) -> None:
    known = panel.quantities
    if unknown := [name for name in named if name not in known]:
        listed = names(known, len(known))
        raise refused(message("no_quantity", name=Name(unknown[0]), names=listed))


def _direction(
    panel: UnitPanel, orientation: str, direction: Direction | None, held: Sequence[str]
) -> Floats:
    if (direction is not None) != (orientation == "directional"):
        raise InputError(
            f"orientation {orientation!r} {'without' if direction is None else 'with'} a direction",
            where="dea",
            try_next="give a direction for orientation='directional', and for no other",
        )
    if direction is not None:
        named = [direction] if isinstance(direction, str) else list(direction)
        _refuse_unknown_quantities(panel, named)
        if fixed := [name for name in named if name in held]:
            raise refused(message("held_and_moved", name=Name(fixed[0])))
        moves: Direction = direction
    else:
        of = {"input": panel.names[0], "output": panel.names[1], "non": panel.quantities}
        moves = [name for name in of[orientation] if name not in held]
    if not moves:
        raise refused(message("nothing_moves"))
    amounts = direction_amounts(panel, moves)
    still = np.flatnonzero((amounts == 0).all(axis=1))
    if still.size:
        raise refused(message("row_does_not_move", unit=who(panel, int(still[0]))))
    return amounts

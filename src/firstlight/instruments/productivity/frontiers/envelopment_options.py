"""What was asked of an envelopment analysis, checked against the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers import reference_years
from firstlight.instruments.productivity.frontiers.directions import (
    Direction,
    direction_amounts,
    refuse_still,
)
from firstlight.instruments.productivity.frontiers.technology import DISPOSABILITY, RETURNS
from firstlight.instruments.productivity.options import refuse_unknown
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number
from firstlight.numerics.finding import Words

Floats = NDArray[np.float64]
ORIENTATIONS = ("input", "output", "non", "directional")
TECHNOLOGIES = (*reference_years.TECHNOLOGIES, "window")


@dataclass(frozen=True)
class EnvelopmentOptions:
    """The options of an analysis of R rows in K = inputs, outputs, bads.

    g : (R, K) how far one unit of distance moves each quantity, in the user's units; direction_words : in words
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
    direction_words: tuple[Words, ...]
    counted: NDArray[np.bool_]
    restrictions: Floats

    @property
    def is_radial(self) -> bool:
        """Whether inputs alone or outputs alone move, in proportion."""
        return self.orientation in ("input", "output")

    @property
    def has_scale(self) -> bool:
        """Whether returns to scale and scale efficiency are told."""
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
    if technology == "window" and not (isinstance(window, int) and 1 <= window <= years):
        raise InputError(
            f"a window of {window} of {years} years", where="window", try_next="use a shorter one"
        )
    names = panel.quantities
    if not all(isinstance(row, Mapping) for row in weight_restrictions):
        raise InputError(
            "a restriction that is no mapping",
            where="weight_restrictions",
            try_next="a list of column -> coefficient",
        )
    restrictions = [
        [one_number(row.get(name, 0.0), f"weight_restrictions, column {name!r}") for name in names]
        for row in weight_restrictions
    ]
    named = [*nondiscretionary, *(name for row in weight_restrictions for name in row)]
    if unknown := [name for name in named if name not in names]:
        raise InputError(
            f"no quantity {unknown[0]!r}", where="dea", try_next=f"name some of {', '.join(names)}"
        )
    g, words = _direction(panel, orientation, direction, nondiscretionary)
    return EnvelopmentOptions(
        returns,
        orientation,
        disposability,
        technology,
        window,
        super_efficiency,
        tuple(nondiscretionary),
        g,
        words,
        np.array([name not in nondiscretionary for name in names]),
        np.array(restrictions).reshape(len(restrictions), len(names)),
    )


def _direction(
    panel: UnitPanel, orientation: str, direction: Direction | None, held: Sequence[str]
) -> tuple[Floats, tuple[Words, ...]]:
    if (direction is not None) != (orientation == "directional"):
        raise InputError(
            f"orientation {orientation!r} {'without' if direction is None else 'with'} a direction",
            where="dea",
            try_next="give a direction for orientation='directional', and for no other",
        )
    if direction is not None:
        named = [direction] if isinstance(direction, str) else list(direction)
        if fixed := [name for name in named if name in held]:
            raise InputError(
                f"{fixed[0]!r} can't move",
                where="direction",
                try_next="leave it out of one of the two",
            )
        amounts, said = direction_amounts(panel, direction)
        refuse_still(panel, amounts)
        return amounts, (said,)
    moves = {"input": panel.names[0], "output": panel.names[1], "non": panel.quantities}[
        orientation
    ]
    amounts, _ = direction_amounts(panel, [name for name in moves if name not in held])
    refuse_still(panel, amounts)
    return amounts, ()

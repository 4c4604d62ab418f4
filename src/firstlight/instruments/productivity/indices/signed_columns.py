"""How the columns of a direction are written: outputs grow, inputs and bad outputs shrink."""

from __future__ import annotations

from collections.abc import Sequence

from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.texts import List, names


def signed_columns(panel: UnitPanel, direction: Sequence[str]) -> List:
    """Each column with its sign, "+y" or "-x"."""
    outputs = panel.names[1]
    signed = (f"+{name}" if name in outputs else f"-{name}" for name in direction)
    return names(signed, len(direction))

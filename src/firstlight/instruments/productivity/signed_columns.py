"""How the columns of a direction are written: outputs grow, inputs and bad outputs shrink."""

from __future__ import annotations

from collections.abc import Sequence

from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.texts import List, names


def signed_columns(panel: UnitPanel, direction: Sequence[str]) -> List:
    """Each column with its sign, "+y" or "-x"."""
    signs = dict.fromkeys(direction, "-") | dict.fromkeys(panel.names[1], "+")
    return names((signs[name] + name for name in direction), len(direction))

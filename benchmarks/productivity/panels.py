"""Panels of units as the measurements of productivity read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firstlight.instruments.productivity.frontier_efficiency.frontier_efficiency import EFFICIENCY
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units


def panel_of(
    rows: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    **keys: str | None,
) -> UnitPanel:
    """The rows with these columns; without years where there are none.

    keys : unit and year, where they are called otherwise
    """
    asked = {name: own.default for name, own in EFFICIENCY.parameters.items()}
    asked |= {"frame": rows, "inputs": inputs, "outputs": outputs, "bad": bads or None, **keys}
    return measured_units(EFFICIENCY.read(asked))

"""Panels of units as the measurements of productivity read them, and frontiers of them with their
fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firstlight.instruments.productivity.frontier_efficiency.frontier_efficiency import EFFICIENCY
from firstlight.instruments.productivity.stochastic_frontier.frontier_estimate import (
    StochasticFrontier,
    frontier_of,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import FrontierModel
from firstlight.instruments.productivity.stochastic_frontier.stochastic_frontier import (
    FRONTIER,
    LEVEL,
)
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


def fitted_frontier(
    rows: Any, output: str, inputs: Sequence[str], **options: Any
) -> StochasticFrontier:
    """A stochastic frontier with its fit; options as of the measurement ``frontier``."""
    asked = {name: own.default for name, own in FRONTIER.parameters.items()}
    asked |= {"frame": rows, "output": output, "inputs": inputs, **options}
    which = FrontierModel(**{name: asked[name] for name in ("model", "distribution", "cost")})
    more = {name: asked[name] for name in ("log", "form", "trend", "progress")}
    return frontier_of(FRONTIER.read(asked), output, which, level=LEVEL, **more)

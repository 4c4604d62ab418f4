"""Observe, measure and trace: read, compute and keep every step; recompute only what is stale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstlight.nouns import Instrument

__all__ = ["instruments"]


def instruments() -> Mapping[str, Instrument]:
    """Every instrument by name: needs, formula and citation."""
    # it imports every instrument, of which a measurement needs few
    from firstlight.run.listing import INSTRUMENTS

    return {own.name: own for own in INSTRUMENTS}

"""The instruments of places, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.nouns import Instrument

PLACES: tuple[Instrument, ...] = ()

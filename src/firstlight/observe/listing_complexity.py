"""The instruments of complexity, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.nouns import Instrument

COMPLEXITY: tuple[Instrument, ...] = ()

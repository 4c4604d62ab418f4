"""The instruments of networks, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.nouns import Instrument

NETWORKS: tuple[Instrument, ...] = ()

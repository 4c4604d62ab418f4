"""The measurements of networks, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.observe.measurements.form import Measurement

NETWORKS: tuple[Measurement, ...] = ()

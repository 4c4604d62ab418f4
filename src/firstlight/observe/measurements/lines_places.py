"""The measurements of places, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.observe.measurements.form import Measurement

PLACES: tuple[Measurement, ...] = ()

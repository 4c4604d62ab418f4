"""The measurements of complexity, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.observe.measurements.form import Measurement

COMPLEXITY: tuple[Measurement, ...] = ()

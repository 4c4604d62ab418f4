"""The list of measurements: what each needs, which choices it has, and the instrument that makes it. A list you can read."""

from __future__ import annotations

from firstlight.errors import InputError, did_you_mean
from firstlight.run.measurements.declared import declared_measurements
from firstlight.run.measurements.form import Measurement
from firstlight.run.measurements.lines_productivity import PRODUCTIVITY

MEASUREMENTS: tuple[Measurement, ...] = (
    *declared_measurements(),
    *PRODUCTIVITY,
)


def measurement(name: str) -> Measurement:
    """One of the list by its name.

    Raises  InputError naming those that exist.

    >>> measurement("adoption").instrument
    'adoption'
    """
    known = {own.name: own for own in MEASUREMENTS}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(
            f"no measurement {name!r}",
            where="measure",
            try_next=f"{hint}one of {', '.join(sorted(known))}",
        )
    return known[name]

"""Which third of the known values each is in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["THIRDS", "thirds"]

THIRDS = ("top", "middle", "bottom")
"""Codes, in words under ``codes.third``; the highest first."""


def thirds(values: Sequence[float | None]) -> list[str | None]:
    """The code of each value's third; None for a missing value.

    >>> thirds([3.0, 1.0, 2.0, None])
    ['top', 'bottom', 'middle', None]
    """
    known = np.array([np.nan if value is None else value for value in values], dtype=float)
    if np.isnan(known).all():
        return [None] * known.size
    low, high = np.nanquantile(known, [1 / 3, 2 / 3])
    places = np.where(known > high, 0, np.where(known > low, 1, 2))
    return [
        None if np.isnan(value) else THIRDS[place]
        for value, place in zip(known, places, strict=True)
    ]

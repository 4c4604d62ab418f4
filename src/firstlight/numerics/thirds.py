"""Which third of the known values each is in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

THIRDS = ("top", "middle", "bottom")
"""Codes, in words under ``codes.third``; the highest first."""


def thirds(values: Sequence[float | None]) -> list[str | None]:
    """The code of each value's third; None for a missing value.

    >>> thirds([3.0, 1.0, 2.0, None])
    ['top', 'bottom', 'middle', None]
    """
    known = np.array(values, dtype=float)  # None as nan
    if np.isnan(known).all():
        return [None] * known.size
    low, high = np.nanquantile(known, [1 / 3, 2 / 3])
    places = np.where(known > high, 0, np.where(known > low, 1, 2))
    codes = np.array(THIRDS, dtype=object)[places]
    codes[np.isnan(known)] = None
    return list(codes)

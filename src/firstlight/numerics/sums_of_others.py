"""Names whose numbers are the sums of all others: a total that stands among its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["sums_of_others"]

NEAR = 0.005  # of the total: parts are rounded, or a small one is missing
MOSTLY = 0.8  # of its cells
FEWEST = 4  # names; of three, one is often about the sum of two others


def sums_of_others(values: NDArray[np.float64], axis: int, names: Sequence[str]) -> list[str]:
    """The names that are about the sum of all other names, year by year and cell by cell.

    values : (years, rows, columns), not negative; names : of the rows (axis 1) or the columns (axis 2)

    >>> parts = np.array([[1.0, 2.0, 4.0, 7.0]] * 2).T[None]
    >>> sums_of_others(parts, 1, ["a", "b", "c", "nation"])
    ['nation']
    """
    if len(names) < FEWEST:
        return []
    whole = values.sum(axis=axis, keepdims=True)
    is_sum = np.abs(2 * values - whole) <= NEAR * whole
    is_there = values > 0
    # the sum of two others at least, and no copy of another
    is_sum &= is_there & (is_there.sum(axis=axis, keepdims=True) > 2)
    others = tuple(k for k in range(3) if k != axis)
    cells = is_there.sum(axis=others)
    share = is_sum.sum(axis=others) / np.maximum(cells, 1)
    return [
        name for name, part, n in zip(names, share, cells, strict=True) if part > MOSTLY and n > 1
    ]

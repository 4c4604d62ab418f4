"""The order in which technologies are called, the same whatever the order of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DECIMALS = 12  # scores that differ by less are equal: sums of floats differ with their order


def ranking(scores: Floats, documents: Floats, names: Sequence[str]) -> Ints:
    """(K,) rows from the highest score down; a score of nan comes last.

    Equal scores: more documents first, then by name.

    >>> ranking(np.array([1.0, 2.0, 2.0, np.nan]), np.array([9.0, 3, 5, 9]), ["a", "b", "c", "d"])
    array([2, 1, 0, 3])
    """
    falling = np.where(np.isnan(scores), np.inf, -np.round(scores, DECIMALS))
    return np.lexsort((np.asarray(names, dtype=np.str_), -documents, falling)).astype(np.int64)


def ranks(scores: Floats, documents: Floats, names: Sequence[str]) -> Ints:
    """(K,) places from 1 on, in the order of `ranking`.

    >>> ranks(np.array([1.0, 3.0, 2.0]), np.zeros(3), ["a", "b", "c"])
    array([3, 1, 2])
    """
    order = ranking(scores, documents, names)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return places

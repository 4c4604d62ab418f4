"""Sums of proximities without the proximities: over places first, of which there are fewer than
pairs of activities.

Symbols: M presences (places, activities), k its column sums (ubiquity), C = M' M, n places that
aren't empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firstlight.errors import check_choice
from firstlight.instruments.complexity.activity_table import Array

SUMMED = ("conditional", "cosine", "lift")


def proximity_sums(back: Any, ubiquity: Array, y: Array, measure: str = "conditional") -> Array:
    """For each activity j, the sum over all i (itself included) of y_i phi_ij.

    As C_ij = sum over places of M_ci M_cj, the sum over i comes first: sum_c M_cj sum_i M_ci y_i
    a_i, for each place once. ``cosine`` and ``lift`` are such products, a_i = k_i^-1/2 and 1 / k_i.
    ``conditional`` is C_ij / max(k_i, k_j): 1 / k_j for i no more ubiquitous than j, 1 / k_i for
    the rest; two passes over ubiquities add up each part.

    back : (activities, places), presences of 0 and 1, dense or csr; ubiquity : (activities,); y :
           (activities, r)
    Returns (activities, r); 0 for what is present nowhere.
    Raises  InputError for a measure that doesn't split.

    >>> proximity_sums(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([2.0, 1.0]),
    ...     np.ones((2, 1))).tolist()
    [[1.5], [1.5]]
    """
    check_choice("measure", measure, SUMMED)
    if measure != "conditional":
        factor = np.divide(1, ubiquity, out=np.zeros_like(ubiquity), where=ubiquity > 0)
        factor = np.sqrt(factor) if measure == "cosine" else factor
        places = 1.0 if measure == "cosine" else float((back.sum(axis=0) > 0).sum())
        return np.asarray(
            (back @ (back.T @ (y * factor[:, None]))) * (places * factor)[:, None], float
        )
    order = np.argsort(ubiquity, kind="stable")
    back, y, k = back[order], y[order], ubiquity[order]
    bounds = np.flatnonzero(np.diff(k, prepend=0.0))  # of each ubiquity above 0
    levels = list(zip(bounds, np.append(bounds[1:], k.size)[: bounds.size], strict=True))
    found = np.zeros_like(y)
    upto, beyond = np.zeros((back.shape[1], y.shape[1])), np.zeros((back.shape[1], y.shape[1]))
    for start, stop in levels:
        part = back[start:stop]
        upto += part.T @ y[start:stop]
        found[start:stop] = (part @ upto) / k[start]
    for start, stop in reversed(levels):
        part = back[start:stop]
        found[start:stop] += part @ beyond
        beyond += part.T @ (y[start:stop] / k[start])
    restored = np.empty_like(found)
    restored[order] = found
    return restored

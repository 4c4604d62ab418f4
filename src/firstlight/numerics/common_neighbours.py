"""Scores of pairs of nodes by the neighbours that they have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


def common_neighbour_scores(adjacent: Any) -> dict[str, Floats]:
    """Common neighbours, Adamic-Adar and resource allocation of every pair.

    The number of common neighbours z, the sum over them of 1 / log k_z, and that of 1 / k_z, where
    k is the number of neighbours of a node.

    adjacent : (n, n), symmetric, 1 for neighbours and 0 for others, dense or sparse
    Returns score -> (n, n), dense; the diagonal says nothing.

    Source: Liben-Nowell and Kleinberg (2007), Journal of the American Society for Information
    Science and Technology 58(7), 1019-1031; Adamic and Adar (2003), Social Networks 25(3), 211-230;
    Zhou, Lü and Zhang (2009), European Physical Journal B 71(4), 623-630.

    >>> path = np.array([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> {name: float(score[0, 2].round(3)) for name, score in common_neighbour_scores(path).items()}
    {'common_neighbours': 1.0, 'adamic_adar': 1.443, 'resource_allocation': 0.5}
    """
    k = np.asarray(adjacent.sum(axis=1), dtype=np.float64).ravel()
    weights = {
        "common_neighbours": np.ones_like(k),
        # a neighbour that two have in common has at least these two: log 1 divides nothing
        "adamic_adar": 1 / np.log(np.maximum(k, 2)),
        "resource_allocation": 1 / np.maximum(k, 1),
    }
    return {name: _through(adjacent, each) for name, each in weights.items()}


def _through(adjacent: Any, each: Floats) -> Floats:
    summed = adjacent @ (sparse.diags_array(each) @ adjacent)
    if isinstance(summed, np.ndarray):
        return summed
    return np.asarray(summed.toarray(), dtype=np.float64)

"""Communities of a network: who works mostly with one another, and how far the network falls into such groups.

Symbols: a_ij weight of a tie, s_i strength of member i, m sum of all weights (each tie once), c_i community of i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import adjacency

ITERATIONS = 10


@dataclass(frozen=True)
class NetworkCommunities:
    """A partition of n members.

    community    : (n,), from 0, the largest first (of equal sizes that of the first member); -1 for a member without ties
    modularity   : weight inside communities less what strengths alone would put there, as a share; nan without ties
    inside_share : weight of ties inside communities, as a share; nan without ties
    """

    community: NDArray[np.int64]
    modularity: float
    inside_share: float


def communities(weights: Any, resolution: float = 1.0, seed: int = 0) -> NetworkCommunities:
    """Communities by modularity, with Leiden's algorithm.

    Q = sum over communities of (w_in / m - resolution (S / 2m)^2), w_in the weight inside, S the strength of its members.
    The best partition can't be told for sure; communities well below sqrt(2m) in strength may be merged (Fortunato and
    Barthélemy 2007). Modularity says how far the network falls apart, not whether more than chance would have it.

    weights    : (n, n), symmetric, at least 0
    resolution : higher finds more and smaller communities
    Returns NetworkCommunities; the same for the same network and seed.
    Raises  InputError as ``adjacency``, or for a resolution that isn't above 0.
    Source: Newman and Girvan (2004), Physical Review E 69, 026113; Traag, Waltman and van Eck (2019), Scientific Reports 9, 5233.

    >>> communities([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]).community.tolist()
    [0, 0, 1, 1]
    """
    if not 0 < resolution < np.inf:
        raise InputError(
            f"resolution {resolution}", where="communities", try_next="a number above 0, such as 1"
        )
    ties = adjacency(weights)
    upper = sparse.triu(ties, 1).tocoo()
    found = np.full(ties.shape[0], -1, dtype=np.int64)
    if not upper.nnz:
        return NetworkCommunities(found, float("nan"), float("nan"))
    order = np.lexsort((upper.col, upper.row))
    edges = [
        (str(a), str(b), float(w))
        for a, b, w in zip(upper.row[order], upper.col[order], upper.data[order], strict=True)
    ]
    _, labels = graspologic_native.leiden(
        edges, resolution=resolution, seed=seed, iterations=ITERATIONS
    )
    for node, own in labels.items():
        found[int(node)] = own
    found = _largest_first(found)
    inside, quality = partition_quality(ties, found, resolution)
    return NetworkCommunities(found, quality, inside)


def partition_quality(weights: Any, community: Any, resolution: float = 1.0) -> tuple[float, float]:
    """The share of weight inside communities, and the modularity of a partition.

    >>> partition_quality([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 1, 1])
    (1.0, 0.5)
    """
    ties, label = adjacency(weights).tocoo(), np.asarray(community)
    total = float(ties.data.sum())
    if not total:
        return float("nan"), float("nan")
    inside = float(ties.data[label[ties.row] == label[ties.col]].sum()) / total
    strength = np.bincount(ties.row, ties.data, ties.shape[0])
    tied = label >= 0
    parts = np.bincount(label[tied], strength[tied]) / total
    return inside, inside - resolution * float((parts**2).sum())


def _largest_first(label: NDArray[np.int64]) -> NDArray[np.int64]:
    own, first, size = np.unique(label[label >= 0], return_index=True, return_counts=True)
    rank = np.empty(own.max() + 1, dtype=np.int64)
    rank[own[np.lexsort((first, -size))]] = np.arange(own.size)
    return np.where(label >= 0, rank[np.maximum(label, 0)], -1)

"""Communities of a network by modularity.

Symbols: a_ij weight of a tie, s_i strength of member i, m sum of all weights (each tie once), c_i
community of i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ITERATIONS = 10


@dataclass(frozen=True)
class Partition:
    """A partition of n members.

    community    : (n,), from 0, the largest first (of equal sizes that of the first member); -1 for
                   a member without ties
    modularity   : weight inside communities less what strengths alone would put there, as a share;
                   nan without ties
    inside_share : weight of ties inside communities, as a share; nan without ties
    """

    community: NDArray[np.int64]
    modularity: float
    inside_share: float


def modular_partition(ties: Any, resolution: float = 1.0, seed: int = 0) -> Partition:
    """The communities that Leiden's algorithm finds; the same for the same network and seed.

    Parameters
    ----------
    ties
        (n, n), sparse, symmetric, not negative, the diagonal empty.
    resolution
        Above 0; higher finds more and smaller communities.

    References
    ----------
    Newman and Girvan 2004, Physical Review E 69, 026113; Traag, Waltman and van Eck 2019,
    Scientific Reports 9, 5233.

    Examples
    --------
    >>> pairs = sparse.csr_array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    >>> modular_partition(pairs).community.tolist()
    [0, 0, 1, 1]
    """
    upper = sparse.triu(ties, 1).tocoo()
    community = np.full(ties.shape[0], -1, dtype=np.int64)
    if not upper.nnz:
        return Partition(community, float("nan"), float("nan"))
    order = np.lexsort((upper.col, upper.row))
    edges = [
        (str(a), str(b), float(w))
        for a, b, w in zip(upper.row[order], upper.col[order], upper.data[order], strict=True)
    ]
    _, labels = graspologic_native.leiden(
        edges, resolution=resolution, seed=seed, iterations=ITERATIONS
    )
    for node, label in labels.items():
        community[int(node)] = label
    community = _largest_first(community)
    inside, quality = partition_quality(ties, community, resolution)
    return Partition(community, quality, inside)


def partition_quality(ties: Any, community: Any, resolution: float = 1.0) -> tuple[float, float]:
    """The share of weight inside communities, and the modularity of a partition; nan without ties.

    ties : (n, n), sparse, symmetric; community : (n,), -1 for no community

    >>> pairs = sparse.csr_array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    >>> partition_quality(pairs, [0, 0, 1, 1])
    (1.0, 0.5)
    """
    cells, label = ties.tocoo(), np.asarray(community)
    total = float(cells.data.sum())
    if not total:
        return float("nan"), float("nan")
    inside = float(cells.data[label[cells.row] == label[cells.col]].sum()) / total
    strength = np.bincount(cells.row, cells.data, cells.shape[0])
    tied = label >= 0
    parts = np.bincount(label[tied], strength[tied]) / total
    return inside, inside - resolution * float((parts**2).sum())


def _largest_first(label: NDArray[np.int64]) -> NDArray[np.int64]:
    own, first, size = np.unique(label[label >= 0], return_index=True, return_counts=True)
    rank = np.empty(own.max() + 1, dtype=np.int64)
    rank[own[np.lexsort((first, -size))]] = np.arange(own.size)
    return np.where(label >= 0, rank[np.maximum(label, 0)], -1)

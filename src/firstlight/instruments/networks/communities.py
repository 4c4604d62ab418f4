"""Communities of a network: who works mostly with one another, and how far the network falls into
such groups."""

from __future__ import annotations

from typing import Any

from firstlight.errors import check_positive
from firstlight.instruments.networks.adjacency import adjacency
from firstlight.numerics import modularity
from firstlight.numerics.modularity import Partition as NetworkCommunities
from firstlight.numerics.modularity import modular_partition

__all__ = ["NetworkCommunities", "communities", "partition_quality"]


def communities(weights: Any, resolution: float = 1.0, seed: int = 0) -> NetworkCommunities:
    """Communities by modularity, with Leiden's algorithm.

    Q = sum over communities of (w_in / m - resolution (S / 2m)^2), w_in the weight inside, S the
    strength of its members. The best partition can't be told for sure; communities well below
    sqrt(2m) in strength may be merged (Fortunato and Barthélemy 2007). Modularity says how far the
    network falls apart, not whether more than chance would have it.

    Parameters
    ----------
    weights
        (n, n), symmetric, at least 0.
    resolution
        Above 0; higher finds more and smaller communities.
    seed
        Seed of the order in which members are moved.

    Returns
    -------
    NetworkCommunities, with ``community`` (n,), numbers from 0; the same for the same network and
    seed.

    Raises
    ------
    InputError
        As ``adjacency``, or for a resolution that isn't above 0.

    References
    ----------
    Newman and Girvan (2004), Physical Review E 69, 026113; Traag, Waltman and van Eck (2019),
    Scientific Reports 9, 5233.

    Examples
    --------
    >>> communities([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]).community.tolist()
    [0, 0, 1, 1]
    """
    check_positive("resolution", resolution)
    return modular_partition(adjacency(weights), resolution, seed)


def partition_quality(weights: Any, community: Any, resolution: float = 1.0) -> tuple[float, float]:
    """The share of weight inside communities, and the modularity of a partition.

    >>> partition_quality([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 1, 1])
    (1.0, 0.5)
    """
    return modularity.partition_quality(adjacency(weights), community, resolution)

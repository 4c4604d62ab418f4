"""Scores of pairs that may come to work together, from the network alone; and how well a score
picks those that do.

Symbols: N(i) partners of i, k_i their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import wrong_shape
from firstlight.instruments.networks.adjacency import Floats, adjacency
from firstlight.numerics.array_checks import check_numbers
from firstlight.numerics.common_neighbours import common_neighbour_scores
from firstlight.numerics.ranks import pairs_in_order

SCORES = (
    "common_neighbours",
    "adamic_adar",
    "resource_allocation",
    "jaccard",
    "preferential_attachment",
)


def link_scores(weights: Any) -> dict[str, Floats]:
    """The usual scores of every pair, from who has worked with whom.

    common neighbours |N(i) n N(j)|; Adamic-Adar sum 1 / log k_z and resource allocation sum 1 / k_z
    over common partners z; Jaccard |N(i) n N(j)| / |N(i) u N(j)|; preferential attachment k_i k_j.
    Weights above 0 all count alike.

    weights : (n, n), symmetric; dense results, so that n stays below some thousands
    Returns score -> (n, n), symmetric, 0 on the diagonal.
    Raises  InputError as ``adjacency``.
    Source: Liben-Nowell and Kleinberg (2007), Journal of the American Society for Information
            Science and Technology 58(7), 1019-1031; Zhou, Lü and Zhang (2009), European Physical
            Journal B 71(4), 623-630, for resource allocation.

    >>> float(link_scores([[0, 1, 0], [1, 0, 1], [0, 1, 0]])["adamic_adar"][0, 2].round(3))
    1.443
    """
    ties = adjacency(weights)
    ties.data = np.ones_like(ties.data)
    k = np.asarray(ties.sum(axis=1), dtype=np.float64).ravel()
    shared = common_neighbour_scores(ties)
    common = shared["common_neighbours"]
    either = k[:, None] + k[None] - common
    scores = shared | {
        "jaccard": common / np.where(either > 0, either, 1.0),
        "preferential_attachment": k[:, None] * k[None],
    }
    for score in scores.values():
        np.fill_diagonal(score, 0.0)
    return scores


@dataclass(frozen=True)
class LinkRecord:
    """How well a score picks the pairs that came to work together.

    pairs, links : how many were scored, and came to be
    base_rate    : links / pairs; what a blind choice would hit
    auc          : chance that a pair that came to be scores higher than one that didn't, ties half;
                   nan without either
    precision    : k -> share that came to be among the k highest; where the k-th place is tied, its
                   mean over the tied
    """

    pairs: int
    links: int
    base_rate: float
    auc: float
    precision: dict[int, float]


def link_record(score: Any, came: Any, at: tuple[int, ...] = (10, 50, 100)) -> LinkRecord:
    """The record of one score over pairs.

    score : (pairs,), finite; came : (pairs,), whether they came to work together; at : the k of
            precision, those beyond the pairs left out
    Returns LinkRecord.
    Raises  InputError where lengths differ, nothing is scored, or a score isn't finite.

    >>> link_record([3, 2, 2, 1], [True, True, False, False], (2,))
    LinkRecord(pairs=4, links=2, base_rate=0.5, auc=0.875, precision={2: 0.75})
    """
    s, y = np.asarray(score, dtype=np.float64), np.asarray(came, dtype=bool)
    if s.shape != y.shape or s.ndim != 1 or not s.size:
        raise wrong_shape("score, came", (s.shape, y.shape), "(n,), (n,)")
    check_numbers("score", s)
    ones = int(y.sum())
    none = s.size - ones
    auc = pairs_in_order(s, y) / (ones * none) if ones and none else float("nan")
    return LinkRecord(
        s.size, ones, ones / s.size, auc, {k: _precision(s, y, k) for k in at if k <= s.size}
    )


def _precision(score: Floats, came: NDArray[np.bool_], k: int) -> float:
    last = np.sort(score)[-k]
    above, tied = score > last, score == last
    return float((came[above].sum() + (k - above.sum()) * came[tied].mean()) / k)

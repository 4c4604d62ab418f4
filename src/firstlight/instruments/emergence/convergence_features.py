"""What is known of a pair of unlinked terms: the classic link indices, and the figures that a forecast reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import sparse

from firstlight.instruments.emergence.convergence import Floats, Ints, TermNetwork

CHUNK = 4_000  # pairs whose rows are held side by side at a time
BASELINES = (
    "common_neighbours",
    "adamic_adar",
    "preferential_attachment",
)  # those that a forecast is measured against
OTHER_INDICES = (
    *("resource_allocation", "jaccard", "cosine"),
    *("weighted_common_neighbours", "weighted_resource_allocation"),
)

# Figures by what they speak of; contributions are told by these groups.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "company": (
        *("common", "adamic_adar", "resource", "cosine", "jaccard", "walk", "root_walk"),
        *("common_recent", "walk_mixed", "walk_recent"),
    ),
    "breadth": ("documents", "documents_gap", "degree", "degree_gap", "company_size"),
    "movement": (
        *("recent_documents", "recent_documents_gap", "recent_degree", "recent_degree_gap"),
        *("gained_1", "gained_3"),
    ),
    "context": ("context_cosine", "context_lift", "context_place", "context_own"),
}
FEATURES = tuple(name for names in GROUPS.values() for name in names)


def link_indices(network: TermNetwork, first: Ints, second: Ints) -> dict[str, Floats]:
    """Indices of link prediction for pairs (first, second); z runs over the terms linked to both, k is the degree.

    common_neighbours |z|; adamic_adar sum 1 / log k_z (Adamic and Adar 2003, Social Networks 25); resource_allocation
    sum 1 / k_z (Zhou, Lü and Zhang 2009, European Physical Journal B 71); preferential_attachment k_i k_j (Barabási and
    Albert 1999, Science 286); jaccard and cosine are |z| over the union's size and over sqrt(k_i k_j);
    weighted_common_neighbours sum w_iz w_jz and weighted_resource_allocation sum w_iz w_jz / s_z, w the documents that use
    both and s a row's sum.

    Returns name -> (n,).
    """
    return _from_shared(network, first, second, _shared(network, first, second, is_dated=False))


def _from_shared(
    network: TermNetwork, first: Ints, second: Ints, shared: Mapping[str, Floats]
) -> dict[str, Floats]:
    degree = network.degree
    common, product = shared["common"], degree[first] * degree[second]
    return {
        "common_neighbours": common,
        "adamic_adar": shared["adamic_adar"],
        "preferential_attachment": product,
        "resource_allocation": shared["resource"],
        "jaccard": common / np.maximum(degree[first] + degree[second] - common, 1),
        "cosine": common / np.sqrt(np.maximum(product, 1)),
        "weighted_common_neighbours": shared["weighted"],
        "weighted_resource_allocation": shared["walk"],
    }


def pair_features(
    network: TermNetwork, first: Ints, second: Ints
) -> tuple[Floats, dict[str, Floats]]:
    """(n, F) figures of the pairs in the order of FEATURES, and the link indices of the same pairs.

    Counts enter by logarithms; a sum over both terms is symmetric, a gap is its absolute difference. ``walk`` is
    sum_z w_iz w_jz / s_z, the documents that a step by way of a common neighbour leads to (s: its row's sum);
    ``context_lift`` is 1 + the whitened product of both contexts: how often both are expected in one document, over
    chance, by least squares on the documents' places.
    """
    shared = _shared(network, first, second)
    indices = _from_shared(network, first, second, shared)
    found = {
        "common": np.log1p(shared["common"]),
        "adamic_adar": np.log1p(shared["adamic_adar"]),
        "resource": np.log(shared["resource"] + 1e-3),
        "cosine": indices["cosine"],
        "jaccard": indices["jaccard"],
        "walk": np.log(shared["walk"] + 1e-3),
        "root_walk": np.log(shared["root_walk"] + 1e-3),
        "common_recent": np.log1p(shared["common_recent"]),
        "walk_mixed": np.log(shared["walk_mixed"] + 1e-3),
        "walk_recent": np.log(shared["walk_recent"] + 1e-3),
        **_of_both(network, first, second),
        **_of_context(network, first, second),
    }
    return np.column_stack([found[name] for name in FEATURES]), indices


def _shared(
    network: TermNetwork, first: Ints, second: Ints, *, is_dated: bool = True
) -> dict[str, Floats]:
    """Sums over common neighbours; rows are read once, and each sum is taken once over what both share."""
    every, recent = network.together, network.recent
    degree, strength = network.degree, _strength(every)
    weights = {
        "adamic_adar": 1 / np.log(np.maximum(degree, 2)),
        "resource": 1 / np.maximum(degree, 1),
        "root": 1 / np.sqrt(strength),
        "walk": 1 / strength,
        "recent": 1 / _strength(recent),
    }
    parts: list[dict[str, Floats]] = []
    for start in range(0, max(len(first), 1), CHUNK):
        i, j = first[start : start + CHUNK], second[start : start + CHUNK]
        one, other = every[i], every[j]
        parts.append(_sums(sparse.csr_matrix(one.multiply(other)), weights))
        if is_dated:
            parts[-1] |= _dated_sums((one, recent[i]), (other, recent[j]), weights)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sums(both: sparse.csr_matrix, weights: Mapping[str, Floats]) -> dict[str, Floats]:
    plain, root = _with_data(both, np.ones(both.nnz)), _with_data(both, np.sqrt(both.data))
    return {
        "common": np.diff(both.indptr).astype(np.float64),
        "adamic_adar": plain @ weights["adamic_adar"],
        "resource": plain @ weights["resource"],
        "walk": both @ weights["walk"],
        "root_walk": root @ weights["root"],
        "weighted": both @ np.ones(both.shape[1]),
    }


def _dated_sums(
    one: tuple[sparse.csr_matrix, sparse.csr_matrix],
    other: tuple[sparse.csr_matrix, sparse.csr_matrix],
    weights: Mapping[str, Floats],
) -> dict[str, Floats]:
    """From the rows of all years and of the last two, of either term."""
    late = sparse.csr_matrix(one[1].multiply(other[1]))
    mixed = [
        sparse.csr_matrix(left.multiply(right))
        for left, right in ((one[1], other[0]), (one[0], other[1]))
    ]
    return {
        "common_recent": np.diff(late.indptr).astype(np.float64),
        "walk_recent": late @ weights["recent"],
        "walk_mixed": mixed[0] @ weights["walk"] + mixed[1] @ weights["walk"],
    }


def _strength(matrix: sparse.csr_matrix) -> Floats:
    return np.maximum(np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel(), 1)


def _with_data(matrix: sparse.csr_matrix, data: npt.NDArray[np.floating]) -> sparse.csr_matrix:
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def node_figures(network: TermNetwork) -> dict[str, Floats]:
    """Figures of single terms, (V,) each, that pairs read as sums (and gaps) of logarithms."""
    return {
        "documents": network.documents,
        "degree": network.degree,
        "recent_documents": network.recent_documents,
        "recent_degree": np.diff(network.recent.indptr).astype(np.float64),
        "company_size": network.company_size,
        "gained_1": network.gained[1],
        "gained_3": network.gained[3],
    }


def unit_rows(places: Floats) -> Floats:
    """Rows of unit length; rows of nothing stay so."""
    length = np.sqrt((places**2).sum(axis=1))
    return np.asarray(places / np.maximum(length, 1e-6)[:, None], dtype=np.float64)


def _of_both(network: TermNetwork, first: Ints, second: Ints) -> dict[str, Floats]:
    found = {}
    for name, figure in node_figures(network).items():
        one, other = np.log1p(figure[first]), np.log1p(figure[second])
        found[name], found[f"{name}_gap"] = one + other, np.abs(one - other)
    return found


def _of_context(network: TermNetwork, first: Ints, second: Ints) -> dict[str, Floats]:
    white = network.context / network.context_spread
    length = np.sqrt((white**2).sum(axis=1))
    return {
        "context_cosine": _products(unit_rows(network.context), first, second),
        "context_lift": np.log(np.maximum(1 + _products(white, first, second), 0.05)),
        "context_place": _products(unit_rows(white), first, second),
        "context_own": np.log(length[first] * length[second] + 1e-2),
    }


def _products(places: Floats, first: Ints, second: Ints) -> Floats:
    return np.asarray((places[first] * places[second]).sum(axis=1))

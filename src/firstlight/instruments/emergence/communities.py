"""Technologies as communities of terms: the network, the communities, and the one rule by which documents belong."""

from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numpy as np
import numpy.typing as npt
from scipy import sparse

from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary, binary_columns

TERMS_PER_TECHNOLOGY = 20


@dataclass(frozen=True)
class Communities:
    """Communities of technical terms at a forecast year.

    community   : (V,) the term's community, -1 where it has none
    centrality  : (V,) the term's ties within its community, as a share of the strongest there
    ties        : sparse (V, V), symmetric: excess cosine of the terms' documents (phi coefficient), nearest only
    needed      : distinct terms of a community that a document must use to belong to it
    """

    community: npt.NDArray[np.int64]
    centrality: npt.NDArray[np.float64]
    ties: sparse.csr_matrix
    needed: int


def communities(
    vocabulary: Vocabulary, *, granularity: float = 1.0, nearest: int = 12, seed: int = 0
) -> Communities:
    """Communities of terms that occur together more than chance, by Leiden's algorithm on modularity.

    Ties: (c_ij - n_i n_j / N) / sqrt(n_i n_j), the ``nearest`` strongest of each term, where at least three documents
    use both. Leiden: Traag, Waltman, van Eck 2019 (Scientific Reports 9, 5233). The resolution grows with the number of
    terms, so that a community has about 20 of them at granularity 1, 34 at .5 and 12 at 2 (arXiv, 2016).
    """
    ties = _ties(vocabulary, nearest)
    upper = sparse.triu(ties, 1).tocoo()
    community = np.full(len(vocabulary.terms), -1, dtype=np.int64)
    if upper.nnz:
        order = np.lexsort((upper.col, upper.row))
        edges = [
            (str(a), str(b), float(w))
            for a, b, w in zip(
                upper.row[order], upper.col[order], np.round(upper.data[order], 9), strict=True
            )
        ]
        resolution = max(granularity * len(vocabulary.terms) / (11.75 * TERMS_PER_TECHNOLOGY), 0.05)
        _, found = graspologic_native.leiden(edges, resolution=resolution, seed=seed, iterations=3)
        for node, own in found.items():
            community[int(node)] = own
    community = _by_first_term(community)
    return Communities(community, _centrality(ties, community), ties, needed=2)


def members(
    counts: TermCounts,
    vocabulary: Vocabulary,
    found: Communities,
    end: int | None = None,
    *,
    first: int = 0,
    needed: int | None = None,
) -> sparse.csr_matrix:
    """Documents x communities, 1 where the document uses at least ``needed`` distinct terms of the community.

    One rule for all documents, before and after the forecast year; rows first..end of the incidence (all without them).
    """
    last = len(counts.years) if end is None else end
    size = int(found.community.max(initial=-1)) + 1
    own = found.community[vocabulary.slots] >= 0
    least = found.needed if needed is None else needed
    return belonging(
        counts,
        vocabulary.columns[own],
        vocabulary.slots[own],
        found.community,
        (first, last),
        size,
        least,
    )


def belonging(
    counts: TermCounts,
    columns: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    community: npt.NDArray[np.int64],
    rows: tuple[int, int],
    size: int,
    needed: int,
) -> sparse.csr_matrix:
    """Documents x communities, 1 where the document uses at least ``needed`` distinct terms of the community.

    columns, slots : (C,) columns of the incidence, and the term that each counts for
    community      : (V,) the term's community, of 0..size-1, -1 where it has none
    rows           : first and end of the rows of the incidence
    """
    used = binary_columns(counts.incidence, columns, slots, len(community), *rows)
    chosen = np.flatnonzero(community >= 0)
    of_term = sparse.csr_matrix(
        (np.ones(len(chosen), np.float32), (chosen, community[chosen])),
        shape=(len(community), size),
    )
    scores = (used @ of_term).tocsr()
    scores.data = (scores.data >= needed).astype(np.float32)
    scores.eliminate_zeros()
    return scores


def _ties(vocabulary: Vocabulary, nearest: int) -> sparse.csr_matrix:
    together, documents = vocabulary.together, vocabulary.documents
    often = np.flatnonzero(together.data >= 3)
    row = np.repeat(np.arange(len(documents)), np.diff(together.indptr))[often]
    column = together.indices[often]
    expected = documents[row] * documents[column]
    weight = (together.data[often] - expected / max(vocabulary.window_count, 1)) / np.sqrt(expected)
    above = weight > 0
    row, column, weight = row[above], column[above], weight[above]
    order = np.lexsort(
        (-np.round(weight, 9), row)
    )  # of equal weights the first column comes first, as they lie
    row, column, weight = row[order], column[order], weight[order]
    starts = np.searchsorted(row, np.arange(len(documents)))
    near = np.arange(len(row)) - starts[row] < nearest
    ties = sparse.csr_matrix((weight[near], (row[near], column[near])), shape=together.shape)
    return ties.maximum(ties.T).tocsr()


def _by_first_term(community: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Numbers in the order of each community's first term, so that they don't hang on the algorithm's own order."""
    numbers: dict[int, int] = {}
    return np.array(
        [-1 if c < 0 else numbers.setdefault(int(c), len(numbers)) for c in community],
        dtype=np.int64,
    )


def _centrality(
    ties: sparse.csr_matrix, community: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    pairs = ties.tocoo()
    inside = (community[pairs.row] == community[pairs.col]) & (community[pairs.row] >= 0)
    own = np.bincount(pairs.row[inside], weights=pairs.data[inside], minlength=len(community))
    best = np.zeros(int(community.max(initial=-1)) + 1)
    placed = community >= 0
    np.maximum.at(best, community[placed], own[placed])
    share = np.zeros(len(community))
    share[placed] = own[placed] / np.maximum(best[community[placed]], 1e-12)
    return np.round(share, 4)

"""Groups, for counting only: technologies that share their documents count as one success.

A group is written as the row of its largest technology, its head. Lineages link groups over years.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]

LEAST_OVERLAP = 0.35  # of the smaller one's documents of FY-2..FY
TOLERANCE = 1e-9  # exactly 35% is enough, whatever the rounding
UNDECIDED, MEMBER, HEAD = 0, 1, 2


def shared_documents(incidence: sparse.csr_matrix) -> sparse.csr_matrix:
    """(K, K) documents in common, on the diagonal those of each technology.

    incidence : (documents, K) of 0 and 1, the documents of FY-2..FY
    """
    whole = incidence.astype(np.int64)
    common: sparse.csr_matrix = (whole.T @ whole).tocsr()
    return common


def groups_by_overlap(
    common: sparse.csr_matrix, names: Sequence[str], *, least_overlap: float = LEAST_OVERLAP
) -> Ints:
    """(K,) row of the head of each technology's group, formed from the largest down.

    Each technology in turn joins the largest head with which it shares 35% of its documents or
    more, and is the head of a new group where there is none. Members of one group need not share
    documents with each other: chains don't form. Equal sizes are taken by name.

    common : (K, K) from `shared_documents`

    >>> common = sparse.csr_matrix([[9, 4, 0], [4, 8, 3], [0, 3, 5]])
    >>> groups_by_overlap(common, ["neural network", "deep network", "autoencoder"])
    array([0, 0, 2])
    """
    sizes = common.diagonal()
    order = np.lexsort((np.asarray(names, dtype=np.str_), -sizes))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    pairs = common.tocoo()
    smaller = np.minimum(sizes[pairs.row], sizes[pairs.col])
    is_close = (pairs.data > 0) & (pairs.data >= least_overlap * smaller * (1 - TOLERANCE))
    close = is_close & (place[pairs.row] > place[pairs.col])
    later, earlier = place[pairs.row[close]], place[pairs.col[close]]
    heads = _heads(later, earlier, len(order))
    groups = np.empty(len(order), dtype=np.int64)
    groups[order] = order[heads]
    return groups


def each_alone(size: int) -> Ints:
    """(K,) every technology is a group of its own, as in counts without documents."""
    return np.arange(size, dtype=np.int64)


def lineages(years: Sequence[tuple[Sequence[str], Ints]]) -> list[Ints]:
    """The lineage of each technology, the same in all years: what a bootstrap resamples.

    A technology is linked with the head under which it stood in most of its years (on equal
    numbers with itself, then with the first by name), and all that are linked form a lineage.
    To link all that ever met in one group would chain most of a field into one lineage.

    years : names (K,) and groups (K,) of each forecast year
    Returns for each year (K,) lineages, numbered from 0 in the order of their first name.

    >>> lineages([(["a", "b", "c"], np.array([0, 0, 2])), (["c", "a", "d"], np.array([0, 1, 0]))])
    [array([0, 0, 1]), array([1, 0, 1])]
    """
    if not years:
        return []
    every = [np.asarray(names, dtype=np.str_) for names, _ in years]
    under = [names[heads] for names, (_, heads) in zip(every, years, strict=True)]
    known, row = np.unique(np.concatenate(every), return_inverse=True)
    head = np.searchsorted(known, np.concatenate(under))
    usual = _most_frequent(row, head)
    shape = (len(known), len(known))
    edges = sparse.csr_matrix((np.ones(len(known)), (np.arange(len(known)), usual)), shape=shape)
    _, component = connected_components(edges, directed=False)
    _, first = np.unique(component, return_index=True)
    lineage = np.argsort(np.argsort(first))[component][row].astype(np.int64)
    return np.split(lineage, np.cumsum([len(names) for names in every])[:-1])


def _most_frequent(row: Ints, head: Ints) -> Ints:
    """(N,) the head that stands beside each row most often."""
    pairs, times = np.unique(np.column_stack([row, head]), axis=0, return_counts=True)
    is_other = pairs[:, 0] != pairs[:, 1]
    order = np.lexsort((pairs[:, 1], is_other, -times, pairs[:, 0]))
    _, first = np.unique(pairs[order, 0], return_index=True)
    most: Ints = pairs[order[first], 1]
    return most


def _heads(later: Ints, earlier: Ints, size: int) -> Ints:
    """(K,) place of the head of each place, by rounds that settle whoever no longer waits.

    later, earlier : pairs of places that are close. One is a head once all the earlier ones that it
    is close to are members of other groups, and a member once one of them is a head.
    """
    state = np.full(size, UNDECIDED)
    while (state == UNDECIDED).any():
        waits = np.zeros(size, dtype=bool)
        waits[later[state[earlier] == UNDECIDED]] = True
        joins = np.zeros(size, dtype=bool)
        joins[later[state[earlier] == HEAD]] = True
        undecided = state == UNDECIDED
        state[undecided & joins] = MEMBER
        state[undecided & ~joins & ~waits] = HEAD
    heads = np.arange(size, dtype=np.int64)
    to_head = (state[later] == MEMBER) & (state[earlier] == HEAD)
    joined = np.full(size, size, dtype=np.int64)
    np.minimum.at(joined, later[to_head], earlier[to_head])
    return np.minimum(heads, joined)

"""Where the nodes of a network stand on paper, and the few links that say most about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, issparse, triu
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree, shortest_path
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.texts import Name, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
PIVOTS = 60
STRESSED = (
    1500  # nodes of a component up to which all pairs are compared; above, distances to pivots only
)
SHIFT = 0.05  # of a link's length
ALIKE = (
    1e-7  # relative difference up to which two spreads, or two distances from the middle, are one
)
ROUNDS, SETTLED = 200, 1e-4
GAP = 1.2  # links' lengths between components
WIDE = 1.5  # width over height that components are packed into


def backbone(weights: Any, *, links_per_node: float = 2.0) -> csr_array[Any]:
    """The maximum spanning tree of a network and its strongest links, as the product space is
    drawn.

    A drawing of all links shows none. The tree (a forest, if the network falls apart) keeps every
    node that has a link, and the strongest of the other links show where the network is dense.

    weights        : (n, n) symmetric, non-negative, dense or sparse; 0 is no link, the diagonal is
                     not looked at
    links_per_node : links that are kept, over nodes; the tree alone is just below 1
    Returns (n, n) symmetric sparse, a subset of the links with their weights.
    Raises  InputError where weights are negative, not finite or not symmetric.

    >>> kept = backbone([[0, 3, 2], [3, 0, 1], [2, 1, 0]], links_per_node=0)
    >>> kept.toarray().tolist()
    [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]

    Source: Hidalgo, Klinger, Barabási and Hausmann (2007), Science 317, 482-487, supporting
            material.
    """
    links = triu(_network(weights), k=1).tocoo()
    size = links.shape[0]
    # the tree of the smallest distances is that of the greatest weights; the order of ties is the
    # links' own
    order = np.lexsort((links.col, links.row, -links.data))
    row, col, data = links.row[order], links.col[order], links.data[order]
    ranks = csr_array((np.arange(1.0, len(data) + 1), (row, col)), shape=(size, size))
    is_kept = np.zeros(len(data), dtype=bool)
    is_kept[minimum_spanning_tree(ranks).data.astype(int) - 1] = True
    wanted = max(0, round(links_per_node * size) - int(is_kept.sum()))
    is_kept[np.flatnonzero(~is_kept)[:wanted]] = True
    half = csr_array((data[is_kept], (row[is_kept], col[is_kept])), shape=(size, size))
    return csr_array(half + half.T)


def layout(weights: Any, seed: int = 0) -> Floats:
    """Positions at which the distance of two nodes on paper is near the number of links between
    them.

    Minimises the stress Σ d_ij^-2 (|x_i - x_j| - d_ij)², d_ij the links on the shortest path, by
    majorisation; it starts from distances to pivots. Components stand apart, the largest first.
    Above 1,500 nodes a component keeps the start. The weights say only which nodes are linked: take
    `backbone` of a dense network first.

    weights : (n, n) symmetric, non-negative, dense or sparse; 0 is no link
    seed    : of the small shifts that part nodes with the same neighbours
    Returns (n, 2) in -1 .. 1, one scale for both axes, the longer side across; the same whatever
    the threads.
    Raises  InputError where weights are negative, not finite or not symmetric.

    >>> at = layout([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> bool(abs(at[1, 0]) < 0.01 and abs(at[0, 0] - at[2, 0]) > 1.9)
    True

    Source: Gansner, Koren and North (2005), Graph drawing by stress majorization, Lecture Notes in
    Computer Science 3383, 239-250; Brandes and Pich (2007), Eigensolver methods for progressive
    multidimensional scaling of large data, ibid. 4372, 42-53 (pivots).
    """
    links = _network(weights)
    size = links.shape[0]
    if size < 2:
        return np.zeros((size, 2))
    _, label = connected_components(links, directed=False)
    parts = [np.flatnonzero(label == own) for own in np.unique(label)]
    parts.sort(key=lambda part: (-len(part), part[0]))
    at = np.zeros((size, 2))
    with threadpool_limits(1):  # sums in another order are other numbers
        places = [_component(links[part][:, part], _shifts(part, seed)) for part in parts]
    for part, place in zip(parts, _packed(places), strict=True):
        at[part] = place
    middle = (at.max(axis=0) + at.min(axis=0)) / 2
    at -= middle
    return np.asarray(at / max(float(np.abs(at).max()), 1e-12))


def _network(weights: Any) -> csr_array[Any]:
    given: Any = weights if issparse(weights) else np.asarray(weights, dtype=float)
    links = csr_array(given).astype(float)
    if links.ndim != 2 or links.shape[0] != links.shape[1]:
        raise InputError(message("not_square", shape=Name(str(links.shape))), FOLDER)
    if not np.isfinite(links.data).all() or (links.data < 0).any():
        raise InputError(message("link_below_zero"), FOLDER)
    links.setdiag(0.0)
    links.eliminate_zeros()
    differences = np.abs((links - links.T).data)
    if differences.size and differences.max() > 1e-9 * links.data.max():
        raise InputError(message("links_by_direction"), FOLDER)
    # SciPy's graph routines before 1.15 take indices of 32 bits alone
    index = links.indices.astype(np.int32), links.indptr.astype(np.int32)
    return csr_array((links.data, *index), shape=links.shape)


def _shifts(nodes: NDArray[np.int64], seed: int) -> Floats:
    """Small shifts (nodes, 2) by node and seed: multiples of irrational numbers, which no library's
    generator can change."""
    turns = (nodes[:, None] + 1.0 + 1009.0 * seed) * np.array([np.sqrt(2), np.sqrt(3)])
    return np.asarray(SHIFT * (2 * (turns % 1.0) - 1))


def _component(links: csr_array[Any], shifts: Floats) -> Floats:
    size = links.shape[0]
    if size == 1:
        return np.zeros((1, 2))
    is_all = size <= STRESSED
    pivots = np.arange(size) if is_all else np.unique(np.linspace(0, size - 1, PIVOTS).astype(int))
    apart = shortest_path(links, method="D", directed=False, unweighted=True, indices=pivots).T
    at = _scaled(apart) + shifts
    return _turned(_majorised(at, apart) if is_all and size > 2 else at)


def _scaled(apart: Floats) -> Floats:
    """Classical scaling of the distances to pivots (all nodes may be pivots): (nodes, pivots) ->
    (nodes, 2)."""
    squared = apart**2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()
    gram = centred.T @ centred
    at = centred @ _leading_axes(gram) if len(gram) > 1 else np.hstack([centred, 0 * centred])
    spread = np.sqrt((at**2).sum(axis=1).mean())
    return np.asarray(at / max(spread, 1e-12) * apart.mean() / np.sqrt(2))


def _majorised(at: Floats, apart: Floats) -> Floats:
    """Positions of less stress, round by round, each a linear system with the first node held."""
    weight = np.zeros_like(apart)
    np.divide(1.0, apart**2, out=weight, where=apart > 0)
    pull = np.diag(weight.sum(axis=1)) - weight
    factor = cho_factor(pull[1:, 1:])
    before = np.inf
    for _ in range(ROUNDS):
        now = cdist(at, at)
        stress = float((weight * (now - apart) ** 2).sum())
        if stress >= (1 - SETTLED) * before:
            break
        before = stress
        push = np.zeros_like(now)
        np.divide(weight * apart, now, out=push, where=now > 1e-12)
        target = push.sum(axis=1, keepdims=True) * at - push @ at
        at = np.vstack([np.zeros((1, 2)), cho_solve(factor, target[1:])])
    return at


def _turned(at: Floats) -> Floats:
    """The longest spread across, and signs that don't depend on the solver."""
    centred = at - at.mean(axis=0)
    turned = centred @ _leading_axes(centred.T @ centred)
    far = np.abs(turned)
    lead = (far >= (1 - ALIKE) * far.max(axis=0)).argmax(
        axis=0
    )  # the first of those that are as far out
    signs = np.sign(turned[lead, [0, 1]])
    return np.asarray(turned * np.where(signs == 0, 1, signs))


def _leading_axes(gram: Floats) -> Floats:
    """Two axes (n, 2) of the greatest spread, the same from every solver: eigenvalues that are
    alike share a space, and a solver may hand over any axes of it, with any sign; within it these
    follow fixed directions.
    """
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1], vectors[:, ::-1]
    found: list[Floats] = []
    start, count = 0, np.arange(1.0, len(values) + 1)
    while len(found) < 2:
        alike = values >= values[start] - ALIKE * max(float(values[0]), 1e-300)
        space = vectors[:, start : max(int(alike.sum()), start + 1)]
        fixed = np.cos(np.outer(count, np.arange(1.0, space.shape[1] + 1) * np.sqrt(2)))
        axes, _ = np.linalg.qr(space.T @ fixed)
        turned = space @ axes
        for axis in range(turned.shape[1]):
            own = turned[:, axis]
            found.append(own * (1.0 if float(own @ fixed[:, axis]) >= 0 else -1.0))
        start += space.shape[1]
    return np.column_stack(found[:2])


def _packed(places: list[Floats]) -> list[Floats]:
    """Components on shelves, in the order given, about 3 wide to 2 high."""
    boxes = [np.maximum(np.ptp(at, axis=0), 0.0) + GAP for at in places]
    area = sum(float(box.prod()) for box in boxes)
    width = max(float(np.sqrt(area * WIDE)), float(boxes[0][0]))
    packed, x, y, high = [], 0.0, 0.0, 0.0
    for at, box in zip(places, boxes, strict=True):
        if x > 0 and x + box[0] > width * 1.0001:
            x, y, high = 0.0, y - high, 0.0
        packed.append(at - [at[:, 0].min(), at[:, 1].max()] + [x, y])
        x, high = x + float(box[0]), max(high, float(box[1]))
    return packed

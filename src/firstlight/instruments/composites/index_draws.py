"""The scores of an index under many weights at once, and the ranks that follow from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import score_nodes
from firstlight.instruments.composites.index_tree import IndexTree, index_tree

Floats = NDArray[np.float64]
BLOCK = 2_000_000  # scores that are held at once
DIGITS = 10  # beyond which scores differ by rounding alone
QUICK = ("arithmetic", "geometric")
FLAT = ("topsis", "vikor")  # over all indicators at once: dimensions do not matter


def draw_scores(
    u: ArrayLike, weights: ArrayLike, declaration: Declaration, groups: ArrayLike | None = None
) -> Floats:
    """The scores of an index under many draws of its weights.

    The same as `score_nodes`, but sums over indicators are made of all draws at once where means
    are arithmetic or geometric.

    Parameters
    ----------
    u
        (n, k), normalised; nan where missing.
    weights
        (d, k), of the indicators in the whole index.
    declaration
        Of the index, whose aggregation counts.
    groups
        (n,), years that are compared each by itself; None for all together.

    Returns
    -------
    (d, n); nan without any value.

    Examples
    --------
    >>> from firstlight.composites import read_declaration
    >>> declared = read_declaration("four_chains")
    >>> u = np.random.default_rng(0).random((3, 19))
    >>> draw_scores(u, np.ones((2, 19)), declared).shape
    (2, 3)
    """
    u = np.asarray(u, float)
    w = np.asarray(weights, float)
    choices = declaration.choices
    is_quick = choices.aggregation in QUICK and choices.above in (None, choices.aggregation)
    if is_quick and choices.aggregation != "geometric":
        return _means(u, w, declaration.tree)
    if is_quick and (u != 0).all():  # the mean of logarithms, which a score of 0 has not
        return np.asarray(np.exp(_means(np.log(u), w, declaration.tree)))
    tree = None
    if choices.aggregation in FLAT:
        tree = index_tree([""] * u.shape[1], {})
    step = max(1, BLOCK // max(u.size, 1))
    parts = [
        score_nodes(u, w[start : start + step, None, :], declaration, groups, tree)[-1]
        for start in range(0, len(w), step)
    ]
    return np.concatenate([np.empty((0, len(u))), *parts])


def _means(u: Floats, w: Floats, tree: IndexTree) -> Floats:
    """Arithmetic means level by level; what is missing leaves its weight to its siblings."""
    is_known = ~np.isnan(u)
    if is_known.all():  # means of means with the weights of their parts are one mean
        return np.asarray(np.einsum("nk,dk->dn", u, w) / w.sum(axis=1)[:, None])
    filled = np.where(is_known, u, 0.0)
    known = is_known.astype(float)
    nodes = list[Floats]()
    for children in tree.children:
        below = [child for child in children if child < tree.leaf_count]
        total = np.einsum("nk,dk->dn", filled[:, below], w[:, below])
        held = np.einsum("nk,dk->dn", known[:, below], w[:, below])
        for child in children:
            if child >= tree.leaf_count:
                node = nodes[child - tree.leaf_count]
                has_value = ~np.isnan(node)
                weight = w[:, list(tree.leaves[child - tree.leaf_count])].sum(axis=1)[:, None]
                total += np.where(has_value, node, 0.0) * weight
                held += has_value * weight
        nodes.append(np.divide(total, held, out=np.full_like(total, np.nan), where=held > 0))
    return nodes[-1]


def draw_ranks(scores: ArrayLike) -> NDArray[np.int_]:
    """The ranks of each draw, 1 for the highest score; equal scores share the better rank, and what
    has no score comes last.

    Parameters
    ----------
    scores
        (d, n), nan where there is none.

    Returns
    -------
    (d, n)

    Examples
    --------
    >>> draw_ranks([[3.0, 7.0, 7.0, np.nan]]).tolist()
    [[3, 1, 1, 4]]
    """
    rounded = np.round(np.asarray(scores, float), DIGITS)
    below_best = -np.where(np.isnan(rounded), -np.inf, rounded)
    # the rank is one more than the number of better scores
    better = [np.searchsorted(np.sort(draw), draw) for draw in below_best]
    return np.reshape(better, below_best.shape).astype(int) + 1


def without_indicator(weights: ArrayLike, left_out: ArrayLike, tree: IndexTree) -> Floats:
    """Weights of draws in each of which an indicator may be left out: its weight goes to those of
    its dimension, in proportion; to the others of the dimension above where it has none.

    Parameters
    ----------
    weights
        (d, k)
    left_out
        (d,), the number of the indicator; -1 for none.
    tree
        Which indicators make up which dimension.

    Returns
    -------
    (d, k), with the sums of ``weights``.

    Examples
    --------
    >>> from firstlight.composites import index_tree
    >>> tree = index_tree(["a", "a", "b"], {"a": "", "b": ""})
    >>> without_indicator([[0.25, 0.25, 0.5]] * 2, [1, 2], tree).tolist()
    [[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    """
    w = np.array(weights, float)
    which = np.asarray(left_out, int)
    for j in np.unique(which[which >= 0]):
        rows = np.flatnonzero(which == j)
        for leaves in tree.leaves:
            others = np.array([leaf for leaf in leaves if leaf != j], int)
            held = w[rows[:, None], others]
            if j in leaves and (held.sum(axis=1) > 0).all():
                share = w[rows, j] / held.sum(axis=1)
                w[rows[:, None], others] = held * (1 + share[:, None])
                w[rows, j] = 0.0
                break
    return w

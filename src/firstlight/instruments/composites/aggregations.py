"""Ways to make one number of several: means up a tree, and distances from the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.composites.index_tree import IndexTree
from firstlight.instruments.composites.normalisations import (
    Deviations,
    best_and_worst,
    rows_of,
)

Floats = NDArray[np.float64]
Mean = Literal["arithmetic", "geometric", "harmonic", "mazziotta_pareto"]
Aggregation = Literal[
    "arithmetic",
    "geometric",
    "harmonic",
    "mazziotta_pareto",
    "topsis",
    "grey_relational",
    "vikor",
]
MEANS: tuple[str, ...] = get_args(Mean)
AGGREGATIONS: tuple[str, ...] = get_args(Aggregation)
TINY = 1e-12  # widths of scores below this are rounding, and divide nothing


def weighted_mean(
    values: Sequence[ArrayLike], weights: Sequence[ArrayLike], kind: str = "arithmetic"
) -> Floats:
    """The weighted arithmetic, geometric or harmonic mean of several arrays; what is missing is
    left out, and its weight shared by the rest.

    Parameters
    ----------
    values
        Arrays that go together by broadcasting, (n,) say; none below 0 unless arithmetic.
    weights
        One for each, a number or an array; they need not add up to 1.
    kind
        arithmetic, geometric or harmonic; the latter two are 0 where a value is.

    Returns
    -------
    (n,); nan where all is missing, or nothing has a weight.

    Examples
    --------
    >>> parts = [np.array([1.0, 2.0]), np.array([4.0, np.nan])]
    >>> [weighted_mean(parts, [1, 1], kind).tolist() for kind in ("arithmetic", "geometric")]
    [[2.5, 2.0], [2.0, 2.0]]
    """
    total: Floats | float = 0.0
    held: Floats | float = 0.0
    has_zero: NDArray[np.bool_] | bool = False
    for each, own in zip(values, weights, strict=True):
        value = np.asarray(each, float)
        weight = np.asarray(own, float)
        is_known = ~np.isnan(value)
        # without a gap there is no need for a weight of every row: draws are many
        counted = weight if is_known.all() else weight * is_known
        if kind == "arithmetic":
            moved = np.where(is_known, value, 0.0)
        else:
            if (value == 0).any():
                has_zero = has_zero | ((value == 0) & (weight > 0))
            safe = np.where(is_known & (value != 0), value, 1.0)
            moved = np.log(safe) if kind == "geometric" else 1.0 / safe
        total = total + counted * moved
        held = held + counted
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray(total / held)
    if kind == "geometric":
        mean = np.exp(mean)
    elif kind == "harmonic":
        mean = 1.0 / mean
    return np.where(has_zero, 0.0, mean)


def mazziotta_pareto(
    values: Sequence[ArrayLike],
    weights: Sequence[ArrayLike],
    penalty: Literal["minus", "plus"] = "minus",
    deviations: Deviations = "sample",
) -> Floats:
    """The mean less, or plus, a penalty for unevenness: M -+ S cv, cv = S / M.

    S is the standard deviation over what a unit has values and weights of, the weighted one where
    weights differ; its square is n / (n - 1) times as large of a sample.

    Parameters
    ----------
    values
        Arrays that go together by broadcasting, (n,) say, mostly with mean 100 and deviation 10.
    weights
        One for each, a number or an array.
    penalty
        minus where higher is better, plus where the index tells of something bad.
    deviations
        Those of a sample, by n - 1, or of a population, by n.

    Returns
    -------
    (n,); nan where all is missing.

    References
    ----------
    Mazziotta and Pareto 2016, Social Indicators Research 127(3), 983-1003; 2022, Rivista Italiana
    di Economia, Demografia e Statistica (weighted).

    Examples
    --------
    >>> mazziotta_pareto([np.array([90.0]), np.array([110.0])], [1, 1]).tolist()
    [98.0]
    """
    mean = weighted_mean(values, weights)
    square = weighted_mean([(np.asarray(each, float) - mean) ** 2 for each in values], weights)
    count = np.zeros(np.shape(mean))
    for each, weight in zip(values, weights, strict=True):
        count = count + (~np.isnan(np.asarray(each, float)) & (np.asarray(weight, float) > 0))
    spread = square
    if deviations == "sample":
        spread = square * np.where(count > 1, count / np.maximum(count - 1, 1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        uneven = np.where(spread > 0, spread / mean, 0.0)
    return np.asarray(mean - uneven if penalty == "minus" else mean + uneven)


def topsis(u: ArrayLike, weights: ArrayLike, groups: ArrayLike | None = None) -> Floats:
    """How close each row is to the best values of all columns, and how far from the worst.

    C = D- / (D+ + D-), with the Euclidean distances of the weighted values.

    Parameters
    ----------
    u
        (n, k), on one scale, higher being better; what is missing, nan, has no part in either
        distance.
    weights
        (k,), or any array whose last axis is that of the columns and whose others go with (n,).
    groups
        (n,), such as years, each with a best and a worst of its own; None for one.

    Returns
    -------
    (..., n), 0 to 1; nan where a row is as far from the best as from the worst by being both.

    References
    ----------
    Hwang and Yoon 1981; Tzeng and Huang 2011, Multiple Attribute Decision Making, chapter 5.

    Examples
    --------
    >>> topsis([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]], [0.5, 0.5]).tolist()
    [0.0, 1.0, 0.5]
    """
    u = np.asarray(u, float)
    w = np.asarray(weights, float)
    best, worst = best_and_worst(u, groups)
    to_best: Floats | float = 0.0
    to_worst: Floats | float = 0.0
    for j in range(u.shape[1]):
        square = w[..., j] ** 2
        to_best = to_best + square * np.nan_to_num((u[:, j] - best[:, j]) ** 2)
        to_worst = to_worst + square * np.nan_to_num((u[:, j] - worst[:, j]) ** 2)
    near = np.sqrt(to_best)
    far = np.sqrt(to_worst)
    with np.errstate(invalid="ignore"):
        return np.asarray(far / (near + far))


def grey_coefficients(
    u: ArrayLike, distinguishing: float = 0.5, groups: ArrayLike | None = None
) -> Floats:
    """Grey relational coefficients of each value with the best of its column.

    (min + rho max) / (distance + rho max), with the least and the greatest distance of all.

    Parameters
    ----------
    u
        (n, k), on one scale, higher being better; what is missing, nan, stays so.
    distinguishing
        rho, above 0 and at most 1: the smaller, the further apart the coefficients.
    groups
        (n,), such as years, each by itself; None for one.

    Returns
    -------
    (n, k), above 0, at most 1; their weighted mean is the grey relational grade.

    References
    ----------
    Deng 1982, Systems & Control Letters 1(5), 288-294.

    Examples
    --------
    >>> grey_coefficients([[0.0], [0.5], [1.0]]).round(3).ravel().tolist()
    [0.333, 0.5, 1.0]
    """
    u = np.asarray(u, float)
    best, _ = best_and_worst(u, groups)
    apart = best - u
    coefficients = np.full(u.shape, np.nan)
    for rows in rows_of(groups, len(u)):
        distances = apart[rows]
        least = np.fmin.reduce(distances, axis=None)
        most = np.fmax.reduce(distances, axis=None)
        if most > 0:
            coefficients[rows] = (least + distinguishing * most) / (
                distances + distinguishing * most
            )
        else:
            coefficients[rows] = np.where(np.isnan(distances), np.nan, 1.0)
    return coefficients


def vikor(
    u: ArrayLike,
    weights: ArrayLike,
    compromise: float = 0.5,
    groups: ArrayLike | None = None,
) -> tuple[Floats, Floats, Floats]:
    """The compromise ranking of VIKOR: S, R and Q, all of which are better the lower they are.

    S is the weighted mean of the distances from the best, as a share of the way to the worst, R the
    largest weighted distance, Q = v (S - S*) / (S- - S*) + (1 - v) (R - R*) / (R- - R*).

    Parameters
    ----------
    u
        (n, k), higher being better; of what is missing, nan, the others share the weight.
    weights
        (k,), or any array whose last axis is that of the columns and whose others go with (n,).
    compromise
        v, 0 to 1: how much the mean counts against the largest regret.
    groups
        (n,), such as years, each by itself; None for one.

    Returns
    -------
    S, R and Q, each (..., n).

    References
    ----------
    Opricovic and Tzeng 2004, European Journal of Operational Research 156(2), 445-455.

    Examples
    --------
    >>> [part.tolist() for part in vikor([[-1, 3000], [-2, 3750], [-5, 4500]], [0.5, 0.5])]
    [[0.5, 0.375, 0.5], [0.5, 0.25, 0.5], [1.0, 0.0, 1.0]]
    """
    u = np.asarray(u, float)
    w = np.asarray(weights, float)
    best, worst = best_and_worst(u, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        regret = np.where(best > worst, (best - u) / (best - worst), np.where(np.isnan(u), u, 0.0))
    held = sum(w[..., j] * ~np.isnan(regret[:, j]) for j in range(u.shape[1]))
    s: Floats | float = 0.0
    r: Floats | float = 0.0
    for j in range(u.shape[1]):
        weighted = w[..., j] * np.nan_to_num(regret[:, j])
        s = s + weighted
        r = np.maximum(r, weighted)
    with np.errstate(invalid="ignore", divide="ignore"):
        s = np.asarray(s / held)
        r = np.asarray(r / held)
    q = compromise * _spread(s, groups) + (1 - compromise) * _spread(r, groups)
    return s, r, np.asarray(q)


def _spread(s: Floats, groups: ArrayLike | None) -> Floats:
    """Where each lies between the lowest, 0, and the highest, 1, along the last axis."""
    spread = np.full(s.shape, np.nan)
    for rows in rows_of(groups, s.shape[-1]):
        measure = s[..., rows]
        low = np.fmin.reduce(measure, axis=-1)[..., None]
        width = np.fmax.reduce(measure, axis=-1)[..., None] - low
        is_even = width <= TINY
        spread[..., rows] = np.where(
            is_even & ~np.isnan(measure), 0.0, (measure - low) / np.where(is_even, np.nan, width)
        )
    return spread


def node_scores(
    u: ArrayLike,
    weights: ArrayLike,
    tree: IndexTree,
    aggregation: str = "arithmetic",
    *,
    above: str | None = None,
    groups: ArrayLike | None = None,
    distinguishing: float = 0.5,
    penalty: Literal["minus", "plus"] = "minus",
    compromise: float = 0.5,
    deviations: Deviations = "sample",
) -> list[Floats]:
    """The scores of every dimension of a tree, and of the index at the end.

    Means go up the tree level by level; TOPSIS, grey relational grades and VIKOR (whose score is 1
    - Q) are taken over all indicators below a node.

    Parameters
    ----------
    u
        (n, k), indicators on one scale, higher being better; nan where missing.
    weights
        (k,), weights of the indicators in the whole index; (n, k) where each row has its own; (d,
        1, k) for d draws at once.
    tree
        Which indicators make up which dimension.
    aggregation
        One of arithmetic, geometric, harmonic, mazziotta_pareto, topsis, grey_relational, vikor.
    above
        The mean by which dimensions are put together, where it is another.
    groups
        (n,), such as years, within which TOPSIS, grey grades and VIKOR compare; None for all.
    distinguishing
        Of grey relational coefficients.
    penalty
        Of the Mazziotta-Pareto index.
    compromise
        Of VIKOR.
    deviations
        Of the Mazziotta-Pareto index.

    Returns
    -------
    For each node of the tree an array (n,), or (d, n) for draws; nan without any value.

    Examples
    --------
    >>> from firstlight.composites import index_tree
    >>> tree = index_tree(["a", "a", "b"], {"a": "", "b": ""})
    >>> scores = node_scores([[0.0, 1.0, 0.25]], [0.25, 0.25, 0.5], tree)
    >>> [each.tolist() for each in scores]
    [[0.5], [0.25], [0.375]]
    """
    u = np.asarray(u, float)
    w = np.asarray(weights, float)
    if aggregation == "grey_relational":
        u = grey_coefficients(u, distinguishing, groups)
        aggregation = "arithmetic"
        above = None
    scores: list[Floats] = []
    for node, children in enumerate(tree.children):
        below = list(tree.leaves[node])
        if aggregation == "topsis":
            scores.append(topsis(u[:, below], w[..., below], groups))
        elif aggregation == "vikor":
            scores.append(1.0 - vikor(u[:, below], w[..., below], compromise, groups)[2])
        else:
            parts, shares = _children(u, w, tree, children, scores)
            is_above = any(child >= tree.leaf_count for child in children)
            kind = above if above is not None and is_above else aggregation
            if kind == "mazziotta_pareto":
                scores.append(mazziotta_pareto(parts, shares, penalty, deviations))
            else:
                scores.append(weighted_mean(parts, shares, kind))
    return scores


def _children(
    u: Floats, w: Floats, tree: IndexTree, children: Sequence[int], scores: Sequence[Floats]
) -> tuple[list[Floats], list[Floats]]:
    """The values and the weights of what a node is made up of."""
    values = list[Floats]()
    weights = list[Floats]()
    for child in children:
        if child < tree.leaf_count:
            values.append(u[:, child])
            weights.append(w[..., child])
        else:
            node = child - tree.leaf_count
            values.append(scores[node])
            weights.append(np.asarray(sum(w[..., leaf] for leaf in tree.leaves[node])))
    return values, weights


def score(
    u: ArrayLike,
    weights: ArrayLike,
    tree: IndexTree,
    aggregation: str = "arithmetic",
    **how: object,
) -> Floats:
    """The scores of the index alone, as `node_scores` gives them.

    Parameters
    ----------
    u
        (n, k), indicators on one scale, higher being better; nan where missing.
    weights
        (k,), (n, k) or, for d draws at once, (d, 1, k).
    tree
        Which indicators make up which dimension.
    aggregation
        As in `node_scores`.
    **how
        The further options of `node_scores`.

    Returns
    -------
    (n,), or (d, n) for draws.

    Examples
    --------
    >>> from firstlight.composites import index_tree
    >>> tree = index_tree(["a", "a"], {"a": ""})
    >>> score([[0.0, 1.0]], [[[0.5, 0.5]], [[0.25, 0.75]]], tree).tolist()
    [[0.5], [0.75]]
    """
    return node_scores(u, weights, tree, aggregation, **how)[-1]  # type: ignore[arg-type]

"""Communities of related industries: how related two are by where they are found, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import squareform

from firstlight.errors import InputError
from firstlight.instruments.places.location_quotients import quotients
from firstlight.instruments.places.place_table import Array, checked_grid

MOST_COMMUNITIES = 60


@dataclass(frozen=True)
class Communities:
    """``labels`` (industries,): 0, 1, ... in the order of their first industry; ``modularity``: of the cut, below 1; ``within``,
    ``beyond`` (industries,): mean relatedness to one's own community (nan if alone) and, the highest, to another's.
    """

    labels: NDArray[np.int64]
    modularity: float
    within: Array
    beyond: Array


def symmetric_quotients(table: ArrayLike) -> Array:
    """Location quotients folded to -1 to 1, (LQ - 1) / (LQ + 1), so that small places don't outweigh the rest; 0 where undefined.

    table : (places, industries)
    Source: Laursen (2015), Eurasian Business Review 5(1), 99-115.

    >>> symmetric_quotients([[1, 0], [0, 1]]).round(2).tolist()
    [[0.33, -1.0], [-1.0, 0.33]]
    """
    q = quotients(checked_grid(table))
    return np.nan_to_num((q - 1) / (q + 1))


def locational_relatedness(folded: Array) -> Array:
    """Correlation over places of each pair of industries' folded quotients: related where they specialise in the same places.

    folded : (places, industries)
    Returns (industries, industries), -1 to 1, 1 on the diagonal; 0 for an industry that is alike everywhere.
    Source: the locational correlation of Delgado, Porter and Stern (2016), Journal of Economic Geography 16(1), 1-38, on
            folded quotients instead of employment, which large places would rule.

    >>> locational_relatedness(symmetric_quotients([[4, 4, 1], [1, 1, 4], [1, 1, 4]])).round(2).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    gap = folded - folded.mean(axis=0)
    length = np.sqrt((gap**2).sum(axis=0))
    unit = np.divide(gap, length, out=np.zeros_like(gap), where=length > 1e-12)
    found = np.clip(unit.T @ unit, -1, 1)
    np.fill_diagonal(found, 1)
    return np.asarray((found + found.T) / 2, dtype=float)


def industry_communities(relatedness: ArrayLike) -> Communities:
    """Industries that belong together: average linkage, cut where modularity is highest.

    Modularity Q = sum_ij [a_ij - k_i k_j / 2m] [same community] / 2m, of the positive relatedness a (diagonal left out).
    No random start: the same matrix always gives the same communities.

    relatedness : (n, n), symmetric, finite, higher for more related
    Returns Communities, at most 60.
    Raises  InputError for a matrix that is not square, symmetric and finite.
    Source: Newman (2004), Physical Review E 70, 056131 (weighted modularity); average linkage as among the algorithms of
            Delgado, Porter and Stern (2016).

    >>> industry_communities([[1, 0.9, 0, 0], [0.9, 1, 0.1, 0], [0, 0.1, 1, 0.8], [0, 0, 0.8, 1]]).labels.tolist()
    [0, 0, 1, 1]
    """
    r = np.asarray(relatedness, dtype=float)
    n = r.shape[0]
    if r.ndim != 2 or r.shape != (n, n) or n < 2 or not np.isfinite(r).all() or not np.allclose(r, r.T):
        raise InputError(
            f"a relatedness matrix of shape {r.shape}",
            where="relatedness",
            try_next="pass a square, symmetric and finite matrix of two industries or more",
        )
    a = np.maximum((r + r.T) / 2, 0)
    np.fill_diagonal(a, 0)
    distance = squareform(r.max() - (r + r.T) / 2, checks=False)
    cuts = cut_tree(linkage(np.maximum(distance, 0), "average"), range(1, min(n, MOST_COMMUNITIES) + 1))
    scores = np.array([_modularity(a, cuts[:, k]) for k in range(cuts.shape[1])])
    best = int(np.argmax(scores >= scores.max() - 1e-12))  # of equal cuts, the coarsest
    _, first, inverse = np.unique(cuts[:, best], return_index=True, return_inverse=True)
    labels = np.argsort(np.argsort(first))[inverse]
    within, beyond = _strength(r, labels)
    return Communities(labels.astype(np.int64), float(scores[best]), within, beyond)


def _modularity(a: Array, labels: NDArray[np.int64]) -> float:
    strength = a.sum(axis=1)
    total = strength.sum()
    if not total > 0:
        return 0.0
    member = np.zeros((a.shape[0], labels.max() + 1))
    member[np.arange(a.shape[0]), labels] = 1
    inside = (a[labels[:, None] == labels[None, :]]).sum()
    return float(inside / total - ((strength @ member / total) ** 2).sum())


def _strength(r: Array, labels: NDArray[np.int64]) -> tuple[Array, Array]:
    n, groups = labels.size, labels.max() + 1
    within, beyond = np.full(n, np.nan), np.full(n, np.nan)
    for i in range(n):
        others = np.arange(n) != i
        means = [
            r[i, others & (labels == g)].mean() if (others & (labels == g)).any() else np.nan for g in range(groups)
        ]
        within[i] = means[labels[i]]
        elsewhere = [mean for g, mean in enumerate(means) if g != labels[i]]
        beyond[i] = max(elsewhere) if elsewhere else np.nan
    return within, beyond


def chance_of_communities(table: ArrayLike, modularity: float, draws: int, seed: int) -> float:
    """How often industries whose places were dealt at random would look as well grouped: a Monte Carlo p-value.

    Each industry's quotients are shuffled over places by themselves, which keeps them and breaks co-location, and each place
    is then made up to its total again: shares that add up to 1 are correlated even by chance, and so they are in the draws.

    table : (places, industries); modularity : of the communities found
    Returns (1 + draws at least as modular) / (1 + draws).

    >>> chance_of_communities(np.kron(np.eye(3), np.full((4, 4), 9)) + 1, 0.6, 19, 0)
    0.05
    """
    x = checked_grid(table)
    x = x[x.sum(axis=1) > 0]
    q, national = np.nan_to_num(quotients(x)), x.sum(axis=0) / x.sum()
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(draws):
        dealt = rng.permuted(q, axis=0) * national
        dealt *= (x.sum(axis=1) / np.maximum(dealt.sum(axis=1), np.finfo(float).tiny))[:, None]
        hits += industry_communities(locational_relatedness(symmetric_quotients(dealt))).modularity >= modularity
    return (1 + hits) / (1 + draws)

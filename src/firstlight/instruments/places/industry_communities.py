"""Communities of related industries: how related two are by where they are found, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.places.location_quotients import quotients
from firstlight.instruments.places.place_table import Array, checked_grid

NO_GAIN = 1e-12
MOST_PASSES = 50


@dataclass(frozen=True)
class Communities:
    """``labels`` (industries,): 0, 1, ... in the order of their first industry; ``modularity``: of the cut, below 1; ``within``,
    ``beyond`` (industries,): mean relatedness to one's own community (nan if alone) and, the highest, to another's;
    ``contrast``: mean relatedness of pairs within communities less that of pairs apart, 0 with one community.
    """

    labels: NDArray[np.int64]
    modularity: float
    within: Array
    beyond: Array
    contrast: float


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


def industry_communities(relatedness: ArrayLike, *, resolution: float = 1.0) -> Communities:
    """Industries that belong together: those whose union raises modularity most are joined, then single ones are moved.

    Modularity Q = sum_ij [a_ij - gamma k_i k_j / 2m] [same community] / 2m, of the positive relatedness a (diagonal left out).
    Joining stops where no union raises Q, moving where no move does. No random start: the same matrix always gives the same.

    relatedness : (n, n), symmetric, finite, higher for more related
    resolution  : gamma, above 0: 1 is modularity as usual; higher for more and smaller communities
    Returns Communities.
    Raises  InputError for a matrix that is not square, symmetric and finite, or a resolution that isn't above 0.
    Source: Clauset, Newman and Moore (2004), Physical Review E 70, 066111 (joining); Blondel, Guillaume, Lambiotte and
            Lefebvre (2008), Journal of Statistical Mechanics P10008 (moving); Reichardt and Bornholdt (2006), Physical
            Review E 74, 016110 (resolution).

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
    if not (np.isfinite(resolution) and resolution > 0):
        raise InputError(f"resolution {resolution}", where="resolution", try_next="use a number above 0, such as 1")
    a = np.maximum((r + r.T) / 2, 0)
    np.fill_diagonal(a, 0)
    labels = np.arange(n)
    if a.sum() > 0:
        a /= a.sum()
        labels = _moved(a, _joined(a, resolution), resolution)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    labels = np.argsort(np.argsort(first))[inverse].astype(np.int64)
    member = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)
    modularity = float((member * (a @ member)).sum() - resolution * ((a.sum(axis=1) @ member) ** 2).sum())
    within, beyond = _strength(r, labels)
    return Communities(labels, modularity, within, beyond, _contrast(r, labels))


def _joined(a: Array, resolution: float) -> NDArray[np.int64]:
    """Labels after joining pairs of communities while that raises modularity; a adds up to 1."""
    e, labels = a.copy(), np.arange(a.shape[0])
    strength = e.sum(axis=1)
    gain = e - resolution * np.outer(strength, strength)
    np.fill_diagonal(gain, -np.inf)
    while True:
        one, other = sorted(divmod(int(gain.argmax()), gain.shape[0]))
        if not gain[one, other] > NO_GAIN:
            return labels
        labels[labels == other] = one
        for each in (e, e.T):
            each[one] += each[other]
            each[other] = 0
        strength[one], strength[other] = strength[one] + strength[other], 0
        gain[one] = gain[:, one] = e[one] - resolution * strength[one] * strength
        gain[other, :] = gain[:, other] = -np.inf
        gone = np.setdiff1d(np.arange(labels.size), labels)
        gain[one, gone] = gain[gone, one] = -np.inf
        gain[one, one] = -np.inf


def _moved(a: Array, labels: NDArray[np.int64], resolution: float) -> NDArray[np.int64]:
    """Labels after moving single industries while that raises modularity."""
    strength = a.sum(axis=1)
    n = labels.size
    size = np.bincount(labels, strength, n)
    for _ in range(MOST_PASSES):
        moved = False
        for i in range(n):
            own = labels[i]
            size[own] -= strength[i]
            gain = np.bincount(labels, a[i], n) - resolution * strength[i] * size
            best = int(gain.argmax())
            if gain[best] > gain[own] + NO_GAIN:
                labels[i], moved = best, True
            size[labels[i]] += strength[i]
        if not moved:
            break
    return labels


def _contrast(r: Array, labels: NDArray[np.int64]) -> float:
    apart = ~np.eye(labels.size, dtype=bool)
    same = labels[:, None] == labels[None, :]
    inside, outside = r[same & apart], r[~same]
    return float(inside.mean() - outside.mean()) if inside.size and outside.size else 0.0


def _strength(r: Array, labels: NDArray[np.int64]) -> tuple[Array, Array]:
    member = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)
    others = member.sum(axis=0) - member  # an industry is not related to itself
    total = (r - np.diag(np.diag(r))) @ member
    means = np.divide(total, others, out=np.full_like(total, np.nan), where=others > 0)
    own = member > 0
    elsewhere = np.where(own | np.isnan(means), -np.inf, means).max(axis=1)
    return means[own], np.where(np.isfinite(elsewhere), elsewhere, np.nan)


def chance_of_communities(
    table: ArrayLike, contrast: float, draws: int, seed: int, *, resolution: float = 1.0
) -> float:
    """How often industries whose places were dealt at random would look as well grouped: a Monte Carlo p-value.

    Each industry's quotients are shuffled over places by themselves, which keeps them and breaks co-location, and each place
    is then made up to its total again: shares that add up to 1 are correlated even by chance, and so they are in the draws.

    table : (places, industries); contrast : of the communities found in it
    Returns (1 + draws of at least that contrast) / (1 + draws).

    >>> chance_of_communities(np.kron(np.eye(3), np.full((4, 4), 9)) + 1, 1.2, 19, 0)
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
        related = locational_relatedness(symmetric_quotients(dealt))
        hits += industry_communities(related, resolution=resolution).contrast >= contrast
    return (1 + hits) / (1 + draws)

"""Communities of related industries: how related two are by where they lie, which go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import check_enough
from firstlight.instruments.places.location_quotients import quotients
from firstlight.instruments.places.place_table import Array, checked_grid
from firstlight.measurement import Progress
from firstlight.numerics.array_checks import check_numbers, check_symmetric

# of quality: less is rounding, and the order of sums would decide
NO_GAIN = 1e-12
MOST_PASSES = 50
BAND = 4  # places that are dealt among, about
# log; places whose sizes are nearer than that fall into one band or another by chance
ALIKE_IN_SIZE = 0.25


@dataclass(frozen=True)
class Communities:
    """A cut of industries into communities.

    labels     : (industries,), 0, 1, ... in the order of their first industry
    modularity : of the cut, below 1
    within     : (industries,), mean relatedness to one's own community, nan if alone
    beyond     : (industries,), the highest mean relatedness to another community
    contrast   : mean relatedness of pairs within less that of pairs apart, 0 with one community
    """

    labels: NDArray[np.int64]
    modularity: float
    within: Array
    beyond: Array
    contrast: float


def symmetric_quotients(table: ArrayLike) -> Array:
    """Location quotients folded to -1 to 1, (LQ - 1) / (LQ + 1); 0 where undefined.

    So small places don't outweigh the rest.

    table : (places, industries)
    Source: Laursen (2015), Eurasian Business Review 5(1), 99-115.

    >>> symmetric_quotients([[1, 0], [0, 1]]).round(2).tolist()
    [[0.33, -1.0], [-1.0, 0.33]]
    """
    q = quotients(checked_grid(table))
    return np.nan_to_num((q - 1) / (q + 1))


def locational_relatedness(folded: Array) -> Array:
    """Correlation over places of each pair of industries' folded quotients.

    Parameters
    ----------
    folded
        (places, industries), folded quotients.

    Returns
    -------
    (industries, industries), -1 to 1, 1 on the diagonal; 0 for an industry that is alike
    everywhere.

    References
    ----------
    Delgado, Porter and Stern (2016), Journal of Economic Geography 16(1), 1-38: their locational
    correlation, on folded quotients instead of employment, which large places would rule.

    Examples
    --------
    >>> folded = symmetric_quotients([[4, 4, 1], [1, 1, 4], [1, 1, 4]])
    >>> locational_relatedness(folded).round(2).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    gap = folded - folded.mean(axis=0)
    length = np.sqrt((gap**2).sum(axis=0))
    unit = np.divide(gap, length, out=np.zeros_like(gap), where=length > 1e-12)
    found = np.clip(unit.T @ unit, -1, 1)
    np.fill_diagonal(found, 1)
    return np.asarray((found + found.T) / 2, dtype=float)


def industry_communities(relatedness: ArrayLike, *, resolution: float | None = None) -> Communities:
    """Industries that belong together: joined where that raises the quality most, then moved.

    Modularity, where no resolution is given: sum_ij [a_ij - k_i k_j / 2m] [same community] / 2m, of
    the positive relatedness a (diagonal left out). With a resolution g the constant Potts model:
    sum_ij [r_ij - g] [same community], so that communities are joined while the relatedness between
    them is above g on average. Joining stops where no union raises the quality, moving where no
    move does. No random start: the same matrix always gives the same.

    Parameters
    ----------
    relatedness
        (n, n), symmetric, finite, higher for more related.
    resolution
        In the units of relatedness, such as 0.2 of correlations; higher for more and smaller
        communities. (A factor before k_i k_j is no use here: where all are related a little, it
        leaves the most related industries alone.).

    Returns
    -------
    Communities, with ``labels`` (industries,), ``modularity`` (that of the cut, however it was
    found), ``within``, ``beyond`` and ``contrast``.

    Raises
    ------
    InputError
        For a matrix that is not square, symmetric and finite, or a resolution that is not finite.

    References
    ----------
    Clauset, Newman and Moore (2004), Physical Review E 70, 066111 (joining); Blondel, Guillaume,
    Lambiotte and Lefebvre (2008), Journal of Statistical Mechanics P10008 (moving); Traag, Van
    Dooren and Nesterov (2011), Physical Review E 84, 016114 (constant Potts model).

    Examples
    --------
    >>> related = [[1, 0.9, 0, 0], [0.9, 1, 0.1, 0], [0, 0.1, 1, 0.8], [0, 0, 0.8, 1]]
    >>> industry_communities(related).labels.tolist()
    [0, 0, 1, 1]
    """
    r = np.asarray(relatedness, dtype=float)
    check_symmetric("relatedness", r)
    n = r.shape[0]
    check_enough("industries", n, 2, "relatedness")
    if resolution is not None:
        check_numbers("resolution", resolution)
    apart = (r + r.T) / 2
    np.fill_diagonal(apart, 0)
    a = np.maximum(apart, 0)
    a /= a.sum() or 1.0
    strength = a.sum(axis=1)
    tie, charge = a, np.outer(strength, strength)
    if resolution is not None:
        tie, charge = apart, np.full((n, n), float(resolution))
    labels = np.arange(n)
    if resolution is not None or a.sum() > 0:
        labels = _moved(tie - charge, _joined(tie - charge))
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    labels = np.argsort(np.argsort(first))[inverse].astype(np.int64)
    member = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)
    modularity = float((member * (a @ member)).sum() - ((strength @ member) ** 2).sum())
    within, beyond = _strength(r, labels)
    return Communities(labels, modularity, within, beyond, _contrast(r, labels))


def _joined(gain: Array) -> NDArray[np.int64]:
    """Labels after joining communities while that raises the quality.

    The best pair is that of `argmax`, the first of equal ones. It is found by the best partner of
    each row, which most unions leave as it was: where one lowers it, the old gain is a bound, and
    the row is looked through once that bound is the highest.

    gain : (n, n), symmetric, what a pair together adds
    """
    gain, labels = gain.copy(), np.arange(gain.shape[0])
    np.fill_diagonal(gain, -np.inf)
    partner, bound = gain.argmax(axis=1), gain.max(axis=1)
    is_exact = np.ones(labels.size, dtype=bool)
    while True:
        row = int(bound.argmax())
        if not bound[row] > NO_GAIN:
            return labels
        if not is_exact[row]:
            partner[row], bound[row], is_exact[row] = gain[row].argmax(), gain[row].max(), True
            continue
        one, other = sorted((row, int(partner[row])))
        labels[labels == other] = one
        gain[one] += gain[other]
        gain[:, one] = gain[one]
        gain[other] = gain[:, other] = -np.inf
        gain[one, one] = -np.inf
        is_exact &= (partner != one) & (partner != other)
        with_union = gain[one]
        is_nearer = (with_union > bound) | (is_exact & (with_union == bound) & (one < partner))
        partner[is_nearer], bound[is_nearer] = one, with_union[is_nearer]
        is_exact |= is_nearer
        bound[one], bound[other], is_exact[one] = with_union.max(), -np.inf, False


def _moved(gain: Array, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels after moving single industries while that raises the quality."""
    n = labels.size
    for _ in range(MOST_PASSES):
        moved = False
        for i in range(n):
            with_each = np.bincount(labels, gain[i], n)
            with_each[labels[i]] -= gain[i, i]  # beside itself an industry adds nothing
            best = int(with_each.argmax())
            if with_each[best] > with_each[labels[i]] + NO_GAIN:
                labels[i], moved = best, True
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
    table: ArrayLike, contrast: float, draws: int, seed: int, progress: Progress | None = None
) -> float:
    """How often industries dealt at random would look as well grouped: a Monte Carlo p-value.

    Each industry's quotients are shuffled by themselves among places of about the same size, which
    keeps them and breaks co-location. (Among all places the quotients of small ones, which chance
    throws far, would be dealt to large ones: that industries are uneven in the same small places
    would look like co-location.) Each place is then made up to its total again: shares that add up
    to 1 are correlated even by chance, and so they are in the draws.

    table : (places, industries); contrast : of the communities found in it; progress : called with
    the draws that are done, and all of them
    Returns (1 + draws of at least that contrast) / (1 + draws).
    Source: a test of our own.

    >>> chance_of_communities(np.kron(np.eye(3), np.full((4, 4), 9)) + 1, 1.2, 19, 0)
    0.05
    """
    x = checked_grid(table)
    x = x[x.sum(axis=1) > 0]
    q, national = np.nan_to_num(quotients(x)), x.sum(axis=0) / x.sum()
    size, rng = np.log(x.sum(axis=1)), np.random.default_rng(seed)
    hits = 0
    for done in range(draws):
        if progress is not None:
            progress(done, draws)
        order = np.argsort(size + rng.normal(0, ALIKE_IN_SIZE, size.size), kind="stable")
        dealt = np.empty_like(q)
        for band in np.array_split(order, max(1, round(size.size / BAND))):
            dealt[band] = rng.permuted(q[band], axis=0)
        dealt *= national
        whole = dealt.sum(axis=1)  # 0 where a place was dealt nothing: it then has no quotients
        dealt *= np.divide(x.sum(axis=1), whole, out=np.zeros_like(whole), where=whole > 0)[:, None]
        related = locational_relatedness(symmetric_quotients(dealt))
        hits += industry_communities(related).contrast >= contrast
    return (1 + hits) / (1 + draws)

"""Markov chains of classes: probabilities, the long run, sojourns, mobility, tests of sameness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

from firstlight.errors import check_enough
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.distributions import chi2_tail
from firstlight.numerics.optional_arrays import array_or

Floats = NDArray[np.float64]
NOTHING = -1  # the class of what has no value


@dataclass(frozen=True)
class MobilityIndices:
    """How much units move, 0 where they never change their class.

    Attributes
    ----------
    prais
        Prais and Shorrocks: (k - trace) / (k - 1).
    determinant
        1 less the size of the determinant.
    second_eigenvalue
        1 less the size of the second largest eigenvalue.
    bartholomew_leaving
        The chance to leave a class, by the shares of classes, over that of equal chances.
    bartholomew_steps
        The mean of classes moved, by the shares of classes, over k - 1.
    """

    prais: float
    determinant: float
    second_eigenvalue: float
    bartholomew_leaving: float
    bartholomew_steps: float


@dataclass(frozen=True)
class Homogeneity:
    """Tests of whether several transition matrices are one.

    Attributes
    ----------
    likelihood_ratio
        LR.
    chi_squared
        Q.
    freedom
        Degrees of freedom of both.
    p_likelihood_ratio, p_chi_squared
        Probabilities of as much or more by chance; nan without degrees of freedom.
    """

    likelihood_ratio: float
    chi_squared: float
    freedom: int
    p_likelihood_ratio: float
    p_chi_squared: float


def transition_counts(
    classes: ArrayLike, k: int, given: ArrayLike | None = None, m: int = 1
) -> Floats:
    """How many units went from one class to another between a year and the next.

    Parameters
    ----------
    classes
        (n, T) whole numbers from 0 to k - 1, the class of each unit in each year; -1 where unknown.
    k
        How many classes there are.
    given
        (n, T) whole numbers from 0 to m - 1, on which transitions are conditional as they were
        before; -1 where unknown.
    m
        How many of those there are.

    Returns
    -------
    (m, k, k): by condition, class before, class after.

    Raises
    ------
    InputError
        For classes beyond the bounds.

    Examples
    --------
    >>> transition_counts([[0, 0, 1], [1, 1, 0]], 2)[0].tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    own = np.asarray(classes, int)
    on = array_or(given, np.zeros_like(own))
    check_shape("classes", own, None, None)
    check_shape("given", on, *own.shape)
    check_numbers("classes", own, NOTHING, k - 1)
    check_numbers("given", on, NOTHING, m - 1)
    before, after, case = own[:, :-1], own[:, 1:], on[:, :-1]
    is_known = np.minimum(np.minimum(before, after), case) > NOTHING
    at = (case[is_known] * k + before[is_known]) * k + after[is_known]
    return np.bincount(at, minlength=m * k * k).reshape(m, k, k).astype(float)


def probabilities(counts: ArrayLike) -> Floats:
    """Shares of each row; nan where a class was never left from.

    Parameters
    ----------
    counts
        (..., k, k) transitions.

    Returns
    -------
    (..., k, k), whose rows add up to 1.

    Examples
    --------
    >>> probabilities([[3, 1], [0, 2]]).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    n = np.asarray(counts, float)
    whole = n.sum(axis=-1, keepdims=True)
    shares = np.divide(n, whole, out=np.full(n.shape, np.nan), where=whole > 0)
    return np.asarray(shares)


def steady_state(p: ArrayLike) -> Floats:
    """The shares of classes that transitions leave as they are: the long run, if they go on.

    Parameters
    ----------
    p
        (k, k), rows that add up to 1.

    Returns
    -------
    (k,), which add up to 1; nan where a row is unknown, or where it depends on the start because
    units end in one of several sets of classes for good.

    References
    ----------
    Kemeny and Snell 1976, Finite Markov Chains.

    Examples
    --------
    >>> steady_state([[0.9, 0.1], [0.2, 0.8]]).round(4).tolist()
    [0.6667, 0.3333]
    """
    matrix = np.asarray(p, float)
    k = len(matrix)
    if np.isnan(matrix).any() or _closed_sets(matrix) != 1:
        return np.full(k, np.nan)
    system = np.vstack([matrix.T - np.eye(k), np.ones(k)])
    found = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0]
    # classes that the chain leaves for good have a share of 0, which rounding may put below
    found = np.where(found > 1e-12, found, 0.0)
    return np.asarray(found / found.sum())


def _closed_sets(p: Floats) -> int:
    """How many sets of classes are never left."""
    _, label = connected_components(p > 0, directed=True, connection="strong")
    leaves = {int(label[i]) for i, j in np.argwhere(p > 0) if label[i] != label[j]}
    return len(set(label.tolist()) - leaves)


def sojourn_times(p: ArrayLike) -> Floats:
    """How many steps a unit stays in a class on average, 1 / (1 - p_ii).

    Parameters
    ----------
    p
        (k, k), rows that add up to 1.

    Returns
    -------
    (k,); nan where a class is never left, or unknown.

    Examples
    --------
    >>> sojourn_times([[0.9, 0.1], [0.2, 0.8]]).round(6).tolist()
    [10.0, 5.0]
    """
    leaves = 1 - np.diag(np.asarray(p, float))
    steps = np.divide(1.0, leaves, out=np.full(leaves.shape, np.nan), where=leaves > 1e-12)
    return np.asarray(steps)


def first_passage_times(p: ArrayLike) -> Floats:
    """How many steps it takes on average until a unit of one class first comes to another.

    Parameters
    ----------
    p
        (k, k), rows that add up to 1.

    Returns
    -------
    (k, k), on the diagonal until it first comes back; nan throughout where some class can't be
    reached from another.

    References
    ----------
    Kemeny and Snell 1976, Finite Markov Chains, theorem 4.4.7.

    Examples
    --------
    >>> first_passage_times([[0.9, 0.1], [0.2, 0.8]]).round(6).tolist()
    [[1.5, 10.0], [5.0, 3.0]]
    """
    matrix = np.asarray(p, float)
    k, shares = len(matrix), steady_state(matrix)
    if np.isnan(shares).any() or not (shares > 0).all():
        return np.full((k, k), np.nan)
    z = np.linalg.inv(np.eye(k) - matrix + shares)
    return np.asarray((np.eye(k) - z + np.diag(z)) / shares)


def mobility_indices(p: ArrayLike, shares: ArrayLike) -> MobilityIndices:
    """How much units move between classes, by five indices.

    Prais and Shorrocks (k - tr P) / (k - 1), the mean chance to leave; 1 - |det P|; 1 - |l2|, l2
    being the second largest eigenvalue, how fast the start is forgotten; Bartholomew: by shares,
    the chance to leave k (1 - sum_i s_i p_ii) / (k - 1), and the mean of classes moved over k - 1.

    Parameters
    ----------
    p
        (k, k), rows that add up to 1.
    shares
        (k,), the shares of classes before.

    Returns
    -------
    The indices; nan where a row is unknown.

    Raises
    ------
    InputError
        For fewer than two classes.

    References
    ----------
    Shorrocks 1978, Econometrica 46(5), 1013-1024; Formby, Smith and Zheng 2004, Journal of
    Econometrics 120(1), 181-205.

    Examples
    --------
    >>> found = mobility_indices([[0.9, 0.1], [0.2, 0.8]], [0.5, 0.5])
    >>> round(found.prais, 6), round(found.bartholomew_steps, 6)
    (0.3, 0.15)
    """
    matrix, s = np.asarray(p, float), np.asarray(shares, float)
    k = len(matrix)
    check_enough("classes", k, 2, "p")
    if np.isnan(matrix).any():
        return MobilityIndices(*[float("nan")] * 5)
    sizes = np.sort(np.abs(np.linalg.eigvals(matrix)))[::-1]
    apart = np.abs(np.arange(k)[:, None] - np.arange(k))
    return MobilityIndices(
        float((k - np.trace(matrix)) / (k - 1)),
        float(1 - abs(np.linalg.det(matrix))),
        float(1 - sizes[1]),
        float(k * (1 - s @ np.diag(matrix)) / (k - 1)),
        float(s @ (matrix * apart).sum(axis=1) / (k - 1)),
    )


def homogeneity_tests(counts: ArrayLike) -> Homogeneity:
    """Whether transitions are the same under several conditions, such as classes of neighbours.

    LR = 2 sum n ln(p_s / p) and Q = sum n_s (p_s - p)^2 / p over conditions s, with p of all
    together; degrees of freedom count, for each class, (conditions in which it was left - 1) times
    (classes that it was left for - 1).

    Parameters
    ----------
    counts
        (m, k, k): by condition, class before, class after.

    Returns
    -------
    Both statistics, which take transitions as independent, their degrees of freedom and p-values;
    these are nan where there are none.

    References
    ----------
    Bickenbach and Bode 2003, International Regional Science Review 26(3), 363-392.

    Examples
    --------
    >>> found = homogeneity_tests([[[5, 5], [5, 5]], [[5, 5], [5, 5]]])
    >>> found.likelihood_ratio, found.freedom
    (0.0, 2)
    """
    n = np.asarray(counts, float)
    p, of_all = probabilities(n), probabilities(n.sum(axis=0))
    is_there = n > 0
    ratio = np.divide(p, of_all[None], out=np.ones_like(n), where=is_there)
    lr = 2 * float((n * np.log(ratio)).sum())
    rows = n.sum(axis=2, keepdims=True)
    square = rows * (np.nan_to_num(p) - np.nan_to_num(of_all)) ** 2
    q = float(
        np.divide(square, of_all, out=np.zeros_like(n), where=np.nan_to_num(of_all) > 0).sum()
    )
    conditions = (rows[:, :, 0] > 0).sum(axis=0)
    ways = (n.sum(axis=0) > 0).sum(axis=1)
    freedom = int(((conditions - 1) * (ways - 1))[conditions > 0].sum())
    if freedom == 0:
        return Homogeneity(max(lr, 0.0), q, 0, float("nan"), float("nan"))
    lr = max(lr, 0.0)
    p_values = (float(chi2_tail(statistic, freedom)) for statistic in (lr, q))
    return Homogeneity(lr, q, freedom, *p_values)

"""Benefit of the doubt: each unit with the weights that suit it best."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.composites.normalisations import rows_of
from firstlight.numerics.linear_programmes import solve_programmes
from firstlight.numerics.one_programme import solve_programme

Floats = NDArray[np.float64]


def benefit_of_the_doubt(
    u: ArrayLike, least_share: float = 0.0, groups: ArrayLike | None = None
) -> Floats:
    """The weights with which each row does best, if no row of its group may come above 1 by them.

    The score of a row is the sum of its values times its weights; 1 for what no other row outdoes.
    Where several weightings are as good, one of them is returned.

    Parameters
    ----------
    u
        (n, k), indicators on one scale, none below 0, higher being better; a row gets no weight on
        what it lacks, nan.
    least_share
        What every indicator of a row that is not 0 or missing has to bring of its score, from 0 to
        1 / k.
    groups
        (n,), such as years, each by itself; None for all rows together.

    Returns
    -------
    (n, k), 0 and above.

    References
    ----------
    Cherchye, Moesen, Rogge and Van Puyenbroeck 2007, Social Indicators Research 82(1), 111-145.

    Examples
    --------
    >>> u = np.array([[1.0, 0.2], [0.2, 1.0], [0.5, 0.5]])
    >>> (benefit_of_the_doubt(u) * u).sum(axis=1).round(3).tolist()
    [1.0, 1.0, 0.833]
    """
    u = np.asarray(u, float)
    known = np.nan_to_num(u)
    weight = np.zeros(u.shape)
    for rows in rows_of(groups, len(u)):
        matrix = known[rows]
        if least_share > 0:
            for row in rows:
                weight[row] = _best(matrix, known[row], least_share)
        else:
            weight[rows] = _all_best(matrix)
    return weight


def _all_best(u: Floats) -> Floats:
    """The best weights of every row, as the prices of the dual programme: the least of all rows
    together that comes up to the row in every indicator."""
    n, k = u.shape
    largest = u.max(axis=0)
    scaled = u / np.where(largest > 0, largest, 1.0)
    optima = solve_programmes(
        scaled.T,
        np.zeros((n, k, 0)),
        scaled,
        np.full((n, k), np.inf),
        np.zeros((n, 0)),
        shared_cost=np.ones(n),
    )
    price = np.maximum(np.nan_to_num(optima.duals), 0.0) / np.where(largest > 0, largest, 1.0)
    return np.where(u > 0, price, 0.0)


def _best(frontier: Floats, scores: Floats, least_share: float) -> Floats:
    """The best weights of one row; 0 where it has nothing."""
    counts = np.flatnonzero(scores > 0)
    weight = np.zeros(len(scores))
    if not len(counts):
        return weight
    # by what an indicator brings rather than by its weight, so that numbers are near 1
    matrix = frontier[:, counts] / scores[counts]
    scale = np.maximum(matrix.max(axis=1, keepdims=True), 1.0)
    lower = np.full(len(matrix), -np.inf)
    upper = 1.0 / scale[:, 0]
    matrix = matrix / scale
    if least_share > 0:
        shares = np.eye(len(counts)) - least_share
        matrix = np.vstack([matrix, shares])
        lower = np.concatenate([lower, np.zeros(len(counts))])
        upper = np.concatenate([upper, np.full(len(counts), np.inf)])
    size = len(counts)
    _, brought, _ = solve_programme(
        matrix, lower, upper, -np.ones(size), np.zeros(size), np.full(size, np.inf)
    )
    weight[counts] = np.maximum(brought, 0.0) / scores[counts]
    return weight

"""The bipartite configuration model: who would have what, if only how much each has and how common
each is mattered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from firstlight.errors import check_bounds
from firstlight.instruments.complexity.activity_table import Array, check_presences, sparse_values


@dataclass(frozen=True)
class ConfigurationModel:
    """Probabilities of presence under the null model.

    probability  : (places, activities), 0 to 1; 0 or 1 in what is empty or full
    updates      : how many were made
    is_converged : whether every sum of probabilities is its diversity or ubiquity, but for the
                   tolerance
    """

    probability: Array
    updates: int
    is_converged: bool


def configuration_model(
    m: Any, *, tolerance: float = 1e-8, most_updates: int = 2000
) -> ConfigurationModel:
    """Probability of every presence under the least told random table that has these diversities
    and ubiquities on average.

    p_cp = x_c y_p / (1 + x_c y_p), with sum over p of p_cp = k_c and sum over c of p_cp = k_p, by
    the fixed point x_c = k_c / sum over p of y_p / (1 + x_c y_p), and likewise y. Places and
    activities of the same number of presences share their x or y; what is full or empty is certain,
    and left out of the fit. A table that is perfectly nested is approached ever more slowly, as its
    x and y are without bound: ``is_converged`` says so.

    Parameters
    ----------
    m
        (places, activities), presences of 0 and 1, dense or sparse.
    tolerance
        Largest miss of a sum of probabilities from its diversity or ubiquity, as a share of it, at
        which the updates stop.
    most_updates
        How many updates are made at most.

    Returns
    -------
    ConfigurationModel, with ``probability`` (places, activities), 0 to 1, and how the fit ended.

    Raises
    ------
    InputError
        For weights, or less than one update.

    References
    ----------
    Saracco, Di Clemente, Gabrielli and Squartini (2015), Scientific Reports 5, 10595; Vallarano and
    others (2021), Scientific Reports 11, 15227 (the fixed point).

    Examples
    --------
    >>> found = configuration_model([[1, 1, 0], [1, 0, 1], [0, 0, 1]])
    >>> found.probability.sum(axis=1).round(6).tolist(), found.is_converged
    ([2.0, 2.0, 1.0], True)
    """
    table = sparse_values(m)
    check_presences(table)
    check_bounds("most_updates", most_updates, 1)
    rows, columns = np.arange(table.shape[0]), np.arange(table.shape[1])
    k, u = table.sum(axis=1), table.sum(axis=0)
    found = np.zeros(table.shape)
    while rows.size and columns.size:
        full_row, full_column = k == columns.size, u == rows.size
        open_row, open_column = (k > 0) & ~full_row, (u > 0) & ~full_column
        if open_row.all() and open_column.all():
            part, made, miss = _fitted(k, u, tolerance, most_updates)
            found[np.ix_(rows, columns)] = part
            return ConfigurationModel(found, made, miss <= tolerance)
        if not open_row.all():  # rows first: what is left of the columns then is counted anew
            found[np.ix_(rows[full_row], columns)] = 1.0
            u = u - int(full_row.sum())
            rows, k = rows[open_row], k[open_row]
        else:
            found[np.ix_(rows, columns[full_column])] = 1.0
            k = k - int(full_column.sum())
            columns, u = columns[open_column], u[open_column]
    return ConfigurationModel(found, 0, True)


def _fitted(k: Array, u: Array, tolerance: float, most: int) -> tuple[Array, int, float]:
    a, at, n = np.unique(k, return_inverse=True, return_counts=True)
    b, to, w = np.unique(u, return_inverse=True, return_counts=True)
    x, y = a / np.sqrt(k.sum()), b / np.sqrt(k.sum())
    made, miss = 0, np.inf
    while made < most and miss > tolerance:
        x = a / (w * y / (1 + np.outer(x, y))).sum(axis=1)
        y = b / (n[:, None] * x[:, None] / (1 + np.outer(x, y))).sum(axis=0)
        p = np.outer(x, y) / (1 + np.outer(x, y))
        made, miss = made + 1, float(max(np.abs(p @ w / a - 1).max(), np.abs(n @ p / b - 1).max()))
    return np.asarray(p[np.ix_(at, to)], float), made, miss

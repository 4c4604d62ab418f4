"""Fitness of places and complexity of activities (Tacchella), and GENEPY (Sciarra), which joins
both views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from firstlight.errors import InputError, check_bounds
from firstlight.instruments.complexity.activity_table import FAMILY, Array, sparse_values
from firstlight.instruments.complexity.complexity_index import TIED, largest_eigenvalues
from firstlight.texts import Count, message


@dataclass(frozen=True)
class Fitness:
    """Fitness and complexity, each with mean 1 over what isn't empty; nan where a place or activity
    is empty.

    fitness, complexity : (places,), (activities,)
    updates             : how many were made
    is_converged        : whether the last one moved no fitness by more than the tolerance (True,
                          too, where ``updates`` was given and this happens to hold)
    last_change         : largest change of a fitness in the last update
    """

    fitness: Array
    complexity: Array
    updates: int
    is_converged: bool
    last_change: float


def fitness(
    m: Any, *, updates: int | None = None, tolerance: float = 1e-8, most_updates: int = 2000
) -> Fitness:
    """Fitness of places: what they have counts by its complexity, which the least fit place that
    has it limits.

    F' = M Q, Q' = 1 / (M' (1/F)), both from the last F and Q (simultaneous), each then divided by
    its mean; from ones. Some tables let a fitness head for 0 ever more slowly: then there is no
    convergence, ranks settle all the same, and ``is_converged`` says so.

    Parameters
    ----------
    m
        (places, activities), presences or weights, not negative.
    updates
        A fixed number of updates (19 is what the R package economiccomplexity makes by default);
        None goes on until no fitness moves by more than ``tolerance``, or ``most_updates`` are
        made.
    tolerance
        Change of a fitness below which it has settled.
    most_updates
        How many updates are made at most.

    Returns
    -------
    Fitness, with ``fitness`` (places,) and ``complexity`` (activities,), each of mean 1 over what
    isn't empty and nan where empty, and how the updates ended.

    Raises
    ------
    InputError
        For less than one update, or values that can't be presences.

    References
    ----------
    Tacchella and others (2012), Scientific Reports 2, 723; Pugliese, Zaccaria and Pietronero
    (2016), European Physical Journal Special Topics 225(10), 1893-1911 (convergence).

    Examples
    --------
    >>> fitness([[1, 1], [1, 0]], updates=1).fitness.round(3).tolist()
    [1.333, 0.667]
    """
    most = most_updates if updates is None else updates
    check_bounds("updates", most, 1)
    check_bounds("tolerance", tolerance, 0)
    table = sparse_values(m)
    rows, columns = np.flatnonzero(table.sum(axis=1) > 0), np.flatnonzero(table.sum(axis=0) > 0)
    if not rows.size:
        raise InputError(message("nothing_present"), FAMILY)
    own = table[rows][:, columns]
    back = own.T.tocsr()
    f, q = np.ones(rows.size), np.ones(columns.size)
    change, made = np.inf, 0
    # a fitness of 0 makes what its place has worth 0
    with np.errstate(divide="ignore", over="ignore"):
        while made < most and (updates is not None or change > tolerance):
            fitter, harder = own @ q, 1 / (back @ (1 / f))
            fitter, harder = fitter / fitter.mean(), harder / harder.mean()
            change, f, q, made = float(np.abs(fitter - f).max()), fitter, harder, made + 1
    return Fitness(
        fitness=_spread(f, rows, table.shape[0]),
        complexity=_spread(q, columns, table.shape[1]),
        updates=made,
        is_converged=change <= tolerance,
        last_change=change,
    )


@dataclass(frozen=True)
class Genepy:
    """GENEPY of places and activities: dimensionless, not negative; nan where empty, and for all of
    a side whose second and third
    eigenvalue are of one size, so that any mixture or choice of their vectors would do."""

    places: Array
    activities: Array


def genepy(m: Any) -> Genepy:
    """GENEPY: from two eigenvectors, the first near fitness, the second near ECI.

    W_cp = M_cp / (k_c k'_p), k'_p = sum over c of M_cp / k_c. N = W W' with a diagonal of 0; l_i
    and x_i its two eigenvalues furthest from 0 and their vectors; GENEPY_c = (sum l_i x_ci^2)^2 + 2
    sum l_i^2 x_ci^2. Activities likewise, from W' W. These two bring N nearest by least squares,
    and the authors' program takes them; the second may be negative in a small table.

    Parameters
    ----------
    m
        (places, activities), presences or weights, not negative.

    Returns
    -------
    Genepy, with ``places`` (places,) and ``activities`` (activities,), dimensionless and not
    negative; no sign has to be chosen.

    Raises
    ------
    InputError
        For values that can't be presences, or fewer than two places or activities that aren't
        empty.

    References
    ----------
    Sciarra and others (2020), Nature Communications 11, 3352.

    Examples
    --------
    >>> genepy([[1, 1, 1], [1, 1, 0], [1, 0, 0]]).places.round(3).tolist()
    [0.186, 0.212, 0.058]
    """
    table = sparse_values(m)
    rows, columns = np.flatnonzero(table.sum(axis=1) > 0), np.flatnonzero(table.sum(axis=0) > 0)
    if min(rows.size, columns.size) < 2:
        sizes = {"places": Count(rows.size), "activities": Count(columns.size)}
        raise InputError(message("fewer_than_two", **sizes), FAMILY)
    own = sparse.diags_array(1 / table.sum(axis=1)[rows]) @ table[rows][:, columns]
    w = (own @ sparse.diags_array(1 / own.sum(axis=0))).tocsr()
    return Genepy(
        places=_spread(_joined(w), rows, table.shape[0]),
        activities=_spread(_joined(w.T.tocsr()), columns, table.shape[1]),
    )


def _joined(w: Any) -> Array:
    loop = w.power(2).sum(axis=1)
    values, vectors = largest_eigenvalues(w, 3, loop=loop, by_size=True)
    if loop.size > 2 and abs(values[1]) - abs(values[2]) < TIED * abs(values[0]):
        return np.full(loop.size, np.nan)
    values, squares = values[:2], vectors[:, :2] ** 2
    return np.asarray((squares @ values) ** 2 + 2 * squares @ values**2, float)


def _spread(some: Array, at: Any, size: int) -> Array:
    found = np.full(size, np.nan)
    found[at] = some
    return found

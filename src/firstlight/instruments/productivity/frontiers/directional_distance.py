"""Directional distances to a technology: one programme that gives radial, non-oriented and
directional scores alike. In the non-radial distance every quantity moves by its own share, and a
weighted sum of the shares counts.

Symbols: g how far one unit of distance moves each quantity, beta the distance; z intensities; v, u,
w multipliers of inputs, outputs and bads; omega that of the sum of intensities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.frontiers.technology import FOLDER, Technology, own_sizes
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL, solve_programmes
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, message

Floats = NDArray[np.float64]
# a slack below this share of the unit's own quantity is the solver's rounding, and is 0
ROUNDING = 1e-9
MISSED = 1e-8  # a point that misses the technology by no more than this share does so by rounding
IMPRECISE = "imprecise"


@dataclass(frozen=True)
class DirectionalDistances:
    """Distances of N points; nan where the programme has no optimum.

    beta        : (N,) in units of the direction; 0 on the frontier, negative beyond it
    status      : (N,) "optimal", "imprecise", "infeasible" or "unbounded"
    intensities : (N, n) sparse, of the reference units (and, after them, of weight restrictions)
    multipliers : (N, m + s + b) v, u, w per the user's unit, so that v'gx + u'gy + w'gb = 1; one
                  choice of perhaps many
    intercept   : (N,) omega, with beta = v'x - u'y + w'b - omega times what the sum of intensities
                  is held to; for an efficient unit positive means increasing returns to scale
    """

    beta: Floats
    status: NDArray[np.str_]
    intensities: sparse.csr_matrix
    multipliers: Floats
    intercept: Floats


@dataclass(frozen=True)
class LargestSlacks:
    """What is left to be saved or added at N points.

    slacks : (N, m + s + b) in the user's units: input and bad excess, output shortfall; nan where
             there is no optimum
    status : (N,) "optimal", "infeasible" for a point outside the technology, or "unbounded"
    intensities : (N, n) sparse, of the reference units that make up the target
    """

    slacks: Floats
    status: NDArray[np.str_]
    intensities: sparse.csr_matrix


@dataclass(frozen=True)
class NonradialDistances:
    """Distances of N points; nan where the programme has no optimum.

    distance : (N,) the weighted sum of shares, 0 or more
    shares   : (N, m + s + b) how far each quantity moves, in multiples of its direction; 0 for one
               without weight. The sum is unique, the shares need not be
    status   : (N,) "optimal", "infeasible" (a point outside the technology) or "unbounded"
    """

    distance: Floats
    shares: Floats
    status: NDArray[np.str_]


def directional_distance(
    technology: Technology,
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    direction: Any,
    excluded: Any = None,
) -> DirectionalDistances:
    """How many times the direction fits between a point and the frontier.

    beta = max {b : (x - b gx, y + b gy, c - b gc) in T}. With g = (x, 0, 0) this is the radial
    input measure, theta = 1 - beta; with g = (0, y, 0) the radial output measure, phi = 1 + beta.
    Points need not be reference units, nor of their period.

    technology : the reference's; inputs (N, m), outputs (N, s), bads (N, b) : the points, in the
                 user's units
    direction  : (N, m + s + b) or (m + s + b,), not negative, not all 0: inputs and bads shrink by
                 it, outputs grow
    excluded   : (N,) the reference unit that a point may not be compared with, -1 for none
                 (super-efficiency)
    Returns DirectionalDistances.
    Raises  InputError for shapes that do not fit, or a direction that is negative or nothing,
            naming the point.
    Source: Chambers, Chung and Färe (1996), Journal of Economic Theory 70, 407-419; (1998), Journal
            of Optimization Theory and Applications 98, 351-364.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[2.0], [4.0]], [[1.0], [3.0]])
    >>> found = directional_distance(spanned, [[4.0], [4.0]], [[2.0], [4.0]],
    ...     direction=[[4.0, 0.0], [4.0, 0.0]])
    >>> (1 - found.beta).round(6).tolist(), found.status.tolist()
    ([0.75, nan], ['optimal', 'infeasible'])
    """
    lower, upper = technology.bounds(inputs, outputs, bads)
    values = technology.scaled(inputs, outputs, bads)
    g = checked_direction(technology, direction, len(lower))
    if technology.is_abated and excluded is not None:
        raise InputError(message("excluded_from_two"), FOLDER)
    own = np.zeros((*lower.shape, 1))
    side = _radial_side(technology, values, g)
    if side:  # written in theta or phi, so that small scores keep their digits
        moves = np.append(g > 0, np.zeros((len(g), 1), bool), axis=1)
        lower[moves & np.isfinite(lower)], upper[moves & np.isfinite(upper)] = 0.0, 0.0
        own[:, :-1, 0] = -g
    else:
        own[:, :-1, 0] = signs(technology) * g
    found = solve_programmes(
        technology.columns,
        own,
        lower,
        upper,
        np.full((len(lower), 1), side or -1.0),
        own_lower=-np.inf,
        excluded=excluded,
    )
    beta = side * (1 - found.own[:, 0]) if side else found.own[:, 0]
    prices = -signs(technology) * found.duals[:, :-1] / technology.row_scale[:-1] + 0.0
    return DirectionalDistances(
        beta + 0.0, found.status, found.shared, prices, found.duals[:, -1] + 0.0
    )


def efficiency_of(beta: Floats, orientation: str) -> Floats:
    """Farrell's efficiency, 1 on the frontier: how far inputs may fall, or one over how far
    outputs may grow.

    >>> efficiency_of(np.array([0.25]), "input"), efficiency_of(np.array([0.25]), "output")
    (array([0.75]), array([0.8]))
    """
    if orientation == "input":
        return 1 - beta
    return 1 / (1 + beta)


def largest_slacks(
    technology: Technology,
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    counted: Any = None,
    excluded: Any = None,
) -> LargestSlacks:
    """The second stage: the largest sum of slacks at points of the technology, each divided by the
    reference's maximum.

    max sum_k s_k / scale_k over z, with s = (x - X z, Y z - y) and, where bads are strongly
    disposable, c - B z. Weakly disposable bads have no slack.

    inputs, outputs, bads : (N, m), (N, s), (N, b), usually moved to the frontier before, in the
        user's units
    counted  : (m + s + b,) bool, which slacks are in the sum; all where it is None
    excluded : as in ``directional_distance``
    Returns LargestSlacks.
    Source: Ali and Seiford (1993), in Fried, Lovell and Schmidt (eds.), The Measurement of
            Productive Efficiency.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[2.0, 2.0], [2.0, 5.0]], [[1.0], [1.0]])
    >>> largest_slacks(spanned, [[2.0, 5.0]], [[1.0]]).slacks.tolist()
    [[0.0, 3.0, 0.0]]
    """
    lower, upper = technology.bounds(inputs, outputs, bads)
    values, sides = technology.scaled(inputs, outputs, bads), signs(technology)
    weights = sides * array_or(counted, np.ones(len(sides)))
    if technology.disposability != "strong":
        weights[technology.bad_rows] = 0.0
    left_out = array_or(excluded, np.full(len(values), -1))
    status, slacks = np.full(len(values), INFEASIBLE, "U10"), np.full(values.shape, np.nan)
    used = sparse.csr_matrix((len(values), technology.columns.shape[1]))
    for loose in (0.0, MISSED):
        here = np.flatnonzero(status == INFEASIBLE)
        if not here.size:
            break
        low, high = lower[here], upper[here]
        low[:, :-1], high[:, :-1] = low[:, :-1] * (1 - loose), high[:, :-1] * (1 + loose)
        found = solve_programmes(
            technology.columns,
            np.zeros((*low.shape, 0)),
            low,
            high,
            np.zeros((len(here), 0)),
            shared_cost=weights @ technology.columns[:-1],
            excluded=left_out[here],
        )
        status[here] = found.status
        left = sides * (values[here] - found.shared @ technology.columns[:-1].T)
        left[np.abs(left) <= max(ROUNDING, 2 * loose) * own_sizes(values[here])] = 0.0
        slacks[here] = np.where(
            (found.status == OPTIMAL)[:, None], left * technology.row_scale[:-1] + 0.0, np.nan
        )
        places = sparse.csr_matrix(
            (np.ones(len(here)), (here, np.arange(len(here)))), (len(values), len(here))
        )
        used = used + places @ found.shared
    return LargestSlacks(slacks, status, sparse.csr_matrix(used))


def nonradial_distance(
    technology: Technology,
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    direction: Any,
    weights: Any,
) -> NonradialDistances:
    """How much inputs and bads can shrink and outputs grow, each for itself.

    max {w'b : (x - b_x gx, y + b_y gy, c - b_c gc) in T, b >= 0}, products by element.

    technology : the reference's; inputs (N, m), outputs (N, s), bads (N, b) : the points, in the
                 user's units
    direction  : (N, m + s + b) or (m + s + b,), not negative, as in ``directional_distance``;
                 usually the point itself
    weights    : (m + s + b,), 0 or more, not all 0
    Returns NonradialDistances.
    Raises  InputError for weights or a direction that cannot be used.
    Source: Zhou, Ang and Wang (2012), European Journal of Operational Research 221, 625-635, eqs. 6
            and 7.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[1.0, 2.0]], [[1.0]], returns="crs")
    >>> found = nonradial_distance(spanned, [[2.0, 2.0]], [[1.0]], direction=[2.0, 2.0, 1.0],
    ...     weights=[0.5, 0.5, 0.0])
    >>> found.distance.round(9).tolist(), found.shares.round(9).tolist()
    ([0.25], [[0.5, 0.0, 0.0]])
    """
    lower, upper = technology.bounds(inputs, outputs, bads)
    w = np.asarray(weights, float)
    if w.shape != (sum(technology.sizes),) or not (
        np.isfinite(w).all() and (w >= 0).all() and w.any()
    ):
        raise InputError(message("unusable_weights", weights=shown(w.tolist())), FOLDER)
    free = np.flatnonzero(w)
    own = np.zeros((*lower.shape, len(free)))
    own[:, free, np.arange(len(free))] = (
        signs(technology) * checked_direction(technology, direction, len(lower))
    )[:, free]
    found = solve_programmes(
        technology.columns, own, lower, upper, np.tile(-w[free], (len(lower), 1))
    )
    shares = np.zeros((len(lower), len(w)))
    shares[:, free] = found.own
    shares[np.isnan(found.value)] = np.nan
    return NonradialDistances(0.0 - found.value, shares, found.status)


def _radial_side(technology: Technology, values: Floats, g: Floats) -> float:
    """1 where points move their own inputs in proportion, -1 where they move their own outputs,
    else 0."""
    if not ((g == values) | (g == 0)).all():
        return 0.0
    moves = np.asarray((g > 0).any(axis=0))
    for rows, side in ((technology.input_rows, 1.0), (technology.output_rows, -1.0)):
        if moves[rows].any() and moves.sum() == moves[rows].sum():
            return side
    return 0.0


def signs(technology: Technology) -> Floats:
    """+1 for inputs and bads, of which less is better, -1 for outputs; (m + s + b,)."""
    found = np.ones(sum(technology.sizes))
    found[technology.output_rows] = -1.0
    return found


def checked_direction(technology: Technology, direction: Any, count: int) -> Floats:
    """The direction of each point in the technology's scale, (count, m + s + b).

    Raises  InputError as ``directional_distance``.
    """
    width = sum(technology.sizes)
    g = np.asarray(direction, float)
    if g.shape not in ((width,), (count, width)):
        raise InputError(
            message("direction_shape", shape=shown(g.shape), count=Count(width)), FOLDER
        )
    g = np.broadcast_to(g, (count, width))
    bad = np.flatnonzero(~(np.isfinite(g) & (g >= 0)).all(axis=1) | (g == 0).all(axis=1))
    if bad.size:
        direction, point = shown(g[bad[0]].tolist()), Count(int(bad[0]))
        raise InputError(message("direction_of_point", direction=direction, point=point), FOLDER)
    return np.asarray(g / technology.row_scale[:-1])


def restricted(technology: Technology, restrictions: Any) -> Technology:
    """The technology under restrictions of the multipliers, each a v + a u + a w >= 0: assurance
    regions, trade-offs.

    In the envelopment programme a restriction is one more column, outside the sum of intensities,
    for a trade-off between quantities that the multipliers may not contradict.

    restrictions : (k, m + s + b) coefficients of the multipliers, per the user's units; v_1 >= 2
                   v_2 is (1, -2, 0, ...)
    Returns Technology with k more columns after those of the units.
    Raises  InputError for another shape, or a row without numbers.
    Source: Thompson, Singleton, Thrall and Smith (1986), Interfaces 16, 35-49; Podinovski (2004),
            Journal of the Operational Research Society 55.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = restricted(technology([[1.0, 4.0], [4.0, 1.0]], [[1.0], [1.0]]),
    ...     [[1.0, -1.0, 0.0]])
    >>> (1 - directional_distance(spanned, [[4.0, 1.0]], [[1.0]],
    ...     direction=[4.0, 1.0, 0.0]).beta).round(6).tolist()
    [1.0]
    """
    rows = np.asarray(restrictions, float)
    width = sum(technology.sizes)
    if rows.ndim != 2 or rows.shape[1] != width:
        raise InputError(
            message("restrictions_shape", shape=shown(rows.shape), count=Count(width)), FOLDER
        )
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1) | (rows == 0).all(axis=1))
    if bad.size:
        raise InputError(message("restriction_empty", row=Count(int(bad[0]))), FOLDER)
    columns = signs(technology)[:, None] * rows.T / technology.row_scale[:-1, None]
    columns = np.vstack([columns / np.abs(columns).max(axis=0), np.zeros(len(rows))])
    return replace(technology, columns=np.hstack([technology.columns, columns]))

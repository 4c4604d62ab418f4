"""Shadow prices of outputs and inputs: slopes of the distance functions, made unique where the
programme leaves a choice.

Symbols: u output and v input multipliers, w the intercept that goes with the sum of intensities, F
= 1 / D the programme's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.distance_functions import distance_function
from firstlight.instruments.productivity.frontiers.technology import Technology
from firstlight.numerics.linear_programmes import OPTIMAL, solve_programmes
from firstlight.texts import message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
# share of the value at the mean: nearer than this, two solutions are one, and the solver's vertex
# is kept
_SAME = 1e-6
_NO_WEIGHT = 1e-12  # of the largest: a multiplier below it is 0, but for rounding
_LOOSE = 1e-9  # share of its numbers by which a condition on optimal prices may be missed
_TIGHT = 1e-9  # slack below which a constraint holds with equality


@dataclass(frozen=True)
class ShadowPrices:
    """Slopes of a distance function at N points; nan where it has no value.

    prices    : (N, s) of outputs, dD_O/dy, with prices'y = D_O; or (N, m) of inputs, dD_I/dx, with
                prices'x = D_I; in distance per the user's unit
    distance  : (N,) D_O or D_I
    status    : (N,) "optimal" or "infeasible"
    multipliers : (N, s + m) the whole optimum (u, v) that the prices are taken from, in 1 / D per
                  the user's unit
    is_pinned : (N,) where the solver's own choice was another one, so that the rule decided
    """

    prices: Floats
    distance: Floats
    status: NDArray[np.str_]
    multipliers: Floats
    is_pinned: NDArray[np.bool_]


@dataclass(frozen=True)
class _Face:
    """The optimal multipliers z = (u, v), in values at the reference's means: E z = e, G z >= h, z
    >= 0."""

    equal: Floats
    equal_to: Floats
    above: Floats
    above_to: Floats


def shadow_prices(
    technology: Technology, inputs: Any, outputs: Any, *, orientation: str
) -> ShadowPrices:
    """The prices at which a point's outputs, or inputs, are on the frontier's supporting plane.

    Output: min v'x + w over u, v >= 0 with u'y = 1 and v'x_j + w >= u'y_j for every reference unit
    j; prices are u / F. Input: max u'y - w with v'x = 1; prices are v / F. Where several (u, v) are
    optimal, each program of the field returns whichever its solver meets first. Here the one with
    the least sum of squares is taken, each multiplier times the reference's mean of its quantity:
    it is unique, and hangs neither on the solver, nor on the order of rows, nor on units of
    measure.

    technology : of inputs and outputs, without bads; inputs, outputs : (N, m), (N, s), not
                 negative, in the user's units
    Returns ShadowPrices.
    Raises  InputError as ``distance_function``.
    Source: O'Donnell (2011), CEPA Working Paper 07/2011; Lawson and Hanson (1974), Solving Least
            Squares Problems, ch. 23 (least distance programming).

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[1.0], [1.0]], [[4.0, 0.0], [0.0, 2.0]], returns="vrs")
    >>> shadow_prices(spanned, [[1.0]], [[1.0, 1.0]], orientation="output").prices.round(6).tolist()
    [[0.25, 0.5]]
    """
    x, y = np.asarray(inputs, float), np.asarray(outputs, float)
    found = distance_function(technology, x, y, orientation=orientation)
    mean = technology.columns[:-1].mean(axis=1) * technology.row_scale[:-1]
    mean[mean == 0] = 1.0
    m = technology.sizes[0]
    x, y = x / mean[:m], y / mean[m:]
    vertex = np.hstack([found.output_prices * mean[m:], found.input_prices * mean[:m]])
    least = np.full_like(vertex, np.nan)
    for i in np.flatnonzero(found.status == OPTIMAL):
        least[i] = _least_norm(
            _face(technology, mean, x[i], y[i], 1 / found.value[i], orientation), vertex[i]
        )
    with np.errstate(invalid="ignore"):
        moved = np.abs(least - vertex).max(axis=1) > _SAME * np.abs(vertex).max(axis=1)
    chosen = np.where(moved[:, None], least, vertex)
    # A weight of the size of rounding would make an aggregate out of nothing.
    chosen[np.abs(chosen) <= _NO_WEIGHT * np.abs(chosen).max(axis=1, keepdims=True)] = 0.0
    chosen = chosen / np.append(mean[m:], mean[:m])
    mine = chosen[:, y.shape[1] :]
    if orientation == "output":
        mine = chosen[:, : y.shape[1]]
    return ShadowPrices(mine * found.value[:, None], found.value, found.status, chosen, moved)


def price_ranges(
    technology: Technology, inputs: Any, outputs: Any, *, orientation: str
) -> tuple[Floats, Floats]:
    """The lowest and the highest value share that each quantity can have among all optimal shadow
    prices of one point.

    inputs, outputs : (m,), (s,) one point. Returns (s,) and (s,) of outputs, or (m,) and (m,) of
    inputs; both alike where the prices are unique.
    Raises  InputError where the point has no distance.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[1.0]], [[1.0, 1.0]], returns="vrs")
    >>> [ends.round(6).tolist() for ends in price_ranges(spanned, [1.0], [1.0, 1.0],
    ...     orientation="output")]
    [[0.0, 0.0], [1.0, 1.0]]
    """
    x, y = np.asarray(inputs, float), np.asarray(outputs, float)
    found = distance_function(technology, x[None], y[None], orientation=orientation)
    if found.status[0] != OPTIMAL:
        raise InputError(message("point_without_distance"), FOLDER)
    mean = technology.columns[:-1].mean(axis=1) * technology.row_scale[:-1]
    mean[mean == 0] = 1.0
    m, s = technology.sizes[:2]
    face = _face(technology, mean, x / mean[:m], y / mean[m:], 1 / found.value[0], orientation)
    place = np.arange(s) if orientation == "output" else np.arange(s, s + m)
    asked = np.vstack([np.eye(m + s)[place], -np.eye(m + s)[place]])
    # The dual of max c'z over the face has the reference units as columns, as the solver likes it.
    # The face is flat, and rounding would cut parts of it off, so that its inequalities give way a
    # little.
    loose = face.above_to - _LOOSE * np.maximum(
        np.abs(face.above).max(axis=1), np.abs(face.above_to)
    )
    solved = solve_programmes(
        -face.above.T,
        np.repeat(face.equal.T[None], len(asked), axis=0),
        asked,
        np.full(asked.shape, np.inf),
        np.repeat(face.equal_to[None], len(asked), axis=0),
        shared_cost=-loose,
        own_lower=-np.inf,
    )
    quantity = (y / mean[m:]) if orientation == "output" else (x / mean[:m])
    # of a quantity of 0 the share is 0, though its price may have no end
    high, low = np.where(quantity == 0, 0.0, np.split(solved.value, 2))
    return 0.0 - low * quantity, 0.0 + high * quantity


def _face(
    technology: Technology, mean: Floats, x: Floats, y: Floats, value: float, orientation: str
) -> _Face:
    m, s = technology.sizes[:2]
    reference = technology.columns[:-1].T * (technology.row_scale[:-1] / mean)
    xs, ys = reference[:, :m], reference[:, m:]
    zeros_x, zeros_y = np.zeros(m), np.zeros(s)
    # The intercept w follows from the value: F - v'x (output), u'y - F (input).
    if orientation == "output":
        equal, intercept, constant = [np.append(y, zeros_x)], np.append(zeros_y, -x), value
    else:
        equal, intercept, constant = [np.append(zeros_y, x)], np.append(y, zeros_x), -value
    equal_to = [1.0]
    above, above_to = np.hstack([-ys, xs]) + intercept, np.full(len(xs), -constant)
    if technology.returns == "crs":
        equal.append(intercept)
        equal_to.append(-constant)
    elif technology.returns != "vrs":
        sign = 1.0 if technology.returns == "nirs" else -1.0
        above, above_to = (
            np.vstack([above, sign * intercept]),
            np.append(above_to, -sign * constant),
        )
    return _Face(np.array(equal), np.array(equal_to), above, above_to)


def _least_norm(face: _Face, vertex: Floats) -> Floats:
    """The point of the face with the least sum of squares, from one point of it."""
    _, singular, right = np.linalg.svd(face.equal)
    # directions that keep the equations
    free = right[int((singular > 1e-12 * singular[0]).sum()) :].T
    if not free.shape[1]:
        return vertex
    from scipy.optimize import nnls  # heavy, and few units have more than one such price

    slopes = np.vstack([face.above, np.eye(len(vertex))])
    slack = slopes @ vertex - np.append(face.above_to, np.zeros(len(vertex)))
    scale = np.abs(slopes).max(axis=1).clip(1e-300)
    slopes, slack = slopes / scale[:, None], slack / scale
    slack[np.abs(slack) < _TIGHT * max(1.0, np.abs(vertex).max())] = 0.0
    # In y, the part of z along the free directions: min |y| subject to A y >= A y0 - slack, where
    # y0 is the vertex's.
    a, start = slopes @ free, free.T @ vertex
    # the point itself, if it is a unit, is always on the plane: 0 >= 0
    moves = np.abs(a).max(axis=1) > _TIGHT
    a, slack = a[moves], slack[moves]
    above = a @ start - slack
    weights, _ = nnls(
        np.vstack([a.T, above]), np.append(np.zeros(a.shape[1]), 1.0), maxiter=100 * len(a)
    )
    tight = weights > 0
    if not tight.any():
        return np.asarray(np.maximum(vertex - free @ start, 0.0))
    along = np.linalg.lstsq(a[tight], above[tight], rcond=None)[0]
    # a multiplier that is 0 may come out as -1e-17
    return np.asarray(np.maximum(vertex + free @ (along - start), 0.0))

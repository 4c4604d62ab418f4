"""Shephard's distance functions of any point, a unit or not, to a technology; and the best mix at
given prices.

Symbols: D_O(x, y) = inf {d : (x, y / d) in T}, D_I(x, y) = sup {d : (x / d, y) in T}. A point of T
has D_O <= 1 and D_I >= 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.frontiers.technology import FOLDER, Technology, check_sides
from firstlight.numerics.linear_programmes import (
    INFEASIBLE,
    Solutions,
    power_of_two,
    solve_programmes,
)
from firstlight.texts import message

Floats = NDArray[np.float64]
ORIENTATIONS = ("output", "input")
# orientation -> the column of a radial score
SCORES = {"input": "efficiency_score", "output": "expansion_score"}
FEW_UNITS = 64  # of a technology, up to which several are solved together
PROGRAMMES = 1024  # solved together


@dataclass(frozen=True)
class Distance:
    """Distances of N points; nan where the programme has no optimum.

    value  : (N,) D_O or D_I
    status : (N,) "optimal"; "infeasible" where no expansion or contraction brings the point into T,
             or none by less than a factor of 1e12
    output_prices, input_prices, intercept : (N, s), (N, m), (N,) the multipliers u, v, w that the
             solver came to: u'y = 1 and v'x + w = 1 / D_O (output), v'x = 1 and u'y - w = 1 / D_I
             (input); in the user's units; one choice of perhaps many
    """

    value: Floats
    status: NDArray[np.str_]
    output_prices: Floats
    input_prices: Floats
    intercept: Floats


def distance_function(
    technology: Technology, inputs: Any, outputs: Any, *, orientation: str
) -> Distance:
    """How far points lie from the frontier, radially: D_O in outputs or D_I in inputs.

    technology : of inputs and outputs, without bads
    inputs, outputs : (N, m), (N, s) points, not negative, none all 0; in the user's units
    Returns Distance.
    Raises  InputError for an unknown orientation, a technology with bads, or a point of which all
            inputs or outputs are 0.
    Source: Shephard (1970), Theory of Cost and Production Functions; Färe and Primont (1995),
            Multi-Output Production and Duality.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[1.0], [2.0]], [[1.0], [4.0]], returns="vrs")
    >>> distance_function(spanned, [[2.0], [1.5]], [[2.0], [3.0]],
    ...     orientation="output").value.round(6).tolist()
    [0.5, 1.2]
    >>> distance_function(spanned, [[2.0], [2.0]], [[1.0], [5.0]],
    ...     orientation="input").status.tolist()
    ['optimal', 'infeasible']
    """
    check_choice("orientation", orientation, ORIENTATIONS)
    _refuse_bads(technology)
    asked = _radial(technology, inputs, outputs, orientation)
    size = asked.size
    found = solve_programmes(
        _even_columns(technology), asked.own, asked.lower, asked.upper, asked.cost
    )
    multipliers = np.abs(found.duals[:, :-1]) / technology.row_scale[:-1] / size
    radial, nothing = _values(found)
    return Distance(
        1 / radial,
        np.where(nothing, INFEASIBLE, found.status),
        multipliers[:, technology.output_rows],
        multipliers[:, technology.input_rows],
        0.0 - found.duals[:, -1] / size[:, 0],
    )


def values_of_many(
    technologies: Sequence[Technology], inputs: Any, outputs: Any, *, orientation: str
) -> Floats:
    """The values of ``distance_function`` of the same N points in R technologies of as many units
    each; (R, N).

    Where units are few, all are solved together, each unit of a technology a column of its own
    programmes.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = [technology([[1.0]], [[best]], returns="crs") for best in (2.0, 4.0)]
    >>> values_of_many(spanned, [[1.0]], [[1.0]], orientation="output").round(6).tolist()
    [[0.5], [0.25]]
    """
    columns = [_even_columns(each) for each in technologies]
    rows, count = columns[0].shape
    if count > FEW_UNITS:
        return np.stack(
            [
                distance_function(each, inputs, outputs, orientation=orientation).value
                for each in technologies
            ]
        )
    points = len(np.asarray(inputs))
    found = []
    step = max(1, PROGRAMMES // points)
    for start in range(0, len(technologies), step):
        part = [
            _radial(each, inputs, outputs, orientation)
            for each in technologies[start : start + step]
        ]
        of_units = np.repeat(np.stack(columns[start : start + step]), points, axis=0)
        own = np.concatenate([np.concatenate([each.own for each in part]), of_units], axis=2)
        lower, upper, cost = (
            np.concatenate([getattr(each, name) for each in part])
            for name in ("lower", "upper", "cost")
        )
        cost = np.hstack([cost, np.zeros((len(own), count))])
        radial, _ = _values(solve_programmes(np.zeros((rows, 1)), own, lower, upper, cost))
        found.append(1 / radial.reshape(len(part), points))
    return np.concatenate(found)


@dataclass(frozen=True)
class _Radial:
    """What is asked of the solver: bounds (N, rows), the own column (N, rows, 1) of the factor, its
    cost; ``size`` of a point."""

    own: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    size: Floats


def _radial(technology: Technology, inputs: Any, outputs: Any, orientation: str) -> _Radial:
    values = technology.scaled(inputs, outputs)
    check_sides(values[:, technology.input_rows], values[:, technology.output_rows])
    # Each point is put on its own scale, so that small ones meet the solver's tolerances as large
    # ones do.
    size = power_of_two(values.max(axis=1, keepdims=True))
    values = values / size
    lower, upper = (bound / size for bound in technology.bounds(inputs, outputs))
    if orientation == "output":
        moved, cost = technology.output_rows, -1.0
        lower[:, moved] = 0
    else:
        moved, cost = technology.input_rows, 1.0
        upper[:, moved] = 0
    own = np.zeros((*lower.shape, 1))
    own[:, moved, 0] = -values[:, moved]
    return _Radial(own, lower, upper, np.full((len(values), 1), cost), size)


def _values(found: Solutions) -> tuple[Floats, NDArray[np.bool_]]:
    """The radial factors, nan where there is none, and where no expansion of the outputs is
    possible, not even to a part of them."""
    radial = np.abs(found.value)
    # what the solver makes of 0
    nothing = radial <= 1e-12
    radial[nothing] = np.nan
    return radial, nothing


def best_aggregate(
    technology: Technology, inputs: Any, outputs: Any, side: str, prices: Any
) -> Floats:
    """The largest aggregate output of the same inputs, or the least aggregate input for the same
    outputs, mix set free.

    output : max p'y over y with (x, y) in T; at market prices, revenue
    input  : min w'x over x with (x, y) in T; at market prices, cost

    technology : of inputs and outputs, without bads
    inputs, outputs : (N, m), (N, s); prices : of the side's quantities, the same for all points or
                      by point, not negative; in the user's units
    Returns (N,); nan where the inputs allow no output at all, or the outputs can't be made.
    Raises  InputError for a technology with bads.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> spanned = technology([[1.0], [2.0]], [[1.0], [4.0]])
    >>> best_aggregate(spanned, [[1.5], [0.5]], [[1.0], [1.0]], "output", [2.0]).round(6).tolist()
    [5.0, nan]
    >>> best_aggregate(spanned, [[1.0], [1.0]], [[2.5], [5.0]], "input", [2.0]).round(6).tolist()
    [3.0, nan]
    """
    _refuse_bads(technology)
    x, y = np.asarray(inputs, float), np.asarray(outputs, float)
    if side == "output":
        y, free, sign = np.zeros_like(y), technology.output_rows, -1.0
    else:
        x, free, sign = np.zeros_like(x), technology.input_rows, 1.0
    size = power_of_two(technology.scaled(x, y).max(axis=1, keepdims=True))
    lower, upper = (bound / size for bound in technology.bounds(x, y))
    (lower if side == "output" else upper)[:, free] = 0
    cost = np.broadcast_to(
        sign * np.asarray(prices, float) * technology.row_scale[free],
        (len(x), free.stop - free.start),
    )
    scale = np.abs(cost).max(axis=1, keepdims=True)
    own = np.zeros((*lower.shape, cost.shape[1]))
    own[:, np.arange(free.start, free.stop), np.arange(cost.shape[1])] = -1
    found = solve_programmes(_even_columns(technology), own, lower, upper, cost / scale)
    return np.asarray(sign * found.value * (scale * size)[:, 0])


def _even_columns(technology: Technology) -> Floats:
    """The reference units, each divided by its own size: their intensities are not asked for, and
    small ones count as well."""
    return technology.columns / power_of_two(technology.columns[:-1].max(axis=0))


def _refuse_bads(technology: Technology) -> None:
    if technology.sizes[2]:
        raise InputError(message("bads_of_technology"), FOLDER)

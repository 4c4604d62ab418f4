"""Returns to scale at the frontier: by comparing scores, and by the range of the supporting planes' intercepts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import (
    checked_direction,
    directional_distance,
    signs,
)
from firstlight.instruments.productivity.frontiers.technology import Technology
from firstlight.numerics.linear_programmes import INFEASIBLE, solve_programmes

Floats = NDArray[np.float64]
SAME = 1e-8  # distances nearer than this are the same
OPTIMUM = 1e-10
INCREASING, CONSTANT, DECREASING = "irs", "crs", "drs"


@dataclass(frozen=True)
class ReturnsToScale:
    """What N points lose by not being of the most productive size, and why.

    code      : (N,) "irs" increasing, "crs" constant, "drs" decreasing, or "" where a distance has no optimum
    crs, nirs : (N,) distances under constant and non-increasing returns to scale; nan where there is no optimum
    """

    code: NDArray[np.str_]
    crs: Floats
    nirs: Floats


def returns_to_scale(
    technology: Technology, beta: Any, inputs: Any, outputs: Any, bads: Any = None, *, direction: Any
) -> ReturnsToScale:
    """Where a point's projection lies: constant returns if VRS and CRS distances agree, else decreasing if VRS and NIRS do.

    technology : with returns "vrs"; beta : (N,) distances to it in that direction
    inputs, outputs, bads, direction : as in ``directional_distance``
    Returns ReturnsToScale.
    Raises  InputError for a technology of other returns.
    Source: Färe, Grosskopf and Lovell (1985), The Measurement of Efficiency of Production; Seiford and Zhu (1999),
            Omega 27, for its equivalence with Banker and Thrall's way.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> x, y = [[1.0], [2.0], [4.0]], [[1.0], [4.0], [5.0]]
    >>> returns_to_scale(technology(x, y), [0, 0, 0], x, y, direction=[1.0, 0.0]).code.tolist()
    ['irs', 'crs', 'drs']
    """
    _refuse_other(technology)
    crs, nirs = (
        directional_distance(replace(technology, returns=other), inputs, outputs, bads, direction=direction).beta
        for other in ("crs", "nirs")
    )
    vrs = np.asarray(beta, float)
    near = SAME * np.maximum(1.0, np.abs(vrs))
    code = np.where(np.abs(crs - vrs) <= near, CONSTANT, np.where(np.abs(nirs - vrs) <= near, DECREASING, INCREASING))
    return ReturnsToScale(np.where(np.isfinite(crs + nirs + vrs), code, ""), crs, nirs)


def intercept_range(
    technology: Technology, beta: Any, inputs: Any, outputs: Any, bads: Any = None, *, direction: Any
) -> tuple[Floats, Floats]:
    """The least and the greatest intercept omega among all optimal multipliers of each point.

    Increasing returns where both are positive, decreasing where both are negative, constant where 0 lies between.

    technology : with returns "vrs"; beta : (N,) distances to it; the rest as in ``directional_distance``
    Returns (N,), (N,), -inf and inf where there is no bound; nan where beta is nan.
    Raises  InputError for a technology of other returns.
    Source: Banker and Thrall (1992), European Journal of Operational Research 62, 74-84.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> x, y = [[1.0], [2.0], [4.0]], [[1.0], [4.0], [5.0]]
    >>> low, high = intercept_range(technology(x, y), [0, 0, 0], x, y, direction=[1.0, 0.0])
    >>> low.round(6).tolist(), high.round(6).tolist()
    ([0.666667, -6.0, -inf], [1.0, 0.666667, -6.0])
    """
    _refuse_other(technology)
    distance = np.asarray(beta, float)
    low, high = np.full(len(distance), np.nan), np.full(len(distance), np.nan)
    here = np.flatnonzero(np.isfinite(distance))
    if not here.size:
        return low, high
    values = technology.scaled(inputs, outputs, bads)[here]
    moved = checked_direction(technology, direction, len(distance))[here]
    # The dual of: max (or min) omega over the optimal multipliers; own variables tau (of v'g = 1) and rho (of optimality,
    # asked for within rounding, since an optimum that was rounded down would be out of reach).
    own = np.zeros((len(here), values.shape[1] + 1, 2))
    own[:, :-1, 0], own[:, :-1, 1], own[:, -1, 1] = -signs(technology) * moved, -values, -1.0
    near = distance[here] + OPTIMUM * np.maximum(1.0, np.abs(distance[here]))
    cost = np.column_stack([np.ones(len(here)), near])
    lower, upper = technology.bounds(inputs, outputs, bads)
    lower, upper = (np.where(np.isfinite(bound[here]), 0.0, bound[here]) for bound in (lower, upper))
    for sign, ends in ((1.0, high), (-1.0, low)):
        lower[:, -1] = upper[:, -1] = sign
        found = solve_programmes(technology.columns, own, lower, upper, cost, own_lower=[-np.inf, 0.0])
        ends[here] = sign * np.where(found.status == INFEASIBLE, np.inf, found.value)
    return low, high


def _refuse_other(technology: Technology) -> None:
    if technology.returns != "vrs":
        raise InputError(
            f"returns {technology.returns!r}", where="technology", try_next="ask of a technology with returns='vrs'"
        )

"""The non-radial directional distance: every quantity moves by its own share, and a weighted sum of
the shares counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.frontiers.directional_distance import (
    checked_direction,
    signs,
)
from firstlight.instruments.productivity.frontiers.technology import FOLDER, Technology
from firstlight.numerics.linear_programmes import solve_programmes
from firstlight.texts import message

Floats = NDArray[np.float64]


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

"""Returns to scale at the frontier, by comparing distances under other returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.frontiers.directional_distance import directional_distance
from firstlight.instruments.productivity.frontiers.technology import Technology

Floats = NDArray[np.float64]
SAME = 1e-8  # distances nearer than this are the same
INCREASING, CONSTANT, DECREASING = "irs", "crs", "drs"


def returns_to_scale(
    technology: Technology,
    beta: Any,
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    direction: Any,
) -> tuple[NDArray[np.str_], Floats]:
    """Where a point's projection lies: constant returns if VRS and CRS distances agree, else
    decreasing if VRS and NIRS do.

    technology : with returns "vrs"; beta : (N,) distances to it in that direction
    inputs, outputs, bads, direction : as in ``directional_distance``
    Returns (N,) "irs" increasing, "crs" constant, "drs" decreasing, or "" where a distance has no
    optimum; and (N,) the
            distances under constant returns, nan where there is no optimum.
    Raises  InputError for a technology of other returns.
    Source: Färe, Grosskopf and Lovell (1985), The Measurement of Efficiency of Production; Seiford
            and Zhu (1999), Omega 27, for its equivalence with Banker and Thrall's way.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> x, y = [[1.0], [2.0], [4.0]], [[1.0], [4.0], [5.0]]
    >>> returns_to_scale(technology(x, y), [0, 0, 0], x, y, direction=[1.0, 0.0])[0].tolist()
    ['irs', 'crs', 'drs']
    """
    check_choice("returns", technology.returns, ("vrs",))
    crs, nirs = (
        directional_distance(
            replace(technology, returns=other), inputs, outputs, bads, direction=direction
        ).beta
        for other in ("crs", "nirs")
    )
    vrs = np.asarray(beta, float)
    near = SAME * np.maximum(1.0, np.abs(vrs))
    code = np.where(
        np.abs(crs - vrs) <= near,
        CONSTANT,
        np.where(np.abs(nirs - vrs) <= near, DECREASING, INCREASING),
    )
    return np.where(np.isfinite(crs + nirs + vrs), code, ""), crs

"""Many small linear programmes that share their columns: one frontier, and a programme for each unit held against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from firstlight.errors import InputError

Floats = NDArray[np.float64]
OPTIMAL, INFEASIBLE, UNBOUNDED = "optimal", "infeasible", "unbounded"


@dataclass(frozen=True)
class Solutions:
    """What N programmes gave; nan where a programme has no optimum.

    status : (N,) "optimal", "infeasible" or "unbounded"
    value  : (N,) the least cost
    own    : (N, p) the programme's own variables
    shared : (N, n) the shared variables, sparse; a row of nothing where there is no optimum
    duals  : (N, r) change of the least cost per unit of the row's bound
    """

    status: NDArray[np.str_]
    value: Floats
    own: Floats
    shared: sparse.csr_matrix
    duals: Floats


def solve_programmes(
    shared: Any,
    own: Any,
    lower: Any,
    upper: Any,
    own_cost: Any,
    *,
    shared_cost: Any = None,
    own_lower: Any = 0.0,
    own_upper: Any = np.inf,
    excluded: Any = None,
) -> Solutions:
    """Minimise c_i' v + k' z over v and z >= 0, subject to L_i <= S z + O_i v <= U_i, for each programme i.

    shared      : (r, n) columns that all programmes share, such as the inputs and outputs of all units; z is (n,)
    own         : (N, r, p) columns of each programme's own variables v, such as a score and slacks
    lower, upper : (N, r) bounds of the rows; equal for an equation, infinite for none
    own_cost    : (N, p); shared_cost : (n,), zero where it is not given
    own_lower, own_upper : bounds of v, broadcast to (N, p)
    excluded    : (N,) the shared column that a programme may not use, -1 for none
    Returns Solutions; the same whatever the order of the programmes.
    Raises  InputError where shapes do not fit or a number is not finite.

    >>> found = solve_programmes([[1.0, 2.0]], [[[1.0]]], [[4.0]], [[np.inf]], [[1.0]], shared_cost=[1.0, 1.0])
    >>> found.value.tolist(), found.shared.toarray().tolist()
    ([2.0], [[0.0, 2.0]])
    """
    s, o = np.asarray(shared, float), np.asarray(own, float)
    low, high, cost = (np.asarray(x, float) for x in (lower, upper, own_cost))
    if s.ndim != 2 or o.ndim != 3 or o.shape[1] != s.shape[0] or low.shape != o.shape[:2] or cost.shape != o.shape[::2]:
        raise InputError("shapes do not fit", where="solve_programmes", try_next="see the shapes that it asks for")
    count, _, width = o.shape
    z_cost = np.zeros(s.shape[1]) if shared_cost is None else np.asarray(shared_cost, float)
    v_low, v_high = (np.broadcast_to(np.asarray(x, float), cost.shape) for x in (own_lower, own_upper))
    left_out = np.full(count, -1) if excluded is None else np.asarray(excluded)
    status = np.full(count, INFEASIBLE, dtype="U10")
    value, duals = np.full(count, np.nan), np.full((count, s.shape[0]), np.nan)
    mine, used = np.full(cost.shape, np.nan), np.zeros((count, s.shape[1]))
    for i in range(count):
        bounds = [
            *zip(v_low[i], v_high[i], strict=True),
            *((0, 0 if k == left_out[i] else None) for k in range(len(z_cost))),
        ]
        matrix = np.hstack([o[i], s])
        is_equal, has_high, has_low = low[i] == high[i], np.isfinite(high[i]), np.isfinite(low[i])
        has_high, has_low = has_high & ~is_equal, has_low & ~is_equal
        found = linprog(
            np.concatenate([cost[i], z_cost]),
            np.vstack([matrix[has_high], -matrix[has_low]]),
            np.concatenate([high[i][has_high], -low[i][has_low]]),
            matrix[is_equal],
            low[i][is_equal],
            bounds,
        )
        status[i] = {0: OPTIMAL, 2: INFEASIBLE, 3: UNBOUNDED}[found.status]
        if found.status:
            continue
        value[i], mine[i], used[i] = found.fun, found.x[:width], found.x[width:]
        duals[i] = 0
        duals[i][is_equal] += found.eqlin.marginals
        duals[i][has_high] += found.ineqlin.marginals[: has_high.sum()]
        duals[i][has_low] -= found.ineqlin.marginals[has_high.sum() :]
    return Solutions(status, value, mine, sparse.csr_matrix(used), duals)

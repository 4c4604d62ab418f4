"""The single paths through an economy that carry most of what is emitted to final users."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
MOST_EXPANDED = 20_000  # nodes; what then is bound below the rest is left out


def structural_paths(
    a: ArrayLike,
    direct: ArrayLike,
    total: ArrayLike,
    final_demand: ArrayLike,
    count: int = 10,
    least: float = 0.0,
) -> list[tuple[tuple[int, ...], float]]:
    """The paths that carry most, the largest first: sectors from the emitter to the final good.

    A path i, j, ..., k carries e_i a_ij ... y_k. What all paths beyond a node carry is bound by
    its multiplier, so that only branches which may hold one of the largest are looked into. All
    paths together carry what is emitted for the final demand.

    Parameters
    ----------
    a
        (n, n), inputs for a unit of output; those below 0 are passed over.
    direct
        (n,), emitted for a unit of output, 0 or more.
    total
        (n,), emitted anywhere for a unit of final demand.
    final_demand
        (n,); what is below 0 is passed over.
    count
        How many paths, at most.
    least
        What a path has to carry to be one of them.

    Returns
    -------
    Pairs of (sectors by their numbers, amount)

    References
    ----------
    Defourny and Thorbecke 1984, Economic Journal 94(373), 111-136; Lenzen 2003, Structural Change
    and Economic Dynamics 14(1), 1-34.

    Examples
    --------
    >>> a, e, y = np.array([[0.15, 0.25], [0.2, 0.05]]), np.array([0.06, 0.02]), [350, 1700]
    >>> paths = structural_paths(a, e, e @ np.linalg.inv(np.eye(2) - a), y, 3)
    >>> [(path, round(amount, 3)) for path, amount in paths]
    [((1,), 34.0), ((0, 1), 25.5), ((0,), 21.0)]
    """
    inputs = np.asarray(a, float)
    e = np.asarray(direct, float)
    m = np.asarray(total, float)
    y = np.asarray(final_demand, float)
    open_nodes: list[tuple[float, tuple[int, ...], float]] = [
        (-m[k] * y[k], (k,), float(y[k])) for k in range(len(y)) if m[k] * y[k] > 0
    ]
    heapq.heapify(open_nodes)
    best: list[tuple[float, tuple[int, ...]]] = []  # a heap, the least of the best first
    for _ in range(MOST_EXPANDED):
        if not open_nodes or (len(best) == count and -open_nodes[0][0] <= best[0][0]):
            break
        _, path, amount = heapq.heappop(open_nodes)
        # numbers are negated, so that of paths that carry as much the first by number stays
        if e[path[0]] * amount > 0 and e[path[0]] * amount >= least:
            heapq.heappush(best, (float(e[path[0]] * amount), tuple(-at for at in path)))
            if len(best) > count:
                heapq.heappop(best)
        made = inputs[:, path[0]] * amount
        bound = m * made
        beaten = best[0][0] if len(best) == count else 0.0
        for i in np.flatnonzero((bound > beaten) & (bound >= least)).tolist():
            heapq.heappush(open_nodes, (-float(bound[i]), (i, *path), float(made[i])))
    ordered = sorted(best, key=lambda each: (-each[0], len(each[1]), each[1][::-1]))
    return [(tuple(-at for at in path), amount) for amount, path in ordered]

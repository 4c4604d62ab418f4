"""Which optima of the batched simplex their own duals prove, where numbers of a row span more than
floating point is sure of.

Symbols: v own and z shared variables, w the rows' activities, y duals, d reduced costs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.batched_simplex import Basics, Batch

Floats = NDArray[np.float64]
WIDE = 1e8  # the largest number of a row over its least, from which optima are proved one by one
MISSED = 1e-10  # share of its terms by which a bound may be missed, or a reduced cost be negative
OFF = 1e-7  # share of the value that the duals may leave open
SMALL = 1e-3  # of costs times quantities, below which a value counts as of that size
AT_ONCE = 4_000_000  # numbers


def is_wide(shared: Floats, own: Floats, low: Floats, high: Floats) -> bool:
    """Whether the numbers of some row, of shared columns (r, n), own columns (N, r, p) and bounds
    (N, r), span more than ``WIDE``.

    >>> is_wide(np.array([[1.0, 0.0, 1e9]]), np.ones((1, 1, 1)), np.array([[0.0]]),
    ...     np.array([[np.inf]]))
    True
    """
    bounds = np.where(np.isfinite(high), high, np.where(np.isfinite(low), low, 0.0))
    numbers = np.abs(np.hstack([shared, bounds.T, np.moveaxis(own, 1, 0).reshape(len(shared), -1)]))
    least = np.where(numbers > 0, numbers, np.inf).min(axis=1)
    return bool((numbers.max(axis=1) > WIDE * least).any())


def unproved(b: Batch, found: Basics, shared: Floats, shared_cost: Floats) -> NDArray[np.bool_]:
    """Whether the solution of each programme misses a bound, or its duals leave its value open;
    (N,).

    Weak duality: no solution costs less than the bounds times y, and times d for v, where no d of a
    column that may grow is negative; so a value that is near to it, with errors counted in shares
    of the terms that were summed, is the least.
    """
    n, p = shared.shape[1], b.own.shape[2]
    full = np.where(b.is_basic, 0.0, b.value)
    at, k = np.nonzero(b.basis >= n)
    full[at, b.basis[at, k] - n] = found.x[at, k]
    v = full[:, :p]
    z, code = np.where(b.basis < n, found.x, 0.0), np.minimum(b.basis, n - 1)
    columns = (
        np.moveaxis(shared[:, code], 0, 1) / b.scale[:, :, None]
    )  # (N, r, r), those of the basis
    terms = np.concatenate([b.own * v[:, None, :], columns * z[:, None, :]], axis=2)
    w, size = terms.sum(axis=2), np.abs(terms).sum(axis=2)
    low, high = b.lower[:, p:], b.upper[:, p:]
    missed = np.maximum(low - w, w - high) > MISSED * size
    missed |= z < -MISSED * np.abs(z).max(axis=1, keepdims=True)
    cost = np.einsum("np,np->n", b.own_cost, v) + (shared_cost[code] * z).sum(axis=1)
    spent = np.abs(b.own_cost * v).sum(axis=1) + np.abs(shared_cost[code] * z).sum(axis=1)
    mine = b.own_cost - np.einsum("nr,nrp->np", found.y, b.own)
    around = np.abs(b.own_cost) + np.einsum("nr,nrp->np", np.abs(found.y), np.abs(b.own))
    mine = np.where(np.abs(mine) <= MISSED * around, 0.0, mine)
    y = np.where(np.abs(found.y) * size <= MISSED * spent[:, None], 0.0, found.y)
    at_bound = _times_bound(y, low, high).sum(axis=1) + _times_bound(
        mine, b.lower[:, :p], b.upper[:, :p]
    ).sum(axis=1)
    open_part = np.abs(cost - at_bound) + MISSED * (np.abs(y) * size).sum(axis=1)
    worth = np.maximum(np.abs(cost), SMALL * np.where(spent > 0, spent, 1.0))
    return np.asarray(
        missed.any(axis=1) | ~(open_part <= OFF * worth) | _may_grow(b, y, shared, shared_cost)
    )


def _times_bound(price: Floats, low: Floats, high: Floats) -> Floats:
    """What a dual adds to the value: times the lower bound where it is positive, else the upper;
    endless without one."""
    bound = np.where(price > 0, low, high)
    with np.errstate(invalid="ignore"):
        return np.where(price == 0, 0.0, price * bound)


def _may_grow(b: Batch, y: Floats, shared: Floats, shared_cost: Floats) -> NDArray[np.bool_]:
    """Whether a shared column would lower the cost."""
    weight, found = y / b.scale, np.zeros(len(y), bool)
    step = max(1, AT_ONCE // shared.shape[1])
    for start in range(0, len(y), step):
        part = slice(start, start + step)
        reduced: Any = shared_cost - weight[part] @ shared
        reduced += MISSED * (np.abs(shared_cost) + np.abs(weight[part]) @ np.abs(shared))
        barred = np.flatnonzero(b.excluded[part] >= 0)
        reduced[barred, b.excluded[part][barred]] = 0.0
        found[part] = (reduced < 0).any(axis=1)
    return found

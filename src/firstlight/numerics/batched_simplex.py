"""The simplex method on many small programmes at once: each keeps the inverse of its own basis, all
share their columns.

Symbols: S shared columns, O own columns, z and v their variables, w = S z + O v the activities of
the rows, B basis, y duals, d reduced costs. A variable's code is its column: z first (0 to n - 1),
then v (p), then w (r).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
RUNNING, OPTIMAL, INFEASIBLE, UNBOUNDED, FAILED = range(5)
FEASIBLE = 1e-10  # how far a bound may be missed, in the programme's own scale
HARRIS = 1e-11  # how far the ratio test may miss a bound for the sake of a larger pivot
REDUCED_COST = 1e-11  # how negative a reduced cost may stay, where the largest cost is 1
ROUNDING = 16 * np.finfo(float).eps
SMALLEST_PIVOT = 1e-9
SMALL_PIVOT = 1e-3  # of the largest that there was
PIVOTS_UNTIL_FRESH = 16
LATE = 150  # pivots; few programmes need half as many
PRICED_AT_ONCE = 2048  # columns; a block of reduced costs then stays near the processor


@dataclass
class Batch:
    """N programmes with r rows and p own columns each, in the midst of the simplex method.

    own (N, r, p), own_cost (N, p); scale (N, r): S is divided by it, row by row, for each programme
    lower, upper (N, p + r): bounds of v, then w; value (N, p + r): where each stands while it is
    not basic is_basic (N, p + r); basis (N, r) codes; inverse (N, r, r) of the basis; norm (N, r)
    of its columns excluded (N,) shared column that may not be used, or -1 state (N,), pivots (N,)
    so far, fresh (N,) whether the inverse was computed anew, without updates since
    """

    own: Floats
    own_cost: Floats
    scale: Floats
    lower: Floats
    upper: Floats
    value: Floats
    is_basic: NDArray[np.bool_]
    basis: Whole
    inverse: Floats
    norm: Floats
    excluded: Whole
    state: Whole
    pivots: Whole
    fresh: NDArray[np.bool_]

    def take(self, rows: Any) -> Batch:
        """A copy of some of the programmes."""
        return Batch(*(getattr(self, part.name)[rows] for part in fields(self)))

    def put(self, rows: Any, other: Batch) -> None:
        """Write back what ``take`` handed out, where it can have changed."""
        for name in ("value", "is_basic", "basis", "inverse", "norm", "state", "pivots", "fresh"):
            getattr(self, name)[rows] = getattr(other, name)


def begin(
    own: Floats,
    own_cost: Floats,
    scale: Floats,
    lower: Floats,
    upper: Floats,
    excluded: Whole,
    n: int,
) -> Batch:
    """All rows' activities basic; every v at a finite bound, or 0."""
    count, r, p = own.shape
    value = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper, 0.0))
    is_basic = np.broadcast_to(np.arange(p + r) >= p, value.shape).copy()
    return Batch(
        own=own,
        own_cost=own_cost,
        scale=scale,
        lower=lower,
        upper=upper,
        value=value,
        is_basic=is_basic,
        basis=np.broadcast_to(n + p + np.arange(r), (count, r)).copy(),
        inverse=np.broadcast_to(-np.eye(r), (count, r, r)).copy(),
        norm=np.ones((count, r)),
        excluded=excluded,
        state=np.full(count, RUNNING),
        pivots=np.zeros(count, np.int64),
        fresh=np.ones(count, bool),
    )


@dataclass
class Basics:
    """The basic variables of each programme: value, bounds, which miss a bound; the duals, and how
    far they can be trusted.

    tolerance : (N,) how negative a reduced cost may stay: as stated, or what rounding leaves if
                that is more
    """

    x: Floats
    low: Floats
    high: Floats
    is_below: NDArray[np.bool_]
    is_above: NDArray[np.bool_]
    is_feasible: NDArray[np.bool_]
    y: Floats
    tolerance: Floats


def basics(b: Batch, shared: Floats, shared_cost: Floats) -> Basics:
    """Where the basis stands.

    The duals are those of phase 1 (least infeasibility) where a basic variable misses a bound.
    """
    r, p = b.own.shape[1:]
    n = shared.shape[1]
    still = np.where(b.is_basic, 0.0, b.value)
    x = _times(b.inverse, still[:, p:] - _times(b.own, still[:, :p]))
    place = np.maximum(b.basis - n, 0)
    is_shared = b.basis < n
    low = np.where(is_shared, 0.0, np.take_along_axis(b.lower, place, 1))
    high = np.where(is_shared, np.inf, np.take_along_axis(b.upper, place, 1))
    is_below = np.asarray((low - x) * b.norm > FEASIBLE)
    is_above = np.asarray((x - high) * b.norm > FEASIBLE)
    is_feasible = np.asarray(~(is_below | is_above).any(axis=1))
    own = np.concatenate([b.own_cost, np.zeros((len(x), r))], axis=1)
    real = np.where(
        is_shared, shared_cost[np.minimum(b.basis, n - 1)], np.take_along_axis(own, place, 1)
    )
    cost = np.where(is_feasible[:, None], real, (is_above * 1.0 - is_below) * b.norm)
    y = np.einsum("nr,nrs->ns", cost, b.inverse)
    # Basic columns have reduced costs of 0, but for rounding, of which they are the measure where a
    # basis is nearly singular.
    weight = y / b.scale
    off = cost - np.einsum("nr,rnk->nk", weight, shared[:, np.minimum(b.basis, n - 1)])
    rounding = np.maximum(
        8 * np.abs(off * is_shared).max(axis=1), ROUNDING * np.abs(weight).sum(axis=1)
    )
    return Basics(
        x, low, high, is_below, is_above, is_feasible, y, np.maximum(REDUCED_COST, rounding)
    )


def price_shared(
    b: Batch, found: Basics, shared: Floats, shared_cost: Floats, codes: Whole
) -> tuple[Floats, Whole]:
    """The most negative reduced cost among the shared columns ``codes`` (sorted) of each programme,
    and its code.

    A programme that has pivoted for long may go in a circle; it gets one of its negative reduced
    costs, not the least.
    """
    weight = found.y / b.scale
    real = found.is_feasible.astype(float)[:, None]
    late = np.flatnonzero(b.pivots > LATE)
    bound = found.tolerance[late, None]
    rows, count = np.arange(len(weight)), len(weight)
    first, best, which = np.full(count, np.inf), np.full(count, np.inf), np.full(count, -1)
    for start in range(0, len(codes), PRICED_AT_ONCE):
        block = codes[start : start + PRICED_AT_ONCE]
        d = weight @ -shared[:, block]
        if shared_cost.any():
            d += real * shared_cost[block]
        place = np.minimum(np.searchsorted(block, b.excluded), len(block) - 1)
        barred = block[place] == b.excluded
        d[rows[barred], place[barred]] = np.inf
        ranked = d
        if late.size:
            ranked = d.copy()
            ranked[late] = np.where(
                d[late] < -bound, d[late] * _shuffle(block, b.pivots[late]), np.maximum(d[late], 0)
            )
        least = ranked.argmin(axis=1)
        better = ranked[rows, least] < first
        first = np.where(better, ranked[rows, least], first)
        best, which = np.where(better, d[rows, least], best), np.where(better, block[least], which)
    return best, which


def _shuffle(codes: Whole, pivots: Whole) -> Floats:
    """A factor from 0.01 to 1 for each programme and column, another one at each pivot."""
    return cast(
        Floats,
        0.01 + 0.99 * (((codes + 1) * 0.6180339887498949 * (1 + pivots[:, None] % 97)) % 1.0),
    )


def advance(b: Batch, shared: Floats, shared_cost: Floats, codes: Whole, limit: int) -> None:
    """Pivot every running programme until it is settled with the shared columns ``codes`` alone."""
    live = np.flatnonzero(b.state == RUNNING)
    settled = np.zeros(len(b.state), bool)
    while live.size:
        part = b.take(live)
        is_settled = _pivot(part, shared, shared_cost, codes)
        part.state[(part.pivots > limit) & (part.state == RUNNING)] = FAILED
        b.put(live, part)
        settled[live] = is_settled
        live = live[(part.state == RUNNING) & ~is_settled]


def _pivot(b: Batch, shared: Floats, shared_cost: Floats, codes: Whole) -> NDArray[np.bool_]:
    """One pivot of each programme; returns which have none left to make, with a fresh inverse."""
    n = shared.shape[1]
    rows = np.arange(len(b.state))
    found = basics(b, shared, shared_cost)
    lowest, code = price_shared(b, found, shared, shared_cost, codes)
    d = np.concatenate(
        [
            found.is_feasible[:, None] * b.own_cost - np.einsum("nr,nrp->np", found.y, b.own),
            found.y,
        ],
        axis=1,
    )
    gain = np.maximum(
        np.where((b.value < b.upper) & ~b.is_basic, -d, -np.inf),
        np.where((b.value > b.lower) & ~b.is_basic, d, -np.inf),
    )
    place = gain.argmax(axis=1)
    is_own = gain[rows, place] >= -lowest
    stops = np.maximum(gain[rows, place], -lowest) <= found.tolerance
    is_settled = np.asarray(stops & b.fresh)
    if (again := np.flatnonzero(stops & ~b.fresh)).size:
        _invert(b, again, shared)
    go = np.flatnonzero(~stops)
    if not go.size:
        return is_settled
    entering = np.where(is_own, n + place, code)
    sign = np.where(is_own & (d[rows, place] > 0), -1.0, 1.0)
    part = b.take(go)
    step = _ratio_test(
        part, found, go, entering[go], sign[go], _columns(part, entering[go], shared), n
    )
    part.state[step.is_endless] = np.where(
        found.is_feasible[go[step.is_endless]], UNBOUNDED, FAILED
    )
    _change_bases(part, step, entering[go], n)
    part.pivots += 1
    if (again := np.flatnonzero(step.is_small | (part.pivots % PIVOTS_UNTIL_FRESH == 0))).size:
        _invert(part, again, shared)
    b.put(go, part)
    return is_settled


def _columns(b: Batch, code: Whole, shared: Floats) -> Floats:
    """The column of one variable of each programme, (N, r)."""
    n, p = shared.shape[1], b.own.shape[2]
    rows = np.arange(len(code))
    column = shared[:, np.clip(code, 0, n - 1)].T / b.scale
    is_own, is_row = (code >= n) & (code < n + p), code >= n + p
    column[is_own] = b.own[rows[is_own], :, code[is_own] - n]
    column[is_row] = 0.0
    column[rows[is_row], code[is_row] - n - p] = -1.0
    return column


@dataclass
class _Step:
    """What the entering variable of each programme does.

    alpha (N, r): how its column is made of the basis; width (N,): the column's largest number
    leaving (N,): the place in the basis that it takes; target (N, r): the bounds that basic
    variables would come to flips (N,): it goes to its own other bound instead, ``to`` (N,);
    is_endless (N,): nothing stops it is_small (N,): the pivot is so small that rounding grows
    """

    alpha: Floats
    width: Floats
    leaving: Whole
    target: Floats
    flips: NDArray[np.bool_]
    to: Floats
    is_endless: NDArray[np.bool_]
    is_small: NDArray[np.bool_]


def _ratio_test(
    b: Batch, found: Basics, go: Whole, entering: Whole, sign: Floats, column: Floats, n: int
) -> _Step:
    """How far each entering variable can go; the programmes of ``b`` are those that ``go`` picks
    from ``found``."""
    x, low, high, below, above = (
        part[go] for part in (found.x, found.low, found.high, found.is_below, found.is_above)
    )
    width, rows = np.abs(column).max(axis=1), np.arange(len(go))
    alpha = _times(b.inverse, column)
    rate = -sign[:, None] * alpha
    rises = rate > 0
    # Beyond a bound, a basic variable stops where it comes back to it, and nowhere while it moves
    # further away.
    target = np.where(
        rises,
        np.where(below, low, np.where(above, np.inf, high)),
        np.where(above, high, np.where(below, -np.inf, low)),
    )
    pull = np.abs(rate) * b.norm
    blocks = (pull > SMALLEST_PIVOT * width[:, None]) & np.isfinite(target)
    room = np.where(blocks, np.maximum(np.where(rises, target - x, x - target), 0.0), np.inf)
    speed, pull = np.where(blocks, np.abs(rate), 1.0), pull * blocks
    # Harris: of those that block within the tolerance, the one with the largest pivot leaves.
    reach = ((room + HARRIS / b.norm) / speed).min(axis=1)
    leaving = np.where(room / speed <= reach[:, None], pull, -1.0).argmax(axis=1)
    length = (room / speed)[rows, leaving]
    place = np.maximum(entering - n, 0)
    least, most = b.lower[rows, place], b.upper[rows, place]
    span = np.where(entering < n, np.inf, most - least)
    is_endless = ~np.isfinite(length) & ~np.isfinite(span)
    is_small = np.asarray(pull[rows, leaving] < SMALL_PIVOT * pull.max(axis=1))
    to = np.where(sign > 0, most, least)
    return _Step(
        alpha, width, leaving, target, (span <= length) & ~is_endless, to, is_endless, is_small
    )


def _change_bases(b: Batch, step: _Step, entering: Whole, n: int) -> None:
    """Entering variables change places with leaving ones, or go to their other bound."""
    at = np.flatnonzero(step.flips)
    b.value[at, entering[at] - n] = step.to[at]
    at = np.flatnonzero(~step.flips & ~step.is_endless)
    out, joined = step.leaving[at], entering[at]
    left = b.basis[at, out]
    is_kept = left >= n  # shared variables that leave are 0, and need no note
    b.value[at[is_kept], left[is_kept] - n] = step.target[at, out][is_kept]
    b.is_basic[at[is_kept], left[is_kept] - n] = False
    b.is_basic[at[joined >= n], joined[joined >= n] - n] = True
    b.basis[at, out], b.norm[at, out] = joined, np.where(step.width[at] > 0, step.width[at], 1.0)
    alpha, rows = step.alpha[at], np.arange(len(at))
    pivot_row = b.inverse[at, out] / alpha[rows, out][:, None]
    alpha[rows, out] = 0.0
    changed = b.inverse[at] - alpha[:, :, None] * pivot_row[:, None, :]
    changed[rows, out] = pivot_row
    b.inverse[at], b.fresh[at] = changed, False


def _invert(b: Batch, rows: Whole, shared: Floats) -> None:
    """The inverse of the basis, computed anew; a programme whose basis is singular has failed."""
    part = b.take(rows)
    matrix = np.stack(
        [_columns(part, part.basis[:, k], shared) for k in range(part.basis.shape[1])], axis=2
    )
    sound = np.abs(np.linalg.det(matrix / part.norm[:, None, :])) > 0
    b.state[rows[~sound]] = FAILED
    b.inverse[rows[sound]] = np.linalg.inv(matrix[sound])
    b.fresh[rows] = True


def _times(matrix: Floats, vector: Floats) -> Floats:
    return cast(Floats, np.einsum("nrs,ns->nr", matrix, vector))

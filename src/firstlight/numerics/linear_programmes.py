"""Many small linear programmes that share their columns: one frontier, and a programme for each
unit held against it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import ThreadpoolController

from firstlight.errors import InputError
from firstlight.numerics import batched_simplex as simplex
from firstlight.numerics import proved_optima
from firstlight.numerics.exact_programme import solve_exactly
from firstlight.numerics.one_programme import solve_programme
from firstlight.numerics.solution_memory import remembered
from firstlight.texts import message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
Whole = NDArray[np.int64]
OPTIMAL, INFEASIBLE, UNBOUNDED = "optimal", "infeasible", "unbounded"
_STATES = {simplex.OPTIMAL: OPTIMAL, simplex.INFEASIBLE: INFEASIBLE, simplex.UNBOUNDED: UNBOUNDED}
_FEW_COLUMNS = 512  # with no more, each pivot prices all of them
_FIRST_SAMPLE = (
    64  # programmes that find the first columns; each later sample is eight times as large
)
_TOGETHER = 1024  # programmes pivoted in step with each other
_PIVOTS = 60  # more than this, and as many for each row: the programme is left to HiGHS
# numbers of a programme that is solved without rounding, where floating point leaves it undone
_EXACT = 30_000
_PROOF = 1e-9  # duals less certain than this prove no infeasibility
_NARROWEST = (
    1e-12  # a bound smaller than this share of its row's largest number is taken to be of that size
)


@dataclass(frozen=True)
class Solutions:
    """What N programmes gave; nan where a programme has no optimum.

    status : (N,) "optimal", "infeasible" or "unbounded"
    value  : (N,) the least cost
    own    : (N, p) the programme's own variables
    shared : (N, n) the shared variables, sparse; a row of nothing where there is no optimum
    duals  : (N, r) change of the least cost per unit of the row's bound; never of the sign of a
             bound that is infinite
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
    """Minimise c_i' v + k' z over v and z >= 0, subject to L_i <= S z + O_i v <= U_i, for each
    programme i.

    The simplex method, on all programmes in step, with column generation: pivots look at the shared
    columns that have been of use so far, one matrix product prices all the others for all
    programmes, and the best of each is added, until no reduced cost is below -1e-11 (costs scaled
    to at most 1). What this leaves undone is solved alone: in whole numbers where the programme is
    small, else by HiGHS.

    shared      : (r, n) columns that all programmes share, such as the inputs and outputs of all
                  units; z is (n,)
    own         : (N, r, p) columns of each programme's own variables v, such as a score and slacks
    lower, upper : (N, r) bounds of the rows; equal for an equation, infinite for none
    own_cost    : (N, p); shared_cost : (n,), zero where it is not given
    own_lower, own_upper : bounds of v, broadcast to (N, p)
    excluded    : (N,) the shared column that a programme may not use, -1 for none
    Returns Solutions; the same bytes whatever the order of the programmes and the number of
    threads. In another order
            of the shared columns values agree to rounding; where several solutions have the least
            cost, ``own``, ``shared`` and ``duals`` are one of them, and may be another then.
    Raises  InputError where shapes do not fit or a number is not finite.

    Rows, own columns and shared columns are scaled here, by powers of 2, so that rows of 1e-9 and
    of 1e12 may stand together. Within a row, where numbers span 1e3 the duals prove the values to
    about 1e-13, where they span 1e7 to 1e-9. Where they span 1e8 and more, each optimum is proved
    by its duals to 1e-7 of its value; what isn't is solved again without rounding.

    >>> found = solve_programmes([[1.0, 2.0]], [[[1.0]]], [[4.0]], [[np.inf]], [[1.0]],
    ...     shared_cost=[1.0, 1.0])
    >>> found.value.tolist(), found.shared.toarray().tolist()
    ([2.0], [[0.0, 2.0]])
    """
    given = _checked(
        shared, own, lower, upper, own_cost, shared_cost, own_lower, own_upper, excluded
    )

    def solved() -> list[NDArray[Any]]:
        found = _with_rows(given)
        z = found.shared
        return [found.status, found.value, found.own, z.data, z.indices, z.indptr, found.duals]

    status, value, mine, data, indices, starts, duals = remembered(
        ["programmes", *vars(given).values()], solved
    )
    used = sparse.csr_matrix((data, indices, starts), shape=(len(status), given.shared.shape[1]))
    return Solutions(status, value, mine, used, duals)


def _with_rows(given: _Given) -> Solutions:
    held = np.asarray((np.isfinite(given.low) | np.isfinite(given.high)).any(axis=0))
    held = held if held.any() else ~held
    # A row that no programme bounds has no say, but its numbers would hide from the scaling how
    # small a column is.
    rows = replace(
        given,
        shared=given.shared[held],
        own=given.own[:, held],
        low=given.low[:, held],
        high=given.high[:, held],
    )
    found = _solved(rows)
    duals = np.where(np.isnan(found.value)[:, None], np.nan, np.zeros(given.low.shape))
    duals[:, held] = found.duals
    return replace(found, duals=duals)


def _solved(given: _Given) -> Solutions:
    distinct, back = _in_one_order(given)
    scaled = _scaled(distinct)
    with _controller().limit(
        limits=1, user_api="blas"
    ):  # the programmes are spread over threads, not the products
        _run(scaled.batch, scaled.shared, scaled.shared_cost)
        is_wide = proved_optima.is_wide(distinct.shared, distinct.own, distinct.low, distinct.high)
        if is_wide:
            _prove(scaled)
    return _gathered(distinct, scaled, back, most=_EXACT * (100 if is_wide else 1))


def _prove(scaled: _Scaled) -> None:
    """Leave what is not proved to be solved without rounding."""
    b, found = scaled.batch, simplex.basics(scaled.batch, scaled.shared, scaled.shared_cost)
    impossible = (b.lower > b.upper).any(axis=1)
    is_proved = (b.state == simplex.OPTIMAL) & ~proved_optima.unproved(
        b, found, scaled.shared, scaled.shared_cost
    )
    b.state[~is_proved & ~impossible] = simplex.FAILED


@dataclass(frozen=True)
class _Given:
    shared: Floats
    shared_cost: Floats
    own: Floats
    low: Floats
    high: Floats
    cost: Floats
    v_low: Floats
    v_high: Floats
    excluded: Whole


def _checked(
    shared: Any,
    own: Any,
    lower: Any,
    upper: Any,
    cost: Any,
    shared_cost: Any,
    v_low: Any,
    v_high: Any,
    excluded: Any,
) -> _Given:
    s, o, low, high, c = (np.asarray(x, float) for x in (shared, own, lower, upper, cost))
    fits = (
        s.ndim == 2
        and o.ndim == 3
        and s.size
        and o.shape[1] == s.shape[0]
        and c.shape == o.shape[::2]
    )
    if not fits or low.shape != o.shape[:2] or high.shape != low.shape:
        raise InputError(message("programme_shapes"), FOLDER)
    k = np.zeros(s.shape[1]) if shared_cost is None else np.asarray(shared_cost, float)
    left_out = np.full(len(o), -1) if excluded is None else np.asarray(excluded, np.int64)
    if k.shape != s.shape[1:] or left_out.shape != o.shape[:1]:
        raise InputError(message("column_shapes"), FOLDER)
    if (
        not all(np.isfinite(x).all() for x in (s, o, c, k))
        or np.isnan(low).any()
        or np.isnan(high).any()
    ):
        raise InputError(message("programme_not_finite"), FOLDER)
    least, most = (np.broadcast_to(np.asarray(x, float), c.shape) for x in (v_low, v_high))
    return _Given(s, k, o, low, high, c, least, most, left_out)


def _in_one_order(g: _Given) -> tuple[_Given, Whole]:
    """Each distinct programme once, in an order that hangs on their numbers alone; and where each
    given one went."""
    count = len(g.own)
    every = [
        g.low,
        g.high,
        g.own.reshape(count, -1),
        g.cost,
        g.v_low,
        g.v_high,
        g.excluded[:, None],
    ]
    _, first, back = np.unique(
        np.hstack(every) + 0.0, axis=0, return_index=True, return_inverse=True
    )
    names = ("own", "low", "high", "cost", "v_low", "v_high", "excluded")
    return replace(g, **{name: getattr(g, name)[first] for name in names}), np.asarray(
        back.ravel(), np.int64
    )


@dataclass(frozen=True)
class _Scaled:
    """z = column * z', v = width * v'; rows are divided by ``row``, costs by ``cost``."""

    batch: simplex.Batch
    shared: Floats
    shared_cost: Floats
    column: Floats
    row: Floats
    width: Floats
    cost: Floats


def _scaled(g: _Given) -> _Scaled:
    largest = power_of_two(np.abs(g.shared).max(axis=1))
    column = 1 / power_of_two((np.abs(g.shared) / largest[:, None]).max(axis=0))
    magnitude = np.abs(g.own)
    many = (magnitude > 0).sum(
        axis=1, keepdims=True
    ) > 1  # a column with one entry takes its row's scale, whatever it is
    bound = np.maximum(*(np.where(np.isfinite(x), np.abs(x), 0.0) for x in (g.low, g.high)))
    within = np.maximum(bound, (magnitude * many).max(axis=2, initial=0.0))
    within = np.where(within > 0, within, magnitude.max(axis=2, initial=0.0))
    row = power_of_two(np.where(within > 0, np.maximum(within, _NARROWEST * largest), largest))
    own = g.own / row[:, :, None]
    width = 1 / power_of_two(np.abs(own).max(axis=1))
    z_cost, v_cost = g.shared_cost * column, g.cost * width
    cost = power_of_two(np.maximum(np.abs(v_cost).max(axis=1, initial=0.0), np.abs(z_cost).max()))
    bottom, top = (
        np.hstack([g.v_low / width, g.low / row]),
        np.hstack([g.v_high / width, g.high / row]),
    )
    # Each programme has its own scale of costs, the shared columns one; so only programmes without
    # shared costs get theirs.
    cost = np.full_like(cost, cost.max()) if z_cost.any() else cost
    own, v_cost = own * width[:, None, :], v_cost / cost[:, None]
    batch = simplex.begin(own, v_cost, row / largest, bottom, top, g.excluded, g.shared.shape[1])
    batch.state[(g.low > g.high).any(axis=1) | (g.v_low > g.v_high).any(axis=1)] = (
        simplex.INFEASIBLE
    )
    return _Scaled(
        batch, g.shared / largest[:, None] * column, z_cost / cost[0], column, row, width, cost
    )


def power_of_two(x: Floats) -> Floats:
    """The least power of 2 that is not below x; 1 for 0. To divide by it rounds nothing.

    >>> power_of_two(np.array([0.0, 0.3, 4.0, 5.0])).tolist()
    [1.0, 0.5, 4.0, 8.0]
    """
    part, exponent = np.frexp(np.where(x > 0, x, 1.0))
    return np.asarray(np.ldexp(1.0, exponent - (part == 0.5)))


def _run(batch: simplex.Batch, shared: Floats, shared_cost: Floats) -> None:
    """Column generation: samples of the programmes find the columns of use, then all programmes
    pivot among them."""
    count, n = len(batch.state), shared.shape[1]
    limit = _PIVOTS * (1 + shared.shape[0])
    spread = np.argsort(
        (np.arange(count) * 0.6180339887498949) % 1.0, kind="stable"
    )  # any first part is spread evenly
    active, size = np.arange(n), count if n <= _FEW_COLUMNS else _FIRST_SAMPLE
    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, 8))) as threads:
        while True:
            stage = spread[:size]
            while (live := np.sort(stage[batch.state[stage] == simplex.RUNNING])).size:
                parts = [live[k : k + _TOGETHER] for k in range(0, len(live), _TOGETHER)]
                rounds = partial(
                    _round, batch, shared=shared, cost=shared_cost, active=active, limit=limit
                )
                asked = (
                    map(rounds, parts) if len(parts) == 1 else threads.map(rounds, parts)
                )  # a thread takes time to start
                active = np.unique(np.concatenate([active, *asked]))
            if size >= count:
                return
            if (
                size == _FIRST_SAMPLE
            ):  # it priced every column; what it ended with is a start for the others
                active = np.unique(batch.basis[stage])
                active = active[active < n]
            size *= 8


def _round(
    batch: simplex.Batch, part: Whole, shared: Floats, cost: Floats, active: Whole, limit: int
) -> Whole:
    """Pivot some programmes among the active columns, then price all; returns the columns that they
    ask for."""
    b = batch.take(part)
    simplex.advance(b, shared, cost, active, limit)
    running = np.flatnonzero(b.state == simplex.RUNNING)
    asked = np.zeros(0, np.int64)
    if running.size:
        some = b.take(running)
        found = simplex.basics(some, shared, cost)
        wants = np.zeros(len(running), bool)
        if len(active) < shared.shape[1]:
            lowest, code = simplex.price_shared(
                some, found, shared, cost, np.arange(shared.shape[1])
            )
            wants = lowest < -found.tolerance
            asked = np.unique(code[wants])
        # Where the basis is nearly singular, duals can't prove that there is no solution; the
        # programme is solved alone.
        unproved = np.where(found.tolerance > _PROOF, simplex.FAILED, simplex.INFEASIBLE)
        settled = np.where(found.is_feasible, simplex.OPTIMAL, unproved)
        b.state[running] = np.where(wants, simplex.RUNNING, settled)
    batch.put(part, b)
    return asked


def _gathered(g: _Given, scaled: _Scaled, back: Whole, most: int) -> Solutions:
    b, n, p = scaled.batch, g.shared.shape[1], g.own.shape[2]
    found = simplex.basics(b, scaled.shared, scaled.shared_cost)
    is_best = (b.state == simplex.OPTIMAL)[:, None]
    full = np.where(b.is_basic, 0.0, b.value)
    at, k = np.nonzero((b.basis >= n) & is_best)
    full[at, b.basis[at, k] - n] = found.x[at, k]
    mine = np.where(is_best, np.clip(full[:, :p] * scaled.width, g.v_low, g.v_high), np.nan)
    duals = np.where(is_best, found.y * scaled.cost[:, None] / scaled.row, np.nan)
    status = np.array([_STATES.get(int(state), "") for state in b.state], dtype="U10")
    at, k = np.nonzero((b.basis < n) & is_best & (found.x > 0))
    amounts, rows, codes = [found.x[at, k]], [at], [b.basis[at, k]]
    for i in np.flatnonzero(b.state == simplex.FAILED).tolist():
        status[i], mine[i], z, duals[i] = _alone(g, scaled, i, most)
        code = np.flatnonzero(z > 0)
        amounts, rows, codes = [*amounts, z[code]], [*rows, np.full(len(code), i)], [*codes, code]
    # A bound that isn't there has no price: what stands against it is rounding, which a small row's
    # unit would show as much.
    duals[(duals > 0) & np.isinf(g.low) | (duals < 0) & np.isinf(g.high)] = 0.0
    code = np.concatenate(codes)
    z_given = np.concatenate(amounts) * scaled.column[code]
    used = sparse.csr_matrix((z_given, (np.concatenate(rows), code)), shape=(len(mine), n))
    value = np.where(
        status == OPTIMAL, np.einsum("np,np->n", g.cost, mine) + used @ g.shared_cost, np.nan
    )
    return Solutions(status[back], value[back], mine[back], used[back], duals[back])


def _alone(g: _Given, scaled: _Scaled, i: int, most: int) -> tuple[str, Floats, Floats, Floats]:
    b, p = scaled.batch, g.own.shape[2]
    matrix = np.hstack([b.own[i], scaled.shared / b.scale[i][:, None]])
    z_high = np.full(len(scaled.column), np.inf)
    z_high[b.excluded[i] : b.excluded[i] + 1 if b.excluded[i] >= 0 else 0] = 0.0
    given = (
        matrix,
        b.lower[i, p:],
        b.upper[i, p:],
        np.concatenate([b.own_cost[i], scaled.shared_cost]),
        np.concatenate([b.lower[i, :p], np.zeros(len(z_high))]),
        np.concatenate([b.upper[i, :p], z_high]),
    )
    state, x, duals = (solve_exactly if matrix.size <= most else solve_programme)(*given)
    if state != OPTIMAL and matrix.size <= most == _EXACT:
        # A bound that holds an earlier optimum may be missed by its rounding alone, for which HiGHS
        # makes allowance.
        allowed = solve_programme(*given)
        state, x, duals = allowed if allowed[0] == OPTIMAL else (state, x, duals)
    return state, x[:p] * scaled.width[i], x[p:], duals * scaled.cost[i] / scaled.row[i]


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()

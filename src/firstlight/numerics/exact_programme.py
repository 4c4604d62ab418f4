"""One linear programme in whole numbers, without rounding: for the few that no floating point can
decide.

Symbols: B the basis, Q / D its inverse with Q whole and D its determinant (Edmonds' integer
pivoting), y = c_B Q / D.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.object_]
# pivots for each row by the lowest reduced cost; then by the first, which can't go round in circles
BY_STEEPEST = 40


def solve_exactly(
    matrix: Floats, lower: Floats, upper: Floats, cost: Floats, x_lower: Floats, x_upper: Floats
) -> tuple[str, Floats, Floats]:
    """Minimise cost' x subject to lower <= matrix x <= upper and x_lower <= x <= x_upper, for the
    numbers as they are.

    matrix : (r, n), of any sizes; a few rows, since the work grows as r^2 and r n for each pivot,
             in numbers of many digits
    Returns ("optimal", x, duals of the rows), each rounded once, or ("infeasible" or "unbounded",
    nans, nans).
    Source: Edmonds (1967), Journal of Research of the National Bureau of Standards 71B, 241-245
            (integer pivoting); Bland (1977), Mathematics of Operations Research 2, 103-107.

    >>> state, x, duals = solve_exactly(*(np.array(a, float) for a in ([[1e-9, 2e12]], [4], [9], [
    ...     1e-9, 1], [0, 0], [9, 9])))
    >>> state, x.tolist(), duals.tolist()
    ('optimal', [0.0, 2e-12], [5e-13])
    """
    form = _Form(matrix, lower, upper, cost, x_lower, x_upper)
    nothing = np.full(matrix.shape[1], np.nan), np.full(len(lower), np.nan)
    tableau = _Tableau(form.columns, form.right)
    if not form.is_possible or tableau.feasible() is False:
        return "infeasible", *nothing
    if not tableau.minimise(form.cost):
        return "unbounded", *nothing
    return "optimal", form.solution(*tableau.values()), form.duals(*tableau.prices(form.cost))


def _in_whole(values: Any) -> tuple[Whole, int]:
    """Floats as whole numbers times 2 ** -shift."""
    given = np.asarray(values, float)
    parts = [float(value).as_integer_ratio() for value in given.ravel()]
    shift = max((below.bit_length() - 1 for _, below in parts), default=0)
    found = np.empty(len(parts), object)
    found[:] = [above << (shift - below.bit_length() + 1) for above, below in parts]
    return found.reshape(given.shape), shift


class _Form:
    """The programme as min c'z, A z = b, z >= 0, b >= 0, in whole numbers, and the way back."""

    def __init__(
        self, matrix: Floats, lower: Floats, upper: Floats, cost: Floats, low: Floats, high: Floats
    ) -> None:
        self.low, self.high, self.count = low, high, len(lower)
        fixed, up, down = low == high, np.isfinite(low), np.isfinite(high)
        self.is_possible = bool((low <= high).all() and (lower <= upper).all())
        start = [Fraction(x) for x in np.where(up, low, np.where(down, high, 0.0)).tolist()]
        self.start = start
        side_of = np.where(down & ~up, -1, 1).tolist()
        own = [(j, side_of[j]) for j in np.flatnonzero(~fixed).tolist()]
        self.own = own + [(j, -1) for j in np.flatnonzero(~up & ~down).tolist()]
        whole, self.shift = _in_whole(matrix)
        at = np.array([j for j, _ in self.own], int)
        sign = np.array([side for _, side in self.own], object)
        body = whole[:, at] * sign
        moved = [
            sum((Fraction(row[j]) * start[j] for j in np.flatnonzero(row)), Fraction())
            for row in matrix
        ]
        rows, kinds, right = [], [], []
        self.of: list[tuple[int, int]] = []  # which given row a row is, and its sign
        for i in range(len(lower)):
            for bound, kind in self._bounds(lower[i], upper[i]):
                value = Fraction(bound) - moved[i]
                side = -1 if value < 0 else 1
                rows.append(body[i] * side)
                kinds.append(kind * side)
                right.append(value * side)
                self.of.append((i, side))
        for k, (j, _) in enumerate(self.own):
            if up[j] and down[j]:  # a second bound is a row of its own
                row = np.zeros(len(self.own), object)
                row[k] = 1 << self.shift
                rows.append(row)
                kinds.append(1)
                right.append(Fraction(high[j]) - Fraction(low[j]))
                self.of.append((-1, 1))
        self.columns, self.right = self._with_slacks(rows, kinds), self._whole_right(right)
        whole_cost, self.cost_shift = _in_whole(cost)
        self.cost = np.concatenate(
            [whole_cost[at] * sign, np.zeros(self.columns.shape[1] - len(at), object)]
        )

    def _bounds(self, low: float, high: float) -> list[tuple[float, int]]:
        if low == high:
            return [(low, 0)]
        return [
            *([(low, -1)] if np.isfinite(low) else []),
            *([(high, 1)] if np.isfinite(high) else []),
        ]

    def _with_slacks(self, rows: Sequence[Whole], kinds: Sequence[int]) -> Whole:
        slacks = np.zeros((len(rows), sum(kind != 0 for kind in kinds)), object)
        for place, i in enumerate(i for i, kind in enumerate(kinds) if kind):
            slacks[i, place] = kinds[i]
        body = np.vstack(rows) if rows else np.zeros((0, len(self.own)), object)
        return np.hstack([body, slacks])

    def _whole_right(self, right: Sequence[Fraction]) -> Whole:
        self.right_shift = max((value.denominator.bit_length() - 1 for value in right), default=0)
        found = np.empty(len(right), object)
        found[:] = [int(value * (1 << self.right_shift)) for value in right]
        return found

    def solution(self, basis: list[int], above: Whole, below: int) -> Floats:
        """x from the basic variables above / below."""
        x = list(self.start)
        for k, value in zip(basis, above.tolist(), strict=True):
            if k < len(self.own):
                j, side = self.own[k]
                x[j] += (
                    side * Fraction(value, below) * Fraction(2) ** (self.shift - self.right_shift)
                )
        return np.array([float(value) for value in x])

    def duals(self, above: Whole, below: int) -> Floats:
        """Of the given rows."""
        found = [Fraction()] * self.count
        for (i, side), value in zip(self.of, above.tolist(), strict=True):
            if i >= 0:
                found[i] += (
                    side * Fraction(value, below) * Fraction(2) ** (self.shift - self.cost_shift)
                )
        return np.array([float(value) for value in found])


class _Tableau:
    """A z = b with b >= 0; at first every row has an artificial variable of its own, numbered after
    the others."""

    def __init__(self, columns: Whole, right: Whole) -> None:
        self.columns, self.right, (rows, self.count) = columns, right, columns.shape
        self.inverse, self.below = np.zeros((rows, rows), object), 1
        self.inverse[np.diag_indices(rows)] = 1
        self.basis = list(range(self.count, self.count + rows))

    def feasible(self) -> bool:
        """Bring the artificial variables to 0, and out of the basis where a row is not a sum of
        others."""
        self._descend(np.zeros(self.count, object), 1)
        if any(
            value
            for k, value in zip(self.basis, self._basics().tolist(), strict=True)
            if k >= self.count
        ):
            return False
        for p in [p for p, k in enumerate(self.basis) if k >= self.count]:
            able = np.flatnonzero(self.inverse[p] @ self.columns != 0)
            if able.size:
                self._pivot(p, int(able[0]))
        return True

    def minimise(self, cost: Whole) -> bool:
        """From a feasible basis to the least cost; False where there is none."""
        return self._descend(cost, 0)

    def values(self) -> tuple[list[int], Whole, int]:
        return self.basis, self._basics(), self.below

    def prices(self, cost: Whole, of_artificial: int = 0) -> tuple[Whole, int]:
        basic = np.full(len(self.basis), of_artificial, object)
        for place, k in enumerate(self.basis):
            if k < self.count:
                basic[place] = cost[k]
        return basic @ self.inverse, self.below

    def _basics(self) -> Whole:
        return np.asarray(self.inverse @ self.right)

    def _descend(self, cost: Whole, of_artificial: int) -> bool:
        pivots = 0
        while True:
            y, below = self.prices(cost, of_artificial)
            reduced = cost * below - y @ self.columns
            able = np.flatnonzero(reduced < 0)
            if not able.size:
                return True
            is_steepest = pivots < BY_STEEPEST * len(self.basis)
            enters = int(able[np.argmin(reduced[able])]) if is_steepest else int(able[0])
            p = self._leaves(self.inverse @ self.columns[:, enters])
            if p is None:
                return False
            self._pivot(p, enters)
            pivots += 1

    def _leaves(self, direction: Whole) -> int | None:
        """The row that reaches 0 first; of several that of the first variable."""
        best: tuple[Fraction, int, int] | None = None
        for p, (value, step) in enumerate(
            zip(self._basics().tolist(), direction.tolist(), strict=True)
        ):
            if step > 0:
                best = min(
                    best or (Fraction(value, step), self.basis[p], p),
                    (Fraction(value, step), self.basis[p], p),
                )
        return None if best is None else best[2]

    def _pivot(self, p: int, enters: int) -> None:
        direction = self.inverse @ self.columns[:, enters]
        pivot, own = direction[p], self.inverse[p].copy()
        self.inverse = (self.inverse * pivot - np.outer(direction, own)) // self.below
        self.inverse[p], self.below = own, pivot
        if pivot < 0:
            self.inverse, self.below = -self.inverse, -pivot
        self.basis[p] = enters

"""How productivity moves: this year's on a polynomial of last year's, and the innovation that is
left.

Symbols: y log output less what the first stage explains linearly; phi its part without noise, from
the first stage; X the inputs whose coefficients beta are sought; omega = phi - X beta productivity;
P(omega_-1) a polynomial of last year's productivity (and of the probability of survival, where
firms leave); M = 1 - P (P'P)^-1 P' takes it out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    ascending,
    exponents,
)
from firstlight.instruments.productivity.production_functions.refusals import unidentified

Floats = NDArray[np.float64]
Valued = Callable[[Floats], tuple[Floats, Floats]]
LAWS = ("output", "fitted", "innovation")
MET = 1e-12  # of the output's sum of squares: a criterion below it is 0 but for rounding
# an elasticity beyond: the search runs off to infinity, along which a trend in a state can meet the
# moments
OFF = 1e3
# two searches that end nearer than this in every coefficient have found the same
SAME_SOLUTION = 1e-5


@dataclass(frozen=True)
class Motion:
    """The rows of a second stage: n firm-years that have a previous year.

    output, fitted, fitted_before : (n,) y, phi, phi_-1; terms, terms_before : (n, q) X, X_-1
    survival : (n, 0 or 1) probability of survival given what was known a year before
    root     : (n,) square root of the row's weight; degree : of P
    law      : ``output``: r = M (y - X beta), the polynomial fitted to output itself, by least
               squares in beta and the polynomial at once (Olley and Pakes 1996).
               ``fitted``: r = (y - phi) + M (phi - X beta), the polynomial fitted to productivity
               without noise (Petrin, Poi and Levinsohn 2004, Stata Journal 4(2), 113-123; R's
               prodest). ``innovation``: r = M (phi - X beta), the innovation without noise, for
               moments (Ackerberg, Caves and Frazer 2015).
    """

    output: Floats
    fitted: Floats
    fitted_before: Floats
    terms: Floats
    terms_before: Floats
    survival: Floats
    root: Floats
    degree: int
    law: str

    def residual(self, beta: Floats) -> tuple[Floats, Floats]:
        """r, (n,), and its derivative by beta, (n, q), both times ``root``.

        dr = M (P'g X_-1 - X) + P (P'P)^-1 P_1' (X_-1 M t), with g the polynomial's coefficients,
        P_1 = dP/d omega_-1 and t what the polynomial is fitted to.
        Raises  LinAlgError where last year's productivity doesn't vary.
        """
        before = self.fitted_before - self.terms_before @ beta
        basis, slope = self._polynomial(before)
        q, r = np.linalg.qr(basis * self.root[:, None])
        # powers of a productivity that hardly varies are one another
        if np.abs(np.diag(r)).min() < 1e-11 * np.abs(np.diag(r)).max():
            raise unidentified("flat_productivity")
        target = self.fitted - self.terms @ beta
        if self.law == "output":
            target = self.output - self.terms @ beta
        weighted = target * self.root
        kept = q.T @ weighted
        rest = weighted - q @ kept
        steep = (slope @ np.linalg.solve(r, kept)) * self.root
        moved = steep[:, None] * self.terms_before - self.root[:, None] * self.terms
        moved = moved - q @ (q.T @ moved)
        turned = (slope * self.root[:, None]).T @ (self.terms_before * rest[:, None])
        derivative = moved + q @ np.linalg.solve(r.T, turned)
        if self.law == "fitted":
            rest = rest + self.root * (self.output - self.fitted)
        return np.asarray(rest), np.asarray(derivative)

    def persistence(self, beta: Floats) -> tuple[float, float]:
        """The share of this year's productivity, phi - X beta, that last year's explains through P;
        and its variance over phi's."""
        now, all_of_it = (
            self._centred(each) for each in (self.fitted - self.terms @ beta, self.fitted)
        )
        basis, _ = self._polynomial(self.fitted_before - self.terms_before @ beta)
        q, _ = np.linalg.qr(basis * self.root[:, None])
        total = float(now @ now)
        share = 1 - float(np.sum((now - q @ (q.T @ now)) ** 2)) / total if total > 0 else 0.0
        return share, total / float(all_of_it @ all_of_it)

    def _centred(self, values: Floats) -> Floats:
        weighted = self.root * values
        return np.asarray(weighted - self.root * (self.root @ weighted) / (self.root @ self.root))

    def _polynomial(self, before: Floats) -> tuple[Floats, Floats]:
        """P and its derivative by omega_-1, after omega_-1 is centred and scaled, which changes no
        fitted value."""
        weight = self.root**2
        middle = weight @ before / weight.sum()
        scale = np.sqrt(weight @ (before - middle) ** 2 / weight.sum()) or 1.0
        z = ascending((before - middle) / scale, self.degree)
        falling = np.arange(1, self.degree + 1) * z[:, :-1] / scale
        slope = np.column_stack([np.zeros(before.size), falling])
        if not self.survival.size:
            return z, slope
        each = np.vstack([[0, 0], exponents(2, self.degree)])
        survival = self.survival[:, 0] - weight @ self.survival[:, 0] / weight.sum()
        other = ascending(survival, self.degree)[:, each[:, 1]]
        return z[:, each[:, 0]] * other, slope[:, each[:, 0]] * other


@dataclass(frozen=True)
class Search:
    """Where a second stage ended: beta, (q,), the chosen solution; all distinct ones, the chosen
    first.

    solutions : (m, q); criteria : (m,), 0 where moments are met; persistence, variance : (m,), see
            ``Motion.persistence``
    is_met    : (m,), whether the criterion is 0 but for rounding; for least squares, whether it
            equals the lowest
    """

    beta: Floats
    solutions: Floats
    criteria: Floats
    persistence: Floats
    variance: Floats
    is_met: NDArray[np.bool_]


def least_squares(motion: Motion, starts: Floats) -> Search:
    """Minimise r'r over beta, from several starts.

    starts : (starts, q)
    Returns Search; the criterion is the sum of squares.
    Raises  LinAlgError where no search converged.
    """
    if motion.root.size <= starts.shape[1] + motion.degree + 1:
        raise unidentified("few_lags")
    ends = _ends(motion.residual, starts)
    lowest = min(cost for cost, _ in ends)
    # starts that end in the same minimum differ in the last digits of its cost
    return _chosen(motion, ends, lowest * (1 + 1e-9) + 1e-300)


def moments(
    motion: Motion, instruments: Floats, starts: Floats, others: Floats | None = None
) -> Search:
    """Bring the moments Z'r as near to 0 as may be: minimise (Z'r)' (Z'Z)^-1 (Z'r).

    Several coefficients can meet the moments exactly: beside the true ones, those by which
    "productivity" becomes what else moves free inputs, such as wages or errors of planning
    (Ackerberg, Caves and Frazer 2015; Kim, Luo and Su 2019). These wash out sooner than
    productivity does, so that of all that meet the moments the most persistent is chosen, and first
    of all of those whose productivity doesn't vary more than output: inputs must explain something.
    Where what else moves free inputs lasts as long as productivity, nothing in the moments tells
    them apart.

    instruments : (n, z), z >= q, known before the innovation comes; starts : (starts, q)
    others : (starts, q), tried where none of ``starts`` leads to coefficients that meet the moments
    Returns Search.
    Raises  LinAlgError where no search converged.
    """
    if motion.root.size <= starts.shape[1] + motion.degree + 1:
        raise unidentified("few_lags")
    q, r = np.linalg.qr(instruments * motion.root[:, None])
    # instruments that are functions of each other, but for rounding
    if np.abs(np.diag(r)).min() < 1e-10 * np.abs(np.diag(r)).max():
        raise unidentified("alike_instruments")

    def projected(beta: Floats) -> tuple[Floats, Floats]:
        rest, derivative = motion.residual(beta)
        return q.T @ rest, q.T @ derivative

    # A sum over n rows of squares of the size of output's spread: moments below this share of it
    # are rounding.
    zero = MET * float(np.sum((motion.root * (motion.output - motion.output.mean())) ** 2))
    found = _chosen(motion, _ends(projected, starts), zero)
    if found.is_met[0] or others is None:
        return found
    return _chosen(motion, _ends(projected, others), zero)


def _ends(function: Valued, starts: Floats) -> list[tuple[float, Floats]]:
    found: list[tuple[float, Floats]] = []
    for start in starts:
        once = _Once(function)
        try:
            end = optimize.least_squares(
                once.value,
                start,
                once.slope,
                method="lm",
                xtol=1e-13,
                ftol=1e-13,
                gtol=1e-13,
                max_nfev=400,
            )
        except np.linalg.LinAlgError:
            continue  # this start left the region where the polynomial is defined; others tell
        beta = np.asarray(end.x)
        if end.status <= 0 or not np.abs(beta).max() < OFF:
            continue
        if all(
            np.abs(beta - other).max() > SAME_SOLUTION * (1 + np.abs(beta).max())
            for _, other in found
        ):
            found.append((2 * float(end.cost), beta))
    if not found:
        raise unidentified("no_search")
    return found


def _chosen(motion: Motion, ends: list[tuple[float, Floats]], met: float) -> Search:
    """Those that meet the criterion first; of them those that vary less than output, the most
    persistent; then the others."""
    rows = []
    for cost, beta in ends:
        share, variance = motion.persistence(beta)
        # among those that meet the moments it is not the smallest cost that decides
        key = (cost > met, variance > 1, 0.0 if cost <= met else cost, -round(share, 9), cost)
        rows.append((key, cost, share, variance, beta))
    rows.sort(key=lambda row: row[0])
    return Search(
        rows[0][4],
        np.array([beta for *_, beta in rows]),
        np.array([cost for _, cost, *_ in rows]),
        np.array([share for _, _, share, *_ in rows]),
        np.array([variance for *_, variance, _ in rows]),
        np.array([not key[0] for key, *_ in rows]),
    )


class _Once:
    """Value and derivative come together; the optimiser asks for them one after the other."""

    def __init__(self, function: Valued) -> None:
        self._function = function
        self._at: bytes = b""
        self._both: tuple[Floats, Floats] = (np.empty(0), np.empty(0))

    def _call(self, beta: Floats) -> tuple[Floats, Floats]:
        if beta.tobytes() != self._at:
            self._both, self._at = self._function(beta), beta.tobytes()
        return self._both

    def value(self, beta: Floats) -> Floats:
        return self._call(beta)[0]

    def slope(self, beta: Floats) -> Floats:
        return self._call(beta)[1]

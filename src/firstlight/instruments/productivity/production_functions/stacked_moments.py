"""Wooldridge: both stages at once, as two equations with their own instruments and common
coefficients.

Equation 1: y_t = w b + x g + z d + h(x, m)_t + e. Equation 2: y_t = w b + x g + z d + f(h(x,
m)_(t-1)) + u. Here w are free inputs, x states, m proxies, z controls. Instruments: all of its
regressors for 1; for 2 last year's w in place of w.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from firstlight.errors import InputError
from firstlight.instruments.productivity.production_functions.control_functions import (
    control_function,
)
from firstlight.instruments.productivity.production_functions.firm_panel import FirmPanel
from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    ascending,
    orthonormal,
    powers,
    refuse_collinear_inputs,
    standardised,
)
from firstlight.instruments.productivity.production_functions.refusals import cause, refusal
from firstlight.numerics.distributions import chi2_tail
from firstlight.texts import Count, message

Floats = NDArray[np.float64]
SAME = 1e-4  # two minima nearer than this in every elasticity are one
PROXY_FUNCTIONS = ("separate", "shared", "without_state")


@dataclass(frozen=True)
class System:
    """Equations stacked, ready for moments Z'(y - F(theta)).

    y : (r,) stacked; z : (r, moments) instruments, each equation's beside the other's, orthonormal
            by equation
    firm : (r,); design : (r, q) where F is linear; predict : theta -> F and its derivative, (r,),
            (r, q)
    starts : (starts, q), where searches begin if F is not linear
    sought : how many leading coefficients are of inputs, then controls
    """

    y: Floats
    z: Floats
    firm: NDArray[np.int64]
    predict: Callable[[Floats], tuple[Floats, Floats]]
    design: Floats | None
    starts: Floats
    sought: int


@dataclass(frozen=True)
class SystemFit:
    """theta : (q,), inputs and controls first; covariance : (q, q), robust to clusters by firm.

    j, j_df, j_p : Hansen's test of the moments beyond those needed; nan with weights that are not
            efficient
    solutions : (m, q), every minimum that was found, theta first; criteria : (m,), about
                chi-squared: a difference of less than 3.84 doesn't tell two minima apart
    """

    theta: Floats
    covariance: Floats
    j: float
    j_df: int
    j_p: float
    solutions: Floats
    criteria: Floats


def system(
    panel: FirmPanel,
    *,
    degree: int = 3,
    equations: str = "both",
    proxy_function: str = "shared",
    omega_degree: int = 3,
) -> System:
    """The equations of Wooldridge (2009), Economics Letters 104(3), 112-114.

    degree : of the polynomial h; omega_degree : of f, where h is shared
    equations : ``both``, or ``second`` alone
    proxy_function : ``shared``: h the same in both, f a polynomial of it: moments are not linear in
            coefficients. ``separate``: f(h) in equation 2 is a polynomial of its own in last year's
            states and proxies, as general and linear; where the state is a function of these
            (capital that last year's investment alone makes), it can't be told from the polynomial.
            ``without_state``: as separate, but without the linear term of the state in equation 1's
            h, so that equation 1 too speaks on the state (R's prodest); h is then wrong, and hangs
            on units of measurement.
    Returns System.
    Raises  InputError where inputs are exact functions of each other.
    """
    free, state, proxy, controls = panel.names
    both = np.column_stack([panel.state, panel.proxy])
    refuse_collinear_inputs(
        np.column_stack([panel.free, panel.state, panel.controls]), (*free, *state, *controls)
    )
    refuse_collinear_inputs(both, (*state, *proxy))
    now, before = panel.now, panel.previous[panel.now]
    w, x, controlled = panel.free[now], panel.state[now], panel.controls[now]
    every = orthonormal(powers(standardised(both), degree)) * np.sqrt(len(both))
    h, h_before = every[now], orthonormal(every[before]) * np.sqrt(now.size)
    z2 = orthonormal(np.column_stack([panel.free[before], x, controlled, h_before]))
    d2 = np.column_stack([w, x, controlled, h_before])
    y, sought = panel.output[now], d2.shape[1] - h_before.shape[1]
    if equations == "second":
        return _linear(y, z2, panel.firm[now], d2, sought)
    h1 = orthonormal(h) * np.sqrt(now.size)
    z1 = orthonormal(np.column_stack([w, controlled, h1]))
    z = linalg.block_diag(z1, z2)
    stacked, firm = np.concatenate([y, y]), np.tile(panel.firm[now], 2)
    k = x.shape[1]
    d1 = np.column_stack([w, np.zeros_like(x), controlled, h1])
    if proxy_function == "without_state":
        kept = orthonormal(powers(both, degree)[now][:, k:]) * np.sqrt(now.size)
        d1 = np.column_stack([w, x, controlled, kept])
    linear = _linear(stacked, z, firm, _beside(d1, d2, sought), sought)
    if proxy_function != "shared":
        return linear
    return _shared(panel, linear, every, degree, omega_degree)


def _beside(d1: Floats, d2: Floats, sought: int) -> Floats:
    """Two equations one over the other: common columns first, then each one's own."""
    own = linalg.block_diag(d1[:, sought:], d2[:, sought:])
    return np.column_stack([np.vstack([d1[:, :sought], d2[:, :sought]]), own])


def _linear(y: Floats, z: Floats, firm: NDArray[np.int64], design: Floats, sought: int) -> System:
    def predict(theta: Floats) -> tuple[Floats, Floats]:
        return design @ theta, design

    return System(y, z, firm, predict, design, np.zeros((1, design.shape[1])), sought)


def _shared(
    panel: FirmPanel, linear: System, every: Floats, degree: int, omega_degree: int
) -> System:
    """h = B p in equation 1; omega_-1 = B_-1 p - x_-1 g, and its powers, in equation 2.

    Searches begin at Levinsohn and Petrin's solutions, for they know the law of motion, and at the
    linear system's.
    """
    now, before = panel.now, panel.previous[panel.now]
    w, x, controlled, x_before = (
        panel.free[now],
        panel.state[now],
        panel.controls[now],
        panel.state[before],
    )
    n, f, k, c, b = now.size, w.shape[1], x.shape[1], controlled.shape[1], every.shape[1]
    h, h_before = every[now], every[before]
    power = np.arange(omega_degree + 1)
    try:
        stepwise = control_function(panel, degree=degree, omega_degree=omega_degree).fit()
    except np.linalg.LinAlgError as error:
        raise refusal(message("unidentified", cause=cause(error))) from error
    middle, scale = 0.0, 1.0
    also = np.empty((0, k))
    starts: list[Floats] = []
    # a state such as age follows from last year's: then the linear system says nothing
    with suppress(InputError):
        also = one_step(linear).theta[None, f : f + k]
    for g in (*stepwise.search.solutions, *also):
        common = np.concatenate([stepwise.coefficients[:f], g, stepwise.control])
        net = panel.output - panel.free @ common[:f] - panel.controls @ common[f + k :]
        p = np.linalg.lstsq(every, net, rcond=None)[0]
        omega = h_before @ p - x_before @ g
        if not starts:
            middle, scale = float(omega.mean()), float(omega.std())
        powered = ascending((omega - middle) / scale, omega_degree)
        starts.append(
            np.concatenate([common, p, np.linalg.lstsq(powered, net[now] - x @ g, rcond=None)[0]])
        )

    def predict(values: Floats) -> tuple[Floats, Floats]:
        common, p, rho = np.split(values, [f + k + c, f + k + c + b])
        u = (h_before @ p - x_before @ common[f : f + k] - middle) / scale
        powered = ascending(u, omega_degree)
        slope = (powered[:, :-1] * power[1:]) @ rho[1:] / scale
        base = np.column_stack([w, x, controlled]) @ common
        first = base - x @ common[f : f + k] + h @ p
        d1 = np.column_stack([w, np.zeros_like(x), controlled, h, np.zeros((n, rho.size))])
        d2 = np.column_stack(
            [w, x - slope[:, None] * x_before, controlled, slope[:, None] * h_before, powered]
        )
        return np.concatenate([first, base + powered @ rho]), np.vstack([d1, d2])

    return System(linear.y, linear.z, linear.firm, predict, None, np.array(starts), f + k + c)


def one_step(found: System) -> SystemFit:
    """Weights (Z'Z)^-1 by equation: two-stage least squares of the system; errors robust to
    clusters by firm."""
    root = np.eye(found.z.shape[1])  # instruments are orthonormal
    return _judge(found, _solve(found, root, found.starts), root, is_efficient=False)


def two_step(found: System) -> SystemFit:
    """Weights from the moments' covariance, clustered by firm, at the one-step estimate.

    Raises  InputError where firms are too few for so many moments.
    """
    first = one_step(found)
    spread = _spread(found, first.theta)
    try:
        root = linalg.solve_triangular(np.linalg.cholesky(spread), np.eye(len(spread)), lower=True)
    except np.linalg.LinAlgError as error:
        counts = {"moments": Count(len(spread)), "count": Count(np.unique(found.firm).size)}
        raise refusal(message("many_moments", **counts)) from error
    return _judge(found, _solve(found, root, first.solutions), root, is_efficient=True)


def _solve(found: System, root: Floats, starts: Floats) -> Floats:
    """Minimise |root Z'(y - F)|^2: the distinct minima, (m, q), that of the first start first."""
    if found.design is not None:
        left = root @ (found.z.T @ found.design)
        solved, _, rank, _ = np.linalg.lstsq(left, root @ (found.z.T @ found.y), rcond=1e-12)
        if rank < left.shape[1]:
            raise _unidentified(left.shape[1] - int(rank), left.shape[1])
        return np.asarray(solved)[None]
    projected = root @ found.z.T
    if (lacking := starts.shape[1] - len(projected)) > 0:
        raise _unidentified(lacking, starts.shape[1])

    def value(theta: Floats) -> Floats:
        return np.asarray(projected @ (found.predict(theta)[0] - found.y))

    def slope(theta: Floats) -> Floats:
        return np.asarray(projected @ found.predict(theta)[1])

    minima: list[Floats] = []
    for each in starts:
        end = optimize.least_squares(
            value, each, slope, method="lm", xtol=1e-13, ftol=1e-13, gtol=1e-13, max_nfev=500
        )
        sought = end.x[: found.sought]
        if end.status > 0 and all(
            np.abs(sought - other[: found.sought]).max() > SAME for other in minima
        ):
            minima.append(np.asarray(end.x))
    if not minima:
        raise refusal(message("no_minimum"))
    return np.array(minima)


def _unidentified(lacking: int, all_of_them: int) -> InputError:
    return refusal(message("alike_coefficients", count=Count(lacking), all=Count(all_of_them)))


def _spread(found: System, theta: Floats) -> Floats:
    """Sum over firms of g g', with g the firm's moments; times firms / (firms - 1)."""
    moments = found.z * (found.y - found.predict(theta)[0])[:, None]
    firms, code = np.unique(found.firm, return_inverse=True)
    each = np.zeros((firms.size, moments.shape[1]))
    np.add.at(each, code, moments)
    return np.asarray(each.T @ each * firms.size / (firms.size - 1))


def _judge(found: System, solutions: Floats, root: Floats, *, is_efficient: bool) -> SystemFit:
    theta = solutions[0]
    fitted, derivative = found.predict(theta)
    slope = root @ (found.z.T @ derivative)
    spread = root @ _spread(found, theta) @ root.T
    sizes = np.linalg.svd(slope / np.linalg.norm(slope, axis=0), compute_uv=False)
    # a direction of the coefficients that no moment tells
    if (lacking := int((sizes < 1e-9 * sizes[0]).sum())) or not np.isfinite(sizes).all():
        raise _unidentified(max(lacking, 1), theta.size)
    bread = np.linalg.inv(slope.T @ slope)
    covariance = bread @ slope.T @ spread @ slope @ bread
    df = found.z.shape[1] - theta.size
    criteria = np.array(
        [np.sum((root @ (found.z.T @ (found.y - found.predict(b)[0]))) ** 2) for b in solutions]
    )
    if not is_efficient:
        criteria = criteria / np.mean((found.y - fitted) ** 2)
    j = float(criteria[0]) if is_efficient and df > 0 else float("nan")
    p = float(chi2_tail(j, df)) if df > 0 else float("nan")
    return SystemFit(theta, covariance, j, df, p, solutions, criteria)

"""The largest value of a log likelihood with a known gradient, and an honest word on whether it was
reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

from firstlight.measurement import Progress
from firstlight.numerics.solution_memory import remembered

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]

STEP = 1e-4  # of the central differences of the gradient: their error is some 1e-8 of the Hessian
NEWTON_STEPS = 60
LONGEST_STEP = 2.0  # in scaled parameters, of order 1
# Twice the rise that a last Newton step would still bring: far below anything a test or an interval
# could notice.
SMALLEST_RISE = 1e-8


@dataclass(frozen=True)
class Maximum:
    """Where a log likelihood was found to be largest.

    theta : (p,); value : the log likelihood; gradient : (p,); hessian : (p, p)
    rise        : g' |H|^-1 g, twice the rise that one more Newton step promises
    is_maximum  : the rise is below 1e-8 and the Hessian is negative definite
    """

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    rise: float
    is_maximum: bool

    @property
    def covariance(self) -> Floats:
        """(p, p), the inverse of minus the Hessian; nan where this is no maximum."""
        if not self.is_maximum:
            return np.full_like(self.hessian, np.nan)
        return np.asarray(np.linalg.inv(-self.hessian))


def maximise(
    objective: Objective,
    starts: Sequence[Floats],
    bounds: Sequence[tuple[float, float]],
    tries: int,
    progress: Progress | None = None,
    given: Sequence[Any] = (),
) -> Maximum:
    """Climb from the best few starts: a quasi-Newton ascent, then Newton steps to the top.

    objective : value and gradient of parameters scaled to order 1; starts : (p,) each; bounds : a
            pair for each parameter
    tries     : how many of the starts, ordered by their value, to climb from; progress : is told of
            each ascent
    given     : every number that the objective reads, so that ascents of an interrupted run are not
            made again; empty: they are
    Returns Maximum, the highest of those reached, true maxima before others of (nearly) the same
            height.

    >>> top = maximise(lambda t: (-float(t @ t), -2 * t), [np.ones(2)], [(-5, 5)] * 2, 1)
    >>> top.is_maximum, bool(abs(top.theta).max() < 1e-9)
    (True, True)
    """
    low, high = (np.array(side, float) for side in zip(*bounds, strict=True))
    values = [objective(start)[0] for start in starts]
    order = np.argsort([-value for value in values], kind="stable")[:tries]
    reached = []
    for count, place in enumerate(order, start=1):
        reached.append(_climbed(objective, np.clip(starts[place], low, high), low, high, given))
        if progress is not None:
            progress(count, len(order))
    best = max(top.value for top in reached)
    level = [top for top in reached if top.value >= best - SMALLEST_RISE]
    return next((top for top in level if top.is_maximum), level[0])


def hessian_of(objective: Objective, theta: Floats) -> Floats:
    """(p, p), from central differences of the gradient, made symmetric.

    >>> hessian_of(lambda t: (-float(t @ t), -2 * t), np.ones(2)).round(6).tolist()
    [[-2.0, 0.0], [0.0, -2.0]]
    """
    steps = STEP * np.eye(len(theta))
    rows = [
        (objective(theta + step)[1] - objective(theta - step)[1]) / (2 * STEP) for step in steps
    ]
    return (np.array(rows) + np.array(rows).T) / 2


def _climbed(
    objective: Objective, start: Floats, low: Floats, high: Floats, given: Sequence[Any]
) -> Maximum:
    """``_climb``, or what the memory holds of it."""
    if not given:
        return _climb(objective, start, low, high)

    def climb() -> list[NDArray[Any]]:
        return list(map(np.asarray, vars(_climb(objective, start, low, high)).values()))

    theta, value, gradient, hessian, rise, is_maximum = remembered(
        ["ascent", start, low, high, *given], climb
    )
    return Maximum(theta, float(value), gradient, hessian, float(rise), bool(is_maximum))


def _climb(objective: Objective, start: Floats, low: Floats, high: Floats) -> Maximum:
    def falling(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        return -value, -gradient

    rough = minimize(
        falling,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(low, high),
        options={"maxiter": 500, "maxcor": 20, "ftol": 1e-12, "gtol": 1e-6},
    )
    theta = np.asarray(rough.x, float)
    value, gradient = objective(theta)
    hessian = hessian_of(objective, theta)
    for _ in range(NEWTON_STEPS):
        step = _upward(hessian, gradient)
        if float(gradient @ step) < SMALLEST_RISE:
            break
        following = _rising_step(objective, theta, value, step, low, high)
        if following is None:
            break
        theta, value, gradient = following
        hessian = hessian_of(objective, theta)
    rise = float(gradient @ _upward(hessian, gradient))
    definite = bool(np.isfinite(hessian).all() and np.linalg.eigvalsh(hessian)[-1] < 0)
    return Maximum(theta, value, gradient, hessian, rise, definite and rise < SMALLEST_RISE)


def _upward(hessian: Floats, gradient: Floats) -> Floats:
    """A Newton step that also rises where the Hessian is not negative definite."""
    size, axes = np.linalg.eigh(hessian)
    # downward curvature is turned up; flat axes would have steps without end
    size = np.maximum(np.abs(size), 1e-10 * max(float(np.abs(size).max()), 1e-300))
    step = axes @ ((axes.T @ gradient) / size)
    return np.asarray(step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300)))


def _rising_step(
    objective: Objective, theta: Floats, value: float, step: Floats, low: Floats, high: Floats
) -> tuple[Floats, float, Floats] | None:
    share = 1.0
    while share > 1e-10:
        at = np.clip(theta + share * step, low, high)
        reached, gradient = objective(at)
        if reached > value:
            return at, reached, gradient
        share /= 2
    return None

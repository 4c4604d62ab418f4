"""Many small non-linear least-squares problems at once: Levenberg and Marquardt's method with
bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
# (problems, parameters), which problems -> residuals (problems, n) and their derivatives (problems,
# n, parameters)
Evaluate = Callable[[Array, Index], tuple[Array, Array]]

MOST_STEPS = 80
ENOUGH = 1e-11  # of the cost: a step that gains less has arrived


@dataclass(frozen=True)
class Minima:
    """Local minima, one for each problem.

    parameters  : (problems, parameters)
    cost        : (problems,), sum of squared residuals
    information : (problems, parameters, parameters), J'J at the minimum, fixed parameters included
    """

    parameters: Array
    cost: Array
    information: Array


def minimise(
    evaluate: Evaluate, start: Array, lower: Array, upper: Array, fixed: tuple[int, ...] = ()
) -> Minima:
    """Minimise the sum of squared residuals of many problems, each from its own start.

    evaluate     : residuals and derivatives of the problems asked for
    start        : (problems, parameters); lower, upper : (parameters,), bounds
    fixed        : parameters that keep their start
    Returns      Minima. A problem stops when a step gains less than 1e-11 of its cost, or after 80
                 steps.
    Source: Marquardt (1963), Journal of the Society for Industrial and Applied Mathematics 11,
            431-441.

    >>> def line(b, rows):
    ...     r = np.array([[1.0, 3.0, 5.0]]) - b[:, :1] - b[:, 1:] * np.arange(3.0)
    ...     return r, np.broadcast_to(np.array([[-1.0, 0.0], [-1.0, -1.0], [-1.0, -2.0]]),
    ...         (len(b), 3, 2))
    >>> bound = np.array([9.0, 9.0])
    >>> minimise(line, np.zeros((1, 2)), -bound, bound).parameters.round(4).tolist()
    [[1.0, 2.0]]
    """
    theta = np.clip(start, lower, upper)
    rows = np.arange(len(theta))
    residuals, slopes = evaluate(theta, rows)
    cost, damping = np.einsum("bn,bn->b", residuals, residuals), np.full(len(theta), 1e-2)
    gradient, information = _normal_equations(residuals, slopes)
    active = rows
    for _ in range(MOST_STEPS):
        if not active.size:
            break
        step = _step(
            theta[active],
            gradient[active],
            information[active],
            damping[active],
            lower,
            upper,
            fixed,
        )
        tried = np.clip(theta[active] + step, lower, upper)
        residuals, slopes = evaluate(tried, active)
        new = np.einsum("bn,bn->b", residuals, residuals)
        better = new <= cost[active]  # false for nan
        gain = cost[active] - new
        # settled; or no step leads down however short (damping beyond 1e10)
        done = (better & (gain <= ENOUGH * (cost[active] + 1e-12))) | (
            ~better & (damping[active] > 1e10)
        )
        won = active[better]
        theta[won], cost[won] = tried[better], new[better]
        gradient[won], information[won] = _normal_equations(residuals[better], slopes[better])
        # faster down than up: near the end steps are Newton's, which double the digits
        damping[active] = np.where(
            better, np.maximum(damping[active] / 8, 1e-9), damping[active] * 6
        )
        active = active[~done]
    return Minima(theta, cost, information)


def _normal_equations(residuals: Array, slopes: Array) -> tuple[Array, Array]:
    return np.einsum("bnp,bn->bp", slopes, residuals), np.einsum("bnp,bnq->bpq", slopes, slopes)


def _step(
    theta: Array,
    gradient: Array,
    information: Array,
    damping: Array,
    lower: Array,
    upper: Array,
    fixed: tuple[int, ...],
) -> Array:
    """Marquardt's step; parameters that are fixed, or held at a bound by the gradient, stay where
    they are."""
    held = ((theta <= lower) & (gradient > 0)) | ((theta >= upper) & (gradient < 0))
    held[:, list(fixed)] = True
    free = ~held
    matrix = information * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("bpp->bp", matrix)
    # a parameter that moves nothing here is damped all the same, or the matrix is singular
    scale = damping[:, None] * np.maximum(
        diagonal, 1e-8 * (1 + diagonal.max(axis=1, keepdims=True))
    )
    matrix = matrix + np.eye(theta.shape[1]) * np.where(held, 1.0, scale)[:, :, None]
    return np.asarray(-np.linalg.solve(matrix, np.where(free, gradient, 0.0)[:, :, None])[:, :, 0])

"""What one model says of a series: its parameters' posterior on a grid of phases and of error
parameters.

On each grid point the remaining parameters are at their maximum, with Laplace's approximation
around it; sigma is integrated out. The grid makes the answer exact where a growth curve is hardest:
the phase, which early data leaves open. Symbols as in `growth_curves` and `growth_errors`; S the
sum of squared residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.instruments.diffusion.growth_curves import SHAPES, Array
from firstlight.instruments.diffusion.growth_errors import (
    Series,
    bounds,
    log_determinant,
    predictor,
    residuals,
    saturated,
)
from firstlight.instruments.diffusion.least_squares import Index, Minima, minimise
from firstlight.numerics.solution_memory import remembered

# Cells of z whose edges fall on f = .1 and f = .9.
CELL: Final = float(special.logit(0.9)) / 4
CELLS: Final = CELL * (np.arange(-13, 19) + 0.5)
REFINED: Final = 25
# Before any data: the phase f ~ Beta(1/2, 1/2); duration around the span seen, q/p around 20, nu
# around 1 (log-normal); a trend around no growth, at most e^3 over the span; one imagined residual
# of 5 % from one year to the next.
SPREAD_LEVEL, SPREAD_DURATION, SPREAD_RATIO, SPREAD_SHAPE, SPREAD_TREND = 5.0, 1.5, 2.0, 1.0, 3.0
IMAGINED, IMAGINED_SD = 1.0, 0.05


@dataclass(frozen=True)
class Posterior:
    """Grid points of one model, for each of many series.

    theta      : (series, points, parameters); covariance : (series, points, parameters,
                 parameters), given the point's z
    nuisance   : (series, points), rho or alpha
    variance   : (series, points), sigma^2, S over dof (the inflation, for the negative binomial);
                 dof : degrees of freedom of the Student's t that theta and sigma^2 follow, inf
                 where sigma^2 is known
    log_weight : (series, points), log of prior x likelihood, integrated over all but the grid
    width      : (series, points), of the grid's cells of z; 0 where z is no parameter
    """

    model: str
    theta: Array
    covariance: Array
    nuisance: Array
    variance: Array
    dof: float
    log_weight: Array
    width: Array

    @property
    def log_evidence(self) -> Array:
        """(series,), log of the probability of the data under the model."""
        return np.asarray(special.logsumexp(self.log_weight, axis=1))

    @property
    def weight(self) -> Array:
        """(series, points), shares of the posterior that sum to 1."""
        return np.asarray(special.softmax(self.log_weight, axis=1))

    def below(self, fraction: float) -> Array:
        """(series,), probability that less than this share of K was reached; a cell's probability
        is even over the cell."""
        inside = (special.logit(fraction) - self.theta[:, :, 1]) / self.width + 0.5
        return np.asarray((self.weight * np.clip(inside, 0.0, 1.0)).sum(axis=1))


def posterior(
    series: Series, model: str, *, nuisance: Array | None = None, refine: bool = True
) -> Posterior:
    """The posterior of a model of MODELS.

    nuisance : (series, values) to be tried instead of the series' own; refine : a second, finer
               grid of z
    """

    def computed() -> list[NDArray[Any]]:
        return list(map(np.asarray, vars(_posterior(series, model, nuisance, refine)).values()))

    read = [_zero_for_none(each) for each in (*vars(series).values(), nuisance)]
    _, theta, covariance, own, variance, dof, log_weight, width = remembered(
        ["growth posterior", model, refine, series.weights is None, nuisance is None, *read],
        computed,
    )
    return Posterior(model, theta, covariance, own, variance, float(dof), log_weight, width)


def _zero_for_none(given: Any) -> Any:
    return 0.0 if given is None else given


def _posterior(series: Series, model: str, nuisance: Array | None, refine: bool) -> Posterior:
    many = len(series.values)
    tried = np.tile(series.nuisance, (many, 1)) if nuisance is None else nuisance
    if model not in SHAPES:
        return _on_grid(series, model, None, tried)
    z = np.tile(CELLS, (many, 1))
    if not refine:
        return _on_grid(series, model, z, tried)
    for _ in range(2):
        found = _on_grid(series, model, z, tried)
        z = _finer(z, found.log_weight.reshape(many, z.shape[1], -1))
    return _on_grid(series, model, z, tried)


def _finer(z: Array, log_weight: Array) -> Array:
    """Even grids over the cells that hold all but e^-12 of the peak's height, with a cell to spare
    on each side."""
    best = log_weight.max(axis=2)
    inside = best > best.max(axis=1, keepdims=True) - 12
    first = np.maximum(inside.argmax(axis=1) - 1, 0)
    last = np.minimum(z.shape[1] - inside[:, ::-1].argmax(axis=1), z.shape[1] - 1)
    rows = np.arange(len(z))
    return np.linspace(z[rows, first], z[rows, last], REFINED, axis=1)


def _on_grid(series: Series, model: str, z: Array | None, tried: Array) -> Posterior:
    many, values = tried.shape
    phases = np.full((many, 1), np.nan) if z is None else z
    shape = (many, phases.shape[1], values)
    nuisance = np.broadcast_to(tried[:, None, :], shape).reshape(many, -1)
    places = np.broadcast_to(phases[:, :, None], shape).reshape(many, -1)
    fixed = () if z is None else (1,)
    minima = solve(series, model, starts(series, model, places, nuisance), nuisance, fixed)
    theta, cost = (
        minima.parameters.reshape(*nuisance.shape, -1),
        minima.cost.reshape(nuisance.shape),
    )
    precision, penalty = _prior(series, model, theta)
    dof, variance, fit = _likelihood(series, theta, cost, nuisance, theta.shape[2] - len(fixed))
    free = [k for k in range(theta.shape[2]) if k not in fixed]
    information = (
        minima.information.reshape(*theta.shape, -1)[..., free, :][..., free]
        / variance[..., None, None]
    )
    # The integral is over the curvature at the peak, that of S / (n + 1); Student's t about it is
    # wider, that of S / dof.
    at_peak = 1.0 if np.isinf(dof) else (dof + len(free)) / dof
    hessian = information * at_peak + np.diag(precision[free])
    volume = 0.5 * np.log(precision[free]).sum() - 0.5 * np.linalg.slogdet(hessian)[1]
    covariance = np.zeros((*theta.shape, theta.shape[2]))
    spread = np.linalg.inv(information + np.diag(precision[free]))
    covariance[np.ix_(*map(range, theta.shape[:2]), free, free)] = spread
    log_weight = fit + volume - penalty
    width = np.zeros(nuisance.shape)
    if z is not None:
        width = (np.gradient(z, axis=1)[:, :, None] + 0 * tried[:, None]).reshape(many, -1)
        log_weight = log_weight + np.log(width)
        # f ~ Beta(1/2, 1/2) in terms of z
        log_weight = (
            log_weight - np.log(np.pi) - 0.5 * (np.logaddexp(0, places) + np.logaddexp(0, -places))
        )
    return Posterior(
        model, theta, covariance, nuisance, variance, dof, log_weight - np.log(values), width
    )


def solve(
    series: Series,
    model: str,
    start: Array,
    nuisance: Array,
    fixed: tuple[int, ...] = (),
    *,
    of_maximum: bool = False,
) -> Minima:
    """Best parameters from starts (series, points, parameters) under nuisance (series, points),
    flattened in that order; of_maximum : see `bounds`."""
    points = start.shape[1]
    flat, own = nuisance.reshape(-1), len(series.values) > 1

    def evaluate(theta: Array, rows: Index) -> tuple[Array, Array]:
        eta, slopes = predictor(series, model, theta, series.since)
        values = series.values[rows // points] if own else series.values
        return residuals(series, eta, slopes, flat[rows], values)

    lower, upper = bounds(series, model, of_maximum=of_maximum)
    return minimise(evaluate, start.reshape(-1, start.shape[2]), lower, upper, fixed)


def starts(series: Series, model: str, z: Array, nuisance: Array) -> Array:
    """For each point the best of a few shapes, with K by the mean distance: (series, points,
    parameters)."""
    rates = series.values / series.exposure
    if model not in SHAPES:
        level = np.log(np.maximum(rates.mean(axis=1), 1e-12))[:, None, None] * np.ones(
            (*z.shape, 1)
        )
        return level if model == "walk" else np.concatenate([level, 0 * level], axis=2)
    middle = np.log(max(series.span, 1.0))
    offers = {
        "log_duration": [middle + x for x in (-2.5, -1.6, -0.9, -0.3, 0.3, 0.9, 1.6, 2.5)],
        "log_shape": [-2.0, 0.0, 1.5],
        "log_ratio": [-1.0, 1.0, 3.0, 5.0, 8.0],
    }
    best = np.zeros((*z.shape, 2 + len(SHAPES[model])))
    lowest = np.full(z.shape, np.inf)
    values = np.repeat(series.values, z.shape[1], axis=0)
    for shapes in product(*(offers[name] for name in SHAPES[model])):
        theta = np.concatenate(
            [0 * z[..., None], z[..., None], np.tile(shapes, (*z.shape, 1))], axis=2
        )
        flat, cost = _start_level(
            series, model, theta.reshape(-1, theta.shape[2]), nuisance.reshape(-1), values
        )
        better = cost.reshape(z.shape) < lowest
        best[better], lowest[better] = (
            flat.reshape(theta.shape)[better],
            cost.reshape(z.shape)[better],
        )
    return best


def _start_level(
    series: Series, model: str, theta: Array, nuisance: Array, values: Array
) -> tuple[Array, Array]:
    """Theta (points, parameters) with its first column at a level near the data (points, n); the
    cost there: (points,)."""
    lower, upper = bounds(series, model)
    theta = np.clip(theta, lower, upper)
    # far below any ceiling
    low = np.concatenate([np.full((len(theta), 1), -20.0), theta[:, 1:]], axis=1)
    share = predictor(series, model, low, series.since)[0] + 20.0
    if series.errors == "logitnormal":
        share = share + np.log(series.limit)
    if series.is_counted:
        expected = (series.exposure * np.exp(np.minimum(share, 200.0))).sum(axis=1)
        theta[:, 0] = np.log(np.maximum(values.sum(axis=1), 0.5) / np.maximum(expected, 1e-200))
    elif series.errors == "additive":
        shape = np.exp(np.minimum(share, 200.0))
        height = (values * shape).sum(axis=1) / np.maximum((shape**2).sum(axis=1), 1e-200)
        theta[:, 0] = np.log(np.maximum(height, 1e-12))
    else:
        theta[:, 0] = (np.log(values) - share).mean(axis=1)
    theta = np.clip(theta, lower, upper)
    eta, slopes = predictor(series, model, theta, series.since)
    left = residuals(series, eta, slopes, nuisance, values)[0]
    return theta, np.einsum("bn,bn->b", left, left)


def _prior(series: Series, model: str, theta: Array) -> tuple[Array, Array]:
    """Precision of each parameter, and half the squared distance from the prior's centre: (series,
    points)."""
    middle = np.log(max(series.span, 1.0))
    own = {
        "log_duration": (middle, SPREAD_DURATION),
        "log_shape": (0.0, SPREAD_SHAPE),
        "log_ratio": (np.log(20.0), SPREAD_RATIO),
    }
    pairs = [(0.0, SPREAD_LEVEL)]
    if model in SHAPES:
        pairs += [(0.0, np.inf), *(own[name] for name in SHAPES[model])]
    elif model == "trend":
        pairs.append((0.0, SPREAD_TREND / max(series.span, 1.0)))
    centre, spread = np.array(pairs).T
    precision = np.where(np.isfinite(spread), spread, 1e150) ** -2.0
    return precision, 0.5 * ((theta - centre)[..., 1:] ** 2 * precision[1:]).sum(axis=2)


def _likelihood(
    series: Series, theta: Array, cost: Array, nuisance: Array, free: int
) -> tuple[float, Array, Array]:
    """Degrees of freedom, variance and log-likelihood of each point, sigma integrated out."""
    n = series.values.shape[1]
    if series.errors == "negative_binomial":
        values = np.repeat(series.values, nuisance.shape[1], axis=0)
        best = saturated(values, nuisance.reshape(-1), series.weights)
        flat = series.inflation
        return np.inf, np.full(cost.shape, flat), (best.reshape(cost.shape) - 0.5 * cost) / flat
    if series.errors == "quasi_poisson":
        variance = (
            np.maximum(1.0, cost.min(axis=1, keepdims=True) / max(n - free - 1, 1)) + 0 * cost
        )
        return np.inf, variance, -0.5 * cost / variance - 0.5 * n * np.log(variance)
    dof = n + IMAGINED - free
    total = cost + IMAGINED * (IMAGINED_SD * series.unit) ** 2
    fit = -0.5 * (n + IMAGINED) * np.log(total) + log_determinant(
        series, nuisance.reshape(-1)
    ).reshape(cost.shape)
    return dof, total / dof, fit

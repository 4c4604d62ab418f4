"""A stochastic frontier put to the solver: which likelihood, in scaled units, from which starting
values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.stochastic_frontier.composed_errors import DISTRIBUTIONS
from firstlight.instruments.productivity.stochastic_frontier.frontier_design import (
    Orthogonal,
    orthogonal,
    refuse_columns,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_tests import (
    WithoutInefficiency,
    least_squares,
    random_intercepts,
    within_units,
)
from firstlight.instruments.productivity.stochastic_frontier.panel_frontiers import (
    IndependentRows,
    Likelihood,
    Sample,
    SharedInefficiency,
    UnitDummies,
    UnitEffects,
)
from firstlight.instruments.productivity.stochastic_frontier.refusals import refusal
from firstlight.texts import Count, Name, message

Floats = NDArray[np.float64]
MODELS = (
    "pooled",
    "time_invariant",
    "time_decay",
    "true_fixed",
    "true_fixed_dummies",
    "true_random",
)
WITHIN = ("true_fixed", "true_fixed_dummies")
TRUE_EFFECTS = (*WITHIN, "true_random")
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # starting values of gamma
TRUNCATIONS = (-2.0, -0.5, 0.0, 1.0, 2.0)  # of mu / sigma_u
DECAYS = (-1.0, 0.0, 1.0)  # of eta times the span of the years
LARGEST_MEAN = 1e4  # of mu, where residuals have variance 1
LARGEST_DECAY = 10.0  # of eta times the span: a change of inefficiency by exp(10)
LOG_BOUNDS = (-18.0, 8.0)  # of the log variances, where residuals have variance 1


@dataclass(frozen=True)
class FrontierModel:
    """Which frontier: see ``fit_frontier`` for the meaning of each.

    Raises  InputError for a word that isn't known, and InputError for two that don't go together.
    """

    model: str = "pooled"
    distribution: str = "half_normal"
    cost: bool = False
    last_year: str = "panel"
    nodes: int = 40

    def __post_init__(self) -> None:
        """Refuse words that aren't known and pairs that don't go together."""
        check_choice("model", self.model, MODELS)
        check_choice("distribution", self.distribution, DISTRIBUTIONS)
        check_choice("last_year", self.last_year, ("panel", "unit"))
        if self.nodes < 2 or self.nodes % 2:
            raise refusal(message("odd_nodes", nodes=Count(self.nodes)))
        if self.distribution == "truncated_normal" and self.model in TRUE_EFFECTS:
            raise refusal(message("truncated_effects", model=Name(self.model)))
        if self.distribution == "exponential" and self.model.startswith("time"):
            raise refusal(message("exponential_kept", model=Name(self.model)))


@dataclass(frozen=True)
class Problem:
    """The model in scaled units, and what leads back.

    x, z      : regressors (with the constant, or less their units' means) and determinants, made
            orthogonal
    without   : the same regression without inefficiency
    dimension : how many numbers the density is of: n, or n - N within units
    scale     : of y; span : years from first to last
    """

    sample: Sample
    x: Orthogonal
    z: Orthogonal
    likelihood: Likelihood
    without: WithoutInefficiency
    dimension: int
    scale: float
    span: float


def problem_of(
    which: FrontierModel,
    y: Floats,
    x: Floats,
    z: Floats,
    unit: NDArray[np.int64],
    time: Floats,
    names: tuple[str, ...],
    z_names: tuple[str, ...],
) -> Problem:
    """Check and scale rows that are sorted by unit, then time.

    y : (n,); x : (n, k), without constant; z : (n, p), without constant; unit : (n,), places; time
            : (n,)
    Raises  InputError for constant or collinear columns, or too few rows.
    """
    first = np.flatnonzero(np.diff(unit, prepend=-1))
    size = np.diff(np.append(first, len(y)))
    is_within, sign = which.model in WITHIN, -1.0 if which.cost else 1.0
    _refuse_rows(which, len(y), x.shape[1] + z.shape[1], size)
    if is_within:
        y, x = _less_means(y[:, None], first, size)[:, 0], _less_means(x, first, size)
    refuse_columns(x, names, within=is_within)
    refuse_columns(z, z_names)
    if not is_within:
        x = np.column_stack([np.ones(len(y)), x])
    columns = orthogonal(sign * x)
    has_mean = which.distribution == "truncated_normal"
    if has_mean:
        means = orthogonal(np.column_stack([np.ones(len(y)), z]))
    else:
        means = orthogonal(np.zeros((len(y), 0)))
    scale = float(np.sqrt(least_squares(sign * y, columns.values).noise_variance))
    # outputs that inputs give exactly leave neither noise nor inefficiency
    if not scale > 1e-10 * float(np.abs(y).max()):
        raise refusal(message("no_noise"))
    span = float(np.ptp(time))
    last = time.max() if which.last_year == "panel" else np.maximum.reduceat(time, first)[unit]
    elapsed = (time - last) / span if span else np.zeros(len(y))
    sample = Sample(sign * y / scale, columns.values, means.values, first, elapsed)
    return Problem(
        sample=sample,
        x=columns,
        z=means,
        likelihood=_likelihood(which, sample),
        without=_without(which, sample),
        dimension=len(y) - len(first) * (which.model == "true_fixed"),
        scale=scale,
        span=span,
    )


def starts_of(problem: Problem) -> list[Floats]:
    """A grid over gamma, mu and eta, each with the variances and the constant that the moments then
    imply.

    Returns vectors as the likelihood takes them.
    """
    without, likelihood = problem.without, problem.likelihood
    has_mean = bool(problem.sample.z.shape[1])
    own: tuple[tuple[float, ...], ...] = ((),)
    if likelihood.own == "eta":
        own = tuple((decay,) for decay in DECAYS)
    elif likelihood.own:
        own = ((float(np.log(max(without.unit_variance, 0.01 * without.noise_variance))),),)
    starts = []
    for share, q, extra in product(SHARES, TRUNCATIONS if has_mean else (0.0,), own):
        mean, variance = likelihood.composed.mean_and_variance(q)
        sigma2 = without.noise_variance / (1 - share + share * variance)
        u = float(np.sqrt(share * sigma2))
        slopes = without.slopes + problem.x.of(1.0) * mean * u
        logs = np.log([(1 - share) * sigma2, share * sigma2])
        starts.append(np.array([*slopes, *problem.z.of(q * u), *extra, *logs]))
    return starts


def bounds_of(problem: Problem) -> list[tuple[float, float]]:
    """Far limits, within which exponentials are numbers: a pair for each parameter."""
    slopes = [(-np.inf, np.inf)] * problem.sample.x.shape[1]
    means = [(-LARGEST_MEAN, LARGEST_MEAN)] * problem.sample.z.shape[1]
    own = {"": [], "eta": [(-LARGEST_DECAY, LARGEST_DECAY)], "sigma2_unit": [LOG_BOUNDS]}[
        problem.likelihood.own
    ]
    return [*slopes, *means, *own, LOG_BOUNDS, LOG_BOUNDS]


def _likelihood(which: FrontierModel, sample: Sample) -> Likelihood:
    composed = DISTRIBUTIONS[which.distribution]
    if which.model == "pooled":
        return IndependentRows(sample, composed)
    if which.model == "true_fixed_dummies":
        return UnitDummies(sample, composed)
    if which.model in TRUE_EFFECTS:
        return UnitEffects(sample, composed, which.model == "true_fixed", which.nodes)
    return SharedInefficiency(sample, composed, which.model == "time_decay")


def _without(which: FrontierModel, sample: Sample) -> WithoutInefficiency:
    if which.model == "true_fixed":
        return within_units(sample.y, sample.x, sample.size)
    if which.model == "true_random":
        return random_intercepts(sample.y, sample.x, sample.unit, sample.size)
    return least_squares(sample.y, sample.x)


def _less_means(columns: Floats, first: NDArray[np.int64], size: NDArray[np.int64]) -> Floats:
    means = np.add.reduceat(columns, first, axis=0) / size[:, None]
    return np.asarray(columns - np.repeat(means, size, axis=0))


def _refuse_rows(which: FrontierModel, n: int, slopes: int, size: NDArray[np.int64]) -> None:
    needs = {"pooled": 0, "time_invariant": 0, "time_decay": 1, "true_random": 1}.get(
        which.model, len(size) - 1
    )
    needs += slopes + 3 + (which.distribution == "truncated_normal")
    if n <= needs:
        raise refusal(message("few_rows", count=Count(n), parameters=Count(needs)))
    if which.model != "pooled" and size.max() < 2:
        raise refusal(message("one_row_each", model=Name(which.model)))

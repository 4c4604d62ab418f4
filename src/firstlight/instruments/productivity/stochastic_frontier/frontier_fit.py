"""Stochastic frontiers fitted by maximum likelihood, on arrays: parameters, efficiencies and tests,
in the user's units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from firstlight.errors import check_between, check_choice
from firstlight.instruments.productivity.stochastic_frontier.composed_errors import Inefficiency
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import (
    WITHIN,
    FrontierModel,
    Problem,
    bounds_of,
    problem_of,
    starts_of,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_tests import (
    Skewness,
    mixed_chi_square_p,
    skewness_test,
)
from firstlight.instruments.productivity.stochastic_frontier.likelihood_ascent import (
    Maximum,
    maximise,
)
from firstlight.instruments.productivity.stochastic_frontier.panel_frontiers import (
    Likelihood,
    UnitEffects,
)
from firstlight.instruments.productivity.stochastic_frontier.refusals import refusal
from firstlight.measurement import Progress
from firstlight.numerics.distributions import critical_z
from firstlight.numerics.known_values import known_mean
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Name, message

Floats = NDArray[np.float64]
DOUBLINGS = 4  # of the nodes, at most
NO_GAIN = 1e-6  # of twice the log likelihood: what inefficiency must bring to be there at all
NO_NOISE = 1e-6  # share of noise in sigma^2 below which the frontier is deterministic
# unit variance over that of noise and inefficiency below which units have no intercepts of their
# own
NO_EFFECTS = 1e-6
TRUNCATION = -30.0  # mu / sigma_u below which a truncated normal is an exponential to three digits
NORMAL = 4.0  # mu / sigma_u above which a truncated normal is a normal to four digits
SURE_DECAY = critical_z(0.95)  # standard errors that eta must be away from 0: a test at 5%
COARSE = 1e-6  # change of the log likelihood when nodes are doubled, above which they are


@dataclass(frozen=True)
class FrontierFit:
    """A fitted frontier. Efficiencies are nan where the fit has not converged, or in units of one
    row under true fixed effects.

    terms           : p names; estimate, standard_error, low, high : (p,), with intervals by the
                      normal distribution, of variances in logs and of gamma in log odds
    kinds           : p of ``frontier``, ``inefficiency`` (mu, determinants, eta), ``variance``
    covariance      : (p, p), variances and their functions by the delta method
    state           : ``converged``, or why there are no efficiencies (`_state`)
    log_likelihood, log_likelihood_without : with and without inefficiency
    likelihood_ratio, restrictions, p_value : one-sided test of no inefficiency; nan, 0, nan where
            its distribution isn't known
    skewness        : of least-squares residuals; None where rows of a unit are not independent
    gradient_largest: in scaled parameters; rise : what a further Newton step promises, twice the
    log likelihood
    quadrature_change : of the log likelihood when nodes are doubled once more; nan where there is
            no integral
    efficiency, efficiency_low, efficiency_high : (n,), E[exp(-u) | e] and its interval
    inefficiency    : (n,), E[u | e]
    is_identified   : (n,), False in units of one row under true fixed effects
    """

    terms: tuple[str, ...]
    kinds: tuple[str, ...]
    estimate: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    covariance: Floats
    state: str
    log_likelihood: float
    log_likelihood_without: float
    likelihood_ratio: float
    restrictions: int
    p_value: float
    skewness: Skewness | None
    gradient_largest: float
    rise: float
    quadrature_change: float
    efficiency: Floats
    efficiency_low: Floats
    efficiency_high: Floats
    inefficiency: Floats
    is_identified: NDArray[np.bool_]

    @property
    def mean_efficiency(self) -> float:
        """Mean over the rows that have one; nan where none has."""
        return known_mean(self.efficiency)

    def value(self, term: str) -> float:
        """The estimate of a term.

        Raises  InputError for a term that isn't there.
        """
        check_choice("term", term, self.terms)
        return float(self.estimate[self.terms.index(term)])


def fit_frontier(
    y: Any,
    x: Any,
    names: Sequence[str],
    which: FrontierModel | None = None,
    *,
    unit: Any = None,
    time: Any = None,
    determinants: Any = None,
    determinant_names: Sequence[str] = (),
    level: float = 0.95,
    progress: Progress | None = None,
) -> FrontierFit:
    """y = a + x b + v - u (production) or + u (cost), with noise v and inefficiency u >= 0, by
    maximum likelihood.

    y : (n,), x : (n, k), in logs where exp(-u) is to be an efficiency; names : k. A constant is
            added
    which : model and distribution; without it pooled and half-normal
    unit, time   : (n,), names and years, needed by all models but ``pooled``
    determinants : (n, p), z of mu = d0 + z d, for pooled truncated normals (Battese and Coelli
            1995); names : p
    level : of the intervals of parameters (normal) and efficiencies (Horrace-Schmidt); progress :
            is told of each ascent
    Returns FrontierFit, rows in the order given.
    Raises  InputError naming a column that is constant or determined by others, too few rows,
            models that don't go together.
    Source: the classes of ``panel_frontiers``; Battese and Corra (1977), Australian Journal of
            Agricultural Economics 21, 169-179 (gamma); Horrace and Schmidt (1996), Journal of
            Productivity Analysis 7, 257-282 (intervals).

    >>> x, v, u = np.random.default_rng(1).normal(size=(3, 200))
    >>> found = fit_frontier(1 + x + 0.2 * v - abs(u), x[:, None], ["x"])
    >>> found.state, found.terms[:2]
    ('converged', ('constant', 'x'))
    """
    which = which or FrontierModel()
    y, x = np.asarray(y, float), np.asarray(x, float)
    z = array_or(determinants, np.zeros((len(y), 0)))
    _refuse(which, y, x, z, unit, time, (names, determinant_names), level)
    units = np.arange(len(y))
    if unit is not None:
        units = np.unique(np.asarray(unit), return_inverse=True)[1]
    times = array_or(time, np.zeros(len(y)))
    order = np.lexsort((times, units))
    with threadpool_limits(1):  # as many threads, as many roundings
        problem = problem_of(
            which,
            y[order],
            x[order],
            z[order],
            units[order],
            times[order],
            tuple(names),
            tuple(determinant_names),
        )
        problem, top, change = _top(problem, progress)
        return _in_user_units(
            which,
            problem,
            top,
            change,
            (tuple(names), tuple(determinant_names)),
            level,
            np.argsort(order),
        )


def _in_user_units(
    which: FrontierModel,
    problem: Problem,
    top: Maximum,
    change: float,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    level: float,
    back: NDArray[np.int64],
) -> FrontierFit:
    gain = 2 * (top.value - problem.without.value)
    state = _state(problem, top, gain, change)
    terms, kinds, estimate, covariance = _terms(problem, top, names, state)
    error = np.sqrt(np.diag(covariance))
    low, high = _interval(terms, kinds, estimate, error, level)
    restrictions = _restrictions(which, problem)
    scores = _scores(which, problem, top, state, level)
    shift = -problem.dimension * float(np.log(problem.scale))
    without = problem.without.value + shift
    ratio = max(gain, 0.0) if restrictions else float("nan")
    return FrontierFit(
        terms=terms,
        kinds=kinds,
        estimate=estimate,
        standard_error=error,
        low=low,
        high=high,
        covariance=covariance,
        state=state,
        log_likelihood=without if state == "no_inefficiency" else top.value + shift,
        log_likelihood_without=without,
        likelihood_ratio=ratio,
        restrictions=restrictions,
        p_value=mixed_chi_square_p(ratio, restrictions) if restrictions else float("nan"),
        skewness=skewness_test(problem.without.residual) if which.model == "pooled" else None,
        gradient_largest=float(np.abs(top.gradient).max()),
        rise=top.rise,
        quadrature_change=change,
        efficiency=scores[0][back],
        efficiency_low=scores[1][back],
        efficiency_high=scores[2][back],
        inefficiency=scores[3][back],
        is_identified=_is_identified(which, problem)[back],
    )


def _top(problem: Problem, progress: Progress | None) -> tuple[Problem, Maximum, float]:
    """The maximum, and what the log likelihood changes there with twice the nodes; nodes are
    doubled until that is little."""
    effects, bounds = problem.likelihood, bounds_of(problem)
    if not isinstance(effects, UnitEffects):
        top = maximise(effects.evaluate, starts_of(problem), bounds, 3, progress, _numbers(effects))
        return problem, top, float("nan")
    top = maximise(effects.evaluate, starts_of(problem), bounds, 2, progress, _numbers(effects))
    for _ in range(DOUBLINGS):
        finer = replace(effects, nodes=2 * effects.nodes)
        change = abs(finer.evaluate(top.theta)[0] - top.value)
        if change <= COARSE:
            break
        effects = finer
        top = maximise(effects.evaluate, [top.theta], bounds, 1, progress, _numbers(effects))
    return replace(problem, likelihood=effects), top, change


def _numbers(effects: Likelihood) -> list[Any]:
    """Every number that a likelihood reads."""
    own = dict(vars(effects))
    sample, composed = own.pop("sample"), own.pop("composed")
    return [
        type(effects).__name__,
        composed.density.__name__,
        *own.values(),
        *vars(sample).values(),
    ]


def _terms(
    problem: Problem, top: Maximum, names: tuple[tuple[str, ...], tuple[str, ...]], state: str
) -> tuple[tuple[str, ...], tuple[str, ...], Floats, Floats]:
    """Names, kinds, estimates and covariance in the user's units: with J the derivatives of the
    terms in theta, J C J'."""
    own, sample, without = problem.likelihood.own, problem.sample, problem.without
    k, p = sample.x.shape[1], sample.z.shape[1]
    slopes, means = _names(k, p, names)
    terms = [*slopes, *means]
    if own:
        terms.append(own)
    terms += ["sigma2_v", "sigma2_u", "sigma2", "gamma", "lambda"]
    kinds = ["frontier"] * k + ["inefficiency"] * (p + (own == "eta"))
    kinds += ["variance"] * (len(terms) - len(kinds))
    theta = top.theta.copy()
    if state == "no_inefficiency":
        theta[:k], theta[k:-2] = without.slopes, np.nan
        with np.errstate(divide="ignore"):
            theta[-2:] = np.log([without.noise_variance, 0.0])
            if own == "sigma2_unit":
                theta[-3] = np.log(without.unit_variance)
    jacobian = np.zeros((len(terms), len(theta)))
    jacobian[:k, :k], jacobian[k : k + p, k : k + p] = (
        problem.scale * problem.x.back,
        problem.scale * problem.z.back,
    )
    estimate = np.array(
        [*(jacobian[:k, :k] @ theta[:k]), *(jacobian[k : k + p, k : k + p] @ theta[k : k + p])]
    )
    if own == "eta":
        jacobian[k + p, k + p] = 1 / problem.span
        estimate = np.append(estimate, theta[k + p] / problem.span)
    elif own:
        estimate = np.append(estimate, problem.scale**2 * np.exp(theta[k + p]))
        jacobian[k + p, k + p] = estimate[-1]
    variances, by_logs = _variances(
        problem.scale**2 * np.exp(theta[-2]), problem.scale**2 * np.exp(theta[-1])
    )
    jacobian[-5:, -2:] = by_logs
    covariance = np.full((len(terms), len(terms)), np.nan)
    if state == "converged":
        covariance = jacobian @ top.covariance @ jacobian.T
    elif state == "no_inefficiency":
        covariance[:k, :k] = jacobian[:k, :k] @ without.covariance @ jacobian[:k, :k].T
    return tuple(terms), tuple(kinds), np.append(estimate, variances), covariance


def _interval(
    terms: tuple[str, ...], kinds: tuple[str, ...], estimate: Floats, error: Floats, level: float
) -> tuple[Floats, Floats]:
    """Normal intervals: of variances in logs and of gamma in log odds, so that they stay where
    these can be."""
    reach = critical_z(level) * error
    low, high = estimate - reach, estimate + reach
    for place in np.flatnonzero((np.array(kinds) == "variance") & np.isfinite(error)):
        value = estimate[place]
        if terms[place] == "gamma":
            low[place], high[place] = expit(
                logit(value) + np.array([-1, 1]) * reach[place] / (value * (1 - value))
            )
        else:
            with np.errstate(over="ignore"):  # an end without limit is infinite
                low[place], high[place] = value * np.exp(np.array([-1, 1]) * reach[place] / value)
    return low, high


def _names(
    k: int, p: int, names: tuple[tuple[str, ...], tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    slopes = [*names[0]]
    if k > len(names[0]):
        slopes.insert(0, "constant")
    if not names[1]:
        return slopes, ["mu"] * p
    return slopes, ["inefficiency: constant", *(f"inefficiency: {name}" for name in names[1])]


def _variances(v2: float, u2: float) -> tuple[Floats, Floats]:
    """sigma_v^2, sigma_u^2, their sum, gamma = sigma_u^2/sigma^2, lambda = sigma_u/sigma_v;
    derivatives in both logs."""
    total, ratio = v2 + u2, float(np.sqrt(u2 / v2))
    share = u2 / total
    by_logs = [
        [v2, 0],
        [0, u2],
        [v2, u2],
        [-share * (1 - share), share * (1 - share)],
        [-ratio / 2, ratio / 2],
    ]
    return np.array([v2, u2, total, share, ratio]), np.array(by_logs)


def _restrictions(which: FrontierModel, problem: Problem) -> int:
    """How many parameters no inefficiency sets: with dummies none, since their likelihood ratio has
    no known distribution."""
    if which.model == "true_fixed_dummies":
        return 0
    return 1 + int(problem.sample.z.shape[1]) + (problem.likelihood.own == "eta")


def _state(problem: Problem, top: Maximum, gain: float, change: float) -> str:
    """How an ascent ended: ``converged``, or why there are no efficiencies, whose words stand under
    ``[codes.reason]``.

    gain : of twice the log likelihood over that without inefficiency; change : of it when nodes are
            doubled, nan without nodes
    """
    noise, size = np.exp(top.theta[-2:])
    k, p = problem.sample.x.shape[1], problem.sample.z.shape[1]
    if gain < NO_GAIN:
        return "no_inefficiency"
    if noise < NO_NOISE * (noise + size):
        return "no_noise"
    if problem.likelihood.own == "sigma2_unit" and np.exp(top.theta[-3]) < NO_EFFECTS * (
        noise + size
    ):
        return "no_unit_variance"
    if p and size < NO_NOISE * (noise + size):
        return "no_spread"
    means = problem.sample.z @ top.theta[k : k + p] / np.sqrt(size)
    if p and means.max() < TRUNCATION:
        return "exponential_limit"
    if p and means.min() > NORMAL and not _decays(problem, top):
        return "normal_limit"
    if change > COARSE:
        return "coarse_integral"
    return "converged" if top.is_maximum else "not_converged"


def _decays(problem: Problem, top: Maximum) -> bool:
    """Whether inefficiency surely moves with the years, which tells its mean from the constant,
    however normal it is."""
    place = len(top.theta) - 3
    return problem.likelihood.own == "eta" and bool(
        abs(top.theta[place]) > SURE_DECAY * np.sqrt(top.covariance[place, place])
    )


def _is_identified(which: FrontierModel, problem: Problem) -> NDArray[np.bool_]:
    several = problem.sample.size[problem.sample.unit] > 1
    return several if which.model in WITHIN else np.ones_like(several)


def _scores(
    which: FrontierModel, problem: Problem, top: Maximum, state: str, level: float
) -> Floats:
    """(4, n): efficiency, its interval's ends, inefficiency; nan where they are not known."""
    if state != "converged":
        return np.full((4, len(problem.sample.y)), np.nan)
    known = problem.likelihood.inefficiency(top.theta)
    u = Inefficiency(known.location * problem.scale, known.scale * problem.scale, known.weight)
    ends = [np.exp(-u.quantile(share)) for share in ((1 + level) / 2, (1 - level) / 2)]
    return np.where(
        _is_identified(which, problem), np.array([u.efficiency(), *ends, u.mean()]), np.nan
    )


def _refuse(
    which: FrontierModel,
    y: Floats,
    x: Floats,
    z: Floats,
    unit: Any,
    time: Any,
    names: tuple[Sequence[str], Sequence[str]],
    level: float,
) -> None:
    n = len(y)
    shapes = (
        y.ndim == 1
        and x.shape == (n, len(names[0]))
        and z.shape == (n, len(names[1]))
        and len(names[0]) > 0
    )
    if not shapes or any(given is not None and len(given) != n for given in (unit, time)):
        given = {name: Name(str(of.shape)) for name, of in (("y", y), ("x", x), ("z", z))}
        raise refusal(message("shapes", **given))
    if not all(np.isfinite(part).all() for part in (y, x, z)):
        raise refusal(message("number_not_finite"))
    check_between("level", level, 0, 1)
    if which.model != "pooled" and unit is None:
        raise refusal(message("no_units", model=Name(which.model)))
    if which.model == "time_decay" and time is None:
        raise refusal(message("no_years", model=Name(which.model)))
    if z.shape[1] and (which.model, which.distribution) != ("pooled", "truncated_normal"):
        asked = {"model": Name(which.model), "distribution": Name(which.distribution)}
        raise refusal(message("determinants_of", **asked))

"""Forecasts of cost with their distribution: a random walk with drift and correlated noise.

Symbols, as in Farmer and Lafond (2016): y log cost, m changes that were fitted, mu drift, K
standard deviation of a year's change, tau years ahead, theta correlation of the noise v (a change
is mu + v_t + theta v_(t-1)), A* growth of the error's variance, Xi expected squared error over the
squared estimate of K. omega, x as in ``learning_curves``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded, toeplitz
from scipy.optimize import minimize_scalar

from firstlight.errors import InputError, check_between, check_bounds, check_enough
from firstlight.instruments.diffusion.cost_learning.laws import (
    FOLDER,
    Array,
    checked_series,
    checked_stock,
    moore,
    wright,
)
from firstlight.instruments.diffusion.given_numbers import check_all_positive
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.distributions import t_below, t_quantile
from firstlight.texts import message

# matched to the errors of 53 technologies (Farmer and Lafond 2016, section 4.2)
PUBLISHED_THETA = 0.63
# changes, for the squared error over the squared estimate of K to have a mean
FEWEST_FOR_MOMENT = 4
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(300)
_GRID = np.linspace(-1, 1, 401)


@dataclass(frozen=True)
class Walk:
    """A random walk of log cost with drift, fitted to all the years handed in.

    law        : ``moore`` (drift per year) or ``wright`` (drift per unit of log cumulative
        production)
    last_year, log_cost, log_production : the last point (log_production is nan for ``moore``)
    slope      : mu or omega; volatility : K, of a year's change of log cost
    gaps       : (changes,), years between points; steps : (changes,), what the drift multiplies
    """

    law: str
    last_year: int
    log_cost: float
    log_production: float
    slope: float
    volatility: float
    gaps: tuple[int, ...]
    steps: tuple[float, ...]


@dataclass(frozen=True)
class CostForecast:
    """The distribution of log cost in each year: Student's t around ``location``.

    years    : (years,); location, scale : (years,), of natural log cost in the unit handed in; df :
        degrees of freedom
    """

    years: NDArray[np.int64]
    location: Array
    scale: Array
    df: int

    def quantile(self, probability: float) -> Array:
        """The cost, (years,), undercut with this probability; inf beyond the largest float."""
        check_between("probability", probability)
        with np.errstate(over="ignore"):
            return np.asarray(
                np.exp(self.location + self.scale * t_quantile(probability, self.df)), dtype=float
            )

    def probability_below(self, cost: float) -> Array:
        """Probability, (years,), that a year's cost is below a target, in the unit handed in.

        Raises  InputError for a target that isn't positive.
        """
        check_all_positive(cost=cost)
        return _t_below(np.log(cost) - self.location, self.scale, self.df)


def random_walk(years: Any, costs: Any, cumulative_production: Any = None) -> Walk:
    """The walk's drift and volatility from changes, as `moore` or `wright` in differences.

    years, costs, cumulative_production : as in ``moore`` and ``wright``
    Returns Walk.
    Raises  InputError as ``moore`` and ``wright``.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 17 and 18; Lafond and
            others (2018), Technological Forecasting and Social Change 128, 104-117.

    >>> round(random_walk([2000, 2001, 2002], [8, 4, 2]).slope, 4)
    -0.6931
    """
    t, y = checked_series(years, costs)
    gaps = tuple(int(gap) for gap in np.diff(t))
    if cumulative_production is None:
        curve, law, last = moore(years, costs), "moore", float("nan")
        steps = tuple(float(gap) for gap in gaps)
    else:
        curve, law = wright(years, costs, cumulative_production), "wright"
        x = checked_stock(years, cumulative_production, "cumulative_production")
        steps, last = tuple(float(step) for step in np.diff(x)), float(x[-1])
    return Walk(
        law, int(t[-1]), float(y[-1]), last, float(curve.slope[0]), curve.residual_sd, gaps, steps
    )


def forecast_costs(
    walk: Walk, years: Any, *, theta: float = PUBLISHED_THETA, cumulative_production: Any = None
) -> CostForecast:
    """The distribution of cost in later years.

    Location y + mu tau (or y + omega times the growth of log production). Student's t with m - 1
    degrees of freedom, scaled so that its mean square is that of the model itself: K^2 Xi
    (m-3)/(m-1). With theta = 0 this is the exact K^2 (tau + tau^2/m). Farmer and Lafond's closed
    form, K^2 A*/(1 + theta^2), leaves out that correlated noise makes K look small in few years:
    with m = 5 and theta = .63 its 80% band holds 75% of what the model itself makes, this one 80%.
    Below four changes Xi is infinite; there the mean of the estimated K^2 is corrected instead.

    walk  : from ``random_walk``; years : (years,), after the last one fitted; theta : -1 to 1, 0
        for independent noise
    cumulative_production : (years,), in those years, for Wright's law: the forecast is conditional
        on it
    Returns CostForecast.
    Raises  InputError for a year that is not later, theta outside -1 to 1, or production that is
        absent or falls.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 9, 13-16 and appendix B;
            Lafond and others (2018), Technological Forecasting and Social Change 128, 104-117;
            Magnus (1986), Annales d'Économie et de Statistique 4, 95-109 (expected ratio of
            quadratic forms).

    >>> walk = random_walk(range(2000, 2006), [100, 92, 80, 77, 69, 60])
    >>> forecast_costs(walk, [2010], theta=0).quantile(0.5).round(1).tolist()
    [36.0]
    """
    ahead = _later(walk, years)
    taus = ahead - walk.last_year
    growth = _growth(walk, ahead, cumulative_production)
    factor = scale_factor(walk.gaps, walk.steps, taus, growth, theta)
    m = len(walk.gaps)
    return CostForecast(
        ahead, walk.log_cost + walk.slope * growth, walk.volatility * np.sqrt(factor), m - 1
    )


def error_growth(m: int, tau: Any, theta: float = 0.0) -> Array:
    """A*, the variance of the error tau years ahead over that of the noise v, m changes fitted.

    A* = -2 theta + (1 + 2(m-1) theta/m + theta^2)(tau + tau^2/m); without theta, A = tau + tau^2/m.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 10 and 13.

    >>> error_growth(5, [1, 10]).tolist()
    [1.2, 30.0]
    """
    t = np.asarray(tau, dtype=float)
    return np.asarray(
        -2 * theta + (1 + 2 * (m - 1) * theta / m + theta**2) * (t + t**2 / m), dtype=float
    )


def expected_squared_error(m: int, tau: Any, theta: float = 0.0) -> Array:
    """Xi, the mean of (error / estimated K)^2 tau years ahead, m changes fitted; exact.

    For theta = 0 it is (m-1)/(m-3) A. For other theta the paper approximates it, and simulates it
    where m is small; here it is the expectation of a ratio of quadratic forms of normal variables,
    a single integral.

    m : 4 or more; tau : whole years, 1 or more
    Returns the shape of tau. Raises InputError for fewer than four changes: the mean is infinite.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 8 and 14; Magnus (1986),
            Annales d'Économie et de Statistique 4, 95-109.

    >>> expected_squared_error(5, [1, 10]).round(6).tolist()
    [2.4, 60.0]
    """
    check_bounds("m", m, FEWEST_FOR_MOMENT)
    t = np.asarray(tau, dtype=np.int64)
    flat = tuple((int(each), float(each)) for each in t.ravel())
    return np.reshape(_ratio((1,) * m, (1.0,) * m, flat, float(theta)), t.shape)


def scale_factor(
    gaps: tuple[int, ...], steps: tuple[float, ...], taus: Any, growth: Any, theta: float
) -> Array:
    """Squared scale of Student's t over the squared estimate of K, for each horizon.

    >>> scale_factor((1,) * 5, (1.0,) * 5, [1, 10], [1, 10], 0.0).round(6).tolist()
    [1.2, 30.0]
    """
    check_bounds("theta", theta, -1, 1)
    m, rho = len(gaps), theta / (1 + theta**2)
    ahead = tuple((int(tau), float(s)) for tau, s in zip(taus, growth, strict=True))
    if m >= FEWEST_FOR_MOMENT:
        return _ratio(gaps, steps, ahead, float(theta)) * (m - 3) / (m - 1)
    past = sum(gaps)
    correlation = toeplitz([1.0, rho] + [0.0] * (past - 1))[:past, :past]
    shrinkage = float(np.trace(residual_form(gaps, steps) @ correlation))
    c = error_weights(gaps, steps, ahead)
    return np.asarray(
        ((c**2).sum(axis=0) + 2 * rho * (c[1:] * c[:-1]).sum(axis=0)) / shrinkage, dtype=float
    )


def moving_average_theta(changes: Any) -> float:
    """Theta by maximum likelihood: changes = mu + v_t + theta v_(t-1), mu and variance free.

    The exact likelihood often piles up at -1 or 1 in short series. The highest maximum inside is
    returned where there is one, as a search from 0 finds it; -1 or 1 where there is none, which
    says that theta can't be told (Farmer and Lafond leave such technologies out of their average).

    changes : (years,), of log cost, consecutive years, three or more
    Returns -1 to 1; nan where the changes are all alike.
    Raises  InputError for fewer than three changes.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, section 4.2 and appendix D;
            Brockwell and Davis (1991), Time Series, section 8.7.

    >>> moving_average_theta([0.1, -0.2, 0.3, -0.3, 0.2, -0.1])
    -1.0
    """
    x = np.asarray(changes, dtype=float)
    check_shape("changes", x, None)
    check_numbers("changes", x)
    check_enough("changes", x.size, 3, "changes")
    # changes that never differ have no noise whose correlation could be matched
    if np.ptp(x) <= 1e-12 * (1 + np.abs(x).max()):
        return float("nan")
    values = np.array([_deviance(theta, x) for theta in _GRID])
    inside = np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] < values[2:])) + 1
    if not inside.size:
        if values[0] < values[-1]:
            return float(_GRID[0])
        return float(_GRID[-1])
    best = int(inside[np.argmin(values[inside])])
    bounds = (float(_GRID[best - 1]), float(_GRID[best + 1]))
    found = minimize_scalar(
        _deviance, bounds=bounds, args=(x,), method="bounded", options={"xatol": 1e-9}
    )
    return round(float(found.x), 6)


def _deviance(theta: float, x: Array) -> float:
    n = x.size
    band = np.full((2, n), 1 + theta**2)
    band[0] = theta
    factor = cholesky_banded(band)
    ones = np.ones(n)
    level = (ones @ cho_solve_banded((factor, False), x)) / (
        ones @ cho_solve_banded((factor, False), ones)
    )
    centred = x - level
    squares = float(centred @ cho_solve_banded((factor, False), centred))
    return float(n * np.log(squares / n) + 2 * np.log(factor[1]).sum())


def _t_below(distance: Array, scale: Array, df: int) -> Array:
    """Distribution function; a scale of 0 is a certainty, a half on the point itself."""
    certain = scale == 0
    z = np.divide(distance, scale, out=np.zeros(np.shape(distance)), where=~certain)
    return np.where(certain, (np.sign(distance) + 1) / 2, t_below(z, df))


def error_weights(
    gaps: tuple[int, ...], steps: tuple[float, ...], ahead: tuple[tuple[int, float], ...]
) -> Array:
    """(past + future years, horizons): what each year's noise adds to the error at each horizon."""
    d, x = np.array(gaps, dtype=float), np.array(steps)
    share = np.repeat((x / d) / (x**2 / d).sum(), gaps)
    future = np.arange(1, max(tau for tau, _ in ahead) + 1)
    taus, growth = (np.array([pair[i] for pair in ahead], dtype=float) for i in (0, 1))
    return np.vstack([-share[:, None] * growth, (future[:, None] <= taus).astype(float)])


def residual_form(gaps: tuple[int, ...], steps: tuple[float, ...]) -> Array:
    """(past years, past years): the quadratic form of yearly noise that is the estimate of K^2."""
    d, x = np.array(gaps, dtype=float), np.array(steps)
    sums = np.repeat(np.eye(len(gaps)), gaps, axis=1)  # a change is the sum of its years' noise
    residual = sums - np.outer(x, np.repeat(x / d, gaps)) / (x**2 / d).sum()
    return np.asarray(residual.T @ (residual / d[:, None]) / (len(gaps) - 1), dtype=float)


@lru_cache(maxsize=8192)
def _ratio(
    gaps: tuple[int, ...],
    steps: tuple[float, ...],
    ahead: tuple[tuple[int, float], ...],
    theta: float,
) -> Array:
    """E[error^2 / estimated K^2] at each horizon, K = 1: Magnus's integral over eigenvalues."""
    check_bounds("theta", theta, -1, 1)
    weights = error_weights(gaps, steps, ahead)
    size, past = weights.shape[0], sum(gaps)
    root = np.linalg.cholesky(toeplitz([1.0, theta / (1 + theta**2)] + [0.0] * (size - 2)))
    head = root[:past, :past]
    value, vector = np.linalg.eigh(head.T @ residual_form(gaps, steps) @ head)
    # the residual form has less than full rank: the rest is rounding
    value = np.where(value > 1e-10 * value[-1], value, 0.0)
    turned = root.T @ weights
    parts = (vector.T @ turned[:past]) ** 2
    rest = (turned[past:] ** 2).sum(axis=0)
    s = (_NODES + 1) / 2
    t = (s / (1 - s)) ** 2  # squared, so that the slowest tail (four changes) ends flat
    shrink = 1 / (1 + 2 * t[:, None] * value)
    density = np.exp(0.5 * np.log(shrink).sum(axis=1)) * _WEIGHTS * s / (1 - s) ** 3
    found = np.asarray(density @ (shrink @ parts + rest), dtype=float)
    found.flags.writeable = False
    return found


def _later(walk: Walk, years: Any) -> NDArray[np.int64]:
    ahead = np.atleast_1d(np.asarray(years, dtype=np.int64))
    check_enough("years", ahead.size, 1, "years")
    check_numbers("years", ahead, walk.last_year + 1)
    return ahead


def _growth(walk: Walk, ahead: NDArray[np.int64], production: Any) -> Array:
    if walk.law == "moore":
        return np.asarray(ahead - walk.last_year, dtype=float)
    if production is None:
        raise InputError(message("no_production"), FOLDER)
    path = checked_stock(
        np.r_[walk.last_year, ahead],
        np.r_[np.exp(walk.log_production), production],
        "cumulative_production",
    )
    return (
        path[1:][np.argsort(np.argsort(ahead, kind="stable"), kind="stable")] - walk.log_production
    )

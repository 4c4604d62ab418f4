"""Growth curves by maximum likelihood, with profile-likelihood intervals of the saturation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import check_between, check_choice
from firstlight.instruments.diffusion.growth_curves import CURVES, SHAPES, Array, time_of_fraction
from firstlight.instruments.diffusion.growth_errors import (
    MODELS,
    Series,
    bounds,
    curve_of,
    log_determinant,
    predictor,
    saturated,
)
from firstlight.instruments.diffusion.growth_posterior import Posterior, posterior, solve
from firstlight.instruments.diffusion.growth_series import check_single, growth_series
from firstlight.numerics.distributions import chi2_quantile, critical_t

OPEN = np.log(1e3)  # a saturation of a thousand times the largest level is as good as infinite
STEPS = 16


@dataclass(frozen=True)
class Interval:
    """Both ends at a level; upper is inf where the data don't bound it from above."""

    lower: float
    upper: float
    level: float
    is_open: bool


@dataclass(frozen=True)
class GrowthFit:
    """A curve fitted by maximum likelihood.

    saturation  : K, in the unit of the values (per unit of exposure for rates); of cumulative
        values with what came before the first growth read; nan where it is not identified
    interval    : of K, by profile likelihood
    midpoint    : time of half of K, without what came before, a year; nan where K is not identified
    duration    : years from 10 % to 90 % of K; nan for Bass
    fraction    : share of the saturation that the curve has reached in the last year; nan where K
        is not identified
    shape       : nu of Richards, q/p of Bass, nan otherwise
    innovation, imitation : p and q of Bass, per year; nan otherwise
    correlation : rho of the errors from one year to the next
    dispersion  : sigma of levels' errors, alpha of the negative binomial, or phi of quasi-Poisson,
        the deviance over its degrees of freedom
    values, fitted : (years,), what was fitted and the curve: growth within the year where the kind
        is not level
    kind        : level, cumulative or per_year, as stated or detected
    log_likelihood, aicc : at the maximum; aicc is inf with too few values for so many parameters
    reason      : why the saturation is not identified, no_sign of it in the data; empty where it is
    caution     : below_reached where the saturation lies below the highest level reached: the curve
        takes the last values for deviations; else empty
    """

    curve: str
    kind: str
    errors: str
    years: Array
    values: Array
    saturation: float
    interval: Interval
    midpoint: float
    duration: float
    fraction: float
    shape: float
    innovation: float
    imitation: float
    correlation: float
    dispersion: float
    fitted: Array
    log_likelihood: float
    aicc: float
    reason: str
    caution: str

    @property
    def is_identified(self) -> bool:
        """Whether the data bound the saturation from above."""
        return not self.reason

    @property
    def frame(self) -> pl.DataFrame:
        """Years, values and the curve: year, value, fitted."""
        return pl.DataFrame(
            {"year": self.years.astype(np.int64), "value": self.values, "fitted": self.fitted}
        )


def fit_growth(
    values: Any, years: Any, curve: str = "logistic", *, level: float = 0.9, **choices: Any
) -> GrowthFit:
    """Fit a growth curve by maximum likelihood, and say whether its saturation is identified.

    The fit begins from a grid of phases and shapes and is the best of all. The interval of K holds
    every K whose likelihood, the other parameters at their best, is not significantly below the
    maximum; for levels the threshold n log(1 + t^2 / (n - p)) is exact in a linear model. Where the
    interval is open above, no saturation is given.

    values, years : (years,), see `growth_series`, which also explains the choices kind, errors,
                    exposure, ceiling, launch and serial
    curve    : one of CURVES
    level    : of the interval
    Returns  GrowthFit.
    Raises   InputError for values, years or choices that can't be used.
    Source: Venzon and Moolgavkar (1988), Applied Statistics 37, 87-94 (profile likelihood); Hurvich
            and Tsai (1989), Biometrika 76, 297-307 (AICc).

    >>> from firstlight.instruments.diffusion.growth_curves import logistic
    >>> years = np.arange(1990, 2011)
    >>> wiggle = 1 + .03 * np.cos(7.0 * np.arange(21))
    >>> fit = fit_growth(logistic(years, 80, 1998, 12) * wiggle, years)
    >>> round(fit.saturation), round(fit.midpoint), fit.is_identified
    (81, 1998, True)
    >>> early = fit_growth(logistic(years, 80, 2035, 25) * wiggle, years)
    >>> early.interval.is_open, early.saturation, early.reason
    (True, nan, 'no_sign')
    """
    check_choice("curve", curve, CURVES)
    check_between("level", level)
    series = growth_series(values, years, **choices)
    check_single(series.values)
    theta, nuisance, best, cost = maximum(series, curve)
    interval = _interval(series, curve, theta, best, level)
    return _fit(series, curve, (theta, nuisance, best, cost), interval)


def maximum(
    series: Series, model: str, found: Posterior | None = None
) -> tuple[Array, float, float, float]:
    """Parameters, rho or alpha, log-likelihood and sum of squares at the highest likelihood.

    found : the model's posterior, where it is known already; the best of its points are the starts
    """
    check_choice("model", model, MODELS)
    found = posterior(series, model) if found is None else found
    values = len(series.nuisance)
    grid = found.theta[0].reshape(-1, values, found.theta.shape[2])
    # The best few starts under each rho or alpha, and then z free as well.
    order = np.argsort(-found.log_weight[0].reshape(-1, values), axis=0, kind="stable")[:5]
    start = grid[order, np.arange(values)].reshape(1, -1, grid.shape[2])
    nuisance = np.tile(series.nuisance, len(order))
    minima = solve(series, model, start, nuisance[None], of_maximum=True)
    fit = log_likelihood(series, minima.cost, nuisance)
    at = int(np.argmax(fit))
    return minima.parameters[at], float(nuisance[at]), float(fit[at]), float(minima.cost[at])


def log_likelihood(series: Series, cost: Array, nuisance: Array) -> Array:
    """Log-likelihood at minima, sigma at its maximum: (points,); of levels as transformed."""
    n = series.values.shape[1]
    if series.errors == "negative_binomial":
        return np.asarray(
            saturated(np.repeat(series.values, cost.size, axis=0), nuisance) - 0.5 * cost
        )
    if series.errors == "quasi_poisson":
        phi = np.maximum(1.0, cost / n)
        return np.asarray(-0.5 * cost / phi - 0.5 * n * np.log(phi))
    # a perfect fit has no variance, and its logarithm would be infinite
    variance = np.maximum(cost, 1e-24) / n
    return np.asarray(
        -0.5 * n * (np.log(2 * np.pi * variance) + 1) + log_determinant(series, nuisance)
    )


def parameters_of(series: Series, model: str) -> int:
    """Estimated numbers, those of the errors included."""
    errors = 1 if series.is_counted or len(series.nuisance) == 1 else 2
    return bounds(series, model)[0].size + errors


def aicc(series: Series, model: str, best: float) -> float:
    """Akaike's criterion corrected for few values; inf where there are too few."""
    n, k = series.values.shape[1], parameters_of(series, model)
    return float(-2 * best + 2 * k * n / (n - k - 1)) if n > k + 1 else float("inf")


def _threshold(series: Series, curve: str, level: float) -> float:
    """How far twice the log-likelihood may lie below its maximum."""
    n, p = series.values.shape[1], bounds(series, curve)[0].size
    if series.errors == "negative_binomial":
        return float(chi2_quantile(level, 1))
    t = critical_t(level, max(n - p, 1))
    return t * t if series.errors == "quasi_poisson" else float(n * np.log1p(t * t / max(n - p, 1)))


def _interval(series: Series, curve: str, theta: Array, best: float, level: float) -> Interval:
    """The ends are sought on three grids of log K, each within a step of the last."""
    allowed = 0.5 * _threshold(series, curve, level)
    here, top = float(theta[0]), min(OPEN, float(bounds(series, curve)[1][0]))
    ends = []
    for end in (min(here, 0.0) - 3.0, max(top, here + 1e-9)):
        inside, outside = here, end
        for _ in range(3):
            grid = np.linspace(inside, outside, STEPS)
            below = best - _profile(series, curve, theta, grid)
            crossed = np.flatnonzero(below > allowed)
            if not crossed.size:
                inside = outside
                break
            at = max(int(crossed[0]), 1)
            inside, outside = float(grid[at - 1]), float(grid[at])
            way = (allowed - below[at - 1]) / (below[at] - below[at - 1])
        if inside != outside:  # else it was never crossed, and ends at the bound
            inside += float(np.clip(way, 0, 1)) * (outside - inside)
        ends.append(inside)
    lower, upper = (series.scale * float(np.exp(end)) for end in ends)
    if series.limit < np.inf and ends[1] >= top - 1e-9:
        return Interval(lower, series.limit * series.scale, level, False)
    is_open = bool(ends[1] >= top - 1e-9)
    return Interval(lower, float("inf") if is_open else upper, level, is_open)


def _profile(series: Series, curve: str, theta: Array, grid: Array) -> Array:
    """Log-likelihood at each log K, all else at its best: (grid,)."""
    # Beside the maximum's shapes, phases that keep the last level, with durations to match.
    phase = np.clip(theta[0] - np.logaddexp(0, -theta[1]) - grid, -13.0, -1e-6)
    z = phase - np.log(-np.expm1(phase))
    offers = []
    for stretch in (0.0, 0.5, 1.4):
        start = np.tile(theta, (grid.size, 1))
        start[:, 0], start[:, 1] = grid, z
        if "log_duration" in SHAPES[curve]:
            start[:, 2] += stretch
        else:
            start[:, 2] += 2 * stretch
        offers.append(start)
    values = len(series.nuisance)
    start = np.repeat(np.concatenate(offers), values, axis=0)[None]
    nuisance = np.tile(series.nuisance, len(offers) * grid.size)
    cost = solve(series, curve, start, nuisance[None], fixed=(0,), of_maximum=True).cost
    fit = log_likelihood(series, cost, nuisance)
    return np.asarray(fit.reshape(len(offers), grid.size, values).max(axis=(0, 2)))


def _fit(
    series: Series, curve: str, at: tuple[Array, float, float, float], interval: Interval
) -> GrowthFit:
    """What the parameters of the best fit mean in the user's units; where growth has not slowed
    yet, all that hangs on the ceiling is unknown."""
    theta, nuisance, best, cost = at
    n, p = series.values.shape[1], theta.size
    is_bass, begun = curve == "bass", series.begun
    duration, shape, ratio, rate = float(np.exp(theta[2])), np.nan, np.nan, np.nan
    if curve == "richards":
        shape = float(np.exp(theta[-1]))
    if is_bass:  # its third parameter is imitation over innovation
        ratio, shape, duration = duration, float(np.exp(theta[-1])), np.nan
        left = -np.logaddexp(0, theta[1]) - np.log1p(ratio / (1 + np.exp(-theta[1])))
        rate = float(left / series.launched)
    eta = predictor(series, curve, theta[None], series.since)[0][0]
    values, fitted = series.values[0] * series.scale, curve_of(series, eta)
    correlation = nuisance
    if series.is_counted:  # counts have no scale, and their nuisance is dispersion
        values, fitted = series.values[0], fitted * (series.exposure / series.scale)
        correlation = 0.0
    size = float(np.exp(theta[0]))
    saturation = (begun + size) * series.scale
    midpoint = float(time_of_fraction(curve, theta[None, 1:], series.launched)[0])
    fit = GrowthFit(
        curve=curve,
        kind=series.kind,
        errors=series.errors,
        years=series.since + series.last_year,
        values=values,
        saturation=saturation,
        interval=replace(
            interval,
            lower=interval.lower + begun * series.scale,
            upper=interval.upper + begun * series.scale,
        ),
        midpoint=midpoint + series.last_year,
        duration=duration,
        fraction=(begun + size / (1 + float(np.exp(-theta[1])))) / (begun + size),
        shape=shape,
        innovation=rate / (1 + ratio),
        imitation=rate * ratio / (1 + ratio),
        correlation=correlation,
        dispersion=_dispersion(series, nuisance, cost / max(n - p, 1)),
        fitted=fitted,
        log_likelihood=best,
        aicc=aicc(series, curve, best),
        reason="",
        caution=below_reached(saturation, float(series.highest[0]) * series.scale),
    )
    if not interval.is_open:
        return fit
    return replace(
        fit,
        saturation=np.nan,
        midpoint=np.nan,
        duration=np.nan,
        fraction=np.nan,
        reason="no_sign",
        caution="",
    )


def _dispersion(series: Series, nuisance: float, mean_square: float) -> float:
    if series.errors == "negative_binomial":
        return nuisance
    return mean_square if series.errors == "quasi_poisson" else float(np.sqrt(mean_square))


def is_below(saturation: float, reached: float) -> bool:
    """Whether a saturation lies below what was reached, by more than rounding.

    >>> is_below(54.9, 60), is_below(60 - 1e-12, 60)
    (True, False)
    """
    return saturation < reached * (1 - 1e-9)


def below_reached(saturation: float, reached: float) -> str:
    """The caution where a saturation lies below what was reached, else empty.

    >>> below_reached(54.9, 60), below_reached(61, 60)
    ('below_reached', '')
    """
    return "below_reached" if is_below(saturation, reached) else ""

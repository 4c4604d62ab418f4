"""Forecasts averaged over growth curves, a trend and no growth, by simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import InputError, check_between, check_choice, wrong_shape
from firstlight.instruments.diffusion.given_numbers import FAMILY, check_all_positive
from firstlight.instruments.diffusion.growth_curves import (
    SHAPES,
    Array,
    log_fraction,
    time_of_fraction,
)
from firstlight.instruments.diffusion.growth_errors import (
    MODELS,
    Series,
    bounds,
    curve_of,
    levels_of,
    on_error_scale,
    predictor,
    transformed,
)
from firstlight.instruments.diffusion.growth_fit import aicc, is_below, maximum
from firstlight.instruments.diffusion.growth_posterior import Posterior, posterior
from firstlight.instruments.diffusion.growth_series import check_single, growth_series
from firstlight.texts import Code, Name, message

RULES: Final = ("default", "mixed", "tempered", "evidence", "aicc", "equal")
# The best on one half of the technologies of docs/replications/growth.md, for each error model by
# itself; that page says what had been seen of the other half by then. Without a ceiling an equal
# share for the trend would let every band run away.
DEFAULT, DEFAULT_UNDER_CEILING = "evidence", "mixed"
TEMPER: Final = 0.25  # the share of the evidence that tempered weights believe
DRAWS: Final = 4000
FAR: Final = 10.0  # a saturation beyond ten times the last level counts as none


@dataclass(frozen=True)
class Draws:
    """Simulated futures of one series.

    values     : (draws, years ahead), in the unit of the values; counts for counts
    saturation : (draws,), K; under a rising trend inf, or the ceiling; nan under a falling one; the
                 level itself under no growth. Of growth within the year (cumulative, per_year):
                 what was reached and what the curve has still to bring, so never below what was
                 reached; inf under a steady or rising trend, what is still to come under a falling
                 one
    fraction   : (draws,), share of K reached in the last year; 0 under a trend without a ceiling, 1
        under no growth
    midpoint   : (draws,), year of K/2; nan for walk and for a trend without a ceiling
    model      : (draws,), index into MODELS
    fitted     : (draws, years seen), the curve in those years, in the unit of the values; of counts
        per unit of exposure
    """

    values: Array
    saturation: Array
    fraction: Array
    midpoint: Array
    model: NDArray[np.intp]
    fitted: Array

    @property
    def stages(self) -> Array:
        """Shares of draws in emergence, growth, maturity and decline: (4,)."""
        falling = np.isnan(self.saturation)
        f = self.fraction[~falling]
        below, above = (f < 0.1).sum(), (f > 0.9).sum()
        return np.array([below, f.size - below - above, above, falling.sum()]) / falling.size


@dataclass(frozen=True)
class GrowthForecast:
    """An averaged forecast.

    years       : (years ahead,); median : (years ahead,), in the unit of the values
    levels      : of the bands; lower, upper : (levels, years ahead)
    saturation  : median of K; saturation_lower, saturation_upper : (levels,); each may be inf,
        which means open above
    fraction    : median share of K reached in the last year
    unbounded   : probability that there is no saturation within ten times the last level
    weights     : model -> weight
    kind        : level, cumulative or per_year, as stated or detected; forecasts of cumulative
        values are cumulative and don't fall
    errors      : the error model, as stated or as "auto" chose it
    open_levels : those whose interval of the saturation is open above
    is_below_reached : whether the saturation lies below the highest level reached: the curve takes
        the last values for deviations
    fitted_years, fitted : (years seen,), the median of the curves there; of counts per unit of
        exposure
    draws       : the simulation itself
    """

    years: NDArray[np.int64]
    median: Array
    levels: tuple[float, ...]
    lower: Array
    upper: Array
    saturation: float
    saturation_lower: Array
    saturation_upper: Array
    fraction: float
    unbounded: float
    weights: dict[str, float]
    kind: str
    errors: str
    open_levels: tuple[float, ...]
    is_below_reached: bool
    fitted_years: NDArray[np.int64]
    fitted: Array
    draws: Draws

    @property
    def frame(self) -> pl.DataFrame:
        """year, median, and lower_80, upper_80, ... for each level."""
        bands = {
            f"{side}_{100 * level:g}": ends[k]
            for k, level in enumerate(self.levels)
            for side, ends in (("lower", self.lower), ("upper", self.upper))
        }
        return pl.DataFrame({"year": self.years, "median": self.median, **bands})


def forecast_growth(
    values: Any,
    years: Any,
    ahead: Sequence[int] = (1, 3, 5, 10),
    *,
    models: Sequence[str] = MODELS,
    rule: str = "default",
    levels: Sequence[float] = (0.8, 0.9),
    future_exposure: float | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    **choices: Any,
) -> GrowthForecast:
    """Forecast a series by growth curves, a trend and no growth, averaged by what the data say.

    Parameters
    ----------
    values, years
        (years,), see `growth_series`.
    ahead
        Years after the last one, ascending.
    models
        Of MODELS; trend is exponential growth (with serial errors: a random walk with drift), walk
        no growth.
    rule
        Evidence (integrated likelihood), tempered (its fourth root), mixed (half evidence, half
        equal), aicc, equal; the default is evidence, and mixed under a ceiling.
    levels
        Of the bands.
    future_exposure
        Of the years ahead; the last year's unless given.
    draws
        Draws of the simulation.
    seed
        Seed of the draws.
    **choices
        Of `growth_series`, which explains them: kind, errors, exposure, ceiling, launch and serial.

    Returns
    -------
    GrowthForecast, with ``median`` (years ahead,), in the unit of the values, ``lower`` and
    ``upper`` (levels, years ahead), ``saturation`` with its intervals, ``fraction``, ``unbounded``
    and ``weights``.

    Raises
    ------
    InputError
        For input or choices that can't be used.

    References
    ----------
    Kass and Raftery (1995), Journal of the American Statistical Association 90(430), 773-795
    (evidence); Burnham and Anderson (2002), Model Selection and Multimodel Inference (AICc
    weights); Rue, Martino and Chopin (2009), Journal of the Royal Statistical Society B 71(2),
    319-392 (Laplace on a grid).

    Examples
    --------
    >>> from firstlight.instruments.diffusion.growth_curves import logistic
    >>> years = np.arange(1990, 2011)
    >>> wiggle = 1 + .03 * np.cos(7.0 * np.arange(21))
    >>> late = forecast_growth(logistic(years, 80, 1998, 12) * wiggle, years)
    >>> 76 < late.saturation < 84, late.unbounded < .01
    (True, True)
    >>> early = forecast_growth(np.exp(.2 * (years - 1990)) * wiggle, years)
    >>> early.unbounded > .5, early.saturation_upper.tolist()
    (True, [inf, inf])
    """
    series = growth_series(values, years, **choices)
    check_single(series.values)
    steps = np.asarray(ahead, dtype=np.float64)
    if steps.ndim != 1 or not steps.size or (steps <= 0).any() or (np.diff(steps) <= 0).any():
        raise wrong_shape("ahead", list(ahead), "1 <= first < second < ...")
    _check(models, rule, levels)
    if future_exposure is not None:
        check_all_positive(future_exposure=future_exposure)
    found = posteriors(series, models)
    weights = model_weights(series, found, rule)
    drawn = simulate(
        series, found, weights, steps, draws=draws, seed=seed, future_exposure=future_exposure
    )
    return _summary(
        series, steps, tuple(levels), dict(zip(models, weights.tolist(), strict=True)), drawn
    )


def posteriors(series: Series, models: Sequence[str] = MODELS) -> tuple[Posterior, ...]:
    """Each model's posterior, in the order of `models`."""
    return tuple(posterior(series, model) for model in models)


def rule_of(rule: str, *, has_ceiling: bool) -> str:
    """The rule that "default" stands for; any other is itself.

    >>> [rule_of("default", has_ceiling=has_ceiling) for has_ceiling in (False, True)]
    ['evidence', 'mixed']
    >>> rule_of("aicc", has_ceiling=True)
    'aicc'
    """
    if rule != "default":
        return rule
    return DEFAULT_UNDER_CEILING if has_ceiling else DEFAULT


def model_weights(series: Series, found: Sequence[Posterior], rule: str = "default") -> Array:
    """Weights of models that sum to 1: (models,)."""
    rule = rule_of(rule, has_ceiling=series.limit < np.inf)
    if rule == "equal":
        return np.full(len(found), 1 / len(found))
    if rule != "aicc":
        log_evidence = np.array([own.log_evidence[0] for own in found])
        if rule == "tempered":
            log_evidence = log_evidence * TEMPER
        weights = np.asarray(special.softmax(log_evidence))
        if rule == "mixed":
            return 0.5 * weights + 0.5 / len(found)
        return weights
    scores = np.array(
        [aicc(series, own.model, maximum(series, own.model, own)[2]) for own in found]
    )
    if not np.isfinite(scores).any():  # too few values for any of them
        return np.full(len(found), 1 / len(found))
    return np.asarray(special.softmax(-0.5 * scores))


def simulate(
    series: Series,
    found: Sequence[Posterior],
    weights: Array,
    ahead: Array,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    future_exposure: float | None = None,
) -> Draws:
    """Futures under each model in proportion to its weight; the same seed gives the same draws."""
    counts = np.floor(weights * draws).astype(int)
    rest = np.argsort(-(weights * draws - counts), kind="stable")[: draws - counts.sum()]
    counts[rest] += 1
    exposure = (
        float(series.exposure[-1]) if future_exposure is None else future_exposure * series.scale
    )
    parts = [
        _futures(
            series,
            own,
            int(count),
            ahead,
            exposure,
            np.random.default_rng((seed, MODELS.index(own.model))),
        )
        for own, count in zip(found, counts, strict=True)
        if count
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    values, saturation, fraction, midpoint, model, fitted = columns
    return Draws(values, saturation, fraction, midpoint, model.astype(np.intp), fitted)


def _futures(
    series: Series,
    own: Posterior,
    count: int,
    ahead: Array,
    exposure: float,
    rng: np.random.Generator,
) -> tuple[Array, ...]:
    points = rng.choice(own.weight.shape[1], size=count, p=own.weight[0])
    spread = np.ones(count) if np.isinf(own.dof) else own.dof / rng.chisquare(own.dof, count)
    roots = _roots(own.covariance[0])[points]
    noise = rng.standard_normal((count, own.theta.shape[2]))
    theta = own.theta[0, points] + np.sqrt(spread)[:, None] * np.einsum("cpq,cq->cp", roots, noise)
    theta = np.clip(theta, *bounds(series, own.model))
    sigma = np.sqrt(own.variance[0, points] * spread)
    # What cumulative values reach is the sum of every year on the way.
    read = np.arange(1.0, ahead[-1] + 1) if series.kind == "cumulative" else ahead
    eta = predictor(series, own.model, theta, read)[0]
    if series.is_counted:
        values = _counts(series, eta, exposure, own.nuisance[0, points], sigma, rng)
    else:
        now = on_error_scale(series, predictor(series, own.model, theta, np.zeros(1))[0])[:, 0]
        last = transformed(series, series.values[:, -1]) - now
        errors = _errors(last, own.nuisance[0, points], sigma, read, rng)
        curve = on_error_scale(series, eta)
        if series.errors == "additive":
            spread = sigma / np.sqrt(1 - own.nuisance[0, points] ** 2)
            curve, errors = _not_negative(series, curve, errors, spread[:, None])
        values = levels_of(series, curve + errors)
    if series.kind == "cumulative":
        reached = float(series.reached[0]) * series.scale
        values = reached + np.cumsum(values, axis=1)[:, np.searchsorted(read, ahead)]
    saturation, fraction, midpoint = _saturation(series, own.model, theta)
    return (
        values,
        saturation,
        fraction,
        midpoint,
        np.full(count, MODELS.index(own.model), dtype=np.float64),
        _fitted(series, own.model, theta),
    )


def _fitted(series: Series, model: str, theta: Array) -> Array:
    """The curve in the years seen: (draws, years seen)."""
    curve = curve_of(series, predictor(series, model, theta, series.since)[0])
    if series.kind != "cumulative":
        return curve
    return np.asarray(series.begun * series.scale + np.cumsum(curve, axis=1))


def _not_negative(
    series: Series, curve: Array, errors: Array, spread: Array
) -> tuple[Array, Array]:
    """Additive errors that leave nothing below 0.

    Growth within the year becomes gamma distributed with the curve as its mean and the errors'
    spread, at most the mean: as good as normal where growth is well above its errors, and with
    nothing to come where the curve has none, so that the sums go where the curve goes. A level ends
    at 0.
    """
    if not series.is_increment:
        return curve, np.maximum(errors, -curve)
    mean = np.maximum(curve, 1e-300)
    size = np.minimum(spread / mean, 1.0) ** -2.0
    # a share of 1 would draw an infinite count
    share = np.clip(special.ndtr(errors / spread), 0.0, 1 - 1e-16)
    drawn = mean / size * special.gammaincinv(size, share)
    return curve, drawn - curve


def _roots(covariance: Array) -> Array:
    """Symmetric square roots: (points, parameters, parameters)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(
        np.einsum("cpk,ck,cqk->cpq", vectors, np.sqrt(np.maximum(values, 0.0)), vectors)
    )


def _errors(last: Array, rho: Array, sigma: Array, ahead: Array, rng: np.random.Generator) -> Array:
    """AR(1) onwards from the last error: (draws, years ahead)."""
    out, now = np.empty((last.size, ahead.size)), last
    for k, gap in enumerate(np.diff(ahead, prepend=0.0)):
        carried = rho**gap
        spread = sigma * np.sqrt((1 - carried**2) / (1 - rho**2))
        now = carried * now + spread * rng.standard_normal(last.size)
        out[:, k] = now
    return out


def _counts(
    series: Series,
    eta: Array,
    exposure: float,
    alpha: Array,
    sigma: Array,
    rng: np.random.Generator,
) -> Array:
    mean = exposure * np.exp(np.minimum(eta, 30.0))
    if series.errors == "quasi_poisson":
        # a negative binomial with variance phi mu
        shape = mean / np.maximum(sigma**2 - 1, 1e-9)[:, None]
    else:
        shape = np.broadcast_to(1 / np.maximum(alpha, 1e-9)[:, None], mean.shape)
    # a gamma mixture of that shape is Poisson to four digits
    rate = np.where(shape < 1e8, rng.gamma(np.minimum(shape, 1e8)) / shape, 1.0) * mean
    # numpy draws no Poisson of a mean near 2^63
    return np.asarray(rng.poisson(np.minimum(rate, 1e15)), dtype=np.float64)


def _saturation(series: Series, model: str, theta: Array) -> tuple[Array, Array, Array]:
    count = len(theta)
    nothing = np.full(count, np.nan)
    if series.is_increment:
        return _saturation_of_sums(series, model, theta)
    if model == "walk":
        level = curve_of(series, theta[:, 0])
        return level, np.ones(count), nothing
    if model == "trend":
        if series.limit == np.inf:
            return np.where(theta[:, 1] > 0, np.inf, np.nan), np.zeros(count), nothing
        # Under a ceiling a straight line in logits is the logistic curve that ends there.
        with np.errstate(divide="ignore"):
            middle = series.last_year - theta[:, 0] / theta[:, 1]
        bound = np.where(theta[:, 1] > 0, series.limit * series.scale, np.nan)
        return bound, special.expit(theta[:, 0]), np.where(theta[:, 1] > 0, middle, np.nan)
    middle = time_of_fraction(model, theta[:, 1:], series.launched) + series.last_year
    return np.exp(theta[:, 0]) * series.scale, special.expit(theta[:, 1]), middle


def _saturation_of_sums(series: Series, model: str, theta: Array) -> tuple[Array, Array, Array]:
    """What growth within the year adds up to: what was reached, and what is still to come."""
    reached = np.full(len(theta), series.reached[0])
    middle = np.full(len(theta), np.nan)
    if model in SHAPES:
        level = np.exp(theta[:, 0])
        to_come = level * special.expit(-theta[:, 1])
        if series.kind == "per_year":  # growth before the first year seen counts as reached, too
            first = np.full(1, -series.span - 1.0)
            reached = reached + level * np.exp(
                log_fraction(model, theta[:, 1:], first, series.launched)[0][:, 0]
            )
        middle = time_of_fraction(model, theta[:, 1:], series.launched) + series.last_year
    else:
        fall = np.maximum(-theta[:, 1], 0.0) if model == "trend" else np.zeros(len(theta))
        with np.errstate(divide="ignore"):
            # the sum of a falling trend; endless where it doesn't fall
            to_come = np.exp(theta[:, 0]) / np.expm1(fall)
    saturation = reached + to_come
    return saturation * series.scale, reached / saturation, middle


def _summary(
    series: Series, ahead: Array, levels: tuple[float, ...], weights: dict[str, float], drawn: Draws
) -> GrowthForecast:
    tails = np.array([[0.5 - level / 2, 0.5 + level / 2] for level in levels])
    bands = np.quantile(drawn.values, tails.ravel(), axis=0).reshape(len(levels), 2, -1)
    # a falling trend has no saturation, and says nothing of K
    known = drawn.saturation[~np.isnan(drawn.saturation)]
    ends = np.array([[_quantile(known, p) for p in pair] for pair in tails])
    last = float(series.reached[0]) * series.scale
    saturation = _quantile(known, 0.5)
    unbounded = float((known > FAR * max(last, 1e-300)).sum() / drawn.saturation.size)
    open_levels = tuple(
        level for level, pair in zip(levels, ends, strict=True) if np.isinf(pair[1])
    )
    return GrowthForecast(
        years=(series.last_year + ahead).astype(np.int64),
        median=np.median(drawn.values, axis=0),
        levels=levels,
        lower=bands[:, 0],
        upper=bands[:, 1],
        saturation=saturation,
        saturation_lower=ends[:, 0],
        saturation_upper=ends[:, 1],
        fraction=float(np.median(drawn.fraction)),
        unbounded=unbounded,
        weights=weights,
        kind=series.kind,
        errors=series.errors,
        open_levels=open_levels,
        is_below_reached=is_below(saturation, float(series.highest[0]) * series.scale),
        fitted_years=(series.last_year + series.since).astype(np.int64),
        fitted=np.median(drawn.fitted, axis=0),
        draws=drawn,
    )


def _quantile(values: Array, share: float) -> float:
    """An order statistic, so that infinite values are no obstacle; nan for none."""
    if not values.size:
        return float("nan")
    return float(np.sort(values)[min(int(share * values.size), values.size - 1)])


def _check(models: Sequence[str], rule: str, levels: Sequence[float]) -> None:
    if not models:
        raise InputError(
            message("not_given", parameter=Name("models"), kind=Code("kinds.names")), FAMILY
        )
    for model in models:
        check_choice("models", model, MODELS)
    check_choice("rule", rule, RULES)
    if not levels:
        raise InputError(
            message("not_given", parameter=Name("levels"), kind=Code("kinds.number")), FAMILY
        )
    for level in levels:
        check_between("levels", level)

"""One distribution of the share ahead: chance, fan and sentence are read from it.

How much a technology grows is a location and a scale, both linear in what is known of it, times a
residual whose distribution is that of earlier forecasts: of the record itself, and of the corpora
that Firstlight was developed on. None is used whose outcome lay after the forecast year. Growth is
that of log(s + g), g the target's gain, so that nothing is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import nnls

from firstlight.instruments.emergence.forecast.features import COLUMNS, Features
from firstlight.instruments.emergence.record.take_off import Target, threshold_share
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare
from firstlight.numerics.distributions import beta_quantile

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
GRID = (np.arange(400) + 0.5) / 400  # probabilities at which the residual's quantiles are held
FEWEST_FORECASTS = 1000  # earlier forecasts without which nothing is said
MEMORY = 25  # forecast years that other corpora speak for
OWN_WEIGHT = 8.0  # of one of the record's own years ...
OTHER_RECORDS = 60.0  # ... against all other records together
OTHER_KIND = 0.1  # of a record of counts where documents are forecast, and the other way round
OWN_HALF_LIFE = 3.0  # years after which one of the record's own counts half
SMALL_YEAR = 50  # technologies of a year that count half as much as very many
OWN_YEARS = 1  # years that stand against the record's own residuals
NEAR_YEARS = 3  # ahead, up to which what stands against them is years
OWN_FORECASTS = 500.0  # beyond, forecasts that stand against their shape
FEWEST_OWN = 60  # of the record's own residuals, before they count
BENDS = (0.3, 0.7)  # expected growth from which the location may bend
CALM, MOVING = 0.2, 0.6  # expected growth up to and from which residuals are of one kind
LARGEST = 5.0  # size beyond which it makes no difference
LEAST_VARIANCE = 0.003
CLIP = (-2.0, 2.5)  # growth further out than this doesn't pull the location
MOST_SQUARED = 4.0  # the same for the scale
RIDGE = 1e-3  # on coefficients of scaled columns, so that columns that are alike do no harm
ROUNDS = 3  # of reweighting
# Of what size takes from fast growth, the part that holds for later years: on every corpus large
# technologies that grew fast fell back by less than those of the years before them had.
KEPT_OF_SIZE = 0.5
# Variance for each squared unit of expected growth beyond the first bend: how far fast growth
# carries differs from year to year, and from corpus to corpus, by more than fits to earlier years
# tell.
UNSURE_PACE = 0.25
DECIMALS = 9  # to which fits are rounded, the same on every machine
LEVEL = 0.9  # of the interval of a chance
NEAR = 0.15  # difference of expected growth within which earlier forecasts speak for a chance
EFFECTIVE = 0.25  # independent forecasts in one: those of one year tell much the same
SUPPORT = (10.0, 100.0)  # independent forecasts behind a chance, at least and at most


@dataclass(frozen=True)
class Past:
    """n earlier forecasts with their outcomes.

    features : of each
    growth   : (n, h) log((s(FY+i) + g) / (s(FY) + g)), i = 1..h
    weight   : (n,) how much each counts
    is_own   : (n,) whether it is of the record itself
    own_years : forecast years of the record itself among them
    """

    features: Features
    growth: Floats
    weight: Floats
    is_own: Flags
    own_years: int


@dataclass(frozen=True)
class Growth:
    """The fitted distribution of the growth some years ahead.

    location, variance : coefficients on `_location` and `_variance`
    calm, moving       : quantiles of the residual at `GRID`, of technologies that stand still and
                         that move
    """

    location: Floats
    variance: Floats
    calm: Floats
    moving: Floats

    def quantiles(self, known: Features, years: int) -> Floats:
        """(K, 400) of the growth, at `GRID`."""
        expected = known.expected(years)
        part = _part_moving(expected)[:, None]
        residual = (1 - part) * self.calm + part * self.moving
        centre = _location(known, years) @ self.location
        variance = np.maximum(_variance(known, years) @ self.variance, LEAST_VARIANCE)
        pace = UNSURE_PACE * np.maximum(expected - BENDS[0], 0) ** 2
        return np.asarray(centre[:, None] + np.sqrt(variance + pace)[:, None] * residual)


@dataclass(frozen=True)
class Chances:
    """The distribution of the share ahead, for K technologies.

    probability, low, high : (K,) of meeting the target; 90% interval
    quantiles : (K, h, 5) of the share, at QUANTILES
    threshold : (K,) share at FY+h from which the target is met
    """

    probability: Floats
    low: Floats
    high: Floats
    quantiles: Floats
    threshold: Floats


@cache
def shipped() -> pl.DataFrame:
    """Earlier forecasts of the corpora that Firstlight was developed on: figures alone.

    Columns corpus, are_counts, forecast_year, weight, those of `features.COLUMNS`, growth_1 ..
    growth_5 (null where not known).
    """
    file = files(__package__).joinpath("earlier_forecasts.parquet")
    with file.open("rb") as stream:
        return pl.read_parquet(stream)


def growth_ahead(counts: YearlyCounts, horizon: int, gain: float) -> Floats:
    """(K, h) log growth of s + g from FY to FY+i, i = 1..h; nan in years that are not there."""
    year = counts.forecast_year
    unknown = np.full(len(counts.names), np.nan)
    columns = []
    for ahead in range(1, horizon + 1):
        if year + ahead not in counts.years:
            columns.append(unknown)
            continue
        shares = compare(counts, (year - 1, year), (year + ahead - 1, year + ahead))
        columns.append(np.log((shares.after + gain) / (shares.before + gain)))
    return np.column_stack(columns)


def past_until(
    year: int,
    target: Target,
    known: Sequence[tuple[int, Features, Floats]],
    corpus: str | None = None,
    *,
    are_counts: bool = False,
) -> Past | None:
    """Earlier forecasts whose outcome was known at the end of a year; None where there are too few.

    Other records weigh as much together however many they are, those of the same kind before all.

    known  : forecast year, features and (K, h) growth of the record's own earlier forecast years
    corpus : the one that is observed, if it is one of those that ship: its rows are its own years
    are_counts : whether counts are forecast, or documents
    """
    growth_columns = [f"growth_{ahead}" for ahead in range(1, target.horizon + 1)]
    columns = [*COLUMNS, *growth_columns, "weight", "is_own"]
    outcome_year = pl.col("forecast_year") + target.horizon
    is_other = pl.lit(corpus is None) | (pl.col("corpus") != (corpus or ""))
    is_recent = pl.col("forecast_year") >= year - MEMORY
    others = shipped().filter((outcome_year <= year) & is_recent & is_other)
    others = others.drop_nulls(growth_columns)
    kind = pl.when(pl.col("are_counts") == are_counts).then(1.0).otherwise(OTHER_KIND)
    weight = pl.col("weight").cast(pl.Float64) * kind
    others = others.with_columns(
        (OTHER_RECORDS * weight / weight.sum()).alias("weight"), pl.lit(False).alias("is_own")
    )
    frames = [others.select(columns)]
    for own_year, found, growth in known:
        frame = found.frame().hstack(pl.DataFrame(growth, schema=growth_columns))
        usable = frame.drop_nans().drop_nulls()
        factor = OWN_WEIGHT * 0.5 ** ((year - own_year) / OWN_HALF_LIFE)
        own = pl.lit(factor / (usable.height + SMALL_YEAR)).alias("weight")
        frames.append(usable.with_columns(own, pl.lit(True).alias("is_own")).select(columns))
    figures = pl.col(*COLUMNS, *growth_columns).cast(pl.Float64)
    table = pl.concat([frame.with_columns(figures) for frame in frames])
    if table.height < FEWEST_FORECASTS:
        return None
    return Past(
        features=Features.of_frame(table),
        growth=table.select(growth_columns).to_numpy(),
        weight=table["weight"].to_numpy(),
        is_own=table["is_own"].to_numpy(),
        own_years=len(known),
    )


def fit(past: Past, years: int) -> Growth:
    """The distribution of growth some years ahead, fitted to earlier forecasts.

    Least squares for the location, weighted by the square root of the precision; non-negative least
    squares of squared residuals for the variance; weighted quantiles of the residuals, apart for
    technologies that stand still and that move, in which the record's own forecasts take part
    beside all others, the more the more years it has.

    Source: weighted least squares with a variance function, Carroll and Ruppert (1988),
    Transformation and Weighting in Regression, chapters 2 and 3.
    """
    came = past.growth[:, years - 1]
    design, spread = _location(past.features, years), _variance(past.features, years)
    weight = past.weight / past.weight.sum()
    clipped = np.clip(came, *CLIP)
    variance = np.full(len(came), max(float(np.var(clipped)), LEAST_VARIANCE))
    location = np.zeros(design.shape[1])
    coefficients = np.zeros(spread.shape[1])
    for _ in range(ROUNDS):
        location = _least_squares(design, clipped, weight / np.sqrt(variance))
        location[-1] *= KEPT_OF_SIZE
        residual = clipped - design @ location
        precise = np.sqrt(weight / variance**1.5)
        squared = np.minimum(residual**2, MOST_SQUARED)
        coefficients = _non_negative(spread * precise[:, None], squared * precise)
        variance = np.maximum(spread @ coefficients, LEAST_VARIANCE)
    standard = ((clipped - design @ location) / np.sqrt(variance)).round(DECIMALS)
    part = _part_moving(past.features.expected(years))
    kinds = [_residuals(standard, weight * share, past, years) for share in (1 - part, part)]
    return Growth(location, coefficients, *kinds)


def _non_negative(design: Floats, target: Floats) -> Floats:
    """Non-negative least squares; of the long design only its triangle is needed."""
    orthogonal, triangle = np.linalg.qr(design)
    coefficients: Floats = nnls(triangle, orthogonal.T @ target)[0].round(DECIMALS)
    return coefficients


def chances(counts: YearlyCounts, known: Features, past: Past, target: Target) -> Chances:
    """The distribution of each technology's share in FY+1..FY+h, and its chance.

    counts : scored technologies of the forecast year; nothing after it is read
    known  : their features
    """
    now = counts.until(counts.forecast_year)
    year = now.forecast_year
    share = compare(now, (year - 1, year), (year - 1, year)).after
    threshold = threshold_share(now, target)
    bands, last = [], np.zeros((0, len(GRID)))
    for ahead in range(1, target.horizon + 1):
        last = fit(past, ahead).quantiles(known, ahead)
        bands.append(_read_at(last, np.array(QUANTILES)))
    growth = np.stack(bands, axis=1) if bands else np.zeros((len(share), 0, len(QUANTILES)))
    needed = np.log((threshold + target.gain) / (share + target.gain))
    probability = 1 - probability_below(last, needed)
    low, high = _interval(probability, _support(known, past, target.horizon))
    ahead_shares = (share + target.gain)[:, None, None] * np.exp(growth) - target.gain
    return Chances(probability, low, high, np.clip(ahead_shares, 0.0, 1.0), threshold)


def probability_below(quantiles: Floats, value: Floats) -> Floats:
    """(K,) probability of lying below a value; linear between the quantiles held.

    quantiles : (K, 400) at `GRID`, rising; value : (K,)
    """
    place = (quantiles < value[:, None]).sum(axis=1)
    upper = np.clip(place, 1, len(GRID) - 1)
    row = np.arange(len(value))
    below, above = quantiles[row, upper - 1], quantiles[row, upper]
    width = np.where(above > below, above - below, 1.0)
    inside = np.clip((value - below) / width, 0.0, 1.0)
    probability = GRID[upper - 1] + inside * (GRID[upper] - GRID[upper - 1])
    half = GRID[0] / 2  # beyond the outermost quantile held, halfway to certainty
    probability = np.where(place == 0, half, probability)
    return np.asarray(np.where(place == len(GRID), 1 - half, probability))


def _read_at(quantiles: Floats, levels: Floats) -> Floats:
    """(K, n) quantiles at some levels, linear between those held."""
    place = np.clip(np.searchsorted(GRID, levels), 1, len(GRID) - 1)
    part = (levels - GRID[place - 1]) / (GRID[place] - GRID[place - 1])
    read: Floats = (1 - part) * quantiles[:, place - 1] + part * quantiles[:, place]
    return read


def _location(known: Features, years: int) -> Floats:
    """(K, 8) what the location is linear in: expected growth, bent twice; noise; size; at last what
    size takes from fast growth."""
    expected, noise = known.expected(years), np.sqrt(known.noise)
    first, second = (np.maximum(expected - bend, 0) for bend in BENDS)
    size = np.minimum(known.size, LARGEST)
    columns = (
        np.ones(len(noise)),
        expected,
        first,
        second,
        noise,
        noise * expected,
        size,
        size * first,
    )
    return np.column_stack(columns)


def _variance(known: Features, years: int) -> Floats:
    """(K, 5) what the variance is linear in: noise, expected growth on either side, volatility."""
    expected = known.expected(years)
    rising, falling = np.maximum(expected, 0), np.maximum(-expected, 0)
    return np.column_stack((np.ones(len(expected)), known.noise, rising, falling, known.volatility))


def _part_moving(expected: Floats) -> Floats:
    return np.asarray(np.clip((expected - CALM) / (MOVING - CALM), 0.0, 1.0))


def _least_squares(design: Floats, value: Floats, weight: Floats) -> Floats:
    """Coefficients of a weighted ridge on scaled columns."""
    weight = weight / weight.sum()
    scale = np.sqrt(weight @ design**2) + 1e-12
    scaled = design / scale
    normal = scaled.T @ (scaled * weight[:, None]) + RIDGE * np.eye(design.shape[1])
    return np.asarray(
        (np.linalg.solve(normal, scaled.T @ (weight * value)) / scale).round(DECIMALS)
    )


def _residuals(standard: Floats, weight: Floats, past: Past, years: int) -> Floats:
    """(400,) quantiles of the residuals: of all forecasts, mixed with the record's own.

    Further ahead the record's own forecasts are too few to tell a tail. Those of all are first
    brought to its own place and spread, and the share that its own then have is told by their
    effective number (Kish 1965, Survey Sampling, chapter 11).
    """
    everyone = _weighted_quantiles(standard, weight)
    own = past.is_own & (weight > 0)
    if own.sum() < FEWEST_OWN:
        return everyone
    mine = _weighted_quantiles(standard[own], weight[own])
    part = past.own_years / (past.own_years + OWN_YEARS)
    if years > NEAR_YEARS:
        everyone = _brought_to(mine, everyone, part)
        effective = weight[own].sum() ** 2 / (weight[own] ** 2).sum()
        part = effective / (effective + OWN_FORECASTS)
    both = np.concatenate([everyone, mine])
    return _weighted_quantiles(both, np.repeat([1 - part, part], len(GRID)))


def _brought_to(others: Floats, quantiles: Floats, part: float) -> Floats:
    """(400,) quantiles brought a part of the way to others: the middle moved, either half stretched
    by its 80% band, the shape kept; as they are where a half has no width."""
    levels = (QUANTILES[0], 0.5, QUANTILES[-1])
    low, middle, high = np.interp(levels, GRID, quantiles)
    other_low, other_middle, other_high = np.interp(levels, GRID, others)
    widths = np.array([middle - low, high - middle])
    other_widths = np.array([other_middle - other_low, other_high - other_middle])
    if min(*widths, *other_widths) <= 0:
        return quantiles
    below, above = (other_widths / widths) ** part
    away = quantiles - middle
    stretched = away * np.where(away > 0, above, below)
    return np.asarray(middle + part * (other_middle - middle) + stretched)


def _weighted_quantiles(value: Floats, weight: Floats) -> Floats:
    """(400,) at `GRID`, linear between the middles of the weights."""
    held = weight > 0
    if not held.any():
        return np.zeros(len(GRID))
    value, weight = value[held], weight[held]
    order = np.argsort(value, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    return np.asarray(np.interp(GRID, middle / weight.sum(), value[order]))


def _support(known: Features, past: Past, horizon: int) -> Floats:
    """(K,) independent earlier forecasts behind each chance: a quarter of those alike."""
    promised = np.sort(past.features.expected(horizon).round(DECIMALS))
    expected = known.expected(horizon).round(DECIMALS)
    upper = np.searchsorted(promised, expected + NEAR, side="right")
    near = upper - np.searchsorted(promised, expected - NEAR, side="left")
    return np.clip(EFFECTIVE * near, *SUPPORT)


def _interval(probability: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Jeffreys interval of a share of ``size`` independent forecasts.

    Source: Brown, Cai and DasGupta (2001), Statistical Science 16(2), 101-133.
    """
    hits = probability * size
    tail = (1 - LEVEL) / 2
    low = beta_quantile(tail, hits + 0.5, size - hits + 0.5)
    high = beta_quantile(1 - tail, hits + 0.5, size - hits + 0.5)
    return np.minimum(low, probability), np.maximum(high, probability)

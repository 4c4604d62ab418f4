"""What became of the most similar earlier forecasts: one distribution for chance, fan and sentence.

The chance of a technology is the share of its likenesses - technologies of earlier forecast years
that had gained as much and were as large - whose growth would have carried this one over its
threshold. Likenesses come from the record itself and from the corpora that Firstlight was developed
on; none is used whose outcome lay after the forecast year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats
from scipy.spatial import cKDTree

from firstlight.instruments.emergence.forecast.rules import relative_gain
from firstlight.instruments.emergence.record.take_off import Target, threshold_share
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
NEAREST = 400  # earlier forecasts that speak for a technology
FEWEST_LIKE = 60  # earlier forecasts without which nothing is said
LEVEL = 0.9  # of the interval of a chance
SMALLEST = 0.1  # factor on a spread
PRIOR_YEARS = 2  # years that stand against a spread of the record's own
EFFECTIVE = 0.25  # independent forecasts in one likeness: those of one year tell much the same


@dataclass(frozen=True)
class Past:
    """n earlier forecasts with their outcomes.

    place  : (n, 2) where each stood, see ``places``
    growth : (n, h) log((s(FY+i) + g) / (s(FY) + g)), i = 1..h
    """

    place: Floats
    growth: Floats


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


def places(counts: YearlyCounts, gain: float) -> Floats:
    """(K, 2) what makes forecasts alike: log growth over five years, and log size."""
    year = counts.forecast_year
    share = compare(counts, (year - 1, year), (year - 1, year)).after
    return np.column_stack([relative_gain(counts), np.log((share + gain) / gain)])


def growth_ahead(counts: YearlyCounts, horizon: int, gain: float) -> Floats:
    """(K, h) log growth of the share, with the target's gain added to both shares so that none is
    infinite.

    Years that are not there are nan.
    """
    year = counts.forecast_year
    columns = []
    for ahead in range(1, horizon + 1):
        if year + ahead > counts.years[-1]:
            columns.append(np.full(len(counts.names), np.nan))
            continue
        shares = compare(counts, (year - 1, year), (year + ahead - 1, year + ahead))
        columns.append(np.log((shares.after + gain) / (shares.before + gain)))
    return np.column_stack(columns)


@cache
def shipped() -> pl.DataFrame:
    """Earlier forecasts of the corpora that Firstlight was developed on: figures alone.

    Columns corpus, forecast_year, gained, size, growth_1 .. growth_5 (null where not known).
    """
    file = files(__package__).joinpath("earlier_forecasts.parquet")
    with file.open("rb") as stream:
        return pl.read_parquet(stream)


def past_until(
    year: int, target: Target, known: Sequence[YearlyCounts], corpus: str | None = None
) -> Past | None:
    """Earlier forecasts whose outcome was known at the end of a year; None where there are too few.

    known  : scored technologies of the record's own earlier forecast years
    corpus : the one that is observed, if it is one of those that ship: its rows are its own years
    """
    columns = [f"growth_{ahead}" for ahead in range(1, target.horizon + 1)]
    others = shipped().filter(
        (pl.col("forecast_year") + target.horizon <= year)
        & (pl.lit(corpus is None) | (pl.col("corpus") != (corpus or "")))
    )
    others = others.drop_nulls(columns)
    place = [others.select("gained", "size").to_numpy().astype(np.float64)]
    growth = [others.select(columns).to_numpy().astype(np.float64)]
    for counts in known:
        place.append(places(counts, target.gain))
        growth.append(growth_ahead(counts, target.horizon, target.gain))
    past = Past(np.concatenate(place), np.concatenate(growth))
    usable = ~np.isnan(past.growth).any(axis=1) & ~np.isnan(past.place).any(axis=1)
    if usable.sum() < FEWEST_LIKE:
        return None
    return Past(past.place[usable], past.growth[usable])


@dataclass(frozen=True)
class Likenesses:
    """What became of the nearest earlier forecasts of each technology.

    share     : (K,) s(FY)
    threshold : (K,) share at FY+h from which the target is met
    needed    : (K,) log growth that leads there
    growth    : (K, n, h) log growth of the likenesses
    gain      : what is added to shares before their logarithm is taken
    """

    share: Floats
    threshold: Floats
    needed: Floats
    growth: Floats
    gain: float


class Spread(NamedTuple):
    """Factors on distances from the middle of a distribution, below and above it."""

    below: float
    above: float


NO_CHANGE = Spread(1.0, 1.0)


def likenesses(counts: YearlyCounts, past: Past, target: Target) -> Likenesses:
    """The nearest earlier forecasts of each technology."""
    year = counts.forecast_year
    share = compare(counts, (year - 1, year), (year - 1, year)).after
    threshold = threshold_share(counts, target)
    size = min(NEAREST, len(past.place))
    place = np.round(places(counts, target.gain), 9)
    _, nearest = cKDTree(np.round(past.place, 9)).query(np.nan_to_num(place), k=size)
    growth = past.growth[np.asarray(nearest).reshape(len(place), size)]
    needed = np.log((threshold + target.gain) / (share + target.gain))
    return Likenesses(share, threshold, needed, growth, target.gain)


def chances(like: Likenesses, spread: Spread = NO_CHANGE) -> Chances:
    """The distribution of each technology's share ahead, from its likenesses.

    spread : factors on the distance of the likenesses below and above their median (see
             ``own_spread``)
    """
    middle = np.median(like.growth, axis=1, keepdims=True)
    distance = like.growth - middle
    growth = middle + np.where(distance < 0, spread.below, spread.above) * distance
    size = growth.shape[1]
    hits = (growth[:, :, -1] >= like.needed[:, None] - 1e-9).sum(axis=1)
    probability = (hits + 0.5) / (size + 1)
    low, high = _interval(probability, np.full(len(probability), EFFECTIVE * size))
    bands = np.quantile(growth, QUANTILES, axis=1).transpose(1, 2, 0)
    ahead = (like.share[:, None, None] + like.gain) * np.exp(bands) - like.gain
    return Chances(probability, low, high, np.maximum(ahead, 0.0), like.threshold)


def own_spread(known: Sequence[tuple[Likenesses, Floats]]) -> Spread:
    """How much wider the outcomes of this record scatter than those of their likenesses, below and
    above the middle.

    Factors by which the record's own earlier bands would have had to be wider for a tenth of what
    came to lie below them and a tenth above, shrunk towards 1 as if there were ``PRIOR_YEARS``
    years more in which they held.

    known : the likenesses of each earlier year whose outcome is known, and the (K,) log growth that
            came
    """
    if not known:
        return NO_CHANGE
    below, above = [], []
    for like, came in known:
        low, middle, high = np.quantile(like.growth[:, :, -1], (0.1, 0.5, 0.9), axis=1)
        below.append((middle - came) / np.maximum(middle - low, 1e-6))
        above.append((came - middle) / np.maximum(high - middle, 1e-6))
    weight = len(known) / (len(known) + PRIOR_YEARS)
    factors = []
    for side in (below, above):
        distance = np.concatenate(side)
        factor = max(float(np.quantile(distance[~np.isnan(distance)], 0.9)), SMALLEST)
        factors.append(round(float(np.exp(weight * np.log(factor))), 6))
    return Spread(*factors)


def _interval(probability: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Jeffreys interval of a share of ``size`` independent forecasts.

    Source: Brown, Cai and DasGupta (2001), Statistical Science 16(2), 101-133.
    """
    hits = probability * size
    tail = (1 - LEVEL) / 2
    low = stats.beta.ppf(tail, hits + 0.5, size - hits + 0.5)
    high = stats.beta.ppf(1 - tail, hits + 0.5, size - hits + 0.5)
    return np.minimum(low, probability), np.maximum(high, probability)

"""What became of the most similar earlier forecasts: one distribution for chance, fan and sentence.

The chance of a technology is the share of its likenesses - technologies of earlier forecast years that had gained as
much and were as large - whose growth would have carried this one over its threshold. Likenesses come from the record
itself and from the corpora that Firstlight was developed on; none is used whose outcome lay after the forecast year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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
EFFECTIVE = 0.25  # independent forecasts in one likeness: those of one year and one corpus tell much the same


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
    """(K, 2) what makes forecasts alike: log growth over the five years before, and log size against the gain."""
    year = counts.forecast_year
    share = compare(counts, (year - 1, year), (year - 1, year)).after
    return np.column_stack([relative_gain(counts), np.log((share + gain) / gain)])


def growth_ahead(counts: YearlyCounts, horizon: int, gain: float) -> Floats:
    """(K, h) log growth of the share, with the target's gain added to both shares so that none is infinite.

    Years that are not there are nan.
    """
    year = counts.forecast_year
    columns = []
    for ahead in range(1, horizon + 1):
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


def chances(counts: YearlyCounts, past: Past, target: Target) -> Chances:
    """The distribution of each technology's share ahead, from its likenesses."""
    year = counts.forecast_year
    share = compare(counts, (year - 1, year), (year - 1, year)).after
    threshold = threshold_share(counts, target)
    size = min(NEAREST, len(past.place))
    place = np.round(places(counts, target.gain), 9)
    _, nearest = cKDTree(np.round(past.place, 9)).query(np.nan_to_num(place), k=size)
    growth = past.growth[np.asarray(nearest).reshape(len(place), size)]
    needed = np.log((threshold + target.gain) / (share + target.gain))
    hits = (growth[:, :, -1] >= needed[:, None] - 1e-9).sum(axis=1)
    probability = (hits + 0.5) / (size + 1)
    low, high = _interval(probability, np.full(len(place), EFFECTIVE * size))
    spread = np.quantile(growth, QUANTILES, axis=1).transpose(1, 2, 0)
    ahead = (share[:, None, None] + target.gain) * np.exp(spread) - target.gain
    return Chances(probability, low, high, np.maximum(ahead, 0.0), threshold)


def _interval(probability: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Jeffreys interval of a share of ``size`` independent forecasts.

    Source: Brown, Cai and DasGupta (2001), Statistical Science 16(2), 101-133.
    """
    hits = probability * size
    tail = (1 - LEVEL) / 2
    low = stats.beta.ppf(tail, hits + 0.5, size - hits + 0.5)
    high = stats.beta.ppf(1 - tail, hits + 0.5, size - hits + 0.5)
    return np.minimum(low, probability), np.maximum(high, probability)

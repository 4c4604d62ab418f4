"""The local trend of each technology's share: its level, its slope, and how sure both are.

Growth over five years says neither how sure it is nor how much more is needed. The local linear
trend weighs each year by the documents that it rests on, lets level and slope wander, and carries
them ahead with their uncertainty. Nothing in it is learnt from what took off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.record.take_off import Target, threshold_share
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare

Floats = npt.NDArray[np.float64]

TREND = "trend"  # the ranking by `carried_beyond`
MEMORY = 12  # years up to the forecast year that are read
LEVEL_NOISE = 0.05  # standard deviation a year, of log(s + g) about the trend
SLOPE_NOISE = 0.1  # the same, of the slope
DAMPING = 0.9  # part of a slope that is left a year later
FIRST_LEVEL = 2.0  # variance of the level before the first year is read
FIRST_SLOPE = 0.09  # variance of the slope before the first year is read
UNKNOWN = 1e4  # variance of a year without documents in common with the forecast year
HALF = 0.5  # documents added, so that a year without one has a variance
NEWCOMERS = 0.5  # log growth per unit share of authors who are new to the record


@dataclass(frozen=True)
class Trend:
    """Level and slope of log(s + g) of K technologies, with variances and covariance.

    level_now : (K,) log(s + g) of the two years to the forecast year, as the target reads it
    previous  : (K,) level of the year before
    """

    level: Floats
    slope: Floats
    level_variance: Floats
    covariance: Floats
    slope_variance: Floats
    previous: Floats
    level_now: Floats

    def next_year(self) -> Trend:
        """The trend a year later, without a look at that year.

        The damped trend of Gardner and McKenzie (1985), Management Science 31(10), in state-space
        form.
        """
        drifted = self.level_variance + 2 * self.covariance + self.slope_variance
        return replace(
            self,
            level=self.level + self.slope,
            slope=DAMPING * self.slope,
            level_variance=drifted + LEVEL_NOISE**2,
            covariance=DAMPING * (self.covariance + self.slope_variance),
            slope_variance=DAMPING**2 * self.slope_variance + SLOPE_NOISE**2,
            previous=self.level,
        )

    def seen(self, value: Floats, variance: Floats) -> Trend:
        """The trend after a look at the year's own log(s + g) (Kalman 1960).

        value, variance : (K,)
        """
        total = self.level_variance + variance
        to_level, to_slope = self.level_variance / total, self.covariance / total
        surprise = value - self.level
        return replace(
            self,
            level=self.level + to_level * surprise,
            slope=self.slope + to_slope * surprise,
            level_variance=(1 - to_level) * self.level_variance,
            covariance=(1 - to_level) * self.covariance,
            slope_variance=self.slope_variance - to_slope * self.covariance,
        )

    def ahead(self, years: int) -> Trend:
        """The trend some years later."""
        later = self
        for _ in range(years):
            later = later.next_year()
        return later

    def growth(self, years: int) -> Floats:
        """(K,) expected log growth of s + g some years ahead, s the share of two years."""
        later = self.ahead(years)
        return (later.level + later.previous) / 2 - self.level_now


@dataclass(frozen=True)
class Course:
    """A technology's years as the trend read them.

    trend     : at the end of the forecast year
    surprises : (K, n) by how far the squared surprise of each of the last years exceeds its
                counting noise, 0 at least
    noise     : (K,) variance of log(s + g) of FY-1..FY as a count
    """

    trend: Trend
    surprises: Floats
    noise: Floats


def course(counts: YearlyCounts, gain: float) -> Course:
    """The trend at the end of the forecast year, and what it was surprised by.

    The variance of a year's log(s + g) is that of a Poisson count, by the delta method: (s + 1/2N)
    / N / (s + g)^2.

    gain : g, the target's own, which keeps one document of a tiny technology from looking like
           growth

    Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter,
    chapters 2 and 4.
    """
    year = counts.forecast_year
    yearly = counts.until(year).yearly_shares
    now = compare(counts, (year - 1, year), (year - 1, year))
    first_known = int(np.argmax(yearly.totals > 0))
    first, last = max(first_known, len(yearly.years) - MEMORY), len(yearly.years) - 1
    shares, totals = np.nan_to_num(yearly.shares), np.maximum(yearly.totals, 1)
    logs = np.log(shares + gain)
    variances = _counting_noise(shares, totals, gain)
    variances[:, yearly.totals <= 0] = UNKNOWN
    trend = _before(logs[:, first], now.after, gain)
    surprises = []
    for column in range(first, last + 1):
        value, variance = logs[:, column], variances[:, column]
        if column > first:
            trend = trend.next_year()
        if column > first + 1:
            surprises.append(np.maximum((value - trend.level) ** 2 - variance, 0))
        trend = trend.seen(value, variance)
    found = np.column_stack(surprises) if surprises else np.zeros((len(logs), 0))
    return Course(trend, found, _counting_noise(now.after, now.total_after, gain))


def carried_beyond(trend: Trend, needed: Floats, target: Target, pull: Floats) -> Floats:
    """(K,) how far the trend carries a technology beyond its threshold, in standard deviations.

    Much growth on many documents comes first; what rests on few, or has far to go, must grow more.

    needed : (K,) log growth of s + g that meets the target, see `needed_growth`
    pull   : (K,) log growth to be added, see `drawn_by_newcomers`
    """
    expected = trend.growth(target.horizon) + pull
    score: Floats = (expected - needed) / np.sqrt(trend.ahead(target.horizon).level_variance)
    return score


def needed_growth(counts: YearlyCounts, trend: Trend, target: Target) -> Floats:
    """(K,) log growth of s + g from which the target is met."""
    threshold = threshold_share(counts.until(counts.forecast_year), target)
    needed: Floats = np.log(threshold + target.gain) - trend.level_now
    return needed


def drawn_by_newcomers(newcomers: Floats) -> Floats:
    """(K,) log growth that comes with more newcomers than the year's mean; 0 where not known.

    newcomers : (K,) share of the authors of FY-1..FY who are new to the record, nan where documents
                name no authors
    """
    if not len(newcomers) or np.isnan(newcomers).any():
        return np.zeros(len(newcomers))
    return np.asarray(NEWCOMERS * (newcomers - newcomers.mean()))


def _counting_noise(shares: Floats, totals: Floats | float, gain: float) -> Floats:
    noise: Floats = (shares + HALF / totals) / totals / (shares + gain) ** 2
    return noise


def _before(first: Floats, share_now: Floats, gain: float) -> Trend:
    """What is known before the first year is seen: next to nothing."""
    size = len(first)
    return Trend(
        level=first.copy(),
        slope=np.zeros(size),
        level_variance=np.full(size, FIRST_LEVEL),
        covariance=np.zeros(size),
        slope_variance=np.full(size, FIRST_SLOPE),
        previous=first.copy(),
        level_now=np.log(share_now + gain),
    )

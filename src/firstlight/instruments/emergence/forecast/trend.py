"""The local trend of each technology's share: its level, its slope, and how sure both are.

Growth over five years says neither how sure it is nor how much more is needed. The local linear
trend weighs each year by the documents that it rests on, lets level and slope wander, and carries
them ahead with their uncertainty. Where documents are dated the last two years are read by
quarters, and technologies in the same documents lean on one another. Nothing in it is learnt from
what took off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.record.take_off import Target, threshold_share
from firstlight.instruments.emergence.technologies.quarterly_counts import (
    QUARTERS,
    YEARS,
    QuarterlyCounts,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare

Floats = npt.NDArray[np.float64]

TREND = "trend"  # the ranking by `carried_beyond`
MEMORY = 12  # years up to the forecast year that are read
LEVEL_NOISE = 0.05  # standard deviation a year, of log(s + g) about the trend, of documents
SLOPE_NOISE = 0.1  # the same, of the slope
LEVEL_NOISES = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3)  # among which counts find their own
SLOPE_NOISES = (0.03, 0.06, 0.1, 0.15, 0.2)
TAILS = 4  # degrees of freedom of surprises: a few technologies jump, and don't decide for all
DAMPING = 0.9  # part of a slope that is left a year later
DAMPING_FIVE_YEARS = 0.8  # the same, where documents are ranked five years ahead
FIRST_LEVEL = 2.0  # variance of the level before the first year is read
FIRST_SLOPE = 0.09  # variance of the slope before the first year is read
UNKNOWN = 1e4  # variance of a year without documents in common with the forecast year
HALF = 0.5  # documents added, so that a year without one has a variance
NEWCOMERS = 0.5  # log growth per unit share of authors who are new to the record
NEIGHBOURS = 0.5  # part of its neighbours' mean slope that a technology's slope is raised by
CLUMP_YEARS = 4  # of documents that come one by one, which each technology's own years stand beside
MOST_CLUMPED = 4.0  # times the counting noise
FEWEST_OF_YEAR = 3  # documents, for a year to tell how they come


class Wandering(NamedTuple):
    """How level and slope move from year to year.

    level, slope : standard deviations of what is new in a year, of log(s + g) and its slope
    damping      : part of a slope that is left a year later
    """

    level: float
    slope: float
    damping: float = DAMPING


OF_DOCUMENTS = Wandering(LEVEL_NOISE, SLOPE_NOISE)
# Measured on documents that nobody had read; counts lose by it (docs/explanation/tried.md).
RANKING_DOCUMENTS = {3: OF_DOCUMENTS, 5: OF_DOCUMENTS._replace(damping=DAMPING_FIVE_YEARS)}


@dataclass(frozen=True)
class Trend:
    """Level and slope of log(s + g) of K technologies, with variances and covariance.

    level_now : (K,) log(s + g) of the two years to the forecast year, as the target reads it
    previous  : (K,) level of the year before
    wandering : how both move from year to year
    """

    level: Floats
    slope: Floats
    level_variance: Floats
    covariance: Floats
    slope_variance: Floats
    previous: Floats
    level_now: Floats
    wandering: Wandering = OF_DOCUMENTS

    def later(self, years: float = 1.0) -> Trend:
        """The trend a year or part of one later, without a look at it; a step back adds no noise.

        The damped trend of Gardner and McKenzie (1985), Management Science 31(10), in state-space
        form. Steps add up: two halves of a year carry the level as far as one.
        """
        damping = self.wandering.damping
        kept = damping**years
        carried = (1 - kept) / (1 - damping)
        wandered = max(years, 0.0), max((1 - kept**2) / (1 - damping**2), 0.0)
        drifted = self.covariance + carried * self.slope_variance
        return replace(
            self,
            level=self.level + carried * self.slope,
            slope=kept * self.slope,
            level_variance=self.level_variance
            + carried * (self.covariance + drifted)
            + wandered[0] * self.wandering.level**2,
            covariance=kept * drifted,
            slope_variance=kept**2 * self.slope_variance + wandered[1] * self.wandering.slope**2,
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
            later = later.later()
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
    plausibility : (K,) log likelihood of the years, each as it was foretold from those before it
    """

    trend: Trend
    surprises: Floats
    noise: Floats
    plausibility: Floats


def course(
    counts: YearlyCounts,
    gain: float,
    quarters: QuarterlyCounts | None = None,
    wandering: Wandering = OF_DOCUMENTS,
) -> Course:
    """The trend at the end of the forecast year, and what it was surprised by.

    The variance of a year's log(s + g) is that of a Poisson count, by the delta method: (s + 1/2N)
    / N / (s + g)^2, times how far documents come in clumps.

    gain      : g, the target's own, which keeps one document of a tiny technology from looking like
                growth
    quarters  : documents of the last two years by quarter; all is read by years where None
    wandering : how level and slope move from year to year

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
    clumped, due = np.ones(len(shares)), None
    if quarters is not None:
        due = quarters.expected(counts)
        clumped = _clumping(quarters.documents, due)
    variances = clumped[:, None] * _counting_noise(shares, totals, gain)
    variances[:, yearly.totals <= 0] = UNKNOWN
    trend = replace(_before(logs[:, first], now.after, gain), wandering=wandering)
    surprises, before, plausibility = [], None, np.zeros(len(shares))
    for column in range(first, last + 1):
        value, variance = logs[:, column], variances[:, column]
        if column > first:
            trend = trend.later()
        if column > first + 1:
            squared, expected = (value - trend.level) ** 2, trend.level_variance + variance
            surprises.append(np.maximum(squared - variance, 0))
            plausibility += _log_density(squared, expected)
        trend = trend.seen(value, variance)
        if column == last - YEARS:
            before = trend
    if quarters is not None and due is not None and before is not None:
        recent = shares[:, -YEARS:], totals[-YEARS:]
        trend = _through_quarters(before, *recent, quarters.documents, due, clumped, gain)
    found = np.column_stack([np.zeros((len(logs), 0)), *surprises])
    noise = clumped * _counting_noise(now.after, now.total_after, gain)
    return Course(trend, found, noise, plausibility)


def wandering_of(counts: YearlyCounts, gain: float) -> Wandering:
    """How far level and slope wander in a record: so that its own years are foretold best.

    Of a grid, the pair under which each year up to the forecast year is likeliest, as foretold from
    those before it (Harvey 1989, section 3.4); what took off has no part in it. Where no year can
    be foretold, what documents have.

    gain : g, the target's own
    """
    # That of documents first, so that it stays where nothing tells; it is one of the grid.
    grid = (Wandering(*pair) for pair in product(LEVEL_NOISES, SLOPE_NOISES))
    tried = dict.fromkeys([OF_DOCUMENTS, *grid])
    # Rounded, so that no order of the rows decides between two that are alike.
    return max(tried, key=lambda own: round(_plausibility(counts, gain, own), 6))


def leaning(found: Course, neighbours: pl.DataFrame) -> Course:
    """The same course with slopes that lean on those of technologies in the same documents.

    Half of the mean slope of its neighbours, less the mean of all technologies, is added to each
    technology's own.

    neighbours : technology, other: rows of the K technologies; the same course where there are none
    """
    if neighbours.is_empty():
        return found
    own, other = neighbours["technology"].to_numpy(), neighbours["other"].to_numpy()
    slope = found.trend.slope
    around = np.bincount(own, (slope - slope.mean())[other], len(slope))
    mean = around / np.maximum(np.bincount(own, minlength=len(slope)), 1)
    return replace(found, trend=replace(found.trend, slope=slope + NEIGHBOURS * mean))


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


def _plausibility(counts: YearlyCounts, gain: float, wandering: Wandering) -> float:
    return float(course(counts, gain, wandering=wandering).plausibility.sum())


def _log_density(squared: Floats, expected: Floats) -> Floats:
    """(K,) log density of a surprise up to a constant, Student's t scaled to its variance.

    squared : (K,) surprise; expected : (K,) its variance
    """
    tail = (TAILS + 1) / 2 * np.log1p(squared / expected / (TAILS - 2))
    density: Floats = -np.log(expected) / 2 - tail
    return density


def _clumping(documents: Floats, expected: Floats) -> Floats:
    """(K,) by how much the quarters of its years vary more than documents that come one by one.

    The index of dispersion (Fisher, Thornton and Mackenzie 1922, Annals of Applied Biology 9) about
    the season of its strata, shrunk towards 1; between 1 and 4.

    documents, expected : (K, 2, 4)
    """
    is_expected = expected > 0
    squares = np.divide(
        (documents - expected) ** 2, expected, out=np.zeros_like(expected), where=is_expected
    )
    tells = documents.sum(axis=2) >= FEWEST_OF_YEAR
    freedom = (np.maximum(is_expected.sum(axis=2) - 1, 0) * tells).sum(axis=1)
    usual = CLUMP_YEARS * (QUARTERS - 1)
    index = ((squares.sum(axis=2) * tells).sum(axis=1) + usual) / (freedom + usual)
    clumped: Floats = np.clip(index, 1.0, MOST_CLUMPED)
    return clumped


def _through_quarters(
    trend: Trend,
    shares: Floats,
    totals: Floats,
    documents: Floats,
    expected: Floats,
    clumped: Floats,
    gain: float,
) -> Trend:
    """The trend in the middle of FY after a look at each quarter of FY-1 and FY.

    A quarter's share is the year's, times the documents of the quarter over those expected by the
    season; it rests on the part of the year's documents that was expected in it. Its logarithm is
    taken about the year's, and its noise is that of the year's share: so quarters add up to the
    year, and those that are high by chance are believed no more than those that are low.

    trend               : in the middle of FY-2
    shares              : (K, 2) of the years; totals : (2,)
    documents, expected : (K, 2, 4)
    """
    for year in range(YEARS):
        of_year = np.maximum(documents[:, year].sum(axis=1), 1)
        for quarter in range(QUARTERS):
            is_first = year == quarter == 0
            trend = trend.later(0.5 + 0.5 / QUARTERS if is_first else 1 / QUARTERS)
            due, came = expected[:, year, quarter], documents[:, year, quarter]
            part = np.where(expected[:, year].any(axis=1), due / of_year, 1 / QUARTERS)
            ratio = np.divide(came, due, out=np.zeros_like(due), where=due > 0)
            share, total = shares[:, year], np.maximum(totals[year] * part, 1)
            value = np.log(share + gain) + share * (ratio - 1) / (share + gain)
            trend = trend.seen(value, clumped * _counting_noise(share, total, gain))
    return trend.later(0.5 / QUARTERS - 0.5)


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

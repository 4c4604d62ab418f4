"""Take-off: a technology's share grows by half in three years, or doubles in five, beyond chance.

s(y) is a technology's documents of the years y-1 and y over all documents of these years,
standardised over strata (see `compare`). FY is the forecast year, h the horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import betainc, expit, logit

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.yearly_counts import (
    FEWEST_IN_STRATUM,
    Comparison,
    YearlyCounts,
    common_weights,
    compare,
)
from firstlight.numerics.distributions import z_density, z_tail
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, List, Year, message

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FAMILY = Path(__file__).parent.parent
FEWEST_DOCUMENTS = 15  # in FY-1..FY, to be scored
FEWEST_TITLES = 8  # the same, in a corpus of titles or of texts as short
LEAST_SHARE = 1e-4  # of the documents of FY-1..FY, to be scored
FEWEST_WATCHED = 3  # documents in FY-1..FY, to be watched
TOLERANCE = 1e-9  # relative; a share of exactly 1.5 times the earlier one is a take-off
STEEPEST = 40.0  # largest tilt of a binomial, in log-odds
# 80 / 2^36 is a billionth: nearer than a probability is shown.
HALVINGS = 36  # of the interval that holds the tilt


@dataclass(frozen=True)
class Target:
    """Target T: s(FY+h) >= factor * s(FY), s(FY+h) - s(FY) >= gain, and a change of z or more.

    Attributes
    ----------
    horizon
        Years ahead.
    factor
        Least ratio of the shares.
    gain
        Least difference of the shares, 0 to 1.
    z
        Least change in standard errors, the share being pooled over both periods.
    """

    horizon: int
    factor: float
    gain: float = 0.0005
    z: float = 2.5


THREE_YEARS = Target(horizon=3, factor=1.5)
FIVE_YEARS = Target(horizon=5, factor=2.0)
TARGETS = {target.horizon: target for target in (THREE_YEARS, FIVE_YEARS)}


@dataclass(frozen=True)
class TakeOffs:
    """What came of each technology by FY+h.

    is_take_off               : (K,) whether all three conditions hold
    ratio                     : (K,) s(FY+h) / s(FY); inf from nothing, nan where both are 0
    gain                      : (K,) s(FY+h) - s(FY)
    z                         : (K,) the change in standard errors
    share_before, share_after : (K,) s(FY) and s(FY+h), standardised
    comparable                : share of the outcome's documents that lie in strata of both periods
    """

    is_take_off: Flags
    ratio: Floats
    gain: Floats
    z: Floats
    share_before: Floats
    share_after: Floats
    comparable: float


def is_outcome_known(counts: YearlyCounts, target: Target) -> bool:
    """Whether the counts hold FY-1, FY, FY+h-1 and FY+h."""
    return bool(np.isin([*_now(counts), *outcome_years(counts, target)], counts.years).all())


def is_comparable(counts: YearlyCounts, target: Target) -> bool:
    """Whether some stratum has documents enough in FY-1..FY and in FY+h-1..FY+h."""
    before, after = counts.totals_of(_now(counts)), counts.totals_of(outcome_years(counts, target))
    return bool(common_weights(before, after, before).any())


def can_be_judged(counts: YearlyCounts, target: Target) -> bool:
    """Whether what came of a forecast year is known, and comparable with the year itself."""
    return is_outcome_known(counts, target) and is_comparable(counts, target)


def take_offs(counts: YearlyCounts, target: Target = THREE_YEARS) -> TakeOffs:
    """Whether each technology took off between FY and FY+h.

    Parameters
    ----------
    counts
        Counts of K technologies that hold the years of both periods.
    target
        What counts as take-off.

    Returns
    -------
    TakeOffs, with ``is_take_off``, ``ratio``, ``gain``, ``z``, ``share_before`` and
    ``share_after``, each (K,), and ``comparable``, the share of the outcome's documents that lie in
    strata of both periods.

    Raises
    ------
    InputError
        Where a year of either period is missing, or no stratum can be compared.

    References
    ----------
    Target T of the frozen protocol; z is the test of two proportions of Fleiss, Levin and Paik
    (2003), Statistical Methods for Rates and Proportions, chapter 3, summed over strata.
    """
    _check_known(counts, target)
    _Strata.of(counts.totals_of(_now(counts)), counts.totals_of(outcome_years(counts, target)))
    shares = change_between(counts, counts.forecast_year, counts.forecast_year + target.horizon)
    before, after = shares.before, shares.after
    return TakeOffs(
        is_take_off=_is_take_off(before, after, np.sqrt(shares.variance), target),
        ratio=np.divide(after, before, out=np.where(after > 0, np.inf, np.nan), where=before > 0),
        gain=after - before,
        z=shares.z,
        share_before=before,
        share_after=after,
        comparable=shares.comparable,
    )


def change_between(counts: YearlyCounts, earlier: int, later: int) -> Comparison:
    """s(earlier) and s(later), shares of two years each, compared over the strata of both."""
    return compare(counts, (earlier - 1, earlier), (later - 1, later))


def is_take_off_between(counts: YearlyCounts, earlier: int, later: int, target: Target) -> Flags:
    """(K,) whether the three conditions hold between two years, whatever their distance."""
    shares = change_between(counts, earlier, later)
    return _is_take_off(shares.before, shares.after, np.sqrt(shares.variance), target)


def rises(counts: YearlyCounts, years: Iterable[int], target: Target = THREE_YEARS) -> Floats:
    """(K,) the largest z with which each took off by one of some years; 0 where it never did."""
    largest = np.zeros(len(counts.names))
    for year in years:
        shares = change_between(counts, year - target.horizon, year)
        is_off = _is_take_off(shares.before, shares.after, np.sqrt(shares.variance), target)
        largest = np.where(is_off, np.maximum(largest, shares.z), largest)
    return largest


def is_scored(
    counts: YearlyCounts,
    *,
    fewest_documents: int = FEWEST_DOCUMENTS,
    least_share: float = LEAST_SHARE,
) -> Flags:
    """(K,) whether a technology is large enough in FY-1..FY to be scored.

    None is where every stratum is too small to be compared: there are no shares then.

    fewest_documents : 15, or `FEWEST_TITLES` in a corpus of titles or of texts as short
    least_share      : of all documents of these years
    """
    documents, totals = counts.documents_of(_now(counts)), counts.totals_of(_now(counts))
    has_shares = bool(common_weights(totals, totals, totals).any())
    is_large = (documents >= fewest_documents) & _reaches(documents, least_share * totals.sum())
    return is_large & has_shares


def is_watched(
    counts: YearlyCounts,
    *,
    fewest_watched: int = FEWEST_WATCHED,
    fewest_documents: int = FEWEST_DOCUMENTS,
    least_share: float = LEAST_SHARE,
) -> Flags:
    """(K,) whether a technology has 3 documents or more in FY-1..FY but is too small to score."""
    scored = is_scored(counts, fewest_documents=fewest_documents, least_share=least_share)
    return (counts.documents_of(_now(counts)) >= fewest_watched) & ~scored


def chance_of_take_off(counts: YearlyCounts, target: Target = THREE_YEARS) -> Floats:
    """The probability that each technology would count as take-off if its share stayed the same.

    Given its documents of both periods together, those of the later one are then binomial in each
    stratum, with probability N1 / (N0 + N1). Exact for a technology whose documents lie in one
    stratum. For one that lies in several, the tail of the harder of two conditions, on the gain
    (which z raises) and on the ratio, by the saddlepoint approximation: an upper bound in
    principle, close since both are sums of the same counts. The sum over those scored is the
    number of take-offs expected by chance.

    Parameters
    ----------
    counts
        Counts that hold the years of both periods.
    target
        What counts as take-off.

    Returns
    -------
    (K,), 0 to 1.

    Raises
    ------
    InputError
        Where a year of either period is missing.

    References
    ----------
    Przyborowski and Wilenski (1940), Homogeneity of results in testing samples from Poisson series,
    Biometrika 31, 313-323, for the conditional split; Lugannani and Rice (1980), Saddle point
    approximation for the distribution of the sum of independent random variables, Advances in
    Applied Probability 12, 475-490.
    """
    _check_known(counts, target)
    now, outcome = _now(counts), outcome_years(counts, target)
    strata = _Strata.of(counts.totals_of(now), counts.totals_of(outcome))
    pooled = (counts.by_stratum(now) + counts.by_stratum(outcome))[:, strata.used].tocsr()
    pooled.eliminate_zeros()
    pooled.sort_indices()
    strata_held = np.diff(pooled.indptr)
    one, several = np.flatnonzero(strata_held == 1), np.flatnonzero(strata_held > 1)
    chance = np.zeros(len(counts.names))
    chance[one] = _exact_chance(pooled[one], strata, target)
    chance[several] = _chance_over_strata(pooled[several], strata, target)
    return chance


def threshold_share(
    counts: YearlyCounts, target: Target = THREE_YEARS, *, totals_after: Floats | None = None
) -> Floats:
    """The share at FY+h from which each technology counts as take-off.

    The largest of factor * s(FY), s(FY) + gain, and the share x at which (x - s)^2 = z^2 variance,
    which is quadratic in x if the share changes by the same ratio in every stratum. Above 1 where
    a technology is too large to take off.

    Parameters
    ----------
    counts
        Counts of K technologies.
    target
        What counts as take-off.
    totals_after
        (S,) documents of the outcome's two years by stratum; those of FY-1..FY where None, so that
        nothing after FY is read.

    Returns
    -------
    (K,); above 1 where a technology is too large to take off.
    """
    now = counts.totals_of(_now(counts))
    later = array_or(totals_after, now)
    strata = _Strata.of(now, later)
    first = counts.by_stratum(_now(counts))[:, strata.used]
    share: Floats = first @ (strata.weights / strata.before)
    by_size = np.maximum(target.factor * share, share + target.gain)
    return np.maximum(by_size, _significant_share(first.toarray(), share, strata, target.z))


@dataclass(frozen=True)
class _Strata:
    """The strata that both periods hold: their columns, weights, and documents of each period."""

    used: npt.NDArray[np.intp]
    weights: Floats
    before: Floats
    after: Floats

    @classmethod
    def of(cls, before: Floats, after: Floats) -> _Strata:
        weights = common_weights(before, after, before)
        used = np.flatnonzero(weights > 0)
        if not len(used):
            raise InputError(message("no_large_stratum", fewest=Count(FEWEST_IN_STRATUM)), FAMILY)
        return cls(used, weights[used], before[used], after[used])

    @property
    def variance_weights(self) -> Floats:
        """(S,) w^2 (1/N0 + 1/N1), what p(1-p) is multiplied with."""
        return self.weights**2 * (1 / self.before + 1 / self.after)

    def errors(self, pooled: sparse.csr_matrix) -> Floats:
        """(K,) standard errors of the change, from the documents of both periods together."""
        rates = pooled @ sparse.diags_array(1 / (self.before + self.after))
        error: Floats = np.sqrt((rates - rates.power(2)) @ self.variance_weights)
        return error


def _now(counts: YearlyCounts) -> tuple[int, int]:
    return counts.forecast_year - 1, counts.forecast_year


def outcome_years(counts: YearlyCounts, target: Target) -> tuple[int, int]:
    """FY+h-1 and FY+h."""
    last = counts.forecast_year + target.horizon
    return last - 1, last


def _check_known(counts: YearlyCounts, target: Target) -> None:
    if is_outcome_known(counts, target):
        return
    needed = {*_now(counts), *outcome_years(counts, target)}
    missing = sorted(needed - {int(year) for year in counts.years})
    years, now = List(tuple(Year(year) for year in missing)), Year(counts.forecast_year)
    horizon = Count(target.horizon)
    raise InputError(
        message("years_not_counted", years=years, forecast_year=now, count=horizon), FAMILY
    )


def _reaches(value: Floats, bound: Floats | float) -> Flags:
    """Whether a value reaches a bound of 0 or more; a rounding error below still does."""
    return np.asarray(value >= np.asarray(bound) * (1 - TOLERANCE))


def _is_take_off(before: Floats, after: Floats, error: Floats, target: Target) -> Flags:
    gain = after - before
    is_large = _reaches(after, target.factor * before) & _reaches(gain, target.gain)
    return is_large & _reaches(gain, target.z * error) & (error > 0)


def _exact_chance(pooled: sparse.csr_matrix, strata: _Strata, target: Target) -> Floats:
    """(K,) for technologies of one stratum each: the three conditions are one bound on a count."""
    n, stratum = pooled.data, pooled.indices
    w, n0, n1 = strata.weights[stratum], strata.before[stratum], strata.after[stratum]
    error = strata.errors(pooled)
    by_factor = n * target.factor * n1 / (n0 + target.factor * n1)
    least_gain = np.maximum(target.gain, target.z * error)
    by_gain = (least_gain / w + n / n0) / (1 / n0 + 1 / n1)
    fewest = np.ceil(np.maximum(by_factor, by_gain) * (1 - TOLERANCE))
    # The binomial tail as an incomplete beta function also holds for documents counted in parts.
    can_be = (fewest > 0) & (fewest < n + 1)
    rate = n1 / (n0 + n1)
    tail = betainc(np.where(can_be, fewest, 1), np.where(can_be, n - fewest + 1, 1), rate)
    chance = np.where(can_be, tail, fewest <= 0)
    return np.where(error > 0, chance, 0.0)


def _chance_over_strata(pooled: sparse.csr_matrix, strata: _Strata, target: Target) -> Floats:
    """(K,) for technologies of several strata: both conditions are bounds on weighted counts."""
    error = strata.errors(pooled)
    per_before, per_after = strata.weights / strata.before, strata.weights / strata.after
    all_before = pooled @ per_before  # the earlier share if all documents had been early
    least_gain = np.maximum(target.gain, target.z * error)
    rates = strata.after / (strata.before + strata.after)
    by_gain = _tail(pooled, rates, per_after + per_before, all_before + least_gain)
    by_factor = target.factor * per_before
    by_ratio = _tail(pooled, rates, per_after + by_factor, target.factor * all_before)
    return np.where(error > 0, np.minimum(by_gain, by_ratio), 0.0)


def _tail(n: sparse.csr_matrix, rates: Floats, weights: Floats, bound: Floats) -> Floats:
    """(K,) P(sum over strata of weight * Binomial(n, rate) >= bound), by Lugannani and Rice."""
    scale = weights.mean()
    counts = _WeightedBinomials.of(n, rates, weights / scale)
    target = bound * (1 - TOLERANCE) / scale
    low, high = np.full(n.shape[0], -STEEPEST), np.full(n.shape[0], STEEPEST)
    for _ in range(HALVINGS):
        tilt = (low + high) / 2
        is_below = counts.mean(tilt) < target
        low, high = np.where(is_below, tilt, low), np.where(is_below, high, tilt)
    exponent = np.maximum(tilt * target - counts.generating(tilt), 0)
    root, scaled = np.sign(tilt) * np.sqrt(2 * exponent), tilt * np.sqrt(counts.variance(tilt))
    # Near the mean both go to 0, and what they correct with them.
    is_far = (np.abs(root) > 1e-3) & (scaled != 0)
    safe_scaled, safe_root = np.where(is_far, scaled, 1), np.where(is_far, root, 1)
    correction = 1 / safe_scaled - 1 / safe_root
    tail = np.clip(z_tail(root) + z_density(root) * correction, 0, 1)
    tail = np.where(target >= counts.most, 0.0, tail)
    return np.where(target <= 0, 1.0, tail)


@dataclass(frozen=True)
class _WeightedBinomials:
    """For each row, a sum of weighted binomials whose log-odds are tilted: its cumulants."""

    row: npt.NDArray[np.intp]
    n: Floats
    log_odds: Floats
    weight: Floats
    size: int

    @classmethod
    def of(cls, n: sparse.csr_matrix, rates: Floats, weights: Floats) -> _WeightedBinomials:
        row = np.repeat(np.arange(n.shape[0]), np.diff(n.indptr))
        return cls(row, n.data, logit(rates[n.indices]), weights[n.indices], n.shape[0])

    def _sum(self, parts: Floats) -> Floats:
        return np.asarray(np.bincount(self.row, self.n * parts, self.size), dtype=np.float64)

    def _tilted(self, tilt: Floats) -> Floats:
        return expit(self.log_odds + tilt[self.row] * self.weight)

    @property
    def most(self) -> Floats:
        return self._sum(self.weight)

    def mean(self, tilt: Floats) -> Floats:
        return self._sum(self._tilted(tilt) * self.weight)

    def variance(self, tilt: Floats) -> Floats:
        rate = self._tilted(tilt)
        return self._sum(rate * (1 - rate) * self.weight**2)

    def generating(self, tilt: Floats) -> Floats:
        """Logarithm of E exp(tilt * sum)."""
        tilted = self.log_odds + tilt[self.row] * self.weight
        return self._sum(np.logaddexp(0, tilted) - np.logaddexp(0, self.log_odds))


def _significant_share(first: Floats, share: Floats, strata: _Strata, z: float) -> Floats:
    """(K,) the larger root of (x - s)^2 = z^2 sum v p (1 - p), p = a + b x in each stratum."""
    both = strata.before + strata.after
    spread = np.divide(
        first / strata.before, share[:, None], out=np.ones_like(first), where=share[:, None] > 0
    )
    a, b = first / both, spread * strata.after / both
    v = z**2 * strata.variance_weights
    quadratic = 1 + (b**2) @ v
    linear = -2 * share - (b * (1 - 2 * a)) @ v
    constant = share**2 - (a * (1 - a)) @ v
    root = np.sqrt(np.maximum(linear**2 - 4 * quadratic * constant, 0))
    return (root - linear) / (2 * quadratic)

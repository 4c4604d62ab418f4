"""Documents of each technology by year, and shares that stay comparable when venues come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FEWEST_IN_STRATUM = 60  # documents that a stratum needs in both periods to be compared


@dataclass(frozen=True)
class YearlyCounts:
    """K technologies, Y years, S strata (venues, categories or sources; one where there are none).

    forecast_year : the rule of membership was fixed from documents up to this year
    names         : (K,) unique keys
    years         : (Y,) consecutive years; those after the forecast year hold what came
    cells         : sparse (K, S * Y), documents; column s * Y + y is stratum s in the y-th year
    totals        : (S, Y) documents of each stratum and year, of all technologies and of none
    strata        : (S,) names
    """

    forecast_year: int
    names: tuple[str, ...]
    years: Ints
    cells: sparse.csr_matrix
    totals: Floats
    strata: tuple[str, ...] = ("all",)

    @cached_property
    def counts(self) -> Floats:
        """(K, Y) documents of each technology in each year, whatever their stratum."""
        size = len(self.years)
        columns = np.arange(len(self.strata) * size)
        to_year = sparse.csr_matrix((np.ones(len(columns)), (columns, columns % size)), shape=(len(columns), size))
        return np.asarray((self.cells @ to_year).todense(), dtype=np.float64)

    def until(self, year: int) -> YearlyCounts:
        """The same counts as they could be known at the end of ``year``."""
        size = int((self.years <= year).sum())
        kept = (np.arange(self.cells.shape[1]) % len(self.years)) < size
        return replace(
            self,
            years=self.years[:size],
            cells=self.cells[:, kept].tocsr(),
            totals=self.totals[:, :size],
        )

    def take(self, rows: npt.NDArray[np.integer]) -> YearlyCounts:
        """The counts of some technologies, in the order given."""
        names = tuple(self.names[row] for row in rows)
        return replace(self, names=names, cells=self.cells[rows].tocsr())

    def totals_of(self, period: Sequence[int]) -> Floats:
        """(S,) documents of each stratum in the years of a period."""
        inside = np.isin(self.years, np.asarray(period))
        summed: Floats = self.totals[:, inside].sum(axis=1)
        return summed


@dataclass(frozen=True)
class Comparison:
    """Shares of the same technologies in two periods, over the strata that both periods hold.

    before, after             : (K,) standardised shares
    variance                  : (K,) of after - before if the share had stayed the same
    comparable                : share of the later period's documents that lie in these strata
    documents_before, _after  : (K,) documents of the technology in these strata
    """

    before: Floats
    after: Floats
    variance: Floats
    comparable: float
    documents_before: Floats
    documents_after: Floats

    @property
    def z(self) -> Floats:
        """(K,) the change in standard errors; 0 where neither period has a document."""
        gain = self.after - self.before
        score: Floats = np.divide(gain, np.sqrt(self.variance), out=np.zeros_like(gain), where=self.variance > 0)
        return score


def compare(
    counts: YearlyCounts,
    before: Sequence[int],
    after: Sequence[int],
    *,
    weights_of: Sequence[int] | None = None,
) -> Comparison:
    """Shares in two periods by direct standardisation over strata.

    Strata with at least 60 documents in both periods count, each with its weight in ``weights_of``
    (``before`` unless said otherwise), so that a venue that joins or leaves moves nothing. With one stratum
    these are plain shares, however few the documents. The variance is the sum over strata of
    w^2 p (1 - p) (1/N0 + 1/N1), p pooled over both periods.

    Source: direct standardisation, e.g. Fleiss, Levin and Paik (2003), Statistical Methods for
    Rates and Proportions, chapter 19.
    """
    total_before, total_after = counts.totals_of(before), counts.totals_of(after)
    weights = counts.totals_of(weights_of) if weights_of is not None else total_before.copy()
    if len(counts.strata) > 1:
        in_both = np.minimum(total_before, total_after) >= FEWEST_IN_STRATUM
    else:
        in_both = np.minimum(total_before, total_after) > 0
    weights = np.where(in_both, weights, 0.0)
    size = len(counts.names)
    if weights.sum() <= 0:
        nothing = np.full(size, np.nan)
        return Comparison(nothing, nothing, nothing, 0.0, nothing, nothing)
    weights = weights / weights.sum()
    share_before, share_after = np.zeros(size), np.zeros(size)
    variance, documents_before, documents_after = np.zeros(size), np.zeros(size), np.zeros(size)
    for stratum in np.flatnonzero(weights > 0):
        first = _documents(counts, stratum, before)
        later = _documents(counts, stratum, after)
        n0, n1, weight = total_before[stratum], total_after[stratum], weights[stratum]
        pooled = (first + later) / (n0 + n1)
        share_before += weight * first / n0
        share_after += weight * later / n1
        variance += weight**2 * pooled * (1 - pooled) * (1 / n0 + 1 / n1)
        documents_before += first
        documents_after += later
    comparable = float(total_after[in_both].sum() / max(total_after.sum(), 1))
    return Comparison(share_before, share_after, variance, comparable, documents_before, documents_after)


def _documents(counts: YearlyCounts, stratum: int, period: Sequence[int]) -> Floats:
    columns = stratum * len(counts.years) + np.flatnonzero(np.isin(counts.years, np.asarray(period)))
    return np.asarray(counts.cells[:, columns].sum(axis=1), dtype=np.float64).ravel()

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
BIRTH = 3  # a technology is as old as its third document
FEWEST_IN_STRATUM = 60  # documents that a stratum needs in both periods to be compared
FEW_COMPARABLE = 0.5  # of the documents of a period, under which little of it can be compared


@dataclass(frozen=True)
class YearlyCounts:
    """K technologies, Y years, S strata (venues, categories or sources; one where there are none).

    Attributes
    ----------
    forecast_year
        The rule of membership was fixed from documents up to this year.
    names
        (K,) unique keys.
    years
        (Y,) consecutive years; those after the forecast year hold what came.
    cells
        Sparse (K, S * Y), documents; column s * Y + y is stratum s in the y-th year.
    totals
        (S, Y) documents of each stratum and year, of all technologies and of none.
    strata
        (S,) names.
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
        to_year = _indicator(columns, columns % size, (len(columns), size))
        return np.asarray((self.cells @ to_year).todense(), dtype=np.float64)

    @cached_property
    def yearly_shares(self) -> YearlyShares:
        """Shares of single years that can be compared with the forecast year's."""
        return _yearly_shares(self)

    def until(self, year: int) -> YearlyCounts:
        """The same counts as they could be known at the end of ``year``.

        Parameters
        ----------
        year
            The last year that is kept.

        Returns
        -------
        YearlyCounts, of the same technologies and strata.
        """
        size = int((self.years <= year).sum())
        kept = (np.arange(self.cells.shape[1]) % len(self.years)) < size
        return replace(
            self,
            years=self.years[:size],
            cells=self.cells[:, kept].tocsr(),
            totals=self.totals[:, :size],
        )

    def take(self, rows: npt.NDArray[np.integer]) -> YearlyCounts:
        """The counts of some technologies, in the order given.

        Parameters
        ----------
        rows
            (k,) places of the technologies among the K.

        Returns
        -------
        YearlyCounts, of k technologies; the totals stay.
        """
        names = tuple(self.names[row] for row in rows)
        return replace(self, names=names, cells=self.cells[rows].tocsr())

    def totals_of(self, period: Sequence[int]) -> Floats:
        """Documents of each stratum in the years of a period.

        Parameters
        ----------
        period
            Years, in any order; those without counts add nothing.

        Returns
        -------
        (S,)
        """
        inside = np.isin(self.years, np.asarray(period))
        summed: Floats = self.totals[:, inside].sum(axis=1)
        return summed

    def documents_of(self, period: Sequence[int]) -> Floats:
        """Documents of each technology in the years of a period, whatever their stratum.

        Parameters
        ----------
        period
            Years, in any order; those without counts add nothing.

        Returns
        -------
        (K,)
        """
        inside = np.isin(self.years, np.asarray(period))
        summed: Floats = self.counts[:, inside].sum(axis=1)
        return summed

    def by_stratum(self, period: Sequence[int]) -> sparse.csr_matrix:
        """Documents of each technology and stratum in the years of a period.

        Parameters
        ----------
        period
            Years, in any order; those without counts add nothing.

        Returns
        -------
        Sparse (K, S)
        """
        columns = np.arange(self.cells.shape[1])
        inside = columns[np.isin(self.years[columns % len(self.years)], np.asarray(period))]
        shape = (self.cells.shape[1], len(self.strata))
        to_stratum = _indicator(inside, inside // len(self.years), shape)
        documents: sparse.csr_matrix = (self.cells @ to_stratum).tocsr()
        return documents


@dataclass(frozen=True)
class YearlyShares:
    """Shares of single years, standardised to the forecast year's strata.

    years  : (Y,)
    shares : (K, Y), 0 to 1; nan where a year has no stratum in common with the forecast year
    totals : (Y,) documents of the strata that are in common; 0 where there are none
    """

    years: Ints
    shares: Floats
    totals: Floats

    def known(self, first: int, last: int) -> Ints:
        """The years first..last that can be compared with the forecast year."""
        inside = (self.years >= first) & (self.years <= last)
        return self.years[inside & (self.totals > 0)]

    def of(self, years: Sequence[int] | Ints) -> Floats:
        """(K, n) shares of the years that are known among those asked for, nan ones left out."""
        asked = np.isin(self.years, np.asarray(years)) & (self.totals > 0)
        return self.shares[:, asked]

    def of_year(self, year: int) -> Floats:
        """(K,) shares of one year, nan where it is not known."""
        unknown = np.full(len(self.shares), np.nan)
        return self.of((year,)).ravel() if len(self.known(year, year)) else unknown


@dataclass(frozen=True)
class Comparison:
    """Shares of the same technologies in two periods, over the strata that both periods hold.

    before, after             : (K,) standardised shares
    variance                  : (K,) of after - before if the share had stayed the same
    comparable                : share of the later period's documents that lie in these strata
    total_before, _after      : documents of these strata
    documents_after           : (K,) documents of the technology in these strata
    """

    before: Floats
    after: Floats
    variance: Floats
    comparable: float
    total_before: float
    total_after: float
    documents_after: Floats

    @property
    def z(self) -> Floats:
        """(K,) the change in standard errors; 0 where neither period has a document."""
        gain = self.after - self.before
        error = np.sqrt(self.variance)
        score: Floats = np.divide(gain, error, out=np.zeros_like(gain), where=error > 0)
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
    (``before`` unless said otherwise), so that a venue that joins or leaves moves nothing. With
    one stratum these are plain shares, however few the documents. The variance is the sum over
    strata of w^2 p (1 - p) (1/N0 + 1/N1), p pooled over both periods. All nan where no stratum is
    common to both.

    Parameters
    ----------
    counts
        Counts of technologies by stratum and year.
    before
        Years of the first period.
    after
        Years of the second period.
    weights_of
        Years whose documents weigh the strata; those of ``before`` where None.

    Returns
    -------
    Comparison, with the standardised shares of both periods, (K,), 0 to 1, and the variance of
    their difference.

    References
    ----------
    Direct standardisation, e.g. Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
    Proportions, chapter 19.
    """
    total_before, total_after = counts.totals_of(before), counts.totals_of(after)
    chosen = total_before if weights_of is None else counts.totals_of(weights_of)
    weights = common_weights(total_before, total_after, chosen)
    used = np.flatnonzero(weights > 0)
    if not len(used):
        nothing = np.full(len(counts.names), np.nan)
        return Comparison(nothing, nothing, nothing, 0.0, 0.0, 0.0, nothing)
    w, n0, n1 = weights[used], total_before[used], total_after[used]
    first, later = counts.by_stratum(before)[:, used], counts.by_stratum(after)[:, used]
    pooled = (first + later) @ sparse.diags_array(1 / (n0 + n1))
    return Comparison(
        before=first @ (w / n0),
        after=later @ (w / n1),
        variance=(pooled - pooled.power(2)) @ (w**2 * (1 / n0 + 1 / n1)),
        comparable=float(n1.sum() / total_after.sum()),
        total_before=float(n0.sum()),
        total_after=float(n1.sum()),
        documents_after=later @ np.ones(len(used)),
    )


def _yearly_shares(counts: YearlyCounts) -> YearlyShares:
    """Each year against FY over the strata of both, weights of FY-1..FY.

    The level of FY depends on which strata are compared. All years are moved to the level that FY
    has beside the year before it, so that each keeps its difference from FY: a stratum that joins
    or leaves moves nothing.
    """
    years, fy = counts.years, counts.forecast_year
    totals_now, chosen = counts.totals_of([fy]), counts.totals_of([fy - 1, fy])
    columns = [common_weights(total, totals_now, chosen) for total in counts.totals.T]
    weights = np.column_stack([np.zeros((len(counts.totals), 0)), *columns])
    is_common = weights > 0
    per_document = np.divide(weights, counts.totals, out=np.zeros_like(weights), where=is_common)
    cells = np.arange(per_document.size)
    to_year = sparse.csr_matrix(
        (per_document.ravel(), (cells, cells % len(years))), shape=(len(cells), len(years))
    )
    then = np.asarray((counts.cells @ to_year).todense())
    per_document_now = weights / np.maximum(totals_now, 1)[:, None]
    now = np.asarray(counts.by_stratum([fy]) @ per_document_now)
    totals = np.where(is_common, counts.totals, 0).sum(axis=0)
    is_fy = years == fy
    earlier = np.flatnonzero((years < fy) & (totals > 0))
    reference = earlier if len(earlier) else np.flatnonzero(is_fy)
    if len(reference):
        latest = reference[-1]
        then[:, is_fy] = now[:, [latest]]
        now[:, is_fy] = now[:, [latest]]
        totals[is_fy] = totals_now[is_common[:, latest]].sum()
        then = then + now[:, [latest]] - now
    shares = np.where(totals > 0, np.clip(then, 0, 1), np.nan)
    return YearlyShares(years, shares, totals)


def common_weights(total_before: Floats, total_after: Floats, chosen: Floats) -> Floats:
    """(S,) weights, adding up to 1, of the strata that both periods hold; 0 where there are none.

    total_before, total_after : (S,) documents of each stratum in the two periods
    chosen                    : (S,) documents whose distribution over strata gives the weights

    >>> common_weights(np.array([90.0, 90.0]), np.array([80.0, 50.0]), np.array([10.0, 30.0]))
    array([1., 0.])
    """
    fewest = FEWEST_IN_STRATUM if len(chosen) > 1 else 1
    weights = np.where(np.minimum(total_before, total_after) >= fewest, chosen, 0.0)
    normalised: Floats = weights / max(weights.sum(), 1.0)
    return normalised


def _indicator(
    rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer], shape: tuple[int, int]
) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

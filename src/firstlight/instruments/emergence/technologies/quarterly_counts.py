"""Documents of the last two years by quarter, where they are dated: when in a year growth came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
YEARS, QUARTERS = 2, 4
LEAST_PART = 0.1  # of a year's documents in each quarter: a record with less is read by years
UNDATED = -1


@dataclass(frozen=True)
class QuarterlyCounts:
    """Documents of FY-1 and FY by quarter.

    documents : (K, 2, 4) of each technology
    totals    : (S, 2, 4) of each stratum
    """

    documents: Floats
    totals: Floats

    def take(self, rows: npt.NDArray[np.integer]) -> QuarterlyCounts:
        """The counts of some technologies; the totals stay."""
        return QuarterlyCounts(self.documents[rows], self.totals)

    def expected(self, counts: YearlyCounts) -> Floats:
        """(K, 2, 4) documents of each quarter if each stratum's were spread over its year alike.

        So a venue that is held in June, or a field that publishes in autumn, is no growth.

        counts : of the same technologies and strata
        """
        found = np.zeros(self.documents.shape)
        for place in range(YEARS):
            year = (counts.forecast_year - YEARS + 1 + place,)
            whole = np.maximum(counts.totals_of(year), 1)
            found[:, place] = counts.by_stratum(year) @ (self.totals[:, place] / whole[:, None])
        return found


def quarters_of(documents: pl.DataFrame) -> Ints:
    """(D,) quarter of each document's date, 0 to 3; -1 where only its year is known.

    documents : with columns date and date_precision, or without
    """
    if not {"date", "date_precision"} <= set(documents.columns):
        return np.full(documents.height, UNDATED, dtype=np.int64)
    is_dated = pl.col("date_precision") != "year"
    quarter = pl.when(is_dated).then(pl.col("date").dt.quarter().cast(pl.Int64) - 1)
    return documents.select(quarter.fill_null(UNDATED).alias("quarter"))["quarter"].to_numpy()


def quarterly_counts(
    belongs: sparse.csr_matrix,
    counts: YearlyCounts,
    years: npt.NDArray[np.integer],
    quarters: Ints,
    strata: pl.Series,
) -> QuarterlyCounts | None:
    """Documents of FY-1 and FY by quarter; None where a quarter has less than a tenth of its year.

    belongs         : technologies x documents
    counts          : of the same technologies
    years, quarters : (D,) of each document
    strata          : (D,) stratum of each document
    """
    first = counts.forecast_year - YEARS + 1
    rows = np.flatnonzero((years >= first) & (years <= counts.forecast_year) & (quarters >= 0))
    period = (years[rows] - first) * QUARTERS + quarters[rows]
    stratum = pl.Series(counts.strata).search_sorted(strata.gather(rows)).to_numpy()
    size = YEARS * QUARTERS
    cells = np.bincount(stratum * size + period, minlength=len(counts.strata) * size)
    totals = cells.reshape(len(counts.strata), YEARS, QUARTERS).astype(np.float64)
    whole = [counts.totals_of((first + place,)).sum() for place in range(YEARS)]
    if (totals.sum(axis=0) < LEAST_PART * np.maximum(whole, 1)[:, None]).any():
        return None
    shape = (belongs.shape[1], size)
    to_period = sparse.csr_matrix((np.ones(len(rows)), (rows, period)), shape=shape)
    documents = np.asarray((belongs @ to_period).todense(), dtype=np.float64)
    return QuarterlyCounts(documents.reshape(-1, YEARS, QUARTERS), totals)

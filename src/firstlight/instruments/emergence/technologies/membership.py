"""Which documents belong to which technology, and what follows: counts by year, neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.joins import Technologies
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.instruments.emergence.text.phrases import Phrases
from firstlight.texts import Count, message

FOLDER = Path(__file__).parent
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FEWEST_SHARED = 3  # documents that two neighbours share
NEAREST = 8  # neighbours of a technology
NEARLY_EQUAL = 0.4  # Jaccard index of documents from which two technologies are one line


def members(phrases: Phrases, technologies: Technologies) -> sparse.csr_matrix:
    """Technologies x documents, 1 where the document uses any form of the technology.

    The forms are those of the forecast year; the rule is the same for the documents of every year.
    """
    return phrases.incidence(technologies.terms, technologies.technology, len(technologies.heads))


def yearly_counts(
    belongs: sparse.csr_matrix,
    names: Sequence[str],
    years: npt.NDArray[np.integer],
    strata: pl.Series,
    forecast_year: int,
) -> YearlyCounts:
    """Documents of each technology by year and stratum.

    belongs : technologies x documents
    years   : (D,) year of each document, ascending
    strata  : (D,) stratum of each document
    Raises  InputError where a document has no stratum.
    """
    if strata.null_count():
        raise InputError(message("no_stratum", count=Count(strata.null_count())), FOLDER)
    labels = strata.unique().sort()
    number = labels.to_frame("stratum").with_row_index("id")
    place = strata.to_frame("stratum").join(number, on="stratum", how="left", maintain_order="left")
    every = np.arange(int(years.min()), int(years.max()) + 1)
    cell = place["id"].to_numpy().astype(np.int64) * len(every) + (years - every[0])
    size = len(labels) * len(every)
    documents = np.arange(len(years))
    to_cell = sparse.csr_matrix(
        (np.ones(len(years), np.float32), (documents, cell)), shape=(len(years), size)
    )
    totals = np.bincount(cell, minlength=size).reshape(len(labels), len(every)).astype(np.float64)
    cells = (belongs @ to_cell).tocsr()
    # In one order, so that sums over a row are the same to the last digit.
    cells.sort_indices()
    return YearlyCounts(forecast_year, tuple(names), every, cells, totals, tuple(labels.to_list()))


def sums_by_year(
    belongs: sparse.csr_matrix, weights: Floats, years: npt.NDArray[np.integer]
) -> Floats:
    """(K, Y) sums of a figure of documents (their authors, say) over each technology and year."""
    first, size = int(years.min()), int(years.max()) - int(years.min()) + 1
    row = np.repeat(np.arange(belongs.shape[0]), np.diff(belongs.indptr))
    cell = row * size + (years[belongs.indices] - first)
    sums = np.bincount(cell, weights[belongs.indices], belongs.shape[0] * size)
    by_year: Floats = sums.astype(np.float64).reshape(belongs.shape[0], size)
    return by_year


def first_years(
    belongs: sparse.csr_matrix, years: npt.NDArray[np.integer], *, nth: int = 3
) -> Ints:
    """(K,) the year of each technology's third document, or of its last; each has one at least."""
    place = np.minimum(belongs.indptr[:-1] + nth - 1, belongs.indptr[1:] - 1)
    return years[belongs.indices[place]].astype(np.int64)


def neighbours(common: sparse.csr_matrix, most: int = NEAREST) -> pl.DataFrame:
    """Technologies that share documents: data frame technology, other, weight, the nearest of each.

    common : (K, K) documents in common, on the diagonal those of each

    The weight is the cosine of their documents: shared / sqrt(documents of one x of the other).
    """
    shared, size = common.tocoo(), common.diagonal().astype(np.float64)
    keeps = (shared.row != shared.col) & (shared.data >= FEWEST_SHARED)
    row, column = shared.row[keeps], shared.col[keeps]
    weight = shared.data[keeps] / np.sqrt(size[row] * size[column])
    return (
        pl.DataFrame({"technology": row, "other": column, "weight": np.round(weight, 4)})
        .with_columns(pl.col("technology", "other").cast(pl.Int64))
        .sort("technology", "weight", "other", descending=[False, True, False])
        .group_by("technology", maintain_order=True)
        .head(most)
    )


def near_equal(common: sparse.csr_matrix, least: float = NEARLY_EQUAL) -> pl.DataFrame:
    """Technologies with nearly the same documents: data frame technology, other, weight (Jaccard).

    common : (K, K) documents in common, on the diagonal those of each
    """
    shared, size = common.tocoo(), common.diagonal().astype(np.float64)
    jaccard = shared.data / (size[shared.row] + size[shared.col] - shared.data)
    keeps = (shared.row != shared.col) & (jaccard >= least)
    return pl.DataFrame(
        {
            "technology": shared.row[keeps],
            "other": shared.col[keeps],
            "weight": np.round(jaccard[keeps], 4),
        },
        schema={"technology": pl.Int64, "other": pl.Int64, "weight": pl.Float64},
    ).sort("technology", "other")

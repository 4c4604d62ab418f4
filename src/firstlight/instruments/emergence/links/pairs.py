"""Pairs of technologies: which could meet, how often they did before, and which met afterwards.

FY is the forecast year. What is counted after it tells what came, and no figure of a pair reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.text import chinese

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HORIZON = 3  # years after FY in which a pair may meet
MOST_CHARTED = 1_000  # technologies, the largest of FY-1..FY
MOST_SHARED = 1  # documents up to FY that hold both technologies of a candidate
RECENT = 5  # years up to FY over which company is read
FEWEST_MEETINGS = 3  # documents of FY+1..FY+3 that hold both, for a new link
FEWEST_MEETINGS_TITLES = 2  # the same, in a corpus of titles
BEYOND_CHANCE = 2.5  # standard errors above the number expected from both sizes
SCHEMA = {
    "technology": pl.Int64,
    "other": pl.Int64,
    "earlier": pl.Int64,
    "recent": pl.Int64,
    "later": pl.Int64,
}

UNITS = {
    "earlier": "documents up to the forecast year that hold both",
    "recent": "documents of the five years to the forecast year that hold both",
    "later": "documents of the three years after it that hold both",
}


def charted(survey: Survey) -> Ints:
    """(K,) rows of the technologies whose pairs are read, in the order of their names.

    The scored heads of groups, so that no pair shares its documents already; of these the 1,000
    with the most documents in FY-1..FY, equal ones by name.
    """
    counts, year = survey.counts, survey.forecast_year
    is_head = survey.groups == np.arange(len(survey.groups))
    rows = np.flatnonzero(survey.is_scored & is_head)
    names = np.asarray(counts.names, dtype=np.str_)[rows]
    order = np.lexsort((names, -counts.documents_of((year - 1, year))[rows]))
    largest = order[:MOST_CHARTED]
    chosen: Ints = rows[largest[np.argsort(names[largest])]].astype(np.int64)
    return chosen


def shared_documents(
    belongs: sparse.csr_matrix, survey: Survey, years: npt.NDArray[np.integer]
) -> pl.DataFrame:
    """Documents that charted technologies share: technology, other, earlier, recent, later.

    belongs : technologies of the survey x documents
    years   : (D,) year of each document, ascending
    Returns the pairs (rows of the survey) that share any: up to FY, in FY-4..FY and in FY+1..FY+3.
    """
    rows, year = charted(survey), survey.forecast_year
    own = belongs[rows].astype(np.float64)
    first = int(years[0]) if len(years) else year
    periods = ((first, year), (year - RECENT + 1, year), (year + 1, year + HORIZON))
    counted = []
    for begin, end in periods:
        start, stop = np.searchsorted(years, [begin, end + 1])
        inside = own[:, int(start) : int(stop)]
        counted.append(np.triu((inside @ inside.T).toarray(), k=1))
    row, column = np.nonzero(sum(counted))
    columns = [rows[row], rows[column], *(each[row, column] for each in counted)]
    frame = pl.DataFrame(dict(zip(SCHEMA, columns, strict=True))).cast(pl.Schema(SCHEMA))
    return frame.sort("technology", "other")


@dataclass(frozen=True)
class Candidates:
    """P pairs of K charted technologies that share no document up to FY, or a single one.

    rows       : (K,) rows of the charted technologies in their survey
    one, other : (P,) places among the K, one before other
    has_met    : (P,) whether a single document holds both
    recent     : (K, K) documents of FY-4..FY that hold both, 0 on the diagonal
    documents  : (K,) documents of FY-4..FY; total : of the whole record
    """

    rows: Ints
    one: Ints
    other: Ints
    has_met: Flags
    recent: Floats
    documents: Floats
    total: float


def candidates(survey: Survey, shared: pl.DataFrame) -> Candidates:
    """The pairs that could meet: neither a form nor a part of the other's name.

    shared : from ``shared_documents``
    """
    rows, year = charted(survey), survey.forecast_year
    counts = survey.counts
    earlier, recent = (_square(shared, name, rows) for name in ("earlier", "recent"))
    can_meet = (earlier <= MOST_SHARED) & ~is_within(survey, rows)
    one, other = np.nonzero(np.triu(can_meet, k=1))
    period = range(year - RECENT + 1, year + 1)
    return Candidates(
        rows=rows,
        one=one,
        other=other,
        has_met=earlier[one, other] > 0,
        recent=recent,
        documents=counts.documents_of(period)[rows],
        total=float(counts.totals_of(period).sum()),
    )


def meetings(survey: Survey, shared: pl.DataFrame, pairs: Candidates) -> Floats:
    """(P,) documents of FY+1..FY+3 that hold both."""
    return _square(shared, "later", pairs.rows)[pairs.one, pairs.other]


def is_new_link(survey: Survey, met: Floats, pairs: Candidates, fewest: int) -> Flags:
    """(P,) whether enough documents of FY+1..FY+3 hold both, and more than chance would explain.

    Expected are n_a n_b / N, and the number must lie 2.5 times its root above.

    met    : (P,) documents that hold both; fewest : of them
    """
    year = survey.forecast_year
    period = range(year + 1, year + HORIZON + 1)
    documents = survey.counts.documents_of(period)[pairs.rows]
    total = max(float(survey.counts.totals_of(period).sum()), 1.0)
    expected = documents[pairs.one] * documents[pairs.other] / total
    return (met >= fewest) & (met >= expected + BEYOND_CHANCE * np.sqrt(expected))


def is_within(survey: Survey, rows: Ints) -> Flags:
    """(K, K) whether all words of a form of one technology stand in a form of the other.

    Chinese, which is written without spaces, is cut into words first.
    """
    place = np.full(len(survey.labels), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    forms = survey.forms.select(
        pl.Series("technology", place)[survey.forms["technology"]].alias("technology"), "form"
    ).filter(pl.col("technology") >= 0)
    cut = chinese.segment(forms["form"]).str.to_lowercase()
    forms = forms.with_columns(cut.str.extract_all(r"[\p{L}\p{N}+#]+").alias("word"))
    words = forms.with_row_index("row").explode("word").drop_nulls("word").unique(["row", "word"])
    number = words["word"].rank("dense").cast(pl.Int64).to_numpy() - 1
    size = (forms.height, int(number.max(initial=-1)) + 1)
    ones = np.ones(words.height)
    holds = sparse.csr_matrix((ones, (words["row"].to_numpy().astype(np.int64), number)), size)
    length = np.asarray(holds.sum(axis=1)).ravel()
    common = (holds @ holds.T).tocoo()
    whole = common.data >= np.minimum(length[common.row], length[common.col])
    technology = forms["technology"].to_numpy()
    within = np.zeros((len(rows), len(rows)), dtype=np.bool_)
    within[technology[common.row[whole]], technology[common.col[whole]]] = True
    return within


def _square(shared: pl.DataFrame, column: str, rows: Ints) -> Floats:
    """(K, K) symmetric counts of charted technologies."""
    place = np.full(int(rows.max(initial=-1)) + 1, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    one, other = place[shared["technology"].to_numpy()], place[shared["other"].to_numpy()]
    square = np.zeros((len(rows), len(rows)))
    square[one, other] = square[other, one] = shared[column].to_numpy()
    return square

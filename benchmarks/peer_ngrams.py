"""What an analyst would script: n-grams counted by year, and those listed whose share grew most.

Words and phrases of one to three words, numbers and English function words left out, in at least ten documents. Of those
with 20 documents in the forecast year, the list is ranked by the growth of their share over the three years before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer

LONGEST = 3  # words
LEAST_DOCUMENTS = 10
SPAN = 3  # years of growth
WORD = r"(?u)\b[^\W\d]\w+\b"  # begins with a letter: otherwise "2013" leads the list of 2013

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NgramYears:
    """uses : (D, N) of 0 and 1; counts : (N, Y) documents in each year; totals : (Y,) documents; years : (Y,)."""

    uses: sparse.csr_matrix
    names: npt.NDArray[np.object_]
    years: npt.NDArray[np.int64]
    totals: Floats
    counts: Floats


def ngram_years(texts: list[str], years: Any) -> NgramYears:
    """Documents of every n-gram by year.

    >>> found = ngram_years(["deep nets"] * 12 + ["old nets"] * 10, [2001] * 12 + [2002] * 10)
    >>> found.names.tolist(), found.counts.tolist()
    (['deep', 'deep nets', 'nets', 'old', 'old nets'], [[12.0, 0.0], [12.0, 0.0], [12.0, 10.0], [0.0, 10.0], [0.0, 10.0]])
    """
    reader = CountVectorizer(
        ngram_range=(1, LONGEST), min_df=LEAST_DOCUMENTS, stop_words="english", token_pattern=WORD, binary=True
    )
    uses = reader.fit_transform(texts)
    given = np.asarray(years, dtype=np.int64)
    span = np.arange(given.min(), given.max() + 1)
    rows = given - span[0]
    by_year = sparse.csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(span), len(rows)))
    counts = np.asarray((by_year @ uses).todense(), dtype=np.float64).T
    totals = np.bincount(rows, minlength=len(span)).astype(np.float64)
    return NgramYears(uses, reader.get_feature_names_out(), span, totals, counts)


def growth(counts: Floats, totals: Floats, index: int) -> Floats:
    """Log growth of the share over ``SPAN`` years up to column ``index``, one document added to each count.

    >>> growth(np.array([[9.0, 9, 9, 39], [0, 0, 0, 9]]), np.array([100.0, 100, 100, 100]), 3).round(2).tolist()
    [1.39, 2.3]
    """
    now, before = (np.log((counts[:, i] + 1.0) / totals[i]) for i in (index, index - SPAN))
    return np.asarray(now - before)


def different(uses: sparse.spmatrix) -> int:
    """Groups among n-grams, two being of one group where the documents of the rarer are half the other's as well.

    uses : (documents, n-grams), 0 and 1

    >>> different(sparse.csr_matrix([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]]))
    2
    """
    both = np.asarray((uses.T @ uses).todense(), dtype=np.float64)
    rarer = np.minimum.outer(both.diagonal(), both.diagonal())
    return int(connected_components(both >= 0.5 * rarer, directed=False)[0])

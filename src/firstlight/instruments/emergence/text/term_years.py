"""How often each term occurs in each year."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.text.phrase_levels import (
    Integers,
    Ints,
    blocks_of,
)
from firstlight.instruments.emergence.text.phrases import Phrases


@dataclass(frozen=True)
class TermYears:
    """How often each term occurs in each year: m rows, by term and year.

    term, year                        : (m,)
    documents, uses, ends, capitals, attributive : (m,) as in ``Phrases``, summed over the
                                        documents of the year; as narrow as the largest allows
    titled                            : (m,) documents of the year with the term in their title
    """

    term: Ints
    year: Ints
    documents: Integers
    uses: Integers
    ends: Integers
    capitals: Integers
    titled: Integers
    attributive: Integers

    def window(self, first: int, last: int, size: int) -> dict[str, npt.NDArray[np.float64]]:
        """Sums over the years first..last for each of ``size`` terms."""
        inside = np.flatnonzero((self.year >= first) & (self.year <= last))
        term = self.term[inside]
        names = ("documents", "uses", "ends", "capitals", "titled", "attributive")
        return {
            name: np.bincount(term, getattr(self, name)[inside], size).astype(np.float64)
            for name in names
        }


def term_years(phrases: Phrases) -> TermYears:
    """The table of terms and years; documents ascend within a term, and so do years."""
    # Some rows at a time: terms and years of all of them would take more memory than the rows.
    spans = pairwise(blocks_of(phrases.starts))
    parts = [_of_terms(phrases, first, end) for first, end in spans]
    columns = (
        zip(*parts, strict=True) if parts else [[np.zeros(0, np.int32)]] * len(fields(TermYears))
    )
    return TermYears(*(np.concatenate(column) for column in columns))


def _of_terms(phrases: Phrases, first: int, end: int) -> tuple[Integers, ...]:
    """The columns of the table for the terms first..end - 1."""
    starts = phrases.starts[first : end + 1]
    rows = slice(int(starts[0]), int(starts[-1]))
    term = np.repeat(np.arange(first, end, dtype=np.int32), np.diff(starts))
    year = phrases.years[phrases.documents[rows]]
    is_first = np.ones(len(term), dtype=bool)
    is_first[1:] = (term[1:] != term[:-1]) | (year[1:] != year[:-1])
    begins = np.flatnonzero(is_first)
    documents = np.diff(begins, append=len(term)).astype(np.int32)
    titled = (phrases.titled[rows] > 0).view(np.uint8)
    counts = (*(one[rows] for one in (phrases.uses, phrases.ends, phrases.capitals)), titled)
    sums = (np.add.reduceat(count, begins, dtype=np.int32) for count in counts)
    narrow = (each.astype(np.min_scalar_type(each.max())) for each in (documents, *sums))
    attributive: Integers = np.zeros(len(begins), np.int8)
    if phrases.attributive is not None:
        attributive = np.add.reduceat(phrases.attributive[rows], begins, dtype=np.int32)
    return term[begins], year[begins], *narrow, attributive

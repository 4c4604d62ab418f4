"""How often each term occurs in each year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.text.phrases import Phrases


@dataclass(frozen=True)
class TermYears:
    """How often each term occurs in each year: m rows, by term and year.

    term, year                        : (m,)
    documents, uses, ends, capitals, attributive : (m,) as in ``Phrases``, summed over the
                                        documents of the year
    titled                            : (m,) documents of the year with the term in their title
    """

    term: npt.NDArray[np.int32]
    year: npt.NDArray[np.int32]
    documents: npt.NDArray[np.int32]
    uses: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    capitals: npt.NDArray[np.int32]
    titled: npt.NDArray[np.int32]
    attributive: npt.NDArray[np.int32]

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
    term = np.repeat(np.arange(len(phrases.terms), dtype=np.int32), np.diff(phrases.starts))
    year = phrases.years[phrases.documents]
    is_first = np.ones(len(term), dtype=bool)
    is_first[1:] = (term[1:] != term[:-1]) | (year[1:] != year[:-1])
    starts = np.flatnonzero(is_first)

    def sums(values: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
        if not len(starts):
            return np.zeros(0, np.int32)
        return np.add.reduceat(values, starts, dtype=np.int32)

    documents = np.diff(starts, append=len(term)).astype(np.int32)
    titled = (phrases.titled > 0).view(np.uint8)
    columns = (phrases.uses, phrases.ends, phrases.capitals, titled, phrases.attributive)
    return TermYears(term[starts], year[starts], documents, *(sums(column) for column in columns))

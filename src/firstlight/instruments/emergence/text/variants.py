"""Variants of one term counted as one: neural network, neural-network, neuralnetworks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.text.phrases import Phrases, ordered_places

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TermYears:
    """How often each term occurs in each year: m rows, by term and year.

    term, year                        : (m,)
    documents, uses, ends, capitals   : (m,) as in ``Phrases``, summed over the documents of the year
    """

    term: npt.NDArray[np.int32]
    year: npt.NDArray[np.int32]
    documents: npt.NDArray[np.int32]
    uses: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    capitals: npt.NDArray[np.int32]

    def window(self, first: int, last: int, size: int) -> dict[str, npt.NDArray[np.float64]]:
        """Sums over the years first..last for each of ``size`` terms."""
        inside = np.flatnonzero((self.year >= first) & (self.year <= last))
        term = self.term[inside]
        names = ("documents", "uses", "ends", "capitals")
        return {
            name: np.bincount(term, weights=getattr(self, name)[inside], minlength=size)
            for name in names
        }


def keys_of(terms: pl.Series) -> pl.Series:
    """What variants have in common: letters and digits without spaces and hyphens."""
    return terms.str.replace_all(r"[ \-]", "").rename("key")


def joined_variants(phrases: Phrases) -> tuple[Phrases, pl.DataFrame]:
    """Phrases in which variants are one term, and the variants of each: data frame key, term, documents_count.

    A term is named by its key, letters and digits alone. Hyphens and spaces differ between authors
    and years, never between technologies.
    """
    keys = keys_of(phrases.terms)
    distinct = keys.unique().sort()
    number = distinct.to_frame().with_row_index("slot").with_columns(pl.col("slot").cast(pl.Int64))
    slot_of = keys.to_frame().join(number, on="key", how="left", maintain_order="left")["slot"]
    slots = slot_of.to_numpy()
    counted = np.diff(phrases.starts)
    variants = pl.DataFrame({"key": keys, "term": phrases.terms, "documents_count": counted})
    row_slots = np.repeat(slots, counted)
    order, is_first = ordered_places(row_slots, phrases.documents, by_document=True)
    starts = np.flatnonzero(is_first)
    ids = row_slots[order][is_first]
    merged = Phrases(
        terms=distinct,
        starts=np.searchsorted(ids, np.arange(len(distinct) + 1)),
        documents=phrases.documents[order][is_first],
        uses=_summed(phrases.uses[order], starts),
        ends=_summed(phrases.ends[order], starts),
        capitals=_summed(phrases.capitals[order], starts),
        years=phrases.years,
        shorter=slots[phrases.shorter],
        longer=slots[phrases.longer],
        written=phrases.written,
    )
    return merged, variants.sort("key", "term")


def _summed(values: npt.NDArray[np.uint8], starts: Longs) -> npt.NDArray[np.uint8]:
    if not len(starts):
        return values
    return np.minimum(np.add.reduceat(values.astype(np.int32), starts), 255).astype(np.uint8)


def term_years(phrases: Phrases) -> TermYears:
    """The table of terms and years; documents ascend within a term, and so do years."""
    term = np.repeat(np.arange(len(phrases.terms), dtype=np.int32), np.diff(phrases.starts))
    year = phrases.years[phrases.documents]
    is_first = np.ones(len(term), dtype=bool)
    is_first[1:] = (term[1:] != term[:-1]) | (year[1:] != year[:-1])
    starts = np.flatnonzero(is_first)

    def sums(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
        if not len(starts):
            return np.zeros(0, np.int32)
        return np.add.reduceat(values, starts, dtype=np.int32)

    documents = np.diff(starts, append=len(term)).astype(np.int32)
    uses, ends, capitals = (sums(part) for part in (phrases.uses, phrases.ends, phrases.capitals))
    return TermYears(term[starts], year[starts], documents, uses, ends, capitals)

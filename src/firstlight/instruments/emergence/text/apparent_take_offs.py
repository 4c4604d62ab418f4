"""How many single words would seem to take off only because the record changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.record.take_off import (
    FEWEST_TITLES,
    TARGETS,
    Target,
    is_comparable,
    is_scored,
    take_offs,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.instruments.emergence.text.text_lengths import drawn_evenly

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TITLES_A_YEAR = 6000  # of a year's titles that are read
PAIRS = 5  # forecast years whose outcomes are pooled
WORD = r"[a-z][a-z\-]+[a-z]|\p{Han}{2}|[\p{L}--[a-z\p{Han}]]{3,}"


@dataclass(frozen=True)
class TitleWords:
    """K words of D titles, a sample of each year's.

    rows      : (D,) place of each title in the frame that was given
    years     : (D,)
    incidence : sparse (D, K), 1 where a title has the word
    """

    rows: Ints
    years: Ints
    incidence: sparse.csr_matrix

    @classmethod
    def of(cls, documents: pl.DataFrame, first: int, last: int) -> TitleWords:
        """Words of at most 6,000 titles of each of some years, evenly drawn.

        documents : year, title, sorted by year and id
        """
        years = documents["year"]
        rows = drawn_evenly(years, TITLES_A_YEAR)
        rows = rows[years.gather(rows).is_between(first, last).to_numpy()]
        text = documents["title"].gather(rows).str.to_lowercase().fill_null("")
        words = pl.DataFrame({"word": text.str.extract_all(WORD).list.unique()})
        pairs = words.with_row_index("document").explode("word").drop_nulls()
        distinct = pl.Enum(pairs["word"].unique().sort())
        code = pairs["word"].cast(distinct).to_physical().to_numpy()
        places = (pairs["document"].to_numpy(), code)
        shape = (len(rows), max(len(distinct.categories), 1))
        incidence = sparse.csr_matrix((np.ones(len(code)), places), shape=shape)
        year = years.gather(rows).to_numpy().astype(np.int64)
        return cls(rows, year, _frequent(incidence))

    def likeness(self, stratum: pl.Series, one: str, others: list[str]) -> Floats:
        """(n,) how alike titles of a stratum are to those of others: Bhattacharyya's coefficient.

        stratum : of all documents of the frame that was given
        """
        labels = stratum.gather(self.rows).to_numpy()
        profiles = [self._profile(labels == name) for name in (one, *others)]
        affinity: Floats = np.array([profiles[0] @ profile for profile in profiles[1:]])
        return affinity.round(9)

    def _profile(self, inside: Flags) -> Floats:
        uses = np.asarray(self.incidence[np.flatnonzero(inside)].sum(axis=0)).ravel()
        root: Floats = np.sqrt(uses / max(uses.sum(), 1))
        return root

    def counts(self, forecast_year: int, last: int, labels: Ints) -> YearlyCounts:
        """Documents of each word by year and stratum, as the target counts them.

        labels : (D,) number of each title's stratum; those below 0 are left out
        """
        first = forecast_year - 1
        used = np.flatnonzero((labels >= 0) & (self.years >= first) & (self.years <= last))
        size, strata = last - first + 1, int(labels.max(initial=0)) + 1
        column = labels[used] * size + (self.years[used] - first)
        to_cell = sparse.csr_matrix(
            (np.ones(len(used)), (used, column)), shape=(len(self.rows), strata * size)
        )
        cells = (self.incidence.T @ to_cell).tocsr()
        totals = np.bincount(column, minlength=strata * size).reshape(strata, size)
        return YearlyCounts(
            forecast_year=forecast_year,
            names=tuple(map(str, range(cells.shape[0]))),
            years=np.arange(first, last + 1),
            cells=cells,
            totals=totals.astype(np.float64),
            strata=tuple(map(str, range(strata))),
        )


@dataclass(frozen=True)
class Apparent:
    """Take-offs of words under plain shares, and how many of them remain.

    count        : of all forecast years together, words that have 8 titles or more
    standardised : of these, take-offs under shares standardised over the strata as well
    without      : of these, take-offs as well where some of the documents are left out, by name
    scored       : words that could have taken off
    """

    count: int
    standardised: int
    without: Mapping[str, int]
    scored: int

    @property
    def denied(self) -> float:
        """Share of the apparent take-offs that standardisation denies; 0 where there are none."""
        return self._lost(self.standardised)

    def due_to(self, name: str) -> float:
        """Share of the apparent take-offs that are none without these documents."""
        return self._lost(self.without.get(name, self.count))

    def _lost(self, remaining: int) -> float:
        if not self.count:
            return 0.0
        return 1 - remaining / self.count


def apparent_take_offs(
    words: TitleWords,
    stratum: pl.Series,
    forecast_year: int,
    horizon: int,
    leave_out: Mapping[str, Mapping[int, pl.Series]],
) -> Apparent:
    """Take-offs among single words of titles in the five last forecast years with known outcomes.

    Target T of the record, from FY-h-4..FY-h to three (h) years later, under plain shares and under
    shares standardised over strata.

    stratum   : of all documents of the frame that was given to `TitleWords.of`
    leave_out : name -> outcome year -> documents (bool) that are left out of plain shares
    """
    # A horizon without a target of its own takes the factor of three years.
    target = TARGETS.get(horizon, Target(horizon, TARGETS[3].factor))
    codes = stratum.gather(words.rows).rank("dense").to_numpy().astype(np.int64) - 1
    plain = np.zeros(len(words.rows), dtype=np.int64)
    sums = {"count": 0, "standardised": 0, "scored": 0, **dict.fromkeys(leave_out, 0)}
    for last in range(forecast_year - PAIRS + 1, forecast_year + 1):
        raw = words.counts(last - horizon, last, plain)
        if not is_comparable(raw, target):
            continue
        scored = is_scored(raw, fewest_documents=FEWEST_TITLES)
        takes_off = scored & take_offs(raw, target).is_take_off
        sums["scored"] += int(scored.sum())
        sums["count"] += int(takes_off.sum())
        sums["standardised"] += _remaining(words, takes_off, target, last, codes)
        for name, years in leave_out.items():
            out = years[last].gather(words.rows).to_numpy()
            sums[name] += _remaining(words, takes_off, target, last, np.where(out, -1, plain))
    without = {name: sums[name] for name in leave_out}
    return Apparent(sums["count"], sums["standardised"], without, sums["scored"])


def _remaining(words: TitleWords, takes_off: Flags, target: Target, last: int, labels: Ints) -> int:
    """How many of some take-offs remain under other strata, or without some documents."""
    counts = words.counts(last - target.horizon, last, labels)
    if not is_comparable(counts, target):
        return 0
    return int((takes_off & take_offs(counts, target).is_take_off).sum())


def _frequent(incidence: sparse.csr_matrix) -> sparse.csr_matrix:
    """The words with enough documents to be scored in some year."""
    uses = np.asarray(incidence.sum(axis=0)).ravel()
    return incidence[:, np.flatnonzero(uses >= FEWEST_TITLES)].tocsr()

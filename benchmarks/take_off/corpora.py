"""Corpora of counts on which take-off is forecast: where they lie, and what is scored of them.

Every one is read as the product reads a user's file: by ``read_counts`` and ``from_counts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from benchmarks.refused import RefusedError

from firstlight.instruments.emergence.counts.counts_in import CountsAt, CountsIn, from_counts
from firstlight.instruments.emergence.record.take_off import FIVE_YEARS, THREE_YEARS, Target
from firstlight.sources import read_counts

SHARED = Path(__file__).resolve().parents[3] / "shared"
MOST_OF_SCORED = 0.1  # lists of a corpus with few technologies hold at most a tenth of those scored


@dataclass(frozen=True)
class Corpus:
    """Counts, and the forecast years of their record.

    file           : below the folder of reference data
    years          : forecast years, first and last; the last ones are scored where their outcome is
                     known
    chosen_to      : the last year whose outcomes may choose a ranking that is scored on the years
                     after it
    targets        : horizon, factor and gain
    most_of_scored : the part of those scored that a list may hold
    prepared       : what is done to the file before it is read as counts; None for nothing
    """

    name: str
    title: str
    file: str
    years: tuple[int, int]
    chosen_to: int
    targets: tuple[Target, ...] = (THREE_YEARS, FIVE_YEARS)
    most_of_scored: float = MOST_OF_SCORED
    prepared: Callable[[Path], pl.DataFrame] | None = None

    def read(self, shared: Path = SHARED) -> CountsIn:
        """The counts, checked.

        Raises RefusedError where the file is absent.
        """
        path = shared / "data" / self.file
        if not path.is_file():
            raise RefusedError(
                "the corpus is absent", where=str(path), try_next="name its folder: --shared FOLDER"
            )
        given = path if self.prepared is None else self.prepared(path)
        return from_counts(read_counts(given).table.frame)

    def forecast_years(self, counts: CountsIn, target: Target) -> list[int]:
        """The forecast years of the record whose outcome is known."""
        last = min(self.years[1], counts.complete_to - target.horizon)
        return list(range(self.years[0], last + 1))

    def at_each_year(self, counts: CountsIn, target: Target) -> Iterator[tuple[int, CountsAt]]:
        """Each forecast year, with the technologies as they could be known at its end."""
        for year in self.forecast_years(counts, target):
            yield year, counts.at(year)


def venture_capital(path: Path) -> pl.DataFrame:
    """Firms that received venture capital, by industry: table SINV-33 of the science indicators."""
    frame = pl.read_parquet(path).filter(pl.col("table") == "SINV-33")
    return frame.select(pl.col("unit").alias("industry"), "year", pl.col("value").alias("count"))


CORPORA = (
    Corpus(
        "patent_subfields",
        "US patents by domain and subfield",
        "patents/domain_subfield_year.csv.gz",
        years=(1985, 2024),
        chosen_to=2004,
    ),
    Corpus(
        "patent_fields",
        "US patents by WIPO field",
        "patents/wipo_field_year.csv.gz",
        years=(1985, 2024),
        chosen_to=2004,
    ),
    Corpus(
        "patent_terms",
        "biomedical terms in US patents",
        "counts/patent_terms.csv",
        years=(1990, 2022),
        chosen_to=2005,
    ),
    Corpus(
        "pubmed_terms",
        "biomedical terms in PubMed",
        "counts/pubmed_terms.parquet",
        years=(1960, 2022),
        chosen_to=1995,
    ),
    Corpus(
        "venture_capital",
        "US firms with venture capital, by industry",
        "counts/ncses.parquet",
        years=(2008, 2022),
        chosen_to=2013,
        prepared=venture_capital,
    ),
)


def corpus(name: str) -> Corpus:
    """The corpus of a name.

    Raises RefusedError for any other name.
    """
    found = {own.name: own for own in CORPORA}
    if name not in found:
        raise RefusedError(
            f"no corpus {name!r}", where="corpora", try_next=f"use one of {', '.join(found)}"
        )
    return found[name]

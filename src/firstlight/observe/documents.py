"""Documents in: tidied, compared for near-duplicates, and surveyed year by year."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from typing import Any

import polars as pl
from scipy import sparse

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.comparability import last_complete_year
from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.instruments.emergence.survey import Company, Survey, read_company, survey_year
from firstlight.instruments.emergence.terms import TermCounts, count_terms
from firstlight.instruments.emergence.vocabulary import (
    PhraseParts,
    Vocabulary,
    VocabularyRule,
    phrase_parts,
    technical_terms,
)
from firstlight.nouns import Result
from firstlight.observe import reading
from firstlight.observe.reading import Observed, Say, Surveys, Words
from firstlight.sources import Documents

BATCH = 20_000  # documents whose words are read at a time
NEAR = 0.7  # Jaccard index from which two documents are near-duplicates
FEWEST_DOCUMENTS = 100  # in a year that is surveyed


def from_documents(catalogue: Catalogue, found: Documents, given: Any, say: Say) -> Observed:
    """Keep the documents that were read; surveys are counted when they are asked for."""
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    tidy = reading.keep_tidy(catalogue, "documents", found, raw)
    frame: pl.DataFrame = found.table.frame
    complete_to = last_complete_year(frame["date"])
    say("near-duplicates")
    twins = catalogue.keep(
        "near_duplicates",
        instrument="emergence.near_duplicates",
        parameters={"threshold": NEAR},
        inputs={"documents": tidy.key},
        source=raw.source,
        licence=raw.licence,
        compute=lambda: ({"pairs": near_duplicates(frame.select("id", "title", "abstract"), threshold=NEAR).pairs}, {}),
    )
    pairs = catalogue.table(twins, "pairs").height
    year = frame["date"].dt.year()
    tables = {
        "years": reading.years_read(year.value_counts(name="documents_count").rename({"date": "year"}), complete_to),
        **reading.set_aside(found),
        "duplicates": pl.DataFrame({"kind": ["near_duplicate_pairs"], "documents_count": [pairs]}),
    }
    counting = _Counting(catalogue, tidy, dict(year.value_counts().iter_rows()), complete_to)
    return Observed(
        title=reading.title_of(found),
        origin=raw,
        first_year=int(year.min()),  # type: ignore[arg-type]
        complete_to=complete_to,
        default_year=complete_to,
        inputs={"documents": tidy.key, "near_duplicates": twins.key},
        tables=tables,
        category_years=_category_years(frame),
        facts=reading.facts_of(found, publisher),
        surveys=counting.surveys,
        warnings=reading.notes_of(found),
        words=counting.words,
    )


def _category_years(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.select(pl.col("date").dt.year().cast(pl.Int64).alias("year"), pl.col("categories").alias("name"))
        .explode("name")
        .drop_nulls()
        .group_by("name", "year")
        .agg(pl.len().cast(pl.Int64).alias("documents_count"))
        .sort("name", "year")
    )


@dataclass
class _Counting:
    """Surveys of documents: kept ones are read, missing ones counted; the words are counted once, and only if needed.

    Texts are read back from the catalogue when they are counted, so that they need no memory before or after.
    """

    catalogue: Catalogue
    tidy: Result
    per_year: Mapping[int, int]
    complete_to: int
    one_at_a_time: Lock = field(default_factory=Lock)
    chosen: dict[int, Vocabulary] = field(default_factory=dict)  # without what they keep company with, which is large

    def surveys(self, as_of: int, back: int, granularity: float, say: Say) -> Surveys:
        """Surveys of the forecast years up to ``as_of``, two at a time: none depends on another."""
        self.say = say
        if not reading.has_past(as_of, self.per_year):
            raise reading.no_past(as_of, self.per_year)
        enough = {year for year, count in self.per_year.items() if count >= FEWEST_DOCUMENTS}
        span = range(as_of - back + 1, as_of + 1)
        years = [year for year in span if year in enough | {as_of} and reading.has_past(year, self.per_year)]
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(years, pool.map(partial(self._keep, granularity), years), strict=True))

    def _keep(self, granularity: float, year: int) -> tuple[Survey, Result]:
        parameters = {"granularity": granularity, "complete_to": self.complete_to}
        survey = partial(self._survey, granularity, year)
        return reading.keep_survey(self.catalogue, year, "emergence.survey", parameters, self.tidy, survey)

    def _survey(self, granularity: float, year: int) -> Survey:
        with self.one_at_a_time:
            counts, parts, company = self._counted
        self.say(f"technologies: {year}")
        return survey_year(
            counts, parts, company, year, granularity=granularity, terms_of=partial(self._terms, counts, parts)
        )

    def _terms(self, counts: TermCounts, parts: PhraseParts, year: int) -> Vocabulary:
        found = technical_terms(counts, parts, year)
        self.chosen[year] = replace(found, together=sparse.csr_matrix((0, 0)))
        return found

    def words(self) -> Words:
        """The counted terms, and the technical terms of any year."""
        with self.one_at_a_time:
            counts, parts, _ = self._counted
        return counts, lambda year: self.chosen.get(year) or self._terms(counts, parts, year)

    @cached_property
    def _counted(self) -> tuple[TermCounts, PhraseParts, Company]:
        self.say("words: authors and places")
        company = read_company(self._documents("date", "authors", "categories", "country"))
        rarest = VocabularyRule().minimum_documents
        counts = count_terms(self._batches(), minimum_documents=rarest, progress=self._of_words)
        return counts, phrase_parts(counts.terms), company

    def _documents(self, *columns: str) -> pl.DataFrame:
        frame = self.catalogue.table(self.tidy, "documents").select(columns)
        return frame.filter(pl.col("date") <= datetime.date(self.complete_to, 12, 31))

    def _batches(self) -> Iterator[pl.DataFrame]:
        texts = self._documents("date", "title", "abstract")
        for start in range(0, texts.height, BATCH):
            self.say(f"words: {start:,} of {texts.height:,} documents")
            yield texts[start : start + BATCH]

    def _of_words(self, line: str) -> None:
        if not line.startswith("words of"):  # told above, with how many there will be
            self.say(f"words: {line}")

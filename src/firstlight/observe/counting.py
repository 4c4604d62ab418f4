"""Surveys of documents: kept ones are read, missing ones counted, and of those that grew only the years that changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from typing import Any

import polars as pl
from scipy import sparse

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence import survey_tables
from firstlight.instruments.emergence.membership import TABLE, kept_membership, membership_tables
from firstlight.instruments.emergence.need_language import NEED_WORDS
from firstlight.instruments.emergence.survey import (
    Company,
    Survey,
    counted_since,
    read_company,
    survey_and_membership,
)
from firstlight.instruments.emergence.terms import TermCounts, count_cut
from firstlight.instruments.emergence.vocabulary import (
    PhraseParts,
    Vocabulary,
    VocabularyRule,
    phrase_parts,
    technical_terms,
)
from firstlight.nouns import Result
from firstlight.observe import reading
from firstlight.observe.contents import Contents, earlier_results, same_until
from firstlight.observe.kept_words import TEXT, keep_words
from firstlight.observe.reading import Say, Surveys, Words

INSTRUMENT = "emergence.survey"
FEWEST_DOCUMENTS = 100  # in a year that is surveyed
Computed = tuple[dict[str, pl.DataFrame], dict[str, Any]]


@dataclass
class Counting:
    """Surveys of documents by forecast year; the words are counted once, and only if needed.

    A survey's key is that of the documents up to the last complete year. Its rule is read from documents up to its forecast
    year alone, so where later ones changed, or came, an earlier survey's rule is applied to them and all else stays.
    Texts are read back from the catalogue when they are counted, so that they need no memory before or after.
    """

    catalogue: Catalogue
    tidy: Result
    contents: Contents
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

    def words(self) -> Words:
        """The counted terms, and the technical terms of any year."""
        counts, parts, _ = self._all()
        return counts, lambda year: self.chosen.get(year) or self._terms(counts, parts, year)

    def _terms(self, counts: TermCounts, parts: PhraseParts, year: int) -> Vocabulary:
        found = technical_terms(counts, parts, year)
        self.chosen[year] = replace(found, together=sparse.csr_matrix((0, 0)))
        return found

    def _keep(self, granularity: float, year: int) -> tuple[Survey, Result]:
        kept = self.catalogue.keep(
            f"survey_{year}",
            instrument=INSTRUMENT,
            parameters={"forecast_year": year, "granularity": granularity, "complete_to": self.complete_to},
            inputs={"documents": f"sha256:{self._until[max(self._until)]}"},
            source=self.tidy.source,
            licence=self.tidy.licence,
            compute=partial(self._survey, granularity, year),
            units=survey_tables.UNITS,
        )
        return self._read(kept), kept

    def _read(self, kept: Result) -> Survey:
        return survey_tables.survey_of({name: self.catalogue.table(kept, name) for name in kept.tables}, kept.facts)

    @property
    def _until(self) -> dict[int, str]:
        return {year: own for year, own in self.contents.until.items() if year <= self.complete_to}

    def _survey(self, granularity: float, year: int) -> Computed:
        before, since = self._earlier(granularity, year)
        counts, parts, company = self._all()
        if before is not None:
            self.say(f"technologies: {year}, counted again from {since} on")
            survey = self._read(before)
            rule = kept_membership({TABLE: self.catalogue.table(before, TABLE)}, before.facts, len(survey.labels))
            survey = counted_since(survey, rule, counts, company, since)
        else:
            self.say(f"technologies: {year}")
            terms_of = partial(self._terms, counts, parts)
            survey, rule = survey_and_membership(counts, terms_of, company, year, granularity=granularity)
        tables, facts = survey_tables.survey_tables(survey)
        own, more = membership_tables(rule)
        return {**tables, **own}, {**facts, **more, "until_sha256": {str(y): sha for y, sha in self._until.items()}}

    def _earlier(self, granularity: float, year: int) -> tuple[Result | None, int]:
        """The earlier survey whose documents stay the same for longest, beyond its forecast year; and since when not."""
        best: tuple[Result | None, int] = (None, year + 1)
        for kept in earlier_results(self.catalogue, f"survey_{year}", INSTRUMENT):
            theirs = {int(y): sha for y, sha in kept.facts["until_sha256"].items()}
            since = same_until(self._until, theirs)
            if kept.parameters["granularity"] == granularity and since > year and (best[0] is None or since > best[1]):
                best = kept, since
        return best

    def _all(self) -> tuple[TermCounts, PhraseParts, Company]:
        with self.one_at_a_time:
            return self._counted

    @cached_property
    def _counted(self) -> tuple[TermCounts, PhraseParts, Company]:
        self.say("words: authors and places")
        company = read_company(self._documents("date", "authors", "categories", "country"))
        texts = self._documents("date", "title", "abstract", text=True)
        cut = keep_words(self.catalogue, self.tidy, self.contents, texts, lambda line: self.say(f"words: {line}"))
        del texts
        counts = count_cut(
            cut,
            minimum_documents=VocabularyRule().minimum_documents,
            always=NEED_WORDS,
            progress=lambda line: self.say(f"words: {line}"),
        )
        return counts, phrase_parts(counts.terms), company

    def _documents(self, *columns: str, text: bool = False) -> pl.DataFrame:
        frame = self.catalogue.table(self.tidy, "documents").select(columns)
        frame = frame.with_columns(self.contents.texts.alias(TEXT)) if text else frame
        return frame.filter(pl.col("date") <= datetime.date(self.complete_to, 12, 31))

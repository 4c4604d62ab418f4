"""The chain from documents to technologies on small corpora, for the tests beside this file."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from firstlight.instruments.emergence.running_text import cut_words, singular
from firstlight.instruments.emergence.survey import Company, Survey, read_company, survey_year
from firstlight.instruments.emergence.survey_tables import survey_tables
from firstlight.instruments.emergence.terms import TermCounts, count_terms
from firstlight.instruments.emergence.vocabulary import PhraseParts, phrase_parts
from firstlight.sample.planted import PlantedCorpus, planted_corpus

MINIMUM = 10


@dataclass(frozen=True)
class Counted:
    """What one pass over the documents found."""

    counts: TermCounts
    parts: PhraseParts
    company: Company

    def survey(self, year: int, *, granularity: float = 1.0, least_documents: int = 10) -> Survey:
        return survey_year(
            self.counts, self.parts, self.company, year, granularity=granularity, least_documents=least_documents
        )


def documents(titles: Sequence[str | None], years: Sequence[int] | None = None) -> pl.DataFrame:
    """Documents with a title and no abstract, on New Year's Day."""
    dates = [datetime.date(year, 1, 1) for year in years or [2001] * len(titles)]
    schema = {"date": pl.Date, "title": pl.String, "abstract": pl.String}
    return pl.DataFrame({"date": dates, "title": titles, "abstract": [""] * len(titles)}, schema=schema)


def count(frame: pl.DataFrame) -> Counted:
    """Count documents as the observation does: sorted by date, then id."""
    ordered = frame.sort("date", "id")
    counts = count_terms([ordered.select("date", "title", "abstract")], minimum_documents=MINIMUM)
    return Counted(counts, phrase_parts(counts.terms), read_company(ordered))


@cache
def planted(seed: int = 0, language: str = "en") -> PlantedCorpus:
    """24 technologies in 3,600 documents of ten years."""
    return planted_corpus(seed=seed, language=language, years=(2008, 2017), documents_per_year=(300, 420))


@cache
def planted_counts(seed: int = 0, language: str = "en") -> Counted:
    return count(planted(seed, language).documents)


def digest(survey: Survey) -> str:
    """Hash of every table and fact of a survey, in the order in which they lie."""
    tables, facts = survey_tables(survey)
    text = "\n".join(f"{name}\n{frame.write_json()}" for name, frame in sorted(tables.items()))
    return hashlib.sha256(f"{text}\n{sorted(facts.items())}".encode()).hexdigest()


def folded(term: str) -> str:
    """A phrase in the form in which terms are counted."""
    words = cut_words(pl.Series([term]))[0]
    return " ".join(pl.select(singular(pl.Series(words.to_list()))).to_series().to_list())


def term_sets(survey: Survey) -> dict[str, set[str]]:
    """Technology (its row, as text) -> its terms."""
    sets: dict[str, set[str]] = {}
    for technology, term in survey.terms.select("technology", "term").iter_rows():
        sets.setdefault(str(technology), set()).add(term)
    return sets

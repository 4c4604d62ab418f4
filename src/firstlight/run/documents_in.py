"""Documents in: tidied, judged for comparability, and their technologies found year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.links import pairs
from firstlight.instruments.emergence.links.forecast import new_links
from firstlight.instruments.emergence.running_text import clean
from firstlight.instruments.emergence.technologies import evidence, survey
from firstlight.instruments.emergence.technologies.distinguishing_phrases import (
    distinguishing_phrases,
)
from firstlight.instruments.emergence.technologies.joins import RULES
from firstlight.instruments.emergence.technologies.labels import in_phrases, labels, written_words
from firstlight.instruments.emergence.technologies.membership import near_equal, neighbours
from firstlight.instruments.emergence.technologies.names import TITLES, commonest_rows
from firstlight.instruments.emergence.technologies.second_names import second_names
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import Found, TextRecord, read_text
from firstlight.instruments.emergence.text.comparability import Comparability, comparability
from firstlight.nouns import Result
from firstlight.numerics.at_once import two_at_once
from firstlight.run import reading
from firstlight.run.corpus import Caution, Corpus, Say, Surveyed, Tables, remarks, survey_kept
from firstlight.run.near_copies import near_copies
from firstlight.run.own_names import NamesFile
from firstlight.run.own_years import DECEMBER, as_published, cautions_of, in_own_years
from firstlight.sources import Documents

SURVEY = "emergence.technologies"
TYPICAL = 6  # documents that speak for a name
TITLE_BEGINS = 300  # characters of them
ABSTRACT_BEGINS = 500


def from_documents(
    catalogue: Catalogue,
    given: Any,
    found: Documents,
    as_of: int | None = None,
    names: NamesFile | None = None,
    year_ends: int = DECEMBER,
) -> Corpus:
    """Keep the documents that were read; technologies are looked for when they are asked for.

    names : what the user merges and splits
    as_of : the year that is observed, by whose documents it is judged where the record begins; the
            last complete one
    year_ends : the month that years end with, see ``own_years``
    """
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    work = documents_work(catalogue, found, raw, names, year_ends)
    # All documents tell which year is the last complete one; those up to the observed year tell
    # what compares.
    judged = work.judged(None)
    default_year = judged.last_year
    first_year: Any = work.frame["year"].min()
    if as_of is not None and int(first_year) <= as_of <= judged.last_year:
        judged = work.judged(as_of)
    years = judged.years.select(
        pl.col("year").cast(pl.Int64), pl.col("documents_count").cast(pl.Int64), "is_complete"
    )
    return Corpus(
        title=reading.title_of(found),
        name=None,
        kind="documents",
        origin=raw,
        first_year=judged.first_year,
        complete_to=judged.last_year,
        default_year=default_year,
        inputs={"documents": work.tidy.key},
        years=years,
        facts=reading.facts_of(found, publisher),
        surveys=work.surveys,
        evidence=work.evidence,
        near_copies=work.near_copies,
        behind_names=work.behind_names,
        cautions=lambda year, horizon: [
            *work.cautions(year, horizon),
            *cautions_of(work.frame, years, year_ends, year),
            *remarks(found),
        ],
        tables=reading.set_aside(found),
        new_links=work.new_links,
    )


def documents_work(
    catalogue: Catalogue,
    found: Documents,
    raw: Result,
    names: NamesFile | None = None,
    year_ends: int = DECEMBER,
) -> DocumentsWork:
    """Keep the table of documents that were read, to be judged and counted when that is asked for.

    raw       : the Result of their bytes
    year_ends : the month that years end with, see ``own_years``
    """
    frame = in_own_years(found.table.frame, year_ends)
    choices = {}
    if year_ends != DECEMBER:
        choices["year_ends"] = year_ends
    tidy = reading.keep_tidy(catalogue, "documents", found, raw, choices)
    return DocumentsWork(catalogue, tidy, frame, names or NamesFile())


@dataclass
class DocumentsWork:
    """Documents under way: texts are counted once, and only if a year has to be looked at."""

    catalogue: Catalogue
    tidy: Result
    frame: pl.DataFrame
    names: NamesFile
    observed: int = 0
    say: Say = lambda line: None
    _judged: dict[tuple[int | None, int], Comparability] = field(default_factory=dict)
    _found: dict[int, Found] = field(default_factory=dict)
    _counting: Lock = field(default_factory=Lock)

    def judged(self, forecast_year: int | None, horizon: int = 3) -> Comparability:
        """Which text, years and strata compare, as known at the end of the forecast year."""
        asked = (forecast_year, horizon)
        if asked not in self._judged:
            found = comparability(self.frame, forecast_year, horizon)
            # None asks for the last complete year, which is asked for again by its number.
            self._judged[asked] = self._judged[found.forecast_year, horizon] = found
        return self._judged[asked]

    def cautions(self, forecast_year: int, horizon: int) -> list[Caution]:
        """What a reader must know of the record."""
        notices = self.judged(forecast_year, horizon).notices
        return [Caution(one.code, one.severity, one.message, "documents") for one in notices]

    def surveys(self, years: Sequence[int], observed: int, say: Say) -> Surveyed:
        """Technologies of each forecast year, kept; watched ones in the observed year alone."""
        self.observed, self.say = observed, say
        ordered = sorted(years)
        return dict(zip(ordered, two_at_once(self._keep, ordered), strict=True))

    def record(self, observed: int, say: Say) -> TextRecord:
        """The phrases of the documents, as they are judged at the observed year."""
        self.observed, self.say = observed, say
        return self._text

    def evidence(self, observed: int, ids: Sequence[str], say: Say) -> Tables:
        """The documents behind technologies, and who leads them."""
        self.observed, self.say = observed, say
        belongs = self._belongs(ids)
        return {
            "documents": self._documents_behind(ids, belongs),
            "leaders": evidence.leaders(self._counted, belongs, ids, observed),
        }

    def near_copies(self, observed: int) -> pl.DataFrame:
        """Which documents up to the observed year are nearly the same text."""
        self.observed = observed
        return near_copies(self._counted.filter(pl.col("year") <= observed))

    def _belongs(self, ids: Sequence[str]) -> sparse.csr_matrix:
        """Some technologies of the observed year x documents."""
        found = self._at(self.observed)
        place = {name: row for row, name in enumerate(found.survey.counts.names)}
        return found.belongs[[place[name] for name in ids]]

    def _documents_behind(self, ids: Sequence[str], belongs: sparse.csr_matrix) -> pl.DataFrame:
        """Documents of some technologies, a row of ``belongs`` each."""
        found = self._at(self.observed)
        rows = found.rows_of(ids, self._text.phrases)
        uses = evidence.times_used(
            self._text.phrases, found.technologies, np.sort(rows), belongs.shape[1]
        )
        # Technologies are taken in the order of their rows; the rank of each puts it back.
        uses = uses[np.argsort(np.argsort(rows))]
        behind = evidence.documents_behind(self._counted, belongs, uses, ids, self.observed)
        return as_published(behind, self._counted)

    def behind_names(self, observed: int, ids: Sequence[str], say: Say) -> pl.DataFrame:
        """What speaks for a name: data frame technology_id, phrases, titles, abstracts (lists)."""
        self.observed, self.say = observed, say
        every = pl.DataFrame({"technology_id": list(ids)}, schema={"technology_id": pl.String})
        for more in (self._phrases_of(ids), self._beginnings_of(ids)):
            every = every.join(more, on="technology_id", how="left", maintain_order="left")
        return every.with_columns(pl.col("phrases", "titles", "abstracts").fill_null([]))

    def _phrases_of(self, ids: Sequence[str]) -> pl.DataFrame:
        """Phrases that set technologies apart: technology_id, phrases (list)."""
        found = self._at(self.observed)
        rows = found.rows_of(ids, self._text.phrases)
        ordered = [ids[place] for place in np.argsort(rows)]
        phrases = distinguishing_phrases(
            self._text.phrases,
            self._text.term_years,
            found.names,
            found.technologies.take(np.sort(rows)),
            self._belongs(ordered),
            self.observed,
        )
        named = pl.Series("technology_id", ordered, dtype=pl.String)
        listed = phrases.select(named[phrases["technology"]], phrases="phrase")
        return listed.group_by("technology_id", maintain_order=True).agg("phrases")

    def _beginnings_of(self, ids: Sequence[str]) -> pl.DataFrame:
        """How typical documents begin: technology_id, titles, abstracts (lists)."""
        typical = self._documents_behind(ids, self._belongs(ids))
        typical = typical.filter(pl.col("role") == "typical", pl.col("position") <= TYPICAL)
        read = self._counted.filter(pl.col("id").is_in(typical["document_id"].implode()))
        texts = read.select(
            document_id="id",
            titles=_beginning("title", TITLE_BEGINS),
            abstracts=_beginning("abstract", ABSTRACT_BEGINS),
        ).unique("document_id", keep="first", maintain_order=True)
        placed = typical.select("technology_id", "position", "document_id")
        ordered = placed.join(texts, on="document_id").sort("technology_id", "position")
        return ordered.group_by("technology_id", maintain_order=True).agg("titles", "abstracts")

    def new_links(
        self, surveys: Surveyed, observed: int, say: Say
    ) -> tuple[Tables, dict[str, Any]]:
        """Pairs of technologies that may meet after the observed year, with the record of such
        forecasts."""
        say("new links")
        judged = self.judged(observed)
        fewest = pairs.FEWEST_MEETINGS
        if judged.says_once:  # a title holds fewer technologies than an abstract
            fewest = pairs.FEWEST_MEETINGS_TITLES
        found = new_links(
            {year: own for year, (own, _) in surveys.items()},
            {year: self.catalogue.table(kept, "shared") for year, (_, kept) in surveys.items()},
            observed,
            judged.last_year,
            fewest=fewest,
        )
        facts = {"used": found.used, "fewest": fewest, "rate": found.rate}
        return {"new_links": found.links, "new_links_record": found.record}, facts

    def _keep(self, year: int) -> tuple[Survey, Result]:
        judged = self.judged(self.observed)
        parameters: dict[str, Any] = {
            "forecast_year": year,
            # Which text and strata compare is judged at the observed year for all others.
            "observed": self.observed,
            "text": judged.text,
            "first_year": judged.first_year,
            "last_year": judged.last_year,
            "stratum": judged.stratum,
        }
        if judged.most_words is not None:
            parameters["most_words"] = judged.most_words
        if joins := self.names.joins():
            parameters["names"] = joins
        kept = self.catalogue.keep(
            f"technologies_{year}",
            instrument=SURVEY,
            parameters=parameters,
            inputs={"documents": self.tidy.key},
            source=self.tidy.source,
            licence=self.tidy.licence,
            compute=lambda: self._survey(year),
            units={**survey.UNITS, "shared": pairs.UNITS},
        )
        return survey_kept(self.catalogue, kept)

    def _survey(self, year: int) -> tuple[Tables, dict[str, Any]]:
        self.say(f"technologies: {year}")
        found = self._at(year)
        tables, facts = survey.survey_tables(found.survey)
        tables["shared"] = pairs.shared_documents(
            found.belongs, found.survey, self._text.phrases.years
        )
        if year == self.observed:
            tables["links"] = neighbours(found.common)
            tables["near_equal"] = self._of_one_line(found)
            tables["dropped"] = self._dropped(found)
            tables["terms"] = self._terms(found)
        return tables, facts

    def _of_one_line(self, found: Found) -> pl.DataFrame:
        """Technologies that stand in one line, by their documents, or by these and their words."""
        text, year = self._text, found.survey.forecast_year
        near = pl.concat([near_equal(found.common), self._in_phrases(found)])
        if text.rule == TITLES:  # too few names stand in one title to tell company
            return near.sort("technology", "other", "weight")
        chosen = found.technologies.take(found.rows_of(found.survey.counts.names, text.phrases))
        phrase = text.phrases.variants["phrase"].gather(text.shapes.at(year).variant)
        recent = found.belongs[:, text.span(year - 2, year)]
        second = second_names(recent, found.survey.is_scored, chosen, phrase)
        return pl.concat([near, second]).sort("technology", "other", "weight")

    def _in_phrases(self, found: Found) -> pl.DataFrame:
        """Words that are news, with the technology of the phrase that they are told with."""
        phrases, technologies = self._text.phrases, found.technologies
        row_of = np.full(len(technologies.heads), -1, dtype=np.int64)
        rows = found.rows_of(found.survey.counts.names, phrases)
        row_of[rows] = np.arange(len(rows))
        owner = np.full(len(phrases.terms), -1, dtype=np.int64)
        owner[technologies.terms] = row_of[technologies.technology]
        told = in_phrases(phrases, found.names, technologies)
        pairs = pl.DataFrame(
            {
                "technology": row_of[told["technology"].to_numpy()],
                "other": owner[told["longer"].to_numpy()],
                "weight": told["evidence"],
            }
        )
        is_pair = pl.min_horizontal("technology", "other") >= 0
        return pairs.filter(is_pair & (pl.col("technology") != pl.col("other")))

    def _dropped(self, found: Found) -> pl.DataFrame:
        """The largest terms that are no technologies, as people write them."""
        phrases, year = self._text.phrases, found.survey.forecast_year
        phrase = phrases.variants["phrase"].gather(commonest_rows(phrases, year))
        frame = evidence.dropped(found.names, phrase, found.technologies)
        shown = pl.concat([frame["term"], frame["into"]]).drop_nulls().unique()
        words = written_words(phrases.written, year, shown)
        return frame.with_columns(pl.col("term", "into").replace(shown, labels(shown, words)))

    def _terms(self, found: Found) -> pl.DataFrame:
        """Keys of the forms of each technology, by which other records are searched."""
        keys = self._text.phrases.terms
        rows = found.rows_of(found.survey.counts.names, self._text.phrases)
        chosen = found.technologies.take(rows)
        shapes = self._text.shapes.at(found.survey.forecast_year)
        return pl.DataFrame(
            {
                "technology": chosen.technology,
                "key": keys[chosen.terms],
                "is_capital": found.names.is_capital[chosen.terms],
                "is_phrase": shapes.is_phrase[chosen.terms],
                "is_defined": chosen.rule == RULES.index("acronym"),
            }
        ).sort("technology", "key")

    def _at(self, year: int) -> Found:
        """The technologies of a year with the documents that name them."""
        if year == self.observed and year in self._found:
            return self._found[year]
        found = self._text.at(year, watched=year == self.observed)
        # the observed year alone is asked for again
        if year == self.observed:
            self._found[year] = found
        return found

    @cached_property
    def _rows(self) -> pl.Series:
        """Documents that count, in complete years."""
        judged = self.judged(self.observed)
        complete = self.frame["year"] <= judged.last_year
        return judged.documents["is_counted"] & complete

    @cached_property
    def _counted(self) -> pl.DataFrame:
        return self.frame.filter(self._rows)

    @property
    def _text(self) -> TextRecord:
        # two years are looked at at once; the first to ask has the texts counted for both
        with self._counting:
            return self._read

    @cached_property
    def _read(self) -> TextRecord:
        judged = self.judged(self.observed)
        strata = judged.documents["stratum"].filter(self._rows)
        own_names = None
        if self.names.joins():
            own_names = self.names.names
        return read_text(
            self._counted,
            strata,
            text=judged.text,
            most_words=judged.most_words,
            says_once=judged.says_once,
            own_names=own_names,
            say=self.say,
        )


def _beginning(column: str, most: int) -> pl.Expr:
    """The first characters of a text, cleaned."""
    return clean(pl.col(column).fill_null("")).str.strip_chars().str.slice(0, most)

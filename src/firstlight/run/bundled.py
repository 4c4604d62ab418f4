"""The corpora that ship with Firstlight, read as they were counted: statistics of texts, and counts
of patents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, check_choice
from firstlight.instruments.emergence.counts.counts_in import from_counts as checked_counts
from firstlight.instruments.emergence.technologies import survey
from firstlight.instruments.emergence.technologies.evidence import RECENT
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.message_json import message_from_json
from firstlight.nouns import Result, Snapshot, Source
from firstlight.observation_tables import SCHEMAS
from firstlight.run.corpus import Caution, Corpus, Say, Surveyed, Tables
from firstlight.run.counts_in import MOST_OF_SCORED, CountsWork, years_of
from firstlight.run.documents_in import SURVEY
from firstlight.run.reading import files_of
from firstlight.sample import patents, text_corpora
from firstlight.sample.text_corpora import Statistics
from firstlight.texts import Count, Message, Name, Share, Year, message, names

RUN = Path(__file__).parent
BUNDLED = (*text_corpora.NAMES, "patents")
# corpora of one area whatever the words: titles of AI conferences speak of "energy-based models"
AREA_OF: Mapping[str, Callable[[str], str]] = dict.fromkeys(
    ("language", "conferences"), lambda name: "information"
)
FEW_WITH_COUNTRY = 0.5  # of the documents of the last three years
NOTHING_SET_ASIDE = {
    "set_aside": pl.DataFrame(schema=SCHEMAS["set_aside"]),
    "set_aside_rows": pl.DataFrame(
        schema={
            "file": pl.String,
            "row": pl.Int64,
            "column": pl.String,
            "value": pl.String,
            "code": pl.String,
        }
    ),
}


def bundled(catalogue: Catalogue, name: str) -> Corpus:
    """A corpus that ships.

    name : language, arxiv, conferences or patents
    Raises  InputError for any other name, and where the package was built without the corpora.
    """
    check_choice("corpus", name, BUNDLED)
    if name == "patents":
        return of_patents(catalogue)
    return of_statistics(catalogue, text_corpora.folder_of(name))


def complete_to(name: str) -> int:
    """The last complete year of a corpus that ships.

    >>> complete_to("patents")
    2024
    """
    if name == "patents":
        return patents.AS_OF
    return int(text_corpora.provenance(text_corpora.folder_of(name))["complete_to"])


def of_statistics(catalogue: Catalogue, folder: Path) -> Corpus:
    """The corpus of texts whose statistics lie in a folder."""
    about, publisher = text_corpora.provenance(folder), text_corpora.source(folder)
    snapshots = text_corpora.snapshots(folder)
    origin = catalogue.keep_snapshots(
        f"bundled_{about['name']}", publisher, snapshots, folder=folder
    )
    statistics = text_corpora.read(folder)
    work = StatisticsWork(catalogue, origin, statistics, _cautions(about))
    return Corpus(
        title=about["title"],
        name=about["name"],
        kind="documents",
        origin=origin,
        first_year=about["first_year"],
        complete_to=about["complete_to"],
        default_year=statistics.observed,
        inputs={origin.name: origin.key},
        years=statistics.years,
        facts=_facts(about, publisher, snapshots),
        surveys=work.surveys,
        evidence=work.evidence,
        cautions=work.cautions,
        tables=NOTHING_SET_ASIDE,
        area_of=AREA_OF.get(about["name"]),
    )


def of_patents(catalogue: Catalogue) -> Corpus:
    """US patents by domain and subfield: names, areas and themes are given, not told from words."""
    about, publisher, snapshots = patents.provenance(), patents.source(), patents.snapshots()
    folder = Path(str(patents.FOLDER))
    origin = catalogue.keep_snapshots("bundled_patents", publisher, snapshots, folder=folder)
    counts = checked_counts(patents.counts())
    work = CountsWork(catalogue, origin, counts)
    listed = patents.names()
    ids = listed["name_en"].to_list()
    areas = dict(zip(ids, listed["area"].str.split("/").list.first(), strict=True))
    return Corpus(
        title=about["title"],
        name="patents",
        kind="counts",
        origin=origin,
        first_year=counts.first_year,
        complete_to=counts.complete_to,
        default_year=patents.AS_OF,
        inputs={origin.name: origin.key},
        years=years_of(counts),
        facts=_facts(about, publisher, snapshots),
        surveys=work.surveys,
        evidence=work.evidence,
        cautions=work.cautions,
        tables=NOTHING_SET_ASIDE,
        area_of=lambda name: areas.get(name, "none"),
        names_zh=dict(zip(ids, listed["name_zh"], strict=True)),
        themes=dict(zip(ids, listed["domain_en"], strict=True)),
        themes_zh=dict(zip(listed["domain_en"], listed["domain_zh"], strict=True)),
        most_of_scored=MOST_OF_SCORED,
    )


def _facts(
    about: Mapping[str, Any], publisher: Source, snapshots: Sequence[Snapshot]
) -> dict[str, Any]:
    return {
        "title_zh": about["title_zh"],
        "sources": [{"name": publisher.publisher}],
        "citation": publisher.citation,
        "is_sample": True,
        "sample_note_en": about["note_en"],
        "sample_note_zh": about["note_zh"],
        "inputs": files_of(snapshots),
    }


def _cautions(about: Mapping[str, Any]) -> dict[int, list[Caution]]:
    """By horizon, what was found when the statistics were computed, and what is known of the
    corpus."""
    known: list[Caution] = []
    if about["thin"]:
        thin = message("thin", names=names(about["thin"]))
        known.append(Caution("thin", "yellow", thin, "documents"))
    if 0 < about["countries_share"] < FEW_WITH_COUNTRY:
        observed = about["parameters"]["observed"]
        years = {"first": Year(observed - RECENT + 1), "last": Year(observed)}
        said = message("few_countries", share=Share(about["countries_share"]), **years)
        known.append(Caution("few_countries", "yellow", said, "leaders"))
    if about["watched_left_out"]:
        left_out = message("watched_left_out", count=Count(about["watched_left_out"]))
        known.append(Caution("watched_left_out", "note", left_out, "documents"))
    kept = {
        int(horizon): [_caution(one) for one in listed]
        for horizon, listed in about["cautions"].items()
    }
    return {horizon: [*known, *listed] for horizon, listed in kept.items()}


def _caution(kept: Mapping[str, Any]) -> Caution:
    said: Message = message_from_json(kept["message"])
    return Caution(kept["code"], kept["severity"], said, kept["section"])


@dataclass
class StatisticsWork:
    """Statistics that ship, kept as the steps of an observation of documents are."""

    catalogue: Catalogue
    origin: Result
    statistics: Statistics
    said: Mapping[int, list[Caution]]

    def surveys(self, years: Sequence[int], observed: int, say: Say) -> Surveyed:
        """Technologies of each forecast year, kept.

        Raises  InputError for a year whose technologies don't ship.
        """
        seen_from = self.statistics.observed
        if observed != seen_from or not set(years) <= set(self.statistics.surveys):
            seen = {"seen": Year(seen_from), "year": Year(observed)}
            raise InputError(message("not_counted", option=Name(str(seen_from)), **seen), RUN)
        return {year: self._keep(year) for year in sorted(years)}

    def evidence(self, observed: int, ids: Sequence[str], say: Say) -> Tables:
        """The documents behind technologies, where they ship, and the countries that lead."""
        is_asked = pl.col("technology_id").is_in(list(ids))
        documents = text_corpora.documents_with_links(self.statistics.documents.filter(is_asked))
        return {"documents": documents, "leaders": self.statistics.leaders.filter(is_asked)}

    def cautions(self, forecast_year: int, horizon: int) -> list[Caution]:
        """What a reader must know of the record."""
        return self.said[horizon]

    def _keep(self, year: int) -> tuple[Survey, Result]:
        own = self.statistics.surveys[year]
        kept = self.catalogue.keep(
            f"technologies_{year}",
            instrument=SURVEY,
            parameters={"forecast_year": year, "observed": self.statistics.observed},
            inputs={self.origin.name: self.origin.key},
            source=self.origin.source,
            licence=self.origin.licence,
            compute=self._tables_of(own),
            units=survey.UNITS,
        )
        return own, kept

    def _tables_of(self, own: Survey) -> Callable[[], tuple[Tables, dict[str, Any]]]:
        def compute() -> tuple[Tables, dict[str, Any]]:
            tables, facts = survey.survey_tables(own)
            if own.forecast_year == self.statistics.observed:
                tables |= {**self.statistics.pairs, "dropped": self.statistics.dropped}
            return tables, facts

        return compute

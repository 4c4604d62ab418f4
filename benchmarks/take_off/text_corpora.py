"""Corpora of texts on which take-off is forecast: read as the product reads a user's file, and
their technologies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from benchmarks.take_off.corpora import SHARED

from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import TextRecord, read_text
from firstlight.instruments.emergence.text.comparability import Comparability, comparability
from firstlight.run.own_years import DECEMBER
from firstlight.sources import read_documents


@dataclass(frozen=True)
class TextCorpus:
    """Documents, and the forecast years of their record.

    years    : forecast years, first and last, whose outcomes are known
    observed : the year from which the bundled observation is seen
    prepared : what is done to the tidy documents; None for nothing
    year_ends : the month that years end with
    """

    name: str
    title: str
    file: str
    years: tuple[int, int]
    observed: int
    prepared: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    year_ends: int = DECEMBER

    def documents(self, shared: Path = SHARED) -> pl.DataFrame:
        """The tidy documents."""
        frame = read_documents(shared / "data" / self.file).table.frame
        return frame if self.prepared is None else self.prepared(frame)

    def read(
        self, documents: pl.DataFrame, say: Callable[[str], None]
    ) -> tuple[Comparability, TextRecord]:
        """Decisions on the record, and its phrases."""
        judged = comparability(documents, self.observed, 3)
        counts = judged.documents["is_counted"] & (documents["year"] <= judged.last_year)
        strata = judged.documents["stratum"].filter(counts)
        record = read_text(
            documents.filter(counts),
            strata,
            text=judged.text,
            most_words=judged.most_words,
            says_once=judged.says_once,
            say=say,
        )
        return judged, record

    def surveys(self, record: TextRecord) -> dict[int, Survey]:
        """The scored technologies of each forecast year."""
        return {
            year: record.at(year).survey.scored()
            for year in range(self.years[0], self.years[1] + 1)
        }


# Venues of today's panel: those that go on to 2024, wherever they began; language venues came in
# 2020 and go unread.
PANEL = (
    *("nips", "icml", "cvpr", "iccv", "eccv", "aistats", "rss", "siggraph", "siggraphasia"),
    *("colt", "acml", "corl", "wacv", "ijcai", "uai"),
)


def _panel(documents: pl.DataFrame) -> pl.DataFrame:
    return documents.filter(pl.col("source").is_in(PANEL))


def _named_by_archive(documents: pl.DataFrame) -> pl.DataFrame:
    return documents.with_columns(id="arxiv:" + pl.col("id"))


TEXT_CORPORA = (
    TextCorpus("arxiv", "arXiv", "documents/arxiv_tech.parquet", (2001, 2016), 2016),
    TextCorpus(
        "conferences",
        "AI conferences",
        "documents/ai_conferences.parquet",
        (1998, 2021),
        2024,
        _panel,
    ),
)

# The newest, which nothing was settled on: it ships to be read, and has no part in the record.
LANGUAGE = TextCorpus(
    "language",
    "language papers",
    "today/arxiv_language_titles_2013_2026.parquet",
    (2015, 2023),
    2026,
    _named_by_archive,
    year_ends=8,
)
BUNDLED = (LANGUAGE, *TEXT_CORPORA)

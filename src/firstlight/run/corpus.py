"""What an observation reads, whatever it came as: documents, counts, or statistics that ship with
Firstlight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.counts.remarks import ARE_PLACES
from firstlight.instruments.emergence.technologies.survey import Survey, survey_of
from firstlight.nouns import Result
from firstlight.run.reading import Say as Say
from firstlight.run.reading import noted, why_set_aside
from firstlight.sources import Counts, Documents
from firstlight.texts import Count, Message, Name, Share, Year, message

Tables = dict[str, pl.DataFrame]
Surveyed = Mapping[int, tuple[Survey, Result]]
FEWEST_YEARS = 3  # two that are observed, and one to compare them with
MOST_YEARS_APART = 2  # what is counted every other year has shares of two years
MANY_SET_ASIDE = "many_set_aside"
# A document that stands twice is counted once, and an empty cell of a wide table counts nothing.
_NOT_LOST = r"^duplicate_|^count_missing$"
ARE_PATHS = "titles_are_paths"
_PATH = r"^[\w.~-]+(?:[/\\][\w.~@+-]+)+/?$"  # "owner/name": no sentence that names could stand in
MOSTLY_PATHS = 0.5  # of the titles
MANY_LOST = 0.1  # of the rows, from which those that can't be read weigh on every figure
FEWEST_A_YEAR = 100  # documents, in the two years that are observed


@dataclass(frozen=True)
class Caution:
    """Something that a reader must know before comparing years."""

    code: str
    severity: str
    message: Message
    section: str


def survey_kept(catalogue: Catalogue, kept: Result) -> tuple[Survey, Result]:
    """The technologies of a forecast year as they were kept, with the Result that keeps them."""
    tables = {name: catalogue.table(kept, name) for name in kept.tables}
    return survey_of(tables, kept.facts), kept


def remarks(found: Documents | Counts) -> list[Caution]:
    """What a reader must know of the file: that many rows were lost, and what was noted of it."""
    noticed = [
        Caution("reading", "note", message("reading", note=noted(note)), "documents")
        for note in found.notes
    ]
    return [*_rows_lost(found), *_paths(found), *noticed]


def _paths(found: Documents | Counts) -> list[Caution]:
    """That what is read as titles are paths, so that names are parts of names of files."""
    frame = found.table.frame
    if "title" not in frame.columns or frame.is_empty():
        return []
    share = frame.select(pl.col("title").str.contains(_PATH).mean()).item() or 0.0
    if share < MOSTLY_PATHS:
        return []
    example = frame.filter(pl.col("title").str.contains(_PATH))["title"][0]
    said = message(ARE_PATHS, share=Share(share), example=Name(example))
    return [Caution(ARE_PATHS, "yellow", said, "documents")]


def _rows_lost(found: Documents | Counts) -> list[Caution]:
    """That many rows could not be read, where they weigh on every figure."""
    lost = found.set_aside.filter(~pl.col("code").str.contains(_NOT_LOST))["code"]
    if lost.is_empty() or lost.len() < MANY_LOST * found.rows:
        return []
    commonest = lost.value_counts().sort("count", "code", descending=[True, False])["code"][0]
    said = message(
        MANY_SET_ASIDE,
        share=Share(lost.len() / found.rows),
        count=Count(lost.len()),
        reason=why_set_aside(commonest),
    )
    return [Caution(MANY_SET_ASIDE, "yellow", said, "documents")]


@dataclass(frozen=True)
class Corpus:
    """What was read, and how to get the technologies of any forecast year.

    name           : of a corpus that ships; None for the user's own
    kind           : documents or counts
    origin         : the Result of the bytes that were read
    years          : data frame year, documents_count, is_complete
    surveys        : (forecast years, the one that is observed) -> year -> (its technologies, the
                     Result that keeps them); watched technologies only in the year that is observed
    evidence       : (the observed year, ids of technologies) -> tables documents and leaders
    near_copies    : the observed year -> table near_duplicates; None where the documents are not at
                     hand
    behind_names   : (the observed year, ids of technologies) -> what speaks for their names; None
                     where only counts are known
    area_of        : the area of a technology by its id, where areas are settled; None where they
                     are told from words
    cautions       : (forecast year, horizon) -> cautions
    names_zh       : technology id -> its name in Chinese, where these are settled
    themes         : technology id -> its theme, where these are settled; None where communities are
                     looked for
    themes_zh      : theme -> its name in Chinese, where themes are settled
    most_of_scored : lists hold at most this part of those scored; None for no limit
    new_links      : (forecast year -> its technologies and their Result, the observed year) ->
                     tables new_links and new_links_record, by technology ids, with their facts;
                     None where the documents are not at hand
    tables         : set_aside, set_aside_rows, duplicates, dropped
    """

    title: str
    name: str | None
    kind: str
    origin: Result
    first_year: int
    complete_to: int
    default_year: int
    inputs: Mapping[str, str]
    years: pl.DataFrame
    facts: Mapping[str, Any]
    surveys: Callable[[Sequence[int], int, Say], Surveyed]
    evidence: Callable[[int, Sequence[str], Say], Tables]
    cautions: Callable[[int, int], list[Caution]]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    near_copies: Callable[[int], pl.DataFrame] | None = None
    behind_names: Callable[[int, Sequence[str], Say], pl.DataFrame] | None = None
    area_of: Callable[[str], str] | None = None
    names_zh: Mapping[str, str] | None = None
    themes: Mapping[str, str] | None = None
    themes_zh: Mapping[str, str] = field(default_factory=dict)
    most_of_scored: float | None = None
    new_links: Callable[[Surveyed, int, Say], tuple[Tables, dict[str, Any]]] | None = None

    def recent_documents(self, year: int) -> int:
        """Documents of a year and the one before, within the record."""
        first = max(year - 1, self.first_year)
        recent = self.years.filter(pl.col("year").is_between(first, year))
        return int(recent["documents_count"].sum())

    def holds_few(self, year: int) -> bool:
        """Whether a year and the one before hold too few documents to tell what rises; counts tell
        it in any number."""
        return self.kind == "documents" and self.recent_documents(year) < 2 * FEWEST_A_YEAR

    def obstacle(self, year: int) -> Message | None:
        """Why there can be no forecast from a year; None where there can."""
        covered = year - self.first_year + 1
        if covered < FEWEST_YEARS:
            return message("answer_too_few_years", count=Count(covered), least=Count(FEWEST_YEARS))
        earlier = self.years.filter((pl.col("year") < year) & (pl.col("documents_count") > 0))
        last: Any = earlier["year"].max()
        if last is not None and year - last > MOST_YEARS_APART:
            return message("answer_years_apart", before=Year(last), year=Year(year))
        if not self.holds_few(year):
            return None
        return message(
            "answer_too_few_documents",
            first=Year(year - 1),
            last=Year(year),
            count=Count(self.recent_documents(year)),
            least=Count(FEWEST_A_YEAR),
        )

    def are_places(self, year: int, horizon: int) -> bool:
        """Whether places stand where technologies should."""
        return any(one.code == ARE_PLACES for one in self.cautions(year, horizon))

    def years_since(self, read_in: int) -> int:
        """Years from the end of the record to the one in which it is read; 0 while that is the next
        one, whose documents can't be complete."""
        since = read_in - self.complete_to
        if since < 2:
            return 0
        return since

    def ended(self, read_in: int) -> list[Caution]:
        """That the record is old, where it is."""
        since = self.years_since(read_in)
        if not since:
            return []
        said = message("old", year=Year(self.complete_to), count=Count(since))
        return [Caution("old", "note", said, "documents")]

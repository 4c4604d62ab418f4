"""What the files of a place or a chain are, and what is measured on them for its brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import FirstlightError, InputError
from firstlight.measurement import measurement
from firstlight.result import Result
from firstlight.run.brief.place_indicators import BURDENS, place_indicators
from firstlight.run.brief.place_industries import PlaceIndustries, place_industries
from firstlight.run.brief.place_names import country_of, place_in, places_like
from firstlight.run.brief.recognised_files import (
    Recognised,
    Unrecognised,
    kinds_of,
    one_of_each,
    recognised,
    unreadable,
)
from firstlight.run.brief.rooms import KIND_WORDS, ROOMS, Room, lacking
from firstlight.run.bundled import BUNDLED, complete_to
from firstlight.run.measured import measure
from firstlight.run.observed_table import observed_table
from firstlight.run.observing import observe
from firstlight.run.reading import Say
from firstlight.sources.archives import Content
from firstlight.sources.documents import read_documents
from firstlight.sources.formats import open_content
from firstlight.sources.panels import ALIASES as PANEL_ALIASES
from firstlight.texts import Name, message

__all__ = ["SAMPLE", "Evidence", "Subject", "evidence_of"]

SAMPLE = Path(__file__).parents[2] / "sample" / "brief"
FOLDER = Path(__file__).parent
STALE = 5  # years by which a record ends before the newest, from which it is not read
ASK_FOR_TECHNOLOGIES = frozenset(("plan", "documents", "counts", "coded_industries"))
OF_INDUSTRIES = ("industries", "coded_industries")
OF_TECHNOLOGIES = (
    *("name", "name_zh", "forms", "near", "probability", "advice", "growth_five_years", "until"),
)


@dataclass(frozen=True)
class Subject:
    """What a brief is about: a place, a chain, a technology, or several of them; "" for none.

    beside : other places that the place is compared with
    """

    place: str = ""
    chain: str = ""
    technology: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A place beside the one that the brief is of.

    figures : as `place_indicators` makes them; industries : as for the place itself
    """

    figures: pl.DataFrame
    industries: PlaceIndustries | None


@dataclass(frozen=True)
class Evidence:
    """What there is on a subject.

    files      : those that were used, by kind; unused : the others, with the reason
    results    : measurement -> its result
    failed     : measurement -> why it could not be made
    industries : strengths of the place and what is within reach; None without such a table
    measure    : what the numbers of that table are, as its heading says
    burden     : the same, where they count a burden (emissions, energy, waste), which shows no
                 strength
    indicators : where the place stands by the figures of its other tables
    tables     : the files of these figures
    compared   : each place beside it -> its figures, and its industries where these are known
    documents  : title, year and affiliations of one's own documents
    own_technologies : those of one's own documents or counts, with their chances
    observed   : the same with those of the records that ship
    records    : how many records that ship were read
    """

    subject: Subject
    folder: Path
    files: Mapping[str, Recognised]
    unused: Sequence[Unrecognised]
    results: Mapping[str, Result] = field(default_factory=dict)
    failed: Mapping[str, FirstlightError] = field(default_factory=dict)
    industries: PlaceIndustries | None = None
    measure: str = ""
    burden: str = ""
    indicators: pl.DataFrame | None = None
    tables: Sequence[Path] = ()
    compared: Mapping[str, Compared] = field(default_factory=dict)
    documents: pl.DataFrame | None = None
    own_technologies: pl.DataFrame | None = None
    observed: pl.DataFrame | None = None
    records: int = 0


def evidence_of(subject: Subject, folder: Path, project: Path, lang: str, say: Say) -> Evidence:
    """Everything that the files of a folder say of a subject, measured.

    Raises  InputError for a folder without files, and for a place that no table of places has.
    """
    kinds = kinds_of(KIND_WORDS)
    if folder.is_dir() and not any(folder.glob("*.toml")):
        del kinds["indicators"]  # without the declaration of an index they are figures like others
    known, unknown = recognised(folder, kinds)
    taken, others = one_of_each(known)
    gathered = _Gathered(subject, {own.kind: own for own in taken}, project, lang, say)
    industries, heading, burden = gathered.industries()
    observed, records = None, 0
    if subject.technology or not ASK_FOR_TECHNOLOGIES.isdisjoint(gathered.files):
        observed, records = gathered.observed()
        gathered.plan(observed)
    for room in ROOMS:
        is_of_burden = burden and not {*OF_INDUSTRIES}.isdisjoint(room.source)
        if not is_of_burden and not lacking(room, gathered.files.keys()):
            gathered.room(room)
    indicators, tables, unused = gathered.indicators([*unknown, *others, *gathered.unused])
    return Evidence(
        subject,
        folder,
        gathered.files,
        unused,
        results=gathered.results,
        failed=gathered.failed,
        industries=industries,
        measure=heading,
        burden=burden,
        indicators=indicators,
        tables=tables,
        compared=gathered.compared(burden, tables),
        documents=gathered.documents(),
        own_technologies=gathered.own_technologies,
        observed=observed,
        records=records,
    )


@dataclass
class _Gathered:
    """What has been measured so far."""

    subject: Subject
    files: dict[str, Recognised]
    project: Path
    lang: str
    say: Say
    results: dict[str, Result] = field(default_factory=dict)
    failed: dict[str, FirstlightError] = field(default_factory=dict)
    unused: list[Unrecognised] = field(default_factory=list)
    own_technologies: pl.DataFrame | None = None

    def measured(self, name: str, source: Any, **options: Any) -> Result | None:
        """One measurement; None where it can't be made."""
        self.say(name)
        try:
            found = measure(name, source, project=self.project, lang=self.lang, **options)
        except FirstlightError as error:
            self.failed[name] = error
            return None
        self.results[name] = found
        return found

    def of_file(self, name: str, kind: str, **options: Any) -> Result | None:
        """One measurement of the file of a kind, which is of no use where it can't be made."""
        found = self.measured(name, self.files[kind].path, **options)
        if found is None:
            own = self.files.pop(kind)
            self.unused.append(unreadable(own.path, self.failed.pop(name)))
        return found

    def industries(self) -> tuple[PlaceIndustries | None, str, str]:
        """The industries of the place, what their table counts, and the same where it counts a
        burden."""
        kind = next((own for own in OF_INDUSTRIES if own in self.files), None)
        if kind is None:
            return None, "", ""
        columns = _value_of(self.files[kind])
        if kind == "coded_industries":
            columns["industry"] = self.files[kind].columns["code"]
        found = self.of_file("concentration", kind, columns=columns)
        if found is None:
            return None, "", ""
        heading = found.facts["mapping"]["value"]
        is_burden = any(word in heading.casefold() for word in BURDENS)
        if is_burden or not self.subject.place:
            return None, heading, heading if is_burden else ""
        quotients = found.tables["quotients"]
        written = place_in(self.subject.place, quotients["place"].unique().sort())
        return place_industries(quotients, written), heading, ""

    def compared(self, burden: str, tables: Sequence[Path]) -> dict[str, Compared]:
        """The places beside it, by the same tables."""
        found = {}
        every = [*((path, None) for path in tables), *self._of_figures()]
        concentration = self.results.get("concentration")
        for place in self.subject.beside:
            standing = (_standing(path, place, heading) for path, heading in every)
            figures = [rows for rows in standing if not rows.is_empty()]
            industries = None
            if concentration is not None and not burden:
                quotients = concentration.tables["quotients"]
                own = place_in(place, quotients["place"].unique().sort())
                industries = place_industries(quotients, own)
            if not figures and industries is None:
                raise InputError(message("no_place_beside", place=Name(place)), FOLDER)
            found[place] = Compared(pl.concat(figures) if figures else pl.DataFrame(), industries)
        return found

    def _of_figures(self) -> list[tuple[Path, str | None]]:
        """Files of known kinds that are tables of figures, too, with their column of places."""
        known = [self.files[kind] for kind in ("indicators", "incomes") if kind in self.files]
        return [(own.path, own.columns["unit"]) for own in known]

    def observed(self) -> tuple[pl.DataFrame, int]:
        """The technologies of one's own documents and of the records that ship, the first that has
        a name counting; and how many that ship were read."""
        own = []
        for kind in ("documents", "counts"):
            if kind in self.files:
                path, project = self.files[kind].path, self.project / "observed"
                seen = observe(path, project=project, progress=self.say)
                self.own_technologies = self._technologies(seen)
                own.append(self.own_technologies)
        newest = max(map(complete_to, BUNDLED))
        recent = [corpus for corpus in BUNDLED if complete_to(corpus) > newest - STALE]
        shipped = [self._technologies(corpus, corpus) for corpus in recent]
        every = pl.concat([*own, *shipped], how="diagonal_relaxed")
        return every.unique("name", keep="first", maintain_order=True), len(recent)

    def documents(self) -> pl.DataFrame | None:
        """The titles of one's own documents, with their years and organisations."""
        if "documents" not in self.files:
            return None
        frame: pl.DataFrame = read_documents(self.files["documents"].path).table.frame
        return frame.select("title", "year", "affiliations")

    def _technologies(self, given: Result | str, folder: str = "") -> pl.DataFrame:
        frame, _ = observed_table(given, self.project / folder, self.say)
        named: pl.DataFrame = frame.rename({"technology": "name"})
        return named.select(name for name in OF_TECHNOLOGIES if name in named.columns)

    def plan(self, observed: pl.DataFrame) -> None:
        """The entries of the plan, or the one technology that is asked for, beside the plans of
        others and what was observed."""
        options: dict[str, Any] = {"technologies": observed}
        if "others" in self.files:
            options |= {"others": self.files["others"].path, "own_place": self._own_name()}
        if self.subject.technology:
            self.measured("plan", pl.DataFrame({"entry": [self.subject.technology]}), **options)
        elif "plan" in self.files:
            self.of_file("plan", "plan", **options)

    def _own_name(self) -> str | None:
        """The place as the plans of others write it, where its own entries stand among them."""
        own = self.files["others"]
        heading = own.columns["place"]
        opened = open_content(Content(own.path.name, own.path), PANEL_ALIASES)
        written = opened.load((heading,)).frame[heading].drop_nulls().unique().sort()
        return next(iter(places_like(self.subject.place, written)), None)

    def room(self, room: Room) -> None:
        """The measurement of a room whose files are there."""
        source = next(self.files[kind] for kind in room.source if kind in self.files)
        further = {**room.needs, **room.may}
        tables = {
            option: self.files[kind].path for option, kind in further.items() if kind in self.files
        }
        given = {**source.columns, "value": _value_of(source).get("value", "")}
        columns = {
            option: given[column] for option, column in room.columns.items() if given.get(column)
        }
        if source.kind in OF_INDUSTRIES:
            columns |= _value_of(source)
        parameters = measurement(room.measurement).parameters
        named = {own: columns.pop(own) for own in [*columns] if parameters[own].default is None}
        options = {**tables, **room.options, **named, "columns": columns}
        home = country_of(self.subject.place) if room.has_home else ""
        if home:
            self.measured(room.measurement, source.path, home=home, **options)
            if room.measurement in self.results:
                return
            self.failed.pop(room.measurement)  # most likely since the table has no such country
        self.measured(room.measurement, source.path, **options)

    def indicators(
        self, unused: Sequence[Unrecognised]
    ) -> tuple[pl.DataFrame | None, list[Path], list[Unrecognised]]:
        """Where the place stands by its tables of figures: those that nothing else uses, and those
        of indicators and incomes; and what is left unused."""
        if not self.subject.place:
            return None, [], list(unused)
        frames, tables, left = list[pl.DataFrame](), list[Path](), list[Unrecognised]()
        for path, heading in self._of_figures():
            frames.append(_standing(path, self.subject.place, heading))
        for file in unused:
            rows = _standing(file.path, self.subject.place)
            if rows.is_empty():
                left.append(file)
            else:
                frames.append(rows)
                tables.append(file.path)
        found = [rows for rows in frames if not rows.is_empty()]
        return (pl.concat(found) if found else None), tables, left


def _value_of(file: Recognised) -> dict[str, str]:
    """The column of the values, chosen here where several may be; none where each year has one."""
    heading = file.columns.get("value", "")
    if heading in ("", file.columns.get("year")):
        return {}
    return {"value": heading}


def _standing(path: Path, place: str, heading: str | None = None) -> pl.DataFrame:
    """The figures of a place in a table; without rows where it is no table of figures."""
    try:
        return place_indicators(path, place, heading)
    except FirstlightError:  # why such a file is not used is known already
        return pl.DataFrame()

"""What is done in a folder of results, from Python as on the command line: observe, measure, write
the pages again, and run all that a project asks for."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firstlight.catalogue import Catalogue
from firstlight.document import Document
from firstlight.errors import FirstlightError, NotKeptError
from firstlight.measurement import measurement
from firstlight.run.joined_names import joined_name
from firstlight.run.measured import measure, of_another_version, open_measured
from firstlight.run.project import Settings, limited, open_project, source_beside
from firstlight.store.lineage import Explanation
from firstlight.texts import LANGUAGES
from firstlight.views.document_files import Kept, keep_document, publish_document
from firstlight.views.publish import publish, publish_result

__all__ = ["OBSERVE", "Made", "Project", "briefed", "measured", "observed", "report"]

OBSERVE = "observe"
_OF_OBSERVING = (
    *("as_of", "horizon", "names", "beside", "naming", "encoding", "year_ends", "since"),
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A result, and what shows it: page, tables and so on, each with its path."""

    result: Any
    files: Mapping[str, Path]


class Project:
    """A folder with ``observatory.toml``: run what it asks for, and look at what came of it.

    Parameters
    ----------
    folder
        The folder of the project.
    results
        The folder that keeps results; that of the project unless said otherwise.
    lang
        Language of pages, ``en`` or ``zh``; that of the project unless said otherwise.

    Raises
    ------
    InputError
        Where the folder has no project, or a setting can't be used.

    Examples
    --------
    >>> project = Project("my-project")  # doctest: +SKIP
    >>> project.run()  # doctest: +SKIP
    >>> print(project.explain("growth", {"technology": "solar cells"}))  # doctest: +SKIP
    """

    def __init__(
        self, folder: str | Path = ".", *, results: str | Path | None = None, lang: str = ""
    ) -> None:
        self.settings = open_project(folder)
        self.folder = Path(folder)
        self.results = Path(folder if results is None else results)
        self.lang = lang or self.settings.language

    @property
    def steps(self) -> tuple[str, ...]:
        """What its settings ask for: observe, unless they only have measurements, and these."""
        measures = tuple(self.settings.measures)
        if measures and self.settings.source is None:
            return measures
        return (OBSERVE, *measures)

    def run(self, progress: Say | None = None) -> dict[str, Made]:
        """Do every step, and write its page and tables.

        Parameters
        ----------
        progress
            Called with what is being done.

        Returns
        -------
        Step -> what was made.

        Raises
        ------
        FirstlightError
            The first that kept a step from being done, after all others; its notes tell of further
            ones.
        """
        made, failed = dict[str, Made](), list[FirstlightError]()
        for step in self.steps:
            try:
                made[step] = self.step(step, progress)
            except FirstlightError as error:
                failed.append(error)
        if failed:
            for other in failed[1:]:
                failed[0].add_note(str(other))
            raise failed[0]
        return made

    def step(self, name: str, progress: Say | None = None) -> Made:
        """Do one step, with the settings of the project and what it reads at most.

        Parameters
        ----------
        name
            One of `steps`.
        progress
            Called with what is being done.

        Returns
        -------
        The result with its files.

        Raises
        ------
        InputError
            Where the project has no such step.
        """
        with limited(self.folder, {}):
            if name == OBSERVE:
                return self.observe(progress=progress)
            return self.measure(name, progress)

    def observe(
        self, *, corpus: str | None = None, progress: Say | None = None, **asked: Any
    ) -> Made:
        """Observe the source of the project, or else the only file beside its settings, or the
        first corpus that ships.

        Parameters
        ----------
        corpus
            One of the corpora that ship, in place of a source.
        progress
            Called with what is being done.
        **asked
            Options of `firstlight.observe`, which stand before those of the project.

        Returns
        -------
        The observation with its files.
        """
        source = self.settings.source
        if source is None and corpus is None:
            source = source_beside(self.settings)
        return observed(
            self.settings,
            self.results,
            source=source,
            corpus=corpus,
            lang=self.lang,
            progress=progress,
            **asked,
        )

    def measure(
        self,
        name: str,
        progress: Say | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        **asked: Any,
    ) -> Made:
        """Make a measurement that the project has a section for.

        Parameters
        ----------
        name
            Name of the measurement.
        progress
            Called with what is being done.
        columns
            Canonical column -> your column, where that of the project is another.
        **asked
            Options of `firstlight.measure`, which stand before those of the project.

        Returns
        -------
        The result with its files.

        Raises
        ------
        InputError
            Where the project has no such section.
        """
        told = self.settings.measure(name)
        encoding = told.encoding or self.settings.encoding
        options = {"encoding": encoding, **self._from_here(name, told.options), **asked}
        return measured(
            name,
            told.source,
            self.results,
            columns={**told.columns, **(columns or {})},
            lang=self.lang,
            progress=progress,
            **options,
        )

    def _from_here(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Options, the files and tables that they name being looked for from the folder."""
        declared = measurement(joined_name(name, given))
        files = {own.name for own in declared.of_kind("file", "table")} | {"outlines"}
        named = {option: str(self.folder / given[option]) for option in files if given.get(option)}
        return {**given, **named}

    def explain(
        self,
        result: str,
        row: int | Mapping[str, Any] | None = None,
        *,
        table: str | None = None,
    ) -> Explanation:
        """Walk back from a result to the bytes of its publisher.

        Parameters
        ----------
        result, row, table
            As in `Catalogue.explain`.

        Returns
        -------
        The explanation, which prints as a tree.
        """
        from firstlight.run.listing import instruments  # which loads every family

        catalogue = Catalogue.open(self.results, reading=True)
        return catalogue.explain(result, row, table=table, instruments=instruments())

    def report(self, to: str | Path | None = None) -> list[Path]:
        """Write the pages and tables of all results again, and compute nothing.

        Parameters
        ----------
        to
            Another folder to write them to.

        Returns
        -------
        The files.
        """
        return report(self.results, to, lang=self.lang)


def observed(
    settings: Settings,
    folder: Path,
    *,
    source: Path | None,
    corpus: str | None = None,
    lang: str = "en",
    columns: Mapping[str, str] | None = None,
    progress: Say | None = None,
    **asked: Any,
) -> Made:
    """An observation with its page and files.

    settings : what isn't asked for is as they have it
    asked    : options of `firstlight.observe`; None for one that isn't asked for
    """
    from firstlight.run.bundled import BUNDLED
    from firstlight.run.observing import observe  # slow to load, and a measurement needs it not

    known = {name: getattr(settings, name) for name in _OF_OBSERVING}
    known |= {name: value for name, value in asked.items() if value is not None}
    seen = observe(
        source,
        project=folder,
        columns={**settings.columns, **(columns or {})} or None,
        corpus=corpus or BUNDLED[0],
        progress=progress,
        **{name: value for name, value in known.items() if value is not None},
    )
    if progress is not None:
        progress("page")
    return Made(seen, publish(seen.tables, seen.facts, folder, lang=lang))


def measured(
    name: str,
    source: Any,
    folder: Path,
    *,
    columns: Mapping[str, str] | None = None,
    lang: str = "en",
    progress: Say | None = None,
    **options: Any,
) -> Made:
    """A measurement with its page and tables; options as `firstlight.measure` takes them."""
    found = measure(
        name,
        source,
        columns=columns or None,
        project=folder,
        lang=lang,
        progress=progress,
        **options,
    )
    if progress is not None:
        progress("page")
    return Made(found, publish_result(found, folder, lang=lang))


def briefed(
    place: str,
    files: Path | None,
    folder: Path,
    *,
    lang: str = "en",
    progress: Say | None = None,
    **asked: Any,
) -> tuple[Document, dict[str, Path]]:
    """A brief as a document with its files; the folder keeps it in every language for its site.

    asked : options of `firstlight.brief`
    """
    from firstlight.run.brief.brief import brief  # which measures much, and loads much

    made = brief(place, files, lang=lang, project=folder, progress=progress, **asked)
    if progress is not None:
        progress("page")
    document = made.document()
    subject = made.evidence.subject
    told = {name: getattr(subject, name) for name in ("place", "chain", "technology")}
    options = [f"--{name} {shlex.quote(value)}" for name, value in told.items() if value]
    kept = Kept(
        " ".join(filter(None, told.values())) or "brief",
        datetime.now(UTC).isoformat(timespec="seconds"),
        " ".join(["firstlight brief", *options]),
        {each: made.document(each) for each in LANGUAGES},
        made.tables,
    )
    keep_document(kept, folder)
    return document, publish_document(document, made.tables, folder, "brief")


def report(folder: str | Path, to: str | Path | None = None, *, lang: str = "en") -> list[Path]:
    """Write the pages and tables of all results that a folder keeps again, and compute nothing.

    to : another folder to write them to
    Returns  the files.
    Raises   NotKeptError where the folder keeps neither an observation nor a measurement.
    """
    from firstlight.run.observing import open_observation
    from firstlight.run.tracing.tracing import open_trace

    folder, to = Path(folder), Path(folder if to is None else to)
    files: list[Path] = []
    for found in filter(None, (*open_measured(folder), open_trace(folder))):
        files += publish_result(found, to, lang=lang).values()
    try:
        seen = open_observation(folder)
    except NotKeptError:
        if not files and not of_another_version(folder):
            raise
        return files
    return [*publish(seen.tables, seen.facts, to, lang=lang).values(), *files]

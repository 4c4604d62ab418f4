"""Observe a file, a frame or a bundled corpus: which technologies are likely to take off, and
whether to believe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, check_choice
from firstlight.instruments.emergence.record.take_off import TARGETS
from firstlight.nouns import Result as Kept
from firstlight.run import reading
from firstlight.run.bundled import BUNDLED, bundled
from firstlight.run.changes import earlier_observation
from firstlight.run.corpus import Corpus, Say
from firstlight.run.counts_in import from_counts
from firstlight.run.documents_in import from_documents
from firstlight.run.naming_section import Naming, naming_of
from firstlight.run.observation import ObservationRun
from firstlight.run.observed import Observation
from firstlight.run.own_names import NamesFile, read_names, refuse_joins
from firstlight.run.own_years import DECEMBER, MONTHS, refuse_undated
from firstlight.run.second_record import second_record
from firstlight.sources import holds_counts, read_counts, read_documents
from firstlight.texts import Count, Name, Year, message

RUN = Path(__file__).parent


def observe(
    source: Any = None,
    *,
    as_of: int | None = None,
    horizon: int = 3,
    project: str | Path = "observatory",
    columns: Mapping[str, str] | None = None,
    corpus: str = BUNDLED[0],
    names: Any = None,
    beside: Any = None,
    naming: Naming | Mapping[str, Any] | None = None,
    encoding: str | None = None,
    year_ends: int = DECEMBER,
    since: Any = None,
    progress: Say | None = None,
) -> Observation:
    """Find the named technologies of a record, and say which are likely to take off and how often
    that came true.

    Parameters
    ----------
    source
        A file or folder of documents or counts, a data frame (pandas, Polars, PyArrow, DuckDB), or
        nothing for a corpus that ships with Firstlight.
    as_of
        The forecast year; the last complete year unless said otherwise.
    horizon
        Years ahead: 3 or 5.
    project
        Folder that keeps every step; made where it is absent.
    columns
        Canonical column -> your column, where the guess is wrong; of ``beside`` with its name
        before a point: ``{"beside.title": "Headline"}``.
    corpus
        Which of the corpora that ship, where there is no source: language, arxiv,
        conferences or patents.
    names
        A file or a frame with the columns name, action (rename, translate, merge, split, hide) and
        to: what you decide about names. It overrules what was found, and stands in the provenance.
    beside
        A file, folder or frame of other documents in which the same technologies may rise first,
        such as preprints beside conference papers: those that rise there are raised in the list.
        It must reach the forecast year. Only a record larger than the source has helped, and not
        every one: arXiv the list of AI conferences, that of robotics conferences hardly.
    naming
        A server of your own that speaks the OpenAI chat-completions protocol and names
        technologies, with the keys of the section ``[naming]`` of a project: ``{"url":
        "http://localhost:11434/v1", "model": "qwen3:8b"}``. Only then anything leaves the process.
        Names change what is shown, never a figure.
    encoding
        Of text files that aren't UTF-8, such as gb18030 or cp1252; found by their bytes unless
        given.
    year_ends
        The month that years end with, 1 to 12: 9 where the documents end in September, so that
        their last months count. Each year is then the twelve months up to it. Documents must be
        dated by day or month.
    since
        An earlier observation: a result of ``observe``, the folder of one, or its observation.json.
        The same thing keeps its identifier and its name, and the table ``changes`` says what is
        new, gone, risen, fallen, renamed, merged or split, and why.
    progress
        Called with a line of text as the work goes on.

    Returns
    -------
    Observation
        Its tables, among them ``technologies`` (``.frame``); ``.summary()`` says the answer in
        words.

    Raises
    ------
    InputError
        For input that can't be used.
    StoreError
        For a folder that can't be written.
    """
    say = progress or (lambda line: None)
    check_choice("horizon", horizon, TARGETS)
    check_choice("year_ends", year_ends, MONTHS)
    if isinstance(naming, Mapping):
        naming = naming_of(naming)
    decided = NamesFile()
    if names is not None:
        decided = read_names(names, encoding)
    of_source, of_beside = reading.columns_apart(columns)
    # All that is handed in is read before anything is written, a project's folder included.
    keep = _reader(source, of_source, corpus, as_of, decided, encoding, year_ends, say)
    keep_beside = None
    if beside is not None:
        keep_beside = second_record(beside, of_beside, encoding, year_ends)
    earlier = None
    if since is not None:
        earlier = earlier_observation(since, project, say)
    catalogue = Catalogue.open(project)
    second = None
    if keep_beside is not None:
        second = keep_beside(catalogue)
    read = keep(catalogue)
    year = read.default_year
    if as_of is not None:
        year = int(as_of)
    _check_year(read, year)
    if second is not None:
        second.check_year(year)
    kept = ObservationRun(
        catalogue, read, year, horizon, say, decided, naming, second, earlier
    ).observation()
    return _result(catalogue, kept, source)


def open_observation(project: str | Path = "observatory") -> Observation:
    """The latest observation that a project folder keeps, without computing anything.

    Parameters
    ----------
    project
        Folder that keeps the observation.

    Returns
    -------
    Observation, as ``observe`` returns it; its facts say whether it is stale.

    Raises
    ------
    StoreError
        Where there is no catalogue.
    NotKeptError
        Where it holds no observation yet.
    """
    catalogue = Catalogue.open(project, reading=True)
    kept = catalogue.find("observation")
    stale = catalogue.results().filter(pl.col("key") == kept.key)["is_stale"].to_list()
    found = _result(catalogue, kept, None)
    facts = {**found.facts, "is_stale": bool(stale and stale[0])}
    return Observation.of(found.tables, facts)


def _reader(
    source: Any,
    columns: Mapping[str, str] | None,
    corpus: str,
    as_of: int | None,
    names: NamesFile,
    encoding: str | None,
    year_ends: int,
    say: Say,
) -> Callable[[Catalogue], Corpus]:
    """What will keep the input in a catalogue; the input itself is read here, before anything is
    written."""
    say("reading")
    if source is None:
        _refuse_own_years(year_ends, corpus)
        refuse_joins(names.names, corpus)
        return lambda catalogue: bundled(catalogue, corpus)
    if holds_counts(source, columns, encoding):
        counts = read_counts(source, columns, encoding=encoding)
        reading.refuse_nothing(counts)
        _refuse_own_years(year_ends, reading.title_of(counts))
        refuse_joins(names.names, "counts")
        return lambda catalogue: from_counts(catalogue, source, counts)
    documents = read_documents(source, columns=columns, encoding=encoding)
    reading.refuse_nothing(documents)
    refuse_undated(documents.table.frame, year_ends)
    return lambda catalogue: from_documents(catalogue, source, documents, as_of, names, year_ends)


def _refuse_own_years(year_ends: int, title: str) -> None:
    """Raises InputError where counts by year are to end with another month."""
    if year_ends != DECEMBER:
        said = message("year_ends_of_counts", title=Name(title), month=Count(year_ends))
        raise InputError(said, RUN)


def _check_year(corpus: Corpus, year: int) -> None:
    first, last = corpus.first_year, corpus.complete_to
    if first <= year <= last:
        _check_documents(corpus, year)
        return
    if last < first:
        only = message("no_complete_year", year=Year(first), title=Name(corpus.title))
        raise InputError(only, RUN)
    if year < first:
        raise _not_of("before_record", year, corpus, min(first + 1, last))
    raise _not_of("not_complete", year, corpus, last)


def _check_documents(corpus: Corpus, year: int) -> None:
    """Raises InputError for a year within the record of which there is no document."""
    is_within = pl.col("year").is_between(corpus.first_year, corpus.complete_to)
    held = corpus.years.filter(is_within & (pl.col("documents_count") > 0))["year"].to_list()
    if year in held:
        return
    nearest = min(held, key=lambda other: (abs(year - other), other))
    raise _not_of("nothing_dated", year, corpus, nearest)


def _not_of(code: str, year: int, corpus: Corpus, nearest: int) -> InputError:
    """The error for a year that a record can't be seen from."""
    span = {"first": Year(corpus.first_year), "last": Year(corpus.complete_to)}
    return InputError(message(code, year=Year(year), nearest=Name(str(nearest)), **span), RUN)


def _result(catalogue: Catalogue, kept: Kept, given: Any) -> Observation:
    """A kept observation with its one face."""
    tables = {name: catalogue.table(kept, name) for name in kept.tables}
    facts = {
        **reading.kept_facts(kept),
        "parameters": dict(kept.parameters),
        "is_stale": False,
    }
    return Observation.of(tables, facts, reading.frame_or_none(given))

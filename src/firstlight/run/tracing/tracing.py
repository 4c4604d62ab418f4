"""Trace technologies of one record through records of other kinds, with lags, tests and stages; all
kept."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.chart import chart_from_json
from firstlight.classifications.concordance import read_concordance
from firstlight.errors import InputError, check_bounds, unknown
from firstlight.instruments.diffusion.readiness import KINDS
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.message_json import message_from_json
from firstlight.nouns import Result as Kept
from firstlight.result import ASIDE, Result
from firstlight.run import reading
from firstlight.run.documents_in import documents_work
from firstlight.run.reading import Say
from firstlight.run.tracing.sentences import of_technologies
from firstlight.run.tracing.steps import NAME, TEXTS, Opened, TracingRun
from firstlight.sources import Counts, Documents, holds_counts, read_counts, read_documents
from firstlight.texts import Count, List, Name, Phrase, Year, message, names

TOP = 20
FOLDER = TEXTS.folder
Columns = Mapping[str, str | Mapping[str, str]]


def trace(
    records: Mapping[str, Any],
    *,
    technology: str | None = None,
    top: int = TOP,
    as_of: int | None = None,
    project: str | Path = "observatory",
    columns: Columns | None = None,
    concordances: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    progress: Say | None = None,
) -> Result:
    """Trace technologies from discovery to industry: when each record first has them, when they
    take off, which leads.

    The technologies are the named technologies that ``observe`` finds in the first record of
    documents in the order science, project, invention, standard, product, trade. Their forms are
    fixed at the end of ``as_of`` and looked up unchanged in every year of every record. Nothing
    dated later is read. All technologies are traced and tested together; ``technology`` and ``top``
    choose what is returned.

    Parameters
    ----------
    records
        Kind -> file, folder or data frame of documents, or of counts by field, class or product.
    technology
        Any form of a technology (its name, acronym, a plural); else part of a name, and all that
        fit are returned.
    top
        How many technologies are returned otherwise: those confirmed in most records, then the
        largest.
    as_of
        The last year that is read; unless given, the last that every record has in full.
    project
        Folder that keeps every Result.
    columns
        Kind -> canonical column -> your column, where the guess is wrong; or ``{"science.title":
        "Headline"}``.
    concordances
        Kind -> file or frame with code_from (any form of a technology) and code_to (a class of that
        record of counts); without one, classes are matched by their names.
    encoding
        Of text files that aren't UTF-8; found by their bytes unless given.
    progress
        Called with a line of text as the work goes on.

    Returns
    -------
    Result. Its main table, ``arrivals``, has a row for each technology: the stage that it has
    reached, since when each record has it, and when it took off there. The others hold what that
    rests on: records, steps, pooled, evidence, take_offs, lags, lead_lag, matches, forms,
    technologies, presence, events, timeline and arrivals_by_year.

    Raises
    ------
    InputError
        For records, a year or a technology that can't be used.
    StoreError
        For a folder that can't be written.
    """
    say = progress or (lambda line: None)
    of_kind = _by_kind(columns or {})
    _check(records, {**of_kind, **(concordances or {})}, top)
    given = {kind: read_concordance(own) for kind, own in (concordances or {}).items()}
    kinds = [kind for kind in KINDS if kind in records]
    say("reading")
    read = {kind: _read(records[kind], of_kind.get(kind), kind, encoding) for kind in kinds}
    catalogue = Catalogue.open(project)
    opened = {kind: _open(catalogue, read[kind], records[kind]) for kind in kinds}
    useless = [kind for kind in given if kind not in opened or opened[kind].counts is None]
    if useless:
        raise InputError(message("useless_concordance", record=Name(useless[0])), FOLDER)
    kept = TracingRun(catalogue, opened, _year(opened, as_of), say, given).traced()
    frame = next((own for own in records.values() if reading.is_frame(own)), None)
    return _opened(catalogue, kept, technology, top, frame)


def follow(records: Mapping[str, Any], **options: Any) -> Result:
    """What `trace` returns, under its former name, which works for one version more.

    Parameters
    ----------
    records
        As in ``trace``.
    **options
        Further arguments of ``trace``.

    Returns
    -------
    Result, as ``trace``.

    Raises
    ------
    InputError, StoreError
        As ``trace``.
    """
    said = "follow(...) is now trace(...), whose tables are those of .tables, not of .table(name)"
    warnings.warn(said, FutureWarning, stacklevel=2)
    return trace(records, **options)


def open_trace(project: str | Path = "observatory") -> Result | None:
    """The last trace that a project keeps, without computing anything; None where it keeps none.

    Raises StoreError where there is no catalogue.
    """
    catalogue = Catalogue.open(project, reading=True)
    for kept in catalogue.versions(NAME)[:1]:
        return _opened(catalogue, kept)
    return None


def _opened(
    catalogue: Catalogue,
    kept: Kept,
    technology: str | None = None,
    top: int = TOP,
    given: Any = None,
) -> Result:
    """A kept Result as people read it: of all technologies those that were asked for."""
    whole = {name: catalogue.table(kept, name) for name in kept.facts["tables"]}
    chosen = _chosen(whole, technology, top, kept.facts["base_kind"])
    tables = {name: _only(frame, chosen) for name, frame in whole.items()}
    tables |= {name: catalogue.table(kept, name) for name in ASIDE}
    said = list(map(message_from_json, kept.facts["said"]))
    if technology is not None:
        said = [*of_technologies(tables, kept.facts["base_kind"]), *said]
    asked: dict[str, Any] = {"top": top}
    if technology is not None:
        asked = {"technology": technology}
    facts = {
        **reading.kept_facts(kept),
        "shown_count": len(chosen),
        "options": {**kept.parameters, **asked},
        "project": str(catalogue.project),
    }
    return Result(
        tables,
        tuple(said),
        TEXTS,
        tuple(map(message_from_json, kept.facts["conventions"])),
        tuple(map(chart_from_json, kept.facts["charts"])),
        given,
        facts,
    )


def _check(records: Mapping[str, Any], named: Mapping[str, Any], top: int) -> None:
    for kind in (*records, *named):
        if kind not in KINDS:
            raise InputError(unknown("no_kind", kind, KINDS), FOLDER)
    if len(records) < 2:
        raise InputError(message("few_records", count=Count(len(records))), FOLDER)
    check_bounds("top", top, 1)


def _by_kind(columns: Columns) -> dict[str, dict[str, str]]:
    """Kind -> canonical column -> column of the file, of both ways to name one."""
    of_kind: dict[str, dict[str, str]] = {}
    for name, own in columns.items():
        kind, _, column = name.partition(".")
        given = {column: own} if isinstance(own, str) else own
        of_kind.setdefault(kind, {}).update(given)
    return of_kind


def _read(
    given: Any, columns: Mapping[str, str] | None, kind: str, encoding: str | None
) -> Documents | Counts:
    try:
        if holds_counts(given, columns, encoding):
            found: Counts | Documents = read_counts(given, columns, encoding=encoding)
        else:
            found = read_documents(given, columns=columns, encoding=encoding, table=kind)
        reading.refuse_nothing(found)
    except InputError as error:
        error.met_in(Name(kind))
        raise
    return found


def _open(catalogue: Catalogue, read: Documents | Counts, given: Any) -> Opened:
    raw, _ = reading.keep_bytes(catalogue, read, given)
    title, files = reading.title_of(read), reading.files_of(read.snapshots)
    first = int(read.table.frame["year"].min())
    if isinstance(read, Documents):
        work = documents_work(catalogue, read, raw)
        last = work.judged(None).last_year
        return Opened(read, title, files, raw, work.tidy, first, last, documents=work)
    tidy = reading.keep_tidy(catalogue, "counts", read, raw)
    counts = from_counts(read.table.frame)
    last = counts.complete_to
    return Opened(read, title, files, raw, tidy, counts.first_year, last, counts=counts)


def _year(opened: Mapping[str, Opened], as_of: int | None) -> int:
    spans = {kind: (own.first_year, own.complete_to) for kind, own in opened.items()}
    told = List(tuple(_span(kind, *span) for kind, span in spans.items()), len(spans))
    year = as_of
    if year is None:
        year = min(last for _, last in spans.values())
    base = next((kind for kind, own in opened.items() if own.documents is not None), None)
    if base is None:
        raise InputError(message("no_documents", spans=told), FOLDER)
    late = [kind for kind, (first, _) in spans.items() if first > year]
    if late:
        nearest = max(first for first, _ in spans.values())
        raise _not_of("begins_after", late[0], year, nearest, told)
    if year > spans[base][1]:
        raise _not_of("not_complete_of", base, year, spans[base][1], told)
    return year


def _span(kind: str, first: int, last: int) -> Phrase:
    given = {"first": Year(first), "last": Year(last)}
    return Phrase(message("phrases.span", record=Name(kind), **given))


def _not_of(code: str, kind: str, year: int, nearest: int, spans: List) -> InputError:
    """The error for a year that a record can't be followed to."""
    about = {"record": Name(kind), "nearest": Name(str(nearest))}
    return InputError(message(code, year=Year(year), spans=spans, **about), FOLDER)


def _only(frame: pl.DataFrame, chosen: list[str]) -> pl.DataFrame:
    """The rows of some technologies, in their order, those of a technology by the order of kinds of
    record."""
    if "technology" not in frame.columns:
        return frame
    place = {name: number for number, name in enumerate(chosen)}
    rows = frame.filter(pl.col("technology").is_in(chosen))
    order = [pl.col("technology").replace_strict(place, return_dtype=pl.Int64)]
    kinds = [name for name in ("from_kind", "to_kind", "kind") if name in frame.columns]
    order += [pl.col(name).cast(pl.Enum(KINDS), strict=False) for name in kinds]
    return rows.sort(order, maintain_order=True, nulls_last=True)


def _chosen(
    tables: Mapping[str, pl.DataFrame], technology: str | None, top: int, base: str
) -> list[str]:
    """The technologies that are returned, by rank: those with the form that was asked for, else
    with it in their name."""
    ranked = tables["technologies"].sort("rank")["technology"].to_list()
    if technology is None:
        return ranked[:top]
    forms = tables["forms"].with_columns(keys_of_names(tables["forms"]["form"]).alias("key"))
    asked = keys_of_names(pl.Series([technology]))[0]
    of_form = set(forms.filter(pl.col("key") == asked)["technology"].to_list())
    part = technology.strip().casefold()
    fitting = [name for name in ranked if name in of_form] or [
        name for name in ranked if part in name.casefold()
    ]
    if not fitting:
        known = [*ranked, *forms["form"].unique().sort().to_list()]
        near = difflib.get_close_matches(technology, known, n=5, cutoff=0.4) or ranked[:5]
        about = {"name": Name(technology), "record": Name(base)}
        count = Count(len(ranked))
        raise InputError(message("not_traced", count=count, near=names(near), **about), FOLDER)
    return fitting

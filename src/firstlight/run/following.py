"""Follow: the technologies of one record, looked up in records of other kinds, with lags, tests and stages; all kept."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.classifications.concordance import read_concordance
from firstlight.errors import InputError, check_bounds, unknown
from firstlight.instruments.diffusion.readiness import KINDS
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.run import reading
from firstlight.run.documents_in import documents_work
from firstlight.run.following_steps import FollowingRun, Opened
from firstlight.run.reading import Say
from firstlight.sources import Counts, Documents, holds_counts, read_counts, read_documents
from firstlight.texts import Count, List, Name, Phrase, Year, message, names

RUN = Path(__file__).parent
TOP = 20
Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Followed:
    """Technologies followed through records: tables as Polars frames, and the facts beside them.

    tables  : technologies, forms, steps, matches, presence, timeline, events, lags, lead_lag, pooled, evidence, records,
              conventions
    facts   : as_of, base_kind, kinds, technologies_count, shown_count, results (keys), parameters, code version
    project : the folder that keeps every Result
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]
    project: Path

    def table(self, name: str) -> pl.DataFrame:
        """A table by its name.

        Raises  InputError for an unknown name, with those that exist.
        """
        return reading.named(self.tables, name)


def follow(
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
    granularity: Any = None,
) -> Followed:
    """Follow technologies from discovery to industry: when each record first has them, when they take off, which leads.

    The technologies are the named technologies that ``observe`` finds in the first record of documents in the order science,
    project, invention, standard, product, trade. Their forms are fixed at the end of ``as_of`` and looked up unchanged in
    every year of every record. Nothing dated later is read. All technologies are followed and tested together;
    ``technology`` and ``top`` choose what is returned.

    records     : kind -> file, folder or data frame of documents, or of counts by field, class or product
    technology  : any form of a technology (its name, acronym, a plural); else part of a name, and all that fit are returned
    top         : how many technologies are returned otherwise: those confirmed in most records, then the largest
    as_of       : the last year that is read; unless given, the last that every record has in full
    project     : folder that keeps every Result
    columns     : kind -> canonical column -> your column, where the guess is wrong
    concordances : kind -> file or frame with code_from (any form of a technology) and code_to (a class of that record of
                  counts); without one, classes are matched by their names
    encoding    : of text files that aren't UTF-8; found by their bytes unless given
    progress    : called with a line of text as the work goes on
    granularity : refused: there is none of named technologies

    Returns Followed.
    Raises  InputError for records, a year or a technology that can't be used; StoreError for a folder that can't be written.
    """
    say = progress or (lambda line: None)
    if granularity is not None:
        raise InputError(message("granularity_gone"), RUN)
    _check(records, {**(columns or {}), **(concordances or {})}, top)
    given = {kind: read_concordance(own) for kind, own in (concordances or {}).items()}
    kinds = [kind for kind in KINDS if kind in records]
    say("reading")
    read = {kind: _read(records[kind], (columns or {}).get(kind), kind, encoding) for kind in kinds}
    catalogue = Catalogue.open(project)
    opened = {kind: _open(catalogue, read[kind], records[kind]) for kind in kinds}
    useless = [kind for kind in given if kind not in opened or opened[kind].counts is None]
    if useless:
        raise InputError(message("useless_concordance", record=Name(useless[0])), RUN)
    run = FollowingRun(catalogue, opened, _year(opened, as_of), say, given)
    result, keys = run.followed()
    tables = {name: catalogue.table(result, name) for name in result.tables}
    chosen = _chosen(tables, technology, top, records)
    facts = {
        **result.facts,
        "shown_count": len(chosen),
        "asked": technology,
        "parameters": dict(result.parameters),
        "code_version": result.code_version,
        "licence": result.licence,
        "results": {"followed": result.key, **keys},
    }
    shown = {name: _only(frame, chosen) for name, frame in tables.items()}
    return Followed(shown, facts, catalogue.project)


def _check(records: Mapping[str, Any], named: Mapping[str, Any], top: int) -> None:
    for kind in (*records, *named):
        if kind not in KINDS:
            raise InputError(unknown("no_kind", kind, KINDS), RUN)
    if len(records) < 2:
        raise InputError(message("few_records", count=Count(len(records))), RUN)
    check_bounds("top", top, 1)


def _read(
    given: Any, columns: Mapping[str, str] | None, kind: str, encoding: str | None
) -> Documents | Counts:
    try:
        if holds_counts(given, columns, encoding):
            found: Counts | Documents = read_counts(given, columns, encoding=encoding)
        else:
            found = read_documents(given, columns=columns, encoding=encoding)
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
        return Opened(
            title, files, raw, work.tidy, first, work.judged(None).last_year, documents=work
        )
    tidy = reading.keep_tidy(catalogue, "counts", read, raw)
    counts = from_counts(read.table.frame)
    return Opened(title, files, raw, tidy, counts.first_year, counts.complete_to, counts=counts)


def _year(opened: Mapping[str, Opened], as_of: int | None) -> int:
    spans = {kind: (own.first_year, own.complete_to) for kind, own in opened.items()}
    told = List(tuple(_span(kind, *span) for kind, span in spans.items()), len(spans))
    year = min(last for _, last in spans.values()) if as_of is None else as_of
    base = next((kind for kind, own in opened.items() if own.documents is not None), None)
    if base is None:
        raise InputError(message("no_documents", spans=told), RUN)
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
    return InputError(message(code, year=Year(year), spans=spans, **about), RUN)


def _only(frame: pl.DataFrame, chosen: list[str]) -> pl.DataFrame:
    return (
        frame.filter(pl.col("technology").is_in(chosen)) if "technology" in frame.columns else frame
    )


def _chosen(
    tables: Mapping[str, pl.DataFrame], technology: str | None, top: int, records: Mapping[str, Any]
) -> list[str]:
    """The technologies that are returned, by rank: those with the form that was asked for, else with it in their name."""
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
        base = Name(next(kind for kind in KINDS if kind in records))
        about = {"name": Name(technology), "record": base}
        count = Count(len(ranked))
        raise InputError(message("no_followed", count=count, near=names(near), **about), RUN)
    return fitting

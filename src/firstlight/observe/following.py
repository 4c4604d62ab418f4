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
from firstlight.errors import InputError
from firstlight.instruments.diffusion.readiness import KINDS
from firstlight.observe import reading
from firstlight.observe.counts import from_counts
from firstlight.observe.documents import from_documents
from firstlight.observe.following_run import FollowingRun, Opened
from firstlight.observe.reading import Say
from firstlight.sources import Counts, Documents, holds_counts, read_counts, read_documents

TOP = 20
Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Followed:
    """Technologies followed through records: tables as Polars frames, and the facts beside them.

    tables  : technologies, matches, timeline, events, lags, lead_lag, pooled, evidence, records, conventions
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
        return reading.named(self.tables, name, "followed")


def follow(
    records: Mapping[str, Any],
    *,
    technology: str | None = None,
    top: int = TOP,
    as_of: int | None = None,
    project: str | Path = "observatory",
    columns: Columns | None = None,
    concordances: Mapping[str, Any] | None = None,
    granularity: float = 1.0,
    encoding: str | None = None,
    progress: Say | None = None,
) -> Followed:
    """Follow technologies from discovery to industry: when each record first has them, when they take off, which leads.

    The technologies are those of the first record of documents in the order science, project, invention, standard, product,
    trade; their terms are fixed at the end of ``as_of`` and looked up unchanged in every year of every record. Nothing dated
    later is read. All technologies are followed and tested together; ``technology`` and ``top`` choose what is returned.

    records     : kind -> file, folder or data frame of documents, or of counts by field, class or product
    technology  : part of a technology's name, or one of its terms; all that fit are returned
    top         : how many technologies are returned otherwise: those beyond chance in most records, then the largest
    as_of       : the last year that is read; unless given, the last that every record has in full
    project     : folder that keeps every Result
    columns     : kind -> canonical column -> your column, where the guess is wrong
    concordances : kind -> file or frame with code_from (a technology's name or one of its terms) and code_to (a class of
                  that record of counts); without one, classes are matched by their names
    granularity : 2 for technologies half as broad, .5 for twice as broad
    encoding    : of text files that aren't UTF-8; found by their bytes unless given
    progress    : called with a line of text as the work goes on

    Returns Followed.
    Raises  InputError for records, a year or a technology that can't be used; StoreError for a folder that can't be written.
    """
    say = progress or (lambda line: None)
    _check(records, {**(columns or {}), **(concordances or {})}, top)
    given = {kind: read_concordance(own) for kind, own in (concordances or {}).items()}
    kinds = [kind for kind in KINDS if kind in records]
    say("reading")
    found = {kind: _read(records[kind], (columns or {}).get(kind), kind, encoding) for kind in kinds}
    catalogue = Catalogue.open(project)
    opened = {kind: _open(catalogue, found[kind], records[kind], say) for kind in kinds}
    run = FollowingRun(catalogue, opened, _year(opened, as_of), granularity, say, given)
    result, keys = run.followed()
    tables = {name: catalogue.table(result, name) for name in result.tables}
    chosen = _chosen(tables, technology, top)
    facts = {
        **result.facts,
        "shown_count": len(chosen),
        "asked": technology,
        "parameters": dict(result.parameters),
        "code_version": result.code_version,
        "licence": result.licence,
        "results": {"followed": result.key, **keys},
    }
    return Followed({name: _only(own, chosen) for name, own in tables.items()}, facts, catalogue.project)


def _check(records: Mapping[str, Any], named: Mapping[str, Any], top: int) -> None:
    unknown = [kind for kind in (*records, *named) if kind not in KINDS]
    if unknown:
        near = difflib.get_close_matches(unknown[0], KINDS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        known = ", ".join(KINDS)
        raise InputError(
            f"unknown kind of record {unknown[0]!r}", where="records", try_next=f"{hint}use one of {known}"
        )
    if len(records) < 2:
        raise InputError(
            f"following needs two records, and {len(records) or 'none'} was given",
            where="records",
            try_next="firstlight follow science=papers.parquet invention=patents.parquet",
        )
    if top < 1:
        raise InputError(f"{top} technologies", where="top", try_next="use 1 or more")


def _read(given: Any, columns: Mapping[str, str] | None, kind: str, encoding: str | None) -> Any:
    try:
        if holds_counts(given, columns, encoding):
            found: Counts | Documents = read_counts(given, columns, encoding=encoding)
        else:
            found = read_documents(given, columns=columns, encoding=encoding)
        reading.refuse_nothing(found)
    except InputError as error:
        where = f"{kind}: {error.where}" if error.where else kind
        raise InputError(error.what, where=where, try_next=error.try_next) from error
    return found


def _open(catalogue: Catalogue, found: Any, given: Any, say: Say) -> Opened:
    is_counts = "entity" in found.table.frame.columns
    name = "counts" if is_counts else "documents"
    observed = from_counts(catalogue, found, given) if is_counts else from_documents(catalogue, found, given, say)
    return Opened(observed, catalogue.find(observed.inputs[name]), is_counts)


def _year(opened: Mapping[str, Opened], as_of: int | None) -> int:
    spans = {kind: (own.observed.first_year, own.observed.complete_to) for kind, own in opened.items()}
    told = "; ".join(f"{kind} {first} to {last}" for kind, (first, last) in spans.items())
    year = min(last for _, last in spans.values()) if as_of is None else as_of
    base = next((kind for kind, own in opened.items() if not own.is_counts), None)
    if base is None:
        raise InputError(
            "no record holds documents, whose terms say what is followed",
            where=told,
            try_next="add science=papers.parquet",
        )
    late = [kind for kind, (first, _) in spans.items() if first > year]
    if late:
        raise InputError(
            f"{late[0]} begins after {year}", where=told, try_next=f"--as-of {max(f for f, _ in spans.values())}"
        )
    if year > spans[base][1]:
        raise InputError(f"{year} is not a complete year of {base}", where=told, try_next=f"--as-of {spans[base][1]}")
    return year


def _only(frame: pl.DataFrame, chosen: list[str]) -> pl.DataFrame:
    return frame.filter(pl.col("technology").is_in(chosen)) if "technology" in frame.columns else frame


def _chosen(tables: Mapping[str, pl.DataFrame], technology: str | None, top: int) -> list[str]:
    names = tables["technologies"].sort("rank")["technology"].to_list()
    if technology is None:
        return names[:top]
    asked = technology.casefold()
    terms = tables["terms"].filter(pl.col("shown").str.to_lowercase() == asked)["technology"].to_list()
    fitting = [name for name in names if asked in name.casefold() or name in terms]
    if not fitting:
        known = [*names, *tables["terms"]["shown"].unique().sort().to_list()]
        near = "; ".join(difflib.get_close_matches(technology, known, n=5, cutoff=0.4)) or "; ".join(names[:5])
        raise InputError(
            f"no technology {technology!r}", where=f"{len(names)} technologies", try_next=f"one of: {near}"
        )
    return fitting

"""Observe: read, survey, forecast, check the record and keep every step; recompute only what is stale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.listing import INSTRUMENTS
from firstlight.nouns import Instrument, Result
from firstlight.observe import reading
from firstlight.observe.bundled import from_sky
from firstlight.observe.counts import from_counts
from firstlight.observe.documents import from_documents
from firstlight.observe.reading import Observed, Say
from firstlight.observe.run import Run
from firstlight.sources import looks_like_counts, read_counts

__all__ = ["Sky", "instruments", "observe", "open_sky"]


@dataclass(frozen=True)
class Sky:
    """One observation: its tables as data frames, and the facts beside them.

    tables  : name -> Polars frame
    facts   : as_of, horizon, coverage, parameters, code version, result keys, ...
    project : the folder that keeps every Result
    given   : the frame that was handed in, if it was one; ``table`` returns its kind
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]
    project: Path
    given: Any = field(default=None, repr=False)

    def table(self, name: str) -> Any:
        """A table by its name, in the kind of frame that was handed in (Polars for a file).

        Raises  InputError for an unknown name, with those that exist.
        """
        if name not in self.tables:
            names = ", ".join(sorted(self.tables))
            raise InputError(f"no table {name!r}", where="observation", try_next=f"use one of {names}")
        return reading.like(self.tables[name], self.given)

    @property
    def technologies(self) -> Any:
        """The technologies, the likeliest to take off first."""
        return self.table("technologies")

    @property
    def record(self) -> Any:
        """The track record of the same method on earlier years, beside the baselines."""
        return self.table("record")


def observe(
    source: Any = None,
    *,
    as_of: int | None = None,
    horizon: int = 3,
    project: str | Path = "observatory",
    columns: Mapping[str, str] | None = None,
    granularity: float = 1.0,
    progress: Say | None = None,
) -> Sky:
    """Find the technologies of a record, forecast which will take off, and say how often such forecasts came true.

    source      : a file or folder of documents or counts, a data frame (pandas, Polars, PyArrow, DuckDB), or nothing
                  for the bundled sky
    as_of       : the forecast year; the last complete year unless said otherwise (2016 for the bundled sky)
    horizon     : years ahead, 1 to 10
    project     : folder that keeps every Result; made where it is absent
    columns     : canonical column -> your column, where the guess is wrong
    granularity : 2 for technologies half as broad, .5 for twice as broad
    progress    : called with a line of text as the work goes on

    Returns Sky.
    Raises  InputError for input that can't be used, StoreError for a folder that can't be written.
    """
    say = progress or (lambda line: None)
    if not 1 <= horizon <= 10:
        raise InputError(f"a horizon of {horizon} years", where="horizon", try_next="use 1 to 10")
    if not 0.1 <= granularity <= 10:
        raise InputError(f"a granularity of {granularity}", where="granularity", try_next="use .1 to 10")
    catalogue = Catalogue.open(project)
    say("reading")
    observed = _read(catalogue, source, columns, say)
    year = observed.default_year if as_of is None else int(as_of)
    if not observed.first_year <= year <= observed.complete_to:
        raise InputError(
            f"{year} is not a complete year of the record",
            where=f"complete years {observed.first_year} to {observed.complete_to}",
            try_next=f"--as-of {observed.complete_to}",
        )
    surveys = observed.surveys(year, granularity, say)
    result, keys = Run(catalogue, observed, surveys, year, horizon, granularity, say).observation()
    return _sky(catalogue, result, keys, source if reading.is_frame(source) else None)


def open_sky(project: str | Path = "observatory") -> Sky:
    """The latest observation that a project folder keeps, without computing anything.

    Raises  StoreError where there is no catalogue, NotKeptError where it holds no observation yet.
    """
    catalogue = Catalogue.open(project, reading=True)
    result = catalogue.find("observation")
    stale = catalogue.results().filter(pl.col("key") == result.key)["is_stale"].to_list()
    sky = _sky(catalogue, result, {"observation": result.key, **result.inputs}, None)
    return Sky(sky.tables, {**sky.facts, "is_stale": bool(stale and stale[0])}, sky.project)


def instruments() -> Mapping[str, Instrument]:
    """Every instrument by name: needs, formula and citation."""
    return {own.name: own for own in INSTRUMENTS}


def _read(catalogue: Catalogue, source: Any, columns: Mapping[str, str] | None, say: Say) -> Observed:
    if source is None:
        return from_sky(catalogue)
    if _are_counts(source, columns):
        return from_counts(catalogue, source, columns)
    return from_documents(catalogue, source, columns, say)


def _are_counts(given: Any, columns: Mapping[str, str] | None) -> bool:
    if columns and {"entity", "count"} <= set(columns):
        return True
    if reading.is_frame(given):
        return looks_like_counts(list(nw.from_native(given).collect_schema().names()))
    try:
        found = read_counts(given, columns)
    except InputError:
        return False  # not counts; if it is not documents either, reading it as such tells what is wrong
    return looks_like_counts(list(found.mapping.values()))


def _sky(catalogue: Catalogue, result: Result, keys: Mapping[str, str], given: Any) -> Sky:
    tables = {name: catalogue.table(result, name) for name in result.tables}
    facts = {
        **result.facts,
        "parameters": dict(result.parameters),
        "code_version": result.code_version,
        "results": dict(keys),
        "licence": result.licence,
    }
    return Sky(tables, facts, catalogue.project, given)

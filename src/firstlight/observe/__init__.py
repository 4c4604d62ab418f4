"""Observe: read, survey, forecast, check the record and keep every step; recompute only what is stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.nouns import Instrument, Result
from firstlight.observe import reading
from firstlight.observe.bundled import from_sky
from firstlight.observe.counts import from_counts
from firstlight.observe.documents import from_documents
from firstlight.observe.reading import Observed, Say
from firstlight.observe.run import Run
from firstlight.sources import holds_counts, read_counts, read_documents

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
        return reading.like(reading.named(self.tables, name, "observation"), self.given)

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
    say("reading")
    keep_read = _reader(source, columns, say)
    catalogue = Catalogue.open(project)
    observed = keep_read(catalogue)
    year = observed.default_year if as_of is None else int(as_of)
    _check_year(observed, year)
    surveys = observed.surveys(year, reading.RECORD_YEARS + 2 * horizon + 1, granularity, say)
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
    from firstlight.observe.listing import INSTRUMENTS  # which imports them all; an observation needs few

    return {own.name: own for own in INSTRUMENTS}


def _reader(source: Any, columns: Mapping[str, str] | None, say: Say) -> Callable[[Catalogue], Observed]:
    """What will keep the input in a catalogue; the input itself is read here, before anything is written."""
    if source is None:
        return from_sky
    if holds_counts(source, columns):
        counts = read_counts(source, columns)
        reading.refuse_nothing(counts)
        return lambda catalogue: from_counts(catalogue, counts, source)
    documents = read_documents(source, columns=columns)
    reading.refuse_nothing(documents)
    return lambda catalogue: from_documents(catalogue, documents, source, say)


def _check_year(observed: Observed, year: int) -> None:
    first, last = observed.first_year, observed.complete_to
    if first <= year <= last:
        return
    if last < first:
        raise InputError(
            f"no year is complete: all documents are of {first}",
            where=observed.title,
            try_next="bring documents of more years; the last one counts when it runs to the second half of December",
        )
    is_early = year < first
    raise InputError(
        f"{year} is before the record begins" if is_early else f"{year} is not a complete year of this record",
        where=f"complete years {first} to {last}",
        try_next=f"--as-of {min(first + 1, last) if is_early else last}",
    )


def _sky(catalogue: Catalogue, result: Result, keys: Mapping[str, str], given: Any) -> Sky:
    tables = {name: catalogue.table(result, name) for name in result.tables}
    facts = {
        **result.facts,
        "parameters": dict(result.parameters),
        "code_version": result.code_version,
        "results": dict(keys),
        "licence": result.licence,
        "is_stale": False,
    }
    return Sky(tables, facts, catalogue.project, given)

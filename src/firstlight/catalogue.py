"""The catalogue: keep, find and explain Results.

``<project>/catalogue/<name>/<first 16 hex digits of the key>/`` holds one Result: ``result.json``
and a Parquet file per table. It is written elsewhere and moved there by one rename, so whatever
stops a run, what is listed is whole.
"""

from __future__ import annotations

import difflib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import NotKeptError, StoreError, unknown
from firstlight.nouns import Instrument, Result, Snapshot, Source
from firstlight.store import folder as folders
from firstlight.store.code_version import code_version
from firstlight.store.lineage import (
    SNAPSHOT,
    Explanation,
    explanation_of,
    row_of,
    snapshots_in,
    with_row,
)
from firstlight.store.listing import LISTED, listing_row
from firstlight.store.one_row import one_row, one_table
from firstlight.store.parquet_duckdb import read_table, sql
from firstlight.store.prov_json import prov_document
from firstlight.store.published import published
from firstlight.store.record import (
    Record,
    check_name,
    damage,
    in_words,
    key_of,
    plain,
    read_record,
    write_record,
)
from firstlight.texts import Count, List, Message, Name, Phrase, Value, message, names

__all__ = ["Catalogue", "Explanation", "code_version", "key_of", "published"]

KEY_DIGITS = 16
MOST_KEYS, MOST_NAMES = 8, 20  # that an error lists
RUN_FILE = "last_run"
Computed = tuple[Mapping[str, pl.DataFrame], Mapping[str, Any]]

_LOG = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def has_catalogue(folder: str | Path) -> bool:
    """Whether a folder keeps results."""
    return Catalogue(Path(folder)).root.is_dir()


@dataclass(frozen=True)
class Catalogue:
    """The Results of one project folder.

    Attributes
    ----------
    project
        The folder.
    clock
        Tells the time written beside a Result; never part of its key.
    """

    project: Path
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    @classmethod
    def open(
        cls, folder: str | Path, *, reading: bool = False, clock: Callable[[], datetime] = _now
    ) -> Catalogue:
        """Open a project folder, made where it is absent; what killed runs left half-written is
        removed.

        Parameters
        ----------
        folder
            The project folder.
        reading
            Only look: nothing is made, removed or written.
        clock
            Tells the time written beside a Result.

        Returns
        -------
        Catalogue

        Raises
        ------
        StoreError
            Where the folder can't be written, holds no results and is only to be read, or has a
            name that is no UTF-8.
        """
        catalogue = cls(Path(folder).absolute(), clock)
        folders.check_name(catalogue.project)
        if reading:
            if not catalogue.root.is_dir():
                raise StoreError(message("no_catalogue", folder=Name(str(catalogue.root))))
            return catalogue
        with folders.disk_errors(catalogue.project):
            catalogue.root.mkdir(parents=True, exist_ok=True)
            folders.sweep(catalogue.unfinished)
        with folders.scratch(catalogue.unfinished):
            pass  # proves that the folder can be written before hours of work
        return catalogue

    @property
    def root(self) -> Path:
        """Where the Results lie."""
        return self.project / "catalogue"

    @property
    def unfinished(self) -> Path:
        """Where Results are written before they are moved into place."""
        return self.root / ".unfinished"

    def keep(
        self,
        name: str,
        *,
        instrument: str,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, str],
        source: str,
        licence: str,
        compute: Callable[[], Computed],
        units: Mapping[str, Mapping[str, str]] | None = None,
        version: str | None = None,
        modules: Sequence[str] = (),
    ) -> Result:
        """The kept Result of this key where it is present and intact; else compute it, write it
        whole and return it.

        Parameters
        ----------
        name
            What the Result is called; it names a folder, so it must do so on any system.
        instrument
            Name of the measurement that computes it.
        parameters
            What was chosen, in values that JSON can say exactly.
        inputs
            Input name -> key of another Result, or ``sha256:`` and the hash of bytes.
        source, licence
            Where the data come from and under which licence; no part of the key.
        compute
            Called only when needed; returns tables (name -> frame) and facts.
        units
            Table name -> column -> unit.
        version
            Code version in the key; unless it is given, that of the modules.
        modules
            Dotted names of those that compute; that of ``compute`` where none is named.

        Returns
        -------
        Result, as it is kept.

        Raises
        ------
        InputError
            For names, parameters, inputs, facts, tables or units that can't be written down.
        StoreError
            From the disk.
        """
        check_name(name, "result")
        modules = tuple(modules) or (compute.__module__,)
        if version is None:
            version = code_version(*modules)
        key = key_of(instrument, parameters, inputs, version)
        target = self.root / name / key[:KEY_DIGITS]
        if target.exists() and self._is_intact(target):
            return self._ran_again(read_record(target))
        frames, facts = compute()
        result = Result(
            name=name,
            key=key,
            instrument=instrument,
            parameters=plain(parameters, "parameters"),
            inputs=dict(inputs),
            tables={},
            facts=plain(facts, "facts"),
            source=source,
            licence=licence,
            code_version=version,
            created=self._time_after(name),
            modules=modules,
        )
        with folders.scratch(self.unfinished) as draft:
            whole = draft / "result"
            with folders.disk_errors(draft):
                whole.mkdir()
            write_record(whole, result, frames, units or {})
            folders.place(whole, target, self._is_intact)
        return read_record(target).result

    def keep_snapshots(
        self,
        name: str,
        source: Source,
        snapshots: Sequence[Snapshot],
        *,
        folder: Path | None = None,
    ) -> Result:
        """Write down a publisher's files, which stay where they are, as a Result without tables.

        Its key follows from the files' hashes and paths alone, so new code does not make it stale.

        Parameters
        ----------
        name
            What the Result is called.
        source
            Who publishes the files, and under which licence.
        snapshots
            The files, in any order.
        folder
            Where the paths begin, if not in the project folder; it is no part of the key.

        Returns
        -------
        Result, as it is kept.

        Raises
        ------
        InputError
            For a name, a path or a hash that can't be written down.
        StoreError
            From the disk.
        """
        entries = sorted(
            (plain(snapshot, "snapshot") for snapshot in snapshots),
            key=lambda entry: str(entry["path"]),
        )
        about = ("publisher", "title", "url", "citation")
        facts: dict[str, Any] = {name: getattr(source, name) for name in about}
        facts["snapshots"] = entries
        if folder is not None:
            facts["folder"] = folders.written_out(folder)
        return self.keep(
            name,
            instrument=SNAPSHOT,
            parameters={"source": source.name},
            inputs={str(entry["path"]): f"sha256:{entry['sha256']}" for entry in entries},
            source=f"{source.publisher}: {source.title}",
            licence=source.licence,
            compute=lambda: ({}, facts),
            version="bytes",
        )

    def find(self, name_or_key: str) -> Result:
        """The latest Result of a name (the last that a run kept or used again), or the one whose
        key starts so.

        Parameters
        ----------
        name_or_key
            A name, or the first hexadecimal digits of a key.

        Returns
        -------
        Result

        Raises
        ------
        NotKeptError
            Listing names that look alike, or the keys among which to choose.
        """
        return self._find(name_or_key).result

    def versions(self, name: str) -> tuple[Result, ...]:
        """Every readable Result of a name, the latest run first.

        Parameters
        ----------
        name
            Of the Results.

        Returns
        -------
        Results; none where nothing of that name is kept.
        """
        found = list(self._records(name)) if name in self._names() else []
        found.sort(key=lambda record: (self._last_run(record), record.result.key), reverse=True)
        return tuple(record.result for record in found)

    def results(self, lang: str = "en") -> pl.DataFrame:
        """What is kept: one row per Result, by name, the oldest run first.

        Parameters
        ----------
        lang
            Language of the notes; English where there are no words in it.

        Returns
        -------
        Frame with name, key, instrument, created and last_run (ISO 8601, UTC), tables (list of
        names), rows, bytes, is_stale and note, which says why a Result is stale or can't be read
        (then only name and the key's first digits are known).
        """
        stale: dict[str, Message | None] = {}
        known = {record.result.key: record for record in self._records()}
        rows = [listing_row(place, known, stale, self._last_run, lang) for place in self._places()]
        return pl.DataFrame(rows, schema=LISTED, orient="row").sort(
            "name", "last_run", "key", nulls_last=True
        )

    def table(self, result: Result, name: str, *, verify: bool = False) -> pl.DataFrame:
        """One table of a Result.

        Parameters
        ----------
        result
            A kept Result.
        name
            Of the table.
        verify
            Also compare the file's SHA-256 with the one written down.

        Returns
        -------
        Frame, its rows in the order in which they were kept.

        Raises
        ------
        NotKeptError
            Naming the tables there are.
        StoreError
            Naming the damaged file.
        """
        record = self._record_with(result, name)
        path = record.folder / record.tables[name].file
        if verify and path.is_file() and folders.sha256_of(path) != record.tables[name].sha256:
            raise StoreError(message("table_changed", file=Name(str(path))))
        return read_table(path)

    def units(self, result: Result, name: str) -> Mapping[str, str]:
        """The units of a Result's table.

        Parameters
        ----------
        result
            A kept Result.
        name
            Of the table.

        Returns
        -------
        Column -> unit, for the columns that have one.

        Raises
        ------
        NotKeptError
            Naming the tables there are.
        StoreError
            Naming the damaged record.
        """
        record = self._record_with(result, name)
        return {column: unit for column, _, unit in record.tables[name].columns if unit}

    def verify(self, result: Result, lang: str = "en") -> tuple[str, ...]:
        """What is wrong with a Result's files, by reading every byte.

        Parameters
        ----------
        result
            A kept Result.
        lang
            Language of the answer; English where there are no words in it.

        Returns
        -------
        A sentence for each fault; empty where all is well.
        """
        try:
            found = damage(self._record(result))
        except StoreError as problem:
            return (problem.parts(lang)[0],)
        return in_words(found, lang)

    def sql(self, query: str) -> pl.DataFrame:
        """Ask the latest Results' tables in SQL, each a view named ``<result>__<table>`` (quoted
        where it has a dot).

        Parameters
        ----------
        query
            In DuckDB's SQL; it can neither read another file nor write one.

        Returns
        -------
        Frame with the columns that were selected.

        Raises
        ------
        InputError
            Where the query does not run.
        StoreError
            Naming an unreadable table.
        """
        views = {
            f"{name}__{table}": path
            for name in self._names()
            for table, path in self._find(name).result.tables.items()
        }
        # A damaged table must not stop queries on the others.
        asked = {view: path for view, path in views.items() if view.lower() in query.lower()}
        return sql(query, asked or views)

    def explain(
        self,
        name_or_key: str,
        row: int | Mapping[str, Any] | None = None,
        *,
        table: str | None = None,
        instruments: Mapping[str, Instrument] | None = None,
    ) -> Explanation:
        """Walk back from a Result to the publisher's bytes, and check that each file still is what
        it was.

        Parameters
        ----------
        name_or_key
            A name, or the first hexadecimal digits of a key, as in ``find``.
        row
            A row's position, or the values that pick it out, as in ``{"technology_id": "t7",
            "year": 2016}``.
        table
            The table that the row belongs to; needed only where there are several.
        instruments
            Name -> Instrument, for formulas and citations.

        Returns
        -------
        Explanation, with the row's values and their units where a row was asked for.

        Raises
        ------
        NotKeptError
            Where no Result or several are meant.
        InputError
            Where no table or row, or several, are meant.
        StoreError
            Naming a table that can't be read.
        """
        record = self._find(name_or_key)
        # Of results with one key, and of files with one hash, what ran last is told.
        before: dict[str, Record] = {}
        for kept in sorted(self._records(), key=self._last_run, reverse=True):
            before.setdefault(kept.result.key, kept)
            if kept.result.instrument == SNAPSHOT:
                for entry in snapshots_in(kept.result.facts):
                    before.setdefault(f"sha256:{entry['sha256']}", kept)
        explanation = explanation_of(record, before.get, instruments or {}, self.project)
        if row is None:
            return explanation
        table = one_table(record.result.name, list(record.tables), table)
        values = one_row(self.table(record.result, table), row, f"{record.result.name}: {table}")
        return with_row(explanation, row_of(values), self.units(record.result, table))

    def export_prov(self, folder_or_file: str | Path) -> Path:
        """Write the provenance of all Results as W3C PROV-JSON.

        Parameters
        ----------
        folder_or_file
            The file, or a folder, which gets ``provenance.json``.

        Returns
        -------
        The file that was written.

        Raises
        ------
        StoreError
            From the disk.
        """
        target = Path(folder_or_file)
        if target.is_dir():
            target /= "provenance.json"
        told = prov_document(self._records())
        text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
        with folders.disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        folders.replace_text(target, text + "\n", target.parent)
        return target

    # -- what lies in the folder -------------------------------------------------------------------

    def _names(self) -> list[str]:
        if not self.root.is_dir():
            return []
        places = (place for place in self.root.iterdir() if place.is_dir())
        return sorted(
            own.name for own in places if not own.name.startswith(".") and any(own.iterdir())
        )

    def _places(self, name: str | None = None) -> Iterator[Path]:
        for each in self._names() if name is None else [name]:
            yield from sorted(place for place in (self.root / each).glob("*") if place.is_dir())

    def _records(self, name: str | None = None) -> Iterator[Record]:
        """The readable records; those that aren't are listed by ``results``."""
        for place in self._places(name):
            try:
                yield read_record(place)
            except StoreError as problem:
                _LOG.warning("left out, see firstlight show: %s", problem)

    def _find(self, asked: str) -> Record:
        of_name = list(self._records(asked)) if asked in self._names() else []
        if of_name:
            return max(of_name, key=lambda record: (self._last_run(record), record.result.key))
        prefix = asked.lower()
        of_key = [one for one in self._records() if prefix and one.result.key.startswith(prefix)]
        if len({record.result.key for record in of_key}) == 1:
            return of_key[0]
        if of_key:
            keys = List(tuple(_key_and_name(record.result) for record in of_key), MOST_KEYS)
            raise NotKeptError(
                message("several_keys", asked=Name(asked), count=Count(len(of_key)), keys=keys)
            )
        kept = self._names()
        near = difflib.get_close_matches(asked, kept, n=5, cutoff=0.5)
        code = "no_results"
        if kept:
            code = "no_result_but" if near else "no_result"
        listed = {"near": names(near), "names": names(kept, MOST_NAMES)}
        folder = Name(str(self.root))
        raise NotKeptError(message(code, asked=Name(asked), folder=folder, **listed))

    def _record(self, result: Result) -> Record:
        return read_record(self.root / result.name / result.key[:KEY_DIGITS])

    def _record_with(self, result: Result, table: str) -> Record:
        """The record of a Result, once it is sure to hold a table."""
        record = self._record(result)
        if table in record.tables:
            return record
        kept = {"result": Name(result.name), "key": Name(result.key[:KEY_DIGITS])}
        if not record.tables:
            raise NotKeptError(message("no_tables_kept", **kept))
        raise NotKeptError(unknown("no_table_kept", table, record.tables, **kept))

    def _is_intact(self, place: Path) -> bool:
        try:
            found = in_words(damage(read_record(place)), "en")
        except StoreError as problem:
            found = (problem.what,)
        if found:
            _LOG.warning("computed again: %s: %s", place, "; ".join(found))
        return not found

    # -- the order of runs -------------------------------------------------------------------------

    def _last_run(self, record: Record) -> str:
        noted = record.folder / RUN_FILE
        text = noted.read_text(encoding="utf-8").strip() if noted.is_file() else ""
        return max(text, record.result.created)

    def _time_after(self, name: str) -> str:
        """Now, or a microsecond after the latest run of this name where the clock went back."""
        latest = max((self._last_run(record) for record in self._records(name)), default="")
        now = self.clock().astimezone(UTC)
        if latest:
            now = max(now, datetime.fromisoformat(latest) + timedelta(microseconds=1))
        return now.isoformat(timespec="microseconds")

    def _ran_again(self, record: Record) -> Result:
        """A Result used again becomes the latest of its name; where it is that already, nothing is
        written."""
        name = record.result.name
        if self._find(name).result.key != record.result.key:
            folders.replace_text(
                record.folder / RUN_FILE, self._time_after(name) + "\n", self.unfinished
            )
        return record.result


def _key_and_name(result: Result) -> Value[Any]:
    key = Name(result.key[:KEY_DIGITS])
    return Phrase(message("format.bracketed", text=key, inside=Name(result.name)))

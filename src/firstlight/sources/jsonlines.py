"""JSON lines, and the JSON documents that interfaces answer with, as rows of text."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.archives import Content, open_bytes
from firstlight.sources.columns import aliases, plain
from firstlight.sources.encodings import Encoding, detect_encoding, encoding_notes
from firstlight.sources.nested import extract, nested_paths, steps
from firstlight.sources.raw import ROW, Raw, Rejected
from firstlight.texts import Count, Message, Name, message

FOLDER = Path(__file__).parent
_BATCH = 20_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_LISTED = ("results", "data", "items", "records", "documents", "patents")


@dataclass(frozen=True)
class JsonLines:
    """A file of JSON objects, one a line, or one JSON document with a list of objects.

    table   : the alias table that says which keys are worth reading
    by_hand : further keys or paths to read
    """

    content: Content
    table: str
    by_hand: tuple[str, ...] = ()

    @cached_property
    def _read(
        self,
    ) -> tuple[pl.DataFrame, tuple[Rejected, ...], tuple[str, ...], tuple[Message, ...]]:
        rows, rejected = _Rows(self.table, self.by_hand), list[Rejected]()
        for number, record, problem in self._records():
            if problem is not None:
                rejected.append(problem)
                continue
            try:
                rows.append(number, record)
            except RecursionError as error:
                rejected.append(Rejected(number, "", "bad_json", details=str(error)))
        if rejected and not rows.keys:
            first = rejected[0].details or rejected[0].value[:80]
            about = {"said": Name(first), "file": Name(self.content.name)}
            told = message("no_json", row=Count(rejected[0].row), **about)
            raise InputError(told, FOLDER)
        notes = list(encoding_notes(self._encoding, self.content.name))
        if rows.broken:
            about = {"file": Name(self.content.name)}
            notes.append(message("half_surrogates", count=Count(rows.broken), **about))
        return rows.frame(), tuple(rejected), tuple(rows.keys), tuple(notes)

    @cached_property
    def _encoding(self) -> Encoding:
        return detect_encoding(self.content)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that hold values: known paths and keys first, then the keys that no alias
        knows."""
        frame, _, keys, _ = self._read
        known = [name for name in frame.columns if name != ROW]
        return (*known, *(key for key in keys if key not in known))

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The records, with the wanted names as text."""
        frame, rejected, _, notes = self._read
        empty = [
            pl.lit(None, pl.String).alias(name) for name in wanted if name not in frame.columns
        ]
        return Raw(frame.with_columns(empty).select(*wanted, ROW), rejected, notes)

    def _records(self) -> Iterator[tuple[int, Any, Rejected | None]]:
        encoding = self._encoding
        with open_bytes(self.content) as stream:
            text = io.TextIOWrapper(
                stream, encoding=encoding.name, errors=encoding.errors, newline="\n"
            )
            first = next((line for line in text if line.strip()), "").lstrip("\ufeff")
            whole = None if _is_object(first) else _document(first + text.read())
            if whole is not None:
                yield from (
                    (number, *_checked(record, number))
                    for number, record in enumerate(whole, start=1)
                )
                return
        with open_bytes(self.content) as stream:
            text = io.TextIOWrapper(
                stream, encoding=encoding.name, errors=encoding.errors, newline="\n"
            )
            lines = (line for line in text if line.strip("\ufeff \t\r\n"))
            for number, line in enumerate(lines, start=1):
                yield number, *_parsed(line, number)


def _is_object(line: str) -> bool:
    record, problem = _parsed(line, 1)
    return problem is None and not any(
        isinstance(record.get(key), list) for key in ("results", "data")
    )


def _document(text: str) -> list[Any] | None:
    """The records of a whole JSON document: a list, or an object that lists them; None for anything
    else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return next((value[key] for key in _LISTED if isinstance(value.get(key), list)), [value])
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise KeyError("duplicate key")
    return record


def _parsed(line: str, number: int) -> tuple[Any, Rejected | None]:
    try:
        record = json.loads(line.lstrip("\ufeff"), object_pairs_hook=_unique)
    except KeyError:
        return None, Rejected(number, line.strip(), "duplicate_key")
    except (ValueError, RecursionError) as error:
        return None, Rejected(number, line.strip(), "bad_json", details=str(error))
    return _checked(record, number)


def _checked(record: Any, number: int) -> tuple[Any, Rejected | None]:
    if isinstance(record, dict):
        return record, None
    try:
        written = json.dumps(record, ensure_ascii=False)
    except (
        RecursionError
    ) as error:  # which counts the levels of what it writes otherwise than those of what it reads
        return None, Rejected(number, "", "bad_json", details=str(error))
    return None, Rejected(number, written, "not_a_record")


@dataclass
class _Rows:
    """Columns under construction.

    Records with the same keys share one plan of what to take from them.
    """

    table: str
    by_hand: tuple[str, ...]
    keys: dict[str, None] = field(default_factory=dict)
    broken: int = 0
    _plans: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    _numbers: list[int] = field(default_factory=list)
    _values: dict[str, list[str | None]] = field(default_factory=dict)
    _batches: list[pl.DataFrame] = field(default_factory=list)

    def append(self, number: int, record: dict[str, Any]) -> None:
        shape = tuple(record)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = self._plan(record)
            self.keys.update(dict.fromkeys(shape))
        values = [(name, extract(record, name)) for name in plan]
        at = len(self._numbers)
        self._numbers.append(number)
        for name, value in values:
            if value is not None:
                column = self._values.setdefault(name, [])
                column.extend([None] * (at - len(column)))
                column.append(self._whole(value))
        if len(self._numbers) >= _BATCH:
            self._flush()

    def frame(self) -> pl.DataFrame:
        self._flush()
        return pl.concat(self._batches, how="diagonal")

    def _plan(self, record: dict[str, Any]) -> tuple[str, ...]:
        known = {plain(alias.alias) for alias in aliases(self.table)}
        paths = [
            path
            for path in (*nested_paths(self.table), *self.by_hand)
            if steps(path)[0][0] in record
        ]
        return tuple(
            dict.fromkeys(
                [*(key for key in record if plain(key) in known or key in self.by_hand), *paths]
            )
        )

    def _whole(self, value: str) -> str:
        if not value.isascii() and _SURROGATE.search(value):
            self.broken += 1
            return _SURROGATE.sub("\ufffd", value)
        return value

    def _flush(self) -> None:
        count = len(self._numbers)
        columns = {
            name: values + [None] * (count - len(values)) for name, values in self._values.items()
        }
        series = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items()]
        self._batches.append(
            pl.DataFrame([*series, pl.Series(ROW, self._numbers, dtype=pl.UInt32)])
        )
        self._numbers, self._values = [], {}

"""JSON lines, and the JSON documents that interfaces answer with, as rows of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.archives import Content, open_bytes, whole
from firstlight.sources.columns import aliases, parted, plain
from firstlight.sources.encodings import Encoding, detect_encoding, encoding_notes
from firstlight.sources.limits import check, check_table, current
from firstlight.sources.nested import extract, nested_paths, parsed_json, steps
from firstlight.sources.raw import ROW, SEEN, Opened, Raw, Rejected
from firstlight.texts import Count, Message, Name, message

FOLDER = Path(__file__).parent
_BATCH = 20_000
_VIEW = 16  # bytes of a cell of text, empty or not
# Half of a pair, which JSON can escape and UTF-8 can't hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEPEST = 3  # objects within one another in which records are looked for


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
        rows, rejected = _Rows(self.table, self.by_hand, self.content), list[Rejected]()
        for number, record, problem in self._records():
            if problem is not None:
                rejected.append(problem)
                continue
            rows.append(number, record)
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
        return Raw(frame.with_columns(empty).select(*wanted, ROW), rejected, notes, decimal=".")

    def _records(self) -> Iterator[tuple[int, Any, Rejected | None]]:
        name = self.content.name
        with self._lines() as lines:
            number, first = next(lines, (1, ""))
            record, problem = _parsed(first, number, name)
            is_record = problem is None
            # What interfaces answer with may stand in one line as well.
            if is_record and next(lines, None) is None:
                is_record = self.enveloped(record) is None
        records, refused = None, None
        if not is_record:
            try:
                records = self._document()
            except InputError as error:  # unless it is lines after all, of which the first is bad
                refused = error
        if records is not None:
            for number, record in enumerate(records, start=1):
                yield number, *checked(record, number)
            return
        with self._lines() as lines:
            for number, line in lines:
                record, problem = _parsed(line, number, name)
                refused = refused if problem else None
                yield number, record, problem
        if refused is not None:
            raise refused

    @contextmanager
    def _lines(self) -> Iterator[Iterator[tuple[int, str]]]:
        """The lines that hold something, each with its number among them."""
        with open_bytes(self.content) as stream:
            yield self._numbered(self._encoding.text_of(stream, "\n"))

    def _numbered(self, text: IO[str]) -> Iterator[tuple[int, str]]:
        number, most = 0, current().record_bytes
        while line := text.readline(most + 1):
            check("record_bytes", len(line), self.content.name, number + 1)
            if line.strip("\ufeff \t\r\n"):
                number += 1
                yield number, line.lstrip("\ufeff")

    def _document(self) -> list[Any] | None:
        """The records of a whole JSON document: a list, or an object that lists them; None for
        anything else."""
        encoding, name = self._encoding, self.content.name
        try:
            text = whole(self.content).decode(encoding.name, encoding.errors)
            value = parsed_json(text.lstrip("\ufeff"), name)
        except InputError:
            raise
        except ValueError:
            return None
        if isinstance(value, list):
            pages = [own for own in value if isinstance(own, list)]
            # The World Bank answers with what it says of the answer, and then the answer.
            return max(pages, key=len) if pages and len(pages) < len(value) else value
        if isinstance(value, dict):
            records = self.enveloped(value)
            return [value] if records is None else records
        return None

    def enveloped(self, value: Mapping[str, Any]) -> list[Any] | None:
        """The records that an answer lists: of all lists in it the one of which the first record
        holds most that is known, and at least as much as the answer itself; None where this is a
        record."""
        rows = _Rows(self.table, self.by_hand, self.content)
        known = [(len(rows.plan(first)), len(own), own) for own, first in _lists(value)]
        most, _, records = max(known, key=lambda each: each[:2], default=(-1, 0, None))
        return None if most < len(rows.plan(value)) else records


def _lists(
    value: Mapping[str, Any], depth: int = _DEEPEST
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """The lists of objects in an answer, however an interface calls them and whatever they stand
    in, each with its first object, which an empty one has none of.

    >>> [first for _, first in _lists({"message": {"total": 1, "items": [{"title": "A"}]}})]
    [{'title': 'A'}]
    """
    for own in value.values():
        if isinstance(own, list):
            first: Any = next(iter(own), {})
            if isinstance(first, dict):
                yield own, first
        elif isinstance(own, dict) and depth > 1:
            yield from _lists(own, depth - 1)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise KeyError("duplicate key")
    return record


def _parsed(line: str, number: int, file: str) -> tuple[Any, Rejected | None]:
    try:
        record = parsed_json(line, file, number, _unique)
    except KeyError:
        return None, Rejected(number, line[:SEEN].strip(), "duplicate_key")
    except InputError as error:
        return None, Rejected(number, line[:SEEN].strip(), "too_deep", details=error.what)
    except ValueError as error:
        return None, Rejected(number, line[:SEEN].strip(), "bad_json", details=str(error))
    return checked(record, number)


def checked(record: Any, number: int) -> tuple[Any, Rejected | None]:
    """A record, or why it is none."""
    if isinstance(record, dict):
        return record, None
    written = json.dumps(record, ensure_ascii=False)
    return None, Rejected(number, written[:SEEN], "not_a_record")


@dataclass
class _Rows:
    """Columns under construction.

    Records with the same keys share one plan of what to take from them.
    """

    table: str
    by_hand: tuple[str, ...]
    content: Content
    keys: dict[str, None] = field(default_factory=dict)
    broken: int = 0
    _plans: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    _numbers: list[int] = field(default_factory=list)
    _values: dict[str, list[str | None]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _rows: int = 0
    _batches: list[pl.DataFrame] = field(default_factory=list)

    def append(self, number: int, record: dict[str, Any]) -> None:
        shape = tuple(record)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = self.plan(record)
            self.keys.update(dict.fromkeys(shape))
            check("columns", len(self.keys), self.content.name, number)
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

    def plan(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The keys and paths that are known, of a record with such keys."""
        wanted = [key for key in record if self._is_known(key) or key in self._by_hand]
        paths = [(place, path) for key in record for place, path in self._paths.get(key, ())]
        return tuple(dict.fromkeys([*wanted, *(path for _, path in sorted(paths))]))

    def _is_known(self, key: str) -> bool:
        return plain(key) in self._known or plain(parted(key)) in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(plain(alias.alias) for alias in aliases(self.table))

    @cached_property
    def _by_hand(self) -> frozenset[str]:
        return frozenset(self.by_hand)

    @cached_property
    def _paths(self) -> dict[str, list[tuple[int, str]]]:
        """The first key of a path -> the paths, each with its place among all."""
        found: dict[str, list[tuple[int, str]]] = {}
        for place, path in enumerate((*nested_paths(self.table), *self.by_hand)):
            for first, _ in steps(path)[:1]:  # a key of signs alone is no path
                found.setdefault(first, []).append((place, path))
        return found

    def _whole(self, value: str) -> str:
        if not value.isascii() and _SURROGATE.search(value):
            self.broken += 1
            return _SURROGATE.sub("\ufffd", value)
        return value

    def _flush(self) -> None:
        count = len(self._numbers)
        self._names.update(self._values)
        self._rows += count
        size = self._rows * len(self._names) * _VIEW
        check_table(size, self.content.name, self.content.size)
        columns = {
            name: values + [None] * (count - len(values)) for name, values in self._values.items()
        }
        series = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items()]
        self._batches.append(
            pl.DataFrame([*series, pl.Series(ROW, self._numbers, dtype=pl.UInt32)])
        )
        self._numbers, self._values = [], {}


def with_all_keys(opened: Opened) -> Opened:
    """The same file, of which every key can be loaded; of JSON lines only those are read that an
    alias knows or a user named."""
    if isinstance(opened, JsonLines):
        return JsonLines(opened.content, opened.table, opened.names)
    return opened

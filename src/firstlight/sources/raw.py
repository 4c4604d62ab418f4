"""What a reader hands on: rows as the file has them, before any column is understood."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Protocol
from xml.etree.ElementTree import Element

import polars as pl

from firstlight.sources.archives import Content
from firstlight.texts import Count, List, Message, Texts

TEXTS = Texts(Path(__file__).parent)

# Joins the items of a list inside one text, and may close the last: a single "Li, Mu" that it
# closes isn't parted at its comma. No publisher's text holds it once control characters are gone.
LIST_SIGN = "\x1f"
ROW = "\x1frow"
FILES = 2  # named in a note that several files give; the others are counted
SEEN = 1000  # characters that are kept of a record that can't be read


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read: its number (from 1), the beginning of its text, the reason's
    code and details."""

    row: int
    value: str
    code: str
    column: str = ""
    details: str = ""


@dataclass(frozen=True)
class Raw:
    """Records of one file: the wanted columns plus ``ROW`` (UInt32, from 1), and the records that
    could not be read.

    notes   : what else a reader should know: messages whose texts stand under ``[notes]``
    decimal : the sign before decimals that the file's form tells: a comma where semicolons part its
              columns, as in programs that need the comma for decimals; a point where numbers are
              typed (JSON); else ""
    """

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Message, ...] = field(default=())
    decimal: str = ""

    @property
    def rows(self) -> int:
        """How many records the file holds."""
        return self.frame.height + len(self.rejected)


def note_text(note: Message, lang: str = "en") -> str:
    """A note of `read_documents` or `read_counts`, in words."""
    return TEXTS.sentence(lang, note, "notes")


def said_once(notes: Iterable[Message]) -> tuple[Message, ...]:
    """Notes that several files give alike become one that names the files, its counts added up;
    those of no file stay as they are.

    >>> from firstlight.texts import Name, message
    >>> of = lambda file, count: message("years", file=Name(file), count=Count(count))
    >>> (note,) = said_once([of("a.csv", 2), of("b.csv", 3)])
    >>> note.values["count"].value, [own.value for own in note.values["file"].value]
    (5, ['a.csv', 'b.csv'])
    """
    alike: dict[str, list[Message]] = {}
    for note in notes:
        fixed = tuple(
            pair
            for pair in sorted(note.values.items())
            if pair[0] != "file" and not isinstance(pair[1], Count)
        )
        apart = None if "file" in note.values else len(alike)
        # Written out, since a value may be a message, which has no hash.
        alike.setdefault(repr((note.code, fixed, apart)), []).append(note)
    return tuple(_together(own) for own in alike.values())


def _together(notes: Sequence[Message]) -> Message:
    first = notes[0]
    if len(notes) == 1:
        return first
    added = {
        name: Count(sum(int(note.values[name].value) for note in notes))
        for name, value in first.values.items()
        if isinstance(value, Count)
    }
    files = tuple(dict.fromkeys(note.values["file"] for note in notes))
    return first._replace(values={**first.values, **added, "file": List(files, FILES)})


Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Records(ABC):
    """The frame of a reader of one file whose records all fill the same columns, as XML's do.

    A reader says which columns, what the records are, and what each of them fills them with.
    """

    content: Content
    columns: ClassVar[tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of every such file."""
        return self.columns

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The records, with the wanted columns only; those that are no documents are set aside."""
        frame, rejected = self._read
        return Raw(frame.select(*wanted, ROW), rejected)

    @cached_property
    def _read(self) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
        rows: list[tuple[str | int | None, ...]] = []
        rejected: list[Rejected] = []
        for number, record in enumerate(self.records(), start=1):
            found = self.row(number, record)
            if isinstance(found, Rejected):
                rejected.append(found)
            else:
                rows.append((*found, number))
        schema = dict.fromkeys(self.columns, pl.String()) | {ROW: pl.UInt32()}
        return pl.DataFrame(rows, schema=schema, orient="row"), tuple(rejected)

    @abstractmethod
    def records(self) -> Iterator[Element]:
        """Each record, once it is whole."""

    @abstractmethod
    def row(self, number: int, record: Element) -> Row | Rejected:
        """What a record fills the columns with, or why it can't."""


class Opened(Protocol):
    """A file whose column names are known; the rows are read when the wanted columns are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file."""

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, with the wanted columns only."""

"""What a reader hands on: rows as the file has them, before any column is understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from firstlight.texts import Message, Texts

TEXTS = Texts(Path(__file__).parent)

# Joins the items of a list inside one text, and may close the last: a single "Li, Mu" that it
# closes isn't parted at its comma. No publisher's text holds it once control characters are gone.
LIST_SIGN = "\x1f"
ROW = "\x1frow"
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

    notes : what else a reader should know: messages whose texts stand under ``[notes]``
    """

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Message, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many records the file holds."""
        return self.frame.height + len(self.rejected)


def note_text(note: Message, lang: str = "en") -> str:
    """A note of `read_documents` or `read_counts`, in words."""
    return TEXTS.sentence(lang, note, "notes")


class Opened(Protocol):
    """A file whose column names are known; the rows are read when the wanted columns are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file."""

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, with the wanted columns only."""

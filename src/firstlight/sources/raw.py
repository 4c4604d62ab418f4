"""What a reader hands on: rows as the file has them, before any column is understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

# Joins the items of a list inside one text; no publisher's text holds it once control characters are removed.
LIST_SIGN = "\x1f"
ROW = "\x1frow"


@dataclass(frozen=True)
class Note:
    """Something a reader should know, in English and Chinese."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read: its number (from 1), the text as it stands, the reason's code and details."""

    row: int
    value: str
    code: str
    column: str = ""
    details: str = ""


@dataclass(frozen=True)
class Raw:
    """Records of one file: the wanted columns plus ``ROW`` (UInt32, from 1), and the records that could not be read."""

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many records the file holds."""
        return self.frame.height + len(self.rejected)


class Opened(Protocol):
    """A file whose column names are known; the rows are read when the wanted columns are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file."""

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, with the wanted columns only."""

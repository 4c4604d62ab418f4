"""A text file of records that name their fields: a column for each field that occurs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from firstlight.sources.archives import Content
from firstlight.sources.encodings import Encoding, detect_encoding, encoding_notes
from firstlight.sources.limits import check
from firstlight.sources.raw import ROW, SEEN, Raw, Rejected


@dataclass(frozen=True)
class TextRecords(ABC):
    """Records of one format, which says how they are found in the text."""

    content: Content

    @abstractmethod
    def records(self) -> Iterator[tuple[dict[str, str], str | None]]:
        """The fields of each record, and how it begins where it is cut short; None where it is
        whole."""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of whole records."""
        frame, _ = self._read
        return tuple(name for name in frame.columns if name != ROW)

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The records; one that is cut short is set aside."""
        frame, rejected = self._read
        notes = tuple(encoding_notes(self._encoding, self.content.name))
        return Raw(frame.select(*wanted, ROW), rejected, notes)

    @cached_property
    def _encoding(self) -> Encoding:
        return detect_encoding(self.content)

    @cached_property
    def _read(self) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
        rows, rejected, columns = [], [], dict[str, None]()
        for number, (fields, cut_short) in enumerate(self.records(), start=1):
            if cut_short is not None:
                rejected.append(Rejected(number, cut_short[:SEEN], "record_cut_short"))
                continue
            rows.append({**fields, ROW: number})
            columns.update(dict.fromkeys(fields))
            check("columns", len(columns), self.content.name, number)
        schema = {**dict.fromkeys(columns, pl.String()), ROW: pl.UInt32()}
        return pl.DataFrame(rows, schema=schema), tuple(rejected)

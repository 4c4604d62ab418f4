"""Field-tagged text, as Web of Science's plain-text export: two-letter tags, records that end in
ER."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from firstlight.sources.archives import Content, open_bytes
from firstlight.sources.encodings import Encoding, detect_encoding, encoding_notes
from firstlight.sources.limits import check, current
from firstlight.sources.raw import LIST_SIGN, ROW, Raw, Rejected

# Each line of these tags is an item; the lines of the others are one text.
_LISTED = ("AU", "AF", "C1", "C3", "CR")
_ENDS = ("ER", "EF")


def looks_tagged(head: bytes) -> bool:
    r"""Whether a file begins as a field-tagged export does.

    >>> tagged, table = b"FN Clarivate Analytics Web of Science\nVR 1.0\n", b"PT\tAU\tTI\n"
    >>> looks_tagged(tagged), looks_tagged(table)
    (True, False)
    """
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[:1]
    return bool(first) and first[0].startswith((b"FN ", b"PT ")) and b"\t" not in first[0]


@dataclass(frozen=True)
class Tagged:
    """A field-tagged file; its columns are the tags that occur."""

    content: Content

    @property
    def names(self) -> tuple[str, ...]:
        frame, _ = self._read
        return tuple(name for name in frame.columns if name != ROW)

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The records; one that the file breaks off is set aside."""
        frame, rejected = self._read
        notes = tuple(encoding_notes(self._encoding, self.content.name))
        return Raw(frame.select(*wanted, ROW), rejected, notes)

    @cached_property
    def _encoding(self) -> Encoding:
        return detect_encoding(self.content)

    @cached_property
    def _read(self) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
        rows, rejected, tags = [], [], dict[str, None]()
        for number, (record, is_whole) in enumerate(self._records(), start=1):
            if is_whole:
                rows.append({**record, ROW: number})
                tags.update(dict.fromkeys(record))
                check("columns", len(tags), self.content.name, number)
            else:
                rejected.append(
                    Rejected(number, record.get("TI") or record.get("UT") or "", "record_cut_short")
                )
        schema = {**dict.fromkeys(tags, pl.String()), ROW: pl.UInt32()}
        return pl.DataFrame(rows, schema=schema), tuple(rejected)

    def _records(self) -> Iterator[tuple[dict[str, str], bool]]:
        encoding, most, size, number = self._encoding, current().record_bytes, 0, 1
        record, tag = dict[str, list[str]](), ""
        with open_bytes(self.content) as stream:
            lines = io.TextIOWrapper(stream, encoding=encoding.name, errors=encoding.errors)
            while line := lines.readline(most + 1):
                size += len(line)
                check("record_bytes", size, self.content.name, number)
                text = line.replace("\ufeff", "").rstrip("\r\n")
                if text[:2] in _ENDS and not text[2:].strip():
                    if record:
                        yield _joined(record), True
                    record, tag, size, number = {}, "", 0, number + 1
                elif text[:3].strip():
                    tag = text[:2]
                    if tag not in ("FN", "VR"):
                        record[tag] = [text[3:].strip()]
                elif text.strip() and tag in record:
                    record[tag].append(text.strip())
        if record:
            yield _joined(record), False


def _joined(record: dict[str, list[str]]) -> dict[str, str]:
    texts = {tag: " ".join(parts) for tag, parts in record.items() if tag not in _LISTED}
    lists = {tag: LIST_SIGN.join(parts) for tag, parts in record.items() if tag in _LISTED}
    joined = texts | lists
    return {tag: joined[tag] for tag in record}  # in the order of the file

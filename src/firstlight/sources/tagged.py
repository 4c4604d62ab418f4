"""Field-tagged text, as bibliographic databases and reference managers export it: a field on each
line, its tag first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firstlight.sources.archives import open_bytes
from firstlight.sources.dialects import Dialect
from firstlight.sources.limits import check, current
from firstlight.sources.pubmed_xml import english_title
from firstlight.sources.raw import LIST_SIGN
from firstlight.sources.text_records import TextRecords

_YEAR = re.compile(r"\d{4}\b")
_SEMICOLON = re.compile(r"[;；]")

# One record in the order of the file: tag -> its items, each as its lines.
Fields = dict[str, list[list[str]]]


@dataclass(frozen=True)
class Tagged(TextRecords):
    """A field-tagged file; its columns are those of its dialect that occur, and the tags that
    belong to none."""

    dialect: Dialect

    def records(self) -> Iterator[tuple[dict[str, str], str | None]]:
        """The columns of each record; its title or id where the file breaks it off."""
        for record, is_whole in self._records():
            row = _row(record, self.dialect)
            shown = next((row[name] for name in ("title", "TI", "id", "UT") if name in row), "")
            yield row, None if is_whole else shown

    def _records(self) -> Iterator[tuple[Fields, bool]]:
        """Each record, and whether it is whole."""
        dialect, size, number = self.dialect, 0, 1
        record, tag = Fields(), ""
        for line in self._lines():
            size += len(line)
            check("record_bytes", size, self.content.name, number)
            field = dialect.field.match(line)
            if field:
                tag, text = field[1], (field[2] or "").strip()
                if tag in dialect.bounds:
                    if record:
                        yield record, True
                        number += 1
                    record, size = {}, len(line)
                # Outside of a record a tag says nothing: the file's version, a link by Ovid.
                if record or tag == dialect.opens:
                    record.setdefault(tag, []).append([text])
            elif tag in record and (text := line.strip()):
                if tag in dialect.lists and not dialect.wraps:
                    record[tag].append([text])
                else:
                    record[tag][-1].append(text)
        if record:
            yield record, not dialect.closes

    def _lines(self) -> Iterator[str]:
        most = current().record_bytes
        with open_bytes(self.content) as stream:
            lines = self._encoding.text_of(stream)
            while line := lines.readline(most + 1):
                yield line.replace("\ufeff", "").rstrip("\r\n")


def _row(record: Fields, dialect: Dialect) -> dict[str, str]:
    """A record as one text for each column."""
    texts = {tag: [" ".join(lines).strip() for lines in items] for tag, items in record.items()}
    row = {}
    for column, tags in dialect.columns.items():
        if tag := next((tag for tag in tags if any(texts.get(tag, ()))), ""):
            row[column] = _text(column, texts[tag], tag in dialect.lists)
    rest = {tag: items for tag, items in texts.items() if tag not in dialect.known}
    return row | {tag: _joined(items, tag in dialect.lists) for tag, items in rest.items()}


def _text(column: str, items: list[str], is_list: bool) -> str:
    if column == "authors":
        # Closed by the sign as well: a single "Li, Mu" isn't parted at its comma.
        return "".join(name + LIST_SIGN for item in items for name in _SEMICOLON.split(item))
    if is_list or column == "abstract":
        return _joined(items, is_list)
    if column == "year" and (year := _YEAR.match(items[0])):
        return year[0]
    if column == "title":
        return english_title(items[0])
    return items[0]


def _joined(items: list[str], is_list: bool) -> str:
    return (LIST_SIGN if is_list else " ").join(items)

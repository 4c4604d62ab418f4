"""Records in XML of whatever kind (DBLP, Atom as arXiv's interface answers, RSS, Europe PMC), by
the names of their elements."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.entities import entitydefs
from pathlib import Path
from typing import Any

from firstlight.errors import InputError
from firstlight.sources.archives import Content, whole
from firstlight.sources.encodings import Encoding
from firstlight.sources.jsonlines import JsonLines, checked
from firstlight.sources.limits import check
from firstlight.sources.raw import Rejected
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
# An entity of the file's own can grow without end.
ENTITY = b"<!ENTITY"


def of_a_type(content: Content) -> InputError:
    """The error for a file that declares entities of its own."""
    return InputError(message("xml_of_a_type", file=Name(content.name)), FOLDER)


def not_xml(content: Content, error: ElementTree.ParseError) -> InputError:
    """The error for a file that is not well-formed."""
    said = Name(str(error))
    return InputError(message("not_xml", file=Name(content.name), said=said), FOLDER)


@dataclass(frozen=True)
class XmlRecords(JsonLines):
    """A file of XML, read as the JSON document that says the same."""

    @cached_property
    def _encoding(self) -> Encoding:
        return Encoding("utf-8")  # XML says itself in what it is encoded

    def _records(self) -> Iterator[tuple[int, Any, Rejected | None]]:
        value = _object(self._root(), self.content.name)
        records = value if isinstance(value, list) else [value]
        if isinstance(value, dict):
            records = self.enveloped(value) or records
        for number, record in enumerate(records, start=1):
            yield number, *checked(record, number)

    def _root(self) -> ElementTree.Element:
        data = whole(self.content)
        if ENTITY in data:
            raise of_a_type(self.content)
        parser = ElementTree.XMLParser()
        # HTML's stand for a single sign each.
        parser.entity.update(entitydefs)
        try:
            parser.feed(data)
            return parser.close()
        except ElementTree.ParseError as error:
            raise not_xml(self.content, error) from error


def _object(element: ElementTree.Element, file: str, level: int = 1) -> Any:
    """An element as JSON has it: a text, where it holds none but what is set in it (italics); a
    list, where it holds records alone, whatever these are called; else an object.

    >>> _object(ElementTree.fromstring("<a><b>1 <i>x</i></b><c>2</c><c>3</c></a>"), "")
    {'b': '1 x', 'c': ['2', '3']}
    >>> _object(ElementTree.fromstring("<a><b><t>1</t></b><c><t>2</t></c></a>"), "")
    [{'t': '1'}, {'t': '2'}]
    """
    check("levels", level, file)
    between = [element.text, *(child.tail for child in element)]
    if not len(element) or any(text and not text.isspace() for text in between):
        return "".join(element.itertext()).strip()
    parts = [_object(child, file, level + 1) for child in element]
    if len(parts) > 1 and all(isinstance(part, dict) for part in parts):
        return parts
    found: dict[str, list[Any]] = {}
    for child, part in zip(element, parts, strict=True):
        found.setdefault(child.tag.rpartition("}")[2], []).append(part)
    return {name: held[0] for name, held in found.items()} | {
        name: held for name, held in found.items() if len(held) > 1
    }

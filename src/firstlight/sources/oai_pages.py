"""Pages of arXiv's OAI-PMH interface as rows: metadata format ``arXiv``, namespace
http://arxiv.org/OAI/arXiv/."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from firstlight.errors import SourceError
from firstlight.sources.archives import whole
from firstlight.sources.bounds import MOST_WORDS
from firstlight.sources.raw import LIST_SIGN, Records, Rejected, Row
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
OAI = "{http://www.openarchives.org/OAI/2.0/}"
ARXIV = "{http://arxiv.org/OAI/arXiv/}"


def parse_page(data: bytes, where: str) -> ElementTree.Element:
    """The root element of a page.

    Raises  SourceError where the page is not well-formed XML, declares a document type, or isn't
            OAI-PMH.
    """
    # A document type can define entities that grow without end; OAI-PMH has none.
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise SourceError(message("page_of_a_type", address=Name(where)), FOLDER)
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        about = {"address": Name(where), "said": Name(str(error))}
        raise SourceError(message("page_not_xml", **about), FOLDER) from error
    if root.tag != f"{OAI}OAI-PMH":
        about = {"address": Name(where), "tag": Name(root.tag[:MOST_WORDS])}
        raise SourceError(message("page_not_oai", **about), FOLDER)
    return root


class OaiPage(Records):
    """One stored answer to ListRecords."""

    columns = (
        "id",
        "created",
        "title",
        "abstract",
        "authors",
        "affiliations",
        "categories",
        "journal-ref",
    )

    def records(self) -> Iterator[ElementTree.Element]:
        """The records of the page, deleted ones too."""
        return parse_page(whole(self.content), self.content.name).iter(f"{OAI}record")

    def row(self, number: int, record: ElementTree.Element) -> Row | Rejected:
        """The fields of a record; one that arXiv marks as deleted is set aside."""
        metadata = record.find(f"{OAI}metadata/{ARXIV}arXiv")
        if metadata is None:
            name = record.findtext(f"{OAI}header/{OAI}identifier", "")
            return Rejected(number, name, "deleted_record")
        return _fields(metadata)


def _fields(metadata: ElementTree.Element) -> Row:
    def text(name: str) -> str | None:
        return metadata.findtext(f"{ARXIV}{name}")

    authors = metadata.findall(f"{ARXIV}authors/{ARXIV}author")
    people = [
        " ".join(filter(None, (_part(a, "forenames"), _part(a, "keyname"), _part(a, "suffix"))))
        for a in authors
    ]
    places = [element.text or "" for a in authors for element in a.findall(f"{ARXIV}affiliation")]
    lists = (
        LIST_SIGN.join(items) or None
        for items in (people, places, (text("categories") or "").split())
    )
    return (
        text("id"),
        text("created"),
        text("title"),
        text("abstract"),
        *lists,
        text("journal-ref"),
    )


def _part(author: ElementTree.Element, name: str) -> str:
    return (author.findtext(f"{ARXIV}{name}") or "").strip()

"""PubMed's records in XML, as NLM distributes them (``PubmedArticleSet``; pubmed_190101.dtd and its
like)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from typing import cast

from firstlight.sources.archives import open_bytes
from firstlight.sources.limits import check
from firstlight.sources.raw import LIST_SIGN, Records, Rejected, Row
from firstlight.sources.xml_records import ENTITY, not_xml, of_a_type

_PERSON = ("ForeName", "LastName", "Suffix")
_TRANSLATED = re.compile(r"\[(.*?)(?:\s*\(author's transl\))?\.?\]\.?$", re.DOTALL)
_PIECE = 1 << 16


def looks_like_pubmed(head: bytes) -> bool:
    """Whether a file begins as one of PubMed's.

    >>> looks_like_pubmed(b'<?xml version="1.0"?><PubmedArticleSet>')
    True
    """
    return b"<PubmedArticleSet" in head


class PubmedXml(Records):
    """A file of PubMed's baseline, of its daily updates, or of a search."""

    columns = (
        "id",
        "date",
        "year",
        "title",
        "abstract",
        "authors",
        "affiliations",
        "keywords",
        "journal",
        "references",
        "status",
    )

    def row(self, number: int, record: ElementTree.Element) -> Row | Rejected:
        """The fields of an article; a book, or a record that was withdrawn, is set aside."""
        citation = record.find("MedlineCitation")
        if citation is None:
            return Rejected(number, " ".join(record.itertext()), "not_an_article")
        return _fields(citation, record)

    def records(self) -> Iterator[ElementTree.Element]:
        """Each record once it is whole; what was read of the file before it is let go."""
        parser: ElementTree.XMLPullParser[ElementTree.Element]
        parser = ElementTree.XMLPullParser(["start", "end"])
        root: ElementTree.Element | None = None
        level, size, number = 0, 0, 1
        for piece in self._pieces():
            size += len(piece)
            try:
                parser.feed(piece)
                events = cast("list[tuple[str, ElementTree.Element]]", [*parser.read_events()])
            except ElementTree.ParseError as error:
                raise not_xml(self.content, error) from error
            for event, element in events:
                level += 1 if event == "start" else -1
                check("levels", level, self.content.name, number)
                if root is None:
                    root = element
                if event == "end" and level == 1:
                    yield element
                    # Otherwise every record stays in memory until the file ends.
                    root.clear()
                    number, size = number + 1, 0
            check("record_bytes", size, self.content.name, number)
        try:
            parser.close()
        except ElementTree.ParseError as error:
            raise not_xml(self.content, error) from error

    def _pieces(self) -> Iterator[bytes]:
        # NLM's files declare no entities.
        before = b""
        with open_bytes(self.content) as stream:
            while piece := stream.read(_PIECE):
                if ENTITY in before + piece:
                    raise of_a_type(self.content)
                before = piece[-len(ENTITY) :]
                yield piece


def _fields(citation: ElementTree.Element, record: ElementTree.Element) -> Row:
    here = citation.find("Article")
    if here is None:
        here = citation
    date = _date(here.find("Journal/JournalIssue/PubDate"))
    abstract = [_whole(part) for part in here.iterfind("Abstract/AbstractText")]
    people = map(_person, here.iterfind("AuthorList/Author"))
    places = here.iterfind("AuthorList/Author/AffiliationInfo/Affiliation")
    words = citation.findall("KeywordList/Keyword") or citation.findall(
        "MeshHeadingList/MeshHeading/DescriptorName"
    )
    cited = record.iterfind("PubmedData/ReferenceList//ArticleId[@IdType='pubmed']")
    return (
        citation.findtext("PMID"),
        date,
        date and date[:4],
        english_title(_whole(here.find("ArticleTitle")) or here.findtext("VernacularTitle") or ""),
        " ".join(filter(None, abstract)) or None,
        _list(people),
        _list(map(_whole, places)),
        _list(map(_whole, words)),
        here.findtext("Journal/Title"),
        _list(map(_whole, cited)),
        _list(map(_whole, here.iterfind("PublicationTypeList/PublicationType"))),
    )


def english_title(title: str) -> str:
    """A title without the signs by which PubMed says that it was translated.

    >>> english_title("[Wind power at sea (author's transl)].")
    'Wind power at sea'
    """
    translated = _TRANSLATED.match(title)
    return translated[1] if translated else title


def _date(element: ElementTree.Element | None) -> str | None:
    """Year, month and day as they are given, or what PubMed writes instead: "1998 Dec-1999 Jan"."""
    if element is None:
        return None
    parts = map(element.findtext, ("Year", "Month", "Season", "Day"))
    return element.findtext("MedlineDate") or " ".join(filter(None, parts)) or None


def _person(author: ElementTree.Element) -> str | None:
    parts = filter(None, map(author.findtext, _PERSON))
    return " ".join(parts) or author.findtext("CollectiveName")


def _whole(element: ElementTree.Element | None) -> str | None:
    """A text with what is set in italics or raised in it."""
    if element is None:
        return None
    return "".join(element.itertext()).strip() or None


def _list(items: Iterable[str | None]) -> str | None:
    return "".join(item + LIST_SIGN for item in items if item) or None

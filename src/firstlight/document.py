"""A document to hand in: headings, paragraphs, lists and tables in one language, and where each
figure comes from. Views draw it as a page, as Word and as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = [
    *("Block", "Document", "Grid", "Heading", "Item", "Paragraph", "Sentence"),
    *("document_from_json", "document_to_json", "texts_of"),
]


@dataclass(frozen=True)
class Sentence:
    """A sentence or clause, and the numbers of the sources of its figures.

    lead : what it is about, set in italics before it; "" for nothing
    """

    text: str
    sources: tuple[int, ...] = ()
    lead: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1, 2 or 3; ``opens_page`` where it begins a new one."""

    text: str
    level: int = 2
    opens_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Sentences that stand together."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Item:
    """A line of a list: a name in bold, and what is said of it."""

    name: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Grid:
    """A table of texts.

    are_figures : whether each column holds figures, which are set to the right
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    are_figures: tuple[bool, ...]


Block = Heading | Paragraph | tuple[Item, ...] | Grid


@dataclass(frozen=True)
class Document:
    """A title, what stands below it, and blocks in their order.

    sources : what each number leads to, the first of them being 1
    """

    lang: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    sources: tuple[str, ...] = ()
    sources_title: str = ""


def document_to_json(document: Document) -> dict[str, Any]:
    """A document in values that JSON holds.

    >>> told = (Sentence("a", (1,)),)
    >>> one = Document("en", "Hefei", "", (Heading("Foster"), (Item("Chips", told),)))
    >>> document_from_json(document_to_json(one)) == one
    True
    """
    return {**asdict(document), "blocks": list(map(_told, document.blocks))}


def _told(block: Block) -> dict[str, Any]:
    if isinstance(block, tuple):
        return {"items": [asdict(item) for item in block]}
    return {"type": type(block).__name__, **asdict(block)}


def document_from_json(told: Mapping[str, Any]) -> Document:
    """The document that `document_to_json` wrote."""
    blocks = tuple(map(_block, told["blocks"]))
    return Document(**{**told, "blocks": blocks, "sources": tuple(told["sources"])})


def _block(told: Mapping[str, Any]) -> Block:
    if "items" in told:
        return tuple(Item(each["name"], _sentences(each["sentences"])) for each in told["items"])
    parts = {name: part for name, part in told.items() if name != "type"}
    if told["type"] == "Heading":
        return Heading(**parts)
    if told["type"] == "Paragraph":
        return Paragraph(_sentences(parts["sentences"]))
    rows = tuple(map(tuple, parts["rows"]))
    return Grid(tuple(parts["head"]), rows, tuple(parts["are_figures"]))


def _sentences(told: Sequence[Mapping[str, Any]]) -> tuple[Sentence, ...]:
    return tuple(Sentence(**{**each, "sources": tuple(each["sources"])}) for each in told)


def texts_of(document: Document) -> Iterator[str]:
    """Every text of a document, in its order."""
    yield from (document.title, document.subtitle, document.sources_title, *document.sources)
    for block in document.blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Paragraph):
            yield from _texts(block.sentences)
        elif isinstance(block, Grid):
            yield from (*block.head, *(cell for row in block.rows for cell in row))
        else:
            for item in block:
                yield item.name
                yield from _texts(item.sentences)


def _texts(sentences: Sequence[Sentence]) -> Iterator[str]:
    for one in sentences:
        yield from (one.lead, one.text)

"""A document to hand in: headings, paragraphs, lists and tables in one language, and where each
figure comes from. Views draw it as a page, as Word and as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Block", "Document", "Grid", "Heading", "Item", "Paragraph", "Sentence", "texts_of"]


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

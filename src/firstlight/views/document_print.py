"""The first page of a document for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from firstlight.document import Block, Document, Grid, Heading, Paragraph, Sentence

__all__ = ["document_print"]


def document_print(document: Document) -> list[str]:
    """Lines: the title, and the text up to where a new page begins."""
    first = takewhile(lambda block: not _opens_page(block), document.blocks)
    lines = [document.title, document.subtitle]
    return [*lines, *(line for block in first for line in _block(block))]


def _opens_page(block: Block) -> bool:
    return isinstance(block, Heading) and block.opens_page


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield from ("", block.text)
    elif isinstance(block, Paragraph):
        yield f"  {_sentences(block.sentences)}"
    elif isinstance(block, Grid):
        yield from (f"  {'  '.join(row)}" for row in (block.head, *block.rows))
    else:
        for number, item in enumerate(block, 1):
            yield f"  {number}. {item.name}  {_sentences(item.sentences)}"


def _sentences(sentences: Sequence[Sentence]) -> str:
    return " ".join(f"{one.lead} {one.text}".strip() for one in sentences)

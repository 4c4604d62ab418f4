"""A document as Markdown, for a memo or the outline of slides; its first page for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from firstlight.document import Block, Document, Grid, Heading, Paragraph, Sentence
from firstlight.errors import visible

__all__ = ["document_markdown", "first_page"]

_ALIGN = ("---", "--:")  # of columns of words, and of figures


def document_markdown(document: Document) -> str:
    """The whole document; sources stand at the end, and their numbers in square brackets."""
    lines = [*_first_lines(document), *_lines(document.blocks)]
    if document.sources:
        lines += ["", f"## {_text(document.sources_title)}", ""]
        lines += [f"{at}. {_text(source)}" for at, source in enumerate(document.sources, 1)]
    return "\n".join(lines) + "\n"


def first_page(document: Document) -> list[str]:
    """Lines: the title, and the text up to where a new page begins."""
    blocks = takewhile(lambda block: not _opens_page(block), document.blocks)
    return [*_first_lines(document), *_lines(blocks)]


def _first_lines(document: Document) -> list[str]:
    return [f"# {_text(document.title)}", "", _text(document.subtitle)]


def _opens_page(block: Block) -> bool:
    return isinstance(block, Heading) and block.opens_page


def _lines(blocks: Iterator[Block] | Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield ""
        if isinstance(block, Heading):
            yield f"{'#' * block.level} {_text(block.text)}"
        elif isinstance(block, Paragraph):
            yield _sentences(block.sentences)
        elif isinstance(block, Grid):
            yield _row(block.head)
            yield _row([_ALIGN[is_figure] for is_figure in block.are_figures])
            yield from map(_row, block.rows)
        else:
            for number, item in enumerate(block, 1):
                yield f"{number}. **{_text(item.name)}** {_sentences(item.sentences)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_text(cell).replace('|', '&#124;') for cell in cells)} |"


def _sentences(sentences: Sequence[Sentence]) -> str:
    return " ".join(map(_sentence, sentences))


def _sentence(sentence: Sentence) -> str:
    lead = f"*{_text(sentence.lead)}* " if sentence.lead else ""
    marks = f" [{', '.join(map(str, sentence.sources))}]" if sentence.sources else ""
    return f"{lead}{_text(sentence.text)}{marks}"


def _text(text: str) -> str:
    """A text whose own marks of Markdown are marks no more."""
    return re.sub(r"([\\`*\[\]<#])", r"\\\1", visible(text))

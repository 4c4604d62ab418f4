"""A document as a page."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from firstlight.document import Block, Document, Grid, Heading, Item, Paragraph, Sentence
from firstlight.errors import visible
from firstlight.views.page_shell import whole_page

__all__ = ["document_body", "document_page"]


def document_page(document: Document) -> str:
    """A self-contained page, which prints as it stands."""
    parts = [
        '<main class="document">',
        f"<header><h1>{_text(document.title)}</h1>",
        f'<p class="quiet">{_text(document.subtitle)}</p></header>',
        *document_body(document),
        "</main>",
    ]
    return whole_page(document.lang, document.title, "\n".join(parts), (), ("page", "document"))


def document_body(document: Document) -> list[str]:
    """What stands below the title, and the sources, as markup."""
    return [
        *(line for block in document.blocks for line in _block(block)),
        *_sources(document),
    ]


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        opens = ' class="opens-page"' if block.opens_page else ""
        yield f"<h{block.level}{opens}>{_text(block.text)}</h{block.level}>"
    elif isinstance(block, Paragraph):
        yield f"<p>{_sentences(block.sentences)}</p>"
    elif isinstance(block, Grid):
        yield from _grid(block)
    else:
        yield "<ol>"
        yield from map(_item, block)
        yield "</ol>"


def _item(item: Item) -> str:
    return f"<li><strong>{_text(item.name)}</strong> {_sentences(item.sentences)}</li>"


def _sentences(sentences: Sequence[Sentence]) -> str:
    return " ".join(map(_sentence, sentences))


def _sentence(sentence: Sentence) -> str:
    lead = f"<em>{_text(sentence.lead)}</em> " if sentence.lead else ""
    marks = ", ".join(f'<a href="#source-{one}">{one}</a>' for one in sentence.sources)
    return f"{lead}{_text(sentence.text)}" + (f"<sup>{marks}</sup>" if marks else "")


def _grid(grid: Grid) -> Iterator[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{_text(cell)}</th>' for cell in grid.head)
    yield "</tr></thead><tbody>"
    for row in grid.rows:
        cells = zip(row, grid.are_figures, strict=True)
        yield "<tr>" + "".join(_cell(text, is_figure) for text, is_figure in cells) + "</tr>"
    yield "</tbody></table></div>"


def _cell(text: str, is_figure: bool) -> str:
    kind = ' class="figure"' if is_figure else ""
    return f"<td{kind}>{_text(text)}</td>"


def _sources(document: Document) -> Iterator[str]:
    if not document.sources:
        return
    yield f'<h2>{_text(document.sources_title)}</h2><ol class="sources">'
    for number, source in enumerate(document.sources, 1):
        yield f'<li id="source-{number}">{_text(source)}</li>'
    yield "</ol>"


def _text(text: str) -> str:
    return html.escape(visible(text))

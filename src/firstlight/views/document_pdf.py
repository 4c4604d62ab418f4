"""A document as PDF (extra ``documents``), set by Typst with fonts of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from firstlight.document import (
    Block,
    Document,
    Grid,
    Heading,
    Item,
    Paragraph,
    Sentence,
    texts_of,
)
from firstlight.errors import InputError, visible
from firstlight.texts import message, names
from firstlight.views.document_extra import VIEWS, extra_module

__all__ = ["document_pdf"]

LATIN = ("Libertinus Serif",)  # which Typst brings along
CHINESE = (
    *("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun", "STSong"),
    *("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei"),
    "WenQuanYi Zen Hei",
)
_HAN = ("\u3400", "\u9fff")
_ALIGN, _WIDTH = ("left", "right"), ("1fr", "auto")  # of columns of words, and of figures
_PAGE = """\
#set page(paper: "a4", margin: 2.2cm, numbering: "1")
#set text(font: {fonts}, size: 10.5pt, lang: "{lang}")
#set par(justify: true, leading: 0.7em)
#set document(title: {title}, author: "Firstlight", date: none)
#show heading: set block(above: 1.2em, below: 0.7em)
#text(size: 18pt, weight: "bold")[#{title}]

#text(style: "italic", fill: luma(80))[#{subtitle}]
"""


def document_pdf(document: Document) -> bytes:
    """The bytes of a PDF; the same for the same document and fonts.

    Raises  InputError where Typst is not installed, and where no font of this machine has the
            characters of the document.
    """
    typst = extra_module("typst")
    installed = typst.Fonts().fonts()
    fonts = [*LATIN]
    signs = {sign for text in texts_of(document) for sign in visible(text)}
    if any(_HAN[0] <= sign <= _HAN[1] for sign in signs):
        known = {font.family for font in installed}
        chinese = [name for name in CHINESE if name in known]
        if not chinese:
            raise InputError(message("no_chinese_font", fonts=names(CHINESE)), VIEWS)
        fonts.append(chinese[0])
    _check_signs(signs, installed, fonts)
    source = "\n".join(_lines(document, fonts))
    written: bytes = typst.compile(source.encode("utf-8"), format="pdf", timestamp=0)
    return written


def _check_signs(signs: set[str], installed: Sequence[Any], fonts: Sequence[str]) -> None:
    """Refuse what would be printed as an empty box: a character that no font has."""
    left = {sign for sign in signs if sign > "~"}
    # Those that will be used first, so that seldom more than two files are opened.
    for font in sorted(installed, key=lambda font: (font.family not in fonts, font.path or "")):
        if not left:
            return
        if font.path and font.style == "normal":
            left -= _signs_of(font.path, font.index)
    if left:
        raise InputError(message("no_glyph", characters=names(sorted(left))), VIEWS)


@cache
def _signs_of(path: str, index: int) -> frozenset[str]:
    """The characters that a font file has."""
    fonts = extra_module("fontTools.ttLib")
    with fonts.TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap() or ()))


def _lines(document: Document, fonts: Sequence[str]) -> Iterator[str]:
    yield _PAGE.format(
        fonts="(" + ", ".join(map(_quoted, fonts)) + ",)",
        lang=document.lang,
        title=_quoted(document.title),
        subtitle=_quoted(document.subtitle),
    )
    for block in document.blocks:
        yield from _block(block)
    if document.sources:
        yield f"#heading(level: 2, {_quoted(document.sources_title)})"
        for number, source in enumerate(document.sources, 1):
            yield f"#text(size: 8.5pt)[#{_quoted(f'{number}  {source}')}] \\"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        if block.opens_page:
            yield "#pagebreak(weak: true)"
        yield f"#heading(level: {block.level}, {_quoted(block.text)})"
    elif isinstance(block, Paragraph):
        yield f"\n{_sentences(block.sentences)}\n"
    elif isinstance(block, Grid):
        yield _grid(block)
    else:
        yield from (f"\n{_item(number, item)}\n" for number, item in enumerate(block, 1))


def _item(number: int, item: Item) -> str:
    return f"#strong({_quoted(f'{number}. {item.name}')})#h(0.6em) {_sentences(item.sentences)}"


def _sentences(sentences: Sequence[Sentence]) -> str:
    return " ".join(map(_sentence, sentences))


def _sentence(sentence: Sentence) -> str:
    lead = f"#emph({_quoted(sentence.lead)}) " if sentence.lead else ""
    marks = ", ".join(map(str, sentence.sources))
    mark = f"#super({_quoted(marks)})" if marks else ""
    return f"{lead}#{_quoted(sentence.text)}{mark}"


def _grid(grid: Grid) -> str:
    align = ", ".join(_ALIGN[is_figure] for is_figure in grid.are_figures)
    widths = ", ".join(_WIDTH[is_figure] for is_figure in grid.are_figures)
    cells = [f"table.header({', '.join(f'strong({_quoted(cell)})' for cell in grid.head)})"]
    cells += [_quoted(cell) for row in grid.rows for cell in row]
    shape = f"columns: ({widths},), align: ({align},), stroke: 0.4pt + luma(180), inset: 4pt"
    return f"#text(size: 8.5pt)[#table({shape}, {', '.join(cells)})]"


def _quoted(text: str) -> str:
    """A text as Typst writes strings, so that none of it is read as markup."""
    return json.dumps(visible(text), ensure_ascii=False)

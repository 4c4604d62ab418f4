"""A document as a file of Word (extra ``documents``)."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from firstlight.document import Block, Document, Grid, Heading, Paragraph, Sentence
from firstlight.errors import visible
from firstlight.views.document_extra import extra_module

__all__ = ["document_word"]

FONTS = {"en": ("Calibri", "Calibri"), "zh": ("Times New Roman", "宋体")}
_NEVER = datetime.datetime(2000, 1, 1)  # the time that is written, so that equal input is equal
_EPOCH = (1980, 1, 1, 0, 0, 0)


def document_word(document: Document) -> bytes:
    """The bytes of a .docx; the same for the same document.

    Raises  InputError where python-docx is not installed.
    """
    made = extra_module("docx").Document()
    _set_up(made, document)
    made.add_heading(visible(document.title), 0)
    made.add_paragraph(visible(document.subtitle)).runs[0].italic = True
    for block in document.blocks:
        _add(made, block)
    if document.sources:
        made.add_heading(visible(document.sources_title), 2)
        for number, source in enumerate(document.sources, 1):
            made.add_paragraph(f"{number}  {visible(source)}")
    written = io.BytesIO()
    made.save(written)
    return _with_fixed_times(written.getvalue())


def _set_up(made: Any, document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    latin, chinese = FONTS[document.lang]
    style = made.styles["Normal"]
    style.font.name, style.font.size = latin, Pt(10.5)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        fonts = made.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2.2))
    told = made.core_properties
    told.title, told.author, told.comments = document.title, "Firstlight", ""
    told.created = told.modified = _NEVER
    told.language = document.lang


def _add(made: Any, block: Block) -> None:
    if isinstance(block, Heading):
        heading = made.add_heading(visible(block.text), block.level)
        heading.paragraph_format.page_break_before = block.opens_page
    elif isinstance(block, Paragraph):
        _sentences(made.add_paragraph(), block.sentences)
    elif isinstance(block, Grid):
        _grid(made, block)
    else:
        for number, item in enumerate(block, 1):
            paragraph = made.add_paragraph()
            paragraph.add_run(f"{number}. {visible(item.name)}  ").bold = True
            _sentences(paragraph, item.sentences)


def _sentences(paragraph: Any, sentences: Sequence[Sentence]) -> None:
    for sentence in sentences:
        if sentence.lead:
            paragraph.add_run(f"{visible(sentence.lead)} ").italic = True
        paragraph.add_run(visible(sentence.text))
        if sentence.sources:
            paragraph.add_run(", ".join(map(str, sentence.sources))).font.superscript = True
        paragraph.add_run(" ")


def _grid(made: Any, grid: Grid) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    table = made.add_table(rows=1, cols=len(grid.head))
    table.style = "Light Grid Accent 1"
    for cell, text in zip(table.rows[0].cells, grid.head, strict=True):
        cell.text = visible(text)
    for row in grid.rows:
        for cell, text, is_figure in zip(table.add_row().cells, row, grid.are_figures, strict=True):
            cell.text = visible(text)
            if is_figure:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _with_fixed_times(content: bytes) -> bytes:
    """The same archive, every member dated alike."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(written, "w") as fixed:
        for name in given.namelist():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(info, given.read(name))
    return written.getvalue()

"""A document as files: a page, Markdown, Word, PDF, and the tables behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from firstlight.catalogue import published
from firstlight.document import Document
from firstlight.views.document_extra import has_document_formats
from firstlight.views.document_markdown import document_markdown
from firstlight.views.document_page import document_page
from firstlight.views.document_pdf import document_pdf
from firstlight.views.document_word import document_word
from firstlight.views.tables import write_csv

__all__ = ["publish_document"]


def publish_document(
    document: Document, tables: Mapping[str, pl.DataFrame], folder: str | Path, name: str
) -> dict[str, Path]:
    """Write NAME.html, NAME.md, NAME.docx, NAME.pdf and NAME/TABLE.csv into ``folder``, all of one
    run or none of it; without the extra ``documents`` neither Word nor PDF. Returns what was
    written.

    Raises  StoreError where the folder can't be written; InputError where no font of this machine
            has a character of the document.
    """
    texts = {"html": document_page(document), "md": document_markdown(document)}
    contents = {kind: text.encode("utf-8") for kind, text in texts.items()}
    if has_document_formats():
        contents |= {"docx": document_word(document), "pdf": document_pdf(document)}
    target = Path(folder)
    files = {kind: target / f"{name}.{kind}" for kind in contents}
    with published(target, *(path.name for path in files.values())) as draft:
        for each, frame in tables.items():
            write_csv(frame, draft / name / f"{each}.csv")
        for kind, content in contents.items():
            (draft / files[kind].name).write_bytes(content)
    return files | {"tables": target / name}

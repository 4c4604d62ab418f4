"""The text of Word documents and of PDF files, line by line, in the marks of Markdown."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from firstlight.errors import InputError, installing
from firstlight.sources.archives import Content, unpacked_name
from firstlight.sources.limits import check
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
WORD, PDF = ".docx", ".pdf"
_READERS = {WORD: "docx", PDF: "pypdf"}  # of the extra ``documents``


def is_document(file: str) -> bool:
    """Whether a file is a Word document or a PDF, by its name.

    >>> is_document("plan.DOCX"), is_document("plan.txt")
    (True, False)
    """
    return _suffix(file) in _READERS


def document_text(content: Content) -> str:
    """The text of a Word document or PDF: headings begin with #, items of lists with -, and cells
    of tables stand between |.

    Raises  InputError where the extra ``documents`` is absent, the file is damaged or has a
            password, or holds no text, as a scan does.
    """
    suffix, file = _suffix(content.name), Name(content.name)
    try:
        reader = importlib.import_module(_READERS[suffix])
    except ImportError as error:
        told = message("needs_documents", file=file, command=installing("documents"))
        raise InputError(told, FOLDER) from error
    check("piece_bytes", content.size, content.name)
    with content.raw() as stream:
        data = io.BytesIO(stream.read())
    read = _of_pdf if suffix == PDF else _of_word
    try:
        text = "\n".join(read(reader, data))
    except MemoryError:
        raise
    except Exception as error:  # both hand on whatever a damaged file makes them stumble over
        told = message("damaged_document", file=file, said=Name(str(error)))
        raise InputError(told, FOLDER) from error
    if not text.strip():
        raise InputError(message("document_without_text", file=file), FOLDER)
    return text


def _of_word(docx: Any, data: io.BytesIO) -> Iterator[str]:
    for block in docx.Document(data).iter_inner_content():
        if not hasattr(block, "style") or hasattr(block, "rows"):
            for row in block.rows:
                # a merged cell stands in its row once for each column
                cells = dict.fromkeys((cell._tc, " ".join(cell.text.split())) for cell in row.cells)
                yield "| " + " | ".join(text for _, text in cells) + " |"
            continue
        style = block.style.name if block.style is not None else ""
        kind, _, level = style.rpartition(" ")
        mark = ""
        if kind == "Heading" and level.isdigit():
            mark = "#" * min(int(level), 6) + " "
        elif style.startswith("List") or block._p.find(".//" + _NUMBERED) is not None:
            mark = "- "
        yield mark + " ".join(block.text.split()) if block.text.strip() else ""


_NUMBERED = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}numPr"


def _of_pdf(pypdf: Any, data: io.BytesIO) -> Iterator[str]:
    for page in pypdf.PdfReader(data).pages:
        lines = (line.strip() for line in page.extract_text().splitlines())
        yield from (line for line in lines if not line.strip("-\u2014\u2013 ").isdigit())


def _suffix(file: str) -> str:
    return PurePath(unpacked_name(file)).suffix.lower()

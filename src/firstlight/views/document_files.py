"""A document as files: a page, Markdown, Word, PDF, and the tables behind it; and as a site keeps
it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstlight.catalogue import published
from firstlight.document import Document, document_from_json, document_to_json
from firstlight.views.document_extra import has_document_formats
from firstlight.views.document_markdown import document_markdown
from firstlight.views.document_page import document_page
from firstlight.views.document_pdf import document_pdf
from firstlight.views.document_word import document_word
from firstlight.views.site.addresses import slug
from firstlight.views.tables import write_csv, write_text

__all__ = ["Kept", "keep_document", "kept_documents", "publish_document"]

KEPT = "briefs"  # the folder of what a site shows


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


@dataclass(frozen=True)
class Kept:
    """A document that a folder keeps for its site.

    name      : what its file and its address are called after
    created   : when it was made, ISO 8601
    command   : what makes it again
    documents : by language
    tables    : behind it
    """

    name: str
    created: str
    command: str
    documents: Mapping[str, Document]
    tables: Mapping[str, pl.DataFrame]


def keep_document(kept: Kept, folder: str | Path) -> Path:
    """Write a document in every language, with its tables, for the site of a folder.

    Raises StoreError where the folder can't be written.
    """
    told = {
        "created": kept.created,
        "command": kept.command,
        "documents": {lang: document_to_json(own) for lang, own in kept.documents.items()},
        "tables": {name: json.loads(frame.write_json()) for name, frame in kept.tables.items()},
    }
    file = f"{KEPT}/{slug(kept.name)}.json"
    with published(Path(folder), file) as draft:
        write_text(json.dumps(told, ensure_ascii=False), draft / file)
    return Path(folder) / file


def kept_documents(folder: str | Path) -> Iterator[Kept]:
    """The documents that a folder keeps, by name; a file that is none is passed over."""
    for file in sorted((Path(folder) / KEPT).glob("*.json")):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            documents = {lang: document_from_json(own) for lang, own in told["documents"].items()}
            tables = {
                name: pl.DataFrame(rows, infer_schema_length=None)
                for name, rows in told["tables"].items()
            }
            yield Kept(file.stem, told["created"], told["command"], documents, tables)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # somebody else wrote it

"""One file, a folder or a frame: which reader understands it."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from firstlight.errors import InputError
from firstlight.nouns import Snapshot
from firstlight.sources.archives import (
    ZIP,
    Content,
    files_of_zip,
    open_bytes,
    shown_name,
    unpacked_name,
)
from firstlight.sources.bibtex import BibTex
from firstlight.sources.delimited import empty_file, open_delimited
from firstlight.sources.dialects import find_dialect
from firstlight.sources.frames import Frame, frame_hash, open_frame, open_parquet
from firstlight.sources.jsonlines import JsonLines
from firstlight.sources.oai_pages import OaiPage
from firstlight.sources.plan_lists import PlanList
from firstlight.sources.pubmed_xml import PubmedXml, looks_like_pubmed
from firstlight.sources.raw import Opened
from firstlight.sources.tagged import Tagged
from firstlight.sources.workbooks import is_workbook, open_workbook
from firstlight.sources.written_documents import is_document
from firstlight.sources.xml_records import XmlRecords
from firstlight.texts import Count, Message, Name, message, names

FOLDER = Path(__file__).parent
_JSON = (".json", ".jsonl", ".ndjson")
_TAGGED = (".txt", ".ciw", ".ris", ".nbib", ".enw", ".net", ".bib")
_READ = (".csv", ".tsv", ".tab", ".parquet", ".pq", ".xml", "", *_JSON, *_TAGGED)
_XML = (b"<?xml", b"<!DOCTYPE", b"<!doctype", b"<html")
_BIBTEX = re.compile(rb"(?:%.*\s+)*@\w+\s*[{(]")
_OF_PANELS = "panel_columns.csv"  # of which plans are one: no paper is read as a PDF
_STATE = ("manifest", "manifest.json", "state.json")


@dataclass(frozen=True)
class Given:
    """What was handed in: opened tables with their snapshots, and the files of a folder that were
    not read."""

    opened: tuple[tuple[str, Opened], ...]
    snapshots: tuple[Snapshot, ...]
    notes: tuple[Message, ...]


def open_given(
    given: Frame,
    table: str,
    by_hand: Mapping[str, str] | None,
    source: str = "files",
    encoding: str | None = None,
) -> Given:
    """Open a path, a folder, bytes by name, or a data frame.

    given    : path of a file or folder; ``{name: bytes}``; or a frame
    encoding : of text files that aren't UTF-8; found by their bytes unless given
    Raises  InputError where there is nothing to read.
    """
    extra = tuple((by_hand or {}).values())
    notes: tuple[Message, ...] = ()
    if isinstance(given, Mapping) and all(isinstance(value, bytes) for value in given.values()):
        contents = [Content(name, data=data) for name, data in sorted(given.items())]
        if not contents:
            raise InputError(message("no_pages"), FOLDER)
    elif isinstance(given, str | os.PathLike):
        contents, notes = list_contents(Path(given))
    else:
        frame = open_frame(given, table)
        digest, size = frame_hash(frame)
        return Given((("frame", frame),), (Snapshot(source, "frame", digest, size, ""),), ())
    contents = [replace(content, encoding=encoding or "") for content in contents]
    opened = tuple((content.name, open_content(content, table, extra)) for content in contents)
    files = dict.fromkeys(content.whole_file for content in contents)
    return Given(opened, tuple(snapshot(file, source) for file in files), notes)


def only_a_header(given: Given) -> InputError:
    """The error for files in which no row is left to read."""
    files = names(file for file, _ in given.opened)
    return InputError(message("only_a_header", files=files), FOLDER)


def names_in(given: Frame, table: str, encoding: str | None = None) -> Iterator[tuple[str, ...]]:
    """The column names of each file, in the order of `open_given`; a file is opened only when it is
    asked for."""
    if isinstance(given, str | os.PathLike):
        contents, _ = list_contents(Path(given))
        named = [replace(content, encoding=encoding or "") for content in contents]
        yield from (open_content(content, table).names for content in named)
    else:
        yield from (
            opened.names for _, opened in open_given(given, table, None, encoding=encoding).opened
        )


def list_contents(path: Path) -> tuple[list[Content], tuple[Message, ...]]:
    """The readable files at a path, sorted by name, and a note on those that were left out.

    Raises  InputError where the path doesn't exist or the folder holds nothing readable.
    """
    if not path.exists():
        raise _no_path(path)
    if path.is_file() and path.suffix.lower() != ZIP:
        return [Content(shown_name(path.name), path)], ()
    found = sorted(_files_at(path), key=lambda content: content.name)
    read = [content for content in found if is_readable(content.name)]
    # A workbook beside tables describes them, as a rule; alone, workbooks are the tables.
    read = read or [content for content in found if is_workbook(content.name)]
    read = read or [content for content in found if is_document(content.name)]
    if not read:
        raise InputError(message("nothing_readable", file=Name(str(path))), FOLDER)
    kept = {content.name for content in read}
    left = [content.name for content in found if content.name not in kept]
    if not left:
        return read, ()
    note = message("files_left_out", count=Count(len(left)), files=names(left[:10], most=10))
    return read, (note,)


def _files_at(path: Path) -> Iterator[Content]:
    """Every file of a folder or zip archive, and those of the archives in a folder."""
    files, root = [path], path.parent
    if path.is_dir():
        files, root = [file for file in path.rglob("*") if file.is_file()], path
    for file in files:
        name = shown_name(file.relative_to(root).as_posix())
        if file.suffix.lower() == ZIP:
            yield from files_of_zip(file, name)
        else:
            yield Content(name, file)


def _no_path(path: Path) -> InputError:
    file, beside = Name(str(path)), list[str]()
    if path.parent.is_dir():
        beside = sorted(own.name for own in path.parent.iterdir())
    if near := difflib.get_close_matches(path.name, beside, n=1):
        return InputError(message("no_path_but", file=file, near=Name(near[0])), FOLDER)
    return InputError(message("no_path", file=file), FOLDER)


def is_readable(name: str) -> bool:
    """Whether a file in a folder is one to read, by its name.

    >>> is_readable("works/updated_date=2024-01-01/part_000.gz"), is_readable(
    ...     "README.md"), is_readable("a/.b.csv")
    (True, False, False)
    """
    path = Path(name)
    if any(part.startswith(".") for part in path.parts) or path.name in _STATE:
        return False
    inner = unpacked_name(name)
    suffix = Path(inner).suffix.lower()
    # Packed, a file needs no other suffix: OpenAlex calls the parts of its snapshot part_000.gz.
    return suffix in _READ and (suffix != "" or inner != path.name)


def holds_tables(path: Path) -> bool:
    """Whether a file is a zip archive of tables; one of outlines (.shp) is none, nor is one that
    can't be read."""
    if path.suffix.lower() != ZIP:
        return False
    try:
        names = [part.name.lower() for part in files_of_zip(path, path.name)]
    except InputError:
        return False
    is_tables = any(is_readable(name) or is_workbook(name) for name in names)
    return is_tables and not any(name.endswith(".shp") for name in names)


def open_content(content: Content, table: str, by_hand: tuple[str, ...] = ()) -> Opened:
    """The reader for one file, by its first bytes and then its name.

    Raises  InputError where the file is empty, binary, truncated or in no format that is read.
    """
    with open_bytes(content) as stream:
        head = stream.read(4096)
    suffix = Path(unpacked_name(content.name)).suffix.lower()
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if not start:
        raise empty_file(content.name)
    # The first bytes tell more than a name. Delimited text comes last: any text can be read as one.
    if is_document(content.name) and table == _OF_PANELS:
        return PlanList(content)
    if head.startswith(b"PAR1") or suffix in (".parquet", ".pq"):
        return open_parquet(content, table)
    if is_workbook(content.name):
        return open_workbook(content, table)
    if b"<OAI-PMH" in head:
        return OaiPage(content)
    if looks_like_pubmed(head):
        return PubmedXml(content)
    if start.startswith(_XML):
        if b"<html" in head.lower():
            raise InputError(message("html", file=Name(content.name)), FOLDER)
        return XmlRecords(content, table, by_hand)
    if _BIBTEX.match(start):
        return BibTex(content)
    if dialect := find_dialect(head):
        return Tagged(content, dialect)
    if suffix in (".md", ".markdown"):
        return PlanList(content)
    if suffix in _JSON or start.startswith(b"{"):
        return JsonLines(content, table, by_hand)
    return open_delimited(content)


def snapshot(content: Content, source: str) -> Snapshot:
    """The exact stored bytes of a file, by hash.

    A local file carries no date: its bytes alone identify it.
    """
    digest, size = hashlib.sha256(), 0
    for piece in stored_chunks(content):
        digest.update(piece)
        size += len(piece)
    return Snapshot(source, content.name, digest.hexdigest(), size, "")


def stored_chunks(content: Content) -> Iterator[bytes]:
    """The bytes as stored, in pieces of one mebibyte."""
    with content.raw() as stream:
        while piece := stream.read(1 << 20):
            yield piece

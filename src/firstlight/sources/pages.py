"""A folder of fetched pages: whole pages only, in order, with a small state that lets a fetch go on
after a break."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, SourceError, StoreError
from firstlight.nouns import Snapshot
from firstlight.sources.bounds import Bounds
from firstlight.texts import Count, Name, message

FOLDER = Path(__file__).parent
STATE = "state.json"
_PART = ".part"
Progress = Callable[[int, int | None], None]
"""Called after each stored page or file: how many are stored, and of how many, if the publisher
says."""


@dataclass(frozen=True)
class Page:
    """A stored file: its name within the folder, SHA-256, size in bytes, and the day it was
    retrieved.

    cursor : the token or cursor that it was asked for with; '' for the first page, and for what
             needs none
    """

    file: str
    sha256: str
    bytes_count: int
    retrieved: str
    cursor: str = ""


@dataclass(frozen=True)
class Fetch:
    """How far a fetch has come.

    source      : name of the publisher
    asked       : address and query, without keys
    pages       : what is stored, in order
    next_page   : the publisher's token or cursor for the next page; '' before the first
    is_complete : whether the publisher has said that nothing follows
    """

    source: str
    asked: Mapping[str, str]
    pages: tuple[Page, ...] = ()
    next_page: str = ""
    is_complete: bool = False

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The stored files as snapshots."""
        return tuple(
            Snapshot(self.source, p.file, p.sha256, p.bytes_count, p.retrieved) for p in self.pages
        )


def resume(folder: Path, source: str, asked: Mapping[str, str], *, is_hashed: bool = True) -> Fetch:
    """The state of a fetch in a folder; a new one where the folder holds none.

    is_hashed : whether to read every stored page again to compare its hash, and not only its size
    Raises  InputError where the folder holds the answer to another question; SourceError where a
    stored page has changed or is gone; StoreError where the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        about = {"said": Name(str(error)), "folder": Name(str(folder))}
        raise StoreError(message("folder_not_made", **about), FOLDER) from error
    path = folder / STATE
    if not path.exists():
        return Fetch(source, dict(asked))
    known = _read_state(path)
    if (known.source, dict(known.asked)) != (source, dict(asked)):
        about = {"source": Name(known.source), "asked": Name(str(dict(known.asked)))}
        told = message("another_fetch", folder=Name(str(folder)), **about)
        raise InputError(told, FOLDER)
    for page in known.pages:
        file = folder / page.file
        # The size first, which costs nothing.
        is_whole = file.is_file() and file.stat().st_size == page.bytes_count
        if not is_whole or (is_hashed and _hash(file) != page.sha256):
            raise SourceError(message("page_changed", file=Name(str(file))), FOLDER)
    return known


def _read_state(path: Path) -> Fetch:
    try:
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        pages = tuple(Page(**page) for page in state.pop("pages"))
        return Fetch(pages=pages, **state)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        about = {"said": Name(str(error)), "file": Name(str(path))}
        raise SourceError(message("fetch_unreadable", **about), FOLDER) from error


def refuse_repetition(folder: Path, fetch: Fetch) -> None:
    """Raise SourceError where the next page was asked for before, in this run or an earlier one: a
    circle without end."""
    if fetch.next_page and fetch.next_page in {page.cursor for page in fetch.pages}:
        kept = Count(len(fetch.pages))
        raise SourceError(message("circle", count=kept, folder=Name(str(folder))), FOLDER)


class Course:
    """How much one run of a fetch has stored, and how long it has taken."""

    def __init__(self, folder: Path, fetch: Fetch, bounds: Bounds) -> None:
        self._folder, self._bounds = folder, bounds
        self._begun, self._before = time.monotonic(), len(fetch.pages)

    def check(self, fetch: Fetch) -> None:
        """Raise SourceError, before another page is asked for, where the run is at its bound."""
        bytes_count = sum(page.bytes_count for page in fetch.pages[self._before :])
        for code, count in (
            ("fetch_bytes", bytes_count),
            ("fetch_seconds", time.monotonic() - self._begun),
        ):
            most = getattr(self._bounds, code)
            if count >= most:
                about = {"most": Name(f"{most:,.0f}"), "folder": Name(str(self._folder))}
                kept = Count(len(fetch.pages))
                raise SourceError(message(f"{code}_reached", count=kept, **about), FOLDER)


def follow(
    folder: Path,
    fetch: Fetch,
    bounds: Bounds,
    next_page: Callable[[Fetch], tuple[Fetch, int | None]],
    progress: Progress | None,
) -> Fetch:
    """Fetch page after page until the publisher says that nothing follows.

    next_page : stores one page; the state that names it, and the pages in all, if the publisher
                says
    Raises  SourceError where a page is asked for a second time, or the run is at its bound.
    """
    course = Course(folder, fetch, bounds)
    while not fetch.is_complete:
        refuse_repetition(folder, fetch)
        course.check(fetch)
        fetch, count = next_page(fetch)
        if progress is not None:
            progress(len(fetch.pages), count)
    return fetch


def store_page(folder: Path, fetch: Fetch, name: str, data: bytes, next_page: str | None) -> Fetch:
    """Store one whole page and then the state that names it.

    next_page : token for the page after it; None where it is the last
    """
    write_whole(folder / name, data)
    return note_page(folder, fetch, name, hashlib.sha256(data).hexdigest(), len(data), next_page)


def note_page(
    folder: Path, fetch: Fetch, name: str, sha256: str, size: int, next_page: str | None
) -> Fetch:
    """Write the state that names a stored page."""
    page = Page(
        name, sha256, size, datetime.datetime.now(datetime.UTC).date().isoformat(), fetch.next_page
    )
    return save(
        folder,
        replace(
            fetch,
            pages=(*fetch.pages, page),
            next_page=next_page or "",
            is_complete=next_page is None,
        ),
    )


def save(folder: Path, fetch: Fetch) -> Fetch:
    """Write the state of a fetch."""
    text = json.dumps(asdict(fetch), ensure_ascii=False, indent=1, sort_keys=True)
    write_whole(folder / STATE, text.encode())
    return fetch


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> tuple[str, int]:
    """Write a file so that it is there whole or not at all; returns its SHA-256 and size.

    The bytes go to a temporary file beside it, reach the disk, and then take the name. Where the
    pieces end in an exception, nothing stays.
    Raises  StoreError where the folder can't be written or the disk is full.
    """
    part = path.with_name(path.name + _PART)
    digest, size = hashlib.sha256(), 0
    try:
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("wb")
        with file:
            for piece in [data] if isinstance(data, bytes) else data:
                digest.update(piece)
                size += len(piece)
                with _writing(path):
                    file.write(piece)
            with _writing(path):
                file.flush()
                # Otherwise the name may reach the disk before the bytes do.
                os.fsync(file.fileno())
        with _writing(path):
            part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    # Only around the disk's own calls: a broken connection is an OSError too.
    try:
        yield
    except OSError as error:
        about = {"said": Name(str(error.strerror)), "file": Name(str(path))}
        raise StoreError(message("not_written", **about), FOLDER) from error


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

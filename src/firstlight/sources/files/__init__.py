"""Local files: copied into a folder as they are, and read by the names that publishers give their
columns."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from firstlight.errors import InputError
from firstlight.sources.bounds import PAGE, Bounds
from firstlight.sources.documents import Documents, tidy_pages
from firstlight.sources.formats import list_contents, stored_chunks
from firstlight.sources.pages import Fetch, Progress, note_page, resume, save, write_whole
from firstlight.sources.transport import check_query
from firstlight.texts import message

FOLDER = Path(__file__).parent
__all__ = ["fetch", "tidy"]


def fetch(
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str = "",
    progress: Progress | None = None,
    bounds: Bounds = PAGE,
) -> Fetch:
    """Copy a file, or the readable files of a folder, byte by byte; run again after a break, it
    copies the rest.

    query    : path: the file or folder to copy
    base_url, bounds : unused; local files have no server
    Returns Fetch.
    Raises  InputError where there is nothing to copy.
    """
    check_query(query, ("path",), "files")
    if "path" not in query:
        raise InputError(message("query_of_files"), FOLDER)
    contents, _ = list_contents(Path(query["path"]))
    target = Path(folder)
    state = resume(target, "files", {"path": query["path"]})
    have = {page.file for page in state.pages}
    for content in contents:
        if content.name not in have:
            sha256, size = write_whole(target / content.name, stored_chunks(content))
            state = note_page(target, state, content.name, sha256, size, "")
        if progress is not None:
            progress(len(state.pages), len(contents))
    return save(target, Fetch(state.source, state.asked, state.pages, "", True))


def tidy(pages: Mapping[str, bytes], *, as_of_today: datetime.date | None = None) -> Documents:
    """Documents from the bytes of files, by file name; see `read_documents`.

    Raises  InputError where a file is empty, binary, truncated or lacks a column that is needed.
    """
    return tidy_pages(pages, as_of_today, "tidy.files__documents", "files")

"""OpenAlex's snapshot: gzipped JSON lines in folders by date of update, listed by a manifest.

Documented at https://developers.openalex.org/download/snapshot-format.
"""

from __future__ import annotations

import http.client
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from firstlight.errors import SourceError
from firstlight.sources.archives import CHUNK
from firstlight.sources.bounds import FILE, MOST_WORDS, PAGE, Bounds
from firstlight.sources.connections import pieces
from firstlight.sources.pages import Course, Fetch, Progress, note_page, resume, save, write_whole
from firstlight.sources.transport import Patience, ask, check_base_url, check_query, get
from firstlight.texts import Count, Name, message

FOLDER = Path(__file__).parent
BASE_URL = "https://openalex.s3.amazonaws.com"
MANIFEST = "data/works/manifest"
_PART = re.compile(r"^s3://[^/]+/(.*?(works/updated_date=(\d{4}-\d{2}-\d{2})/[\w\-]+\.gz))$")


@dataclass(frozen=True)
class Part:
    """One file of the snapshot: its path on the server, its name here, its date of update and its
    size in bytes."""

    path: str
    name: str
    updated: str
    bytes_count: int | None


def fetch_snapshot(
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str = BASE_URL,
    progress: Progress | None = None,
    patience: Patience | None = None,
    bounds: Bounds = FILE,
    manifest: str = MANIFEST,
) -> Fetch:
    """Download the snapshot's parts for works; run again after a break, it goes on with the first
    missing part.

    query    : since (YYYY-MM-DD): only parts updated on that day or later; empty for all
    folder   : works/updated_date=YYYY-MM-DD/part_000.gz, … and state.json
    progress : called with parts stored and parts in all
    bounds   : what is taken from the server at most; a list of parts is a page and no larger than
               one
    manifest : path of the list of parts
    Returns Fetch.
    Raises  SourceError where a part isn't the gzip archive that the manifest announces.
    """
    check_query(query, ("since",), "openalex")
    base, folder = check_base_url(base_url), Path(folder)
    patience = replace(patience or Patience(), bounds=bounds)
    asked = {"base_url": base, "manifest": manifest, **query}
    # The parts are large: their hashes were taken on arrival, and their sizes are compared now.
    state = resume(folder, "openalex", asked, is_hashed=False)
    url = f"{base}/{manifest}"
    of_page = replace(bounds, answer_bytes=min(bounds.answer_bytes, PAGE.answer_bytes))
    listing = get(url, replace(patience, bounds=of_page), lambda data: read_manifest(data, url))
    parts = [part for part in read_manifest(listing, url) if part.updated >= query.get("since", "")]
    have = {page.file: page.bytes_count for page in state.pages}
    course = Course(folder, state, bounds)
    for part in parts:
        if part.name not in have:
            course.check(state)
            state = _fetch_part(state, folder, base, part, patience)
        elif part.bytes_count not in (None, have[part.name]):
            raise SourceError(message("snapshot_renewed", file=Name(part.name)), FOLDER)
        if progress is not None:
            progress(len(state.pages), len(parts))
    return save(folder, replace(state, is_complete=True))


def read_manifest(data: bytes, where: str) -> tuple[Part, ...]:
    """The parts that a manifest lists, by date and name.

    Raises  SourceError where it is no manifest or names a file elsewhere.
    """
    try:
        entries = json.loads(data)["entries"]
        listed = [
            (entry["url"], (entry.get("meta") or {}).get("content_length")) for entry in entries
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        told = message("no_manifest", said=Name(repr(error)), address=Name(where))
        raise SourceError(told, FOLDER) from error
    parts = []
    for url, size in listed:
        if not isinstance(url, str) or not isinstance(size, int | None):
            said = {"url": Name(str(url)[:MOST_WORDS]), "size": Name(str(size)[:MOST_WORDS])}
            told = message("entry_not_of_manifest", address=Name(where), **said)
            raise SourceError(told, FOLDER)
        match = _PART.match(url)
        # A combined manifest lists authors and institutions too.
        if match is None and "/works/" not in url:
            continue
        if match is None or ".." in url:
            about = {"url": Name(url[:MOST_WORDS]), "address": Name(where)}
            raise SourceError(message("file_elsewhere", **about), FOLDER)
        parts.append(Part(match[1], match[2], match[3], size))
    return tuple(sorted(parts, key=lambda part: part.name))


def _fetch_part(state: Fetch, folder: Path, base: str, part: Part, patience: Patience) -> Fetch:
    url = f"{base}/{part.path}"

    def take(answer: http.client.HTTPResponse) -> tuple[str, int]:
        return write_whole(
            folder / part.name, whole_gzip(pieces(answer, patience.bounds), part.bytes_count, url)
        )

    sha256, size = ask(url, patience, take)
    return note_page(folder, state, part.name, sha256, size, "")


def whole_gzip(came: Iterator[bytes], bytes_count: int | None, where: str) -> Iterator[bytes]:
    """The bytes of an answer in pieces, ending in an exception unless they are one whole gzip
    archive.

    Raises  SourceError where the bytes are not gzip or have another length than the manifest says.
    """
    size, archive, address = 0, zlib.decompressobj(31), Name(where)
    try:
        for piece in came:
            size += len(piece)
            if bytes_count is not None and size > bytes_count:
                told = message("part_too_long", bytes=Count(bytes_count), address=address)
                raise SourceError(told, FOLDER)
            rest = piece
            while rest:
                if archive.eof:
                    archive = zlib.decompressobj(31)
                archive.decompress(rest, CHUNK)
                rest = archive.unconsumed_tail or archive.unused_data
            yield piece
        while not archive.eof and archive.decompress(b"", CHUNK):
            pass  # what the last bytes hold beyond one piece
    except zlib.error as error:
        told = message("part_not_gzip", said=Name(str(error)), address=address)
        raise SourceError(told, FOLDER) from error
    if bytes_count not in (None, size):
        about = {"bytes": Count(size), "announced": Count(bytes_count)}
        raise SourceError(message("part_shorter", address=address, **about), FOLDER)
    if not archive.eof:
        told = message("part_cut_short", bytes=Count(size), address=address)
        raise SourceError(told, FOLDER)

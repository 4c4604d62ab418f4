"""Fetch from a publisher by name: the bytes, kept page by page, to be observed afterwards from disk."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firstlight.errors import InputError
from firstlight.nouns import Source
from firstlight.sources import SOURCES

Progress = Callable[[int, "int | None"], None]


def known_sources() -> tuple[Source, ...]:
    """Every publisher that Firstlight reads, with licence and citation."""
    return tuple(publisher.source for publisher in SOURCES)


def fetch(
    name: str,
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Fetch what the query asks of a publisher into a folder; run again after a break, it goes on where it stopped.

    Returns the number of files stored.
    Raises  InputError for an unknown source or query, SourceError where the publisher refuses.
    """
    publisher = {own.name: own for own in SOURCES}.get(name)
    if publisher is None:
        names = [own.name for own in SOURCES]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise InputError(
            f"no source {name!r}", where="firstlight sources", try_next=f"{hint}use one of {', '.join(names)}"
        )
    more: dict[str, Any] = {} if base_url is None else {"base_url": base_url}
    return len(publisher.fetch(query, folder, progress=progress, **more).pages)

"""Fetch from a publisher by name: the bytes, kept page by page, to be observed afterwards from
disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, unknown
from firstlight.nouns import Source
from firstlight.run.naming_section import key_in
from firstlight.sources.bounds import PAGE
from firstlight.sources.publisher import load_source
from firstlight.sources.publishers import SOURCES
from firstlight.texts import Name, message

RUN = Path(__file__).parent
Progress = Callable[[int, "int | None"], None]


def known_sources(lang: str = "en") -> tuple[Source, ...]:
    """Every publisher that Firstlight reads, with licence and citation."""
    return tuple(load_source(publisher.name, lang) for publisher in SOURCES)


def fetch(
    name: str,
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str | None = None,
    progress: Progress | None = None,
    answer_bytes: int | None = None,
    answer_seconds: float | None = None,
    waiting_seconds: float | None = None,
    fetch_bytes: int | None = None,
    fetch_seconds: float | None = None,
    follow_to: Sequence[str] = (),
    mailto: str | None = None,
    key_env: str | None = None,
) -> int:
    """Fetch what the query asks of a publisher into a folder; run again after a break, it goes on
    where it stopped.

    answer_bytes    : bytes of one answer at most (64 million)
    answer_seconds  : whole time of one answer at most (600)
    waiting_seconds : whole time of waiting between the tries of one request at most (3,600)
    fetch_bytes     : bytes that one run stores at most (100 thousand million)
    fetch_seconds   : whole time of one run at most (604,800, a week)
    follow_to       : other servers, as host or host:port, to which a redirect is followed; none
                      unless named
    mailto          : an address at which the publisher may reach whoever asks; never stored or
                      shown
    key_env         : name of the environment variable that holds a key of the publisher's, which is
                      never stored or shown
    Returns the number of files stored.
    Raises  InputError for an unknown source, query or bound, and for a key that isn't there or
            isn't asked for; SourceError where the publisher
            refuses or goes beyond a bound.
    """
    publisher = {own.name: own for own in SOURCES}.get(name)
    if publisher is None:
        known = [own.name for own in SOURCES]
        raise InputError(unknown("no_source", name, known), RUN)
    own = {"mailto": mailto, "api_key": None if key_env is None else key_in(key_env)}
    more = {key: value for key, value in own.items() if value is not None}
    if more.keys() - set(publisher.secrets):
        raise InputError(message("no_key_asked", name=Name(name)), RUN)
    if base_url is not None:
        more["base_url"] = base_url
    given: dict[str, Any] = {
        "answer_bytes": answer_bytes,
        "answer_seconds": answer_seconds,
        "waiting_seconds": waiting_seconds,
        "fetch_bytes": fetch_bytes,
        "fetch_seconds": fetch_seconds,
        "follow_to": tuple(follow_to) or None,
    }
    bounds = replace(PAGE, **{key: value for key, value in given.items() if value is not None})
    return len(publisher.fetch(query, folder, progress=progress, bounds=bounds, **more).pages)

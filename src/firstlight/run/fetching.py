"""Fetch from a publisher by name: the bytes, kept page by page, to be observed afterwards from
disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, unknown
from firstlight.nouns import Source
from firstlight.run.naming_section import key_in
from firstlight.sources.bounds import FOLDER, PAGE
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
    mailto: str | None = None,
    key_env: str | None = None,
    **bounds: Any,
) -> int:
    """Fetch what the query asks of a publisher into a folder; run again after a break, it goes on
    where it stopped.

    mailto  : an address at which the publisher may reach whoever asks; never stored or shown
    key_env : name of the environment variable that holds a key of the publisher's, which is never
              stored or shown
    bounds  : what is taken from the server at most, and to which others a redirect is followed, by
              their names in `sources.bounds.Bounds`
    Returns the number of files stored.
    Raises  InputError for an unknown source, query or bound, and for a key that isn't there or
            isn't asked for; SourceError where the publisher refuses or goes beyond a bound.
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
    known_bounds = [own.name for own in fields(PAGE)]
    for bound in bounds:
        if bound not in known_bounds:
            raise InputError(unknown("no_limit", bound, known_bounds), FOLDER)
    asked = replace(PAGE, **{key: value for key, value in bounds.items() if value is not None})
    return len(publisher.fetch(query, folder, progress=progress, bounds=asked, **more).pages)

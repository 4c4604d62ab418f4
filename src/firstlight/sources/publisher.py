"""A publisher: its licence, citation and column units as data, with its `fetch` and `tidy`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from firstlight.nouns import Source
from firstlight.sources.document_rows import UNITS
from firstlight.sources.documents import Documents
from firstlight.sources.raw import TEXTS
from firstlight.texts import load


@dataclass(frozen=True)
class Publisher:
    """One line of the list of sources.

    name  : folder of this room with source.toml and sample/
    fetch : (query, folder, *, base_url, progress, bounds) -> Fetch; bytes only
    secrets : arguments of it that are neither stored nor shown
    tidy  : ({file name: bytes}, *, as_of_today) -> Documents; pure
    """

    name: str
    fetch: Callable[..., Any]
    tidy: Callable[..., Documents]
    secrets: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """Publisher, licence, citation and column units."""
        return load_source(self.name)

    def sample(self) -> dict[str, bytes]:
        """A made-up sample in the publisher's own layout: file name -> bytes."""
        folder = files("firstlight.sources").joinpath(self.name, "sample")
        return {
            file.name: file.read_bytes()
            for file in sorted(folder.iterdir(), key=lambda file: file.name)
        }


@cache
def load_source(name: str, lang: str = "en") -> Source:
    """A publisher as its ``source.toml`` and the texts of this room describe it.

    >>> load_source("arxiv").licence
    'CC0 1.0'
    """
    text = files("firstlight.sources").joinpath(name, "source.toml").read_text(encoding="utf-8")
    english = load(TEXTS.folder / "en.toml")
    words = {key: TEXTS.say(lang, "publishers", name, key) for key in english["publishers"][name]}
    own = english["units"].get(name, {})
    section = dict.fromkeys(UNITS, "documents") | dict.fromkeys(own, name)
    columns = {column: TEXTS.say(lang, "units", section[column], column) for column in UNITS}
    return Source(**tomllib.loads(text), **words, columns=columns)

"""Observe, measure and trace: read, compute and keep every step; recompute only what is stale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from firstlight.texts import WORDS, Texts

if TYPE_CHECKING:
    from firstlight.nouns import Instrument

__all__ = ["instruments", "publishers_in"]


def instruments() -> Mapping[str, Instrument]:
    """Every instrument by name: needs, formula and citation."""
    # it imports every instrument, of which a measurement needs few
    from firstlight.run.listing import INSTRUMENTS

    return {own.name: own for own in INSTRUMENTS}


def publishers_in(lang: str) -> dict[str, str]:
    """What results say of publishers, their data, licences and citations -> the same in a language.

    >>> publishers_in("zh")["whoever made the files: Local files of documents"]
    '文件的制作者：本地文献文件'
    """
    from firstlight.sources.publisher import load_source
    from firstlight.sources.publishers import SOURCES

    colon = Texts(WORDS).find(lang, "format", "colon")[0]
    told = dict[str, str]()
    for publisher in SOURCES:
        english, own = publisher.source, load_source(publisher.name, lang)
        told |= {english.licence: own.licence, english.citation: own.citation}
        told[f"{english.publisher}: {english.title}"] = f"{own.publisher}{colon}{own.title}"
    return told

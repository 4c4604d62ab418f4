"""A brief as a thing with an address: what a place should foster, what a chain should secure."""

from __future__ import annotations

from firstlight import __version__
from firstlight.document import Document
from firstlight.texts import ENGLISH, LANGUAGES
from firstlight.views.document_files import Kept
from firstlight.views.document_page import document_body
from firstlight.views.site.addresses import path_of
from firstlight.views.site.thing import Origin, Thing
from firstlight.views.site.words import BRIEF


def brief_thing(code: str, kept: Kept) -> Thing:
    """A kept brief.

    code : the folder that its address begins with
    """
    documents = {lang: _in_language(kept, lang) for lang in LANGUAGES}
    first = documents[ENGLISH]
    origin = Origin(
        title={lang: document.subtitle for lang, document in documents.items()},
        sources=tuple(first.sources),
        licence="",
        version=__version__,
        created=kept.created,
        command=kept.command,
    )
    return Thing(
        "brief",
        path_of(code, "brief", kept.name),
        {lang: document.title for lang, document in documents.items()},
        kept.tables,
        BRIEF,
        origin,
        show=lambda thing, lang: {"body": "\n".join(document_body(documents[lang]))},
    )


def _in_language(kept: Kept, lang: str) -> Document:
    """The document in a language, in the first that it was written in where it lacks one."""
    return kept.documents.get(lang) or next(iter(kept.documents.values()))

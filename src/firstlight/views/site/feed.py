"""What changed, as a feed (Atom, RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from firstlight.errors import visible
from firstlight.texts import Name
from firstlight.views.site.links import Links
from firstlight.views.site.observed import Observed
from firstlight.views.site.shelf import Shelf
from firstlight.views.site.words import say

MOST = 200  # entries
NEVER = "1970-01-01T00:00:00Z"


def feed(shelf: Shelf, lang: str, address: str, collection: str = "") -> str:
    """The changes of every observation, or of one, the newest observation first.

    address : of the site, with its scheme
    """
    seen = [own for code, own in shelf.observed.items() if collection in ("", code)]
    seen.sort(key=lambda own: (own.origin.created, own.code), reverse=True)
    entries = [entry for own in seen for entry in _entries(own, lang, address)]
    updated = _date(seen[0].origin.created) if seen else NEVER
    here = f"{address}/{lang}/feed.atom"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(lang)}>',
            f"<title>Firstlight · {_safe(say(lang, 'kinds.changes'))}</title>",
            f"<id>{_safe(here)}</id><updated>{updated}</updated>",
            f'<link rel="self" href={quoteattr(here)}/>',
            "<author><name>Firstlight</name></author>",
            *entries[:MOST],
            "</feed>\n",
        ]
    )


def _entries(seen: Observed, lang: str, address: str) -> Iterator[str]:
    links = Links(lang)
    texts = seen.texts
    for row in seen.tables["changes"].iter_rows(named=True):
        path = seen.path_if_known(row["technology_id"]) or seen.path("changes")
        there = f"{address}{links.to(path)}"
        change = Name(texts.code(lang, "change_kinds", row["kind"]))
        title = say(lang, "changes.entry", change=change, name=Name(row["name"]))
        identifier = f"{there}#{row['kind']}-{seen.origin.created}"
        yield (
            f"<entry><title>{_safe(title)}</title><id>{_safe(identifier)}</id>"
            f"<updated>{_date(seen.origin.created)}</updated><link href={quoteattr(there)}/>"
            f"<summary>{_safe(texts.code(lang, 'change_reasons', row['reason']))}</summary></entry>"
        )


def _safe(text: str) -> str:
    return escape(visible(text))


def _date(created: str) -> str:
    """A date of a result as RFC 3339 wants it, with its zone."""
    return created if created.endswith("Z") or "+" in created else f"{created}Z"

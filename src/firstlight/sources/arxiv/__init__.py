"""arXiv: the OAI-PMH interface, harvested page by page, and the JSON-lines snapshot."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from firstlight.sources.arxiv.oai import fetch
from firstlight.sources.documents import Documents, tidy_pages

__all__ = ["fetch", "tidy"]


def tidy(pages: Mapping[str, bytes], *, as_of_today: datetime.date | None = None) -> Documents:
    """Documents from OAI-PMH pages (XML) or from the JSON-lines snapshot, by file name.

    A document is dated by its first submission, never by a later change of its record.
    Raises  SourceError where a page is malformed, InputError where there is none.
    """
    return tidy_pages(pages, as_of_today, "tidy.arxiv__documents", "arxiv")

"""OpenAlex: works by the interface, with cursor paging, and its snapshot of gzipped JSON lines."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from firstlight.sources.documents import Documents, tidy_pages
from firstlight.sources.openalex.api import fetch
from firstlight.sources.openalex.snapshot import fetch_snapshot

__all__ = ["fetch", "fetch_snapshot", "tidy"]


def tidy(pages: Mapping[str, bytes], *, as_of_today: datetime.date | None = None) -> Documents:
    """Documents from the interface's answers or the snapshot's parts, by file name; abstracts are
    put back into text.

    Raises  InputError where there is no page or a part is truncated.
    """
    return tidy_pages(pages, as_of_today, "tidy.openalex__documents", "openalex")

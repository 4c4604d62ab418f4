"""The list of sources; apart, since whoever reads a file needs no publisher's server."""

from __future__ import annotations

from firstlight.sources import arxiv, files, openalex
from firstlight.sources.publisher import Publisher
from firstlight.sources.transport import SECRETS

__all__ = ["SOURCES"]

SOURCES = (
    Publisher("arxiv", arxiv.fetch, arxiv.tidy),
    Publisher("openalex", openalex.fetch, openalex.tidy, SECRETS),
    Publisher("files", files.fetch, files.tidy),
)

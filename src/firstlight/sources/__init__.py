"""Light comes in: each publisher's `fetch` (bytes only) and `tidy` (bytes to tables), and local
files."""

from __future__ import annotations

from firstlight.sources.counts import Counts, holds_counts, looks_like_counts, read_counts
from firstlight.sources.documents import Documents, read_documents
from firstlight.sources.raw import note_text

__all__ = [
    "Counts",
    "Documents",
    "holds_counts",
    "looks_like_counts",
    "note_text",
    "read_counts",
    "read_documents",
]

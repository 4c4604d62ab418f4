"""Observe a file, a frame or a bundled corpus: which technologies are likely to take off, and whether to believe it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.nouns import Result as Kept
from firstlight.observe import reading
from firstlight.result import Result
from firstlight.run.corpus import Corpus, Say
from firstlight.run.counts_in import from_counts
from firstlight.run.documents_in import from_documents
from firstlight.run.observation import Run
from firstlight.sources import holds_counts, read_counts, read_documents


def observe(
    source: Any,
    *,
    as_of: int | None = None,
    horizon: int = 3,
    project: str | Path = "observatory",
    columns: Mapping[str, str] | None = None,
    progress: Say | None = None,
) -> Result:
    """Find the named technologies of a record, and say which are likely to take off and how often that came true."""
    say = progress or (lambda line: None)
    catalogue = Catalogue.open(project)
    corpus = open_corpus(catalogue, source, columns, say)
    year = corpus.default_year if as_of is None else int(as_of)
    check_year(corpus, year)
    kept = Run(catalogue, corpus, year, horizon, say).observation()
    return result_of(catalogue, kept, source)


def open_corpus(catalogue: Catalogue, source: Any, columns: Mapping[str, str] | None, say: Say) -> Corpus:
    """What is read: documents or counts."""
    say("reading")
    if holds_counts(source, columns):
        counts = read_counts(source, columns)
        reading.refuse_nothing(counts)
        return from_counts(catalogue, source, counts)
    documents = read_documents(source, columns=columns)
    reading.refuse_nothing(documents)
    return from_documents(catalogue, source, documents)


def check_year(corpus: Corpus, year: int) -> None:
    """Raise InputError where nothing can be forecast from the end of a year."""
    first, last = corpus.first_year, corpus.complete_to
    if first <= year <= last:
        return
    is_early = year < first
    nearest = min(first + 1, last) if is_early else last
    what = "before the record begins" if is_early else "not a complete year of this record"
    raise InputError(f"{year} is {what}", where=f"complete years {first} to {last}", try_next=f"--as-of {nearest}")


def result_of(catalogue: Catalogue, kept: Kept, given: Any) -> Result:
    """A kept observation with its one face."""
    tables = {name: catalogue.table(kept, name) for name in kept.tables}
    facts = {
        **kept.facts,
        "parameters": dict(kept.parameters),
        "code_version": kept.code_version,
        "licence": kept.licence,
    }
    frame = given if reading.is_frame(given) else None
    return Result(tables, facts, convert=partial(reading.like, given=frame))

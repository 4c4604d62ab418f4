"""One document for a place, a chain or a technology: what to foster or secure, why, with whom, and
what isn't known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstlight.document import Document
from firstlight.errors import checked_language
from firstlight.run.brief.candidates import candidates
from firstlight.run.brief.evidence import SAMPLE, Evidence, Subject, evidence_of
from firstlight.run.brief.written_brief import written_brief
from firstlight.run.reading import Say

__all__ = ["Brief", "brief"]


@dataclass(frozen=True)
class Brief:
    """What is to be fostered or secured, with the evidence and the document.

    frame : a row for each candidate with its verdict, those to foster first
    """

    evidence: Evidence
    frame: pl.DataFrame
    lang: str

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The candidates as they are written to a file."""
        places = pl.selectors.by_dtype(pl.List(pl.String)).list.join("; ")
        tables = {"candidates": self.frame.with_columns(places)}
        if self.evidence.indicators is not None:
            tables["indicators"] = self.evidence.indicators
        return tables

    def document(self, lang: str | None = None) -> Document:
        """The document, in the language asked for or else that of the brief."""
        return written_brief(self.evidence, self.frame, checked_language(lang or self.lang))


def brief(
    place: str = "",
    files: str | Path | None = None,
    *,
    chain: str = "",
    technology: str = "",
    beside: Sequence[str] = (),
    lang: str = "en",
    project: str | Path = "observatory",
    progress: Say | None = None,
) -> Brief:
    """What a place should foster, or a chain secure, from the files that there are and the records
    that ship.

    Parameters
    ----------
    place
        A province, country, region or city, as the tables write it; a province of China in any of
        its names. Without one the brief is of all places of the files.
    files
        Folder with the files that there are: industries of places, the place's plan, plans of
        others, a chain and its providers, documents, any table of places and years. Each is known
        by its columns; what can't be used is named. The invented files that ship unless given.
    chain
        What the chain is called that the files are of.
    technology
        One technology that is asked about, in place of the entries of a plan.
    beside
        Other places that the place is compared with, by figures and strengths.
    lang
        Language of the document.
    project
        Folder that keeps every measurement; made where it is absent.
    progress
        Called with a line of text as the work goes on.

    Returns
    -------
    Brief, whose ``frame`` lists the candidates and whose ``document()`` is what is handed in.

    Raises
    ------
    InputError
        For a folder without files, an unknown language, and a place that no table of places has.
    StoreError
        For a folder that can't be written.
    """
    checked_language(lang)
    subject = Subject(place, chain, technology, tuple(beside))
    say = progress or (lambda line: None)
    evidence = evidence_of(subject, Path(files or SAMPLE), Path(project), lang, say)
    return Brief(evidence, candidates(evidence), lang)

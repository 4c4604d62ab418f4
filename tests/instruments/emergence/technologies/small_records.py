"""Records of a few documents, for the tests beside this file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from firstlight.instruments.emergence.technologies.joins import (
    RULES,
    Technologies,
    acronyms_at,
    beside_long_forms,
    technologies_at,
)
from firstlight.instruments.emergence.technologies.names import (
    REASONS,
    NameRule,
    Names,
    Shapes,
    names_at,
)
from firstlight.instruments.emergence.technologies.text_record import TextRecord, read_text

YEAR = 2010


def documents(texts: Sequence[str], years: Sequence[int] | None = None) -> pl.DataFrame:
    """Documents that have an abstract alone, in the order given; all of one year unless said
    otherwise."""
    return pl.DataFrame(
        {
            "year": years or [YEAR] * len(texts),
            "title": [None] * len(texts),
            "abstract": list(texts),
            "authors": [[f"author {place}"] for place in range(len(texts))],
        },
        schema_overrides={"year": pl.Int32, "title": pl.String, "abstract": pl.String},
    )


def record(texts: Sequence[str], years: Sequence[int] | None = None) -> TextRecord:
    frame = documents(texts, years)
    return read_text(frame, one_stratum(frame), say=lambda message: None)


def titles(texts: Sequence[str], years: Sequence[int] | None = None) -> TextRecord:
    frame = documents(texts, years).select(
        "year", "authors", pl.col("abstract").alias("title"), abstract=None
    )
    frame = frame.with_columns(pl.col("abstract").cast(pl.String))
    return read_text(frame, one_stratum(frame), text="title", say=lambda message: None)


def one_stratum(frame: pl.DataFrame) -> pl.Series:
    return pl.Series("stratum", ["all"]).new_from_index(0, frame.height)


def place(found: TextRecord, phrase: str) -> int:
    """The term that a phrase of stems stands for."""
    keys = found.phrases.variants.filter(pl.col("phrase") == phrase)["key"]
    return found.phrases.terms.to_list().index(keys.item())


def names(
    found: TextRecord, rule: NameRule | None = None, shape: Shapes | None = None, year: int = YEAR
) -> Names:
    shape = shape or found.shapes.at(year)
    return names_at(found.phrases, found.term_years, shape, year, rule or found.rule)


def reason(
    found: TextRecord, phrase: str, rule: NameRule | None = None, shape: Shapes | None = None
) -> str:
    return REASONS[names(found, rule, shape).reason[place(found, phrase)]]


def acronyms(found: TextRecord, year: int = YEAR) -> pl.DataFrame:
    known = acronyms_at(found.definitions.filter(pl.col("year") <= year), found.phrases.terms)
    return beside_long_forms(known, found.phrases, year, found.rule.together)


def technologies(found: TextRecord, year: int = YEAR) -> Technologies:
    known = acronyms(found, year)
    return technologies_at(names(found, year=year), found.phrases, found.shapes.at(year), known)


def families(found: TextRecord, year: int = YEAR) -> dict[str, set[tuple[str, str]]]:
    """Head of each technology -> its terms with the rule of each, as phrases."""
    made = technologies(found, year)
    shown = found.phrases.variants["phrase"].gather(found.shapes.at(year).variant).to_list()
    of: dict[str, set[tuple[str, str]]] = {shown[head]: set() for head in made.heads}
    for term, technology, rule in zip(made.terms, made.technology, made.rule, strict=True):
        of[shown[made.heads[technology]]].add((shown[term], RULES[rule]))
    return of


def members_of(found: TextRecord, phrase: str) -> set[int]:
    """Documents that use a term."""
    return set(found.phrases.documents_of(np.array([place(found, phrase)]))[1].tolist())

"""Everything that a record of texts says at the end of a year, as bytes: for tests of leakage and
of determinism."""

from __future__ import annotations

import io

import numpy as np
import polars as pl

from firstlight.instruments.emergence.record.take_off import threshold_share
from firstlight.instruments.emergence.technologies import evidence
from firstlight.instruments.emergence.technologies.joins import RULES
from firstlight.instruments.emergence.technologies.membership import neighbours
from firstlight.instruments.emergence.technologies.names import REASONS
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import Found, TextRecord, read_text
from firstlight.instruments.emergence.technologies.themes import positions, themes


def read(documents: pl.DataFrame) -> TextRecord:
    return read_text(documents, documents["source"].rename("stratum"), say=lambda message: None)


def tables(record: TextRecord, documents: pl.DataFrame, year: int) -> dict[str, pl.DataFrame]:
    """Tables of names, joins, technologies, forms, counts, evidence and themes, years after
    ``year`` left out."""
    found = record.at(year, watched=True)
    phrases, survey = record.phrases, found.survey
    ids = list(survey.counts.names)
    counts = survey.counts.until(year)
    strata = np.flatnonzero(counts.totals.any(axis=1))
    cells = counts.cells.toarray().reshape(len(ids), len(counts.strata), -1)
    links = neighbours(found.common)
    theme = themes(links, len(ids))
    chosen = np.searchsorted(
        found.technologies.heads, np.searchsorted(phrases.terms.to_numpy(), ids)
    )
    uses = evidence.times_used(phrases, found.technologies, chosen, documents.height)
    about = documents.with_columns(affiliations=pl.lit(None, pl.List(pl.String)))
    years = survey.counts.years <= year
    return {
        "names": _names(record, found, year),
        "joins": _joins(record, found),
        "technologies": pl.DataFrame(
            {
                "id": ids,
                "label": survey.labels,
                "is_scored": survey.is_scored,
                "group": [ids[row] for row in survey.groups],
                "first_year": survey.first_years,
                "theme": theme,
                "threshold": threshold_share(counts),
            }
        ),
        "forms": survey.forms,
        "counts": pl.DataFrame(cells[:, strata].reshape(len(ids), -1)),
        "shares": pl.DataFrame(counts.yearly_shares.shares),
        "authors": pl.DataFrame(
            np.hstack([survey.authors[:, years], survey.new_authors[:, years]])
        ),
        "neighbours": survey.neighbours,
        "quarters": pl.DataFrame(_quarters(survey)),
        "coverage": pl.DataFrame({"coverage": [survey.coverage]}),
        "links": links,
        "positions": pl.DataFrame(positions(links, theme)),
        "documents": evidence.documents_behind(documents, found.belongs, uses, ids, year),
        "leaders": evidence.leaders(about, found.belongs, ids, year),
        "dropped": evidence.dropped(found.names, _shown(record, year), found.technologies),
    }


def _quarters(survey: Survey) -> np.ndarray:
    """Documents of each quarter of the last two years, and those expected."""
    assert survey.quarters is not None
    expected = survey.quarters.expected(survey.counts)
    return np.hstack([survey.quarters.documents, expected]).reshape(len(expected), -1)


def written(frames: dict[str, pl.DataFrame]) -> dict[str, bytes]:
    """Tables as bytes, with their columns and types."""
    of = {}
    for name, frame in frames.items():
        stream = io.BytesIO()
        frame.write_ndjson(stream)
        stream.write(repr(frame.schema).encode())
        of[name] = stream.getvalue()
    return of


def _names(record: TextRecord, found: Found, year: int) -> pl.DataFrame:
    """Terms that are known by the end of the year; others are not there for a forecaster."""
    names, terms = found.names, record.phrases.terms
    is_known = record.phrases.known_from <= year
    assert (names.documents[~is_known] == 0).all() and (
        names.reason[~is_known] == REASONS.index("rare")
    ).all()
    whole = pl.Series(
        [terms[int(place)] if place >= 0 else None for place in names.whole], dtype=pl.String
    )
    frame = pl.DataFrame(
        {
            "term": terms,
            "reason": names.reason,
            "documents": names.documents,
            "evidence": names.evidence,
            "whole": whole,
            "is_capital": names.is_capital,
            "rivals": names.rivals,
        }
    )
    return frame.filter(pl.Series(is_known))


def _joins(record: TextRecord, found: Found) -> pl.DataFrame:
    terms, made = record.phrases.terms, found.technologies
    return pl.DataFrame(
        {
            "term": terms.gather(made.terms),
            "head": terms.gather(made.heads[made.technology]),
            "rule": [RULES[rule] for rule in made.rule],
            "evidence": made.evidence,
        }
    )


def _shown(record: TextRecord, year: int) -> pl.Series:
    return record.phrases.variants["phrase"].gather(record.shapes.at(year).variant)

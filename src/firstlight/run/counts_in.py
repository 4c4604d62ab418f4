"""Counts in: somebody else's entities stand in for technologies; all that follows is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.counts.counts_in import CountsAt, CountsIn
from firstlight.instruments.emergence.counts.counts_in import from_counts as checked_counts
from firstlight.instruments.emergence.counts.remarks import SEVERITIES
from firstlight.instruments.emergence.record.take_off import is_scored, is_watched
from firstlight.instruments.emergence.technologies import survey
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import BIRTH
from firstlight.nouns import Result
from firstlight.observation_tables import SCHEMAS, columns_of
from firstlight.run import reading
from firstlight.run.corpus import Caution, Corpus, Say, Surveyed, Tables, remarks, survey_kept
from firstlight.sources import Counts

SURVEY = "emergence.counts"
MOST_OF_SCORED = 0.1  # of those scored: lists of counts are no longer than this
NO_LINKS = pl.DataFrame(schema={"technology": pl.Int64, "other": pl.Int64, "weight": pl.Float64})
FORMS = {
    "technology": pl.Int64,
    **columns_of(forms=("form", "kind", "documents_count", "evidence"))["forms"],
}


def from_counts(catalogue: Catalogue, given: Any, found: Counts) -> Corpus:
    """Keep the counts that were read; entities are judged at each forecast year."""
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    tidy = reading.keep_tidy(catalogue, "counts", found, raw)
    counts = checked_counts(found.table.frame)
    work = CountsWork(catalogue, tidy, counts)
    return Corpus(
        title=reading.title_of(found),
        name=None,
        kind="counts",
        origin=raw,
        first_year=counts.first_year,
        complete_to=counts.complete_to,
        default_year=counts.complete_to,
        inputs={"counts": tidy.key},
        years=years_of(counts),
        facts=reading.facts_of(found, publisher),
        surveys=work.surveys,
        evidence=work.evidence,
        cautions=lambda year, horizon: [*work.cautions(year, horizon), *remarks(found)],
        tables=reading.set_aside(found),
        most_of_scored=MOST_OF_SCORED,
    )


def years_of(counts: CountsIn) -> pl.DataFrame:
    """Years with what was counted in each, the incomplete ones after them."""
    at = counts.at(counts.complete_to).counts
    rows = [
        (int(year), round(total), True) for year, total in zip(at.years, at.totals[0], strict=True)
    ]
    rows += [(int(one.year), None, False) for one in counts.incomplete]
    schema = {"year": pl.Int64, "documents_count": pl.Int64, "is_complete": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("year")


@dataclass
class CountsWork:
    """Counts under way."""

    catalogue: Catalogue
    tidy: Result
    counts: CountsIn

    def surveys(self, years: Sequence[int], observed: int, say: Say) -> Surveyed:
        """Entities of each forecast year, kept; watched ones in the observed year alone."""
        return {year: self._keep(year, observed) for year in sorted(years)}

    def evidence(self, observed: int, ids: Sequence[str], say: Say) -> Tables:
        """Places that lead, where the counts have places."""
        at = self.counts.at(observed)
        leaders = self.counts.leaders(at)
        return {
            "documents": pl.DataFrame(schema=SCHEMAS["documents"]),
            "leaders": leaders.filter(pl.col("technology_id").is_in(list(ids))),
        }

    def cautions(self, forecast_year: int, horizon: int) -> list[Caution]:
        """What a reader must know of the counts."""
        return [
            Caution(said.code, SEVERITIES.get(said.code, "note"), said, "documents")
            for said in self.counts.at(forecast_year).said
        ]

    def _keep(self, year: int, observed: int) -> tuple[Survey, Result]:
        kept = self.catalogue.keep(
            f"technologies_{year}",
            instrument=SURVEY,
            parameters={"forecast_year": year, "is_observed": year == observed},
            inputs={"counts": self.tidy.key},
            source=self.tidy.source,
            licence=self.tidy.licence,
            compute=lambda: self._survey(year, observed),
            units=survey.UNITS,
        )
        return survey_kept(self.catalogue, kept)

    def _survey(self, year: int, observed: int) -> tuple[Tables, dict[str, Any]]:
        at = self.counts.at(year)
        tables, facts = survey.survey_tables(survey_of_counts(at, watched=year == observed))
        if year == observed:
            tables["dropped"] = dropped(at.set_apart)
            tables["links"] = NO_LINKS
            tables["near_equal"] = NO_LINKS
        return tables, facts


def dropped(set_apart: pl.DataFrame) -> pl.DataFrame:
    """Entities that are no technologies, like the terms that are dropped of documents."""
    return set_apart.select(
        pl.col("name").alias("term"),
        pl.col("documents_count").round().cast(pl.Int64),
        "rule",
        pl.lit(None, pl.Float64).alias("evidence"),
        pl.lit(None, pl.String).alias("into"),
    )


def survey_of_counts(at: CountsAt, *, watched: bool) -> Survey:
    """Entities as technologies, each a group by itself."""
    counts = at.counts
    scored = is_scored(counts)
    kept = scored
    if watched:
        kept = scored | is_watched(counts)
    rows = np.flatnonzero(kept)
    counts = counts.take(rows)
    # An entity is as old as its third document, or its last where it has fewer.
    enough = np.minimum(BIRTH, counts.counts.sum(axis=1))
    reached = np.cumsum(counts.counts, axis=1) >= enough[:, None]
    nobody = np.zeros(counts.counts.shape)
    past = counts.years <= counts.forecast_year
    documents = counts.counts[:, past].sum(axis=1).round().astype(np.int64)
    forms = pl.DataFrame(
        {
            "technology": np.arange(len(rows)),
            "form": list(counts.names),
            "kind": ["name"] * len(rows),
            "documents_count": documents,
            "evidence": [None] * len(rows),
        },
        schema=FORMS,
    )
    return Survey(
        counts=counts,
        labels=counts.names,
        is_scored=scored[rows],
        groups=np.arange(len(rows)),
        first_years=counts.years[np.argmax(reached, axis=1)].astype(np.int64),
        authors=nobody,
        new_authors=nobody,
        forms=forms,
        coverage=1.0,
        are_counts=True,
    )

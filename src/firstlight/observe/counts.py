"""Counts in: somebody else's entities stand in for technologies, and everything after counting runs on them."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.observe import reading
from firstlight.observe.reading import SURVEYED_YEARS, Observed, Say, Surveys
from firstlight.sources import Counts


def from_counts(catalogue: Catalogue, found: Counts, given: Any) -> Observed:
    """Keep the counts that were read."""
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    tidy = reading.keep_tidy(catalogue, "counts", found, raw)
    frame: pl.DataFrame = found.table.frame
    have = sorted(set(frame["year"].to_list()))
    by_year = frame.group_by("year").agg(pl.col("count").sum(), pl.col("total").max())
    per_year = by_year.select("year", pl.coalesce("total", "count").round(0).alias("documents_count"))

    def surveys(as_of: int, granularity: float, say: Say) -> Surveys:
        if not reading.has_past(as_of, have):
            raise reading.no_past(as_of, have)
        return {
            year: reading.keep_survey(
                catalogue, year, "emergence.survey_counts", {}, tidy, partial(survey_counts, frame, year)
            )
            for year in have
            if as_of - SURVEYED_YEARS < year <= as_of and reading.has_past(year, have)
        }

    return Observed(
        title=reading.title_of(found),
        origin=raw,
        first_year=have[0],
        complete_to=have[-1],
        default_year=have[-1],
        inputs={"counts": tidy.key},
        tables={
            "years": reading.years_read(per_year, have[-1]),
            **reading.set_aside(found),
            "duplicates": reading.NO_DUPLICATES,
        },
        category_years=reading.NO_CATEGORIES,
        facts=reading.facts_of(found, publisher),
        surveys=surveys,
        warnings=reading.notes_of(found),
    )

"""Counts in: somebody else's entities stand in for technologies, and everything after counting runs on them."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence.survey_counts import survey_counts, yearly_totals
from firstlight.observe import reading
from firstlight.observe.reading import Observed, Say, Surveys
from firstlight.sources import Counts


def from_counts(catalogue: Catalogue, found: Counts, given: Any) -> Observed:
    """Keep the counts that were read."""
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    tidy = reading.keep_tidy(catalogue, "counts", found, raw)
    frame: pl.DataFrame = found.table.frame
    totals = yearly_totals(frame, int(frame["year"].max()))  # type: ignore[arg-type]
    have = frame.filter(pl.col("count") > 0)["year"].unique().sort().to_list()
    if not have:
        raise InputError("every count is zero", where=reading.title_of(found), try_next="check the column of counts")
    per_year = totals.select("year", pl.col("total").round(0).alias("documents_count"))
    complete_to = _complete_to(frame, have)

    whole = frame.filter(pl.col("year") <= complete_to)

    def surveys(as_of: int, back: int, granularity: float, say: Say) -> Surveys:
        if not reading.has_past(as_of, have):
            raise reading.no_past(as_of, have)
        return {
            year: reading.keep_survey(
                catalogue, year, "emergence.survey_counts", {}, tidy, partial(survey_counts, whole, year)
            )
            for year in have
            if as_of - back < year <= as_of and reading.has_past(year, have)
        }

    return Observed(
        title=reading.title_of(found),
        origin=raw,
        first_year=have[0],
        complete_to=complete_to,
        default_year=complete_to,
        inputs={"counts": tidy.key},
        tables={
            "years": reading.years_read(per_year, complete_to),
            **reading.set_aside(found),
            "duplicates": reading.NO_DUPLICATES,
        },
        category_years=reading.NO_CATEGORIES,
        facts=reading.facts_of(found, publisher),
        surveys=surveys,
        warnings=reading.notes_of(found),
        no_words=(
            "Counts hold no terms, so there is no network of terms in which new links could be forecast.",
            "计数不含术语，没有术语网络，因而无法预测新连接。",
        ),
    )


def _complete_to(frame: pl.DataFrame, have: list[int]) -> int:
    """The last year, or the one before where quarters are told and the last year lacks one that the other has."""
    if len(have) < 2:
        return have[-1]
    quarters = [set(frame.filter(pl.col("year") == year)["quarter"].drop_nulls().to_list()) for year in have[-2:]]
    return have[-2] if quarters[0] - quarters[1] and quarters[1] else have[-1]

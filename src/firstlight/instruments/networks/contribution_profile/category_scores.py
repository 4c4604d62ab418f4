"""The score of each work in each category that a table of works allows."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.networks.contribution_profile.atypical_combinations import (
    atypical_combinations,
)
from firstlight.instruments.networks.contribution_profile.disruption import disruption
from firstlight.instruments.networks.contribution_profile.field_impact import field_impact
from firstlight.instruments.networks.contribution_profile.new_combinations import new_combinations
from firstlight.instruments.networks.contribution_profile.works_table import Works

# category -> why it is absent from a table that does not allow it
ABSENT = {
    "impact": "no_citations",
    "most_cited": "no_citations",
    "disruption": "no_references",
    "novelty": "no_terms",
    "new_combinations": "no_new_terms",
    "patents": "no_patents",
}
SHARES = ("most_cited", "novelty", "new_combinations", "patents")


def category_scores(works: Works, horizon: int | None, top: float) -> pl.DataFrame:
    """Work, year, and a column for each category in which some work has a score; a row each.

    impact and most_cited need citations, disruption references, novelty and new_combinations
    terms, patents patents; a work without a score in a category has none there.
    """
    parts = [*_impact(works, top), *_disruption(works, horizon), *_combinations(works)]
    if "patents" in works.works.columns:
        is_cited = (pl.col("patents") > 0).cast(pl.Float64)
        parts.append(works.works.select("work", patents=is_cited))
    scores = works.works.select("work", "year")
    for part in parts:
        scores = scores.join(part, on="work", how="left")
    known = [name for name in ABSENT if name in scores.columns and scores[name].count()]
    return scores.select("work", "year", *known).sort("work")


def _impact(works: Works, top: float) -> list[pl.DataFrame]:
    if "citations" not in works.works.columns:
        return []
    if works.fields is None:
        rows = works.works.with_columns(field=pl.lit("all"))
    else:
        rows = works.works.join(works.fields, on="work")
    if not rows.height:
        return []
    impact = field_impact(rows, top=top).table
    return [impact.select("work", impact="normalised_score", most_cited="top_share")]


def _disruption(works: Works, horizon: int | None) -> list[pl.DataFrame]:
    references = works.lists.get("references")
    if references is None or not references.height:
        return []
    links = references.rename({"work": "citing", "references": "cited"})
    index = disruption(works.works, links, horizon=horizon)
    return [index.select("work", disruption="disruption_index")]


def _combinations(works: Works) -> list[pl.DataFrame]:
    terms = works.lists.get("terms")
    if terms is None or not terms.height:
        return []
    rows = terms.join(works.works.select("work", "year"), on="work")
    atypical = atypical_combinations(rows, term="terms").table
    new = new_combinations(rows, term="terms").table
    return [
        atypical.select("work", novelty=pl.col("is_novel").cast(pl.Float64)),
        new.select("work", new_combinations=pl.col("is_new").cast(pl.Float64)),
    ]

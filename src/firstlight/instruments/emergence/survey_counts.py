"""A survey from counts alone: entities somebody else counted stand in for technologies."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.survey import LEAST_DOCUMENTS, Survey

_OPTIONAL: dict[str, type[pl.DataType]] = {"place": pl.String, "total": pl.Float64}


def survey_counts(
    counts: pl.DataFrame, forecast_year: int, *, least_documents: int = LEAST_DOCUMENTS
) -> Survey:
    """Every entity with at least ``least_documents`` in the forecast year, with its counts in all years.

    Places and quarters are summed; totals as in ``yearly_totals``.

    counts : data frame entity, year, count and, where known, place and total
    Returns Survey; authors are zero (not known), every entity is its own only term.
    Raises  InputError where the forecast year has no counts.
    """
    absent = {
        name: pl.lit(None, kind) for name, kind in _OPTIONAL.items() if name not in counts.columns
    }
    counts = counts.with_columns(**absent)
    by_year = counts.group_by("entity", "year").agg(pl.col("count").sum()).sort("entity", "year")
    if by_year.filter(pl.col("year") == forecast_year).is_empty():
        raise InputError(
            "no counts in the forecast year",
            where=str(forecast_year),
            try_next="choose another --as-of",
        )
    first, last = int(by_year["year"].min()), int(by_year["year"].max())  # type: ignore[arg-type]
    years = np.arange(first, last + 1)
    entities = by_year["entity"].unique().sort().to_list()
    matrix = np.zeros((len(entities), len(years)))
    row = (
        by_year["entity"]
        .replace_strict({name: i for i, name in enumerate(entities)}, return_dtype=pl.Int64)
        .to_numpy()
    )
    matrix[row, by_year["year"].to_numpy() - first] = by_year["count"].to_numpy()
    per_year = yearly_totals(counts, forecast_year)
    totals = np.zeros(len(years))
    totals[per_year["year"].to_numpy() - first] = (
        per_year["total"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    )
    now = forecast_year - first
    kept = np.flatnonzero(matrix[:, now] >= least_documents)
    names = [entities[i] for i in kept]
    seen = (
        (matrix[kept].cumsum(axis=1) > 0).argmax(axis=1) + first
        if len(kept)
        else np.zeros(0, dtype=np.int64)
    )
    terms = pl.DataFrame(
        {
            "technology": np.arange(len(kept), dtype=np.int64),
            "term": names,
            "shown": names,
            "weight": np.ones(len(kept)),
            "documents_count": matrix[kept, now].astype(np.int64),
            "first_year": seen.astype(np.int64),
            "rank": np.ones(len(kept), dtype=np.int64),
        },
        schema_overrides={"term": pl.String, "shown": pl.String},
    )
    empty_links = pl.DataFrame(
        schema={"technology": pl.Int64, "other": pl.Int64, "weight": pl.Float64}
    )
    covered = min(float(matrix[kept, now].sum() / totals[now]), 1.0) if totals[now] else 0.0
    zeros = np.zeros((len(kept), len(years)))
    return Survey(
        forecast_year,
        years,
        totals,
        matrix[kept],
        zeros,
        zeros,
        zeros,
        covered,
        int((matrix[:, now] > 0).sum()),
        tuple(names),
        terms,
        empty_links,
        _places(counts, names, forecast_year),
    )


def yearly_totals(counts: pl.DataFrame, known_to: int) -> pl.DataFrame:
    """Everything that could have been counted in each year: columns year, total.

    A total belongs to one period and place, and is told beside each of their entities: the largest told for a quarter and
    place, summed over the year. Where a year up to ``known_to`` lacks one, or has one below its counts, sums over entities
    serve for all years, since half a series of totals would look like a collapse of every share. A later year whose
    totals can't be used is null: not known.

    >>> counts = pl.DataFrame({"entity": ["a", "b"], "year": [2016, 2016], "count": [1.0, 2.0], "total": [9.0, 9.0]})
    >>> yearly_totals(counts, 2016).rows()
    [(2016, 9.0)]
    """
    period = [name for name in ("quarter", "place") if name in counts.columns]
    summed = counts.group_by("year").agg(pl.col("count").sum()).sort("year")
    if "total" not in counts.columns:
        return summed.rename({"count": "total"})
    cells = counts.group_by("year", *period).agg(
        pl.col("total").max(), pl.col("total").is_null().all().alias("untold")
    )
    told = cells.group_by("year").agg(pl.col("total").sum(), pl.col("untold").any())
    usable = ~pl.col("untold") & (pl.col("total") >= pl.col("count"))
    joined = summed.join(told, on="year", maintain_order="left").with_columns(
        usable.alias("usable")
    )
    if not joined.filter(pl.col("year") <= known_to)["usable"].all():
        return summed.rename({"count": "total"})
    return joined.select("year", pl.when("usable").then("total").alias("total"))


def _places(counts: pl.DataFrame, names: list[str], forecast_year: int) -> pl.DataFrame:
    recent = counts.filter(
        pl.col("year").is_between(forecast_year - 2, forecast_year) & pl.col("place").is_not_null()
    )
    number = {name: i for i, name in enumerate(names)}
    since = counts.filter((pl.col("year") <= forecast_year) & (pl.col("count") > 0)).group_by(
        "place"
    )
    first = since.agg(pl.col("year").min().cast(pl.Int64).alias("first_year"))
    own = (
        recent.filter(pl.col("entity").is_in(names))
        .group_by("entity", "place")
        .agg(pl.col("count").sum())
        .select(
            pl.col("entity").replace_strict(number).cast(pl.Int64).alias("technology"),
            "place",
            "count",
        )
    )
    whole = (
        recent.group_by("place")
        .agg(pl.col("count").sum())
        .select(pl.lit(-1, dtype=pl.Int64).alias("technology"), "place", "count")
    )
    return (
        pl.concat([own, whole])
        .join(first, on="place", how="left", maintain_order="left")
        .select(
            "technology",
            pl.lit("country").alias("kind"),
            pl.col("place").cast(pl.String).alias("name"),
            pl.col("count").round(0).cast(pl.Int64).alias("documents_count"),
            "first_year",
        )
        .filter(pl.col("documents_count") > 0)
        .sort("technology", "kind", -pl.col("documents_count"), "name")
    )

"""Tables of a trace beside those of the formulas: technologies by rank, since when each record has
them, what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.instruments.diffusion.readiness import KINDS
from firstlight.instruments.diffusion.tracing import RecordSeries

EXAMPLES = 8  # technologies named for each step
WELL_FILLED = 0.2  # of a record's mean yearly documents, below which a year's share is not drawn
PER = 1000  # documents of the record, for which those of a technology are drawn


def ranked(
    stages: pl.DataFrame,
    presence: pl.DataFrame,
    begins: Mapping[str, int],
    base: str,
    plain: Sequence[str],
) -> pl.DataFrame:
    """By rank: those confirmed in most records first, and of these the ones whose arrival the
    records show.

    Then come those that took off in the first record, then those with most documents in the record
    that holds fewest. Plain words ("layer") stand at the end: names of several words and acronyms
    say more.

    begins : kind -> first year of its record
    plain  : technologies that are a plain word
    """
    is_class = pl.col("is_by_class")
    starts = pl.col("kind").replace_strict(dict(begins), return_dtype=pl.Int64)
    confirmed = (
        presence.filter("is_confirmed")
        .group_by("technology")
        .agg(
            (~is_class).sum().alias("records_count"),
            is_class.sum().alias("classes_count"),
            (pl.col("sustained_year") > starts).filter(~is_class).all().alias("is_arrival_seen"),
            pl.col("documents_count").filter(~is_class).min().alias("fewest_count"),
        )
    )
    own = presence.filter(pl.col("kind") == base)
    size = own.select(
        "technology", "documents_count", (pl.col("take_off_state") == "seen").alias("takes_off")
    )
    joined = stages.join(confirmed, on="technology", how="left").join(
        size, on="technology", how="left"
    )
    counts = [
        pl.col(name).fill_null(0).cast(pl.Int64)
        for name in ("records_count", "classes_count", "fewest_count")
    ]
    figures = ["is_arrival_seen", "takes_off", "fewest_count", "documents_count"]
    order = ["records_count", "classes_count", *figures]
    is_plain = pl.col("technology").is_in(plain).alias("is_plain_word")
    joined = joined.with_columns(*counts, pl.col("is_arrival_seen").fill_null(False), is_plain)
    ordered = joined.sort(
        "is_plain_word", *order, "technology", descending=[False, *(True for _ in order), False]
    )
    numbered = ordered.drop("takes_off").with_row_index("rank", offset=1)
    return numbered.with_columns(pl.col("rank").cast(pl.Int64))


def steps(technologies: pl.DataFrame, presence: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    """Each kind of record, with how many technologies are confirmed there, how many no further, and
    some of these.

    kind, confirmed_count, furthest_count, examples (list of names, by rank)
    """
    place = {kind: number for number, kind in enumerate(KINDS)}
    confirmed = (
        presence.join(technologies.select("technology"), on="technology")
        .filter("is_confirmed")
        .with_columns(pl.col("kind").replace_strict(place, return_dtype=pl.Int64).alias("place"))
    )
    furthest = confirmed.sort("place").group_by("technology").agg(pl.col("kind").last())
    ranked = technologies.select("technology", "rank").join(furthest, on="technology").sort("rank")
    rows = []
    for kind in kinds:
        here = ranked.filter(pl.col("kind") == kind)["technology"].to_list()
        count = confirmed.filter(pl.col("kind") == kind).height
        rows.append((kind, count, len(here), here[:EXAMPLES]))
    schema: dict[str, Any] = {
        "kind": pl.String,
        "confirmed_count": pl.Int64,
        "furthest_count": pl.Int64,
        "examples": pl.List(pl.String),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def arrivals(
    technologies: pl.DataFrame, presence: pl.DataFrame, begins: Mapping[str, int]
) -> pl.DataFrame:
    """Since when each record has each technology, and when it took off there; by rank.

    rank, technology, stage, is_taken_off, KIND_since_year and KIND_take_off_year for each kind of
    record, from_start (list of kinds whose record begins with the technology), stage_possible
    (where it is further). Years are those of confirmed presence.

    begins : kind -> first year of its record
    """
    rows = technologies.select("rank", "technology", "stage", "is_taken_off")
    confirmed = presence.filter("is_confirmed")
    for name, year in (("since", "sustained_year"), ("take_off", "take_off_year")):
        for kind in begins:
            of_kind = confirmed.filter(pl.col("kind") == kind)
            years = of_kind.select("technology", pl.col(year).alias(f"{kind}_{name}_year"))
            rows = rows.join(years, on="technology", how="left")
    starts = pl.col("kind").replace_strict(dict(begins), return_dtype=pl.Int64)
    from_start = (
        confirmed.filter(pl.col("sustained_year") == starts)
        .group_by("technology", maintain_order=True)
        .agg(pl.col("kind").alias("from_start"))
    )
    is_further = pl.col("stage_possible") != pl.col("stage")
    further = pl.when(is_further).then("stage_possible").alias("stage_possible")
    stages = technologies.select("technology", further)
    return (
        rows.join(from_start, on="technology", how="left")
        .join(stages, on="technology", how="left")
        .sort("rank")
    )


def arrivals_by_year(
    technologies: pl.DataFrame, presence: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """How many technologies each record has by the end of each year: kind, year,
    technologies_count.

    technologies : those that count
    records      : kind, first_year, last_year
    """
    spans = records.select("kind", year=pl.int_ranges("first_year", pl.col("last_year") + 1))
    years = spans.explode("year").with_columns(pl.col("year").cast(pl.Int64))
    arrived = (
        presence.filter("is_confirmed")
        .join(technologies.select("technology"), on="technology", how="semi")
        .group_by("kind", year="sustained_year")
        .agg(pl.len().cast(pl.Int64).alias("arrived"))
    )
    joined = years.join(arrived, on=["kind", "year"], how="left", maintain_order="left")
    return joined.select(
        "kind",
        "year",
        pl.col("arrived").fill_null(0).cum_sum().over("kind").alias("technologies_count"),
    )


def plotted(
    timeline: pl.DataFrame, presence: pl.DataFrame, records: Sequence[RecordSeries]
) -> pl.DataFrame:
    """The timeline with ``per_thousand``, its share as it is drawn: documents per thousand of the
    record.

    Missing where the presence is not confirmed, and in years in which the record holds little.
    """
    filled = pl.concat(
        pl.DataFrame(
            {
                "kind": [own.kind] * len(own.years),
                "year": own.years,
                "is_well_filled": own.totals >= WELL_FILLED * own.totals.mean(),
            }
        )
        for own in records
    )
    is_drawn = pl.col("is_confirmed") & pl.col("is_well_filled")
    confirmed = presence.select("technology", "kind", "is_confirmed")
    joined = timeline.join(confirmed, on=["technology", "kind"], how="left", maintain_order="left")
    joined = joined.join(filled, on=["kind", "year"], how="left", maintain_order="left")
    drawn = pl.when(is_drawn).then(PER * pl.col("share")).alias("per_thousand")
    return joined.select(*timeline.columns, drawn)


def take_offs(events: pl.DataFrame, presence: pl.DataFrame) -> pl.DataFrame:
    """The take-offs that were seen where the presence is confirmed: year, and where the interval
    begins and ends."""
    confirmed = presence.filter("is_confirmed").select("technology", "kind")
    seen = events.filter((pl.col("event") == "take_off") & pl.col("year").is_not_null())
    bounds = {f"take_off_{name}": pl.col(name) for name in ("year", "low", "high")}
    return seen.join(confirmed, on=["technology", "kind"], how="semi").select(
        "technology", "kind", **bounds
    )

"""How far a technology has come on the way from science to a growth driver, with the evidence of
each record."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from firstlight.errors import check_choice
from firstlight.numerics.long_frames import no_column

STAGES = ("science", "invention", "product", "industry", "growth_driver")
# Which stage a record speaks for: funded projects develop what was found, standards prepare a
# market.
STAGE_OF_KIND = {
    "science": "science",
    "project": "invention",
    "invention": "invention",
    "standard": "product",
    "product": "product",
    "trade": "industry",
}
KINDS = tuple(STAGE_OF_KIND)
COLUMNS = (
    *(
        "technology",
        "kind",
        "documents_count",
        "first_year",
        "sustained_year",
        "take_off_state",
        "take_off_year",
    ),
    *("growth", "is_confirmed", "is_by_class"),
)
GROWTH = 0.08  # a year, of the share: what makes an industry a driver of growth


@dataclass(frozen=True)
class Readiness:
    """The stage of each technology and what it rests on.

    stages   : technology, stage (the furthest with a sustained and confirmed presence; none where
               no record has one), stage_possible (the furthest with a sustained presence, confirmed
               or not), is_taken_off (in a record of that stage), is_by_class (no document record
               speaks for the stage), since, not_observed (list of stages that no record speaks for)
    evidence : technology, stage, kind, state (sustained, seen, not_seen, not_observed),
               documents_count, since, take_off_state, take_off_year, growth, is_confirmed,
               is_by_class
    """

    stages: pl.DataFrame
    evidence: pl.DataFrame


def readiness(presence: pl.DataFrame) -> Readiness:
    """The furthest stage in which a technology is present with three documents or more, chance
    ruled out.

    The stages are science, invention, product, industry and growth driver; an industry is a growth
    driver where its take-off was seen in a trade record and its share grows by more than 8% a year.
    A stage for which no record was given is not observed: nothing says that it is absent. (Compare
    the technology readiness levels of Mankins 1995, NASA, which judge one project from within;
    these stages are read from records.)

    Parameters
    ----------
    presence
        A row for each technology and record, the columns of ``COLUMNS``; growth is the mean yearly
        growth of the share over the last years, is_confirmed whether chance and another meaning of
        the terms are ruled out, is_by_class whether the record counts a class, which may be broader
        than the technology.

    Returns
    -------
    Readiness, with ``stages`` (a row for each technology: stage, stage_possible, is_taken_off,
    is_by_class, since, not_observed) and ``evidence`` (a row for each technology and record).

    Raises
    ------
    InputError
        For an absent column or an unknown kind.
    """
    absent = [name for name in COLUMNS if name not in presence.columns]
    if absent:
        raise no_column(absent[0], presence.columns, "presence")
    for kind in presence["kind"].unique().sort():
        check_choice("kind", kind, KINDS)
    evidence = pl.concat([_observed(presence), _drivers(presence)])
    evidence = pl.concat([evidence, _not_observed(evidence)])
    rank, kind = pl.Enum(STAGES), pl.Enum(KINDS)
    evidence = evidence.sort("technology", pl.col("stage").cast(rank), pl.col("kind").cast(kind))
    return Readiness(_stages(evidence), evidence)


def _observed(presence: pl.DataFrame) -> pl.DataFrame:
    state = (
        pl.when(pl.col("sustained_year").is_not_null())
        .then(pl.lit("sustained"))
        .when(pl.col("documents_count") > 0)
        .then(pl.lit("seen"))
        .otherwise(pl.lit("not_seen"))
    )
    return presence.select(
        pl.col("technology").cast(pl.String),
        pl.col("kind").replace_strict(STAGE_OF_KIND, return_dtype=pl.String).alias("stage"),
        pl.col("kind").cast(pl.String),
        state.alias("state"),
        pl.col("documents_count").cast(pl.Float64),
        pl.coalesce("sustained_year", "first_year").cast(pl.Int64).alias("since"),
        pl.col("take_off_state").cast(pl.String),
        pl.col("take_off_year").cast(pl.Int64),
        pl.col("growth").cast(pl.Float64),
        pl.col("is_confirmed").cast(pl.Boolean),
        pl.col("is_by_class").cast(pl.Boolean),
    )


def _drivers(presence: pl.DataFrame) -> pl.DataFrame:
    """Rows of the stage growth driver, from trade records: sustained where the take-off was seen
    and growth goes on."""
    drives = (
        pl.col("take_off_state").is_in(["seen", "before"]).fill_null(False)
        & (pl.col("growth") > GROWTH).fill_null(False)
        & (pl.col("state") == "sustained")
    )
    rows = _observed(presence).filter(pl.col("kind") == "trade")
    return rows.with_columns(
        stage=pl.lit("growth_driver"),
        state=pl.when(drives).then(pl.lit("sustained")).otherwise(pl.lit("not_seen")),
        since=pl.when(drives).then(pl.coalesce("take_off_year", "since")),
    )


def _not_observed(evidence: pl.DataFrame) -> pl.DataFrame:
    every = (
        evidence.select("technology").unique().join(pl.DataFrame({"stage": STAGES}), how="cross")
    )
    missing = every.join(evidence, on=["technology", "stage"], how="anti").with_columns(
        kind=pl.lit(None, pl.String), state=pl.lit("not_observed")
    )
    return pl.concat([evidence.clear(), missing], how="diagonal")


def _stages(evidence: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("stage").replace_strict(
        {stage: i for i, stage in enumerate(STAGES)}, return_dtype=pl.Int64
    )
    placed = evidence.with_columns(rank=rank)
    sustained = pl.col("state") == "sustained"
    confirmed = sustained & pl.col("is_confirmed").fill_null(False)
    unseen = pl.col("state") == "not_observed"
    furthest = placed.group_by("technology").agg(
        pl.col("rank").filter(confirmed).max().alias("furthest"),
        pl.col("rank").filter(sustained).max().alias("possible"),
        pl.col("stage").filter(unseen).sort_by(pl.col("rank").filter(unseen)).alias("not_observed"),
    )
    of_stage = (
        placed.filter(confirmed)
        .join(
            furthest.select("technology", pl.col("furthest").alias("rank")),
            on=["technology", "rank"],
        )
        .group_by("technology")
        .agg(
            pl.col("take_off_state").is_in(["seen", "before"]).any().alias("is_taken_off"),
            pl.col("is_by_class").all().alias("is_by_class"),
            pl.col("since").min().alias("since"),
        )
    )
    names = dict(enumerate(STAGES))
    named = [
        pl.col(own).replace_strict(names, return_dtype=pl.String).fill_null("none")
        for own in ("furthest", "possible")
    ]
    return (
        furthest.join(of_stage, on="technology", how="left")
        .select(
            "technology",
            named[0].alias("stage"),
            named[1].alias("stage_possible"),
            pl.col("is_taken_off").fill_null(False),
            pl.col("is_by_class").fill_null(False),
            "since",
            "not_observed",
        )
        .sort("technology")
    )

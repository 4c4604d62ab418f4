"""Positions of industries, of countries and of the world in one year, and what changed between
years."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from firstlight.instruments.chains.chain_positions import downstreamness, upstreamness
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.world_table import WorldTable

WEIGHTS = {"upstreamness": "value_added", "downstreamness": "final_deliveries"}


@dataclass(frozen=True)
class Positions:
    """Those of one year.

    Attributes
    ----------
    industries
        country, industry, position_index, upstreamness, downstreamness, value_added,
        final_deliveries, reason.
    countries
        The same without industry.
    world
        One row, upstreamness (downstreamness is the same) and value_added.
    """

    industries: pl.DataFrame
    countries: pl.DataFrame
    world: pl.DataFrame


def positions(table: WorldTable) -> Positions:
    """Steps to final users and from first inputs of industries, countries and the world.

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    Positions

    Raises
    ------
    InputError
        Where final demand can't be met.

    References
    ----------
    Antràs and Chor 2018, On the Measurement of Upstreamness and Downstreamness in Global Value
    Chains; Wang, Wei, Yu and Zhu 2017, NBER Working Paper 23261.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> positions(table).world["upstreamness"].round(4).to_list()
    [1.5833]
    """
    parts = pl.DataFrame(
        {
            "country": table.places,
            "industry": table.industries,
            "upstreamness": upstreamness(table.system, table.output),
            "downstreamness": downstreamness(table.system),
            "value_added": table.value_added,
            "final_deliveries": table.final.sum(axis=1),
            "everywhere": 0,
        }
    )
    alone = pl.len() == 1  # an industry's steps are its own, whatever it weighs
    return Positions(
        _mean(parts, ["country", "industry"], alone),
        _mean(parts, ["country"]),
        _mean(parts, ["everywhere"]).select("upstreamness", "value_added"),
    )


def _mean(parts: pl.DataFrame, keys: list[str], is_own: pl.Expr | None = None) -> pl.DataFrame:
    """The means of steps over value added and over deliveries to final users, and their ratio."""
    is_own = pl.lit(value=False) if is_own is None else is_own
    means = [
        pl.when(is_own)
        .then(pl.col(steps).first())
        .when(pl.col(weight).sum() > 0)
        .then((pl.col(steps) * pl.col(weight)).sum() / pl.col(weight).sum())
        .alias(steps)
        for steps, weight in WEIGHTS.items()
    ]
    sums = [pl.col(weight).sum() for weight in WEIGHTS.values()]
    means_of = parts.group_by(keys, maintain_order=True).agg(*means, *sums)
    why = (
        pl.when(pl.col("upstreamness").is_null())
        .then(pl.lit("no_value_added"))
        .when(pl.col("downstreamness").is_null())
        .then(pl.lit("no_final_deliveries"))
    )
    index = pl.col("upstreamness") / pl.col("downstreamness")
    steps = "upstreamness", "downstreamness"
    return means_of.select(
        *keys, index.alias("position_index"), *steps, *WEIGHTS.values(), reason=why
    )


def country_changes(industries: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """What changed for each country from the first year to the last, and how much of it lies within
    industries: with shares w and steps s, sum of mean(w) ds within, sum of mean(s) dw from the mix.
    Empty for one year."""
    ends = _first_and_last(countries, "country")
    pairs = _first_and_last(industries, "country", "industry")
    changes = ["position_index", *WEIGHTS]
    ends = ends.select("country", *map(_change, changes), _why())
    for steps, weight in WEIGHTS.items():
        parts = pairs.select("country", *_parts(steps, weight)).group_by("country").sum()
        ends = ends.join(parts, on="country", how="left", maintain_order="left")
        step_columns = pl.col(f"{steps}_within", f"{steps}_mix")
        ends = ends.with_columns(
            pl.when(pl.col(f"{steps}_change").is_not_null()).then(step_columns)
        )
    ends = ends.rename({"position_index_change": "position_change"})
    moved = ends.select(
        "country",
        "position_change",
        "upstreamness_change",
        "upstreamness_within",
        "upstreamness_mix",
        "downstreamness_change",
        "downstreamness_within",
        "downstreamness_mix",
        "reason",
    )
    return best_first(moved, "position_change")


def industry_changes(industries: pl.DataFrame) -> pl.DataFrame:
    """The industries of a country from the first year to the last, those that moved up most first.
    Empty for one year."""
    changes = _first_and_last(industries, "industry").select(
        "industry",
        pl.col("position_index").alias("position_before"),
        pl.col("position_index_last").alias("position_after"),
        _change("position_index").alias("position_change"),
        pl.col("value_added_last").alias("value_added"),
        _why(),
    )
    return best_first(changes, "position_change")


def _first_and_last(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The first year's rows beside the last's, whose columns end in _last; empty where that is one
    year."""
    years = frame["year"] if "year" in frame.columns else pl.Series([0])
    is_of = [pl.lit(years.n_unique() > 1) & (pl.lit(years) == end) for end in years.unique().sort()]
    first = frame.filter(is_of[0])
    last = frame.filter(is_of[-1])
    return first.join(last, on=keys, how="full", coalesce=True, suffix="_last").sort(keys)


def _change(column: str) -> pl.Expr:
    return (pl.col(f"{column}_last") - pl.col(column)).alias(f"{column}_change")


def _why() -> pl.Expr:
    is_known = _change("position_index").is_not_null()
    why = pl.coalesce("reason_last", "reason", pl.lit("one_year"))
    return pl.when(~is_known).then(why).alias("reason")


def _parts(steps: str, weight: str) -> tuple[pl.Expr, pl.Expr]:
    """What an industry adds to its country's change: by its own steps, and by its share."""
    # an industry that comes or goes has no weight in one year, and the steps of the other
    weights = [pl.col(f"{weight}{end}").fill_null(0) for end in ("", "_last")]
    before, after = (own / own.sum().over("country") for own in weights)
    ends = pl.coalesce(steps, f"{steps}_last"), pl.coalesce(f"{steps}_last", steps)
    within = (before + after) / 2 * (ends[1] - ends[0])
    mix = (ends[0] + ends[1]) / 2 * (after - before)
    return within.alias(f"{steps}_within"), mix.alias(f"{steps}_mix")

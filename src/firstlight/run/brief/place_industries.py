"""What a place is strong in and what is within its reach, from the location quotients of a table of
places and industries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.complexity.entry_rules import (
    AHEAD,
    EntryRecord,
    entry_record,
    first_of_each,
    rule_scores,
)

__all__ = ["PlaceIndustries", "place_industries"]

Floats = npt.NDArray[np.float64]
STRONG = 1.1  # location quotient of a strength at the least: a tenth more than elsewhere
CALLED = 3  # places that are named beside an industry
_REST = r"(?i)^(?:all\s+)?others?\b|^其[他它]"  # what is left over is no industry to foster


@dataclass(frozen=True)
class PlaceIndustries:
    """The industries of one place in the last year of a table.

    frame  : industry, location_quotient, location_quotient_low, location_quotient_high,
             place_share (of the place's total), rank (of the place among all by quotient),
             strong_places (those with the highest quotients, others than this one), strong_count
             (other places that it is a strength of), growth (of its sum over all places in
             `AHEAD` years, in proportion), standing ("strength", "reach" or "other"), order
             (within the standing, from 1)
    record : of what the same rules named before; None where the table has too few years
    """

    place: str
    year: int | None
    places_count: int
    frame: pl.DataFrame
    record: EntryRecord | None


def place_industries(quotients: pl.DataFrame, place: str) -> PlaceIndustries:
    """The strengths of a place, and what the rule that did best names for it.

    A strength is an industry whose location quotient is at least `STRONG` and in the first half of
    all places, and surely above 1 or 1 or more in each of `AHEAD` years and the one before. Those
    that grow more over all places than the median industry come first, then the highest quotients.

    quotients : as `concentration` makes it: place, industry, value, location_quotient with its
                interval, place_share, and year where the table has years
    """
    if "year" not in quotients.columns:
        quotients = quotients.with_columns(year=pl.lit(None, pl.Int32))
    quotients = quotients.filter(~pl.col("industry").str.contains(_REST))
    last: Any = quotients["year"].max()
    now = quotients.filter(pl.col("year").eq_missing(last))
    quotient = pl.col("location_quotient")
    now = now.join(_lasting(quotients, last), on=["place", "industry"], how="left")
    is_sure = (pl.col("location_quotient_low") > 1) | pl.col("is_lasting").fill_null(False)
    places_count = now["place"].n_unique()
    rank = quotient.rank("min", descending=True).over("industry").cast(pl.Int64)
    now = now.with_columns(rank=rank)
    is_high = (quotient >= STRONG) & (pl.col("rank") <= places_count / 2)
    is_strength = is_sure.fill_null(False) & is_high
    now = now.with_columns(is_strength=is_strength.fill_null(False))
    others = pl.col("place") != place
    strong = now.filter(others & (quotient >= 1)).sort(
        "location_quotient", "place", descending=[True, False]
    )
    called = strong.group_by("industry").agg(pl.col("place").head(CALLED).alias("strong_places"))
    counted = now.group_by("industry").agg(
        (pl.col("is_strength") & others).sum().cast(pl.Int64).alias("strong_count")
    )
    own = now.filter(pl.col("place") == place).drop_nulls("location_quotient")
    own = own.join(called, on="industry", how="left").join(counted, on="industry", how="left")
    own = own.join(_growth(quotients, last), on="industry", how="left")
    record, reach = _reach(quotients, place)
    return PlaceIndustries(
        place,
        last,
        places_count,
        _with_standing(own, reach),
        record,
    )


def _lasting(quotients: pl.DataFrame, last: int | None) -> pl.DataFrame:
    """Place, industry, is_lasting: whether the quotient was 1 or more in each of `AHEAD` years and
    the one before; no row where it is not known."""
    if last is None:
        return quotients.clear().select("place", "industry", is_lasting=pl.lit(True))
    recent = quotients.filter(pl.col("year") >= last - AHEAD)
    is_lasting = (pl.col("location_quotient") >= 1).sum() == AHEAD + 1
    return recent.group_by("place", "industry").agg(is_lasting=is_lasting)


def _growth(quotients: pl.DataFrame, last: int | None) -> pl.DataFrame:
    """Industry, growth: of its sum over all places; null where it is not known."""
    sums = quotients.group_by("year", "industry").agg(pl.col("value").sum())
    if last is None:
        return sums.select("industry", growth=pl.lit(None, pl.Float64)).unique("industry")
    before = sums.filter(pl.col("year") == last - AHEAD).rename({"value": "before"})
    both = sums.filter(pl.col("year") == last).join(before, on="industry", how="left")
    is_known = pl.col("before") > 0
    growth = pl.when(is_known).then(pl.col("value") / pl.col("before") - 1)
    return both.select("industry", growth=growth)


def _reach(quotients: pl.DataFrame, place: str) -> tuple[EntryRecord | None, list[str]]:
    """The record of the rules, and what the one that did best names for a place, likeliest first;
    where too few years are checked, no industry."""
    wide = quotients.drop_nulls("year").sort("year", "place", "industry")
    years = wide["year"].unique().sort().to_list()
    is_whole = bool(years) and years == list(range(years[0], years[-1] + 1))
    if not is_whole:
        return None, []
    places, industries = (wide[name].unique().sort() for name in ("place", "industry"))
    cube = np.full((len(years), len(places), len(industries)), np.nan)
    at = (
        wide["year"].to_numpy() - years[0],
        places.search_sorted(wide["place"]).to_numpy(),
        industries.search_sorted(wide["industry"]).to_numpy(),
    )
    cube[at] = wide["location_quotient"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    record = entry_record(tuple(years), cube)
    if record is None:
        return None, []
    row = places.to_list().index(place)
    scores = rule_scores(cube, len(years) - 1)[record.rule]
    is_absent = cube[-1] < 1
    chosen = np.flatnonzero(first_of_each(scores, is_absent)[row])
    order = chosen[np.argsort(-scores[row, chosen], kind="stable")]
    return record, industries.gather(order).to_list()


def _with_standing(own: pl.DataFrame, reach: list[str]) -> pl.DataFrame:
    is_strength = pl.col("is_strength")
    is_reach = pl.col("industry").is_in(reach)
    standing = (
        pl.when(is_strength)
        .then(pl.lit("strength"))
        .when(is_reach)
        .then(pl.lit("reach"))
        .otherwise(pl.lit("other"))
    )
    own = own.with_columns(standing=standing)
    is_growing = (pl.col("growth") > pl.col("growth").median()).fill_null(False)
    place_of = {name: place for place, name in enumerate(reach)}
    in_reach = pl.col("industry").replace_strict(place_of, default=len(reach))
    order = pl.when(is_strength).then((~is_growing).cast(pl.Int64)).otherwise(in_reach)
    ordered = own.with_columns(order=order).sort(
        "standing", "order", "location_quotient", "industry", descending=[True, False, True, False]
    )
    return ordered.with_columns(order=pl.int_range(1, pl.len() + 1).over("standing"))

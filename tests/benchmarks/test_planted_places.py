"""The made-up map and the planted rush keep to their plan."""

from __future__ import annotations

import polars as pl
from benchmarks.planted.economy import PLACES, made_up_economy
from benchmarks.planted.places import (
    LEAVE,
    RUSH,
    RUSH_YEARS,
    RUSHING,
    made_up_jobs,
    made_up_sites,
)


def test_every_place_has_a_spot_on_empty_sea() -> None:
    sites = made_up_sites()
    assert set(sites["place"]) == set(PLACES)
    assert (
        sites["latitude"].is_between(-40, -28).all()
        and sites["longitude"].is_between(-124, -112).all()
    )


def test_the_rush_comes_and_goes_as_planted_and_all_else_is_as_before() -> None:
    jobs = made_up_jobs()
    rush = jobs.filter((pl.col("industry") == RUSH) & pl.col("place").is_in(RUSHING))
    first = dict(rush.group_by("place").agg(pl.col("year").min()).iter_rows())
    last = dict(rush.group_by("place").agg(pl.col("year").max()).iter_rows())
    assert set(first) == set(RUSHING) and set(first.values()) == set(
        range(RUSH_YEARS[0], RUSH_YEARS[1] + 1)
    )
    assert {place for place in RUSHING if last[place] == LEAVE - 1} == set(RUSHING[::3])
    keys = ["place", "industry", "year"]
    other = jobs.join(rush, on=keys, how="anti").select(*keys, "value")
    before = made_up_economy().panel.select(*keys, value="labour")
    assert other.sort(keys).equals(
        other.join(before, on=[*keys, "value"]).select(other.columns).sort(keys)
    )
    signals = jobs.select("industry", "year", "complexity", "growth").unique()
    assert not signals.select(pl.struct("industry", "year").is_duplicated().any()).item()

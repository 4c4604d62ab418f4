"""The made-up works hold what was planted in them."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.planted.works import (
    BRIDGE,
    COMMUNITIES,
    RISE,
    SPECIALISTS,
    TERMS,
    made_up_joint_works,
    made_up_results,
    made_up_works,
)


def test_only_the_bridge_crosses_communities_and_only_specialists_know_all() -> None:
    works = made_up_works()
    groups = works.group_by("work").agg(
        pl.col("group").unique(), crosses=(pl.col("member") == BRIDGE).any()
    )
    across = groups.filter(pl.col("group").list.len() > 1)
    assert across["crosses"].all() and across.height == groups["crosses"].sum()
    third = works.filter(pl.col("term").is_in([terms[2] for terms in TERMS.values()]))
    assert set(third["member"].unique()) == set(SPECIALISTS)
    assert works["member"].n_unique() == 41 and set(works["group"].unique()) == {
        *COMMUNITIES,
        "Bridge",
    }
    assert made_up_works(1).equals(made_up_works(1)) and not made_up_works(1).equals(
        made_up_works(2)
    )


def test_joint_works_rise_as_planted() -> None:
    works = made_up_joint_works(2000, 3)
    size = (
        works.group_by("work", "year")
        .len()
        .with_columns(lead=pl.col("work").str.split("-").list.get(1))
    )
    for lead, (first, last) in RISE.items():
        for year, share in ((2012, first), (2013, (first + last) / 2), (2014, last)):
            own = size.filter((pl.col("lead") == lead) & (pl.col("year") == year))["len"]
            assert (own > 1).mean() == pytest.approx(
                share, abs=0.04
            )  # 2,000 draws: 3.5 standard errors


def test_results_are_what_goes_into_them_and_luck() -> None:
    held = made_up_results(200)
    luck = (
        pl.col("result") / (pl.col("people") * pl.col("works_per_person") * pl.col("quality"))
    ).log()
    assert held.select(luck).to_series().std() == pytest.approx(0.15, abs=0.01)

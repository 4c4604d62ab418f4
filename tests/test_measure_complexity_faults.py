"""Complexity and opportunities on tables that something is wrong with: totals, bad years, nothing to score, nothing near."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.run.measurements.complexity import _like_diversity
from test_measure_complexity import said, sample_opportunities, tables, world

pytestmark = pytest.mark.slow


def test_what_is_the_sum_of_all_others_is_pointed_out_first() -> None:
    last = world().panel.filter(pl.col("year") == 2020)
    total = last.group_by("activity", "group", "year").agg(
        pl.col("value").sum(), place=pl.lit("All of it")
    )
    whole = pl.concat([last, total.select(last.columns)])
    for name, given in (("complexity", whole), ("opportunities", whole)):
        found, _ = tables(name, given)
        assert "'All of it' is the sum of all other places" in said(found, "total")
    assert found["sentences"]["code"][0] == "total"
    clean, _ = tables("complexity", last)
    assert "total" not in clean["sentences"]["code"]


def test_a_year_that_is_not_foretold_says_so_and_a_bad_year_is_named() -> None:
    found, _ = tables(
        "opportunities", world().panel.filter(pl.col("year") > 2009), horizon=3, year=2018
    )
    assert not found["portfolio"]["chance_share"].count() and "only the last year" in said(
        found, "no_chances"
    )
    assert "no_chances" not in sample_opportunities()[0]["sentences"]["code"]
    void = world().panel.with_columns(
        pl.when(pl.col("year") == 2005).then(0.0).otherwise("value").alias("value")
    )
    with pytest.raises(InputError, match=r"(?s)every value is 0.*year 2005.*--record no"):
        tables("opportunities", void)
    assert tables("opportunities", void, record=False)[0]["portfolio"].height
    late = world().panel.filter(pl.col("year") > 2010)
    said_of = [
        tables("opportunities", late, horizon=3, least_total=least)[0]["conventions"]
        for least in (0.0, 500.0)
    ]
    assert [
        text["text_en"].str.contains("what it had counts as left").any() for text in said_of
    ] == [False, True]


def test_a_record_that_can_not_be_scored_says_why_in_both_languages() -> None:
    last = world().panel.filter(pl.col("year") == 2020)
    still = pl.concat(
        [last.with_columns(year=pl.lit(year, pl.Int64)) for year in range(2000, 2021, 5)]
    )
    found, _ = tables("opportunities", still)
    assert "no entry came to be" in said(found, "no_record")
    chinese = found["sentences"].filter(pl.col("code") == "no_record")["text_zh"][0]
    assert chinese == "没有此类预测的记录：没有可检验的预测年：无进入发生。"


def test_what_is_near_to_nothing_has_no_nearest() -> None:
    rows = [(f"P{n % 6}", name, 1.0) for n, name in enumerate("abcabcabcabc")]
    rows += [("Q", "x", 1.0), ("Q", "y", 1.0)]
    given = pl.DataFrame(rows, ["place", "activity", "value"], orient="row").unique()
    found, _ = tables(
        "complexity", given.with_columns(year=pl.lit(None, pl.Int64)), presence="given"
    )
    assert found["nearest_activities"]["proximity"].min() > 0
    lone = found["nearest_activities"].filter(pl.col("activity") == "x")
    assert lone["other_activity"].to_list() == ["y"]


def test_what_is_told_and_listed_first_is_of_the_year_that_is_shown() -> None:
    rows = [
        (p, a, 1.0, 2000)
        for p, own in {"A": "xyz", "B": "xy", "C": "x", "D": "yz"}.items()
        for a in own
    ]
    rows += [
        (p, a, 1.0, 2001) for p, a in zip("ABCD", "xyzx", strict=True)
    ]  # no two share one: no index
    panel = pl.DataFrame(rows, schema=["place", "activity", "value", "year"], orient="row")
    panel = panel.with_columns(pl.lit(None, pl.String).alias("group"))
    early, _ = tables("complexity", panel, year=2000, presence="given")
    late, _ = tables("complexity", panel, presence="given")
    assert early["place_complexity"]["year"].to_list() == [2000] * 4 + [2001] * 4
    assert early["activity_complexity"]["year"].to_list() == [2000] * 3 + [2001] * 3
    assert not said(early, "none"), "what is said is said of 2000"
    assert said(early, "without").startswith(
        "Some place has no ECI in 1 of the 1 other years; its row says why."
    )
    assert "No place has an index in 2001." in said(late, "none")
    assert "No ECI in 2001 for A, D" in said(late, "without") and "2001年" in said(late, "without")


def test_names_with_commas_stay_apart_among_the_highest() -> None:
    rows = [
        (p, a, 1.0) for p, own in {"A, B and C": "xyz", "B": "xy", "C": "x"}.items() for a in own
    ]
    panel = pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")
    panel = panel.with_columns(year=pl.lit(None, pl.Int64), group=pl.lit(None, pl.String))
    assert "Most complex: A, B and C; B; C." in said(
        tables("complexity", panel, presence="given")[0], "highest"
    )


def test_one_community_is_not_told_as_several_and_no_correlation_not_as_below_0() -> None:
    rows = [
        (p, a, 1.0)
        for p, own in {"A": "xyz", "B": "xy", "C": "yz", "D": "zx", "E": "xyz"}.items()
        for a in own
    ]
    panel = pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")
    panel = panel.with_columns(year=pl.lit(None, pl.Int64), group=pl.lit(None, pl.String))
    told = said(tables("complexity", panel, presence="given")[0], "space")
    assert (
        told.startswith("The space of 3 activities is one community; its largest: ")
        and "为一个社群" in told
    )
    ranked = pl.DataFrame(
        {"eci": [float(k) for k in range(400)], "diversity_count": [2.0, 1.0] * 200}
    )
    assert "diversity: 0.00 over 400 places" in _like_diversity(ranked)[0][1][0]


def test_nobody_falls_where_all_that_stay_climb() -> None:
    """The twenty that are lowest at first are alone in the last year, with what they had."""
    now = world().panel.filter(pl.col("year") == 2020)
    lowest = (
        tables("complexity", now)[0]["place_complexity"]
        .drop_nulls("eci")
        .sort("eci")["place"]
        .head(20)
    )
    later = now.filter(pl.col("place").is_in(lowest.to_list())).with_columns(
        year=pl.lit(2021, pl.Int64)
    )
    for (first, last), way, not_so in (
        ((now, later), "climbed", "fell"),
        ((later, now), "fell", "climbed"),
    ):
        years = [
            one.with_columns(year=pl.lit(year, pl.Int64))
            for year, one in ((2000, first), (2010, last))
        ]
        told = said(tables("complexity", pl.concat(years))[0], "moved")
        assert f" {way} furthest (rank " in told and not_so not in told and told.count("最多") == 1

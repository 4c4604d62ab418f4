"""Complexity and opportunities on tables that something is wrong with: totals, bad years, nothing
to score, nothing near."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.complexity.economic_complexity.answer import like_diversity
from firstlight.texts import Code, Count, Name, Year, message, names
from test_measure_complexity import (
    conventions,
    error_of,
    measured,
    said,
    sample_opportunities,
    values,
    world,
)

pytestmark = pytest.mark.slow


def test_what_is_the_sum_of_all_others_is_pointed_out_first() -> None:
    last = world().panel.filter(pl.col("year") == 2020)
    total = last.group_by("activity", "group", "year").agg(
        pl.col("value").sum(), place=pl.lit("All of it")
    )
    whole = pl.concat([last, total.select(last.columns)])
    for name in ("complexity", "opportunities"):
        found = measured(name, whole)
        assert values(found, "total")["name"] == Name("All of it")
    assert found.said[0].code == "total"
    assert said(measured("complexity", last), "total") is None


def test_a_year_that_is_not_foretold_says_so_and_a_bad_year_is_named() -> None:
    early = world().panel.filter(pl.col("year") > 2009)
    found = measured("opportunities", early, horizon=3, shown_year=2018)
    assert not found.table["chance_share"].count() and said(found, "no_chances")
    assert found.said[0].code == "listed"
    assert said(sample_opportunities(), "no_chances") is None
    void = world().panel.with_columns(
        pl.when(pl.col("year") == 2005).then(0.0).otherwise("value").alias("value")
    )
    error = error_of("opportunities", void)
    assert error.code == "no_record"
    what, where, try_next = error.parts("en")
    assert "every value is 0" in what and "2005" in where and "record = no" in try_next
    assert measured("opportunities", void, record=False).table.height
    late = world().panel.filter(pl.col("year") > 2010)
    for least, is_there in ((0.0, False), (500.0, True)):
        found = measured("opportunities", late, horizon=3, least_total=least)
        assert ("small_then" in conventions(found)) == is_there


def test_a_record_that_can_not_be_scored_says_why() -> None:
    last = world().panel.filter(pl.col("year") == 2020)
    still = pl.concat(
        [last.with_columns(year=pl.lit(year, pl.Int64)) for year in range(2000, 2021, 5)]
    )
    found = measured("opportunities", still)
    assert values(found, "record_not_scored")["reason"] == Code("codes.reason.no_event")


def test_what_is_near_to_nothing_has_no_nearest() -> None:
    rows = [(f"P{n % 6}", name, 1.0) for n, name in enumerate("abcabcabcabc")]
    rows += [("Q", "x", 1.0), ("Q", "y", 1.0)]
    given = pl.DataFrame(rows, ["place", "activity", "value"], orient="row").unique()
    nearest = measured("complexity", given, presence="given").tables["nearest_activities"]
    assert nearest["proximity"].min() > 0
    lone = nearest.filter(pl.col("activity") == "x")
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
    early = measured("complexity", panel, shown_year=2000, presence="given")
    late = measured("complexity", panel, presence="given")
    assert early.table["year"].to_list() == [2000] * 4 + [2001] * 4
    years = early.tables["activity_complexity"]["year"].to_list()
    assert years == [2000] * 3 + [2001] * 3
    assert said(early, "no_index") is None, "what is said is said of 2000"
    elsewhere = message("without_elsewhere", count=Count(1), all=Count(1))
    assert said(early, "without_elsewhere") == elsewhere
    assert late.said[0].code == "no_index"
    assert values(late, "no_index")["when"].value.values == {"year": Year(2001)}
    assert values(late, "without")["places"] == names(["A", "D"])


def test_names_with_commas_stay_apart_among_the_highest() -> None:
    rows = [
        (p, a, 1.0) for p, own in {"A, B and C": "xyz", "B": "xy", "C": "x"}.items() for a in own
    ]
    panel = pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")
    found = measured("complexity", panel, presence="given")
    assert values(found, "highest")["places"] == Name("A, B and C; B; C")


def test_one_community_is_not_told_as_several_and_no_correlation_not_as_below_0() -> None:
    rows = [
        (p, a, 1.0)
        for p, own in {"A": "xyz", "B": "xy", "C": "yz", "D": "zx", "E": "xyz"}.items()
        for a in own
    ]
    panel = pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")
    found = measured("complexity", panel, presence="given")
    assert values(found, "one_community")["activities"] == Count(3)
    ranked = pl.DataFrame(
        {"eci": [float(k) for k in range(400)], "diversity_count": [2.0, 1.0] * 200}
    )
    [alike] = like_diversity(ranked)
    assert alike.values["count"] == Count(400)
    assert "is 0.00 over 400 places" in found.texts.sentence("en", alike)


def test_nobody_falls_where_all_that_stay_climb() -> None:
    """The twenty that are lowest at first are alone in the last year, with what they had."""
    now = world().panel.filter(pl.col("year") == 2020)
    known = measured("complexity", now).table.drop_nulls("eci")
    lowest = known.sort("eci")["place"].head(20)
    later = now.filter(pl.col("place").is_in(lowest.to_list()))
    for (first, last), way in (((now, later), "climbed"), ((later, now), "fell")):
        years = [
            one.with_columns(year=pl.lit(year, pl.Int64))
            for year, one in ((2000, first), (2010, last))
        ]
        codes = [each.code for each in measured("complexity", pl.concat(years)).said]
        assert way in codes and len({"moved", "climbed", "fell"} & set(codes)) == 1

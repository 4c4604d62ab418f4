"""Totals among the names of a table: left out and said, kept when asked for, and never mistaken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from firstlight.sources.totals import totals_among
from firstlight.texts import Count, message, names

PLACES = ("北京", "天津", "河北", "山西", "内蒙古")


def gaps(*totals: str, times: float = 1.0, years: int = 3) -> pl.DataFrame:
    """Five provinces, and names whose numbers are ``times`` the sum of theirs."""
    rows = [
        (name, 2018 + year, 1.0 + at * (1 + 0.1 * year))
        for at, name in enumerate(PLACES)
        for year in range(years)
    ]
    sums = {year: sum(value for _, own, value in rows if own == year) for _, year, _ in rows}
    rows += [(name, year, times * value) for name in totals for year, value in sums.items()]
    return pl.DataFrame(rows, ["unit", "year", "value"], orient="row")


def left_out(*totals: str) -> Any:
    return message("totals_left_out", count=Count(len(totals)), names=names(totals))


@pytest.mark.parametrize("total", ["全国", "合计", "总计", "Total", "ALL", "Grand total"])
def test_what_is_called_a_total_is_left_out_whatever_its_numbers(
    total: str, tmp_path: Path
) -> None:
    """A mean of the nation is no sum, and no province either."""
    given = fl.measure("inequality", gaps(total, times=0.2), project=tmp_path / "with")
    without = fl.measure("inequality", gaps(), project=tmp_path / "without")
    assert given.said[1] == left_out(total)  # the answer comes first
    assert (given.said[0], *given.said[2:]) == without.said
    assert given.table.equals(without.table)
    aside = given.tables["set_aside_rows"]
    assert aside.select("value", "code").unique().rows() == [(total, "total")]
    assert aside["row"].to_list() == [16, 17, 18]
    for lang in ("en", "zh"):
        assert total in given.summary(lang).splitlines()[1]


@pytest.mark.parametrize(
    ("name", "times", "is_total"),
    [("全省", 1.0, True), ("World", 1.004, True), ("World", 0.2, True), ("Hubei", 1.0, False)],
)
def test_what_may_be_a_place_is_left_out_where_it_is_the_sum(
    name: str, times: float, is_total: bool
) -> None:
    assert totals_among(gaps(name, times=times)) == ({"unit": [name]} if is_total else {})


@pytest.mark.parametrize(
    ("times", "years", "is_total"),
    [(1.0, 5, True), (1.00003, 5, True), (1.0, 4, False), (1.0005, 9, False)],
)
def test_an_exact_sum_through_years_is_a_total_whatever_it_is_called(
    times: float, years: int, is_total: bool
) -> None:
    """A nation among its provinces; a place that has half of all by chance is not so to 1e-4."""
    frame = gaps("Deutschland", times=times, years=years)
    assert totals_among(frame) == ({"unit": ["Deutschland"]} if is_total else {})


@pytest.mark.parametrize(("step", "is_total"), [(0, False), (1, True)])
def test_small_numbers_that_never_change_are_a_sum_but_once(step: int, is_total: bool) -> None:
    """3 patents in one place and 1 in each of three others, ten years long; and where they grow."""
    rows = [
        (name, 2010 + year, size * (1.0 + step * year))
        for name, size in (("a", 3.0), ("b", 1.0), ("c", 1.0), ("d", 1.0))
        for year in range(10)
    ]
    frame = pl.DataFrame(rows, ["unit", "year", "value"], orient="row")
    assert totals_among(frame) == ({"unit": ["a"]} if is_total else {})


def test_an_index_of_a_table_with_its_nation_is_that_of_the_provinces(tmp_path: Path) -> None:
    given = fl.measure("inequality", gaps("China", years=9), project=tmp_path / "with")
    without = fl.measure("inequality", gaps(years=9), project=tmp_path / "without")
    assert given.said[1] == left_out("China") and given.table.equals(without.table)


def test_a_list_without_numbers_and_an_origin_of_products_have_no_totals() -> None:
    listed = gaps("全国").select("unit", pl.lit(None, pl.Float64).alias("value"))
    assert totals_among(listed) == totals_among(listed.select("unit")) == {}
    sources = gaps("Total").rename({"unit": "origin"})
    assert totals_among(sources) == {}
    assert totals_among(sources.with_columns(destination=pl.lit("x"))) == {"origin": ["Total"]}


def test_two_totals_are_both_left_out_and_each_column_has_its_own() -> None:
    assert totals_among(gaps("全国", "合计")) == {"unit": ["全国", "合计"]}
    rows = [
        (place, industry, 1.0 + len(place) * size)
        for place in (*PLACES, "全国")
        for industry, size in (("coal", 1.0), ("steel", 2.0), ("Total", 3.0))
    ]
    frame = pl.DataFrame(rows, ["place", "industry", "value"], orient="row")
    assert totals_among(frame) == {"place": ["全国"], "industry": ["Total"]}


def test_a_nation_by_itself_or_beside_one_province_is_kept(tmp_path: Path) -> None:
    one = gaps("全国").filter(pl.col("unit").is_in(["北京", "全国"]))
    assert totals_among(one) == totals_among(gaps("全国").filter(unit="全国")) == {}
    found = fl.measure("inequality", one, project=tmp_path)
    assert found.said[0].code == "called_total"


def test_totals_are_kept_when_asked_for_and_told_as_before(tmp_path: Path) -> None:
    frame = gaps("全国")
    kept = fl.measure("inequality", frame, keep_totals="yes", project=tmp_path)
    assert kept.said[0].code == "sum_of_others"
    left = fl.measure("inequality", frame, project=tmp_path)
    assert left.said[1] == left_out("全国") and left.said[0] != kept.said[1]
    again = fl.measure("inequality", frame, keep_totals=True, project=tmp_path)
    assert again.table.equals(kept.table) and not again.table.equals(left.table)


def test_provinces_with_a_nation_have_their_neighbours(tmp_path: Path) -> None:
    more = ("辽宁", "吉林", "黑龙江", "全国")
    rows = [(place, 1.0 + at % 3 + at) for at, place in enumerate((*PLACES, *more))]
    frame = pl.DataFrame(rows, ["place", "value"], orient="row")
    found = fl.measure("spatial_pattern", frame, project=tmp_path)
    assert found.said[1] == left_out("全国")
    assert "neighbours_provinces" in [said.code for said in found.conventions]


def test_a_measurement_without_units_has_no_such_option(tmp_path: Path) -> None:
    with pytest.raises(fl.errors.InputError) as caught:
        fl.measure("weak_links", keep_totals="yes", project=tmp_path)
    assert caught.value.code == "no_option"

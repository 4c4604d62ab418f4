"""Measure places end to end: planted borders, rushes and clusters come back, plants and totals are
known, bad input is named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.places import RUSH, RUSH_YEARS, made_up_jobs
from benchmarks.planted.prices import bordered_prices

import firstlight as fl
from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.instruments.places.industry_concentration.agglomeration import agglomeration
from firstlight.instruments.places.sites import neighbours_of
from firstlight.message_json import message_from_json
from firstlight.number_format import short_number
from firstlight.result import Result
from firstlight.texts import Code, Count, Name, Phrase, Year, message
from firstlight.views.charts import drawing_tables


@pytest.fixture
def measure(tmp_path: Path) -> Any:
    def measured(name: str, source: Any = None, **options: Any) -> Any:
        return fl.measure(name, source, project=tmp_path / "kept", **options)

    return measured


def codes(found: Result) -> list[str]:
    return [own.code for own in found.said]


def conventions(found: Result) -> str:
    """What is said of conventions, in English."""
    said = [found.texts.sentence("en", own, "conventions") for own in found.conventions]
    return " ".join(said)


def drawn(found: Result) -> tuple[str, pl.DataFrame]:
    """The kind of the first drawing, and the nodes of all."""
    drawings = [own for own in found.charts if isinstance(own, Drawing)]
    return drawings[0].kind, drawing_tables(found, drawings)[0]["nodes"]


def plants() -> pl.DataFrame:
    rows = [(f"p{k % 5}", "xyz"[k % 3], f"firm {k}", float(5 + (k * 7) % 40)) for k in range(60)]
    return pl.DataFrame(rows, schema=["place", "industry", "firm", "jobs"], orient="row")


def test_concentration_adds_plants_up_and_holds_them_against_chance(measure: Any) -> None:
    found = measure("concentration", plants())
    expected = agglomeration(plants(), "jobs").sort("ellison_glaeser_index", descending=True)
    told = found.tables["agglomeration"]
    assert told.select("industry", "ellison_glaeser_index", "p_value").equals(
        expected.select("industry", "ellison_glaeser_index", "p_value")
    )
    added = plants().group_by("place", "industry").agg(pl.col("jobs").sum())
    assert found.tables["quotients"].height == 15
    plain = measure("concentration", added)
    assert "agglomeration" not in plain.tables
    assert plain.tables["concentration"].equals(found.tables["concentration"])
    width = {name: own.tables["quotients"].select(pl.col("location_quotient_high") - pl.col("location_quotient_low")) for name, own in
             {"plants": found, "jobs": plain}.items()}  # fmt: skip
    assert (width["plants"].to_series() > width["jobs"].to_series()).all(), "jobs come by the plant"
    herfindahl = dict(expected.select("industry", "plant_herfindahl_index").iter_rows())
    given = added.with_columns(
        plant_herfindahl=pl.col("industry").replace_strict(herfindahl, return_dtype=pl.Float64)
    )
    other = measure("concentration", given).tables["agglomeration"]
    assert other["ellison_glaeser_index"].to_list() == pytest.approx(
        told["ellison_glaeser_index"].to_list()
    )


def test_the_quoted_value_of_an_agglomeration_example(measure: Any, reference: Path) -> None:
    """The column of place totals is used; each industry's plants are read from the rows."""
    path = reference / "data/places/FK2014_EGC.csv"
    found = measure(
        "concentration", path, columns={"value": "emp_firm", "place_total": "emp_region"}
    )
    given = pl.read_csv(path)
    own = agglomeration(
        given, "emp_firm", place="region", industry="industry", place_total="emp_region"
    )
    by_name = dict(
        found.tables["agglomeration"].select("industry", "ellison_glaeser_index").iter_rows()
    )
    assert by_name == pytest.approx(
        dict(own.select("industry", "ellison_glaeser_index").iter_rows())
    )


def test_a_row_without_a_value_is_refused_or_zero_as_asked(measure: Any) -> None:
    rows = pl.DataFrame(
        {"place": list("aabb"), "industry": list("xyxy"), "jobs": [1.0, None, 2.0, 3.0]}
    )
    for name in ("concentration", "clusters", "duplication"):
        with pytest.raises(InputError, match="no value is given\n  where: a, y"):
            measure(name, rows)
    found = measure("concentration", rows, gaps="zero")
    assert found.tables["quotients"].filter(place="a", industry="y")["value"].to_list() == [0.0]
    assert "counts as 0" in conventions(found)


def test_a_total_among_its_parts_is_told_first(measure: Any) -> None:
    jobs = made_up_jobs().filter(pl.col("year") == 2020).select("place", "industry", "value")
    nation = (
        jobs.group_by("industry")
        .agg(pl.col("value").sum())
        .with_columns(place=pl.lit("everywhere"))
        .select(jobs.columns)
    )
    for name in ("concentration", "clusters", "duplication"):
        told = measure(name, pl.concat([jobs, nation]), keep_totals=True)
        assert told.said[0].code == "total"
        assert told.said[0].values["name"] == Name("everywhere")
        left_out = measure(name, pl.concat([jobs, nation]))
        assert left_out.table.equals(measure(name, jobs).table)
        assert "totals_left_out" in codes(left_out)
        assert "total" not in codes(measure(name, jobs))
    blocks = [(p, i, 9.0 if (p in "ab") == (i in "xy") else 0.0) for p in "abcd" for i in "xyzw"]
    copies = pl.DataFrame(blocks, schema=["place", "industry", "value"], orient="row")
    assert "total" not in codes(measure("duplication", copies)), "a copy is no total"


def test_parts_are_added_up_and_what_they_share_is_kept(measure: Any) -> None:
    jobs = made_up_jobs().filter(pl.col("year") == 2020).drop("year")
    halves = pl.concat([jobs.with_columns(value=pl.col("value") * share) for share in (0.25, 0.75)])
    for name in ("concentration", "clusters", "duplication"):
        one, other = measure(name, jobs), measure(name, halves, sum="yes")
        assert one.frame.select(pl.exclude(pl.Float64)).equals(
            other.frame.select(pl.exclude(pl.Float64))
        )
        assert drawn(one)[1]["x"].to_list() == pytest.approx(drawn(other)[1]["x"].to_list())
    with pytest.raises(InputError, match="several rows with different values"):
        measure("concentration", halves)


def test_clusters_have_maps_or_a_network_and_neighbours_by_name_or_distance(measure: Any) -> None:
    jobs = made_up_jobs().filter(pl.col("year") >= 2018).drop("complexity", "growth")
    near = measure("clusters", jobs, within_km=350, draws=0)
    kind, nodes = drawn(near)
    assert kind == "map" and nodes["drawing"].n_unique() == 4
    pairs = neighbours_of(jobs, 350)
    assert pairs
    beside = {
        name: ";".join(
            sorted({*[a for a, b in pairs if b == name], *[b for a, b in pairs if a == name]})
        )
        for name in set(jobs["place"])
    }
    named = jobs.with_columns(neighbours=pl.col("place").replace_strict(beside)).drop(
        "latitude", "longitude"
    )
    other = measure("clusters", named, draws=0)
    assert other.frame.equals(near.frame)
    kind, nodes = drawn(other)
    assert kind == "network" and set(nodes["node"]) == set(jobs["industry"])
    with pytest.raises(InputError, match="within_km needs latitude"):
        measure("clusters", named, within_km=100)
    with pytest.raises(InputError, match="'Nowhere' is not known"):
        measure("clusters", named.with_columns(neighbours=pl.lit("Nowhere")))
    with pytest.raises(InputError, match="lies in two spots"):
        measure(
            "clusters",
            jobs.with_columns(latitude=pl.col("latitude") + (pl.col("year") - 2018) * 0.1),
        )
    finer = measure("clusters", named, draws=0, resolution=0.99)
    assert (
        finer.tables["cluster_industries"]["cluster"].n_unique()
        > other.tables["cluster_industries"]["cluster"].n_unique()
    )


def test_the_planted_rush_is_warned_of_while_it_lasts_and_nothing_else_is(measure: Any) -> None:
    found = measure("duplication")
    warned = found.tables["warnings"].filter("is_warned")
    assert set(warned["industry"]) == {RUSH}
    assert (
        set(warned["year"]) <= set(range(RUSH_YEARS[0], RUSH_YEARS[1] + 3)) and warned.height >= 2
    )
    assert found.tables["record"]["warning_group"].to_list() == ["warned", "crowded", "all"]
    assert drawn(found)[0] == "network" and found.frame["year"].unique().to_list() == [2020]
    plain = measure("duplication", made_up_jobs().drop("complexity", "latitude", "longitude"))
    assert "warnings" not in plain.tables and "no early warnings" in conventions(plain)
    torn = made_up_jobs().with_columns(growth=pl.col("growth") + pl.col("latitude") * 1e-3)
    with pytest.raises(InputError, match=r"20.* has several values"):
        measure("duplication", torn)


def test_lists_of_plans_need_no_values(measure: Any) -> None:
    plans = pl.DataFrame(
        {"place": list("aabbc"), "industry": ["chips", "cars", "chips", "cars", "ships"]}
    )
    found = measure("duplication", plans)
    assert found.frame.select("place", "other", "shared_count").rows() == [("a", "b", 2)]
    assert found.tables["planned"]["places_count"].to_list() == [2, 2, 1]
    assert "2 pairs with nothing in common" in conventions(found)


def test_one_market_finds_the_planted_border_trend_and_half_life(measure: Any) -> None:
    found = measure("market")
    border = found.tables["border"].row(0, named=True)
    assert border["border_ratio_low"] < 3 < border["border_ratio_high"] and border["year"] is None
    life = found.tables["half_lives"].row(0, named=True)
    assert life["half_life_low"] < 1.2 and life["half_life_high"] > 0.8, (
        "half of a gap is gone after one year"
    )
    trend = fl.places.market(bordered_prices(0)).said[0]
    assert trend.values["verdict"] == Code("codes.trend.integrating")
    assert drawn(found)[0] == "map"
    assert "missing" not in [own.code for own in found.said]
    assert measure("market", half_lives="no").tables.keys() == found.tables.keys() - {"half_lives"}


def test_months_are_read_from_numbers_or_dates_and_told_as_months(measure: Any) -> None:
    yearly = bordered_prices(0, years=36)
    when = pl.col("year") - 2005
    monthly = yearly.with_columns(year=2005 + when // 12, month=when % 12 + 1).drop("side")
    found = measure("market", monthly, lag=1, half_lives="no")
    by_year = measure("market", yearly.drop("side"), half_lives="no")
    index = [own.tables["by_period"]["segmentation_index"].to_list() for own in (found, by_year)]
    assert index[0] == index[1] and index[0][0] is None
    assert found.tables["by_period"].select("year", "month").row(13) == (2006, 2)
    trend = fl.places.market(monthly, lag=1, half_lives=False).said[0]
    end = {"year": Year(2007), "month": Name("12")}
    assert trend.values["end"] == Phrase(message("phrases.month", **end))
    assert trend.values["step"] == Code("codes.step.month")
    dates = monthly.with_columns(month=pl.format("{}-{}-15", "year", "month"))
    dated = measure("market", dates, lag=1, half_lives="no")
    assert dated.frame.equals(found.frame)
    for one in ("{}-{}-15", "{}/{}"):  # the only column of time, whatever it is called
        when = pl.format(one, "year", "month")
        for called in ("date", "month"):
            alone = monthly.select(pl.exclude("year", "month"), when.alias(called))
            assert measure("market", alone, lag=1, half_lives="no").frame.equals(found.frame)
    ends = yearly.drop("side").with_columns(date=pl.format("{}-12-31", "year")).drop("year")
    assert "month" not in measure("market", ends, half_lives="no").tables["by_period"].columns
    with pytest.raises(InputError) as error:
        measure("market", monthly.with_columns(month=pl.col("month") + 1))
    assert error.value.code == "no_month"
    with pytest.raises(InputError) as error:
        measure("market", against="Alderhaven", within_km=100)
    assert error.value.code == "excludes"


def test_a_place_without_coordinates_is_kept_and_not_drawn(measure: Any) -> None:
    jobs = made_up_jobs().filter(pl.col("year") == 2020)
    at = [
        pl.when(pl.col("place") != "Alderhaven").then(column).alias(column)
        for column in ("longitude", "latitude")
    ]
    kind, nodes = drawn(measure("concentration", jobs.with_columns(at)))
    assert kind == "map" and set(nodes["node"]) == set(jobs["place"])
    assert nodes.filter(pl.col("x").is_null())["node"].to_list() == ["Alderhaven"]


@pytest.mark.slow
def test_flows_give_local_bias_and_a_planted_border(measure: Any) -> None:
    bias = measure("local_bias")
    assert (
        bias.frame["local_bias_index"].is_between(0.4, 0.95).all()
        and bias.tables["freeness"].height == 66
    )
    pytest.importorskip("pyfixest", reason="the extra gravity is not installed")
    found = measure("border").frame.row(0, named=True)
    assert found["border_ratio_low"] < 4 < found["border_ratio_high"]
    with pytest.raises(InputError, match="an elasticity of 0"):
        measure("border", elasticity=0)


def test_without_the_extra_gravity_the_border_says_what_to_install(
    measure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(InputError, match=r"pip install .*'pyfixest>=[\d.]+'"):
        measure("border")


def test_a_wide_table_of_places_by_industries_is_read(measure: Any) -> None:
    jobs = made_up_jobs().filter(pl.col("year") == 2020).select("place", "industry", "value")
    wide = jobs.pivot(on="industry", index="place", values="value")
    for name in ("concentration", "clusters", "duplication"):
        assert measure(name, wide, gaps="zero").frame.equals(measure(name, jobs).frame)
    chinese = wide.rename({"place": "省份"}).with_columns(
        纬度=pl.lit(30.0), 经度=pl.int_range(pl.len()).cast(pl.Float64)
    )
    assert drawn(measure("clusters", chinese, gaps="zero"))[0] == "map"


def test_the_size_of_plants_behind_intervals_counts_each_job_once(measure: Any) -> None:
    """Five plants of 8 and one of 60 jobs: the mean job is in one of 39.2; their plain mean of 16.7
    makes intervals too narrow."""
    sizes = [8, 8, 8, 8, 8, 60]
    each = pl.DataFrame(
        {"place": list("aabbab"), "industry": list("xyxyxy"), "firm": list("123456"), "jobs": sizes}
    )
    known = measure("concentration", each)
    phi = sum(z * z for z in sizes) / sum(sizes)
    text = conventions(known)
    assert f"variance times {short_number(phi)}" in text
    numbers = (
        each.group_by("place", "industry")
        .agg(pl.col("jobs").sum(), plants=pl.len())
        .sort("place", "industry")
    )
    numbers = pl.concat([numbers, pl.DataFrame({"place": ["c"], "industry": ["x"], "jobs": [0], "plants": [0]}, schema=numbers.schema)])  # fmt: skip
    alike = sum(
        j * j / n for j, n in numbers.filter(pl.col("plants") > 0).select("jobs", "plants").rows()
    ) / sum(sizes)
    text = conventions(measure("concentration", numbers))
    assert (
        f"variance times {short_number(alike)}" in text
        and "intervals of location quotients are too narrow" in text
    )
    assert "too narrow" not in conventions(measure("concentration", numbers, dispersion=50.0))


def test_places_of_one_structure_have_all_in_common(measure: Any) -> None:
    """Quotients of 1 but for rounding, which must not decide what two places are both present in."""
    draws = np.random.default_rng(1)
    x = np.outer(draws.uniform(0.1, 9, 9), draws.uniform(0.1, 1, 7))
    rows = [(f"P{c}", f"i{p}", x[c, p]) for c in range(9) for p in range(7)]
    found = measure("duplication", pl.DataFrame(rows, ["place", "industry", "jobs"], orient="row"))
    assert found.tables["similar_places"]["shared_count"].to_list() == [7] * 9


def test_plants_are_held_against_chance_in_the_last_year(measure: Any) -> None:
    now = plants().with_columns(year=pl.lit(2020))
    before = plants().with_columns(year=pl.lit(2010), jobs=pl.col("jobs").reverse())
    told = measure("concentration", pl.concat([now, before])).tables["agglomeration"]
    expected = agglomeration(plants(), "jobs").sort("ellison_glaeser_index", descending=True)
    assert told["ellison_glaeser_index"].equals(expected["ellison_glaeser_index"])
    other = agglomeration(before, "jobs")["ellison_glaeser_index"].sort(descending=True)
    assert not told["ellison_glaeser_index"].equals(other)


def test_values_that_are_not_recognised_are_no_list_of_plans(measure: Any) -> None:
    rows = [(p, i, t, 2.0, 10.0 - t / 1000) for p in "abc" for i in "xy" for t in (2000, 2003)]
    jobs = pl.DataFrame(rows, ["place", "industry", "year", "heads", "price"], orient="row")
    for own in (jobs, jobs.drop("price"), jobs.filter(year=2000)):
        with pytest.raises(InputError, match="needs value"):
            measure("duplication", own)
    plans = measure("duplication", jobs.filter(year=2000).drop("price", "heads"))
    assert [own.code for own in plans.said] == ["overlap", "planned"]
    chinese = jobs.rename(
        {"place": "地区", "industry": "行业", "year": "年份", "heads": "产值"}
    ).drop("price")
    assert codes(measure("duplication", chinese))[0] == "similar_after"


def test_a_column_of_numbers_that_is_not_read_is_told(measure: Any) -> None:
    jobs = pl.DataFrame(
        {"place": list("aabb"), "industry": list("xyxz"), "heads": [5.0, 2.0, 3.0, 4.0]}
    )
    found = measure("duplication", jobs)
    (told,) = (message_from_json(note).values["text"].value for note in found.facts["notes"])
    assert told.code == "notes.no_value" and told.values["own"] == Name("heads")
    plans = measure("duplication", jobs.drop("heads"))
    assert plans.facts["notes"] == []


def test_what_is_no_longer_a_cluster_is_told_apart_among_the_declining(measure: Any) -> None:
    was = [(p, i, 2000, 9.0 if (p in "ab") == (i in "wx") else 1.0) for p in "abcd" for i in "wxyz"]
    now = [(p, i, 2010, 10.0 - v if p == "a" else v) for p, i, _, v in was]
    rows = pl.DataFrame(was + now, ["place", "industry", "year", "value"], orient="row")
    found = measure("clusters", rows)
    gone = found.tables["clusters"].filter(pl.col("place") == "a", pl.col("stage") == "declining")
    assert gone["is_cluster"].to_list() == [False] and gone["relative_growth_share"].item() < 0
    assert "gone" in [own.code for own in found.said]


def test_several_missing_flows_are_counted() -> None:
    rows = [(one, other, 2.0) for one in "abc" for other in "abc" if one != other]
    found = fl.places.local_bias(
        pl.DataFrame(rows, ["origin", "destination", "flow"], orient="row")
    )
    assert found.said[1].code == "missing" and found.said[1].values["count"] == Count(3)

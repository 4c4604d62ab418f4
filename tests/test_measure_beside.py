"""Measurements that read further tables: graduates against demand, and growth of activities by a
crosswalk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.measurement import measurement
from firstlight.texts import Count
from firstlight.views.result_page import result_page

# planted in the sample: openings of SHORT grow by 12% a year from 400, which its graduates stay at;
# of PLENTY there are half as many again as openings
SHORT, PLENTY = "sky rigging", "tablet reading"
FIRST, YEARS, GROWTH = 2015, 7, 0.12


def made_up_graduates() -> list[pl.DataFrame]:
    call = measurement("graduates").sample_call()
    return [call[name] for name in ("frame", "demand", "crosswalk")]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The made-up graduates as files with Chinese headings; the demand has a row that can't be
    used."""
    supply, demand, links = made_up_graduates()
    supply.rename({"field": "专业", "year": "年份", "graduates": "毕业生数"}).write_csv(
        tmp_path / "graduates.csv"
    )
    demand = demand.cast({"openings": pl.String}).rename(
        {"occupation": "职业", "year": "年份", "openings": "需求人数"}
    )
    unusable = pl.DataFrame([("readers", 2030, "many")], schema=demand.schema, orient="row")
    pl.concat([demand, unusable]).write_csv(tmp_path / "demand.csv")
    links.rename({"field": "专业", "occupation": "职业", "share": "占比"}).write_csv(
        tmp_path / "links.csv"
    )
    return tmp_path


def graduates(folder: Path, **options: Any) -> fl.Result:
    given = {
        "demand": str(folder / "demand.csv"),
        "crosswalk": str(folder / "links.csv"),
        **options,
    }
    return fl.measure("graduates", folder / "graduates.csv", project=folder / "kept", **given)


def test_planted_gaps_are_found_and_each_file_is_in_the_provenance(tables: Path) -> None:
    found = graduates(tables)
    last = found.frame.filter(year=FIRST + YEARS - 1)
    assert last["field"][0] == SHORT and last["field"][-1] == PLENTY
    assert last["demand_count"][0] == pytest.approx(400 * (1 + GROWTH) ** (YEARS - 1), rel=0.06)
    assert last["supply_ratio"][-1] == pytest.approx(1.5, rel=0.08)
    assert [given.code for given in found.said][:2] == ["known_in", "shortest"]
    assert SHORT in found.summary("zh")
    assert [own["name"] for own in found.facts["inputs"]] == [
        "graduates.csv",
        "demand.csv",
        "links.csv",
    ]
    assert found.facts["mapping"]["demand.openings"] == "需求人数"
    told = "\n".join(Catalogue.open(tables / "kept", reading=True).explain("graduates").lines("en"))
    assert all(
        name in told
        for name in ("demand.csv", "links.csv", "graduates_demand", "graduates_crosswalk")
    )


def test_a_row_of_a_further_table_that_cannot_be_used_is_set_aside_by_name(tables: Path) -> None:
    rows = graduates(tables).tables["set_aside_rows"]
    assert rows.select("file", "column", "value").rows() == [("demand.csv", "需求人数", "many")]


def test_frames_and_files_measure_the_same_and_other_bytes_are_computed_anew(tables: Path) -> None:
    supply, demand, links = made_up_graduates()
    kept = tables / "kept"
    frames = fl.measure(
        "graduates",
        supply,
        project=kept,
        demand=demand.sample(fraction=1, shuffle=True),
        crosswalk=links,
    )
    assert frames.frame.equals(graduates(tables).frame)
    fewer = fl.measure(
        "graduates",
        supply,
        project=kept,
        demand=demand.with_columns(pl.col("openings").cast(pl.Int64) // 2),
        crosswalk=links,
    )
    assert (
        fewer.frame["demand_count"].to_numpy().sum()
        < 0.51 * frames.frame["demand_count"].to_numpy().sum()
    )


def test_graduates_of_places_that_are_not_all_known_have_no_sum(tmp_path: Path) -> None:
    keys = {"field": ["f"] * 4, "place": ["P", "P", "Q", "Q"], "year": [2019, 2020] * 2}
    supply = pl.DataFrame({**keys, "graduates": [10, 20, 30, None]})
    demand = pl.DataFrame({**keys, "openings": [1, 2, 3, 4]}).rename({"field": "occupation"})
    links = pl.DataFrame({"field": ["f"], "occupation": ["f"], "share": [1.0]})
    found = fl.measure("graduates", supply, project=tmp_path, demand=demand, crosswalk=links)
    assert found.tables["sides"].rows() == [("f", 2019, 40, 4), ("f", 2020, None, 6)]


def test_a_line_parts_where_a_year_is_missing_between(tmp_path: Path) -> None:
    """Of one field 2020 is unknown and 2021 has no row, though another field has one; before and
    after its years is nothing."""
    years = [
        (f, year)
        for f in "fg"
        for year in range(2018, 2024)
        if f == "g" or year in (2019, 2020, 2022)
    ]
    supply = pl.DataFrame(years, ["field", "year"], orient="row").with_columns(
        graduates=pl.when((pl.col("field") == "g") | (pl.col("year") != 2020)).then(
            pl.col("year") - 2000
        )
    )
    demand = supply.select("year", occupation="field", openings=pl.lit(1)).filter(
        pl.col("year") < 2020
    )
    links = pl.DataFrame({"field": ["f", "g"], "occupation": ["f", "g"], "share": [1.0, 1.0]})
    found = fl.measure("graduates", supply, project=tmp_path, demand=demand, crosswalk=links)
    page = result_page(found)
    first = re.search(r'aria-label="f".*?</svg>', page)
    assert first is not None
    # of graduates a point before the gap and one after it; of openings a point
    assert first[0].count("<circle") == 3
    assert "<polyline" not in first[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"demand": None}, "needed_table"),
        ({"columns": {"demnd.openings": "x"}}, "no_such_table"),
    ],
)
def test_what_is_wrong_with_further_tables_is_said(
    tables: Path, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as refused:
        graduates(tables, **options)
    assert refused.value.code == code
    assert not (tables / "kept").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"demand": "nowhere.csv"}, r"(?s)no such file.*--demand: nowhere.csv"),
        ({"crosswalk": "graduates.csv"}, r"(?s)(occupation|field|share).*--crosswalk"),
    ],
)
def test_a_further_table_that_cannot_be_read_is_named(
    tables: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tables)
    with pytest.raises(InputError, match=message):
        graduates(tables, **options)


def test_what_an_error_says_of_columns_of_a_further_table_can_be_done(tables: Path) -> None:
    demand = made_up_graduates()[1].rename({"openings": "jobs offered"})
    demand = demand.with_columns(wage=pl.lit("1"))  # two that it might be: none is taken
    with pytest.raises(InputError) as refused:
        graduates(tables, demand=demand)
    by_hand = dict.fromkeys(json.loads(str(refused.value.values["mapping"].value)), "jobs offered")
    assert by_hand == {"demand.openings": "jobs offered"}
    assert graduates(tables, demand=demand, columns=by_hand).frame.height > 0


def test_a_year_for_one_side_alone_is_refused(tables: Path) -> None:
    supply, demand, links = made_up_graduates()
    one = demand.filter(pl.col("year") == str(FIRST)).drop("year")
    with pytest.raises(InputError) as refused:
        fl.measure("graduates", supply, project=tables / "kept", demand=one, crosswalk=links)
    assert refused.value.code == "key_of_one_side"


def test_a_column_of_a_further_table_is_named_by_hand_and_a_project_finds_its_files(
    tables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    shell = CommandLine(tables, capsys)
    own = pl.read_csv(tables / "demand.csv").rename(
        {"需求人数": "posts to fill", "职业": "what they do"}
    )
    (tables / "project").mkdir()
    own.write_csv(tables / "project" / "own.csv")
    settings = (
        '[measure.graduates]\nsource = "../graduates.csv"\ndemand = "own.csv"\ncrosswalk = "../links.csv"\n'
        'columns = { "demand.openings" = "posts to fill", "demand.occupation" = "what they do" }\n'
    )
    (tables / "project" / "observatory.toml").write_text(settings, encoding="utf-8")
    shell("measure", "graduates", "project", "--quiet")
    kept = fl.measure(
        "graduates",
        tables / "graduates.csv",
        project=tables / "b",
        demand=str(tables / "demand.csv"),
        crosswalk=str(tables / "links.csv"),
    )
    assert (
        pl.read_csv(tables / "project" / "graduates" / "balance.csv")["gap_count"].to_list()
        == kept.frame["gap_count"].to_list()
    )


def crafts() -> pl.DataFrame:
    """Five places and what each of them does."""
    does = {"a": "xy", "b": "yz", "c": "xyz", "d": "zq", "e": "q"}
    rows = [(place, activity, 1.0) for place, own in does.items() for activity in own]
    return pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")


LINES = pl.DataFrame(
    {
        "technology": ["t", "u", "u", "v", "w", "who"],
        "activity": ["x", "x", "z", "far", "z", "far"],
        "weight": [1.0, 3.0, 1.0, 1.0, 0.0, 1.0],
    }
)
SKY = pl.DataFrame({"label": ["t", "u", "v", "w"], "growth_share": [0.1, 0.3, 0.2, 0.9]})


def test_growth_comes_by_a_crosswalk_and_lines_that_say_nothing_are_listed(tmp_path: Path) -> None:
    found = fl.measure(
        "opportunities",
        crafts(),
        project=tmp_path,
        technologies=SKY,
        crosswalk=LINES,
        record="no",
        presence="given",
    )
    growth = dict(found.tables["activity_growth"].select("activity", "growth_share").iter_rows())
    assert growth == pytest.approx({"x": 0.25, "z": 0.3})
    listed = found.tables["portfolio"].filter(pl.col("activity").is_in(["x", "z"]))
    assert listed.height and listed["growth_share"].to_list() == pytest.approx(
        [growth[name] for name in listed["activity"]]
    )
    left = found.tables["growth_left_out"].select("technology", "reason").rows()
    assert left == [
        ("v", "no_activity"),
        ("w", "no_weight"),
        ("who", "no_technology"),  # and told once, although its activity is strange, too
    ]
    (known,) = (given.values for given in found.said if given.code == "growth_known")
    assert known == {"known": Count(2), "all": Count(4), "count": Count(4)}


@pytest.mark.parametrize(
    ("more", "options", "code"),
    [
        ({}, {"technologies": SKY}, "one_without_other"),
        ({"growth": 0.1}, {"technologies": SKY, "crosswalk": LINES}, "growth_twice"),
        (
            {},
            {"technologies": SKY, "crosswalk": LINES.filter(activity="far")},
            "no_activity_joins",
        ),
    ],
)
def test_growth_that_cannot_be_told_is_refused(
    tmp_path: Path, more: dict[str, float], options: dict[str, Any], code: str
) -> None:
    frame = crafts().with_columns(pl.lit(value).alias(name) for name, value in more.items())
    with pytest.raises(InputError) as refused:
        fl.measure("opportunities", frame, project=tmp_path, record="no", **options)
    assert refused.value.code == code


def test_what_conversion_writes_is_read_by_places_without_naming_a_column(tmp_path: Path) -> None:
    rows = {
        "地区": ["north", "south"] * 2,
        "年份": [2020, 2020, 2021, 2021],
        "行业代码": ["0111"] * 4,
        "增加值": [3.0, 1.0, 4.0, 2.0],
    }
    pl.DataFrame(rows).write_csv(tmp_path / "old.csv")
    links = pl.DataFrame({"code_from": ["0111"], "code_to": ["26"]})
    links.write_csv(tmp_path / "links.csv")
    project = tmp_path / "kept"
    found = fl.measure(
        "conversion", tmp_path / "old.csv", links=str(tmp_path / "links.csv"), project=project
    )
    found.table.write_csv(tmp_path / "converted.csv")
    pl.DataFrame({"technology": ["fog turbines"], "probability": [0.4]}).write_csv(
        tmp_path / "seen.csv"
    )
    lines = pl.DataFrame({"technology": ["fog turbines"], "code": ["2610"]})
    lines.write_csv(tmp_path / "lines.csv")
    given = {"observation": str(tmp_path / "seen.csv"), "links": str(tmp_path / "lines.csv")}
    grown = fl.measure("take_off_drivers", tmp_path / "converted.csv", project=project, **given)
    assert set(grown.table["place"]) == {"north", "south"}

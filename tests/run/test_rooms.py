"""The rooms of a brief: declared as data, files known by their columns, sentences by their rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.measurement import measurement
from firstlight.run.brief.evidence import SAMPLE
from firstlight.run.brief.place_indicators import place_indicators
from firstlight.run.brief.place_names import country_of
from firstlight.run.brief.recognised_files import kinds_of, one_of_each, recognised
from firstlight.run.brief.rooms import (
    GROUPS,
    KIND_WORDS,
    LINES,
    ROOMS,
    chosen_rows,
    lacking,
    line_sentences,
    room_sentences,
)
from firstlight.run.measured import measure
from firstlight.run.project import open_project
from firstlight.texts import Remark

KINDS = kinds_of(KIND_WORDS)
LANGS = ("en", "zh")
PUBLISHED = {
    "chain": "input_name,input_id,goes_into_name,goes_into_id,is_type_of_id\nlens,N1,chip,N2,",
    "providers": "provider_name,provider_id,provided_name,provided_id\nEye,P1,lens,N1",
    "chain_parts": "input_name,input_id,type,stage_name,stage_id\nlens,N1,tool,Making,S1",
    "chain_firms": "provider_name,provider_id,provider_type,country\nEye,P1,organization,NLD",
    "chain_stages": "stage_id,stage_name,description\nS1,Making,of chips",
}
FILES = {
    "documents": "题名,摘要,年\n电池,电池研究,2020",
    "counts": "technology,year,count\nfuel cell,2020,4",
    "industries": "地区,行业,年份,数值\n海城,汽车,2020,4",
    "coded_industries": "地区,行业代码,年份,数值\n海城,2910,2020,4\n海城,2720,2020,5",
    "openings": "职业,岗位数\n钳工,30",
    "graduates": "专业,毕业生\n车辆,30",
    "crosswalk": "field,occupation,share\ncars,fitters,1",
    "plan": "entry\nfuel cells",
    "others": "place,entry,year\nHill,fuel cells,2020",
    "uses": "technology,industry,year,value\nfuel cell,shipping,2020,4",
    "demands": "demand,text,field,place,year\nD1,cells freeze,cars,Hill,2020",
    "results": "result,text,type,place,owner,year\nR1,warm cells,patent,Hill,school,2020",
    "prices": "place,good,year,price\nHill,salt,2020,3",
    "standards": "standard,place,degree\nS1,Hill,identical",
    "works": "work,place,year\nW1,Hill,2020",
    "moves": "person,organisation,year\nP1,Hill,2020",
    "production": "unit,year,output,labour,capital,labour_share\nHill,2020,3,2,1,0.6",
    "incomes": "省份,年度,人均GDP（元）,年末人口（万人）,区域\n甲,2020,1,2,东部",
    "indicators": "地区,年份,地区生产总值（亿元）,R&D经费（亿元）,互联网用户（万户）,有效发明专利（件）\n"
    "甲,2020,1,2,3,4",
    "chain": "input,product\nlens,chip",
    "providers": "input,provider,country\nlens,Eye,West",
    "input_stocks": "input,months\nlens,2",
    "stops": "scenario,sector,lost_share\nlens,chips,0.5",
    "sector_stocks": "sector,days\npower,1",
    "stressors": "stressor,sector,value,unit\nCO2,crops,14,Mt",
    "sector_codes": "sector,code,share\ncrops,01,1",
    "changes": "scenario,change,good,user\ndear,price,chips,all",
    "io_table": "supplier,user,value\na,a,1",
    "world_table": "supplier_country,supplier,user_country,user,value\nA,a,B,a,1",
}


def test_a_declaration_names_what_there_is() -> None:
    assert len({room.measurement for room in ROOMS}) == len(ROOMS)
    for room in ROOMS:
        declared = measurement(room.measurement)
        given = {*room.needs, *room.may, *room.options, *room.columns} - {"outlines"}
        assert given <= set(declared.parameters)
        assert {*room.source, *room.needs.values(), *room.may.values()} <= set(KIND_WORDS)
        assert room.of in GROUPS
    rules = [rule for line in LINES for rule in (*line.says, line.pick) if rule]
    assert rules and {rule["measurement"] for rule in rules} <= {own.measurement for own in ROOMS}
    assert [line.settles for line in LINES].count(True) == 1


def test_every_text_is_there_in_both_languages() -> None:
    said = [own.question for own in ROOMS]
    said += [own for line in LINES for own in (line.title, line.rule)]
    said += [Remark.under(told, part) for told in KIND_WORDS.values() for part in ("", "source_")]
    rules = [*(line.pick for line in LINES), *(rule for room in ROOMS for rule in room.own)]
    said += [Remark.under(own) for rule in rules for own in rule.get("clauses", ())]
    assert all(one.value.get(lang, "").strip() for one in said for lang in LANGS)


def test_every_kind_is_tried_here() -> None:
    assert {*FILES, *PUBLISHED, "outlines", "declaration"} == set(KINDS)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_known_by_its_columns(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.csv").write_text(FILES[kind] + "\n", encoding="utf-8")
    known, unknown = recognised(tmp_path, KINDS)
    assert not unknown and [own.kind for own in known] == [kind]
    assert set(KINDS[kind].needs) <= set(known[0].columns)


def test_a_chain_is_known_as_its_publisher_lays_it_out(tmp_path: Path) -> None:
    for kind, text in PUBLISHED.items():
        (tmp_path / f"{kind}.csv").write_text(text + "\n")
    known, unknown = recognised(tmp_path, KINDS)
    assert not unknown and {own.path.stem: own.kind for own in known} == {
        own: own for own in PUBLISHED
    }


@pytest.mark.parametrize(
    ("place", "country"),
    [("安徽", "China"), ("Anhui", "China"), ("South Korea", "South Korea"), ("Larkfield", "")],
)
def test_home_is_the_country_of_the_place(place: str, country: str) -> None:
    assert country_of(place) == country


def test_the_sample_that_ships_is_recognised() -> None:
    known, unknown = recognised(SAMPLE, KINDS)
    taken, others = one_of_each(known)
    assert not unknown and not others and len(taken) == len(known)


@pytest.mark.parametrize(
    ("heading", "codes", "of"),
    [
        ("code", ("2910", "2720", "0111"), "isic4"),
        ("code", ("3612", "3841", "3670"), "gbt4754"),
        ("code", ("B60L", "H01M"), "cpc"),
        ("hs_code", ("2910", "2710"), "hs2022"),
        ("code", ("17-2141", "17-2071.00"), "soc"),
        ("code", ("1x1", "9x9"), None),
    ],
)
def test_codes_say_their_classification(
    tmp_path: Path, heading: str, codes: tuple[str, ...], of: str | None
) -> None:
    rows = "".join(f"Hill,{code.upper()},3\n" for code in codes)
    (tmp_path / "a.csv").write_text(f"place,{heading},value\n{rows}")
    known, _ = recognised(tmp_path, KINDS)
    assert [(own.kind, own.classification) for own in known] == [("coded_industries", of)]


def test_what_is_not_used_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("colour,size\nred,3\n")
    (tmp_path / "scan.jpg").write_bytes(b"JFIF")
    (tmp_path / ".hidden.csv").write_text("entry\nx\n")
    known, unknown = recognised(tmp_path, KINDS)
    assert not known
    assert {own.path.name: own.reason.code for own in unknown} == {
        "odd.csv": "no_kind",
        "scan.jpg": "not_read",
    }


@pytest.mark.parametrize(
    ("texts", "taken"),
    [
        (("state,year,value", "state,year,gdp_per_capita", "unit,year,value,population"), 1),
        (("unit,year,income", "unit,year,income,population"), 1),
        (("地区,年份,专利数", "地区,年份,人均收入", "地区,年份,专利数"), 1),
        (("unit,year,income", "unit,year,income"), None),
    ],
)
def test_of_several_files_the_columns_decide(
    tmp_path: Path, texts: tuple[str, ...], taken: int | None
) -> None:
    """Only what says that it is of persons is of incomes, and of two that do what has more of the
    columns; between equals nobody decides but the user, who is told which they are."""
    for at, text in enumerate(texts):
        (tmp_path / f"{at}.csv").write_text(f"{text}\nHill,2010,3{',4' * (text.count(',') - 2)}\n")
    kept, others = one_of_each(recognised(tmp_path, KINDS)[0])
    if taken is None:
        assert not kept and [own.reason.code for own in others] == ["several_fit"] * 2
    else:
        assert [(own.path.name, own.kind) for own in kept] == [(f"{taken}.csv", "incomes")]
        assert {own.reason.code for own in others} <= {"another"}


def test_a_plan_may_be_a_text_with_headings_and_a_note_is_none(tmp_path: Path) -> None:
    plan = "某市规划\n第一章 重点任务\n（一）发展低空经济。建设起降点，完善航线。\n（二）壮大储能产业\n"
    (tmp_path / "规划.txt").write_bytes(plan.encode("gb18030"))
    (tmp_path / "说明.txt").write_text("数据由统计局提供\n请勿外传\n", encoding="utf-8")
    known, unknown = recognised(tmp_path, KINDS)
    assert [(own.path.name, own.kind) for own in known] == [("规划.txt", "plan")]
    assert [own.path.name for own in unknown] == ["说明.txt"]


def test_folders_without_files_are_refused(tmp_path: Path) -> None:
    for folder, code in ((tmp_path, "empty_folder"), (tmp_path / "none", "no_folder")):
        with pytest.raises(InputError) as caught:
            recognised(folder, KINDS)
        assert caught.value.code == code


@pytest.mark.parametrize(("corner", "header"), [("", ""), ("部门", "产出")])
def test_square_tables_are_recognised(tmp_path: Path, corner: str, header: str) -> None:
    """As a statistical office publishes them, of one country and of many; a table of places by
    industries has no names in both."""
    one = f"{corner},煤炭,钢铁,电力,出口\n煤炭,1,2,3,4\n钢铁,1,2,3,4\n电力,1,2,3,4\n"
    names = [f"{country}_{own}" for country in ("CHN", "DEU") for own in ("mines", "mills")]
    many = [",".join([header, *names, "CHN_use", "DEU_use"])]
    many += [",".join([name, *"123456"]) for name in names]
    (tmp_path / "a.csv").write_text(one, encoding="utf-8")
    (tmp_path / "b.csv").write_text("\n".join(many), encoding="utf-8")
    other = one.replace("\n煤炭", "\n山西").replace("\n钢铁", "\n河北")
    (tmp_path / "c.csv").write_text(other, encoding="utf-8")
    known, unknown = recognised(tmp_path, KINDS)
    assert [(own.path.name, own.kind) for own in known] == [
        ("a.csv", "io_table"),
        ("b.csv", "world_table"),
    ]
    assert [own.path.name for own in unknown] == ["c.csv"]


def test_a_question_that_rests_on_nothing_lacks_all_its_files() -> None:
    lacks = {room.measurement: lacking(room, set()) for room in ROOMS}
    assert lacks["weak_links"] == ("chain", "providers")
    assert lacks["spatial_pattern"] == ("incomes", "outlines"), "one file serves two options"
    assert lacks["duplication"] == ("industries",), "the best of its sources"


def test_rows_are_chosen_by_the_rule() -> None:
    rows = [
        ("a", "one", None, 0.5),
        ("b", "one", None, 0.5),
        ("c", "one", 1, 0.9),
        ("d", "many", None, 0.9),
        ("e", "one", None, None),
    ]
    frame = pl.DataFrame(rows, ["name", "held", "depth", "lost"], orient="row")
    costs = pl.DataFrame({"scenario": ["b", "e"], "cost": [7.0, 9.0]})
    rule: dict[str, Any] = {"measurement": "m", "table": "t", "order": ["-lost", "-cost"]}
    rule |= {"where": {"held": ["one"], "depth": []}, "most": 3}
    rule |= {"join": {"measurement": "n", "table": "s", "on": ["name", "scenario"]}}
    tables = {"m": {"t": frame}, "n": {"s": costs}}
    assert [row["name"] for row in chosen_rows(rule, tables)] == ["b", "a", "e"]
    del tables["n"]  # without what is joined, its part of the order falls away
    assert [row["name"] for row in chosen_rows(rule, tables)] == ["a", "b", "e"]


def test_what_to_do_first_is_what_the_tables_say(tmp_path: Path) -> None:
    links = measure(
        "weak_links",
        SAMPLE / "chain.csv",
        project=tmp_path,
        providers=SAMPLE / "providers.csv",
        stocks=SAMPLE / "input_stocks.csv",
    )
    line = next(own for own in LINES if own.settles)
    hung = links.table.filter(
        pl.col("standing").is_in(["one_provider", "one_country"])
        & pl.col("substitute_depth").is_null()
    ).sort("exposure_share", descending=True)
    for lang in LANGS:
        said = list(line_sentences(line, {"weak_links": links}, lang))
        assert [own for _, own in said] == ["weak_links"] * hung.height
        for (text, _), row in zip(said, hung.iter_rows(named=True), strict=True):
            assert row["input"] in text and row["top_country"] in text
            assert links.texts.cell(lang, "inputs", "exposure_share", row) in text
    held = links.table.filter(pl.col("standing") == "nothing")
    without = replace(links, tables={**links.tables, "inputs": held})
    none = list(line_sentences(line, {"weak_links": without}, "en"))
    assert none == [(line.pick["none_en"], "weak_links")]


def test_a_room_speaks_of_the_place_before_all(tmp_path: Path) -> None:
    declaration = str(SAMPLE / "index.toml")
    index = measure("index", SAMPLE / "indicators.csv", declaration=declaration, project=tmp_path)
    room = next(own for own in ROOMS if own.measurement == "index")
    row = index.tables["scores"].filter(unit="Northwick").sort("year").row(-1, named=True)
    own, of_all = room_sentences(room, index, lambda name: name == "Northwick", "en")
    assert own.startswith(f"Northwick ranks {row['rank']} in {row['year']}")
    assert of_all == index.texts.sentence("en", index.said[0])
    assert list(room_sentences(room, index, lambda name: False, "en")) == [of_all]


@pytest.mark.parametrize("section", ["sector", "profile"])
def test_a_project_of_former_kinds_is_told_where_to_go(tmp_path: Path, section: str) -> None:
    (tmp_path / "observatory.toml").write_text(f'[{section}]\nname = "x"\n')
    with pytest.raises(InputError) as caught:
        open_project(tmp_path)
    assert caught.value.code == "now_a_brief"


def test_figures_of_a_place_are_its_share_rank_and_growth(tmp_path: Path) -> None:
    rows = ["place,指标,year,value,units"]
    for year in (2015, 2020):
        for at, place in enumerate(["全国", "北京", "天津", "河北", "山西", "安徽", "上海"]):
            total = 21 if place == "全国" else at
            rows.append(f"{place},专利,{year},{total * (year - 2010)},件")
            if place != "全国":
                rows.append(f"{place},增长率,{year},{at / 10},%")
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    found = {
        row["indicator"]: row for row in place_indicators(tmp_path / "t.csv", "Anhui").to_dicts()
    }
    patents = found["专利"]
    assert (patents["value"], patents["rank"], patents["places"]) == (50, 2, 6)
    assert patents["share"] == pytest.approx(5 / 21), "the whole country is no place beside others"
    assert (patents["growth"], patents["median_growth"]) == (1, 1)
    assert (patents["theme"], patents["unit_of_measure"]) == ("innovation", "件")
    assert found["增长率"]["share"] is None, "rates have no sum"
    assert place_indicators(tmp_path / "t.csv", "四川").is_empty()


def test_a_bulletin_is_of_the_year_in_its_name(tmp_path: Path) -> None:
    rows = [
        f"{place},{at},{9 - at}"
        for at, place in enumerate(["北京", "天津", "河北", "山西", "安徽"])
    ]
    text = "\n".join(["地区,地区生产总值（亿元）,常住人口（万人）", *rows])
    for name in ("2023年统计公报.csv", "统计公报.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = place_indicators(tmp_path / "2023年统计公报.csv", "安徽")
    assert found.select("year", "rank").rows() == [(2023, 1), (2023, 5)]
    assert place_indicators(tmp_path / "统计公报.csv", "安徽").is_empty(), "of no year"

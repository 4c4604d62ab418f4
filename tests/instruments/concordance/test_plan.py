"""Plan check: planted repeats, overlaps and prerequisites under other names, what stays unknown,
evidence for all that is called the same, and the record of matched names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.concordance.planted_plans import by_plan, by_text, scores, truth
from benchmarks.planted.plans import made_up_plan

import firstlight
from firstlight.chart import Chart
from firstlight.concordance import match_names, plan
from firstlight.errors import InputError
from firstlight.instruments.concordance.plan_check import name_matching
from firstlight.instruments.concordance.plan_check.plan_links import name_forms, several_named
from firstlight.instruments.concordance.plan_check.written_names import (
    named_by_entry,
    parts_of_entry,
    without_mark,
    written,
)
from firstlight.result import Result
from firstlight.texts import Count

FOLDER = Path(name_matching.__file__).parent
GLOSSARY = Path(firstlight.__file__).parent / "classifications" / "technology_names.csv"
TECHNOLOGIES = pl.DataFrame(
    {
        "name": ["additive manufacturing", "quantum sensor", "fuel cell", "solar cell"],
        "name_zh": ["增材制造", "量子传感器", "燃料电池", "太阳能电池"],
        "forms": ["3D printing; AM", None, None, "photovoltaic cell"],
        "probability": [0.1, 0.4, None, 0.2],
        "advice": ["watch", "act", "prepare", "leave"],
    }
)


def entries(*texts: str, **columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"entry": texts, **columns})


def chance(one: str, other: str, *others: str) -> float:
    found = match_names([one], [other, *others], least=0.0).filter(pl.col("known") == other)
    return float(found["probability"].sum())


def said(found: Result) -> dict[str, dict[str, Any]]:
    return {message.code: dict(message.values) for message in found.said}


def answer(found: Result) -> dict[str, int]:
    """The parts of the first sentence, and how many each speaks of."""
    parts, rest = [], found.said[0].values["parts"].value
    while "rest" in rest.values:
        parts.append(rest.values["first"].value)
        rest = rest.values["rest"].value
    counted = {part.code: part.values.get("count") for part in (*parts, rest)}
    return {code.removeprefix("phrases."): count.value for code, count in counted.items() if count}


def test_planted_repeats_overlaps_and_prerequisites_are_found_where_the_same_text_fails() -> None:
    ours, plain = [], []
    for seed in range(2):
        made = made_up_plan(seed=seed)
        ours.append(list(scores(by_plan(made), truth(made)).values()))
        plain.append(list(scores(by_text(made), truth(made)).values()))
    precision, recall = np.mean(ours, axis=0).T
    assert precision.min() > 0.85
    assert recall.min() > 0.75
    assert np.mean(plain, axis=0)[:, 1].max() < 0.35  # recall of the same text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cyber attacks", "cyberattack"),
        ("Fuel-cell", "fuel cells"),
        ("brain-computer interface", "brain computer interfaces"),
        ("Internet of Things", "IoT"),
        ("Development of electric vehicles", "electric vehicle industry"),
        ("人工智能", "人工智能技术"),
        ("加快发展脑机接口产业", "脑机接口"),
        ("加强碳化硅衬底研制", "碳化硅衬底"),
        ("构建量子通信体系", "量子通信"),
        ("打造千亿级新型储能产业集群", "推动新型储能规模化应用"),
        ("谋划发展可控核聚变", "可控核聚变"),
        ("抢占量子信息产业新赛道", "量子信息"),
        ("加快合成生物技术成果转化", "合成生物"),
    ],
)
def test_the_same_under_another_name(one: str, other: str) -> None:
    assert chance(one, other, "looms", "织布机") > 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("solar cells", "fuel cells"),
        ("quantum computing", "quantum communication"),
        ("5G", "6G"),
        ("graphene batteries", "graphene"),
        ("hydrogen production", "hydrogen storage"),
        ("人工智能芯片", "人工智能"),
        ("量子计算", "量子通信"),
        ("新能源汽车", "新能源"),
        ("打造千亿级新能源汽车产业集群", "打造千亿级新材料产业集群"),
    ],
)
def test_what_is_only_alike_is_not_the_same(one: str, other: str) -> None:
    assert chance(one, other, "looms", "织布机") < 0.2


def test_an_acronym_that_could_be_several_things_is_less_sure() -> None:
    alone = chance("AM", "additive manufacturing", "looms")
    among = chance("AM", "additive manufacturing", "amplitude modulation", "asset management")
    assert alone > 0.5 > among


def test_the_order_of_names_changes_nothing() -> None:
    names = ["Fuel cells", "Solar-cell", "looms"]
    known = TECHNOLOGIES["name"].to_list()
    assert match_names(names, known).equals(match_names(names[::-1], known[::-1]))


def test_an_entry_is_recognised_by_any_form_in_either_language() -> None:
    given = entries("3D printing", "增材制造产业", "Quantum sensors", "AM")
    found = plan(given, technologies=TECHNOLOGIES).table
    assert found["matched"].to_list() == [
        "additive manufacturing",
        "additive manufacturing",
        "quantum sensor",
        "additive manufacturing",
    ]
    assert found["take_off_probability"].to_list() == [0.1, 0.1, 0.4, 0.1]
    assert found["advice"].to_list() == ["watch", "watch", "act", "watch"]


def test_what_is_like_nothing_is_unknown_and_nothing_is_said_of_it() -> None:
    found = plan(entries("Fuel cells", "Town hall roof"), technologies=TECHNOLOGIES)
    roof = found.table.row(1, named=True)
    assert (roof["standing"], roof["matched"], roof["match_probability"]) == ("unknown", None, None)
    assert said(found)["unknown"]["count"] == Count(1)
    assert answer(found)["recognised"] == 1


def test_a_chinese_page_calls_what_two_entries_stand_for_in_chinese() -> None:
    given = entries("3D printing", "增材制造", "Looms")
    others = pl.DataFrame({"place": ["North"], "entry": ["photovoltaic cells"]})
    found = plan(
        pl.concat([given, entries("太阳能电池")]), technologies=TECHNOLOGIES, others=others
    )
    for name, word in (("repeats", "增材制造"), ("elsewhere", "太阳能电池")):
        (row,) = found.tables[name].iter_rows(named=True)
        assert found.texts.cell("zh", name, "by", row) == word
        assert found.texts.cell("en", name, "by", row) == row["by"] != word
    pages = " ".join(found.texts.sentence("zh", own) for own in found.said)
    assert "additive manufacturing" not in pages and "增材制造" in pages


def test_entries_in_a_script_that_no_technology_has_are_told() -> None:
    english, chinese = TECHNOLOGIES.select("name"), TECHNOLOGIES.select(name="name_zh")
    given = entries("织布机", "Looms")
    assert said(plan(given, technologies=english))["no_chinese_names"]["count"] == Count(1)
    assert said(plan(given, technologies=chinese))["no_latin_names"]["count"] == Count(1)
    both = said(plan(given, technologies=TECHNOLOGIES))
    assert not {"no_chinese_names", "no_latin_names"} & set(both)


def test_repeats_hold_their_evidence_and_exact_ones_count() -> None:
    given = entries("3D printing", "Looms", "增材制造", "Looms")
    found = plan(given, technologies=TECHNOLOGIES)
    rows = found.tables["repeats"].select("number", "other_number", "relation", "by").rows()
    assert rows == [("2", "4", "same", ""), ("1", "3", "same", "additive manufacturing")]
    assert found.tables["repeats"]["match_probability"][0] == 1.0
    assert answer(found)["repeats"] == 4
    assert found.table["repeats_count"].to_list() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "mark", ["（一）", "(二)", "一、", "十二、", "1. ", "3、", "（4）", "①", "第一条 ", "- "]
)
def test_marks_at_the_beginning_are_no_part_of_a_name(mark: str) -> None:
    others = pl.DataFrame({"place": ["North"], "entry": [f"{mark}燃料电池"]})
    given = entries(f"{mark}燃料电池", f"{mark}3D printing")
    found = plan(given, technologies=TECHNOLOGIES, others=others)
    assert found.table["entry"].to_list() == ["燃料电池", "3D printing"]
    assert found.table["matched"].to_list() == ["fuel cell", "additive manufacturing"]
    assert found.tables["elsewhere"].select("entry", "their_entry", "relation").rows() == [
        ("燃料电池", "燃料电池", "same")
    ]


@pytest.mark.parametrize(
    "name", ["3D打印", "2.5D packaging", "5G", "一体化压铸", "二维材料", "2,4-D"]
)
def test_numbers_that_belong_to_a_name_stay(name: str) -> None:
    assert without_mark(name) == name


def test_an_entry_that_names_two_known_things_is_an_entry_for_each() -> None:
    given = entries("Looms", "加快发展燃料电池和量子传感器产业", "fuel cells")
    found = plan(given, technologies=TECHNOLOGIES)
    assert found.table.select("number", "entry", "matched").rows() == [
        ("1", "Looms", None),
        ("2", "燃料电池", "fuel cell"),
        ("2", "量子传感器", "quantum sensor"),
        ("3", "fuel cells", "fuel cell"),
    ]
    assert found.table["repeats_count"].to_list() == [0, 1, 0, 1]
    (told,) = [own for own in found.conventions if own.code == "parted"]
    assert told.values["count"] == Count(1)


@pytest.mark.parametrize(
    "name",
    [
        "Fuel cells and town halls",  # one side is not known
        "solar cell and fuel cell",  # known as a whole
        "carbon capture and storage",  # an ellipsis
        "量子计算与通信",
        "fuel cells and fuel cell",  # the same twice
    ],
)
def test_an_entry_that_may_be_one_thing_stays_one(name: str) -> None:
    known = ["solar cell", "fuel cell", "solar cell and fuel cell", "carbon capture", "storage"]
    known += ["量子计算", "通信", "量子通信"]
    given = plan(entries(name, "Looms"), technologies=pl.DataFrame({"name": known}))
    assert given.table["entry"].to_list() == [name, "Looms"]


def test_joined_names_of_the_glossary_are_parted_as_they_were_joined() -> None:
    """Forty names in pairs; whatever is parted is parted where it was joined."""
    glossary = pl.read_csv(GLOSSARY, infer_schema=False).drop_nulls()
    rows = [row for row in glossary.rows() if not any(map(parts_of_entry, row))][::75][:40]
    known = name_forms(glossary["name_en"].unique().sort(), glossary.rows())
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    joined = {f"加快发展{a[1]}和{b[1]}产业": (a[1], b[1]) for a, b in pairs}
    joined |= {f"{a[0]} and {b[0]}": (a[0], b[0]) for a, b in pairs}
    found = several_named(joined, known)
    assert found.items() <= joined.items()
    assert len(found) > 0.9 * len(joined)


def test_without_a_technology_that_both_stand_for_nothing_ties_the_languages() -> None:
    assert plan(entries("3D printing", "增材制造")).tables["repeats"].is_empty()


OTHERS = pl.DataFrame(
    {
        "place": ["North", "South", "East", "Home"],
        "entry": ["photovoltaic cells", "燃料电池项目", "Glass works", "Solar cells"],
        "year": [2021, 2024, 2025, 2025],
        "code": [None, None, "C26", None],
    },
    schema_overrides={"year": pl.Int32, "code": pl.String},
)


def test_other_places_are_named_with_what_they_do_and_the_own_place_is_left_out() -> None:
    given = entries("Solar-cell", "Fuel cell", "Quantum sensors")
    found = plan(given, technologies=TECHNOLOGIES, others=OTHERS, own_place="Home")
    rows = found.tables["elsewhere"].select("entry", "place", "their_entry", "year", "relation")
    assert rows.rows() == [
        ("Solar-cell", "North", "photovoltaic cells", 2021, "same"),
        ("Fuel cell", "South", "燃料电池项目", 2024, "same"),
    ]
    assert found.table["places_count"].to_list() == [1, 1, 0]
    assert answer(found)["elsewhere"] == 2
    with_own = plan(given, technologies=TECHNOLOGIES, others=OTHERS)
    assert with_own.table["places_count"].to_list() == [2, 1, 0]


def test_the_same_code_is_the_same_industry_and_no_more() -> None:
    codes = pl.DataFrame({"technology": ["solar cell", "fuel cell"], "code": ["C26", "C38"]})
    given = entries("Solar cell", "Looms", code=[None, "C26"])
    found = plan(given, technologies=TECHNOLOGIES, others=OTHERS, codes=codes)
    industry = found.tables["elsewhere"].filter(pl.col("relation") == "same_industry")
    assert industry.select("entry", "place", "by").rows() == [
        ("Solar cell", "East", "C26"),
        ("Looms", "East", "C26"),
    ]
    assert found.table["places_count"].to_list() == [2, 0]
    unsure = plan(
        given,
        technologies=TECHNOLOGIES,
        others=OTHERS,
        codes=codes.with_columns(probability=pl.lit(0.3)),
    )
    industry = unsure.tables["elsewhere"].filter(pl.col("relation") == "same_industry")
    assert industry["entry"].to_list() == ["Looms"]


def test_what_an_entry_needs_is_there_too_weak_lacking_or_made_by_the_plan() -> None:
    needs = pl.DataFrame(
        {
            "entry": ["solar cell"] * 4,
            "needs": ["silver paste", "clean room", "polysilicon", "quantum sensor"],
            "share": [0.4, 0.3, 0.2, 0.1],
        }
    )
    has = pl.DataFrame({"capability": ["Silver pastes", "Clean rooms"], "strength": [0.9, 0.2]})
    given = entries("Photovoltaic cells", "Quantum sensors")
    found = plan(given, technologies=TECHNOLOGIES, needs=needs, capabilities=has)
    rows = found.tables["requirements"]
    assert rows.select("entry", "needs", "status", "have").rows() == [
        ("Photovoltaic cells", "silver paste", "has", "Silver pastes"),
        ("Photovoltaic cells", "clean room", "weak", "Clean rooms"),
        ("Photovoltaic cells", "polysilicon", "lacks", None),
        ("Photovoltaic cells", "quantum sensor", "in_plan", None),
    ]
    assert found.table["lacking_count"].to_list() == [2, 0]
    sure = rows["lacking_probability"].to_list()
    assert sure[0] < 0.1
    assert min(sure[1:3]) > 0.9
    assert answer(found)["lacking"] == 1
    assert said(found)["made_in_plan"]["count"] == Count(1)
    strong = plan(given, technologies=TECHNOLOGIES, needs=needs, capabilities=has, weak_below=0.1)
    assert strong.table["lacking_count"].to_list() == [1, 0]


def test_without_what_the_place_has_nothing_is_called_lacking() -> None:
    needs = pl.DataFrame({"entry": ["Looms"], "needs": ["yarn"]})
    found = plan(entries("Looms", "Sails"), needs=needs)
    assert found.tables["requirements"]["status"].to_list() == ["not_told"]
    assert "lacking_count" not in found.table.columns
    tables = [part.value.code for part in said(found)["without"]["tables"].value]
    assert tables == ["phrases.technologies", "phrases.others", "phrases.capabilities"]


def test_entries_keep_the_order_of_their_numbers() -> None:
    given = entries("Looms", "Sails", "Kilns", number=["10", "9", "2"])
    assert plan(given).table["entry"].to_list() == ["Kilns", "Sails", "Looms"]


def test_one_entry_and_nothing_else_is_refused() -> None:
    with pytest.raises(InputError) as error:
        plan(entries("Looms"))
    assert error.value.code == "nothing_to_compare"


def test_the_technologies_of_an_observation_are_taken_as_they_are(tmp_path: Path) -> None:
    observed = pl.DataFrame(
        {
            "rank": [1, 2],
            "technology_id": ["a", "b"],
            "name": ["federated learning (FL)", "graph networks"],
            "name_zh": ["联邦学习", None],
            "status": ["scored", "scored"],
            "theme": ["privacy", "graphs"],
            "growth_five_years": [0.4, 0.2],
            "probability": [0.6, 0.3],
            "advice": ["act", "watch"],
        }
    )
    observed.write_csv(tmp_path / "technologies.csv")
    (tmp_path / "plan.md").write_text(
        "# 规划\n## （一）联邦学习技术\n加快。\n## （二）图网络\n", "utf-8"
    )
    found = firstlight.measure(
        "plan",
        tmp_path / "plan.md",
        technologies=tmp_path / "technologies.csv",
        project=tmp_path / "project",
    )
    rows = found.table.select("entry", "matched", "take_off_probability", "growth", "section")
    assert rows.rows() == [
        ("联邦学习", "federated learning (FL)", 0.6, 0.4, "规划"),
        ("图网络", "graph networks", 0.3, 0.2, "规划"),
    ]


def test_plan_words_are_left_out_of_a_core_unless_nothing_is_left() -> None:
    assert written("Development of new energy technologies").core == ("energy",)
    assert written("Research and development").core == ("research", "and", "development")
    assert written("加快发展量子信息产业").core == ("量子信息",)
    assert written("新兴产业").core == ("新兴产业",)
    assert written("氢能，规模化应用").core == ("氢能",)
    assert written("前沿药").core == ("前沿药",)


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("打造千亿级新型储能产业集群", "新型储能"),
        ("大力发展高端数控机床", "高端数控机床"),
        ("建设国家级动力电池回收利用基地", "动力电池回收利用"),
        ("加快发展", "加快发展"),
        *((name, name) for name in ("支持向量机", "推进剂", "布局布线", "发展中国家", "新型储能")),
    ],
)
def test_an_entry_names_what_stands_between_the_words_of_plans(entry: str, name: str) -> None:
    assert named_by_entry(entry) == name


def test_the_record_is_of_a_model_that_beats_the_same_text_and_the_plain_cosine() -> None:
    record = pl.read_csv(FOLDER / "match_record.csv")
    assert set(record["script"]) == {"latin", "han"}
    for script, names in (("latin", "as_in_texts"), ("latin", "made_up"), ("han", "made_up")):
        own = record.filter(script=script, names=names)
        ours = own.filter((pl.col("rule") == "model") & (pl.col("level") == 0.5)).row(0, named=True)
        assert ours["precision"] > 0.95
        for other in own.filter(pl.col("rule") != "model").iter_rows(named=True):
            assert f1(ours) > f1(other)
    model = name_matching.model()
    assert set(model) == {"latin", "han"}


def f1(row: dict[str, Any]) -> float:
    both = row["precision"] + row["recall"]
    return 2 * row["precision"] * row["recall"] / both if both else 0.0


def test_charts_are_drawn_of_what_the_plan_knows() -> None:
    alone = plan(entries("Looms", "Sails"))
    assert alone.charts == ()
    others = pl.DataFrame({"place": ["a"], "entry": ["Looms"]})
    both = plan(entries("Loom", "Sails"), others=others)
    assert [chart.code for chart in both.charts if isinstance(chart, Chart)] == ["by_places"]


def test_an_observation_brings_the_other_forms_of_its_names(tmp_path: Path) -> None:
    technologies = [
        {"technology_id": "t1", "name": "additive manufacturing", "advice": "act"}
        | {"probability": 0.3, "growth_five_years": 0.5},
        {"technology_id": "t2", "name": "quantum sensor"},
    ]
    forms = [{"technology_id": "t1", "form": form} for form in ("3D printing", "AM")]
    observed = {
        "tables": {"technologies": technologies, "forms": forms},
        "facts": {"as_of": 2020, "horizon": 3},
    }
    (tmp_path / "observation.json").write_text(json.dumps(observed), encoding="utf-8")
    given = entries("3D printing", "Quantum sensor")
    found = firstlight.measure("plan", given, project=tmp_path, technologies=tmp_path)
    columns = ["entry", "matched", "take_off_probability", "advice", "growth"]
    assert found.tables["entries"].select(columns).rows() == [
        ("3D printing", "additive manufacturing", 0.3, "act", 0.5),
        ("Quantum sensor", "quantum sensor", None, None, None),
    ]

"""Profiles: declared as data, composed of results, first lines by their rules, projects from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.measurement import folders, measurement
from firstlight.run.measured import measure
from firstlight.run.profile.composed_profile import (
    SAMPLES,
    chosen_rows,
    composed,
    first_line,
    first_lines_of,
    lacking_files,
)
from firstlight.run.profile.declared_profiles import ProfileKind, pair, profile_kind, profiles
from firstlight.run.profile.profile_project import new_profile_project
from firstlight.run.project import open_project
from firstlight.run.sector.recognised_files import kinds_of, recognised

TABLE = "supplier,user,value\na,a,1\na,b,2\n"
CHAIN = "input,product\nlens,chip\n"
PROVIDERS = "input,provider,country\nlens,Eye,West\n"


@pytest.fixture(params=profiles())
def kind(request: pytest.FixtureRequest) -> ProfileKind:
    return profile_kind(request.param)


def test_a_declaration_names_what_there_is(kind: ProfileKind) -> None:
    assert kind.name not in folders()  # its page would bear the name of a measurement's
    for own in kind.sections:
        declared = measurement(own.measurement)
        given = {*own.needs, *own.may, *own.options} - {"outlines"}
        assert given <= set(declared.parameters)
        assert {*own.source, *own.needs.values(), *own.may.values()} <= set(kind.files)
        assert own.charts
        assert all(declared.texts.has("charts", code, "title") for code in own.charts)
    sections = {own.measurement for own in kind.sections}
    assert len(sections) == len(kind.sections) and set(kind.samples) <= sections
    rules = [rule for line in kind.lines for rule in (*line.says, line.pick) if rule]
    assert rules and {rule["measurement"] for rule in rules} <= sections


def test_every_text_is_there_in_both_languages(kind: ProfileKind) -> None:
    pairs = [kind.title, *(own.question for own in kind.sections)]
    pairs += [own for line in kind.lines for own in (line.title, line.rule)]
    pairs += [pair(own, part) for own in kind.files.values() for part in ("", "source_")]
    clauses = [own for line in kind.lines for own in line.pick.get("clauses", ())]
    pairs += [pair(own) for own in clauses]
    assert all(english.strip() and chinese.strip() for english, chinese in pairs)


def test_the_sample_that_ships_is_recognised_and_answers_all(
    kind: ProfileKind, tmp_path: Path
) -> None:
    known, unknown = recognised(SAMPLES / kind.name, kinds_of(kind.files))
    assert not unknown and {own.kind for own in known} == set(kind.files)
    made = new_profile_project(tmp_path / "own", kind.name)
    assert made.is_sample and not made.lacking
    project = open_project(tmp_path / "own")
    assert project.profiles == {kind.name: "own"}
    assert list(project.measures) == [own.measurement for own in kind.sections]
    with pytest.raises(InputError) as caught:
        new_profile_project(tmp_path / "own", kind.name)
    assert caught.value.code == "project_there"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_missing_is_said_with_its_file(tmp_path: Path, lang: str) -> None:
    for name, text in {"io": TABLE, "chain": CHAIN, "odd": "colour\nred\n"}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    made = new_profile_project(tmp_path, "chain", lang=lang)
    assert not made.is_sample and list(made.answered) == ["structure"]
    assert [own.path.name for own in made.unknown] == ["odd.csv"]
    lacks = {own.measurement: each for own, each in made.lacking}
    kind = made.kind
    assert set(lacks) == {own.measurement for own in kind.sections} - {"structure"}
    place = ("en", "zh").index(lang)
    (weakest,) = lacks["weak_links"]
    assert pair(kind.files["providers"])[place] in weakest[place]
    assert all(len(each) == 1 for each in lacks.values())
    whole = "\n".join(made.lines(lang))
    assert all(each[place] in whole for (each,) in lacks.values()) and "odd.csv" in whole
    page = composed(kind, "x", open_project(tmp_path), {})
    sections = {own.measurement: own for own in page.sections}
    assert sections["weak_links"].lacks == lacks["weak_links"]
    assert len(sections["structure"].lacks) == 1  # asked for, and not measured
    assert all(not line.said for line in page.lines) and not page.is_sample


@pytest.mark.parametrize(
    ("texts", "taken"),
    [
        (("state,year,value", "state,year,gdp_per_capita", "unit,year,value,population"), 1),
        (("state,year,value", "unit,year,value", "unit,year,value,population"), 2),
        (("地区,年份,专利数", "地区,年份,人均收入", "地区,年份,专利数"), 1),
        (("unit,year,value", "unit,year,value", "state,year,patents"), None),
    ],
)
def test_of_several_files_the_columns_decide_and_it_is_said_which(
    tmp_path: Path, texts: tuple[str, ...], taken: int | None
) -> None:
    """What says that it is of persons first, then what has more of the columns; between equals
    nobody decides but the user, who is told which they are."""
    for at, text in enumerate(texts):
        (tmp_path / f"{at}.csv").write_text(f"{text}\nHill,2010,3{',4' * (text.count(',') - 2)}\n")
    made = new_profile_project(tmp_path / "made", "places", tmp_path)
    said = made.lines("en")
    if taken is None:
        assert not made.known and "inequality" not in made.answered
        assert [own.reason.code for own in made.unknown] == ["several_fit"] * 3
        assert any("0.csv and 1.csv may each" in line for line in said)
        return
    assert [own.path.name for own in made.known] == [f"{taken}.csv"]
    assert made.answered["inequality"]["source"].endswith(f"{taken}.csv")
    assert any(line.startswith(f"{taken}.csv is read as output") for line in said)
    assert {own.reason.code for own in made.unknown} == {"another"}


def test_a_question_that_rests_on_nothing_lacks_all_its_files() -> None:
    kind = profile_kind("chain")
    lacks = {own.measurement: lacking_files(kind, own, set()) for own in kind.sections}
    assert {name: len(each) for name, each in lacks.items()} == {
        "weak_links": 2,
        "structure": 1,
        "trade_value_added": 1,
        "shock": 2,
        "footprints": 2,
        "digital_content": 2,
        "scenario_effects": 2,
    }


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
    sample = SAMPLES / "chain"
    links = measure(
        "weak_links",
        sample / "chain.csv",
        project=tmp_path,
        providers=sample / "providers.csv",
        stocks=sample / "input_stocks.csv",
    )
    line = profile_kind("chain").lines[2]
    said = first_line(line, {"weak_links": links}).said
    hung = links.table.filter(
        pl.col("standing").is_in(["one_provider", "one_country"])
        & pl.col("substitute_depth").is_null()
    ).sort("exposure_share", descending=True)
    assert [own.measurement for own in said] == ["weak_links"] * hung.height
    for own, row in zip(said, hung.iter_rows(named=True), strict=True):
        for lang, text in zip(("en", "zh"), own.said, strict=True):
            assert row["input"] in text and row["top_country"] in text
            assert links.texts.cell(lang, "inputs", "exposure_share", row) in text
    held = links.table.filter(pl.col("standing") == "nothing")
    without = replace(links, tables={**links.tables, "inputs": held})
    none = first_line(line, {"weak_links": without}).said
    assert [own.said for own in none] == [pair(line.pick, "none_")]


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "observatory.toml").write_text('[profile]\nchian = "x"\n')
    with pytest.raises(InputError) as caught:
        open_project(tmp_path)
    assert caught.value.code == "no_profile_but"
    (tmp_path / "observatory.toml").write_text("[profile]\nchain = 3\n")
    with pytest.raises(InputError) as caught:
        open_project(tmp_path)
    assert caught.value.code == "unfit_setting"


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
    (tmp_path / "c.csv").write_text(one.replace("\n煤炭", "\n山西").replace("\n钢铁", "\n河北"))
    known, unknown = recognised(tmp_path, kinds_of(profile_kind("chain").files))
    assert [(own.path.name, own.kind) for own in known] == [
        ("a.csv", "io_table"),
        ("b.csv", "world_table"),
    ]
    assert [own.path.name for own in unknown] == ["c.csv"]


YEARBOOK = "地区,年份,地区生产总值（亿元）,R&D经费（亿元）,互联网用户（万户）,有效发明专利（件）\n"
PER_PERSON = "省份,年度,人均GDP（元）,年末人口（万人）,区域\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (YEARBOOK + "甲,2020,1,2,3,4\n", "indicators"),
        (PER_PERSON + "甲,2020,1,2,东部\n", "incomes"),
        ("地区,2019年,2020年,2021年,2022年\n甲,1,2,3,4\n", "incomes"),
    ],
)
def test_yearbook_tables_of_places_are_told_apart(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    known, _ = recognised(tmp_path, kinds_of(profile_kind("places").files))
    assert [own.kind for own in known] == [expected]


def test_a_total_among_the_places_hides_no_answer(tmp_path: Path) -> None:
    kind, frame = profile_kind("places"), pl.read_csv(SAMPLES / "places" / "indicators.csv")
    last = frame.group_by("year").agg(pl.exclude("unit").mean(), unit=pl.lit("全国"))
    given = pl.concat([frame, last.select(frame.columns)], how="vertical_relaxed")
    options = {"declaration": str(SAMPLES / "places" / "index.toml")}
    names = ("index", "index_robustness")
    results = {name: measure(name, given, **options, project=tmp_path / name) for name in names}
    lines = first_lines_of(kind.lines, results)
    first, second = ([own.said for own in line.said] for line in lines[:2])
    said = [
        [results[name].texts.sentence("en", own) for own in results[name].said[:2]]
        for name in names
    ]
    assert [first[0][0], first[1][0]] == said[0]  # who leads, and what was left out
    assert [own[0] for own in second] == said[1][:1]  # which is said once


def test_what_lacks_twice_is_asked_for_once() -> None:
    kind = profile_kind("places")
    section = next(own for own in kind.sections if own.measurement == "spatial_pattern")
    assert len(set(section.needs)) > len(set(section.needs.values()))
    assert len(lacking_files(kind, section, {"incomes"})) == 1

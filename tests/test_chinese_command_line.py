"""The command line in Chinese: refusals, usage and help, with nothing left in English."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import CommandLine
from firstlight.cli.arguments import build_parser
from firstlight.measurement import folders, measurement
from firstlight.run.project import open_project


def test_the_command_line_refuses_in_the_language_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path, capsys)
    assert (
        shell("measure", "adoption", "nowhere.csv", "--lang", "zh").err.count(
            "firstlight: 没有此文件"
        )
        == 1
    )
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "observatory.toml").write_text(
        '[observe]\nsource = "no.csv"\nlanguage = "zh"\n', encoding="utf-8"
    )
    assert "位置：" in shell("observe", "p").err
    assert "where:" in shell("observe", "p", "--lang", "en").err
    for verb in ("report", "explain", "show"):
        assert "位置：" in shell(verb, "--project", "p").err and "where:" in shell(verb).err


@pytest.mark.parametrize(
    ("settings", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zha_XX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "en_GB.UTF-8", "LC_ALL": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "", "LC_ALL": ""}, "zh"),  # empty is not set
    ],
)
def test_the_environment_decides_where_nobody_says_the_language(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    lang: str,
) -> None:
    """Help, refusals, errors and new projects; an option and a project go before it."""
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    shell, where = CommandLine(tmp_path, capsys), {"en": "where:", "zh": "位置："}
    assert where[lang] in shell("measure", "adoption", "nowhere.csv").err
    assert {"en": "usage:", "zh": "用法："}[lang] in shell("show", "--help").out
    other = {"en": "zh", "zh": "en"}[lang]
    assert where[other] in shell("measure", "adoption", "nowhere.csv", "--lang", other).err
    assert shell("new", "made").code == 0 and shell("new", "other", "--lang", other).code == 0
    assert open_project(tmp_path / "made").language == lang
    assert open_project(tmp_path / "other").language == other
    for folder, said in (("made", lang), ("other", other)):
        assert where[said] in shell("explain", "nothing", "--project", folder).err


MISTAKES = (
    "measure nothing",
    "measure complexity ok.csv extra",
    "measure complexity ok.csv --bogus 3",
    "measure complexity ok.csv --lang zh --year",
    "observe --as-of soon",
    "observe --horizon 3.5",
    "trace",
    "explain --to x",
    "measure complexity ok.csv --column activity",
    "measure complexity ok.csv --column activity=there",
    "measure complexity ok.csv --column nothing=there",
    "measure complexity okk.csv",
    "measure complexity ok.csv --gaps none",
    "measure complexity ok.csv --threshold -1",
    "measure complexity twice.csv",
    "measure complexity text.csv",
    "measure complexity empty.csv",
    "measure partners ok.csv",
    "measure efficiency ok.csv",
    "measure efficiency ok.csv --inputs K,L --outputs Y",
    "measure productivity_change ok.csv --inputs value --outputs Y --bad Z",
    "measure frontier ok.csv",
    "measure firms ok.csv --output Y",
    "measure accounting ok.csv --output value",
    "measure attribution ok.csv",
    "measure concentration ok.csv --outline-name x",
    "measure concentration ok.csv --outlines nix.geojson",
    "measure substitution shares.csv",
    "explain nothing",
)
NAMES = r"""'[^']*'|--[\w-]+|\S+\.\w+|firstlight( \w+)*|可选：.*"""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_at_the_command_line_is_told_in_chinese_alone(
    mistake: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beside names, options, commands and files no two English words stand together."""
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path, capsys)
    shell.write("ok.csv", "place,activity,year,value\na,b,2019,1\na,c,2019,2\nd,b,2019,3\n")
    shell.write("twice.csv", "place,activity,year,value\na,b,2019,1\na,b,2019,2\n")
    shell.write("text.csv", "place,activity,year,value\na,b,2019,x\n")
    shell.write("empty.csv", "")
    shell.write("shares.csv", "market,year,share\na,2019,.5\n")
    said = shell(*mistake.split(), "--lang", "zh")
    assert said.code == 2 and re.search(r"[\u4e00-\u9fff]", said.err)
    told = said.err.rpartition("：错误：")[2]  # behind the usage, which is names alone
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", re.sub(NAMES, "", told)), said.err
    assert not re.search("usage:|error:|where:|try:", said.err)


def parsers(root: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield root
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            for own in action.choices.values():
                yield from parsers(own)


def test_help_is_chinese_alone_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "2000")  # so that no line is broken
    told = [
        line for own in parsers(build_parser(lang="zh")) for line in own.format_help().splitlines()
    ]
    words = [
        re.sub(r"'[^']*'|\[[^]]*\]|firstlight( \w+)*|JSON lines|--\S+", "", line)
        for line in told
        if "用法：" not in line
    ]
    citations = {measurement(name).citation for name in folders()}
    english = [line for line in words if re.search(r"[a-z]{2,} [a-z]{2,}", line)]
    assert len(told) > 400
    assert [line for line in english if line.strip() not in citations] == []
    assert not [line for line in told if re.match("usage|options|positional", line)]
    assert build_parser().format_help().startswith("usage: ")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("障碍度", "obstacles"),
        ("耦合协调度", "coupling"),
        ("莫兰", "spatial_pattern"),
        ("杜宾", "spatial_spillovers"),
        ("核密度", "mobility"),
        ("DEA", "efficiency"),
        ("卡脖子", "weak_links"),
        ("新质生产力", "index"),
        ("碳足迹", "footprints"),
        ("绿色全要素生产率", "productivity_change"),
    ],
)
def test_a_measurement_is_found_by_the_word_of_the_field(
    word: str, meant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = CommandLine(tmp_path, capsys)("measure", word, "t.csv", "--lang", "zh").err
    named = [line.split()[-1] for line in said.splitlines() if line.startswith("  firstlight ")]
    assert named[0] == meant and len(named) <= 3


def test_a_folder_that_is_no_project_is_told_with_the_way_to_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = CommandLine(tmp_path, capsys)("run", "没有", "--lang", "zh").err
    assert "没有项目" in said and "firstlight new 没有" in said

"""Errors in Chinese: every text of the code has one, and each comes out as its own."""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import firstlight
from command_line import CommandLine
from error_templates import all_texts, error_templates
from firstlight.cli.arguments import build_parser
from firstlight.errors import InputError
from firstlight.measurement import folders, measurement
from firstlight.views.error_words import error_words

ROOT = Path(firstlight.__file__).parent
PLACE = re.compile(r"\{(\d+)[*=|]?\}")
PARSER = {
    "show this help message and exit",
    "show program's version number and exit",
    "argument {}: {}",
    "the following arguments are required: {}",
    "unrecognized arguments: {}",
    "expected one argument",
    "expected at most one argument",
    "expected at least one argument",
    "expected {} argument",
    "expected {} arguments",
    "ambiguous option: {} could match {}",
    "invalid {} value: {}",
    "invalid choice: {} (choose from {})",
    "ignored explicit argument {}",
}  # of argparse
with (ROOT / "views" / "error_words.csv").open(encoding="utf-8", newline="") as stream:
    ROWS = {row["english"]: row["chinese"] for row in csv.DictReader(stream)}


def says_something(text: str) -> bool:
    """Whether a text has words of its own, enough of them that another text wouldn't be taken for it."""
    letters = sum(map(len, re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\}|--?[\w-]+", " ", text))))
    starts = text[:1].isalpha() and not text.startswith("the ")
    return letters >= (4 if "{}" in text and not starts else 2)


def test_every_text_of_an_error_has_its_chinese_and_none_is_left_over() -> None:
    needed = {text: place for text, place in error_templates(ROOT).items() if says_something(text)}
    lacking = [f"{place}: {text!r}" for text, place in needed.items() if text not in ROWS]
    assert not lacking, "write their Chinese into views/error_words.csv:\n" + "\n".join(lacking)
    assert not set(ROWS) - all_texts(ROOT) - PARSER, "texts that nothing says any longer"


def test_a_text_that_lacks_its_chinese_would_be_found(tmp_path: Path) -> None:
    code = 'raise InputError(f"no {name}" if name else "none" + more, where=f"row {k}", try_next="bring " + what)\n'
    (tmp_path / "some.py").write_text(code, encoding="utf-8")
    assert set(error_templates(tmp_path)) == {"no {}", "none{}", "row {}", "bring {}"}


def _is_code(text: str) -> bool:
    """Names, options and commands, which are the same in any language."""
    return len(text.split()) < 4 or text.startswith("firstlight ") or bool(set(text) & set("=-,["))


def test_each_text_is_chinese_or_a_name_and_fills_in_what_there_is() -> None:
    for english, chinese in ROWS.items():
        assert all(int(place) < english.count("{}") for place in PLACE.findall(chinese)), english
        assert re.search(r"[\u4e00-\u9fff]", chinese) or _is_code(english), english


@pytest.mark.parametrize("part", range(4))
def test_what_is_said_comes_out_as_its_own_chinese(part: int) -> None:
    """Of all texts that fit, the one that was meant: the most particular."""
    wrong = {}
    clear = [
        row for row in sorted(ROWS.items()) if "{}{}" not in row[0]
    ]  # where one value ends and the next begins
    for english, chinese in clear[part::4]:
        values = [f"v{k}" for k in range(english.count("{}"))]
        text, *others = english.split("{}")
        said = text + "".join(value + other for value, other in zip(values, others, strict=True))
        expected = PLACE.sub(lambda place, own=values: own[int(place[1])], chinese)  # type: ignore[misc]
        if (found := error_words(InputError(said), "zh")) != expected:
            wrong[english] = found
    assert not wrong


def test_what_one_error_tells_of_another_is_chinese_too_and_a_name_is_not() -> None:
    inner = InputError("no column 'Nowhere'", where="--places", try_next="x")
    said = error_words(
        InputError(f"a table can't be read: {inner.what}", where="words", try_next="no text"), "zh"
    )
    assert "缺少列'Nowhere'" in said and "no column" not in said
    assert error_words(inner) == str(inner)
    with pytest.raises(InputError, match="language fr"):
        error_words(inner, "fr")


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
    ("english", "chinese"),
    [
        ("every input is 0", "投入全为0"),
        ("the system says: Permission denied", "系统提示：没有权限"),
        ("no table {'a'}", "没有表{'a'}"),
        ("no column 'profit or loss'", "缺少列'profit or loss'"),
        ("did you mean 'a or b' or 'c'?", "是否指'a or b'或'c'？"),
        ("use one of year", "可选：year"),
        ("p/catalogue (its names: market, year)", "p/catalogue (已有：market, year)"),
        ("observation: technologies", "observation: technologies"),
        (
            "the same key stands in several rows with different values: place input, activity b, c",
            "同一键在多行取值不同：地区input，活动b, c",
        ),
        (
            "no column for output; recognised: place = 'input', year = 'year'",
            "没有对应output的列；已识别：place = 'input', year = 'year'",
        ),
        (
            "none of the 2 rows can be used: 1 because the value is negative; 1 because the row has no year",
            "2行均不可用：该值为负数（1行）；该行没有年份（1行）",
        ),
    ],
)
def test_what_is_filled_in_is_chinese_where_it_is_ours_and_as_it_is_where_it_is_the_users(
    english: str, chinese: str
) -> None:
    assert error_words(InputError(english), "zh") == chinese


def test_choices_are_told_where_they_are_to_be_taken_and_a_file_keeps_its_name() -> None:
    said = InputError(
        "no such file or folder", where="profit or loss.csv", try_next="a or b or c or d"
    )
    assert error_words(said, "zh").splitlines()[1:] == [
        "  位置：profit or loss.csv",
        "  建议：可选：a、b、c、d",
    ]


MISTAKES = (
    "measure",
    "measure nothing",
    "measure complexity ok.csv extra",
    "measure complexity ok.csv --bogus 3",
    "measure complexity ok.csv --lang zh --year",
    "observe --as-of soon",
    "observe --horizon 3.5",
    "follow",
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

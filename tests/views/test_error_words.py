"""Errors in Chinese: every text of the code has one, and each comes out as its own."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import firstlight
from command_line import CommandLine
from error_templates import all_texts, error_templates
from firstlight.errors import InputError
from firstlight.views.error_words import error_words

ROOT = Path(firstlight.__file__).parent
COMPOSED = {f"a{kind} number {reach}" for kind in ("", " whole") for reach in ("of at least {}", "from {} to {}")}
PLACE = re.compile(r"\{(\d+)\}")
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
    assert not set(ROWS) - all_texts(ROOT) - COMPOSED, "texts that nothing says any longer"


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
    clear = [row for row in sorted(ROWS.items()) if "{}{}" not in row[0]]  # where one value ends and the next begins
    for english, chinese in clear[part::4]:
        values = [f"v{k}" for k in range(english.count("{}"))]
        text, *others = english.split("{}")
        said = text + "".join(value + other for value, other in zip(values, others, strict=True))
        expected = PLACE.sub(lambda place, own=values: own[int(place[1])], chinese)  # type: ignore[misc]
        if (found := error_words(InputError(said), "zh")) != expected:
            wrong[english] = found
    assert not wrong


def test_what_one_error_tells_of_another_is_chinese_too_and_a_name_is_not() -> None:
    inner = InputError("no place 'Nowhere'", where="--places", try_next="x")
    said = error_words(
        InputError(f"no record of earlier forecasts: {inner.what}", where="words", try_next="no text"), "zh"
    )
    assert "Nowhere" in said and "earlier forecasts" not in said
    assert error_words(inner) == str(inner)
    with pytest.raises(InputError, match="'fr'"):
        error_words(inner, "fr")


def test_the_command_line_refuses_in_the_language_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path, capsys)
    assert shell("measure", "adoption", "nowhere.csv", "--lang", "zh").err.count("firstlight: 没有此文件") == 1
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "observatory.toml").write_text(
        '[observe]\nsource = "no.csv"\nlanguage = "zh"\n', encoding="utf-8"
    )
    assert "位置：" in shell("observe", "p").err
    assert "where:" in shell("observe", "p", "--lang", "en").err

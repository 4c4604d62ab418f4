"""Both languages say everything, and only what is said somewhere."""

from __future__ import annotations

import doctest
import importlib
import json
import re
from importlib.resources import files

import pytest

from firstlight.errors import InputError
from firstlight.views.words import say, words

KEPT: dict[str, list[str]] = json.loads(
    files("firstlight.views").joinpath("words.json").read_text("utf-8")
)
CODE = "\n".join(
    file.read_text("utf-8")
    for folder in (files("firstlight.views"), files("firstlight.views").joinpath("assets"))
    for file in folder.iterdir()
    if file.name.endswith((".py", ".js", ".html")) and "observation" not in file.name
)


def test_both_languages_have_every_key() -> None:
    assert words("en").keys() == words("zh").keys() == KEPT.keys()
    for key, texts in KEPT.items():
        assert len(texts) == 2 and all(text.strip() for text in texts), key


def test_both_languages_speak_of_the_same_values() -> None:
    for key, (english, chinese) in KEPT.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), key


def test_chinese_is_chinese() -> None:
    assert [key for key, (english, chinese) in KEPT.items() if english == chinese] == []


def test_every_key_that_code_names_is_there() -> None:
    named = set(
        re.findall(
            r"""\b(?:say|said|out\.say|block|line|fold|section)\(\s*(?:lang,\s*)?["']([a-z]\w*\.[\w.]+)["']""",
            CODE,
        )
    )
    named |= {hint for hint in re.findall(r'"((?:hint|missing|empty)\.\w+)"', CODE)}
    assert len(named) > 30
    assert sorted(named - KEPT.keys() - {"en", "zh"}) == []


def test_no_key_is_left_over() -> None:
    families = ("file.", "stage.")
    idle = [
        key
        for key in KEPT
        if not key.startswith(families) and f'"{key}"' not in CODE and f"'{key}'" not in CODE
    ]
    assert idle == []


def test_an_unknown_key_or_language_is_an_error() -> None:
    with pytest.raises(InputError):
        say("en", "no.such.key")
    with pytest.raises(InputError):
        words("fr")


def test_values_with_braces_stay_as_they_are() -> None:
    assert "{until}" in say("en", "measured.read_rows", rows="{until}")


@pytest.mark.parametrize("name", ["bilingual", "contract", "figures", "tables", "words"])
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"firstlight.views.{name}"))
    assert tried > 0 and failed == 0

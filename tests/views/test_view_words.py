"""What the views say is said somewhere, and every key that they name has its text."""

from __future__ import annotations

import doctest
import importlib
import re
from importlib.resources import files

import pytest

from firstlight.errors import InputError
from firstlight.texts import Name, leaves, load
from firstlight.views.words import VIEWS, say

ENGLISH = load(VIEWS.folder / "en.toml")
KEYS = {
    ".".join(path).removesuffix(".one").removesuffix(".other")
    for group in ENGLISH.keys() - {"errors"}
    for path, _ in leaves(ENGLISH[group], group)
}
CODE = "\n".join(
    file.read_text("utf-8")
    for folder in (files("firstlight.views"), files("firstlight.views").joinpath("assets"))
    for file in folder.iterdir()
    if file.name.endswith((".py", ".js", ".html")) and "observation" not in file.name
)
CALL = r"""\b(?:say|said|section)\(\s*(?:(?:out\.)?lang,\s*)?["']([a-z]\w*\.[\w.]+)["']"""


def test_every_key_that_code_names_is_there() -> None:
    named = set(re.findall(CALL, CODE))
    assert len(named) > 30
    assert named - KEYS == set()


def test_no_key_is_left_over() -> None:
    families = ("file.", "stage.")
    idle = {key for key in KEYS if f'"{key}"' not in CODE and f"'{key}'" not in CODE}
    assert {key for key in idle if not key.startswith(families)} == set()


def test_an_unknown_key_or_language_is_an_error() -> None:
    with pytest.raises(LookupError):
        say("en", "no.such.key")
    with pytest.raises(InputError):
        say("fr", "files.where")


def test_values_with_braces_stay_as_they_are() -> None:
    assert "{until}" in say("en", "measured.read_rows", rows=Name("{until}"))


@pytest.mark.parametrize("name", ["bilingual", "drawing_paper", "tables", "words"])
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"firstlight.views.{name}"))
    assert tried > 0 and failed == 0

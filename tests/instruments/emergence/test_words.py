"""Whatever the rooms of emergence say by a code has its words, with the values that the words ask
for."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

import pytest

from firstlight.instruments.emergence.forecast.outlook import CANDIDATES
from firstlight.instruments.emergence.forecast.rules import NEW_AUTHORS
from firstlight.instruments.emergence.technologies import joins, names
from firstlight.texts import family_texts

TEXTS = family_texts("emergence")
ROOMS = sorted(file for file in TEXTS.folder.glob("*/*.py") if file.name != "__init__.py")
MAKERS = {
    "message": 0,
    "notice": 1,
}  # calls that make a message, and what stands between code and values


def said() -> Iterator[tuple[str, str, set[str], bool]]:
    """File, code, names of the values, and whether these are all, of every message that the rooms
    make."""
    for file in ROOMS:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_maker = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in MAKERS
            )
            if is_maker and node.args and isinstance(node.args[0], ast.Constant):
                given = {keyword.arg for keyword in node.keywords}
                yield (
                    file.name,
                    str(node.args[0].value),
                    {name for name in given if name},
                    None not in given,
                )


def placeholders(text: object) -> set[str]:
    if isinstance(text, dict):
        return {name for form in text.values() for name in placeholders(form)}
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def test_there_are_messages_to_check() -> None:
    assert len(list(said())) > 20


@pytest.mark.parametrize(
    ("file", "code", "values", "is_whole"), sorted(said(), key=lambda each: each[:2])
)
def test_every_message_has_its_words(
    file: str, code: str, values: set[str], is_whole: bool
) -> None:
    paths = [code.split(".")] if "." in code else [["says", code], ["errors", code]]
    told = [path for path in paths if TEXTS.has(*path)]
    assert told, f"{file}: {code}"
    if is_whole:
        for lang in ("en", "zh"):
            found = TEXTS.find(lang, *told[0])[0]
            assert placeholders(found) <= values, f"{file}, {lang}: {code}"


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("rankings", [*CANDIDATES, NEW_AUTHORS]),
        ("ranking_notes", [*CANDIDATES, NEW_AUTHORS]),
        ("rules", [*names.REASONS, *joins.RULES]),
        ("rule_figures", [*names.REASONS, *joins.RULES]),
    ],
)
def test_every_code_has_its_words(group: str, codes: list[str]) -> None:
    assert [code for code in codes if not TEXTS.has(group, code)] == []

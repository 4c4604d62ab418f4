"""The tutorials of productivity: every command and every block of Python runs, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from firstlight.cli import main

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """The page's blocks of code in order: language, text."""
    return BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))


def run(language: str, text: str, names: dict[str, Any]) -> str:
    """What a block prints: commands in this process, Python in one namespace."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        if language == "python":
            exec(compile(text, "tutorial", "exec"), names)
        else:
            for line in text.splitlines():
                program, *words = shlex.split(line, comments=True)
                assert program == "firstlight" and main(words) == 0, line
    return printed.getvalue()


def absent(said: str, printed: str) -> list[str]:
    """Lines of a page that were not printed, in their order; a number may be cut short at the end of a line."""
    rest, found = printed, []
    for line in said.splitlines():
        place = rest.find(line.strip())
        if place < 0:
            found.append(line)
        else:
            rest = rest[place + len(line.strip()) :]
    return found


def test_a_line_that_is_not_printed_is_found() -> None:
    assert absent("one\n  two", "one\n  two\nthree") == []
    assert absent("two\none", "one\ntwo") == ["one"]
    assert absent("one\nfour", "one\ntwo") == ["four"]


@pytest.mark.parametrize("page", ["tutorials/productivity.md", "zh/productivity.md"])
def test_the_tutorial_runs_and_prints_what_it_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed, names = "", dict[str, Any]()
    found = blocks(page)
    assert [language for language, _ in found].count("text") >= 6
    for language, text in found:
        if language == "text":
            assert absent(text, printed) == []
        else:
            printed = run(language, text, names)
    assert (tmp_path / "mine" / "productivity.html").exists()


def test_both_tutorials_give_the_same_commands() -> None:
    english, chinese = (
        [text.replace(" --lang zh", "") for language, text in blocks(page) if language == "sh"]
        for page in ("tutorials/productivity.md", "zh/productivity.md")
    )
    assert english == chinese

"""The journey of someone who follows the first tutorial to its end: every command as it stands on
the page, then every line of Python."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from person import Person
from runnable_pages import blocks

FIRSTLIGHT = ".venv/bin/firstlight"


@pytest.mark.slow
def test_the_first_observation_followed_to_its_end(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(person.folder)
    found = blocks("tutorials/first-observation.md")
    typed = [line for language, text in found if language == "sh" for line in text.splitlines()]
    commands = [shlex.split(line) for line in typed if line.startswith(FIRSTLIGHT)]
    assert [words[1] for words in commands] == ["observe", "show", "explain"]
    for words in commands:
        assert person.gets(*words[1:])
    first = Path("arxiv-2016/index.html").read_bytes()
    names: dict[str, object] = {}
    for language, text in found:
        if language == "python":
            exec(compile(text, "tutorial", "exec"), names)
    assert names["chart"] is not None
    assert Path("arxiv-2016/index.html").read_bytes() == first, "what it compares with stays"

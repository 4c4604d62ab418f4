"""Pages whose commands and Python are run, and whose printed lines are compared with what comes
out."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firstlight.cli import main
from firstlight.measurement import measurement

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def check_options(name: str, given: Mapping[str, Any], *, is_whole: bool = True) -> None:
    """Raise InputError for a value that the declaration of a measurement does not allow.

    is_whole : whether what is needed has to be there; the invented sample brings its own
    """
    declared = measurement(name)
    parameters = declared.parameters.values()
    needed = {own.name for own in parameters if own.is_required and own.kind != "frame"}
    assert not is_whole or needed <= set(given), name
    for option, value in given.items():
        if option not in ("sum", "indicator", "where", "outlines", "outline_name"):
            own = declared.parameters[option]
            own.check(own.read(value))


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
    """Lines of a page that were not printed, in their order; a number may be cut short at the end
    of a line."""
    rest, found = printed, []
    for line in said.splitlines():
        place = rest.find(line.strip())
        if place < 0:
            found.append(line)
        else:
            rest = rest[place + len(line.strip()) :]
    return found

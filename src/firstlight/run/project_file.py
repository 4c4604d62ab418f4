"""How a project file is written: its values, the files that it names, and the file itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, StoreError, system_says
from firstlight.texts import Name, message

RUN = Path(__file__).parent


def quoted(value: Any) -> str:
    """A value as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)


def named_from(home: Path, path: Path) -> str:
    """A file as a project names it: from its folder, where both lie on one drive."""
    try:
        return Path(os.path.relpath(path, home)).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def refuse_project(path: Path) -> None:
    """Raise InputError where a project file is there already."""
    if path.exists():
        there = message("project_there", file=Name(str(path)), folder=Name(str(path.parent)))
        raise InputError(there, RUN)


def write_project(path: Path, lines: Sequence[str], copied: Iterable[Path] = ()) -> None:
    """Write a project file that isn't there yet, its folder, and copies of files beside it.

    Raises StoreError where they can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for own in copied:
            (path.parent / own.name).write_bytes(own.read_bytes())
        with path.open("x", encoding="utf-8") as stream:
            stream.write("\n".join([*lines, ""]))
    except OSError as error:
        unwritten = message("unwritten", file=Name(str(path)), said=system_says(error))
        raise StoreError(unwritten, RUN) from error

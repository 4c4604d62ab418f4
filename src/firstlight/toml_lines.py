"""TOML files, and where in one a fault stands: the parser names no line for a key that it has
read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, shown
from firstlight.texts import Count, Name, Value, message, names

__all__ = ["TomlText", "line_of_error", "line_of_key", "read_toml"]

_SECTION = re.compile(r"^\s*\[\[?\s*([A-Za-z_]+)\s*\]?\]")
_AT_LINE = re.compile(r"\(at line (\d+)")


def line_of_error(error: tomllib.TOMLDecodeError, last: int) -> int:
    """The line that the parser stumbled over, the last one where it names none: the file's end.

    >>> line_of_error(tomllib.TOMLDecodeError("Invalid value (at line 3, column 5)"), 9)
    3
    >>> line_of_error(tomllib.TOMLDecodeError("Expected a key (at end of document)"), 9)
    9
    """
    # Python names the line in the error's text alone before 3.14
    at = _AT_LINE.search(str(error))
    if at is None:
        return last
    return int(at.group(1))


def line_of_key(lines: Sequence[str], key: str, first: int, last: int) -> int:
    """The line of a key, counted from 1, between two that are counted from 0; that before them
    where the key isn't there.

    >>> line_of_key(["title = 1", "[[codes]]", "code = 2"], "code", 2, 3)
    3
    """
    # a key as TOML may write it: bare, quoted, before a dot, or in the head of a section
    pattern = re.compile(rf"""^\s*["'\[]*\s*{re.escape(key)}["'\]\s]*([=.]|$)""")
    for at in range(first, last):
        if pattern.match(lines[at]):
            return at + 1
    return max(first, 1)


def read_toml(path: Path, section: str) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and what it holds.

    section : of which the file has some, named to those who wrote no TOML

    Raises InputError for a file that can't be read, and for one that is no TOML, with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(message("toml_unreadable", file=Name(str(path)))) from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        values: dict[str, Value[Any]] = {
            "file": Name(path.name),
            "line": Count(line_of_error(error, text.count("\n") + 1)),
            "section": Name(section),
            "said": shown(str(error)),
        }
        raise InputError(message("not_toml", **values)) from error


class TomlText:
    """The text of a TOML file while it is read: every fault is raised with its line and key.

    A place is a section and which one of that name, from 0 on; None stands for the whole file.

    file   : its name
    folder : whose texts word its faults
    """

    def __init__(self, file: str, text: str, folder: Path) -> None:
        self.file = file
        self.folder = folder
        self.lines = text.splitlines()
        self.heads = [
            (head.group(1), at)
            for at, line in enumerate(self.lines)
            if (head := _SECTION.match(line))
        ]

    def check_keys(
        self, table: Mapping[str, Any], known: Collection[str], where: tuple[str, int] | None = None
    ) -> None:
        """Raise InputError for a key that is not known."""
        for key in table:
            if key not in known:
                raise self.fault("unknown_key", key, where, keys=names(known, most=len(known)))

    def text(
        self,
        table: Mapping[str, Any],
        key: str,
        where: tuple[str, int] | None = None,
        *,
        otherwise: str = "not_quoted",
    ) -> str:
        """A text that has to be there.

        otherwise : code of the fault of what is no text, or empty
        """
        if key not in table:
            raise self.fault("key_lacking", key, where)
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            raise self.fault(otherwise, key, where, value=shown(value))
        return value.strip()

    def fault(
        self, code: str, key: str, where: tuple[str, int] | None = None, **values: Value[Any]
    ) -> InputError:
        """The error at a key of a place, or of the head where the file has no such section."""
        first = 0
        last = len(self.lines)
        if where is not None:
            starts = [at for name, at in self.heads if name == where[0]]
            first = starts[where[1]] + 1 if where[1] < len(starts) else 0
            last = next((at for _, at in self.heads if at >= first), last)
        line = Count(line_of_key(self.lines, key, first, last))
        values |= {"file": Name(self.file), "line": line, "key": Name(key)}
        return InputError(message(code, **values), self.folder)

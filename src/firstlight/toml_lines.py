"""Where in a TOML file a fault stands: the parser names no line for a key that it has read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

__all__ = ["line_of_error", "line_of_key"]

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

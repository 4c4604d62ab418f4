"""Docstrings in the house's shape, turned into reStructuredText: prose, fields (name : meaning),
formulas, examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

# The house writes `name : meaning`; a colon without a space before it is prose, save after a
# name_like_this.
_FIELD = re.compile(r"(?P<name>[\w*`][\w*`., ]{0,60}?(?: +(?=:)|(?<=_)[a-z]+)): (?P<meaning>.*)$")
_SECOND_FIELD = re.compile(r" {2,}(?=\w[\w, ]{0,40} : )")
_VERB = re.compile(r"(?P<name>Returns|Raises|Yields) +(?P<meaning>.*)$")
_FORMULA = re.compile(r"[A-Za-z]\w*(?:\([^)]*\))? = ")
_LITERAL = re.compile(r"(``[^`]+``|`[^`\n]+`)")


def process(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Sphinx's hook: replace the lines of a docstring in place."""
    lines[:] = to_rst(lines)


def to_rst(lines: list[str]) -> list[str]:
    """A docstring's lines as reStructuredText.

    >>> to_rst(["A share.", "", "x : (n,), count*", "    or none", "Raises InputError", "", ">>> 1", "1"])
    ['A share.', '', '``x``', '    (n,), count\\\\* or none', '', '``Raises``', '    InputError', '', '>>> 1', '1', '']
    """
    found: list[str] = []
    for is_text, block in groupby(lines, key=lambda line: bool(line.strip())):
        if is_text:
            found += [*_block([line.rstrip() for line in block]), ""]
    return found


def escape(text: str) -> str:
    """Text without a sign that reStructuredText would read; `name` and ``name`` become literals.

    >>> escape("a*b of `keys`")
    'a\\\\*b of ``keys``'
    """
    parts = _LITERAL.split(text)
    return "".join(
        f"``{part.strip('`')}``" if i % 2 else re.sub(r"([\\*_|`])", r"\\\1", part)
        for i, part in enumerate(parts)
    )


def _block(lines: list[str]) -> Iterator[str]:
    if lines[0].lstrip().startswith(">>>"):
        yield from lines
    elif any(_item(line) for line in lines):
        # Two short fields may stand side by side on one line.
        yield from _fields([part for line in lines for part in _SECOND_FIELD.split(line)])
    elif any(_FORMULA.match(line) for line in lines) or any(
        line.startswith(" ") for line in lines[1:]
    ):
        yield from (f"| {escape(line.strip())}" for line in lines)
    else:
        yield from map(escape, lines)


def _item(line: str) -> re.Match[str] | None:
    return _VERB.match(line) or _FIELD.match(line)


def _fields(lines: list[str]) -> Iterator[str]:
    """A definition list; what stands before the first field is a paragraph of its own."""
    prose: list[str] = []
    items: list[tuple[str, list[str]]] = []
    for line in lines:
        if match := _item(line):
            items.append((match["name"].strip("` "), [match["meaning"].strip()]))
        elif items:
            items[-1][1].append(line.strip())
        else:
            prose.append(line)
    if prose:
        yield from map(escape, prose)
        yield ""
    for number, (name, meaning) in enumerate(items):
        yield from ([""] if number else [])
        yield f"``{name}``"
        yield f"    {escape(' '.join(meaning))}"

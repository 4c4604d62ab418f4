"""Docstrings in the house's shape, turned into reStructuredText: prose, NumPy sections, fields (name
: meaning), formulas, examples."""

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
_UNDERLINE = re.compile(r"-{3,}$")


def process(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Sphinx's hook: replace the lines of a docstring in place."""
    lines[:] = to_rst(lines)


def to_rst(lines: list[str]) -> list[str]:
    """A docstring's lines as reStructuredText.

    >>> to_rst(["A share.", "", "x : (n,), count*", "    or none", "Raises InputError", "", ">>> 1", "1"])
    ['A share.', '', '``x``', '    (n,), count\\\\* or none', '', '``Raises``', '    InputError', '', '>>> 1', '1', '']
    >>> to_rst(["A share.", "", "Parameters", "----------", "x, y", "    (n,), count*."])
    ['A share.', '', '.. rubric:: Parameters', '', '``x``, ``y``', '    (n,), count\\\\*.', '']
    """
    found: list[str] = []
    for title, body in _sections(lines):
        if title:
            found += [f".. rubric:: {title}", ""]
        found += _entries(body) if title and _holds_entries(body) else _prose(body)
    return found


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Title and lines of every section; what stands before the first has no title."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        body = found[-1][1]
        if body and _UNDERLINE.match(line):
            found.append((body.pop().strip(), []))
        else:
            body.append(line.rstrip())
    return found


def _holds_entries(body: list[str]) -> bool:
    """Whether a section lists names, each with an indented meaning below it."""
    return len(body) > 1 and body[1].startswith("    ") and not _FIELD.match(body[0])


def _entries(body: list[str]) -> list[str]:
    """A definition list of names and their meanings."""
    found: list[str] = []
    for line in body:
        if line and not line.startswith(" "):
            names = (f"``{name.strip()}``" for name in line.split(","))
            found += [*([""] if found and found[-1] else []), ", ".join(names)]
        else:
            found.append(line)
    return [*_escaped(found), *([""] if found[-1] else [])]


def _prose(lines: list[str]) -> list[str]:
    found: list[str] = []
    for is_text, block in groupby(lines, key=bool):
        if is_text:
            found += [*_block(list(block)), ""]
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


def _escaped(lines: list[str]) -> list[str]:
    """Lines escaped together, as a literal may go on in the next one."""
    return escape("\n".join(lines)).split("\n")


def _block(lines: list[str]) -> Iterator[str]:
    if lines[0].lstrip().startswith(">>>"):
        yield from lines
    elif lines[0].startswith("- "):
        yield from _escaped(lines)
    elif any(_item(line) for line in lines):
        # Two short fields may stand side by side on one line.
        yield from _fields([part for line in lines for part in _SECOND_FIELD.split(line)])
    elif any(_FORMULA.match(line) for line in lines) or any(
        line.startswith(" ") for line in lines[1:]
    ):
        yield from (f"| {escape(line.strip())}" for line in lines)
    else:
        yield from _escaped(lines)


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

"""How programs write field-tagged text: Web of Science, RIS, MEDLINE, EndNote, RefWorks,
NoteExpress and CNKI, told apart by their first lines."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

_NUMBERED = re.compile(r"\W*\d+\W*$")
_HEAD = 12  # lines in which a dialect must show itself


@dataclass(frozen=True)
class Dialect:
    """One way of writing records as fields; ``dialects.toml`` says what each part is."""

    name: str
    field: re.Pattern[str]
    opens: str
    closes: tuple[str, ...]
    wraps: bool
    lists: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]

    @cached_property
    def bounds(self) -> frozenset[str]:
        """The tags at which a record begins or ends."""
        return frozenset((self.opens, *self.closes))

    @cached_property
    def known(self) -> frozenset[str]:
        """The tags that belong to a column."""
        return frozenset(tag for tags in self.columns.values() for tag in tags)


def find_dialect(head: bytes) -> Dialect | None:
    r"""The dialect in which a file begins, or None.

    A number before the first record, as Ovid writes it, is passed over. The line after the tag that
    opens a record must be a field as well, lest a table be taken for records.

    >>> heads = (b"FN Clarivate\nVR 1.0\n", b"1. \nTY  - JOUR\nTI  - Solar\n", b"PT\tAU\n")
    >>> [found and found.name for found in map(find_dialect, heads)]
    ['wos', 'ris', None]
    """
    lines = [line.rstrip() for line in _decoded(head).splitlines() if line.strip()][:_HEAD]
    if lines and lines[0].startswith(("FN ", "PT ")) and "\t" not in lines[0]:
        return dialects()["wos"]
    begun = [line for line in lines if not _NUMBERED.match(line)][:2]
    return next((each for each in dialects().values() if _begins(each, begun)), None)


def _decoded(head: bytes) -> str:
    """The first lines as text, in the encodings in which such files come; all tags but CNKI's are
    ASCII."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    text = head.decode("utf-8-sig", "replace")
    return head.decode("gb18030", "replace") if "\ufffd" in text[: len(text) // 2] else text


def _begins(dialect: Dialect, lines: list[str]) -> bool:
    tags = [found[1] for found in map(dialect.field.match, lines) if found]
    return len(tags) == 2 and tags[0] == dialect.opens


@cache
def dialects() -> Mapping[str, Dialect]:
    """Every dialect by its name.

    >>> dialects()["medline"].columns["authors"]
    ('FAU', 'AU')
    """
    text = files("firstlight.sources").joinpath("dialects.toml").read_text(encoding="utf-8")
    return {name: _dialect(name, told) for name, told in tomllib.loads(text).items()}


def _dialect(name: str, told: Mapping[str, Any]) -> Dialect:
    return Dialect(
        name,
        re.compile(told["field"]),
        told["opens"],
        tuple(told.get("closes", ())),
        told.get("wraps", False),
        tuple(told.get("lists", ())),
        {column: tuple(tags) for column, tags in told.get("columns", {}).items()},
    )

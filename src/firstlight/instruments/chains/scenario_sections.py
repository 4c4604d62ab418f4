"""Scenarios declared in a file or a table: its sections, and every fault with its line and key."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.texts import Count, Message, Name, Value, message, names
from firstlight.toml_lines import line_of_key, read_toml


@dataclass(frozen=True)
class Sections:
    """What is declared, section by section.

    Attributes
    ----------
    file
        Its name, for errors.
    given
        The sections, key -> value.
    folder
        Whose texts word its faults, where they are not the family's.
    lines
        The text of a TOML file.
    starts
        Of each section, the number of its line from 0 on; of a row of a table that of the row.
    """

    file: str
    given: tuple[Mapping[str, Any], ...]
    folder: Path
    lines: tuple[str, ...] = ()
    starts: tuple[int, ...] = field(default=())

    def check_keys(self, at: int, known: Sequence[str], needed: Sequence[str]) -> None:
        """Raise InputError for a key that there is not, and for one that is needed and lacking."""
        for key in self.given[at]:
            if key not in known:
                raise self.fault("unknown_key", key, at, keys=names(known, most=len(known)))
        for key in needed:
            if key not in self.given[at]:
                raise self.fault("key_lacking", key, at)

    def check_texts(self, at: int, keys: Sequence[str]) -> None:
        """Raise InputError for a key whose value is no text."""
        for key in keys:
            value = self.given[at].get(key, "text")
            if not isinstance(value, str) or not value.strip():
                raise self.fault("not_quoted", key, at, value=shown(value))

    def wrong_number(
        self, at: int, keys: Sequence[str], limits: Mapping[str, tuple[float, float]]
    ) -> str | None:
        """The first key whose value is no number, or beyond the limits that it has."""
        section = self.given[at]
        for key in (each for each in keys if each in section):
            value, (low, high) = section[key], limits.get(key, (-math.inf, math.inf))
            # True is 1 in Python, and no number in a file
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (is_number and math.isfinite(value) and low <= value <= high):
                return str(key)
        return None

    def fault(self, code: str, key: str, at: int | None = None, **values: Value[Any]) -> InputError:
        """An error at a key: of the file's head, or of one of its sections."""
        line = self.line(key, at)
        values |= {"file": Name(self.file), "line": Count(line), "key": Name(key)}
        return InputError(message(code, **values), self.folder)

    def line(self, key: str, at: int | None = None) -> int:
        """The line of a key, from 1 on; that of its section, or the first, where it has none."""
        first = 0
        if at is not None and at < len(self.starts):
            first = self.starts[at] + 1
            if not self.lines:
                return first
        last = next((start for start in self.starts if start >= first), len(self.lines))
        return line_of_key(self.lines, key, first, last)


def one_of_both(arguments: Mapping[str, Any]) -> Message | None:
    """That scenarios come as a table or as a file, if they come as both or neither."""
    given = [arguments[name] is not None for name in ("scenarios", "scenario_file")]
    if sum(given) == 1:
        return None
    return message("one_of_both")


def read_sections(given: str | Path | Mapping[str, Any], section: str, folder: Path) -> Sections:
    """The sections ``[[section]]`` of a TOML file, or of what such a file spells; the texts of the
    folder word their faults.

    Raises InputError for a file that can't be read, another key and no section.
    """
    if isinstance(given, Mapping):
        return _checked("scenario_file", "", given, section, folder)
    path = Path(given)
    return _checked(path.name, *read_toml(path, section), section, folder)


def _checked(
    file: str, text: str, given: Mapping[str, Any], section: str, folder: Path
) -> Sections:
    lines = tuple(text.splitlines())
    opening = re.compile(rf"^\s*\[\[\s*{section}\s*\]\]")
    starts = tuple(at for at, line in enumerate(lines) if opening.match(line))
    read = Sections(file, (), folder, lines, starts)
    for key in given:
        if key != section:
            raise read.fault("unknown_key", key, keys=names([section]))
    tables = given.get(section)
    are_tables = isinstance(tables, list) and all(isinstance(each, Mapping) for each in tables)
    if not tables or not are_tables:
        raise read.fault("no_sections", section, section=Name(section))
    return Sections(file, tuple(tables), folder, lines, starts)


def sections_of(rows: pl.DataFrame, file: str, folder: Path) -> Sections:
    """The rows of a table as sections, by the numbers in their column ``number``; what is empty is
    not declared."""
    ordered = rows.sort(pl.col("number").cast(pl.Int64, strict=False), "number", nulls_last=True)
    read = list[dict[str, Any]]()
    starts = list[int]()
    for at, row in enumerate(ordered.iter_rows(named=True)):
        number = row.pop("number")
        starts.append(int(number) - 1 if number.isdecimal() else at)
        read.append({key: value for key, value in row.items() if value is not None})
    return Sections(file, tuple(read), folder, (), tuple(starts))

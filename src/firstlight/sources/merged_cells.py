"""Merged cells of a sheet: a file keeps what they hold in the first of them alone, a reader sees it
in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firstlight.sources.sheet_extents import Range
from firstlight.texts import Count, Message, Name, message

_YEARS = range(1500, 2201)
_TALLEST = 4  # rows of a header


@dataclass(frozen=True)
class Merged:
    """Ranges of merged cells at and below the header."""

    ranges: Sequence[Range]
    filled: list[int] = field(default_factory=list)

    def spread(self, rows: Mapping[int, list[Any]], last: int) -> None:
        """Write what a range holds into all its cells: headings, and names and years below row
        ``last``.

        Other numbers stay in the first cell: one that is merged over several rows is the sum of
        them, or of one of them.
        """
        for top, bottom, left, right in self.ranges:
            value = rows[top][left - 1] if top in rows and left <= len(rows[top]) else None
            is_name = isinstance(value, str) or (
                isinstance(value, (int, float)) and value in _YEARS
            )
            if value is None or not (is_name or top <= last):
                continue
            for number in range(top, min(bottom, max(rows)) + 1):
                row = rows.get(number, [])
                row[left - 1 : right] = [value] * len(row[left - 1 : right])
            if top > last:
                self.filled.append(top)

    def told(self, file: str, sheet: str) -> list[Message]:
        """That names were written into the rows that share them."""
        if not self.filled:
            return []
        about = {"file": Name(file), "sheet": Name(sheet)}
        return [message("merged_cells", count=Count(len(self.filled)), **about)]


def last_of_header(merged: Merged, header: int) -> int:
    """The number of the header's last row: that of its tallest merged cell, and at least one more
    where one is wide and doesn't stand over the names of the rows.

    header : the number of its first row; what is merged from there over more than four rows is a
             label beside the table
    """
    own = [
        (bottom, 1 < left < right) for top, bottom, left, right in merged.ranges if top == header
    ]
    return max(
        [
            header,
            *(max(bottom, header + wide) for bottom, wide in own if bottom < header + _TALLEST),
        ]
    )


def headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """One heading to a column: its lowest, with those above it where several columns share that.

    >>> headings([["省份", "2019年", "2019年", "2020年"], ["省份", "产值", "人口", "产值"]])
    ['省份', '2019年 产值', '人口', '2020年 产值']
    """
    parts = [[part for part in dict.fromkeys(column) if part] for column in zip(*rows, strict=True)]
    found = [(column or [""])[-1] for column in parts]
    count = Counter(found)
    for at, lowest in enumerate(found):
        if count[lowest] > 1:
            found[at] = " ".join(parts[at])
    return found

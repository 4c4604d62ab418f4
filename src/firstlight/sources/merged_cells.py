"""Merged cells of a sheet: a file keeps what they hold in the first of them alone, a reader sees it in all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firstlight.sources.raw import Note

_YEARS = range(1500, 2201)
_TALLEST = 4  # rows of a header
_MERGED = b"<mergeCell "


@dataclass(frozen=True)
class Merged:
    """Ranges of merged cells at and below the header, as (first row, last row, first column, last column), from 1."""

    ranges: Sequence[tuple[int, int, int, int]]
    filled: list[int] = field(default_factory=list)

    def spread(self, rows: Mapping[int, list[Any]], last: int) -> None:
        """Write what a range holds into all its cells: headings, and names and years below row ``last``.

        Other numbers stay in the first cell: one that is merged over several rows is the sum of them, or of one of them.
        """
        for top, bottom, left, right in self.ranges:
            value = rows[top][left - 1] if top in rows and left <= len(rows[top]) else None
            is_name = isinstance(value, str) or (isinstance(value, (int, float)) and value in _YEARS)
            if value is None or not (is_name or top <= last):
                continue
            for number in range(top, bottom + 1):
                row = rows.get(number, [])
                row[left - 1 : right] = [value] * len(row[left - 1 : right])
            if top > last:
                self.filled.append(top)

    def told(self, file: str, sheet: str) -> list[Note]:
        """That names were written into the rows that share them."""
        if not self.filled:
            return []
        en = f"{len(self.filled):,} merged cells; the name or year in each holds for all its rows"
        zh = f"{len(self.filled):,}处合并单元格，其中的名称或年份用于所含各行"
        return [Note(f"{file}, sheet {sheet}: {en}", f"{file}，工作表{sheet}：{zh}")]


def merged_cells(pandas: Any, data: io.BytesIO, sheet: str, header: int) -> Merged:
    """The merged cells of a sheet from its header on; none in the old format (.xls), where they are not told.

    header : the number of the header's first row
    """
    if not zipfile.is_zipfile(data):
        return Merged(())
    with zipfile.ZipFile(data) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        if not any(_MERGED in parts.read(name) for name in sheets):
            return Merged(())
    whole = {"read_only": False}  # a sheet that is read row by row doesn't tell its ranges
    found = pandas.ExcelFile(data, engine="openpyxl", engine_kwargs=whole).book[sheet].merged_cells.ranges
    ranges = sorted((own.min_row, own.max_row, own.min_col, own.max_col) for own in found)
    return Merged([own for own in ranges if own[0] >= header])


def last_of_header(merged: Merged, header: int) -> int:
    """The number of the header's last row: that of its tallest merged cell, and at least one more where one is wide.

    header : the number of its first row; what is merged from there over more than four rows is a label beside the table
    """
    own = [(bottom, right > left) for top, bottom, left, right in merged.ranges if top == header]
    return max([header, *(max(bottom, header + wide) for bottom, wide in own if bottom < header + _TALLEST)])


def headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """One heading to a column: its lowest, with those above it where several columns share that.

    >>> headings([["省份", "2019年", "2019年", "2020年"], ["省份", "产值", "人口", "产值"]])
    ['省份', '2019年 产值', '人口', '2020年 产值']
    """
    parts = [[part for part in dict.fromkeys(column) if part] for column in zip(*rows, strict=True)]
    lowest = [column[-1] if column else "" for column in parts]
    return [" ".join(column) if lowest.count(last) > 1 else last for column, last in zip(parts, lowest, strict=True)]

"""The parts of a published table around its numbers: lines above the header, the header itself,
merged cells, and the stub of names at the left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.sources.sheet_extents import Range
from firstlight.texts import Count, Message, Name, message

# What one cell says of the whole table: （当年价格）, 单位：万元, 时间：最近10年, Unit: million.
_OF_TABLE = re.compile(
    r"^[（(\[【].*[)）\]】]$|"
    r"^(?:数据库|指标|时间|单位|计量单位|频率|来源|数据来源|资料来源|地区范围|表号|注\s*\d*|说明|"
    r"(?:填报|编制|制表|制定|批准|报送)(?:单位|机关|部门|日期|时间)|制表|制表人|填表人|"
    r"批准文号|有效期至?|年份|年度|"
    r"database|unit|units|source|period|note|notes)\s*[:：]",
    re.IGNORECASE,
)
WIDER = 4  # columns, from more of which a line of a label and its value is no header
_ALIKE = 0.9  # share of the lines below that have as many cells as the header
_YEARS = range(1500, 2201)
_REMARKS = 50  # rows at the end of a table among which remarks are looked for
_TALLEST = 4  # rows of a header
_CODES = re.compile(r"^(?:代\s*码|编\s*码|codes?)$", re.IGNORECASE)
_MOST = 0.5  # share of the rows that have a name of their own, in a stub of groups and names


# ---- what stands above


def stands_above(row: Sequence[object]) -> bool:
    """Whether a row can stand above a header and be none: it has fewer than two filled cells, or
    each says something of the whole table.

    row : a cell that is None or "" is empty

    >>> stands_above(["单位：万元"]), stands_above(["（当年价格）", "单位：元"])
    (True, True)
    >>> stands_above(["填报单位：某市统计局", "单位：人"])
    True
    >>> stands_above(["地区", "单位：万元"])
    False
    """
    filled = [str(cell).strip() for cell in row if cell not in (None, "")]
    return len(filled) < 2 or all(_OF_TABLE.match(cell) for cell in filled)


def lines_above(records: Sequence[Sequence[str]]) -> int:
    """How many of the first records of delimited text stand above the header.

    A line of one field may be a header as well: there are some only where the table below is of one
    width.

    >>> lines_above([["数据库：年度数据"], ["地区", "2020年"], ["北京", "1"], ["注：略"]])
    1
    >>> lines_above([["title"], ["Ore, old and new"], ["Steel"]])
    0
    >>> lines_above([["search URL:", "https://example.org"], list("abcde"), list("12345")])
    1
    >>> lines_above([["Results list", "2026-11-29"], list("abcde"), *3 * [list("12345")]])
    1
    """
    width = Counter(map(len, records)).most_common(1)[0][0] if records else 0
    tops = (
        at for at, own in enumerate(records) if not stands_above(own) and not _is_fact(own, width)
    )
    above = next(tops, None)
    if above is None:
        return 0
    below = [len(record) for record in records[above + 1 :]]
    of_table = [count for count in below if count > 1]
    is_table = of_table and of_table.count(len(records[above])) >= _ALIKE * len(of_table)
    # Remarks below a table are lines of one field too: half of all that follows must be a table.
    if not is_table or 2 * len(of_table) < len(below):
        return 0
    return above


def is_labelled(row: Sequence[object]) -> bool:
    """Whether a row opens with a label and a colon, as what is said of a table does.

    >>> is_labelled(["search URL:", "https://example.org"]), is_labelled(["id", "title"])
    (True, False)
    """
    return bool(row) and str(row[0] or "").rstrip().endswith((":", "："))


def _is_fact(record: Sequence[str], width: int) -> bool:
    """Whether a record is a label with its value, above a wide table: two fields, or after a colon
    whatever number of them the value's commas make of it, if it ends before the table does."""
    cells = len(record)
    while cells and not record[cells - 1].strip():
        cells -= 1
    return width > WIDER and (cells <= 2 or (is_labelled(record) and cells < width))


# ---- what stands below


def without_remarks(frame: pl.DataFrame, names: Sequence[str]) -> tuple[pl.DataFrame, list[str]]:
    """The rows above the remarks below a table, and the remarks: rows at its end of one filled cell
    each, from the first on that says something of the whole table.

    names : the columns of the file, among others that count rows

    >>> frame = pl.DataFrame({"地区": ["北京", "西藏", "注：现价", "资料来源：年鉴"],
    ...     "产值": ["5", None, None, None]})
    >>> without_remarks(frame, frame.columns)[1]
    ['注：现价', '资料来源：年鉴']
    """
    tail = frame.select(name for name in names if name in frame.columns).tail(_REMARKS)
    if tail.width < 2:
        return frame, []
    plain = tail.with_columns(pl.selectors.string().str.strip_chars().replace("", None))
    filled = [[cell for cell in row if cell is not None] for row in plain.rows()]
    start = next((at + 1 for at in reversed(range(len(filled))) if len(filled[at]) > 1), 0)
    ends = enumerate(filled[start:], start)
    first = next(
        (at for at, cells in ends if cells and _OF_TABLE.match(str(cells[0]))), len(filled)
    )
    remarks = [str(cell) for cells in filled[first:] for cell in cells]
    return frame.head(frame.height - len(filled) + first), remarks


# ---- the header, and merged cells


@dataclass(frozen=True)
class Merged:
    """Ranges of merged cells at and below the header.

    A file keeps what they hold in the first of them alone; a reader sees it in all.
    """

    ranges: Sequence[Range]
    filled: list[int] = field(default_factory=list)

    def spread(self, rows: Mapping[int, list[Any]], last: int) -> None:
        """Write what a range holds into all its cells: headings, and names and years below row
        ``last``.

        Other numbers stay in the first cell: one that is merged over several rows is the sum of
        them, or of one of them.
        """
        for top, bottom, left, right in self.ranges:
            if top not in rows or left > len(rows[top]):
                continue
            value = rows[top][left - 1]
            is_year = isinstance(value, (int, float)) and value in _YEARS
            is_below = top > last
            if value is None or (is_below and not isinstance(value, str) and not is_year):
                continue
            for number in range(top, min(bottom, max(rows)) + 1):
                row = rows.get(number, [])
                row[left - 1 : right] = [value] * len(row[left - 1 : right])
            if is_below:
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
    last = header
    for top, bottom, left, right in merged.ranges:
        if top == header and bottom < header + _TALLEST:
            is_over_columns = 1 < left < right
            last = max(last, bottom, header + is_over_columns)
    return last


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


def is_row_of_codes(row: Sequence[Any]) -> bool:
    """Whether a row below a header says the codes of the columns: it is called so, and holds
    different texts.

    >>> is_row_of_codes([None, "代码", "01", "02"]), is_row_of_codes(["北京", "01", 2.0, 3.0])
    (True, False)
    """
    filled = [cell for cell in row if cell is not None]
    are_texts = all(isinstance(cell, str) for cell in filled)
    return are_texts and len(set(filled)) == len(filled) and any(map(_CODES.match, filled))


# ---- the stub


def with_one_stub(header: list[str], rows: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """The table with one column of names, where the first heading holds for several columns of
    text, because it stands over all of them, or names groups of rows and the next ones have none;
    of several names in a row the last one counts.

    >>> with_one_stub(["地区", "地区", "产值"], [["东部", "北京", 1], ["西部", None, 2]])
    (['地区', '产值'], [['北京', 1], ['西部', 2]])
    """
    first = next((at for at, heading in enumerate(header) if heading), 0)
    last = first
    while last + 1 < len(header) and _goes_on(header, rows, first, last + 1):
        last += 1
    if last == first:
        return header, rows
    own = range(last, first - 1, -1)
    told = [next((row[at] for at in own if row[at] is not None), None) for row in rows]
    joined = [[*row[:first], name, *row[last + 1 :]] for name, row in zip(told, rows, strict=True)]
    return [*header[: first + 1], *header[last + 1 :]], joined


def _goes_on(header: list[str], rows: list[list[Any]], first: int, at: int) -> bool:
    cells = [row[at] for row in rows if row[at] is not None]
    if not cells or not all(isinstance(cell, str) for cell in cells):
        return False
    if header[at]:
        return header[at] == header[first]
    # Names of rows beside those of their groups, and no remark beside a column that names them.
    groups = [row[first] for row in rows if row[first] is not None]
    is_grouped = len(set(groups)) < len(groups) and len(set(cells)) == len(cells)
    return is_grouped and len(cells) > _MOST * len(rows)

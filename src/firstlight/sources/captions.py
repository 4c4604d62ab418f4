"""Lines above a table's header: its title, its unit and what else a publisher writes there."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What one cell says of the whole table: （当年价格）, 单位：万元, 时间：最近10年, Unit: million.
_OF_TABLE = re.compile(
    r"^[（(\[【].*[)）\]】]$|"
    r"^(?:数据库|指标|时间|单位|计量单位|频率|来源|数据来源|资料来源|地区范围|表号|注|说明|"
    r"(?:填报|编制|制表|制定|批准|报送)(?:单位|机关|部门|日期|时间)|制表|制表人|填表人|"
    r"批准文号|有效期至?|年份|年度|"
    r"database|unit|units|source|period|note|notes)\s*[:：]",
    re.IGNORECASE,
)
_ALIKE = 0.9  # share of them that have as many cells as the header


def lines_above(rows: Sequence[Sequence[object]]) -> int:
    """How many of the first rows stand above the header: those with fewer than two filled cells,
    and those of which each filled cell says something of the whole table.

    rows : a cell that is None or "" is empty

    >>> lines_above([["2-9 人均产值", None], ["（当年价格）", "单位：元"], ["地区", "2020年"]])
    2
    >>> lines_above([["name", "year"]])
    0
    """
    return next((at for at, row in enumerate(rows) if not stands_above(row)), 0)


def stands_above(row: Sequence[object]) -> bool:
    """Whether a row can stand above a header and be none.

    >>> stands_above(["单位：万元"]), stands_above(["地区", "单位：万元"])
    (True, False)
    >>> stands_above(["填报单位：某市统计局", "单位：人"])
    True
    """
    filled = [str(cell).strip() for cell in row if cell not in (None, "")]
    return len(filled) < 2 or all(_OF_TABLE.match(cell) for cell in filled)


def lines_above_text(records: Sequence[Sequence[str]]) -> int:
    """`lines_above` for delimited text, where a line of one field may be a header as well: there
    are some only where the table below is of one width.

    >>> lines_above_text([["数据库：年度数据"], ["地区", "2020年"], ["北京", "1"], ["注：略"]])
    1
    >>> lines_above_text([["title"], ["Ore, old and new"], ["Steel"]])
    0
    """
    above = lines_above(records)
    width = len(records[above]) if above < len(records) else 0
    below = [len(record) for record in records[above + 1 :]]
    of_table = [count for count in below if count > 1]
    is_table = len(of_table) > 0 and of_table.count(width) >= _ALIKE * len(of_table)
    return above if is_table and 2 * len(of_table) >= len(below) else 0

"""The stub of a published table: the names at its left, which may stand in several columns under
one heading, and the codes of its columns, which may stand in a row of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_CODES = re.compile(r"^(?:代\s*码|编\s*码|codes?)$", re.IGNORECASE)
_MOST = 0.5


def is_row_of_codes(row: Sequence[Any]) -> bool:
    """Whether a row below a header says the codes of the columns: it is called so, and holds
    different texts.

    >>> is_row_of_codes([None, "代码", "01", "02"]), is_row_of_codes(["北京", "01", 2.0, 3.0])
    (True, False)
    """
    filled = [cell for cell in row if cell is not None]
    are_texts = all(isinstance(cell, str) for cell in filled)
    return are_texts and len(set(filled)) == len(filled) and any(map(_CODES.match, filled))


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

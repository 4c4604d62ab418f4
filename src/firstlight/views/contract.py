"""The rows of a table by the value of one column, as pages draw them."""

from __future__ import annotations

from typing import Any

import polars as pl

__all__ = ["groups"]

Row = dict[str, Any]


def groups(frame: pl.DataFrame, column: str = "technology_id") -> dict[Any, list[Row]]:
    """The rows of a table by the value of one column, in the order of the table.

    >>> groups(pl.DataFrame({"technology_id": ["b", "a", "b"], "year": [1, 2, 3]}))["b"]
    [{'technology_id': 'b', 'year': 1}, {'technology_id': 'b', 'year': 3}]
    """
    grouped: dict[Any, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        grouped.setdefault(row[column], []).append(row)
    return grouped

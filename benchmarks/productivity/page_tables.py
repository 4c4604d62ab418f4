"""Markdown tables of the pages of productivity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    """A Markdown table, and an empty line.

    >>> table(["a", "b"], [(1, "x")])
    ['| a | b |', '| --- | --- |', '| 1 | x |', '']
    """
    names = list(head)
    return [
        f"| {' | '.join(map(str, line))} |" for line in (names, ["---"] * len(names), *rows)
    ] + [""]


def points(values: Iterable[float]) -> list[str]:
    """Percentage points, two decimals each; a minus that is rounded away is left out.

    >>> points([1.234, -0.001])
    ['1.23', '0.00']
    """
    return [f"{round(float(value), 2) + 0.0:.2f}" for value in values]

"""Several names in one cell of a table."""

from __future__ import annotations

from collections.abc import Sequence


def in_one_cell(names: Sequence[str], most: int | None = None) -> str:
    """The first few of the names; apart by semicolons where a name has a comma in it.

    >>> in_one_cell(["a", "b", "c"], most=2), in_one_cell(["a, b", "c"])
    ('a, b, …', 'a, b; c')
    """
    shown = list(names[:most])
    if len(shown) < len(names):
        shown.append("…")
    separator = ", "
    if any("," in name for name in shown):
        separator = "; "
    return separator.join(shown)

"""What a query asks for: values by name, and the conditions among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# what says how something is shown; all else selects rows
OF_SHOWING = frozenset({"q", "of", "table", "chart", "lang", "kind", "offset", "limit"})
Query = Sequence[tuple[str, str]]


def first(query: Query, name: str) -> str:
    """The first value of a name; "" where it has none.

    >>> first([("q", "5G"), ("q", "6G")], "q"), first([], "q")
    ('5G', '')
    """
    return next((value for key, value in query if key == name), "")


def every(query: Query, name: str) -> list[str]:
    """All values of a name."""
    return [value for key, value in query if key == name]


def conditions(query: Query) -> Mapping[str, str]:
    """The parts of a query that select rows; those without a value select nothing.

    >>> conditions([("area", "energy"), ("q", "x"), ("from", "")])
    {'area': 'energy'}
    """
    return {name: value for name, value in query if name not in OF_SHOWING and value}

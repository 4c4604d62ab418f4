"""The forms in which tables say what their numbers are: in a corner, in rows of indicators, or in
their headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from firstlight.sources.beside_numbers import ALIASES, stated_units, unit_columns
from firstlight.sources.columns import guess_layout, plain
from firstlight.sources.indicators import INDICATOR, beside_units, several_indicators
from firstlight.sources.number_columns import holds_numbers, number_columns
from firstlight.sources.panel_rows import Column
from firstlight.sources.raw import Raw
from firstlight.sources.wide_tables import (
    VALUE,
    is_no_part,
    long_from_headings,
    wide_from_indicators,
)
from firstlight.sources.workbooks import NO_HEADING
from firstlight.texts import Count, Message, Name, message
from firstlight.texts import names as listed

__all__ = [
    "MEASURED_IN",
    "NO_HEADINGS",
    "by_heading",
    "by_indicator",
    "corner_of",
    "is_known",
    "of_measure",
    "with_corner",
]

MEASURED_IN = "unit_of_measure"
NO_HEADINGS = ("", NO_HEADING)
# columns of numbers, from which a table without what they are called is taken for a wide one
_HEADINGS = 3


def is_known(column: str, names: Sequence[str], by_hand: Mapping[str, str]) -> bool:
    """Whether a column is named by hand, or one of the names is what it is called."""
    return column in by_hand or column in guess_layout(names, ALIASES, None, "", (column,)).columns


def corner_of(header: Sequence[str], needs: Sequence[Column]) -> tuple[str, ...]:
    """The first column, where its heading is empty, as in the corner of a square table."""
    if not any(need.is_heading for need in needs) or not header or header[0] not in NO_HEADINGS:
        return ()
    if list(header).count(header[0]) > 1:
        return ()
    return (header[0],)


def with_corner(
    raw: Raw, names: list[str], needs: Sequence[Column], by_hand: Mapping[str, str]
) -> tuple[Raw, list[str]]:
    """The rows with their first column under the name of the first need: where it holds names, or
    where no other column is that need. The index that pandas writes is left out."""
    own, first = raw.frame.columns[0], needs[0].name  # Polars may call it column_0
    is_there = is_known(first, names, by_hand)
    if first in by_hand or first in names or (is_there and holds_numbers(raw.frame[own])):
        return replace(raw, frame=raw.frame.drop(own)), names
    return replace(raw, frame=raw.frame.rename({own: first})), [first, *names]


def by_indicator(
    frame: pl.DataFrame,
    names: list[str],
    needs: Sequence[Column],
    by_hand: Mapping[str, str],
    file: str,
) -> tuple[pl.DataFrame, str, dict[str, str]]:
    """A column for each indicator where several stand in the rows; the unit that all values share;
    and the column of the indicators by what is asked for, where it isn't called as one.

    Raises  InputError where nothing tells which of them is the value.
    """
    wanted = {need.name for need in needs}
    hand = {name: column for name, column in by_hand.items() if column in names}
    keys = [need.name for need in needs if need.kind != "number"]
    found = guess_layout(names, ALIASES, None, file, (*keys, INDICATOR, VALUE)).names()
    found = {**found, **of_measure(frame, names, needs, by_hand), **hand}
    own = _not_called_so(frame, names, needs, found)
    if own is not None:
        found[INDICATOR] = own
    is_several = {INDICATOR, VALUE} <= found.keys() and frame[found[INDICATOR]].n_unique() > 1
    # Indicators that are followed through the years are technologies, as `_layout` takes them.
    is_followed = "technology" in wanted and "technology" not in found
    is_turned = is_several and INDICATOR not in wanted and not is_followed
    if is_turned and VALUE in wanted and VALUE not in by_hand:
        _check_one(frame, found, [need.name for need in needs if need.kind == "number"], file)
    unit = ""
    if MEASURED_IN not in wanted:
        unit = stated_units(frame, found, by_hand.get(VALUE), file)
    if not is_turned:
        asked = INDICATOR if INDICATOR in wanted else "technology"
        return frame, unit, {asked: own} if own and (is_followed or INDICATOR in wanted) else {}
    index = [found[key] for key in keys if key in found]
    return wide_from_indicators(frame, found[INDICATOR], found[VALUE], index, file), unit, {}


def _not_called_so(
    frame: pl.DataFrame, names: list[str], needs: Sequence[Column], found: Mapping[str, str]
) -> str | None:
    """The column of indicators by what stands in it; None where one is called so and holds several,
    or where a name is absent that it may be."""
    absent = [need for need in needs if need.name not in found and need.if_absent == "error"]
    is_absent = any(need.kind == "text" and need.name != INDICATOR for need in absent)
    if is_absent or not {MEASURED_IN, VALUE} <= found.keys():
        return None
    if INDICATOR in found and frame[found[INDICATOR]].n_unique() > 1:
        return None
    return beside_units(frame, names, found)


def _check_one(
    frame: pl.DataFrame, found: Mapping[str, str], numbers: Sequence[str], file: str
) -> None:
    """Raise InputError where several indicators are left that may be the value, beside those that
    are other numbers that are asked for."""
    held = frame[found[INDICATOR]].cast(pl.String).drop_nulls().unique(maintain_order=True)
    others = tuple(name for name in numbers if name != VALUE)
    taken = set[str]()
    if others:
        taken = {*guess_layout(held.to_list(), ALIASES, None, file, others).names().values()}
    if len({*held} - taken) > 1:
        raise several_indicators(frame, found, file)


def of_measure(
    frame: pl.DataFrame, names: list[str], needs: Sequence[Column], by_hand: Mapping[str, str]
) -> dict[str, str]:
    """The columns that state units of measurement: none where what is measured asks for them."""
    if any(need.is_label and need.name == "unit" for need in needs):
        return {}
    return unit_columns(frame, names, {need.name for need in needs}, by_hand)


def by_heading(
    frame: pl.DataFrame,
    names: list[str],
    needs: Sequence[Column],
    by_hand: Mapping[str, str],
    file: str,
) -> tuple[pl.DataFrame, list[Message]]:
    """Rows for the columns of numbers, where what they are called is what a need asks for: a table
    of places by activities."""
    need = next((need for need in needs if need.is_heading), None)
    order = [need.name for need in needs]
    if need is None or need.name in by_hand or VALUE in by_hand or VALUE not in order:
        return frame, []
    hand = {name: column for name, column in by_hand.items() if name in order}
    found = {**guess_layout(names, ALIASES, hand, file, order).names(), **hand}
    own_names = {
        plain(other.name) for other in needs if other.name != need.name and other.name != VALUE
    }
    if need.name in found or any(plain(name) == plain(need.name) for name in names):
        return frame, []
    used = {column for name, column in found.items() if name != VALUE}
    rest = [name for name in names if name not in used and plain(name) not in own_names]
    numbers = number_columns(frame, rest)
    left = [name for name in numbers if not is_no_part(name)]
    # a long table, whose names stand under a heading of its own; indicators have one by that name
    is_of_indicators = need.name == INDICATOR
    has_names = VALUE in found and len(numbers) < len(rest) and not is_of_indicators
    least = 1 if is_of_indicators else _HEADINGS
    keys = [column for column in names if column in used]
    if not keys or order[0] not in found:  # a heading that nobody knows: Kommune
        keys += [name for name in rest if name not in numbers]
    if len(left) < least or has_names or not keys or frame.select(keys).is_duplicated().any():
        return frame, []
    long = long_from_headings(frame, left, need.name)
    note = message(
        "wide_by_heading",
        file=Name(file),
        count=Count(len(left)),
        columns=listed(left[:3]),
        need=Name(need.name),
    )
    return long, [note]

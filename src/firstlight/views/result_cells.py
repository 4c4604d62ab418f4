"""The tables of a result as people read them: headings in both languages with units, ends of
intervals beside values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES, Texts
from firstlight.views.bilingual import Pair, cell, pair

# units that a heading says by itself
UNSAID = frozenset({"name", "number", "code", "text", "weight", "year", "true or false"})
# how a value's column goes on after STEM, where its interval's ends are STEM_low and STEM_high
ENDINGS = ("", "_share", "_median", "_years", "_year", "_lag")


@dataclass(frozen=True)
class Heading:
    """A column to show, with the columns that hold the ends of its interval ("" for none)."""

    column: str
    title: Pair
    unit: Pair
    is_number: bool
    low: str = ""
    high: str = ""

    @property
    def kind(self) -> str:
        """The class of its cells on a page, which the style and the script know."""
        return "number" if self.is_number else "text"


def headings(
    texts: Texts, table: str, frame: pl.DataFrame, only: Sequence[str] = ()
) -> list[Heading]:
    """The columns of a table to show, in its order: ends of intervals beside their values, columns
    without values left out.

    only : the columns to show, where not all are
    """
    ends = _ends(frame.columns)
    inside = {end for both_ends in ends.values() for end in both_ends}
    found = []
    for name in only or frame.columns:
        if name not in frame.columns or name in inside or _is_empty(frame[name]):
            continue
        told = [texts.told(lang, table, name) for lang in LANGUAGES]
        if told[0].get("kind") == "translation":
            continue  # it stands in the place of what it translates
        title = pair(own.get("title", name) for own in told)
        unit = pair(own.get("unit", "") for own in told)
        if unit[0] in UNSAID:
            unit = ("", "")
        low, high = ends.get(name, ("", ""))
        found.append(Heading(name, title, unit, frame[name].dtype.is_numeric(), low, high))
    return found


def written(texts: Texts, table: str, heading: Heading, row: Mapping[str, Any]) -> Pair:
    """A cell in both languages, with the ends of its interval."""
    column = heading.column
    if column == "reason" and row[column] is None:
        return "", ""  # nothing is missing
    if not heading.low:
        return cell(texts, table, column, row)
    own = {key: value for key, value in row.items() if not key.startswith(f"{column}_")}
    value, low, high = row[column], row[heading.low], row[heading.high]
    cells = []
    for lang in LANGUAGES:
        text = texts.cell(lang, table, column, {**own, column: value})
        if (low is not None or high is not None) and not low == high == value:
            ends = [_end(texts, lang, table, column, {**own, column: end}) for end in (low, high)]
            text = texts.interval(lang, text, *ends)
        cells.append(text)
    return pair(cells)


def sort_key(value: Any) -> str:
    """What a cell is sorted by; "" where it is missing."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(float(value))
    return str(value)


def _end(texts: Texts, lang: str, table: str, column: str, row: Mapping[str, Any]) -> str:
    if row[column] is None:  # an interval that is open on one side
        return "…"
    return texts.cell(lang, table, column, row)


def _is_empty(column: pl.Series) -> bool:
    """Whether a column says nothing: values missing, or texts without a letter."""
    is_text = column.dtype == pl.String
    return column.null_count() == column.len() or (
        is_text and bool((column.fill_null("") == "").all())
    )


def _ends(columns: Sequence[str]) -> dict[str, Pair]:
    """Column -> the columns with the ends of its interval: X, or X_share, beside X_low and X_high.

    >>> _ends(["lag_median", "lag_low", "lag_high", "gap"])
    {'lag_median': ('lag_low', 'lag_high')}
    """
    found = dict[str, Pair]()
    if {"low", "high"} <= set(columns):
        found = {name: ("low", "high") for name in ("estimate", "years") if name in columns}
    for low in columns:
        if low.endswith("_low"):
            stem = low.removesuffix("_low")
            names = [stem + ending for ending in ENDINGS if stem + ending in columns]
            interval = (low, f"{stem}_high")
        elif low.endswith("_low_share"):
            stem = low.removesuffix("_low_share")
            names = [name for name in (f"{stem}_share",) if name in columns]
            interval = (low, f"{stem}_high_share")
        else:
            continue
        if names and interval[1] in columns:
            found.setdefault(names[0], interval)
    return found

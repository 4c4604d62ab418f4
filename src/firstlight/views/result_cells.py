"""The tables of a result as people read them: headings in both languages with units, ends of
intervals beside values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES, Texts

__all__ = ["Heading", "headings", "sort_key", "written"]

Pair = tuple[str, str]  # English, Chinese
# units that a heading says by itself
UNSAID = frozenset({"name", "number", "code", "text", "weight", "year", "true or false"})
STEMS = (
    "",
    "_share",
    "_median",
    "_years",
    "_year",
    "_lag",
)  # of a value whose interval's ends are STEM_low and STEM_high


@dataclass(frozen=True)
class Heading:
    """A column to show, with the columns that hold the ends of its interval ("" for none)."""

    column: str
    title: Pair
    unit: Pair
    is_number: bool
    low: str = ""
    high: str = ""


def headings(
    texts: Texts, table: str, frame: pl.DataFrame, only: Sequence[str] = ()
) -> list[Heading]:
    """The columns of a table to show, in its order: ends of intervals beside their values, columns
    without values left out.

    only : the columns to show, where not all are
    """
    ends = _ends(frame.columns)
    inside = {end for pair in ends.values() for end in pair}
    found = []
    for name in only or frame.columns:
        if name not in frame.columns or name in inside or _is_empty(frame[name]):
            continue
        told = [texts.told(lang, table, name) for lang in LANGUAGES]
        if told[0].get("kind") == "translation":
            continue  # it stands in the place of what it translates
        title, unit = (
            (told[0].get(part, default), told[1].get(part, default))
            for part, default in (("title", name), ("unit", ""))
        )
        unit = ("", "") if unit[0] in UNSAID else unit
        low, high = ends.get(name, ("", ""))
        found.append(Heading(name, title, unit, frame[name].dtype.is_numeric(), low, high))
    return found


def written(texts: Texts, table: str, heading: Heading, row: Mapping[str, Any]) -> Pair:
    """A cell in both languages, with the ends of its interval."""
    column = heading.column
    if column == "reason" and row[column] is None:
        return "", ""  # nothing is missing
    if not heading.low:
        shown = {column: row[column]}
        english, chinese = (texts.cell(lang, table, column, {**row, **shown}) for lang in LANGUAGES)
        return english, chinese
    own = {key: value for key, value in row.items() if not key.startswith(f"{column}_")}
    value, low, high = row[column], row[heading.low], row[heading.high]
    pairs = []
    for lang in LANGUAGES:
        text = texts.cell(lang, table, column, {**own, column: value})
        if (low is not None or high is not None) and not low == high == value:
            ends = [_end(texts, lang, table, column, {**own, column: end}) for end in (low, high)]
            text = texts.interval(lang, text, *ends)
        pairs.append(text)
    return pairs[0], pairs[1]


def sort_key(value: Any) -> str:
    """What a cell is sorted by; "" where it is missing."""
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def _end(texts: Texts, lang: str, table: str, column: str, row: Mapping[str, Any]) -> str:
    # an interval that is open on one side
    return "…" if row[column] is None else texts.cell(lang, table, column, row)


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
            names = [stem + ending for ending in STEMS if stem + ending in columns]
            pair = (low, f"{stem}_high")
        elif low.endswith("_low_share"):
            stem = low.removesuffix("_low_share")
            names = [name for name in (f"{stem}_share",) if name in columns]
            pair = (low, f"{stem}_high_share")
        else:
            continue
        if names and pair[1] in columns:
            found.setdefault(names[0], pair)
    return found

"""The tables of a measurement as people read them: headings in both languages, values with their units, ends beside values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.texts import short_number
from firstlight.views.figures import MINUS, MISSING, count

__all__ = ["Cell", "Heading", "as_shown", "cells", "headings", "read_words"]

Pair = tuple[str, str]  # English, Chinese
SCALED = (
    "0 to 1",
    "0 = ",
    "1 = ",
    "first year = ",
    "percentage points",
)  # units whose numbers are about 1
YES_NO: dict[bool, Pair] = {True: ("yes", "是"), False: ("no", "否")}


@dataclass(frozen=True)
class Heading:
    """A column to show: its name, title and unit, and the columns that hold the ends of its interval ("" for none)."""

    column: str
    title: Pair
    unit: str
    is_number: bool
    low: str = ""
    high: str = ""
    zero: float = 0.0  # what is smaller than this, either way, is rounding and is shown as 0
    other: str = ""  # the column of the Chinese text, where ``column`` holds the English


@dataclass(frozen=True)
class Cell:
    """A value in both languages, the ends of its interval, and what it is sorted by ("" where it is missing)."""

    text: Pair
    ends: str
    sorted_by: str


def headings(frame: pl.DataFrame, words: pl.DataFrame) -> list[Heading]:
    """The columns of a table to show, in its order: ends of intervals beside their values, columns without values left out.

    A share of rounding in a slack, a score or a growth rate is no finding: such numbers are shown as 0. Files keep them.

    words : column, unit, title_en, title_zh

    >>> frame = pl.DataFrame({"lag": [1.0], "lag_low": [0.5], "lag_high": [2.0], "why": [None]})
    >>> empty = pl.DataFrame(schema=dict.fromkeys(("column", "unit", "title_en", "title_zh"), pl.String))
    >>> [(h.column, h.low, h.high) for h in headings(frame, empty)]
    [('lag', 'lag_low', 'lag_high')]
    """
    known = {row["column"]: row for row in words.iter_rows(named=True)}
    ends = _ends(frame)
    inside = {end for pair in ends.values() for end in pair}
    found = []
    for name in frame.columns:
        is_chinese = name.endswith("_zh") and f"{name[:-3]}_en" in frame.columns
        if name in inside or is_chinese or _is_empty(frame[name]):
            continue
        row = known.get(name) or _by_pattern(name, known)
        plain = name.removesuffix("_en").replace("_", " ")
        low, high = ends.get(name, ("", ""))
        other = (
            f"{name[:-3]}_zh" if name.endswith("_en") and f"{name[:-3]}_zh" in frame.columns else ""
        )
        title = (row.get("title_en") or plain, row.get("title_zh") or plain)
        unit, is_number = row.get("unit") or "", frame[name].dtype.is_numeric()
        zero = _rounding(frame, name, unit) if is_number else 0.0
        found.append(Heading(name, title, unit, is_number, low, high, zero, other))
    return found


def _is_empty(column: pl.Series) -> bool:
    """Whether a column says nothing: values missing, or texts without a letter."""
    texts = column.dtype == pl.String
    return column.null_count() == column.len() or (
        texts and bool((column.fill_null("") == "").all())
    )


def _rounding(frame: pl.DataFrame, name: str, unit: str) -> float:
    """Below which a number of this column is rounding: of a slack by its target's size, of scores and growth by their own scale."""
    target = f"{name.removesuffix('_slack')}_target"
    if name.endswith("_slack") and target in frame.columns:
        return 1e-9 * float(frame[target].abs().max() or 0.0)  # type: ignore[arg-type]
    return 1e-9 if unit.startswith(SCALED) else 0.0


def _by_pattern(name: str, known: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """What a pattern says of a column that is named after one of the reader's own: "*_slack" of "K_slack" is "K, slack".

    Of two patterns that fit, the longer says it: "hits_at_*_share" before "*_share".
    """
    for pattern in sorted((own for own in known if "*" in own), key=len, reverse=True):
        row, (before, _, after) = known[pattern], pattern.partition("*")
        if name.startswith(before) and name.endswith(after):
            own = name[len(before) : len(name) - len(after)]
            titles = {f"title_{lang}": row[f"title_{lang}"].format(own) for lang in ("en", "zh")}
            return {"unit": row["unit"], **titles}
    return {}


def _ends(frame: pl.DataFrame) -> dict[str, Pair]:
    """Column -> the columns with the ends of its interval: X, or X_share, beside X_low and X_high."""
    found = (
        {"estimate": ("low", "high")} if {"estimate", "low", "high"} <= set(frame.columns) else {}
    )
    for low in frame.columns:
        stem = low.removesuffix("_low")
        high = f"{stem}_high"
        if low != stem and high in frame.columns:
            value = next(
                (
                    name
                    for name in (stem, f"{stem}_share", f"{stem}_median", f"{stem}_years")
                    if name in frame.columns
                ),
                "",
            )
            if value and value not in found:
                found[value] = (low, high)
        value = f"{low.removesuffix('_low_share')}_share"
        if low.endswith("_low_share") and {
            value,
            high := f"{low.removesuffix('_low_share')}_high_share",
        } <= set(frame.columns):
            found.setdefault(value, (low, high))
    return found


def cells(row: Mapping[str, Any], shown: list[Heading], words: Mapping[str, Pair]) -> list[Cell]:
    """The cells of one row.

    words : "column=value" -> what a code means, in both languages
    """
    return [_cell(row, heading, words) for heading in shown]


def _cell(row: Mapping[str, Any], heading: Heading, words: Mapping[str, Pair]) -> Cell:
    value = row[heading.column]
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        ends = _interval(row, heading) if isinstance(value, float) else ""
        return Cell((MISSING, MISSING), ends, "")
    if isinstance(value, bool):
        return Cell(YES_NO[value], "", str(int(value)))
    if isinstance(value, (int, float)):
        if abs(value) < heading.zero:
            return Cell(("0", "0"), _interval(row, heading), repr(value))
        text = as_shown(value, heading.unit)
        return Cell((text, text), _interval(row, heading), repr(value))
    said = str(value)
    english, chinese = words.get(f"{heading.column}={said}", (said, said))
    return Cell((english, str(row[heading.other] or said) if heading.other else chinese), "", said)


def _interval(row: Mapping[str, Any], heading: Heading) -> str:
    if not heading.low:
        return ""
    low, high = row[heading.low], row[heading.high]
    if low is None and high is None:
        return ""
    ends = (
        "…" if end is None else as_shown(end, heading.unit) for end in (low, high)
    )  # open on that side
    return "({}–{})".format(*ends)


def as_shown(value: float, unit: str) -> str:
    """A number by its unit: years whole or with one decimal, shares in per cent, others with four significant digits.

    >>> as_shown(2004.0, "year"), as_shown(2004.52, "year"), as_shown(0.1234, "share of places"), as_shown(-0.05, "x")
    ('2004', '2004.5', '12.3%', '−0.05')
    >>> as_shown(13.304, "percentage points"), as_shown(-0.0328, "percentage points"), as_shown(-0.001, "percentage points")
    ('13.30', '−0.03', '0.00')
    """
    if not math.isfinite(value):
        return "∞" if value > 0 else MISSING
    if unit == "year" or unit.startswith("years"):
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace("-", MINUS)
    if unit.startswith(
        "percentage points"
    ):  # of one column all with as many decimals, to be read down
        return f"{value:.2f}".replace("-", MINUS) if round(abs(value), 2) else "0.00"
    if unit.startswith("share"):
        return f"{100 * value:.1f}%".replace(".0%", "%").replace("-", MINUS)
    return short_number(value)


def read_words(facts: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The text that says how much was read, a key of words.json, and its values; years where there are any.

    >>> read_words({"rows": 1200, "first_year": 2001, "last_year": 2003}), read_words({"rows": 3})
    (('measured.read', {'rows': '1,200', 'span': '2001–2003'}), ('measured.read_rows', {'rows': '3'}))
    """
    rows = {"rows": count(facts["rows"])}
    if "first_year" not in facts:
        return "measured.read_rows", rows
    return "measured.read", {**rows, "span": f"{facts['first_year']}–{facts['last_year']}"}

"""One table, written down: the bytes, and what of them stands for which cell."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fuzz.meant_tables import Cell, Meant
from fuzz.number_styles import Style, any_style, plain

Rows = Sequence[Sequence[Any]]
HEADINGS = {
    "en": (("place", "country", "Region", "Country Name"), ("year", "Year", "time", "TIME_PERIOD")),
    "zh": (("地区", "省份", "地 区", "省（市）"), ("年份", "年度", "年", "时间")),
}
VALUES = {"en": ("value", "Value", "OBS_VALUE"), "zh": ("数值", "值", "指标值")}
MISSING = ("", "..", "-", "n/a", "…", ":", "NA")


@dataclass(frozen=True)
class Written:
    """A file and what it means.

    texts   : cell -> what stands for it
    labels  : place -> how the file calls it, where it is called otherwise
    columns : columns that are named by hand, as a person would
    factor  : by what a number is multiplied where it is read as it stands
    beside  : (label, year) -> number, of rows that are no place of the table, such as totals
    told    : codes of notes, one of which has to be given
    noise   : rows that are set aside and are no cell of the table
    """

    name: str
    data: bytes
    texts: Mapping[Cell, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    factor: Decimal = Decimal(1)
    beside: Mapping[Cell, Decimal | None] = field(default_factory=dict)
    told: Sequence[str] = ()
    noise: int = 0


Write = Callable[[Meant, random.Random], Written]


def delimited(rows: Rows, sign: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    """Rows as text, quoted where they have to be."""
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def in_a_dialect(rows: Rows, rng: random.Random, style: Style = plain) -> bytes:
    """Rows in one of the dialects that fit a style of numbers."""
    signs = (",", ",", ";", "\t", "|")
    if "," in style(Decimal("1.5")):
        signs = (";", ";", "\t", ",")
    encodings = ("utf-8", "utf-8", "utf-8-sig", "utf-16")
    if any("\u4e00" <= letter <= "\u9fff" for row in rows for cell in row for letter in str(cell)):
        encodings = ("utf-8", "gb18030", "utf-8-sig")
    encoding, end = rng.choice(encodings), rng.choice(("\n", "\r\n"))
    if encoding == "gb18030" and "ô" in str(rows):
        encoding = "utf-8"
    return delimited(rows, rng.choice(signs), encoding, end)


def written_cells(meant: Meant, style: Style = plain, missing: str = "") -> dict[Cell, str]:
    """Cell -> its text."""
    return {cell: missing if value is None else style(value) for cell, value in meant.cells.items()}


def headings(meant: Meant, rng: random.Random) -> list[str]:
    """What columns of places, years and values are called."""
    place, year = HEADINGS[meant.lang]
    return [rng.choice(place), rng.choice(year), rng.choice(VALUES[meant.lang])]


def style_and_gap(rng: random.Random) -> tuple[Style, str]:
    """How numbers are written in a file, and what stands where there is none."""
    return any_style(rng), rng.choice(MISSING)


def number(value: Decimal | None) -> float | int | None:
    """A number as a spreadsheet holds it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral() else float(value)

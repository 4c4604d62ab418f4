"""A table as a page lists it: headings with units, and cells that say what they sort by and where
they lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES, Texts
from firstlight.views.result_cells import Heading, headings, sort_key, written

Row = Mapping[str, Any]
Lead = Callable[[Row], str | None]
SIGNED = ("share", "small_share", "growth", "small_growth", "times")  # kinds of cells
LONG = 40  # letters from which a text's column is not as narrow as it can be


@dataclass(frozen=True)
class Head:
    """A heading; kind is "number" or "text"."""

    column: str
    title: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Cell:
    """A cell; path is the address that it leads to, on this site or with its scheme elsewhere."""

    text: str
    kind: str
    sort_key: str
    path: str = ""


@dataclass(frozen=True)
class Listed:
    """Headings, rows of cells, and how many rows of the table are not listed."""

    name: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    more: int = 0


def listed(
    texts: Texts,
    lang: str,
    name: str,
    frame: pl.DataFrame,
    columns: Sequence[str] = (),
    *,
    most: int = 200,
    leads: Mapping[str, Lead] | None = None,
) -> Listed:
    """The first rows of a table in one language.

    columns : those to show, where not all are; columns without values are left out
    leads   : column -> the address that a row's cell leads to
    """
    place = LANGUAGES.index(lang)
    shown = headings(texts, name, frame, columns)
    heads = [
        Head(
            each.column,
            _short(texts, lang, name, each.column),
            _unit(texts, name, each, place),
            each.kind,
        )
        for each in shown
    ]
    rows = []
    for row in frame.head(most).iter_rows(named=True):
        cells = []
        for heading in shown:
            text = written(texts, name, heading, row)[place]
            lead = (leads or {}).get(heading.column)
            path = (lead(row) if lead else None) or ""
            kind = heading.kind
            if not heading.is_number and len(text) > LONG:
                kind = "text long"
            cells.append(Cell(text, kind, sort_key(row[heading.column]), path))
        rows.append(cells)
    return Listed(name, heads, rows, max(0, frame.height - most))


def _unit(texts: Texts, table: str, heading: Heading, place: int) -> str:
    """The unit of a column; "" where the cells themselves say that they are per cent or times."""
    if texts.told("en", table, heading.column).get("kind", "") in SIGNED:
        return ""
    return heading.unit[place]


def _short(texts: Texts, lang: str, table: str, column: str) -> str:
    told = texts.told(lang, table, column)
    return told.get("short") or told.get("title", column)

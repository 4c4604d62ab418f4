"""Matrices as heat maps: a cell for each row and column, the darker the larger its share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from firstlight.chart import Drawing
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Texts
from firstlight.views.bilingual import both, safe

__all__ = ["matrix_section"]

CELL, LEFT, TOP = 46, 58, 40
LETTER = 7  # width of a letter; a Chinese character takes two
DARK = 0.55  # share from which letters on a cell are light
Pair = tuple[str, str]


def matrix_section(result: Result, drawing: Drawing) -> list[str]:
    """A heading, what the rows and columns are, and a heat map for each value of the drawing's
    title."""
    texts, frame = result.texts, result.tables[drawing.nodes]
    if not frame.height:
        return []
    up, across, cell = (
        _pair(texts.title(lang, drawing.nodes, column) for lang in LANGUAGES)
        for column in (drawing.y, drawing.x, drawing.size)
    )
    heading = _pair(texts.say(lang, "charts", drawing.code, "title") for lang in LANGUAGES)
    parts: list[tuple[Pair | None, pl.DataFrame]] = [(None, frame)]
    if drawing.title:
        own = frame.partition_by(drawing.title, maintain_order=True)
        parts = [(_caption(texts, drawing, part), part) for part in own]
    figures = [
        _figure(texts, drawing, caption or heading, caption, part) for caption, part in parts
    ]
    return [
        f'<section class="chart" data-chart="{safe(drawing.code)}">',
        f"<h2>{both(*heading)}</h2>",
        f'<p class="quiet">↓ {both(*up)} · → {both(*across)} · {both(*cell)}</p>',
        '<div class="charts">',
        *figures,
        "</div></section>",
    ]


def _pair(words: Iterable[str]) -> Pair:
    english, chinese = words
    return english, chinese


def _caption(texts: Texts, drawing: Drawing, part: pl.DataFrame) -> Pair:
    """What a part's matrix is of, such as the class of neighbours: 1."""
    row = part.row(0, named=True)
    return _pair(
        texts.title(lang, drawing.nodes, drawing.title)
        + texts.say(lang, "format", "colon")
        + texts.cell(lang, drawing.nodes, drawing.title, row)
        for lang in LANGUAGES
    )


def _figure(
    texts: Texts, drawing: Drawing, name: Pair, caption: Pair | None, part: pl.DataFrame
) -> str:
    rows = part[drawing.y].unique(maintain_order=True).to_list()
    columns = part[drawing.x].unique(maintain_order=True).to_list()
    # room for the longest name: at the left, and above each column
    left = max(LEFT, _room(texts, drawing, drawing.y, rows))
    wide = max(CELL, _room(texts, drawing, drawing.x, columns))
    width, height = left + wide * len(columns) + 2, TOP + CELL * len(rows) + 2
    shapes = [
        *_names(texts, drawing, drawing.y, rows, left, wide),
        *_names(texts, drawing, drawing.x, columns, left, wide),
    ]
    for row in part.iter_rows(named=True):
        at = columns.index(row[drawing.x]), rows.index(row[drawing.y])
        shapes += _cell(texts, drawing, row, (left + wide * at[0], TOP + CELL * at[1]), wide)
    label = safe(" / ".join(dict.fromkeys(name)))
    box = f'viewBox="0 0 {width} {height}" style="max-width: {width / 16:.1f}rem"'
    svg = (
        f'<svg class="curves matrix" {box} role="img" aria-label="{label}">{"".join(shapes)}</svg>'
    )
    title = f"<figcaption>{both(*caption)}</figcaption>" if caption else ""
    return f"<figure>{title}{svg}</figure>"


def _room(texts: Texts, drawing: Drawing, column: str, values: list[Any]) -> int:
    """How wide the longest name is, with its margins."""
    words = [
        texts.cell(lang, drawing.nodes, column, {column: value})
        for value in values
        for lang in LANGUAGES
    ]
    return 16 + max(sum(LETTER * (1 + (sign > "\u2e80")) for sign in word) for word in words)


def _names(
    texts: Texts, drawing: Drawing, column: str, values: list[Any], left: int, wide: int
) -> Iterable[str]:
    """The names of rows at the left, or of columns above."""
    is_row = column == drawing.y
    for place, value in enumerate(values):
        x, y = left - 8, TOP + CELL * place + CELL // 2 + 4
        if not is_row:
            x, y = left + wide * place + wide // 2, TOP - 10
        anchor = "end" if is_row else "middle"
        for lang in LANGUAGES:
            words = safe(texts.cell(lang, drawing.nodes, column, {column: value}))
            yield f'<text class="name {anchor} {lang}" x="{x}" y="{y}">{words}</text>'


def _cell(
    texts: Texts, drawing: Drawing, row: dict[str, Any], at: tuple[int, int], wide: int
) -> Iterable[str]:
    """A cell and its number; without a value, its rim alone."""
    x, y = at
    share = row[drawing.size]
    shade = min(max(share or 0.0, 0.0), 1.0)
    yield f'<rect class="rim" x="{x}" y="{y}" width="{wide}" height="{CELL}"/>'
    opacity = f'fill-opacity="{0.9 * shade:.3f}"'
    yield f'<rect class="cell" x="{x}" y="{y}" width="{wide}" height="{CELL}" {opacity}/>'
    kind = "name middle light" if shade > DARK else "name middle"
    place = f'x="{x + wide / 2:.0f}" y="{y + CELL / 2 + 4:.0f}"'
    for lang in LANGUAGES:
        number = texts.cell(lang, drawing.nodes, drawing.size, {drawing.size: share})
        yield f'<text class="{kind} {lang}" {place}>{safe(number)}</text>'

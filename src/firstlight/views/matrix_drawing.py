"""Matrices as heat maps: a cell for each row and column, the darker the larger its share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from firstlight.chart import Drawing
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Count, Name, Texts
from firstlight.views.bilingual import (
    Pair,
    both,
    captioned,
    in_both,
    once,
    pair,
    safe,
    said,
    titled,
)
from firstlight.views.drawing_paper import as_wide_as, shortened, svg, text_width

CELL, LEFT, TOP = 46, 58, 40  # the least width of a cell and of the names at the left
FONT = 12.0
WIDEST, ROOM = 150, 16  # of a column, and beside a name
ROWS, COLUMNS = 24, 12  # that are drawn; the file holds all
DARK = 0.55  # share from which letters on a cell are light


def matrix_section(result: Result, drawing: Drawing) -> list[str]:
    """A heading, what the rows and columns are, and a heat map for each value of the drawing's
    title."""
    texts, frame = result.texts, result.tables[drawing.nodes]
    if not frame.height:
        return []
    up, across, cell = (
        titled(texts, drawing.nodes, column) for column in (drawing.y, drawing.x, drawing.size)
    )
    heading = in_both(texts, "charts", drawing.code, "title")
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


def _caption(texts: Texts, drawing: Drawing, part: pl.DataFrame) -> Pair:
    """What a part's matrix is of, such as the class of neighbours: 1."""
    row = part.row(0, named=True)
    return pair(
        texts.title(lang, drawing.nodes, drawing.title)
        + texts.say(lang, "format", "colon")
        + texts.cell(lang, drawing.nodes, drawing.title, row)
        for lang in LANGUAGES
    )


def _figure(
    texts: Texts, drawing: Drawing, name: Pair, caption: Pair | None, part: pl.DataFrame
) -> str:
    every = [
        part[column].unique(maintain_order=True).to_list() for column in (drawing.y, drawing.x)
    ]
    rows, columns = every[0][:ROWS], every[1][:COLUMNS]
    sides = {drawing.y: rows, drawing.x: columns}
    ground = _ground(texts, drawing, sides)
    width, height = ground.left + ground.width * len(columns) + 2, TOP + CELL * len(rows) + 2
    shapes = [shape for column in sides for shape in _names(texts, drawing, column, sides, ground)]
    for row in part.iter_rows(named=True):
        if row[drawing.x] in columns and row[drawing.y] in rows:
            at = columns.index(row[drawing.x]), rows.index(row[drawing.y])
            shapes += _cell(texts, drawing, row, at, ground)
    drawn = svg("curves matrix", (width, height), once(name), shapes, as_wide_as(width))
    more = ""
    if left := len(every[0]) - len(rows) + len(every[1]) - len(columns):
        file = Name(f"{drawing.nodes}.csv")
        more = f'<p class="quiet">{said("measured.more_in_file", count=Count(left), file=file)}</p>'
    return f"<figure>{captioned(caption)}{drawn}{more}</figure>"


class _Ground(NamedTuple):
    """The room for names at the left, and the width of a cell."""

    left: int
    width: int


def _ground(texts: Texts, drawing: Drawing, sides: Mapping[str, list[Any]]) -> _Ground:
    wide = {
        column: max(
            text_width(texts.cell(lang, drawing.nodes, column, {column: value}), FONT)
            for value in values
            for lang in LANGUAGES
        )
        for column, values in sides.items()
    }
    left, width = (min(math.ceil(wide[side]) + ROOM, WIDEST) for side in (drawing.y, drawing.x))
    return _Ground(max(left, LEFT), max(width, CELL))


def _names(
    texts: Texts, drawing: Drawing, column: str, sides: Mapping[str, list[Any]], ground: _Ground
) -> Iterable[str]:
    """The names of rows at the left, or of columns above."""
    for place, value in enumerate(sides[column]):
        if column == drawing.y:
            anchor, room = "end", ground.left
            x, y = ground.left - 8.0, TOP + CELL * (place + 0.5) + 4
        else:
            anchor, room = "middle", ground.width
            x, y = ground.left + ground.width * (place + 0.5), TOP - 10.0
        for lang in LANGUAGES:
            words = shortened(
                texts.cell(lang, drawing.nodes, column, {column: value}), room - 8, FONT
            )
            at = f'x="{x:.0f}" y="{y:.0f}"'
            yield f'<text class="name {anchor} {lang}" {at}>{safe(words)}</text>'


def _cell(
    texts: Texts, drawing: Drawing, row: dict[str, Any], at: tuple[int, int], ground: _Ground
) -> Iterable[str]:
    """A cell and its number; without a value, its rim alone."""
    x, y = ground.left + ground.width * at[0], TOP + CELL * at[1]
    box = f'x="{x}" y="{y}" width="{ground.width}" height="{CELL}"'
    share = row[drawing.size]
    shade = min(max(share or 0.0, 0.0), 1.0)
    yield f'<rect class="rim" {box}/>'
    yield f'<rect class="cell" {box} fill-opacity="{0.9 * shade:.3f}"/>'
    kind = "name middle light" if shade > DARK else "name middle"
    place = f'x="{x + ground.width / 2:.0f}" y="{y + CELL / 2 + 4:.0f}"'
    for lang in LANGUAGES:
        number = texts.cell(lang, drawing.nodes, drawing.size, {drawing.size: share})
        yield f'<text class="{kind} {lang}" {place}>{safe(number)}</text>'

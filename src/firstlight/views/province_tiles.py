"""China's provinces as squares, roughly where they lie: a map that needs no outlines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.classifications.provinces import Province, provinces, provinces_of
from firstlight.texts import ENGLISH, LANGUAGES, Remark
from firstlight.views.bilingual import Pair, captioned, once, safe, said
from firstlight.views.drawing_paper import as_wide_as, svg, text_width

TILE, GAP = 46, 3
DARK = 0.75  # strength of a colour from which letters on it are light
PALEST = 0.06  # opacity of the lowest in rank, which is not empty
NUMBER = 10.0  # height of a number's letters


@dataclass(frozen=True)
class _Tile:
    """A province and its square. column, row : from 0"""

    province: Province
    column: int
    row: int


@dataclass(frozen=True)
class Square:
    """What the square of a place shows.

    told  : what its title says after the name, and a number below the name if it is short
    shade : strength of the colour, 0 to 1; None where ``hue`` is the class of a group's colour
    """

    told: Pair
    shade: float | None = None
    hue: str = ""


@cache
def _tiles() -> Mapping[str, _Tile]:
    """Code of a province -> its square."""
    file = Path(__file__).parent / "province_tiles.csv"
    spots = pl.read_csv(file, schema_overrides={"code": pl.String}).rows()
    return {code: _Tile(provinces()[code], column, row) for code, column, row in spots}


def tile_map(title: Pair, squares: Mapping[str, Square], panel: Pair | None = None) -> list[str]:
    """The map as lines of markup; nothing where the places are not China's provinces.

    squares : place -> what its square shows; others stay empty
    panel   : what the map shows, where it is one of several below a heading
    """
    code_of = provinces_of(squares)
    if code_of is None:
        return []
    tiles = _tiles().values()
    shown = {code: (place, squares[place]) for place, code in code_of.items()}
    left = min(tile.column for tile in tiles)
    shapes = list[str]()
    for tile in tiles:
        x, y = (tile.column - left) * TILE, tile.row * TILE
        shapes += _square(tile.province, x, y, *shown.get(tile.province.code, ("", None)))
    across = (max(tile.column for tile in tiles) - left + 1) * TILE
    down = (max(tile.row for tile in tiles) + 1) * TILE
    drawn = svg("curves matrix tiles", (across, down), once(title), shapes, as_wide_as(across))
    note = f'<p class="quiet">{said("drawing.tiles")}</p>'
    return [f'<figure class="tiled">{captioned(panel)}{drawn}{note}</figure>']


def _square(province: Province, x: int, y: int, place: str, shown: Square | None) -> Iterable[str]:
    """A square, its name in both languages, and what it shows."""
    side = TILE - GAP
    where = f'x="{x}" y="{y}" width="{side}" height="{side}"'
    middle, light = x + side / 2, ""
    if shown is None:
        named = safe(" / ".join(province.name.values()))
        yield f'<rect class="empty" {where}><title>{named}</title></rect>'
    else:
        title = f"<title>{safe(' · '.join(filter(None, (place, once(shown.told)))))}</title>"
        if shown.shade is None:
            yield f'<rect class="land {shown.hue}" {where}>{title}</rect>'
        else:
            shade = PALEST + (0.9 - PALEST) * shown.shade
            light = " light" if shade > DARK else ""
            yield f'<rect class="cell" fill-opacity="{shade:.3f}" {where}>{title}</rect>'
    has_number = shown is not None and shown.shade is not None
    up = y + side / 2 + (-1 if has_number else 4)
    signs = Remark({**province.name, ENGLISH: province.letters})
    for lang in LANGUAGES:
        word = signs.text(lang)
        yield f'<text class="name middle{light} {lang}" x="{middle:.1f}" y="{up:.1f}">{word}</text>'
    if shown is None or not has_number:
        return
    for lang, number in zip(LANGUAGES, shown.told, strict=True):
        if text_width(number, NUMBER) <= side:
            spot = f'x="{middle:.1f}" y="{y + side - 9:.1f}"'
            yield f'<text class="number middle{light} {lang}" {spot}>{safe(number)}</text>'

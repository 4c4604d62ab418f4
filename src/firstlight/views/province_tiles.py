"""China's provinces as squares, roughly where they lie: a map that needs no outlines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.views.bilingual import safe, said
from firstlight.views.figures import text_width

__all__ = ["Square", "tile_map", "tiles_of"]

FEWEST = 8  # provinces, below which a table is not taken for one of China's
TILE, GAP = 46, 3
DARK = 0.75  # strength of a colour from which letters on it are light
PALEST = 0.06
NUMBER = 10.0  # height of a number's letters
Pair = tuple[str, str]


@dataclass(frozen=True)
class _Tile:
    """A province and its square. code : GB/T 2260; letters : of the same; column, row : from 0"""

    code: str
    letters: str
    name: Pair
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
def _tiles() -> tuple[tuple[_Tile, ...], Mapping[str, int]]:
    """The squares, and every way to write a province -> its square."""
    table = pl.read_csv(
        Path(__file__).parent / "province_tiles.csv", schema_overrides={"code": pl.String}
    )
    tiles, written = [], dict[str, int]()
    for k, row in enumerate(table.iter_rows(named=True)):
        name = row["name_en"], row["name_zh"]
        tiles.append(_Tile(row["code"], row["letters"], name, row["column"], row["row"]))
        known = [*name, *row["also"].split("; "), f"{name[0]} province", f"{name[0]} municipality"]
        written |= dict.fromkeys(map(str.casefold, known), k)
        written |= dict.fromkeys((row["code"], f"{row['code']}0000"), k)
    return tuple(tiles), written


def tiles_of(places: Iterable[str]) -> dict[str, int] | None:
    """Place -> the number of its square; None unless all are provinces of China, each once, and
    they are eight or more.

    >>> tiles_of(["北京市", "Tianjin", "130000", "14", "内蒙古", "辽宁", "吉林", "黑龙江"])["14"]
    3
    >>> tiles_of(["北京市", "Tianjin", "Paris"]) is None
    True
    """
    written, names = _tiles()[1], list(dict.fromkeys(places))
    found = [written.get(str(name).strip().casefold()) for name in names]
    at = {name: k for name, k in zip(names, found, strict=True) if k is not None}
    if len(at) < max(len(names), FEWEST) or len(set(at.values())) < len(at):
        return None
    return at


def tile_map(title: Pair, squares: Mapping[str, Square], caption: str = "") -> list[str]:
    """The map as lines of markup; nothing where the places are not China's provinces.

    squares : place -> what its square shows; others stay empty
    caption : markup above it
    """
    at = tiles_of(squares)
    if at is None:
        return []
    tiles = _tiles()[0]
    shown = {k: (place, squares[place]) for place, k in at.items()}
    left = min(tile.column for tile in tiles)
    shapes = list[str]()
    for k, tile in enumerate(tiles):
        x, y = (tile.column - left) * TILE, tile.row * TILE
        shapes += _square(tile, x, y, *shown.get(k, ("", None)))
    across = (max(tile.column for tile in tiles) - left + 1) * TILE
    down = (max(tile.row for tile in tiles) + 1) * TILE
    label = safe(" / ".join(dict.fromkeys(title)))
    box = f'viewBox="0 0 {across} {down}" style="max-width: {across / 16:.1f}rem"'
    svg = f'<svg class="curves matrix tiles" {box} role="img" aria-label="{label}">'
    top = f"<figcaption>{caption}</figcaption>" if caption else ""
    note = f'<p class="quiet">{said("drawing.tiles")}</p>'
    return [f'<figure class="tiled">{top}{svg}{"".join(shapes)}</svg>{note}</figure>']


def _square(tile: _Tile, x: int, y: int, place: str, shown: Square | None) -> Iterable[str]:
    """A square, its name in both languages, and what it shows."""
    side = TILE - GAP
    where = f'x="{x}" y="{y}" width="{side}" height="{side}"'
    middle, light = x + side / 2, ""
    if shown is None:
        yield f'<rect class="empty" {where}><title>{safe(" / ".join(tile.name))}</title></rect>'
    else:
        told = " / ".join(dict.fromkeys(shown.told))
        title = f"<title>{safe(f'{place} · {told}' if told else place)}</title>"
        if shown.shade is None:
            yield f'<rect class="land {shown.hue}" {where}>{title}</rect>'
        else:
            shade = PALEST + (0.9 - PALEST) * shown.shade
            light = " light" if shade > DARK else ""
            yield f'<rect class="cell" fill-opacity="{shade:.3f}" {where}>{title}</rect>'
    has_number = shown is not None and shown.shade is not None
    up = y + side / 2 + (-1 if has_number else 4)
    for lang, word in (("en", tile.letters), ("zh", tile.name[1])):
        yield f'<text class="name middle{light} {lang}" x="{middle:.1f}" y="{up:.1f}">{word}</text>'
    if shown is None or not has_number:
        return
    for lang, number in zip(("en", "zh"), shown.told, strict=True):
        if text_width(number, NUMBER) <= side:
            spot = f'x="{middle:.1f}" y="{y + side - 9:.1f}"'
            yield f'<text class="number middle{light} {lang}" {spot}>{safe(number)}</text>'

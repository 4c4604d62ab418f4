"""A ranking of places on their outlines: those of a file, or of the countries of the world."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from firstlight.result import FEWEST_MAPPED
from firstlight.views.bilingual import safe, said
from firstlight.views.drawing_paper import WIDTH
from firstlight.views.outline_drawing import atlas_of
from firstlight.views.province_tiles import PALEST, Square

__all__ = ["outline_map"]

DARKEST = 0.9
NOTES = {"outlines": "drawing.ranked_outlines", "world_outlines": "drawing.world"}
Pair = tuple[str, str]


def outline_map(
    tables: Mapping[str, pl.DataFrame],
    title: Pair,
    squares: Mapping[str, Square],
    caption: str,
) -> list[str]:
    """The map as lines of markup; nothing where fewer than eight of the places have an outline.

    tables  : of the result, perhaps with ``outlines`` or ``world_outlines``
    squares : place -> what its outline shows
    caption : markup above it
    """
    name = next((name for name in NOTES if name in tables), "")
    if not name:
        return []
    outlines = tables[name]
    if len(set(outlines["place"].drop_nulls()) & set(squares)) < FEWEST_MAPPED:
        return []
    atlas = atlas_of(outlines, [], is_of_main_parts=name == "world_outlines")
    shown = {
        place: (
            PALEST + (DARKEST - PALEST) * (own.shade or 0.0),
            " / ".join(dict.fromkeys(own.told)),
        )
        for place, own in squares.items()
    }
    label = safe(" / ".join(dict.fromkeys(title)))
    box = f'viewBox="0 0 {WIDTH:.0f} {atlas.paper.height:.0f}"'
    top = f"<figcaption>{caption}</figcaption>" if caption else ""
    note = f'<p class="quiet">{said(NOTES[name])}</p>'
    svg = f'<svg {box} role="img" aria-label="{label}">'
    shapes = "".join(atlas.shaded(shown))
    return [f'<figure class="mapped">{top}{svg}{shapes}</svg>{note}</figure>']

"""Outlines of places on a map: each drawn once and used by every map of a page, filled with the
colour of its place's group; or in one colour, the darker the higher its place is ranked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from firstlight.result import FEWEST_MAPPED
from firstlight.views.bilingual import Pair, captioned, once, safe, said
from firstlight.views.drawing_paper import WIDTH, Paper, fitted
from firstlight.views.map_ground import (
    Frame,
    Ground,
    frame_about,
    ground_of,
    projected,
    projected_along,
)
from firstlight.views.province_tiles import PALEST, Square

Point = tuple[float, float]
_RING = re.compile(r"\(([^()]+)\)")
TINY = 3.0  # units of paper, up to which an outline is drawn as a dot
DOT = 2.4  # radius of that dot
MOSTLY = 0.5  # of the square degrees of all outlines
DARKEST = 0.9  # opacity of the highest in rank
# table of outlines, those of a file or of the countries of the world -> what is said below its map
NOTES = {"outlines": "drawing.ranked_outlines", "world_outlines": "drawing.world"}


@dataclass(frozen=True)
class _Land:
    """One outline on the paper. rings : closed, each point in tenths of a unit"""

    name: str
    place: str | None
    rings: list[list[tuple[int, int]]]
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, name: str, place: str | None, rings: Sequence[Sequence[Point]]) -> _Land:
        """An outline whose rings are given in units of the paper."""
        tenths = [[(round(x * 10), round(y * 10)) for x, y in ring] for ring in rings]
        xs, ys = ([point[k] / 10 for ring in tenths for point in ring] for k in (0, 1))
        return cls(name, place, tenths, (min(xs), min(ys), max(xs), max(ys)))

    def is_on(self, paper: Paper) -> bool:
        """Whether some of it may be seen."""
        left, top, right, bottom = self.box
        return right >= 0 and left <= WIDTH and bottom >= 0 and top <= paper.height

    def is_tiny(self) -> bool:
        """Whether it would hardly be seen."""
        return self.box[2] - self.box[0] < TINY and self.box[3] - self.box[1] < TINY

    def dot(self) -> str:
        """Where the dot stands that takes its place, and its size, as attributes."""
        x, y = (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2
        return f'cx="{x:.1f}" cy="{y:.1f}" r="{DOT}"'

    def path(self) -> str:
        """Its rings as the data of a path, from point to point."""
        parts = []
        for ring in self.rings:
            (x, y), steps = ring[0], []
            for to_x, to_y in ring[1:-1]:
                if (to_x, to_y) != (x, y):
                    steps.append(f"{_tenths(to_x - x)} {_tenths(to_y - y)}")
                    x, y = to_x, to_y
            if steps:  # else all its points are one on this paper
                parts.append(f"M{_tenths(ring[0][0])} {_tenths(ring[0][1])}l{' '.join(steps)}z")
        return "".join(parts)


@dataclass(frozen=True)
class Atlas:
    """The ground that all maps of a page share: paper, projection and the outlines on it."""

    frame: Frame
    paper: Paper
    grid: Ground
    lands: Sequence[_Land]

    def at(self, spots: Sequence[Point]) -> list[Point]:
        """Where longitudes and latitudes stand on the paper."""
        return self.paper.at(projected(spots, self.frame))

    @cached_property
    def places(self) -> frozenset[str]:
        """Places whose outline is drawn."""
        return frozenset(land.place for land in self.lands if land.place is not None)

    @cached_property
    def shapes(self) -> str:
        """The outlines, to be used and not seen, as one line of markup."""
        paths = (
            f'<path id="land-{k}" d="{land.path()}"/>'
            for k, land in enumerate(self.lands)
            if not land.is_tiny()
        )
        hidden = 'class="shapes" aria-hidden="true" width="0" height="0"'
        return f"<svg {hidden}><defs>{''.join(paths)}</defs></svg>"

    def filled(self, hue_of: Mapping[str, str], title_of: Callable[[str], str]) -> Iterable[str]:
        """Markup of every outline; hue_of : place -> class of its colour, where it has a value."""
        order = sorted(
            range(len(self.lands)),
            key=lambda k: (self.lands[k].is_tiny(), self.lands[k].place in hue_of),
        )
        for k in order:  # those with a value over the others' lines
            land = self.lands[k]
            name, kind = land.name, "bare"
            if land.place not in (None, land.name):
                name = f"{land.place} ({land.name})"
            if land.place is not None and land.place in hue_of:
                kind = hue_of[land.place]
                name += title_of(land.place)
            title = f"<title>{safe(name)}</title>"
            if land.is_tiny():
                yield f'<circle class="land {kind}" {land.dot()}>{title}</circle>'
            else:
                yield f'<use class="land {kind}" href="#land-{k}">{title}</use>'

    def shaded(self, shown: Mapping[str, tuple[float, str]]) -> Iterable[str]:
        """Markup of every outline in one colour; shown : place -> its strength, and what its title
        says after the name."""
        for land in sorted(self.lands, key=_Land.is_tiny):
            look, told = 'class="land bare"', ""
            if land.place is not None and land.place in shown:
                strength, told = shown[land.place]
                look = f'class="shade" fill-opacity="{strength:.3f}"'
            title = f"<title>{safe(' · '.join(filter(None, (land.name, told))))}</title>"
            if land.is_tiny():
                yield f"<circle {look} {land.dot()}>{title}</circle>"
            else:
                yield f'<path {look} d="{land.path()}">{title}</path>'


def atlas_of(
    outlines: pl.DataFrame, spots: Sequence[Point], *, is_of_main_parts: bool = False
) -> Atlas:
    """The ground of maps with outlines: about all of them where those that have a place reach over
    most of the map, so that no part of a country is cut off; else about these alone and all spots,
    with other outlines where they are near.

    outlines : outline, place, wkt (a MULTIPOLYGON in degrees, on a map that is cut open in one
               place)
    spots    : longitude and latitude of all that stands on one of the maps
    is_of_main_parts : whether the map is about the largest part of each place alone, so that
               overseas parts don't stretch it
    """
    rows = [
        (name, place, _rings(wkt))
        for name, place, wkt in outlines.select("outline", "place", "wkt").iter_rows()
    ]
    placed = [rings for _, place, rings in rows if place is not None]
    if is_of_main_parts:
        placed = [[max(rings, key=_reach)] for rings in placed]
    seen, every = _points(placed), _points([rings for _, _, rings in rows])
    if _reach(seen) >= MOSTLY * _reach(every):
        seen = every
    ends = [*seen, *spots]
    west, east = min(x for x, _ in seen), max(x for x, _ in seen)
    middle = (west + east) / 2
    frame = frame_about(west, east, [y for _, y in ends])
    paper = fitted([*projected_along(seen, middle, frame), *projected(spots, frame)])
    lands = []
    for name, place, rings in rows:
        drawn = [paper.at(projected_along(ring, middle, frame)) for ring in rings]
        land = _Land.of(str(name), place, drawn)
        if land.is_on(paper):
            lands.append(land)
    return Atlas(frame, paper, ground_of(ends, frame), lands)


def outline_map(
    tables: Mapping[str, pl.DataFrame],
    title: Pair,
    squares: Mapping[str, Square],
    panel: Pair | None,
) -> list[str]:
    """A ranking of places as lines of markup; nothing where fewer than eight of them have an
    outline.

    tables  : of the result, perhaps with ``outlines`` or ``world_outlines``
    squares : place -> what its outline shows
    panel   : what the map shows, where it is one of several below a heading
    """
    name = next((name for name in NOTES if name in tables), "")
    if not name:
        return []
    outlines = tables[name]
    if len(set(outlines["place"].drop_nulls()) & set(squares)) < FEWEST_MAPPED:
        return []
    atlas = atlas_of(outlines, [], is_of_main_parts=name == "world_outlines")
    shown = {
        place: (PALEST + (DARKEST - PALEST) * (own.shade or 0.0), once(own.told))
        for place, own in squares.items()
    }
    box = f'viewBox="0 0 {WIDTH:.0f} {atlas.paper.height:.0f}"'
    drawn = f'<svg {box} role="img" aria-label="{safe(once(title))}">'
    note = f'<p class="quiet">{said(NOTES[name])}</p>'
    shapes = "".join(atlas.shaded(shown))
    return [f'<figure class="mapped">{captioned(panel)}{drawn}{shapes}</svg>{note}</figure>']


def _points(outlines: Iterable[list[list[Point]]]) -> list[Point]:
    """Every point of some outlines, each several rings."""
    return [point for rings in outlines for ring in rings for point in ring]


def _reach(points: Sequence[Point]) -> float:
    """Square degrees of the box about some points."""
    xs, ys = zip(*points, strict=True)
    return float((max(xs) - min(xs)) * (max(ys) - min(ys)))


def _rings(wkt: str) -> list[list[Point]]:
    """The rings of a MULTIPOLYGON, whichever polygon they belong to.

    >>> _rings("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))")
    [[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]]
    """
    return [
        [(float(x), float(y)) for x, y in map(str.split, inside.split(","))]
        for inside in _RING.findall(wkt)
    ]


def _tenths(value: int) -> str:
    """Tenths as a short decimal.

    >>> _tenths(-5), _tenths(120)
    ('-.5', '12')
    """
    sign, value = "-" * (value < 0), abs(value)
    whole, part = divmod(value, 10)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{part}"  # -.5 draws what -0.5 does, in a byte less

"""Networks, maps and scatters as SVG within a page: nodes, links, labels that fit, a legend; text
and numbers only."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any

import polars as pl

from firstlight.errors import visible
from firstlight.number_format import is_known, short_number
from firstlight.texts import Count
from firstlight.views.bilingual import Pair, both, captioned, once, safe, said
from firstlight.views.drawing_paper import WIDTH, Paper, beginning, fitted, svg, text_width
from firstlight.views.map_ground import Ground, ground, projected
from firstlight.views.outline_drawing import Atlas, atlas_of
from firstlight.views.province_tiles import Square, tile_map
from firstlight.views.scatter_ground import scatter_ground

NODES, LINKS, DRAWINGS = 2000, 4000, 12  # drawn: the largest, the strongest, the first
LABELS, LETTERS = 70, 30  # labels on a drawing, and letters of one
CIRCLES = 150  # on a filled map without links; more hide what is filled
FEW = 40  # a network of fewer nodes is drawn smaller
SMALLEST, FONT = 2.2, 11.0  # radius of a circle; height of letters
PHONE_FONT, PHONE_LABELS = 28.0, 24  # on paper of 960 shown 365 wide: 11 there
SCATTER = 380.0  # width of its paper, that of a phone
EDGE = 18.0  # from a side, within which the middle of a meridian's name is not
MISSING = "–"  # in the place of a number
NO_HUE, NEUTRAL = "hue-none", "hue-none neutral"
HUES = 6  # colours; the next six groups are rings of the same colours, later ones grey
Row = Mapping[str, Any]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class NodeDrawing:
    """How a drawing of nodes looks, and what is written beside it, in both languages.

    kind        : "network", "map" (x, y are then longitude and latitude in degrees) or "scatter"
                  (x, y are values)
    title       : its name in the tables where there is none
    heading     : the title of all drawings of which it is one part; its own where it is none
    size        : what the area of a circle is
    group       : what the groups are
    axes        : of a scatter, to the right and upwards
    is_directed : whether a link is an arrow from one to other
    """

    kind: str
    title: Pair | None = None
    heading: Pair | None = None
    size: Pair | None = None
    group: Pair | None = None
    axes: tuple[Pair, Pair] = (("x", "x"), ("y", "y"))
    is_directed: bool = False

    def titled(self, name: Any) -> Pair:
        """Its title; ``name`` is its own in the tables."""
        return self.title or (str(name), str(name))

    def headed(self, name: Any) -> Pair:
        """What stands above it; ``name`` is its own in the tables."""
        return self.heading or self.titled(name)


@dataclass(frozen=True)
class _Dot:
    """A node on the paper."""

    name: str
    x: float
    y: float
    radius: float
    size: float | None
    group: Pair | None


def network_drawings(
    tables: Mapping[str, pl.DataFrame],
    drawn: NodeDrawing,
    drawings: Mapping[Any, NodeDrawing] = MappingProxyType({}),
    *,
    steps: Sequence[Pair] = (),
    neutral: Sequence[Pair] = (),
) -> list[str]:
    """The drawings of a measurement's tables ``nodes`` and ``links``, as lines of markup; nothing
    where there are none.

    nodes   : drawing, node, x, y, size, group_en, group_zh; links : drawing, one, other, weight
    drawn   : how drawings look that ``drawings`` doesn't hold by their names
    steps   : groups that are steps of a scale, the highest first
    neutral : groups that are none, drawn grey

    Groups of China's provinces are drawn as squares as well, where there are no outlines.

    With a table ``outlines`` (outline, place, wkt) maps show these, filled by the group of the
    place; with many places without circles.

    At most 2,000 nodes and 4,000 links of a drawing are drawn, the largest and the strongest, and a
    line says so.
    """
    nodes = tables.get("nodes")
    if nodes is None or not nodes.height:
        return []
    links = tables.get("links")
    names = list(dict.fromkeys(nodes["drawing"]))
    told = {name: drawings.get(name, drawn) for name in names}
    atlas = _atlas(
        tables.get("outlines"),
        nodes,
        [name for name in names[:DRAWINGS] if told[name].kind == "map"],
    )
    rows = {}
    for name in names[:DRAWINGS]:
        of = pl.col("drawing").eq_missing(name)
        ties: Sequence[Row] = ()
        if links is not None:
            ties = links.filter(of).to_dicts()
        rows[name] = (nodes.filter(of).to_dicts(), ties)
    lines, tiled = list[str](), set[str]()
    if atlas:
        lines.append(atlas.shapes)
    for part in _families({name: own for name, (own, _) in rows.items()}):
        of = pl.col("drawing").is_in(part, nulls_equal=True)
        groups = _groups(nodes.filter(of), steps, neutral)
        for heading, own in groupby(part, key=lambda name: told[name].headed(name)):
            shown = {name: rows[name] for name in own}
            lines += _section(heading, shown, groups, told, atlas)
            if atlas is None:
                lines += _grouped_tiles(shown, groups, told, tiled)
    if len(names) > DRAWINGS:
        more = said("drawing.more", count=Count(len(names) - DRAWINGS))
        lines.insert(-1, f'<p class="quiet">{more}</p>')  # before the last section closes
    return lines


def _section(
    heading: Pair,
    rows: Mapping[Any, tuple[Sequence[Row], Sequence[Row]]],
    groups: Mapping[Pair, str],
    told: Mapping[Any, NodeDrawing],
    atlas: Atlas | None,
) -> list[str]:
    """A heading, the legend of what is drawn below it, and the drawings."""
    present = {_group(row) for own, _ in rows.values() for row in own}
    first = told[next(iter(rows))]
    has_outlines = atlas is not None and first.kind == "map"
    has_circles = not has_outlines or not all(
        _is_filled(told[name], *own) for name, own in rows.items()
    )
    shown = {group: hue for group, hue in groups.items() if group in present}
    lines = [f"<h2>{both(*heading)}</h2>", _legend(shown, first.size, has_outlines, has_circles)]
    for name, own in rows.items():
        lines += _figure(str(name), *own, groups, told[name], atlas)
    return ['<section class="drawings">', *filter(None, lines), "</section>"]


def _grouped_tiles(
    rows: Mapping[Any, tuple[Sequence[Row], Sequence[Row]]],
    groups: Mapping[Pair, str],
    told: Mapping[Any, NodeDrawing],
    tiled: set[str],
) -> list[str]:
    """The groups of China's provinces as maps of squares; nothing for other places.

    tiled : what is drawn already, to which this is added
    """
    lines = []
    for name, (own, _) in rows.items():
        grouped = {str(row["node"]): _group(row) for row in own}
        squares = {
            node: Square(group, hue=_hue(group, groups))
            for node, group in grouped.items()
            if group is not None
        }
        key, about = str(sorted(grouped.items(), key=str)), told[name]
        title = about.titled(name)
        if about.kind != "map" and about.group is not None:
            title = about.group
        drawn = tile_map(title, squares)
        if drawn and key not in tiled:
            tiled.add(key)
            present = {group: hue for group, hue in groups.items() if group in grouped.values()}
            lines += [f"<h2>{both(*title)}</h2>", _legend(present, None, False, False), *drawn]
    if not lines:
        return []
    return ['<section class="drawings">', *lines, "</section>"]


def _families(drawings: Mapping[Any, Sequence[Row]]) -> Iterable[list[Any]]:
    """Drawings that follow each other and share a legend: each has a group with those before it, or
    no group at all."""
    part, known = list[Any](), set[Any]()
    for name, rows in drawings.items():
        own = {group for group in map(_group, rows) if group is not None}
        if own and known and not own & known:
            yield part
            part, known = [], set()
        part.append(name)
        known |= own
    yield part


def _atlas(outlines: pl.DataFrame | None, nodes: pl.DataFrame, maps: Sequence[str]) -> Atlas | None:
    """The ground of all maps, where there are outlines."""
    if outlines is None or not maps or outlines["place"].null_count() == outlines.height:
        return None
    own = nodes.filter(pl.col("drawing").is_in(maps)).iter_rows(named=True)
    return atlas_of(
        outlines, [(float(row["x"]), float(row["y"])) for row in own if _is_placed(row, True)]
    )


def _is_filled(told: NodeDrawing, rows: Sequence[Row], links: Sequence[Row]) -> bool:
    """Whether a drawing, where there are outlines, is a map of so many places that circles would
    hide what is filled."""
    return told.kind == "map" and len(rows) > CIRCLES and not links


def _groups(nodes: pl.DataFrame, steps: Sequence[Pair], neutral: Sequence[Pair]) -> dict[Pair, str]:
    """The class of each group's colour: steps of a scale, then others by the number of their nodes,
    the most first; ties by name. What is no group is grey."""
    named = (
        nodes.drop_nulls("group_en")
        .group_by("group_en", "group_zh")
        .len()
        .sort("len", "group_en", "group_zh")
    )
    pairs = sorted(named.iter_rows(), key=lambda row: (-row[2], row[0], str(row[1])))
    known = [(english, chinese or english) for english, chinese, _ in pairs]
    found = {group: f"step-{place}" for place, group in enumerate(steps) if group in known}
    grey = dict.fromkeys(neutral, NEUTRAL)
    for place, group in enumerate(group for group in known if group not in found | grey):
        found[group] = _hue_at(place)
    return found | {group: hue for group, hue in grey.items() if group in known}


def _hue_at(place: int) -> str:
    """The class of a group's colour by its place: colours, then rings of them, then grey."""
    hue = f"hue-{place % HUES}"
    if place < HUES:
        return hue
    if place < 2 * HUES:
        return f"{hue} ring"
    return NO_HUE


def _hue(group: Pair | None, groups: Mapping[Pair, str]) -> str:
    if group is None:
        return NO_HUE
    return groups[group]


def _legend(
    groups: Mapping[Pair, str],
    size: Pair | None,
    has_outlines: bool,
    has_circles: bool,
) -> str:
    sign = '<svg viewBox="0 0 12 12" aria-hidden="true">{}</svg>'
    dot = sign.format('<circle class="node {hue}" cx="6" cy="6" r="4.5"/>')
    shown = [group for group, hue in groups.items() if hue != NO_HUE]
    items = [f"<li>{dot.format(hue=_hue(group, groups))}{both(*group)}</li>" for group in shown]
    if len(groups) > len(shown):
        rest = said("drawing.other_groups", count=Count(len(groups) - len(shown)))
        items.append(f"<li>{dot.format(hue='hue-none')}{rest}</li>")
    if has_outlines:
        square = sign.format('<rect class="land bare" x="1" y="1" width="10" height="10"/>')
        items.append(f"<li>{square}{said('drawing.bare')}</li>")
    if has_circles and size is not None:
        items.append(f"<li>{said('drawing.area')} {both(*size)}</li>")
    if not items:
        return ""
    return f'<ul class="legend">{"".join(items)}</ul>'


@dataclass(frozen=True)
class _Place:
    """Where the nodes of a drawing stand, and what lies behind them."""

    at: list[tuple[float, float]]
    room: Box
    height: float
    back: Iterable[str]
    width: float = WIDTH


def _figure(
    name: str,
    rows: Sequence[Row],
    links: Sequence[Row],
    groups: Mapping[Pair, str],
    told: NodeDrawing,
    atlas: Atlas | None,
) -> list[str]:
    is_map, is_scatter = told.kind == "map", told.kind == "scatter"
    placed = [row for row in rows if _is_placed(row, is_map)]
    order = sorted(placed, key=lambda row: (-(_size(row["size"]) or 0.0), str(row["node"])))
    kept = order[:NODES]
    filled: Collection[str] = ()
    if atlas and _is_filled(told, rows, links):
        filled = atlas.places
    title = told.titled(name)
    caption = ""
    if told.headed(name) != title:  # one part among several below that heading
        caption = captioned(title)
    if not kept:
        nothing = f'<p class="quiet">{said("measured.undrawn")}</p>'
        return [f'<figure class="drawn">{caption}{nothing}</figure>']
    place = _place(kept, rows, groups, told, atlas)
    largest = max(_size(row["size"]) or 0.0 for row in kept)
    dots = [_dot(row, spot, largest, len(kept)) for row, spot in zip(kept, place.at, strict=True)]
    held = {dot.name for dot in dots}
    ties = [tie for tie in links if {str(tie["one"]), str(tie["other"])} <= held]
    strong = sorted(ties, key=_strongest_first)[:LINKS]
    parts = [
        *place.back,
        *_links(strong, dots, _look(told)),
        *_circles([dot for dot in dots if dot.name not in filled], groups),
        *_names(dots, place.room, is_scatter),
    ]
    drawn = svg("drawing", (place.width, place.height), once(title), parts)
    wide = f'<div class="wide" tabindex="0">{drawn}</div>'
    notes = []
    if len(placed) < len(rows):
        notes.append(said("drawing.unplaced", count=Count(len(rows) - len(placed))))
    if any(str(row["node"]) not in filled for row in order[NODES:]):
        notes.append(said("drawing.largest", shown=Count(NODES), count=Count(len(placed))))
    if filled:
        notes.append(said("drawing.without_circles"))
    if len(strong) < len(ties):
        notes.append(said("drawing.strongest", shown=Count(LINKS), count=Count(len(ties))))
    note = ""
    if notes:
        note = f'<p class="quiet">{" ".join(notes)}</p>'
    kind = "drawn"
    if is_scatter:
        kind = "drawn scatter"
    return [f'<figure class="{kind}">{caption}{wide}{note}</figure>']


def _place(
    kept: Sequence[Row],
    rows: Sequence[Row],
    groups: Mapping[Pair, str],
    told: NodeDrawing,
    atlas: Atlas | None,
) -> _Place:
    """The axes of a scatter, the ground of a map, the empty paper of a network."""
    spots = [(float(row["x"]), float(row["y"])) for row in kept]
    if told.kind == "scatter":
        at, room, height, back = scatter_ground(spots, told.axes, SCATTER)
        return _Place(at, room, height, back, SCATTER)
    if told.kind != "map":
        points = [(x, -y) for x, y in spots]  # y grows downwards on paper
        paper = fitted(points, min(1.0, 0.3 + len(points) / FEW))
        return _Place(paper.at(points), (0.0, 0.0, WIDTH, paper.height), paper.height, ())
    if atlas is not None:
        paper, at = atlas.paper, atlas.at(spots)
        back = [*_filled(atlas, rows, groups), *_graticule(atlas.grid, paper)]
    else:
        points = projected(spots)
        paper = fitted(points, 1.0)
        at, back = paper.at(points), _graticule(ground(spots), paper)
    return _Place(at, (0.0, 0.0, WIDTH, paper.height), paper.height, back)


def _look(told: NodeDrawing) -> str:
    """How links are drawn: arcs on a map, so that those of one place lie apart."""
    if told.is_directed:
        return "arrow"
    if told.kind == "map":
        return "arc"
    return "straight"


def _strongest_first(tie: Row) -> tuple[float, str, str]:
    return -(_size(tie["weight"]) or 0.0), str(tie["one"]), str(tie["other"])


def _size(value: Any) -> float | None:
    """An area or a width; None for what can't be one."""
    if is_known(value) and value >= 0:
        return float(value)
    return None


def _is_placed(row: Row, is_map: bool) -> bool:
    x, y = row["x"], row["y"]
    if not (is_known(x) and is_known(y)):
        return False
    return not is_map or (-360 <= x <= 360 and -90 <= y <= 90)


def _dot(row: Row, spot: tuple[float, float], largest: float, number: int) -> _Dot:
    size = _size(row["size"])
    radius = 4.0
    if largest > 0:  # the fewer there are, the larger they may be
        most = min(18.0, max(5.0, 150 / math.sqrt(number)))
        radius = max(SMALLEST, most * math.sqrt((size or 0.0) / largest))
    return _Dot(str(row["node"]), *spot, radius, size, _group(row))


def _filled(atlas: Atlas, rows: Sequence[Row], groups: Mapping[Pair, str]) -> Iterable[str]:
    """The outlines, those of a drawing's places in the colours of their groups."""
    own = {str(row["node"]): (_group(row), _size(row["size"])) for row in rows}
    hues = {name: _hue(group, groups) for name, (group, _) in own.items()}
    return atlas.filled(hues, lambda name: _told(*own[name]))


def _told(group: Pair | None, size: float | None) -> str:
    """What a title says after a name."""
    if group is None:
        return f" · {_number(size)}"
    return f" · {once(group)} · {_number(size)}"


def _group(row: Row) -> Pair | None:
    if row["group_en"] is not None:
        return (str(row["group_en"]), str(row["group_zh"] or row["group_en"]))
    return None


def _graticule(grid: Ground, paper: Paper) -> Iterable[str]:
    scale, left, top, height = paper.scale, paper.left, paper.top, paper.height
    for label, value in grid.meridians:
        x = value * scale + left
        if 0 <= x <= WIDTH:
            yield f'<line class="graticule" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height:.0f}"/>'
            inside = min(max(x, EDGE), WIDTH - EDGE)
            yield f'<text class="tick middle" x="{inside:.1f}" y="{height - 5:.0f}">{label}</text>'
    for label, value in grid.parallels:
        y = value * scale + top
        if 0 <= y <= height:
            yield f'<line class="graticule" x1="0" x2="{WIDTH:.0f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="tick" x="4" y="{y - 3:.1f}">{label}</text>'


def _links(ties: Sequence[Row], dots: Sequence[_Dot], look: str) -> Iterable[str]:
    """Links as straight lines, arcs or arrows, the strongest on top."""
    where = {dot.name: dot for dot in dots}
    # ties without a weight, or all of weight 0, are as thin as can be
    most = max((_size(tie["weight"]) or 0.0 for tie in ties), default=0.0) or 1.0
    between = "–"
    if look == "arrow":
        between = "→"
    for tie in reversed(ties):
        one, other = where[str(tie["one"])], where[str(tie["other"])]
        weight = _size(tie["weight"])
        part = (weight or 0.0) / most
        width = f'stroke-width="{0.5 + 1.7 * part:.2f}"'
        names = f"{safe(one.name)} {between} {safe(other.name)}"
        title = f"<title>{names}: {_number(weight)}</title>"
        if look == "straight":
            ends = f'x1="{one.x:.1f}" y1="{one.y:.1f}" x2="{other.x:.1f}" y2="{other.y:.1f}"'
            yield f'<line class="tie" {width} {ends}>{title}</line>'
            continue
        # Bent to one side as seen from where it begins, so that there and back lie apart.
        bend_x = (one.x + other.x) / 2 + (other.y - one.y) * 0.12
        bend_y = (one.y + other.y) / 2 - (other.x - one.x) * 0.12
        path = f"M{one.x:.1f} {one.y:.1f}Q{bend_x:.1f} {bend_y:.1f} {other.x:.1f} {other.y:.1f}"
        yield f'<path class="tie" {width} d="{path}">{title}</path>'
        if look == "arrow":
            yield _head((bend_x, bend_y), other, 5 + 3 * part)


def _head(bend: tuple[float, float], end: _Dot, length: float) -> str:
    """The head of an arrow that comes from a bend and touches the circle where it ends."""
    away_x, away_y = bend[0] - end.x, bend[1] - end.y
    far = math.hypot(away_x, away_y) or 1.0
    away_x, away_y = away_x / far, away_y / far
    tip = (end.x + away_x * end.radius, end.y + away_y * end.radius)
    foot = (tip[0] + away_x * length, tip[1] + away_y * length)
    across = (-away_y * length * 0.4, away_x * length * 0.4)
    sides = ((foot[0] + sign * across[0], foot[1] + sign * across[1]) for sign in (1, -1))
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, *sides))
    return f'<polygon class="head" points="{points}"/>'


def _number(value: float | None) -> str:
    if value is None:
        return MISSING
    return short_number(value)


def _circles(dots: Sequence[_Dot], groups: Mapping[Pair, str]) -> Iterable[str]:
    for dot in dots:  # the largest first, so that a small one stays visible on it
        title = f"<title>{safe(dot.name + _told(dot.group, dot.size))}</title>"
        circle = f'cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="{dot.radius:.1f}"'
        yield f'<circle class="node {_hue(dot.group, groups)}" {circle}>{title}</circle>'


def _names(dots: Sequence[_Dot], room: Box, is_scatter: bool) -> Iterable[str]:
    """Names beside nodes: of wide paper those for a wide screen and, fewer and larger, for a phone;
    the style shows one of the two."""
    yield from _labels(dots, room)
    if not is_scatter:
        yield from _labels(dots, room, PHONE_FONT, PHONE_LABELS, " on-phone")


def _labels(
    dots: Sequence[_Dot], room: Box, font: float = FONT, most: int = LABELS, only: str = ""
) -> Iterable[str]:
    """Names of the largest nodes, each where it covers no other name and no larger node; the others
    are left to hovering."""
    taken: list[Box] = [
        (d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in dots[:most]
    ]
    shown = 0
    for place, dot in enumerate(dots):
        # far down the list nodes are too small for a name to say anything
        if shown == most or place > 6 * most:
            return
        text = beginning(visible(dot.name), LETTERS)
        wide, gap, down = text_width(text, font), dot.radius + 3, font * 4 / FONT
        spots = {"": (dot.x + gap, dot.y + down), "end": (dot.x - gap, dot.y + down)}
        spots |= {"middle": (dot.x, dot.y - gap), "middle below": (dot.x, dot.y + gap + font - 2)}
        for kind, (x, y) in spots.items():
            left = x
            if kind == "end":
                left -= wide
            elif kind.startswith("middle"):
                left -= wide / 2
            box = (left, y - font, left + wide, y + font * 3 / FONT)
            if _is_within(box, room) and not any(_meet(box, other) for other in taken):
                taken.append(box)
                shown += 1
                look = f"name {kind}{only}"
                yield f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{safe(text)}</text>'
                break


def _is_within(box: Box, room: Box) -> bool:
    return box[0] >= room[0] and box[1] >= room[1] and box[2] <= room[2] and box[3] <= room[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

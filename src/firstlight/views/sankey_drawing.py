"""Flows from units at the left to units at the right as a Sankey diagram: bands as thick as what
flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from firstlight.chart import Drawing
from firstlight.number_format import short_number
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Texts
from firstlight.views.bilingual import both, in_both, safe
from firstlight.views.drawing_paper import beginning, svg

WIDTH, TALL, GAP = 560.0, 300.0, 8.0  # of the paper; of all bands together; between two units
LEFT, RIGHT, BAR = 130.0, 430.0, 9.0  # where units stand, and how wide they are
TOP, LETTERS, HUES = 8.0, 20, 6  # letters of a name; colours that the style has
THINNEST = 6.0  # room of a unit, however little flows, so that names keep apart


class _Unit(NamedTuple):
    """A unit at a side: where it begins, how high it is, and its place from the top."""

    y: float
    height: float
    place: int


def sankey_section(result: Result, drawing: Drawing) -> list[str]:
    """A heading, what flows from which side to which, and the diagram; nothing without flows."""
    flows = result.tables[drawing.links].filter(pl.col("weight") > 0)
    if not flows.height:
        return []
    texts = result.texts
    title = in_both(texts, "charts", drawing.code, "title")
    about = both(*(_about(texts, lang, drawing, result, flows) for lang in LANGUAGES))
    return [
        f'<section class="chart" data-chart="{safe(drawing.code)}">',
        f"<h2>{both(*title)}</h2>",
        f'<p class="quiet">{about}</p>',
        f"<figure>{_diagram(flows, title[0])}</figure></section>",
    ]


def _about(texts: Texts, lang: str, drawing: Drawing, result: Result, flows: pl.DataFrame) -> str:
    """What stands at the left and at the right, and what flows."""
    nodes = result.tables[drawing.nodes]
    sides = []
    for end in ("one", "other"):
        row = nodes.filter(pl.col(drawing.node) == flows[end][0]).row(0, named=True)
        sides.append(texts.cell(lang, drawing.nodes, drawing.group, row))
    return f"{' → '.join(sides)} · {texts.title(lang, drawing.nodes, drawing.size)}"


def _diagram(flows: pl.DataFrame, name: str) -> str:
    scale = TALL / float(flows["weight"].sum())
    left, right = _units(flows, "one", scale), _units(flows, "other", scale)
    height = max(own.y + own.height for own in (*left.values(), *right.values())) + TOP
    ordered = sorted(
        flows.iter_rows(named=True),
        key=lambda row: (left[row["one"]].place, right[row["other"]].place),
    )
    shapes = [
        *_bands(ordered, left, right, scale),
        *_bars(left, LEFT, LEFT - 6, "name end"),
        *_bars(right, RIGHT, RIGHT + BAR + 6, "name"),
    ]
    return svg("curves sankey", (WIDTH, height), name, shapes)


def _units(flows: pl.DataFrame, end: str, scale: float) -> dict[str, _Unit]:
    """The units of one side, what carries most at the top."""
    sums = flows.group_by(end).agg(pl.col("weight").sum())
    units, y = dict[str, _Unit](), TOP
    for place, (unit, weight) in enumerate(sums.sort(-pl.col("weight"), end).iter_rows()):
        units[unit] = _Unit(y, weight * scale, place)
        y += max(weight * scale, THINNEST) + GAP
    return units


def _bands(
    flows: Sequence[Mapping[str, Any]],
    left: Mapping[str, _Unit],
    right: Mapping[str, _Unit],
    scale: float,
) -> Iterable[str]:
    """A band for each flow, beside those of the same units, in the colour of its unit at the
    left."""
    start = {unit: own.y for unit, own in left.items()}
    end = {unit: own.y for unit, own in right.items()}
    middle = (LEFT + BAR + RIGHT) / 2
    for row in flows:
        one, other, thick = row["one"], row["other"], row["weight"] * scale
        a, b = start[one], end[other]
        start[one], end[other] = a + thick, b + thick
        x0, x1 = LEFT + BAR, RIGHT
        path = (
            f"M{x0:.1f} {a:.1f}C{middle:.1f} {a:.1f} {middle:.1f} {b:.1f} {x1:.1f} {b:.1f}"
            f"V{b + thick:.1f}C{middle:.1f} {b + thick:.1f} {middle:.1f} {a + thick:.1f}"
            f" {x0:.1f} {a + thick:.1f}Z"
        )
        title = safe(f"{one} → {_plain(other)}: {short_number(row['weight'])}")
        hue = f"hue-{left[one].place % HUES}"
        yield f'<path class="band-of {hue}" d="{path}"><title>{title}</title></path>'


def _bars(units: Mapping[str, _Unit], x: float, text_x: float, kind: str) -> Iterable[str]:
    for unit, own in units.items():
        short = beginning(_plain(unit), LETTERS)
        box = f'x="{x:.0f}" y="{own.y:.1f}" width="{BAR:.0f}" height="{max(own.height, 1):.1f}"'
        yield f'<rect class="unit-bar" {box}/>'
        y = own.y + own.height / 2 + 4
        yield f'<text class="{kind}" x="{text_x:.0f}" y="{y:.1f}">{safe(short)}</text>'


def _plain(unit: str) -> str:
    """A unit's name without the arrow that sets it apart from one at the left."""
    return unit.removeprefix("→ ")

"""The charts that a result declares, as SVG within a page: rankings, curves side by side on shared
axes, networks, maps, scatters, matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from firstlight.chart import Chart, Drawing, Mark
from firstlight.result import RANKED, Result, chart_title, ranking, stacked
from firstlight.texts import LANGUAGES, Count, Name, Texts
from firstlight.views.bilingual import (
    Pair,
    both,
    captioned,
    cell,
    in_both,
    once,
    pair,
    safe,
    said,
    titled,
)
from firstlight.views.curve_chart import (
    STRIP,
    Curve,
    Extent,
    Strip,
    curve_chart,
    extent_of,
    strip_chart,
)
from firstlight.views.matrix_drawing import matrix_section
from firstlight.views.network_drawing import NodeDrawing, network_drawings
from firstlight.views.outline_drawing import outline_map
from firstlight.views.province_tiles import Square, tile_map
from firstlight.views.rank_chart import Ranked, rank_chart, rank_extent, rank_labels
from firstlight.views.sankey_drawing import sankey_section

TILED = 4  # panels of a ranking that are drawn as a map as well
DRAWN, MORE = 24, 96  # charts that are drawn at once, and within a fold
COLOURS = 4
# the tables that `network_drawings` takes
NODES = {
    **dict.fromkeys(("drawing", "node"), pl.String),
    **dict.fromkeys(("x", "y", "size"), pl.Float64),
    **dict.fromkeys(("group_en", "group_zh"), pl.String),
}
LINKS = {**dict.fromkeys(("drawing", "one", "other"), pl.String), "weight": pl.Float64}
Row = dict[str, Any]


@dataclass(frozen=True)
class _Series:
    """One mark of one line: what the key says, how it is drawn, in which colour."""

    name: Pair
    kind: str
    colour: int


def chart_section(result: Result, chart: Chart) -> list[str]:
    """A heading, what is up and across, the key, and a small chart for each panel, all on the same
    axes.

    Strips of a panel have the same axis across, and each its own upwards.
    """
    if not chart.x:
        return _ranking(result, chart)
    texts, frame = result.texts, result.tables[chart.table]
    has_place = pl.col(chart.x).is_not_null()
    if chart.is_log_across:
        has_place = pl.col(chart.x) > 0
    frame = stacked(frame.filter(has_place), chart)
    panels = _panels(texts, chart, frame)
    rows = [(series, row) for _, own in panels for series, row in own]
    if not rows:
        return []
    extent = extent_of([row for _, row in rows], chart.is_log, is_log_across=chart.is_log_across)
    extent = replace(extent, is_share=_is_share(texts, chart))
    series = list(dict.fromkeys(each for each, _ in rows))
    every_x = sorted({row["x"] for _, row in rows})
    dates = _dates(result, chart)
    figures = [_figure(name, own, series, extent, every_x, chart, dates) for name, own in panels]
    lines = [
        f"<h2>{both(*in_both(texts, 'charts', chart.code, 'title'))}</h2>",
        f'<p class="quiet">{_axes(texts, chart)}</p>',
        *([_key(series)] if len(series) > 1 and not chart.strip else []),
        *_grid(figures[:DRAWN]),
    ]
    rest = figures[DRAWN : DRAWN + MORE]
    if rest:
        told = said("measured.more_charts", count=Count(len(rest)))
        lines += [f'<details class="fold"><summary>{told}</summary>', *_grid(rest), "</details>"]
    if len(figures) > DRAWN + MORE:
        lines.append(_more_in_file(chart, len(figures) - DRAWN - MORE))
    return [f'<section class="chart" data-chart="{safe(chart.code)}">', *lines, "</section>"]


def _is_share(texts: Texts, chart: Chart) -> bool:
    """Whether the table's cells write what is drawn in per cent."""
    told = texts.told("en", chart.table, chart.marks[0].y)
    return told.get("kind") == "share" or told.get("unit", "").startswith("share")


def _more_in_file(chart: Chart, left: int) -> str:
    """How many more than are drawn stand in the chart's table."""
    told = said("measured.more_in_file", count=Count(left), file=Name(f"{chart.table}.csv"))
    return f'<p class="quiet">{told}</p>'


def _ranking(result: Result, chart: Chart) -> list[str]:
    """A heading, what is ranked and in which unit, the first units, and how many more there are."""
    texts = result.texts
    frame, year = ranking(result.tables[chart.table], chart)
    if not frame.height:
        return []
    heading = pair(chart_title(texts, lang, chart, year) for lang in LANGUAGES)
    what = both(*_title_and_unit(texts, chart.table, chart.marks[0].y, True))
    named = [titled(texts, chart.table, mark.y) for mark in chart.marks]
    series = [
        _Series(name, mark.kind, colour)
        for colour, (name, mark) in enumerate(zip(named, chart.marks, strict=True))
    ]
    parts = _parts(result, chart, frame)
    figures = [_rank_figure(texts, chart, title or heading, title, part) for title, part in parts]
    order = said("measured.largest_first")
    if chart.is_smallest_first:
        order = said("measured.smallest_first")
    for name, part in parts[:TILED]:
        figures += _rank_map(result, chart, name, heading, part)
    lines = [
        f"<h2>{both(*heading)}</h2>",
        f'<p class="quiet">{what} · {order}</p>',
        *([_key(series)] if len(series) > 1 else []),
        *_grid(figures),
    ]
    return [f'<section class="chart" data-chart="{safe(chart.code)}">', *lines, "</section>"]


def _parts(
    result: Result, chart: Chart, frame: pl.DataFrame
) -> list[tuple[Pair | None, pl.DataFrame]]:
    """The rows of each panel, with its title, in the order in which the table has them."""
    if not chart.panel:
        return [(None, frame)]
    titles = _in_words(result.texts, chart.table, chart.panel, result.tables[chart.table])
    parts = frame.partition_by(chart.panel, as_dict=True)
    return [(title, parts[value,]) for value, title in titles.items() if (value,) in parts]


def _rank_figure(
    texts: Texts, chart: Chart, title: Pair, panel: Pair | None, frame: pl.DataFrame
) -> str:
    """The first units of a ranking, and how many more there are."""
    kind = chart.marks[0].kind
    units = _ranked_units(texts, chart, frame.head(RANKED))
    extent = rank_extent(units, kind, chart.is_log)
    labels = [(value, _number(texts, chart, value)) for value in rank_labels(extent)]
    svg = rank_chart(units, labels, once(title), extent, kind)
    note = ""
    if frame.height > RANKED:
        note = _more_in_file(chart, frame.height - RANKED)
    return f'<figure class="ranking">{captioned(panel)}{svg}{note}</figure>'


def _rank_map(
    result: Result, chart: Chart, panel: Pair | None, heading: Pair, frame: pl.DataFrame
) -> list[str]:
    """The same as a map of squares, where what is ranked is China's provinces, or of outlines: the
    darker the larger."""
    y = chart.marks[0].y
    unit = chart.line or frame.columns[0]
    values = frame[y].cast(pl.Float64).to_numpy()
    shades = (values - values.min()) / (np.ptp(values) or 1.0)
    squares = {
        str(place): Square(_number(result.texts, chart, float(value)), float(shade))
        for place, value, shade in zip(frame[unit], values, shades, strict=True)
    }
    title = panel or heading
    return tile_map(title, squares, panel) or outline_map(result.tables, title, squares, panel)


def _ranked_units(texts: Texts, chart: Chart, frame: pl.DataFrame) -> list[Ranked]:
    mark, unit = chart.marks[0], chart.line or frame.columns[0]
    called = _in_words(texts, chart.table, unit, frame)
    held_against = next((other.y for other in chart.marks[1:]), "")
    units = []
    for row in frame.iter_rows(named=True):
        low, high = _cell(row, mark.low), _cell(row, mark.high)
        written = _number(texts, chart, row[mark.y])
        beside = _cell(row, held_against)
        units.append(Ranked(called[row[unit]], row[mark.y], low, high, written, beside))
    return units


def _number(texts: Texts, chart: Chart, value: float) -> Pair:
    """A value as the table's cells write it."""
    column = chart.marks[0].y
    return cell(texts, chart.table, column, {column: value})


def drawings_section(result: Result) -> list[str]:
    """Matrices, flows, networks, maps and scatters; nothing where the result declares none."""
    matrices, flows, drawings = list[str](), list[str](), list[Drawing]()
    for chart in result.charts:
        if not isinstance(chart, Drawing):
            continue
        if chart.kind == "matrix":
            matrices += matrix_section(result, chart)
        elif chart.kind == "sankey":
            flows += sankey_section(result, chart)
        else:
            drawings.append(chart)
    lines = [*matrices, *flows]
    if not drawings:
        return lines
    tables, told = drawing_tables(result, drawings)
    if "outlines" in result.tables:
        tables["outlines"] = result.tables["outlines"]
    first, neutral = NodeDrawing(drawings[0].kind), _neutral(result, drawings)
    steps = _steps(result.texts, drawings[0])
    return [*lines, *network_drawings(tables, first, told, steps=steps, neutral=neutral)]


def _panels(
    texts: Texts, chart: Chart, frame: pl.DataFrame
) -> list[tuple[Pair | None, list[tuple[_Series, Row]]]]:
    """The rows of each panel, in the order in which the table has them."""
    titles = _in_words(texts, chart.table, chart.panel, frame)
    lines = _in_words(texts, chart.table, chart.line, frame)
    strips = _in_words(texts, chart.table, chart.strip, frame)
    colours: dict[tuple[Any, Any, str], int] = {}
    grouped: dict[Pair | None, list[tuple[_Series, Row]]] = {}
    for row in frame.iter_rows(named=True):
        title = _called(titles, row, chart.panel)
        own = grouped.setdefault(title, [])
        for mark in chart.marks:
            name = _line_name(texts, chart, mark, lines, row)
            strip = _called(strips, row, chart.strip)
            colour = colours.setdefault((strip, name, mark.kind), len(colours) % COLOURS)
            point = {**_point(chart, mark, row), "strip": strip}
            own.append((_Series(name, mark.kind, colour), point))
    return [(title, own) for title, own in grouped.items() if _has_value(own)]


def _has_value(rows: Iterable[tuple[_Series, Row]]) -> bool:
    return any(row["value"] is not None for _, row in rows)


def _line_name(texts: Texts, chart: Chart, mark: Mark, lines: dict[Any, Pair], row: Row) -> Pair:
    if chart.line:
        return lines[row[chart.line]]
    return titled(texts, chart.table, mark.y)


def _point(chart: Chart, mark: Mark, row: Row) -> Row:
    low, high = mark.low, mark.high
    if mark.kind == "bars":
        low, high = f"{mark.y}_from", f"{mark.y}_to"
    return {
        "style": mark.kind,
        "x": float(row[chart.x]),
        "value": row[mark.y],
        "low": _cell(row, low),
        "high": _cell(row, high),
    }


def _cell(row: Row, column: str) -> Any:
    """What stands in a column that a chart need not have."""
    if not column:
        return None
    return row[column]


def _called(words: Mapping[Any, Pair], row: Row, column: str) -> Pair | None:
    """What a panel or a strip is called; None where the chart has no such column."""
    if not column:
        return None
    return words[row[column]]


def _in_words(texts: Texts, table: str, column: str, frame: pl.DataFrame) -> dict[Any, Pair]:
    """Value -> what it is called: a code in words, a name as it is."""
    if not column:
        return {}
    words: dict[Any, Pair] = {}
    named = [each for each in frame.columns if each in (column, f"{column}_zh")]
    every = frame.select(named).unique(column, keep="first", maintain_order=True)
    for row in every.iter_rows(named=True):
        words[row[column]] = cell(texts, table, column, row)
    return words


def _dates(result: Result, chart: Chart) -> dict[tuple[Pair | None, Pair | None], list[Row]]:
    """Titles of panel and strip -> the dates to mark there."""
    if chart.dates is None:
        return {}
    dates, frame = chart.dates, result.tables[chart.dates.table]
    titles, strips = (
        _in_words(result.texts, chart.table, column, frame) for column in (chart.panel, chart.strip)
    )
    found: dict[tuple[Pair | None, Pair | None], list[Row]] = {}
    for row in frame.filter(pl.col(dates.x).is_not_null()).iter_rows(named=True):
        panel, strip = _called(titles, row, chart.panel), _called(strips, row, chart.strip)
        low, high = row[dates.low or dates.x], row[dates.high or dates.x]
        found.setdefault((panel, strip), []).append({"x": row[dates.x], "low": low, "high": high})
    return found


def _figure(
    title: Pair | None,
    rows: Sequence[tuple[_Series, Row]],
    series: Sequence[_Series],
    extent: Extent,
    every_x: Sequence[float],
    chart: Chart,
    dates: Mapping[tuple[Pair | None, Pair | None], list[Row]],
) -> str:
    name, caption = chart.code, captioned(title)
    if title:
        name = once(title)
    strips = []
    for strip in dict.fromkeys(row["strip"] for _, row in rows):
        own = [(each, row) for each, row in rows if row["strip"] == strip]
        drawn = _curves(own, series, every_x, dates.get((title, strip), []))
        if strip is None:  # of a chart without strips all rows are of this one
            return f"<figure>{caption}{curve_chart(drawn, name, extent)}</figure>"
        if _has_value(own):
            axes = extent_of([row for _, row in own], chart.is_log, STRIP)
            span = (axes.x_low, axes.x_high)
            axes = replace(axes, x_low=extent.x_low, x_high=extent.x_high, is_share=extent.is_share)
            strips.append(Strip(strip, drawn, axes, span))
    return f"<figure>{caption}{strip_chart(strips, name)}</figure>"


def _curves(
    rows: Sequence[tuple[_Series, Row]],
    series: Sequence[_Series],
    every_x: Sequence[float],
    dates: Sequence[Row],
) -> list[Curve]:
    drawn = list[Curve]()
    if dates:
        drawn.append(("dates", 0, dates))
    for each in series:
        own = [row for other, row in rows if other == each]
        if own:
            drawn.append((each.kind, each.colour, [*own, *_gaps(own, every_x)]))
    return drawn


def _gaps(rows: Sequence[Row], every_x: Sequence[float]) -> list[Row]:
    """A row without a value wherever others go on between a line's first and last: the line parts
    there."""
    known = [row["x"] for row in rows if row["value"] is not None]
    if not known:
        return []
    there = {row["x"] for row in rows}
    between = (x for x in every_x if min(known) < x < max(known) and x not in there)
    return [{"style": "line", "x": x, "value": None, "low": None, "high": None} for x in between]


def _grid(figures: list[str]) -> list[str]:
    return ['<div class="charts">', *figures, "</div>"]


def _axes(texts: Texts, chart: Chart) -> str:
    """What is up, in which unit, and what is across."""
    up = _title_and_unit(texts, chart.table, chart.marks[0].y, len(chart.marks) == 1)
    across = _title_and_unit(texts, chart.table, chart.x, True)
    parts = [f"{said('measured.up')} {both(*up)}", f"{said('measured.across')} {both(*across)}"]
    if chart.dates is not None:
        marked = titled(texts, chart.dates.table, chart.dates.x)
        parts.append(f"{said('measured.marked')} {both(*marked)}")
    return " · ".join(parts)


def _title_and_unit(texts: Texts, table: str, column: str, has_title: bool) -> Pair:
    parts = []
    for lang in LANGUAGES:
        told = texts.told(lang, table, column)
        title, unit = told.get("title", column), told.get("unit", "")
        if unit in ("year", "年") or not unit:
            parts.append(title)
        elif has_title:
            parts.append(f"{title}{texts.say(lang, 'format', 'clause')}{unit}")
        else:
            parts.append(unit)
    return pair(parts)


def _key(series: Sequence[_Series]) -> str:
    items = []
    for each in series:
        icon = f'<svg viewBox="0 0 20 10" aria-hidden="true">{_shape(each)}</svg>'
        items.append(f"<span>{icon}{both(*each.name)}</span>")
    return f'<p class="key">{"".join(items)}</p>'


def _shape(series: _Series) -> str:
    colour = f"curve-{series.colour}"
    if series.kind == "points":
        return f'<circle class="point {colour}" cx="10" cy="5" r="3"/>'
    if series.kind == "bars":
        return f'<rect class="bar {colour}" x="4" y="0" width="12" height="10"/>'
    kind = "dash" if series.kind == "dash" else "line"
    return f'<line class="{kind} {colour}" x1="0" x2="20" y1="5" y2="5"/>'


def drawing_tables(
    result: Result, drawings: Sequence[Drawing]
) -> tuple[dict[str, pl.DataFrame], dict[str, NodeDrawing]]:
    """The tables ``nodes`` and ``links`` that `network_drawings` takes, and how each of their
    drawings looks."""
    texts, nodes, links, told = result.texts, [], [], dict[str, NodeDrawing]()
    named = [_in_words(texts, own.nodes, own.group, result.tables[own.nodes]) for own in drawings]
    for drawing, groups in zip(drawings, named, strict=True):
        frame = result.tables[drawing.nodes]
        title = in_both(texts, "charts", drawing.code, "title")
        titles = _in_words(texts, drawing.nodes, drawing.title, frame)
        nodes += [_node(drawing, row, title, titles, groups) for row in frame.iter_rows(named=True)]
        if drawing.links:
            for row in result.tables[drawing.links].iter_rows(named=True):
                name = (_called(titles, row, drawing.title) or title)[0]
                links.append((name, row["one"], row["other"], row["weight"]))
        for english, chinese in titles.values() or [title]:
            told[english] = _drawn(texts, drawing, (english, chinese))
    tables = {"nodes": pl.DataFrame(nodes, schema=NODES, orient="row", strict=False)}
    if links:
        tables["links"] = pl.DataFrame(links, schema=LINKS, orient="row", strict=False)
    return tables, told


def _steps(texts: Texts, drawing: Drawing) -> list[Pair]:
    """The groups of a drawing that are steps of a scale."""
    if not drawing.steps:
        return []
    kind = texts.told("en", drawing.nodes, drawing.group)["kind"].removeprefix("code.").split(".")
    return [in_both(texts, *kind, step) for step in drawing.steps]


def _neutral(result: Result, drawings: Sequence[Drawing]) -> list[Pair]:
    """The groups of drawings that are none."""
    named = (
        _in_words(result.texts, own.nodes, own.group, result.tables[own.nodes]).get(own.neutral)
        for own in drawings
    )
    return list(dict.fromkeys(group for group in named if group is not None))


def _drawn(texts: Texts, drawing: Drawing, title: Pair) -> NodeDrawing:
    """How `network_drawings` draws what bears a title."""
    drawn = NodeDrawing(drawing.kind, title, is_directed=drawing.is_directed)
    if drawing.title:
        drawn = replace(drawn, heading=in_both(texts, "charts", drawing.code, "title"))
    if drawing.size:
        drawn = replace(drawn, size=titled(texts, drawing.nodes, drawing.size))
    if drawing.group:
        drawn = replace(drawn, group=titled(texts, drawing.nodes, drawing.group))
    if drawing.kind == "scatter":
        x, y = (
            _title_and_unit(texts, drawing.nodes, column, True) for column in (drawing.x, drawing.y)
        )
        drawn = replace(drawn, axes=(x, y))
    return drawn


def _node(
    drawing: Drawing, row: Row, title: Pair, titles: dict[Any, Pair], groups: dict[Any, Pair]
) -> tuple[Any, ...]:
    name = (_called(titles, row, drawing.title) or title)[0]
    size = _cell(row, drawing.size)
    group: tuple[str | None, str | None] = (None, None)
    if drawing.group and row[drawing.group] is not None:
        group = groups[row[drawing.group]]
    return (name, row[drawing.node], row[drawing.x], row[drawing.y], size, *group)

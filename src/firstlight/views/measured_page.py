"""The page of a measurement: NAME.html, which holds everything, loads nothing, and reads without its script too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import both, definitions, head, items, safe, said, section
from firstlight.views.curve_chart import panel_chart
from firstlight.views.figures import count
from firstlight.views.measured_cells import Cell, Heading, cells, headings, read_words
from firstlight.views.network_drawing import network_drawings
from firstlight.views.page_shell import whole_page
from firstlight.views.words import row_words, words

__all__ = ["SCRIPTS", "STYLES", "measured_page"]

SCRIPTS, STYLES = ("measured",), ("page", "parts", "measured", "drawing")
CHARTS, MORE_CHARTS = 24, 96  # drawn at once, and drawn within a fold
LONG = 40  # letters, from which a text's column is not made as narrow as its longest word
UNSAID = (
    "",
    "name",
    "number",
    "code",
    "text",
    "weight",
    "year",
    "true or false",
)  # units that a heading says by itself
PROSE = (
    "text_en",
    "peers_text",
)  # columns of many words in a cell, which narrow would make rows tall
SHORT = 5  # years, below which tables stand before curves
ROWS = 200  # of each table on the page; the files hold all
Tables = Mapping[str, pl.DataFrame]
Facts = Mapping[str, Any]


def measured_page(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """A self-contained page of one measurement: both languages, light and dark, for the screen and for paper.

    lang : the language that it opens in; a reader can switch in place
    Raises  InputError for another language.

    Everything that comes from the reader's data is text only, and the policy allows this page's own script and style and
    nothing else.
    """
    words(lang)
    answers = (_tables, _charts) if _is_short(tables) else (_charts, _tables)
    blocks = (_header, _drawings, *answers, _record, _conventions, _notes, _provenance)
    body = "\n".join(line for block in blocks for line in block(tables, facts))
    return whole_page(lang, f"{facts[f'title_{lang}']} · {facts['title']}", body, SCRIPTS, STYLES)


def _header(tables: Tables, facts: Facts) -> list[str]:
    key, values = read_words(facts)
    as_of = (
        f"{both(facts['title'], facts.get('source_zh') or facts['title'])} · {said(key, **values)}"
    )
    return [
        *head(both(facts["title_en"], facts["title_zh"]), as_of, _texts(tables["sentences"])),
        "</ul></header>",
    ]


def _texts(frame: pl.DataFrame) -> Iterable[tuple[str, str]]:
    return frame.select("text_en", "text_zh").iter_rows()


def _drawings(tables: Tables, facts: Facts) -> list[str]:
    return section("drawing.drawings", network_drawings(tables, facts))


def _charts(tables: Tables, facts: Facts) -> list[str]:
    curves = tables.get("curves")
    if curves is None or not curves.height:
        return []
    kinds = list(dict.fromkeys(curves.select("line_en", "style").iter_rows()))
    numbers = {key: number % 4 for number, key in enumerate(kinds)}
    chinese = dict(curves.select("line_en", "line_zh").unique().iter_rows())
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in curves.iter_rows(named=True):
        grouped.setdefault(row["panel"], []).append(row)
    figures = []
    for panel, rows in grouped.items():
        told = facts.get("panels", {}).get(panel, {})
        title = told.get("title_en", panel), told.get("title_zh", panel)
        drawn = panel_chart(rows, " / ".join(dict.fromkeys(title)), numbers, bool(facts["is_log"]))
        inside = drawn or f'<p class="quiet">{said("measured.undrawn")}</p>'
        figures.append(f"<figure><figcaption>{both(*title)}</figcaption>{inside}</figure>")
    lines = [
        _key(numbers, chinese),
        f'<p class="quiet">{_axes(facts)}</p>',
        *_grid(figures[:CHARTS]),
    ]
    rest = figures[CHARTS : CHARTS + MORE_CHARTS]
    if rest:
        lines += [
            f'<details class="fold"><summary>{said("measured.more_charts", count=len(rest))}</summary>',
            *_grid(rest),
            "</details>",
        ]
    if len(figures) > CHARTS + MORE_CHARTS:
        lines.append(
            f'<p class="quiet">{said("measured.undrawn_charts", count=len(figures) - CHARTS - MORE_CHARTS)}</p>'
        )
    return section("measured.curves", lines)


def _is_short(tables: Tables) -> bool:
    """Whether curves have so few points that the tables say more."""
    curves = tables.get("curves")
    return curves is not None and bool(curves.height) and curves["x"].n_unique() < SHORT


def _grid(figures: list[str]) -> list[str]:
    return ['<div class="charts">', *figures, "</div>"]


def _axes(facts: Facts) -> str:
    x, y = (
        both(facts.get(f"{axis}_en", axis), facts.get(f"{axis}_zh", axis)) for axis in ("x", "y")
    )
    return f"{said('measured.across')} {x} · {said('measured.up')} {y}"


def _key(numbers: Mapping[tuple[str, str], int], chinese: Mapping[str, str]) -> str:
    shapes = {
        "points": '<circle class="point curve-{n}" cx="10" cy="5" r="3"/>',
        "bars": '<rect class="bar curve-{n}" x="4" y="0" width="12" height="10"/>',
    }
    line = '<line class="{kind} curve-{n}" x1="0" x2="20" y1="5" y2="5"/>'
    items = []
    for (english, style), number in numbers.items():
        shape = shapes.get(style, line).format(n=number, kind="dash" if style == "dash" else "line")
        icon = f'<svg viewBox="0 0 20 10" aria-hidden="true">{shape}</svg>'
        items.append(f"<span>{icon}{both(english, chinese[english])}</span>")
    return f'<p class="key">{"".join(items)}</p>'


def _tables(tables: Tables, facts: Facts) -> list[str]:
    lines = []
    for name in facts["shown"]:
        if name in tables and tables[name].height:
            lines += [f"<h3>{_name(name, tables)}</h3>", *_table(name, tables, facts)]
    return section("measured.tables", lines)


def _record(tables: Tables, facts: Facts) -> list[str]:
    """How such forecasts did before, beside baselines; or why there is nothing to show."""
    if "record" not in tables:
        return section("measured.record", [f"<p>{said('measured.no_forecast')}</p>"])
    if not tables["record"].height:
        return section("measured.record", [f"<p>{said('measured.no_record')}</p>"])
    return section("measured.record", _table("record", tables, facts))


def _name(table: str, tables: Tables) -> str:
    return both(*_codes(tables).get(f"table={table}", (table.replace("_", " "),) * 2))


def _codes(tables: Tables) -> dict[str, tuple[str, str]]:
    coded = tables["columns"].filter(pl.col("column").str.contains("=", literal=True))
    return {
        row["column"]: (row["title_en"], row["title_zh"]) for row in coded.iter_rows(named=True)
    }


def _table(name: str, tables: Tables, facts: Facts) -> list[str]:
    frame, codes = tables[name], _codes(tables)
    shown = headings(frame, tables["columns"])
    head = "".join(_heading(each, codes) for each in shown)
    rows = [_row(cells(row, shown, codes), shown) for row in frame.head(ROWS).iter_rows(named=True)]
    link = f'<a href="{safe(facts["measurement"])}/{safe(name)}.csv">{safe(name)}.csv</a>'
    more = (
        f" {said('measured.more_rows', count=count(frame.height - ROWS))}"
        if frame.height > ROWS
        else ""
    )
    return [
        '<div class="wide tall" tabindex="0"><table class="measured">',
        f"<thead><tr>{head}</tr></thead><tbody>",
        *rows,
        "</tbody></table></div>",
        f'<p class="quiet">{said("measured.all_rows")} {link}.{more}</p>',
    ]


def _heading(heading: Heading, codes: Mapping[str, tuple[str, str]]) -> str:
    named = codes.get(f"unit={heading.unit}", (heading.unit, heading.unit))
    unit = "" if heading.unit in UNSAID else f'<span class="unit">{both(*named)}</span>'
    kind = "number" if heading.is_number else "text"
    return f'<th scope="col" class="{kind}"><button type="button">{both(*heading.title)}</button>{unit}</th>'


def _row(found: list[Cell], shown: list[Heading]) -> str:
    parts = []
    for place, (cell, heading) in enumerate(zip(found, shown, strict=True)):
        tag = 'th scope="row"' if place == 0 else "td"
        ends = f' <span class="ends">{safe(cell.ends)}</span>' if cell.ends else ""
        kind = (
            "number" if heading.is_number else "text prose" if heading.column in PROSE else "text"
        )
        if place and not heading.is_number and len(cell.text[0]) > LONG:
            kind += " long"
        inside = f"{both(*cell.text)}{ends}"
        parts.append(
            f'<{tag} class="{kind}" data-value="{safe(cell.sorted_by)}">{inside}</{tag.split()[0]}>'
        )
    return f"<tr>{''.join(parts)}</tr>"


def _conventions(tables: Tables, facts: Facts) -> list[str]:
    lines = items(_texts(tables["conventions"]))
    return section("measured.conventions", ["<ul>", *lines, "</ul>"] if lines else [])


def _notes(tables: Tables, facts: Facts) -> list[str]:
    lines = items(_texts(tables["notes"]))
    for row in tables["set_aside"].iter_rows(named=True):
        number, first = (
            count(row["documents_count"]),
            (row_words(lang, row["example"]) for lang in LANGUAGES),
        )
        lines.append(
            f"<li>{number} {both(row['reason'], row['reason_zh'])} (<bdi>{both(*first)}</bdi>)</li>"
        )
    if not tables["set_aside"].height:
        lines.append(f"<li>{said('read.set_aside.none')}</li>")
    else:
        lines.append(
            f'<li><a href="{safe(facts["measurement"])}/set_aside_rows.csv">set_aside_rows.csv</a></li>'
        )
    return section("measured.reading", ["<ul>", *lines, "</ul>"])


def _licence(licence: str) -> str:
    """The licence as its publisher states it; that a file states none, in both languages."""
    return said("licence.unstated") if licence.endswith("which they don't state") else safe(licence)


def _provenance(tables: Tables, facts: Facts) -> list[str]:
    pairs = [
        (
            said("measured.formula"),
            both(facts["formula"], facts.get("formula_zh") or facts["formula"]),
        ),
        (said("measured.method"), safe(facts["instrument_citation"])),
    ]
    for own in facts["inputs"]:
        pairs.append(
            (
                said("provenance.inputs"),
                f'<bdi>{safe(own["name"])}</bdi> <code class="hash">sha256 {safe(own["sha256"])}</code>',
            )
        )
    mapping = ", ".join(f"{ours} = {yours}" for ours, yours in facts["mapping"].items())
    options = json.dumps(facts["options"], ensure_ascii=False)
    pairs += [
        (said("measured.columns"), f"<bdi>{safe(mapping)}</bdi>"),
        (said("provenance.parameters"), f"<code>{safe(options)}</code>"),
        (said("provenance.licence"), _licence(facts["licence"])),
        (said("provenance.version"), f"<code>{safe(facts['code_version'])}</code>"),
    ]
    return section(
        "measured.provenance", definitions(pairs, f"firstlight explain {facts['measurement']}")
    )

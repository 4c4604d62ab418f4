"""The page of a result: NAME.html, which holds everything, loads nothing, and reads without its
script too."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.cells import cell_len

from firstlight.chart import Chart
from firstlight.errors import checked_language
from firstlight.message_json import message_from_json
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Count, Message, Name, Value, in_language
from firstlight.views.bilingual import (
    Pair,
    both,
    breakable,
    definitions,
    head,
    in_both,
    items,
    pair,
    safe,
    said,
    section,
)
from firstlight.views.charts import chart_section, drawings_section
from firstlight.views.page_shell import whole_page
from firstlight.views.result_cells import Heading, headings, sort_key, written
from firstlight.views.words import licence_words

SCRIPTS, STYLES = ("saves", "sorting", "measured"), ("page", "measured", "drawing")
# letters (a Chinese character is two), from which a text's column is not as narrow as it can be
LONG = 40
ANSWER = 3  # sentences above the drawings where there are more than a few
FEW = 6  # sentences that all stand above the drawings
ROWS = 200  # of each table on the page; the files hold all
PAPER_ROWS = 40  # of each table on paper, as the style has it
PAGES = {"index": "composite_index"}  # index.html is the page of an observation
RECORD = "record"  # the table of how such forecasts did before


def result_page(result: Result, *, lang: str = "en") -> str:
    """A self-contained page of one result: both languages, light and dark, for the screen and for
    paper.

    lang : the language that it opens in; a reader can switch in place

    Raises InputError for another language. Everything that comes from the reader's data is text
    only, and the policy allows this page's own script and style and nothing else.
    """
    checked_language(lang)
    title = f"{result.texts.say(lang, 'title')} · {_source(result)[LANGUAGES.index(lang)]}"
    body = "\n".join(result_body(result))
    return whole_page(lang, title, body, SCRIPTS, STYLES, images="data:")


def result_body(result: Result, *, is_alone: bool = True) -> list[str]:
    """What the page of a result holds, in both languages.

    is_alone : whether it is a page by itself, with a header of its own and links to its files
    """
    charts = [chart for chart in result.charts if isinstance(chart, Chart)]
    drawn = [line for chart in charts for line in chart_section(result, chart)]
    drawn += drawings_section(result)
    sentences = worded(result, result.said)
    above = ANSWER if drawn and len(sentences) > FEW else len(sentences)
    begin = _header(result, sentences[:above])
    if not is_alone:
        begin = ['<ul class="sentences">', *items(sentences[:above]), "</ul>"]
    return [
        *begin,
        *drawn,
        *section("measured.more", _list(sentences[above:])),
        *(line for name in answer_tables(result) for line in _table(result, name, is_alone)),
        *_record(result, is_alone),
        *section("measured.conventions", _list(worded(result, result.conventions, "conventions"))),
        *_notes(result, is_alone),
        *_provenance(result),
    ]


def page_name(measurement: str) -> str:
    """The file name of a measurement's page.

    >>> page_name("shock"), page_name("index")
    ('shock.html', 'composite_index.html')
    """
    return f"{PAGES.get(measurement, measurement)}.html"


def answer_tables(result: Result) -> list[str]:
    """The tables that have a title, and are shown; the record of forecasts stands apart."""
    return [
        name
        for name, frame in result.tables.items()
        if result.texts.has("tables", name, "title") and frame.height and name != RECORD
    ]


def read_span(result: Result) -> tuple[str, dict[str, Value[Any]]]:
    """The text that says how much was read, a key of these texts, and its values; years where there
    are any."""
    facts = result.facts
    rows = Count(facts["rows"])
    if "first_year" not in facts:
        return "measured.read_rows", {"rows": rows}
    years = dict.fromkeys((facts["first_year"], facts["last_year"]))  # one, or the ends
    span = Name("–".join(map(str, years)))
    return "measured.read", {"rows": rows, "span": span}


def worded(result: Result, messages: Iterable[Message], group: str = "says") -> list[Pair]:
    """Messages as sentences in both languages."""
    return [
        pair(result.texts.sentence(lang, given, group) for lang in LANGUAGES) for given in messages
    ]


def _source(result: Result) -> Pair:
    if not result.facts["is_sample"]:
        return result.facts["title"], result.facts["title"]
    return in_both(result.texts, "interface", "sample")


def _header(result: Result, sentences: Iterable[Pair]) -> list[str]:
    key, values = read_span(result)
    title = both(*in_both(result.texts, "title"))
    as_of = f"{both(*_source(result))} · {said(key, **values)}"
    return [*head(title, as_of, sentences), "</ul></header>"]


def _list(pairs: Iterable[Pair]) -> list[str]:
    lines = items(pairs)
    if not lines:
        return []
    return ["<ul>", *lines, "</ul>"]


def _table(result: Result, name: str, is_alone: bool) -> list[str]:
    texts, frame = result.texts, result.tables[name]
    shown = headings(texts, name, frame)
    rows = [_row(result, name, shown, row) for row in frame.head(ROWS).iter_rows(named=True)]
    file = safe(f"{result.facts['measurement']}/{name}.csv")
    all_rows, more = "", ""
    if frame.height > ROWS:
        more = f" {said('measured.more_rows', count=Count(frame.height - ROWS))}"
    if is_alone:
        stop = both(*in_both(texts, "format", "stop"))
        all_rows = f'{said("measured.all_rows")} <a href="{file}">{file}</a>{stop}'
    if frame.height > PAPER_ROWS:
        told = said("measured.on_paper", count=Count(PAPER_ROWS))
        more += f' <span class="on-paper">{told}</span>'
    title = both(*in_both(texts, "tables", name, "title"))
    return [
        f'<section class="table" data-table="{safe(name)}"><h2>{title}</h2>',
        '<div class="wide tall" tabindex="0"><table class="measured">',
        f"<thead><tr>{''.join(map(_heading, shown))}</tr></thead><tbody>",
        *rows,
        "</tbody></table></div>",
        f'<p class="quiet">{all_rows}{more}</p>',
        "</section>",
    ]


def _heading(heading: Heading) -> str:
    unit = ""
    if heading.unit[0]:
        unit = f'<span class="unit">{both(*heading.unit)}</span>'
    button = f'<button type="button">{breakable(*heading.title)}</button>'
    return f'<th scope="col" class="{heading.kind}">{button}{unit}</th>'


def _row(result: Result, name: str, shown: list[Heading], row: dict[str, Any]) -> str:
    cells = []
    for place, heading in enumerate(shown):
        text = written(result.texts, name, heading, row)
        tag, kind = "td", heading.kind
        if place == 0:
            tag = 'th scope="row"'
        elif not heading.is_number and cell_len(text[0]) > LONG:
            kind += " long"
        value = safe(sort_key(row[heading.column]))
        end = tag.split()[0]
        cells.append(f'<{tag} class="{kind}" data-value="{value}">{breakable(*text)}</{end}>')
    return f"<tr>{''.join(cells)}</tr>"


def _record(result: Result, is_alone: bool) -> list[str]:
    """How such forecasts did before, beside baselines; nothing where nothing is forecast."""
    frame = result.tables.get(RECORD)
    if frame is None:
        return []
    if not frame.height:
        return section("measured.record", [f"<p>{said('measured.no_record')}</p>"])
    return _table(result, RECORD, is_alone)


def _notes(result: Result, is_alone: bool) -> list[str]:
    notes = map(message_from_json, result.facts["notes"])
    lines = items(worded(result, notes))
    aside = [result.set_aside(lang) for lang in LANGUAGES]
    lines += items(zip(*aside, strict=True))
    if aside[0] and is_alone:
        file = f"{result.facts['measurement']}/set_aside_rows.csv"
        lines.append(f'<li><a href="{safe(file)}">{safe(file)}</a></li>')
    elif not aside[0]:
        lines += items([in_both(result.texts, "interface", "nothing_set_aside")])
    return section("measured.reading", ["<ul>", *lines, "</ul>"])


def _provenance(result: Result) -> list[str]:
    facts = result.facts
    pairs = [
        (
            said("measured.formula"),
            both(*(in_language(facts, "formula", lang) for lang in LANGUAGES)),
        ),
        (said("measured.method"), safe(facts["instrument_citation"])),
    ]
    for own in facts["inputs"]:
        sha256 = f'<code class="hash">sha256 {safe(own["sha256"])}</code>'
        pairs.append((said("provenance.inputs"), f"<bdi>{safe(own['name'])}</bdi> {sha256}"))
    mapping = ", ".join(f"{ours} = {yours}" for ours, yours in facts["mapping"].items())
    options = json.dumps(facts["options"], ensure_ascii=False)
    licence = (licence_words(lang, facts["licence"]) for lang in LANGUAGES)
    pairs += [
        (said("measured.columns"), f"<bdi>{safe(mapping)}</bdi>"),
        (said("provenance.parameters"), f"<code>{safe(options)}</code>"),
        (said("provenance.licence"), both(*licence)),
        (said("provenance.version"), f"<code>{safe(facts['code_version'])}</code>"),
    ]
    command = f"firstlight explain {facts['measurement']}"
    return section("measured.provenance", definitions(pairs, command))

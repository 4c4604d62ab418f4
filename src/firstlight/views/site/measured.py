"""A measurement as a thing with an address; its page is that of any result."""

from __future__ import annotations

import re
from dataclasses import replace

from firstlight.chart import Chart
from firstlight.result import Result
from firstlight.texts import LANGUAGES
from firstlight.views.charts import chart_section
from firstlight.views.result_page import answer_tables, result_body
from firstlight.views.site.addresses import path_of
from firstlight.views.site.thing import Draw, Origin, Thing, same

SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)


def measured_thing(code: str, result: Result, created: str) -> Thing:
    """A kept measurement.

    code    : the folder that its address begins with
    created : when it was made, ISO 8601
    """
    facts = result.facts
    name = str(facts["measurement"])
    sample = {lang: result.texts.say(lang, "interface", "sample") for lang in LANGUAGES}
    title = sample if facts["is_sample"] else same(str(facts["title"]))
    origin = Origin(
        title=title,
        sources=(title["en"],),
        licence=str(facts["licence"]),
        method=str(facts["instrument_citation"]),
        version=str(facts["code_version"]),
        created=created,
        command=f"firstlight explain {name}",
        inputs=tuple((own["name"], own["sha256"]) for own in facts["inputs"]),
        parameters=facts["options"],
    )
    shown = answer_tables(result)
    order = [*shown, *(each for each in result.tables if each not in shown)]
    charts = {
        chart.code: _drawing_of(result, chart)
        for chart in result.charts
        if isinstance(chart, Chart)
    }
    return Thing(
        "measurement",
        path_of(code, "measurement", name),
        {lang: result.texts.say(lang, "title") for lang in LANGUAGES},
        {each: result.tables[each] for each in order},
        result.texts,
        origin,
        charts,
        lambda thing, lang: {"body": "\n".join(_body(result, thing))},
    )


def _body(result: Result, thing: Thing) -> list[str]:
    return result_body(replace(result, tables=thing.tables), is_alone=False)


def _drawing_of(result: Result, chart: Chart) -> Draw:
    """What draws the first panel of a chart."""

    def draw(thing: Thing, lang: str) -> str:
        lines = "".join(chart_section(replace(result, tables=thing.tables), chart))
        found = [each for each in SVG.findall(lines) if 'class="curves' in each]
        return found[0] if found else ""

    return draw

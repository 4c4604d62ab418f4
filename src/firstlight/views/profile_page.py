"""The page of a profile: what it comes to in its first lines, then each question with its answer,
its charts and where its numbers come from."""

from __future__ import annotations

import re
from dataclasses import replace

from firstlight.chart import Chart
from firstlight.errors import checked_language
from firstlight.profile import Cited, Line, Profile, Section
from firstlight.result import Result
from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import both, head, in_both, items, safe, said
from firstlight.views.charts import chart_section, drawings_section
from firstlight.views.page_shell import whole_page
from firstlight.views.result_page import SCRIPTS, STYLES, answer_tables, page_name, worded

NUMBER = re.compile(r"[−-]?\d[\d,.]*\d%?|\d%?")


def profile_page(profile: Profile, *, lang: str = "en") -> str:
    """A self-contained page of a profile, as `result_page` makes them.

    lang : the language that it opens in
    Raises InputError for another language.
    """
    checked_language(lang)
    title = f"{profile.name} · {profile.kind_title[LANGUAGES.index(lang)]}"
    body = [
        *head(both(profile.name, profile.name), _as_of(profile), ()),
        "</ul></header>",
        '<div class="first-lines">',
        *(line for own in profile.lines for line in _line(own)),
        "</div>",
        *_contents(profile),
        *(line for own in profile.sections for line in _section(own)),
    ]
    styles = (*STYLES, "profile")
    return whole_page(lang, title, "\n".join(body), SCRIPTS, styles, images="data:")


def _as_of(profile: Profile) -> str:
    """The kind of profile, and whether what it shows is invented."""
    parts = [both(*profile.kind_title)]
    if profile.is_sample:
        parts.append(said("profile.made_up"))
    return " · ".join(parts)


def _line(line: Line) -> list[str]:
    """A title, what was chosen from the results with its numbers linked, and by which rule."""
    sentences = [f"<li>{_linked(own)}</li>" for own in line.said]
    if not sentences:
        sentences = [f'<li class="quiet">{said("profile.unmeasured")}</li>']
    rule = f"<summary>{said('profile.rule')}</summary><p>{both(*line.rule)}</p>"
    return [
        f'<section class="first-line"><h2>{both(*line.title)}</h2>',
        '<ul class="sentences">',
        *sentences,
        f'</ul><details class="quiet fold">{rule}</details></section>',
    ]


def _linked(cited: Cited) -> str:
    """A sentence in both languages, whose numbers lead to the section that they come from."""
    parts = []
    for text, lang, code in zip(cited.said, LANGUAGES, ("en", "zh-Hans"), strict=True):
        written, end = "", 0
        for found in NUMBER.finditer(text):
            link = f'<a href="#{safe(cited.measurement)}">{safe(found[0])}</a>'
            written += safe(text[end : found.start()]) + link
            end = found.end()
        parts.append(f'<span class="{lang}" lang="{code}">{written}{safe(text[end:])}</span>')
    if not any(NUMBER.search(text) for text in cited.said):
        parts.append(f' <a href="#{safe(cited.measurement)}">→</a>')
    return "".join(parts)


def _contents(profile: Profile) -> list[str]:
    """The questions, each leading to its section; those without an answer are marked."""
    lines = []
    for own in profile.sections:
        mark = ""
        if own.result is None:
            mark = f' <span class="quiet">{said("profile.missing")}</span>'
        link = f'<a href="#{safe(own.measurement)}">{both(*own.question)}</a>'
        lines.append(f"<li>{link}{mark}</li>")
    return ['<nav class="contents"><ol>', *lines, "</ol></nav>"]


def _section(section: Section) -> list[str]:
    start = f'<section class="part" id="{safe(section.measurement)}">'
    opening = [start, f"<h2>{both(*section.question)}</h2>"]
    if section.result is None:
        return [*opening, '<ul class="lacks">', *items(section.lacks), "</ul></section>"]
    result = section.result
    told = result.said[: section.most]
    return [
        *opening,
        '<ul class="sentences">',
        *items(worded(result, told)),
        "</ul>",
        *_charts(section, result),
        *_sources(section, result),
        "</section>",
    ]


def _charts(section: Section, result: Result) -> list[str]:
    """The charts that the profile shows, in its order."""
    of_code = {chart.code: chart for chart in result.charts}
    lines = ['<div class="part-charts">']
    for code in section.charts:
        chart = of_code.get(code)
        if isinstance(chart, Chart):
            lines += chart_section(result, chart)
        elif chart is not None:
            lines += drawings_section(replace(result, charts=(chart,)))
    return [*lines, "</div>"]


def _sources(section: Section, result: Result) -> list[str]:
    """Links to the measurement's own page and to its tables."""
    page = safe(page_name(section.measurement))
    lines = [f'<a href="{page}">{said("profile.whole_page")}</a>']
    for name in answer_tables(result):
        file = safe(f"{section.measurement}/{name}.csv")
        title = both(*in_both(result.texts, "tables", name, "title"))
        lines.append(f'<a href="{file}" download>{title} (CSV)</a>')
    return [f'<p class="quiet sources">{" · ".join(lines)}</p>']

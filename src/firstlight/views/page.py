"""The page: one index.html that holds everything, loads nothing, and reads the same from disk as from a server."""

from __future__ import annotations

import html

import polars as pl

from firstlight.views.contract import Facts, Tables, checked, required_facts
from firstlight.views.figures import visible
from firstlight.views.page_data import embedded_json, page_data
from firstlight.views.page_shell import whole_page
from firstlight.views.summary import answer
from firstlight.views.words import say, words

SCRIPTS = (
    *("ground", "controls", "chart", "timeline", "map", "table", "precedents", "sections"),
    *("convergence", "record", "cases", "reading", "start"),
)
STYLES = ("page", "parts")


def page(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """A self-contained index.html: both languages, light and dark, for the screen and for paper.

    lang : the language that it opens in; a reader can switch in place
    Raises InputError where a table or a fact that the page needs is absent.

    Titles, labels and everything else from documents reach the reader as text only.
    """
    words(lang)
    required_facts(facts, "title", "as_of", "horizon", "threshold_growth")
    kept = checked(tables)
    data = embedded_json(page_data(kept, facts))
    return whole_page(lang, facts["title"], _body_without_script(kept, facts, lang), SCRIPTS, STYLES, data)


def _body_without_script(tables: dict[str, pl.DataFrame], facts: Facts, lang: str) -> str:
    """Title, answer and findings as plain markup: what there is to read where scripts don't run."""
    lines = [
        f"<h1>{html.escape(visible(facts['title']))}</h1>",
        f"<p>{html.escape(say(lang, 'as_of', year=facts['as_of']))}</p>",
    ]
    lines.append(f"<p>{html.escape(visible(answer(tables['technologies'], facts, lang)))}</p>")
    for row in tables["findings"].iter_rows(named=True):
        text, sureness = (html.escape(visible(row[f"{name}_{lang}"])) for name in ("text", "sureness"))
        lines.append(f"<p>{text} <em>{sureness}</em></p>")
    lines.append(f"<noscript><p>{html.escape(say(lang, 'noscript'))}</p></noscript>")
    return "\n".join(lines)

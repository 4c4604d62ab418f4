"""The page of an observation: one index.html that answers first, loads nothing, and reads from disk
as from a server."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import visible
from firstlight.texts import Texts, family_texts
from firstlight.views.observation_data import embedded_json, observation_data
from firstlight.views.observation_summary import first_of
from firstlight.views.observation_words import CHROME, said_lines
from firstlight.views.page_shell import whole_page

# in this order: `ground` first, which the others build on, and `start` last, which draws the page
SCRIPTS = (
    "observation/ground",
    "observation/address",
    "observation/workbook",
    "observation/download",
    "observation/tables",
    "observation/drawing",
    "observation/controls",
    "observation/answer",
    "observation/record",
    "observation/list",
    "observation/technology",
    "observation/compare",
    "observation/themes",
    "observation/links",
    "observation/map",
    "observation/about",
    "observation/start",
)
STYLES = ("observation/ground", "observation/parts", "observation/charts", "observation/paper")
NAMED = 10  # technologies that are there to read where scripts don't run


def observation_page(
    tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], *, lang: str = "en"
) -> str:
    """A self-contained page: both languages, light and dark, for the screen, the phone and paper.

    Parameters
    ----------
    tables, facts : as ``observation_contract`` describes them
    lang : the language that it opens in; a reader can switch in place

    Raises
    ------
    InputError
        Where a table, column or fact is absent, or there are no words in the language.

    Names, titles and everything else from documents reach the reader as text only.
    """
    data = embedded_json(observation_data(tables, facts))
    body = _body_without_script(first_of(tables, NAMED)[1], facts, lang)
    # charts become PNG through an image whose address holds it; no other image may be shown
    return whole_page(lang, facts["title"], body, SCRIPTS, STYLES, data, images="data:")


def _body_without_script(first: pl.DataFrame, facts: Mapping[str, Any], lang: str) -> str:
    """Title, first lines and first technologies as plain markup: what there is to read where
    scripts don't run."""
    texts = family_texts("emergence")
    lines = [f"<h1>{html.escape(visible(facts['title']))}</h1>"]
    lines += [f"<p>{html.escape(visible(line['text']))}</p>" for line in said_lines(facts, lang)]
    columns = ("name", "probability", "first_year", "area", "theme", "documents_count", "advice")
    lines.append(_plain_table(texts, first, columns, lang))
    lines.append(f"<noscript><p>{html.escape(CHROME.say(lang, 'head', 'noscript'))}</p></noscript>")
    return "\n".join(lines)


def _plain_table(texts: Texts, frame: pl.DataFrame, columns: tuple[str, ...], lang: str) -> str:
    if not frame.height:
        return ""
    heads = [texts.column(lang, "technologies", name)["title"] for name in columns]
    rows = [f"<tr>{''.join(f'<th>{html.escape(head)}</th>' for head in heads)}</tr>"]
    for row in frame.iter_rows(named=True):
        cells = [visible(texts.cell(lang, "technologies", name, row)) for name in columns]
        rows.append(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"

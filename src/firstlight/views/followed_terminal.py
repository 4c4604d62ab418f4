"""What firstlight follow prints: what the records say together, and each technology in a few lines."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.views.contract import groups
from firstlight.views.figures import count, visible
from firstlight.views.followed_words import pooled_sentences, sentences, stage_sentence
from firstlight.views.words import say

__all__ = ["followed_terminal"]

MOST, WIDTH = 5, 110
OF_TECHNOLOGY = ("events", "lags", "lead_lag", "presence", "matches")


def followed_terminal(
    tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], files: Mapping[str, str], *, lang: str = "en"
) -> str:
    """The head, the first five technologies, and where the page and the tables lie.

    files : name -> path as it is shown
    Raises  InputError for another language than en or zh.
    """
    begins = dict(tables["records"].select("kind", "first_year").iter_rows())
    grouped = {name: groups(tables[name], "technology") for name in OF_TECHNOLOGY}
    shown, whole = count(facts["shown_count"]), count(facts["technologies_count"])
    lines = [say(lang, "follow.title"), say(lang, "follow.as_of", year=facts["as_of"], shown=shown, whole=whole), ""]
    for text in pooled_sentences(tables["pooled"].iter_rows(named=True), lang):
        lines += [*_wrapped(text, "  "), ""]
    ranked = tables["technologies"].sort("rank")
    for row in ranked.head(MOST).iter_rows(named=True):
        of = {name: rows.get(row["technology"], []) for name, rows in grouped.items()}
        lines.append(row["technology"])
        for text in (stage_sentence(row, lang), *sentences(of, begins, lang)):
            lines += _wrapped(text, "  ")
        lines.append("")
    if ranked.height > MOST:
        lines += [say(lang, "follow.more", count=ranked.height - MOST), ""]
    lines += [f"  {path}" for path in files.values()]
    return "\n".join(visible(line) for line in lines) + "\n"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)

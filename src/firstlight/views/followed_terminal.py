"""What firstlight follow prints: how long the steps take, which technologies have taken them, and what is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from rich.text import Text

from firstlight.views.contract import groups
from firstlight.views.figures import count, visible
from firstlight.views.followed_words import (
    answer,
    arrival,
    kind_words,
    pooled_sentences,
    sentences,
    stage_sentence,
)
from firstlight.views.terminal_print import Print, console_of, grid_of
from firstlight.views.words import say

__all__ = ["followed_terminal"]

LISTED, TOLD = 20, 5
NARROWEST = 16  # columns of a name
OF_TECHNOLOGY = ("events", "lags", "lead_lag", "presence", "matches")
Tables = Mapping[str, pl.DataFrame]


def followed_terminal(
    tables: Tables,
    facts: Mapping[str, Any],
    files: Mapping[str, str],
    *,
    lang: str = "en",
    width: int | None = None,
    colour: bool | None = False,
) -> str:
    """The answer, the technologies one by one, and where the page and the tables lie.

    files : name -> path as it is shown
    Raises  InputError for another language than en or zh.
    """
    out = Print(console_of(width, colour), lang)
    shown, whole = count(facts["shown_count"]), count(facts["technologies_count"])
    out.line(say(lang, "follow.title"), "bold")
    out.line(say(lang, "follow.as_of", year=facts["as_of"], shown=shown, whole=whole))
    if facts.get("asked") is not None:
        _told(out, tables, facts)
    for text in answer(tables, facts, lang):
        out.line()
        out.line(text)
    if facts.get("asked") is None:
        _listed(out, tables)
    for text in pooled_sentences(tables["pooled"].iter_rows(named=True), lang):
        out.line()
        out.line(text)
    out.line()
    for path in files.values():
        out.whole(f"  {path}")
    return out.text()


def _listed(out: Print, tables: Tables) -> None:
    """A line for each technology: since when each record has it, and when it took off there."""
    kinds = tables["records"]["kind"].to_list()
    begins = dict(tables["records"].select("kind", "first_year").iter_rows())
    name = say(out.lang, "follow.col.technology")
    columns: list[tuple[str, Any, dict[str, Any]]] = [
        (kind_words(kind, out.lang), "left", {}) for kind in kinds
    ]
    grid = grid_of([(name, "left", {"min_width": NARROWEST, "ratio": 1}), *columns])
    presence = groups(tables["presence"], "technology")
    ranked = tables["technologies"].sort("rank")["technology"].to_list()
    for technology in ranked[:LISTED]:
        rows = {row["kind"]: row for row in presence[technology]}
        cells = [arrival(rows[kind], begins[kind]) for kind in kinds]
        grid.add_row(*(Text(visible(text)) for text in (technology, *cells)))
    if not ranked:
        return
    out.line()
    out.console.print(grid)
    out.line(say(out.lang, "follow.table_note"))
    if len(ranked) > LISTED:
        out.line(say(out.lang, "follow.more", count=len(ranked) - LISTED))


def _told(out: Print, tables: Tables, facts: Mapping[str, Any]) -> None:
    """What was asked for, in sentences."""
    begins = dict(tables["records"].select("kind", "first_year").iter_rows())
    grouped = {name: groups(tables[name], "technology") for name in OF_TECHNOLOGY}
    ranked = tables["technologies"].sort("rank")
    for row in ranked.head(TOLD).iter_rows(named=True):
        of = {name: rows.get(row["technology"], []) for name, rows in grouped.items()}
        out.line()
        out.line(row["technology"], "bold")
        for text in (
            stage_sentence(row, out.lang),
            *sentences(of, begins, out.lang, facts["base_kind"]),
        ):
            out.line(text, indent=2)
    if ranked.height > TOLD:
        out.line()
        out.line(say(out.lang, "follow.more", count=ranked.height - TOLD))

"""What ``firstlight measure`` prints: the answer in words, the main table, how such forecasts did before, the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from firstlight.views.figures import count, visible
from firstlight.views.measured_cells import cells, headings, read_words
from firstlight.views.terminal_print import Print, console_of, grid_of
from firstlight.views.words import row_words, say, words

__all__ = ["measured_terminal"]

TOP = 12
Tables = Mapping[str, pl.DataFrame]


def measured_terminal(
    tables: Tables,
    facts: Mapping[str, Any],
    files: Mapping[str, str | Path],
    *,
    lang: str = "en",
    project: str = "",
    width: int | None = None,
    colour: bool | None = None,
) -> str:
    """A measurement as text for a terminal, at most 100 columns wide.

    files   : what was written: name -> path
    project : the project's folder, where it is not the usual one
    """
    words(lang)
    out = Print(console_of(width, colour), lang)
    source = (facts.get("source_zh") if lang == "zh" else None) or facts["title"]
    out.line(f"{facts[f'title_{lang}']} · {source}", "bold")
    out.line()
    for row in tables["sentences"].iter_rows(named=True):
        out.line(row[f"text_{lang}"])
    _main(out, tables, facts)
    _reading(out, tables, facts)
    out.line()
    out.line(say(lang, "files.where"), "bold")
    out.files(files)
    out.explain(
        f"firstlight explain {facts['measurement']}{f' --project {project}' if project else ''}"
    )
    return out.text()


def _main(out: Print, tables: Tables, facts: Mapping[str, Any]) -> None:
    """The first rows of the main table: the columns that tell most, as many as there is room for."""
    name = facts["shown"][0]
    frame = tables[name]
    if not frame.height:
        return
    codes = {
        row["column"]: (row["title_en"], row["title_zh"])
        for row in tables["columns"].iter_rows(named=True)
    }
    place = 0 if out.lang == "en" else 1
    known = {heading.column: heading for heading in headings(frame, tables["columns"])}
    shown = [known[name] for name in facts["brief"] if name in known] or list(known.values())
    rows = [cells(row, shown, codes) for row in frame.head(TOP).iter_rows(named=True)]
    texts = [[visible(f"{cell.text[place]} {cell.ends}").strip() for cell in row] for row in rows]
    columns, room = list[int](), out.console.width - 2
    for at, heading in enumerate(shown):
        wide = max(cell_len(heading.title[place]), *(cell_len(row[at]) for row in texts))
        wide = min(wide, 32) + 2  # a space on either side
        if wide <= room:
            columns.append(at)
            room -= wide
    grid = grid_of(
        [
            (shown[at].title[place], "right" if shown[at].is_number else "left", {"max_width": 32})
            for at in columns
        ]
    )
    for row in texts:
        grid.add_row(*(Text(row[at]) for at in columns))
    out.line()
    out.console.print(Padding(grid, (0, 0, 0, 2)))
    more = frame.height - len(rows)
    if more > 0:
        out.line(say(out.lang, "measured.more_rows", count=count(more)), "dim", 2)


def _reading(out: Print, tables: Tables, facts: Mapping[str, Any]) -> None:
    out.line()
    out.line(say(out.lang, "measured.reading"), "bold")
    key, values = read_words(facts)
    out.line(say(out.lang, key, **values), indent=2)
    for row in tables["notes"].iter_rows(named=True):
        out.line(row[f"text_{out.lang}"], indent=2)
    reason = "reason_zh" if out.lang == "zh" else "reason"
    for row in tables["set_aside"].iter_rows(named=True):
        example = row_words(out.lang, row["example"])
        out.line(f"{count(row['documents_count'])}  {row[reason]} ({example})", "yellow", 2)
    if not tables["set_aside"].height:
        out.line(say(out.lang, "read.set_aside.none"), indent=2)

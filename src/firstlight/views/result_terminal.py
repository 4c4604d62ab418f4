"""What a terminal shows of a result: the answer in words, the first rows of the main table, what
was read, the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from firstlight.errors import checked_language, visible
from firstlight.message_json import message_from_json
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Count, Year
from firstlight.views.result_cells import Heading, headings, written
from firstlight.views.result_page import read_span
from firstlight.views.terminal_print import Print, console_of, grid_of
from firstlight.views.words import say

TOP = 12  # rows of the main table
YEARS = ("to_year", "year")  # columns that tell the last year
WIDEST = 32  # of a column
UNIT = 14  # letters, from which a unit goes on below, so that there is room for further columns


def result_terminal(
    result: Result,
    files: Mapping[str, str | Path],
    *,
    lang: str = "en",
    project: str = "",
    width: int | None = None,
    colour: bool | None = None,
) -> str:
    """A result as text for a terminal, at most 100 columns wide.

    files   : what was written: name -> path; may be empty
    project : the project's folder, where it is not the usual one
    """
    out = Print(console_of(width, colour), checked_language(lang))
    texts, facts = result.texts, result.facts
    source = facts["title"]
    if facts["is_sample"]:
        source = texts.say(lang, "interface", "sample")
    out.line(f"{texts.say(lang, 'title')} · {source}", "bold")
    out.line()
    for given in result.said:
        out.line(texts.sentence(lang, given))
    _main(out, result)
    _reading(out, result)
    if files:
        out.line()
        out.line(say(lang, "files.where"), "bold")
        out.files(files)
    command = f"firstlight explain {facts['measurement']}"
    if project:
        command += f" --project {project}"
    if lang != "en":
        command += f" --lang {lang}"
    out.explain(command)
    return out.text()


def _main(out: Print, result: Result) -> None:
    """The first rows of the main table: the columns that tell most, as many as there is room for,
    with their units."""
    name, frame = next(iter(result.tables.items()))
    if not frame.height:
        return
    place = LANGUAGES.index(out.lang)
    known = {heading.column: heading for heading in headings(result.texts, name, frame)}
    shown = [known[each] for each in result.facts["brief"] if each in known] or [*known.values()]
    first, year = _first_rows(frame, result.facts.get("ranked_by", ()))
    rows = [
        [visible(written(result.texts, name, heading, row)[place]) for heading in shown]
        for row in first.iter_rows(named=True)
    ]
    columns, room = list[int](), out.console.width - 2
    for at, heading in enumerate(shown):
        title = _title(heading, place)
        wide = max(
            *(cell_len(line) for line in title.split("\n")), *(cell_len(row[at]) for row in rows)
        )
        wide = min(wide, WIDEST) + 2  # a space on either side
        if wide <= room:
            columns.append(at)
            room -= wide
    grid = grid_of([_column(shown[at], place) for at in columns])
    for row in rows:
        grid.add_row(*(Text(row[at]) for at in columns))
    out.line()
    out.console.print(Padding(grid, (0, 0, 0, 2)))
    if year is not None:
        out.line(say(out.lang, "measured.last_year", year=Year(year)), "dim", 2)
    more = frame.height - len(rows)
    if more > 0:
        out.line(say(out.lang, "measured.more_rows", count=Count(more)), "dim", 2)


def _first_rows(frame: pl.DataFrame, scores: Sequence[str]) -> tuple[pl.DataFrame, int | None]:
    """The rows that are shown, and their year where they are those of the last one."""
    score = next((name for name in scores if name in frame.columns), None)
    if score is None:
        return frame.head(TOP), None
    year = next((name for name in YEARS if name in frame.columns), None)
    last: Any = None
    if year is not None:
        last = frame[year].max()
        frame = frame.filter(pl.col(year) == last)
    ranked = frame.sort(score, descending=True, nulls_last=True, maintain_order=True)
    return ranked.head(TOP), last


def _title(heading: Heading, place: int) -> str:
    unit = wrap(heading.unit[place], UNIT, break_long_words=False, break_on_hyphens=False)
    return "\n".join([heading.title[place], *unit])


def _column(heading: Heading, place: int) -> tuple[str, str, dict[str, int]]:
    side = "right" if heading.is_number else "left"
    return _title(heading, place), side, {"max_width": WIDEST}


def _reading(out: Print, result: Result) -> None:
    out.line()
    out.line(say(out.lang, "measured.reading"), "bold")
    key, values = read_span(result)
    out.line(say(out.lang, key, **values), indent=2)
    for note in map(message_from_json, result.facts["notes"]):
        out.line(result.texts.sentence(out.lang, note), indent=2)
    aside = result.set_aside(out.lang)
    for line in aside:
        out.line(line, "yellow", 2)
    if not aside:
        out.line(result.texts.say(out.lang, "interface", "nothing_set_aside"), indent=2)

"""What ``firstlight observe`` prints: the first lines, the likeliest technologies, what to do, the
record, the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from firstlight.errors import checked_language, visible
from firstlight.result import set_aside_lines
from firstlight.texts import Name, Phrase, Value, Year, message, names
from firstlight.views import observation_summary as summary
from firstlight.views.observation_contract import (
    Facts,
    Tables,
    checked_facts,
    checked_tables,
    first_lines,
    warning_message,
)
from firstlight.views.observation_summary import TEXTS
from firstlight.views.terminal_print import Print, console_of, grid_of

TOP = 15  # technologies in the first table
ADVISED = 10  # technologies whose advice is told
WATCHED = 10  # that are named, the others counted
LED = 5  # technologies whose leaders are told
RANKINGS = 6  # lines of the record
STYLES = {"red": "bold red", "yellow": "yellow", "note": ""}
LOUD = {"warn": STYLES["red"]}  # of the first lines
FIGURES = ("first_year", "documents_count", "growth_last_year", "probability", "advice", "outcome")
# columns of the terminal that a figure needs, since the name must have room beside it
NEEDS = {"first_year": 72, "documents_count": 64, "growth_last_year": 56, "outcome": 88}
SCORES = {"precision_20": 0, "precision_50": 60, "average_precision": 80}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Print(Print):
    """What each part needs beside the console and the language: the observation."""

    tables: Tables
    facts: Facts

    def say(self, *keys: str, **values: Value[Any]) -> str:
        return TEXTS.say(self.lang, *keys, **values)

    def write(self, value: Value[Any]) -> str:
        return TEXTS.write(self.lang, value)

    def heading(self, section: str) -> None:
        self.line()
        self.line(self.say("sections", section), "bold")

    def hints(self, phrases: Iterable[Phrase | None]) -> None:
        """What figures mean, a line each."""
        for phrase in phrases:
            if phrase is not None:
                self.line(self.write(phrase), "dim", indent=2)

    def titled(self, table: str, column: str) -> str:
        told = TEXTS.column(self.lang, table, column)
        return told.get("short", told["title"])


def observation_terminal(
    tables: Tables,
    facts: Facts,
    *,
    lang: str = "en",
    width: int | None = None,
    colour: bool | None = None,
) -> str:
    """An observation as text for a terminal, at most 100 columns wide.

    Parameters
    ----------
    tables, facts
        As ``observation_contract`` describes them.
    width
        Columns, 40 at least; the terminal's own where None.
    colour
        Whether to use colour and bold; where None, only on a terminal without NO_COLOR.

    Raises
    ------
    InputError
        Where a table or a fact is absent, or the language is not known.
    """
    checked_language(lang)
    out = _Print(console_of(width, colour), lang, checked_tables(tables), checked_facts(facts))
    for part in (
        _head,
        _top,
        _advice,
        _changes,
        _record,
        _areas,
        _watched,
        _leaders,
        _warnings,
        _read,
        _files,
    ):
        part(out)
    return out.text()


def _head(out: _Print) -> None:
    as_of = out.say("interface", "as_of", year=Year(out.facts["as_of"]))
    out.line(f"{summary.title(out.facts, out.lang)} · {as_of}", "bold")
    if out.facts.get("is_stale"):
        out.line(out.say("interface", "stale"), "yellow")
    for line in first_lines(out.facts):
        out.line()
        out.line(TEXTS.sentence(out.lang, line), LOUD.get(line.code, ""))


def _top(out: _Print) -> None:
    section, rows = summary.first_of(out.tables, TOP)
    out.heading(section)
    if rows.is_empty():
        out.line(out.say("empty", "technologies"), indent=2)
        return
    columns = [column for column in summary.filled(rows, FIGURES) if _has_room(out, column)]
    out.console.print(Padding(_grid(out, rows, columns), (0, 0, 0, 2)))
    out.hints(summary.table_hints(out.facts, section))


def _has_room(out: _Print, column: str) -> bool:
    if column == "outcome" and not out.facts["is_future_known"]:
        return False
    return out.console.width >= NEEDS.get(column, 0)


def _grid(out: _Print, rows: pl.DataFrame, columns: list[str]) -> Table:
    """Technologies with the figures that have room; the name takes what is left, on as many lines
    as it needs."""
    told = list(rows.iter_rows(named=True))
    cells = {
        name: [TEXTS.cell(out.lang, "technologies", name, row) for row in told] for name in columns
    }
    # The line's number: technologies that stand in another's line leave gaps in the ranks.
    cells["rank"] = [str(number) for number in range(1, len(told) + 1)]
    heads = {name: out.titled("technologies", name) for name in (*cells, "name")}
    widths = {name: max(map(cell_len, [heads[name], *cells[name]])) for name in cells}
    grid = grid_of(
        [
            (heads["rank"], "right", {"min_width": widths["rank"]}),
            (heads["name"], "left", {"ratio": 1}),
        ]
    )
    _let_wrap(grid, 1)
    for name in columns:
        justify: Any = "left" if name in ("advice", "outcome") else "right"
        grid.add_column(Text(heads[name]), justify=justify, no_wrap=True, min_width=widths[name])
    for place, row in enumerate(told):
        figures = (Text(visible(cells[name][place])) for name in columns)
        grid.add_row(cells["rank"][place], _name(out, row), *figures)
    return grid


def _let_wrap(grid: Table, place: int) -> None:
    """Let a column take the room that the others leave, on as many lines as it needs."""
    column = grid.columns[place]
    column.no_wrap, column.overflow, grid.expand = False, "fold", True


def _name(out: _Print, row: Row) -> Text:
    """The name, and beneath it the area and the theme."""
    belongs = [TEXTS.cell(out.lang, "technologies", "area", row)]
    if row["theme"] is not None:
        belongs.append(TEXTS.cell(out.lang, "technologies", "theme", row))
    name = Text(visible(summary.shown_name(row, out.lang)))
    if row["members"]:
        members = summary.shown_names(out.tables, row["members"], out.lang)
        with_members = Phrase(message("interface.with_members", names=names(members.values())))
        name.append("\n").append(visible(out.write(with_members)), "dim")
    return name.append("\n").append(visible(" · ".join(belongs)), "dim")


def _advice(out: _Print) -> None:
    told = summary.advised(summary.first_of(out.tables, ADVISED)[1], out.lang)
    if not told:
        return
    out.heading("advice")
    for own in told:
        out.line(out.write(own.advice), indent=2)
        out.line(out.write(own.technologies), indent=4)
        out.line(out.write(own.because), "dim", indent=4)


def _changes(out: _Print) -> None:
    lines = summary.change_lines(out.tables, out.facts, out.lang)
    if lines:
        out.heading("changes")
    for line in lines:
        out.line(line, indent=2)


def _record(out: _Print) -> None:
    out.heading("record")
    rows = summary.pooled_record(out.tables, out.facts).head(RANKINGS)
    if rows.is_empty():
        out.line(out.say("empty", "record"), indent=2)
        return
    wide_enough = [column for column, least in SCORES.items() if out.console.width >= least]
    columns = summary.record_columns(out.tables, wide_enough)
    grid = grid_of([(out.titled("record", "ranking"), "left", {"ratio": 1})])
    _let_wrap(grid, 0)
    cells = {
        name: [TEXTS.cell(out.lang, "record", name, row) for row in rows.iter_rows(named=True)]
        for name in columns
    }
    for name in columns:
        head = summary.record_title(out.tables, name, out.lang, is_short=True)
        widest = max(map(cell_len, [head, *cells[name]]))
        grid.add_column(Text(head), justify="right", no_wrap=True, min_width=widest)
    for place, row in enumerate(rows.iter_rows(named=True)):
        ranking = TEXTS.cell(out.lang, "record", "ranking", row)
        scores = (Text(cells[name][place]) for name in columns)
        grid.add_row(Text(visible(ranking)), *scores, style="bold" if row["is_used"] else "")
    out.console.print(Padding(grid, (0, 0, 0, 2)))
    hints = [summary.record_hint(out.tables)]
    if "average_precision" in columns:
        hints.append(Phrase(message("hints.average_precision")))
    out.hints([*hints, summary.base_rate(out.tables, out.facts)])


def _areas(out: _Print) -> None:
    out.heading("areas")
    for line in summary.areas(out.tables, out.lang):
        out.line(out.write(line), indent=2)


def _watched(out: _Print) -> None:
    out.heading("watched")
    count, listed = summary.watched(out.tables, WATCHED, out.lang)
    if not count:
        out.line(out.say("empty", "watched"), indent=2)
        return
    out.line(out.write(listed), indent=2)
    out.hints([summary.watched_hint(out.facts)])


def _leaders(out: _Print) -> None:
    """Leading countries of the first technologies, or organisations where no country is known."""
    out.heading("leaders")
    _, first = summary.first_of(out.tables, LED)
    for kind in summary.LEADER_KINDS:
        lines = summary.leaders(out.tables, first, kind, out.lang)
        if lines:
            out.line(out.say("leader_kinds", kind), indent=2)
            for line in lines:
                out.line(out.write(line), indent=4)
            out.hints([Phrase(message("hints.leaders"))])
            return
    out.line(out.say("empty", "leaders"), indent=2)


def _warnings(out: _Print) -> None:
    out.heading("warnings")
    rows = summary.warnings(out.tables)
    if not rows:
        out.line(out.say("empty", "warnings"), indent=2)
    for row in rows:
        said = TEXTS.sentence(out.lang, warning_message(row))
        severity = Name(TEXTS.code(out.lang, "severities", row["severity"]))
        line = out.say("phrases", "line", name=severity, items=Name(said))
        out.line(line, STYLES.get(row["severity"], ""), indent=2)


def _read(out: _Print) -> None:
    out.heading("read")
    lines = [out.write(line) for line in summary.reading(out.tables, out.facts)]
    lines += set_aside_lines(out.tables, out.lang)
    for line in lines or [out.say("empty", "read")]:
        out.line(line, indent=2)


def _files(out: _Print) -> None:
    kept = out.facts.get("files") or {}
    if kept:
        out.heading("files")
        out.aligned([(TEXTS.code(out.lang, "files", name), path) for name, path in kept.items()])
    out.line()
    out.line(out.say("interface", "explain"))
    out.whole(f"  {summary.explain_command(out.tables, out.facts, out.lang)}")

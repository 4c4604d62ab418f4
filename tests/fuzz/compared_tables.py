"""What was read of a table, beside what was meant."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from firstlight.errors import FirstlightError
from firstlight.sources.counts import read_counts
from firstlight.sources.panel_rows import Column
from firstlight.sources.panels import Panel, read_panel
from fuzz.layouts_of_text import OF_TEXT
from fuzz.layouts_of_workbooks import OF_WORKBOOKS
from fuzz.meant_tables import COUNTRIES, Cell, Meant, meant_table
from fuzz.written_tables import Written

NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
LAYOUTS = {
    write.__name__: (write, lang, is_of_countries)
    for write, lang, is_of_countries in (*OF_TEXT, *OF_WORKBOOKS)
}
NEAR = 1e-12
# Readings that a note tells, and that differ from what was meant where the file can be read in two
# ways. Each says by itself that numbers may be others.
TOLD = ("decimals_unclear",)  # 1,234 alone, in a file that tells nothing else


@dataclass(frozen=True)
class Verdict:
    """What came of a file: right, aside, told, refused (with a code), or wrong (with what is)."""

    outcome: str
    what: str = ""


def written_file(layout: str, seed: int) -> tuple[Meant, Written]:
    """The file of a layout and a number, and what it means."""
    rng = random.Random(f"{layout} {seed}")
    write, lang, is_of_countries = LAYOUTS[layout]
    meant = meant_table(rng, lang=lang, is_of_countries=is_of_countries)
    return meant, write(meant, rng)


def judged(meant: Meant, written: Written, *, is_damaged: bool = False) -> Verdict:
    """Read a file and compare it with its meaning.

    is_damaged : whether its end may be cut off and its notes be others
    """
    try:
        panel = read_panel(
            {written.name: written.data}, NEEDS, dict(written.columns), has_totals=False
        )
    except FirstlightError as error:
        assert error.told("en") and error.told("zh")
        return Verdict("refused", error.code)
    notes = {note.code for note in panel.notes}
    faults = _misread(meant, written, panel, is_damaged)
    if not is_damaged:
        faults += _lost(meant, written, panel)
    if not is_damaged and written.told and notes.isdisjoint(written.told):
        faults.append(f"none of {list(written.told)} is told, but {sorted(notes)}")
    if faults and notes.isdisjoint(TOLD):
        return Verdict("wrong", "\n".join(faults[:5]))
    if faults:
        return Verdict("told", ", ".join(sorted(notes & set(TOLD))))
    known = sum(value is not None for value in meant.cells.values())
    return Verdict("right" if panel.table.frame.height == known else "aside")


def judged_counts(meant: Meant, written: Written) -> Verdict:
    """Read a file as counts of what its places are called, and compare it with its meaning."""
    try:
        found = read_counts({written.name: written.data})
    except FirstlightError as error:
        return Verdict("refused", error.code)
    labels = {written.labels.get(place, place): place for place in meant.places}
    if set(meant.places) <= {own[0] for own in COUNTRIES}:
        labels |= {code: place for place, code in meant.codes(3).items()}
    faults = []
    rows = found.table.frame.select(pl.coalesce("place", "entity"), "year", "count").rows()
    for name, year, value in rows:
        cell = (labels.get(name, name), year)
        due = written.beside.get(cell, meant.cells.get(cell))
        if due is None or not _is_near(value, due):
            faults.append(f"read {cell} {value!r}, meant {due}")
    if faults and {note.code for note in found.notes}.isdisjoint(TOLD):
        return Verdict("wrong", "\n".join(faults[:5]))
    return Verdict("right")


def _own(meant: Meant, written: Written, panel: Panel) -> list[tuple[Cell, float]]:
    """The cells that were read."""
    labels = {written.labels.get(place, place): place for place in meant.places}
    rows = panel.table.frame.select("place", "year", "value").rows()
    return [((labels.get(place, place), year), value) for place, year, value in rows]


def _misread(meant: Meant, written: Written, panel: Panel, is_damaged: bool) -> list[str]:
    """Each row that wasn't meant."""
    faults = []
    for cell, value in _own(meant, written, panel):
        due = meant.cells.get(cell)
        if is_damaged and cell in written.beside:  # a total whose parts were cut off is a place
            due = written.beside[cell]
        if due is None:
            faults.append(f"read {cell} {value!r}, where nothing is meant")
        elif not _is_near(value, due * written.factor):
            faults.append(f"read {cell} {value!r} for {written.texts.get(cell)!r}, meant {due}")
    return faults


def _lost(meant: Meant, written: Written, panel: Panel) -> list[str]:
    """Each cell that is neither read nor set aside."""
    faults, read = [], {cell for cell, _ in _own(meant, written, panel)}
    aside = Counter(str(value).strip() for value in panel.set_aside["value"])
    # rows that were set aside as a whole, those apart that are no cell of the table
    whole = sum(not code.startswith("value_") for code in panel.set_aside["code"]) - written.noise
    for cell, due in meant.cells.items():
        if due is None or cell in read:
            continue
        text = written.texts.get(cell, "").strip()
        if aside[text] > 0:
            aside[text] -= 1
        elif whole > 0:
            whole -= 1
        else:
            faults.append(f"{cell} = {due}, written {text!r}, is lost")
    return faults


def _is_near(value: float, due: Decimal) -> bool:
    return abs(value - float(due)) <= NEAR * abs(float(due))

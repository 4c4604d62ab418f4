"""Layouts of workbooks, frames and pages: merged heads, several tables on a sheet, notes, units."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl

from fuzz.layouts_of_text import FLAGS, TOTALS
from fuzz.meant_tables import Meant, another
from fuzz.number_styles import plain, thousands
from fuzz.written_tables import Write, Written, headings, number, written_cells

Sheet = list[list[Any]]


def _book(sheets: dict[str, Sheet], merged: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets, with cells merged on the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def _letter(column: int) -> str:
    return openpyxl.utils.get_column_letter(column)


def _wide(meant: Meant, form: str = "") -> Sheet:
    years = [form.format(year) if form else year for year in meant.years]
    rows: Sheet = [["地区" if meant.lang == "zh" else "Country", *years]]
    rows += [[p, *(number(meant.cells[p, y]) for y in meant.years)] for p in meant.places]
    return rows


def _title(meant: Meant, number_of: int = 1) -> str:
    if meant.lang == "zh":
        return f"{number_of}-1 各地区{meant.thing.name}"
    return f"Table {number_of}. {meant.thing.name} by country"


def sheet_long(meant: Meant, rng: random.Random) -> Written:
    """A row for each place and year."""
    rows: Sheet = [headings(meant, rng)]
    rows += [[place, year, number(value)] for (place, year), value in meant.cells.items()]
    return Written("long.xlsx", _book({"Sheet1": rows}), written_cells(meant))


def sheet_of_texts(meant: Meant, rng: random.Random) -> Written:
    """Numbers that are texts with thousands apart, years too."""
    texts = written_cells(meant, thousands, rng.choice(("", "..", "-")))
    rows: Sheet = [headings(meant, rng)]
    rows += [[place, str(year), text] for (place, year), text in texts.items()]
    return Written("texts.xlsx", _book({"Sheet1": rows}), texts)


def yearbook(meant: Meant, rng: random.Random) -> Written:
    """A merged title, the unit at the right, a column for each year, notes below."""
    rows = _wide(meant, rng.choice(("", "{}", "{}年")))
    width = len(rows[0])
    unit = f"单位：{meant.thing.unit}" if meant.lang == "zh" else f"Unit: {meant.thing.unit}"
    above: Sheet = [[_title(meant)], [*[None] * (width - 1), unit]]
    if rng.random() < 0.5:
        above.insert(1, [None])
    note = "注：本表数据按当年价格计算。" if meant.lang == "zh" else "Note: current prices."
    below: Sheet = [[], [note], ["Source: statistical office, 2024"]]
    if rng.random() < 0.5:
        below = below[1:]
    data = _book({"1-1": [*above, *rows, *below]}, [f"A1:{_letter(width)}1"])
    return Written("yearbook.xlsx", data, written_cells(meant))


def merged_heads(meant: Meant, rng: random.Random) -> Written:
    """Two things, each merged over its years."""
    other = another(meant, rng)
    one, two = _wide(meant), _wide(other)
    width = len(meant.years)
    gap = [None] * (width - 1)
    rows: Sheet = [[one[0][0], meant.thing.name, *gap, other.thing.name, *gap]]
    rows.append([None, *one[0][1:], *two[0][1:]])
    rows += [[*mine, *theirs[1:]] for mine, theirs in zip(one[1:], two[1:], strict=True)]
    merged = [
        "A1:A2",
        f"B1:{_letter(1 + width)}1",
        f"{_letter(2 + width)}1:{_letter(1 + 2 * width)}1",
    ]
    if rng.random() < 0.5:
        rows.insert(0, [_title(meant)])
        merged = [f"A1:{_letter(1 + 2 * width)}1", "A2:A3", f"B2:{_letter(1 + width)}2",
                  f"{_letter(2 + width)}2:{_letter(1 + 2 * width)}2"]  # fmt: skip
    columns = {"value": meant.thing.name}
    return Written("heads.xlsx", _book({"a": rows}, merged), written_cells(meant), columns=columns)


def merged_years(meant: Meant, rng: random.Random) -> Written:
    """Each year merged over two things."""
    other = another(meant, rng)
    rows: Sheet = [["地区" if meant.lang == "zh" else "Country"], [None]]
    merged = ["A1:A2"]
    for at, year in enumerate(meant.years):
        rows[0] += [rng.choice((year, str(year))), None]
        rows[1] += [meant.thing.name, other.thing.name]
        merged.append(f"{_letter(2 + 2 * at)}1:{_letter(3 + 2 * at)}1")
    for place in meant.places:
        cells = [
            (number(meant.cells[place, y]), number(other.cells[place, y])) for y in meant.years
        ]
        rows.append([place, *(value for pair in cells for value in pair)])
    columns = {"value": meant.thing.name}
    return Written("years.xlsx", _book({"a": rows}, merged), written_cells(meant), columns=columns)


def merged_places(meant: Meant, rng: random.Random) -> Written:
    """Each place merged over its years."""
    rows: Sheet = [headings(meant, rng)]
    merged, height = [], len(meant.years)
    for at, place in enumerate(meant.places):
        for year in meant.years:
            own = place if year == meant.years[0] else None
            rows.append([own, year, number(meant.cells[place, year])])
        merged.append(f"A{2 + at * height}:A{1 + (at + 1) * height}")
    return Written("places.xlsx", _book({"a": rows}, merged), written_cells(meant))


def places_once(meant: Meant, rng: random.Random) -> Written:
    """Each place named in its first row alone, and no cell merged."""
    rows: Sheet = [headings(meant, rng)]
    for place in meant.places:
        for year in meant.years:
            own = place if year == meant.years[0] else None
            rows.append([own, year, number(meant.cells[place, year])])
    return Written("once.xlsx", _book({"a": rows}), written_cells(meant))


def two_below(meant: Meant, rng: random.Random) -> Written:
    """Two tables of two things below one another."""
    other = another(meant, rng)
    one, two = _wide(meant), _wide(other)
    if rng.random() < 0.3:
        one, two = _long(meant, rng), _long(other, rng)
    if rng.random() < 0.5:
        two = [two[0], *([f"{row[0]} 2", *row[1:]] for row in two[1:])]
    gap: Sheet = rng.choice(([[]], [[], []], []))
    first: Sheet = rng.choice(([], [[_title(meant)]]))
    rows = [*first, *one, *gap, [_title(other, 2)], *two]
    return Written("below.xlsx", _book({"a": rows}), written_cells(meant), told=["never"])


def _long(meant: Meant, rng: random.Random) -> Sheet:
    rows: Sheet = [
        ["地区", "年份", meant.thing.name]
        if meant.lang == "zh"
        else ["Country", "Year", meant.thing.name]
    ]
    return rows + [[p, y, number(value)] for (p, y), value in meant.cells.items()]


def two_beside(meant: Meant, rng: random.Random) -> Written:
    """Two tables of two things beside one another, with an empty column between them."""
    other = another(meant, rng)
    one, two = _wide(meant), _wide(other)
    rows: Sheet = [[*mine, None, *theirs] for mine, theirs in zip(one, two, strict=True)]
    return Written("beside.xlsx", _book({"a": rows}), written_cells(meant), told=["never"])


def two_sheets(meant: Meant, rng: random.Random) -> Written:
    """Two sheets of two things, perhaps behind a cover."""
    sheets = {"GDP": _wide(meant), "Other": _wide(another(meant, rng))}
    if rng.random() < 0.5:
        sheets = {"Contents": [["Sheet", "Holds"], ["GDP", "money"]], **sheets}
    return Written("sheets.xlsx", _book(sheets), written_cells(meant), told=["other_sheets"])


def sheet_with_totals(meant: Meant, rng: random.Random) -> Written:
    """The whole above its parts."""
    rows, name = _wide(meant), TOTALS[meant.lang][0]
    sums = {(name, y): sum((v for v in meant.of(y) if v is not None), Decimal(0))
            for y in meant.years}  # fmt: skip
    rows.insert(1, [name, *(number(value) for value in sums.values())])
    return Written("totals.xlsx", _book({"a": rows}), written_cells(meant), beside=sums)


def world_bank_book(meant: Meant, rng: random.Random) -> Written:
    """The World Bank's workbook: facts above, two sheets of metadata behind."""
    rows: Sheet = [
        ["Data Source", "World Development Indicators"],
        ["Last Updated Date", "2024-05-30"],
        [],
    ]
    rows.append(
        ["Country Name", "Country Code", "Indicator Name", "Indicator Code", *map(str, meant.years)]
    )
    codes = meant.codes(3)
    for place in meant.places:
        cells = (number(meant.cells[place, year]) for year in meant.years)
        rows.append([place, codes[place], meant.thing.name, "NY.X", *cells])
    about: Sheet = [["Country Code", "Region", "IncomeGroup", "SpecialNotes", "TableName"]]
    about += [[codes[place], "Europe", "High income", None, place] for place in meant.places]
    told: Sheet = [["INDICATOR_CODE", "INDICATOR_NAME", "SOURCE_NOTE", "SOURCE_ORGANIZATION"]]
    told.append(["NY.X", meant.thing.name, "Long words.", "World Bank"])
    sheets = {"Data": rows, "Metadata - Countries": about, "Metadata - Indicators": told}
    return Written("API_NY.xlsx", _book(sheets), written_cells(meant), told=["other_sheets"])


def eurostat_book(meant: Meant, rng: random.Random) -> Written:
    """Eurostat's data browser: facts above, GEO beside TIME, flags in a column behind each year."""
    rows: Sheet = [["Data extracted on 30/05/2024 from [ESTAT]"], ["Dataset:", "GDP [NAMA]"], ["Last updated:", "30/05/2024"], [],
                   ["Time frequency", None, "Annual"], ["Unit of measure", None, "Million euro"], []]  # fmt: skip
    head: list[Any] = ["TIME"]
    for year in meant.years:
        head += [str(year), None]
    rows += [head, ["GEO (Labels)"]]
    for place in meant.places:
        row: list[Any] = [place]
        for year in meant.years:
            value = number(meant.cells[place, year])
            row += [":" if value is None else value, rng.choice((None, None, *FLAGS))]
        rows.append(row)
    rows += [
        [],
        ["Special value"],
        [":", "not available"],
        ["Observation flags:"],
        ["b", "break in time series"],
        ["p", "provisional"],
    ]
    texts = written_cells(meant, plain, ":")
    return Written(
        "nama_page.xlsx",
        _book({"Sheet 1": rows}),
        texts,
        told=["flagged", "unused", "below_the_table"],
    )


def headings_with_units(meant: Meant, rng: random.Random) -> Written:
    """A heading that says its unit, and a row of codes below it."""
    place, year, _ = headings(meant, rng)
    rows: Sheet = [[place, year, f"{meant.thing.name}（{meant.thing.unit}）"]]
    if rng.random() < 0.3:
        rows.append(["甲", None, None])
    rows += [[p, y, number(value)] for (p, y), value in meant.cells.items()]
    return Written("units.xlsx", _book({"a": rows}), written_cells(meant))


def page(meant: Meant, rng: random.Random) -> Written:
    """HTML under the name of a workbook."""
    texts = written_cells(meant)
    rows = [[headings(meant, rng)[0], *map(str, meant.years)]]
    rows += [[p, *(texts[p, y] for y in meant.years)] for p in meant.places]
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return Written(
        "a.xls", f"<html><meta charset=utf-8><table>{body}</table></html>".encode(), texts
    )


def parquet(meant: Meant, rng: random.Random) -> Written:
    """A frame of numbers."""
    rows = [
        (p, y, None if value is None else float(value)) for (p, y), value in meant.cells.items()
    ]
    stored = io.BytesIO()
    pl.DataFrame(rows, headings(meant, rng), orient="row", infer_schema_length=None).write_parquet(
        stored
    )
    return Written("a.parquet", stored.getvalue(), written_cells(meant))


OF_WORKBOOKS: tuple[tuple[Write, str, bool], ...] = (
    (sheet_long, "", False), (sheet_of_texts, "", False), (yearbook, "", False),
    (merged_heads, "", False), (merged_years, "", False), (merged_places, "", False),
    (places_once, "", False), (two_below, "", False), (two_beside, "", False),
    (two_sheets, "", False), (sheet_with_totals, "", False), (world_bank_book, "en", True),
    (eurostat_book, "en", True), (headings_with_units, "", False), (page, "", False),
    (parquet, "", False),
)  # fmt: skip

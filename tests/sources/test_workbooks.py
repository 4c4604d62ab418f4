"""Workbooks of a kilobyte that name the last cell of a sheet, and Stata files of two columns with
one name."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest

from firstlight.errors import InputError
from firstlight.sources.limits import Limits
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.sheet_extents import cell_name, cell_position
from firstlight.texts import names

openpyxl = pytest.importorskip("openpyxl")
pandas = pytest.importorskip("pandas")
NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
ROWS = [("a", 2001, 1.0), ("b", 2001, 2.0)]
END, SHEET = b"</sheetData>", "xl/worksheets/sheet1.xml"


def _workbook(after: bytes) -> dict[str, bytes]:
    """A table of two rows, with XML put in where its rows end."""
    book, made, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in (("place", "year", "value"), *ROWS):
        book.active.append(row)
    book.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in parts.namelist():
            text = parts.read(name)
            out.writestr(name, text.replace(END, after) if name == SHEET else text)
    return {"a.xlsx": changed.getvalue()}


def _merged(*ranges: str) -> bytes:
    return (
        END
        + b"<mergeCells>"
        + b"".join(f'<mergeCell ref="{own}"/>'.encode() for own in ranges)
        + b"</mergeCells>"
    )


@pytest.mark.parametrize("after", [END, END + b"<mergeCells>"], ids=["whole", "damaged"])
def test_no_archive_stays_open(after: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, begin = list[zipfile.ZipFile](), zipfile.ZipFile.__init__

    def counted(archive: zipfile.ZipFile, *given: Any, **more: Any) -> None:
        opened.append(archive)
        begin(archive, *given, **more)

    book = _workbook(after)
    monkeypatch.setattr(zipfile.ZipFile, "__init__", counted)
    try:
        read_panel(book, NEEDS)
    except InputError as error:
        assert error.code == "damaged_excel"
    assert opened and [archive.fp for archive in opened] == [None] * len(opened)


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "XFD1048576"),
        ('<row r="1048576"><c r="Q1048576"><v>1</v></c></row>', "Q1048576"),
        ('<row r="4"><c r="XFE4"><v>1</v></c></row>', "XFE4"),
        ('<row r="99999999999"><c><v>1</v></c></row>', "A99999999999"),
        # Empty cells are passed by, but each on the way to the end of its row.
        ('<row><c r="XFD4"/></row>' * 1100, "XFD4"),
    ],
)
def test_a_far_cell_is_refused_by_its_name_at_once(row: str, cell: str) -> None:
    begun = time.process_time()
    with pytest.raises(InputError) as refused:
        read_panel(_workbook(row.encode() + END), NEEDS)
    assert refused.value.where == f"a.xlsx, {SHEET}, cell {cell}"
    assert time.process_time() - begun < 5


def test_a_far_cell_that_holds_nothing_is_passed_by() -> None:
    far = b'<row r="100000"><c r="XFD100000"/></row>' + END
    assert read_panel(_workbook(far), NEEDS).table.frame.rows() == ROWS


def test_a_merged_range_ends_where_the_table_does() -> None:
    merged = read_panel(_workbook(_merged("E1:XFD1048576")), NEEDS)
    assert merged.table.frame.rows() == ROWS
    with pytest.raises(InputError) as refused:  # one heading over all: one column of names
        read_panel(_workbook(_merged("A1:XFD1048576")), NEEDS)
    assert refused.value.code == "columns_missing" and "place" in refused.value.where
    many = (
        b"<row>"
        + b"<c><v>1</v></c>" * 1000
        + b"</row>"
        + _merged(*["A1:XFD1048576"] * (Limits().cells // 4000 + 1))
    )
    with pytest.raises(InputError) as refused:
        read_panel(_workbook(many), NEEDS)
    assert refused.value.where.endswith("cell A1")


@pytest.mark.parametrize("cell", ["A1", "Z9", "AA10", "ZZ3", "AAA2", "XFD1048576"])
def test_cells_are_named_as_they_are_read(cell: str) -> None:
    assert cell_name(*cell_position(cell)) == cell


def test_a_stata_file_of_two_columns_of_one_name() -> None:
    made = io.BytesIO()
    frame = pandas.DataFrame({"place": ["a"], "year": [2001], "valua": [1.0], "value": [1.0]})
    frame.to_stata(made, write_index=False)
    with pytest.raises(InputError) as refused:
        read_panel({"a.dta": made.getvalue().replace(b"valua", b"value")}, NEEDS)
    assert refused.value.code == "headings_twice" and refused.value.where.startswith("a.dta")
    assert refused.value.values["columns"] == names(["value"])


@pytest.mark.parametrize("notes_first", [True, False])
def test_a_sheet_of_notes_is_passed_over_for_a_table(notes_first: bool) -> None:
    book, made = openpyxl.Workbook(), io.BytesIO()
    notes, table = book.active, book.create_sheet("Data", 1 - notes_first)
    notes.title = "About"
    for note in ("Note", "Read with care", "Units are tonnes"):
        notes.append((note,))
    for row in (("place", "year", "value"), *ROWS):
        table.append(row)
    book.save(made)
    panel = read_panel({"a.xlsx": made.getvalue()}, NEEDS)
    assert panel.table.frame.rows() == ROWS
    (told,) = (note for note in panel.notes if note.code == "other_sheets")
    assert str(told.values["sheet"].value) == "Data" and told.values["others"] == names(
        ["About"], most=10
    )


@pytest.mark.parametrize("about", ["目录", " Contents ", "编制说明"])
def test_a_list_of_contents_is_passed_over_for_a_table(about: str) -> None:
    book, made = openpyxl.Workbook(), io.BytesIO()
    contents, table = book.active, book.create_sheet("R&D")
    contents.title = about
    for line in (("place", "value"), ("R&D", 1), ("Patents", 2)):
        contents.append(line)
    for row in (("place", "year", "value"), *ROWS):
        table.append(row)
    book.save(made)
    assert read_panel({"a.xlsx": made.getvalue()}, NEEDS).table.frame.rows() == ROWS


PAGE = """<html><head><meta charset="utf-8"><style>td {{ color: red }}</style></head><body>
<table><tr><td colspan=3>各地区产值</td></tr>
<tr><th>place<th>year<th>value
<tr><td rowspan="2">a&amp;b</td><td>2001</td><td>1.5</td></tr>
<tr><td>2002</td><td>{value}</td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_a_page_under_the_name_of_a_workbook_is_read(encoding: str) -> None:
    """As CNKI writes its .xls; merged cells and cells that aren't closed shift nothing."""
    page = PAGE.format(value="<b>2</b>.5").encode(encoding)
    panel = read_panel({"a.xls": page}, NEEDS)
    assert panel.table.frame.rows() == [("a&b", 2001, 1.5)]
    assert panel.set_aside.select("row", "column").rows() == [(4, "place")]
    assert any(note.code == "above_the_header" for note in panel.notes)


def test_a_page_of_more_cells_than_a_sheet_may_have_is_refused() -> None:
    wide = b"<table><tr>" + b"<td colspan=1000>" * 20_000
    with pytest.raises(InputError) as refused:
        read_panel({"a.xls": wide}, NEEDS)
    assert "cells" in refused.value.try_next

"""One column of written numbers has one meaning, which its cells tell, or else a note does."""

from __future__ import annotations

import json

import openpyxl
import polars as pl
import pytest

from firstlight.sources.counts import read_counts
from firstlight.sources.panels import Column, Panel, read_panel
from firstlight.sources.written_numbers import read_numbers

NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
TOLD, CLEAR = "decimals_unclear", ""
# Cells, the sign between the columns of their file, what they mean, and whether that is told.
COLUMNS = {
    "a leading nought": ("1,234 5,678 0,125", ";", [1.234, 5.678, 0.125], "decimal_comma"),
    "the semicolon alone": ("1,234 5,678 2,125", ";", [1.234, 5.678, 2.125], TOLD),
    "thousands beside small ones": ("1.234 12.345 999", ",", [1234, 12345, 999], TOLD),
    "millions": ("1.234 12.345 1.234.567", ",", [1234, 12345, 1234567], "decimal_comma"),
    "points of a semicolon": ("1.234 5.678", ";", [1234, 5678], TOLD),
    "three decimals each": ("0.250 1.234 12.345", "\t", [0.25, 1.234, 12.345], CLEAR),
    "commas of thousands": ("1,234 2,345 999", "\t", [1234, 2345, 999], TOLD),
    "commas of millions": ("1,234 2,345,678", "\t", [1234, 2345678], CLEAR),
    "lakhs": ("1,23,456 7", "\t", [123456, 7], CLEAR),
    "floats": ("1.2E+05 -1e-3 .5 5.", "\t", [120000, -0.001, 0.5, 5], CLEAR),
    "both ways": ("1,234 2,5 3.5 4.25", "\t", [None, None, 3.5, 4.25], CLEAR),
}


def panel(cells: list[str], sign: str) -> Panel:
    lines = [f"p{row}{sign}2001{sign}{cell}" for row, cell in enumerate(cells)]
    heading = sign.join(need.name for need in NEEDS)
    return read_panel({"a.csv": "\n".join([heading, *lines]).encode()}, NEEDS)


@pytest.mark.parametrize("case", COLUMNS)
def test_a_column_tells_which_sign_stands_before_decimals(case: str) -> None:
    """The same cells mean the same in counts and in panels, and what nothing tells is said."""
    written, sign, meant, note = COLUMNS[case]
    cells = written.split()
    read = panel([f'"{cell}"' if sign == "," else cell for cell in cells], sign)
    kept = dict(read.table.frame.select("place", "value").iter_rows())
    assert [kept.get(f"p{row}") for row in range(len(cells))] == meant
    assert [own.code for own in read.notes] == [note] * bool(note)
    assert set(read.set_aside["code"]) <= {"value_other_decimals"}
    if not any(value is None or value < 0 for value in meant):
        frame = pl.DataFrame({"tag": [f"p{row}" for row in range(len(cells))], "count": cells})
        frame = frame.with_columns(year=2001)
        text = frame.write_csv(separator=sign).encode()
        counts = read_counts({"a.csv": text}).table.frame
        assert dict(counts.select("entity", "count").iter_rows()) == kept


def test_the_other_columns_of_a_file_tell_where_a_column_does_not() -> None:
    needs = (*NEEDS, Column("rate", "number", "any"))
    text = "place\tyear\tvalue\trate\na\t2001\t1.234\t2,5\nb\t2001\t5.678\t3,25\n"
    read = read_panel({"a.tsv": text.encode()}, needs)
    assert read.table.frame.select("value", "rate").rows() == [(1234, 2.5), (5678, 3.25)]


def test_what_is_typed_as_a_number_is_never_taken_for_thousands(tmp_path: object) -> None:
    """In JSON, in a sheet whose column holds a word, and where one year is text and another not."""
    values = [1.234, 12.345, 999]
    rows = [{"place": f"p{k}", "year": 2001, "value": value} for k, value in enumerate(values)]
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    read = read_panel({"a.jsonl": lines}, NEEDS)
    assert read.table.frame["value"].to_list() == values and not read.notes
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["place", "2001", "2002"], ["a", 1.234, "n/a"], ["b", 12.345, "7"], ["c", 999, 8]):
        book.active.append(row)
    path = f"{tmp_path}/a.xlsx"
    book.save(path)
    read = read_panel(path, NEEDS)
    first = read.table.frame.filter(pl.col("year") == 2001)["value"].to_list()
    assert first == values and {note.code for note in read.notes} <= {"wide_by_year_with_gaps"}


@pytest.mark.parametrize(
    ("cells", "values", "codes"),
    [
        (["1234 123", "12 345 678", "1 234"], [None, 12345678, 1234], ["value_unparsable"]),
        (["5\x0006", "7"], [None, 7], ["value_unparsable"]),
        (["1\n234", "1  234", "7"], [None, None, 7], ["value_unparsable"] * 2),
        (["(1,234)", "(5%)", "7"], [None, None, 7], ["value_in_parentheses"] * 2),
        (["-9999", "3", "-7"], [None, 3, -7], ["value_of_nines"]),
        (["-999", "-120", "5"], [-999, -120, 5], []),
        (["-2972.85", "-999", "-999", "61"], [-2972.85, None, None, 61], ["value_of_nines"] * 2),
        (["5/3/19", "001,5,2"], [None, None], ["value_unparsable"] * 2),
        (["\ufeff5\x00", "−3", "–4"], [5, -3, -4], []),
    ],
)
def test_what_a_cell_may_not_mean_is_set_aside(
    cells: list[str], values: list[float | None], codes: list[str]
) -> None:
    read = read_numbers(pl.Series(cells))
    assert read.value.to_list() == values
    assert read.code.drop_nulls().to_list() == codes


def test_flags_behind_numbers_are_kept_apart_and_told() -> None:
    read = read_numbers(pl.Series(["123 b", "12.5 ep", "7*", ": c", "5 kg", "3 m"]))
    assert read.value.to_list() == [123, 12.5, 7, None, None, None]
    assert read.flags == ("*", "b", "ep")
    assert read.code.to_list()[3:] == [None, "value_unparsable", "value_unparsable"]


def test_a_year_with_a_decimal_is_no_month_and_eras_are_years() -> None:
    years = ["2019.5", "2020.0", "民國108年", "令和元年", "平成30年度", "民国99"]
    rows = [f"p{row},{year},1" for row, year in enumerate(years)]
    text = "\n".join(["place,year,value", *rows]).encode()
    read = read_panel({"a.csv": text}, NEEDS)
    assert read.set_aside.select("row", "code").rows() == [(1, "year_unparsable")]
    assert read.table.frame["year"].to_list() == [2020, 2019, 2019, 2018, 2010]

"""Excel workbooks and Stata files, through pandas where it is installed."""

from __future__ import annotations

import datetime
import importlib
import io
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from firstlight.errors import InputError, installing
from firstlight.sources.archives import Content
from firstlight.sources.delimited import refuse_repeated_headings
from firstlight.sources.frames import FrameFile
from firstlight.sources.html_tables import html_rows, looks_like_html
from firstlight.sources.limits import check, check_table
from firstlight.sources.published_tables import (
    WIDER,
    Merged,
    headings,
    is_row_of_codes,
    last_of_header,
    stands_above,
    with_one_stub,
)
from firstlight.sources.raw import ROW, Raw
from firstlight.sources.sheet_extents import Range, merged_ranges
from firstlight.sources.written_numbers import typed_as_text
from firstlight.texts import Count, Message, Name, message, names

FOLDER = Path(__file__).parent
NO_HEADING = "Unnamed: 0"  # what pandas calls a first column without a heading
WIDER_THAN_NOTES = 3  # columns, with fewer of which a sheet may be notes on another
_CELL_BYTES = 16
# what a sheet is called that says what the others hold
_ABOUT_OTHERS = re.compile(
    r"(?i)(table of )?contents|cover( sheet)?|read ?me|notes?|metadata"
    r"|目\s*[录次]|封面|(编制|填报|填表|使用)?说明"
)
EXCEL, STATA = (".xlsx", ".xlsm", ".xls"), (".dta",)


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook, or a Stata file, as a table; the notes say what else the file holds.

    numbers : the rows' own numbers in the sheet; empty where they are counted from 1
    """

    file: FrameFile
    notes: tuple[Message, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the table."""
        return self.file.names

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, with the wanted columns only, under the numbers that a reader of the sheet
        sees."""
        raw = self.file.load(wanted)
        frame = raw.frame
        if self.numbers:
            frame = frame.with_columns(pl.Series(ROW, self.numbers, dtype=pl.UInt32))
        return Raw(frame, raw.rejected, (*raw.notes, *self.notes))


def is_workbook(name: str) -> bool:
    """Whether a file is one that this reader knows, by its name.

    >>> is_workbook("data/省份.xlsx"), is_workbook("panel.dta"), is_workbook("panel.csv")
    (True, True, False)
    """
    return Path(name).suffix.lower() in (*EXCEL, *STATA)


def open_workbook(content: Content, table: str) -> Workbook:
    """Read an Excel workbook's first sheet that holds a table (not a list of contents, and one of
    three columns or more, where there is such, or else of two), or a Stata file. What is called a
    workbook and is HTML is read as its tables.

    Lines above the header (a title, a unit: `stands_above`; facts of two cells above a wide table)
    are passed over and noted, as is what stands below the table. What stands in merged cells, in a
    header of two lines too, holds for each of them (`Merged`); names at the left in several columns
    are one column, and a row of codes is none.
    Raises  InputError where pandas or openpyxl is absent (naming the extra to install), where the
            file is damaged, where a sheet is larger than what is read (naming the cell:
            `sheet_extents`), where no sheet holds a table, or where two columns have the same name.
    """
    needs, read = "excel_needs_pandas", _excel
    if Path(content.name).suffix.lower() in STATA:
        needs, read = "stata_needs_pandas", _stata
    pandas = _pandas(needs, content)
    check("piece_bytes", content.size, content.name)
    with content.raw() as stream:
        data = io.BytesIO(stream.read())
    return read(pandas, data, content, table)


def _pandas(code: str, content: Content) -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        told = message(code, file=Name(content.name), command=installing("tables"))
        raise InputError(told, FOLDER) from error


def _said(code: str, content: Content, error: Exception) -> InputError:
    about = {"file": Name(content.name), "said": Name(str(error))}
    return InputError(message(code, **about), FOLDER)


def _stata(pandas: Any, data: io.BytesIO, content: Content, table: str) -> Workbook:
    notes: tuple[Message, ...] = ()
    try:
        try:
            frame = pandas.read_stata(data)
        except ValueError as error:
            if "not unique" not in str(error):
                raise
            data.seek(0)
            frame = pandas.read_stata(data, convert_categoricals=False)
            notes = (message("labels_alike", file=Name(content.name)),)
    except MemoryError:
        raise
    except Exception as error:  # pandas hands on whatever a damaged file makes it stumble over
        raise _said("damaged_stata", content, error) from error
    # by position: two columns of a damaged file may have one name
    columns = [frame.iloc[:, at].astype(object).tolist() for at in range(len(frame.columns))]
    return Workbook(_table([str(name) for name in frame.columns], columns, content, table), notes)


def _read_sheets(
    pandas: Any, data: io.BytesIO, content: Content
) -> tuple[Any, dict[str, Any], Mapping[str, Sequence[Range]]]:
    """The workbook, its sheets by their names, and their merged cells by the parts of the file."""
    if looks_like_html(data.getvalue()[:1000]):
        page = pandas.DataFrame(html_rows(content), dtype=object)
        return None, {PurePath(content.name).stem: page}, {}
    try:
        ranges = merged_ranges(data, content.name)
        with pandas.ExcelFile(data) as book:
            return book, pandas.read_excel(book, sheet_name=None, header=None, dtype=object), ranges
    except (InputError, MemoryError):
        raise
    except ImportError as error:
        about = {"file": Name(content.name), "said": Name(str(error))}
        told = message("excel_needs_package", **about, command=installing("tables"))
        raise InputError(told, FOLDER) from error
    # pandas hands on whatever its readers raise: bad zip, bad XML, missing parts
    except Exception as error:
        raise _said("damaged_excel", content, error) from error


def _excel(pandas: Any, data: io.BytesIO, content: Content, table: str) -> Workbook:
    book, sheets, ranges = _read_sheets(pandas, data, content)
    tables = {
        name: rows
        for name, sheet in sheets.items()
        if len(rows := _rows(sheet.values.tolist())) > 1
    }
    if not tables:
        raise InputError(message("no_sheet", file=Name(content.name)), FOLDER)
    # A sheet of one column, or of a word and its meaning, is notes, where another has more.
    name, rows = max(
        tables.items(),
        key=lambda own: (not _is_about(own[0]), min(_filled(own[1]), WIDER_THAN_NOTES)),
    )
    # The old format (.xls) doesn't tell of merged cells: all rows may have some.
    of_sheet: Sequence[Range] = ()
    wide = {number for number, _ in rows}
    if ranges:
        # openpyxl says nowhere else which part of the file a sheet is.
        of_sheet = ranges[book.book[name]._worksheet_path]
        wide = {number for number, _, left, right in of_sheet if left < right}
    top = _top(rows, wide)
    rows, under = _parted(rows)
    merged = Merged(sorted(own for own in of_sheet if own[0] >= rows[top][0]))
    last = last_of_header(merged, rows[top][0])
    merged.spread(dict(rows), last)
    below = sum(number <= last for number, _ in rows)
    numbers, cells = [number for number, _ in rows[below:]], [row for _, row in rows]
    notes = [
        *_passed_over("above_the_header", content.name, name, cells[:top]),
        *_passed_over("below_the_table", content.name, name, under),
        *_other_sheets(content.name, name, [own for own in tables if own != name]),
        *merged.told(content.name, name),
    ]
    header = headings([[_heading(cell) for cell in row] for row in cells[top:below]])
    if below < len(cells) and is_row_of_codes(cells[below]):
        header = [own or _heading(cell) for own, cell in zip(header, cells[below], strict=True)]
        notes.append(_of_codes(content.name, name, numbers.pop(0)))
        below += 1
    header, table_rows = with_one_stub(header, cells[below:])
    kept = [at for at, heading in enumerate(header) if heading]
    if kept and kept[0] == 1 and any(row[0] is not None for row in table_rows):
        kept, header[0] = [0, *kept], NO_HEADING  # the empty corner of a square table
    columns = [[row[at] for row in table_rows] for at in kept]
    return Workbook(
        _table([header[at] for at in kept], columns, content, table), tuple(notes), tuple(numbers)
    )


def _rows(values: Sequence[Sequence[Any]]) -> list[tuple[int, list[Any]]]:
    """The rows that hold something, with their numbers in the sheet; None for every kind of
    nothing."""
    rows = [[_held(cell) for cell in row] for row in values]
    return [
        (number, row)
        for number, row in enumerate(rows, start=1)
        if any(cell is not None for cell in row)
    ]


def _top(rows: Sequence[tuple[int, list[Any]]], merged: Container[int]) -> int:
    """The place of the header: the first row that can't stand above one, but for facts about a
    wider table, each of two cells (Unit of measure, Million euro).

    merged : the numbers of rows with cells that are merged over several columns
    """
    filled = [sum(cell is not None for cell in row) for _, row in rows]
    is_wide = _filled(rows) > WIDER
    for at, (number, row) in enumerate(rows):
        is_fact = is_wide and filled[at] == 2 and number not in merged
        if not is_fact and not stands_above(row):
            return at
    return 0


def _is_about(sheet: str) -> bool:
    return bool(_ABOUT_OTHERS.fullmatch(sheet.strip()))


def _filled(rows: Sequence[tuple[int, list[Any]]]) -> int:
    """How many cells the fullest row holds."""
    return max(sum(cell is not None for cell in row) for _, row in rows)


def _parted(
    rows: Sequence[tuple[int, list[Any]]],
) -> tuple[list[tuple[int, list[Any]]], list[list[Any]]]:
    """The rows, and those below an empty row under a wide table that hold two cells at most and no
    number, such as what signs mean."""
    filled = [sum(cell is not None for cell in row) for _, row in rows]
    if max(filled) <= WIDER:
        return list(rows), []
    last = max(at for at, count in enumerate(filled) if count > 2)
    gap = next(
        (at for at in range(last + 1, len(rows)) if rows[at][0] > rows[at - 1][0] + 1), len(rows)
    )
    under = [row for _, row in rows[gap:]]
    if any(_is_number(cell) for row in under for cell in row):
        return list(rows), []
    return list(rows[:gap]), under


def _held(cell: Any) -> Any:
    if cell is None or cell != cell or cell == "":  # nothing but nan differs from itself
        return None
    return cell


def _heading(cell: Any) -> str:
    if cell is None:
        return ""
    return str(_plain(cell)).strip()


def _passed_over(code: str, file: str, sheet: str, rows: list[list[Any]]) -> list[Message]:
    said = "; ".join(str(cell) for row in rows for cell in row if cell is not None)[:200]
    if not said:
        return []
    about = {"file": Name(file), "sheet": Name(sheet)}
    return [message(code, said=Name(said), **about)]


def _of_codes(file: str, sheet: str, row: int) -> Message:
    return message("row_of_codes", file=Name(file), sheet=Name(sheet), row=Count(row))


def _other_sheets(file: str, sheet: str, others: list[str]) -> list[Message]:
    if not others:
        return []
    about = {"file": Name(file), "sheet": Name(sheet)}
    return [message("other_sheets", others=names(others, most=10), **about)]


def _table(names: list[str], columns: list[list[Any]], content: Content, table: str) -> FrameFile:
    refuse_repeated_headings(names, content.name)
    check("columns", len(names), content.name)
    texts = (cell for cells in columns for cell in cells if isinstance(cell, str))
    size = _CELL_BYTES * sum(map(len, columns)) + sum(map(len, texts))
    check_table(size, content.name, content.size)
    frame = pl.DataFrame(
        [_series(name, values) for name, values in zip(names, columns, strict=True)]
    )
    return FrameFile(frame.lazy(), dict(frame.schema), table, content.name)


def _series(name: str, values: list[Any]) -> pl.Series:
    """Numbers where all are numbers, else text as a reader of the sheet sees it."""
    plain = [_plain(value) for value in values]
    typed = pl.Series(name, [_number(value) for value in plain], dtype=pl.Float64)
    texts = [value for value in plain if value is not None and not _is_number(value)]
    if not texts:
        return typed
    shown = pl.Series(name, [_text(value) for value in plain], dtype=pl.String)
    if len(texts) > typed.count():  # names, of which some are typed as numbers
        return shown
    return typed_as_text(typed).zip_with(typed.is_not_null(), shown)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Any) -> float | None:
    return float(value) if _is_number(value) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> Any:
    """A value as a reader of the sheet sees it; None for a missing one."""
    if value is None or value != value:
        return None
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if hasattr(value, "item"):  # a number of NumPy's
        value = value.item()
    # A sheet holds floats alone, and shows those that are whole without a point.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value

"""How far the sheets of a workbook reach and which of their cells are merged, read before the cells
themselves.

A file of a kilobyte can name the last cell of a sheet of 17 thousand million, or merge all of them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from firstlight.errors import InputError
from firstlight.sources.limits import check, check_table, current
from firstlight.texts import Count, Name, message

FOLDER = Path(__file__).parent
ROWS, COLUMNS = 1_048_576, 16_384
"""The rows and columns that a sheet can have in this format."""
_CHUNK = 1 << 20
_FILLED = {"v", "is", "f"}

Range = tuple[int, int, int, int]
"""First row, last row, first column and last column, counted from 1."""


def merged_ranges(data: io.BytesIO, file: str) -> Mapping[str, tuple[Range, ...]]:
    """Part of the workbook -> its merged cells, for each sheet; empty for the old format (.xls),
    which has no parts.

    Raises  InputError naming the cell with which a sheet is larger than what is read.
    """
    data.seek(0)
    if not zipfile.is_zipfile(data):
        return {}
    found, cells = dict[str, tuple[Range, ...]](), 0
    with zipfile.ZipFile(data) as parts:
        size = sum(part.file_size for part in parts.infolist())
        check("piece_bytes", size, file)
        check_table(size, file, data.getbuffer().nbytes)
        for part in parts.infolist():  # a sheet may have any name
            sheet = _Sheet(f"{file}, {part.filename}", cells)
            with parts.open(part) as stream:
                sheet.read(stream)
            cells = sheet.before + max(sheet.rows * sheet.columns, sheet.passed)
            if sheet.is_sheet:
                sheet.check_merged()
                found[part.filename] = tuple(sheet.merged)
    return found


@dataclass
class _Sheet:
    """What has been seen of a sheet.

    before        : cells of the sheets before it
    rows, columns : the last of each that holds something
    passed        : cells, empty or not, that a reader passes on its way to the end of each row
    """

    where: str
    before: int
    rows: int = 0
    columns: int = 0
    passed: int = 0
    merged: list[Range] = field(default_factory=list)
    is_sheet: bool = False
    _row: int = 0
    _column: int = 0
    _is_first: bool = True

    def read(self, stream: IO[bytes]) -> None:
        """Read a part to its end, or to its first element where that isn't a sheet."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        while chunk := stream.read(_CHUNK):
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                if self._is_first:  # a picture, or another part that isn't XML
                    return
                raise
            if not self.is_sheet and not self._is_first:
                return

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if self._is_first:
            self._is_first, self.is_sheet = False, name == "worksheet"
        elif not self.is_sheet:
            return
        elif name == "row":
            self._begin_row(given.get("r"))
        elif name == "c":
            self._begin_cell(given.get("r"))
        elif name in _FILLED:
            self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)
            self._check()
        elif name == "mergeCell":
            self.merged.append(_range(given.get("ref", "")))
            self.passed += 1
            self._check()

    def check_merged(self) -> None:
        """Refuse ranges that overlap so often that writing into each cell would not end."""
        written = 0
        for top, bottom, left, right in self.merged:
            written += max(0, min(bottom, self.rows) - top + 1) * max(
                0, min(right, self.columns) - left + 1
            )
            if written > current().cells:
                most = Count(current().cells)
                raise self._refused("merged_too_large", top, left, cells=most)

    def _begin_row(self, number: str | None) -> None:
        self._row = int(float(number)) if number else self._row + 1  # some programs write "5.0"
        self._column = 0
        self._check()

    def _begin_cell(self, reference: str | None) -> None:
        before = self._column
        if reference:
            self._row, self._column = cell_position(reference)
        else:
            self._column += 1
        self.passed += max(0, self._column - before)
        self._check()

    def _check(self) -> None:
        if self._row > ROWS or self._column > COLUMNS:
            raise self._refused_here("beyond_the_sheet", rows=Count(ROWS), columns=Count(COLUMNS))
        if self.before + max(self.rows * self.columns, self.passed) > current().cells:
            size = {"rows": Count(self.rows), "columns": Count(self.columns)}
            raise self._refused_here("sheet_too_large", cells=Count(current().cells), **size)

    def _refused_here(self, code: str, **values: Count) -> InputError:
        return self._refused(code, max(self._row, 1), max(self._column, 1), **values)

    def _refused(self, code: str, row: int, column: int, **values: Count) -> InputError:
        about = {"sheet": Name(self.where), "cell": Name(cell_name(row, column))}
        return InputError(message(code, **values, **about), FOLDER)


def cell_position(reference: str) -> tuple[int, int]:
    """Row and column of a cell, from 1.

    Raises  ValueError where the reference names no cell.


    >>> cell_position("XFD1048576"), cell_position("$B$3")
    ((1048576, 16384), (3, 2))
    """
    plain = reference.replace("$", "").upper()
    letters = plain.rstrip("0123456789")
    digits = plain[len(letters) :]
    if not (
        0 < len(letters) < 6 and letters.isascii() and letters.isalpha() and 0 < len(digits) < 10
    ):
        raise ValueError(f"no cell: {reference[:40]!r}")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits), column


def cell_name(row: int, column: int) -> str:
    """A cell as a sheet names it.

    >>> cell_name(1048576, 16384), cell_name(3, 27)
    ('XFD1048576', 'AA3')
    """
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{letters}{row}"


def _range(reference: str) -> Range:
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = cell_position(first), cell_position(last or first)
    return min(top, bottom), max(top, bottom), min(left, right), max(left, right)

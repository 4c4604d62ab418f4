"""CSV and tab-delimited text, row by row, so that a damaged row is set aside and no other row is
lost."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePath
from typing import IO

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.archives import Content, open_bytes, unpacked_name
from firstlight.sources.encodings import Encoding, detect_encoding, encoding_notes
from firstlight.sources.limits import check, current
from firstlight.sources.nested import extract, needs_opening
from firstlight.sources.published_tables import is_labelled, lines_above, stands_above
from firstlight.sources.raw import ROW, SEEN, Raw, Rejected
from firstlight.texts import Message, Name, message
from firstlight.texts import names as listed

FOLDER = Path(__file__).parent
_BATCH = 20_000
_SAMPLE = 1 << 20
_BATCH_BYTES = 1 << 26
_PUT_BACK = 1_000_000  # lines that are read anew before a quotation mark may span no more of them
_BACKSLASHED = re.compile(r'\\"[^",;\t|\r\n]')
_DOUBLED = re.compile(r'[^,;\t|\r\n]""[^,;\t|\r\n]')
# In this order where a header holds as many of two.
_DELIMITERS = (",", "\t", ";", "|")
# freq,unit,geo\TIME_PERIOD: columns in one, and what stands in the headings of the others
_COMPOSITE = re.compile(r"[\w-]+(?:,[\w-]+)*\\[\w-]+")
_ABOVE = 60  # records that tell whether the first ones stand above a header
_SAID = 200  # characters that are told of what stands above it


@dataclass(frozen=True)
class Delimited:
    """A delimited text file: encoding, dialect and header.

    above : the lines that stand above the header (`published_tables`)
    keys  : the columns that Eurostat writes into the first one, parted by commas
    """

    content: Content
    encoding: Encoding
    dialect: Dialect
    header: tuple[str, ...]
    above: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        own = self.header[1:] if self.keys else self.header
        return (*self.keys, *filter(None, own))

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, with the wanted columns as text.

        A row with another number of fields than the header is set aside. Where it spans several
        lines, or a closing quote stands amid text, an unclosed quotation mark is to blame: then its
        first line alone is set aside, and reading goes on at the next line.
        """
        known = {name: place for place, name in enumerate(self.header)}
        known |= dict.fromkeys(self.keys, 0)
        places = {name: known[name] for name in wanted}
        batches: list[pl.DataFrame] = []
        store = _Columns(places)
        rejected: list[Rejected] = []
        size = 0
        for number, fields, problem in self._records():
            if problem is not None:
                rejected.append(problem)
                continue
            store.append(number, fields)
            if len(store.rows) >= _BATCH or store.size > _BATCH_BYTES:
                batches.append(store.flush())
                size += int(batches[-1].estimated_size())
                check("table_bytes", size, self.content.name, number)
        batches.append(store.flush())
        frame = self._parted(pl.concat(batches))
        opened = [
            pl.Series(
                name, [extract({name: value}, name) for value in frame[name]], dtype=pl.String
            )
            for name in wanted
            if needs_opening(name)
        ]
        return Raw(
            frame.with_columns(opened),
            tuple(rejected),
            (*encoding_notes(self.encoding, self.content.name), *self._passed_over()),
            "," if self.dialect.delimiter == ";" else "",
        )

    def _parted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with Eurostat's keys apart; a cell with more or fewer of them holds none."""
        for at, name in enumerate(self.keys):
            if name in frame.columns:
                parts = pl.col(name).str.split(",")
                own = parts.list.get(at, null_on_oob=True)
                is_whole = parts.list.len() == len(self.keys)
                frame = frame.with_columns(pl.when(is_whole).then(own).alias(name))
        return frame

    def _passed_over(self) -> list[Message]:
        if not self.above:
            return []
        about = {"file": Name(self.content.name), "said": Name("; ".join(self.above)[:_SAID])}
        return [message("above_the_header_of_text", **about)]

    def _records(self) -> Iterator[tuple[int, list[str], Rejected | None]]:
        with open_bytes(self.content) as stream, _any_field_size():
            yield from self._parse(_Lines(self.encoding.text_of(stream, ""), self.content.name))

    def _parse(self, lines: _Lines) -> Iterator[tuple[int, list[str], Rejected | None]]:
        records = self.dialect.records(lines)
        for _ in (*self.above, self.header):
            next(records)
        width, ends_with_spare = len(self.header), False
        for number, (fields, is_unclosed) in enumerate(records, start=1):
            spare = fields[width:]
            if number == 1:
                ends_with_spare = bool(spare)
            if ends_with_spare and not any(spare):
                # Web of Science ends all its rows with one tab too many; where a single row has
                # a sign too many, its cells may have moved.
                fields = fields[:width]
            taken = lines.taken
            if len(fields) == width and not is_unclosed:
                yield number, fields, None
            elif len(taken) > 1:
                lines.put_back(taken[1:])
                yield number, fields, _rejected(number, taken[0], fields, width, True)
            else:
                yield number, fields, _rejected(number, taken[0], fields, width, is_unclosed)


def _rejected(number: int, line: str, fields: list[str], width: int, is_unclosed: bool) -> Rejected:
    """A record that is set aside: a quotation mark is to blame, or else its number of fields."""
    shown = line[:SEEN].rstrip("\r\n")
    if is_unclosed:
        return Rejected(number, shown, "unbalanced_quote")
    return Rejected(number, shown, "ragged_row", details=f"{len(fields)} ≠ {width}")


def open_delimited(content: Content) -> Delimited:
    """Read the header of a delimited text file.

    Raises  InputError where the file is binary or empty, or where two columns have the same name.
    """
    encoding = detect_encoding(content)
    with open_bytes(content) as stream, _any_field_size():
        text = encoding.text_of(stream, "")
        lines = _Lines(text, content.name)
        first = next((line for line in lines if line.strip()), "")
        sample = text.read(_SAMPLE)
        delimiter = sniff_delimiter(first, content.name)
        # Publishers that name columns by two-letter tags never quote; a title may begin with a
        # quotation mark.
        is_quoted = not (
            delimiter == "\t" and first.lstrip("\ufeff").startswith(("PT\t", "AU\t", "FN\t"))
        )
        dialect = Dialect(delimiter, is_quoted, is_quoted and _is_escaped(sample))
        lines = _Lines(io.StringIO(first + sample, newline=""), content.name)
        header, _ = next(dialect.records(lines), ([], False))
        above: list[list[str]] = []
        if stands_above(header) or is_labelled(header) or sum(map(bool, header)) == 2:
            dialect, above, header = _below(first + sample, content.name, dialect, header)
    names = tuple(name.replace("\ufeff", "").replace("\x00", "").strip() for name in header)
    if not any(names):
        raise empty_file(content.name)
    keys = tuple(names[0].partition("\\")[0].split(",")) if _COMPOSITE.fullmatch(names[0]) else ()
    check("columns", len(names), content.name)
    refuse_repeated_headings(filter(None, (*keys, *names)), content.name)
    said = tuple(" ".join(filter(None, fields)) for fields in above)
    return Delimited(content, encoding, dialect, names, said, keys)


def sniff_delimiter(line: str, name: str = "") -> str:
    """The sign that separates a header's fields; a file named .tsv or .tab prefers the tab.

    >>> sniff_delimiter('"id, or key";title;year')
    ';'
    """
    outside = "".join(line.split('"')[0::2])  # of quotation marks
    suffix = PurePath(unpacked_name(name)).suffix.lower()
    if suffix in (".tsv", ".tab") and "\t" in outside:
        return "\t"
    return max(_DELIMITERS, key=outside.count)


def _below(
    sample: str, name: str, dialect: Dialect, header: list[str]
) -> tuple[Dialect, list[list[str]], list[str]]:
    """The dialect of the table below lines that may stand above its header, these lines, and the
    header; what was found where they don't."""
    first = next((line for line in sample.splitlines() if set(line) & set(_DELIMITERS)), "")
    of_table = replace(dialect, delimiter=sniff_delimiter(first, name))
    lines = _Lines(io.StringIO(sample, newline=""), name)
    records = [fields for fields, _ in islice(of_table.records(lines), _ABOVE)]
    height = lines_above(records)
    if not height:
        return dialect, [], header
    return of_table, records[:height], records[height]


def empty_file(name: str) -> InputError:
    """The error for a file that holds nothing."""
    return InputError(message("empty_file", file=Name(name)), FOLDER)


def refuse_repeated_headings(headings: Iterable[str], file: str) -> None:
    """Raise InputError where two columns of a file have the same name."""
    twice = sorted(name for name, count in Counter(headings).items() if count > 1)
    if twice:
        told = message("headings_twice", columns=listed(twice), file=Name(file))
        raise InputError(told, FOLDER)


class _Lines:
    """Lines of a text, those of the current record remembered, so that they can be put back and
    read anew.

    Each line that is put back is read twice. Where stray quotation marks make that too many, a
    record may span no further lines.
    """

    def __init__(self, text: IO[str], file: str) -> None:
        self._text, self._file, self._waiting = text, file, deque[str]()
        self._most, self._size, self._put_back = current().record_bytes, 0, 0
        self.taken: list[str] = []
        self.is_exhausted = False
        self.is_cut = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.taken and self._put_back > _PUT_BACK:
            self.is_cut = True
            raise StopIteration
        line = self._waiting.popleft() if self._waiting else self._text.readline(self._most + 1)
        if not line:
            self.is_exhausted = True
            raise StopIteration
        check("record_bytes", len(line), self._file)
        self._size += len(line)
        if self._size > self._most:  # no record is so long: a quotation mark is never closed
            self._waiting.appendleft(line)
            self.is_cut = True
            raise StopIteration
        self.taken.append(line)
        return line

    def begin(self) -> None:
        """Forget the lines of the record before."""
        self.taken, self._size, self.is_cut = [], 0, False

    def put_back(self, lines: list[str]) -> None:
        self._put_back += len(lines)
        self._waiting.extendleft(reversed(lines))
        self.is_exhausted = False


@dataclass(frozen=True)
class Dialect:
    """How fields are separated and quoted, and whether a backslash (and not a second quote) escapes
    a quote."""

    delimiter: str
    is_quoted: bool = True
    is_escaped: bool = False

    def reader(self, lines: Iterable[str], *, is_strict: bool) -> Iterator[list[str]]:
        """Python's CSV reader; a strict one refuses text between a closing quote and the next
        delimiter."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.is_quoted else csv.QUOTE_NONE,
            doublequote=not self.is_escaped,
            escapechar="\\" if self.is_escaped else None,
            strict=is_strict,
        )

    def records(self, lines: _Lines) -> Iterator[tuple[list[str], bool]]:
        """Records without blank lines, and whether a quotation mark in them is never closed.

        The reader is asked again after its end: lines may have been put back.
        """
        reader = self.reader(lines, is_strict=True)
        while True:
            lines.begin()
            try:
                fields = next(reader, None)
            except csv.Error:
                # Text after a closing quote: two lines with a stray quote each look like one
                # record. Within one line whose quotes come in pairs it is a writer's carelessness,
                # which a lenient reader forgives.
                text = "".join(lines.taken)
                quotes = text.count('"') - self.is_escaped * text.count('\\"')
                is_unclosed = len(lines.taken) > 1 or quotes % 2 == 1
                is_unclosed |= lines.is_exhausted or lines.is_cut
                lenient = [] if is_unclosed else next(self.reader(lines.taken, is_strict=False), [])
                yield lenient, is_unclosed
                continue
            if fields is None and lines.is_exhausted:
                return
            if fields:
                yield fields, False


def _is_escaped(sample: str) -> bool:
    # Inside a field, CSV doubles a quote; some exporters put a backslash before it, and then none
    # is doubled.
    return bool(_BACKSLASHED.search(sample)) and not _DOUBLED.search(sample)


@dataclass
class _Columns:
    places: dict[str, int]
    rows: list[int] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0

    def append(self, number: int, fields: list[str]) -> None:
        self.rows.append(number)
        for name, place in self.places.items():
            self.values.setdefault(name, []).append(fields[place])
            self.size += len(fields[place])

    def flush(self) -> pl.DataFrame:
        columns = {
            name: pl.Series(name, self.values.get(name, []), dtype=pl.String)
            for name in self.places
        }
        frame = pl.DataFrame({**columns, ROW: pl.Series(ROW, self.rows, dtype=pl.UInt32)})
        self.rows, self.values, self.size = [], {}, 0
        return frame


@contextmanager
def _any_field_size() -> Iterator[None]:
    # Python refuses fields above 128 KiB unless told otherwise; one document may be larger.
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)

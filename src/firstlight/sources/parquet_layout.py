"""What a Parquet file says of itself before it is read: bytes of each column, and of each page.

A kilobyte of Parquet can hold a thousand million rows, since what repeats is stored once, and a
damaged page may claim more values than memory holds, which ends the process. The file's last part
and the head of each page are structures in Thrift's compact protocol; the fields that are read here
are those of the format's own definition (parquet.thrift).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from firstlight.sources.limits import check

_END = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)  # whole numbers of 16, 32 and 64 bits
_DEEPEST = 16  # levels of structures, which the format has fewer of
_LEAST = 4  # bytes of a value, or of a view on one, at least
_HEAD = 1 << 13  # bytes of a page's header that are read at first
Fields = Mapping[int, Any]
# numbers of fields: of the footer, of a group of rows, of a column, of what is said about it
_GROUPS, _COLUMNS, _ABOUT = 4, 1, 3
_PATH, _VALUES, _BYTES, _STORED, _FIRST_PAGE, _DICTIONARY = 3, 5, 6, 7, 9, 11
# of the header of a page, and of what is said of its kind
_PAGE_BYTES, _PAGE_STORED, _DATA, _WORDS, _DATA_2, _COUNT = 2, 3, 5, 7, 8, 1
_MISSING = (KeyError, TypeError, IndexError, ValueError, OverflowError, AttributeError)


class LayoutError(Exception):
    """A structure or a page that isn't what the format or the file's end says."""


def checked_sizes(stream: IO[bytes], name: str) -> Mapping[str, int]:
    """Column -> the bytes that its values take in memory at least, by what the file's end says,
    after a comparison of that end with the header of every page.

    name : of the file, for errors

    Nothing where the file has no end: then its reader says what is wrong with it.
    Raises  LayoutError where a page has more values or bytes than its column, or lies elsewhere;
            InputError where the file's end is larger than may be held in memory.
    """
    size = stream.seek(0, io.SEEK_END)
    try:
        columns = list(_columns(stream, name))
        for about in columns:
            _check_column(stream, about, size)
        return _sizes(columns)
    except _MISSING as error:
        raise LayoutError from error


def _sizes(columns: Iterable[Fields]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for about in columns:
        size = max(about[_VALUES] * _LEAST, about[_BYTES])
        found[about[_PATH][0].decode("utf-8", "replace")] += size
    return found


def _columns(stream: IO[bytes], name: str) -> Iterator[Fields]:
    """What is said about each column of each group of rows."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(size - 8, 0))
    tail = stream.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _END or length + 8 > size:
        return  # no Parquet, or cut off: its reader says so
    check("piece_bytes", length, name)
    stream.seek(size - 8 - length)
    footer = _struct(io.BytesIO(stream.read(length)), 0)
    for group in footer[_GROUPS]:
        for column in group[_COLUMNS]:
            yield column[_ABOUT]


def _check_column(stream: IO[bytes], about: Fields, size: int) -> None:
    """Every page of one column of one group of rows."""
    values, whole, stored = about[_VALUES], about[_BYTES], about[_STORED]
    # The dictionary stands first; 0 is written where there is none, or no other page.
    at = min(filter(None, (about[_FIRST_PAGE], about.get(_DICTIONARY))), default=0)
    end = at + stored
    if min(values, whole, stored, at) < 0 or end > size:
        raise LayoutError
    for page in _pages(stream, at, end):
        held = page.get(_DATA) or page.get(_DATA_2)
        if page[_PAGE_BYTES] > whole:
            raise LayoutError
        if held is not None:
            if not 0 <= held[_COUNT] <= values:
                raise LayoutError
            values -= held[_COUNT]
        elif _WORDS in page and not 0 <= page[_WORDS][_COUNT] <= 8 * page[_PAGE_BYTES]:
            raise LayoutError


def _pages(stream: IO[bytes], at: int, end: int) -> Iterator[Fields]:
    """The headers of pages, one after the other."""
    while at < end:
        page, length = _header(stream, at, end)
        stored = page[_PAGE_STORED]
        if min(page[_PAGE_BYTES], stored) < 0 or at + length + stored > end:
            raise LayoutError
        yield page
        at += length + stored


def _header(stream: IO[bytes], at: int, end: int) -> tuple[Fields, int]:
    """The header of the page at a byte, and its own length."""
    for most in (_HEAD, end - at):
        stream.seek(at)
        head = io.BytesIO(stream.read(min(most, end - at)))
        try:
            return _struct(head, 0), head.tell()
        except LayoutError:
            if most >= end - at:
                raise
    raise LayoutError


def _struct(stream: IO[bytes], level: int) -> dict[int, Any]:
    """The fields of a structure by their numbers."""
    if level > _DEEPEST:
        raise LayoutError
    found, number = dict[int, Any](), 0
    while head := _bytes(stream, 1)[0]:
        step, kind = head >> 4, head & 15
        # A number is written as its step from the last one; in full where that is 0 or too wide.
        number = number + step if step else _signed(stream)
        if kind in (_TRUE, _FALSE):  # a field's kind is its truth value: nothing follows
            found[number] = kind == _TRUE
        else:
            found[number] = _value(stream, kind, level)
    return found


def _value(stream: IO[bytes], kind: int, level: int) -> Any:
    if kind in (_TRUE, _FALSE, _BYTE):  # in a list, a truth value is a byte as well
        return _bytes(stream, 1)[0]
    if kind in _WHOLE:
        return _signed(stream)
    if kind == _DOUBLE:
        return _bytes(stream, 8)
    if kind == _TEXT:
        return _bytes(stream, _unsigned(stream))
    if kind in (_LIST, _SET):
        head = _bytes(stream, 1)[0]
        count = head >> 4
        if count == 15:  # or more, which is written behind
            count = _unsigned(stream)
        return [_value(stream, head & 15, level + 1) for _ in range(count)]
    if kind == _MAP:
        count = _unsigned(stream)
        kinds = _bytes(stream, 1)[0] if count else 0
        pair = (kinds >> 4, kinds & 15)
        return [[_value(stream, one, level + 1) for one in pair] for _ in range(count)]
    if kind == _STRUCT:
        return _struct(stream, level + 1)
    raise LayoutError


def _bytes(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise LayoutError
    return data


def _unsigned(stream: IO[bytes]) -> int:
    number = shift = 0
    while shift < 64:
        byte = _bytes(stream, 1)[0]
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number
    raise LayoutError


def _signed(stream: IO[bytes]) -> int:
    number = _unsigned(stream)
    return number >> 1 ^ -(number & 1)

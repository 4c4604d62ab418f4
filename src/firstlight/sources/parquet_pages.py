"""Whether the pages of a Parquet file hold what its end says, before they are decoded.

A damaged page may claim more values than memory holds, and asking for that much ends the process.
The fields that are read are those of the format's own definition (parquet.thrift), in Thrift's
compact protocol.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import IO, Any

_END = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)  # whole numbers of 16, 32 and 64 bits
_DEEPEST = 16  # levels of structures, which the format has fewer of
_HEAD = 1 << 13  # bytes of a page's header that are read at first
Fields = Mapping[int, Any]


class PageError(Exception):
    """A structure or a page that isn't what the format or the file's end says."""


def check_pages(stream: IO[bytes]) -> None:
    """Compare the header of every page with the end of the file.

    Raises  PageError where a page has more values or bytes than its column, or lies elsewhere.
    """
    size = stream.seek(0, io.SEEK_END)
    try:
        for group in _footer(stream, size)[4]:
            for column in group[1]:
                _check_column(stream, column[3], size)
    except (KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
        raise PageError(repr(error)) from error


def _footer(stream: IO[bytes], size: int) -> Fields:
    stream.seek(max(size - 8, 0))
    tail = stream.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _END or length + 8 > size:
        raise PageError("no footer")
    stream.seek(size - 8 - length)
    return _struct(io.BytesIO(stream.read(length)), 0)


def _check_column(stream: IO[bytes], about: Fields, size: int) -> None:
    """Every page of one column of one group of rows."""
    values, whole, stored = about[5], about[6], about[7]
    # The dictionary stands first; 0 is written where there is none, or no other page.
    at = min(filter(None, (about[9], about.get(11))), default=0)
    end = at + stored
    if min(values, whole, stored, at) < 0 or end > size:
        raise PageError(f"a column from byte {at} to {end}")
    for page in _pages(stream, at, end):
        held = page.get(5) or page.get(8)
        if page[2] > whole:
            raise PageError(f"a page of {page[2]} bytes in a column of {whole}")
        if held is not None:
            if not 0 <= held[1] <= values:
                raise PageError(f"a page of {held[1]} values in a column of {values}")
            values -= held[1]
        elif 7 in page and not 0 <= page[7][1] <= 8 * page[2]:
            raise PageError(f"{page[7][1]} values in a dictionary of {page[2]} bytes")


def _pages(stream: IO[bytes], at: int, end: int) -> Iterator[Fields]:
    """The headers of pages, one after the other."""
    while at < end:
        page, length = _header(stream, at, end)
        if min(page[2], page[3]) < 0 or at + length + page[3] > end:
            raise PageError(f"a page of {page[3]} bytes at byte {at}")
        yield page
        at += length + page[3]


def _header(stream: IO[bytes], at: int, end: int) -> tuple[Fields, int]:
    """The header of the page at a byte, and its own length."""
    for most in (_HEAD, end - at):
        stream.seek(at)
        head = io.BytesIO(stream.read(min(most, end - at)))
        try:
            return _struct(head, 0), head.tell()
        except PageError:
            if most >= end - at:
                raise
    raise PageError("no header")


def _struct(stream: IO[bytes], level: int) -> dict[int, Any]:
    """The fields of a structure by their numbers."""
    if level > _DEEPEST:
        raise PageError("too deep")
    found, number = dict[int, Any](), 0
    while head := _bytes(stream, 1)[0]:
        step, kind = head >> 4, head & 15
        number = number + step if step else _signed(stream)
        found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else _value(stream, kind, level)
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
        count = head >> 4 if head >> 4 < 15 else _unsigned(stream)
        return [_value(stream, head & 15, level + 1) for _ in range(count)]
    if kind == _MAP:
        count = _unsigned(stream)
        kinds = _bytes(stream, 1)[0] if count else 0
        pair = (kinds >> 4, kinds & 15)
        return [[_value(stream, one, level + 1) for one in pair] for _ in range(count)]
    if kind == _STRUCT:
        return _struct(stream, level + 1)
    raise PageError(f"no such kind: {kind}")


def _bytes(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise PageError("it ends early")
    return data


def _unsigned(stream: IO[bytes]) -> int:
    number = shift = 0
    while shift < 64:
        byte = _bytes(stream, 1)[0]
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number
    raise PageError("a number too long")


def _signed(stream: IO[bytes]) -> int:
    number = _unsigned(stream)
    return number >> 1 ^ -(number & 1)

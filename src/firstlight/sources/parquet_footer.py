"""What a Parquet file says of its size before it is read: values and bytes of each column.

A kilobyte of Parquet can hold a thousand million rows, since what repeats is stored once. Its last
part is a structure in Thrift's compact protocol; the fields that are read here are those of the
format's own definition (parquet.thrift, FileMetaData).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from firstlight.sources.archives import Content
from firstlight.sources.limits import check

_END = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)  # whole numbers of 16, 32 and 64 bits
_DEEPEST = 16  # levels of structures, which the format has fewer of
_GROUPS, _COLUMNS, _ABOUT, _PATH, _VALUES, _BYTES = 4, 1, 3, 3, 5, 6  # numbers of fields
_LEAST = 4  # bytes of a value, or of a view on one, at least


class _FooterError(Exception):
    """The end of a file that isn't what the format says."""


def column_sizes(content: Content) -> Mapping[str, int]:
    """Column -> the bytes that its values take in memory at least, by what the file's end says.

    Nothing where that can't be read: then its reader says what is wrong with the file.
    Raises  InputError where that end is larger than may be held in memory.
    """
    with content.raw() as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(size - 8, 0))
        tail = stream.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _END or length + 8 > size:
            return {}
        check("piece_bytes", length, content.name)
        stream.seek(size - 8 - length)
        footer = io.BytesIO(stream.read(length))
    try:
        return _sizes(_struct(footer, 0))
    except (_FooterError, IndexError, KeyError, TypeError, AttributeError):
        return {}


def _sizes(footer: Mapping[int, Any]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for group in footer[_GROUPS]:
        for column in group[_COLUMNS]:
            about = column[_ABOUT]
            size = max(about[_VALUES] * _LEAST, about[_BYTES])
            found[about[_PATH][0].decode("utf-8", "replace")] += max(size, 0)
    return found


def _struct(stream: IO[bytes], level: int) -> dict[int, Any]:
    """The fields of a structure by their numbers."""
    if level > _DEEPEST:
        raise _FooterError
    found, number = dict[int, Any](), 0
    while head := _byte(stream):
        step, kind = head >> 4, head & 15
        number = number + step if step else _signed(stream)
        found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else _value(stream, kind, level)
    return found


def _value(stream: IO[bytes], kind: int, level: int) -> Any:
    if kind in (_TRUE, _FALSE, _BYTE):  # in a list, a truth value is a byte as well
        return _byte(stream)
    if kind in _WHOLE:
        return _signed(stream)
    if kind == _DOUBLE:
        return _bytes(stream, 8)
    if kind == _TEXT:
        return _bytes(stream, _unsigned(stream))
    if kind in (_LIST, _SET):
        head = _byte(stream)
        count = head >> 4 if head >> 4 < 15 else _unsigned(stream)
        return [_value(stream, head & 15, level + 1) for _ in range(count)]
    if kind == _MAP:
        count = _unsigned(stream)
        kinds = _byte(stream) if count else 0
        pair = (kinds >> 4, kinds & 15)
        return [[_value(stream, one, level + 1) for one in pair] for _ in range(count)]
    if kind == _STRUCT:
        return _struct(stream, level + 1)
    raise _FooterError


def _byte(stream: IO[bytes]) -> int:
    return _bytes(stream, 1)[0]


def _bytes(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise _FooterError
    return data


def _unsigned(stream: IO[bytes]) -> int:
    number = shift = 0
    while True:
        byte = _byte(stream)
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number
        if shift > 63:
            raise _FooterError


def _signed(stream: IO[bytes]) -> int:
    number = _unsigned(stream)
    return number >> 1 ^ -(number & 1)

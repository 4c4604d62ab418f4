"""Damage to a written table that a reader can notice, or that changes nothing of what it means."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from fuzz.written_tables import Written

_PACKED = (".gz", ".xlsx")
_GARBAGE = (b"\x00\x00\x00", b"<<<<<<< HEAD", b"#REF!", b"\xff\xfe\xfa", b"}{", b"Total pages: 3")


def damaged(written: Written, rng: random.Random) -> Written:
    """The file after one accident."""
    if written.name.endswith(".parquet"):  # its pages have no sums by which a bit could be missed
        kind = _cut
    elif written.name.endswith(_PACKED):
        kind = rng.choice((_cut, _flipped))
    elif written.data[:2] in (b"\xff\xfe", b"\xfe\xff") or written.name.endswith(("json", "xls")):
        kind = _cut_in_a_line
    else:
        kind = rng.choice((_cut_in_a_line, _fields, _letter, _quote, _line, _order))
    return replace(written, data=kind(written.data, rng))


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _flipped(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _cut_in_a_line(data: bytes, rng: random.Random) -> bytes:
    """The file without its end, from the middle of a line on: within a name, not a number, of which
    nobody could say that it is short."""
    lines = data.split(b"\n")
    at = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    return b"\n".join([*lines[:at], lines[at][:2]])


def _lines(data: bytes, rng: random.Random) -> tuple[list[bytes], int]:
    lines = data.split(b"\n")
    return lines, rng.randrange(min(1, len(lines) - 1), len(lines))


def _fields(data: bytes, rng: random.Random) -> bytes:
    """One sign between fields too many or too few."""
    lines, at = _lines(data, rng)
    # no name holds another sign than a comma
    sign = next((sign for sign in (b";", b"\t", b"|") if sign in data), b",")
    places = [found.start() for found in re.finditer(re.escape(sign), lines[at])]
    if not places or b'"' in lines[at]:
        return data
    place = rng.choice(places)
    more = lines[at][:place] + sign * 2 + lines[at][place + 1 :]
    fewer = lines[at][:place] + b" " + lines[at][place + 1 :]
    return b"\n".join([*lines[:at], rng.choice((more, fewer)), *lines[at + 1 :]])


def _letter(data: bytes, rng: random.Random) -> bytes:
    """A letter or a NUL within a number below the header."""
    begin = data.find(b"\n") + 1
    places = [found.start() + 1 for found in re.finditer(rb"\d{2}", data[begin:])]
    if not places:
        return data
    at = begin + rng.choice(places)
    sign = rng.choice((b"O", b"l", b"\x00", b"?", b"x"))
    return data[:at] + sign + data[at:]


def _quote(data: bytes, rng: random.Random) -> bytes:
    """A quotation mark that is never closed, at the beginning of a line."""
    lines, at = _lines(data, rng)
    return b"\n".join([*lines[:at], b'"' + lines[at], *lines[at + 1 :]])


def _line(data: bytes, rng: random.Random) -> bytes:
    """A line twice, or one of garbage."""
    lines, at = _lines(data, rng)
    more = rng.choice((lines[at], rng.choice(_GARBAGE), b""))
    return b"\n".join([*lines[:at], more, *lines[at:]])


def _order(data: bytes, rng: random.Random) -> bytes:
    """Other ends of lines."""
    if b"\r\n" in data:
        return data.replace(b"\r\n", b"\n")
    return data.replace(b"\n", b"\r\n")

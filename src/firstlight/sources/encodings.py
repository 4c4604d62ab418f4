"""Which encoding the bytes of a text file are in, told from the bytes alone."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass

from firstlight.errors import InputError
from firstlight.sources.archives import Content, chunks, open_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN_BINARY = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"ARROW1", "an Arrow file"),
)
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# The characters of GB 2312: signs in rows A1-A9, hanzi in rows B0-F7; Latin text rarely has two high bytes together.
_CHINESE = re.compile(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
_SAMPLE = 1 << 20


@dataclass(frozen=True)
class Encoding:
    """A codec, how to treat bytes that don't fit it, and how many characters that concerns."""

    name: str
    errors: str = "strict"
    misfits: int = 0


def detect_encoding(content: Content) -> Encoding:
    """The encoding of a text file, by byte-order mark, then validity, then the kind of high bytes it holds.

    UTF-8 where all bytes are valid UTF-8, or nearly all (the rest is replaced and counted); GB 18030 where the high
    bytes come in pairs that are Chinese characters; otherwise Windows-1252.

    Raises  InputError where the file is binary or the archive is truncated.

    >>> detect_encoding(Content("a", data="题名,摘要".encode("gb18030"))).name
    'gb18030'
    >>> detect_encoding(Content("a", data="théorie à Łódź".encode("cp1252", "ignore"))).name
    'cp1252'
    """
    with open_bytes(content) as stream:
        head = stream.read(_SAMPLE)
    name = next((codec for mark, codec in _MARKS if head.startswith(mark)), "") or _wide(head)
    if not name:
        _refuse_binary(head, content.name)
        name = "utf-8" if _fits(content, "utf-8") else _by_high_bytes(content)
    if name == "latin-1" or _fits(content, name):
        return Encoding(name)
    return Encoding(name, "replace", _misfits(content, name))


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: nearly every other byte of Latin text is zero."""
    half = max(len(head) // 2, 1)
    if len(head) < 4:
        return ""
    low, high = head[0::2].count(0) / half, head[1::2].count(0) / half
    if high > 0.4 and low < 0.05:
        return "utf-16-le"
    return "utf-16-be" if low > 0.4 and high < 0.05 else ""


def _refuse_binary(head: bytes, name: str) -> None:
    kind = next((kind for magic, kind in _KNOWN_BINARY if head.startswith(magic)), "")
    if kind or len(_CONTROL.findall(head)) > 0.02 * len(head) + 8:
        raise InputError(
            f"binary file: {kind or 'its bytes are not text'}",
            where=name,
            try_next="export the documents as CSV, TSV, JSON lines or Parquet",
        )


def _fits(content: Content, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for piece in chunks(content):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_high_bytes(content: Content) -> str:
    high = utf8 = chinese = 0
    for piece in chunks(content):
        high += len(_HIGH.findall(piece))
        utf8 += sum(map(len, _UTF8.findall(piece)))
        chinese += 2 * len(_CHINESE.findall(piece))
    if utf8 > 0.9 * high:
        return "utf-8"
    if chinese > 0.9 * high:
        return "gb18030"
    # Five bytes mean nothing in Windows-1252; Latin-1 gives every byte a meaning.
    return "cp1252" if _fits(content, "cp1252") else "latin-1"


def _misfits(content: Content, name: str) -> int:
    with open_bytes(content) as stream:
        text = io.TextIOWrapper(stream, encoding=name, errors="replace", newline="")
        return sum(piece.count("\ufffd") for piece in iter(lambda: text.read(_SAMPLE), ""))

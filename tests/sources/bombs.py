"""Files of some kilobytes that would be far more than that once they are read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import polars as pl

MANY = 1 << 25
END, SHEET = b"</sheetData>", "xl/worksheets/sheet1.xml"
Pack = Callable[[bytes], bytes]
SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
SHARED = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.sharedStrings+xml"/>'
)
GEOJSON = b'{"type":"FeatureCollection","features":['
OAI = b'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
# Beginning, what is repeated, and end.
TEXTS = {
    "line.csv": (b"title,year\n", b"x", b",2010\n"),
    "rows.csv": (b"title,year\n", b"x,2010\n", b""),
    "blank.csv": (b"title,year\n", b"\n", b"x,2010\n"),
    "ragged.csv": (b"title,year\n", b"x\n", b""),
    "quoted.csv": (b"title,year\n", b'a","\n', b""),
    "values.jsonl": (b'{"year":2010,"title":"', b"x", b'"}\n'),
    "lines.jsonl": (b'{"year":2010,"title":"x"}\n', b"1\n", b""),
    "lists.jsonl": (b"", b"[],\n", b""),
    "deep.json": (b"", b"[", b""),
    "tagged.txt": (b"FN x\nVR 1.0\nPT J\nTI x\nPY 2010\n", b"   a\n", b"ER\n"),
    "tagged.ris": (b"TY  - JOUR\nTI  - x\nPY  - 2010\nAB  - x\n", b"a\n", b"ER  - \n"),
    "pubmed.xml": (b"<PubmedArticleSet>", b"<a/>", b"</PubmedArticleSet>"),
    "page.xml": (OAI, b"<a/>", b"</OAI-PMH>"),
    "outlines.geojson": (GEOJSON, b"[],", b"0]}"),
}


def repeated(name: str, size: int) -> bytes:
    """One of the texts, its middle repeated to about ``size`` bytes."""
    start, middle, end = TEXTS[name]
    return start + middle * (size // len(middle)) + end


def packed(name: str, kind: str) -> bytes:
    """One of the texts, packed to a few kilobytes or less."""
    start, middle, end = TEXTS[name]
    if kind == "gz":
        return gzip.compress(repeated(name, 490_000), mtime=0)
    if kind == "zst":
        return b"".join(_zst(part) for part in (start, *[middle * (1 << 17)] * 100, end))
    pack: Pack = {"bz2": bz2.compress, "xz": lambda text: lzma.compress(text, preset=0)}[kind]
    piece = middle * ((1 << 20) // len(middle))
    return pack(start) + pack(piece) * (MANY // len(piece)) + pack(end)


def _zst(text: bytes) -> bytes:
    """A Zstandard frame of blocks that repeat one byte, or hold the text as it is (RFC 8878)."""
    found = bytes.fromhex("28b52ffd") + b"\x00" + b"\x58"  # blocks of up to 128 KiB; no size
    kind, size = (1, len(text)) if len(set(text)) == 1 else (0, len(text))
    held = text[:1] if kind else text[: 1 << 17]
    size = min(size, 1 << 17)
    return found + (size << 3 | kind << 1 | 1).to_bytes(3, "little") + held


def parquet(**columns: pl.Series) -> bytes:
    """A Parquet file in which what repeats is stored once."""
    made = io.BytesIO()
    frame = pl.DataFrame([own.alias(name) for name, own in columns.items()])
    frame.write_parquet(made, statistics=False, row_group_size=1 << 30)
    return made.getvalue()


def workbook(rows: bytes, strings: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook of a small table, with XML put in after its rows, and with shared texts."""
    import openpyxl

    book, made, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in (("place", "year", "value"), ("a", 2001, 1.0)):
        book.active.append(row)
    book.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(changed, "w", method) as out:
        for name in parts.namelist():
            text = parts.read(name)
            text = text.replace(END, rows + END) if name == SHEET else text
            text = text.replace(b"</Types>", SHARED + b"</Types>") if strings else text
            out.writestr(name, text)
        if strings:
            out.writestr("xl/sharedStrings.xml", SST + strings + b"</sst>")
    return changed.getvalue()

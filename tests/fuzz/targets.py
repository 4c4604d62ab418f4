"""What inputs are searched for: every reader and the configuration, each as a function of bytes.

A function fails by any exception but the project's own errors, and where the rows that were kept
and set aside are not those of the file, by the reader's own count or by an independent one.
"""

from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import polars as pl

from firstlight.run.doctor import doctor
from firstlight.run.own_names import read_names
from firstlight.run.project import FILE, open_project
from firstlight.sources import arxiv, openalex
from firstlight.sources.archives import Content, chunks
from firstlight.sources.counts import holds_counts, read_counts
from firstlight.sources.documents import Documents, read_documents
from firstlight.sources.encodings import detect_encoding, encoding_notes
from firstlight.sources.openalex.api import parse_page
from firstlight.sources.openalex.snapshot import read_manifest
from firstlight.sources.outlines import read_outlines
from firstlight.sources.panel_rows import Column
from firstlight.sources.panels import read_panel
from firstlight.sources.raw import note_text
from fuzz import planted

TODAY = datetime.date(2026, 1, 1)
PLACES = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
ENCODINGS = ("", "utf-8", "gb18030", "big5", "shift_jis", "euc-kr", "cp1252", "utf-16", "hz")
_OAI = "{http://www.openarchives.org/OAI/2.0/}"


@dataclass(frozen=True)
class Target:
    """A function to search with inputs, where the search starts, and words that inputs are made
    of."""

    check: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[str]


def _documents(found: Documents, rows: int | None) -> None:
    """Rows kept and set aside are those read, and as many as were counted by other means."""
    kept, aside = found.table.frame.height, found.set_aside.height
    assert kept + aside == found.rows, f"{kept} kept, {aside} set aside, {found.rows} read"
    assert rows is None or rows == found.rows, f"{rows} counted, {found.rows} read"
    for note in found.notes:
        for language in ("en", "zh"):
            note_text(note, language)


def csv_rows(data: bytes) -> int | None:
    """Rows below the header of well-formed UTF-8 in one of the dialects, by Python's CSV module;
    None where the file is not well formed."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # A backslash may escape, and other ends of lines than these are no ends to this module.
    if not text.strip() or set("\\\r\x00\ufeff\x1f") & set(text):
        return None
    first = text.lstrip("\n").split("\n", 1)[0]
    if '"' in first or sum(sign in first for sign in ",\t;|") != 1:
        return None
    sign = next(sign for sign in ",\t;|" if sign in first)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=sign, strict=True) if row]
    except csv.Error:
        return None
    is_even = len({len(row) for row in rows}) == 1
    return len(rows) - 1 if is_even else None


def json_rows(data: bytes) -> int | None:
    """Lines that are all JSON objects, each with other keys than a list of records has."""
    try:
        lines = [line for line in data.decode("utf-8").split("\n") if line.strip(" \t\r")]
        records = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None
    is_plain = all(isinstance(record, dict) for record in records)
    if not is_plain or any("results" in record or "data" in record for record in records):
        return None
    return len(records) if len(lines) > 1 else None


def _csv_documents(data: bytes) -> None:
    _documents(read_documents({"a.csv": data}, as_of_today=TODAY), csv_rows(data))


def _json_lines(data: bytes) -> None:
    # An object that names a key twice is set aside, whatever the other module makes of it.
    _documents(read_documents({"a.jsonl": data}, as_of_today=TODAY), json_rows(data))


def _nested_json(data: bytes) -> None:
    _documents(read_documents({"a.json": data}, as_of_today=TODAY), None)


def _tagged(data: bytes) -> None:
    _documents(read_documents({"a.txt": data}, as_of_today=TODAY), None)


def _bibtex(data: bytes) -> None:
    _documents(read_documents({"a.bib": data}, as_of_today=TODAY), None)


def _pubmed(data: bytes) -> None:
    _documents(read_documents({"a.xml": data}, as_of_today=TODAY), None)


def _counts(data: bytes) -> None:
    given = {"a.csv": data}
    holds_counts(given)
    found = read_counts(given)
    kept = found.table.frame.height + found.summed
    assert kept + found.set_aside.height == found.rows
    counted = csv_rows(data)
    assert counted is None or counted == found.rows, f"{counted} counted, {found.rows} read"


def _panel(data: bytes) -> None:
    found = read_panel({"a.csv": data}, PLACES, is_summed=False)
    assert found.table.frame.height + found.set_aside.height == found.rows
    counted = csv_rows(data)
    is_long = set(data.split(b"\n", 1)[0].split(b",")) == {b"place", b"year", b"value"}
    assert counted is None or not is_long or counted == found.rows


def _oai_page(data: bytes) -> None:
    found = arxiv.tidy({"page.xml": data}, as_of_today=TODAY)
    page = ElementTree.fromstring(data)
    _documents(found, sum(1 for _ in page.iter(f"{_OAI}record")))


def _openalex_page(data: bytes) -> None:
    page = parse_page(data, "https://example.org")
    found = openalex.tidy({"page.json": data}, as_of_today=TODAY)
    _documents(found, len(page["results"]))


def _manifest(data: bytes) -> None:
    read_manifest(data, "https://example.org")


@cache
def _parts_of_a_workbook() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for row in (["title", "year"], ["Wind power", 2016], ["Solar cells", 2017]):
        book.active.append(row)
    stored = io.BytesIO()
    book.save(stored)
    with zipfile.ZipFile(stored) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _workbook(data: bytes) -> None:
    """The first byte says which part of a workbook is replaced by the others."""
    parts = dict(_parts_of_a_workbook())
    names = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml")
    parts[names[data[0] % len(names)] if data else names[0]] = data[1:]
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    _documents(read_documents({"a.xlsx": stored.getvalue()}, as_of_today=TODAY), None)


def _parquet(data: bytes) -> None:
    _documents(read_documents({"a.parquet": data}, as_of_today=TODAY), None)


def _outlines(data: bytes) -> None:
    read_outlines(Content("a.geojson", data=data))


def _own_names(data: bytes) -> None:
    read_names({"names.csv": data})


def _project(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FILE).write_bytes(data)
        project = open_project(folder)
        for name in project.measures:
            project.measure(name)


def _encoding(data: bytes) -> None:
    """The first byte says which encoding the user names."""
    named = ENCODINGS[data[0] % len(ENCODINGS)] if data else ""
    content = Content("a.csv", data=data[1:], encoding=named)
    found = detect_encoding(content)
    b"".join(chunks(content)).decode(found.name, found.errors)
    list(encoding_notes(found, "a.csv"))


def _archive(data: bytes) -> None:
    """The bytes of a compressed file; its kind is told by the first of them."""
    _documents(read_documents({"a.csv.gz": data}, as_of_today=TODAY), None)


def _zip(data: bytes) -> None:
    """The bytes of a zip archive, as observe and doctor read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data)
        assert doctor(path)
        _documents(read_documents(path, as_of_today=TODAY), None)


def _zipped(method: int, *parts: tuple[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), part, method)
    return stored.getvalue()


def _table(rows: list[dict[str, object]]) -> bytes:
    stored = io.BytesIO()
    pl.DataFrame(rows).write_parquet(stored, compression="uncompressed", statistics=False)
    return stored.getvalue()


_CSV = (
    b'id,title,abstract,year,authors\n1,"Wind, power",a,2016,"Li, M"\n2,Solar,b,2017,Wu\n',
    "题名;年;作者\n风电;2016;李\n太阳能;2017年;吴\n".encode("gb18030"),
    b"PT\tTI\tPY\tUT\nJ\tWind\t2016\tWOS:1\t\n",
    b'id|title|date\n1|"a ""b"" c"|2016-02-30\n2|x\ny|z\n',
)
_WORK = {
    "id": "W1",
    "display_name": "Wind",
    "publication_date": "2016-02-01",
    "abstract_inverted_index": {"wind": [0, 2], "power": [1]},
    "authorships": [{"author": {"display_name": "Li"}, "countries": ["CN"]}],
    "referenced_works": ["W2"],
    "cited_by_count": 3,
}
_PAGE = json.dumps({"meta": {"next_cursor": None}, "results": [_WORK, _WORK]}).encode()
_RECORD = (
    "<record><header><identifier>oai:1</identifier></header><metadata>"
    '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1601.1</id><created>2016-01-02</created>'
    "<authors><author><keyname>Li</keyname><affiliation>X</affiliation></author></authors>"
    "<title>Wind</title><categories>cs.LG</categories><abstract>a</abstract></arXiv></metadata>"
    "</record>"
)
_OAI_PAGE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
    f'{_RECORD}<record><header status="deleted"/></record></ListRecords></OAI-PMH>'
).encode()
_SQUARE = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]
_MAP = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Here"},
            "geometry": {"type": "Polygon", "coordinates": _SQUARE},
        },
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "GeometryCollection", "geometries": []},
        },
    ],
}
_MANIFEST = {
    "entries": [
        {
            "url": "s3://openalex/data/works/updated_date=2024-01-01/part_000.gz",
            "meta": {"content_length": 5, "record_count": 1},
        }
    ]
}
_PROJECT = """[observe]
source = "papers.csv"
as_of = 2016
horizon = 3
language = "zh"
names = "names.csv"
encoding = "gbk"
[columns]
title = "题名"
[measure.learning]
source = "a.csv"
columns = { cost = "价格" }
[naming]
url = "http://localhost:1234/v1"
model = "m"
"""
_TAGGED = b"FN X\nVR 1.0\nPT J\nAU Li, M\n   Wu, B\nTI Wind\n  power\nPY 2016\nUT WOS:1\nER\n\nEF\n"
_TAGGED_ELSEWHERE = (
    b"1. \nTY  - JOUR\nT1  - Wind\n  power\nKW  - a\nb\nY1  - 2016//\nER  - \nNL  - x\n",
    b"PMID- 1\nTI  - Wind\n      power\nDP  - 2016 Sep-Oct\nFAU - Li, Mu\n\nPMID- 2\nTI  - a\n",
    "%0 Journal Article\n%T 风电\n%D 2016\n\n%0 Thesis\n%T 光伏\n%8 2016-05-01\n".encode(),
    "RT Journal Article\nT1 风电\nYR 2016\n\nRT Thesis\nT1 光伏\nFD 2016-05-01\n".encode(),
    "{Reference Type}: Thesis\n{Title}: 风电\n{Year}: 2016\n".encode(),
    "SrcDatabase-来源库: 期刊\nTitle-题名: 风电\nYear-年: 2016\n".encode(),
)
_PUBMED = (
    '<?xml version="1.0"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "x.dtd">\n'
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal>"
    "<JournalIssue><PubDate><Year>2016</Year></PubDate></JournalIssue><Title>Made Up</Title>"
    "</Journal><ArticleTitle>Wind <i>power</i></ArticleTitle><Abstract><AbstractText>a"
    "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
_JSON_WORDS = (
    *("null", "true", "-0", "1e999", "0.5", "2016", "99999999999999999999", "[]", "{}", "[[0, 1]]"),
    *(
        '""',
        '"a"',
        r'"\u0000"',
        r'"\ud800"',
        '"é"',
        '{"a": [1]}',
        ",",
        ":",
        '"title"',
        '"2016-02-30"',
    ),
)
_SHEET = b"\x00" + _parts_of_a_workbook()["xl/worksheets/sheet1.xml"]
_ROWS = [{"id": "1", "title": "Wind", "year": 2016}, {"id": "2", "title": "Sun", "year": None}]

TARGETS = {
    "archive": Target(
        _archive,
        [gzip.compress(_CSV[0], mtime=0), bz2.compress(_CSV[0]) * 2, lzma.compress(_CSV[0])],
        ["\x1f\x8b", "BZh9", "\xfd7zXZ"],
    ),
    "bibtex": Target(
        _bibtex,
        [b'@string{a = "J" # {b}}\n@misc{k, title = {{Wind} power}, year = 2016, journal = a}\n'],
        ["@misc{", "@comment", "title = {", '"', "}", " # ", "\\'", " and ", ","],
    ),
    "counts": Target(
        _counts,
        [b"tag,year,count,total\na,2016,3,9\na,2016,4,9\n", b"topic,2016Q1,share\nb,x,0.5\n"],
        ["year", "quarter", "country", "rate", "per 100,000", "%", "1e308", "nan", "inf", "2016Q4"],
    ),
    "csv": Target(_csv_documents, _CSV, ['"', '""', "\\", "title", "date", "题名", "9999-12-31"]),
    "encoding": Target(
        _encoding,
        [
            bytes([number]) + text
            for number in range(9)
            for text in (*_CSV[:2], "é".encode("cp1252"))
        ],
        ["\x1b$B", "~{", "\ufeff", "\x00"],
    ),
    "json_lines": Target(
        _json_lines,
        [b'{"title": "a", "year": 2016}\n{"title": "b", "date": "2016"}\n'],
        ['"date"', '"authors"', '"authors_parsed"', '"versions"', *_JSON_WORDS],
    ),
    "manifest": Target(
        _manifest, [json.dumps(_MANIFEST).encode()], ['".."', '"s3://a/works/../b"', *_JSON_WORDS]
    ),
    "nested_json": Target(_nested_json, [_PAGE, json.dumps([_WORK]).encode()], _JSON_WORDS),
    "oai_page": Target(
        _oai_page, [_OAI_PAGE], ["<![CDATA[", "]]>", "&#0;", "&amp;", "<!--", "-->"]
    ),
    "openalex_page": Target(_openalex_page, [_PAGE], ['"meta"', '"results"', *_JSON_WORDS]),
    "outlines": Target(
        _outlines,
        [json.dumps(_MAP).encode()],
        ['"MultiPolygon"', '"Polygon"', '"Point"', '"crs"', "180", "-91", "[0, 0]", *_JSON_WORDS],
    ),
    "own_names": Target(
        _own_names,
        [b"name,action,to\na b,rename,c\nd,merge,a b\ne,hide,\nf,split,\n"],
        ["translate", "merge", "rename", "改名", "合并"],
    ),
    "panel": Target(
        _panel,
        [
            b"place,year,value\na,2016,1.5\nb,2016,2\n",
            '地区,2019年,2020年\n北京,1,"1,250"\n'.encode(),
        ],
        ["unit", "indicator", "value", "%", "1e308", "nan", "(2)", "2016", "-", "万元"],
    ),
    "parquet": Target(
        _parquet, [_table(_ROWS), _table([{"title": ["a"], "date": TODAY}])], ["PAR1"]
    ),
    "project": Target(
        _project, [_PROJECT.encode()], ["[[measure]]", "[observe.x]", "inf", "2016-01-01", "'''"]
    ),
    "pubmed": Target(
        _pubmed, [_PUBMED.encode()], ["<![CDATA[", "&#0;", "&amp;", "<!ENTITY", "<Year>", "<i>"]
    ),
    "tagged": Target(
        _tagged,
        [_TAGGED, *_TAGGED_ELSEWHERE],
        [
            *("ER", "EF", "PT J", "AU ", "TI ", "PY ", "CR ", "C1 "),
            *("TY  - JOUR", "ER  - ", "PMID- 1", "%0 X", "%T ", "RT X", "{Title}: ", "Year-年: "),
        ],
    ),
    "xml": Target(
        _pubmed,
        [
            b'<?xml version="1.0"?><d><a><title>Wind</title><year>2016</year></a><b><title>Sun'
            b"</title><year>2017</year></b></d>"
        ],
        ["<![CDATA[", "&uuml;", "&#0;", "<title>", "<item>", "<i>", "</a>", "<!DOCTYPE d>"],
    ),
    "workbook": Target(
        _workbook,
        [_SHEET, b"\x01" + _parts_of_a_workbook()["xl/workbook.xml"]],
        [
            *('"A1:B2"', '"XFD1048576"', '"0"', '"e"', '"n"', '"b"', '"s"', '"d"', "1e999", "<v>"),
            '<c r="C1" t="str"><v>year</v></c>',
            '<c r="A9"><f>1/0</f><v>#DIV/0!</v></c>',
            '<row r="4" hidden="1"><c r="B4"><v>2016</v></c></row>',
            '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
        ],
    ),
    "zip": Target(
        _zip,
        [_zipped(method, ("a.csv", _CSV[0]), ("b/c.csv", _CSV[0])) for method in (0, 8, 12, 14)],
        ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "a.csv", "../", "/", "\x00\x00\x00\x00", "\x01"],
    ),
}
# No part of the search: it shows that faults are found.
PLANTED = Target(planted.read, [b'{"place": {"years": [2016, 2017]}, "value": 3}'], _JSON_WORDS)

"""Dates, encodings, archives, column names and lists, each by what publishers write."""

from __future__ import annotations

import bz2
import datetime
import gzip
import lzma
from collections.abc import Callable

import polars as pl
import pyarrow as pa
import pytest

from firstlight.errors import InputError
from firstlight.sources import archives, read_documents
from firstlight.sources.archives import Content, chunks
from firstlight.sources.columns import guess_layout
from firstlight.sources.dates import Dated, day_comes_first, parse_date
from firstlight.sources.delimited import sniff_delimiter
from firstlight.sources.encodings import detect_encoding
from firstlight.sources.lists import choose_separator
from firstlight.texts import Count, Name, message

TODAY = datetime.date(2030, 1, 1)


@pytest.mark.parametrize(
    ("text", "date", "precision"),
    [
        ("2016-05-03", "2016-05-03", "day"),
        ("2016/5/3", "2016-05-03", "day"),
        ("2016.05.03", "2016-05-03", "day"),
        ("20160503", "2016-05-03", "day"),
        ("2016-05-03T12:34:56Z", "2016-05-03", "day"),
        ("2016-05-03 12:34", "2016-05-03", "day"),
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02", "day"),
        ("3 May 2016", "2016-05-03", "day"),
        ("3rd May, 2016", "2016-05-03", "day"),
        ("May 3, 2016", "2016-05-03", "day"),
        ("03-May-2016", "2016-05-03", "day"),
        ("2016 May 3", "2016-05-03", "day"),
        ("2016年5月3日", "2016-05-03", "day"),
        ("42493", "2016-05-03", "day"),
        ("42493.5", "2016-05-03", "day"),
        ("25/12/2016", "2016-12-25", "day"),
        ("12/25/2016", "2016-12-25", "day"),
        ("5/5/2016", "2016-05-05", "day"),
        ("2016-05", "2016-05-01", "month"),
        ("2016/05/03/Spring", "2016-05-03", "day"),
        ("2016/05//undefined", "2016-05-01", "month"),
        ("2016///Spring", "2016-01-01", "year"),
        ("2016-05-00", "2016-05-01", "month"),
        ("May 2016", "2016-05-01", "month"),
        ("MAY-JUN 2016", "2016-05-01", "month"),
        ("SPR 2016", "2016-03-01", "month"),
        ("2016年5月", "2016-05-01", "month"),
        ("2016Q3", "2016-07-01", "month"),
        ("2016 q4", "2016-10-01", "month"),
        ("Q1-2016", "2016-01-01", "month"),
        ("2016年第2季度", "2016-04-01", "month"),
        ("2016", "2016-01-01", "year"),
        ("2016.0", "2016-01-01", "year"),
        ("2016-00-00", "2016-01-01", "year"),
        ("03/04/2016", "2016-01-01", "year"),
        ("2016年", "2016-01-01", "year"),
    ],
)
def test_dates_as_publishers_write_them(text: str, date: str, precision: str) -> None:
    assert parse_date(text) == Dated(datetime.date.fromisoformat(date), precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2016-13-01",
        "2016-02-30",
        "20161345",
        "31/31/2016",
        "99999",
        "0000",
        "201",
        "2016Q5",
        "Q0 2016",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_a_column_settles_day_and_month() -> None:
    assert day_comes_first(["03/04/2016", "12/25/2016"]) is False
    assert day_comes_first(["25/12/2016", "12/25/2016"]) is None
    assert parse_date("03/04/2016", day_first=True) == Dated(datetime.date(2016, 4, 3), "day")
    assert parse_date("03/04/2016", day_first=False) == Dated(datetime.date(2016, 3, 4), "day")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8", "id,title,year\n1,Łódź 题名,2016\n"),
        ("utf-8-sig", "id,title,year\n1,Łódź 题名,2016\n"),
        ("utf-16", "id,title,year\n1,Łódź 题名,2016\n"),
        ("gb18030", "id,题名,年\n1,一种新型储能部件的研究与展望,2016\n"),
        ("cp1252", "id,title,year\n1,Théorie de l’énergie naïve à Zürich,2016\n"),
    ],
)
def test_encodings_are_told_apart(codec: str, text: str) -> None:
    frame = read_documents({"a.csv": text.encode(codec)}, as_of_today=TODAY).table.frame
    assert frame["title"].item() == text.splitlines()[1].split(",")[1]


def test_utf16_without_mark_and_stray_bytes() -> None:
    plain = "id,title,year\n1,Widgets,2016\n"
    assert detect_encoding(Content("a", data=plain.encode("utf-16-le"))).name == "utf-16-le"
    damaged = ("id,title,year\n1," + "é" * 50).encode() + b"\xff,2016\n"
    documents = read_documents({"a.csv": damaged}, as_of_today=TODAY)
    assert documents.table.frame["title"].item() == "é" * 50 + "\ufffd"
    about = {"file": Name("a.csv"), "encoding": Name("utf-8")}
    assert message("misfits_replaced", count=Count(1), **about) in documents.notes


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


PACKERS = [gzip.compress, lzma.compress, bz2.compress, zstd]
TEXT = b"id,title,year\n" + b"".join(
    b"%d,Widget number %d,2016\n" % (n, n * n) for n in range(5000)
)


@pytest.mark.parametrize("pack", PACKERS, ids=["gz", "xz", "bz2", "zst"])
@pytest.mark.parametrize("is_bare", [False, True])
def test_archives_round_trip_and_truncation(
    pack: Callable[[bytes], bytes], is_bare: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_bare:
        monkeypatch.setattr(archives, "_find", lambda module, function: None)
    packed = pack(TEXT)
    assert b"".join(chunks(Content("a.csv.x", data=packed))).rstrip() == TEXT.rstrip()
    for cut in (len(packed) // 2, len(packed) - 1):
        with pytest.raises(InputError, match="truncated archive") as caught:
            read_documents({"a.csv.x": packed[:cut]})
        assert "a.csv.x" in caught.value.where


def test_zst_of_other_encodings_needs_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_find", lambda module, function: None)
    with pytest.raises(InputError, match="no zstd library"):
        list(chunks(Content("a.zst", data=zstd("é".encode("latin-1")))))


def test_header_and_delimiter() -> None:
    assert sniff_delimiter("a\tb,c", "x.tsv") == "\t" and sniff_delimiter("a;b;c,d") == ";"


@pytest.mark.parametrize(
    ("names", "publisher", "expected"),
    [
        (
            ["PT", "AU", "AF", "TI", "AB", "DE", "ID", "PY", "UT"],
            "wos",
            {"id": "UT", "authors": "AF", "categories": "DE"},
        ),
        (["TI", "AB", "ID", "PY"], "wos", {"title": "TI", "categories": "ID"}),
        (
            ["Authors", "Title", "Year", "EID", "Abstract"],
            "scopus",
            {"id": "EID", "year": "Year", "title": "Title"},
        ),
        (
            ["Lens ID", "Title", "Date Published", "Publication Year"],
            "lens",
            {"id": "Lens ID", "date": "Date Published"},
        ),
        (
            ["SrcDatabase-来源库", "Title-题名", "Author-作者", "PubTime-发表时间"],
            "cnki",
            {"date": "PubTime-发表时间"},
        ),
        (["标题", "机构", "年"], "cnki", {"affiliations": "机构", "year": "年"}),
        (
            ["patent_id", "patent_title", "patent_date"],
            "patentsview",
            {"id": "patent_id", "date": "patent_date"},
        ),
        (
            ["ID", "TITLE", "Publication Date"],
            "*",
            {"id": "ID", "title": "TITLE", "date": "Publication Date"},
        ),
        (
            ["id", "title", "assignee", "inventor/author", "priority date", "publication date"],
            "*",  # Google Patents
            {"date": "publication date", "authors": "inventor/author", "affiliations": "assignee"},
        ),
        (
            ["Award Number", "Project Title", "Start Date", "Award Amount", "Institution"],
            "*",
            {"id": "Award Number", "title": "Project Title", "date": "Start Date"},
        ),
        (["acronym", "title", "startDate", "objective"], "*", {"abstract": "objective"}),
        (
            [
                "申请号",
                "申请日",
                "公开（公告）号",
                "公开（公告）日",
                "发明名称",
                "申请（专利权）人",
                "摘要",
            ],
            "cnki",  # patents in Chinese, as China's office writes them
            {"id": "公开（公告）号", "date": "公开（公告）日", "title": "发明名称"},
        ),
        (
            ["公开(公告)号", "标题(中文)", "摘要(中文)", "公开(公告)日", "申请日", "IPC分类号"],
            "*",
            {"date": "公开(公告)日", "title": "标题(中文)", "abstract": "摘要(中文)"},
        ),
        (
            ["项目批准号", "项目名称", "依托单位", "批准年度", "资助金额（万元）", "中文摘要"],
            "cnki",
            {"id": "项目批准号", "title": "项目名称", "year": "批准年度", "abstract": "中文摘要"},
        ),
        (["题名", "刊名", "年", "文摘"], "cnki", {"abstract": "文摘"}),
        (["Key", "Title", "Abstract Note", "Date"], "*", {"abstract": "Abstract Note"}),
        (
            ["appln_id", "appln_title", "appln_abstract", "appln_filing_year"],
            "*",
            {"id": "appln_id", "title": "appln_title", "year": "appln_filing_year"},
        ),
        (
            ["id", "title", "abstract", "versions[0].created", "update_date"],
            "arxiv",
            {"date": "versions[0].created"},
        ),
    ],
)
def test_publishers_are_recognised(
    names: list[str], publisher: str, expected: dict[str, str]
) -> None:
    layout = guess_layout(names, "document_columns.csv")
    assert layout.publisher == publisher
    assert expected.items() <= layout.names().items()


def test_separators_are_chosen_by_the_whole_column() -> None:
    signs = (";", "|", ",")
    assert choose_separator(pl.Series(["Doe, J; Roe, R"] + ["Poe, E"] * 50), signs) == ";"
    assert choose_separator(pl.Series(["A; B"] + ["C, D"] * 200), signs) == ","
    assert choose_separator(pl.Series(["A", None]), signs) is None

"""Exports as databases write them: each in its layout, of a few rows, with what has to come out."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.run.project import data_beside
from firstlight.sources import read_documents
from firstlight.sources.documents import Documents

DAY = datetime.date


def read(text: str, name: str = "export.csv", encoding: str = "utf-8") -> Documents:
    return read_documents({name: text.encode(encoding)}, as_of_today=DAY(2030, 1, 1))


def answer(value: Any) -> Documents:
    return read(json.dumps(value), "answer.json")


def only(found: Documents) -> dict[str, Any]:
    assert found.table.frame.height == 1 and not found.set_aside.height
    row: dict[str, Any] = found.table.frame.row(0, named=True)
    return {name: value for name, value in row.items() if value is not None}


def test_crossref_nests_titles_and_dates() -> None:
    item = {
        "DOI": "10.1/a",
        "title": ["Solid-state cells"],
        "container-title": ["Journal of Cells"],
        "author": [{"given": "Jane", "family": "Doe", "affiliation": [{"name": "MIT"}]}],
        "published": {"date-parts": [[2019, 5]]},
        "created": {"date-parts": [[2020, 1, 1]]},
    }
    value = {"status": "ok", "message": {"total-results": 1, "items": [item]}}
    row = only(answer(value))
    assert (row["title"], row["date"], row["date_precision"]) == (
        "Solid-state cells",
        DAY(2019, 5, 1),
        "month",
    )
    assert (row["authors"], row["affiliations"]) == (["Jane Doe"], ["MIT"])
    assert row["source"] == "Journal of Cells"


def test_records_are_found_wherever_an_answer_keeps_them() -> None:
    own = {"title": "Qubits", "date": "2019-05-03", "doi": "10.1/q"}
    answers: list[Any] = [
        {"messages": [{"status": "ok"}], "collection": [own]},
        {"response": {"award": [own], "metadata": {"offset": 0}}},
        {"hitCount": 1, "resultList": {"result": [own]}},
        {"results": [own]},
        [own],
        own,
        {**own, "authors": [{"name": "A"}, {"name": "B"}]},  # a record, whose list is its own
    ]
    for value in answers:
        row = only(answer(value))
        assert (row["id"], row["date"]) == ("10.1/q", DAY(2019, 5, 3)), value
    with pytest.raises(InputError) as refused:
        answer({"meta": {"count": 0}, "results": []})
    assert refused.value.code == "no_text_column"


def test_a_list_of_objects_is_their_names() -> None:
    people = [{"name": "Jane Doe", "authorId": "1"}, {"name": "K. Roe", "authorId": "2"}]
    row = only(answer([{"paperId": "x", "title": "Qubits", "year": 2019, "authors": people}]))
    assert (row["id"], row["authors"]) == ("x", ["Jane Doe", "K. Roe"])
    frame = pl.DataFrame({"title": ["Qubits"], "year": [2019], "authors": [people]})
    read_frame = read_documents(frame, as_of_today=DAY(2030, 1, 1))
    assert only(read_frame)["authors"] == ["Jane Doe", "K. Roe"]


def test_clinical_trials_and_doaj() -> None:
    trial = {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT1", "briefTitle": "A vaccine"},
            "statusModule": {"overallStatus": "WITHDRAWN", "studyFirstSubmitDate": "2019-05-03"},
        }
    }
    row = only(answer([trial]))
    assert (row["id"], row["title"], row["status"]) == ("NCT1", "A vaccine", "withdrawn")
    paper = {"id": "d", "bibjson": {"title": "A vaccine", "year": "2019", "month": "5"}}
    assert only(answer({"total": 1, "results": [paper]}))["date"] == DAY(2019, 5, 1)


def test_lines_of_two_cells_stand_above_a_wide_header() -> None:
    rows = "".join(f"US{n}B2,Cell {n},ACME | BETA,2019-05-0{n}\n" for n in range(1, 6))
    head = "Publication Number,Title,Assignee/Applicant,Publication Date,Notes\n"
    body = head + rows.replace("\n", ",\n")
    for first in ('"Derwent Innovation Export","2026-11-29"', "Derwent,2026-11-29,,,"):
        found = read(f"{first}\n\n{body}")
        assert found.table.frame.height == 5
        assert found.table.frame["affiliations"][0].to_list() == ["ACME", "BETA"]


def test_espacenet_lists_a_familys_publications_in_one_cell() -> None:
    head = "No;Title;Inventors;Applicants;Publication number;Publication date;Earliest publication"
    cells = ["1", "Cell", "DOE JANE\nROE K", "ACME", "US1A1\nUS1B2", "2018-01-11\n2019-02-05"]
    quoted = ";".join(f'"{cell}"' for cell in [*cells, "2018-01-11"])
    row = only(read(f'"Espacenet";"Results"\n{head}\n{quoted}\n'))
    assert (row["date"], row["authors"]) == (DAY(2018, 1, 11), ["DOE JANE", "ROE K"])
    older = ";".join(f'"{cell}"' for cell in cells)
    row = only(read(f"{head.removesuffix(';Earliest publication')}\n{older}\n"))
    assert row["date"] == DAY(2018, 1, 11)


def test_a_project_of_several_fiscal_years_is_one_document() -> None:
    head = "Project Number,Project Title,Project Start Date,Fiscal Year,Project Abstract\n"
    numbers = ["1R01CA100001-01", "5R01CA100001-02A1", "5R01CA100002-02", "ZIABC010001"]
    rows = "".join(f"{own},Cells,02/13/2015,{2015 + n},x\n" for n, own in enumerate(numbers))
    found = read(head + rows)
    ids = sorted(found.table.frame["id"])
    assert ids == ["R01CA100001", "R01CA100002", "ZIABC010001"]
    assert set(found.table.frame["year"]) == {2015}


def test_firms_are_dated_by_their_founding_and_not_by_their_entry() -> None:
    head = "uuid,name,created_at,short_description,founded_on\n"
    row = only(read(head + "u1,Acme,2008-05-01 01:02:03,Solid-state cells,2017-07-17\n"))
    assert (row["date"], row["id"]) == (DAY(2017, 7, 17), "u1")


@pytest.mark.parametrize(
    ("heading", "value", "expected"),
    [
        ("Fiscal Year", "FY2018", DAY(2018, 1, 1)),
        ("Financial Year", "2018-19", DAY(2018, 1, 1)),
        ("年度", "2018年度", DAY(2018, 1, 1)),
        ("发布日期", "2018年05月03日", DAY(2018, 5, 3)),
        ("publish_date", "20180503", DAY(2018, 5, 3)),
        ("time", "1525305600", DAY(2018, 5, 3)),
        ("publicationDate", "201805", DAY(2018, 5, 1)),
        ("date", "05/2018", DAY(2018, 5, 1)),
        ("Quarter", "2018Q2", DAY(2018, 4, 1)),
        ("Date", "03-May-18", DAY(2018, 5, 3)),
        ("Date", "May-98", DAY(1998, 5, 1)),
        ("Date", '"Thursday, May 3, 2018"', DAY(2018, 5, 3)),
        ("Date", "2018. 5. 3.", DAY(2018, 5, 3)),
        ("成文日期", "二〇一八年十二月二十五日", DAY(2018, 12, 25)),
        ("成文日期", "二○一八年五月十日", DAY(2018, 5, 10)),
    ],
)
def test_dates_as_catalogues_write_them(heading: str, value: str, expected: DAY) -> None:
    assert only(read(f"title,{heading}\nCells,{value}\n"))["date"] == expected


@pytest.mark.parametrize(
    ("title", "date", "encoding"),
    [
        ("発明の名称", "公知日", "cp932"),
        ("발명의명칭", "공개일자", "cp949"),
        ("标准名称", "发布日期", "gb18030"),
        ("文件标题", "成文日期", "utf-16"),
    ],
)
def test_headings_of_other_offices(title: str, date: str, encoding: str) -> None:
    rows = "".join(f"Solid-state cell {n},2019/05/1{n}\n" for n in range(5))
    text = f"{title},{date}\n{rows}"
    found = read(text, encoding=encoding)
    assert found.table.frame["date"].min() == DAY(2019, 5, 10)


def test_footnotes_are_no_part_of_a_name() -> None:
    text = "题名,作者,机构,出版年\n电池,张三[1];李四[2],[1]清华大学;[2]北京大学,2019年\n"
    row = only(read(text, encoding="gb18030"))
    assert (row["authors"], row["affiliations"]) == (["张三", "李四"], ["清华大学", "北京大学"])
    assert row["year"] == 2019


# ---- XML


DBLP = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE dblp SYSTEM "dblp.dtd">
<dblp><article key="a"><author>J. M&uuml;ller</author><author>K. Roe</author>
<title>Deep <i>Q</i> learning.</title><year>2019</year><journal>J</journal></article>
<inproceedings key="b"><author>K. Roe</author><title>Qubits</title><year>2018</year>
<booktitle>C</booktitle></inproceedings>
<article key="c"><title>Lasers</title><year>2017</year></article></dblp>
"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv</title>
<entry><id>http://arxiv.org/abs/1</id><published>2019-05-03T00:00:00Z</published><title>Qubits
</title><summary>More</summary><author><name>J. Doe</name></author><author><name>K. Roe</name>
</author></entry><entry><id>2</id><published>2018-05-03</published><title>Lasers</title></entry>
</feed>"""
RSS = """<?xml version="1.0"?><rss><channel><title>News</title><item><title>Qubits</title>
<pubDate>Fri, 03 May 2019 10:00:00 GMT</pubDate></item><item><title>Lasers</title>
<pubDate>Thu, 03 May 2018 10:00:00 GMT</pubDate></item></channel></rss>"""


def test_records_in_xml_of_several_kinds() -> None:
    dblp = read(DBLP, "dblp.xml").table.frame
    assert dblp["title"].to_list() == ["Lasers", "Qubits", "Deep Q learning."]
    assert dblp["authors"][2].to_list() == ["J. Müller", "K. Roe"]
    assert dblp["year"].to_list() == [2017, 2018, 2019]
    for text in (ATOM, RSS):
        found = read(text, "answer.xml").table.frame
        assert found["title"].to_list() == ["Lasers", "Qubits"]
        assert found["date"].to_list() == [DAY(2018, 5, 3), DAY(2019, 5, 3)]
    assert read(ATOM, "a.xml").table.frame["authors"][1].to_list() == ["J. Doe", "K. Roe"]


def test_xml_that_could_grow_or_is_damaged_is_refused() -> None:
    grows = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    deep = '<?xml version="1.0"?>' + "<a>" * 5000 + "</a>" * 5000
    for text, code in ((grows, "xml_of_a_type"), (DBLP[:-20], "not_xml"), (deep, "over_limit")):
        with pytest.raises(InputError) as refused:
            read(text, "a.xml")
        assert refused.value.code == code


# ---- several files


def yearly(folder: Path) -> None:
    folder.mkdir()
    (folder / "papers_2018.csv").write_text("title\nCells\nQubits\n", encoding="utf-8")
    (folder / "papers_2019.csv").write_text("Title,Abstract\nCells,More\n", encoding="utf-8")


def years(found: Documents) -> list[tuple[int, int]]:
    return sorted(found.table.frame["year"].value_counts().iter_rows())


def test_a_file_without_dates_is_of_the_year_in_its_name(tmp_path: Path) -> None:
    yearly(tmp_path / "years")
    found = read_documents(tmp_path / "years")
    assert years(found) == [(2018, 2), (2019, 1)]
    assert [note.code for note in found.notes].count("year_in_name") == 1
    (tmp_path / "years" / "papers_2018.csv").rename(tmp_path / "years" / "papers_2010-2018.csv")
    with pytest.raises(InputError) as refused:  # which of them nobody can know
        read_documents(tmp_path / "years")
    assert refused.value.code == "columns_missing"
    for year in (2018, 2019):
        part = tmp_path / "parts" / f"year={year}"
        part.mkdir(parents=True)
        pl.DataFrame({"title": ["Cells"]}).write_parquet(part / "part-0.parquet")
    assert years(read_documents(tmp_path / "parts")) == [(2018, 1), (2019, 1)]


def test_a_zip_archive_is_read_as_its_folder_is(tmp_path: Path) -> None:
    yearly(tmp_path / "years")
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._papers_2018.csv", b"\x00")
        for file in (tmp_path / "years").iterdir():
            archive.write(file, f"in/{file.name}")
        frame = io.BytesIO()
        pl.DataFrame({"title": ["Lasers"], "year": [2020]}).write_parquet(frame)
        archive.writestr("in/more.parquet", frame.getvalue())
    found = read_documents(tmp_path / "all.zip")
    assert years(found) == [(2018, 2), (2019, 1), (2020, 1)]
    # what was read is the archive itself
    assert [own.path for own in found.snapshots] == ["all.zip"]
    (tmp_path / "all.zip").rename(tmp_path / "years" / "all.zip")
    again = read_documents(tmp_path / "years")
    assert {own.path for own in again.snapshots} == {
        "all.zip",
        "papers_2018.csv",
        "papers_2019.csv",
    }


def test_a_zip_archive_is_the_source_of_its_project_unless_it_holds_outlines(
    tmp_path: Path,
) -> None:
    assert data_beside(tmp_path) == ()
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("papers.csv", "title,year\nCells,2019\n")
    with zipfile.ZipFile(tmp_path / "places.zip", "w") as archive:
        archive.writestr("places.shp", b"")
        archive.writestr("places.shp.xml", b"")
    (tmp_path / "notes.zip").write_bytes(b"PK")
    assert data_beside(tmp_path) == ("papers.zip",)


def test_a_damaged_or_locked_zip_archive_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("papers.csv", "title,year\nCells,2019\n")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(InputError) as refused:
        read_documents(path)
    assert refused.value.code == "damaged_archive"
    at = whole.index(b"PK\x01\x02") + 8  # the flags in the archive's list of files
    path.write_bytes(whole[:at] + b"\x01" + whole[at + 1 :])
    with pytest.raises(InputError) as refused:
        read_documents(path)
    assert refused.value.code == "zip_with_password"


def workbook(path: Path, *sheets: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_workbooks_alone_in_a_folder_are_its_tables(tmp_path: Path) -> None:
    for year in (2018, 2019):
        workbook(tmp_path / f"{year}年.xlsx", [["题名", "摘要", "页"], ["电池", "固态", 1]])
    assert years(read_documents(tmp_path)) == [(2018, 1), (2019, 1)]
    (tmp_path / "papers.csv").write_text("title,year\nCells,2020\n", encoding="utf-8")
    beside = read_documents(tmp_path)
    assert years(beside) == [(2020, 1)]
    assert "files_left_out" in [note.code for note in beside.notes]


def test_a_sheet_of_words_and_their_meaning_hides_no_table(tmp_path: Path) -> None:
    words = [["字段", "含义"], ["题名", "论文的题名"], ["年", "发表年份"]]
    workbook(tmp_path / "a.xlsx", words, [["题名", "摘要", "年"], ["电池", "固态", 2019]])
    found = read_documents(tmp_path / "a.xlsx")
    assert years(found) == [(2019, 1)]
    assert "other_sheets" in [note.code for note in found.notes]

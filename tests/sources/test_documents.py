"""Documents in: nothing is lost, nothing depends on the order of rows, and every fault is named."""

from __future__ import annotations

import datetime
import io
import random
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.sources import read_documents
from firstlight.sources.document_rows import SCHEMA, UNITS
from firstlight.sources.documents import Documents
from firstlight.sources.raw import note_text
from firstlight.sources.setaside import reasons
from firstlight.texts import LANGUAGES, Count, List, Name, message, names

TODAY = datetime.date(2030, 1, 1)


def read(text: str | bytes, name: str = "papers.csv", **options: dict[str, str]) -> Documents:
    data = text.encode() if isinstance(text, str) else text
    return read_documents({name: data}, as_of_today=TODAY, **options)


def codes(documents: Documents) -> list[tuple[int, str]]:
    return list(documents.set_aside.select("row", "code").iter_rows())


def test_schema_and_units_are_exact() -> None:
    documents = read("id,title,date\n1,A,2016-05-03\n")
    assert dict(documents.table.frame.schema) == SCHEMA and documents.table.key == ("id",)
    assert list(documents.table.units) == list(SCHEMA) == list(UNITS)
    assert documents.mapping == {"id": "id", "date": "date", "title": "title"}


def test_each_reason_for_setting_aside() -> None:
    rows = [
        "1,Kept,2016-05-03",
        "2,No date,",
        "3,Unreadable,soon",
        "4,Future,2030-01-02",
        "5,Ancient,1499-12-31",
        "6,,2016",
        "1,Again,2017-01-01",
        "1,Kept,2016-05-03",
        "9,Too,many,fields",
        "10,Too few",
    ]
    documents = read("id,title,date\n" + "\n".join(rows))
    assert codes(documents) == [
        (2, "date_missing"),
        (3, "date_unparsable"),
        (4, "date_future"),
        (5, "date_before_1500"),
        (6, "text_missing"),
        (7, "duplicate_id"),
        (8, "duplicate_row"),
        (9, "ragged_row"),
        (10, "ragged_row"),
    ]
    assert documents.rows == 10 and documents.table.frame["title"].to_list() == ["Kept"]
    aside = documents.set_aside
    assert aside["value"].to_list()[2] == "2030-01-02" and aside["column"].to_list()[2] == "date"
    assert aside["reason"].to_list()[7] == f"{reasons('en')['ragged_row']} (4 ≠ 3)"
    assert aside["reason_zh"].to_list()[7] == f"{reasons('zh')['ragged_row']}（4 ≠ 3）"
    for column, lang in (("reason", "en"), ("reason_zh", "zh")):
        told = [reasons(lang)[code] for code in aside["code"]]
        assert aside[column].to_list()[:7] == told[:7]


_CELL = st.text(alphabet=st.sampled_from('ab,"\n\r\t;|\x00\x1f 2016-é题'), max_size=8)
_DATE = st.one_of(
    _CELL,
    st.sampled_from(["2016", "2016-05", "3 May 2016", "1400", "2999-01-01", "", "03/04/2015"]),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.one_of(st.sampled_from("123"), _CELL), _CELL, _DATE), min_size=1, max_size=12
    )
)
@pytest.mark.slow
def test_rows_in_equal_rows_kept_and_set_aside(rows: list[tuple[str, str, str]]) -> None:
    frame = pl.DataFrame(rows, schema=["id", "title", "date"], orient="row")
    documents = read_documents(frame, as_of_today=TODAY)
    assert documents.rows == len(rows) == documents.table.frame.height + documents.set_aside.height
    assert (
        documents.table.frame["id"].is_unique().all()
        and documents.table.frame["id"].null_count() == 0
    )
    assert documents.table.frame.equals(documents.table.frame.sort("date", "id"))


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from('a1,"\n\r\t '), max_size=60))
def test_damaged_csv_loses_no_record(text: str) -> None:
    documents = read("id,title,date\n9,T,2016\n" + text)
    assert documents.rows == documents.table.frame.height + documents.set_aside.height
    assert (
        "9" in documents.table.frame["id"].to_list()
        or "unbalanced_quote" in documents.set_aside["code"].to_list()
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
@pytest.mark.slow
def test_row_order_changes_nothing(seed: int) -> None:
    words = ["a", "b", "", "long abstract", "short"]
    draw = random.Random(seed)
    rows = [
        {
            "id": draw.choice(["1", "2", "3", None]),
            "title": draw.choice(words),
            "abstract": draw.choice(words),
            "date": draw.choice(["2016", "2017-01-01", "2016-03", "x"]),
            "authors": draw.choice(["A; B", "B; A", "A"]),
        }
        for _ in range(12)
    ]
    names = list(rows[0])
    first = read_documents(
        pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)), as_of_today=TODAY
    )
    draw.shuffle(rows)
    second = read_documents(
        pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)), as_of_today=TODAY
    )
    assert first.table.frame.equals(second.table.frame)
    kinds = [
        sorted(found.set_aside.select("code", "value").iter_rows()) for found in (first, second)
    ]
    assert kinds[0] == kinds[1]


def test_which_duplicate_is_kept() -> None:
    frame = pl.DataFrame(
        {
            "id": ["1"] * 4 + ["2"] * 2,
            "date": ["2017", "2016", "2016", "2016", "2016", "2016"],
            "title": ["t", "b", "b", "a", "z", "y"],
            "abstract": ["longest of all", "short", "longer", "longer", None, None],
        }
    )
    kept = read_documents(frame, as_of_today=TODAY).table.frame
    assert kept.select("id", "title", "abstract").rows() == [("1", "a", "longer"), ("2", "y", None)]


def test_what_was_turned_down_or_taken_back_has_a_status() -> None:
    frame = pl.DataFrame(
        {
            "id": list("1234567"),
            "title": ["t"] * 7,
            "year": [2016] * 7,
            "Decision": [
                "Desk Reject",
                "Withdraw",
                "RETRACTED",
                "Accept (oral)",
                " ",
                None,
                "拒稿",
            ],
        }
    )
    documents = read_documents(frame, as_of_today=TODAY)
    status = documents.table.frame.sort("id")["status"].to_list()
    assert status == ["rejected", "withdrawn", "retracted", "Accept (oral)", None, None, "rejected"]
    assert documents.mapping["status"] == "Decision"
    bare = read_documents(frame.drop("Decision"), as_of_today=TODAY).table.frame
    assert bare["status"].null_count() == 7


def test_the_accepted_one_of_two_duplicates_is_kept() -> None:
    rows = {"title": ["t", "t"], "year": [2016, 2016], "abstract": ["the longer", "short"]}
    frame = pl.DataFrame({**rows, "venue": ["a", "b"], "status": ["Reject", "Poster"]})
    for rows_in_turn in (frame, frame.reverse()):
        kept = read_documents(rows_in_turn, as_of_today=TODAY).table.frame
        assert kept.select("source", "status").rows() == [("b", "Poster")]


def test_missing_ids_are_stable() -> None:
    frame = pl.DataFrame({"title": ["B", "A"], "date": ["2016", "2016"], "authors": ["X; Y", None]})
    first = read_documents(frame, as_of_today=TODAY)
    second = read_documents(frame.reverse(), as_of_today=TODAY)
    assert first.table.frame.equals(second.table.frame)
    assert all(name.startswith("made:") and len(name) == 25 for name in first.table.frame["id"])
    assert message("no_ids", count=Count(2)) in first.notes


def test_an_id_that_the_file_does_not_give_is_not_named_as_what_two_documents_share() -> None:
    rows = "title,year,country\nA,2016,FR\nA,2016,DE\n"
    assert codes(read(rows)) == [(1, "duplicate_title")]
    given = "arXiv ID,title,year\n1,A,2016\n2,A,2016\n1,B,2016\n"
    documents = read(given)
    assert documents.mapping["id"] == "arXiv ID" and codes(documents) == [(3, "duplicate_id")]


def test_hostile_text_stays_text() -> None:
    title = '<script>alert(1)</script>=HYPERLINK("x")../../etc\x00\x07\u0085é'
    frame = pl.DataFrame({"id": ["../x\x00"], "title": [title], "date": ["2016"]})
    kept = read_documents(frame, as_of_today=TODAY).table.frame
    assert (
        kept["title"].item() == '<script>alert(1)</script>=HYPERLINK("x")../../etcé'
        and kept["id"].item() == "../x"
    )


def test_one_enormous_document_is_kept_whole_and_noted() -> None:
    long = "widget " * 200_000
    documents = read(f'id,title,abstract,date\n1,T,"{long}",2016\n2,U,v,2017\n')
    assert documents.table.frame["abstract"].str.len_chars().to_list() == [len(long) - 1, 1]
    assert message("enormous", count=Count(1), ids=names(["1"])) in documents.notes


def test_an_unclosed_quote_costs_one_row_only() -> None:
    text = 'id,title,date\n1,A,2016\n2,"B,2016\n3,C,2016\n4,"D ""d""\nd",2016\n5,E,2016\n'
    documents = read(text)
    assert documents.table.frame["id"].to_list() == ["1", "3", "4", "5"]
    assert codes(documents) == [(2, "unbalanced_quote")]


def test_stray_quotes_never_merge_two_rows() -> None:
    text = "id,title,date\n" + "".join(f'{n},"x{n},2016\n' for n in range(200)) + "last,Good,2016\n"
    documents = read(text)
    assert documents.table.frame["id"].to_list() == ["last"]
    assert documents.set_aside["code"].to_list() == ["unbalanced_quote"] * 200


def test_backslashes_before_quotes() -> None:
    text = 'id,title,date\n1,"The \\"new\\" widget, again",2016\n2,"Plain",2017\n'
    assert read(text).table.frame["title"].to_list() == ['The "new" widget, again', "Plain"]
    assert (
        read('id,title,date\n1,"G\\""odel, ""again""",2016\n').table.frame["title"].item()
        == 'G\\"odel, "again"'
    )


def test_carelessly_quoted_line() -> None:
    assert read('id,title,date\n1,"A" b,2016\n').table.frame["title"].item() == "A b"
    in_a_folder = read('id,title,date\n1,"C:\\" b,2016\n2,"D ""d""",2016\n').table.frame
    assert in_a_folder["title"].to_list() == ["C:\\ b", 'D "d"']


def test_a_stray_quote_before_a_quoted_number_costs_its_row() -> None:
    documents = read('id,title,date,count\n"1,"A,3",2016,5\n2,B,2016,6\n')
    assert codes(documents) == [(1, "unbalanced_quote")]


def test_no_json_at_all() -> None:
    with pytest.raises(InputError, match="is a JSON object"):
        read("nothing here", "a.jsonl")


def test_year_stands_in_for_a_missing_date() -> None:
    documents = read("id,title,date,year\n1,A,,2016\n2,B,soon,2017\n3,C,2018-02,2018\n")
    frame = documents.table.frame
    assert frame["date_precision"].to_list() == ["year", "year", "month"]
    assert message("dated_by_year", count=Count(2), file=Name("papers.csv")) in documents.notes


def test_json_lines_set_bad_lines_aside() -> None:
    lines = [
        '{"id":1,"title":"A","year":2016}',
        "{bad",
        "[1]",
        '{"id":2,"id":3}',
        '{"id":"4","title":"\\ud800","year":2016}',
    ]
    documents = read("\n".join(lines), "a.jsonl")
    assert [code for _, code in codes(documents)] == ["bad_json", "not_a_record", "duplicate_key"]
    assert documents.table.frame["title"].to_list() == ["A", "\ufffd"] and documents.rows == 5


def test_an_unreadable_inverted_index_is_named() -> None:
    line = (
        '{"id":"1","display_name":"A","publication_year":2016,"abstract_inverted_index":{"a":"x"}}'
    )
    assert codes(read(line, "a.jsonl")) == [(1, "abstract_unreadable")]


def frames() -> list[object]:
    data = {"id": ["1", "2"], "title": ["A", None], "abstract": ["x", "y"], "year": [2016, 2017]}
    return [
        pl.DataFrame(data),
        pd.DataFrame(data),
        pa.table(data),
        duckdb.from_arrow(pa.table(data)),
        pl.LazyFrame(data),
    ]


@pytest.mark.parametrize("frame", frames(), ids=lambda frame: type(frame).__module__.split(".")[0])
def test_any_frame_gives_the_same_table(frame: object) -> None:
    documents = read_documents(frame, as_of_today=TODAY)
    expected = read_documents(frames()[0], as_of_today=TODAY)
    assert documents.table.frame.equals(expected.table.frame)
    assert len(documents.snapshots[0].sha256) == 64


def test_typed_columns_and_lists() -> None:
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "title": ["A", "B"],
            "date": [datetime.datetime(2016, 5, 3, 4), None],
            "year": [2016.0, 2017.0],
            "authors": [["A, X", "B, Y", "A, X"], []],
            "citations": [np.nan, 3.0],
        }
    )
    kept = read_documents(frame, as_of_today=TODAY).table.frame
    assert kept["id"].to_list() == ["1", "2"] and kept["authors"].to_list() == [
        ["A, X", "B, Y"],
        None,
    ]
    assert kept["date"].to_list() == [datetime.date(2016, 5, 3), datetime.date(2017, 1, 1)]
    assert kept["citations"].to_list() == [None, 3.0]


def test_nested_parquet_of_openalex(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": ["W1"],
            "display_name": ["T"],
            "publication_date": ["2016-05-03"],
            "abstract_inverted_index": ['{"b": [1], "a": [0]}'],
            "authorships": [[{"author": {"display_name": "X"}, "countries": ["CN", "US"]}]],
        }
    )
    frame.write_parquet(tmp_path / "works.parquet")
    row = read_documents(tmp_path, as_of_today=TODAY).table.frame.row(0, named=True)
    assert (row["abstract"], row["authors"], row["country"]) == ("a b", ["X"], ["CN", "US"])


def test_an_inverted_index_in_csv() -> None:
    text = 'id,display_name,publication_year,abstract_inverted_index\n1,T,2016,"{""b"": [1], ""a"": [0]}"\n'
    assert read(text).table.frame["abstract"].to_list() == ["a b"]


def test_a_folder_is_read_in_order_and_says_what_it_left(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.csv").write_text("id,title,year\n1,A,2016\n2,B,2016\n")
    (tmp_path / "a.tsv").write_text("题名\t年\n甲\t2015\n", encoding="gb18030")
    (tmp_path / "readme.md").write_text("x")
    documents = read_documents(tmp_path, as_of_today=TODAY)
    assert [snapshot.path for snapshot in documents.snapshots] == ["a.tsv", "deep/b.csv"]
    assert documents.table.frame["title"].to_list() == ["甲", "A", "B"]
    left = message("files_left_out", count=Count(1), files=names(["readme.md"], most=10))
    assert left in documents.notes


def test_what_files_of_a_folder_have_in_common_is_noted_once(tmp_path: Path) -> None:
    for name, mood in (("a", "odd"), ("b", "odd"), ("c", "other")):
        (tmp_path / f"{name}.csv").write_text(f"id,title,year,{mood}\n{name},A,2016,x\n")
    notes = read_documents(tmp_path, as_of_today=TODAY).notes
    of_day = [note for note in notes if note.code == "dated_to_year"]
    unread = [note for note in notes if note.code == "columns_unread"]
    assert [note.values["count"] for note in of_day] == [Count(3)]
    assert [note.values["columns"] for note in unread] == [names(["odd"]), names(["other"])]
    assert unread[0].values["file"] == List((Name("a.csv"), Name("b.csv")), 2)
    assert unread[1].values["file"] == Name("c.csv")


def test_web_of_science_plain_text(tmp_path: Path) -> None:
    text = (
        "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Made, U\n   Up, M\nTI Widgets that\n   glow\n"
        "AB Text.\nPD MAY 3\nPY 2016\nUT WOS:1\nER\n\nPT J\nTI Second\nPY 2017\nUT WOS:2\nER\n\nPT J\nTI Cut"
    )
    documents = read("\ufeff" + text, "savedrecs.txt")
    first = documents.table.frame.row(0, named=True)
    assert (first["title"], first["authors"]) == ("Widgets that glow", ["Made, U", "Up, M"])
    assert first["date"] == datetime.date(2016, 5, 3) and documents.table.frame.height == 2
    assert codes(documents) == [(3, "record_cut_short")]
    (tmp_path / "LICENCE.txt").write_text("Anyone may read these.\nIndeed.\n")
    (tmp_path / "savedrecs.txt").write_text(text)
    beside = read_documents(tmp_path, as_of_today=TODAY)
    (left,) = (note for note in beside.notes if note.code == "not_read")
    assert beside.rows == 3 and left.values["file"] == Name("LICENCE.txt")
    assert left.values["why"].value.code == "errors.no_text_column.what"
    with pytest.raises(InputError) as alone:
        read_documents(tmp_path / "LICENCE.txt")
    for lang in LANGUAGES:
        assert alone.value.parts(lang)[0] in note_text(left, lang)


@pytest.mark.parametrize(
    "heading, rows",
    [
        ("name,month,summary", "a,2017-08,Widgets glow\nb,2020-05,Lamps dim\n"),
        ("title,year,month", "Widgets glow,2017,8\nLamps dim,2020,5\n"),
        ("题名,年,月份", "发光的部件,2017,08\n变暗的灯,2020,5\n"),
    ],
)
def test_a_month_dates_a_document_with_its_year_or_alone(heading: str, rows: str) -> None:
    frame = read(f"{heading}\n{rows}").table.frame
    dated = frame.select("date", "date_precision").rows()
    assert dated == [(datetime.date(2017, 8, 1), "month"), (datetime.date(2020, 5, 1), "month")]


def test_an_article_without_a_volume_is_dated_by_its_early_access() -> None:
    text = "PT\tTI\tAB\tPD\tPY\tEA\tUT\t\n" + "".join(
        f"J\tWidget {at}\tText\t{month}\t{year}\t{early}\tWOS:{at}\t\n"
        for at, (month, year, early) in enumerate(
            [
                ("MAR", "2020", "NOV 2019"),
                ("", "", "DEC 2021"),
                ("", "", ""),
                ("MAY", "", "JUN 2021"),
            ]
        )
    )
    found = read(text, "savedrecs.txt")
    dates = dict(found.table.frame.select("id", "date").iter_rows())
    assert dates == {
        "WOS:0": datetime.date(2020, 3, 1),
        "WOS:1": datetime.date(2021, 12, 1),
        "WOS:3": datetime.date(2021, 6, 1),
    }
    assert codes(found) == [(3, "date_missing")]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (
            '{"id":"W1","title":"A","publication_year":2016,"is_retracted":true}\n'
            '{"id":"W2","title":"B","publication_year":2016,"is_retracted":false}\n',
            ["retracted", None],
        ),
        (
            "PT\tTI\tPY\tUT\tDT\nJ\tA\t2016\t1\tArticle; Retracted Publication\n"
            "J\tB\t2016\t2\tArticle\n",
            ["retracted", "Article"],
        ),
        (
            "EID,Title,Year,Source title,Document Type\n1,A,2016,J,Retracted\n2,B,2016,J,Review\n",
            ["retracted", "Review"],
        ),
    ],
    ids=["OpenAlex", "Web of Science", "Scopus"],
)
def test_a_retraction_is_known_however_it_is_said(text: str, held: list[str | None]) -> None:
    name = "works.jsonl" if text.startswith("{") else "export.csv"
    assert read(text, name).table.frame.sort("id")["status"].to_list() == held


def test_the_office_of_a_patent_is_no_country_of_those_who_made_it() -> None:
    text = (
        "#,Jurisdiction,Lens ID,Publication Date,Title,Applicants\n1,EP,7,2016-01-02,Lamp,MADE UP\n"
    )
    row = read(text).table.frame.row(0, named=True)
    assert (row["source"], row["country"]) == ("EP", None)


def test_the_country_of_a_journal_is_no_country_of_its_authors() -> None:
    text = "Lens ID,Title,Date Published,Source Title,Source Country\n7,Lamp,2016-01-02,J,Netherlands\n"
    row = read(text).table.frame.row(0, named=True)
    assert (row["source"], row["country"]) == ("J", None)


def test_a_column_of_several_types_is_named() -> None:
    with pytest.raises(InputError) as mixed:
        read_documents(pd.DataFrame({"title": ["A", 1, {"x": 2}], "year": [2016] * 3}))
    assert mixed.value.code == "mixed_types"


def test_documents_without_titles_are_told_apart_by_their_abstracts() -> None:
    found = read("summary,year\nfog computing,2016\nedge computing,2016\nfog computing,2016\n")
    assert sorted(found.table.frame["abstract"]) == ["edge computing", "fog computing"]
    assert found.set_aside["row"].to_list() in ([1], [3]), "the same text of the same year"


def test_columns_by_hand() -> None:
    text = "k,said,when\n1,A,2016\n"
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.code == "no_text_column"
    assert "said" in caught.value.where and 'columns={"title"' in caught.value.try_next
    documents = read(text, columns={"id": "k", "title": "said", "date": "when"})
    assert documents.table.frame["id"].to_list() == ["1"]
    with pytest.raises(InputError) as caught:
        read(text, columns={"title": "saidd"})
    assert caught.value.code == "no_column_by_hand_but"
    assert caught.value.values["near"] == Name("said")
    with pytest.raises(InputError) as caught:
        read(text, columns={"colour": "k"})
    assert caught.value.code == "not_a_column"


def test_what_stands_in_a_column_already_or_is_hardly_alike_is_not_proposed() -> None:
    with pytest.raises(InputError) as caught:
        read("Booktitle,Yr,latitude\nACL,2016,1\n")
    proposed = caught.value.try_next
    assert "--column title='…'" in proposed and "--column entity='…'" in proposed
    with pytest.raises(InputError) as caught:
        read("titel,year\na,2016\n")
    assert "--column title='titel'" in caught.value.try_next


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.csv", "empty_file"),
        (b"\n\n", "a.csv", "empty_file"),
        (b"", "a.jsonl", "empty_file"),
        (b"id,title,date\n", "a.csv", "only_a_header"),
        (b"id,abstract\n1,x\n", "a.csv", "columns_missing"),
        (b"id,date\n1,2016\n", "a.csv", "no_text_column"),
        (b"id,title,title,date\n1,a,b,2016\n", "a.csv", "headings_twice"),
        (b"PK\x03\x04aaaaaaaa", "a.csv", "binary_file"),
        (bytes(range(256)) * 20, "a.csv", "not_text"),
        (b"PAR1 truncated", "a.parquet", "damaged_archive"),
        (b"id,title\n", "a.parquet", "damaged_archive"),
        (b"<html><body>no</body></html>", "a.csv", "html"),
    ],
)
def test_unusable_files_are_named(data: bytes, name: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data, name)
    assert caught.value.code == code
    assert name in caught.value.where and caught.value.try_next


def test_paths_and_objects_that_are_no_documents(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("x", encoding="utf-8")
    for handed, code in (
        (tmp_path / "nothing.csv", "no_path"),
        (tmp_path / "note.md", "no_path_but"),
        (tmp_path, "nothing_readable"),
        (42, "neither_path_nor_frame"),
        (pd.DataFrame([[1, 2]], columns=["title", "title"]), "columns_alike"),
        ({}, "no_pages"),
    ):
        with pytest.raises(InputError) as caught:
            read_documents(handed)
        assert caught.value.code == code


def test_a_truncated_parquet_on_disk(tmp_path: Path) -> None:
    sink = io.BytesIO()
    pl.DataFrame({"title": ["A"] * 1000, "year": [2016] * 1000}).write_parquet(sink)
    (tmp_path / "cut.parquet").write_bytes(sink.getvalue()[:-20])
    with pytest.raises(InputError) as cut:
        read_documents(tmp_path / "cut.parquet")
    assert cut.value.code == "damaged_archive" and cut.value.values["kind"] == Name("parquet")


@pytest.mark.slow
def test_real_layouts_by_count(shared: Path) -> None:
    folder = shared / "data" / "documents"
    expected = {
        "arxiv_tech.parquet": (281_889, {}),
        "robotics_ml_with_countries.parquet": (42_339, {}),
        "us_neural_network_patents.parquet": (3_522, {}),
        "scopus_export.csv.gz": (483, {"duplicate_id": 4}),
    }
    for name, (kept, aside) in expected.items():
        documents = read_documents(folder / name, as_of_today=TODAY)
        assert documents.table.frame.height == kept, name
        assert dict(documents.set_aside["code"].value_counts().iter_rows()) == aside, name
        assert documents.rows == kept + sum(aside.values())


def test_columns_that_are_read_as_nothing_are_named() -> None:
    """Abstracts under a heading of its own would be lost in silence; a publisher's own are known."""
    row = {"Title of invention": ["A pump"], "Grant date": ["1999-02-03"], "Kurzfassung": ["Wet."]}
    unread = [
        own for own in read_documents(pl.DataFrame(row)).notes if own.code == "columns_unread"
    ]
    assert [own.values["columns"] for own in unread] == [names(["Kurzfassung"])]
    by_hand = read_documents(pl.DataFrame(row), columns={"abstract": "Kurzfassung"})
    assert "columns_unread" not in [own.code for own in by_hand.notes]
    wos = {"PT": ["J"], "AU": ["A"], "TI": ["A pump"], "AB": ["Wet."], "PY": [1999], "ZZ": ["x"]}
    assert "columns_unread" not in [own.code for own in read_documents(pl.DataFrame(wos)).notes]

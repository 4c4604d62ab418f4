"""Bad data at the command line: a clear message and nothing half-written, or a correct result and
nothing lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import unicodedata
from pathlib import Path

import polars as pl
import pytest

from command_line import CommandLine, corpus, header_and
from firstlight.message_json import message_from_json
from firstlight.texts import family_texts

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.invalid","x")',
    "red \x1b[31mescape\x1b[0m",
    "../../etc/passwd",
    "nul\x00byte",
    "\u202eturned",
    "two\nlines",
    "@@DATA@@ {label} &amp;",
)


def documents_read() -> int:
    return int(pl.read_parquet("observatory/tables/years.parquet")["documents_count"].sum())


def first_codes() -> list[str]:
    observation = json.loads(Path("observatory/observation.json").read_text(encoding="utf-8"))
    codes = [line["code"] for line in observation["facts"]["first_lines"]]
    return [code for code in codes if code != "old"]  # the made-up documents end years ago


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


def csv_bytes(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ("the file is empty", "papers.csv", "at least one row")),
        ("  \n\n", ("the file is empty",)),
        (header_and(), ("a header and no value below it", "papers.csv")),
        ("entity,year,count\n", ("a header and no value below it", "papers.csv")),
        (bytes(range(256)) * 40, ("binary file",)),
        (b"PK\x03\x04" + bytes(200), ("an Excel workbook",)),
        (
            "id,wording,date\n1,a,2016\n",
            ("no column for title or abstract", "wording", "--column title="),
        ),
        ("id,title,when\n1,a,2016\n", ("no column for date", "--column date=")),
        ("id,title,title,date\n1,a,b,2016\n", ("duplicate column names: title", "in the header")),
        (
            header_and("1,soon,a,b", "2,,a,b", "3,2999-01-01,a,b"),
            (
                "none of the 3 rows",
                "can't be read",
                "no date and no year",
                "after today",
                "row 1",
                "'soon'",
            ),
        ),
    ],
)
def test_what_holds_no_documents_is_refused(
    shell: CommandLine, content: str | bytes, says: tuple[str, ...]
) -> None:
    shell.write("papers.csv", content)
    shell.refuses("observe", "papers.csv", says=says)


@pytest.mark.parametrize("ending", [".csv.gz", ".csv.xz", ".csv.zst", ".parquet"])
def test_half_an_archive_is_refused(shell: CommandLine, ending: str) -> None:
    documents = corpus().head(400)
    parquet = io.BytesIO()
    documents.write_parquet(parquet)
    arrow = pytest.importorskip("pyarrow")
    whole = {
        ".csv.gz": lambda data: gzip.compress(data),
        ".csv.xz": lambda data: lzma.compress(data),
        ".csv.zst": lambda data: arrow.compress(data, codec="zstd", asbytes=True),
        ".parquet": lambda data: parquet.getvalue(),
    }[ending](csv_bytes(documents))
    shell.write(f"papers{ending}", whole[: len(whole) // 2])
    shell.refuses(
        "observe",
        f"papers{ending}",
        says=("truncated", f"papers{ending}", "fetch or copy the file again"),
    )


def test_paths_that_lead_nowhere(shell: CommandLine) -> None:
    shell.write("papers.csv", header_and())
    shell.refuses("observe", "paper.csv", says=("no such file", "did you mean papers.csv?"))
    shell.refuses("observe", "nothing/at/all.csv", says=("check the spelling",))
    shell.write("folder/notes.md", "x")
    shell.refuses("observe", "folder", says=("holds no CSV", "folder"))
    shell.refuses("observe", "a" * 5000, says=("File name too long",))


@pytest.mark.parametrize("codec", ["gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.slow
def test_chinese_exports_in_their_encodings(shell: CommandLine, codec: str) -> None:
    frame = corpus("zh").select(pl.col("id").alias("编号"), pl.col("title").alias("题名"), pl.col("abstract").alias("摘要"), pl.col("date").alias("发表时间"))  # fmt: skip
    shell.write("cnki.csv", frame.write_csv().encode(codec))
    said = shell("observe", "cnki.csv", "--lang", "zh")
    assert said.code == 0 and "3,200" in said.out and documents_read() == 3200
    assert not Path("observatory/set_aside.csv").exists()
    assert ("gb18030" in said.out) == (codec == "gb18030")
    names = pl.read_parquet("observatory/tables/technologies.parquet")["name"].to_list()
    assert names and all(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in names)


@pytest.mark.slow
def test_latin_1_is_read_and_noted(shell: CommandLine) -> None:
    frame = corpus().with_columns(pl.col("title") + " für Möbel")
    shell.write("papers.csv", frame.write_csv().encode("latin-1"))
    said = shell("observe", "papers.csv")
    assert said.code == 0 and "read as cp1252" in said.out
    assert "für Möbel" in shell("show", "documents", "--table", "documents", "--rows", "1").out


@pytest.mark.slow
def test_every_row_set_aside_lands_in_a_file_with_its_reason(shell: CommandLine) -> None:
    rows = list(csv.reader(io.StringIO(corpus().write_csv())))
    bad = [
        ["x1", "=soon()", "", *rows[1][3:]],
        ["x2", "", "", *rows[1][3:]],
        ["x3", "2999-01-01", *rows[1][2:]],
        rows[5],  # an id that is there already
        ["x4", "2015-01-01", "2015", "=cmd()"],  # a field too few
    ]
    sheet = io.StringIO()
    csv.writer(sheet).writerows([*rows, *bad])
    shell.write("papers.csv", sheet.getvalue())
    said = shell("observe", "papers.csv")
    assert said.code == 0 and "rows set aside  observatory/set_aside.csv" in said.out
    aside = pl.read_csv("observatory/set_aside.csv")
    assert aside.columns == ["file", "row", "column", "value", "code", "reason", "reason_zh"]
    codes = ["date_unparsable", "date_missing", "date_future", "duplicate_row", "ragged_row"]
    assert dict(aside.select("row", "code").iter_rows()) == {
        len(rows) + i: code for i, code in enumerate(codes)
    }
    assert aside["value"][0] == "'=soon()", "no spreadsheet runs it"
    assert aside["reason"].null_count() == aside["reason_zh"].null_count() == 0
    assert documents_read() + aside.height == len(rows) - 1 + len(bad), "no row is lost"
    assert "剔除" in shell("observe", "papers.csv", "--lang", "zh").out
    shell.write("papers.csv", corpus().write_csv())  # mended: the list of the earlier run goes
    assert "set_aside.csv" not in shell("observe", "papers.csv").out
    assert not Path("observatory/set_aside.csv").exists()


@pytest.mark.parametrize("dates", ["2016-{m:02d}-20", "2016"])
def test_one_year_of_documents_makes_a_page_that_says_why_there_is_no_forecast(
    shell: CommandLine, dates: str
) -> None:
    rows = (
        f"{i},{dates.format(m=1 + i % 12)},solar cell {i},a perovskite solar cell"
        for i in range(200)
    )
    shell.write("papers.csv", header_and(*rows))
    assert shell("observe", "papers.csv").code == 0
    assert first_codes() == ["answer_too_few_years"]


def test_documents_of_one_day_make_no_year(shell: CommandLine) -> None:
    rows = (f"{i},2016-06-20,solar cell {i},a perovskite solar cell" for i in range(200))
    shell.write("papers.csv", header_and(*rows))
    said = shell("observe", "papers.csv")
    assert said.code in (0, 2) and "Traceback" not in said.err
    assert said.code == 2 or first_codes() == ["answer_too_few_years", "warn"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.slow
def test_ten_documents_make_a_page_that_says_why_it_is_empty(shell: CommandLine, lang: str) -> None:
    rows = (f"{i},{2008 + i},solar cell {i},a perovskite solar cell" for i in range(10))
    shell.write("papers.csv", header_and(*rows))
    said = shell("observe", "papers.csv", "--lang", lang)
    assert said.code == 0 and first_codes()[0] == "answer_too_few_documents"
    observation = json.loads(Path("observatory/observation.json").read_text(encoding="utf-8"))
    why = family_texts("emergence").sentence(
        lang, message_from_json(observation["facts"]["first_lines"][0])
    )
    assert why in " ".join(said.out.split()) if lang == "en" else why in "".join(said.out.split())
    assert why in Path("observatory/report.md").read_text(encoding="utf-8")
    assert why in Path("observatory/index.html").read_text(encoding="utf-8")
    assert observation["tables"]["technologies"] == []


@pytest.mark.slow
def test_one_enormous_document_is_kept_whole(shell: CommandLine) -> None:
    title = "quantum lattice " * (20_000_000 // 16)
    giant = corpus().head(1).with_columns(pl.lit("giant").alias("id"), pl.lit(title).alias("title"))
    shell.write("papers.csv", csv_bytes(pl.concat([corpus(), giant])))
    said = shell("observe", "papers.csv", "--quiet")
    assert said.code == 0 and documents_read() == 3201 and len(said.out) < 20_000
    assert Path("observatory/index.html").stat().st_size < 3_000_000


@pytest.mark.parametrize("text", ["การเรียนรู้เชิงลึกสำหรับวัสดุ", "ぺろぶすかいとたいようでんち"])
@pytest.mark.slow
def test_scripts_that_cannot_be_cut_make_a_page_all_the_same(shell: CommandLine, text: str) -> None:
    rows = (f"{i},{2010 + i % 8}-12-20,{text},{text}{text}" for i in range(400))
    shell.write("papers.csv", header_and(*rows))
    said = shell("observe", "papers.csv")
    assert (
        said.code == 0
        and documents_read() == 400
        and first_codes()[0] == "answer_too_few_documents"
    )


@pytest.mark.slow
def test_hostile_texts_are_only_text(shell: CommandLine) -> None:
    frame = corpus().with_row_index("n").with_columns(
        pl.concat_str(
            pl.col("n").mod(len(HOSTILE)).replace_strict(dict(enumerate(HOSTILE)), return_dtype=pl.String),
            pl.lit(" "),
            pl.col("title"),
        ).alias("title"),
        pl.col("n").mod(3).replace_strict(dict(enumerate(HOSTILE[:3])), return_dtype=pl.String).alias("categories"),
    )  # fmt: skip
    frame = frame.drop("n")
    shell.write("=1+1;<b>.csv", csv_bytes(frame))
    said = shell("observe", "=1+1;<b>.csv")
    assert said.code == 0
    printed = said.out + shell("show", "documents", "--table", "documents", "--rows", "40").out
    printed += shell(
        "explain", "documents", "--table", "documents", "--row", "id=planted-0000003"
    ).out
    assert not [
        letter for letter in printed if unicodedata.category(letter) == "Cc" and letter != "\n"
    ]
    assert "\u202e" not in printed
    page = Path("observatory/index.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page and "</script><" not in page.replace(
        "</script></body>", ""
    )
    for path in Path("observatory").rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                assert not [cell for cell in row if cell[:1] in ("=", "+", "@", "\t")], path
    names = [path.relative_to("observatory") for path in Path("observatory").rglob("*")]
    assert all(".." not in path.parts and "etc" not in path.parts for path in names)


@pytest.mark.slow
def test_counts_that_are_no_counts_are_set_aside(shell: CommandLine) -> None:
    good = [f"e{i},{year},{30 + i * year % 17}" for i in range(30) for year in range(2005, 2017)]
    bad = ["e1,2001,-3", "e1,2002,many", "e1,2003,", ",2004,3", "e1,soon,3", "e1,2004,inf"]
    shell.write("tags.csv", "\n".join(["entity,year,count", *good, *bad]) + "\n")
    said = shell("observe", "tags.csv")
    assert said.code == 0
    aside = pl.read_csv("observatory/set_aside.csv")
    codes = [
        "count_negative",
        "count_unparsable",
        "count_missing",
        "entity_missing",
        "year_unparsable",
        "count_unparsable",
    ]
    assert aside["row"].to_list() == [len(good) + i for i in range(1, len(bad) + 1)]
    assert aside["code"].to_list() == codes and aside["value"][1] == "many"
    assert pl.read_parquet("observatory/tables/technologies.parquet").height == 30


@pytest.mark.slow
def test_columns_named_by_hand(shell: CommandLine) -> None:
    shell.write("papers.csv", csv_bytes(corpus().rename({"title": "Wording"})))
    shell.refuses(
        "observe",
        "papers.csv",
        "--column",
        "title=Wordin",
        says=("papers.csv", "did you mean Wording?"),
    )
    shell.refuses(
        "observe",
        "papers.csv",
        "--column",
        "colour=Wording",
        says=("colour is not one of the columns",),
    )
    shell.refuses(
        "observe", "papers.csv", "--column", "title", says=("has no '='", "--column title=")
    )
    twice = ("--column", "title=Wording", "--column", "title=abstract")
    shell.refuses("observe", "papers.csv", *twice, says=("title is given twice",))
    shell.write("tags.csv", "tag,year,n\na,2016,3\n")
    shell.refuses(
        "observe", "tags.csv", "--column", "entity=label", says=("no column 'label'", "tags.csv")
    )
    assert shell("observe", "papers.csv", "--column", "title=Wording").code == 0


def test_years_and_horizons_out_of_range(shell: CommandLine) -> None:
    frame = corpus().filter(pl.col("date").dt.year() != 2015)
    shell.write("papers.csv", csv_bytes(frame))
    asked = ("observe", "papers.csv", "--as-of")
    shell.refuses(*asked, "1950", says=("1950", "--as-of 2017"), keeps=True)
    shell.refuses(*asked, "2050", says=("2050", "to 2019", "--as-of 2019"), keeps=True)
    shell.refuses(*asked, "2015", says=("2015", "2012 to 2019", "--as-of 2014"), keeps=True)
    for horizon in ("0", "4", "11"):
        shell.refuses(
            "observe",
            "papers.csv",
            "--horizon",
            horizon,
            says=(horizon, "horizon", "one of 3 and 5"),
            keeps=True,
        )
    assert shell("observe", "--as-of", "soon").code == 2
    assert shell("observe", "--horizon", "soon").code == 2


@pytest.mark.slow
def test_one_broken_line_loses_no_other(shell: CommandLine) -> None:
    lines = corpus().write_csv().splitlines(keepends=True)
    lines[100] = lines[100].replace(",", ',"', 1)  # a quotation mark that is never closed
    shell.write("papers.csv", "".join(lines))
    assert shell("observe", "papers.csv").code == 0
    aside = pl.read_csv("observatory/set_aside.csv")
    assert documents_read() == corpus().height - 1 and aside["code"].to_list() == [
        "unbalanced_quote"
    ]

"""Bad tables at ``firstlight measure``: a clear message and nothing half-written, or a right result
and no row lost."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.errors import InputError
from test_bad_input import HOSTILE
from test_measure import adoption_panel, costs_panel


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ("the file is empty", "panel.csv")),
        ("technology,place,year,value\n", ("a header and no value", "panel.csv")),
        (bytes(range(256)) * 40, ("binary file",)),
        (
            "technology,where,who,year,value\na,b,c,2000,1\n",
            ("no column for place", "where", "--column place="),
        ),
        ("technology,place,value\na,b,1\n", ("no column for year", "--column year=")),
        (
            "technology,place,year,value\na,b,soon,1\na,b,2000,x\n",
            ("none of the 2 rows", "row 1", "'soon'"),
        ),
        (
            "technology,place,year,value\na,b,2000,1\na,b,2000,2\n",
            ("different values", "rows 1 and 2", "--sum yes"),
        ),
        ("technology,place,year,year,value\n", ("duplicate column names",)),
    ],
)
def test_what_cannot_be_measured_is_refused(
    shell: CommandLine, content: str | bytes, says: tuple[str, ...]
) -> None:
    shell.write("panel.csv", content)
    shell.refuses("measure", "adoption", "panel.csv", says=says)


def test_costs_are_never_added_up(shell: CommandLine) -> None:
    shell.write("costs.csv", "technology,year,cost\na,2000,1\na,2000,2\n")
    said = shell.refuses(
        "measure", "learning", "costs.csv", says=("different values", "rows 1 and 2", "--column")
    )
    assert "--sum" not in said


def test_paths_names_and_options_that_do_not_exist(shell: CommandLine) -> None:
    shell.write("panel.csv", adoption_panel().write_csv())
    asked = ("measure", "adoption", "panel.csv")
    shell.refuses(
        "measure", "adoption", "pannel.csv", says=("no such file", "did you mean panel.csv?")
    )
    unknown = shell("measure", "adoptn", "panel.csv")
    assert unknown.code == 2 and "adoption" in unknown.err and unknown.out == ""
    assert shell(*asked, "--horizon", "3").code == 2
    shell.refuses(*asked, "--draws", "soon", says=("draws = soon", "a whole number"))
    shell.refuses(*asked, "--draws", "3", says=("draws = 3", "from 20 to 10000"))
    shell.refuses(*asked, "--level", "nan", says=("level = nan", "from 0.5 to 0.99"))
    shell.refuses(*asked, "--gaps", "none", says=("gaps = none", "missing and zero"))
    shell.refuses(*asked, "--seed", "4294967296", says=("seed", "from 0 to 4294967295"))
    shell.refuses(*asked, "--sum", "perhaps", says=("sum = perhaps", "yes or no"))
    shell.refuses(*asked, "--column", "place=wo", says=("no column 'wo'", "panel.csv"))
    shell.refuses(*asked, "--column", "cost=value", says=("cost is not one of", "place"))
    shell.refuses(*asked, "--column", "place", says=("has no '='",))


def test_the_command_names_the_measurements_that_speak_of_a_word(shell: CommandLine) -> None:
    for word, meant in (("leontief", "structure"), ("adoptoin", "adoption")):
        said = shell("measure", word)
        assert said.code == 2 and said.err.splitlines()[1] == f"  firstlight measure {meant}"


@pytest.mark.parametrize(
    ("name", "options", "code", "near"),
    [
        ("adoptn", {}, "no_measurement_of", "adoption"),
        ("nothing like it", {}, "no_measurement", "adoption"),
        ("gini", {}, "no_measurement_of", "inequality"),
        ("moran", {}, "no_measurement_of", "spatial_pattern"),
        ("基尼系数", {}, "no_measurement_of", "inequality"),
        ("adoption", {"drews": 3}, "no_option_but", "draws"),
        ("adoption", {"outline_name": "x"}, "no_option", "gaps"),
        ("learning", {"sum": "yes"}, "no_option", "horizon"),
        ("adoption", {"draws": "soon"}, "wrong_kind", ""),
        ("adoption", {"draws": 3}, "out_of_bounds", "20"),
        ("adoption", {"level": float("nan")}, "out_of_bounds", "0.99"),
        ("adoption", {"gaps": "none"}, "no_choice", "zero"),
        ("adoption", {"sum": "perhaps"}, "no_column_of_parts", ""),
        ("concentration", {"outline_name": "x"}, "no_outlines", ""),
    ],
)
def test_a_measurement_or_option_unknown_to_the_library(
    tmp_path: Path, name: str, options: dict[str, Any], code: str, near: str
) -> None:
    with pytest.raises(InputError) as refused:
        fl.measure(name, adoption_panel(), project=tmp_path / "kept", **options)
    assert refused.value.code == code and near in refused.value.try_next
    assert not (tmp_path / "kept").exists()


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(fl.InputError, match="neither a path nor a data frame"):
        fl.measure("adoption", 3, project=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.slow
def test_costs_that_no_logarithm_allows_are_set_aside_by_row(shell: CommandLine) -> None:
    rows = ["lamp,2016,0", "lamp,2017,-3", "lamp,2018,free", "lamp,,3", "lamp,2019,1e999"]
    shell.write("costs.csv", costs_panel().write_csv() + "\n".join(rows) + "\n")
    said = shell("measure", "learning", "costs.csv")
    assert (
        said.code == 0
        and "learning/set_aside_rows.csv" in said.out
        and "must be above zero" in said.out
    )
    aside = pl.read_csv("observatory/learning/set_aside_rows.csv")
    first = costs_panel().height + 1
    assert aside["row"].to_list() == list(range(first, first + 5))
    assert aside["code"].to_list() == [
        "value_not_positive",
        "value_not_positive",
        "value_unparsable",
        "year_missing",
        "value_unparsable",
    ]
    shell.write("costs.csv", costs_panel().write_csv())  # mended: the list of the earlier run goes
    assert "set_aside" not in shell("measure", "learning", "costs.csv").out
    assert not Path("observatory/learning/set_aside_rows.csv").exists()


@pytest.mark.slow
def test_magnitudes_from_tiny_to_huge_in_one_table(shell: CommandLine) -> None:
    frame = costs_panel().with_columns(
        pl.when(pl.col("technology") == "lamp")
        .then(pl.col("cost") * 1e-9)
        .otherwise(pl.col("cost") * 1e12)
    )
    shell.write("costs.csv", frame.write_csv())
    shell.write("plain.csv", costs_panel().write_csv())
    found = []
    for name in ("costs", "plain"):
        assert shell("measure", "learning", f"{name}.csv", "--project", name).code == 0
        found.append(pl.read_csv(f"{name}/learning/technologies.csv")["mu"].to_list())
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_hostile_names_are_only_text(shell: CommandLine) -> None:
    names = {"alpha": HOSTILE[0], "beta": HOSTILE[5] + HOSTILE[2], "gamma": HOSTILE[7]}
    technologies = {"sail": HOSTILE[1], "wheel": '"><img src=x onerror=alert(1)>'}
    frame = adoption_panel().with_columns(
        pl.col("place").replace(names), pl.col("technology").replace(technologies)
    )
    shell.write("=1+1;<b>.csv", frame.write_csv())
    said = shell("measure", "adoption", "=1+1;<b>.csv", "--draws", "20")
    assert said.code == 0
    printed = said.out + shell("show", "adoption", "--table", "dates", "--rows", "40").out
    assert not [
        letter for letter in printed if unicodedata.category(letter) == "Cc" and letter != "\n"
    ]
    assert "\u202e" not in printed
    page = Path("observatory/adoption.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<img" not in page and page.count("<script") == 2
    assert "\u202e" not in page and "&lt;script&gt;alert(1)" in page
    for path in Path("observatory").rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                assert not [cell for cell in row if cell[:1] in ("=", "+", "@", "\t")], path


def test_a_folder_that_cannot_be_written(shell: CommandLine) -> None:
    shell.write("panel.csv", adoption_panel().write_csv())
    shell.write("file", "x")
    shell.refuses("measure", "adoption", "panel.csv", "--project", "file/inside", says=("file",))


@pytest.mark.parametrize("codec", ["gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.slow
def test_chinese_tables_in_their_encodings(shell: CommandLine, codec: str) -> None:
    names = {
        "technology": "技术",
        "place": "地区",
        "year": "年份",
        "value": "数量",
        "total": "总数",
    }
    frame = adoption_panel().with_columns(
        place=pl.col("place").replace({"alpha": "北京", "beta": "上海", "gamma": "广东"})
    )
    shell.write("panel.csv", frame.rename(names).write_csv().encode(codec))
    said = shell("measure", "adoption", "panel.csv", "--draws", "20", "--lang", "zh")
    assert said.code == 0 and "比北京晚" in said.out and "没有剔除任何行" in said.out
    assert ("gb18030" in said.out) == (codec == "gb18030")


TWO = ("--inputs", "K,L", "--outputs", "Y")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("efficiency", "p.csv"), ("inputs",)),
        (
            ("efficiency", "p.csv", *TWO, "--method", "fdh", "--bad", "C"),
            ("fdh has no bad", "dea and sbm"),
        ),
        (
            ("productivity_change", "p.csv", *TWO, "--index", "malmquist_luenberger"),
            ("needs a bad output", "bad = COLUMN"),
        ),
        (
            ("efficiency", "p.csv", *TWO, "--method", "fdh", "--returns", "vrs"),
            ("fdh has no returns", "leave it out"),
        ),
        (
            ("efficiency", "p.csv", *TWO, "--orientation", "directional"),
            ("which columns move", "direction"),
        ),
        (
            ("efficiency", "p.csv", *TWO, "--orientation", "directional", "--direction", "Q"),
            ("Q is no input", "K, L"),
        ),
        (
            ("productivity_change", "p.csv", *TWO, "--index", "luenberger", "--direction", "Q"),
            ("Q is no input, output or bad output", "K, L and Y"),
        ),
        (
            ("productivity_change", "flat.csv", *TWO),
            ("no column for year", "--column year="),
        ),
    ],
)
def test_productivity_says_what_is_missing_and_what_next(
    shell: CommandLine, words: tuple[str, ...], says: tuple[str, ...]
) -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b"] * 2, "year": [2001, 2001, 2002, 2002], "K": [1.0, 2, 1, 3]}
    )
    rows = rows.with_columns(L=4 - pl.col("K"), Y=pl.col("K") + 1, C=pl.col("K"), I=pl.col("K"))
    shell.write("p.csv", rows.write_csv())
    shell.write("flat.csv", rows.head(2).drop("year").write_csv())
    of_table = (
        "needs a bad output",
        "Q is no input",
        "Q is no input, output or bad output",
    )  # told once the table is kept
    shell.refuses("measure", *words, says=says, keeps=says[0] in of_table)


LABOUR_AND_CAPITAL = {"output": "Y", "labour": "L", "capital": "K"}


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("accounting", LABOUR_AND_CAPITAL, "no_shares"),
        ("accounting", {**LABOUR_AND_CAPITAL, "labour_share": "60"}, "out_of_bounds"),
        ("accounting", {**LABOUR_AND_CAPITAL, "labour_share": "L"}, "column_twice"),
        (
            "capital",
            {"columns": {"investment": "I"}, "price_kind": "previous_year"},
            "no_prices",
        ),
        ("capital", {"columns": {"investment": "I"}, "depreciation": "5"}, "out_of_bounds"),
        ("drivers", {"columns": {"value": "Y"}}, "what_is_new"),
        ("firms", {"output": "Y"}, "required"),
        ("frontier", {"inputs": "K,L"}, "required"),
        ("frontier", {"inputs": "K,L", "output": "K"}, "column_twice"),
        ("frontier", {"inputs": "K,K", "output": "Y"}, "few_columns"),
        ("frontier", {"inputs": "K,,L", "output": "Y"}, "few_columns"),
        ("attribution", {"result": "Y", "factors": "K,Y"}, "excludes"),
    ],
)
def test_what_options_lack_is_said_before_anything_is_kept(
    tmp_path: Path, name: str, options: dict[str, Any], code: str
) -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b"] * 2, "year": [2001, 2001, 2002, 2002], "K": [1.0, 2, 1, 3]}
    )
    rows = rows.with_columns(L=4 - pl.col("K"), Y=pl.col("K") + 1, I=pl.col("K"))
    with pytest.raises(InputError) as refused:
        fl.measure(name, rows, project=tmp_path / "kept", **options)
    assert refused.value.code == code
    only_the_table_tells = code == "no_prices"
    assert (tmp_path / "kept").exists() == only_the_table_tells


def test_a_column_is_named_whole_where_one_alone_is_asked_for(shell: CommandLine) -> None:
    shell.write("p.csv", "unit,year,K,L,Y\na,2001,1,2,3\n")
    asked = ("measure", "frontier", "p.csv", "--inputs", "K,L", "--output", "Y,C")
    shell.refuses(*asked, says=("no column for 'Y,C'",))


@pytest.mark.parametrize(
    "name", ["concentration", "clusters", "duplication", "complexity", "opportunities"]
)
@pytest.mark.slow
def test_a_secret_is_no_nought_where_an_absent_row_is(name: str, shell: CommandLine) -> None:
    rows = "".join(f"p{p},i{i},{p + i + 1}\n" for p in range(4) for i in range(4) if p != i)
    shell.write("jobs.csv", f"place,industry,value\n{rows}p0,i0,D\n")
    column = (
        ()
        if name in ("concentration", "clusters", "duplication")
        else ("--column", "activity=industry")
    )
    shell.refuses(
        "measure",
        name,
        "jobs.csv",
        *column,
        says=("a row has no number", "row 13", "'D'", "--gaps zero"),
    )
    said = shell("measure", name, "jobs.csv", *column, "--gaps", "zero")
    assert said.code == 0 and f"{name}/set_aside_rows.csv" in said.out
    assert "counts as 0" in Path(f"observatory/{name}.html").read_text(encoding="utf-8")


FRONTIER = ("measure", "frontier", "--inputs", "K,L", "--output", "Y")


@pytest.mark.parametrize("other", ["region", "country", "province"])
@pytest.mark.slow
def test_the_narrowest_place_is_the_unit(shell: CommandLine, other: str) -> None:
    shell.write(
        "p.csv",
        f"{other},state,year,K,L,Y\n1,A,2001,1,3,2\n1,B,2001,2,2,3\n1,A,2002,1,3,2\n1,B,2002,3,1,4\n",
    )
    shares = ("--labour", "L", "--capital", "K", "--labour-share", "0.6")
    assert shell("measure", "accounting", "p.csv", "--output", "Y", *shares).code == 0
    accounts = pl.read_csv("observatory/accounting/accounts.csv")
    assert accounts["unit"].unique().sort().to_list() == ["A", "B"]


def test_a_key_that_stands_twice_says_of_which_column_it_is(shell: CommandLine) -> None:
    shell.write("p.csv", "region,year,K,L,Y\nN,2001,1,3,2\nN,2001,2,2,3\n")
    shell.refuses(*FRONTIER, "p.csv", says=("unit (region) N and year 2001", "rows 1 and 2"))


def test_years_of_two_digits_and_words_are_no_years(shell: CommandLine) -> None:
    shell.write("p.csv", "firm,year,K,L,Y\na,99,1,3,2\na,0,2,2,3\n")
    shell.refuses(*FRONTIER, "p.csv", says=("'99'", "mend the rows"))
    shell.write("q.csv", "firm,year,K,L,Y\na,soon,1,3,2\na,later,2,2,3\n")
    shell.refuses(*FRONTIER, "q.csv", says=("'soon'", "mend the rows"))


@pytest.mark.parametrize(
    ("name", "header", "table"),
    [("demands", "demand,text\na,b c\n", "results"), ("conversion", "code,value\n1,2\n", "links")],
)
def test_a_table_that_is_needed_is_asked_for_with_its_columns(
    shell: CommandLine, name: str, header: str, table: str
) -> None:
    shell.write("rows.csv", header)
    needed = {"results": ("result", "text"), "links": ("code_from", "code_to")}[table]
    shell.refuses("measure", name, "rows.csv", says=(f"--{table}", *needed))


def test_a_plan_in_word_is_to_be_saved_as_text(shell: CommandLine) -> None:
    shell.write("plan.docx", b"PK\x03\x04" + bytes(40))
    shell.refuses("measure", "plan", "plan.docx", says=("plan.docx", ".txt"))

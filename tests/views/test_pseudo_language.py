"""Every word on a page, in a print and in an error comes from the texts: shown by a language in
which each text stands in brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from invented_take_off import observation
from pseudo_language import WORDS, not_through_texts, pseudo, unsaid

from firstlight import texts
from firstlight.cli import main
from firstlight.measurement import folders
from firstlight.result import Result
from firstlight.run.measured import measure
from firstlight.views import observation_words
from firstlight.views.observation_page import observation_page
from firstlight.views.observation_terminal import observation_terminal
from firstlight.views.result_page import result_page
from firstlight.views.result_terminal import result_terminal


@pytest.fixture(autouse=True)
def in_brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    in_pseudo = pseudo(texts.load)
    monkeypatch.setattr(texts, "load", in_pseudo)
    monkeypatch.setattr(observation_words, "load", in_pseudo)
    # what is found of a column in brackets is not kept, nor what was found before without them
    monkeypatch.setattr(texts.Texts, "_columns", property(lambda _: {}))
    yield


def names_of(result: Result) -> str:
    """Everything that stands in the result's tables as a text, and its citation."""
    cells = [
        str(value)
        for frame in result.tables.values()
        for column in frame.select(pl.selectors.string()).iter_columns()
        for value in column.unique().drop_nulls()
    ]
    return " ".join([*cells, result.facts["instrument_citation"]])


QUICK = ("coupling", "critic", "adoption")
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in QUICK else SLOW) for each in sorted(folders())]
)
def test_a_page_and_a_print_say_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measure(name, project=tmp_path)
    known = f"Firstlight English {name} {names_of(result)} {' '.join(result.tables)} csv"
    found = not_through_texts(result_page(result, lang="zh"))
    foreign = {text for text in found if not set(re.findall(WORDS, text)) <= words(known)}
    assert {text for text in foreign if text.rstrip("…") not in known} == set()  # … shortens a name
    monkeypatch.setattr(
        "firstlight.views.result_terminal.WIDEST", 1000
    )  # no phrase goes on in the next line
    printed = result_terminal(result, {"page": tmp_path}, lang="zh", width=5000)
    left = words(unsaid(printed.replace("\n", " ")))
    assert left - words(f"{known} {tmp_path}") - {"firstlight", "explain", "lang", "zh"} == set()


def test_an_observation_says_nothing_else() -> None:
    tables, facts = observation()
    page = observation_page(tables, facts, lang="zh")
    told = json.loads(re.search(r'id="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    said = told["words"]["zh"]
    assert len(said) > 200
    own = {key: text for key, text in said.items() if not key.startswith("format.")}
    assert {key for key, text in own.items() if "⟦" not in text and WORDS.search(text)} == set()
    printed = unsaid(observation_terminal(tables, facts, lang="zh").replace("\n", " "))
    chinese = set(re.findall(r"[\u4e00-\u9fff]{2,}", printed))
    joining = set(
        re.findall(r"[\u4e00-\u9fff]{2,}", str(texts.load(texts.WORDS / "zh.toml")["format"]))
    )
    assert chinese - joining - set(tables["technologies"]["name_zh"]) == set()


def words(text: str) -> set[str]:
    return set(re.findall(WORDS, text))


@pytest.mark.parametrize(
    "command",
    [
        "measure coupling nowhere.csv",
        "measure adoption p.csv",
        "measure complexity p.csv --shown-year 1990",
        "observe p.csv",
        "observe nowhere.csv",
        "explain nothing",
        "show nothing",
        "report",
        "fetch nowhere folder",
        "measure nowhere",
    ],
)
def test_an_error_says_nothing_else(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "observatory.toml").write_text('[observe]\nlanguage = "zh"\n', encoding="utf-8")
    Path("p.csv").write_text("region,what,n\na,b,1\n", encoding="utf-8")
    try:
        code = main([*command.split(), *(["--lang", "zh"] if "measure" in command else [])])
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr().err
    assert code == 2 and "⟦" in said
    told = said[said.index("⟦") :]
    outside = re.sub(r"firstlight( \w+)*", "", unsaid(told.replace("\n", " ")))
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", outside), outside

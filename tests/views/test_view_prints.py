"""What the terminal and the brief say: whole, in both languages, within the width, and deaf to hostile texts."""

from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest
from invented_observation import Observation, nothing
from rich.cells import cell_len

from firstlight.views.report import report
from firstlight.views.terminal import terminal
from firstlight.views.words import say

LANGUAGES = ["en", "zh"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_the_print_keeps_its_width(sky: Observation, lang: str, width: int) -> None:
    lines = terminal(*sky, lang=lang, width=width, colour=False).splitlines()
    whole = [line for line in lines if "observatory/" in line or "firstlight explain" in line]  # to be copied
    assert max(cell_len(line) for line in lines if line not in whole) <= width
    assert len(whole) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_print_says_everything(sky: Observation, lang: str) -> None:
    text = terminal(*sky, lang=lang, width=100, colour=False)
    for name in ("findings", "read", "record", "warnings", "files.where"):
        assert say(lang, name) in text
    for row in sky[0]["findings"].iter_rows(named=True):
        assert row[f"text_{lang}"] in text and row[f"sureness_{lang}"] in text
    for row in sky[0]["technologies"].head(15).iter_rows(named=True):
        assert row["label"] in text
    for method in sky[0]["record"][f"title_{lang}"].unique():
        assert text.count(method) >= 2
    first = sky[0]["technologies"]["technology_id"][0]
    assert "28%" in text and ("papers.csv, row 41" if lang == "en" else "papers.csv，第41行") in text
    assert f"firstlight explain observation --table technologies --row technology_id={first}" in text


def test_colour_only_where_it_is_wanted(sky: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in terminal(*sky, width=100, colour=True)
    assert "\x1b" not in terminal(*sky, width=100)  # no terminal here
    plain = re.sub(r"\x1b\[[\d;]*m", "", terminal(*sky, width=100, colour=True))
    assert [x.rstrip() for x in plain.splitlines()] == terminal(*sky, width=100, colour=False).splitlines()


def test_a_hostile_text_moves_no_cursor_and_is_no_markup(hostile: Observation) -> None:
    text = terminal(*hostile, width=100, colour=False)
    assert not [c for c in text if unicodedata.category(c) == "Cc" and c != "\n"] and "\u202e" not in text
    brief = report(*hostile)
    assert not [c for c in brief if unicodedata.category(c) == "Cc" and c != "\n"]
    assert not re.search(r"(?<!\\)<", brief) and not re.search(r"(?<!\\)\]\(", brief)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_brief_is_whole_and_its_tables_are_regular(sky: Observation, lang: str) -> None:
    text = report(*sky, lang=lang)
    assert [line.count("#", 0, 3) for line in text.splitlines() if line.startswith("#")] == [
        1,
        2,
        2,
        2,
        2,
        3,
        3,
        2,
        3,
        2,
        2,
    ]
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    assert [len(table.splitlines()) for table in tables] == [12, 12, 9, 9]
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert len(text.splitlines()) < 120 and "0f0f0f" in text and "CC0" in text


def test_the_brief_tells_precedents_and_errors(sky: Observation) -> None:
    text = report(*sky)
    assert text.count(" 6 of 20 ") == 9 and "of all earlier technologies, 12% did" in text  # one of ten has none
    lines = [line for line in text.splitlines() if line.startswith(("- **Misses**", "- **False alarms**"))]
    assert len(lines) == 6 and "15% forecast, +10% a year" in lines[0] and "It rose in one step" in lines[0]
    assert "70% forecast" in lines[3] and "Errors of 2013" in text
    own = sky[0]["case_reasons"]
    close = own.filter((pl.col("kind") == "miss") & pl.col("reason").is_in(["near_line", "within_noise"]))["n"].sum()
    assert f"{own.filter(kind='miss')['n'].sum()} misses, of which {close} near the line" in text


def test_hostile_cells_do_not_break_the_briefs_tables(hostile: Observation) -> None:
    for table in re.findall(r"(?:^\|.*\|\n)+", report(*hostile), re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_found_is_said(lang: str) -> None:
    tables, facts = nothing()
    for text in (terminal(tables, facts, lang=lang, width=200, colour=False), report(tables, facts, lang=lang)):
        flat = text.replace("\\", "")
        for key in ("answer.empty", "empty.technologies", "empty.record", "empty.findings", "warnings.none"):
            assert say(lang, key) in flat


def test_a_stale_observation_says_so_first(sky: Observation) -> None:
    facts = {**sky[1], "is_stale": True}
    for text in (terminal(sky[0], facts, width=100, colour=False), report(sky[0], facts)):
        assert "out of date" in "\n".join(text.splitlines()[:4])

"""What is set aside of the input is told in Python as on the command line and on pages."""

from __future__ import annotations

import contextlib
import html
import io
from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
import take_off_corpus as made
from firstlight.cli import main
from firstlight.result import set_aside_lines
from firstlight.views.observation_report import observation_report
from firstlight.views.observation_terminal import observation_terminal

ROWS = "place,year,value\na,2001,1\nb,2001,2\nc,2001,x\nd,,4\na,2002,2\nb,2002,x\n"


def without_spaces(text: str) -> str:
    """A text however its lines are broken, and its marks escaped."""
    return "".join(text.replace("\\", "").split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_measurement(lang: str, tmp_path: Path) -> None:
    path, kept = tmp_path / "rows.csv", str(tmp_path / "kept")
    path.write_text(ROWS)
    found = fl.measure("inequality", path, project=kept)
    lines = found.set_aside(lang)
    aside = found.tables["set_aside"]
    assert aside["documents_count"].to_list() == [2, 1] and len(lines) == 2
    assert all(str(count) in line for count, line in zip((2, 1), lines, strict=True))
    assert all(line in found.summary(lang).splitlines() for line in lines)
    assert all(line in repr(found) for line in found.set_aside())
    assert "set_aside" not in repr(found) and lines[0] in found.summary(lang)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        words = ["measure", "inequality", str(path), "--project", kept, "--quiet", "--lang", lang]
        assert main(words) == 0
    assert all(without_spaces(line) in without_spaces(printed.getvalue()) for line in lines)
    page = html.unescape((tmp_path / "kept" / "inequality.html").read_text(encoding="utf-8"))
    assert all(line in page for line in lines)


def test_an_observation(tmp_path: Path) -> None:
    rows = made.corpus(per_year=40).select("title", "abstract", year=pl.col("date").dt.year())
    lost = pl.DataFrame({"title": ["Lost"] * 3, "abstract": ["a"] * 3, "year": [None] * 3})
    path = tmp_path / "papers.csv"
    pl.concat([rows.cast({"year": pl.Int64}), lost.cast({"year": pl.Int64})]).write_csv(path)
    seen = fl.observe(path, project=tmp_path / "kept", as_of=2014)
    counts = seen.tables["set_aside"]["documents_count"].to_list()
    lines = seen.set_aside()
    assert sum(counts) == seen.tables["set_aside_rows"].height >= 3
    assert [line.split()[0] for line in lines] == [str(count) for count in counts]
    assert all(line in repr(seen) for line in lines)
    for lang in ("en", "zh"):
        lines = seen.set_aside(lang)
        assert seen.summary(lang).splitlines()[-len(lines) :] == lines
        for told in (
            observation_terminal(seen.tables, seen.facts, lang=lang, width=100),
            observation_report(seen.tables, seen.facts, lang=lang),
        ):
            assert all(without_spaces(line) in without_spaces(told) for line in lines)


def test_nothing_set_aside_is_no_line(tmp_path: Path) -> None:
    found = fl.measure("inequality", project=tmp_path)
    assert found.set_aside() == [] and set_aside_lines({}, "en") == []
    assert repr(found).startswith("Result(inequality (") and "aside" not in repr(found)
    assert "aside" not in found.summary()

"""Rankings: names beside bars, the largest first, whiskers where there are ends, the year in the
title, and how many more there are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from firstlight.chart import Chart, Mark
from firstlight.result import RANKED, Result
from firstlight.texts import Texts
from firstlight.views.charts import chart_section
from firstlight.views.drawing_paper import shortened, text_width
from firstlight.views.rank_chart import Ranked, rank_chart, rank_extent

WORDS = """
[charts.by_rank]
title = "Ranking"

[tables.scores.columns]
unit = { title = "Unit" }
score = { title = "Score", unit = "0 to 1" }
score_low = { title = "from" }
score_high = { title = "to" }
group = { title = "Group" }
usual = { title = "Usual" }
"""


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "en.toml").write_text(WORDS, encoding="utf-8")
    return Texts(tmp_path)


def scored(texts: Texts, chart: Chart, **columns: list[object]) -> str:
    result = Result({"scores": pl.DataFrame(columns)}, (), texts, charts=(chart,))
    return "\n".join(chart_section(result, chart))


def drawn(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.findall(r'<svg class="curves".*?</svg>', page)[0])


def named(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.findall("text") if text.get("class") == "name end"]


BARS = Chart("by_rank", "scores", "", (Mark("score", "bars"),), line="unit")
DOTS = replace(BARS, marks=(Mark("score", "points", "score_low", "score_high"),))


def test_names_stand_beside_bars_whose_length_is_the_value(texts: Texts) -> None:
    page = scored(texts, BARS, unit=["a", "b", "c", "d"], score=[0.2, 0.8, None, 0.4])
    svg = drawn(page)
    assert named(svg) == ["b", "d", "a"]
    widths = [float(bar.get("width", 0)) for bar in svg.findall("rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[1] == pytest.approx(2 * widths[2], abs=0.2)
    assert "Score, 0 to 1" in page
    values = [text.text for text in svg.findall("text") if text.get("class") == "tick end"]
    assert values == ["0.8", "0.4", "0.2"]


def test_bars_of_both_signs_part_at_0(texts: Texts) -> None:
    svg = drawn(scored(texts, BARS, unit=["a", "b"], score=[-0.5, 0.5]))
    above, below = svg.findall("rect")
    end = float(below.get("x", 0)) + float(below.get("width", 0))
    assert end == pytest.approx(float(above.get("x", 0)), abs=0.2)


def test_whiskers_lead_from_the_lower_to_the_upper_end(texts: Texts) -> None:
    columns = {"score_low": [0.4, None], "score_high": [0.9, None]}
    svg = drawn(scored(texts, DOTS, unit=["a", "b"], score=[0.6, 0.5], **columns))
    whiskers = [line for line in svg.findall("line") if "whisker" in (line.get("class") or "")]
    assert len(whiskers) == 1, "none where the ends are missing"
    left, right = (float(whiskers[0].get(end, 0)) for end in ("x1", "x2"))
    at = float(svg.findall("circle")[0].get("cx", 0))
    assert (at - left) / (right - left) == pytest.approx(0.4, abs=0.01)


def test_the_last_year_with_values_is_shown_and_said(texts: Texts) -> None:
    years = [2019, 2019, 2020, 2020, 2021]
    units, scores = ["a", "b", "a", "b", "a"], [0.9, 0.1, 0.2, 0.3, None]
    page = scored(texts, BARS, unit=units, year=years, score=scores)
    assert named(drawn(page)) == ["b", "a"]
    assert "Ranking (2020)" in page


def test_at_most_twenty_are_drawn_and_the_others_counted(texts: Texts) -> None:
    units = [f"u{place:02}" for place in range(27)]
    page = scored(texts, BARS, unit=units, score=[1.0 - place / 100 for place in range(27)])
    assert named(drawn(page)) == units[:RANKED]
    assert "7 more" in page and "7个" in page
    assert page.count("scores.csv") == 2, "where they are, in both languages"


def test_panels_have_axes_of_their_own_and_a_line_to_hold_values_against(texts: Texts) -> None:
    marks = (Mark("score", "points"), Mark("usual", "dash"))
    chart = replace(BARS, marks=marks, panel="group")
    columns = {"group": ["x", "x", "y", "y"], "usual": [0.5, 0.5, 50.0, 50.0]}
    page = scored(texts, chart, unit=["a", "b", "a", "b"], score=[0.2, 0.8, 90.0, 10.0], **columns)
    charts = [
        ElementTree.fromstring(found) for found in re.findall(r'<svg class="curves".*?</svg>', page)
    ]
    assert [named(svg) for svg in charts] == [["b", "a"], ["a", "b"]], "x, then y, as in the table"
    for svg in charts:
        lines = [line for line in svg.findall("line") if "dash" in (line.get("class") or "")]
        middle = float(lines[0].get("x1", 0))
        best, last = (float(dot.get("cx", 0)) for dot in svg.findall("circle"))
        assert last < middle < best
    assert page.count("<figcaption>") == 2


def test_every_text_stays_on_the_paper() -> None:
    names = ["a very long name of a unit in capital letters 0123456789", "一个名称很长的单位" * 4]
    units = [Ranked((name, name), 1234.5, None, None, ("1,234.5", "1,234.5")) for name in names]
    svg = ElementTree.fromstring(
        rank_chart(units, [(0.0, ("0", "0"))], "x", rank_extent(units, "bars", False), "bars")
    )
    shown = [text for text in svg.findall("text") if text.get("class") == "name end"]
    for text, name in zip(shown, names, strict=True):
        assert (text.text or "").endswith("…")
        assert text.findtext("title") == name
        assert float(text.get("x", 0)) >= text_width(text.text or "", 11)


def test_hostile_names_are_text(texts: Texts) -> None:
    name = '<script>"&<b>'
    page = scored(texts, BARS, unit=[name, "b"], score=[1.0, 0.5])
    assert named(drawn(page))[0] == name
    assert "<script" not in page


def test_a_ranking_of_nothing_is_left_out(texts: Texts) -> None:
    assert scored(texts, BARS, unit=["a"], score=pl.Series([None], dtype=pl.Float64)) == ""


def test_altair_draws_the_same_units_in_the_same_order(texts: Texts) -> None:
    pytest.importorskip("altair")
    frame = pl.DataFrame({"unit": ["a", "b"], "score": [0.2, 0.8], "score_low": [0.1, 0.7]})
    frame = frame.with_columns(score_high=pl.col("score") + 0.1)
    plot = Result({"scores": frame}, (), texts, charts=(DOTS,)).plot().to_dict()
    dots, whiskers = plot["layer"]
    assert dots["encoding"]["y"]["sort"] == ["b", "a"]
    assert dots["encoding"]["x"]["field"] == "score"
    assert whiskers["encoding"]["x2"]["field"] == "score_high"


def test_a_text_is_shortened_to_its_room() -> None:
    for room in (20.0, 60.0, 200.0):
        assert text_width(shortened("a name of many letters", room, 11), 11) <= room

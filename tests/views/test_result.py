"""The face of a result: its tables in the kind that was handed in, its first lines, its charts, and
a notebook's view."""

from __future__ import annotations

import re
import sys
from typing import Any

import pandas as pd
import polars as pl
import pytest
from invented_take_off import nothing, observation

from firstlight.errors import InputError
from firstlight.run.observed import Observation
from firstlight.views.observation_report import observation_report


@pytest.fixture(scope="module")
def result() -> Observation:
    return Observation.of(*observation())


def test_tables_come_in_the_kind_that_was_handed_in(result: Observation) -> None:
    assert result.frame is result.tables["technologies"] and result.as_given("fan").height == 120
    in_pandas = Observation.of(result.tables, result.facts, pd.DataFrame())
    assert isinstance(in_pandas.frame, pd.DataFrame) and len(in_pandas.frame) == 60
    with pytest.raises(InputError, match="no_such"):
        result.as_given("no_such")


def test_the_summary_is_the_first_lines(result: Observation) -> None:
    for lang in ("en", "zh"):
        lines = result.summary(lang).splitlines()
        assert len(lines) - 1 == len(result.facts["first_lines"]) == 5
        assert "37" in lines[5]  # the documents that were set aside
        for name in result.frame["name"].head(5):
            assert name in lines[0]
        assert "46%" in lines[1] and "39%" in lines[1] and "9%" in lines[1]
    with pytest.raises(InputError):
        result.summary("xx")


def test_a_notebook_shows_ten_rows_and_believes_nothing(result: Observation) -> None:
    shown = result._repr_html_()
    assert shown.count("<p>") == 6 and shown.count("<tr>") == 11
    first = result.frame.row(0, named=True)
    assert first["name"] in shown and "88% (78–94%)" in shown and ">new<" in shown
    names = pl.Series(["<script>alert(1)</script>"] * result.frame.height)
    hostile = Observation.of(
        {**result.tables, "technologies": result.frame.with_columns(name=names)}, result.facts
    )
    assert "<script" not in hostile._repr_html_() and "&lt;script" in hostile._repr_html_()
    assert Observation.of(*nothing())._repr_html_().count("<tr>") == 1


def test_the_report_shows_the_columns_of_a_notebook_of_older_observations_too() -> None:
    tables, facts = observation()
    older = {name: value for name, value in facts.items() if name != "brief"}
    seen = Observation.of(tables, older)
    titles = [seen.texts.title("en", "technologies", column) for column in seen.facts["brief"]]
    assert re.findall(r"<th>(.*?)</th>", seen._repr_html_()) == titles
    assert f"| {' | '.join(titles)} |" in observation_report(seen.tables, seen.facts)
    fewer = observation_report(seen.tables, {**seen.facts, "brief": ["area", "name"]})
    assert f"| {titles[7]} | {titles[1]} |" in fewer


def test_charts(result: Observation) -> None:
    chances = result.plot().to_dict()
    (drawn,) = {tuple(row["name"] for row in data) for data in _values(chances)}
    assert list(drawn) == result.frame["name"].head(10).to_list()
    named = result.frame.filter(pl.col("name").str.contains(r"\(")).row(0, named=True)
    name, _, acronym = named["name"].removesuffix(")").partition(" (")
    for form in (named["name"], name.upper(), acronym, named["technology_id"]):
        course = result.plot(form, lang="zh").to_dict()
        assert course["title"] == named["name"] and len(course["layer"]) == 5
        assert (
            sum(row.get("threshold_share") is not None for rows in _values(course) for row in rows)
            == 3
        )
    watched = result.frame.filter(pl.col("status") == "watched")["technology_id"][0]
    assert len(result.plot(watched).to_dict()["layer"]) == 2
    assert len(result.plot(form, watched).to_dict()["vconcat"]) == 2
    with pytest.raises(InputError, match="no such thing"):
        result.plot("no such thing")


def test_a_chart_without_altair_says_what_to_install(
    result: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(InputError) as raised:
        result.plot()
    assert "altair" in raised.value.try_next


def test_a_result_shows_itself_on_one_line(result: Observation) -> None:
    assert re.fullmatch(r"Observation\(technologies \(60\), .*\)", repr(result))


def _values(chart: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The rows that a chart draws, wherever Altair puts them."""
    named = [layer["data"] for layer in chart["layer"] if "data" in layer] or [chart["data"]]
    return [
        data["values"] if "values" in data else chart["datasets"][data["name"]] for data in named
    ]

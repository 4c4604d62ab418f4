"""An explanation reads in one language: columns, units and what a publisher says of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.run.explained import explained_in
from firstlight.run.measured import measure

ROWS = pl.DataFrame({"province": ["甲　省", "乙省"], "研发经费投入强度": [1.0, 3.0]})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    ROWS.write_csv(folder / "t.csv")
    measure("index", folder / "t.csv", least_weight=0.01, project=folder)
    return folder


@pytest.mark.parametrize(
    ("lang", "said", "unsaid"),
    [
        (
            "zh",
            [
                "得分（score_index） = ",
                "[占权重的比例]",
                "本地文件",
                "缺失原因（reason） = –",
            ],
            ["whoever made", "they don't state", "lifted_by_zh", "formula_zh", "share of the"],
        ),
        (
            "en",
            ["Score (score_index) = ", "[share of the weight]", "whoever made the files"],
            ["得分", "lifted_by_zh", "formula_zh"],
        ),
    ],
)
def test_it_is_in_one_language(
    project: Path, lang: str, said: list[str], unsaid: list[str]
) -> None:
    found = Catalogue.open(project, reading=True).explain("index", {"rank": 1}, table="scores")
    text = "\n".join(explained_in(found, lang, "scores").lines(lang))
    assert [part for part in said if part not in text] == []
    assert [part for part in unsaid if part in text] == []


def test_a_wide_space_steers_no_terminal(project: Path) -> None:
    found = Catalogue.open(project, reading=True).explain("index")
    wide = type(found)(**{**vars(found), "row": {"unit": "甲　省", "bad": "\x1b[2J"}})
    lines = wide.lines("zh")
    assert any("甲　省" in line for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_the_row_of_an_observation_is_told_in_chinese_and_keeps_a_chinese_name(
    project: Path,
) -> None:
    """A name that is Chinese itself has no other Chinese name, and was shown as missing."""
    found = Catalogue.open(project, reading=True).explain("index")
    row = {
        "name": "检索增强生成",
        "name_zh": None,
        "theme": "graph",
        "theme_zh": "图",
        "share": 0.1,
    }
    units = {"share": "share of documents, 0 to 1; in the forecast year and the year before"}
    observed = replace(
        found, instrument="emergence.observation", facts={}, row=row, row_units=units
    )
    chinese = "\n".join(explained_in(observed, "zh", "technologies").lines("zh"))
    assert "（name） = 检索增强生成" in chinese
    assert "（theme） = 图" in chinese
    assert "[占全部文献的比重，0至1；预测年份与上一年，按固定的刊物构成标准化]" in chinese
    assert "share of documents" not in chinese
    english = explained_in(observed, "en", "technologies").lines("en")
    assert any("share = 0.1  [share of documents" in line for line in english)

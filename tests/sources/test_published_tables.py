"""Tables as statistics bureaus hand them out: lines above the header, spaced names, a stub of
several columns, a row of codes, notes below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.measurement import folders, measurement
from firstlight.sources.columns import aliases
from firstlight.sources.panels import ALIASES, Column, read_panel
from firstlight.sources.plan_lists import TEXT_PART

NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
FLOWS = (
    Column("supplier", "text", "sector"),
    Column("user", "text", "sector", is_heading=True),
    Column("value", "number", "any"),
)
YEARLY = [
    ["数据库：分省年度数据"],
    ["指标：地区生产总值(亿元)"],
    ["时间：最近2年"],
    ["地区", "2021年", "2020年"],
    ["北　京", "4100.5", "3900"],
    ["天津市", "1600", "1400"],
    ["数据来源：国家统计局"],
]
FOUND = [
    ("北京", 2020, 3900.0),
    ("北京", 2021, 4100.5),
    ("天津市", 2020, 1400.0),
    ("天津市", 2021, 1600.0),
]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
@pytest.mark.parametrize("width", [1, 3], ids=["bare", "padded"])
@pytest.mark.parametrize("sign", [",", "\t"])
def test_lines_above_and_below_a_text_table(
    tmp_path: Path, encoding: str, width: int, sign: str
) -> None:
    lines = [sign.join([*row, *[""] * (width - len(row))]) for row in YEARLY]
    path = tmp_path / "yearly.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    panel = read_panel(path, NEEDS)
    assert panel.table.frame.rows() == FOUND
    (told,) = (note for note in panel.notes if note.code == "above_the_header_of_text")
    assert all(row[0] in str(told.values["said"].value) for row in YEARLY[:3])
    # A line of another width than the table is set aside; one that is padded holds no year.
    assert panel.set_aside["value"].to_list() == [YEARLY[-1][0]] * (width == 1)


FACTS = "search URL:,https://example.org/?q=(a),(b)\nResults:,2\n"


@pytest.mark.parametrize("padding", ["", ",,,"], ids=["bare", "padded"])
def test_labels_with_their_values_above_a_wide_table(padding: str) -> None:
    """As Google Patents writes them; the comma in the value is one of the value."""
    facts = FACTS.replace("\n", padding + "\n")
    table = "place,year,value,b,c,d,e\nx,2001,1,,,,\ny,2001,2,,,,\n"
    panel = read_panel({"a.csv": (facts + table).encode()}, NEEDS)
    assert panel.table.frame["value"].to_list() == [1, 2]
    (told,) = (note for note in panel.notes if note.code == "above_the_header_of_text")
    assert "https://example.org" in str(told.values["said"].value)


def test_headings_with_colons_are_headings() -> None:
    table = "place:,year,value,b,c\nx,2001,1,,\ny,2001,2,,\n"
    panel = read_panel({"a.csv": table.encode()}, NEEDS, {"place": "place:"})
    assert panel.table.frame["place"].to_list() == ["x", "y"]


def test_a_list_of_one_column_keeps_its_header(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("place\nIron, old\nCoal\nOil, new, deep\n")
    panel = read_panel(path, (Column("place", "text", "place"),))
    assert panel.table.frame["place"].to_list() == ["Coal"]
    assert panel.set_aside.height == 2


def test_names_spread_to_one_width_are_one_place_with_the_others() -> None:
    rows = {
        "地  区": ["北　京", "北京", "New  York"],
        "年份": [2020, 2021, 2021],
        "value": [1, 2, 3],
    }
    frame = read_panel(pl.DataFrame(rows), NEEDS).table.frame
    assert frame["place"].to_list() == ["New York", "北京", "北京"]


def _sheet(path: Path, rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> Path:
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_an_input_output_table_as_the_bureau_prints_it(tmp_path: Path) -> None:
    rows = [
        ["某年投入产出表"],
        ["（按当年生产者价格计算）", None, None, None, None, None, "单位：万元"],
        ["产    出", None, None, "中间使用", None, "最终使用", None],
        ["投    入", None, None, "农业", "工业", "最终使用合计", "总产出"],
        [None, None, "代码", "01", "02", "TFU", "GO"],
        ["中间投入", "农业", "01", 1, 2, 7, 10],
        [None, "工业", "02", 3, 4, 13, 20],
        ["增加值", "增加值合计", "TVA", 6, 14, None, None],
        ["总投入", None, "TI", 10, 20, None, None],
    ]
    merged = ["D3:E3", "F3:G3", "A6:A7"]
    panel = read_panel(_sheet(tmp_path / "io.xlsx", rows, merged), FLOWS)
    cells = {(row[0], row[1]): row[2] for row in panel.table.frame.rows()}
    assert cells["农业", "工业"] == 2
    assert cells["工业", "农业"] == 3
    assert cells["增加值合计", "工业"] == 14
    assert cells["总投入", "农业"] == 10
    assert {user for _, user in cells} == {"农业", "工业", "最终使用合计", "总产出"}
    assert "row_of_codes" in {note.code for note in panel.notes}


def test_a_heading_over_two_columns_of_names(tmp_path: Path) -> None:
    rows = [
        ["地区", None, "2020年", "2021年"],
        ["东部", "甲省", 1, 2],
        [None, "乙省", 3, 4],
        ["西部", None, 5, 6],
    ]
    panel = read_panel(_sheet(tmp_path / "t.xlsx", rows, ["A1:B1", "A2:A3"]), NEEDS)
    last = panel.table.frame.filter(pl.col("year") == 2021).select("place", "value").rows()
    assert sorted(last) == sorted([("甲省", 2.0), ("乙省", 4.0), ("西部", 6.0)])


def test_a_column_that_names_owners_is_no_unit_of_measurement() -> None:
    rows = {"成果编号": ["R1", "R2"], "成果内容": ["甲", "乙"], "单位": ["丙大学", "丁研究所"]}
    needs = (
        Column("result", "text", "result"),
        Column("text", "text", "text"),
        Column("owner", "text", "owner", if_absent="empty", is_filled=False),
    )
    panel = read_panel(pl.DataFrame(rows), needs)
    assert panel.table.frame["owner"].to_list() == ["丙大学", "丁研究所"]
    assert "several_units" not in {note.code for note in panel.notes}


def test_remarks_without_a_heading_are_no_names(tmp_path: Path) -> None:
    rows = [["地区", None, "2020年", "2021年"], ["甲省", "修订", 1, 2], ["乙省", "快报", 3, 4]]
    panel = read_panel(_sheet(tmp_path / "t.xlsx", rows, []), NEEDS)
    assert panel.table.frame["place"].unique().sort().to_list() == ["乙省", "甲省"]


@pytest.mark.parametrize("sign", ["…", "..", "—", "n/a"])
def test_a_column_that_is_mostly_missing_is_one_of_numbers(sign: str) -> None:
    rows = {"地区": ["甲", "乙", "丙"], "专利（件）": ["3", sign, sign], "备注": ["x", sign, "1"]}
    needs = (
        Column("place", "text", "place"),
        Column("indicator", "text", "indicator", is_heading=True),
        Column("value", "number", "any", is_filled=False),
    )
    found = read_panel(pl.DataFrame(rows), needs).table.frame
    assert found.rows() == [
        ("丙", "专利（件）", None),
        ("乙", "专利（件）", None),
        ("甲", "专利（件）", 3.0),
    ]


def test_every_further_table_can_have_chinese_headings() -> None:
    """The columns of tables that people write themselves, as scenarios, beside the main one."""
    chinese = {own.column for own in aliases(ALIASES) if re.search(r"[\u4e00-\u9fff]", own.alias)}
    tables = [own for name in folders() for own in measurement(name).of_kind("table")]
    of_texts = {TEXT_PART}  # which nobody writes into a table
    lacking = {column for own in tables for column in own.role.columns} - chinese - of_texts
    assert len(tables) > 10 and lacking == set()

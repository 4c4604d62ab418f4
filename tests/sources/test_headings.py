"""Headings of tables: how publishers write them, and what a part of one says."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.sources.panels import Column, read_panel
from firstlight.texts import Name, message, names


def test_headings_of_trade_patents_and_regions_are_known() -> None:
    """As UN Comtrade, patent offices and regional statistics write them."""
    needs = (
        Column("place", "text", "place"),
        Column("activity", "text", "activity"),
        Column("year", "year", "year", if_absent="empty"),
        Column("value", "number", "any"),
    )
    for headings in (
        ("Reporter", "Commodity Code", "Year", "Trade Value (US$)"),
        ("Metro area", "Industry (NAICS)", "Fiscal year", "Employment, persons"),
        ("Region of origin", "Technology field", "Grant year", "No. of patents"),
        ("国家", "商品编码", "年份", "出口额（万美元）"),
    ):
        frame = pl.DataFrame([("A1", "0111", 2001, "1,250")], headings, orient="row")
        assert read_panel(frame, needs).table.frame.rows() == [("A1", "0111", 2001, 1250.0)]


def test_a_part_of_a_heading_tells_nothing_of_numbers_nor_of_two() -> None:
    needs = (Column("place", "text", "place"), Column("value", "number", "any"))
    both = pl.DataFrame([("a", "b", 1.0)], ["Home region", "Host region", "value"], orient="row")
    growth = pl.DataFrame([("a", 1.0, 2.0)], ["place", "stock growth", "x"], orient="row")
    for frame in (both, growth):
        with pytest.raises(InputError) as caught:
            read_panel(frame, needs)
        assert caught.value.code == "columns_missing"


def test_numbers_of_a_place_are_not_its_name() -> None:
    needs = (Column("unit", "text", "unit"), Column("value", "number", "any"))
    rows = [("Aomori", 5.0, 100), ("Iwate", 6.0, 200)]
    frame = pl.DataFrame(rows, ["Prefecture", "value", "Region population"], orient="row")
    assert read_panel(frame, needs).table.frame["unit"].to_list() == ["Aomori", "Iwate"]


def test_a_column_known_by_a_part_of_its_heading_is_noted() -> None:
    needs = (Column("place", "text", "place"), Column("value", "number", "any"))
    frame = pl.DataFrame([("a", 1.0)], ["Metro area", "value"], orient="row")
    about = {"column": Name("place"), "own": Name("Metro area"), "file": Name("frame")}
    assert list(read_panel(frame, needs).notes) == [message("read_from", **about)]


def test_other_columns_that_fit_are_named() -> None:
    needs = (Column("technology", "text", "what"), Column("cost", "number", "any"))
    frame = pl.DataFrame({"technology": ["a"], "cost_per_genome": [3.0], "Cost per Mb": [1.0]})
    panel = read_panel(frame, needs)
    assert panel.table.frame.rows() == [("a", 1.0)]
    about = {"file": Name("frame"), "column": Name("cost"), "own": Name("Cost per Mb")}
    assert message("also_fit", **about, others=names(["cost_per_genome"])) in panel.notes
    named = read_panel(frame, needs, {"cost": "cost_per_genome"})
    assert named.table.frame.rows() == [("a", 3.0)]
    assert "also_fit" not in {note.code for note in named.notes}


def test_a_column_named_by_hand_needs_no_unit_below_a_year_or_in_a_row_of_indicators() -> None:
    needs = (
        Column("place", "text", "place"),
        Column("year", "year", "year"),
        Column("value", "number", "any"),
    )
    wide = {"地区": ["a"], "2020 利润（亿元）": [1.0], "2021 利润（亿元）": [2.0]}
    wide |= {f"{year} 企业数（个）": [9.0] for year in (2020, 2021)}
    long = {"地区": ["a"] * 4, "年份": [2020, 2021] * 2, "数值": [1.0, 2.0, 9.0, 9.0]}
    long["指标"] = ["利润（亿元）"] * 2 + ["企业数（个）"] * 2
    for frame in (pl.DataFrame(wide), pl.DataFrame(long)):
        panel = read_panel(frame, needs, {"value": "利润"})
        assert panel.table.frame.rows() == [("a", 2020, 1.0), ("a", 2021, 2.0)]
        assert "read_from" in {note.code for note in panel.notes}


def test_a_wide_table_of_indicators_may_call_its_units_by_a_name_that_nobody_knows() -> None:
    needs = (
        Column("unit", "text", "unit"),
        Column("indicator", "text", "indicator", is_heading=True),
        Column("year", "year", "year", if_absent="empty"),
        Column("value", "number", "any"),
    )
    frame = pl.DataFrame({"Kommune": ["Alta", "Bodø"], "year": [2020] * 2, "jobs": [1.0, 2.0]})
    found = read_panel(frame, needs).table.frame.rows()
    assert found == [("Alta", "jobs", 2020, 1.0), ("Bodø", "jobs", 2020, 2.0)]


def test_years_that_end_in_the_next_stand_under_their_first() -> None:
    needs = (Column("year", "year", "year"), Column("value", "number", "any"))
    for written in (("1999/00", "2000–01"), ("1999/2000", "2000/2001")):
        panel = read_panel(pl.DataFrame({"year": written, "value": [1.0, 2.0]}), needs)
        assert panel.table.frame["year"].to_list() == [1999, 2000]
        assert message("fiscal_years", file=Name("frame")) in panel.notes
    for months in (("2010/11", "2011/11"), ("2011/12",)):
        frame = pl.DataFrame({"year": months, "value": [float(k) for k in range(len(months))]})
        assert read_panel(frame, needs).set_aside.height == len(months)

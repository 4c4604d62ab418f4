"""Panels are read whatever their form, and every row is either in the table or set aside with its
place and reason."""

from __future__ import annotations

import gzip
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.wide_tables import long_from_headings, year_columns
from firstlight.texts import Code, Count, Name, Year, message, names

PLACE, YEAR = Column("place", "text", "place"), Column("year", "year", "calendar year")
VALUE = Column("value", "number", "any number")
TOTAL = Column("total", "number", "any number", if_absent="empty", is_filled=False)
NEEDS = (PLACE, YEAR, VALUE)
ROWS = [("a", 2001, 1.5), ("a", 2002, 1250.0), ("b", 2001, 3.0), ("b", 2002, 4.0)]
LONG = pl.DataFrame(ROWS, schema=["地区", "年份", "数值"], orient="row")
WIDE = pl.DataFrame({"地区": ["a", "b"], "2001年": [1.5, 3.0], "2002年": [1250.0, 4.0]})


def rows(source: Any, needs: tuple[Column, ...] = NEEDS, **options: Any) -> list[tuple[Any, ...]]:
    return read_panel(source, needs, **options).table.frame.rows()


def stata(frame: pl.DataFrame, path: Path) -> None:
    frame.to_pandas().to_stata(path, write_index=False, version=118)


WRITERS = {
    "panel.csv": lambda frame, path: path.write_bytes(frame.write_csv().encode()),
    "gb.csv": lambda frame, path: path.write_bytes(frame.write_csv().encode("gb18030")),
    "panel.tsv": lambda frame, path: path.write_bytes(
        frame.write_csv(separator="\t").encode("utf-16")
    ),
    "panel.parquet": lambda frame, path: frame.write_parquet(path),
    "panel.jsonl": lambda frame, path: frame.write_ndjson(path),
    "panel.xlsx": lambda frame, path: frame.to_pandas().to_excel(path, index=False),
    "panel.dta": stata,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("frame", [LONG, WIDE], ids=["long", "wide"])
def test_every_format_gives_the_same_table(tmp_path: Path, name: str, frame: pl.DataFrame) -> None:
    if name.endswith(("xlsx", "dta")):
        pytest.importorskip("pandas")
    if name.endswith("xlsx"):
        pytest.importorskip("openpyxl")
    if name.endswith("dta"):
        frame = frame.rename(
            lambda name: {"地区": "place", "年份": "year", "数值": "value"}.get(
                name, f"y{name[:4]}"
            )
        )
    WRITERS[name](frame, tmp_path / name)
    assert rows(tmp_path / name) == ROWS


def test_frames_of_every_kind_give_the_same_table() -> None:
    pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    kinds = [
        LONG,
        LONG.lazy(),
        LONG.to_arrow(),
        LONG.to_pandas(),
        duckdb.from_arrow(LONG.to_arrow()),
    ]
    assert [rows(kind) for kind in kinds] == [ROWS] * len(kinds)


def test_a_title_above_an_excel_table_is_passed_over_and_told(tmp_path: Path) -> None:
    pandas, _ = pytest.importorskip("pandas"), pytest.importorskip("openpyxl")
    with pandas.ExcelWriter(tmp_path / "a.xlsx") as book:
        sheet = [
            ["表1 产值（亿元）", None, None],
            ["地区", 2001, 2002],
            ["a", 1.5, 1250],
            [None, None, None],
            ["b", 3, 4],
        ]
        pandas.DataFrame(sheet).to_excel(book, sheet_name="一", header=False, index=False)
        LONG.to_pandas().to_excel(book, sheet_name="二", index=False)
    found = read_panel(tmp_path / "a.xlsx", NEEDS)
    assert found.table.frame.rows() == ROWS
    about = {"file": Name("a.xlsx"), "sheet": Name("一")}
    assert message("above_the_header", said=Name("表1 产值（亿元）"), **about) in found.notes
    assert message("other_sheets", others=names("二", most=10), **about) in found.notes
    mixed = pandas.DataFrame([["地区", 2001, 2002], [None, None, None], ["a", "x", 3]])
    mixed.to_excel(tmp_path / "b.xlsx", header=False, index=False)
    aside = read_panel(tmp_path / "b.xlsx", NEEDS).set_aside
    assert aside.select("row", "column", "value").rows() == [(3, "2001", "x")], (
        "the sheet's own row"
    )


def test_facts_above_a_wide_sheet_and_signs_below_it_are_passed_over_and_told(
    tmp_path: Path,
) -> None:
    """As Eurostat's data browser writes a sheet: facts of two cells above, a legend below, and a
    colon where there is no number."""
    pandas, _ = pytest.importorskip("pandas"), pytest.importorskip("openpyxl")
    sheet = [
        ["Unit", "Million euro", None, None, None],
        ["place", 2001, 2002, 2003, 2004],
        ["a", 1, 2, ":", 4],
        ["b", 5, 6, ":", ": c"],
        [None] * 5,
        [":", "not available", None, None, None],
    ]
    path = tmp_path / "a.xlsx"
    pandas.DataFrame(sheet).to_excel(path, sheet_name="Sheet 1", header=False, index=False)
    found = read_panel(path, NEEDS)
    assert found.table.frame.select("place", "year", "value").rows() == [
        ("a", 2001, 1),
        ("a", 2002, 2),
        ("a", 2004, 4),
        ("b", 2001, 5),
        ("b", 2002, 6),
    ]
    assert found.set_aside["value"].to_list() == [":", ":", ": c"]
    about = {"file": Name("a.xlsx"), "sheet": Name("Sheet 1")}
    assert message("above_the_header", said=Name("Unit; Million euro"), **about) in found.notes
    assert message("below_the_table", said=Name(":; not available"), **about) in found.notes
    # numbers below a gap are a row
    pandas.DataFrame([*sheet[:-1], ["c", 7, None, None, None]]).to_excel(
        path, header=False, index=False
    )
    assert ("c", 2001, 7) in read_panel(path, NEEDS).table.frame.rows()


def test_without_pandas_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for name in ("panel.xlsx", "panel.dta"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 anything")
        with pytest.raises(InputError) as absent:
            read_panel(tmp_path / name, NEEDS)
        kind = "stata" if name.endswith(".dta") else "excel"
        assert absent.value.code == f"{kind}_needs_pandas"
        assert "openpyxl" in absent.value.try_next and "CSV" in absent.value.try_next


@pytest.mark.parametrize(("name", "kind"), [("panel.xlsx", "excel"), ("panel.dta", "stata")])
def test_a_damaged_workbook_is_named(tmp_path: Path, name: str, kind: str) -> None:
    pytest.importorskip("pandas")
    (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(InputError) as damaged:
        read_panel(tmp_path / name, NEEDS)
    assert damaged.value.code == f"damaged_{kind}" and damaged.value.where == name


def test_numbers_as_people_write_them(tmp_path: Path) -> None:
    text = 'place,year,value\na,2001,"1,234.5"\na,2002年,１２３\na,2003,..\na,2004,many\na,2005,7%\na,soon,1\n,2006,1\na,,1\na,2007,-2\n'
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    found = read_panel(
        tmp_path / "p.csv", (PLACE, YEAR, Column("value", "number", "x", sign="zero"))
    )
    assert found.table.frame.rows() == [("a", 2001, 1234.5), ("a", 2002, 123.0)]
    aside = found.set_aside.select("row", "column", "value", "code").rows()
    assert aside == [
        (3, "value", "..", "value_missing"),
        (4, "value", "many", "value_unparsable"),
        (5, "value", "7%", "value_percent"),
        (6, "year", "soon", "year_unparsable"),
        (7, "place", "", "key_missing"),
        (8, "year", "", "year_missing"),
        (9, "value", "-2", "value_negative"),
    ]
    assert found.rows == found.table.frame.height + found.set_aside.height
    assert found.set_aside["reason"].null_count() == found.set_aside["reason_zh"].null_count() == 0


def test_codes_that_a_program_wrote_as_numbers_are_codes_and_other_names_stay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,version,value\n111.0,1.0,5\n2611.0,2.1,6\n", encoding="utf-8")
    needs = [
        Column("code", "text", "industry"),
        Column("version", "text", "name"),
        Column("value", "number", "jobs"),
    ]
    frame = read_panel(path, needs).table.frame
    assert frame.select("code", "version").rows() == [("111", "1.0"), ("2611", "2.1")]


def test_per_cent_and_decimal_commas_hold_for_a_whole_column() -> None:
    per_cent = read_panel(LONG.with_columns(数值=pl.Series(["1.5%", "12 %", "3％", "4%"])), NEEDS)
    assert per_cent.table.frame["value"].to_list() == [1.5, 12, 3, 4]
    assert per_cent.table.units["value"] == "any number, in %"
    comma = read_panel(LONG.with_columns(数值=pl.Series(["1,5", "1.234,25", "3", "1,250"])), NEEDS)
    assert comma.table.frame["value"].to_list() == [1.5, 1234.25, 3, 1.25]
    about = {"file": Name("frame"), "column": Name("数值")}
    assert comma.notes == (message("decimal_comma", **about),)
    thousands = read_panel(
        LONG.with_columns(数值=pl.Series(["1,5", "1,234,250", "3", "1,250"])), NEEDS
    )
    mixed = "value_other_decimals"
    assert thousands.set_aside.select("row", "code").rows() == [(1, mixed), (4, mixed)]


def test_cells_of_a_wide_table_are_named_by_the_files_own_columns() -> None:
    wide = pl.DataFrame(
        {
            "firm": ["a", "b"],
            "K_2001": ["1", "x"],
            "K_2002": ["2", "5"],
            "L2001": ["3", "4"],
            "L2002": ["1", ""],
        }
    )
    needs = (
        Column("unit", "text", "u"),
        YEAR,
        Column("K", "number", "x"),
        Column("L", "number", "x"),
    )
    found = read_panel(wide, needs)
    assert found.table.frame.rows() == [("a", 2001, 1, 3), ("a", 2002, 2, 1)]
    assert found.set_aside.select("row", "column", "code").rows() == [
        (2, "L2002", "value_missing"),
        (2, "K_2001", "value_unparsable"),
    ]


def test_year_columns_are_told_from_names_with_a_number() -> None:
    written = ["2001", "X2002", "2003 [YR2003]", "FY2004", "2005.0", "2006年度"]
    assert list(year_columns(written).values()) == [("value", year) for year in range(2001, 2007)]
    assert year_columns(["id", "census2000", "code_1234", "p99"]) == {}
    with pytest.raises(InputError) as twice:
        rows(pl.DataFrame({"地区": ["a"], "2001": [1], "2001年": [2], "2002": [2]}))
    assert twice.value.code == "heading_of_year_twice"
    assert twice.value.values["year"] == Year(2001)


INDICATORS = pl.DataFrame(
    [(p, y, i, v) for p, y, v in ROWS for i, v in (("资本", v), ("劳动", 2 * v))],
    schema=["省份", "年份", "指标", "数值"],
    orient="row",
).with_columns(单位=pl.lit("亿元"))


def test_indicators_that_stand_in_rows_become_columns() -> None:
    needs = (PLACE, YEAR, Column("资本", "number", "stock"), Column("劳动", "number", "people"))
    found = read_panel(INDICATORS, needs)
    assert found.table.frame.rows() == [(p, y, v, 2 * v) for p, y, v in ROWS]
    assert found.table.units["资本"] == "stock, in 亿元"
    assert rows(INDICATORS, NEEDS, columns={"value": "资本"}) == ROWS
    with pytest.raises(InputError) as missing:
        read_panel(INDICATORS, NEEDS)
    told = missing.value
    assert told.code == "several_indicators" and told.values["column"] == Name("指标")
    assert "资本" in told.what and "劳动" in told.what and "--indicator '资本'" in told.try_next
    assert rows(INDICATORS, NEEDS, where={"indicator": "资本"}) == ROWS
    with pytest.raises(InputError) as twice:
        read_panel(pl.concat([INDICATORS, INDICATORS.head(1)]), needs)
    assert twice.value.code == "indicator_twice" and "资本" in twice.value.what
    assert twice.value.values["rows"] == names(["1", "9"])
    technology = Column("technology", "text", "t")
    assert read_panel(INDICATORS, (technology, PLACE, YEAR, VALUE)).mapping["technology"] == "指标"


def test_units_that_are_mixed_are_refused() -> None:
    """Nobody can use t and kg in one column: a note alone let their sum stand."""
    needs = (PLACE, YEAR, Column("资本", "number", "stock"), Column("劳动", "number", "people"))
    by_thing = INDICATORS.with_columns(
        单位=pl.when(pl.col("指标") == "资本").then(pl.lit("亿元")).otherwise(pl.lit("万人"))
    )
    assert read_panel(by_thing, needs).notes == ()
    is_other = (pl.col("年份") == 2002) & (pl.col("指标") == "劳动")
    mixed = by_thing.with_columns(单位=pl.when(is_other).then(pl.lit("人")).otherwise("单位"))
    with pytest.raises(InputError) as told:
        read_panel(mixed, needs)
    assert told.value.code == "units_differ" and told.value.values["units"] == names(["万人", "人"])
    assert rows(mixed, NEEDS, columns={"value": "资本"}) == ROWS, "of which the unit is one"
    with pytest.raises(InputError) as told:
        read_panel(LONG.with_columns(单位=pl.Series(["亿元", "元"] * 2)), NEEDS)
    assert told.value.code == "units_differ" and told.value.values["name"] == Name("value")


def test_columns_by_hand_by_name_and_by_being_the_only_one_left() -> None:
    odd = LONG.rename({"地区": "wo", "数值": "Technology Diffusion (Comin)"})
    found = read_panel(odd, NEEDS)
    assert found.table.frame.rows() == ROWS and found.mapping == {
        "place": "wo",
        "year": "年份",
        "value": "Technology Diffusion (Comin)",
    }
    left = [note.values["own"].value for note in found.notes if note.code == "only_one_left"]
    assert left == ["wo", "Technology Diffusion (Comin)"]
    two = odd.with_columns(other=pl.lit(1.0))
    with pytest.raises(InputError) as missing:
        read_panel(two, NEEDS)
    assert missing.value.code == "columns_missing" and "other" in missing.value.where
    assert missing.value.values["command"] == Name("--column value='…'")
    assert missing.value.values["found"] == names(["place = wo", "year = 年份"], most=2)
    assert rows(two, NEEDS, columns={"value": "other"})[0] == ("a", 2001, 1.0)
    with pytest.raises(InputError) as near:
        read_panel(two, NEEDS, columns={"value": "othr"})
    assert near.value.code == "no_column_by_hand_but"
    assert near.value.values["near"] == Name("other")
    with pytest.raises(InputError) as unknown:
        read_panel(two, NEEDS, columns={"title": "other"})
    assert unknown.value.code == "not_a_column"
    assert unknown.value.values["known"] == names(["place", "year", "value"], most=3)


def test_a_column_named_exactly_is_never_another() -> None:
    frame = LONG.rename({"数值": "price"})
    cost = Column("cost", "number", "any number")
    assert rows(frame, (PLACE, YEAR, cost)) == ROWS, "price is a name for cost"
    with pytest.raises(InputError) as missing:
        read_panel(frame, (PLACE, YEAR, replace(cost, is_exact=True)))
    assert missing.value.values["wanted"] == names(["cost"])
    assert (
        rows(frame, (PLACE, YEAR, replace(cost, is_exact=True)), columns={"cost": "price"}) == ROWS
    )
    assert (
        rows(frame.rename({"price": "Cost"}), (PLACE, YEAR, replace(cost, is_exact=True))) == ROWS
    )


def test_a_file_without_technologies_is_one(tmp_path: Path) -> None:
    (tmp_path / "solar_pv.csv.gz").write_bytes(gzip.compress(b"year,cost\n2001,3\n2002,2\n"))
    needs = (
        Column("technology", "text", "t", if_absent="file"),
        YEAR,
        Column("cost", "number", "x", sign="positive"),
    )
    found = read_panel(tmp_path / "solar_pv.csv.gz", needs)
    assert found.table.frame["technology"].unique().to_list() == ["solar_pv"]
    assert [note.code for note in found.notes] == ["named_after_file"]
    assert found.notes[0].values["name"] == Name("solar_pv")


def test_a_key_that_stands_twice() -> None:
    again = pl.concat([LONG, LONG.head(1)])
    found = read_panel(again, NEEDS)
    assert found.table.frame.rows() == ROWS and found.set_aside.select("row", "code").rows() == [
        (5, "duplicate_row")
    ]
    other = pl.concat([LONG, LONG.head(1).with_columns(数值=pl.lit(9.0))])
    with pytest.raises(InputError) as differ:
        read_panel(other, NEEDS)
    told = differ.value
    assert told.code == "keys_differ_or_parts" and "--sum" in told.try_next
    assert told.values["key"] == names(["place (地区) a", "year (年份) 2001"], most=2)
    assert told.values["rows"] == names(["1", "5"])
    with pytest.raises(InputError) as differ:
        read_panel(other, NEEDS, is_summed=None)
    assert differ.value.code == "keys_differ" and "--sum" not in differ.value.try_next
    assert rows(other, NEEDS, is_summed=True)[0] == ("a", 2001, 10.5)
    totals = other.with_columns(总数=pl.Series([10.0, 10, 10, 10, 20]))
    summed = read_panel(totals, (*NEEDS, TOTAL), is_summed=True)
    assert summed.table.frame.row(0) == ("a", 2001, 10.5, None)
    total = Code("codes.shared.total")
    assert summed.notes[-1] == message("sums_disagree", count=Count(1), column=total)


@pytest.mark.parametrize("text", ["place,year,value\n", "place,2001,2002\n"])
def test_nothing_to_read_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as nothing:
        read_panel(tmp_path / "p.csv", NEEDS)
    assert nothing.value.code == "only_a_header" and nothing.value.where == "p.csv"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["2001", "2002", "x", ""]),
            st.sampled_from(["1", "2.5", "y", "-", "3%"]),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    st.randoms(use_true_random=False),
)
@pytest.mark.slow
def test_no_row_is_lost_and_order_never_shows(
    cells: list[tuple[str, str, str]], order: random.Random
) -> None:
    """Rows read = rows used + rows set aside; the table is the same for any order of rows."""
    schema = {"place": pl.String, "year": pl.String, "value": pl.String}
    found = read_panel(pl.DataFrame(cells, schema=schema, orient="row"), NEEDS)
    assert found.rows == len(cells) == found.table.frame.height + found.set_aside.height
    order.shuffle(cells)
    assert read_panel(pl.DataFrame(cells, schema=schema, orient="row"), NEEDS).table.frame.equals(
        found.table.frame
    )


def test_tables_in_the_layout_of_two_publishers(tmp_path: Path) -> None:
    """The third column under a title of its own; indicators below each other, quoted, with units
    and codes beside them."""
    one, other = tmp_path / "adoption.csv", tmp_path / "provinces.csv"
    lines = [
        f"{name},{2014 + k},{11.1 + k}"
        for name in ("Tablet users", "Smart speakers")
        for k in range(5)
    ]
    one.write_text("\n".join(["Entity,Year,Adoption (a survey (2004) and others)", *lines]))
    found = read_panel(one, (Column("technology", "text", "t"), YEAR, VALUE))
    assert found.table.frame.height == found.rows == 10
    heading = '"province","year","chn_block4","value","units","variables"'
    rows = [
        f'"{place}","{year}","{indicator}",{number},"个","v4_{code}"'
        for indicator, code, number in (("企业数", "qys", 105), ("利润总额", "lrze", 1.2))
        for year in (2022, 2023)
        for place in ("全国", "北京", "天津")
    ]
    other.write_text("\n".join([heading, *rows]), encoding="utf-8")
    provinces = read_panel(
        other,
        (PLACE, YEAR, Column("企业数", "number", "firms")),
        columns={"indicator": "chn_block4"},
    ).table.frame
    assert provinces.filter(place="北京", year=2023)["企业数"].to_list() == [105]
    assert provinces["place"].n_unique() == 3 and provinces.height == 6


def test_several_names_in_a_cell_become_rows() -> None:
    needs = (
        Column("work", "text", "paper"),
        Column("member", "text", "who", separators=(";", "|")),
        YEAR,
    )
    given = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "institutions": ["x; y ;x", "z", ";;", None],
            "year": [2001, 2002, 2003, 2004],
        }
    )
    for source in (given, given.with_columns(pl.col("institutions").str.split(";"))):
        read = read_panel(source, needs)
        assert read.table.frame.rows() == [("a", "x", 2001), ("a", "y", 2001), ("b", "z", 2002)]
        assert read.set_aside["code"].to_list() in (["key_missing"], ["key_missing"] * 2)
        assert {note.code: note.values["count"].value for note in read.notes} in (
            {"cells_of_several": 1},
            {"cells_of_several": 1, "cells_of_nobody": 1},
        )
    plain_name = read_panel(given, (needs[0], replace(needs[1], separators=()), YEAR)).table.frame
    assert plain_name["member"].to_list() == ["x; y ;x", "z", ";;"], (
        "without signs a cell is one name"
    )


ACTIVITIES = (
    Column("place", "text", "place"),
    Column("activity", "text", "activity", is_heading=True),
    Column("year", "year", "year", if_absent="empty"),
    Column("value", "number", "any", sign="zero"),
)


def test_a_table_of_places_by_activities_becomes_rows(tmp_path: Path) -> None:
    """Codes that look like years, empty cells, a column of notes: each is what it is, and the note
    says so."""
    wide = 'city,2111,2121,grain,steel,remark\nAA,1,,3,4,old\nBB,,5,,"1,250",\n'
    (tmp_path / "wide.csv").write_text(wide, encoding="utf-8")
    found = read_panel(tmp_path / "wide.csv", ACTIVITIES)
    assert found.table.frame.drop("year").rows() == [
        ("AA", "2111", 1.0),
        ("AA", "grain", 3.0),
        ("AA", "steel", 4.0),
        ("BB", "2121", 5.0),
        ("BB", "steel", 1250.0),
    ]
    told, unused, unclear = found.notes
    assert unclear.code == "decimals_unclear"
    assert told.code == "wide_by_heading" and told.values["need"] == Name("activity")
    assert told.values["count"] == Count(4)
    assert told.values["columns"] == names(["2111", "2121", "grain"])
    assert unused.values["others"] == names(["remark"])
    for total, code in (("total", "city code"), ("合计", "行政区划代码")):
        summed = pl.DataFrame(
            {
                "city": ["AA", "BB"],
                code: [11, 12],
                "x": [1, 2],
                "y": [3, 4],
                "z": [5, 6],
                total: [9, 12],
            }
        )
        held = read_panel(summed, ACTIVITIES)
        assert set(held.table.frame["activity"]) == {"x", "y", "z"}
        assert held.notes[-1].values["others"] == names([code, total])
    long = pl.DataFrame(
        {"city": ["AA"] * 3, "thing": ["x", "y", "z"], "value": [1, 2, 3], "a": 4, "b": 5, "c": 6}
    )
    assert read_panel(long, ACTIVITIES).table.frame["activity"].to_list() == ["x", "y", "z"]
    by_hand = read_panel(long, ACTIVITIES, {"activity": "thing", "value": "c"})
    assert by_hand.table.frame["value"].to_list() == [6, 6, 6]
    many = pl.DataFrame(
        {"city": ["AA", "AA"], "kind": ["x", "y"], "firms": [1, 2], "staff": [3, 4], "km2": [5, 5]}
    )
    with pytest.raises(InputError) as missing:  # two rows of a city: no wide table
        read_panel(many, ACTIVITIES)
    assert missing.value.values["wanted"] == names(["value"])
    with pytest.raises(InputError) as missing:
        read_panel(pl.DataFrame({"city": ["AA"], "grain": [1.0], "steel": [2.0]}), ACTIVITIES)
    assert missing.value.values["wanted"] == names(["activity", "value"])


def test_years_in_the_headings_stay_years_where_activities_stand_in_rows() -> None:
    wide = pl.DataFrame(
        {"country": ["a", "a"], "product": ["x", "y"], "1998": [1.0, 2.0], "1999": [3.0, None]}
    )
    assert read_panel(wide, ACTIVITIES).table.frame.rows() == [
        ("a", "x", 1998, 1.0),
        ("a", "x", 1999, 3.0),
        ("a", "y", 1998, 2.0),
    ]


def test_what_says_something_of_a_key_is_not_added_up() -> None:
    needs = (
        *ACTIVITIES,
        Column(
            "growth", "number", "share a year", if_absent="empty", is_filled=False, is_exact=True
        ),
    )
    rows = pl.DataFrame(
        {"city": list("aaabb"), "activity": list("xxyyy"), "value": [1, 2, 3, 4, 5]}
    )
    found = read_panel(rows, needs, is_summed=True)
    assert found.table.frame["growth"].null_count() == 3 and found.table.frame[
        "value"
    ].to_list() == [3, 3, 9]
    told = read_panel(
        rows.with_columns(growth=pl.Series([0.1, 0.1, 0.2, 0.2, 0.3])), needs, is_summed=True
    )
    assert told.table.frame["growth"].to_list() == [0.1, 0.2, None]
    growth = Code("codes.shared.growth")
    assert message("sums_disagree", count=Count(1), column=growth) in told.notes


def test_a_label_tells_no_rows_apart() -> None:
    """The sectors of a province are no provinces, whatever column is taken for their group."""
    group = Column("group", "text", "group", if_absent="empty", is_filled=False, is_label=True)
    frame = pl.DataFrame({"place": ["a", "a", "b"], "year": [2001] * 3, "value": [1.0, 2.0, 4.0]})
    frame = frame.with_columns(sector=pl.Series(["coal", "gas", "gas"]))
    with pytest.raises(InputError) as refused:
        rows(frame, (*NEEDS, group))
    assert refused.value.code == "keys_differ_or_parts"
    summed = read_panel(frame, (*NEEDS, group), is_summed=True)
    assert summed.table.frame.rows() == [("a", 2001, 3.0, None), ("b", 2001, 4.0, "gas")]
    told = message("sums_disagree", count=Count(1), column=Name("group"))
    assert told in summed.notes


def test_a_sum_of_which_a_part_is_missing_is_missing() -> None:
    plants = Column("plants", "number", "number of plants", if_absent="empty", is_filled=False)
    value = Column("value", "number", "jobs", is_filled=False)
    rows = pl.DataFrame({"city": list("aabb"), "activity": list("xxxx"), "value": [1, 2, None, 4]})
    found = read_panel(rows, (*ACTIVITIES[:2], value, plants), is_summed=True)
    assert (
        found.table.frame["value"].to_list() == [3.0, None]
        and found.table.frame["plants"].null_count() == 2
    )


@pytest.mark.parametrize("digits", ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"])
def test_years_in_digits_of_other_scripts_are_read_and_what_is_no_year_is_set_aside(
    digits: str,
) -> None:
    own = str.maketrans("0123456789", digits)
    years = [str(year).translate(own) for year in (2010, 2011)]
    frame = pl.DataFrame({"place": "a", "year": [*years, "x" + years[0]], "value": [1.0, 2.0, 3.0]})
    needs = (
        Column("place", "text", "p"),
        Column("year", "year", "y"),
        Column("value", "number", "v"),
    )
    found = read_panel(frame, needs)
    assert found.table.frame["year"].to_list() == [2010, 2011]
    assert found.set_aside.select("row", "code").rows() == [(3, "year_unparsable")]


def test_a_wide_table_may_have_a_column_called_order() -> None:
    wide = pl.DataFrame({"order": ["b", "a"], "grain": [1, 2]})
    long = long_from_headings(wide, ["grain"], "industry")
    assert long.rows() == [("b", "grain", 1), ("a", "grain", 2)]

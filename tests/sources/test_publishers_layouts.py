"""Tables as statistical offices publish them: each layout is read for what it is, with its flags,
and without what holds others; what can't be told is asked about, and years are never added up."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.run.doctor import Finding, doctor
from firstlight.sources.panels import Column, Panel, read_panel
from firstlight.texts import names

UNIT, YEAR = Column("unit", "text", "unit"), Column("year", "year", "year")
VALUE = Column("value", "number", "value")
NEEDS = (UNIT, YEAR, VALUE)
PLACE, INDUSTRY = Column("place", "text", "place"), Column("industry", "text", "industry")
COUNTRIES = {"Austria": "AUT", "Belgium": "BEL", "Germany": "DEU", "France": "FRA"}
AGGREGATES = {"World": "WLD", "Euro area": "EMU", "Low income": "LIC"}
PROVINCES = ("北京", "天津", "河北", "山西", "上海", "江苏", "浙江", "安徽")
YEARS = (2019, 2020, 2021)


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def long(header: str, line: str, names: dict[str, str]) -> bytes:
    """A row for each name, code and year, in which {v} is a number."""
    rows = [
        line.format(n=name, c=code, y=year, v=100 * k + year % 10)
        for k, (name, code) in enumerate(names.items())
        for year in YEARS
    ]
    return text(header, *rows)


def read(name: str, data: bytes, needs: tuple[Column, ...] = NEEDS, **more: object) -> Panel:
    return read_panel({name: data}, needs, has_totals=False, **more)  # type: ignore[arg-type]


def units(panel: Panel) -> list[str]:
    return panel.table.frame["unit"].unique().sort().to_list()


EUROSTAT = text(
    "freq,unit,geo\\TIME_PERIOD\t2019 \t2020 \t2021 ",
    "A,PC_GDP,AT\t3.1 \t3.2 b\t3.3 p",
    "A,PC_GDP,BE\t2.1 \t: \t2.3 ",
    "A,PC_GDP,EA20\t2.2 \t2.3 \t2.4 ",
    "A,PC_GDP,EU27_2020\t2.2 \t2.3 \t2.4 e",
)
WORLD_BANK = text(
    '"Data Source","World Development Indicators",',
    "",
    '"Last Updated Date","2024-06-28",',
    "",
    '"Country Name","Country Code","Indicator Name","Indicator Code","2019","2020","2021",',
    *(
        f'"{name}","{code}","GDP per capita (current US$)","NY.GDP.PCAP.CD","1.5","2","{k}",'
        for k, (name, code) in enumerate((COUNTRIES | AGGREGATES).items())
    ),
)
SDMX = long(
    "DATAFLOW,LAST UPDATE,freq,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG",
    "ESTAT:TIPSRD20(1.0),23/10/23 23:00:00,A,PC_GDP,{c},{y},{v},p",
    {"Austria": "AT", "Belgium": "BE", "Euro area": "EA20"},
)
LABELS = long(
    "STRUCTURE,STRUCTURE_ID,freq,Time frequency,unit,Unit of measure,geo,"
    "Geopolitical entity (reporting),TIME_PERIOD,Time,OBS_VALUE,Observation value,OBS_FLAG",
    "dataflow,ESTAT:A(1.0),A,Annual,PC_GDP,Per cent of GDP,{c},{n},{y},,{v},,e",
    {"Austria": "AT", "Belgium": "BE", "Euro area": "EA20"},
)
OECD = long(
    "STRUCTURE,ACTION,REF_AREA,Reference area,FREQ,MEASURE,Measure,UNIT_MEASURE,"
    "Unit of measure,TIME_PERIOD,Time period,OBS_VALUE,OBS_STATUS,Observation status,UNIT_MULT",
    'DATAFLOW,I,{c},{n},A,G,GERD,USD_PPP,"US dollars, PPP",{y},,{v},E,Estimated value,6',
    {**COUNTRIES, "OECD": "OECD"},
)
OECD_STAT = long(
    '"LOCATION","Country","INDICATOR","Indicator","TIME","Time","Unit Code","Unit",'
    '"PowerCode Code","PowerCode","Value","Flag Codes","Flags"',
    '"{c}","{n}","GERD","Gross R&D","{y}","{y}","USD","US Dollar","6","Millions",{v},"E","Est."',
    {**COUNTRIES, "OECD - Total": "OECD"},
)
WORLD_BANK_ROWS = long(
    "indicator.id,indicator.value,country.id,country.value,countryiso3code,date,value,unit,"
    "obs_status,decimal",
    "NY.GDP,GDP,{c},{n},{c},{y},{v},,,1",
    COUNTRIES | AGGREGATES,
)


@pytest.mark.parametrize(
    ("name", "data", "own", "left_out"),
    [
        ("a.tsv", EUROSTAT, ["AT", "BE"], {"EA20", "EU27_2020"}),
        ("a.csv", SDMX, ["AT", "BE"], {"EA20"}),
        ("labels.csv", LABELS, ["AT", "BE"], {"EA20"}),
        ("API_NY.csv", WORLD_BANK, [*COUNTRIES], {*AGGREGATES}),
        ("rows.csv", WORLD_BANK_ROWS, [*COUNTRIES], {*AGGREGATES}),
        ("oecd.csv", OECD, [*COUNTRIES], {"OECD"}),
        ("stat.csv", OECD_STAT, [*COUNTRIES], {"OECD - Total"}),
    ],
)
def test_a_publishers_layout_is_read_without_what_holds_others(
    name: str, data: bytes, own: list[str], left_out: set[str], tmp_path: Path
) -> None:
    found = read(name, data)
    assert units(found) == sorted(own) and set(found.totals) == left_out
    assert set(found.table.frame["year"]) == set(YEARS)
    (tmp_path / name).write_bytes(data)
    said = doctor(tmp_path / name)
    assert not [each.code for each in said if each.state == "wrong"]
    assert "table" in [each.code for each in said]  # and not counts, which are added up


def test_flags_are_told_and_no_part_of_the_numbers() -> None:
    found = read("a.tsv", EUROSTAT)
    assert found.table.frame.filter(unit="AT")["value"].to_list() == [3.1, 3.2, 3.3]
    assert found.table.units["value"] == "value, in PC_GDP"
    assert "flags_behind_numbers" in [note.code for note in found.notes]
    for name, data in (("a.csv", SDMX), ("labels.csv", LABELS), ("oecd.csv", OECD)):
        assert "flagged" in [note.code for note in read(name, data).notes]


def test_the_world_banks_answer_in_json() -> None:
    rows = [
        {
            "indicator": {"id": "NY.GDP", "value": "GDP per capita"},
            "country": {"id": code[:2], "value": name},
            "countryiso3code": code,
            "date": str(year),
            "value": float(year),
            "unit": "",
            "decimal": 1,
        }
        for name, code in (COUNTRIES | AGGREGATES).items()
        for year in YEARS
    ]
    found = read("wb.json", json.dumps([{"page": 1, "pages": 1, "total": 21}, rows]).encode())
    assert units(found) == sorted(COUNTRIES) and found.table.frame.height == 12
    lists = read("wb.json", json.dumps(rows).encode())
    assert lists.table.frame.equals(found.table.frame)


def test_quarters_are_no_years_and_no_industries(tmp_path: Path) -> None:
    header = "\t".join(f"2020-Q{quarter} " for quarter in (1, 2, 3, 4))
    data = text(f"freq,unit,geo\\TIME_PERIOD\t{header}", *(f"Q,I15,{c}\t1\t2\t3\t4" for c in "ab"))
    for needs in (NEEDS, (PLACE, Column("industry", "text", "i", is_heading=True), VALUE)):
        with pytest.raises(InputError) as refused:
            read("q.tsv", data, needs)
        assert refused.value.code == "headed_by_months" and "2020-Q1" in refused.value.what
    (tmp_path / "q.tsv").write_bytes(data)
    assert "headed_by_months" in [each.code for each in doctor(tmp_path / "q.tsv")]


COMTRADE = text(
    "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,reporterDesc,"
    "flowCode,partnerCode,partnerISO,partnerDesc,cmdCode,cmdDesc,aggrLevel,qty,netWgt,primaryValue",
    *(
        f"C,A,{y}0101,{y},52,{y},{code},{iso},{name},X,{at},{at}X,{p},{cmd},{desc},2,1,1,{y + k + at}"
        for code, iso, name in ((156, "CHN", "China"), (276, "DEU", "Germany"), (76, "BRA", "Brazil"))
        for at, p in ((0, "World"), (251, "France"))
        for k, (cmd, desc) in enumerate(
            (("TOTAL", "All Commodities"), ("85", "Machinery"), ("87", "Vehicles"))
        )
        for y in YEARS
    ),
)  # fmt: skip


def test_trade_is_read_for_one_partner_and_without_the_sum_of_all_commodities() -> None:
    needs = (PLACE, INDUSTRY, YEAR, VALUE)
    with pytest.raises(InputError) as refused:
        read("trade.csv", COMTRADE, needs)
    told = refused.value
    assert told.code == "keys_differ_in" and "--sum" not in told.try_next
    assert "World and France" in told.where and "World" in told.try_next
    with pytest.raises(InputError) as several:
        read("trade.csv", COMTRADE)
    assert several.value.values["columns"] == names(["partnerDesc", "cmdCode"])
    assert "--where partnerDesc=World --where cmdCode=TOTAL" in several.value.try_next
    found = read("trade.csv", COMTRADE, needs, where={"partnerDesc": "World"})
    assert found.mapping["value"] == "primaryValue"
    assert found.table.frame["place"].n_unique() == 3
    assert found.table.frame["industry"].n_unique() == 2


# ---- the bureau's


def test_a_yearbook_and_an_answer_of_the_bureau(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["3-9  地区生产总值"])
    sheet.append(["（本表按当年价格计算）", None, None, "单位：亿元"])
    sheet.append(["地 区", "2019", "2020", "2021"])
    sheet.append(["全 国", 1e6, 2e6, 3e6])
    for k, province in enumerate(PROVINCES):
        sheet.append([f"{province[0]}  {province[1]}", 10.0 * k, 11.0 * k, 12.0 * k])
    book.save(tmp_path / "yearbook.xlsx")
    found = read_panel(tmp_path / "yearbook.xlsx", NEEDS, has_totals=False)
    assert units(found) == sorted(PROVINCES) and len(found.totals) == 1
    lines = ["数据库：分省年度数据", "指标：地区生产总值(亿元)", "时间：最近5年"]
    rows = [f"{province}市,3,2,1" for province in PROVINCES]
    data = text(*lines, "地区,2021年,2020年,2019年", *rows, "数据来源：国家统计局")
    answer = read("分省.csv", data.decode().encode("gb18030"))
    assert answer.table.frame["value"].to_list() == [1.0, 2.0, 3.0] * 8


@pytest.mark.parametrize(
    ("name", "members"),
    [("长三角", "沪"), ("全国", ""), ("京津冀地区", ""), ("长江经济带", ""), ("东部地区", "")],
)
def test_regions_of_provinces_are_none(name: str, members: str) -> None:
    rows = [f"{province},{year},{k + 1}" for k, province in enumerate(PROVINCES) for year in YEARS]
    found = read("a.csv", text("地区,年份,数值", *rows, *(f"{name},{year},1" for year in YEARS)))
    assert found.totals == (name,)
    alone = [row for row in rows if row.startswith(("山西", "广东"))]
    kept = read("a.csv", text("地区,年份,数值", *alone, "广东,2019,4", "长三角,2019,1"))
    assert "长三角" in units(kept), "none of its provinces stand beside it"


# ---- indicators in rows

BLOCKS = {"合计": "万元", "基础研究": "万元", "人员": "人年"}


def blocks() -> bytes:
    rows = [
        f"{province},{year},{name},{100 * k + year % 10 + at},{unit},v4_{k}"
        for k, (name, unit) in enumerate(BLOCKS.items())
        for at, province in enumerate((*PROVINCES, "全国"))
        for year in YEARS
    ]
    return text("province,year,chn_block4,value,units,variables", *rows)


def test_a_column_that_says_what_each_number_is_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read("rd.csv", blocks())
    told = refused.value
    assert told.code == "several_indicators" and "--sum" not in str(told)
    assert "chn_block4" in told.what and "3 indicators" in told.what
    assert "合计 (万元, 2019–2021, 9 places" in told.what and "--indicator '合计'" in told.try_next
    found = read("rd.csv", blocks(), where={"indicator": "人员"})
    assert found.table.units["value"] == "value, in 人年" and found.totals == ("全国",)
    assert found.table.frame["value"].min() == 200 and units(found) == sorted(PROVINCES)
    assert read("rd.csv", blocks(), columns={"value": "人员"}).table.frame.equals(found.table.frame)
    (tmp_path / "rd.csv").write_bytes(blocks())
    said = doctor(tmp_path / "rd.csv")
    assert not [each for each in said if each.state == "wrong"]
    listed = next(each for each in said if each.code == "indicators").told()
    assert all(name in listed[0] for name in BLOCKS) and "perhaps a total" in listed[0]
    assert listed[1].endswith("--indicator '合计'")


def test_indicators_of_one_place_are_technologies() -> None:
    technology = Column("technology", "text", "technology", if_absent="file")
    with pytest.raises(InputError) as refused:
        read("rd.csv", blocks(), (technology, YEAR, VALUE))
    assert "--where 'province=北京'" in refused.value.try_next
    found = read("rd.csv", blocks(), (technology, YEAR, VALUE), where={"province": "安徽"})
    assert found.mapping["technology"] == "chn_block4"
    assert set(found.table.frame["technology"]) == {"基础研究", "人员"}, "the total is none"


@pytest.mark.parametrize(
    ("where", "code", "says"),
    [
        ({"indicator": "基楚研究"}, "no_such_indicator", "基础研究"),
        ({"Province": "安辉"}, "no_such_cell", "北京"),
        ({"prefecture": "安徽"}, "no_such_column", "province"),
    ],
)
def test_rows_that_are_not_there_are_refused(where: dict[str, str], code: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read("rd.csv", blocks(), where=where)
    assert refused.value.code == code and says in str(refused.value)


def test_units_are_chosen_as_indicators_are() -> None:
    data = EUROSTAT + EUROSTAT.split(b"\n", 1)[1].replace(b"PC_GDP", b"MIO_EUR")
    with pytest.raises(InputError) as refused:
        read("a.tsv", data)
    assert refused.value.code == "units_differ" and "--where unit=" in refused.value.try_next
    assert units(read("a.tsv", data, where={"unit": "PC_GDP"})) == ["AT", "BE"]


# ---- sums

FIRMS = text(
    "place,year,firm,value", *(f"{p},{y},{f},{k}" for p in "ab" for y in YEARS for k, f in
    enumerate(("x", "y", "z")))
)  # fmt: skip
BY_PLACE = (PLACE, YEAR, VALUE)


def test_rows_that_a_column_tells_apart_are_added_up_by_its_name_alone() -> None:
    for asked in (False, True):
        with pytest.raises(InputError) as refused:
            read("firms.csv", FIRMS, BY_PLACE, is_summed=asked)
        assert refused.value.code == "keys_differ_in_parts"
        assert "differ in firm" in refused.value.what and "--sum firm" in refused.value.try_next
    found = read("firms.csv", FIRMS, BY_PLACE, is_summed="firm")
    assert found.table.frame["value"].to_list() == [3.0] * 6
    labelled = FIRMS.replace(b"firm,", b"label,firm,").replace(b",x,", b",Xy,x,")
    labelled = labelled.replace(b",y,", b",Yz,y,").replace(b",z,", b",Zx,z,")
    assert read("firms.csv", labelled, BY_PLACE, is_summed="firm").table.frame.equals(
        found.table.frame
    )
    each_year = b"place,year,firm,value\na,2019,x,1\na,2020,y,2\n"  # each firm in a year of its own
    with pytest.raises(InputError) as refused:
        read("firms.csv", each_year, (PLACE, VALUE), is_summed="firm")
    assert refused.value.code == "keys_differ_in" and "year" in refused.value.what
    with pytest.raises(InputError) as refused:
        read("firms.csv", FIRMS, BY_PLACE, is_summed="plant")
    assert refused.value.code == "no_column_of_parts"


@pytest.mark.parametrize("heading", ["TIME_PERIOD", "year", "Jahr", "período"])
@pytest.mark.parametrize("asked", [True, "heading"])
def test_years_are_never_added_up(heading: str, asked: bool | str) -> None:
    data = FIRMS.replace(b"year", heading.encode())
    data = b"\n".join(
        line for line in data.split(b"\n") if b",y," not in line and b",z," not in line
    )
    with pytest.raises(InputError) as refused:
        read("a.csv", data, (PLACE, VALUE), is_summed=heading if asked == "heading" else asked)
    assert refused.value.code == "keys_differ_in" and heading in refused.value.what
    assert "--sum" not in refused.value.try_next


@pytest.mark.parametrize("cells", [("合计", "甲"), ("Total", "north"), ("World", "Europe")])
def test_a_total_beside_its_parts_is_never_added_up(cells: tuple[str, str]) -> None:
    data = text("place,year,kind,value", *(f"a,2020,{cell},{k}" for k, cell in enumerate(cells)))
    for asked in (True, "kind"):
        with pytest.raises(InputError) as refused:
            read("a.csv", data, BY_PLACE, is_summed=asked)
        assert refused.value.code == "keys_differ_in" and "--sum" not in refused.value.try_next


def test_rows_that_collapse_are_told_with_the_column_that_is_not_read(tmp_path: Path) -> None:
    lines = [f"{p},2020,i{k},{k + 7}" for p in "abc" for k in range(9)]
    data = text("region,year,branch,staff", *lines)
    found = read("a.csv", data, (UNIT, YEAR))
    note = next(note for note in found.notes if note.code == "rows_collapsed")
    assert note.values["columns"].value[0].value == "branch" and note.values["count"].value == 24


# ---- the doctor


def codes(found: list[Finding], state: str) -> list[str]:
    return [each.code for each in found if each.state == state]


def test_a_square_table_of_codes_is_an_input_output_table(tmp_path: Path) -> None:
    sectors = [f"{k:02}" for k in range(1, 9)]
    lines = [f"{own},Sector {own},{','.join('1' * 8)},5" for own in sectors]
    data = text(f"Code,Description,{','.join(sectors)},TFU", *lines)
    (tmp_path / "china.csv").write_bytes(data)
    said = doctor(tmp_path / "china.csv")
    assert "square_table" in codes(said, "well") and "structure" in said[1].told()[1]


@pytest.mark.parametrize("own", ["operation", "rd", "trade", "pull", "push", "budget", "activity"])
def test_tables_of_indicators_by_province(own: str, shared: Path) -> None:
    """Real ones: each lists its indicators, and each of these is read with its unit."""
    path = next(
        path for path in sorted((shared / "data/provinces").glob("techme_*.csv"))
        if path.stem.lower().endswith(own)
    )  # fmt: skip
    said = doctor(path)
    assert "indicators" in codes(said, "well") and not codes(said, "wrong")
    cells = pl.read_csv(path, infer_schema=False)
    for name in cells["chn_block4"].unique():
        if cells.filter(chn_block4=name)["units"].n_unique() == 1:
            found = read_panel(path, NEEDS, where={"indicator": name}, has_totals=False)
            assert found.totals == ("全国",) and found.table.units["value"] != "value"
            assert found.table.frame["unit"].n_unique() > 25


@pytest.mark.parametrize(
    "own", ["capital_asset", "city_total_1997_2019", "province_total_1997_2019"]
)
def test_tables_by_province_are_read_as_they_are(own: str, shared: Path) -> None:
    said = doctor(shared / f"data/provinces/{own}.csv")
    assert "table" in codes(said, "well") and not codes(said, "wrong")


def test_a_real_table_with_a_column_of_figures_for_each_thing(shared: Path) -> None:
    said = doctor(shared / "data/places/G.regions.industries.csv")
    figures = next(each for each in said if each.code == "table_of_figures")
    assert "concentration" in figures.told()[0] and "convergence" not in figures.told()[0]
    said = doctor(shared / "data/io/china_2020_42.csv")
    assert "square_table" in codes(said, "well") and not codes(said, "wrong")

"""Tables as yearbooks print them: merged headings, spaced names, units in brackets, the nation
among its provinces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firstlight as fl
from firstlight.places import market
from firstlight.run.doubtful_names import doubtful_names
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.raw import TEXTS
from firstlight.sources.renamed_units import under_latest_names
from firstlight.sources.workbooks import headings
from firstlight.store.one_row import one_row
from firstlight.texts import Count, List, Name, Number, Phrase, message, names

openpyxl: Any = pytest.importorskip("openpyxl")
NEEDS = (Column("unit", "text", "place"), Column("year", "year", "year"))
CAPITAL, OUTPUT = (
    Column("资本存量", "number", "any", is_exact=True),
    Column("产值", "number", "any", is_exact=True),
)
ROWS = [
    ("甲省", 2019, 1.0, 5.0),
    ("甲省", 2020, 2.0, 6.0),
    ("乙省", 2019, 3.0, 7.0),
    ("乙省", 2020, 4.0, 8.0),
]


def _workbook(path: Path, rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def test_header_of_two_lines_and_names_merged_over_their_years(tmp_path: Path) -> None:
    rows = [["表1"], ["省份", "年份", "投入", "产出"], [None, None, "资本存量", "产值"]]
    rows += [[name if year == 2019 else None, year, k, y] for name, year, k, y in ROWS]
    merged = ["A1:D1", "A2:A3", "B2:B3", "A4:A5", "A6:A7"]
    panel = read_panel(_workbook(tmp_path / "t.xlsx", rows, merged), (*NEEDS, CAPITAL, OUTPUT))
    assert sorted(panel.table.frame.rows()) == sorted(ROWS)
    assert panel.set_aside.height == 0
    (told,) = (note for note in panel.notes if note.code == "merged_cells")
    assert told.values["count"] == Count(2)


def test_years_merged_over_their_columns_are_a_wide_table(tmp_path: Path) -> None:
    rows = [
        ["省份", "2019年", None, "2020年", None],
        [None, "资本存量", "产值", "资本存量", "产值"],
    ]
    rows += [["甲省", 1, 5, 2, 6], ["乙省", 3, 7, 4, 8]]
    path = _workbook(tmp_path / "t.xlsx", rows, ["A1:A2", "B1:C1", "D1:E1"])
    assert sorted(read_panel(path, (*NEEDS, CAPITAL, OUTPUT)).table.frame.rows()) == sorted(ROWS)


def test_header_merged_downwards_alone_takes_no_row_of_the_table(tmp_path: Path) -> None:
    rows = [["省份", "年份", "资本存量", "产值"], [], *ROWS]
    path = _workbook(tmp_path / "t.xlsx", rows, ["A1:A2", "B1:B2", "C1:C2", "D1:D2"])
    assert sorted(read_panel(path, (*NEEDS, CAPITAL, OUTPUT)).table.frame.rows()) == sorted(ROWS)


def test_number_merged_over_rows_is_not_counted_for_each(tmp_path: Path) -> None:
    rows = [
        ["省份", "年份", "资本存量", "产值"],
        *ROWS[:2],
        ["乙省", 2019, 3.0, 15.0],
        ["乙省", 2020, 4.0, None],
    ]
    path = _workbook(tmp_path / "t.xlsx", rows, ["D4:D5"])
    panel = read_panel(path, (*NEEDS, CAPITAL, OUTPUT))
    assert ("乙省", 2019, 3.0, 15.0) in panel.table.frame.rows()
    assert panel.set_aside.select("row", "code").rows() == [(5, "value_missing")]


def test_label_merged_down_the_side_of_the_table_is_no_header(tmp_path: Path) -> None:
    rows = [["全部", "省份", "年份", "资本存量", "产值"], *([None, *row] for row in ROWS)]
    path = _workbook(tmp_path / "t.xlsx", rows, ["A1:A5"])
    assert sorted(read_panel(path, (*NEEDS, CAPITAL, OUTPUT)).table.frame.rows()) == sorted(ROWS)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5, unique=True))
def test_heading_of_one_line_is_itself(names: list[str]) -> None:
    assert headings([names]) == names == headings([names, names])


def test_spaced_headings_and_units_in_brackets_are_told() -> None:
    frame = pl.DataFrame(ROWS, ["省　份", "年 份", "资本存量（亿元）", "产值"], orient="row")
    panel = read_panel(frame, (*NEEDS, CAPITAL, OUTPUT))
    assert sorted(panel.table.frame.rows()) == sorted(ROWS)
    told = {note.values["column"].value: note.values["own"].value for note in panel.notes}
    assert {note.code for note in panel.notes} == {"read_from"}
    assert told["资本存量"] == "资本存量（亿元）"


@pytest.mark.parametrize(
    "heading", ["资本存量（上年=100）", "资本存量(%)", "资本存量（增速）", "资本存量（亿元）增量"]
)
def test_what_brackets_make_another_thing_of_is_not_taken(heading: str) -> None:
    frame = pl.DataFrame(ROWS, ["省份", "年份", heading, "产值"], orient="row")
    with pytest.raises(fl.InputError) as error:
        read_panel(frame, (*NEEDS, CAPITAL, OUTPUT))
    assert error.value.values["wanted"] == names(["资本存量"])
    assert heading in error.value.try_next  # what was probably meant


def test_two_columns_in_different_units_are_not_chosen_between() -> None:
    rows = [(*row[:3], 9.0, row[3]) for row in ROWS]
    frame = pl.DataFrame(
        rows, ["省份", "年份", "资本存量（亿元）", "资本存量（美元）", "产值"], orient="row"
    )
    with pytest.raises(fl.InputError) as error:
        read_panel(frame, (*NEEDS, CAPITAL, OUTPUT))
    assert error.value.values["wanted"] == names(["资本存量"])


def test_commas_of_a_chinese_keyboard_part_names(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        [(f"省{k}", k / 9, 1 - k / 9) for k in range(1, 7)],
        ["省份", "资本", "劳动"],
        orient="row",
    )
    same = [
        fl.measure("coupling", frame, systems=text, project=tmp_path / str(k)).frame
        for k, text in enumerate(("资本,劳动", "资本，劳动", "资本、 劳动"))
    ]
    assert same[0].equals(same[1]) and same[0].equals(same[2])


@pytest.mark.parametrize("new", ["医药、化学制药,石油加工、炼焦业", "石油加工、炼焦业,"])
def test_a_name_with_a_pause_mark_can_be_named(new: str, tmp_path: Path) -> None:
    """计算机、通信和其他电子设备制造业 was read as two industries, and could not be named at all."""
    rows = [
        (industry, year, 10.0 + year - 2019)
        for industry in ("医药、化学制药", "石油加工、炼焦业", "纺织业")
        for year in (2019, 2020)
    ]
    frame = pl.DataFrame(rows, ["行业", "年份", "数值"], orient="row")
    found = fl.measure("drivers", frame, new=new, project=tmp_path)
    share = found.table.filter(year=2020)["new_share"].item()
    assert share == pytest.approx((2 if "医药" in new else 1) / 3)


Panel = Callable[[str, float], pl.DataFrame]


def _economy(name: str, times: float) -> pl.DataFrame:
    """Six places for four years, and one more whose numbers are ``times`` the sum of theirs."""
    rows = [(f"p{k}", 2000 + t, k * 1.1**t, k * 1.2**t) for k in range(1, 7) for t in range(4)]
    rows += [(name, 2000 + t, times * 21 * 1.1**t, times * 21 * 1.2**t) for t in range(4)]
    return pl.DataFrame(rows, ["unit", "year", "k", "y"], orient="row")


def _accounts(frame: pl.DataFrame, project: Path) -> fl.Result:
    frame = frame.with_columns(h=2 * pl.col("k"))
    shares = {"labour": "h", "capital": "k", "labour_share": "0.6"}
    return fl.measure("accounting", frame, output="y", **shares, project=project)


def test_nation_among_its_provinces_is_told_first(tmp_path: Path) -> None:
    found = _accounts(_economy("Elsewhere", 1.0), tmp_path)
    assert found.said[0] == message("sum_of_others", name=Name("Elsewhere"))
    for lang in ("en", "zh"):
        assert "Elsewhere" in found.summary(lang).splitlines()[0]


@pytest.mark.parametrize(
    ("name", "times", "codes"),
    [("p7", 0.9, []), ("全国", 0.9, ["called_total"]), ("p7", 1.004, ["sum_of_others"])],
)
def test_total_is_told_by_its_numbers_or_its_name(
    name: str, times: float, codes: list[str]
) -> None:
    frame = _economy(name, times)
    assert [own.code for own in doubtful_names(frame)] == codes
    assert doubtful_names(frame.sample(fraction=1.0, shuffle=True, seed=3)) == doubtful_names(frame)
    assert doubtful_names(frame, [name]) == []


def test_one_place_under_two_names_is_told_and_not_joined(tmp_path: Path) -> None:
    frame = _economy("p7", 0.5).with_columns(
        pl.col("unit").replace(
            {"p1": "上海", "p2": "上海市", "p3": "内 蒙 古", "p4": "内蒙古自治区"}
        )
    )
    found = _accounts(frame, tmp_path)
    pairs = [names(["上海", "上海市"]), names(["内蒙古", "内蒙古自治区"])]
    alike = List(tuple(Phrase(message("phrases.alike", names=pair)) for pair in pairs), 3)
    assert found.said[0] == message("alike", groups=alike)
    assert "（上海和上海市）和（内蒙古和内蒙古自治区）" in found.summary("zh")
    assert found.frame["unit"].n_unique() == 7


def test_codes_with_points_are_not_alike() -> None:
    rows = [
        (name, 2000, 1.0 + k)
        for k, name in enumerate(["1.0", "10", "1-0", "0.11", "01.1", "城市", "城"])
    ]
    assert doubtful_names(pl.DataFrame(rows, ["industry", "year", "value"], orient="row")) == []


@pytest.mark.parametrize(
    ("codes", "is_mixed"),
    [
        (["11", "111", "112", "21", "211", "212"], True),
        (["0101", "010110", "010121", "0102", "010221"], True),
        (["111", "112", "211", "212"], False),  # one level
        ([str(k) for k in range(1, 40)], False),  # numbers that count
        ([str(k) for k in range(1, 570)], False),
        ([str(k) for k in range(10, 400) if k % 7], False),  # some of them gone
        (["11", "12", "21", "311", "312", "313"], False),  # two lengths, and none within another
        # NAICS without its divisions 31-33, and some codes that are all longer ones have
        (["11", "111", "112", "21", "211", "212", "311", "312", "313", "314"], True),
        (["11", "12", "13", "111", "112", "211", "311", "411"], False),
        (["grain", "grain mills", "steel", "steel pipes"], False),
        ([f"S{k}" for k in range(1, 121)], False),  # a word that numbers
        ([str(k) for k in range(10, 110, 10)], False),  # numbers that count in tens
        (["s10", "s20", "s50", "s100"], False),  # no classification begins with a small letter
        (["C10", "C101", "C102", "C11", "C110", "C13", "C131"], True),
    ],
)
def test_levels_of_a_classification_are_told(codes: list[str], is_mixed: bool) -> None:
    rows = [
        (place, code, 1.0 + k + len(place)) for place in ("a", "bb") for k, code in enumerate(codes)
    ]
    told = doubtful_names(pl.DataFrame(rows, ["place", "industry", "value"], orient="row"))
    assert [own.code for own in told] == ["levels"] * is_mixed


@pytest.mark.parametrize(("times", "is_told"), [(90.0, True), (9.0, False)])
def test_prices_in_two_units_are_told(times: float, is_told: bool) -> None:
    rows = [
        ("maize", t, price)
        for t in range(9)
        for price in (30.0 + t, (30.0 + t) * (times if t == 4 else 1.1))
    ]
    rows += [("salt", t, 5.0 + t) for t in range(9) for _ in range(2)]
    prices = pl.DataFrame(rows, ["good", "year", "price"], orient="row")
    places = pl.int_range(pl.len()).over("good", "year").cast(pl.String)
    prices = prices.with_columns(pl.col("year") + 2000, place=places)
    told = [given for given in market(prices).said if given.code == "prices_apart"]
    expected = message("prices_apart", times=Number(90.0, digits=0), goods=names(["maize"], 3))
    assert told == [expected] * is_told


def test_misspelt_column_of_a_frame_is_guessed() -> None:
    frame = pl.DataFrame({"place": ["a", "b"], "industry": ["x", "y"], "jobs": [1, 2]})
    with pytest.raises(fl.InputError) as near:
        fl.places.location_quotients(frame, "job")
    assert near.value.code == "no_column_but" and near.value.values["near"] == Name("jobs")
    with pytest.raises(fl.InputError) as far:
        fl.places.location_quotients(frame, "wages")
    assert far.value.code == "no_column" and far.value.values["column"] == Name("wages")


def test_rows_that_match_are_told_apart() -> None:
    frame = pl.DataFrame({"unit": ["a", "a"], "from_year": [2001, 2002], "index": [1.0, 2.0]})
    with pytest.raises(fl.InputError, match="2 rows match unit = a") as error:
        one_row(frame, {"unit": "a"}, "changes")
    assert error.value.try_next == "name the whole key; of the first: --row from_year=2001"


def test_headings_of_demands_standards_and_plans_are_found(tmp_path: Path) -> None:
    texts = ["一种耐低温电解液", "粉尘浓度在线监测传感器", "固态储氢材料", "路径规划", "光谱检测"]
    asked = tmp_path / "企业需求.csv"
    asked.write_text("需求编号,需求内容,所在地\nX1,需要耐低温的电解液,合肥\n", encoding="utf-8")
    made = tmp_path / "成果.csv"
    rows = [f"C{place},{text},某大学" for place, text in enumerate(texts)]
    made.write_text("\n".join(["成果编号,成果简介,单位", *rows]), encoding="utf-8")
    found = fl.measure("demands", asked, results=made, project=tmp_path / "kept")
    assert found.tables["matches"]["result"][0] == "C0"
    assert found.table["text"].to_list() == ["需要耐低温的电解液"]
    adopted = tmp_path / "采标.csv"
    adopted.write_text(
        "标准号,地区,采标程度\n甲,安徽,等同采用\n甲,江苏,非等效采用\n", encoding="utf-8"
    )
    degrees = fl.measure("standards", adopted, project=tmp_path / "kept").table
    assert degrees["identical_count"].sum() == degrees["not_equivalent_count"].sum() == 1
    planned = tmp_path / "规划.csv"
    planned.write_text("序号,重点领域\n1,动力电池\n2,动力电池产业\n", encoding="utf-8")
    assert fl.measure("plan", planned, project=tmp_path / "kept").tables["repeats"].height == 1


@pytest.mark.parametrize("later", ["{}{}省", "{}{}市"])
def test_a_place_that_is_called_otherwise_from_some_year_on_is_one(
    later: str, tmp_path: Path
) -> None:
    """四川 in one year and 四川省 in another left no place with both years."""
    places = ["湖北", "湖南", "广东", "四川", "山东"]
    late = [later.format(*name) for name in places]
    rows = [(name, 2015, 10.0 + at) for at, name in enumerate(places)]
    rows += [(name, 2020, 20.0 + at**2) for at, name in enumerate(late)]
    frame = pl.DataFrame(rows, ["省份", "年份", "数值"], orient="row")
    found = fl.measure("convergence", frame, project=tmp_path)
    one_name = frame.with_columns(pl.col("省份").replace(places, late))
    expected = fl.measure("convergence", one_name, project=tmp_path / "one")
    for name, table in expected.tables.items():
        assert found.tables[name].equals(table)
    assert found.said == expected.said
    noted = str(found.facts["notes"])
    assert all(name in noted for name in (*places, *late))


@pytest.mark.parametrize(
    ("names_of_years", "read"),
    [
        ({2014: "湖北", 2015: "湖北省"}, ["湖北省"]),
        ({2014: "湖北省", 2015: "湖北"}, ["湖北"]),  # the latest name, not the longest
        ({2014: "内蒙古自治区", 2015: "内蒙古", 2016: "内蒙古"}, ["内蒙古"]),
        ({2014: "吉林省", 2015: "吉林市"}, ["吉林市", "吉林省"]),  # a province and its city
        ({2014: "10 1", 2015: "101"}, ["10 1", "101"]),  # numbers
        ({2014: "Ａ 类", 2015: "A类"}, ["A类"]),
        ({2014: "a-b", 2015: "A b"}, ["A b", "a-b"]),  # signs and case: a doubt alone
    ],
)
def test_names_that_differ_in_kind_or_width_are_read_as_the_latest(
    names_of_years: dict[int, str], read: list[str]
) -> None:
    needs = [Column("unit", "text", "unit"), Column("year", "year", ""), Column("y", "number", "")]
    rows = [(name, year, 1.0) for year, name in names_of_years.items()]
    frame = pl.DataFrame(rows, ["unit", "year", "y"], orient="row")
    assert sorted(read_panel(frame, needs).table.frame["unit"].unique()) == read
    both = frame.vstack(frame.with_columns(year=pl.lit(2000, pl.Int64)))
    assert set(read_panel(both, needs).table.frame["unit"]) == set(names_of_years.values())


def test_ends_of_flows_are_renamed_together() -> None:
    rows = [("湖北", "湖南", 2014), ("湖南", "湖北省", 2015), ("湖南省", "湖北省", 2015)]
    frame = pl.DataFrame(rows, ["origin", "destination", "year"], orient="row")
    read, (note,) = under_latest_names(frame)
    assert read.rows() == [("湖北省", "湖南", 2014), *rows[1:]]
    assert TEXTS.sentence("zh", note, "notes").endswith("：湖北记作湖北省")


def test_a_refusal_says_that_a_place_stands_under_two_names(tmp_path: Path) -> None:
    """四川 beside 四川省 in one year are left as two, of which none has both years."""
    places = ["湖北", "湖南", "广东", "四川", "山东"]
    rows = [(name, year, 10.0 + at) for at, name in enumerate(places) for year in (2015, 2017)]
    rows += [(f"{name}省", 2017, 20.0 + at) for at, name in enumerate(places)]
    rows += [(f"{name}省", 2020, 20.0 + at) for at, name in enumerate(places)]
    frame = pl.DataFrame(rows, ["省份", "年份", "数值"], orient="row")
    with pytest.raises(fl.InputError) as refused:
        fl.measure("convergence", frame, project=tmp_path)
    assert "四川和四川省" in refused.value.told("zh").splitlines()[-1]
    assert "四川 and 四川省" in str(refused.value)


@pytest.mark.parametrize("as_file", [True, False])
def test_a_refused_value_is_told_with_its_row_in_the_file(as_file: bool, tmp_path: Path) -> None:
    """It was told with its row among the sorted rows of "frame"."""
    rows = [("湖北", 2021, 0.5, 0.3), ("安徽", 2021, 0.5, 1.3), ("安徽", 2020, 0.2, 0.3)]
    rows.insert(0, ("浙江", 2020, 0.2, 0.3))
    table = pl.DataFrame(rows, ["省份", "年份", "数字 化", "绿色化"], orient="row")
    source: Any = table
    if as_file:
        source = tmp_path / "得分.csv"
        table.write_csv(source)
    with pytest.raises(fl.InputError) as refused:
        fl.measure("coupling", source, systems="数字 化,绿色化", project=tmp_path / "kept")
    name = "得分.csv" if as_file else "frame"
    assert refused.value.parts("zh")[1] == f"{name}，列绿色化，第3行"


def test_what_a_measurement_refuses_is_told_by_file_or_by_name(tmp_path: Path) -> None:
    source, project = tmp_path / "表.csv", tmp_path / "kept"
    source.write_text("地区,行业,年份,数值\n乙,甲,2021,2\n,甲,2020,1\n", encoding="utf-8")
    with pytest.raises(fl.InputError) as without_place:
        fl.measure("drivers", source, new="甲", project=project)
    assert without_place.value.parts("zh")[1] == "甲，2020年"
    source.write_text("maker,product,value\na,x,\na,y,9\nb,y,2\nb,x,9\n", encoding="utf-8")
    used = pl.DataFrame({"product": ["x", "y"], "user": ["a", "b"], "value": [1.0, 2.0]})
    with pytest.raises(fl.InputError) as without_number:
        fl.measure("symmetric", source, use=used, project=project)
    assert without_number.value.code == "no_flow"
    assert without_number.value.where == "表.csv, value"


REMARKS = [["注：本表按现价计算。"], ["2.不含港澳台。"], ["资料来源：《统计年鉴》"]]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_remarks_below_a_table_are_no_places(tmp_path: Path, kind: str) -> None:
    """注：… was read as a place without a value, in the first lines of the answer."""
    rows = [["省份", "年份", "资本存量", "产值"], *map(list, ROWS), ["西藏", 2020, None, None]]
    padded = [*rows, *([*remark, None, None, None] for remark in REMARKS)]
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":
        _workbook(path, padded, [])
    else:
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in padded]
        path.write_bytes("\r\n".join(lines).encode("gb18030"))
    panel = read_panel(path, (*NEEDS, CAPITAL, OUTPUT))
    assert sorted(panel.table.frame.rows()) == sorted(ROWS)
    assert [place for place in panel.set_aside["row"]] == [len(ROWS) + 1 + (kind == "xlsx")]
    said = Name("; ".join(remark[0] for remark in REMARKS))
    assert message("below_the_table_of_text", file=Name(path.name), said=said) in panel.notes


def test_values_in_myriads_are_set_aside_with_their_reason() -> None:
    """1.2万 was "no finite number"; of what unit the bare numbers beside it are nobody can know."""
    values = ["1.2万", "9800", "8.5亿元", "650"]
    rows = [(name, 2020, value, 1.0) for name, value in zip("甲乙丙丁", values, strict=True)]
    frame = pl.DataFrame(rows, ["省份", "年份", "资本存量", "产值"], orient="row")
    panel = read_panel(frame, (*NEEDS, CAPITAL, OUTPUT))
    assert panel.set_aside.select("row", "code").rows() == [
        (1, "value_with_myriads"),
        (3, "value_with_myriads"),
    ]
    assert all("“万”“亿”" in reason for reason in panel.set_aside["reason_zh"])

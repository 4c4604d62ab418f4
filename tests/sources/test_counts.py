"""Counts in: non-negative numbers by entity and period, and every other row named."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.emergence.counts.yearly_totals import given_totals
from firstlight.run.reading import refuse_nothing
from firstlight.sources import holds_counts, looks_like_counts, read_counts
from firstlight.sources.counts import SCHEMA, Counts
from firstlight.sources.wide_tables import month_columns
from firstlight.texts import Code, Count, message, names


def read(text: str) -> Counts:
    return read_counts({"counts.csv": text.encode()})


def test_each_reason_for_setting_aside() -> None:
    rows = [
        "a,2016,1,9",
        ",2016,1,9",
        "a,,1,9",
        "a,soon,1,9",
        "a,2016,,9",
        "a,2016,x,9",
        "a,2016,-1,9",
        "a,2016,1,-9",
    ]
    counts = read("tag,year,count,total\n" + "\n".join(rows))
    assert counts.set_aside["code"].to_list() == [
        "entity_missing",
        "year_missing",
        "year_unparsable",
        "count_missing",
        "count_unparsable",
        "count_negative",
        "total_unparsable",
    ]
    assert dict(counts.table.frame.schema) == SCHEMA
    assert counts.table.frame.rows() == [("a", 2016, None, 1.0, None, 9.0, None, "counts")]
    assert counts.set_aside["value"].to_list() == ["", "a", "soon", "a", "x", "-1", "-9"]


def test_quarters_places_and_thousands() -> None:
    counts = read(
        'technology,period,place,count\na,2016Q3,CN,"1,234"\na,2016-Q4,CN,2\nb,2016年,US,3\nb,2016Q5,US,3\n'
    )
    assert counts.table.frame.select(list(SCHEMA)[:6]).rows() == [
        ("a", 2016, 3, 1234.0, "CN", None),
        ("a", 2016, 4, 2.0, "CN", None),
        ("b", 2016, None, 3.0, "US", None),
    ]
    assert counts.set_aside["code"].to_list() == ["year_unparsable"]
    assert read("tag,year,quarter,n\na,2016,2,1\na,2016,7,1\n").set_aside["code"].to_list() == [
        "quarter_unparsable"
    ]


def test_same_key_is_summed_and_said() -> None:
    counts = read("field,year,count,total\na,2016,1,10\na,2016,2,10\nb,2016,1,10\nb,2016,1,11\n")
    assert counts.table.frame.select("entity", "count", "total").rows() == [
        ("a", 3.0, 10.0),
        ("b", 2.0, None),
    ]
    assert counts.summed == 2
    total = Code("codes.shared.total")
    assert counts.notes == (
        message("counts_summed", count=Count(2)),
        message("sums_disagree", count=Count(1), column=total),
    )


def test_a_place_alone_is_the_entity() -> None:
    assert read("year,country,count\n2016,CN,3\n").table.frame.row(0)[:4] == ("CN", 2016, None, 3.0)


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.sampled_from(["2016", "2017Q2", "x", None]),
            st.one_of(st.none(), st.floats(allow_nan=True), st.integers(-3, 9).map(float)),
        ),
        min_size=1,
        max_size=15,
    ),
    order=st.randoms(use_true_random=False),
)
@pytest.mark.slow
def test_nothing_is_lost_and_order_is_irrelevant(
    rows: list[tuple[str, str, float]], order: object
) -> None:
    schema = {"entity": pl.String, "year": pl.String, "count": pl.Float64}
    counts = read_counts(pl.DataFrame(rows, schema=schema, orient="row"))
    assert (
        counts.rows
        == len(rows)
        == counts.table.frame.height + counts.summed + counts.set_aside.height
    )
    order.shuffle(rows)  # type: ignore[attr-defined]
    again = read_counts(pl.DataFrame(rows, schema=schema, orient="row"))
    assert again.table.frame.equals(counts.table.frame)


def test_documents_are_told_from_counts() -> None:
    assert looks_like_counts(["year", "subfield", "count", "domain"]) and looks_like_counts(
        ["年份", "领域", "数量"]
    )
    assert not looks_like_counts(["id", "title", "year", "field", "count"])
    assert not looks_like_counts(["year", "abstract"])


@pytest.mark.parametrize(
    "headings",
    [
        ["技术名称", "年份", "数量"],
        ["技术领域", "申请年", "专利数"],
        ["IPC分类", "公开年", "专利数量"],
        ["主题", "年度", "论文数"],
        ["产品名称", "年份", "企业数"],
        ["Technology Name", "Year", "Number of patents"],
        ["skill", "date", "postings"],
    ],
)
def test_counts_are_known_by_what_their_columns_are_called(headings: list[str]) -> None:
    assert looks_like_counts(headings)
    assert not looks_like_counts([*headings, "标题"]) and not looks_like_counts(headings[:2])


def test_a_name_beside_a_count_is_what_is_counted_and_not_a_title() -> None:
    named = pl.DataFrame({"name": ["a", "a"], "year": [2015, 2016], "count": [1, 2]})
    assert holds_counts(named) and not holds_counts(named, {"title": "name"})
    assert read_counts(named).table.frame["count"].to_list() == [1, 2]
    numbered = named.rename({"count": "number"})
    assert not holds_counts(numbered), "a document has a name and a number"
    assert not holds_counts(named.with_columns(abstract=pl.lit("a text")))


def test_the_only_column_of_whole_numbers_is_the_count_beside_what_is_counted() -> None:
    rows = [
        (topic, economy, f"{2015 + at // 4}Q{at % 4 + 1}", 3 + at)
        for topic in ("rust", "zig")
        for economy in ("CN", "US")
        for at in range(12)
    ]
    table = pl.DataFrame(rows, ["topic", "economy", "quarter", "pushers"], orient="row")
    assert holds_counts(table)
    read = read_counts(table)
    own = {"entity": "topic", "year": "quarter", "count": "pushers", "place": "economy"}
    assert read.mapping == own and read.table.frame["count"].sum() == table["pushers"].sum()
    assert [note.code for note in read.notes] == ["only_one_left"]
    assert not holds_counts(table.with_columns(pl.col("pushers") / 7)), "rates are no counts"
    assert not holds_counts(table.rename({"pushers": "price"})), "a price is no count"
    two = table.with_columns(repositories=pl.col("pushers"))
    assert not holds_counts(two), "either may be the count"


def test_of_three_columns_the_year_tells_the_two_others(tmp_path: Path) -> None:
    """One of names that come back, one of numbers, whatever they are called; and a note says so."""
    rows = [(f"t{row % 2}", 2010 + row // 2, f"{row + 1},000") for row in range(8)]
    three = pl.DataFrame(rows, ["what it is", "year", "how much"], orient="row")
    assert holds_counts(three)
    read = read_counts(three)
    own = {"entity": "what it is", "year": "year", "count": "how much"}
    assert read.mapping == own and read.table.frame["count"].sum() == 36_000
    codes = ["only_one_left", "only_one_left", "decimals_unclear"]
    assert [note.code for note in read.notes] == codes
    three.write_ndjson(tmp_path / "three.jsonl")  # of which no key is read that nobody asks for
    assert holds_counts(tmp_path / "three.jsonl")
    assert read_counts(tmp_path / "three.jsonl").table.frame.equals(read.table.frame)
    by_hand = read_counts(three, {"entity": "what it is"})
    assert by_hand.table.frame.equals(read.table.frame) and len(by_hand.notes) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"how much": pl.format("text {}", "how much")},  # no column of numbers
        {"what it is": pl.int_range(pl.len())},  # two of them
        {"what it is": pl.format("{} {}", "what it is", pl.int_range(pl.len()))},  # each but once
        {"more": pl.lit("x")},  # a fourth column
    ],
)
def test_what_three_columns_do_not_tell_is_asked_for(change: dict[str, pl.Expr]) -> None:
    rows = [(f"t{row % 2}", 2010 + row // 2, row) for row in range(8)]
    three = pl.DataFrame(rows, ["what it is", "year", "how much"], orient="row")
    assert not holds_counts(three.with_columns(**change))
    with pytest.raises(InputError) as error:
        read_counts(three.with_columns(**change))
    assert error.value.code == "columns_missing"


@pytest.mark.parametrize("heading", ["tag", "country", "Region, country, or economy", "name"])
def test_a_column_for_each_year_says_the_same_as_a_row_for_each_year(heading: str) -> None:
    long = {"tag": list("aaabbb"), "year": [2014, 2015, 2016] * 2, "count": [1, 2, 3, 4, 5, 6]}
    years = {"2014": [1, 4], "2015": [2, 5], "2016": [3, 6]}
    wide = pl.DataFrame({heading: ["a", "b"], **years})
    assert holds_counts(wide)
    counts = read_counts(wide)
    assert counts.table.frame.equals(read_counts(pl.DataFrame(long)).table.frame)
    assert counts.rows == 6 and counts.set_aside.is_empty()
    assert [note.code for note in counts.notes] == ["years_in_columns"]


MONTHS = [datetime.date(2018 + at // 12, at % 12 + 1, 1) for at in range(30)]
_EXCEL_DAY_0 = datetime.date(1899, 12, 30)


@pytest.mark.parametrize(
    "heading",
    [
        lambda day: str((day - _EXCEL_DAY_0).days),
        lambda day: f"{day:%b-%y}",
        lambda day: f"{day:%B %Y}",
        lambda day: f"{day} 00:00:00",
        lambda day: f"{day.month}/1/{day.year}",
        lambda day: f"1.{day.month}.{day.year}",
        lambda day: f"{day.year}M{day.month:02}",
        lambda day: f"{day.year}年{day.month}月",
        lambda day: str((day + datetime.timedelta(31)).replace(day=1) - datetime.timedelta(1)),
    ],
    ids=["day number", "Mar-18", "name", "time", "US", "German", "M", "年月", "last day"],
)
def test_a_column_for_each_month_is_read_however_it_is_headed(
    heading: Callable[[datetime.date], str],
) -> None:
    counts = {"fuel cell": range(1, 31), "battery": range(100, 130)}
    wide = pl.DataFrame(
        {
            "Technology": [*counts],
            **{heading(day): [own[at] for own in counts.values()] for at, day in enumerate(MONTHS)},
        }
    )
    assert holds_counts(wide)
    found = read_counts(wide)
    cells = [
        {"tag": name, "month": f"{day:%Y-%m}", "count": own[at]}
        for name, own in counts.items()
        for at, day in enumerate(MONTHS)
    ]
    assert found.table.frame.equals(read_counts(pl.DataFrame(cells)).table.frame)
    assert found.table.frame["count"].sum() == sum(range(1, 31)) + sum(range(100, 130))
    assert "months_in_columns" in [note.code for note in found.notes]


@pytest.mark.parametrize(
    ("heading", "periods"),
    [
        ("年份", ["2019", "2020", "2021"]),
        ("月份", ["2019年12月", "2020年1月", "2020年2月"]),
        ("Quarter", ["2019Q4", "2020Q1", "2020Q2"]),
    ],
)
def test_a_column_for_each_thing_counted_is_read_as_a_row_for_each_cell(
    heading: str, periods: list[str]
) -> None:
    things = {"光学": [1, 2, 3], "control": [4, None, 6], "3D printing": [0, 8, 9]}
    whole = {"合计": [50, 60, 70]}
    wide = pl.DataFrame({heading: periods, **things, **whole})
    assert holds_counts(wide)
    found = read_counts(wide)
    cells = [
        {"tag": name, "period": period, "count": own[at], "total": whole["合计"][at]}
        for name, own in things.items()
        for at, period in enumerate(periods)
    ]
    long = read_counts(pl.DataFrame(cells))
    assert found.table.frame.equals(long.table.frame) and found.table.frame["count"].sum() == 33
    assert found.set_aside.select("row", "code").rows() == [(2, "count_missing")]
    assert message("things_in_columns", columns=names(things)) in found.notes


@pytest.mark.parametrize(
    "table",
    [
        {"year": [2019, 2020], "title": ["a", "b"], "x": [1, 2], "y": [1, 2], "z": [1, 2]},
        {"year": [2019, 2019], "x": [1, 2], "y": [1, 2], "z": [1, 2]},
        {"year": [2019, 2020], "place": ["a", "b"], "x": [1, 2], "y": [1, 2], "z": [1, 2]},
        {"year": [2019, 2020], "x": [1, 2], "y": [1, 2], "z": ["p", "q"]},
        {"year": [2019, 2020], "x": [1, 2], "y": [1, 2]},
        {"year": [2019, 2020], "GDP": [1, 2], "Population": [1, 2], "exports": [1, 2]},
    ],
    ids=["documents", "a year twice", "places", "a text", "two columns", "figures of a place"],
)
def test_other_tables_have_no_column_for_each_thing_counted(table: dict[str, list[object]]) -> None:
    assert not holds_counts(pl.DataFrame(table))


def test_a_file_that_does_not_tell_is_passed_over_for_one_that_does() -> None:
    first = b"year,a,b\n2016,1,2\n"
    assert holds_counts({"a.csv": first, "b.csv": b"tag,year,count\na,2016,1\n"})
    assert not holds_counts({"a.csv": first, "b.csv": b"title,year\na,2016\n"})


def test_a_quarter_says_its_year_where_no_other_column_does() -> None:
    counts = read("Skill,Quarter,Postings\na,2015Q1,5\na,2015Q4,7\na,4,9\n")
    assert counts.table.frame.select("year", "quarter", "count").rows() == [
        (2015, 1, 5.0),
        (2015, 4, 7.0),
    ]
    assert counts.set_aside["code"].to_list() == ["year_unparsable"]
    beside = read("Skill,Quarter,年度,Postings\na,4,2016,9\n")
    assert beside.table.frame.select("year", "quarter").row(0) == (2016, 4)


def test_codes_and_days_are_no_months() -> None:
    codes = ["tag", "10110", "10120", "40909", "40940", "40969"]
    weeks = ["tag", "2018-01-01", "2018-01-08", "2018-01-15", "2018-02-01", "2018-03-01"]
    twice = ["tag", "2018-01-01", "2018-01-31", "2018-02-01", "2018-03-01"]
    for headings in (codes, weeks, twice):
        assert month_columns(headings) == {}


def test_an_empty_cell_of_a_wide_table_is_set_aside_and_not_nought() -> None:
    counts = read("tag,2014,2015,2016\na,1,,3\nb,4,x,6\n")
    assert counts.set_aside.select("row", "code").rows() == [
        (1, "count_missing"),
        (2, "count_unparsable"),
    ]
    assert counts.rows == counts.table.frame.height + counts.set_aside.height == 6


def test_wide_tables_of_which_it_is_not_told_what_is_counted_ask_for_it() -> None:
    wide = pl.DataFrame({"A": ["x"], "B": ["y"], "2014": [1], "2015": [1], "2016": [1]})
    with pytest.raises(InputError) as caught:
        read_counts(wide)
    assert caught.value.values["wanted"] == names(["entity"])
    assert read_counts(wide, {"entity": "B"}).table.frame["entity"].unique().to_list() == ["y"]


@pytest.mark.parametrize(
    ("written", "quarter"),
    [("2016-01", 1), ("2016-09", 3), ("2016/10/31", 4), ("2016年12月", 4), ("2016", None)],
)
def test_a_month_stands_in_its_quarter(written: str, quarter: int | None) -> None:
    counts = read(f"tag,month,count\na,{written},1\n")
    assert counts.table.frame.select("year", "quarter", "count").row(0) == (2016, quarter, 1)


def test_what_a_rate_is_of_can_be_said_by_hand() -> None:
    frame = pl.DataFrame({"country": ["A"], "year": [2016], "AI_share_postings": [2.5]})
    by_hand = {"percent": "AI_share_postings"}
    assert holds_counts(frame, by_hand)
    assert read_counts(frame, by_hand).table.frame["count"].to_list() == [2_500.0]
    with pytest.raises(InputError) as caught:
        read_counts(frame, {"per_dozen": "AI_share_postings"})
    assert caught.value.code == "not_a_column"


def test_rates_of_months_are_averaged_over_the_year() -> None:
    months = [f"a,2016-{month:02},{month}" for month in range(1, 13)]
    counts = read("term,month,percent\n" + "\n".join(months)).table.frame
    assert counts["count"].sum() / counts["total"].sum() == pytest.approx(6.5 / 100)


def test_a_month_without_a_row_of_an_entity_leaves_the_totals_alike() -> None:
    months = [f"{tag},2016-{month:02},3" for tag in "ab" for month in (1, 2, 3)]
    counts = read("term,month,percent\n" + "\n".join(months[:-1])).table.frame
    assert counts["total"].to_list() == [300_000.0] * 2
    shares = (counts["count"] / counts["total"]).to_list()
    assert shares == pytest.approx([3 / 100, 2 / 100])  # (3 + 3 + 0) / 3
    assert given_totals(counts).by_year()["total"].to_list() == [300_000.0]


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError) as caught:
        read("tag,x\na,1\n")
    assert caught.value.code == "columns_missing"
    assert caught.value.values["wanted"] == names(["year", "count"])
    assert 'columns={"year"' in caught.value.try_next
    assert (
        read_counts(
            {"a.csv": b"k,y,c\na,2016,1\n"}, {"entity": "k", "year": "y", "count": "c"}
        ).rows
        == 1
    )


def test_real_counts_by_number(reference: Path) -> None:
    folder = reference / "data" / "patents"
    counts = read_counts(folder / "wipo_field_year.csv.gz")
    assert counts.table.frame.height == counts.rows == 1700 and counts.set_aside.height == 0
    assert read_counts(folder / "domain_subfield_year.csv.gz").table.frame["entity"].n_unique() > 10


def test_digits_of_other_scripts_are_read() -> None:
    years = ["２０１０", "٢٠١٠", "۲۰۱۰", "२०१०", "2010", "২০১০年"]
    rows = [f"{name},{year},１２,٩٩" for name, year in zip("abcdef", years, strict=True)]
    counts = read("tag,year,count,total\n" + "\n".join(rows))
    assert counts.table.frame.select("year", "count", "total").unique().rows() == [
        (2010, 12.0, 99.0)
    ]
    assert counts.table.frame.height == 6 and counts.set_aside.height == 0


@pytest.mark.parametrize(
    ("heading", "months"),
    [("month", "1 02 12"), ("month", "Jan feb. September"), ("月份", "1月 12月份 十二月"), ("period", "Jan March 3月")],
)  # fmt: skip
def test_a_month_without_a_year_lacks_the_year(heading: str, months: str) -> None:
    rows = "\n".join(f"a,{month},1" for month in months.split())
    counts = read(f"name,{heading},count\n{rows}\n")
    assert counts.set_aside["code"].to_list() == ["year_of_month_missing"] * 3
    with pytest.raises(InputError, match="the month has no year") as refused:
        refuse_nothing(counts)
    assert "2016-01" in refused.value.parts("en")[2]
    # with their year the same months are read, as a number of no month isn't
    dated = read(f"name,{heading},count\na,2016-01,1\na,2016-02,2\na,13,1\n")
    assert dated.table.frame["count"].sum() == 3
    assert dated.set_aside["code"].to_list() == ["year_unparsable"]


def test_numbered_periods_are_no_months() -> None:
    counts = read("name,period,count\na,1,1\na,2,1\n")
    assert counts.set_aside["code"].to_list() == ["year_unparsable"] * 2


def test_a_year_that_no_digit_helps_is_set_aside() -> None:
    counts = read("tag,year,count\na,二〇一〇,1\nb,²⁰¹⁰,1\nc,2010,1\n")
    assert counts.set_aside["code"].to_list() == ["year_unparsable"] * 2


@pytest.mark.parametrize(
    "name", ["total", "year_total", "Year Total", "medline_total", "total_grants", "年度总数"]
)
def test_totals_under_many_names(name: str) -> None:
    assert read(f"tag,year,count,{name}\na,2016,1,10\n").mapping["total"] == name


def test_two_columns_that_may_be_the_total_are_left_alone() -> None:
    assert "total" not in read("tag,year,count,votes_total,views_total\na,2016,1,10,10\n").mapping


def test_a_second_column_of_names_is_the_parent() -> None:
    counts = read(
        "domain,subfield,year,count\nai,Other,2016,3\nbio,Other,2016,4\nai,Other,2016,1\n"
    )
    assert counts.table.frame.select("entity", "parent", "count").rows() == [
        ("Other", "ai", 4.0),
        ("Other", "bio", 4.0),
    ]
    assert counts.mapping["parent"] == "domain" and counts.summed == 1
    assert read("topic,field,country,year,count\nx,y,CN,2016,3\n").table.frame[
        "parent"
    ].to_list() == ["y"]


def test_rates_become_counts_of_their_total() -> None:
    counts = read("term,year,per_100k,all_total\na,2016,50,2000000\na,2017,50,\n")
    assert counts.table.frame.select("count", "total", "basis").rows() == [(1000.0, 2e6, "rates")]
    assert (
        counts.set_aside["code"].to_list() == ["total_missing"]
        and counts.mapping["rate"] == "per_100k"
    )


@pytest.mark.parametrize(
    ("name", "rate"), [("per_100k", 50), ("share", 0.0005), ("percent", 0.05), ("per_million", 500)]
)
def test_rates_without_a_total_have_a_pseudo_total(name: str, rate: float) -> None:
    counts = read(f"term,year,{name}\na,2016,{rate}\n")
    assert counts.table.frame.select("total", "basis").rows() == [(100_000.0, "rates_alone")]
    assert counts.table.frame["count"][0] == pytest.approx(50)
    total = Count(100_000)
    assert counts.notes == (message("rates_without_total", count=Count(1), total=total),)


def test_a_count_comes_before_a_rate() -> None:
    assert read("term,year,share,count\na,2016,.5,7\n").table.frame.select(
        "count", "basis"
    ).rows() == [(7.0, "counts")]


def test_rates_of_a_file_with_gaps_by_number(tmp_path: Path) -> None:
    """Totals lack in the first years, as in the record of PubMed; an index of rows is no figure."""
    years, terms = range(1945, 2022), [f"term {k:03d}" for k in range(257)]
    rows = pl.DataFrame({"year": years}).join(pl.DataFrame({"term": terms}), how="cross")
    rows = rows.with_columns(
        per_100k=pl.int_range(pl.len()) % 97 / 8,
        kind=pl.lit("term"),
        medline_total=pl.when(pl.col("year") >= 1947).then(1000.0 * pl.col("year")),
    ).with_row_index("__index_level_0__")
    rows.write_parquet(tmp_path / "terms.parquet")
    counts = read_counts(tmp_path / "terms.parquet")
    assert counts.rows == 77 * 257 == counts.table.frame.height + counts.set_aside.height
    assert counts.set_aside.filter(pl.col("code") == "total_missing").height == 2 * 257
    own = counts.table.frame.filter(entity="term 100", year=2020).row(0, named=True)
    given = rows.filter(term="term 100", year=2020)["per_100k"].item()
    assert (own["total"], own["count"]) == (2_020_000, pytest.approx(given * 20.2))

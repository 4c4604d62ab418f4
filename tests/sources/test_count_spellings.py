"""Counts in, as offices write years and numbers."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.sources import holds_counts, read_counts
from firstlight.sources.counts import Counts
from firstlight.sources.dates import fiscal_years


def read(text: str) -> Counts:
    return read_counts({"counts.csv": text.encode()})


def held(counts: Counts) -> list[tuple[object, ...]]:
    columns = ("entity", "year", "quarter", "count")
    return counts.table.frame.select(columns).sort(columns).rows()


@given(st.integers(1990, 2030), st.integers(3, 12), st.sampled_from(["-", "/", "–"]), st.booleans())
def test_years_that_run_into_the_next_are_the_years_they_begin_in(
    first: int, count: int, sign: str, is_long: bool
) -> None:
    """As headings and as values alike, whether or not they could be months (2011-12)."""
    years = list(range(first, first + count))
    ends = [str(year + 1) if is_long else f"{(year + 1) % 100:02d}" for year in years]
    names = [f"{year}{sign}{end}" for year, end in zip(years, ends, strict=True)]
    assert fiscal_years(names) == dict(zip(names, years, strict=True))
    long = read("tag,year,count\n" + "".join(f"a,{name},{at}\n" for at, name in enumerate(names)))
    row = ",".join(str(at) for at in range(count))
    wide = read(f"tag,{','.join(names)}\na,{row}\n")
    expected = [("a", year, None, float(at)) for at, year in enumerate(years)]
    assert held(long) == held(wide) == expected
    for counts in (long, wide):
        assert [note.code for note in counts.notes].count("fiscal_years") == 1


def test_months_stay_months_where_one_is_no_end_of_a_year() -> None:
    months = [f"{year}-{month:02d}" for year in (2010, 2011) for month in range(1, 13)]
    assert fiscal_years(months) == fiscal_years(["0000-01", "0001-02", "0002-03"]) == {}
    rows = "".join(f"a,{month},1\n" for month in months)
    assert {row[2] for row in held(read("tag,month,count\n" + rows))} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("written", "year", "quarter"),
    [("FY2018", 2018, None), ("FY 2018-19", 2018, None), ("05/2018", 2018, 2), ("Jan-18", 2018, 1),
     ("201812", 2018, 4), ("2018M07", 2018, 3), ("2018年5月", 2018, 2), ("May 2018", 2018, 2)],
)  # fmt: skip
def test_periods_in_other_words(written: str, year: int, quarter: int | None) -> None:
    assert held(read(f"tag,period,count\na,{written},3\n")) == [("a", year, quarter, 3.0)]


@pytest.mark.parametrize("written", ["2018E", "(2018)", "2018-", "soon", "18"])
def test_what_is_no_period_is_set_aside(written: str) -> None:
    counts = read(f"tag,year,count\na,{written},3\nb,2017,1\n")
    assert counts.set_aside["code"].to_list() == ["year_unparsable"]


@pytest.mark.parametrize("sign", [",", "，", " ", "\u00a0", "\u202f", "'", "’"])
def test_signs_between_thousands(sign: str) -> None:
    text = f'tag,year,count\na,2018,"1{sign}234{sign}567"\nb,2018,12\n'
    assert [row[3] for row in held(read(text))] == [1_234_567.0, 12.0]


def test_points_between_thousands_are_told_by_all_numbers_of_a_column() -> None:
    german = read("tag;year;count\na;2018;7\nb;2018;1.007\nc;2018;2.345.678\n")
    assert [row[3] for row in held(german)] == [7.0, 1007.0, 2_345_678.0]
    # one that has four digits and no point, or another number of decimals: these are decimals
    for other in ("1234", "1.5", "0.123"):
        english = read(f"tag,year,count\na,2018,{other}\nb,2018,1.007\n")
        assert [row[3] for row in held(english)] == [float(other), 1.007]


def test_the_sum_of_a_row_is_no_total_of_a_year() -> None:
    counts = read("技术,2017年,2018年,2019年,合计\n甲,1,2,3,6\n乙,4,5,6,15\n")
    assert counts.table.frame["total"].null_count() == 6
    assert [row[3] for row in held(counts) if row[0] == "甲"] == [1.0, 2.0, 3.0]
    wide = {"tag": ["a"], "2017": [1], "2018": [2], "2019": [3], "2020 (plan)": [9], "note": ["x"]}
    (told,) = [n for n in read_counts(pl.DataFrame(wide)).notes if n.code.endswith("unread")]
    assert [name.value for name in told.values["columns"].value] == ["2020 (plan)", "note"]


@pytest.mark.parametrize(
    "heading", ["Funding (million USD)", "投资额（亿元）", "€", "Amount in euro"]
)
def test_money_is_no_count_unless_it_is_named(heading: str) -> None:
    rows = "".join(f"{tag},{year},{year % 7}.5\n" for tag in "ab" for year in range(2010, 2020))
    data = {"counts.csv": f"tool,year,{heading}\n{rows}".encode()}
    assert not holds_counts(data)
    with pytest.raises(InputError) as refused:
        read_counts(data, {"entity": "tool"})
    assert refused.value.code == "columns_missing"
    assert read_counts(data, {"entity": "tool", "count": heading}).table.frame.height == 20

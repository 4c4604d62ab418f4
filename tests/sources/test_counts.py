"""Counts in: non-negative numbers by entity and period, and every other row named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.sources import looks_like_counts, read_counts
from firstlight.sources.counts import SCHEMA, Counts


def read(text: str) -> Counts:
    return read_counts({"counts.csv": text.encode()})


def test_each_reason_for_setting_aside() -> None:
    rows = ["a,2016,1,9", ",2016,1,9", "a,,1,9", "a,soon,1,9", "a,2016,,9", "a,2016,x,9", "a,2016,-1,9", "a,2016,1,-9"]
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
    assert counts.table.frame.rows() == [("a", 2016, None, 1.0, None, 9.0)]
    assert counts.set_aside["value"].to_list() == ["", "a", "soon", "a", "x", "-1", "-9"]


def test_quarters_places_and_thousands() -> None:
    counts = read('technology,period,place,count\na,2016Q3,CN,"1,234"\na,2016-Q4,CN,2\nb,2016年,US,3\nb,2016Q5,US,3\n')
    assert counts.table.frame.rows() == [
        ("a", 2016, 3, 1234.0, "CN", None),
        ("a", 2016, 4, 2.0, "CN", None),
        ("b", 2016, None, 3.0, "US", None),
    ]
    assert counts.set_aside["code"].to_list() == ["year_unparsable"]
    assert read("tag,year,quarter,n\na,2016,2,1\na,2016,7,1\n").set_aside["code"].to_list() == ["quarter_unparsable"]


def test_same_key_is_summed_and_said() -> None:
    counts = read("field,year,count,total\na,2016,1,10\na,2016,2,10\nb,2016,1,10\nb,2016,1,11\n")
    assert counts.table.frame.select("entity", "count", "total").rows() == [("a", 3.0, 10.0), ("b", 2.0, None)]
    assert counts.summed == 2 and len(counts.notes) == 2


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
def test_nothing_is_lost_and_order_is_irrelevant(rows: list[tuple[str, str, float]], order: object) -> None:
    schema = {"entity": pl.String, "year": pl.String, "count": pl.Float64}
    counts = read_counts(pl.DataFrame(rows, schema=schema, orient="row"))
    assert counts.rows == len(rows) == counts.table.frame.height + counts.summed + counts.set_aside.height
    order.shuffle(rows)  # type: ignore[attr-defined]
    again = read_counts(pl.DataFrame(rows, schema=schema, orient="row"))
    assert again.table.frame.equals(counts.table.frame)


def test_documents_are_told_from_counts() -> None:
    assert looks_like_counts(["year", "subfield", "count", "domain"]) and looks_like_counts(["年份", "领域", "数量"])
    assert not looks_like_counts(["id", "title", "year", "field", "count"])
    assert not looks_like_counts(["year", "abstract"])


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="no column for year or count") as caught:
        read("tag,x\na,1\n")
    assert 'columns={"year"' in caught.value.try_next
    assert read_counts({"a.csv": b"k,y,c\na,2016,1\n"}, {"entity": "k", "year": "y", "count": "c"}).rows == 1


def test_real_counts_by_number(shared: Path) -> None:
    folder = shared / "data" / "patents"
    counts = read_counts(folder / "wipo_field_year.csv.gz")
    assert counts.table.frame.height == counts.rows == 1700 and counts.set_aside.height == 0
    assert read_counts(folder / "domain_subfield_year.csv.gz").table.frame["entity"].n_unique() > 10

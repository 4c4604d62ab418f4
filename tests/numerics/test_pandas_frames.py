"""Columns of pandas that only some of its kinds can hold."""

from __future__ import annotations

import narwhals as nw
import polars as pl
import pytest

from firstlight import measure
from firstlight.disparity import inequality
from firstlight.numerics.pandas_frames import native_to_polars, with_index


@pytest.mark.parametrize(
    ("kind", "most", "expected"), [("UInt64", 2**64 - 1, pl.UInt64), ("Int64", 2**63 - 1, pl.Int64)]
)
def test_the_largest_whole_numbers_of_nullable_columns_are_read(
    kind: str, most: int, expected: pl.DataType
) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"count": pandas.array([most, None, 0], dtype=kind)})
    series = native_to_polars(nw.from_native(frame))["count"]
    assert series.to_list() == [most, None, 0] and series.dtype == expected


def test_named_levels_of_an_index_are_columns_and_a_plain_index_is_none() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"unit": ["a", "b"], "year": [2000, 2001], "value": [1.0, 2.0]})
    for keys in (["unit"], ["unit", "year"]):
        back = with_index(frame.set_index(keys))
        assert set(back.columns) == {"unit", "year", "value"} and back["unit"].to_list() == [
            "a",
            "b",
        ]
    for kept in (
        frame,
        frame.set_index("unit").rename_axis(None),
        frame.set_index("unit", drop=False),
    ):
        assert with_index(kept) is kept
    assert with_index(pl.DataFrame({"a": [1]})).columns == ["a"]


def test_a_measurement_finds_its_columns_in_the_index() -> None:
    pandas = pytest.importorskip("pandas")
    rows = {"unit": ["a", "b"] * 2, "year": [2000] * 2 + [2001] * 2, "value": [1.0, 2.0, 3.0, 9.0]}
    frame = pandas.DataFrame(rows)
    plain = inequality(frame).table
    assert inequality(frame.set_index(["unit", "year"])).table.equals(plain)
    wide = frame.pivot(index="unit", columns="year", values="value")
    assert measure("inequality", wide).table.equals(plain)

"""Columns of pandas that only some of its kinds can hold."""

from __future__ import annotations

import narwhals as nw
import polars as pl
import pytest

from firstlight.numerics.pandas_frames import native_to_polars


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

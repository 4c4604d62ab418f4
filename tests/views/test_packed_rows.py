"""Rows as the page packs them."""

from __future__ import annotations

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from firstlight.views.packed_rows import scaled, scaled_column


@given(st.lists(st.none() | st.floats(-1e9, 1e9) | st.just(float("nan"))), st.integers(1, 10**6))
@example([0.5, 1.5, 2.5, -0.5, float("inf"), None], 1)  # halves go to the even number
def test_a_column_is_scaled_as_each_of_its_values(values: list[float | None], unit: int) -> None:
    column = pl.Series("share", values, dtype=pl.Float64)
    found = scaled_column(column, unit)
    assert found.to_list() == [scaled(value, unit) for value in values]
    assert found.name == "share"

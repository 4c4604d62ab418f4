"""Years that are numbered periods, and shares that are no shares, in files as in frames."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.sources.panels import read_panel
from firstlight.texts import Count
from sources.test_panels import LONG, NEEDS, PLACE, VALUE, YEAR, rows


@pytest.mark.parametrize(
    ("years", "read"),
    [(["1", "2", "1", "3"], [1, 2, 1, 3]), (["0.0", "1.0", "0.0", "1.0"], [0, 1, 0, 1])],
)
def test_periods_that_are_numbered_are_years(years: list[str], read: list[int]) -> None:
    found = read_panel(LONG.with_columns(年份=pl.Series(years)), NEEDS)
    assert found.table.frame["year"].to_list() == read


@pytest.mark.parametrize(
    ("years", "aside"),
    [(["99", "0", "99", "0"], [1, 2, 3, 4]), (["2001", "2", "2001", "2002"], [2])],
)
def test_two_digits_of_a_year_and_a_period_among_years_are_none(
    years: list[str], aside: list[int]
) -> None:
    found = read_panel(LONG.with_columns(年份=pl.Series(years)), NEEDS)
    assert found.set_aside.select("row", "code").rows() == [(k, "year_unparsable") for k in aside]


def test_a_share_above_1_is_refused_with_its_row() -> None:
    """40 may be 40% or a slip: the rest of its column would be a hundred times too much."""
    needs = (PLACE, YEAR, replace(VALUE, is_share=True))
    with pytest.raises(InputError) as caught:
        read_panel(LONG.with_columns(数值=pl.Series(["0.7", "0.9", "40", "1"])), needs)
    assert (caught.value.code, caught.value.values["row"]) == ("too_high", Count(3))
    assert (
        rows(LONG.with_columns(数值=pl.Series(["70%", "90%", "40%", "100%"])), needs)[-1][-1] == 1
    )

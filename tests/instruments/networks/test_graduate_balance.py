"""Graduates against demand: by hand, what adds up, what is missing stays missing, bad input named."""

from __future__ import annotations

import polars as pl
import pytest
from firstlight.instruments.networks.talent.graduate_balance import graduate_balance

from firstlight.errors import InputError

SUPPLY = pl.DataFrame({"field": ["a", "b", "c", "d"], "graduates": [100.0, 50, 30, None]})
DEMAND = pl.DataFrame({"occupation": ["x", "y", "z"], "openings": [120.0, 80, None]})
LINKS = pl.DataFrame(
    {
        "field": ["a", "b", "a", "d", "e"],
        "occupation": ["x", "x", "y", "z", "y"],
        "share": [0.5, 0.5, 0.25, 1, 0.5],
    }
)


def test_by_hand() -> None:
    found = graduate_balance(SUPPLY, DEMAND, LINKS)
    rows = {row[0]: row[1:5] for row in found.table.rows()}
    assert rows["a"] == (100, 80, 20, 1.25)
    assert rows["b"] == (50, 60, -10, 50 / 60)
    assert rows["c"] == (30, None, None, None)
    assert rows["d"] == (None, None, None, None)
    assert rows["e"] == (None, 40, None, None)
    reasons = dict(found.table.select("field", "reason_en").rows())
    assert reasons["c"].startswith("the crosswalk names no demand") and reasons["e"].startswith(
        "the number of graduates"
    )
    assert found.unlinked.rows() == [("y", 20.0)]
    assert (
        "The largest gap: b, 50 graduates for 60 openings" in found.summary()
        and "缺口最大：b" in found.summary("zh")
    )
    given = found.table["demand_count"].sum() + found.unlinked["demand_count"].sum()
    assert given == pytest.approx(200)  # what is known goes to a field, or is said to go to none


def test_missing_demand_is_not_zero() -> None:
    supply = SUPPLY.with_columns(pl.col("graduates").fill_null(10.0))
    row = graduate_balance(supply, DEMAND, LINKS).table.filter(field="d").row(0, named=True)
    assert row["demand_count"] is None and row["reason_en"].startswith(
        "the demand of an occupation"
    )


def test_an_occupation_without_a_row_that_year_is_not_zero() -> None:
    supply = pl.DataFrame({"field": ["f", "f"], "year": [2019, 2020], "graduates": [10, 10]})
    demand = pl.DataFrame(
        {"occupation": ["A", "A", "B"], "year": [2019, 2020, 2019], "openings": [5, 5, 20]}
    )
    links = pl.DataFrame(
        {"field": ["f", "f", "f"], "occupation": ["A", "B", "C"], "share": [1.0, 1.0, 0.0]}
    )
    found = graduate_balance(supply, demand, links, by=("year",)).table
    assert found["demand_count"].to_list() == [25, None]
    assert found["reason_en"][1].startswith("the demand of an occupation")


def test_by_place_and_year_in_any_order() -> None:
    keys = {"place": "P", "year": 2020}
    supply, demand = (
        frame.with_columns(**{name: pl.lit(value) for name, value in keys.items()})
        for frame in (SUPPLY, DEMAND)
    )
    more = pl.concat([supply, supply.with_columns(year=pl.lit(2021))])
    found = graduate_balance(more, demand, LINKS, by=("place", "year"))
    assert found.table.columns[:3] == ["place", "year", "field"] and found.table.height == 5 + 4
    later = found.table.filter(year=2021)
    assert later["demand_count"].null_count() == 4
    assert later["reason_en"][0].startswith(
        "the demand of an occupation"
    )  # and not that no line names it
    mixed = graduate_balance(
        more.reverse(), demand.reverse(), LINKS.reverse(), by=("place", "year")
    )
    assert mixed.table.equals(found.table)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match=r"the shares of 'x' add up to 1\.2"):
        graduate_balance(SUPPLY, DEMAND, LINKS.with_columns(share=pl.lit(0.6)))
    with pytest.raises(InputError, match="stands twice"):
        graduate_balance(pl.concat([SUPPLY, SUPPLY]), DEMAND, LINKS)
    with pytest.raises(InputError, match="-5"):
        graduate_balance(SUPPLY.with_columns(graduates=pl.lit(-5)), DEMAND, LINKS)
    with pytest.raises(InputError, match="no share"):
        graduate_balance(SUPPLY, DEMAND, LINKS.with_columns(share=pl.lit(None, pl.Float64)))

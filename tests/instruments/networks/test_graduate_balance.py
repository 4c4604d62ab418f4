"""Graduates against demand: by hand, what adds up, what is missing stays missing, bad input named."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.networks import graduates
from firstlight.texts import Count, Year, names

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
    result = graduates(SUPPLY, DEMAND, LINKS)
    rows = {row[0]: row[1:] for row in result.table.rows()}
    assert rows["a"] == (100, 80, 20, 1.25, None)
    assert rows["b"] == (50, 60, -10, 50 / 60, None)
    assert rows["c"] == (30, None, None, None, "no_link")
    assert rows["d"] == (None, None, None, None, "no_supply")
    assert rows["e"] == (None, 40, None, None, "no_supply")
    assert result.table["field"].to_list()[:2] == ["b", "a"]
    unlinked = result.tables["unlinked"]
    assert unlinked.rows() == [("y", 20.0)]
    # what is known goes to a field, or is said to go to none
    assert result.table["demand_count"].sum() + unlinked["demand_count"].sum() == pytest.approx(200)
    said = {given.code: given.values for given in result.said}
    assert [given.code for given in result.said] == [
        "known",
        "shortest",
        "most_beyond",
        "unlinked",
        "gaps",
    ]
    assert said["known"]["count"] == Count(1)
    assert said["shortest"]["field"] == names(["b"])


def test_missing_demand_is_not_zero() -> None:
    supply = SUPPLY.with_columns(pl.col("graduates").fill_null(10.0))
    row = graduates(supply, DEMAND, LINKS).table.filter(field="d").row(0, named=True)
    assert (row["demand_count"], row["reason"]) == (None, "no_demand")


def test_an_occupation_without_a_row_that_year_is_not_zero() -> None:
    supply = pl.DataFrame({"field": ["f", "f"], "year": [2019, 2020], "graduates": [10, 10]})
    openings = {"occupation": ["A", "A", "B"], "year": [2019, 2020, 2019], "openings": [5, 5, 20]}
    links = {"field": ["f", "f", "f"], "occupation": ["A", "B", "C"], "share": [1.0, 1.0, 0.0]}
    result = graduates(supply, pl.DataFrame(openings), pl.DataFrame(links))
    assert result.table.select("year", "demand_count", "reason").rows() == [
        (2020, None, "no_demand"),
        (2019, 25, None),
    ]
    assert result.said[0].values["year"] == Year(2020)


def test_by_place_and_year_in_any_order() -> None:
    keys = {"place": pl.lit("P"), "year": pl.lit(2020)}
    supply, demand = (frame.with_columns(**keys) for frame in (SUPPLY, DEMAND))
    more = pl.concat([supply, supply.with_columns(year=pl.lit(2021))])
    result = graduates(more, demand, LINKS)
    assert result.table.columns[:3] == ["field", "place", "year"]
    assert result.table.height == 5 + 4
    later = result.table.filter(year=2021)
    assert later["demand_count"].null_count() == 4
    # and not that no line names it
    assert later.filter(field="a")["reason"].to_list() == ["no_demand"]
    mixed = graduates(more.reverse(), demand.reverse(), LINKS.reverse())
    assert mixed.table.equals(result.table)


@pytest.mark.parametrize(
    ("supply", "demand", "links", "code"),
    [
        (SUPPLY, DEMAND, LINKS.with_columns(share=pl.lit(0.6)), "shares_above_one"),
        (pl.concat([SUPPLY, SUPPLY]), DEMAND, LINKS, "repeated_key"),
        (SUPPLY.with_columns(graduates=pl.lit(-5)), DEMAND, LINKS, "wrong_sign"),
        (SUPPLY, DEMAND, LINKS.with_columns(share=pl.lit(None, pl.Float64)), "value_missing"),
        (SUPPLY.with_columns(year=pl.lit(2020)), DEMAND, LINKS, "key_of_one_side"),
        (SUPPLY, None, LINKS, "needed_table"),
    ],
)
def test_bad_input_is_named(
    supply: pl.DataFrame, demand: pl.DataFrame, links: pl.DataFrame, code: str
) -> None:
    with pytest.raises(InputError) as error:
        graduates(supply, demand, links)
    assert error.value.code == code

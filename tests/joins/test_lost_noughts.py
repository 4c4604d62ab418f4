"""A table that lost the leading noughts of its codes says what the same table with them says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from firstlight.joins import (
    take_off_chains,
    take_off_drivers,
    take_off_graduates,
    take_off_opportunities,
)

SEEN = pl.DataFrame({"technology": ["moss", "fog"], "probability": [0.5, 0.4]})
LINES = pl.DataFrame(
    {"technology": ["moss", "fog"], "code": ["0111", "2610"], "probability": [0.8, 0.5]}
)
KEPT = ["01", "10", "26"]
LOST = ["1", "10", "26"]


def drivers(codes: list[str]) -> Any:
    years = {"year": [2000] * 3 + [2001] * 3, "value": [90.0, 10, 20, 93, 15, 30]}
    return take_off_drivers(pl.DataFrame({"code": codes * 2, **years}), SEEN, links=LINES)


def graduates(codes: list[str]) -> Any:
    jobs = pl.DataFrame({"code": codes, "openings": [100.0, 50.0, 20.0]})
    supply = pl.DataFrame({"field": ["farming", "chips"], "graduates": [70.0, 50.0]})
    crosswalk = pl.DataFrame(
        {"field": ["farming", "chips"], "occupation": [codes[0], "26"], "share": [1.0, 0.5]}
    )
    given = {"links": LINES, "supply": supply, "crosswalk": crosswalk}
    return take_off_graduates(jobs, SEEN, classification="isic4", **given)


def opportunities(codes: list[str]) -> Any:
    first, second, third = codes
    activities = [first, second, third, first, second, third]
    rows = {"place": list("AAABBC"), "code": activities, "value": [1, 1, 3, 3, 1, 2]}
    return take_off_opportunities(pl.DataFrame(rows), SEEN, links=LINES)


def chains(codes: list[str]) -> Any:
    rows = [
        (one, other, 5.0 * (i + 1))
        for i, one in enumerate(["farms", "food", "chips"])
        for other in ["farms", "food", "chips", "final demand"]
    ]
    cells = pl.DataFrame(rows, schema=["supplier", "user", "value"], orient="row")
    cells = cells.with_columns(
        value=pl.when(user="final demand").then(100.0).otherwise(pl.col("value"))
    )
    sectors = pl.DataFrame({"sector": ["farms", "food", "chips"], "code": codes})
    return take_off_chains(cells, SEEN, links=LINES, sectors=sectors)


@pytest.mark.parametrize("measure", [drivers, graduates, opportunities, chains])
def test_a_code_is_shown_as_it_was_read(measure: Callable[[list[str]], Any]) -> None:
    found, expected = measure(LOST), measure(KEPT)
    assert list(found.tables) == list(expected.tables)
    for name, table in expected.tables.items():
        assert found.tables[name].equals(table), name
    assert "01" in found.tables["take_offs"]["code"].to_list()
    told = {said.code: said for said in found.said}
    assert told["nought_restored"].values["count"].value == 1
    assert "nought_restored" not in {said.code for said in expected.said}

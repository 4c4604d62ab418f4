"""Productivity change as a measurement: what it says, its conventions, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from dense_distances import random_panel
from measured import malmquist

from firstlight.errors import InputError
from firstlight.productivity import productivity_change
from firstlight.result import Result
from firstlight.texts import Change, Count, Growth, Name, Year

PANEL = random_panel(3, 6, 3)
GOODS: dict[str, Any] = {"inputs": ["k", "l"], "outputs": ["y", "z"]}
ROWS = pl.DataFrame(
    {
        "unit": list("aabb"),
        "year": [2001, 2002] * 2,
        "x": [1.0, 1, 2, 2],
        "y": [1.0, 2, 3, 4],
        "b": [1.0, 1, 2, 1],
    }
)
ONE: dict[str, Any] = {"inputs": ["x"], "outputs": ["y"]}


def said(found: Result) -> dict[str, Any]:
    return {one.code: one.values for one in found.said}


def used(found: Result) -> set[str]:
    return {one.code for one in found.conventions}


def test_the_answer_is_the_mean_over_units_and_years() -> None:
    found = productivity_change(PANEL, **GOODS, frontier="global")
    expected = malmquist(PANEL, GOODS["inputs"], GOODS["outputs"], method="global").table
    assert found.table.equals(expected) and found.said[0].code == "change"
    answer = found.said[0].values
    mean = np.exp(np.log(expected["productivity_index"].to_numpy()).mean())
    assert isinstance(answer["change"], Growth)
    assert answer["change"].value == pytest.approx(mean - 1)
    assert (answer["start"], answer["end"], answer["count"]) == (Year(2001), Year(2003), Count(6))
    last = expected.filter(to_year=2003).sort("cumulated_productivity_index")
    extremes = said(found)["extremes"]
    assert (extremes["least"], extremes["most"]) == (Name(last["unit"][0]), Name(last["unit"][-1]))
    assert said(found)["thin"] == {"count": Count(6), "quantities": Count(4), "needed": Count(12)}
    assert "thin" not in said(productivity_change(random_panel(1, 12, 2), **GOODS))


@pytest.mark.parametrize(
    ("frontier", "en", "zh"),
    [
        ("adjacent", "(Malmquist index, 6 units)", "（Malmquist指数）"),
        ("sequential", "(sequential Malmquist index, 6 units)", "（序列Malmquist指数）"),
        ("global", "(global Malmquist index, 6 units)", "（全局Malmquist指数）"),
    ],
)
def test_the_index_goes_by_its_frontier(frontier: Any, en: str, zh: str) -> None:
    """A global index was called by the name of the adjacent one, whose figures are others."""
    found = productivity_change(PANEL, **GOODS, frontier=frontier)
    assert en in found.summary("en") and zh in found.summary("zh")


def test_means_are_cumulated_from_the_first_year() -> None:
    found = productivity_change(PANEL, **GOODS)
    means, by_period = found.tables["cumulated_means"], found.tables["by_period"]
    for name in ("productivity_index", "efficiency_change_index", "technical_change_index"):
        expected = np.append(1.0, np.cumprod(by_period[name].to_numpy()))
        np.testing.assert_allclose(means[name].to_numpy(), expected, rtol=1e-12)
    found = productivity_change(PANEL, **GOODS, index="luenberger")
    means, name = found.tables["cumulated_means"], "productivity_indicator"
    expected = np.append(0.0, np.cumsum(found.tables["by_period"][name].to_numpy()))
    np.testing.assert_allclose(means[name].to_numpy(), expected, atol=1e-12)
    assert isinstance(found.said[0].values["change"], Change)


def test_what_is_less_welcome_is_said_and_pandas_gets_pandas() -> None:
    found = productivity_change(
        PANEL.to_pandas(), ["k", "l"], ["y"], ["c"], index="malmquist_luenberger", frontier="global"
    )
    assert isinstance(found.frame, pd.DataFrame)
    assert {"bads_weak", "one_frontier", "returns_crs"} <= used(found)
    direction = next(one for one in found.conventions if one.code == "direction")
    assert [name.value for name in direction.values["columns"].value] == ["+y", "-c"]


def test_gaps_and_absent_rows_are_said() -> None:
    rows = PANEL.filter((pl.col("unit") != "u00") | (pl.col("year") != 2002))
    later = PANEL.filter(year=2003).with_columns(year=pl.lit(2006, pl.Int64))
    found = said(productivity_change(pl.concat([rows, later]), **GOODS))
    assert found["gaps"]["count"] == Count(1) and found["left_out"]["count"] == Count(2)


def test_what_is_undefined_is_counted() -> None:
    rows = ROWS.with_columns(x=pl.Series([2.0, 1, 4, 5]), y=pl.Series([2.0, 2, 3, 4]))
    found = said(productivity_change(rows, **ONE, returns="vrs"))
    assert found["undefined"] == {"count": Count(1), "pairs": Count(2)}
    found = said(productivity_change(rows, **ONE, decomposition="ray_desli"))
    assert found["parts_undefined"] == {"count": Count(1), "pairs": Count(2)}
    alone = rows.filter(unit="a")
    assert productivity_change(alone, **ONE, returns="vrs").said[0].code == "nothing"


@pytest.mark.parametrize("index", ["luenberger", "nonradial_luenberger"])
@pytest.mark.parametrize(
    ("returns", "decomposition", "code"),
    [
        ("crs", "fglr", "bads_weak"),
        ("vrs", "fglr", "bads_unabated"),
        ("crs", "fgnz", "bads_unabated"),
    ],
)
def test_weak_disposability_beside_variable_returns_is_said_where_they_are_measured(
    index: Any, returns: Any, decomposition: Any, code: str
) -> None:
    options = {"index": index, "returns": returns, "decomposition": decomposition}
    found = productivity_change(ROWS, **ONE, bad=["b"], **options)
    assert {one for one in used(found) if one.startswith("bads")} == {code}
    strong = productivity_change(ROWS, **ONE, bad=["b"], disposability="strong", **options)
    assert "bads_strong" in used(strong)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"bad": ["b"]}, "no_such_option"),
        ({"direction": ["y"]}, "no_such_option"),
        ({"disposability": "strong"}, "no_such_option"),
        ({"index": "luenberger", "orientation": "input"}, "no_such_option"),
        ({"index": "nonradial_luenberger", "direction": ["y"]}, "no_such_option"),
        ({"index": "malmquist_luenberger"}, "no_bad"),
        ({"decomposition": "fgnz", "returns": "vrs"}, "needs_constant_returns"),
        ({"index": "luenberger", "direction": ["z"]}, "no_quantity"),
        ({"outputs": ["x"]}, "column_twice"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        productivity_change(ROWS, **{**ONE, **options})
    assert refused.value.code == code
    if "able" in refused.value.values:
        able = {name.value for name in refused.value.values["able"].value}
        bads = {"malmquist_luenberger", "luenberger", "nonradial_luenberger"}
        named = {"bad": bads, "disposability": bads, "direction": bads - {"nonradial_luenberger"}}
        assert able == named.get(refused.value.values["option"].value, {"malmquist"})


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ROWS.filter(year=2001), "one_year"),
        (ROWS.filter((pl.col("unit") == "a") == (pl.col("year") == 2001)), "no_pair"),
        (ROWS.with_columns(y=pl.Series([0.0, 1, 1, 1])), "outputs_all_zero"),
        (ROWS.with_columns(x=pl.Series([None, 1.0, 1, 1])), "quantity_missing"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(rows: pl.DataFrame, code: str) -> None:
    with pytest.raises(InputError) as refused:
        productivity_change(rows, **ONE)
    assert refused.value.code == code

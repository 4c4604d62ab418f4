"""Efficiency of two stages as a measurement: what it says, what was planted, units far apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.regions import made_up_regions
from measured import two_stage

from firstlight.chart import Chart
from firstlight.errors import InputError
from firstlight.instruments.productivity.network_efficiency.network_efficiency import (
    stage_efficiency,
)
from firstlight.texts import Code, Count, Name

COLUMNS = {"inputs": ["x"], "intermediates": ["z"], "outputs": ["y"]}
BY_HAND = pl.DataFrame(
    {"unit": ["a", "b", "c"], "x": [1.0, 2.0, 4.0], "z": [2.0, 2.0, 4.0], "y": [1.0, 4.0, 2.0]}
)


def said(result: Any) -> dict[str, Any]:
    return {given.code: given.values for given in result.said}


def test_the_stage_that_loses_more_is_said_first() -> None:
    result = stage_efficiency(BY_HAND, **COLUMNS)
    assert [given.code for given in result.said] == ["weaker_stage", "efficient"]
    weaker, efficient = (given.values for given in result.said)
    assert (weaker["stage"], weaker["other"]) == (Count(2), Count(1))
    assert weaker["mean"].value == pytest.approx((0.25 + 1 + 0.25) / 3)
    assert weaker["other_mean"].value == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert (efficient["count"], efficient["all"]) == (Count(0), Count(3))
    assert efficient["mean"].value == pytest.approx((0.25 + 0.5 + 0.125) / 3)
    assert efficient["rows"] == Code("codes.rows.units")
    plain = two_stage(BY_HAND, ["x"], ["z"], ["y"]).table
    assert result.table.equals(plain)
    (chart,) = result.charts
    assert isinstance(chart, Chart) and chart.x == ""


def test_stages_that_lose_as_much() -> None:
    alike = BY_HAND.with_columns(z=pl.Series([1.0, 4.0, 8.0]), y=pl.Series([1.0, 8.0, 16.0]))
    result = stage_efficiency(alike, **COLUMNS)
    assert result.said[0].code == "stages_alike"
    assert result.said[0].values["mean"].value == pytest.approx(5 / 6)


def test_a_stage_without_a_price_and_a_division_that_is_open_are_said() -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "z": [1.0, 4.0, 5.0], "y": [0.5, 9.0, 10.0]}
    )
    told = said(stage_efficiency(rows, **COLUMNS, model="additive", returns="vrs"))
    assert told["without_stages"]["count"] == Count(1)
    rng = np.random.default_rng(2)
    numbers = np.hstack([rng.integers(1, 5, (8, width)) for width in (1, 3, 1)]).astype(float)
    several = pl.DataFrame(numbers, schema=["x", "z", "z2", "z3", "y"]).with_row_index("unit")
    result = stage_efficiency(several, **{**COLUMNS, "intermediates": ["z", "z2", "z3"]})
    is_open = ~result.table["is_decomposition_unique"]
    assert is_open.any() and said(result)["open"]["count"] == Count(int(is_open.sum()))


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        stage_efficiency(BY_HAND, **COLUMNS, returns="vrs")
    assert caught.value.code == "relational_vrs"
    with pytest.raises(InputError) as caught:
        stage_efficiency(BY_HAND.with_columns(z=pl.Series([2.0, 0.0, 1.0])), **COLUMNS)
    assert caught.value.code == "intermediates_all_zero"
    assert caught.value.values["unit"] == Name("b")


@pytest.mark.slow
def test_what_was_planted_in_the_stages_is_found() -> None:
    planted = made_up_regions().filter(pl.col("group") == "coast").sort("unit", "year")
    columns = {"inputs": ["staff", "spending"], "intermediates": ["patents"]}
    stages = stage_efficiency(planted, **columns, outputs=["sales"]).table
    # 20 regions a year are few beside the mix of two inputs of stage 1
    for number, least in ((1, 0.8), (2, 0.99)):
        truth, score = planted[f"stage_{number}_planted"], stages[f"stage_{number}_score"]
        assert np.corrcoef(np.log(truth), np.log(score))[0, 1] > least


@pytest.mark.parametrize("factor", [1e-14, 1e14])
@pytest.mark.parametrize("side", ["x", "z", "y"])
def test_units_far_apart_have_a_score_or_a_reason(side: str, factor: float) -> None:
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({"unit": [f"u{k}" for k in range(8)]}).with_columns(
        pl.Series(name, rng.uniform(1, 2, 8)) for name in "xzy"
    )
    far = rows.with_columns(
        pl.when(pl.col("unit") == "u3").then(pl.col(side) * factor).otherwise(side).alias(side)
    )
    table = stage_efficiency(far, **COLUMNS).table
    scores = pl.any_horizontal(pl.col("^.*_score$").is_null())
    assert table.filter(scores & pl.col("reason").is_null()).height == 0

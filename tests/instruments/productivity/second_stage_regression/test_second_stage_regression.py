"""Drivers of efficiency as a measurement: what it says, what was planted, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.regions import DRIVER_EFFECT, made_up_regions

from firstlight.errors import InputError
from firstlight.instruments.productivity.second_stage_regression.second_stage_regression import (
    efficiency_drivers,
)
from firstlight.texts import Count, Name, Phrase

COLUMNS: dict[str, Any] = {"inputs": ["staff", "spending"], "outputs": ["patents"]}
QUICK: dict[str, Any] = {"technology": "global", "algorithm": 1, "replications": 60}


def rows() -> pl.DataFrame:
    """Regions with a driver that helps, the same turned round, and one that does nothing."""
    made = made_up_regions()
    noise = np.random.default_rng(3).normal(size=made.height)
    return made.with_columns(closed=1 - pl.col("openness"), noise=noise)


@pytest.mark.parametrize(
    ("drivers", "codes"),
    [
        (["openness"], ["nearer", "used"]),
        (["closed"], ["farther", "used"]),
        (["openness", "noise"], ["nearer", "no_effect", "used"]),
    ],
)
def test_what_each_driver_does_is_said_in_their_order(drivers: list[str], codes: list[str]) -> None:
    result = efficiency_drivers(rows(), **COLUMNS, drivers=drivers, **QUICK)
    assert [given.code for given in result.said] == codes
    for place, name in enumerate(drivers):
        row, values = result.table.row(place, named=True), result.said[place].values
        assert (row["driver_name"], values["driver"]) == (name, Name(name))
        for value, column in (("effect", "effect"), ("low", "effect_low"), ("high", "effect_high")):
            assert values[value].value == row[column]
    used = result.said[-1].values
    inside = int(result.tables["scores"]["is_used"].sum())
    assert (used["count"], used["all"]) == (Count(inside), Count(240)) and inside < 240


def test_conventions_tell_the_algorithm_and_its_draws() -> None:
    result = efficiency_drivers(rows(), **COLUMNS, drivers=["openness"], **QUICK, seed=5)
    used = {given.code: given.values for given in result.conventions}
    assert {"orientation_output", "returns_vrs", "inside_alone", "separability"} <= set(used)
    assert used["draws"]["algorithm"] == Count(1) and used["draws"]["seed"] == Count(5)
    assert used["draws"]["count"] == Count(60)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"openness": pl.lit(0.5)}, "driver_constant"),
        ({"noise": 2 * pl.col("openness") + 1}, "collinear"),
        ({"openness": pl.when(pl.col("year") > 2016).then("openness")}, "driver_missing"),
    ],
)
def test_drivers_that_explain_nothing_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        changed = rows().with_columns(**change)
        efficiency_drivers(changed, **COLUMNS, drivers=["openness", "noise"], **QUICK)
    assert caught.value.code == code
    if code == "driver_missing":
        unit = caught.value.values["unit"]
        assert isinstance(unit, Phrase) and unit.value.values["unit"] == Name("region 01")


def test_too_few_rows_inside_the_frontier_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        efficiency_drivers(rows().head(5), **COLUMNS, drivers=["openness", "noise"], **QUICK)
    assert caught.value.code == "few_rows"


@pytest.mark.slow
def test_the_planted_effect_is_in_its_interval() -> None:
    asked = {"drivers": ["openness"], "technology": "global", "replications": 500}
    effects = efficiency_drivers(made_up_regions(), **COLUMNS, **asked).table
    row = effects.filter(pl.col("driver_name") == "openness").row(0, named=True)
    assert row["effect_low"] < -DRIVER_EFFECT < row["effect_high"] < 0


def test_draws_around_an_efficiency_of_nothing_are_refused() -> None:
    far = pl.col("unit") == "region 04"
    spread = rows().with_columns(staff=pl.when(far).then(pl.col("staff") * 1e14).otherwise("staff"))
    asked = {"inputs": ["staff"], "outputs": ["patents"], "orientation": "input"}
    with pytest.raises(InputError, match="below 1e-12") as caught:
        efficiency_drivers(spread, **asked, drivers=["openness"], algorithm=1, replications=50)
    assert "region 04" in caught.value.where

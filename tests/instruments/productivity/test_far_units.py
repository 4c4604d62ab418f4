"""Units that lie further apart than numbers reach: what has no value says why, and what has one is
right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from measured import (
    cross_efficiency,
    dea,
    fare_primont,
    fdh,
    hicks_moorsteen,
    luenberger,
    malmquist,
    malmquist_luenberger,
    meta_frontier,
    meta_malmquist,
    nonradial_luenberger,
    order_m,
    sbm,
    two_stage,
)

from firstlight.errors import InputError
from firstlight.productivity import efficiency_drivers, efficiency_intervals
from firstlight.texts import Name

RANDOM = np.random.default_rng(0)
UNITS, FAR, SIDES = (
    [f"u{k}" for k in range(8)],
    "u3",
    {"inputs": ["a", "b"], "outputs": ["y", "z"], "bad": ["w"]},
)
ROWS = pl.DataFrame(
    {
        **{"unit": UNITS * 2, "year": [2000] * 8 + [2001] * 8, "group": ["p", "q"] * 8},
        **{
            name: RANDOM.uniform(1, 2, 16) for name in ("a", "b", "y", "z", "w", "middle", "driver")
        },
    }
)
SIDED = (["a", "b"], ["y", "z"])
WITH_BADS = (*SIDED, ["w"])
# name -> function, its columns, what else it is given; those with an orientation are run in both
METHODS: dict[str, tuple[Callable[..., Any], tuple[list[str], ...], dict[str, Any]]] = {
    "dea": (dea, WITH_BADS, {}),
    "super_dea": (dea, WITH_BADS, {"super_efficiency": True}),
    "cross": (cross_efficiency, SIDED, {}),
    "fdh": (fdh, SIDED, {}),
    "order_m": (order_m, SIDED, {}),
    "sbm": (sbm, WITH_BADS, {}),
    "super_sbm": (sbm, WITH_BADS, {"super_efficiency": True}),
    "two_stage": (two_stage, (["a", "b"], ["middle"], ["y", "z"]), {}),
    "meta_frontier": (meta_frontier, WITH_BADS, {"group": "group"}),
    "malmquist": (malmquist, SIDED, {}),
    "sequential_malmquist": (malmquist, SIDED, {"method": "sequential"}),
    "global_malmquist": (malmquist, SIDED, {"method": "global"}),
    "ml": (malmquist_luenberger, WITH_BADS, {"method": "adjacent"}),
    "gml": (malmquist_luenberger, WITH_BADS, {"method": "global"}),
    "meta_malmquist": (meta_malmquist, WITH_BADS, {"group": "group"}),
    "luenberger": (luenberger, WITH_BADS, {}),
    "global_luenberger": (luenberger, WITH_BADS, {"method": "global"}),
    "nonradial_luenberger": (nonradial_luenberger, WITH_BADS, {}),
    "fare_primont": (fare_primont, SIDED, {}),
    "hicks_moorsteen": (hicks_moorsteen, SIDED, {}),
}
ORIENTED = ("fdh", "order_m", "malmquist", "sequential_malmquist", "global_malmquist")
ORIENTED += ("fare_primont", "hicks_moorsteen")


def far(side: str, factor: float, years: tuple[int, ...] = (2001,)) -> pl.DataFrame:
    """One unit's inputs, outputs or bads times a factor."""
    own = (pl.col("unit") == FAR) & pl.col("year").is_in(years)
    return ROWS.with_columns(
        pl.when(own).then(pl.col(c) * factor).otherwise(c).alias(c) for c in SIDES[side]
    )


@pytest.mark.parametrize("factor", [1e-14, 1e14])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.slow
def test_what_is_missing_says_why(name: str, side: str, factor: float) -> None:
    function, columns, fixed = METHODS[name]
    for orientation in ("input", "output") if name in ORIENTED else (None,):
        given = {**fixed, **({"orientation": orientation} if orientation else {})}
        try:
            table = function(far(side, factor), *columns, **given).table
        except (
            InputError
        ) as error:  # a whole table that can't be computed is refused, with the place and a way out
            assert error.where and error.try_next
            continue
        for row in table.iter_rows(named=True):
            numbers = {
                key: own
                for key, own in row.items()
                if key.endswith(("_score", "_index", "_indicator"))
            }
            assert all(own is None or np.isfinite(own) for own in numbers.values())
            if None in numbers.values():
                assert row["reason"], numbers


def test_a_radial_efficiency_of_any_size_is_exact() -> None:
    """Constant returns: efficiency is in proportion to outputs, and against inputs, over 28 powers
    of ten."""

    def score(rows: pl.DataFrame) -> float:
        found = dea(rows, ["b"], ["z"], returns="crs").table
        return float(found.filter(unit=FAR, year=2001)["efficiency_score"][0])

    plain = score(ROWS)
    assert plain < 1
    for side, factor in (("outputs", 1e-14), ("outputs", 1e-7), ("inputs", 1e7), ("inputs", 1e14)):
        share = factor if side == "outputs" else 1 / factor
        assert score(far(side, factor)) == pytest.approx(plain * share, rel=1e-9, abs=1e-16)


def test_draws_around_an_efficiency_of_nothing_are_refused() -> None:
    rows = far("inputs", 1e14)
    given = {"inputs": ["a"], "outputs": ["y"], "orientation": "input", "replications": 50}
    for draw in (
        lambda: efficiency_intervals(rows, **given),
        lambda: efficiency_drivers(rows, **given, drivers=["driver"]),
    ):
        with pytest.raises(InputError) as refused:
            draw()
        assert refused.value.code == "efficiency_of_nothing"
        assert refused.value.values == {"unit": Name(FAR)}


def test_a_verdict_that_no_number_holds_is_named() -> None:
    table = cross_efficiency(far("inputs", 1e14), ["a", "b"], ["y", "z"]).table
    lost = table.filter(pl.col("cross_efficiency_score").is_null())
    assert lost.height and set(lost["reason"]) == {"no_verdict"}
    assert table.filter(pl.col("year") == 2000)["reason"].null_count() == 8


def test_super_efficiency_out_of_reach_names_its_limit() -> None:
    rows = pl.DataFrame({"unit": list("abc"), "x": [2.0, 1.0, 3.0], "y": [1e9, 1.0, 2.0]})
    row = dea(rows, ["x"], ["y"], orientation="output", super_efficiency=True).table.row(
        0, named=True
    )
    assert (row["super_efficiency_score"], row["reason"]) == (None, "super_out_of_reach")
    near = rows.with_columns(y=pl.Series([1e7, 1.0, 2.0]))
    found = dea(near, ["x"], ["y"], orientation="output", super_efficiency=True).table[
        "super_efficiency_score"
    ][0]
    assert found == pytest.approx(1e7 / 1.5, rel=1e-6)

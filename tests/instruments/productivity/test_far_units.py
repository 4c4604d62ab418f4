"""Units that lie further apart than numbers reach: what has no value says why, and what has one is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.cross_efficiency import cross_efficiency
from firstlight.instruments.productivity.frontiers.envelopment import dea
from firstlight.run.measurements.productivity_methods import METHODS

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
MORE: dict[str, dict[str, Any]] = {
    "meta_malmquist": {"group": "group"},
}
CHOSEN = [name for name in METHODS if name != "bootstrap_dea"]  # they refuse, see below


def far(side: str, factor: float, years: tuple[int, ...] = (2001,)) -> pl.DataFrame:
    """One unit's inputs, outputs or bads times a factor."""
    own = (pl.col("unit") == FAR) & pl.col("year").is_in(years)
    return ROWS.with_columns(
        pl.when(own).then(pl.col(c) * factor).otherwise(c).alias(c) for c in SIDES[side]
    )


@pytest.mark.parametrize("factor", [1e-14, 1e14])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.slow
def test_what_is_missing_says_why(name: str, side: str, factor: float) -> None:
    method = METHODS[name]
    bads = [["w"]] if method.has_bads else []
    for orientation in (
        ("input", "output") if "orientation" in method.options and not bads else (None,)
    ):
        given = {
            **(method.fixed or {}),
            **MORE.get(name, {}),
            **({"orientation": orientation} if orientation else {}),
        }
        try:
            table = method.function(
                far(side, factor), ["a", "b"], ["y", "z"], *bads, year="year", **given
            ).table
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
                assert row["reason_en"] and row["reason_zh"], numbers


def test_a_radial_efficiency_of_any_size_is_exact() -> None:
    """Constant returns: efficiency is in proportion to outputs, and against inputs, over 28 powers of ten."""

    def score(rows: pl.DataFrame) -> float:
        found = dea(rows, ["b"], ["z"], returns="crs", year="year").table
        return float(found.filter(unit=FAR, year=2001)["efficiency_score"][0])

    plain = score(ROWS)
    assert plain < 1
    for side, factor in (("outputs", 1e-14), ("outputs", 1e-7), ("inputs", 1e7), ("inputs", 1e14)):
        share = factor if side == "outputs" else 1 / factor
        assert score(far(side, factor)) == pytest.approx(plain * share, rel=1e-9, abs=1e-16)


def test_draws_around_an_efficiency_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="below 1e-12") as told:
        METHODS["bootstrap_dea"].function(
            far("inputs", 1e14),
            ["a"],
            ["y"],
            year="year",
            orientation="input",
            replications=50,
        )
    assert told.value.where == f"unit {FAR!r}"


def test_a_verdict_that_no_number_holds_is_named() -> None:
    table = cross_efficiency(far("inputs", 1e14), ["a", "b"], ["y", "z"], year="year").table
    lost = table.filter(pl.col("cross_efficiency_score").is_null())
    assert (
        lost.height
        and lost["reason_en"].str.contains("1e-12").all()
        and lost["reason_zh"].null_count() == 0
    )
    assert table.filter(pl.col("year") == 2000)["reason_en"].null_count() == 8


def test_super_efficiency_out_of_reach_names_its_limit() -> None:
    rows = pl.DataFrame({"unit": list("abc"), "x": [2.0, 1.0, 3.0], "y": [1e9, 1.0, 2.0]})
    row = dea(rows, ["x"], ["y"], orientation="output", super_efficiency=True).table.row(
        0, named=True
    )
    assert (
        row["super_efficiency_score"] is None
        and "1e-8" in row["reason_en"]
        and "1e-8" in row["reason_zh"]
    )
    near = rows.with_columns(y=pl.Series([1e7, 1.0, 2.0]))
    found = dea(near, ["x"], ["y"], orientation="output", super_efficiency=True).table[
        "super_efficiency_score"
    ][0]
    assert found == pytest.approx(1e7 / 1.5, rel=1e-6)

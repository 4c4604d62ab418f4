"""Hicks-Moorsteen: the definition by dense programmes, products, reversal, determinateness, bad
input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from measured import hicks_moorsteen, malmquist
from numpy.typing import NDArray
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.distance_functions import distance_function
from firstlight.instruments.productivity.frontiers.technology import technology
from firstlight.productivity import tfp_change
from firstlight.texts import Count

Floats = NDArray[np.float64]
INPUTS = ["q.capital", "q.land", "q.labor", "q.materials"]
OUTPUTS = ["q.livestock", "q.crop", "q.other"]
XS, YS = ["x1", "x2"], ["y1", "y2"]


@pytest.fixture(scope="module")
def states(shared: Path) -> pl.DataFrame:
    frame = pl.read_csv(shared / "data" / "productivity" / "usagri.csv").rename(
        {"States": "unit", "Years": "year"}
    )
    return frame.filter(pl.col("year") < 1998)


def made_up(units: int = 8, years: int = 3, seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = [{"unit": f"u{k}", "year": 2000 + t} for k in range(units) for t in range(years)]
    x = random.uniform(1, 3, (len(rows), 2))
    y = np.sqrt(x.prod(axis=1, keepdims=True)) * random.uniform(0.4, 1, (len(rows), 2))
    return pl.DataFrame(rows).with_columns(x1=x[:, 0], x2=x[:, 1], y1=y[:, 0], y2=y[:, 1])


def test_the_definition_by_dense_programmes() -> None:
    frame = made_up(years=2)
    data = {
        k: tuple(
            frame.filter(pl.col("year") == year).select(names).to_numpy() for names in (XS, YS)
        )
        for k, year in (("s", 2000), ("t", 2001))
    }
    n = len(data["s"][0])

    def distance(side: str, k: str, x: Floats, y: Floats) -> float:
        xs, ys = data[k]
        one = np.append(0, np.ones(n))[None]
        if side == "output":
            upper = np.vstack([np.c_[np.zeros(2), xs.T], np.c_[y, -ys.T]])
            return 1 / -linprog(np.append(-1, np.zeros(n)), upper, np.r_[x, 0, 0], one, [1]).fun
        upper = np.vstack([np.c_[-x, xs.T], np.c_[np.zeros(2), -ys.T]])
        return 1 / linprog(np.append(1, np.zeros(n)), upper, np.r_[0, 0, -y], one, [1]).fun

    found = hicks_moorsteen(frame, XS, YS).table
    for i in range(n):
        (xs, ys), (xt, yt) = ((data[k][0][i], data[k][1][i]) for k in "st")
        q = distance("output", "s", xs, yt) / distance("output", "s", xs, ys)
        q *= distance("output", "t", xt, yt) / distance("output", "t", xt, ys)
        x = distance("input", "s", xt, ys) / distance("input", "s", xs, ys)
        x *= distance("input", "t", xt, yt) / distance("input", "t", xs, yt)
        assert found["tfp_change_index"][i] == pytest.approx((q / x) ** 0.5, rel=1e-9)


def test_with_constant_returns_efficiency_and_technical_change_are_malmquists() -> None:
    frame = made_up()
    found = hicks_moorsteen(frame, XS, YS, returns="crs").table
    both = found["output_technical_efficiency_change_index"]
    both = both * found["output_technical_change_index"]
    index = malmquist(frame, XS, YS).table["productivity_index"]
    assert both.to_numpy() == pytest.approx(index.to_numpy(), rel=1e-10)


@pytest.mark.parametrize("returns", ["vrs", "crs", "nirs"])
@pytest.mark.slow
def test_parts_multiply_up_exactly(states: pl.DataFrame, returns: str) -> None:
    found = hicks_moorsteen(states, INPUTS, OUTPUTS, returns=returns, orientation="both")
    defined = found.table.drop("reason").drop_nulls()
    priced = hicks_moorsteen(
        states, INPUTS, OUTPUTS, returns=returns, orientation="both", aggregator="shadow_prices"
    ).table.drop("reason")
    assert priced.null_count().sum_horizontal()[0] == 0

    def product(table: pl.DataFrame, *names: str) -> Floats:
        return np.prod([table[f"{name}_change_index"].to_numpy() for name in names], axis=0)

    for table in (defined, priced):
        quantities = product(table, "output_quantity") / product(table, "input_quantity")
        assert product(table, "tfp") == pytest.approx(quantities, rel=1e-12)
    for side in ("output", "input"):
        parts = (f"{side}_technical_efficiency", f"{side}_technical", f"{side}_scale_mix")
        assert product(defined, *parts) == pytest.approx(product(defined, "tfp"), rel=1e-12)
        efficiency = product(priced, "tfp_efficiency")
        assert product(priced, "technical", "tfp_efficiency") == pytest.approx(
            product(priced, "tfp"), rel=1e-12
        )
        for names in (
            ("technical", "scale", "residual_mix"),
            ("technical", "mix", "residual_scale"),
        ):
            parts = tuple(f"{side}_{name}_efficiency" for name in names)
            assert product(priced, *parts) == pytest.approx(efficiency, rel=1e-12)


@pytest.mark.parametrize("aggregator", ["distance", "shadow_prices"])
def test_backwards_is_the_inverse_and_units_and_order_do_not_matter(aggregator: str) -> None:
    frame = made_up(years=2)
    plain = hicks_moorsteen(frame, XS, YS, aggregator=aggregator, orientation="both")
    back = hicks_moorsteen(
        frame.with_columns((4001 - pl.col("year")).alias("year")), XS, YS, aggregator=aggregator
    )
    product = (plain.table["tfp_change_index"] * back.table["tfp_change_index"]).to_numpy()
    assert product == pytest.approx(np.ones(8), rel=1e-9)
    shuffled = hicks_moorsteen(
        frame.sample(fraction=1, shuffle=True, seed=3),
        XS,
        YS,
        aggregator=aggregator,
        orientation="both",
    )
    assert plain.table.equals(shuffled.table)
    measured = frame.with_columns(pl.col("x1") * 1e9, pl.col("x2") * 1e-9, pl.col("y1") * 1e12)
    other = hicks_moorsteen(measured, XS, YS, aggregator=aggregator)
    assert other.table["tfp_change_index"].to_numpy() == pytest.approx(
        plain.table["tfp_change_index"].to_numpy(), rel=1e-7
    )


def test_one_input_and_one_output_give_the_ratio_and_with_constant_returns_malmquist() -> None:
    frame = made_up()
    for returns in ("crs", "vrs"):
        found = hicks_moorsteen(frame, ["x1"], ["y1"], returns=returns).table
        joined = frame.select("unit", "year", (pl.col("y1") / pl.col("x1")).alias("ratio"))
        now = found.join(joined, left_on=["unit", "to_year"], right_on=["unit", "year"])
        then = found.join(joined, left_on=["unit", "from_year"], right_on=["unit", "year"])
        expected = (now["ratio"] / then["ratio"]).to_numpy()
        assert found["tfp_change_index"].to_numpy() == pytest.approx(expected, rel=1e-9)
        if returns == "crs":
            parts = (
                found["output_technical_efficiency_change_index"]
                * found["output_technical_change_index"]
            )
            assert parts.to_numpy() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("aggregator", ["distance", "shadow_prices"])
def test_outputs_that_grow_alike_without_inputs_are_tfp(aggregator: str) -> None:
    frame = made_up(years=2).with_columns(pl.col(name).first().over("unit") for name in (*XS, *YS))
    grown = frame.with_columns(
        pl.when(pl.col("year") == 2001).then(pl.col(name) * 1.2).otherwise(pl.col(name))
        for name in YS
    )
    found = hicks_moorsteen(grown, XS, YS, aggregator=aggregator).table
    assert found["tfp_change_index"].to_numpy() == pytest.approx(np.full(8, 1.2), rel=1e-9)


def test_the_index_is_defined_where_technical_change_is_not_and_says_so() -> None:
    # In 2001 c leaves the range of 2000's inputs downwards: no distance to the old frontier with
    # variable returns.
    frame = pl.DataFrame(
        {
            "unit": ["a", "a", "b", "b", "c", "c"],
            "year": [2000, 2001] * 3,
            "x": [2.0, 2.0, 4.0, 4.0, 3.0, 1.0],
            "y": [2.0, 2.1, 3.0, 3.1, 2.2, 1.0],
        }
    )
    assert np.isnan(
        distance_function(
            technology([[2.0], [4.0], [3.0]], [[2.0], [3.0], [2.2]]),
            [[1.0]],
            [[1.0]],
            orientation="output",
        ).value
    )
    found = hicks_moorsteen(frame, ["x"], ["y"])
    row = found.table.filter(pl.col("unit") == "c").row(0, named=True)
    assert row["tfp_change_index"] == pytest.approx((1.0 / 1.0) / (2.2 / 3.0), rel=1e-9)
    assert row["output_technical_change_index"] is None
    assert row["reason"] == "no_parts"
    said = tfp_change(frame, ["x"], ["y"]).said
    assert [one.code for one in said] == ["growth", "parts_undefined"]
    assert said[1].values == {"count": Count(1), "pairs": Count(3)}
    assert found.by_period["undefined_count"].to_list() == [1]


def test_an_input_that_only_one_year_has_leaves_no_index_and_says_why() -> None:
    frame = pl.DataFrame(
        {
            "unit": ["a", "a", "b", "b"],
            "year": [2000, 2001] * 2,
            "x": [1.0, 1.0, 2.0, 2.0],
            "w": [1.0, 0.0, 1.0, 1.0],
            "y": [1.0, 1.0, 2.0, 2.0],
        }
    )
    for aggregator in ("distance", "shadow_prices"):
        found = hicks_moorsteen(frame, ["x", "w"], ["y"], aggregator=aggregator)
        lost = found.table.filter(pl.col("tfp_change_index").is_null())
        assert lost["unit"].to_list() == ["a"]
        assert lost["reason"].to_list() == ["no_index"]
    said = {one.code: one.values for one in tfp_change(frame, ["x", "w"], ["y"]).said}
    assert said["undefined"] == {"count": Count(1), "pairs": Count(2)}


def test_years_that_are_absent_are_left_out_by_name() -> None:
    frame = made_up().filter((pl.col("unit") != "u2") | (pl.col("year") != 2001))
    found = hicks_moorsteen(frame, XS, YS)
    assert found.table.height == 14
    assert found.left_out.select("unit", "from_year", "to_year").rows() == [
        ("u2", 2000, 2001),
        ("u2", 2001, 2002),
    ]
    result = tfp_change(frame, XS, YS)
    assert result.table.equals(found.table) and result.said[0].code == "growth"
    growth = result.said[0].values
    parts = (1 + growth["outputs"].value) / (1 + growth["inputs"].value)
    assert 1 + growth["change"].value == pytest.approx(parts, abs=1e-12)
    assert result.said[-1].code == "left_out" and result.said[-1].values["count"] == Count(2)


@pytest.mark.slow
def test_frontiers_and_prices_that_are_not_unique(states: pl.DataFrame) -> None:
    told: list[tuple[int, int]] = []
    sequential = hicks_moorsteen(
        states,
        INPUTS,
        OUTPUTS,
        frontier="sequential",
        aggregator="shadow_prices",
        progress=lambda *counts: told.append(counts),
    )
    assert told == [(1, 2), (2, 2)]
    assert (sequential.table["technical_change_index"] >= 1 - 1e-12).all()
    assert sequential.pinned_share > 0
    still = hicks_moorsteen(
        states, INPUTS, OUTPUTS, frontier="global", aggregator="shadow_prices"
    ).table
    assert still["technical_change_index"].to_numpy() == pytest.approx(np.ones(96), rel=1e-12)
    logs = np.log(sequential.table.filter(pl.col("to_year") == 1996)["tfp_change_index"].to_numpy())
    assert sequential.by_period["tfp_change_index"][0] == pytest.approx(
        np.exp(logs.mean()), rel=1e-12
    )


def test_one_year_is_refused() -> None:
    with pytest.raises(InputError, match="one year only"):
        hicks_moorsteen(made_up(years=1), XS, YS)


@pytest.mark.parametrize("aggregator", ["distance", "shadow_prices"])
def test_of_one_input_and_one_output_the_parts_are_ratios_of_productivity(aggregator: str) -> None:
    rows = pl.DataFrame({"unit": list("abc") * 2, "year": [2000] * 3 + [2001] * 3})
    rows = rows.with_columns(x=pl.Series([1.0, 2, 4, 1, 3, 4]), y=pl.Series([1.0, 4, 2, 2, 9, 4]))
    found = hicks_moorsteen(
        rows, ["x"], ["y"], returns="crs", orientation="both", aggregator=aggregator
    ).table
    before, after = (rows["y"] / rows["x"]).to_numpy().reshape(2, 3)
    frontier = after.max() / before.max()
    expected = {
        "tfp_change_index": after / before,
        "output_technical_efficiency_change_index": after / before / frontier,
    }
    expected["input_technical_efficiency_change_index"] = expected[
        "output_technical_efficiency_change_index"
    ]
    of_frontier = (
        "technical_change_index"
        if aggregator == "shadow_prices"
        else "input_technical_change_index"
    )
    expected[of_frontier] = np.full(3, frontier)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name].to_numpy(), values, rtol=1e-9, err_msg=name)

"""Färe-Primont: 48 US states and 48 invented farms, products of parts, transitivity, TFP* by a
programme, units, order, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from dense_distances import farrell
from invented_farms import invented_farms
from measured import fare_primont
from numpy.typing import NDArray
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.fare_primont_levels.fare_primont import FarePrimont
from firstlight.productivity import tfp_levels
from firstlight.texts import Name

Floats = NDArray[np.float64]
INPUTS = ["q.capital", "q.land", "q.labor", "q.materials"]
OUTPUTS = ["q.livestock", "q.crop", "q.other"]
XS, YS = ["x1", "x2"], ["y1", "y2"]


@pytest.fixture(scope="module")
def farms() -> pl.DataFrame:
    return invented_farms()


@pytest.fixture(scope="module")
def found(farms: pl.DataFrame) -> FarePrimont:
    return fare_primont(farms, INPUTS, OUTPUTS, orientation="both")


def made_up(units: int = 8, years: int = 3, seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = [{"unit": f"u{k}", "year": 2000 + t} for k in range(units) for t in range(years)]
    x = random.uniform(1, 3, (len(rows), 2))
    y = np.sqrt(x.prod(axis=1, keepdims=True)) * random.uniform(0.4, 1, (len(rows), 2))
    return pl.DataFrame(rows).with_columns(x1=x[:, 0], x2=x[:, 1], y1=y[:, 0], y2=y[:, 1])


def of(table: pl.DataFrame, unit: str, year: int) -> dict[str, float]:
    return table.filter(pl.col("unit") == unit, pl.col("year") == year).row(0, named=True)


@pytest.mark.slow
def test_alabama_1995_as_the_r_package_productivity(shared: Path) -> None:
    # productivity (R), fareprim with its defaults: technical change and regress allowed, vrs,
    # orientation "out".
    states = pl.read_csv(shared / "data" / "productivity" / "usagri.csv").rename(
        {"States": "unit", "Years": "year"}
    )
    found = fare_primont(states, INPUTS, OUTPUTS, orientation="output")
    row = of(found.table, "AL", 1995)
    assert row["tfp_index"] == pytest.approx(0.50638378, abs=5e-9)
    assert row["tfp_maximum_index"] == pytest.approx(0.73485323, abs=5e-9)
    assert row["output_technical_efficiency_ratio"] == pytest.approx(0.89215110, abs=5e-9)
    assert found.is_unique  # so that the value hangs on no solver


def test_efficiencies_and_changes_multiply_up_exactly(found: FarePrimont) -> None:
    table = found.table
    for side in ("output", "input"):
        part = {
            name: table[f"{side}_{name}_efficiency_ratio"].to_numpy()
            for name in ("technical", "scale", "mix", "residual_scale", "scale_mix", "residual_mix")
        }
        whole = table["tfp_efficiency_ratio"].to_numpy()
        for names in (
            ("technical", "scale", "residual_mix"),
            ("technical", "mix", "residual_scale"),
            ("technical", "scale_mix"),
        ):
            assert np.prod([part[name] for name in names], axis=0) == pytest.approx(
                whole, rel=1e-12
            )
        for values in part.values():
            assert (values > 0).all()
            assert (values < 1 + 1e-9).all()
    tfp = (table["tfp_maximum_index"] * table["tfp_efficiency_ratio"]).to_numpy()
    assert table["tfp_index"].to_numpy() == pytest.approx(tfp, rel=1e-13)
    changes = found.changes
    product = (
        changes["technical_change_index"] * changes["tfp_efficiency_change_index"]
    ).to_numpy()
    assert changes["tfp_change_index"].to_numpy() == pytest.approx(product, rel=1e-12)
    parts = (
        changes["output_technical_efficiency_change_index"]
        * changes["output_scale_efficiency_change_index"]
        * changes["output_residual_mix_efficiency_change_index"]
    ).to_numpy()
    assert changes["tfp_efficiency_change_index"].to_numpy() == pytest.approx(parts, rel=1e-12)
    quantities = changes["output_quantity_change_index"] / changes["input_quantity_change_index"]
    assert changes["tfp_change_index"].to_numpy() == pytest.approx(quantities.to_numpy(), rel=1e-12)


@pytest.mark.parametrize("aggregator", ["shadow_prices", "distance"])
@pytest.mark.slow
def test_comparisons_are_transitive_whatever_the_base(farms: pl.DataFrame, aggregator: str) -> None:
    some = farms.filter(pl.col("year") < 1998)
    by_base = {
        name: fare_primont(some, INPUTS, OUTPUTS, aggregator=aggregator, base=base).changes
        for name, base in (
            ("first", "first"),
            ("previous", "previous"),
            ("another", ("farm 07", 1996)),
        )
    }
    chained = (
        by_base["previous"]
        .group_by("unit", maintain_order=True)
        .agg(pl.col("tfp_change_index").product())
    )
    direct = by_base["first"].filter(pl.col("to_year") == 1997)
    assert chained["tfp_change_index"].to_numpy() == pytest.approx(
        direct["tfp_change_index"].to_numpy(), rel=1e-12
    )
    by_another = by_base["another"]
    assert of(by_another.rename({"to_year": "year"}), "farm 07", 1996)["tfp_change_index"] == 1
    ratio = (
        of(by_another.rename({"to_year": "year"}), "farm 00", 1997)["tfp_change_index"]
        / (of(by_another.rename({"to_year": "year"}), "farm 00", 1995)["tfp_change_index"])
    )
    assert ratio == pytest.approx(
        direct.filter(pl.col("unit") == "farm 00")["tfp_change_index"][0], rel=1e-12
    )


@pytest.mark.parametrize("returns", ["vrs", "crs", "nirs", "ndrs"])
def test_the_largest_tfp_is_that_of_a_programme(returns: str) -> None:
    frame = made_up()
    found = fare_primont(frame, XS, YS, returns=returns)
    p, w = (
        found.prices.filter(pl.col("side") == side)["shadow_price"].to_numpy()
        for side in ("output", "input")
    )
    for side in ("output", "input"):
        assert found.prices.filter(side=side)["value_share"].sum() == pytest.approx(1, rel=1e-7)
    for year in (2000, 2002):
        now = frame.filter(pl.col("year") == year)
        x, y = now.select(XS).to_numpy(), now.select(YS).to_numpy()
        n = len(now)
        # max p'q over q <= Y'z, X'z <= v, w'v = 1, and the sum of z tied to a free scale k > 0
        # (Charnes and Cooper).
        cost = np.r_[-p, np.zeros(2 + n + 1)]
        upper = np.vstack(
            [
                np.c_[np.eye(2), np.zeros((2, 2)), -y.T, np.zeros(2)],
                np.c_[np.zeros((2, 2)), -np.eye(2), x.T, np.zeros(2)],
            ]
        )
        bound = np.zeros(4)
        total = np.r_[np.zeros(4), np.ones(n), -1.0][None]
        equal, to = np.r_[np.zeros(2), w, np.zeros(n + 1)][None], np.array([1.0])
        if returns == "vrs":
            equal, to = np.vstack([equal, total]), np.array([1.0, 0.0])
        elif returns != "crs":
            upper, bound = np.vstack([upper, total if returns == "nirs" else -total]), np.zeros(5)
        best = -linprog(cost, upper, bound, equal, to).fun
        assert of(found.table, "u0", year)["tfp_maximum_index"] == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("frontier", ["contemporaneous", "sequential", "global"])
@pytest.mark.parametrize("returns", ["vrs", "crs"])
@pytest.mark.slow
def test_every_level_and_part_by_dense_programmes(frontier: str, returns: str) -> None:
    """Prices from the multiplier programmes, every efficiency from a programme of its own
    (O'Donnell 2011, 2014)."""
    frame = made_up(7, 3, seed=2)
    found = fare_primont(frame, XS, YS, returns=returns, frontier=frontier, orientation="both")
    assert found.is_unique
    x, y, years = frame.select(XS).to_numpy(), frame.select(YS).to_numpy(), frame["year"].to_numpy()
    p, w = (_priced(x, y, side, returns) for side in ("output", "input"))
    tfp = (y @ p) / (x @ w)
    for i in range(len(x)):
        spans = {
            "contemporaneous": years == years[i],
            "sequential": years <= years[i],
            "global": years > 0,
        }[frontier]
        at, held = (x[i], y[i]), (x[spans].T, y[spans].T)
        ote, ite = 1 / farrell(*at, *held, "output", returns), farrell(*at, *held, "input", returns)
        best = _best(x[i], -p, held[0], held[1], returns), _best(y[i], w, held[1], held[0], returns)
        tfpe = tfp[i] / tfp[spans].max()
        ome, ime = y[i] @ p / ote / -best[0], best[1] / (x[i] @ w * ite)
        ose, ise = (
            1 / farrell(*at, *held, "output", "crs") / ote,
            farrell(*at, *held, "input", "crs") / ite,
        )
        expected = {
            "tfp_index": tfp[i],
            "tfp_maximum_index": tfp[spans].max(),
            "tfp_efficiency_ratio": tfpe,
        }
        for side, technical, mix, scale in (("output", ote, ome, ose), ("input", ite, ime, ise)):
            parts = (
                technical,
                scale,
                mix,
                tfpe / technical / mix,
                tfpe / technical,
                tfpe / technical / scale,
            )
            names = ("technical", "scale", "mix", "residual_scale", "scale_mix", "residual_mix")
            expected |= {
                f"{side}_{name}_efficiency_ratio": part
                for name, part in zip(names, parts, strict=True)
            }
        for name, value in expected.items():
            assert found.table[name][i] == pytest.approx(value, rel=1e-9), name


def _priced(x: Floats, y: Floats, side: str, returns: str) -> Floats:
    """Slopes of the distance at the mean of all rows: output, min v'x0 + c with u'y0 = 1; input,
    max u'y0 - c with v'x0 = 1."""
    x0, y0, one = x.mean(axis=0), y.mean(axis=0), np.ones((len(x), 1))
    value, fixed = np.r_[0 * y0, x0, 1.0], np.r_[y0, 0 * x0, 0.0]
    if side == "input":
        value, fixed = np.r_[-y0, 0 * x0, 1.0], np.r_[0 * y0, x0, 0.0]
    free = [(0, None)] * 4 + [(None, None) if returns == "vrs" else (0, 0)]
    solved = linprog(value, np.c_[y, -x, -one], np.zeros(len(x)), fixed[None], [1.0], free)
    return np.asarray((solved.x[:2] if side == "output" else solved.x[2:4]) / abs(solved.fun))


def _best(given: Floats, cost: Floats, known: Floats, sought: Floats, returns: str) -> float:
    """The least cost'v: outputs v that the inputs allow (cost below 0), or inputs v that the
    outputs ask for."""
    n, sign = known.shape[1], 1.0 if cost[0] < 0 else -1.0
    upper = np.vstack(
        [np.c_[np.zeros((2, 2)), sign * known], np.c_[sign * np.eye(2), -sign * sought]]
    )
    equal = np.r_[0.0, 0.0, np.ones(n)][None] if returns == "vrs" else None
    return float(
        linprog(
            np.r_[cost, np.zeros(n)],
            upper,
            np.r_[sign * given, 0, 0],
            equal,
            [1.0] if equal is not None else None,
        ).fun
    )


def test_distances_as_aggregates_by_dense_programmes() -> None:
    frame = made_up()
    x, y = frame.select(XS).to_numpy(), frame.select(YS).to_numpy()
    x0, y0 = x.mean(axis=0), y.mean(axis=0)
    n = len(x)
    table = fare_primont(frame, XS, YS, aggregator="distance").table
    one = np.append(0, np.ones(n))[None]
    for row in (0, 7, 23):
        out = linprog(
            np.append(-1, np.zeros(n)),
            np.vstack([np.c_[np.zeros(2), x.T], np.c_[y[row], -y.T]]),
            np.r_[x0, 0, 0],
            one,
            [1],
        )
        into = linprog(
            np.append(1, np.zeros(n)),
            np.vstack([np.c_[-x[row], x.T], np.c_[np.zeros(2), -y.T]]),
            np.r_[0, 0, -y0],
            one,
            [1],
        )
        assert table["output_quantity_index"][row] == pytest.approx(-1 / out.fun, rel=1e-9)
        assert table["input_quantity_index"][row] == pytest.approx(1 / into.fun, rel=1e-9)
    assert "output_mix_efficiency_ratio" not in table.columns
    product = (
        table["output_technical_efficiency_ratio"] * table["output_scale_mix_efficiency_ratio"]
    )
    assert product.to_numpy() == pytest.approx(table["tfp_efficiency_ratio"].to_numpy(), rel=1e-12)
    assert (table["tfp_efficiency_ratio"] <= 1 + 1e-12).all()


@pytest.mark.parametrize("aggregator", ["shadow_prices", "distance"])
@pytest.mark.slow
def test_units_of_measure_and_the_order_of_rows_do_not_matter(aggregator: str) -> None:
    frame = made_up()
    plain = fare_primont(frame, XS, YS, orientation="both", aggregator=aggregator)
    shuffled = fare_primont(
        frame.sample(fraction=1, shuffle=True, seed=3),
        XS,
        YS,
        orientation="both",
        aggregator=aggregator,
    )
    assert plain.table.equals(shuffled.table)
    assert plain.changes.equals(shuffled.changes)
    measured = frame.with_columns(pl.col("x1") * 1e9, pl.col("x2") * 1e-9, pl.col("y1") * 1e12)
    other = fare_primont(measured, XS, YS, orientation="both", aggregator=aggregator)
    for name in plain.table.columns:
        if name.endswith(("_index", "_ratio")):
            assert other.table[name].to_numpy() == pytest.approx(
                plain.table[name].to_numpy(), rel=1e-7
            )


@pytest.mark.parametrize("aggregator", ["shadow_prices", "distance"])
def test_half_the_output_of_the_same_inputs_is_half_as_productive(aggregator: str) -> None:
    frame = made_up()
    at = {name: float(frame[name].to_numpy().mean()) for name in (*XS, *YS)}
    one = fare_primont(frame, XS, YS, aggregator=aggregator, representative=at)
    row = int(one.table["output_technical_efficiency_ratio"].arg_min() or 0)
    halved = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == row).then(pl.col(name) / 2).otherwise(pl.col(name))
        for name in YS
    )
    other = fare_primont(halved, XS, YS, aggregator=aggregator, representative=at)
    # Halving the outputs of a unit within the frontier moves no price; its own TFP halves and
    # nobody else's moves.
    ratio = (other.table["tfp_index"] / one.table["tfp_index"]).to_numpy()
    assert ratio[row] == pytest.approx(0.5, rel=1e-9)
    assert np.delete(ratio, row) == pytest.approx(np.ones(len(ratio) - 1), rel=1e-9)


@pytest.mark.slow
def test_frontiers_sequential_never_recede_and_global_stand_still(farms: pl.DataFrame) -> None:
    sequential = fare_primont(
        farms, INPUTS, OUTPUTS, frontier="sequential", base="previous"
    ).changes
    assert (sequential["technical_change_index"] >= 1).all()
    whole = fare_primont(farms, INPUTS, OUTPUTS, frontier="global", base="previous")
    assert (whole.changes["technical_change_index"] == 1).all()
    assert whole.table["tfp_efficiency_ratio"].max() == 1


def test_under_constant_returns_there_is_no_scale(farms: pl.DataFrame) -> None:
    table = fare_primont(
        farms.filter(pl.col("year") == 1995), INPUTS, OUTPUTS, returns="crs", orientation="both"
    ).table
    assert (table["output_scale_efficiency_ratio"] == 1).all()
    sides = (table[f"{side}_technical_efficiency_ratio"].to_numpy() for side in ("output", "input"))
    assert next(sides) == pytest.approx(next(sides), rel=1e-9)


def test_what_is_said_of_farms(farms: pl.DataFrame, found: FarePrimont) -> None:
    result = tfp_levels(farms, INPUTS, OUTPUTS, orientation="both")
    for name, expected in (("levels", found.table), ("prices", found.prices)):
        values, wanted = (
            table.select(pl.col(pl.Float64)).to_numpy() for table in (result.tables[name], expected)
        )
        np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-12)
    said = {one.code: one.values for one in result.said}
    assert result.said[0].code == "levels_in"
    last = found.table.filter(pl.col("year") == pl.col("year").max()).sort("tfp_index")
    assert (said["levels_in"]["low"], said["levels_in"]["top"]) == (
        Name(last["unit"][0]),
        Name(last["unit"][-1]),
    )
    growth = [1 + said["growth"][name].value for name in ("change", "technical", "efficiency")]
    assert growth[0] == pytest.approx(growth[1] * growth[2], abs=1e-12)
    # capital and land are in excess at the mean
    assert said["no_weight"]["columns"].value == (Name("q.capital"), Name("q.land"))
    for side in ("output", "input"):
        assert found.prices.filter(pl.col("side") == side)["value_share"].sum() == pytest.approx(
            1, rel=1e-9
        )
    codes = {one.code for one in result.conventions}
    assert {"returns_vrs", "frontier_contemporaneous", "since_first_year"} <= codes


def test_units_are_compared_once_where_there_are_no_years() -> None:
    rows = pl.DataFrame({"unit": ["a", "b", "c"], "x": [1.0, 2.0, 4.0], "y": [1.0, 4.0, 2.0]})
    result = tfp_levels(rows, ["x"], ["y"])
    assert result.said[0].code == "levels"
    assert result.said[0].values["times"].value == pytest.approx(4)
    assert result.charts[0].code == "by_rank" and not result.tables["changes"].height


def test_a_choice_among_prices_is_reported_and_does_not_hang_on_the_order() -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b", "c"], "x": [1.0, 1.0, 1.0], "y": [2.0, 1.0, 1.5], "z": [1.0, 2.0, 1.5]}
    )
    at = {
        "x": 1.0,
        "y": 2.0,
        "z": 1.0,
    }  # a corner: the price of z may be anything from 0 to that of y
    found = fare_primont(rows, ["x"], ["y", "z"], representative=at)
    assert not found.is_unique
    again = fare_primont(rows[::-1], ["x"], ["y", "z"], representative=at)
    assert found.table.equals(again.table)
    shares = found.prices.filter(pl.col("side") == "output")
    # Shares (s, 1 - s) with s from 2/3 to 1, prices s / 2 and 1 - s, equal means: (s / 2)^2 + (1 -
    # s)^2 is least at 0.8.
    assert shares["value_share"].to_list() == pytest.approx([0.8, 0.2], abs=1e-9)
    assert shares["lowest_share"].to_list() == pytest.approx([2 / 3, 0], abs=1e-7)
    assert shares["highest_share"].to_list() == pytest.approx([1, 1 / 3], abs=1e-7)


def test_a_unit_of_weightless_inputs_has_no_tfp_and_says_why() -> None:
    rows = pl.DataFrame(
        {
            "unit": ["a", "b", "c", "d"],
            "x": [1.0, 2.0, 3.0, 0.0],
            "w": [9.0, 9.0, 9.0, 9.0],
            "y": [1.0, 3.0, 3.5, 0.1],
        }
    )
    found = fare_primont(rows, ["x", "w"], ["y"], representative={"x": 2.0, "w": 20.0, "y": 2.0})
    lost = found.table.filter(pl.col("tfp_index").is_null())
    assert lost["unit"].to_list() == ["d"]
    assert lost["reason"].to_list() == ["no_aggregate"]


def test_progress_counts_the_frontiers() -> None:
    told: list[tuple[int, int]] = []
    fare_primont(made_up(), XS, YS, progress=lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"returns": "drs"}, "no_choice returns = drs"),
        ({"base": "last"}, "no_base base = last"),
        ({"base": ("u9", 2000)}, "no_base_row no row of u9 in 2000"),
        ({"representative": {"x1": 1.0}}, "not_represented no quantity of x2"),
        ({"representative": {"x1": 0.1, "x2": 0.1, "y1": 1.0, "y2": 1.0}}, "no_distance"),
    ],
)
def test_bad_input_is_named(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as error:
        fare_primont(made_up(), XS, YS, **arguments)  # type: ignore[arg-type]
    assert told in f"{error.value.code} {error.value}"

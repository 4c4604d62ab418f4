"""Production functions of firms: against published values, on planted truth, by their properties."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.firms import made_up_firms
from invented_plants import invented_plants
from scipy import optimize

from firstlight.errors import InputError
from firstlight.instruments.productivity.production_functions.conditional_demand import (
    conditional_demand,
)
from firstlight.instruments.productivity.production_functions.control_functions import (
    control_function,
)
from firstlight.instruments.productivity.production_functions.estimators import (
    ProductionFunction,
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)
from firstlight.instruments.productivity.production_functions.firm_panel import firm_panel
from firstlight.instruments.productivity.production_functions.production_functions import (
    firms as production_function,
)
from firstlight.instruments.productivity.production_functions.production_result import rivals

Estimator = Callable[..., ProductionFunction]
CHILE: dict[str, Any] = {
    "output": "log_y",
    "free": ["log_lab1", "log_lab2"],
    "state": ["log_k"],
    "unit": "id",
    "log": False,
}
MADE: dict[str, Any] = {"output": "y", "free": ["l"], "state": ["k"], "log": False}
FAST: dict[str, Any] = {"replications": 0}


@pytest.fixture(scope="module")
def plants() -> pl.DataFrame:
    return invented_plants(300, 6, seed=9)


@pytest.fixture(scope="module")
def firms() -> pl.DataFrame:
    return made_up_firms(800, 8, seed=3)


@pytest.fixture(scope="module")
def waged() -> pl.DataFrame:
    return made_up_firms(800, 8, seed=5, labour="wages")


# --- published values


def test_three_estimators_give_what_prodest_gives(shared: Path) -> None:
    """R's prodest on its Chilean firms, to the three digits given."""
    chile = pl.read_csv(shared / "data" / "productivity" / "prodest_chile.csv")
    invested, bought = {"proxy": ["log_investment"]}, {"proxy": ["log_materials"]}
    found = olley_pakes(chile, **CHILE, **FAST, **invested, degree=2, law="fitted")
    assert found.inputs == ("log_lab1", "log_lab2", "log_k")
    assert found.elasticity.round(3).tolist() == [0.314, 0.256, 0.168]
    papers = olley_pakes(chile, **CHILE, **FAST, **invested, degree=2)
    assert papers.elasticity[2].round(3) == 0.157  # the law of motion is fitted to output
    found = levinsohn_petrin(chile, **CHILE, **FAST, **bought, degree=2, law="fitted")
    assert found.elasticity.round(3).tolist() == [0.199, 0.169, 0.117]
    found = wooldridge(chile, **CHILE, **bought, degree=2, proxy_function="without_state")
    assert found.elasticity.round(3).tolist() == [0.247, 0.217, 0.058]


def test_the_papers_second_stage_differs_and_is_its_least_squares(plants: pl.DataFrame) -> None:
    """Olley and Pakes fit the law of motion to output; a bounded search, written out here, ends at
    the same capital."""
    found = olley_pakes(plants, **CHILE, **FAST, proxy=["log_investment"], degree=2)
    d = plants.sort("id", "year")
    y, k, i = (d[name].to_numpy() for name in ("log_y", "log_k", "log_investment"))
    labour = d.select("log_lab1", "log_lab2").to_numpy()
    design = np.column_stack([np.ones(y.size), labour, k, i, k**2, k * i, i**2])
    b = np.linalg.lstsq(design, y, rcond=None)[0]
    phi, net = design @ b - labour @ b[1:3], y - labour @ b[1:3]
    unit, year = d["id"].to_numpy(), d["year"].to_numpy()
    now = np.flatnonzero((unit[1:] == unit[:-1]) & (year[1:] == year[:-1] + 1)) + 1

    def squares(beta: float) -> float:
        omega = (phi - beta * k)[now - 1]
        powers = np.vander(omega - omega.mean(), 4)
        rest = net[now] - beta * k[now]
        return float(np.sum((rest - powers @ np.linalg.lstsq(powers, rest, rcond=None)[0]) ** 2))

    best = optimize.minimize_scalar(
        squares, bounds=(0, 0.4), method="bounded", options={"xatol": 1e-10}
    ).x
    assert found.elasticity[2] == pytest.approx(best, abs=1e-6)
    other = olley_pakes(plants, **CHILE, **FAST, proxy=["log_investment"], degree=2, law="fitted")
    assert abs(other.elasticity[2] - best) > 1e-4
    assert found.elasticity[:2] == pytest.approx(b[1:3], rel=1e-9)


# --- planted truth: labour .6, capital .4


def near(found: ProductionFunction, errors: float = 4.0) -> None:
    """Within so many standard errors of the planted truth, which must be small enough to mean
    something."""
    assert (found.standard_error < [0.08, 0.12]).all()
    assert (np.abs(found.elasticity - [0.6, 0.4]) < errors * found.standard_error).all(), (
        found.table
    )


@pytest.mark.parametrize(("estimate", "proxy"), [(olley_pakes, "i"), (levinsohn_petrin, "m")])
@pytest.mark.parametrize("law", ["output", "fitted"])
@pytest.mark.slow
def test_proxies_find_the_truth_where_they_hold(
    firms: pl.DataFrame, estimate: Estimator, proxy: str, law: str
) -> None:
    near(estimate(firms, **MADE, proxy=[proxy], law=law, replications=30))


@pytest.mark.parametrize(
    "options", [{}, {"omega_degree": 1, "weights": "two_step"}, {"proxy_function": "separate"}]
)
def test_wooldridge_finds_the_truth_where_it_holds(
    firms: pl.DataFrame, options: dict[str, Any]
) -> None:
    found = wooldridge(firms, **MADE, proxy=["m"], degree=2, **options)
    near(found)
    if "weights" in options:
        assert found.j_p > 0.001
        assert found.j_df > 0


def test_wooldridge_by_its_second_equation_alone() -> None:
    near(
        wooldridge(
            made_up_firms(800, 8, seed=3, labour="habit"),
            **MADE,
            proxy=["m"],
            equations="second",
            degree=2,
        )
    )


@pytest.mark.parametrize("labour", ["error", "wages"])
@pytest.mark.parametrize("law", ["innovation", "output"])
@pytest.mark.slow
def test_ackerberg_caves_frazer_finds_the_truth(labour: str, law: str) -> None:
    data = made_up_firms(800, 8, seed=3, labour=labour)
    near(ackerberg_caves_frazer(data, **MADE, proxy=["m"], law=law, degree=2, replications=20))


def test_levinsohn_petrin_finds_nothing_where_labour_moves_materials(waged: pl.DataFrame) -> None:
    """Ackerberg, Caves and Frazer's point: materials know labour, so that beside them labour
    explains nothing."""
    found = levinsohn_petrin(waged, **MADE, **FAST, proxy=["m"])
    assert abs(found.elasticity[0]) < 0.05
    assert abs(wooldridge(waged, **MADE, proxy=["m"]).elasticity[0] - 0.6) > 0.05
    near(olley_pakes(waged, **MADE, proxy=["i"], replications=20))  # investment doesn't know labour


def test_leaving_the_states_linear_term_out_biases_wooldridge(firms: pl.DataFrame) -> None:
    found = wooldridge(firms, **MADE, proxy=["m"], proxy_function="without_state")
    assert abs(found.elasticity[1] - 0.4) > 5 * found.standard_error[1]


def firms_of(data: pl.DataFrame, **options: Any) -> dict[str, Any]:
    """What the measurement says of made-up firms: code -> values."""
    result = production_function(
        data, "y", ["l"], ["k"], ["m"], log=False, replications=0, **options
    )
    return {one.code: one.values for one in result.said}


def test_several_solutions_meet_the_moments_and_all_are_told(waged: pl.DataFrame) -> None:
    """Beside the truth, (1, 0): there "productivity" is the wage (Kim, Luo and Su 2019)."""
    found = ackerberg_caves_frazer(waged, **MADE, **FAST, proxy=["m"])
    met = found.solutions.filter("is_met", pl.col("variance_share") <= 1)
    assert met.height == 2
    assert met.row(0)[:2] == pytest.approx((0.6, 0.4), abs=0.1)
    assert met.row(1)[:2] == pytest.approx((1.0, 0.0), abs=0.1)
    assert met["persistence_share"].to_list() == pytest.approx(
        [0.5, 0.0], abs=0.1
    )  # a wage lasts 0.3, 0.09 of its variance
    assert found.cautions == ("several_solutions",) and rivals(found.solutions) == 2
    said = firms_of(waged, method="acf")["several_solutions"]
    assert said["count"].value == 2
    other = ackerberg_caves_frazer(waged, **MADE, **FAST, proxy=["m"], start=met.row(1)[:2])
    assert other.elasticity == pytest.approx(met.row(1)[:2], abs=1e-6)


def test_the_moments_hold_at_the_truth_and_not_beside_it(waged: pl.DataFrame) -> None:
    panel = firm_panel(waged, **MADE, proxy=["m"])
    prepared = conditional_demand(panel, degree=2)
    _, fitted = prepared.stage.fit(panel.output)
    motion, known = prepared.second_stage(panel.output, fitted)

    def criterion(beta: tuple[float, float]) -> float:
        rest, _ = motion.residual(np.array(beta))
        moment = known.T @ rest
        return float(
            moment @ np.linalg.solve(known.T @ known, moment) / rest.var()
        )  # chi-squared with 2 at the truth

    assert criterion((0.6, 0.4)) < 14
    assert min(criterion(beside) for beside in ((0.7, 0.4), (0.5, 0.4), (0.6, 0.6))) > 20


@pytest.mark.slow
def test_translog_finds_planted_curvature(waged: pl.DataFrame) -> None:
    curved = waged.with_columns(y=pl.col("y") + 0.05 * pl.col("l") ** 2)
    found = ackerberg_caves_frazer(
        curved, **MADE, proxy=["m"], form="translog", degree=2, replications=20
    )
    rows = {
        row["name"]: row
        for row in found.table.filter(pl.col("kind") == "coefficient").iter_rows(named=True)
    }
    assert list(rows) == ["l", "k", "l^2", "l*k", "k^2"]
    for name, planted in (("l", 0.6), ("k", 0.4), ("l^2", 0.05), ("l*k", 0.0), ("k^2", 0.0)):
        assert abs(rows[name]["estimate"] - planted) < 4 * rows[name]["standard_error"], name
    by_firm = found.firm_years.join(curved, on=["unit", "year"])
    derivative = (
        rows["l"]["estimate"]
        + 2 * rows["l^2"]["estimate"] * by_firm["l"]
        + rows["l*k"]["estimate"] * by_firm["k"]
    )
    assert by_firm["elasticity_l"].to_numpy() == pytest.approx(derivative.to_numpy(), abs=1e-9)
    assert found.elasticity[0] == pytest.approx(by_firm["elasticity_l"].mean())


@pytest.mark.slow
def test_exits_bias_capital_and_the_probit_mends_it() -> None:
    """Firms with much capital and years stay though unproductive, which hides what capital does."""
    kept: list[np.ndarray] = []
    for seed in (0, 2, 4):
        whole = made_up_firms(2000, 8, seed=seed, wear=0.0)
        born = np.random.default_rng(seed + 1000).uniform(0, 3, 2000)
        age = np.tile(born, 8) + whole["year"].to_numpy() / 10 - 200.1
        data = whole.with_columns(pl.Series("age", age), y=whole["y"] + 0.1 * age).sort(
            "unit", "year"
        )
        line = -0.4 - 0.6 * (pl.col("k") - data["k"].mean()) - 0.2 * (pl.col("age") - 1.5)
        gone = (pl.col("omega") < line).cum_sum().over("unit")
        left = data.filter(gone == 0)
        options: dict[str, Any] = {
            "output": "y",
            "free": ["l"],
            "state": ["k", "age"],
            "proxy": ["i"],
            "log": False,
            **FAST,
        }
        kept.append(
            np.array(
                [
                    olley_pakes(left, **options).elasticity[1],
                    olley_pakes(left, **options, exit=True).elasticity[1],
                ]
            )
        )
    without, corrected = np.mean(kept, axis=0)
    assert without < 0.3
    assert corrected == pytest.approx(0.4, abs=0.04)


def test_an_exit_column_says_the_same_as_the_last_year(firms: pl.DataFrame) -> None:
    some = firms.filter(
        (pl.col("year") < 2006) | (pl.col("omega") > -0.2) & (pl.col("unit") > "firm 100")
    )
    last = pl.col("year").max().over("unit")
    told = some.with_columns(
        leaves=((pl.col("year") == last) & (pl.col("year") < 2008)).cast(pl.Float64)
    )
    told = told.with_columns(leaves=pl.when(pl.col("year") == 2008).then(None).otherwise("leaves"))
    options = {**MADE, **FAST, "proxy": ["i"]}
    by_column = olley_pakes(told, **options, exit="leaves")
    assert (
        by_column.elasticity.tolist() == olley_pakes(told, **options, exit=True).elasticity.tolist()
    )
    assert by_column.elasticity.tolist() != olley_pakes(told, **options).elasticity.tolist()


def test_gross_output_is_not_identified_where_materials_are_decided_by_state_and_productivity(
    firms: pl.DataFrame,
) -> None:
    """Along a line through the truth, b_m + s (1 - b_l), b_k - s b_k, the moments hold (Gandhi,
    Navarro and Rivers 2020)."""
    gross = firms.with_columns(y=pl.col("y") + 0.3 * pl.col("m"))
    panel = firm_panel(gross, **MADE, proxy=["m"])
    prepared = control_function(panel, degree=2, is_gross=True)
    b, fitted = prepared.stage.fit(panel.output)
    assert b == pytest.approx([0.6], abs=0.02)
    sought = np.column_stack([panel.state, panel.proxy])
    motion = prepared._motion(panel.output - panel.free @ b, fitted - panel.free @ b, sought, None)
    now = panel.now
    known = np.column_stack([np.ones(now.size), panel.state[now], panel.proxy[panel.previous[now]]])

    def criterion(along: float, across: float) -> float:
        rest, _ = motion.residual(np.array([0.4 - 0.4 * along + across, 0.3 + 0.4 * along]))
        moment = known.T @ rest
        return float(moment @ np.linalg.solve(known.T @ known, moment) / rest.var())

    assert max(criterion(along, 0) for along in (0.0, 0.25, 0.5)) < 14
    assert min(criterion(along, 0.2) for along in (0.0, 0.25, 0.5)) > 40
    found = levinsohn_petrin(gross, **MADE, **FAST, proxy=["m"], output_is="gross_output")
    assert found.inputs == ("l", "k", "m")
    result = production_function(
        gross,
        *("y", ["l"], ["k"], ["m"]),
        log=False,
        method="lp",
        output_is="gross_output",
        replications=0,
    )
    assert result.table["estimate"].to_list()[:3] == found.elasticity.tolist()
    assert "output_gross_output" in [one.code for one in result.conventions]


# --- properties

EVERY: list[tuple[Estimator, dict[str, Any]]] = [
    (olley_pakes, {"proxy": ["i"], **FAST}),
    (olley_pakes, {"proxy": ["i"], "law": "fitted", **FAST}),
    (levinsohn_petrin, {"proxy": ["m"], **FAST}),
    (levinsohn_petrin, {"proxy": ["m"], "output_is": "gross_output", **FAST}),
    (ackerberg_caves_frazer, {"proxy": ["m"], "degree": 2, **FAST}),
    (ackerberg_caves_frazer, {"proxy": ["m"], "degree": 2, "form": "translog", **FAST}),
    (wooldridge, {"proxy": ["m"], "degree": 2}),
    (wooldridge, {"proxy": ["m"], "degree": 2, "proxy_function": "separate"}),
]


@pytest.mark.parametrize(("estimate", "options"), EVERY)
@pytest.mark.slow
def test_units_and_order_of_rows_change_nothing(
    estimate: Estimator, options: dict[str, Any]
) -> None:
    data = made_up_firms(120, 6, seed=7)
    one = estimate(data, **MADE, **options)
    again = estimate(data.sample(fraction=1, shuffle=True, seed=1), **MADE, **options)
    assert again.table.equals(one.table)
    assert again.firm_years.equals(one.firm_years)
    levels = data.with_columns(
        y=pl.col("y").exp() * 1e9,
        l=pl.col("l").exp() * 1e-7,
        k=pl.col("k").exp() * 1e12,
        i=pl.col("i").exp() * 1e-9,
        m=pl.col("m").exp() * 3,
    )
    other = estimate(levels, **{**MADE, "log": True}, **options)
    assert other.elasticity == pytest.approx(one.elasticity, rel=1e-5, abs=1e-7)


def test_prodests_wooldridge_hangs_on_the_units_of_capital(plants: pl.DataFrame) -> None:
    options: dict[str, Any] = {**CHILE, "proxy": ["log_materials"], "degree": 2}
    thousands = plants.with_columns(log_k=pl.col("log_k") - np.log(1000))
    for proxy_function, moves in (("without_state", True), ("separate", False), ("shared", False)):
        one = wooldridge(plants, **options, proxy_function=proxy_function).elasticity[2]
        other = wooldridge(thousands, **options, proxy_function=proxy_function).elasticity[2]
        assert (abs(other - one) > 0.005) == moves, (proxy_function, one, other)


def test_productivity_adds_up(plants: pl.DataFrame) -> None:
    for found in (
        olley_pakes(plants, **CHILE, **FAST, proxy=["log_investment"]),
        wooldridge(plants, **CHILE, proxy=["log_materials"]),
    ):
        rows = found.firm_years.join(
            plants.with_columns(unit=pl.col("id").cast(pl.String)), on=["unit", "year"]
        )
        explained = rows.select("log_lab1", "log_lab2", "log_k").to_numpy() @ found.elasticity
        assert rows["log_tfp"].to_numpy() == pytest.approx(rows["log_y"].to_numpy() - explained)
        assert (rows["log_productivity"] + rows["log_noise"]).to_numpy() == pytest.approx(
            rows["log_tfp"].to_numpy()
        )
        assert found.returns_to_scale == pytest.approx(found.elasticity.sum())
        assert (
            abs(rows["log_noise"].mean()) < 1e-9
        )  # noise is what a regression with a constant leaves


def test_productivity_is_near_the_planted_one(firms: pl.DataFrame) -> None:
    found = levinsohn_petrin(firms, **MADE, **FAST, proxy=["m"])
    both = found.firm_years.join(firms, on=["unit", "year"])
    assert np.corrcoef(both["log_productivity"], both["omega"])[0, 1] > 0.99
    assert both["log_noise"].std() == pytest.approx(0.1, rel=0.05)


def test_year_effects_are_controls(firms: pl.DataFrame) -> None:
    some = firms.filter(pl.col("year") < 2005)
    dummies = some.with_columns(
        *(
            (pl.col("year") == each).cast(pl.Float64).alias(f"d{each}")
            for each in (2002, 2003, 2004)
        )
    )
    one = levinsohn_petrin(some, **MADE, **FAST, proxy=["m"], year_effects=True)
    other = levinsohn_petrin(
        dummies, **MADE, **FAST, proxy=["m"], controls=["d2002", "d2003", "d2004"]
    )
    assert one.elasticity == pytest.approx(other.elasticity, rel=1e-9)
    assert one.table.filter(pl.col("kind") == "control")["name"].to_list() == [
        "year 2002",
        "year 2003",
        "year 2004",
    ]


def test_the_measurement_says_what_the_estimator_found(plants: pl.DataFrame) -> None:
    options: dict[str, Any] = {"log": False, "replications": 4}
    columns: tuple[Any, ...] = ("log_y", ["log_lab1", "log_lab2"], ["log_k"], ["log_investment"])
    result = production_function(plants.to_pandas(), *columns, unit="id", method="op", **options)
    found = olley_pakes(plants, **CHILE, proxy=["log_investment"], replications=4)
    assert type(result.frame).__module__.startswith("pandas")
    assert result.table.equals(found.table)
    assert found.table["kind"].to_list() == ["elasticity"] * 3 + ["returns_to_scale"]
    assert result.tables["firm_years"].equals(found.firm_years)
    assert found.firm_years.height == plants.height
    units = plants["id"].n_unique()
    years_on = plants.sort("id", "year").select(pl.col("year").diff().over("id"))["year"]
    gaps = (years_on > 1).sum()
    assert result.tables["left_out"].rows() == [("first_year", None, units), ("gap", None, gaps)]
    said = {one.code: one.values for one in result.said}
    assert said["returns_to_scale"]["verdict"].value == "codes.verdict.decreasing"
    assert said["returns_to_scale"]["high"].value == found.returns_high < 1
    assert [each.value.values["input"].value for each in said["elasticities"]["inputs"].value] == [
        "log_lab1",
        "log_lab2",
        "log_k",
    ]
    draws = {one.code: one.values for one in result.conventions}["bootstrap"]["draws"]
    assert draws.value == len(found.replicates) == 4


@pytest.mark.slow
def test_errors_are_as_large_as_estimates_differ() -> None:
    """Over made-up samples, the mean standard error beside the standard deviation of the estimates."""
    found = []
    for seed in range(40):
        data = made_up_firms(150, 5, seed=seed)
        one = wooldridge(data, **MADE, proxy=["m"], degree=1, omega_degree=1)
        other = levinsohn_petrin(
            data, **MADE, proxy=["m"], degree=1, omega_degree=1, replications=10
        )
        found.append([one.elasticity, one.standard_error, other.elasticity, other.standard_error])
    values = np.array(found)
    ratios = values[:, [1, 3]].mean(axis=0) / values[:, [0, 2]].std(axis=0, ddof=1)
    assert ((ratios > 0.7) & (ratios < 1.4)).all(), ratios


def test_minima_that_the_data_dont_tell_apart_are_told() -> None:
    """Where last year says all of this year's capital, the system has a second minimum far from the
    truth."""
    still = wooldridge(made_up_firms(500, 8, seed=1, wear=0.0), **MADE, proxy=["m"], degree=2)
    assert still.solutions.height == 2
    assert still.cautions == ("several_minima",)
    worn = wooldridge(made_up_firms(500, 8, seed=1), **MADE, proxy=["m"], degree=2)
    assert worn.solutions.height == 1
    assert worn.cautions == ()


@pytest.mark.parametrize(
    "estimate", [olley_pakes, levinsohn_petrin, ackerberg_caves_frazer, wooldridge]
)
@pytest.mark.slow
def test_several_inputs_proxies_and_controls(estimate: Estimator) -> None:
    """A second free input, a second state, two proxies, and a region that adds a half: each planted
    value is found."""
    rng = np.random.default_rng(8)
    data = made_up_firms(800, 8, seed=6).sort("unit", "year")
    region = np.repeat(rng.integers(0, 2, 800), 8).astype(float)
    clerks = (
        0.5 * data["k"].to_numpy()
        + data["omega"].to_numpy()
        + 0.5 * rng.standard_normal(data.height)
    )
    age = np.repeat(rng.uniform(0, 3, 800), 8) + np.tile(np.arange(8) / 10, 800)
    data = data.with_columns(
        pl.Series("region", region), pl.Series("clerks", clerks), pl.Series("age", age)
    )
    data = data.with_columns(
        energy=(pl.col("omega") + 0.1 * pl.col("k")).exp()
    )  # another function of both
    data = data.with_columns(
        y=pl.col("y") + 0.5 * pl.col("region") + 0.2 * pl.col("clerks") + 0.1 * pl.col("age")
    )
    options: dict[str, Any] = {} if estimate is wooldridge else {"replications": 15}
    found = estimate(
        data,
        output="y",
        free=["l", "clerks"],
        state=["k", "age"],
        proxy=["m", "energy"],
        controls=["region"],
        log=False,
        degree=2,
        **options,
    )
    assert found.inputs == ("l", "clerks", "k", "age")
    assert (np.abs(found.elasticity - [0.6, 0.2, 0.4, 0.1]) < 4 * found.standard_error).all(), (
        found.table
    )
    assert found.table.filter(pl.col("kind") == "control")["estimate"][0] == pytest.approx(
        0.5, abs=0.05
    )


def test_a_fit_that_explains_nothing_says_so_first() -> None:
    random, unit = np.random.default_rng(2), np.repeat(np.arange(40), 5)
    capital = 2 * random.normal(size=40)[unit] + 0.1 * random.normal(size=200)
    output = (
        0.05 * random.normal(size=200)
        + np.tile(np.arange(5) * 0.02, 40)
        + 0.02 * random.normal(size=40)[unit]
    )
    frame = pl.DataFrame(
        {"unit": unit, "year": np.tile(np.arange(2001, 2006), 40), "Y": output, "K": capital}
    )
    frame = frame.with_columns(L=random.normal(size=200), M=random.normal(size=200))
    found = levinsohn_petrin(
        frame, output="Y", free=["L"], state=["K"], proxy=["M"], log=False, replications=0
    )
    assert found.cautions == ("inputs_explain_nothing",)
    assert found.elasticity.round(3).tolist() == [0.009, -0.017]
    result = production_function(
        frame, "Y", ["L"], ["K"], ["M"], log=False, method="lp", replications=0
    )
    assert [one.code for one in result.said][:2] == [
        "inputs_explain_nothing",
        "elasticities_below_zero",
    ]


@pytest.mark.parametrize(
    ("estimate", "option"),
    [
        (olley_pakes, {"output_is": "gross_output"}),
        (levinsohn_petrin, {"form": "translog"}),
        (ackerberg_caves_frazer, {"exit": True}),
        (wooldridge, {"replications": 10}),
    ],
)
def test_a_method_refuses_what_it_does_not_read(
    firms: pl.DataFrame, estimate: Estimator, option: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as refused:
        estimate(firms, **MADE, proxy=["m"], **option)
    assert refused.value.code == "option_of_another_method"

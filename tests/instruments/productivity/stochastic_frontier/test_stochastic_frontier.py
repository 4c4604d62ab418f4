"""The measurement and its fit: rows in and out, what is said, charts, and bad input
by code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.productivity.panels import fitted_frontier
from scipy import stats

from firstlight.chart import Chart
from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.stochastic_frontier.frontier_design import (
    functional_form,
    orthogonal,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_estimate import (
    StochasticFrontier,
)
from firstlight.instruments.productivity.stochastic_frontier.likelihood_ascent import maximise
from firstlight.instruments.productivity.stochastic_frontier.stochastic_frontier import frontier
from firstlight.result import Result
from firstlight.texts import List, Value

KEYS = ["unit", "year"]


def made_up(units: int = 20, years: int = 6, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    n = units * years
    k, l = rng.normal(size=(2, n))
    z = rng.normal(size=n)
    means = 0.3 + 0.5 * z
    u = stats.truncnorm.rvs(-means / 0.4, np.inf, loc=means, scale=0.4, random_state=rng)
    return pl.DataFrame(
        {
            "unit": np.repeat([f"省{place}" for place in range(units)], years),
            "year": np.tile(2000 + np.arange(years), units),
            "Y": np.exp(1 + 0.4 * k + 0.5 * l + 0.15 * rng.normal(size=n) - u),
            "K": np.exp(k),
            "L": np.exp(l),
            "z": z,
        }
    )


ROWS = made_up()


@pytest.fixture(scope="module")
def found() -> StochasticFrontier:
    return fitted_frontier(ROWS, "Y", ["K", "L"])


def test_a_row_for_each_row(found: StochasticFrontier) -> None:
    assert found.table.select(KEYS).rows() == sorted(ROWS.select(KEYS).rows())
    assert found.table.columns[2:6] == [
        "efficiency_share", "efficiency_low_share", "efficiency_high_share", "inefficiency_log"
    ]  # fmt: skip
    inside = found.table.filter(
        pl.col("efficiency_share").is_between("efficiency_low_share", "efficiency_high_share")
        & pl.col("efficiency_high_share").le(1)
    )
    assert inside.height == ROWS.height
    assert found.table["reason"].null_count() == ROWS.height
    terms = dict(found.parameters.select("term", "estimate").rows())
    assert terms["K"] == pytest.approx(0.4, abs=0.1) and terms["gamma"] > 0.5
    by_kind = found.parameters.group_by("kind").agg(pl.col("p_value").is_null().all())
    assert dict(by_kind.rows()) == {"frontier": False, "variance": True}


@pytest.mark.parametrize("kind", ["pandas", "pyarrow", "duckdb"])
def test_every_kind_of_frame(kind: str, found: StochasticFrontier) -> None:
    make: dict[str, Callable[[], Any]] = {
        "pandas": ROWS.to_pandas,
        "pyarrow": ROWS.to_arrow,
        "duckdb": lambda: pytest.importorskip("duckdb").from_arrow(ROWS.to_arrow()),
    }
    other = frontier(make[kind](), "Y", ["K", "L"])
    assert other.table.equals(found.table)
    assert other.tables["parameters"].equals(found.parameters)
    if kind != "duckdb":
        assert type(other.frame).__module__.split(".")[0] == kind


def test_shuffled_rows_give_the_same_bytes(found: StochasticFrontier) -> None:
    shuffled = fitted_frontier(
        ROWS.sample(fraction=1, shuffle=True, seed=3), "Y", ["K", "L"], year="year"
    )
    assert shuffled.table.equals(found.table) and shuffled.parameters.equals(found.parameters)


def test_extreme_magnitudes(found: StochasticFrontier) -> None:
    moved = ROWS.with_columns(pl.col("Y") * 1e12, pl.col("K") * 1e-9)
    other = fitted_frontier(moved, "Y", ["K", "L"])
    assert other.table["efficiency_share"].to_list() == pytest.approx(
        found.table["efficiency_share"].to_list(), abs=1e-7
    )
    assert other.fit.value("L") == pytest.approx(found.fit.value("L"), rel=1e-7)


def test_logs_by_the_user(found: StochasticFrontier) -> None:
    logs = ROWS.with_columns(
        pl.Series(name, np.log(ROWS[name].to_numpy())) for name in ("Y", "K", "L")
    )
    assert (logs["K"] < 0).any()
    other = fitted_frontier(logs, "Y", ["K", "L"], log=False)
    assert other.table.equals(found.table)
    result = frontier(logs, "Y", ["K", "L"], log=False)
    assert "no_logs" in [one.code for one in result.conventions]


def said(result: Result) -> dict[str, dict[str, Any]]:
    """Code -> values without their types, in the order in which they are said."""
    return {
        one.code: {name: value.value for name, value in one.values.items()} for one in result.said
    }


def test_the_answer_comes_first(found: StochasticFrontier) -> None:
    told = said(frontier(ROWS, "Y", ["K", "L"]))
    assert [*told] == [
        *("mean_efficiency", "inefficiency", "likelihood", "skewness", "extremes", "precision")
    ]
    assert told["mean_efficiency"]["share"] == found.fit.mean_efficiency
    assert told["inefficiency"]["count"] == 1
    assert told["inefficiency"]["ratio"] == pytest.approx(
        2 * (found.fit.log_likelihood - found.fit.log_likelihood_without)
    )
    top = found.table.sort("efficiency_share").row(-1, named=True)
    assert told["extremes"]["high"] == top["efficiency_share"]
    year = told["extremes"]["highest"].values["year"].value
    assert (told["extremes"]["highest"].values["unit"].value, year) == (top["unit"], top["year"])


def made_panel() -> pl.DataFrame:
    """Forty units that keep their inefficiency through five years."""
    rng = np.random.default_rng(1)
    unit, x = np.repeat(np.arange(40), 5), rng.normal(size=200)
    y = x - np.abs(rng.normal(size=40))[unit] + 0.2 * rng.normal(size=200)
    return pl.DataFrame({"unit": unit, "year": np.tile(2000 + np.arange(5), 40), "y": y, "x": x})


def test_determinants_are_told() -> None:
    found = frontier(ROWS, "Y", ["K", "L"], distribution="truncated_normal", determinants=["z"])
    told = said(found)
    assert told["more_inefficiency"] == {"determinant": "z"}
    assert "too_often" in told and told["inefficiency"]["count"] == 3
    assert found.tables["parameters"].filter(kind="inefficiency")["term"].to_list() == [
        *("inefficiency: constant", "inefficiency: z")
    ]
    # with one restriction, and in panels, the test keeps its size
    assert "too_often" not in said(frontier(ROWS, "Y", ["K", "L"]))
    kept = said(frontier(made_panel(), "y", ["x"], model="time_decay", log=False))
    assert kept["inefficiency"]["count"] == 2 and "too_often" not in kept


def test_no_inefficiency_is_said_and_gives_no_efficiencies() -> None:
    inverse = ROWS.with_columns((1 / pl.col("Y")).alias("Y"))
    found = frontier(inverse, "Y", ["K", "L"])
    assert found.table["efficiency_share"].null_count() == ROWS.height
    assert set(found.table["reason"]) == {"no_inefficiency"}
    told = said(found)
    assert next(iter(told)) == "state"
    assert told["state"]["reason"] == "codes.reason.no_inefficiency"
    assert told["skewness_wrong"]["side"] == "codes.side.right"
    assert found.charts == ()


def test_a_unit_of_one_row_has_a_reason() -> None:
    rows = ROWS.filter((pl.col("unit") != "省0") | (pl.col("year") == 2000))
    found = frontier(rows, "Y", ["K", "L"], model="true_fixed")
    alone = found.table.filter(pl.col("efficiency_share").is_null())
    assert alone.select("unit", "reason").rows() == [("省0", "one_row")]
    assert said(found)["one_row"] == {"count": 1}


def test_translog_elasticities_are_derivatives() -> None:
    found = fitted_frontier(ROWS, "Y", ["K", "L"], form="translog", trend=True)
    rows = ROWS.sort(KEYS)
    logs, years = rows.select(pl.col("K", "L").log()).to_numpy(), rows["year"].to_numpy()
    slopes = found.fit.estimate[1 : 1 + 9]
    step = 1e-5

    def frontier(shift: np.ndarray) -> np.ndarray:
        # Moved together with their mean, the centred columns would stand still: the mean is held by
        # hand.
        x = np.column_stack([logs, years - 2000.0])
        centred = x - x.mean(axis=0) + np.append(shift, 0)
        pairs = [
            centred[:, 0] * centred[:, 1],
            centred[:, 0] * centred[:, 2],
            centred[:, 1] * centred[:, 2],
        ]
        return np.asarray(np.column_stack([centred, centred**2 / 2, *pairs]) @ slopes)

    for place, name in enumerate(("K", "L")):
        move = step * np.eye(2)[place]
        written_out = (frontier(move) - frontier(-move)) / (2 * step)
        assert found.table[f"elasticity_{name}"].to_list() == pytest.approx(
            written_out.tolist(), abs=1e-8
        )


def test_years_are_a_line_for_each_unit_and_units_are_ranked() -> None:
    charts = frontier(ROWS, "Y", ["K", "L"]).charts
    drawn = [(each.x, each.panel, each.line) for each in charts if isinstance(each, Chart)]
    assert drawn == [("", "", "unit"), ("year", "unit", "")]
    one_year = ROWS.filter(year=2003)
    for rows in (one_year, one_year.drop("year")):
        (chart,) = frontier(rows, "Y", ["K", "L"]).charts
        assert isinstance(chart, Chart) and (chart.x, chart.line) == ("", "unit")


HERE = unit_in_year("省3", 2002).value


def plain(value: Value[Any]) -> Any:
    """What a value holds, of lists each part's."""
    return [part.value for part in value.value] if isinstance(value, List) else value.value


def changed(column: str, value: float | None) -> pl.DataFrame:
    here = (pl.col("unit") == "省3") & (pl.col("year") == 2002)
    return ROWS.with_columns(pl.when(here).then(value).otherwise(pl.col(column)).alias(column))


@pytest.mark.parametrize(
    ("rows", "options", "code", "values"),
    [
        (changed("K", 0.0), {}, "no_logarithm", {"column": "K", "value": 0, "key": HERE}),
        (changed("Y", -2.0), {}, "no_logarithm", {"column": "Y", "value": -2, "key": HERE}),
        (changed("L", None), {}, "no_number", {"column": "L", "count": 1, "key": HERE}),
        (
            changed("z", None),
            {"determinants": ["z"], "distribution": "truncated_normal"},
            "no_number",
            {"column": "z"},
        ),
        (ROWS, {"year": None}, "repeated_key", {"key": ["省0"]}),
        (ROWS.with_columns(L=pl.lit(3.0)), {}, "flat", {"column": "L"}),
        (
            ROWS.with_columns(L=pl.col("K") ** 2),
            {},
            "follows",
            {"column": "L", "columns": ["K"]},
        ),
        (ROWS[:5], {}, "few_rows", {"count": 5, "parameters": 5}),
        (ROWS, {"determinants": ["K"]}, "column_twice", {"column": "K"}),
        (
            ROWS.unique("unit", keep="first"),
            {"year": None, "model": "true_random"},
            "no_years",
            {"model": "true_random"},
        ),
        (ROWS, {"year": None, "trend": True}, "repeated_key", {}),
        (ROWS.unique("unit"), {"year": None, "trend": True}, "no_years_of_trend", {}),
        (
            ROWS.unique("unit", keep="first"),
            {"model": "true_random"},
            "one_row_each",
            {"model": "true_random"},
        ),
        (ROWS.filter(pl.col("year") == 2000), {"trend": True}, "flat", {"column": "t"}),
        (ROWS, {"determinants": ["z"]}, "determinants_of", {"distribution": "half_normal"}),
        (
            ROWS,
            {"model": "true_fixed", "distribution": "truncated_normal"},
            "truncated_effects",
            {},
        ),
        (ROWS, {"model": "time_decay", "distribution": "exponential"}, "exponential_kept", {}),
        (ROWS, {"log": False, "output": "year"}, "column_twice", {}),
    ],
)
def test_bad_input_is_named(
    rows: pl.DataFrame, options: dict[str, Any], code: str, values: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as caught:
        frontier(rows, **{"output": "Y", "inputs": ["K", "L"], "year": "year", **options})
    given = caught.value.values
    assert caught.value.code == code
    assert {name: plain(given[name]) for name in values} == values


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        frontier(ROWS, "Y", ["K", "L"], form="ces")
    assert plain(caught.value.values["choices"]) == ["cobb_douglas", "translog"]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    frontier(ROWS, "Y", ["K", "L"], progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_orthogonal_design_leads_back() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) * [1e-9, 1.0, 1e12]
    made = orthogonal(x)
    assert made.values.T @ made.values / 50 == pytest.approx(np.eye(3), abs=1e-12)
    new = np.array([1.0, -2.0, 0.5])
    assert x @ (made.back @ new) == pytest.approx(made.values @ new, rel=1e-9)
    with_constant = orthogonal(np.column_stack([np.ones(50), x]))
    assert with_constant.values @ with_constant.of(2.5) == pytest.approx(np.full(50, 2.5), rel=1e-9)


def test_cobb_douglas_elasticities_are_its_slopes() -> None:
    form = functional_form(
        np.array([[0.0, 1], [1, 1], [2, 4]]), ["K", "L"], years=np.array([2000, 2001, 2002])
    )
    assert form.names == ("K", "L", "t")
    assert (form.by_input @ np.array([0.3, 0.6, 0.01])).tolist() == [[0.3] * 3, [0.6] * 3]


def test_an_ascent_without_a_top_says_so() -> None:
    def saddle(theta: np.ndarray) -> tuple[float, np.ndarray]:
        return float(theta[0] - theta[1] ** 2), np.array([1.0, -2 * theta[1]])

    top = maximise(saddle, [np.array([0.0, 1.0])], [(-1, 1)] * 2, 1)
    assert top.theta[0] == 1 and not top.is_maximum and np.isnan(top.covariance).all()


@pytest.mark.parametrize(("cost", "sign"), [(False, -1), (True, 1)])
def test_skewness_has_the_sign_of_the_residuals(cost: bool, sign: int) -> None:
    rng = np.random.default_rng(3)
    x, u = rng.normal(size=200), np.abs(rng.normal(size=200))
    right = pl.DataFrame(
        {"unit": range(200), "y": x + sign * u + 0.2 * rng.normal(size=200), "x": x}
    )
    slopes = np.polyfit(right["x"], right["y"], 1)
    skewness = float(stats.skew(right["y"] - np.polyval(slopes, right["x"])))
    assert np.sign(skewness) == sign
    told = said(frontier(right, "y", ["x"], log=False, cost=cost))["skewness"]
    assert told["skewness"] == pytest.approx(skewness, abs=1e-9)
    assert told["statistic"] == pytest.approx(skewness * np.sqrt(200 / 6), abs=1e-9)
    wrong = said(frontier(right, "y", ["x"], log=False, cost=not cost))["skewness_wrong"]
    assert wrong["skewness"] == pytest.approx(skewness, abs=1e-9)
    side, due = ("left", "positive") if sign < 0 else ("right", "negative")
    assert (wrong["side"], wrong["due"]) == (f"codes.side.{side}", f"codes.sign.{due}")


def test_what_a_unit_keeps_is_said_without_a_year() -> None:
    kept = said(frontier(made_panel(), "y", ["x"], model="time_invariant", log=False))
    assert "year" not in kept["extremes"]["highest"].values
    moves = said(frontier(made_panel(), "y", ["x"], model="time_decay", log=False))
    assert moves["extremes"]["highest"].values["year"].value in range(2000, 2005)


def test_the_log_likelihood_is_said_as_other_programs_give_it() -> None:
    rng = np.random.default_rng(5)
    x, u = rng.normal(size=150), np.abs(rng.normal(size=150))
    rows = pl.DataFrame({"unit": range(150), "y": 2 + x - u + 0.2 * rng.normal(size=150), "x": x})
    found = fitted_frontier(rows, "y", ["x"], log=False)
    residual = rows["y"].to_numpy() - found.fit.value("constant") - found.fit.value("x") * x
    sigma = np.sqrt(found.fit.value("sigma2"))
    density = (
        2
        / sigma
        * stats.norm.pdf(residual / sigma)
        * stats.norm.cdf(-residual * found.fit.value("lambda") / sigma)
    )
    rest = rows["y"].to_numpy() - np.polyval(np.polyfit(x, rows["y"], 1), x)
    least_squares = stats.norm.logpdf(rest, scale=rest.std()).sum()
    told = said(frontier(rows, "y", ["x"], log=False))["likelihood"]
    assert told["reached"] == pytest.approx(np.log(density).sum(), abs=1e-6)
    assert told["without"] == pytest.approx(least_squares, abs=1e-6)

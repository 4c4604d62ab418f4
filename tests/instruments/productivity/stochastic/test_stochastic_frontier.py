"""The table's face: rows in and out, words in both languages, a picture, and bad input by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.productivity.stochastic.frontier_design import (
    functional_form,
    orthogonal,
)
from firstlight.instruments.productivity.stochastic.likelihood_ascent import maximise
from firstlight.instruments.productivity.stochastic.stochastic_frontier import (
    StochasticFrontier,
    stochastic_frontier,
)

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
    return stochastic_frontier(ROWS, "Y", ["K", "L"], year="year")


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
    assert set(found.table["reason_en"]) == {""}
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
    other = stochastic_frontier(make[kind](), "Y", ["K", "L"], year="year")
    assert other.table.equals(found.table)
    if kind != "duckdb":
        assert type(other.frame).__module__.split(".")[0] == kind
        assert type(other.parameter_frame) is type(other.frame)


def test_shuffled_rows_give_the_same_bytes(found: StochasticFrontier) -> None:
    shuffled = stochastic_frontier(
        ROWS.sample(fraction=1, shuffle=True, seed=3), "Y", ["K", "L"], year="year"
    )
    assert shuffled.table.equals(found.table) and shuffled.parameters.equals(found.parameters)
    assert shuffled.summary() == found.summary()


def test_extreme_magnitudes(found: StochasticFrontier) -> None:
    moved = ROWS.with_columns(pl.col("Y") * 1e12, pl.col("K") * 1e-9)
    other = stochastic_frontier(moved, "Y", ["K", "L"], year="year")
    assert other.table["efficiency_share"].to_list() == pytest.approx(
        found.table["efficiency_share"].to_list(), abs=1e-7
    )
    assert other.fit.value("L") == pytest.approx(found.fit.value("L"), rel=1e-7)


def test_logs_by_the_user(found: StochasticFrontier) -> None:
    logs = ROWS.with_columns(
        pl.Series(name, np.log(ROWS[name].to_numpy())) for name in ("Y", "K", "L")
    )
    assert (logs["K"] < 0).any()
    other = stochastic_frontier(logs, "Y", ["K", "L"], year="year", log=False)
    assert other.table.equals(found.table)
    assert "without logs" in "".join(english for english, _ in other.conventions)


@pytest.mark.slow
def test_words_in_both_languages(found: StochasticFrontier) -> None:
    english, chinese = found.summary(), found.summary("zh")
    assert re.match(r"On average, output is \d\d\.\d% of what the frontier allows", english)
    assert "statistically there" in english and "显著存在" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines()) >= 5
    assert all(re.search("[一-鿿]", line) for line in chinese.splitlines())
    for model in ("time_decay", "true_random"):
        conventions = stochastic_frontier(
            ROWS, "Y", ["K", "L"], year="year", model=model
        ).conventions
        assert all(english and chinese for english, chinese in conventions)
    with pytest.raises(InputError):
        found.summary("fr")


def test_determinants_are_told() -> None:
    found = stochastic_frontier(
        ROWS, "Y", ["K", "L"], year="year", distribution="truncated_normal", determinants=["z"]
    )
    assert "The higher z, the more inefficiency." in found.summary()
    assert "z 越高，无效率越高" in found.summary("zh")
    assert "says so too often" in found.summary() and "过度拒绝" in found.summary("zh")
    plain = stochastic_frontier(
        ROWS, "Y", ["K", "L"], year="year"
    )  # one restriction: the test keeps its size
    assert plain.fit.p_value < 0.05 and "too often" not in plain.summary()
    rng = np.random.default_rng(1)
    unit, x = np.repeat(np.arange(40), 5), rng.normal(size=200)
    y = x - np.abs(rng.normal(size=40))[unit] + 0.2 * rng.normal(size=200)
    panel = pl.DataFrame({"unit": unit, "year": np.tile(np.arange(5), 40), "y": y, "x": x})
    kept = stochastic_frontier(
        panel, "y", ["x"], year="year", model="time_decay", log=False
    )  # in panels not too often
    assert (
        kept.fit.p_value < 0.05 and kept.fit.restrictions == 2 and "too often" not in kept.summary()
    )
    assert found.parameters.filter(pl.col("kind") == "inefficiency")["term"].to_list() == [
        "inefficiency: constant", "inefficiency: z"
    ]  # fmt: skip


def test_no_inefficiency_is_said_and_gives_no_efficiencies() -> None:
    found = stochastic_frontier(
        ROWS.with_columns((1 / pl.col("Y")).alias("Y")), "Y", ["K", "L"], year="year"
    )
    assert found.fit.state == "no_inefficiency"
    assert found.table["efficiency_share"].null_count() == ROWS.height
    assert (
        set(found.table["reason_en"]) == {found.fit.reason_en} and "wrong side" in found.summary()
    )
    assert "方向错误" in found.summary("zh")
    with pytest.raises(InputError):
        found.plot()


def test_a_unit_of_one_row_has_a_reason() -> None:
    rows = ROWS.filter((pl.col("unit") != "省0") | (pl.col("year") == 2000))
    found = stochastic_frontier(rows, "Y", ["K", "L"], year="year", model="true_fixed")
    alone = found.table.filter(pl.col("efficiency_share").is_null())
    assert (
        alone["unit"].to_list() == ["省0"]
        and "one row" in alone["reason_en"][0]
        and alone["reason_zh"][0]
    )
    assert "1 unit" in found.summary()


def test_translog_elasticities_are_derivatives() -> None:
    found = stochastic_frontier(ROWS, "Y", ["K", "L"], year="year", form="translog", trend=True)
    rows = ROWS.sort(KEYS)
    logs, years = rows.select(pl.col("K", "L").log()).to_numpy(), rows["year"].to_numpy()
    slopes = found.fit.estimate[1 : 1 + 9]
    step = 1e-5

    def frontier(shift: np.ndarray) -> np.ndarray:
        # Moved together with their mean, the centred columns would stand still: the mean is held by hand.
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


@pytest.mark.parametrize(("units", "mark"), [(4, "layer"), (20, "mark")])
def test_a_picture(units: int, mark: str) -> None:
    pytest.importorskip("altair")
    drawn = stochastic_frontier(made_up(units, 12), "Y", ["K", "L"], year="year").plot().to_dict()
    assert mark in drawn
    data = next(iter(drawn["datasets"].values()))
    counted = sum(row["rows_count"] for row in data) if mark == "mark" else len(data)
    assert counted == units * 12


def changed(column: str, value: float | None) -> pl.DataFrame:
    here = (pl.col("unit") == "省3") & (pl.col("year") == 2002)
    return ROWS.with_columns(pl.when(here).then(value).otherwise(pl.col(column)).alias(column))


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (changed("K", 0.0), {}, ["省3", "2002", "'K'", "without a logarithm", "log=False"]),
        (changed("Y", -2.0), {}, ["省3", "2002", "'Y'", "-2"]),
        (changed("L", None), {}, ["省3", "2002", "'L'", "no number"]),
        (
            changed("z", None),
            {"determinants": ["z"], "distribution": "truncated_normal"},
            ["'z'", "no number"],
        ),
        (pl.concat([ROWS, ROWS[5:6]]), {}, ["省0", "2005", "twice"]),
        (ROWS, {"year": None}, ["省0", "twice", "name the column of years"]),
        (ROWS.with_columns(L=pl.lit(3.0)), {}, ["'L'", "does not change"]),
        (ROWS.with_columns(L=pl.col("K") ** 2), {}, ["'L'", "'K'", "follows exactly"]),
        (ROWS[:5], {}, ["5 rows"]),
        (ROWS[:0], {}, ["no rows"]),
        (ROWS, {"determinants": ["K"]}, ["'K' is named twice"]),
        (
            ROWS.unique("unit", keep="first"),
            {"year": None, "model": "true_random"},
            ["year", "true_random"],
        ),
        (ROWS.unique("unit", keep="first"), {"model": "true_random"}, ["one row per unit"]),
        (ROWS.filter(pl.col("year") == 2000), {"trend": True}, ["'t'", "does not change"]),
        (ROWS, {"form": "ces"}, ["cobb_douglas"]),
    ],
)
def test_bad_input_is_named(rows: pl.DataFrame, options: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        stochastic_frontier(rows, "Y", ["K", "L"], **{"year": "year", **options})
    assert [word for word in words if word not in str(caught.value)] == []


def test_progress_is_told() -> None:
    told: list[str] = []
    stochastic_frontier(ROWS, "Y", ["K", "L"], year="year", progress=told.append)
    assert len(told) == 3 and told[0].startswith("ascent 1 of 3")


def test_no_inputs() -> None:
    with pytest.raises(InputError):
        stochastic_frontier(ROWS, "Y", [], year="year")


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
    said = stochastic_frontier(right, "y", ["x"], log=False, cost=cost)
    assert (
        f"as inefficiency makes them ({skewness:.2f}; M3T = {skewness * np.sqrt(200 / 6):.2f}"
        in said.summary()
    )
    assert f"偏度 {skewness:.2f}" in said.summary("zh")
    wrong = stochastic_frontier(right, "y", ["x"], log=False, cost=not cost)
    side, due, due_zh = ("left", "positive", "正") if sign < 0 else ("right", "negative", "负")
    assert (
        f"to the {side}, the wrong side ({skewness:.2f} where inefficiency makes it {due})"
        in wrong.summary()
    )
    assert f"应为{due_zh}" in wrong.summary("zh")


def test_what_a_unit_keeps_is_said_without_a_year() -> None:
    rng = np.random.default_rng(1)
    unit, x = np.repeat(np.arange(40), 5), rng.normal(size=200)
    y = x - np.abs(rng.normal(size=40))[unit] + 0.2 * rng.normal(size=200)
    panel = pl.DataFrame({"unit": unit, "year": np.tile(np.arange(2001, 2006), 40), "y": y, "x": x})
    kept = stochastic_frontier(
        panel, "y", ["x"], year="year", model="time_invariant", log=False
    ).summary()
    assert re.search(r"Highest: unit \d+ \(", kept)
    moves = stochastic_frontier(panel, "y", ["x"], year="year", model="time_decay", log=False)
    assert re.search(r"Highest: unit \d+ in 200\d \(", moves.summary())
    assert re.search(r"最高：单元 \d+（200\d年）（", moves.summary("zh"))


def test_the_log_likelihood_is_said_as_other_programs_give_it() -> None:
    rng = np.random.default_rng(5)
    x, u = rng.normal(size=150), np.abs(rng.normal(size=150))
    rows = pl.DataFrame({"unit": range(150), "y": 2 + x - u + 0.2 * rng.normal(size=150), "x": x})
    found = stochastic_frontier(rows, "y", ["x"], log=False)
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
    said = f"Log likelihood {np.log(density).sum():.3f}; without inefficiency {least_squares:.3f}."
    assert said in found.summary() and f"对数似然 {np.log(density).sum():.3f}" in found.summary(
        "zh"
    )

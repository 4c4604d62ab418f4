"""Border effects: against a dense Poisson regression, planted borders, what must not matter, bad input."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from scipy import optimize, stats

from firstlight.errors import InputError
from firstlight.instruments.places.border_effects import border_effect
from firstlight.instruments.places.poisson_gravity import (
    fitted_gravity,
    jackknifed_gravity,
    poisson_gravity,
)
from firstlight.sample.made_up_prices import made_up_flows

pytest.importorskip("pyfixest", reason="the extra gravity is not installed")


def dense_poisson(rows: pl.DataFrame, regressors: np.ndarray) -> np.ndarray:
    """Maximum likelihood with every dummy written out, by Newton's method."""
    ends = [
        np.unique(rows[name].to_numpy(), return_inverse=True)[1]
        for name in ("origin", "destination")
    ]
    design = np.column_stack(
        [regressors, np.eye(ends[0].max() + 1)[ends[0]], np.eye(ends[1].max() + 1)[ends[1]][:, 1:]]
    )
    flow = rows["x"].to_numpy() / rows["x"].mean()

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        mean = np.exp(design @ b)
        return float(mean.sum() - flow @ (design @ b)), design.T @ (mean - flow)

    def hessian(b: np.ndarray) -> np.ndarray:
        return design.T @ (np.exp(design @ b)[:, None] * design)

    found = optimize.minimize(
        loss,
        np.zeros(design.shape[1]),
        jac=True,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-11},
    )
    return np.asarray(found.x[: regressors.shape[1]])


@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.slow
def test_equals_a_dense_poisson_regression(zeros: float) -> None:
    rows = made_up_flows(1, places=7)
    rng = np.random.default_rng(0)
    none = pl.Series(rng.random(rows.height) < zeros) & (
        pl.Series(rows["origin"]) != rows["destination"]
    )
    rows = rows.with_columns(x=pl.when(none).then(0.0).otherwise(pl.col("x")))
    home = (rows["origin"] == rows["destination"]).cast(pl.Float64).to_numpy()
    both = np.column_stack([home, np.log(rows["km"].to_numpy())])
    found = border_effect(rows, "x", log_covariates=["km"])
    expected = dense_poisson(rows, both)
    assert found.table["border_log"][0] == pytest.approx(expected[0], rel=1e-6)
    assert found.coefficients["coefficient_log"][0] == pytest.approx(expected[1], rel=1e-6)
    alone = border_effect(rows, "x").table["border_log"][0]
    assert alone == pytest.approx(dense_poisson(rows, both[:, :1])[0], rel=1e-6)


@pytest.mark.slow
def test_first_order_conditions_hold() -> None:
    """With Poisson the fitted flows within the border add up to those that are there."""
    rows = made_up_flows(2, places=6)
    home = (rows["origin"] == rows["destination"]).cast(pl.Float64).to_numpy()[:, None]
    gamma = poisson_gravity(
        rows["origin"].to_list(), rows["destination"].to_list(), rows["x"], home
    )[0]
    x = rows["x"].to_numpy().reshape(6, 6)
    weight = np.where(np.eye(6) > 0, np.exp(gamma), 1.0)
    sells, buys = np.ones(6), np.ones(6)
    for _ in range(500):  # iterative proportional fitting of the margins
        sells = x.sum(axis=1) / (weight @ buys)
        buys = x.sum(axis=0) / (weight.T @ sells)
    assert np.trace(sells[:, None] * weight * buys) == pytest.approx(np.trace(x), rel=1e-6)


@pytest.mark.slow
def test_a_planted_border_is_recovered_in_coverage() -> None:
    runs = [
        border_effect(made_up_flows(seed, places=8), "x", log_covariates=["km"]).table.row(
            0, named=True
        )
        for seed in range(24)
    ]
    inside = sum(run["border_ratio_low"] <= 4 <= run["border_ratio_high"] for run in runs)
    logs = np.array([run["border_log"] for run in runs])
    assert 18 <= inside <= 24  # 21.6 expected of a 90% interval
    assert abs(logs.mean() - np.log(4)) < 3 * logs.std(ddof=1) / np.sqrt(24)


def test_no_border_is_no_border() -> None:
    rows = made_up_flows(5, places=10, border=1.0, noise=0.1)
    found = border_effect(rows, "x", log_covariates=["km"], elasticity=4.0).table.row(0, named=True)
    assert found["border_ratio_low"] <= 1 <= found["border_ratio_high"]
    assert found["tariff_equivalent_share"] == pytest.approx(found["border_ratio"] ** 0.25 - 1)


def test_a_border_between_regions_is_a_column() -> None:
    exact = made_up_flows(3, places=8, border=1.0, noise=1e-6)
    west = pl.col("origin").is_in(["p00", "p01", "p02"]) == pl.col("destination").is_in(
        ["p00", "p01", "p02"]
    )
    rows = exact.with_columns(same=west.cast(pl.Int64)).with_columns(
        x=pl.col("x") * pl.when(west).then(3.0).otherwise(1.0)
    )
    found = border_effect(rows, "x", within="same", log_covariates=["km"], interval="clustered")
    assert found.table["border_ratio"][0] == pytest.approx(3.0, rel=1e-4)
    assert found.coefficients["coefficient_log"][0] == pytest.approx(-1.0, rel=1e-4)


@pytest.mark.slow
def test_each_period_is_its_own() -> None:
    parts = [
        made_up_flows(9, places=6, border=b, noise=0.05).with_columns(year=pl.lit(y))
        for y, b in ((2000, 8.0), (2010, 2.0))
    ]
    said: list[str] = []
    found = border_effect(
        pl.concat(parts), "x", period="year", log_covariates=["km"], progress=said.append
    )
    assert found.table["period"].to_list() == [2000, 2010]
    assert found.table["border_ratio"][0] > 2 * found.table["border_ratio"][1]
    alone = border_effect(parts[1], "x", log_covariates=["km"])
    assert alone.table["border_log"][0] == found.table["border_log"][1]
    assert said[0] == "Poisson gravity, 2000" and said[7:9] == [
        "Poisson gravity, 2010",
        "Poisson gravity, 2010, jackknife: 1 of 6 places left out",
    ]
    assert (
        "In 2010: flows within the border are" in found.summary()
        and "2010期：" in found.summary("zh")
    )


@pytest.mark.slow
def test_money_sizes_and_order_do_not_matter() -> None:
    rows = made_up_flows(4, places=6)
    one = border_effect(rows, "x", log_covariates=["km"])
    again = border_effect(
        rows.sample(fraction=1, shuffle=True, seed=1).to_pandas(), "x", log_covariates=["km"]
    )
    assert again.table.equals(one.table) and again.summary("zh") == one.summary("zh")
    for money in (1e-9, 1e12):
        size = pl.col("origin").str.slice(1).cast(pl.Float64) + 1  # what a place sells altogether
        other = border_effect(
            rows.with_columns(x=pl.col("x") * money * size),
            "x",
            log_covariates=["km"],
            interval="clustered",
        )
        metres = border_effect(
            rows.with_columns(km=pl.col("km") * 1000, x=pl.col("x") * money),
            "x",
            log_covariates=["km"],
        )
        assert metres.table["border_log_low"][0] == pytest.approx(
            one.table["border_log_low"][0], rel=1e-5
        )
        assert np.isfinite(other.table["border_log"][0])
        exact = made_up_flows(4, places=6, noise=1e-6)
        sized = border_effect(
            exact.with_columns(x=pl.col("x") * money * size),
            "x",
            log_covariates=["km"],
            interval="clustered",
        )
        assert sized.table["border_ratio"][0] == pytest.approx(4.0, rel=1e-4)


@pytest.mark.slow
def test_two_processes_write_the_same_bytes() -> None:
    code = (
        "from firstlight.instruments.places.border_effects import border_effect\n"
        "from firstlight.sample.made_up_prices import made_up_flows\n"
        "for how in ('jackknife', 'clustered'):\n"
        "    print(border_effect(made_up_flows(0), 'x', log_covariates=['km'], interval=how).table.rows())"
    )
    seeds = next(
        ([a, b] for a in "0123" for b in "4567" if _order("od", a) != _order("od", b)), ["0", "4"]
    )
    found = {_told(code, seed) for seed in seeds}
    assert len(found) == 1


def _told(code: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    run = [sys.executable, "-c", code]
    return subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout


def _order(letters: str, hash_seed: str) -> str:
    """In which order a set holds letters, in a process of that seed."""
    return _told(f"print(*set({letters!r}))", hash_seed)


def test_what_is_not_used_is_named() -> None:
    rows = made_up_flows(6, places=6)
    empty = (pl.col("origin") == "p01") & (pl.col("destination") == "p02")
    gaps = rows.with_columns(
        x=pl.when(empty).then(None).when(pl.col("origin") == "p05").then(0.0).otherwise(pl.col("x"))
    )
    found = border_effect(gaps, "x")
    assert found.left_out.height == 1 + 6
    assert found.table["flows_count"][0] == 29
    assert (
        "7 rows are not used, such as p01 → p02: the flow or a covariate is missing"
        in found.summary()
    )
    same = border_effect(gaps.filter(~empty & (pl.col("origin") != "p05")), "x")
    assert same.table["border_log"][0] == found.table["border_log"][0]


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (pl.col("origin") == pl.col("destination"), "no flow across the border"),
        (pl.col("origin") != pl.col("destination"), "no flow within the border"),
        (
            pl.col("origin").is_in(["p00", "p01"]) & pl.col("destination").is_in(["p00", "p01"]),
            "fewer than three places",
        ),
    ],
)
def test_what_can_not_be_estimated_says_why(keep: pl.Expr, words: str) -> None:
    found = border_effect(made_up_flows(1, places=4).filter(keep), "x")
    assert found.table["border_ratio"].to_list() == [None]
    assert words in found.table["reason_en"][0] and words in found.summary()
    zero = border_effect(
        made_up_flows(1, places=4).with_columns(x=pl.when(keep).then("x").otherwise(0.0)), "x"
    )
    assert zero.table["border_ratio"].to_list() == [None]


def test_three_places_have_an_estimate_without_interval() -> None:
    found = border_effect(made_up_flows(1, places=3), "x").table
    assert found["border_ratio"][0] > 0 and found["border_ratio_low"][0] is None
    assert found["reason_zh"][0] == "地区过少或剔除某地后无法估计，无区间"


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"x": -pl.col("x")}, {}, "negative flow"),
        ({"origin": pl.lit("p00")}, {}, "stands twice"),
        ({"km": pl.lit(0.0)}, {"log_covariates": ["km"]}, "km is 0"),
        ({"km": pl.lit(5.0)}, {"covariates": ["km"]}, "a mix of the places"),
        (
            {"km": (pl.col("origin") == pl.col("destination")).cast(pl.Float64)},
            {"covariates": ["km"]},
            "a mix of the places",
        ),
        (
            {"km": pl.col("origin").str.slice(1).cast(pl.Float64)},
            {"covariates": ["km"]},
            "a mix of the places",
        ),
        ({}, {"within": "km"}, "km is "),
        ({}, {"interval": "guess"}, "guess"),
        ({}, {"elasticity": 0.0}, "elasticity 0"),
        ({}, {"covariates": ["money"]}, "money"),
        ({"t": pl.lit(2000.5)}, {"period": "t"}, "no whole period"),
    ],
)
def test_bad_input_is_refused_in_words(
    change: dict[str, pl.Expr], options: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        border_effect(made_up_flows(0, places=5).with_columns(**change), "x", **options)  # type: ignore[arg-type]


def test_without_pyfixest_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("pyfixest")
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(InputError, match="gravity"):
        border_effect(made_up_flows(0, places=5), "x")


def test_it_draws() -> None:
    assert (
        border_effect(made_up_flows(0, places=4), "x", interval="clustered")
        .plot()
        .to_dict()["mark"]["type"]
        == "point"
    )


@pytest.mark.slow
def test_an_interval_around_1_is_no_border() -> None:
    of = {
        border: border_effect(made_up_flows(3, border=border), "x", log_covariates=["km"])
        for border in (1.0, 6.0)
    }
    assert ": no clear border." in of[1.0].summary() and "边界不明显" in of[1.0].summary("zh")
    assert "all else equal." in of[6.0].summary() and "边界不明显" not in of[6.0].summary("zh")


def test_intervals_are_of_student_s_t_with_one_less_than_the_places() -> None:
    o, d = np.repeat(list("abcdef"), 6), np.tile(list("abcdef"), 6)
    x = np.random.default_rng(3).gamma(2, 1, 36) + 3.0 * (o == d)
    known = (o != "f") | (d == "a")  # f sends to one place alone
    rows = pl.DataFrame({"origin": o, "destination": d, "x": x}).filter(pl.Series(known))
    z = (rows["origin"] == rows["destination"]).cast(pl.Float64).to_numpy()[:, None]
    ends = rows["origin"].to_numpy(), rows["destination"].to_numpy(), rows["x"].to_numpy(), z
    for interval, (found, error) in (
        ("clustered", fitted_gravity(*ends, clustered=True)),
        ("jackknife", jackknifed_gravity(*ends)[:2]),
    ):
        row = border_effect(rows, "x", interval=interval, level=0.8).table.row(0, named=True)
        reach = stats.t.ppf(0.9, 5) * error[0]
        assert [row["border_log_low"], row["border_log_high"]] == pytest.approx(
            [found[0] - reach, found[0] + reach]
        )


def test_a_border_with_fewer_senders_than_receivers_counts_the_fewer() -> None:
    o, d = np.repeat(list("abcd"), 6), np.tile(list("abcdef"), 4)
    x = np.random.default_rng(4).gamma(2, 1, 24) + 3.0 * (o == d)
    rows = pl.DataFrame({"origin": o, "destination": d, "x": x})
    found, error = fitted_gravity(o, d, x, (o == d)[:, None].astype(float), clustered=True)
    row = border_effect(rows, "x", interval="clustered", level=0.8).table.row(0, named=True)
    assert row["border_log_high"] == pytest.approx(found[0] + stats.t.ppf(0.9, 3) * error[0])

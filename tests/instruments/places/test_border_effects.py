"""Border effects: against a dense Poisson regression, planted borders, what must not matter, bad
input."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import made_up_flows
from scipy import optimize, stats

from firstlight.errors import InputError
from firstlight.instruments.places.poisson_gravity import (
    fitted_gravity,
    jackknifed_gravity,
    poisson_gravity,
)
from firstlight.places import border
from firstlight.result import Result
from firstlight.texts import Code, Count, List, Name, Year, message

pytest.importorskip("pyfixest", reason="the extra gravity is not installed")


def measured(rows: pl.DataFrame, **options: Any) -> Result:
    """With the flows in x; kilometres are a distance where that is asked for."""
    return border(rows, flow="x", **options)


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
    found = measured(rows, distance="km")
    expected = dense_poisson(rows, both)
    assert found.table["border_log"][0] == pytest.approx(expected[0], rel=1e-6)
    assert found.tables["border_coefficients"]["coefficient"][0] == pytest.approx(
        expected[1], rel=1e-6
    )
    alone = measured(rows).table["border_log"][0]
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
        measured(made_up_flows(seed, places=8), distance="km").table.row(0, named=True)
        for seed in range(24)
    ]
    inside = sum(run["border_ratio_low"] <= 4 <= run["border_ratio_high"] for run in runs)
    logs = np.array([run["border_log"] for run in runs])
    assert 18 <= inside <= 24  # 21.6 expected of a 90% interval
    assert abs(logs.mean() - np.log(4)) < 3 * logs.std(ddof=1) / np.sqrt(24)


def test_no_border_is_no_border() -> None:
    rows = made_up_flows(5, places=10, border=1.0, noise=0.1)
    found = measured(rows, distance="km", elasticity=4.0).table.row(0, named=True)
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
    found = measured(rows, within="same", distance="km", interval="clustered")
    assert found.table["border_ratio"][0] == pytest.approx(3.0, rel=1e-4)
    assert found.tables["border_coefficients"]["coefficient"][0] == pytest.approx(-1.0, rel=1e-4)


@pytest.mark.slow
def test_each_period_is_its_own() -> None:
    parts = [
        made_up_flows(9, places=6, border=b, noise=0.05).with_columns(year=pl.lit(y))
        for y, b in ((2000, 8.0), (2010, 2.0))
    ]
    told: list[tuple[int, int]] = []
    found = measured(
        pl.concat(parts), distance="km", progress=lambda done, of: told.append((done, of))
    )
    assert found.table["year"].to_list() == [2000, 2010]
    assert found.table["border_ratio"][0] > 2 * found.table["border_ratio"][1]
    alone = measured(parts[1], distance="km")
    assert alone.table["border_log"][0] == found.table["border_log"][1]
    assert told == [(done, 12) for done in range(1, 13)]
    assert [given.code for given in found.said] == ["interval_in", "interval_in"]
    assert [given.values["year"] for given in found.said] == [Year(2010), Year(2000)]
    assert [chart.x for chart in found.charts] == ["year"]


@pytest.mark.slow
def test_money_sizes_and_order_do_not_matter() -> None:
    rows = made_up_flows(4, places=6)
    one = measured(rows, distance="km")
    again = measured(rows.sample(fraction=1, shuffle=True, seed=1).to_pandas(), distance="km")
    assert again.table.equals(one.table) and again.said == one.said
    for money in (1e-9, 1e12):
        size = pl.col("origin").str.slice(1).cast(pl.Float64) + 1  # what a place sells altogether
        other = measured(
            rows.with_columns(x=pl.col("x") * money * size),
            distance="km",
            interval="clustered",
        )
        metres = measured(
            rows.with_columns(km=pl.col("km") * 1000, x=pl.col("x") * money),
            distance="km",
        )
        assert metres.table["border_log_low"][0] == pytest.approx(
            one.table["border_log_low"][0], rel=1e-5
        )
        assert np.isfinite(other.table["border_log"][0])
        exact = made_up_flows(4, places=6, noise=1e-6)
        sized = measured(
            exact.with_columns(x=pl.col("x") * money * size),
            distance="km",
            interval="clustered",
        )
        assert sized.table["border_ratio"][0] == pytest.approx(4.0, rel=1e-4)


@pytest.mark.slow
def test_two_processes_write_the_same_bytes() -> None:
    code = (
        "from firstlight.places import border\n"
        "from benchmarks.planted.prices import made_up_flows\n"
        "for how in ('jackknife', 'clustered'):\n"
        "    found = border(made_up_flows(0), flow='x', distance='km', interval=how)\n"
        "    print(found.table.rows())"
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
    found = measured(gaps)
    assert found.tables["left_out"].height == 1 + 6
    assert found.table["flows_count"][0] == 29
    ends = {"origin": Name("p01"), "destination": Name("p02")}
    reason = Code("codes.reason.number_missing")
    assert found.said[-1] == message("left_out", count=Count(7), reason=reason, **ends)
    same = measured(gaps.filter(~empty & (pl.col("origin") != "p05")))
    assert same.table["border_log"][0] == found.table["border_log"][0]


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (pl.col("origin") == pl.col("destination"), "no_flow_across"),
        (pl.col("origin") != pl.col("destination"), "no_flow_within"),
        (
            pl.col("origin").is_in(["p00", "p01"]) & pl.col("destination").is_in(["p00", "p01"]),
            "few_places",
        ),
    ],
)
def test_what_can_not_be_estimated_says_why(keep: pl.Expr, reason: str) -> None:
    found = measured(made_up_flows(1, places=4).filter(keep))
    assert found.table["border_ratio"].to_list() == [None]
    assert found.table["reason"].to_list() == [reason]
    assert found.said[0] == message("none", reasons=List((Code(f"codes.reason.{reason}"),)))
    zero = measured(
        made_up_flows(1, places=4).with_columns(x=pl.when(keep).then("x").otherwise(0.0))
    )
    assert zero.table["border_ratio"].to_list() == [None]


def test_three_places_have_an_estimate_without_interval() -> None:
    found = measured(made_up_flows(1, places=3))
    assert found.table["border_ratio"][0] > 0 and found.table["border_ratio_low"][0] is None
    assert found.table["reason"].to_list() == ["no_interval"]
    assert [given.code for given in found.said] == ["ratio"]
    assert found.said[0].values["reason"] == Code("codes.reason.no_interval")


def few_across(*pairs: str, little: float = 0.0) -> pl.DataFrame:
    """Six places that mostly keep to themselves: across, these pairs trade, and no others."""
    rng = np.random.default_rng(1)
    rows = [
        (o, d, 100 * rng.lognormal(0, 0.5) if o == d else max(little, float(o + d in pairs)))
        for o in "abcdef"
        for d in "abcdef"
    ]
    return pl.DataFrame(rows, ["origin", "destination", "x"], orient="row")


@pytest.mark.parametrize("interval", ["jackknife", "clustered"])
def test_an_effect_without_end_is_no_estimate(interval: Any) -> None:
    """Each pair trades one way alone: the smaller the flows that are 0, the greater the effect."""
    found = measured(few_across("ab", "cd"), interval=interval)
    assert found.table.select("border_ratio", "reason").rows() == [(None, "separated")]
    assert found.said[0] == message("none", reasons=List((Code("codes.reason.separated"),)))
    grows = [few_across("ab", "cd", little=little) for little in (1e-1, 1e-2, 1e-3)]
    home = (grows[0]["origin"] == grows[0]["destination"]).cast(pl.Float64).to_numpy()
    assert np.diff([dense_poisson(rows, home[:, None])[0] for rows in grows]).min() > 1


def test_an_effect_that_hangs_on_one_place_has_no_interval_and_says_so() -> None:
    rows = few_across("ab", "cd", "dc")
    found = measured(rows)
    assert found.table["border_ratio"][0] > 1 and found.table["border_ratio_low"][0] is None
    assert found.table["reason"].to_list() == ["near_separation"]
    assert found.said[0].values["reason"] == Code("codes.reason.near_separation")
    without_d = rows.filter(pl.col("origin") != "d", pl.col("destination") != "d")
    assert measured(without_d).table["reason"].to_list() == ["separated"]


HOME = (pl.col("origin") == pl.col("destination")).cast(pl.Float64)


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"km": pl.lit(0.0)}, {"distance": "km"}, "value_too_low"),
        ({"km": -pl.col("km")}, {"log_covariates": ["km"]}, "value_too_low"),
        ({"km": pl.lit(5.0)}, {"covariates": ["km"]}, "mixed_regressor"),
        ({"km": HOME}, {"covariates": ["km"]}, "mixed_regressor"),
        (
            {"km": pl.col("origin").str.slice(1).cast(pl.Float64)},
            {"covariates": ["km"]},
            "mixed_regressor",
        ),
        ({}, {"within": "km"}, "no_choice"),
        ({}, {"elasticity": 0.0}, "not_between"),
        ({}, {"covariates": ["money"]}, "no_column"),
    ],
)
def test_bad_input_is_refused(
    change: dict[str, pl.Expr], options: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as error:
        measured(made_up_flows(0, places=5).with_columns(**change), **options)
    assert error.value.code == code


def test_further_columns_are_held_equal_in_the_order_in_which_they_are_told() -> None:
    """A column that already is a logarithm, or one whose logarithm is taken, is the same as a
    distance."""
    rows = made_up_flows(0, places=5).with_columns(
        log_km=pl.col("km").log(), size=pl.int_range(pl.len()).cast(pl.Float64) % 7
    )
    how = {"interval": "clustered"}
    alone = measured(rows, distance="km", **how)
    for options in ({"covariates": ["log_km"]}, {"log_covariates": ["km"]}):
        found = measured(rows, **how, **options)
        assert found.table["border_log"][0] == pytest.approx(alone.table["border_log"][0])
    both = measured(rows, distance="km", covariates=["size"], **how)
    told = both.tables["border_coefficients"]
    assert told.select("covariate", "is_log").rows() == [("size", False), ("km", True)]
    shuffled = rows.sample(fraction=1, shuffle=True, seed=3)
    other = measured(shuffled, distance="km", covariates=["size"], **how)
    assert other.tables["border_coefficients"].equals(told)


def test_without_pyfixest_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("pyfixest")
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(InputError) as error:
        measured(made_up_flows(0, places=5))
    assert error.value.code == "needs_extra"


@pytest.mark.slow
def test_an_interval_around_1_is_no_border() -> None:
    of = {
        true_border: measured(made_up_flows(3, border=true_border), distance="km")
        for true_border in (1.0, 6.0)
    }
    for true_border, verdict in ((1.0, "unclear"), (6.0, "border")):
        said = of[true_border].said[0]
        assert said.code == "interval"
        assert said.values["verdict"] == Code(f"codes.verdict.{verdict}")


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
        row = measured(rows, interval=interval, level=0.8).table.row(0, named=True)
        reach = stats.t.ppf(0.9, 5) * error[0]
        assert [row["border_log_low"], row["border_log_high"]] == pytest.approx(
            [found[0] - reach, found[0] + reach]
        )


def test_a_border_with_fewer_senders_than_receivers_counts_the_fewer() -> None:
    o, d = np.repeat(list("abcd"), 6), np.tile(list("abcdef"), 4)
    x = np.random.default_rng(4).gamma(2, 1, 24) + 3.0 * (o == d)
    rows = pl.DataFrame({"origin": o, "destination": d, "x": x})
    found, error = fitted_gravity(o, d, x, (o == d)[:, None].astype(float), clustered=True)
    row = measured(rows, interval="clustered", level=0.8).table.row(0, named=True)
    assert row["border_log_high"] == pytest.approx(found[0] + stats.t.ppf(0.9, 3) * error[0])

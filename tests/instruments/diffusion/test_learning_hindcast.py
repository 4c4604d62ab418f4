"""The hindcast of cost: no leakage, planted noise found again, coverage as it should be, every face
and fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from planted_samples import LEARNERS
from planted_samples import costs as planted_costs
from polars.testing import assert_frame_equal

from firstlight.diffusion import learning
from firstlight.errors import InputError
from firstlight.instruments.diffusion.cost_learning.calibration import (
    calibration,
    probability_integral,
)
from firstlight.instruments.diffusion.cost_learning.cost_learning import LEARNING
from firstlight.instruments.diffusion.cost_learning.cost_record import (
    hindcast_errors,
    match_theta,
    squared_scale,
    theta_by_year,
)
from firstlight.instruments.diffusion.cost_learning.technologies import cost_series
from firstlight.result import Result
from firstlight.texts import Code, Count, Number, Value

Array = np.ndarray


def planted(
    seed: int, technologies: int, years: int, theta: float, first: int = 1950
) -> pl.DataFrame:
    """Costs of technologies that follow the model: drifts -.2 to 0, volatilities .05 to .3,
    correlated noise."""
    random = np.random.default_rng(seed)
    parts = []
    for i in range(technologies):
        noise = random.standard_normal(years + 1)
        step = random.uniform(-0.2, 0) + random.uniform(0.05, 0.3) * (
            noise[1:] + theta * noise[:-1]
        ) / np.sqrt(1 + theta**2)
        cost = 100 * np.exp(np.cumsum(step))
        parts.append(
            pl.DataFrame(
                {"technology": f"t{i:03d}", "year": np.arange(first, first + years), "cost": cost}
            )
        )
    return pl.concat(parts)


def series(costs: pl.DataFrame) -> dict[str, tuple[Array, Array]]:
    """Technology -> years, costs."""
    return {
        str(n): (g["year"].to_numpy(), g["cost"].to_numpy())
        for (n,), g in costs.group_by("technology")
    }


def said(found: Result) -> dict[str, Mapping[str, Value[Any]]]:
    """Code -> values of every message."""
    return {given.code: given.values for given in found.said}


def test_every_possible_forecast_is_made() -> None:
    t, m = 17, 5
    errors = hindcast_errors(series(planted(0, 3, t, 0)), horizons=100)
    assert errors.height == 3 * (t - m - 1) * (t - m) / 2  # Farmer and Lafond (2016), footnote 20
    assert errors["changes_count"].unique().to_list() == [m]


def test_an_error_by_hand() -> None:
    costs = [8.0, 6, 5, 4.5, 3, 2.5, 2.8]
    row = hindcast_errors({"a": (range(7), costs)}).row(0, named=True)
    y = np.log(costs)
    assert row["error"] == pytest.approx(y[6] - (y[5] + (y[5] - y[0]) / 5))
    assert row["volatility"] == pytest.approx(np.diff(y[:6]).std(ddof=1))
    assert row["no_change_error"] == pytest.approx(y[6] - y[5])
    assert row["no_change_scale"] == pytest.approx(np.sqrt((np.diff(y[:6]) ** 2).mean()))
    slope, level = np.polyfit(np.arange(6), y[:6], 1)
    assert row["trend_error"] == pytest.approx(y[6] - (level + 6 * slope))
    spread = ((y[:6] - level - slope * np.arange(6)) ** 2).sum() / 4
    assert row["trend_scale"] == pytest.approx(
        np.sqrt(spread * (1 + 1 / 6 + (6 - 2.5) ** 2 / 17.5))
    )


@pytest.mark.parametrize("theta", [0.0, 0.4, 0.8])
@pytest.mark.slow
def test_planted_noise_is_found_again(theta: float) -> None:
    found = [
        match_theta(hindcast_errors(series(planted(seed, 80, 30, theta)), window=10, horizons=8))
        for seed in range(3)
    ]
    assert np.mean(found) == pytest.approx(theta, abs=0.15)


@pytest.mark.slow
def test_bands_hold_on_planted_costs_and_the_baselines_do_not() -> None:
    errors = hindcast_errors(series(planted(7, 120, 30, 0.5)), window=None, horizons=10)
    drift = calibration(errors, "drift", squared_scale(errors, 0.5), repeats=200).row(0, named=True)
    for level in (80, 90, 95):
        assert drift[f"coverage_{level}"] == pytest.approx(level / 100, abs=0.02)
        assert drift[f"coverage_{level}_low"] < level / 100 + 0.005
        assert drift[f"coverage_{level}_high"] > level / 100 - 0.005
    naive = {
        method: calibration(errors, method, repeats=200).row(0, named=True)
        for method in ("no_change", "trend")
    }
    assert all(row["coverage_80"] < 0.75 for row in naive.values())
    assert drift["rmse_ratio_high"] < 1
    assert naive["no_change"]["rmse_ratio"] == pytest.approx(1)
    shares = probability_integral(errors, "drift", squared_scale(errors, 0.5))["outcomes_share"]
    assert shares.to_numpy() == pytest.approx(np.full(10, 0.1), abs=0.02)
    wrong = calibration(errors, "drift", squared_scale(errors, 0.0), repeats=200).row(0, named=True)
    assert wrong["coverage_80_high"] < 0.8  # an injected fault: noise taken to be independent


def test_nothing_that_is_known_later_changes_an_earlier_forecast() -> None:
    costs = planted(3, 15, 30, 0.5)
    later = costs.with_columns(
        pl.when(pl.col("year") > 1968)
        .then(pl.col("cost") * pl.col("year"))
        .otherwise(pl.col("cost"))
    )
    before, after = (hindcast_errors(series(each), window=5) for each in (costs, later))
    known = [
        "technology",
        "origin_year",
        "horizon",
        "volatility",
        "p_value",
        "no_change_scale",
        "trend_scale",
    ]
    one, two = (
        each.filter(pl.col("origin_year") <= 1968).select(known) for each in (before, after)
    )
    assert_frame_equal(one, two)
    assert not before.equals(after)
    first, second = theta_by_year(before), theta_by_year(after)
    assert [first[year] for year in range(1956, 1969)] == [
        second[year] for year in range(1956, 1969)
    ]
    assert first != second


@pytest.mark.slow
def test_the_result_hangs_neither_on_the_order_of_rows_nor_on_the_unit_of_cost() -> None:
    costs = planted(4, 12, 20, 0.3)
    one = learning(costs)
    shuffled = costs.sample(fraction=1, shuffle=True, seed=1)
    other = learning(shuffled)
    for name, table in one.tables.items():
        assert_frame_equal(table, other.tables[name], check_exact=True)
    scaled = learning(costs.with_columns(pl.col("cost") * 1000)).tables
    assert_frame_equal(scaled["hindcast"], one.tables["hindcast"])
    assert scaled["forecast"]["cost_q50"].to_numpy() == pytest.approx(
        1000 * one.tables["forecast"]["cost_q50"].to_numpy()
    )


@pytest.mark.slow
def test_theta_is_matched_in_a_large_panel_and_published_in_a_small_one() -> None:
    large, small = learning(planted(5, 12, 20, 0.3)), learning(planted(5, 3, 20, 0.3))
    assert said(large)["noise"]["source"] == Code("codes.theta.matched")
    noise = {"theta": Number(0.63), "source": Code("codes.theta.published")}
    assert said(small)["noise"] == noise
    record = small.tables["record"]
    assert record["coverage_80_low"].null_count() == record.height
    for theta in (0.1, 0, 1):
        noise = {"theta": Number(theta), "source": Code("codes.theta.given")}
        assert said(learning(planted(5, 3, 20, 0.3), theta=theta))["noise"] == noise


@pytest.mark.slow
def test_the_reader_is_warned_where_bands_were_too_narrow() -> None:
    random = np.random.default_rng(2)
    # Costs that fall by a steady share for sixteen years and stop: nothing in the first years tells
    # of the end.
    step = np.repeat([-0.3, 0.0], [16, 10]) + random.normal(0, 0.01, 26)
    stops = pl.DataFrame(
        {"technology": "stops", "year": np.arange(1950, 1976), "cost": np.exp(np.cumsum(step))}
    )
    assert "narrow" in said(learning(stops))
    assert "narrow" not in said(learning(planted(4, 12, 20, 0.3)))


@pytest.mark.parametrize("points", [3, 4, 5, 6, 7])
def test_short_series_are_told_as_far_as_they_go(points: int) -> None:
    found = learning(planted(3, 1, points, 0.0))
    assert found.table["mu"].is_not_null().all()
    assert (found.tables["forecast"].height > 0) == (points >= 5)
    assert found.tables["record"]["forecasts_count"].max() == (1 if points == 7 else 0)
    assert ("no_record" in said(found)) == (points < 7)
    assert said(found)["read"]["count"] == Count(points)


def test_a_window_without_noise_is_counted_as_unscored() -> None:
    cost = [8.0] * 7 + [7, 6.5, 6, 5.8, 5, 4.9, 4.1]
    flat = pl.DataFrame({"technology": "flat", "year": range(2000, 2014), "cost": cost})
    errors = hindcast_errors(series(flat))
    drift = calibration(errors, "drift", squared_scale(errors, 0.63)).row(0, named=True)
    record = learning(flat).tables["record"].filter(fitted="window", scope="all")
    counts = dict(record.select("method", "forecasts_count").iter_rows())
    assert drift["unscored_count"] == 15  # from 2005 and 2006
    assert counts == dict.fromkeys(("drift", "no_change", "trend"), drift["forecasts_count"])
    assert drift["forecasts_count"] == 21


def test_every_kind_of_frame_comes_back_as_it_came() -> None:
    costs = planted(6, 2, 12, 0.3)
    expected = learning(costs).table
    assert isinstance(learning(costs.to_pandas()).frame, pd.DataFrame)
    assert learning(costs.to_arrow()).frame.equals(expected.to_arrow())
    connection = duckdb.connect()
    connection.register("given", costs.to_arrow())
    assert_frame_equal(learning(connection.table("given")).frame.pl(), expected)
    assert isinstance(learning(costs.lazy()).frame, pl.DataFrame)


def test_what_cannot_be_computed_keeps_its_row_and_reason() -> None:
    good = planted(9, 1, 12, 0).with_columns(stock=pl.col("year") - 1949.0)
    years = list(range(2000, 2008))
    rows = {
        "short": (years[:2], [8.0, 7]),
        "still": (years, [3.0] * 8),
        "steady": (years, [2.0**-i for i in range(8)]),
        "falling": (years, [8.0, 7, 6.5, 5, 4, 3, 2, 1]),
        "gaps": ([2000, 2001, 2004, 2005, 2009, 2010], [8.0, 7, 6, 5, 4.5, 3]),
        "four": (years[:4], [8.0, 7, 6, 4]),
    }
    parts = [good]
    for name, (at, costs) in rows.items():
        stock = [float(i + 1) for i in range(len(at))]
        if name == "falling":
            stock[3] = 1.0
        parts.append(pl.DataFrame({"technology": name, "year": at, "cost": costs, "stock": stock}))
    missing = pl.DataFrame({"technology": "gaps", "year": [2002], "cost": [None], "stock": [3.0]})
    types = (pl.col("year").cast(pl.Int64), pl.col("cost").cast(pl.Float64))
    found = learning(pl.concat([*parts, missing.with_columns(types)]), cumulative="stock")
    told = {row["technology"]: row for row in found.table.iter_rows(named=True)}
    assert len(told) == 7
    assert told["short"]["reason"] == "few_points"
    assert told["still"]["reason"] == told["still"]["forecast_reason"] == "never_changes"
    assert told["falling"]["reason"] is None
    assert told["falling"]["production_reason"] == "production_falls"
    assert told["falling"]["learning_rate_share"] is None
    assert told["falling"]["mu"] < 0
    assert told["steady"]["forecast_reason"] == "no_noise"
    assert told["four"]["forecast_reason"] == "few_points_for_band"
    assert (
        told["gaps"]["missing_count"],
        told["gaps"]["gap_years_count"],
        told["gaps"]["theta"],
    ) == (1, 5, None)
    forecast = set(found.tables["forecast"]["technology"])
    assert forecast == {"t000", "falling", "gaps"}
    assert all(told[name]["forecast_reason"] is None for name in forecast)
    assert all((row["reason"] is None) == (row["mu"] is not None) for row in told.values())
    assert said(found)["left_out"]["count"] == Count(2)


@pytest.mark.parametrize(
    ("stock", "reason"),
    [([1.0, 2, None, 4, 5], "no_production"), ([2.0] * 5, "production_never_changes")],
)
def test_why_there_is_no_learning_rate(stock: list[float | None], reason: str) -> None:
    rows = {"technology": "a", "year": range(5), "cost": [9.0, 8, 6, 5, 3], "cumulative": stock}
    assert cost_series(pl.DataFrame(rows))[0].production_reason == reason


def test_the_sample_is_the_planted_one_and_its_truth_is_found() -> None:
    sample = LEARNING.sample_call()["frame"]
    planted_panel = planted_costs()
    assert sample.cast(dict(planted_panel.schema)).equals(planted_panel)  # type: ignore[arg-type]
    found = learning(sample, level=0.99).table
    for technology, (_, rate, _) in LEARNERS.items():
        row = found.row(by_predicate=pl.col("technology") == technology, named=True)
        assert row["learning_rate_low"] <= rate <= row["learning_rate_high"]
        assert row["is_significant"] == (rate > 0)


GOOD = planted(1, 1, 12, 0)


@pytest.mark.parametrize(
    ("call", "code", "where"),
    [
        (lambda: learning(GOOD.head(2)), "nothing_computed", "technology, year, cost"),
        (lambda: hindcast_errors(series(GOOD), window=3), "out_of_bounds", "window"),
        (lambda: hindcast_errors({"a": ([1, 2, 3], [1, 0, 2])}), "no_cost", "a: position 1"),
        (lambda: calibration(hindcast_errors(series(GOOD)), "drift"), "needs", "drift"),
        (lambda: calibration(hindcast_errors(series(GOOD)), "guess"), "no_choice", "method"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.where) == (code, where)

"""The hindcast of cost: no leakage, planted noise found again, coverage as it should be, every face and fault."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from firstlight.errors import InputError
from firstlight.instruments.diffusion.learning import learning
from firstlight.instruments.diffusion.learning_calibration import calibration, probability_integral
from firstlight.instruments.diffusion.learning_hindcast import (
    hindcast_errors,
    match_theta,
    squared_scale,
    theta_by_year,
)

Array = np.ndarray


def planted(
    seed: int, technologies: int, years: int, theta: float, first: int = 1950
) -> pl.DataFrame:
    """Costs of technologies that follow the model: drifts -.2 to 0, volatilities .05 to .3, correlated noise."""
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
    for name in ("technologies", "forecast", "hindcast", "distribution", "sentences"):
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    scaled = learning(costs.with_columns(pl.col("cost") * 1000))
    assert_frame_equal(scaled.hindcast, one.hindcast)
    assert scaled.forecast["cost_q50"].to_numpy() == pytest.approx(
        1000 * one.forecast["cost_q50"].to_numpy()
    )


@pytest.mark.slow
def test_theta_is_matched_in_a_large_panel_and_published_in_a_small_one() -> None:
    large, small = learning(planted(5, 12, 20, 0.3)), learning(planted(5, 3, 20, 0.3))
    assert large.theta_source == "matched"
    assert (small.theta_source, small.theta) == ("published", 0.63)
    assert "fewer than ten" in small.summary()
    assert small.hindcast["coverage_80_low"].null_count() == small.hindcast.height
    assert learning(planted(5, 3, 20, 0.3), theta=0.1).theta_source == "given"


@pytest.mark.slow
def test_the_reader_is_warned_where_bands_were_too_narrow() -> None:
    random = np.random.default_rng(2)
    # Costs that fall by a steady share for sixteen years and stop: nothing in the first years tells of the end.
    step = np.repeat([-0.3, 0.0], [16, 10]) + random.normal(0, 0.01, 26)
    stops = pl.DataFrame(
        {"technology": "stops", "year": np.arange(1950, 1976), "cost": np.exp(np.cumsum(step))}
    )
    found = learning(stops)
    assert "too narrow" in found.summary()
    assert "偏窄" in found.summary("zh")
    assert "too narrow" not in learning(planted(4, 12, 20, 0.3)).summary()


@pytest.mark.parametrize("points", [3, 4, 5, 6, 7])
def test_short_series_are_told_as_far_as_they_go(points: int) -> None:
    found = learning(planted(3, 1, points, 0.0))
    assert found.technologies["mu"].is_not_null().all()
    assert (found.forecast.height > 0) == (points >= 5)
    scored = found.hindcast.filter(pl.col("horizon").is_null())["forecasts_count"].max()
    assert scored == (1 if points == 7 else 0)
    assert ("No earlier forecast can be checked" in found.summary()) == (points < 7)


def test_a_window_without_noise_is_counted_as_unscored() -> None:
    cost = [8.0] * 7 + [7, 6.5, 6, 5.8, 5, 4.9, 4.1]
    flat = pl.DataFrame({"technology": "flat", "year": range(2000, 2014), "cost": cost})
    pooled = learning(flat).hindcast.filter(
        pl.col("horizon").is_null() & (pl.col("fitted") == "window")
    )
    drift, still, trend = (pooled.filter((pl.col("method") == m) & (pl.col("scope") == "all")).row(0, named=True)
                           for m in ("drift", "no_change", "trend"))  # fmt: skip
    assert drift["unscored_count"] == 15  # from 2005 and 2006
    assert drift["forecasts_count"] == still["forecasts_count"] == trend["forecasts_count"] == 21


def test_every_kind_of_frame_comes_back_as_it_came() -> None:
    costs = planted(6, 2, 12, 0.3)
    expected = learning(costs).technologies
    assert isinstance(learning(costs.to_pandas()).frame, pd.DataFrame)
    assert learning(costs.to_arrow()).frame.equals(expected.to_arrow())
    connection = duckdb.connect()
    connection.register("given", costs.to_arrow())
    assert_frame_equal(learning(connection.table("given")).frame, expected)
    assert isinstance(learning(costs.lazy()).frame, pl.DataFrame)


def test_probabilities_between_technologies() -> None:
    found = learning(planted(8, 2, 20, 0.3), horizon=5)
    one, two = found.probability_cheaper("t000", "t001"), found.probability_cheaper("t001", "t000")
    assert (one["probability"] + two["probability"]).to_numpy() == pytest.approx(
        np.ones(5), abs=1e-5
    )
    below = found.probability_below("t000", float(found.forecast["cost_q10"][0]))
    assert below["probability"][0] == pytest.approx(0.1)
    with pytest.raises(InputError, match="no forecast for 'coal'"):
        found.probability_below("coal", 1)
    older = pl.concat(
        [
            planted(8, 1, 20, 0.3),
            planted(8, 1, 20, 0.3, first=1900).with_columns(technology=pl.lit("old")),
        ]
    )
    with pytest.raises(InputError, match="share no year"):
        learning(older).probability_cheaper("t000", "old")


def test_what_cannot_be_computed_keeps_its_row_and_reason() -> None:
    good = planted(9, 1, 12, 0).with_columns(stock=pl.col("year") - 1949.0, unit=pl.lit("USD"))
    years = list(range(2000, 2008))
    rows = {
        "twice": ([*years[:-1], 2000], [8.0, 7, 6, 5, 4, 3, 2, 1]),
        "free": (years, [8.0, 7, 0, 5, 4, 3, 2, 1]),
        "short": (years[:2], [8.0, 7]),
        "still": (years, [3.0] * 8),
        "steady": (years, [2.0**-i for i in range(8)]),
        "falling": (years, [8.0, 7, 6.5, 5, 4, 3, 2, 1]),
        "units": (years, [8.0, 7, 6, 5, 4, 3, 2, 1]),
        "gaps": ([2000, 2001, 2004, 2005, 2009, 2010], [8.0, 7, 6, 5, 4.5, 3]),
        "four": (years[:4], [8.0, 7, 6, 4]),
    }
    parts = [good]
    for name, (at, costs) in rows.items():
        stock = [float(i + 1) for i in range(len(at))]
        if name == "falling":
            stock[3] = 1.0
        unit = ["EUR" if name == "units" and i == 0 else "USD" for i in range(len(at))]
        parts.append(
            pl.DataFrame(
                {"technology": name, "year": at, "cost": costs, "stock": stock, "unit": unit}
            )
        )
    missing = pl.DataFrame(
        {"technology": "gaps", "year": [2002], "cost": [None], "stock": [3.0], "unit": "USD"}
    )
    frame = pl.concat(
        [
            *parts,
            missing.with_columns(pl.col("year").cast(pl.Int64), pl.col("cost").cast(pl.Float64)),
        ]
    )
    found = learning(frame, cumulative_production="stock", unit="unit")
    told = {row["technology"]: row for row in found.technologies.iter_rows(named=True)}
    assert len(told) == 10
    assert told["twice"]["reason_en"] == "2000 is there more than once"
    assert told["twice"]["reason_zh"] == "2000 年重复出现"
    assert told["free"]["reason_en"] == "the cost of 2002 is 0, which has no logarithm"
    assert told["short"]["reason_en"] == "2 points, fewer than 3"
    assert told["still"]["reason_en"] == "the cost never changes"
    assert told["units"]["reason_en"] == "several units: EUR, USD"
    assert told["falling"]["reason_en"] is None
    assert (
        told["falling"]["production_reason_en"] == "cumulative production falls from 3 to 1 in 2003"
    )
    assert told["falling"]["production_reason_zh"] == "2003 年累计产量下降"
    assert told["falling"]["learning_rate_share"] is None
    assert told["falling"]["mu"] < 0
    assert "same share every year" in told["steady"]["forecast_reason_en"]
    assert "4 points" in told["four"]["forecast_reason_en"]
    assert (
        told["gaps"]["missing_count"],
        told["gaps"]["gap_years_count"],
        told["gaps"]["theta"],
    ) == (1, 5, None)
    forecast = set(found.forecast["technology"])
    assert forecast == {"t000", "falling", "gaps"}
    assert all(told[name]["forecast_reason_en"] is None for name in forecast)
    assert all((row["reason_en"] is None) == (row["mu"] is not None) for row in told.values())
    assert "5 could not" in found.summary()
    assert "5 项不能" in found.summary("zh")


@pytest.mark.slow
def test_two_factors_in_a_frame_with_their_diagnosis() -> None:
    random = np.random.default_rng(0)
    parts = []
    for name, alike in (("apart", False), ("together", True), ("exact", True)):
        made, known = (np.exp(np.cumsum(random.uniform(0.05, 0.4, 40))) for _ in range(2))
        if alike:
            known = made * np.exp(random.normal(0, 0.001 if name == "together" else 0.0, 40))
        cost = 100 * made**-0.3 * known**-0.15 * np.exp(np.cumsum(random.normal(0, 0.02, 40)))
        parts.append(
            pl.DataFrame(
                {
                    "technology": name,
                    "year": range(1960, 2000),
                    "cost": cost,
                    "made": made,
                    "known": known,
                }
            )
        )
    given = pl.concat(parts)
    found = learning(given, cumulative_production="made", knowledge="known").two_factor
    told = {row["technology"]: row for row in found.iter_rows(named=True)}
    apart = told["apart"]
    assert apart["is_identified"]
    assert apart["reason_en"] is None
    assert apart["learning_by_doing_low"] < 1 - 2**-0.3 < apart["learning_by_doing_high"]
    assert apart["learning_by_searching_low"] < 1 - 2**-0.15 < apart["learning_by_searching_high"]
    assert not told["together"]["is_identified"]
    assert "grow together" in told["together"]["reason_en"]
    assert "exact functions" in told["exact"]["reason_en"]
    assert told["exact"]["reason_zh"] == "产量与知识存量互为函数"
    assert learning(given).two_factor.height == 0
    falling = given.with_columns(
        pl.when(pl.col("year") == 1980).then(0.01).otherwise(pl.col("made")).alias("made")
    )
    refused = learning(falling, cumulative_production="made", knowledge="known").two_factor
    assert refused["reason_en"].str.starts_with("cumulative production falls").all()
    with pytest.raises(InputError, match="knowledge without cumulative production"):
        learning(given, knowledge="known")


GOOD = planted(1, 1, 12, 0)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: learning(GOOD, cost="price"), "no column 'price'"),
        (lambda: learning(GOOD, horizon=0), "a horizon of 0 years"),
        (lambda: learning(GOOD, level=1), "level 1"),
        (lambda: learning(GOOD, window=3), "window 3"),
        (lambda: learning(GOOD, theta=2), "theta 2"),
        (lambda: learning([1, 2]), "list is not a data frame"),
        (lambda: learning(GOOD.head(0)), "no rows"),
        (lambda: learning(GOOD.head(2)), "no technology can be computed: t000: 2 points"),
        (lambda: learning(GOOD.with_columns(cost=pl.lit("1,200"))), "'1,200' is not a number"),
        (lambda: learning(GOOD.with_columns(pl.col("year") + 0.5)), "year 1950.5"),
        (
            lambda: learning(GOOD.with_columns(technology=pl.lit(None, dtype=pl.String))),
            "nothing in column 'technology'",
        ),
        (lambda: learning(GOOD.with_columns(cost=pl.lit(float("inf")))), "an infinite number"),
        (lambda: learning(GOOD).table("costs"), "no table 'costs'"),
        (lambda: learning(GOOD).summary("fr"), "no language 'fr'"),
        (lambda: hindcast_errors({"a": ([1, 2, 3], [1, 0, 2])}), "technology 'a'"),
        (lambda: calibration(hindcast_errors(series(GOOD)), "drift"), "without its scale"),
        (lambda: calibration(hindcast_errors(series(GOOD)), "guess"), "method 'guess'"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in str(caught.value)
    assert caught.value.where
    assert caught.value.try_next

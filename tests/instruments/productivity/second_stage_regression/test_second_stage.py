"""Truncated regression beside scipy.optimize, coverage of planted effects, an identity of algorithm
2, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.productivity.panels import panel_of
from scipy import stats
from scipy.optimize import minimize

from firstlight.errors import InputError
from firstlight.instruments.productivity.second_stage_regression import second_stage as regression
from firstlight.instruments.productivity.second_stage_regression.second_stage import (
    driver_effects,
    second_stage,
)
from firstlight.instruments.productivity.second_stage_regression.truncated_regression import (
    truncated_draws,
    truncated_regression,
)
from firstlight.texts import Count

Array = np.ndarray
BETA, SIGMA = np.array([1.2, 0.5, -0.3]), 0.4


def planted(seed: int, count: int = 150, samples: int = 1) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    z = np.column_stack([np.ones(count), random.uniform(0, 2, count), random.normal(0, 1, count)])
    return truncated_draws(z @ BETA, SIGMA, 1.0, samples, random), z


def plain_loss(point: Array, y: Array, z: Array) -> float:
    """Minus the log-likelihood, with SciPy's own distribution."""
    mean, sigma = z @ point[:-1], np.exp(point[-1])
    return -float((stats.norm.logpdf(y, mean, sigma) - stats.norm.logsf(1, mean, sigma)).sum())


def test_fits_are_those_of_scipy() -> None:
    y, z = planted(1, samples=4)
    found = truncated_regression(y, z)
    for k in range(4):
        best = minimize(
            plain_loss, [1, 0, 0, 0], args=(y[k], z), method="BFGS", options={"gtol": 1e-7}
        )
        assert found.log_likelihood[k] == pytest.approx(-best.fun, abs=1e-6)
        assert found.beta[k] == pytest.approx(best.x[:-1], abs=1e-5)
        assert found.sigma[k] == pytest.approx(np.exp(best.x[-1]), rel=1e-5)
        alone = truncated_regression(y[k], z)
        assert alone.beta[0] == pytest.approx(found.beta[k], rel=1e-9)


def test_far_from_the_bound_it_is_least_squares() -> None:
    y, z = planted(2)
    y = y + 100
    found = truncated_regression(y, z)
    line = np.linalg.lstsq(z, y[0], rcond=None)
    assert found.beta[0] == pytest.approx(line[0], rel=1e-6)
    assert found.sigma[0] == pytest.approx(np.sqrt(line[1][0] / len(z)), rel=1e-6)


def test_units_of_drivers_and_of_the_response_do_not_matter() -> None:
    y, z = planted(3)
    found = truncated_regression(y, z)
    scale = np.array([1, 1e9, 1e-6])
    assert truncated_regression(y, z * scale).beta[0] == pytest.approx(
        found.beta[0] / scale, rel=1e-6
    )
    moved = truncated_regression(1 + (y - 1) * 1e-4, z)
    assert moved.sigma[0] == pytest.approx(found.sigma[0] * 1e-4, rel=1e-6)
    assert moved.beta[0, 1:] == pytest.approx(found.beta[0, 1:] * 1e-4, rel=1e-6)


def test_a_likelihood_without_a_maximum_has_no_fit() -> None:
    heavy = 1 + np.random.default_rng(0).exponential(0.3, (1, 80)) ** 1.5
    assert np.isnan(truncated_regression(heavy, np.ones((80, 1))).sigma[0])
    with pytest.raises(InputError) as caught:
        driver_effects(heavy[0], np.column_stack([np.ones(80), np.arange(80.0)]))
    assert caught.value.code == "no_maximum"


@pytest.mark.parametrize(("mean", "sigma"), [(2.0, 0.5), (0.0, 0.4), (-30.0, 0.5)])
def test_draws_are_those_of_a_truncated_normal(mean: float, sigma: float) -> None:
    drawn = truncated_draws(np.full(4000, mean), sigma, 1.0, 1, np.random.default_rng(1))[0]
    assert (drawn > 1).all()
    if mean > -10:  # SciPy's own distribution function loses its digits further out
        assert (
            stats.kstest(drawn, stats.truncnorm((1 - mean) / sigma, np.inf, mean, sigma).cdf).pvalue
            > 0.01
        )
    else:  # so far out it is exponential, with the hazard of the normal
        assert (drawn - 1).mean() == pytest.approx(sigma**2 / (1 - mean), rel=0.06)


@pytest.mark.slow
def test_intervals_cover_planted_effects_as_often_as_they_say() -> None:
    hits = []
    for trial in range(120):
        y, z = planted(100 + trial, 100)
        found = driver_effects(y[0], z, replications=120, level=0.9, random=trial)
        hits.append(
            [
                *((found.low <= BETA) & (found.high >= BETA)),
                found.sigma_low <= SIGMA <= found.sigma_high,
            ]
        )
    assert np.mean(hits, axis=0) == pytest.approx(
        [0.9] * 4, abs=0.09
    )  # 3 standard errors of 120 trials


def test_the_interval_turns_the_quantiles_of_the_draws_around_the_estimate() -> None:
    (delta,), z = planted(7, 60)
    found = driver_effects(delta, z, replications=50, level=0.9, random=3)
    fit = truncated_regression(delta, z)
    beta, sigma = fit.beta[0], fit.sigma[0]
    again = truncated_regression(
        truncated_draws(z @ beta, sigma, 1.0, 50, np.random.default_rng(3)), z
    )
    low, high = 2 * beta - np.quantile(again.beta, [0.95, 0.05], axis=0)
    np.testing.assert_allclose([found.low, found.high], [low, high], rtol=1e-9)
    np.testing.assert_allclose(found.standard_error, again.beta.std(axis=0, ddof=1), rtol=1e-9)
    ends = 2 * sigma - np.quantile(again.sigma, [0.95, 0.05])
    np.testing.assert_allclose([found.sigma_low, found.sigma_high], ends, rtol=1e-9)


def test_a_few_replications_may_have_no_maximum_and_many_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (delta,), z = planted(7, 60)
    fits = regression._fits
    for count in (5, 6):

        def lost(stars: Array, z: Array, count: int = count) -> Array:
            drawn = fits(stars, z)
            drawn[:count] = np.nan
            return drawn

        monkeypatch.setattr(regression, "_fits", lost)
        if count == 5:
            assert driver_effects(delta, z, replications=100).lost_count == 5
            continue
        with pytest.raises(InputError) as caught:
            driver_effects(delta, z, replications=100)
        assert caught.value.code == "replications_lost"
        assert caught.value.values == {"count": Count(6), "all": Count(100)}


def economy(seed: int = 1, count: int = 80) -> pl.DataFrame:
    """y = x^.7 / delta, where z makes delta grow and w does nothing."""
    random = np.random.default_rng(seed)
    x, z, w = random.uniform(1, 10, count), random.uniform(0, 2, count), random.normal(0, 1, count)
    delta = truncated_draws(0.8 + 0.6 * z, 0.3, 1.0, 1, random)[0]
    years = np.repeat([2001, 2002], count // 2)
    units = [f"u{i:02}" for i in range(count // 2)] * 2
    return pl.DataFrame({"unit": units, "year": years, "x": x, "y": x**0.7 / delta, "z": z, "w": w})


def of(rows: Any, **options: Any) -> Any:
    given = {
        "technology": "global",
        "replications": 200,
        "bias_replications": 20,
        **options,
    }
    drivers = rows.sort("unit", "year").select("z", "w")
    return second_stage(panel_of(rows, ["x"], ["y"]), drivers, **given)


@pytest.mark.parametrize("orientation", ["output", "input"])
@pytest.mark.parametrize("algorithm", [1, 2])
def test_the_planted_driver_is_found(algorithm: int, orientation: str) -> None:
    found = of(economy(), algorithm=algorithm, orientation=orientation)
    assert found.table["is_significant"].to_list()[:2] == [True, False]
    assert found.table["effect"][0] > 0
    on_frontier = (found.scores["delta"] == 1).sum()
    assert on_frontier > 0
    assert found.scores["is_used"].sum() == 80 - (on_frontier if algorithm == 1 else 0)
    if algorithm == 2:
        assert (found.scores["delta_corrected"] > found.scores["delta"]).all()


@pytest.mark.parametrize("orientation", ["output", "input"])
def test_one_ratio_decides_the_correction(orientation: str) -> None:
    """One input, one output, constant returns: each drawn frontier is that of its least distance."""
    rows = economy(3).sort("unit", "year")
    found = of(rows, returns="crs", orientation=orientation, seed=7)
    ratio = (rows["y"] / rows["x"]).to_numpy()
    delta, z = ratio.max() / ratio, np.column_stack([np.ones(80), rows["z"], rows["w"]])
    assert found.scores["delta"].to_numpy() == pytest.approx(delta)
    inside = delta > 1 + 1e-7
    fit = truncated_regression(delta[inside], z[inside])
    random = np.random.default_rng(7).spawn(2)[0]
    least = truncated_draws(z @ fit.beta[0], float(fit.sigma[0]), 1.0, 20, random).min(axis=1)
    assert found.scores["delta_corrected"].to_numpy() == pytest.approx(
        2 * delta - delta * (1 / least).mean(), rel=1e-6
    )


@pytest.mark.slow
def test_seeds_order_and_years() -> None:
    ours = of(economy())
    mixed = of(economy().sample(fraction=1, shuffle=True, seed=4))
    assert ours.table.equals(mixed.table) and ours.scores.equals(mixed.scores)
    assert of(economy(), seed=1).table["effect_low"][0] != ours.table["effect_low"][0]
    own = of(economy(), technology="contemporaneous")
    assert (own.scores["delta"] <= ours.scores["delta"] + 1e-9).all()


def test_progress_counts_the_replications_of_both_kinds() -> None:
    told: list[tuple[int, int]] = []
    of(
        economy(),
        technology="contemporaneous",
        bias_replications=60,
        progress=lambda done, every: told.append((done, every)),
    )
    assert told == [(0, 260), (50, 260), (60, 260)]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: of(
                economy().with_columns(z=pl.when(pl.col("w") > 2).then(None).otherwise("z"))
            ),
            "driver_missing",
        ),
        (lambda: of(economy().with_columns(z=1.0)), "driver_constant"),
        (lambda: of(economy().with_columns(z=2 * pl.col("w") + 1)), "collinear"),
        (lambda: truncated_regression([1.0, 2.0], np.ones((2, 1))), "response_at_bound"),
        (
            lambda: truncated_regression([2.0, 2.5], np.ones((2, 1))),
            "few_rows 2 rows",
        ),
        (
            lambda: truncated_regression([2.0, 2.5, 3.0, 4.0], np.arange(4.0)[:, None]),
            "no_intercept",
        ),
        (
            lambda: truncated_regression([2.0, 2.5], np.ones((3, 1))),
            "regression_shapes responses (1, 2)",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in f"{caught.value.code} {caught.value}"
    assert caught.value.where and caught.value.try_next

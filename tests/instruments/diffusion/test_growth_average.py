"""Averaged forecasts: what is planted comes out, data without saturation say so, nothing depends on
units or threads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_average import (
    RULES,
    forecast_growth,
    model_weights,
    posteriors,
    simulate,
)
from firstlight.instruments.diffusion.growth_curves import gompertz, log_fraction, logistic
from firstlight.instruments.diffusion.growth_posterior import IMAGINED, IMAGINED_SD, posterior
from firstlight.instruments.diffusion.growth_series import growth_series

YEARS = np.arange(1980, 2010)


def noise(seed: int, sigma: float, n: int = 30) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, sigma, n))


def test_the_planted_curve_outweighs_the_others() -> None:
    for curve, name in ((logistic, "logistic"), (gompertz, "gompertz")):
        y = curve(YEARS, 80, 1992, 20) * noise(1, 0.02)
        weights = forecast_growth(y, YEARS, (1,), rule="evidence", draws=100).weights
        other = "gompertz" if name == "logistic" else "logistic"
        assert weights[name] > 20 * weights[other]
        assert weights[name] + weights["richards"] > 0.9
        assert sum(weights.values()) == pytest.approx(1)


def test_data_without_saturation_say_so() -> None:
    y = np.exp(0.15 * (YEARS - 1980)) * noise(2, 0.05)
    found = forecast_growth(y, YEARS, (5, 10), rule="evidence")
    assert found.unbounded > 0.5
    assert np.isinf(found.saturation_upper).all()
    assert found.open_levels == (0.8, 0.9)
    late = forecast_growth(
        logistic(YEARS, 80, 1990, 12) * noise(2, 0.05), YEARS, (5, 10), rule="evidence"
    )
    assert late.unbounded < 0.01 and late.open_levels == ()
    assert late.saturation_lower[1] < 80 < late.saturation_upper[1]


def test_a_random_walk_is_no_growth_curve() -> None:
    y = np.exp(np.cumsum(np.random.default_rng(12).normal(0, 0.1, 30)))
    weights = forecast_growth(y, YEARS, (1,), rule="evidence", draws=100).weights
    assert weights["walk"] + weights["trend"] > 0.5


@pytest.mark.parametrize("errors", ["lognormal", "negative_binomial"])
@pytest.mark.slow
def test_bands_cover_what_the_planted_curve_does_next(errors: str) -> None:
    truth = logistic(np.arange(1980, 2020), 400, 2003, 22)
    inside, rng = [], np.random.default_rng(20)
    for _ in range(25):
        y = rng.poisson(truth) if errors != "lognormal" else truth * np.exp(rng.normal(0, 0.06, 40))
        series = growth_series(y[:30], YEARS, errors=errors, serial=False)
        found = [posterior(series, "logistic")]
        drawn = simulate(series, found, np.ones(1), np.array([1.0, 4.0, 8.0]), draws=1000)
        low, high = np.quantile(drawn.values, [0.1, 0.9], axis=0)
        inside.append((low <= y[[30, 33, 37]]) & (y[[30, 33, 37]] <= high))
    # 25 independent series; three standard errors of a share of 25
    assert np.mean(inside) == pytest.approx(0.8, abs=3 * math.sqrt(0.8 * 0.2 / 25))


@pytest.mark.slow
def test_the_grid_integrates_what_quadrature_integrates() -> None:
    # Poisson counts about a logistic curve: evidence over log K, z and log duration by brute force
    years = np.arange(2000, 2012)
    counts = np.random.default_rng(4).poisson(logistic(years, 60, 2006, 9))
    series = growth_series(counts, years, errors="negative_binomial")
    own = posterior(series, "logistic", nuisance=np.zeros((1, 1)))
    shares = own.weight[0]
    fractions = 1 / (1 + np.exp(-own.theta[0, :, 1]))

    z, d = np.linspace(-7, 10, 171), np.linspace(math.log(11) - 2.5, math.log(11) + 2.5, 101)
    grid = np.stack(np.meshgrid(z, d, indexing="ij"), axis=2).reshape(-1, 2)
    log_share, _ = log_fraction("logistic", grid, series.since)
    level = np.linspace(-1.5, 4, 221)[:, None, None]
    eta = level + log_share + math.log(series.scale)
    fit = (counts * eta - np.exp(eta)).sum(axis=2)
    prior = -0.5 * ((grid[:, 1] - math.log(11)) / 1.5) ** 2 - 0.5 * (
        np.logaddexp(0, grid[:, 0]) + np.logaddexp(0, -grid[:, 0])
    )
    density = np.exp(fit + prior - (fit + prior).max()).reshape(level.size, z.size, d.size)
    by_z = integrate.simpson(integrate.simpson(density, x=level[:, 0, 0], axis=0), x=d, axis=1)
    below = z < math.log(9)
    share = integrate.simpson(by_z[~below], x=z[~below]) / integrate.simpson(by_z, x=z)
    # Laplace's approximation over level and duration is what differs
    assert 1 - own.below(0.9)[0] == pytest.approx(share, abs=0.04)
    mean = integrate.simpson(by_z / (1 + np.exp(-z)), x=z) / integrate.simpson(by_z, x=z)
    assert (shares * fractions).sum() == pytest.approx(mean, abs=0.02)


@pytest.mark.slow
def test_units_calendar_and_threads_do_not_matter() -> None:
    y = logistic(YEARS, 80, 1998, 18) * noise(5, 0.04)
    with threadpool_limits(1):
        one = forecast_growth(y, YEARS, (1, 5), draws=500)
    with threadpool_limits(2):
        two = forecast_growth(y, YEARS, (1, 5), draws=500)
    assert one.draws.values.tobytes() == two.draws.values.tobytes()
    scaled = forecast_growth(
        y * 1024, YEARS - 100, (1, 5), draws=500
    )  # a power of two keeps every digit
    np.testing.assert_allclose(scaled.median, one.median * 1024, rtol=1e-9)
    np.testing.assert_allclose(scaled.upper, one.upper * 1024, rtol=1e-9)
    assert scaled.years.tolist() == [year - 100 for year in one.years.tolist()]
    assert (
        forecast_growth(y, YEARS, (1, 5), draws=500, seed=1).median.tolist() != one.median.tolist()
    )
    assert one.frame.columns == ["year", "median", "lower_80", "upper_80", "lower_90", "upper_90"]


def test_a_forecast_never_passes_a_known_ceiling() -> None:
    y = logistic(YEARS, 97, 1996, 20) * noise(6, 0.01)
    found = forecast_growth(y, YEARS, (5, 20), errors="logitnormal", ceiling=100)
    assert found.draws.values.max() <= 100
    assert found.saturation_upper.max() <= 100 and found.unbounded == 0
    # Under a ceiling the trend is the logistic curve that ends there.
    straight = forecast_growth(y, YEARS, (1,), models=("trend",), errors="logitnormal", ceiling=100)
    assert straight.fraction == pytest.approx(logistic([2009], 0.97, 1996, 20)[0], abs=0.02)
    assert straight.saturation == pytest.approx(100) and np.median(
        straight.draws.midpoint
    ) == pytest.approx(1996, abs=1)


def test_counts_are_forecast_as_counts_of_the_exposure_to_come() -> None:
    rng = np.random.default_rng(7)
    exposure = np.full(30, 10_000)
    counts = rng.poisson(logistic(YEARS, 0.02, 1990, 12) * exposure)
    choices = {"errors": "negative_binomial", "exposure": exposure}
    found = forecast_growth(counts, YEARS, (2,), future_exposure=40_000, **choices)
    assert found.median[0] == pytest.approx(800, rel=0.1)
    assert found.saturation == pytest.approx(0.02, rel=0.1)
    assert (found.draws.values == np.round(found.draws.values)).all()
    quasi = forecast_growth(
        counts, YEARS, (2,), future_exposure=40_000, errors="quasi_poisson", exposure=exposure
    )
    assert quasi.median[0] == pytest.approx(800, rel=0.1)


@pytest.mark.slow
def test_rules_weigh_differently_and_sum_to_one() -> None:
    y = logistic(YEARS, 80, 1990, 12) * noise(8, 0.04)
    series = growth_series(y, YEARS)
    found = posteriors(series)
    weights = {rule: model_weights(series, found, rule) for rule in RULES}
    for own in weights.values():
        assert own.sum() == pytest.approx(1) and (own >= 0).all()
    assert weights["evidence"].max() > weights["tempered"].max() > weights["equal"].max()
    np.testing.assert_array_equal(weights["default"], weights["evidence"])
    under = growth_series(y, YEARS, errors="logitnormal", ceiling=100)
    np.testing.assert_array_equal(
        *(model_weights(under, posteriors(under), rule) for rule in ("default", "mixed"))
    )
    few = growth_series(y[:4], YEARS[:4])  # too few values for any AICc
    assert model_weights(few, posteriors(few), "aicc") == pytest.approx(np.full(6, 1 / 6))


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"ahead": (5, 1)}, "wrong_shape"),
        ({"ahead": ()}, "wrong_shape"),
        ({"models": ("linear",)}, "no_choice"),
        ({"models": ()}, "not_given"),
        ({"rule": "best"}, "no_choice"),
        ({"levels": (80,)}, "not_between"),
        ({"levels": ()}, "not_given"),
        ({"future_exposure": 0.0}, "not_between"),
    ],
)
def test_bad_choices_are_named(choices, code: str) -> None:
    with pytest.raises(InputError) as error:
        forecast_growth([1.0, 2, 4, 7, 9], range(2001, 2006), **choices)
    assert (error.value.code, error.value.where) == (code, *choices)


def test_without_serial_errors_the_trend_is_the_student_t_of_a_linear_model() -> None:
    """Exact but for one imagined residual and a wide prior: scale^2 = S / dof (1 + x' (X'X)^-1 x)."""
    n, ahead = 8, 2
    x = np.arange(n) - (n - 1.0)
    y = 0.2 * x + 0.1 * np.random.default_rng(3).standard_normal(n)
    found = forecast_growth(
        np.exp(y),
        2000 + np.arange(n),
        (ahead,),
        models=("trend",),
        rule="equal",
        serial=False,
        draws=40_000,
    )
    design, at = np.column_stack([np.ones(n), x]), np.array([1.0, ahead])
    beta, squares, *_ = np.linalg.lstsq(design, y, rcond=None)
    dof = n + IMAGINED - 2
    total = squares[0] + IMAGINED * IMAGINED_SD**2
    scale = np.sqrt(total / dof * (1 + at @ np.linalg.inv(design.T @ design) @ at))
    for side, share in ((found.lower, 0.1), (found.upper, 0.9)):
        expected = at @ beta + scale * stats.t.ppf(share, dof)
        # The simulation's own error is about .01 of the scale; too few degrees of freedom would
        # narrow it by a tenth.
        assert np.log(side[0, 0]) == pytest.approx(expected, abs=0.04 * scale)

"""The forecast distribution of cost: against closed forms, simulation and the exact likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import toeplitz

from firstlight.errors import InputError
from firstlight.instruments.diffusion.cost_learning.cost_walk import (
    error_growth,
    expected_squared_error,
    forecast_costs,
    moving_average_theta,
    random_walk,
    scale_factor,
)

Array = np.ndarray


def changes(
    seed: int, theta: float, shape: tuple[int, int], mu: float = -0.1, k: float = 0.2
) -> Array:
    """Simulated yearly changes of log cost: an IMA(1,1)."""
    noise = np.random.default_rng(seed).standard_normal((shape[0], shape[1] + 1))
    return mu + k / np.sqrt(1 + theta**2) * (noise[:, 1:] + theta * noise[:, :-1])


@pytest.mark.parametrize("m", [4, 5, 12, 60])
def test_without_correlation_the_integral_is_the_closed_form(m: int) -> None:
    tau = np.arange(1, 21)
    assert expected_squared_error(m, tau) == pytest.approx(
        (m - 1) / (m - 3) * (tau + tau**2 / m), rel=1e-10
    )


@pytest.mark.parametrize("theta", [-0.5, 0.0, 0.3, 0.63, 1.0])
@pytest.mark.parametrize("m", [2, 3, 7])
def test_the_error_weights_give_a_star(theta: float, m: int) -> None:
    # With two or three changes the scale is A*/(1 + theta^2) over the mean of the estimated K^2.
    factor = scale_factor((1,) * m, (1.0,) * m, [1, 4, 10], [1, 4, 10], theta)
    rho = theta / (1 + theta**2)
    expected = error_growth(m, [1, 4, 10], theta) / (1 + theta**2) / (1 - 2 * rho / m)
    if m < 4:
        assert factor == pytest.approx(expected, rel=1e-9)
    else:
        assert factor == pytest.approx(
            expected, rel=0.35
        )  # the exact moment is near, and above for theta > 0
        assert (factor > expected).all() or theta <= 0


@pytest.mark.parametrize(("theta", "m"), [(0.63, 8), (-0.4, 8)])
def test_expected_squared_error_as_simulated(theta: float, m: int) -> None:
    x = changes(11, theta, (200_000, m + 10))
    mu, k = x[:, :m].mean(axis=1), x[:, :m].std(axis=1, ddof=1)
    for tau in (1, 10):
        ratio = ((x[:, m : m + tau].sum(axis=1) - tau * mu) / k) ** 2
        error = ratio.std() / len(ratio) ** 0.5
        assert expected_squared_error(m, [tau], theta)[0] == pytest.approx(
            ratio.mean(), abs=4 * error
        )


@pytest.mark.parametrize(("theta", "m"), [(0.0, 5), (0.63, 5), (0.63, 15), (0.9, 5), (0.3, 40)])
def test_bands_hold_what_they_say_where_the_model_is_true(theta: float, m: int) -> None:
    x = changes(5, theta, (40_000, m + 20))
    mu, k = x[:, :m].mean(axis=1), x[:, :m].std(axis=1, ddof=1)
    for tau in (1, 5, 20):
        error = np.abs(x[:, m : m + tau].sum(axis=1) - tau * mu)
        scale = k * scale_factor((1,) * m, (1.0,) * m, [tau], [tau], theta) ** 0.5
        published = k * (error_growth(m, tau, theta) / (1 + theta**2)) ** 0.5
        for level in (0.8, 0.95):
            reach = stats.t.ppf((1 + level) / 2, m - 1)
            held = (error <= reach * scale).mean()
            assert held == pytest.approx(level, abs=0.015)
            if theta > 0.5 and m == 5:  # why the paper's closed form is not used in few years
                assert (error <= reach * published).mean() < held - 0.015


@pytest.mark.slow
def test_gaps_are_weighed_as_the_years_they_span() -> None:
    # The same walk seen every year or with years missing: bands hold either way.
    hits = []
    for seed in range(1500):
        path = np.cumsum(changes(seed, 0.0, (1, 30))[0])
        kept = np.sort(np.random.default_rng(seed).choice(20, 8, replace=False))
        walk = random_walk(kept, np.exp(path[kept]))
        found = forecast_costs(walk, [25], theta=0)
        hits.append(found.quantile(0.1)[0] <= np.exp(path[25]) <= found.quantile(0.9)[0])
    assert np.mean(hits) == pytest.approx(0.8, abs=0.035)


@pytest.mark.slow
def test_wrights_law_conditional_on_production() -> None:
    hits, rates = [], []
    for seed in range(1500):
        random = np.random.default_rng(seed)
        x = np.cumsum(random.uniform(0.05, 0.5, 20))
        y = -0.3 * x + np.cumsum(random.normal(0, 0.1, 20))
        walk = random_walk(range(12), np.exp(y[:12]), np.exp(x[:12]))
        found = forecast_costs(walk, [15, 19], theta=0, cumulative_production=np.exp(x[[15, 19]]))
        hits.append(
            (found.quantile(0.05) <= np.exp(y[[15, 19]]))
            & (np.exp(y[[15, 19]]) <= found.quantile(0.95))
        )
        rates.append(walk.slope)
    assert np.mean(hits, axis=0) == pytest.approx([0.9, 0.9], abs=0.025)
    assert np.mean(rates) == pytest.approx(-0.3, abs=0.01)


def test_steady_growth_of_production_makes_wrights_law_moores() -> None:
    costs = np.exp(np.cumsum(changes(2, 0.3, (1, 12))[0]))
    production = 2.0 ** np.arange(16)
    moore = forecast_costs(random_walk(range(12), costs), [13, 15], theta=0.4)
    wright = forecast_costs(
        random_walk(range(12), costs, production[:12]),
        [13, 15],
        theta=0.4,
        cumulative_production=production[[13, 15]],
    )
    assert wright.location == pytest.approx(moore.location)
    assert wright.scale == pytest.approx(moore.scale)


def test_the_likelihood_of_theta_is_the_normal_density() -> None:
    x = changes(4, 0.5, (1, 40))[0]
    theta = moving_average_theta(x)

    def best(candidate: float) -> float:
        correlation = toeplitz([1 + candidate**2, candidate] + [0] * 38)
        inverse = np.linalg.inv(correlation)
        mu = inverse.sum(axis=0) @ x / inverse.sum()
        variance = (x - mu) @ inverse @ (x - mu) / 40
        return float(stats.multivariate_normal(np.full(40, mu), variance * correlation).logpdf(x))

    assert best(theta) > max(best(theta - 0.01), best(theta + 0.01))


@pytest.mark.slow
def test_theta_is_found_again() -> None:
    found = [moving_average_theta(row) for row in changes(9, 0.5, (60, 150))]
    assert np.mean(found) == pytest.approx(0.5, abs=0.04)
    assert np.isnan(moving_average_theta([0.1, 0.1, 0.1, 0.1]))


def test_quantiles_and_probabilities_are_inverse() -> None:
    walk = random_walk(range(2000, 2010), np.exp(np.cumsum(changes(1, 0.3, (1, 10))[0])))
    found = forecast_costs(walk, range(2010, 2020))
    for p in (0.05, 0.5, 0.9):
        cost = found.quantile(p)
        assert [found.probability_below(c)[i] for i, c in enumerate(cost)] == pytest.approx(
            [p] * 10
        )
    assert (np.diff(found.scale) > 0).all()


WALK = random_walk([2000, 2001, 2002, 2003], [4.0, 3, 2.5, 2])
WRIGHT = random_walk([2000, 2001, 2002, 2003], [4.0, 3, 2.5, 2], [1, 2, 4, 7])


@pytest.mark.parametrize(
    ("call", "code", "where"),
    [
        (lambda: forecast_costs(WALK, [2003]), "out_of_bounds", "years[0]"),
        (lambda: forecast_costs(WALK, []), "too_few", "years"),
        (lambda: forecast_costs(WALK, [2005], theta=1.5), "out_of_bounds", "theta"),
        (lambda: forecast_costs(WRIGHT, [2005]), "no_production", "cumulative_production"),
        (
            lambda: forecast_costs(WRIGHT, [2005], cumulative_production=[6]),
            "stock_falls",
            "cumulative_production",
        ),
        (lambda: expected_squared_error(3, [1]), "out_of_bounds", "m"),
        (lambda: moving_average_theta([0.1, 0.2]), "too_few", "changes"),
        (lambda: forecast_costs(WALK, [2005]).quantile(1), "not_between", "probability"),
        (lambda: forecast_costs(WALK, [2005]).probability_below(0), "not_between", "cost"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.where) == (code, where)


def test_quantiles_beyond_the_largest_float_are_infinite_and_warn_of_nothing(
    recwarn: pytest.WarningsRecorder,
) -> None:
    walk = random_walk(range(6), [1e250, 1e300, 1e220, 1e290, 1e260, 1e305])
    ends = [forecast_costs(walk, [40]).quantile(p)[0] for p in (0.01, 0.5, 0.99)]
    assert ends[0] < ends[1] and ends[2] == np.inf
    assert not recwarn.list

"""Paths of cost: each year's distribution as forecast, exact in few years, and barriers as theory has them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.diffusion.learning_crossing import (
    cost_paths,
    probability_reached,
    probability_undercut,
)
from firstlight.instruments.diffusion.learning_forecast import (
    Walk,
    forecast_costs,
    probability_cheaper,
    random_walk,
)


def long_walk(slope: float, volatility: float, last_year: int = 2020) -> Walk:
    """A walk whose drift and volatility are as good as known."""
    gaps = (1,) * 250
    return Walk(
        "moore", last_year, 0.0, float("nan"), slope, volatility, gaps, tuple(map(float, gaps))
    )


def test_without_correlation_each_year_is_students_t() -> None:
    walk = random_walk([2000, 2001, 2002, 2004, 2005, 2006], [9, 8, 6, 5.5, 4, 3.5])
    drawn = cost_paths(walk, 5, theta=0, paths=40_000)
    exact = forecast_costs(walk, range(2007, 2012), theta=0)
    for p in (0.1, 0.5, 0.9):
        below = (drawn <= exact.quantile(p)).mean(axis=0)
        assert below == pytest.approx(np.full(5, p), abs=0.008)


def test_with_correlation_the_bands_hold_in_few_years() -> None:
    # The model makes the data; the band of simulated paths is its own, to the error of simulation.
    random = np.random.default_rng(0)
    theta, m, inside = 0.63, 5, []
    walk = random_walk(range(6), [9, 8, 6, 5.5, 4, 3.5])
    pivot = np.log(cost_paths(walk, 8, theta=theta, paths=40_000)[:, 7])
    low, high = (
        np.quantile((pivot - walk.log_cost - 8 * walk.slope) / walk.volatility, p)
        for p in (0.1, 0.9)
    )
    for _ in range(4000):
        v = random.standard_normal(m + 9)
        x = v[1:] + theta * v[:-1]
        error = (x[m:].sum() - 8 * x[:m].mean()) / x[:m].std(ddof=1)
        inside.append(low <= error <= high)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.02)


def test_a_barrier_is_hit_as_the_reflection_principle_says() -> None:
    # Siegmund's correction: a walk seen once a year hits a barrier about .5826 of a step later than one seen always.
    barrier, years, k = 1.0, 25, 0.2
    found = probability_reached(
        long_walk(0.0, k), float(np.exp(-barrier)), years, theta=0, paths=20_000
    )
    expected = 2 * stats.norm.cdf(-(barrier + 0.5826 * k) / (k * years**0.5))
    assert found[-1] == pytest.approx(expected, abs=0.025)


def test_by_then_is_never_below_then() -> None:
    walk = random_walk(range(2000, 2010), [10, 9, 9.5, 8, 7.2, 7, 6, 5.8, 5, 4.6])
    by_then = probability_reached(walk, 3.0, 10)
    then = forecast_costs(walk, range(2010, 2020)).probability_below(3.0)
    assert (np.diff(by_then) >= 0).all()
    assert (by_then >= then - 0.02).all()
    assert by_then[0] == pytest.approx(then[0], abs=0.02)
    assert by_then.tolist() == probability_reached(walk, 3.0, 10).tolist()


def test_one_undercuts_another() -> None:
    cheap, dear = long_walk(-0.1, 0.1), long_walk(0.0, 0.1, last_year=2018)
    years, by_then = probability_undercut(cheap, dear, 2025, theta=0)
    assert years.tolist() == list(range(2021, 2026))
    then = probability_cheaper(*(forecast_costs(walk, years, theta=0) for walk in (cheap, dear)))
    assert by_then[0] == pytest.approx(then[0], abs=0.02)
    assert (by_then >= then - 0.02).all()
    never = probability_undercut(long_walk(0.5, 0.001), long_walk(-0.5, 0.001), 2025)[1]
    assert never.max() == 0


WALK = random_walk(range(6), [9, 8, 6, 5.5, 4, 3.5])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cost_paths(WALK, 0), "a horizon of 0 years"),
        (lambda: cost_paths(WALK, 2, theta=3), "theta 3"),
        (lambda: cost_paths(random_walk(range(3), [3, 2.5, 2]), 2), "2 changes"),
        (lambda: cost_paths(random_walk(range(4), [3, 2.5, 2, 1], [1, 2, 3, 4]), 2), "wright"),
        (lambda: probability_reached(WALK, -1, 2), "target cost -1"),
        (lambda: probability_undercut(WALK, WALK, 5), "5 is known already"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in str(caught.value)
    assert caught.value.where
    assert caught.value.try_next

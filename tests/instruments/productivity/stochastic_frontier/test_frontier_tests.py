"""Tests of inefficiency: their published table, their size, and the regressions that a frontier is
without it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import fit_frontier
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import (
    FrontierModel,
    problem_of,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_tests import (
    mixed_chi_square_p,
    random_intercepts,
    skewness_test,
)


def panel(units: int, years: int, seed: int) -> dict[str, np.ndarray]:
    """An unbalanced panel with intercepts of its own and half-normal inefficiency in each row."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(units), years), np.tile(np.arange(years), units)
    kept = rng.normal(size=units)[unit] * 0.5
    x = rng.normal(size=(units * years, 2))
    y = (
        1
        + kept
        + x @ [0.4, 0.5]
        + 0.2 * rng.normal(size=len(unit))
        - 0.5 * np.abs(rng.normal(size=len(unit)))
    )
    stays = rng.random(len(unit)) > 0.15
    return {"y": y[stays], "x": x[stays], "unit": unit[stays], "time": year[stays]}


def test_random_intercepts_against_the_dense_normal() -> None:
    rows = panel(12, 5, 8)
    unit = np.unique(rows["unit"], return_inverse=True)[1]
    x = np.column_stack([np.ones(len(unit)), rows["x"]])
    found = random_intercepts(rows["y"], x, unit, np.bincount(unit))
    covariance = found.noise_variance * np.eye(len(unit)) + found.unit_variance * (
        unit[:, None] == unit
    )
    dense = stats.multivariate_normal(x @ found.slopes, covariance).logpdf(rows["y"])
    assert found.value == pytest.approx(dense, rel=1e-10)
    for change in (0.98, 1.02):
        moved = found.noise_variance * np.eye(len(unit)) + change * found.unit_variance * (
            unit[:, None] == unit
        )
        assert stats.multivariate_normal(x @ found.slopes, moved).logpdf(rows["y"]) < dense


@pytest.mark.parametrize(
    ("model", "distribution"),
    [
        *(
            (model, "half_normal")
            for model in ("pooled", "time_invariant", "true_fixed", "true_random")
        ),
        *((model, "exponential") for model in ("pooled", "true_fixed", "true_random")),
    ],
)
def test_without_inefficiency_the_likelihood_is_the_regressions(
    model: str, distribution: str
) -> None:
    rows = panel(12, 5, 9)
    unit = np.unique(rows["unit"], return_inverse=True)[1]
    problem = problem_of(
        FrontierModel(model, distribution),
        rows["y"],
        rows["x"],
        np.zeros((len(unit), 0)),
        unit,
        rows["time"],
        ("a", "b"),
        (),
    )
    without = problem.without
    own = [np.log(without.unit_variance)] if model == "true_random" else []
    theta = np.array([*without.slopes, *own, np.log(without.noise_variance), -18.0])
    # sigma_u of 1e-4 moves the mean by some 1e-4, which at the maximum costs its square
    assert problem.likelihood.evaluate(theta)[0] == pytest.approx(without.value, abs=2e-5)


def test_the_table_of_kodde_and_palm() -> None:
    for restrictions, five in enumerate((2.706, 5.138, 7.045, 8.761, 10.371), start=1):
        assert mixed_chi_square_p(five, restrictions) == pytest.approx(0.05, abs=3e-5)
    assert mixed_chi_square_p(0.0, 1) == 1.0 and mixed_chi_square_p(-1.0, 2) == 1.0
    with pytest.raises(InputError):
        mixed_chi_square_p(1.0, 0)


@pytest.mark.slow
def test_the_one_sided_test_keeps_its_size() -> None:
    rng = np.random.default_rng(11)
    refused, skewed, runs = 0, 0, 80
    for _ in range(runs):
        x = rng.normal(size=(100, 1))
        found = fit_frontier(1 + x[:, 0] + rng.normal(size=100), x, ["x"])
        refused += found.p_value < 0.05
        skewed += found.skewness is not None and found.skewness.p_value < 0.05
    for count in (refused, skewed):
        assert stats.binomtest(count, runs, 0.05).pvalue > 0.01
    assert refused > 0


def test_skewness_by_hand() -> None:
    e = np.array([0.3, -1.2, 0.4, 0.9, -0.4])
    found = skewness_test(e)
    assert found.skewness == pytest.approx(stats.skew(e), rel=1e-12)
    assert found.statistic == pytest.approx(stats.skew(e) * np.sqrt(5 / 6), rel=1e-12)
    with pytest.raises(InputError):
        skewness_test([1.0, 1.0])

"""The ridge centred on given weights: against an independent solver, at its optimum, and where there is nothing to fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.emergence.ridge import Floats, fit_ridge, intercept_for


def cases(seed: int, size: int, figures: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-0.5, 0.5, (size, figures))
    return x, (rng.random(size) < expit(-1 + x @ rng.normal(0, 2, figures))).astype(np.float64)


def test_centred_on_zero_it_is_the_ridge_of_scikit_learn() -> None:
    x, y = cases(1, 400, 3)
    weight = np.random.default_rng(2).integers(0, 4, 400).astype(np.float64)
    ours = fit_ridge(x, y, np.zeros(400), weight, np.zeros(3), np.full(3, 0.5))
    theirs = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(x, y, sample_weight=weight)
    np.testing.assert_allclose(ours.weights, theirs.coef_[0], atol=1e-5)
    assert ours.intercept == pytest.approx(float(theirs.intercept_[0]), abs=1e-5)


def test_centred_elsewhere_is_the_same_as_fixed_odds_at_that_centre() -> None:
    """A prior mean m is an offset x @ m with deviations drawn to zero."""
    x, y = cases(3, 300, 2)
    mean, ones = np.array([1.2, -0.7]), np.ones(300)
    one = fit_ridge(x, y, np.zeros(300), ones, mean, np.full(2, 20.0))
    other = fit_ridge(x, y, x @ mean, ones, np.zeros(2), np.full(2, 20.0))
    np.testing.assert_allclose(one.weights, other.weights + mean, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.floats(0.1, 100))
def test_the_gradient_is_zero_at_what_is_found(seed: int, size: int, precision: float) -> None:
    x, y = cases(seed, size, 2)
    mean, precisions = np.array([0.5, -1.0]), np.full(2, precision)
    found = fit_ridge(x, y, np.zeros(size), np.ones(size), mean, precisions)
    left = y - expit(found.intercept + x @ found.weights)
    np.testing.assert_allclose(x.T @ left, precisions * (found.weights - mean), atol=1e-5)
    if 0 < y.sum() < size:
        assert abs(left.sum()) < 1e-3


def test_outcomes_all_alike_leave_finite_weights() -> None:
    x, _ = cases(5, 30, 2)
    found = fit_ridge(x, np.zeros(30), np.zeros(30), np.ones(30), np.array([1.0, 1.0]), np.full(2, 20.0))
    assert np.isfinite(found.weights).all() and found.intercept < -3


def test_the_intercept_brings_the_mean_to_the_rate() -> None:
    odds, weight = (
        np.random.default_rng(6).normal(0, 2, 200),
        np.random.default_rng(7).integers(0, 3, 200).astype(float),
    )
    a = intercept_for(odds, 0.12, weight)
    assert float(weight @ expit(odds + a)) / weight.sum() == pytest.approx(0.12, abs=1e-8)

"""Likelihoods of panels: against integrals written out, against each other where one is a case of
another, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize

from firstlight.instruments.productivity.stochastic_frontier.composed_errors import (
    DISTRIBUTIONS,
    truncated_normal,
)
from firstlight.instruments.productivity.stochastic_frontier.panel_frontiers import (
    IndependentRows,
    Likelihood,
    Sample,
    SharedInefficiency,
    UnitDummies,
    UnitEffects,
)

HALF, TRUNCATED, EXPONENTIAL = (
    DISTRIBUTIONS[name] for name in ("half_normal", "truncated_normal", "exponential")
)
SIZES = [1, 3, 5, 3, 8, 8, 2]


def sample_of(sizes: list[int] = SIZES, *, determinants: int = 0, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    first = np.cumsum([0, *sizes[:-1]])
    z = np.repeat(
        np.column_stack([np.ones(len(sizes)), rng.normal(size=len(sizes))]), sizes, axis=0
    )
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    elapsed = np.concatenate([np.arange(1 - size, 1) / max(sizes) for size in sizes])
    return Sample(rng.normal(size=n), x, z[:, :determinants], first, elapsed)


LIKELIHOODS: dict[str, tuple[Likelihood, int]] = {
    "half_normal": (IndependentRows(sample_of(), HALF), 0),
    "exponential": (IndependentRows(sample_of(), EXPONENTIAL), 0),
    "determinants": (IndependentRows(sample_of(determinants=2), TRUNCATED), 2),
    "time_invariant": (SharedInefficiency(sample_of(determinants=1), TRUNCATED, False), 1),
    "time_decay": (SharedInefficiency(sample_of(determinants=1), TRUNCATED, True), 2),
    "time_decay_half": (SharedInefficiency(sample_of(), HALF, True), 1),
    "true_random": (UnitEffects(sample_of(), HALF, False, 80), 1),
    "true_random_exponential": (UnitEffects(sample_of(), EXPONENTIAL, False, 80), 1),
    "true_fixed": (UnitEffects(sample_of(), HALF, True, 80), 0),
    "true_fixed_dummies": (UnitDummies(sample_of(), HALF), 0),
}


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("logs", [(-0.4, 0.3), (-2.0, 0.0), (0.2, -1.5)])
def test_gradients_are_those_of_the_likelihood(name: str, logs: tuple[float, float]) -> None:
    likelihood, own = LIKELIHOODS[name]
    theta = np.array([0.1, -0.2, 0.3, *[0.4, -0.3][:own], *logs])
    _, gradient = likelihood.evaluate(theta)
    assert np.abs(gradient).max() > 0.1
    for place, step in enumerate(1e-5 * np.eye(len(theta))):
        rise = likelihood.evaluate(theta + step)[0] - likelihood.evaluate(theta - step)[0]
        assert gradient[place] == pytest.approx(
            rise / 2e-5, abs=2e-6 * max(1, abs(gradient[place]))
        )


def test_a_units_likelihood_is_an_integral_over_its_inefficiency() -> None:
    sample = sample_of([4], determinants=1)
    b, mu, eta, v2, u2 = [0.2, -0.1, 0.3], 0.5, 0.7, 0.3, 0.6
    theta = np.array([*b, mu, eta, np.log(v2), np.log(u2)])
    error, decay = sample.y - sample.x @ b, np.exp(-eta * sample.elapsed)
    u = np.sqrt(u2)

    def integrand(x: float) -> float:
        return float(
            np.prod(stats.norm.pdf(error + decay * x, scale=np.sqrt(v2)))
            * stats.truncnorm.pdf(x, -mu / u, np.inf, loc=mu, scale=u)
        )

    mass = quad(integrand, 0, 12, epsabs=0, epsrel=1e-12)[0]
    likelihood = SharedInefficiency(sample, TRUNCATED, True)
    assert likelihood.evaluate(theta)[0] == pytest.approx(np.log(mass), rel=1e-10)
    known = likelihood.inefficiency(theta)
    for row in range(4):
        mean = (
            quad(lambda x, a=decay[row]: a * x * integrand(x), 0, 12, epsabs=0, epsrel=1e-12)[0]
            / mass
        )
        share = (
            quad(
                lambda x, a=decay[row]: np.exp(-a * x) * integrand(x), 0, 12, epsabs=0, epsrel=1e-12
            )[0]
            / mass
        )
        assert known.mean()[row] == pytest.approx(mean, rel=1e-9)
        assert known.efficiency()[row] == pytest.approx(share, rel=1e-9)


def test_models_contain_each_other() -> None:
    theta = np.array([0.1, -0.2, 0.3, 0.4, -0.5, 0.2])  # b, mu, lv, lu
    with_decay, without_mu = np.insert(theta, 4, 0.0), np.delete(theta, 3)
    panel, rows = sample_of(determinants=1), sample_of([1] * 12, determinants=1)
    invariant = SharedInefficiency(panel, TRUNCATED, False).evaluate(theta)[0]
    assert SharedInefficiency(panel, TRUNCATED, True).evaluate(with_decay)[0] == pytest.approx(
        invariant, rel=1e-13
    )
    pooled = IndependentRows(rows, TRUNCATED).evaluate(theta)
    alone = SharedInefficiency(rows, TRUNCATED, False).evaluate(theta)
    assert alone[0] == pytest.approx(pooled[0], rel=1e-13)
    assert alone[1] == pytest.approx(pooled[1], rel=1e-10)
    zero = np.array([*theta[:3], 0.0, *theta[4:]])
    half = IndependentRows(sample_of([1] * 12), HALF).evaluate(without_mu)[0]
    assert IndependentRows(rows, TRUNCATED).evaluate(zero)[0] == pytest.approx(half, rel=1e-13)
    slope = np.insert(theta, 4, 0.0)  # a determinant without effect
    several = IndependentRows(sample_of([1] * 12, determinants=2), TRUNCATED)
    assert several.evaluate(slope)[0] == pytest.approx(pooled[0], rel=1e-13)


def test_true_random_effects_of_no_variance_are_pooled() -> None:
    theta = np.array([0.1, -0.2, 0.3, -0.5, 0.2])
    pooled = IndependentRows(sample_of(), HALF)
    effects = UnitEffects(sample_of(), HALF, False, 80)
    nearly = np.insert(theta, 3, np.log(1e-10))
    assert effects.evaluate(nearly)[0] == pytest.approx(pooled.evaluate(theta)[0], rel=1e-8)
    assert effects.inefficiency(nearly).efficiency() == pytest.approx(
        pooled.inefficiency(theta).efficiency(), abs=1e-5
    )


@pytest.mark.parametrize("composed", [HALF, EXPONENTIAL])
def test_true_random_effects_are_an_integral_over_the_intercept(composed: object) -> None:
    assert composed in (HALF, EXPONENTIAL)
    chosen = HALF if composed is HALF else EXPONENTIAL
    sample, theta = sample_of([3]), np.array([0.1, -0.2, 0.3, -0.7, -1.5, 0.2])
    error = sample.y - sample.x @ theta[:3]

    def integrand(a: float) -> float:
        row = chosen.density(error - a, 0.0, theta[-2], theta[-1])
        return float(np.exp(row.log.sum()) * stats.norm.pdf(a, scale=np.exp(theta[3] / 2)))

    mass = quad(integrand, -6, 6, epsabs=0, epsrel=1e-12, limit=400, points=[0.0, *error])[0]
    effects = UnitEffects(sample, chosen, False, 80)
    assert effects.evaluate(theta)[0] == pytest.approx(np.log(mass), rel=1e-9)
    known = effects.inefficiency(theta)
    for row in range(3):

        def weighted(a: float, row: int = row) -> float:
            m, s = chosen.posterior([error[row] - a], 0.0, theta[-2], theta[-1])
            ratio = m / s
            log = -m + s**2 / 2 + stats.norm.logcdf(ratio - s) - stats.norm.logcdf(ratio)
            return float(np.exp(log[0])) * integrand(a)

        share = (
            quad(weighted, -6, 6, epsabs=0, epsrel=1e-12, limit=400, points=[0.0, *error])[0] / mass
        )
        assert known.efficiency()[row] == pytest.approx(share, rel=1e-8)


def test_true_fixed_effects_are_the_density_of_differences() -> None:
    sample, theta = sample_of([2]), np.array([0.1, -0.2, 0.3, -1.0, 0.4])
    error = sample.y - sample.x @ theta[:3]
    difference = error[0] - error[1]

    def integrand(last: float) -> float:
        both = truncated_normal([difference + last, last], 0.0, theta[-2], theta[-1]).log
        return float(np.exp(both.sum()))

    density = quad(integrand, -15, 8, epsabs=0, epsrel=1e-12, limit=400)[0]
    assert UnitEffects(sample, HALF, True, 80).evaluate(theta)[0] == pytest.approx(
        np.log(density), rel=1e-9
    )


def test_true_fixed_effects_do_not_see_what_a_unit_keeps() -> None:
    sample, theta = sample_of(), np.array([0.1, -0.2, 0.3, -1.0, 0.4])
    kept = np.random.default_rng(3).normal(scale=5, size=len(SIZES))
    moved = Sample(sample.y + kept[sample.unit], sample.x, sample.z, sample.first, sample.elapsed)
    for kind in (UnitEffects(sample, HALF, True, 40), UnitDummies(sample, HALF)):
        other = (
            UnitEffects(moved, HALF, True, 40)
            if isinstance(kind, UnitEffects)
            else UnitDummies(moved, HALF)
        )
        assert other.evaluate(theta)[0] == pytest.approx(kind.evaluate(theta)[0], rel=1e-9)
        assert other.inefficiency(theta).mean() == pytest.approx(
            kind.inefficiency(theta).mean(), rel=1e-7
        )


def test_a_unit_of_one_row_tells_true_fixed_effects_nothing() -> None:
    likelihood = UnitEffects(sample_of([1]), HALF, True, 80)
    value, gradient = likelihood.evaluate(np.array([0.1, -0.2, 0.3, -1.0, 0.4]))
    assert value == pytest.approx(0, abs=1e-9)
    assert gradient == pytest.approx(np.zeros(5), abs=1e-8)


def test_dummies_are_at_their_maximum() -> None:
    sample, theta = sample_of(), np.array([0.1, -0.2, 0.3, -1.0, 0.4])
    error = sample.y - sample.x @ theta[:3]

    def falling(intercepts: np.ndarray) -> float:
        return -float(
            truncated_normal(error - intercepts[sample.unit], 0.0, theta[-2], theta[-1]).log.sum()
        )

    best = minimize(falling, np.zeros(len(SIZES)), method="BFGS", options={"gtol": 1e-9})
    assert UnitDummies(sample, HALF).evaluate(theta)[0] == pytest.approx(-best.fun, abs=1e-9)


FAR = st.floats(-12, 6)


@settings(max_examples=150, deadline=None)
@given(st.floats(-8e3, 8e3), st.floats(-9, 9), FAR, FAR)
def test_no_density_is_above_that_of_its_noise(
    mean: float, eta: float, noise: float, size: float
) -> None:
    """The average of noise's density over inefficiency can't be above its peak: cancellation would
    show here."""
    theta = np.array([0.1, -0.2, 0.3, mean, eta, noise, size])
    panel = sample_of(determinants=1)
    peak = -len(panel.y) * (np.log(2 * np.pi) + noise) / 2
    for likelihood, at in (
        (SharedInefficiency(panel, TRUNCATED, True), theta),
        (SharedInefficiency(panel, TRUNCATED, False), np.delete(theta, 4)),
        (IndependentRows(panel, TRUNCATED), np.delete(theta, 4)),
    ):
        value, gradient = likelihood.evaluate(at)
        assert value <= peak + 1e-6 * abs(peak) and np.isfinite(gradient).all()


def test_more_nodes_change_nothing() -> None:
    theta = np.array([0.1, -0.2, 0.3, -0.7, -1.5, 0.2])
    values = [
        UnitEffects(sample_of(), HALF, False, nodes).evaluate(theta)[0] for nodes in (60, 120, 240)
    ]
    assert values == pytest.approx([values[-1]] * 3, abs=1e-8)

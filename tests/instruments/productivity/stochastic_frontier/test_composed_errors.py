"""Composed errors: the densities against quadrature of their convolutions, and posteriors against
numerical integrals."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from firstlight.instruments.productivity.stochastic_frontier.composed_errors import (
    DISTRIBUTIONS,
    Inefficiency,
    exponential,
    mills,
    single,
    tilted_log_cdf,
    truncated_normal,
)

MEANS = {"half_normal": (0.0,), "truncated_normal": (-1.3, 0.4, 2.0), "exponential": (0.0,)}
CASES = [(name, mean) for name, means in MEANS.items() for mean in means]


def prior_of(name: str, mean: float, sd: float) -> Callable[[float], float]:
    """The density of u, written out by SciPy's own distributions."""
    if name == "exponential":
        return lambda u: float(stats.expon.pdf(u, scale=sd))
    return lambda u: float(stats.truncnorm.pdf(u, -mean / sd, np.inf, loc=mean, scale=sd))


def integrated(
    name: str, mean: float, error: float, v: float, u: float, of: Callable[[float], float]
) -> float:
    """Integral of of(u) p(u) phi((e + u)/sigma_v)/sigma_v over u >= 0."""
    prior = prior_of(name, mean, u)

    def integrand(x: float) -> float:
        return of(x) * prior(x) * float(stats.norm.pdf(error + x, scale=v))

    middle = max(-error, 0.0)
    ends = sorted(
        {0.0, max(middle - 12 * v, 0.0), middle, middle + 12 * v, 12 * (abs(mean) + u + v) + middle}
    )
    return sum(
        quad(integrand, a, b, epsabs=0, epsrel=1e-11, limit=200)[0] for a, b in pairwise(ends)
    )


@pytest.mark.parametrize(("name", "mean"), CASES)
@pytest.mark.parametrize(("v", "u"), [(0.3, 0.8), (1.1, 0.4)])
@pytest.mark.slow
def test_a_density_is_the_convolution_of_noise_and_inefficiency(
    name: str, mean: float, v: float, u: float
) -> None:
    for error in (-2.5, -0.7, 0.0, 0.6, 1.4):
        closed = DISTRIBUTIONS[name].density([error], mean, 2 * np.log(v), 2 * np.log(u)).log[0]
        assert closed == pytest.approx(
            np.log(integrated(name, mean, error, v, u, lambda x: 1.0)), rel=1e-8
        )


@pytest.mark.parametrize(("name", "mean"), CASES)
def test_a_density_integrates_to_one(name: str, mean: float) -> None:
    def at(error: float) -> float:
        return float(np.exp(DISTRIBUTIONS[name].density([error], mean, -1.0, -0.5).log[0]))

    assert quad(at, -25, 0, epsabs=1e-12)[0] + quad(at, 0, 8, epsabs=1e-12)[0] == pytest.approx(
        1, abs=1e-8
    )


@pytest.mark.parametrize(("name", "mean"), CASES)
@pytest.mark.slow
def test_posteriors_are_those_of_bayes(name: str, mean: float) -> None:
    v, u = 0.35, 0.7
    for error in (-1.5, -0.2, 0.9):
        known = single(*DISTRIBUTIONS[name].posterior([error], mean, 2 * np.log(v), 2 * np.log(u)))
        mass = integrated(name, mean, error, v, u, lambda x: 1.0)
        assert known.mean()[0] == pytest.approx(
            integrated(name, mean, error, v, u, lambda x: x) / mass, rel=1e-7
        )
        bayes = integrated(name, mean, error, v, u, lambda x: float(np.exp(-x))) / mass
        assert known.efficiency()[0] == pytest.approx(bayes, rel=1e-7)
        for share in (0.025, 0.5, 0.975):
            end = float(known.quantile(share)[0])
            below, _ = quad(
                lambda x, e=error: prior_of(name, mean, u)(x) * stats.norm.pdf(e + x, scale=v),
                0,
                end,
            )
            assert below / mass == pytest.approx(share, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-4, 4),
    st.floats(-2, 2),
    st.floats(-3, 1.5),
    st.floats(-3, 1.5),
    st.sampled_from([truncated_normal, exponential]),
)
def test_derivatives_are_those_of_the_density(
    error: float, mean: float, noise: float, size: float, density: Callable[..., object]
) -> None:
    at = np.array([error, mean, noise, size])
    row = DISTRIBUTIONS[
        "truncated_normal" if density is truncated_normal else "exponential"
    ].density
    found = row([error], mean, noise, size)
    step = 1e-5
    for place, name in enumerate(("by_error", "by_mean", "by_log_noise", "by_log_inefficiency")):
        moved = step * np.eye(4)[place]
        up, down = (row([p[0]], *p[1:]).log[0] for p in (at + moved, at - moved))
        assert getattr(found, name)[0] == pytest.approx(
            (up - down) / (2 * step), rel=1e-5, abs=1e-5
        )
    slopes = [row([error + s], mean, noise, size).by_error[0] for s in (step, -step)]
    assert found.curvature[0] == pytest.approx(
        (slopes[0] - slopes[1]) / (2 * step), rel=1e-4, abs=1e-5
    )
    assert found.curvature[0] < 0  # log-concave, so that a unit's intercept has a single peak


def test_far_tails_are_numbers() -> None:
    errors = np.array([-1e4, -50.0, 0.0, 50.0, 1e4])
    for density in (truncated_normal, exponential):
        for noise in (-12.0, 0.0, 6.0):
            row = density(errors, -3.0, noise, 0.0)
            assert all(np.isfinite(part).all() for part in row)
    assert np.isfinite(tilted_log_cdf([-1e150, -40, 0, 40])).all()
    assert mills([-1e8])[0] == pytest.approx(1e8)
    known = single([-1e4, -30.0, 0.5, 400.0], 1.0)
    assert (known.mean() > 0).all()
    assert known.efficiency()[:2] == pytest.approx(
        [1 / (1 + 1e-4), 30 / 31], abs=2e-4
    )  # nearly exponential
    ends = known.quantile(0.025), known.quantile(0.975)
    assert (ends[0] > 0).all() and (ends[0] < ends[1]).all()


def test_a_truncated_normal_of_mean_zero_is_half_normal() -> None:
    errors = np.linspace(-3, 2, 11)
    v2, u2 = 0.2, 0.9
    sigma, ratio = np.sqrt(v2 + u2), np.sqrt(u2 / v2)
    written_out = (
        np.log(2 / sigma)
        + stats.norm.logpdf(errors / sigma)
        + stats.norm.logcdf(-errors * ratio / sigma)
    )
    assert truncated_normal(errors, 0.0, np.log(v2), np.log(u2)).log == pytest.approx(
        written_out, rel=1e-12
    )


def test_a_mixture_lies_between_its_parts() -> None:
    location, scale = np.array([[0.2, 1.5, -0.4]]), np.array([[0.3, 0.4, 0.5]])
    weight = np.array([[0.5, 0.3, 0.2]])
    mixed = Inefficiency(location, scale, weight)
    parts = single(location[0], scale[0])
    assert mixed.mean()[0] == pytest.approx(weight[0] @ parts.mean(), rel=1e-12)
    assert mixed.efficiency()[0] == pytest.approx(weight[0] @ parts.efficiency(), rel=1e-12)
    end = mixed.quantile(0.9)[0]
    below = [
        stats.truncnorm.cdf(end, -m / s, np.inf, loc=m, scale=s)
        for m, s in zip(location[0], scale[0], strict=True)
    ]
    assert weight[0] @ below == pytest.approx(0.9, abs=1e-12)
    same = Inefficiency(np.full((1, 4), 0.7), np.full((1, 4), 0.2), np.full((1, 4), 0.25))
    assert same.quantile(0.3)[0] == pytest.approx(single([0.7], 0.2).quantile(0.3)[0], rel=1e-12)

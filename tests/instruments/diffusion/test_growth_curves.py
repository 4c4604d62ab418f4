"""Growth curves: identities, derivatives against differences, and parameters that can't be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import (
    CURVES,
    SHAPES,
    bass,
    gompertz,
    log_fraction,
    logistic,
    richards,
    time_of_fraction,
)

YEARS = np.arange(1950, 2051)


@pytest.mark.parametrize(
    "curve", [logistic, gompertz, lambda t, k, m, d: richards(t, k, m, d, 3.0)]
)
@given(saturation=st.floats(1e-6, 1e9), midpoint=st.floats(1960, 2040), duration=st.floats(1, 100))
@settings(max_examples=30, deadline=None)
@pytest.mark.slow
def test_midpoint_and_duration_mean_what_they_say(
    curve, saturation: float, midpoint: float, duration: float
) -> None:
    assert curve([midpoint], saturation, midpoint, duration)[0] == pytest.approx(
        saturation / 2, rel=1e-9
    )
    fine = np.linspace(midpoint - 20 * duration, midpoint + 20 * duration, 400001)
    share = curve(fine, 1.0, midpoint, duration)
    assert (np.diff(share) >= -1e-15).all()
    ends = np.interp([0.1, 0.9], share, fine)
    assert ends[1] - ends[0] == pytest.approx(duration, rel=1e-3)


def test_richards_holds_the_logistic_and_the_gompertz_curve() -> None:
    np.testing.assert_allclose(
        richards(YEARS, 7, 2000, 30, 1.0), logistic(YEARS, 7, 2000, 30), rtol=1e-12
    )
    np.testing.assert_allclose(
        richards(YEARS, 7, 2000, 30, 1e-7), gompertz(YEARS, 7, 2000, 30), atol=1e-6
    )


@given(p=st.floats(1e-4, 0.1), q=st.floats(0.11, 1.0), m=st.floats(1, 1e6))
@settings(max_examples=40, deadline=None)
def test_bass_peak_and_differential_equation(p: float, q: float, m: float) -> None:
    # Bass (1969): T* = ln(q/p) / (p + q), S(T*) = m (p + q)^2 / (4 q)
    found = bass(np.array([2000.0]), m, p, q, 2000)
    assert found.peak_year == pytest.approx(2000 + math.log(q / p) / (p + q), abs=1e-9)
    step = 1e-4
    t = np.array([found.peak_year - step, found.peak_year + step])
    low, high = bass(t, m, p, q, 2000).cumulative
    assert (high - low) / (2 * step) == pytest.approx(found.peak, rel=1e-4)
    at = np.array([2003.0 - step, 2003.0, 2003.0 + step])
    f = bass(at, 1.0, p, q, 2000).cumulative
    assert (f[2] - f[0]) / (2 * step) == pytest.approx((p + q * f[1]) * (1 - f[1]), rel=1e-4)


def test_bass_adds_up_and_has_no_peak_without_imitation() -> None:
    years = np.arange(2001, 2101)
    found = bass(years, 500, 0.03, 0.4, 2000)
    np.testing.assert_allclose(np.cumsum(found.per_year), found.cumulative, rtol=1e-12)
    assert found.cumulative[-1] == pytest.approx(500, rel=1e-9)
    assert bass([1999], 500, 0.03, 0.4, 2000).cumulative[0] == 0
    alone = bass(years, 500, 0.1, 0.0, 2000)
    assert (alone.peak_year, alone.peak) == (2000, pytest.approx(50))
    np.testing.assert_allclose(
        alone.cumulative, 500 * (1 - np.exp(-0.1 * (years - 2000))), rtol=1e-12
    )


@pytest.mark.parametrize("curve", CURVES)
@given(z=st.floats(-6, 6), first=st.floats(0.5, 3.5), second=st.floats(-1.5, 1.5))
@settings(max_examples=40, deadline=None)
def test_derivatives_and_inverse(curve: str, z: float, first: float, second: float) -> None:
    theta = np.array([[z, first, second][: 1 + len(SHAPES[curve])]])
    since, launched = np.array([-15.0, -6.0, -1.0, 0.0, 4.0]), -16.0
    value, slopes = log_fraction(curve, theta, since, launched)
    assert np.exp(value[0, 3]) == pytest.approx(
        1 / (1 + math.exp(-z)), rel=1e-9
    )  # z is the phase at the last year
    for k in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[0, k] = 1e-6
        above, below = (
            log_fraction(curve, theta + sign * step, since, launched)[0] for sign in (1, -1)
        )
        np.testing.assert_allclose(
            slopes[0, :, k], (above - below)[0] / 2e-6, rtol=2e-5, atol=1e-7 * np.abs(value).max()
        )
    for fraction in (0.2, 0.5, 0.8):
        time = time_of_fraction(curve, theta, launched, fraction)
        assert np.exp(log_fraction(curve, theta, time, launched)[0][0, 0]) == pytest.approx(
            fraction, rel=1e-6
        )


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: logistic(YEARS, 0, 2000, 10), "saturation"),
        (lambda: logistic(YEARS, math.nan, 2000, 10), "saturation"),
        (lambda: gompertz(YEARS, 1, 2000, -1), "duration"),
        (lambda: richards(YEARS, 1, 2000, 10, 0), "shape"),
        (lambda: bass(YEARS, 1, 0, 0.3, 1949), "innovation"),
        (lambda: bass(YEARS, 1, 0.1, -0.3, 1949), "imitation"),
        (lambda: bass(YEARS, math.inf, 0.1, 0.3, 1949), "saturation"),
    ],
)
def test_parameters_that_cannot_be(call, where: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.where == where

"""Critical values and p-values are those of `scipy.stats`, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from firstlight.numerics.distributions import (
    beta_quantile,
    chi2_quantile,
    chi2_tail,
    critical_t,
    critical_z,
    f_tail,
    noncentral_f_tail,
    t_below,
    t_p_value,
    t_quantile,
    z_density,
    z_p_value,
    z_tail,
)

FREEDOM = [0.5, 1, 2, 2.5, 7, 30, 1e6]
SHARES = np.array([0, 1e-300, 1e-12, 0.025, 0.5, 0.9, 0.975, 1 - 1e-16, 1, np.nan])
VALUES = np.array([-np.inf, -5, 0, 0.3, 5, 1e10, np.inf, np.nan])


@pytest.mark.parametrize("freedom", FREEDOM)
def test_the_digits_are_those_of_scipy_stats(freedom: float) -> None:
    same = np.testing.assert_array_equal
    # at 2.5 degrees stdtrit, and with it scipy.stats, overflows below a share of 1e-300
    same(t_quantile(SHARES, freedom), stats.t.ppf(SHARES, freedom))
    same(t_below(VALUES, freedom), stats.t.cdf(VALUES, freedom))
    same(t_p_value(VALUES, freedom), 2 * stats.t.sf(np.abs(VALUES), freedom))
    same(chi2_quantile(SHARES, freedom), stats.chi2.ppf(SHARES, freedom))
    same(chi2_tail(VALUES, freedom), stats.chi2.sf(VALUES, freedom))
    same(beta_quantile(SHARES, freedom, 2.5), stats.beta.ppf(SHARES, freedom, 2.5))
    same(f_tail(VALUES, freedom, 7), stats.f.sf(VALUES, freedom, 7))
    for level in (0.5, 0.9, 0.95, 0.99):
        assert critical_t(level, freedom) == stats.t.ppf(0.5 + level / 2, freedom)


def test_normal_values_are_those_of_scipy_stats() -> None:
    same = np.testing.assert_array_equal
    same(z_p_value(VALUES), 2 * stats.norm.sf(np.abs(VALUES)))
    same(z_tail(VALUES), stats.norm.sf(VALUES))
    same(z_density(VALUES), stats.norm.pdf(VALUES))
    for level in (0.5, 0.9, 0.95, 0.99):
        assert critical_z(level) == stats.norm.ppf(0.5 + level / 2)


@pytest.mark.parametrize("shift", [0.01, 1, 30, 1e4])
def test_noncentral_tails_are_those_of_scipy_stats(shift: float) -> None:
    for statistic in (0.2, 3, 40):
        for freedom in ((1, 10), (4, 60), (20, 300)):
            tail = noncentral_f_tail(statistic, *freedom, shift)
            # as far as the Poisson mixture and Boost's continued fraction are rounded apart
            assert tail == pytest.approx(stats.ncf.sf(statistic, *freedom, shift), rel=1e-9)


def test_without_a_shift_the_tail_is_that_of_f() -> None:
    for statistic in (0.0, 0.2, 3, 40):
        tail = noncentral_f_tail(statistic, 4, 60, 0.0)
        assert tail == pytest.approx(float(f_tail(statistic, 4, 60)), rel=1e-12)

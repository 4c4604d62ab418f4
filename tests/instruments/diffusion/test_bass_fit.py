"""Bass's curve by least squares on sales: another solver, the usual form of public packages, and
Bass's own regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from firstlight.errors import InputError
from firstlight.instruments.diffusion.bass_fit import fit_bass
from firstlight.instruments.diffusion.growth_curves import bass
from firstlight.instruments.diffusion.growth_fit import fit_growth

# Sales of video recorders in the United States, 1980-1989, in thousands: the usual teaching example
# of Bass's curve.
RECORDERS = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890.0])
YEARS = np.arange(1980, 1990)


def _increments(t: np.ndarray, m: float, p: float, q: float) -> np.ndarray:
    def share(at: np.ndarray) -> np.ndarray:
        left = np.exp(-(p + q) * at)
        return (1 - left) / (1 + q / p * left)

    return m * (share(t) - share(t - 1))


def test_nonlinear_least_squares_agree_with_another_solver() -> None:
    expected, covariance = optimize.curve_fit(
        _increments, np.arange(1, 11.0), RECORDERS, p0=(60630, 0.03, 0.38)
    )
    fit = fit_bass(RECORDERS, YEARS)
    assert (fit.saturation, fit.innovation, fit.imitation) == pytest.approx(
        tuple(expected), rel=1e-4
    )
    errors = fit.saturation_se, fit.innovation_se, fit.imitation_se
    assert errors == pytest.approx(tuple(np.sqrt(np.diag(covariance))), rel=1e-2)
    assert fit.fraction == pytest.approx(RECORDERS.sum() / fit.saturation) and fit.caution == ""
    # public examples fit the density at the end of the year instead: m 67,980, p .0066, q .638
    assert fit.saturation == pytest.approx(67_980, rel=0.01) and fit.imitation == pytest.approx(
        0.638, rel=0.01
    )


def test_the_regression_is_bass_own() -> None:
    fit = fit_bass(RECORDERS, YEARS, method="ols")
    before = np.concatenate([[0], RECORDERS.cumsum()[:-1]])
    c, b, a = np.polyfit(before, RECORDERS, 2)
    assert fit.saturation == pytest.approx(np.roots([c, b, a]).max())
    assert fit.innovation * fit.saturation == pytest.approx(
        a
    ) and fit.imitation / fit.saturation == pytest.approx(-c)
    assert fit.imitation - fit.innovation == pytest.approx(b)
    np.testing.assert_allclose(fit.fitted, np.polyval([c, b, a], before), rtol=1e-6)


def test_sums_and_sales_are_the_same_and_units_do_not_matter() -> None:
    one, sums = fit_bass(RECORDERS, YEARS), fit_bass(RECORDERS.cumsum(), YEARS, kind="cumulative")
    scaled = fit_bass(RECORDERS * 1000, YEARS + 7)
    assert sums.saturation == pytest.approx(one.saturation) and sums.peak_year == pytest.approx(
        one.peak_year
    )
    assert scaled.saturation == pytest.approx(
        1000 * one.saturation
    ) and scaled.imitation == pytest.approx(one.imitation)
    assert one.frame.columns == ["year", "value", "fitted"]


def test_planted_parameters_come_back_and_a_saturation_below_the_sales_is_said_to_be() -> None:
    years = np.arange(2001, 2021)
    curve = bass(years, 1000, 0.02, 0.45, 2000)
    fit = fit_bass(curve.per_year + np.random.default_rng(2).normal(0, 1, 20), years)
    for value, error, truth in (
        (fit.saturation, fit.saturation_se, 1000),
        (fit.innovation, fit.innovation_se, 0.02),
        (fit.imitation, fit.imitation_se, 0.45),
    ):
        assert abs(value - truth) < 4 * error < 0.2 * truth
    below = fit_bass([1, 2, 4, 8, 10, 9, 7, 4, 3, 2, 2, 2, 2, 2, 2], range(2000, 2015))
    assert (
        below.saturation < 60 < below.saturation + 4 * below.saturation_se
        and below.caution == "below_reached"
    )


def test_what_cannot_be_fitted_is_named() -> None:
    with pytest.raises(InputError) as caught:
        fit_bass(2.0 ** np.arange(8), range(2000, 2008), method="ols")
    assert caught.value.code == "no_saturation"
    for choice in ({"method": "mle"}, {"kind": "level"}):
        with pytest.raises(InputError) as caught:
            fit_bass(RECORDERS, YEARS, **choice)
        assert [(caught.value.where, caught.value.values["value"].value)] == [*choice.items()]


def test_what_came_before_the_record_is_part_of_the_saturation() -> None:
    """A first value that no year can have brought: the curve begins after it."""
    sales = bass(np.arange(2001, 2016), 500, 0.03, 0.4, 2000).per_year
    sums = 900 + np.concatenate([[0.0], sales.cumsum()])
    for found in (
        fit_bass(sums, np.arange(2000, 2016), kind="cumulative"),
        fit_growth(sums, np.arange(2000, 2016), "bass", kind="cumulative"),
    ):
        assert found.saturation == pytest.approx(1400, rel=1e-4) and found.caution == ""
        assert found.fraction == pytest.approx(sums[-1] / 1400, rel=1e-4)
        assert (found.innovation, found.imitation) == pytest.approx((0.03, 0.4), rel=1e-3)
    interval = fit_growth(sums, np.arange(2000, 2016), "bass", kind="cumulative").interval
    assert interval.lower <= 1400 <= interval.upper and interval.lower > sums[-1]


def test_decades_of_exponential_growth_are_fitted_as_by_another_solver() -> None:
    """A launch long before the turn is a very small p, which no bound may cut off."""
    years = np.arange(1976, 2020)
    curve = bass(years, 1000, 3e-8, 0.4, 1975)
    sales = curve.per_year * (1 + 0.02 * np.cos(5.0 * np.arange(44)))
    expected, _ = optimize.curve_fit(
        lambda t, m, log_p, q: _increments(t, m, np.exp(log_p), q),
        np.arange(1, 45.0),
        sales,
        p0=(1000, np.log(3e-8), 0.4),
    )
    fit = fit_bass(sales, years)
    assert (fit.saturation, np.log(fit.innovation), fit.imitation) == pytest.approx(
        tuple(expected), rel=1e-3
    )
    assert fit.imitation / fit.innovation > 1e6

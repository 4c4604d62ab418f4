"""Growth curves fitted: planted parameters come back, open saturations are said to be open, units
don't matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import optimize
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import bass, gompertz, logistic, richards
from firstlight.instruments.diffusion.growth_fit import fit_growth
from firstlight.texts import Name, Year

YEARS = np.arange(1980, 2010)


def noise(seed: int, sigma: float, n: int = 30, rho: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    e = rng.normal(0, sigma, n)
    for k in range(1, n):
        e[k] += rho * e[k - 1]
    return np.exp(e)


@given(
    saturation=st.floats(1e-3, 1e6),
    midpoint=st.floats(1990, 1998),
    duration=st.floats(8, 16),
    seed=st.integers(0, 999),
)
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_a_planted_logistic_comes_back(
    saturation: float, midpoint: float, duration: float, seed: int
) -> None:
    y = logistic(YEARS, saturation, midpoint, duration) * noise(seed, 0.01)
    fit = fit_growth(y, YEARS, kind="level", serial=False)
    # a level at saturation is known to about sigma / sqrt(n), and here there are ten such years or
    # more
    assert fit.is_identified
    assert fit.saturation == pytest.approx(saturation, rel=0.08)
    assert fit.midpoint == pytest.approx(midpoint, abs=0.8)
    assert fit.duration == pytest.approx(duration, rel=0.08)
    assert fit.interval.lower < fit.saturation < fit.interval.upper
    assert fit.dispersion == pytest.approx(0.01, rel=0.5)


@pytest.mark.parametrize(
    ("curve", "truth"),
    [
        ("gompertz", gompertz(YEARS, 50, 1992, 14)),
        ("richards", richards(YEARS, 50, 1992, 14, 4.0)),
        ("bass", bass(YEARS, 50, 0.02, 0.4, 1979).cumulative),
    ],
)
def test_other_planted_curves_come_back(curve: str, truth: np.ndarray) -> None:
    fit = fit_growth(truth * noise(1, 0.01), YEARS, curve, serial=False)
    assert fit.saturation == pytest.approx(50, rel=0.03)
    np.testing.assert_allclose(fit.fitted, truth, rtol=0.05)
    if curve == "richards":
        assert fit.shape == pytest.approx(4.0, rel=0.3)
    if curve == "bass":
        assert fit.innovation == pytest.approx(0.02, rel=0.05)
        assert fit.imitation == pytest.approx(0.4, rel=0.05)


@pytest.mark.parametrize("errors", ["negative_binomial", "quasi_poisson"])
def test_counts_of_adoption_give_back_bass(errors: str) -> None:
    truth = bass(YEARS, 20000, 0.01, 0.4, 1979)
    counts = np.random.default_rng(3).poisson(truth.per_year)
    fit = fit_growth(counts, YEARS, "bass", errors=errors, kind="per_year")
    assert fit.saturation == pytest.approx(20000, rel=0.03)
    assert fit.innovation == pytest.approx(0.01, rel=0.1)
    assert fit.imitation == pytest.approx(0.4, rel=0.05)
    assert fit.frame["fitted"].sum() == pytest.approx(counts.sum(), rel=0.01)
    early = fit_growth(counts[:5], YEARS[:5], "bass", errors=errors, kind="per_year")
    assert early.interval.upper > 2 * early.interval.lower  # five years leave much open


def test_over_dispersion_is_estimated() -> None:
    rng = np.random.default_rng(5)
    rate = logistic(YEARS, 900, 1992, 12)
    counts = rng.poisson(rate * rng.gamma(1 / 0.06, 0.06, 30))
    fit = fit_growth(counts, YEARS, errors="negative_binomial", exposure=np.ones(30))
    assert 0.02 <= fit.dispersion <= 0.2
    quasi = fit_growth(counts, YEARS, errors="quasi_poisson")
    assert quasi.dispersion > 3
    poisson = fit_growth(rng.poisson(rate), YEARS, errors="negative_binomial")
    assert poisson.dispersion <= 0.006
    assert poisson.interval.upper - poisson.interval.lower < fit.interval.upper - fit.interval.lower


def test_the_maximum_agrees_with_another_solver() -> None:
    y = logistic(YEARS, 80, 1998, 18) * noise(2, 0.05)
    fit = fit_growth(y, YEARS, kind="level", serial=False)

    def off(x: np.ndarray) -> np.ndarray:
        return np.log(y) - np.log(logistic(YEARS, math.exp(x[0]), x[1], math.exp(x[2])))

    other = optimize.least_squares(off, [4.0, 1995.0, 2.5], xtol=1e-14, ftol=1e-14)
    assert fit.saturation == pytest.approx(math.exp(other.x[0]), rel=1e-5)
    assert fit.midpoint == pytest.approx(other.x[1], abs=1e-4)
    n, cost = 30, 2 * other.cost
    log_likelihood = -0.5 * n * (math.log(2 * math.pi * cost / n) + 1)
    assert fit.aicc == pytest.approx(-2 * log_likelihood + 2 * 4 + 2 * 4 * 5 / (n - 5), abs=1e-6)

    # the end of the interval: the likelihood there, all else at its best, is at the threshold
    t = 1.7032884457221265  # 95 % point of Student's t with 27 degrees of freedom
    held = optimize.least_squares(
        lambda x: off(np.array([math.log(fit.interval.upper), *x])),
        other.x[1:],
        xtol=1e-14,
        ftol=1e-14,
    )
    assert n * math.log(held.cost / other.cost) == pytest.approx(
        n * math.log1p(t * t / 27), rel=1e-2
    )


def test_autocorrelated_errors_widen_the_interval() -> None:
    years = np.arange(1950, 2010)
    y = logistic(years, 80, 1975, 12) * noise(5, 0.03, 60, rho=0.85)
    with_, without = fit_growth(y, years), fit_growth(y, years, serial=False)
    assert with_.correlation >= 0.7
    assert with_.interval.upper - with_.interval.lower > 1.5 * (
        without.interval.upper - without.interval.lower
    )
    assert fit_growth(logistic(YEARS, 80, 1990, 12) * noise(4, 0.03), YEARS).correlation <= 0.3


@pytest.mark.parametrize("curve", ["logistic", "gompertz"])
def test_exponential_growth_has_no_saturation(curve: str) -> None:
    y = np.exp(0.15 * (YEARS - 1980)) * noise(6, 0.05)
    fit = fit_growth(y, YEARS, curve)
    assert fit.interval.is_open and math.isinf(fit.interval.upper) and not fit.is_identified
    assert math.isnan(fit.saturation) and math.isnan(fit.midpoint) and math.isnan(fit.fraction)
    assert fit.reason == "no_sign"
    assert fit.interval.lower > y.max()


def test_neither_units_nor_the_calendar_matter() -> None:
    y = logistic(YEARS, 80, 1990, 12) * noise(7, 0.03)
    fit, scaled, shifted = (
        fit_growth(a, t) for a, t in ((y, YEARS), (y * 1e7, YEARS), (y, YEARS - 4000))
    )
    assert scaled.saturation == pytest.approx(fit.saturation * 1e7, rel=1e-6)
    assert scaled.interval.upper == pytest.approx(fit.interval.upper * 1e7, rel=1e-6)
    assert shifted.midpoint == pytest.approx(fit.midpoint - 4000, abs=1e-6)
    assert shifted.saturation == pytest.approx(fit.saturation, rel=1e-9)


def test_threads_do_not_matter() -> None:
    y = logistic(YEARS, 80, 1990, 12) * noise(8, 0.03)
    with threadpool_limits(1):
        one = fit_growth(y, YEARS, "richards")
    with threadpool_limits(2):
        two = fit_growth(y, YEARS, "richards")
    assert (one.saturation, one.interval, one.fitted.tobytes()) == (
        two.saturation,
        two.interval,
        two.fitted.tobytes(),
    )


def test_a_ceiling_closes_the_interval() -> None:
    years = np.arange(2000, 2008)
    y = logistic(years, 95, 2014, 20) * noise(9, 0.03, 8)
    assert fit_growth(y, years).interval.is_open
    known = fit_growth(y, years, errors="logitnormal", ceiling=100)
    assert not known.interval.is_open and known.interval.upper <= 100
    assert y.max() < known.saturation <= 100


def test_gaps_between_years_are_read_as_such() -> None:
    y = logistic(YEARS, 80, 1990, 12) * noise(10, 0.02)
    some = np.array([0, 1, 2, 5, 6, 9, 10, 12, 13, 17, 20, 21, 25, 29])
    assert fit_growth(y[some], YEARS[some]).saturation == pytest.approx(80, rel=0.05)
    assert fit_growth(y[some], YEARS[some]).midpoint == pytest.approx(1990, abs=1)


GOOD = [1.0, 2.0, 4.0, 7.0, 9.0]
FIVE = [2001, 2002, 2003, 2004, 2005]


@pytest.mark.parametrize(
    ("values", "years", "choices", "code", "named"),
    [
        (GOOD, [2001, 2003, 2002, 2004, 2005], {}, "year_after", Year(2002)),
        (GOOD, [2001, 2002, 2002, 2004, 2005], {}, "year_twice", Name("2002")),
        (GOOD[:4], FIVE, {}, "wrong_shape", Name("values")),
        (GOOD, [2001, 2002, 2003.5, 2004, 2005], {}, "not_a_whole_year", Name("2003.5")),
        (GOOD, FIVE, {"errors": "gaussian"}, "no_choice", Name("errors")),
        (GOOD, FIVE, {"errors": "logitnormal"}, "logit_without_ceiling", None),
        (GOOD, FIVE, {"ceiling": -1}, "not_between", Name("ceiling")),
        (GOOD, FIVE, {"errors": "quasi_poisson", "ceiling": 10}, "ceiling_of_no_level", None),
        (GOOD, FIVE, {"exposure": FIVE}, "excludes", None),
        (GOOD, FIVE, {"launch": 2001}, "out_of_bounds", Name("2001")),
        (["a"] * 5, FIVE, {}, "wrong_kind", Name("values")),
        ([GOOD, GOOD], FIVE, {}, "wrong_shape", Name("values")),
        (GOOD, FIVE, {"curve": "linear"}, "no_choice", Name("curve")),
        (GOOD, FIVE, {"level": 90}, "not_between", Name("level")),
    ],
)
def test_bad_input_is_named(values, years, choices, code: str, named: object) -> None:
    with pytest.raises(InputError) as error:
        fit_growth(values, years, **choices)
    assert error.value.code == code
    assert named is None or named in error.value.values.values()


@pytest.mark.parametrize(
    ("values", "years", "choices", "code", "year"),
    [
        ([1, 2, -4, 7, 9], FIVE, {"errors": "negative_binomial"}, "below_zero", 2003),
        ([1, 2, math.nan, 7, 9], FIVE, {}, "unknown_value", 2003),
        ([1, 0, 4, 7, 9], FIVE, {}, "not_above_zero", 2002),
        ([0, 0, 0, 0, 0], FIVE, {"errors": "quasi_poisson"}, "all_zero", None),
        (GOOD[:3], FIVE[:3], {}, "few_years", None),
        (GOOD, [2001, 2002, 2004, 2005, 2006], {"kind": "per_year"}, "year_missing", 2003),
        (GOOD, FIVE, {"errors": "logitnormal", "ceiling": 9}, "above_ceiling", 2005),
        (
            GOOD,
            FIVE,
            {"errors": "quasi_poisson", "exposure": [1, 1, 0, 1, 1]},
            "no_exposure",
            None,
        ),
    ],
)
def test_values_that_have_no_growth_curve_are_named(values, years, choices, code, year) -> None:
    with pytest.raises(InputError) as error:
        fit_growth(values, years, **choices)
    assert error.value.code == code
    assert error.value.values.get("year") == (None if year is None else Year(year))


@pytest.mark.parametrize("values", [[5.0] * 8, [5.0] * 4])
def test_a_constant_level_is_its_own_saturation(values: list[float]) -> None:
    fit = fit_growth(values, np.arange(2000, 2000 + len(values)))
    assert fit.saturation == pytest.approx(5, rel=1e-3) or not fit.is_identified
    np.testing.assert_allclose(fit.fitted, values, rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("midpoint", "level"), [(1998, 0.8), (2006, 0.9)])
def test_intervals_cover_planted_saturations(midpoint: float, level: float) -> None:
    truth = logistic(YEARS, 80, midpoint, 18)
    inside = []
    for seed in range(60):
        found = fit_growth(
            truth * noise(100 + seed, 0.04), YEARS, level=level, serial=False
        ).interval
        inside.append(found.lower <= 80 <= found.upper)
    # three standard errors of a share of sixty
    assert np.mean(inside) == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 60))

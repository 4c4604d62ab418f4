"""Each error model's likelihood is that of SciPy's distributions, and its maximum that of SciPy's
optimisers: additive, log-normal (with and without AR(1)), logit-normal, negative binomial,
quasi-Poisson."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import logit

from firstlight.instruments.diffusion.growth_curves import bass, logistic
from firstlight.instruments.diffusion.growth_errors import ALPHA, RHO
from firstlight.instruments.diffusion.growth_fit import GrowthFit, fit_growth

YEARS = np.arange(1990, 2015)
TRUTH = logistic(YEARS, 80, 2000, 13)
LogDensity = Callable[[np.ndarray], float]


def maximised(log_density: LogDensity, start: list[float]) -> tuple[np.ndarray, float]:
    """Where SciPy's simplex finds the highest density, and the density there."""
    found = optimize.minimize(
        lambda theta: -log_density(theta),
        start,
        method="Nelder-Mead",
        options={"maxiter": 8000, "maxfev": 8000, "xatol": 1e-7, "fatol": 1e-8},
    )
    return found.x, -float(found.fun)


def logistic_at(theta: np.ndarray) -> np.ndarray:
    """The curve by log saturation, midpoint and log duration."""
    return logistic(YEARS, float(np.exp(theta[0])), theta[1], float(np.exp(theta[2])))


START = [np.log(78.0), 1999.5, np.log(12.0)]


def agrees(fit: GrowthFit, theta: np.ndarray, log_density: float, rel: float = 1e-4) -> None:
    assert fit.saturation == pytest.approx(np.exp(theta[0]), rel=rel)
    assert fit.midpoint == pytest.approx(theta[1], abs=0.01)
    assert fit.duration == pytest.approx(np.exp(theta[2]), rel=10 * rel)
    assert fit.log_likelihood == pytest.approx(log_density, abs=1e-4)


def test_additive_levels_are_normal() -> None:
    """Values in the unit of the fit: the likelihood is of values over their highest."""
    y = TRUTH + np.random.default_rng(1).normal(0, 2, YEARS.size)
    y = np.maximum(y, 0.0)
    scale = y.max()

    def log_density(theta: np.ndarray) -> float:
        spread = np.exp(theta[3])
        return float(stats.norm.logpdf(y / scale, logistic_at(theta) / scale, spread).sum())

    theta, best = maximised(log_density, [*START, np.log(0.02)])
    fit = fit_growth(y, YEARS, kind="level", errors="additive", serial=False)
    agrees(fit, theta, best)
    free, _ = optimize.curve_fit(
        lambda t, m, c, d: logistic(t, m, c, d), YEARS, y, p0=(78, 1999, 12)
    )
    assert fit.saturation == pytest.approx(free[0], rel=1e-5)


@pytest.mark.parametrize("serial", [False, True])
def test_log_normal_levels_are_a_normal_vector_of_logarithms(serial: bool) -> None:
    rng = np.random.default_rng(2)
    e = rng.normal(0, 0.04, YEARS.size)
    for k in range(1, YEARS.size):
        e[k] += 0.7 * e[k - 1]
    y = TRUTH * np.exp(e)
    fit = fit_growth(y, YEARS, kind="level", errors="lognormal", serial=serial)
    assert fit.correlation in RHO and (fit.correlation > 0) == serial
    apart = np.abs(YEARS[:, None] - YEARS)
    correlation = np.maximum(fit.correlation, 1e-300) ** apart / (1 - fit.correlation**2)

    def log_density(theta: np.ndarray) -> float:
        off = np.log(y) - np.log(logistic_at(theta))
        covariance = np.exp(2 * theta[3]) * correlation
        return float(stats.multivariate_normal.logpdf(off, np.zeros(off.size), covariance))

    theta, best = maximised(log_density, [*START, np.log(0.05)])
    agrees(fit, theta, best)


def test_logit_normal_shares_are_normal_logits() -> None:
    share = logit(TRUTH / 100) + np.random.default_rng(3).normal(0, 0.1, YEARS.size)
    y = 100 / (1 + np.exp(-share))

    def log_density(theta: np.ndarray) -> float:
        spread = np.exp(theta[3])
        return float(stats.norm.logpdf(share, logit(logistic_at(theta) / 100), spread).sum())

    theta, best = maximised(log_density, [*START, np.log(0.1)])
    agrees(fit_growth(y, YEARS, errors="logitnormal", ceiling=100, serial=False), theta, best)


@pytest.mark.parametrize("alpha", [0.0, 0.06])
def test_counts_are_negative_binomial(alpha: float) -> None:
    rng = np.random.default_rng(4)
    mean = 10 * TRUTH
    rate = mean * rng.gamma(1 / alpha, alpha, YEARS.size) if alpha else mean
    y = rng.poisson(rate)
    fit = fit_growth(y, YEARS, kind="level", errors="negative_binomial")

    def log_density_of(a: float) -> LogDensity:
        def log_density(theta: np.ndarray) -> float:
            mu = logistic_at(theta)
            if not a:
                return float(stats.poisson.logpmf(y, mu).sum())
            return float(stats.nbinom.logpmf(y, 1 / a, 1 / (1 + a * mu)).sum())

        return log_density

    at = ALPHA.index(fit.dispersion)
    start = [np.log(780.0), 1999.5, np.log(12.0)]
    every = {a: maximised(log_density_of(a), start) for a in ALPHA[max(at - 1, 0) : at + 2]}
    likeliest = max(every, key=lambda a: every[a][1])
    assert fit.dispersion == likeliest
    agrees(fit, *every[likeliest])


def test_quasi_poisson_is_poisson_with_its_own_spread() -> None:
    y = np.random.default_rng(5).negative_binomial(20, 20 / (20 + 10 * TRUTH))

    def log_density(theta: np.ndarray) -> float:
        return float(stats.poisson.logpmf(y, logistic_at(theta)).sum())

    theta, best = maximised(log_density, [np.log(780.0), 1999.5, np.log(12.0)])
    fit = fit_growth(y, YEARS, kind="level", errors="quasi_poisson")
    assert fit.saturation == pytest.approx(np.exp(theta[0]), rel=1e-4)
    deviance = 2 * (float(stats.poisson.logpmf(y, np.maximum(y, 1e-300)).sum()) - best)
    assert fit.dispersion == pytest.approx(deviance / (YEARS.size - 3), rel=1e-4)


def test_growth_within_the_year_is_normal_about_the_increments_of_the_curve() -> None:
    """Additive errors of sales, as in least squares on sales per period: the same for sums."""
    sales = bass(YEARS, 1000, 0.02, 0.35, 1989).per_year
    sales = np.maximum(sales + np.random.default_rng(6).normal(0, 3, YEARS.size), 0)
    scale = sales.sum()
    launched = np.arange(1.0, YEARS.size + 1)

    def share(t: np.ndarray, p: float, q: float) -> np.ndarray:
        left = np.exp(-(p + q) * t)
        return (1 - left) / (1 + q / p * left)

    def log_density(theta: np.ndarray) -> float:
        m, p, q, spread = np.exp(theta)
        curve = m * (share(launched, p, q) - share(launched - 1, p, q))
        return float(stats.norm.logpdf(sales / scale, curve / scale, spread).sum())

    theta, best = maximised(log_density, np.log([1000.0, 0.02, 0.35, 0.003]).tolist())
    for values, kind in ((sales, "per_year"), (sales.cumsum(), "cumulative")):
        fit = fit_growth(values, YEARS, "bass", kind=kind, errors="additive")
        found = fit.saturation, fit.innovation, fit.imitation
        assert found == pytest.approx(np.exp(theta[:3]), rel=1e-3)
        assert fit.log_likelihood == pytest.approx(best, abs=1e-4)

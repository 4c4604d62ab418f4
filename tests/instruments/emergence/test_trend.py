"""Trends against scikit-learn without shrinkage, and against planted truth with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import PoissonRegressor

from firstlight.errors import InputError
from firstlight.instruments.emergence.trend import shrunken_trend
from firstlight.instruments.emergence.trend_forecast import (
    Damping,
    probability_of_growth,
    reach,
)

Array = np.ndarray


def planted(seed: int, *, spread: float, dispersion: float, technologies: int = 500, years: int = 10) -> list[Array]:
    """Counts, totals, and the true level and slope of log-linear technologies."""
    random = np.random.default_rng(seed)
    x = np.arange(years) - (years - 1.0)
    slope = random.normal(0.03, spread, technologies)
    level = np.log(random.lognormal(np.log(80), 1, technologies) / 100_000)
    totals = np.round(100_000 * 1.04**x)
    mean = totals * np.exp(level[:, None] + slope[:, None] * x)
    if dispersion == 1:
        return [random.poisson(mean), totals, level, slope]
    return [random.negative_binomial(mean / (dispersion - 1), 1 / dispersion), totals, level, slope]


@pytest.mark.parametrize("half_life", [2.0, np.inf])
def test_without_shrinkage_as_scikit_learn(half_life: float) -> None:
    counts = np.array([[12, 9, 15, 22, 0, 41, 38, 60], [300, 310, 280, 0, 295, 301, 299, 310]])
    totals = np.array([4000, 4200, 4600, 5000, 5100, 5600, 6000, 6300])
    trend = shrunken_trend(counts, totals, 7, half_life=half_life, shrink=False)
    x = np.arange(8) - 7.0
    weight = 2.0 ** (x / half_life)
    for row, y in enumerate(counts):
        peer = PoissonRegressor(alpha=0, tol=1e-12, max_iter=1000, solver="newton-cholesky")
        peer.fit(x[:, None], y / totals, sample_weight=weight * totals)
        assert trend.slope[row] == pytest.approx(float(peer.coef_[0]), abs=1e-7)
        assert trend.level[row] == pytest.approx(float(peer.intercept_), abs=1e-7)
    # The textbook covariance of a quasi-Poisson fit, where all years weigh alike.
    if np.isinf(half_life):
        mu = totals * np.exp(trend.level[:, None] + trend.slope[:, None] * x)
        design = np.column_stack([np.ones(8), x])
        for row in range(2):
            textbook = trend.dispersion * np.linalg.inv(design.T @ (design * mu[row][:, None]))
            assert trend.slope_sd[row] ** 2 == pytest.approx(textbook[1, 1])
            assert trend.covariance[row] == pytest.approx(textbook[0, 1])


@pytest.mark.parametrize(("half_life", "dispersion", "spread"), [(np.inf, 1, 0.15), (3.0, 1, 0.15), (3.0, 3, 0.06)])
def test_posterior_covers_planted_slopes(half_life: float, dispersion: float, spread: float) -> None:
    covered, tau, pooled, scatter = [], [], [], []
    for seed in range(6):
        counts, totals, level, slope = planted(seed, spread=spread, dispersion=dispersion)
        trend = shrunken_trend(counts, totals, 9, half_life=half_life)
        inside = [
            np.abs(trend.slope - slope) < 1.645 * trend.slope_sd,
            np.abs(trend.level - level) < 1.645 * trend.level_sd,
        ]
        covered.append(np.mean(inside, axis=1))
        tau.append(trend.between_sd)
        pooled.append(trend.pooled_slope)
        scatter.append(trend.dispersion)
    # 3,000 technologies: the standard error of a coverage of .90 is .0055.
    assert np.mean(covered, axis=0) == pytest.approx([0.9, 0.9], abs=0.02)
    assert np.mean(tau) == pytest.approx(spread, rel=0.08)
    assert np.mean(pooled) == pytest.approx(0.03, abs=0.015)
    assert np.mean(scatter) == pytest.approx(dispersion, rel=0.1)


def test_shrinkage_beats_each_technology_alone_most_where_documents_are_few() -> None:
    counts, totals, _, slope = planted(3, spread=0.08, dispersion=1)
    own = shrunken_trend(counts, totals, 9, shrink=False).slope
    drawn = shrunken_trend(counts, totals, 9).slope
    few = counts.sum(axis=1) < np.median(counts.sum(axis=1))
    gain = [
        np.nanmean((own[part] - slope[part]) ** 2) / np.mean((drawn[part] - slope[part]) ** 2) for part in (few, ~few)
    ]
    assert gain[0] > 1.5
    assert gain[0] > gain[1] > 1


def test_a_newborn_has_a_steep_trend_and_an_absent_one_none() -> None:
    counts, totals, _, _ = planted(5, spread=0.1, dispersion=1, technologies=200)
    counts = np.vstack([counts, [0] * 9 + [40], [0] * 10])
    trend = shrunken_trend(counts, totals, 9)
    assert trend.slope[200] > trend.pooled_slope + 2 * trend.between_sd
    assert np.isfinite(trend.slope_sd[200])
    assert np.isnan([trend.slope[201], trend.level[201], trend.slope_sd[201]]).all()
    assert np.isnan(shrunken_trend(counts, totals, 9, shrink=False).slope[200])


def test_row_order_later_years_and_a_larger_record() -> None:
    counts, totals, _, _ = planted(6, spread=0.1, dispersion=1, technologies=60)
    trend = shrunken_trend(counts, totals, 8)
    order = np.random.default_rng(0).permutation(60)
    np.testing.assert_allclose(shrunken_trend(counts[order], totals, 8).slope, trend.slope[order], rtol=1e-6)
    later, later_totals = counts.astype(float), totals.copy()
    later[:, 9], later_totals[9] = np.nan, np.nan
    np.testing.assert_array_equal(shrunken_trend(later, later_totals, 8).slope, trend.slope)
    wider = shrunken_trend(counts, 3 * totals, 8)
    np.testing.assert_allclose(wider.slope, trend.slope, atol=1e-8)
    np.testing.assert_allclose(wider.level, trend.level - np.log(3), atol=1e-8)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 0, 1, 3, 50, 9_999]), min_size=5, max_size=5), min_size=1, max_size=6),
    st.booleans(),
)
def test_any_counts_give_finite_trends_or_nan(counts: list[list[int]], shrink: bool) -> None:
    totals = np.array([10_000, 0, 20_000, 10_000, 12_000])
    table = np.array(counts)
    table[:, 1] = 0
    trend = shrunken_trend(table, totals, 4, shrink=shrink)
    enough = (table > 0).sum(axis=1) >= (1 if shrink else 2)
    np.testing.assert_array_equal(np.isfinite(trend.slope), enough)
    np.testing.assert_array_equal(np.isfinite(trend.level_sd), enough)
    assert (np.abs(trend.slope[enough]) < 30).all()


def test_probability_by_simulation() -> None:
    """Draws from the posterior, the drift and the count give the same probability."""
    counts = np.array([[20, 24, 28, 33, 40, 47], [60, 62, 58, 61, 60, 59], [400, 420, 450, 500, 540, 600]])
    totals = np.full(6, 5000)
    trend, damping = shrunken_trend(counts, totals, 5), Damping(0.8, -0.02, 0.01)
    random, share = np.random.default_rng(1), counts[:, 5] / 5000
    found = probability_of_growth(trend, share, 3, 3, damping=damping, total_ahead=6000)
    for row in range(3):
        covariance = [
            [trend.level_sd[row] ** 2, trend.covariance[row]],
            [trend.covariance[row], trend.slope_sd[row] ** 2],
        ]
        draws = random.multivariate_normal([trend.level[row], trend.slope[row]], covariance, 200_000)
        eta = draws[:, 0] + (0.8 + 0.64 + 0.512) * draws[:, 1] - 0.06 + random.normal(0, 0.03**0.5, 200_000)
        mean, extra = 6000 * np.exp(eta), trend.dispersion - 1
        came = random.poisson(mean) if extra < 1e-6 else random.negative_binomial(mean / extra, 1 / trend.dispersion)
        assert found[row] == pytest.approx(np.mean(came / 6000 > share[row] * 1.08**3), abs=0.03)


def test_probabilities_order_as_they_must() -> None:
    counts, totals, _, _ = planted(4, spread=0.1, dispersion=1, technologies=50)
    trend, share = shrunken_trend(counts, totals, 9), np.maximum(counts[:, 9], 1) / totals[9]
    easy, hard = (probability_of_growth(trend, share, 3, 3, factor=factor) for factor in (1.0, 1.2))
    assert (easy >= hard).all()
    assert np.isnan(probability_of_growth(trend, np.zeros(50), 3, 3)).all()
    assert reach(0.0, 4) == 0


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="fewer than two years"):
        shrunken_trend([[0, 2]], [0, 9], 1)
    with pytest.raises(InputError, match="half-life"):
        shrunken_trend([[1, 2]], [9, 9], 1, half_life=0)
    trend = shrunken_trend([[1, 2]], [9, 9], 1)
    with pytest.raises(InputError, match="horizon"):
        probability_of_growth(trend, [0.1], 1, 0)

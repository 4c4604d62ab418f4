"""The local trend: hand-worked steps, the regression that it equals, what is surer, what must not
move it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from scipy.stats import t

from firstlight.instruments.emergence.forecast import trend as module
from firstlight.instruments.emergence.forecast.features import Features
from firstlight.instruments.emergence.forecast.trend import (
    DAMPING,
    DAMPING_FIVE_YEARS,
    LEVEL_NOISE,
    OF_DOCUMENTS,
    SLOPE_NOISE,
    Trend,
    Wandering,
    carried_beyond,
    course,
    drawn_by_newcomers,
    leaning,
    needed_growth,
    wandering_of,
)
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, threshold_share
from firstlight.instruments.emergence.technologies.quarterly_counts import QuarterlyCounts
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2000, 2016)
GAIN = THREE_YEARS.gain


def counts_of(matrix: np.ndarray, total: float = 20_000, year: int = 2012) -> YearlyCounts:
    names = tuple(f"t{row}" for row in range(len(matrix)))
    totals = np.full((1, len(YEARS)), float(total))
    return YearlyCounts(
        year, names, YEARS, sparse.csr_matrix(np.asarray(matrix, dtype=float)), totals
    )


def features(counts: YearlyCounts, gain: float) -> Features:
    """What a forecast reads where no authors are named."""
    return Features.of_course(course(counts, gain), gain, np.zeros(len(counts.names)))


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_a_step_and_a_look_by_hand() -> None:
    start = Trend(one(1.0), one(0.2), one(0.04), one(0.01), one(0.09), one(0.9), one(1.0))
    step = start.later()
    assert step.level == pytest.approx(1.2)
    assert step.slope == pytest.approx(0.2 * DAMPING)
    assert step.level_variance == pytest.approx(0.04 + 0.02 + 0.09 + LEVEL_NOISE**2)
    assert step.covariance == pytest.approx(DAMPING * 0.1)
    assert step.slope_variance == pytest.approx(DAMPING**2 * 0.09 + SLOPE_NOISE**2)
    seen = start.seen(one(2.0), one(0.04))
    assert seen.level == pytest.approx(1.5)  # halfway: both variances are .04
    assert seen.slope == pytest.approx(0.2 + 0.01 / 0.08)
    assert seen.level_variance == pytest.approx(0.02)
    assert seen.slope_variance == pytest.approx(0.09 - 0.01**2 / 0.08)


def by_regression(
    steps: list[float], value: np.ndarray, variance: np.ndarray, damping: float = DAMPING
) -> np.ndarray:
    """Level and slope given all looks at once, by the joint normal distribution of states and
    observations.

    steps : years from each look to the next
    """
    n = len(value)
    first = np.diag([module.FIRST_LEVEL, module.FIRST_SLOPE])
    mean, covariance = [np.array([value[0], 0.0])], {(0, 0): first}
    for step, years in enumerate(steps, start=1):
        kept = damping**years
        move = np.array([[1.0, (1 - kept) / (1 - damping)], [0.0, kept]])
        shocks = LEVEL_NOISE**2 * years, SLOPE_NOISE**2 * (1 - kept**2) / (1 - damping**2)
        mean.append(move @ mean[-1])
        covariance[step, step] = move @ covariance[step - 1, step - 1] @ move.T + np.diag(shocks)
        for earlier in range(step):
            covariance[earlier, step] = covariance[earlier, step - 1] @ move.T
    looked = np.array(
        [[covariance[min(i, j), max(i, j)][0, 0] for j in range(n)] for i in range(n)]
    )
    with_last = np.array([covariance[i, n - 1][0] for i in range(n)])
    surprise = value - np.array(mean)[:, 0]
    state: np.ndarray = mean[-1] + with_last.T @ np.linalg.solve(
        looked + np.diag(variance), surprise
    )
    return state


QUARTERS = [0.625, *[0.25] * 7]  # years from one look to the next: FY-2, then eight quarters


@pytest.mark.parametrize("damping", [DAMPING, DAMPING_FIVE_YEARS])
@pytest.mark.parametrize("steps", [[1.0] * 5, [1.0, 1.0, *QUARTERS]], ids=["years", "quarters"])
def test_the_filter_equals_the_regression_that_it_computes_step_by_step(
    steps: list[float], damping: float
) -> None:
    n = len(steps) + 1
    rng = np.random.default_rng(0)
    value, variance = rng.normal(0, 0.3, n), rng.uniform(0.01, 0.2, n)
    expected = by_regression(steps, value, variance, damping)
    filtered = Trend(
        one(value[0]),
        one(0.0),
        one(module.FIRST_LEVEL),
        one(0.0),
        one(module.FIRST_SLOPE),
        one(0.0),
        one(0.0),
        Wandering(LEVEL_NOISE, SLOPE_NOISE, damping),
    )
    for place in range(n):
        filtered = filtered.later(steps[place - 1]) if place else filtered
        filtered = filtered.seen(one(value[place]), one(variance[place]))
    assert [filtered.level[0], filtered.slope[0]] == pytest.approx(expected)


def test_parts_of_a_year_carry_the_trend_as_far_as_a_year() -> None:
    start = Trend(one(1.0), one(0.2), one(0.04), one(0.01), one(0.09), one(0.9), one(1.0))
    whole, parts = start.later(), start.later(0.625).later(0.25).later(0.125)
    assert [parts.level[0], parts.slope[0]] == pytest.approx([whole.level[0], whole.slope[0]])
    back = start.later(0.375).later(-0.375)
    assert [back.level[0], back.slope[0]] == pytest.approx([1.0, 0.2])


def by_quarter(documents: list[list[list[float]]], total: float = 20_000) -> QuarterlyCounts:
    """Documents of FY-1 and FY by quarter beside a year that is spread evenly."""
    return QuarterlyCounts(np.array(documents, dtype=float), np.full((1, 2, 4), total / 4))


def test_the_last_two_years_are_looked_at_quarter_by_quarter() -> None:
    """Every look of one technology as a number, from its definition; then the regression."""
    documents = [30, 31, 28, 35, 40, 33, 38, 45, 41, 48, 52, 60, 72]  # of 2000 to 2012
    came = [[12, 16, 14, 18], [15, 14, 22, 21]]
    total = 20_000
    value, variance = [], []
    squares = sum((n - 15) ** 2 / 15 for n in came[0]) + sum((n - 18) ** 2 / 18 for n in came[1])
    clumped = max((squares + 12) / (6 + 12), 1)
    for n in documents[1:-2]:  # the memory holds twelve years
        value.append(np.log(n / total + GAIN))
        variance.append(clumped * (n + 0.5) / total**2 / (n / total + GAIN) ** 2)
    for n, quarters in zip(documents[-2:], came, strict=True):
        for of_quarter in quarters:
            beyond = (of_quarter - n / 4) / (total / 4) / (n / total + GAIN)
            value.append(np.log(n / total + GAIN) + beyond)
            of_noise = (n / total + 0.5 / (total / 4)) / (total / 4)
            variance.append(clumped * of_noise / (n / total + GAIN) ** 2)
    level, slope = by_regression([1.0] * 9 + QUARTERS, np.array(value), np.array(variance))
    # Back from the middle of the last quarter to the middle of the year.
    slope /= DAMPING**0.375
    level -= slope * (1 - DAMPING**0.375) / (1 - DAMPING)
    found = course(counts_of([[*documents, 0, 0, 0]]), GAIN, by_quarter([came])).trend
    assert [found.level[0], found.slope[0]] == pytest.approx([level, slope])


def test_growth_late_in_the_year_counts_for_more_than_early_growth() -> None:
    counts = counts_of([[40] * 16] * 3)
    early, steady, late = [[10] * 4, [16, 12, 8, 4]], [[10] * 4] * 2, [[10] * 4, [4, 8, 12, 16]]
    trend = course(counts, GAIN, by_quarter([early, steady, late])).trend
    assert trend.slope[0] < trend.slope[1] < trend.slope[2]
    assert trend.level[0] < trend.level[1] < trend.level[2]
    # A year whose quarters are alike is the year that it was.
    assert trend.slope[1] == pytest.approx(0, abs=1e-3)


def test_documents_that_come_in_clumps_are_less_sure() -> None:
    counts = counts_of([[40] * 16] * 2)
    one_by_one, clumped = [[10] * 4] * 2, [[19, 7, 7, 7], [7, 19, 7, 7]]
    found = course(counts, GAIN, by_quarter([one_by_one, clumped]))
    years = course(counts, GAIN)
    # Fisher's index: two years with (9^2 + 3 * 3^2) / 10 each, on 6 degrees of freedom, beside four
    # years at 1 on 12. It ends at 4.
    index = (2 * (9**2 + 3 * 3**2) / 10 + 12) / (6 + 12)
    at_once = course(counts, GAIN, by_quarter([[[40, 0, 0, 0]] * 2, [[10] * 4] * 2]))
    assert found.noise / years.noise == pytest.approx([1.0, index])
    assert at_once.noise / years.noise == pytest.approx([module.MOST_CLUMPED, 1.0])
    assert found.trend.level_variance[1] > found.trend.level_variance[0]


def test_a_slope_leans_on_those_in_the_same_documents() -> None:
    climbs = [np.round(40 * rate ** np.arange(16)) for rate in (1.0, 1.0, 1.2, 0.9)]
    own = course(counts_of(climbs, total=100_000), GAIN)
    near = pl.DataFrame({"technology": [0, 0, 1], "other": [2, 3, 2]})
    slope = own.trend.slope
    beside = slope - slope.mean()
    expected = slope + module.NEIGHBOURS * np.array(
        [(beside[2] + beside[3]) / 2, beside[2], 0.0, 0.0]
    )
    found = leaning(own, near).trend
    assert found.slope == pytest.approx(expected)
    np.testing.assert_array_equal(found.level, own.trend.level)
    assert leaning(own, near.clear()) is own


def test_constant_and_steady_shares() -> None:
    flat = np.full(16, 200)
    doubling = np.round(20 * 1.2 ** np.arange(16))
    trend = course(counts_of([flat, doubling], total=100_000), GAIN).trend
    assert trend.slope[0] == pytest.approx(0.0, abs=1e-3)
    assert trend.growth(3)[0] == pytest.approx(0.0, abs=1e-3)
    assert 0.1 < trend.slope[1] < np.log(1.2)


def test_growth_is_linear_in_the_features_that_ship() -> None:
    rng = np.random.default_rng(3)
    counts = counts_of(rng.poisson(60, (30, 16)))
    found = features(counts, GAIN)
    for years in (1, 3, 5):
        assert found.expected(years) == pytest.approx(course(counts, GAIN).trend.growth(years))
    again = Features.of_frame(found.frame())
    assert again.expected(3) == pytest.approx(found.expected(3))


def restless(level: float, slope: float, seed: int = 0, size: int = 60) -> np.ndarray:
    """Counts of technologies whose level and slope wander that far in a year."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, slope, (size, len(YEARS)))
    pace = np.zeros((size, len(YEARS)))
    for year in range(1, len(YEARS)):
        pace[:, year] = DAMPING * pace[:, year - 1] + steps[:, year]
    moved = np.cumsum(pace + rng.normal(0, level, (size, len(YEARS))), axis=1)
    return rng.poisson(200_000 * 0.01 * np.exp(np.clip(moved, -4, 4)))


@pytest.mark.parametrize(("level", "slope"), [(0.05, 0.15), (0.2, 0.03), (0.05, 0.03)])
def test_a_record_tells_how_far_its_level_and_slope_wander(level: float, slope: float) -> None:
    found = wandering_of(counts_of(restless(level, slope), total=200_000), GAIN)
    assert level / 2 <= found.level <= level * 2
    assert slope / 2 <= found.slope <= slope * 2


def test_neither_later_years_nor_the_order_of_rows_nor_one_jump_change_how_far_it_wanders() -> None:
    matrix = restless(0.05, 0.06)
    own = wandering_of(counts_of(matrix, total=200_000), GAIN)
    changed = matrix.copy()
    changed[:, YEARS > 2012] *= 9
    changed[7, 8] *= 20
    order = np.random.default_rng(1).permutation(len(matrix))
    assert wandering_of(counts_of(changed[order], total=200_000), GAIN) == own
    # Where no year can be foretold from others, nothing tells.
    assert wandering_of(counts_of(matrix, year=2001), GAIN) == OF_DOCUMENTS


def test_a_record_is_as_likely_as_its_surprises_are_under_students_t() -> None:
    value = np.array([30, 34, 29, 41, 55, 70, 66])
    counts = counts_of([[0] * 6 + [*value] + [0] * 3], year=2012)
    counts = YearlyCounts(
        2012,
        counts.names,
        YEARS[6:13],
        sparse.csr_matrix(value[None].astype(float)),
        np.full((1, 7), 20_000.0),
    )
    share = value / 20_000
    noise = (share + 0.5 / 20_000) / 20_000 / (share + GAIN) ** 2
    logs = np.log(share + GAIN)
    trend = Trend(
        logs[:1],
        one(0.0),
        one(module.FIRST_LEVEL),
        one(0.0),
        one(module.FIRST_SLOPE),
        logs[:1],
        one(0.0),
    )
    total = 0.0
    for year in range(7):
        trend = trend.later() if year else trend
        if year > 1:
            squared = (logs[year] - trend.level) ** 2
            scale = (
                trend.level_variance + noise[year]
            ) / 2  # variance of t with 4 is twice its scale
            total += float(t.logpdf(np.sqrt(squared / scale), 4)[0] - np.log(scale[0]) / 2)
        trend = trend.seen(logs[year : year + 1], noise[year : year + 1])
    constant = 5 * float(t.logpdf(0, 4) + np.log(2) / 2)
    assert course(counts, GAIN).plausibility[0] == pytest.approx(total - constant)


def test_the_same_shares_on_more_documents_are_surer() -> None:
    climb = np.array([[2] * 7 + [3, 5, 8, 12, 18, 27] + [0] * 3])
    few, many = (counts_of(climb * times, total=20_000 * times) for times in (1, 10))
    scores = []
    for counts in (few, many):
        trend = course(counts, GAIN).trend
        needed = needed_growth(counts, trend, THREE_YEARS)
        scores.append(carried_beyond(trend, needed, THREE_YEARS, np.zeros(1))[0])
        assert trend.ahead(3).level_variance > trend.level_variance
    assert scores[1] > scores[0] > 0


def test_score_is_the_distance_to_the_threshold_in_standard_deviations() -> None:
    counts = counts_of(np.random.default_rng(2).poisson(40, (10, 16)))
    trend = course(counts, GAIN).trend
    needed = needed_growth(counts, trend, THREE_YEARS)
    threshold = np.exp(needed + trend.level_now) - GAIN
    assert threshold == pytest.approx(threshold_share(counts, THREE_YEARS))
    score = carried_beyond(trend, needed, THREE_YEARS, np.full(10, 0.1))
    sure = np.sqrt(trend.ahead(3).level_variance)
    assert score * sure + needed == pytest.approx(trend.growth(3) + 0.1)


def test_the_newborn_and_the_explosive_have_finite_scores_above_all_others() -> None:
    newborn = [0] * 11 + [10, 60, 0, 0, 0]
    flat = [40] * 16
    falling = list(range(160, 0, -10))
    counts = counts_of([newborn, flat, falling])
    trend = course(counts, GAIN).trend
    score = carried_beyond(
        trend, needed_growth(counts, trend, THREE_YEARS), THREE_YEARS, np.zeros(3)
    )
    assert np.isfinite(score).all()
    assert score[0] > score[1] > score[2]


def test_nothing_after_the_forecast_year_and_no_order_of_rows_moves_the_trend() -> None:
    rng = np.random.default_rng(4)
    matrix = rng.poisson(30, (20, 16))
    later = matrix.copy()
    later[:, YEARS > 2012] = rng.poisson(300, (20, 3))
    one_way, other = course(counts_of(matrix), GAIN), course(counts_of(later), GAIN)
    for name in ("level", "slope", "level_variance"):
        np.testing.assert_array_equal(getattr(one_way.trend, name), getattr(other.trend, name))
    np.testing.assert_array_equal(one_way.surprises, other.surprises)
    order = rng.permutation(20)
    shuffled = course(counts_of(matrix[order]), GAIN)
    np.testing.assert_array_equal(shuffled.trend.slope, one_way.trend.slope[order])
    quarters = by_quarter(rng.poisson(8, (20, 2, 4)).tolist())
    dated, later_dated = (course(counts_of(given), GAIN, quarters) for given in (matrix, later))
    np.testing.assert_array_equal(dated.trend.slope, later_dated.trend.slope)
    moved = course(counts_of(matrix[order]), GAIN, quarters.take(order))
    np.testing.assert_array_equal(moved.trend.slope, dated.trend.slope[order])


def test_newcomers_speak_beside_the_mean_of_the_year_or_not_at_all() -> None:
    pull = drawn_by_newcomers(np.array([0.2, 0.4, 0.6]))
    assert pull == pytest.approx(module.NEWCOMERS * np.array([-0.2, 0.0, 0.2]))
    assert not drawn_by_newcomers(np.array([0.2, np.nan])).any()
    assert drawn_by_newcomers(np.zeros(0)).shape == (0,)


def test_volatility_is_large_where_shares_jump_about() -> None:
    quiet = [400] * 16
    wild = [400, 900] * 8
    found = features(counts_of([quiet, wild], total=100_000), GAIN)
    assert found.volatility[1] > 5 * found.volatility[0]
    assert found.noise == pytest.approx(
        [0.004 / 200_000 / 0.0045**2, 0.0065 / 200_000 / 0.007**2], rel=0.01
    )

"""Scores by hand and against scikit-learn; intervals by their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from firstlight.instruments.emergence.record.ranking import ranking, ranks
from firstlight.instruments.emergence.record.scores import (
    COMPARED,
    JudgedYear,
    calibration_slope,
    calls,
    gains,
    intervals,
    is_available,
    probability_scores,
    resample_lineages,
    resampled,
    scores_of,
)


def judged(
    outcome: list[int] | np.ndarray,
    groups: list[int] | np.ndarray | None = None,
    year: int = 2010,
    lineages: np.ndarray | None = None,
) -> JudgedYear:
    size = len(outcome)
    heads = np.arange(size) if groups is None else np.asarray(groups)
    return JudgedYear(
        year=year,
        names=tuple(f"t{row:05d}" for row in range(size)),
        documents=np.full(size, 20.0),
        is_take_off=np.asarray(outcome, dtype=bool),
        groups=heads.astype(np.int64),
        lineages=heads.astype(np.int64) if lineages is None else lineages,
        chance=np.full(size, 0.01),
    )


def falling(size: int) -> np.ndarray:
    return -np.arange(size, dtype=float)


def test_a_group_counts_once_at_its_best_rank() -> None:
    # Ranked a (no), b (yes, in the group of a), c (yes), d (yes, in the group of c), e (no).
    year = judged([0, 1, 1, 1, 0], groups=[0, 0, 2, 2, 4])
    assert calls(year, falling(5)).tolist() == [0, 2, 4]
    scores = scores_of([year], [falling(5)])
    assert scores["group_count"] == 2
    assert scores["take_off_count"] == 3
    assert scores["base_rate"] == pytest.approx(3 / 5)
    # One of three lines is a hit, at the second place; a second group was to be had.
    assert scores["precision_20"] == pytest.approx(1 / 3)
    assert scores["ceiling_20"] == pytest.approx(2 / 3)
    assert scores["recall_100"] == pytest.approx(1 / 2)
    assert scores["average_precision"] == pytest.approx((1 / 2) / 2)
    # Where b stands before a, the group is a hit.
    other = scores_of([year], [np.array([0.5, 1.0, 0.4, 0.3, 0.2])])
    assert other["average_precision"] == pytest.approx(1.0)


def test_pooled_precision_recall_and_chance() -> None:
    first, second = judged([1] * 4 + [0] * 96), judged([0] * 10 + [1] * 10 + [0] * 30)
    scores = scores_of([first, second], [falling(100), falling(50)])
    assert scores["years_count"] == 2
    assert scores["precision_20"] == pytest.approx(14 / 40)
    assert scores["precision_50"] == pytest.approx(14 / 100)
    assert scores["ceiling_20"] == pytest.approx(14 / 40)
    assert scores["recall_100"] == 1.0
    assert scores["expected_by_chance"] == pytest.approx(1.5)
    second_alone = np.mean([n / (10 + n) for n in range(1, 11)])
    assert scores["average_precision"] == pytest.approx((1 + second_alone) / 2)


def test_lists_of_at_most_a_tenth() -> None:
    year = judged([1, 0, 1, 0, 1, 1] + [0] * 24)
    scores = scores_of([year], [falling(30)], most_of_scored=0.1)
    assert scores["precision_20"] == pytest.approx(2 / 3)
    assert scores["ceiling_20"] == 1.0
    assert scores["recall_100"] == pytest.approx(2 / 4)


def test_a_ranking_that_is_not_there_is_left_out() -> None:
    years = [judged([1, 0, 0]), judged([0, 1, 0])]
    unknown = np.full(3, np.nan)
    assert not is_available(unknown)
    scores = scores_of(years, [unknown, falling(3)], [unknown, np.array([0.2, 0.7, 0.1])])
    assert scores["years_count"] == 1
    assert scores["average_precision"] == pytest.approx(0.5)
    assert scores["brier"] == pytest.approx((0.04 + 0.09 + 0.01) / 3)
    nothing = scores_of(years, [unknown, unknown])
    assert nothing["precision_20"] is None
    assert nothing["base_rate"] is None


def test_no_take_off_gives_no_score_but_a_precision() -> None:
    scores = scores_of([judged([0, 0, 0])], [falling(3)])
    assert scores["precision_20"] == 0.0
    assert scores["average_precision"] is None
    assert scores["auc"] is None
    assert scores["recall_100"] is None


def test_ties_go_to_more_documents_and_then_by_name() -> None:
    scores, documents = np.array([1.0, 1.0, 1.0 + 1e-15, np.nan]), np.array([5.0, 7, 5, 99])
    assert ranking(scores, documents, ["c", "b", "a", "z"]).tolist() == [1, 2, 0, 3]
    assert ranks(scores, documents, ["c", "b", "a", "z"]).tolist() == [3, 1, 2, 4]


outcomes = st.lists(st.booleans(), min_size=2, max_size=60).filter(lambda x: 0 < sum(x) < len(x))


@given(outcomes, st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_average_precision_and_auc_are_those_of_scikit_learn(
    outcome: list[bool], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    distinct, tied = rng.permutation(len(outcome)) / 7, rng.integers(0, 4, len(outcome)) / 3
    year = judged(np.array(outcome))
    scores = scores_of([year], [distinct])
    assert scores["average_precision"] == pytest.approx(average_precision_score(outcome, distinct))
    assert scores["auc"] == pytest.approx(roc_auc_score(outcome, distinct))
    assert scores_of([year], [tied])["auc"] == pytest.approx(roc_auc_score(outcome, tied))


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_order_of_rows_is_no_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 40
    year = judged(rng.random(size) < 0.3, groups=rng.integers(0, 20, size))
    scores, order = rng.integers(0, 6, size).astype(float), rng.permutation(size)
    place = np.argsort(order)
    shuffled = JudgedYear(
        year.year,
        tuple(year.names[row] for row in order),
        year.documents[order],
        year.is_take_off[order],
        place[year.groups[order]],
        year.lineages[order],
        year.chance[order],
    )
    one, other = scores_of([year], [scores]), scores_of([shuffled], [scores[order]])
    assert one == pytest.approx(other)


@given(outcomes, st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_precision_under_weights_is_that_of_copies(outcome: list[bool], seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 3, len(outcome))
    year = judged(np.array(outcome))
    draws = resampled([year], [falling(len(outcome))], times[:, None].astype(np.uint8))
    above, below = draws[0]["precision_20"]
    copies = np.repeat(np.array(outcome), times)[:20]
    assert (above[0], below[0]) == (copies.sum(), len(copies))


def test_the_first_column_gives_the_scores_themselves() -> None:
    rng = np.random.default_rng(5)
    years = [judged(rng.random(80) < 0.2, groups=rng.integers(0, 40, 80)) for _ in range(3)]
    scores = [rng.normal(size=80) for _ in years]
    draws = resampled(years, scores, resample_lineages(years, resamples=2))
    nothing = resampled(years, [np.full(80, 1.0)] * 3, resample_lineages(years, resamples=2))
    pooled, flat = scores_of(years, scores), scores_of(years, [np.full(80, 1.0)] * 3)
    for name, row in gains(draws, nothing).items():
        assert row["gain"] == pytest.approx(pooled[name] - flat[name])


def test_a_resample_draws_whole_lineages() -> None:
    years = [judged([1, 0, 0], year=2010), judged([1, 0, 0], year=2011)]
    weights = resample_lineages(years, resamples=500, seed=1)
    assert weights.shape == (3, 501)
    assert (weights.sum(axis=0) == 3).all()
    assert weights[:, 0].tolist() == [1, 1, 1]
    assert weights.mean(axis=1) == pytest.approx([1, 1, 1], abs=0.15)
    assert (weights == resample_lineages(years, resamples=500, seed=1)).all()


def test_gains_over_itself_are_nothing_and_over_worse_are_something() -> None:
    rng = np.random.default_rng(2)
    outcome = rng.random(300) < 0.2
    years = [judged(outcome)]
    weights = resample_lineages(years, resamples=200)
    good = resampled(years, [outcome + rng.normal(size=300)], weights)
    noise = resampled(years, [rng.normal(size=300)], weights)
    same = gains(good, good)
    assert all(same[name] == {"gain": 0, "low": 0, "high": 0, "years_count": 1} for name in same)
    assert gains(good, noise)["average_precision"]["low"] > 0
    unknown = resampled(years, [np.full(300, np.nan)], weights)
    assert gains(good, unknown)["precision_20"] == {
        "gain": None,
        "low": None,
        "high": None,
        "years_count": 0,
    }


def test_gains_are_of_the_years_that_both_have() -> None:
    years = [judged([1, 0, 0, 0], year=2010), judged([0, 0, 0, 1], year=2011)]
    weights = resample_lineages(years, resamples=20)
    ours = resampled(years, [falling(4), falling(4)], weights)
    theirs = resampled(years, [np.full(4, np.nan), -falling(4)], weights)
    row = gains(ours, theirs)["average_precision"]
    assert (row["gain"], row["years_count"]) == (pytest.approx(1 / 4 - 1), 1)


def test_intervals_hold_the_expected_score_as_often_as_they_say() -> None:
    """Simulated technologies with an ability that lasts: what 90% intervals hold, of 80."""
    rng = np.random.default_rng(7)
    estimates: dict[str, list[float]] = {name: [] for name in COMPARED}
    bounds: dict[str, list[tuple[float, float]]] = {name: [] for name in COMPARED}
    for repeat in range(80):
        ability = rng.normal(size=200)
        years, scores = [], []
        for year in range(4):
            rows = np.flatnonzero(rng.random(200) < 0.7)
            outcome = rng.random(len(rows)) < expit(-2 + 1.2 * ability[rows])
            years.append(judged(outcome, year=year, lineages=rows))
            scores.append(ability[rows] + rng.normal(size=len(rows)))
        weights = resample_lineages(years, resamples=200, seed=repeat)
        held = intervals(resampled(years, scores, weights))
        for name, estimate in scores_of(years, scores).items():
            if name in COMPARED:
                estimates[name].append(estimate)
                bounds[name].append(held[name])
    for name in COMPARED:
        expected = np.mean(estimates[name])
        share = np.mean([low <= expected <= high for low, high in bounds[name]])
        assert 0.82 <= share <= 0.98, name


def test_probability_scores() -> None:
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 6, size=3_000)
    outcome = rng.random(3_000) < probability
    scores = probability_scores(probability, outcome)
    assert scores["brier"] == pytest.approx(brier_score_loss(outcome, probability))
    rate = outcome.mean()
    assert scores["brier_skill"] == pytest.approx(1 - scores["brier"] / (rate * (1 - rate)))
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    fitted.fit(logit(probability)[:, None], outcome)
    assert scores["calibration_slope"] == pytest.approx(fitted.coef_[0, 0], rel=1e-4)
    assert scores["calibration_slope"] == pytest.approx(1, abs=0.15)


def test_a_slope_needs_a_hundred_take_offs_and_overlap() -> None:
    probability, outcome = np.linspace(0.1, 0.9, 200), np.arange(200) >= 100
    assert np.isnan(calibration_slope(probability, outcome))
    assert probability_scores(probability, outcome)["calibration_slope"] is None
    few = np.arange(200) % 3 == 0
    assert probability_scores(probability, few)["calibration_slope"] is None
    assert np.isnan(calibration_slope(np.full(200, 0.3), few))
    # Odds twice as far out as they should be: half the slope.
    rng = np.random.default_rng(1)
    odds = rng.normal(-1, 1, size=20_000)
    came = rng.random(20_000) < expit(odds)
    assert calibration_slope(expit(2 * odds), came) == pytest.approx(0.5, abs=0.03)


def test_the_slope_of_forecasts_that_are_turned_round() -> None:
    """The rarer it was said to be, the more often it came: far from 1, where Newton's steps once
    ran away."""
    rng = np.random.default_rng(0)
    probability = np.repeat([0.05, 0.1, 0.18], 80)
    outcome = rng.random(240) < np.repeat([0.8, 0.5, 0.15], 80)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    fitted.fit(logit(probability)[:, None], outcome)
    assert calibration_slope(probability, outcome) == pytest.approx(fitted.coef_[0, 0], rel=1e-4)

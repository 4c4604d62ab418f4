"""Scores of entries against scikit-learn and by hand, resamples against weights, and the
configuration model's sums."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from firstlight.errors import InputError
from firstlight.instruments.complexity.configuration_model import configuration_model
from firstlight.instruments.complexity.next_activities.entry_features import (
    low_rank,
    weighted_density,
)
from firstlight.instruments.complexity.next_activities.entry_scores import score_entries


def drawn(
    seed: int, size: int = 60, places: int = 5, levels: int = 12
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.integers(levels, size=size).astype(float)
    came = rng.uniform(size=size) < (score + 1) / (levels + 8)
    return score, came, rng.integers(places, size=size)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 20))
def test_auc_and_average_precision_are_those_of_scikit_learn(
    seed: int, size: int, levels: int
) -> None:
    score, came, place = drawn(seed, size, levels=levels)
    assume(0 < came.sum() < size)
    found = score_entries(score, came, place)
    assert found.auc == pytest.approx(roc_auc_score(came, score), abs=1e-12)
    assert found.average_precision == pytest.approx(average_precision_score(came, score), abs=1e-12)


def test_resamples_are_what_weights_say() -> None:
    score, came, place = drawn(3)
    draws = np.random.default_rng(0).multinomial(5, np.full(5, 0.2), size=20).astype(float)
    found = score_entries(score, came, place, at=(3,), draws=draws)
    for k, row in enumerate(draws):
        weight = row[place]
        some = weight > 0
        assert found.resampled[0, k] == pytest.approx(
            roc_auc_score(came[some], score[some], sample_weight=weight[some])
        )
        expected = average_precision_score(came[some], score[some], sample_weight=weight[some])
        assert found.resampled[1, k] == pytest.approx(expected)


def test_precision_of_a_resample_is_the_mean_over_the_places_drawn_that_have_as_many_candidates() -> (
    None
):
    score, came, place = drawn(4)
    some = (place != 4) | (np.cumsum(place == 4) <= 2)  # the last place has two candidates
    score, came, place = score[some], came[some], place[some]
    draws = np.random.default_rng(0).multinomial(5, np.full(5, 0.2), size=20).astype(float)
    found = score_entries(score, came, place, at=(3,), draws=draws)
    alone = [
        score_entries(
            score[place == c], came[place == c], np.zeros((place == c).sum(), int), at=(3,)
        )
        for c in range(4)
    ]
    own = np.array([one.precision[0] for one in alone])
    assert found.resampled[2] == pytest.approx(draws[:, :4] @ own / draws[:, :4].sum(axis=1))


def test_the_cost_of_bins_is_added_back() -> None:
    rng = np.random.default_rng(5)
    score, place = rng.normal(size=20_000), np.repeat(np.arange(40), 500)
    came = rng.uniform(size=20_000) < 0.03 * np.exp(score - 0.5)
    found = score_entries(score, came, place, draws=np.ones((1, 40)))
    assert found.resampled[:2, 0] == pytest.approx([found.auc, found.average_precision], abs=1e-12)


def test_bins_move_resamples_of_many_by_little() -> None:
    rng = np.random.default_rng(1)
    place, score = np.repeat(np.arange(40), 500), rng.normal(size=20_000)
    came = rng.uniform(size=20_000) < 0.03 * np.exp(score - 0.5)
    draws = rng.multinomial(40, np.full(40, 1 / 40), size=10).astype(float)
    found = score_entries(score, came, place, draws=draws)
    for k, row in enumerate(draws):
        weight = row[place]
        assert found.resampled[0, k] == pytest.approx(
            roc_auc_score(came, score, sample_weight=weight), abs=5e-4
        )
        assert found.resampled[1, k] == pytest.approx(
            average_precision_score(came, score, sample_weight=weight), abs=2e-3
        )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_precision_of_a_place_is_the_mean_over_orders_of_ties(seed: int, k: int) -> None:
    score, came, place = drawn(seed, 10, places=2, levels=3)
    found = score_entries(score, came, place, at=(k,))
    expected, blind = [], []
    for one in (0, 1):
        s, y = score[place == one], came[place == one]
        if len(s) >= k:
            orders = [
                order
                for order in permutations(range(len(s)))
                if (np.diff(s[list(order)]) <= 0).all()
            ][:50_000]
            expected.append(np.mean([y[list(order[:k])].mean() for order in orders]))
            blind.append(y.mean())
        if len(s) > 7:
            return  # too many orders
    if expected:
        assert found.precision[0] == pytest.approx(np.mean(expected)) and found.blind[
            0
        ] == pytest.approx(np.mean(blind))
    else:
        assert np.isnan(found.precision[0]) and np.isnan(found.blind[0])


def test_nothing_to_score_is_nan_and_bad_scores_are_refused() -> None:
    nothing = score_entries(np.array([1.0, 2.0]), np.array([False, False]), np.array([0, 0]))
    assert np.isnan(nothing.auc) and np.isnan(nothing.average_precision)
    empty = score_entries(np.zeros(0), np.zeros(0, bool), np.zeros(0, int))
    assert np.isnan(empty.auc) and np.isnan(empty.precision).all()
    with pytest.raises(InputError) as caught:
        score_entries(np.array([1.0, np.nan]), np.array([False, True]), np.array([0, 0]))
    assert caught.value.code == "score_not_finite"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_the_configuration_model_keeps_diversity_and_ubiquity(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    m = (rng.uniform(size=(9, 12)) < share).astype(float)
    found = configuration_model(m, tolerance=1e-6)
    p = found.probability
    assert (p >= 0).all() and (p <= 1).all()
    if found.is_converged:
        assert p.sum(axis=1) == pytest.approx(m.sum(axis=1), rel=1e-5)
        assert p.sum(axis=0) == pytest.approx(m.sum(axis=0), rel=1e-5)
    order, other = rng.permutation(9), rng.permutation(12)
    assert configuration_model(m[order][:, other], tolerance=1e-6).probability == pytest.approx(
        p[order][:, other], abs=1e-9
    )


def test_the_configuration_model_is_logistic_and_says_where_it_has_no_end() -> None:
    m = (np.random.default_rng(4).uniform(size=(12, 15)) < 0.5).astype(float)
    found = configuration_model(m)
    odds = np.log(found.probability / (1 - found.probability))
    assert found.is_converged and odds == pytest.approx(
        odds[:, :1] + odds[:1] - odds[0, 0], abs=1e-8
    )  # rank one odds
    block = np.kron(np.eye(2), np.ones((1, 2)))
    assert configuration_model(block).probability == pytest.approx(np.full((2, 4), 0.5))
    full = configuration_model([[1, 1, 1], [1, 0, 0], [0, 0, 0]])  # certain all over
    assert full.probability.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]] and full.is_converged
    with pytest.raises(InputError, match="weights"):
        configuration_model([[2, 1], [1, 0]])


def test_weighted_density_and_low_rank_against_loops() -> None:
    x = np.random.default_rng(2).uniform(size=(7, 5)) * (
        np.random.default_rng(3).uniform(size=(7, 5)) < 0.7
    )
    phi = np.array(
        [
            [
                x[:, i] @ x[:, j] / np.sqrt((x[:, i] @ x[:, i]) * (x[:, j] @ x[:, j]))
                for j in range(5)
            ]
            for i in range(5)
        ]
    )
    for p in range(5):
        others = [i for i in range(5) if i != p]
        by_hand = [
            sum(row[i] * phi[i, p] for i in others) / sum(phi[i, p] for i in others) for row in x
        ]
        assert weighted_density(x)[:, p] == pytest.approx(np.array(by_hand))
    u, s, v = np.linalg.svd(x)
    assert low_rank(x, 2) == pytest.approx((u[:, :2] * s[:2]) @ v[:2])
    assert low_rank(x.T, 2) == pytest.approx(low_rank(x, 2).T)
    assert low_rank(x, 9) == pytest.approx(x)

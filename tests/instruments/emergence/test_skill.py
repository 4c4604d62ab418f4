"""Metrics against scikit-learn, against plain loops, and against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, jaccard_score, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from firstlight.errors import InputError
from firstlight.instruments.emergence import skill

CASES = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.5, 0.8, 0.99, 1.0]), min_size=n, max_size=n),
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
    )
)


def test_finley_tornado_forecasts() -> None:
    """Finley (1884): 28 hits, 72 false alarms, 23 misses, 2680 other; CSI .228, ETS .216 (Gilbert 1884)."""
    called = np.repeat([1, 1, 0, 0], [28, 72, 23, 2680])
    outcomes = np.repeat([1, 0, 1, 0], [28, 72, 23, 2680])
    assert skill.csi(called, outcomes) == pytest.approx(0.228, abs=5e-4)
    assert skill.ets(called, outcomes) == pytest.approx(0.216, abs=5e-4)


@given(CASES)
def test_against_scikit_learn(case: tuple[list[float], list[int]]) -> None:
    p, y = case
    called = np.array(p) >= 0.5
    if sum(y) + called.sum():
        assert skill.csi(called, y) == pytest.approx(jaccard_score(y, called))
    else:
        assert math.isnan(skill.csi(called, y))
    assert skill.brier(p, y) == pytest.approx(brier_score_loss(y, p))
    inner = np.clip(p, 0.01, 0.99)
    assert skill.log_loss(inner, y) == pytest.approx(sklearn_log_loss(y, inner, labels=[0, 1]))
    if 0 < sum(y) < len(y):
        assert skill.auc(p, y) == pytest.approx(roc_auc_score(y, p))
        assert skill.brier_skill(np.full(len(y), skill.base_rate(y)), y) == pytest.approx(0, abs=1e-9)
    else:
        assert math.isnan(skill.auc(p, y))
        assert math.isnan(skill.brier_skill(p, y))


@given(CASES)
def test_thresholds_against_trying_every_cut(case: tuple[list[float], list[int]]) -> None:
    p, y = np.array(case[0]), np.array(case[1])
    for metric, function in (("csi", skill.csi), ("ets", skill.ets)):
        found = skill.best_threshold(p, y, metric)  # type: ignore[arg-type]
        tried = [function(p >= cut, y) for cut in sorted(set(p))]
        if np.isnan(tried).all():
            assert math.isnan(found.value)
        else:
            assert found.value == pytest.approx(np.nanmax(tried))
            assert function(p >= found.cut, y) == pytest.approx(found.value)
    expected = skill.expected_csi_threshold(p)
    tried = [p[p >= cut].sum() / ((p >= cut).sum() + p[p < cut].sum()) for cut in sorted(set(p))]
    assert expected.value == pytest.approx(max(tried))


def test_expected_csi_is_what_calibrated_outcomes_bring() -> None:
    """Where the probabilities are right, no other cut brings a higher CSI over many draws (up to noise)."""
    random = np.random.default_rng(5)
    p = random.beta(1, 4, 4000)
    y = (random.random((40, 4000)) < p).astype(int)
    cut = skill.expected_csi_threshold(p)
    scores = [np.mean([skill.csi(p >= c, row) for row in y]) for c in np.quantile(p, np.linspace(0, 0.99, 50))]
    reached = np.mean([skill.csi(p >= cut.cut, row) for row in y])
    assert reached == pytest.approx(cut.value, abs=0.004)
    assert reached >= max(scores) - 0.002


@given(CASES)
def test_ranks_alone_decide_the_auc(case: tuple[list[float], list[int]]) -> None:
    p, y = case
    before = skill.auc(p, y)
    flipped = skill.auc(-np.array(p), y)
    assert skill.auc(np.exp(p), y) == pytest.approx(before, nan_ok=True)
    assert flipped == pytest.approx(1 - before, nan_ok=True)


def test_calibration_against_unpenalised_logistic_regression() -> None:
    random = np.random.default_rng(11)
    truth = random.normal(-1.5, 1.2, 3000)
    y = (random.random(3000) < 1 / (1 + np.exp(-truth))).astype(int)
    stretched = 1 / (1 + np.exp(-2.0 * truth))  # twice too sure
    fit = skill.calibration(stretched, y)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(2.0 * truth[:, None], y)
    assert fit.slope == pytest.approx(float(peer.coef_[0, 0]), rel=1e-4)
    assert fit.intercept == pytest.approx(float(peer.intercept_[0]), abs=1e-4)
    assert fit.slope == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("p", "y"), [([0.1, 0.9], [0, 1]), ([0.9, 0.1], [0, 1]), ([0.5, 0.5], [0, 1]), ([0.2, 0.4], [1, 1]), ([], [])]
)
def test_calibration_is_nan_where_it_is_not_defined(p: list[float], y: list[int]) -> None:
    fit = skill.calibration(p, y)
    assert math.isnan(fit.slope)
    assert math.isnan(fit.intercept)


@given(CASES, st.sampled_from(["quantile", "fixed"]))
def test_reliability_keeps_every_forecast(case: tuple[list[float], list[int]], spacing: str) -> None:
    p, y = np.array(case[0]), np.array(case[1])
    table = skill.reliability(p, y, bins=4, spacing=spacing)  # type: ignore[arg-type]
    assert table.count.sum() == len(p)
    assert (table.predicted * table.count).sum() == pytest.approx(p.sum())
    assert (table.observed * table.count).sum() == pytest.approx(y.sum())
    assert (np.diff(table.predicted) > 0).all()
    order = np.random.default_rng(0).permutation(len(p))
    again = skill.reliability(p[order], y[order], bins=4, spacing=spacing)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.count, table.count)


def test_precision_at_with_ties() -> None:
    assert skill.precision_at([5, 4, 3], [1, 0, 1], 1) == 1.0
    assert skill.precision_at([1, 1, 1, 1], [1, 0, 0, 0], 2) == 0.25  # a random order brings the base rate
    assert math.isnan(skill.precision_at([1.0], [1], 2))


def test_a_wrong_certainty_costs_infinitely_much() -> None:
    assert skill.log_loss([1.0, 0.5], [0, 1]) == math.inf


def test_bootstrap_draws_lineages_and_covers() -> None:
    random = np.random.default_rng(2)
    covered, width_rows, width_groups = 0, [], []
    for trial in range(100):
        effect = random.normal(0, 1, 40)
        groups = np.repeat(np.arange(40), 5)
        values = effect[groups] + random.normal(0, 0.3, 200)
        by_group = skill.bootstrap_interval(lambda v: float(v.mean()), groups, values, repeats=200, seed=trial)
        by_row = skill.bootstrap_interval(lambda v: float(v.mean()), np.arange(200), values, repeats=200, seed=trial)
        covered += by_group.low <= 0 <= by_group.high
        width_rows.append(by_row.high - by_row.low)
        width_groups.append(by_group.high - by_group.low)
    assert 82 <= covered <= 97  # nominal 90 of 100; a percentile bootstrap of 40 groups is a little narrow
    assert np.mean(width_groups) > 1.7 * np.mean(width_rows)  # rows of a lineage are not independent


def test_bootstrap_depends_on_neither_row_order_nor_labels() -> None:
    random = np.random.default_rng(4)
    groups, p, y = random.integers(0, 9, 60), random.random(60).round(1), random.integers(0, 2, 60)
    order = random.permutation(60)
    first = skill.bootstrap_interval(skill.auc, groups, p, y, repeats=60)
    assert skill.bootstrap_interval(skill.auc, groups[order], p[order], y[order], repeats=60) == first
    assert skill.bootstrap_interval(skill.auc, groups + 100, p, y, repeats=60) == first
    alike = skill.bootstrap_interval(skill.auc, groups, p, np.zeros(60), repeats=5)
    assert math.isnan(alike.low)
    assert alike.undefined == 5


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="not known"):
        skill.auc([1.0, 2.0], [1, np.nan])
    with pytest.raises(InputError, match="one score for each"):
        skill.auc([1.0, np.nan], [1, 0])
    with pytest.raises(InputError, match="outside 0 to 1"):
        skill.brier([1.1], [1])
    with pytest.raises(InputError, match="length"):
        skill.bootstrap_interval(skill.base_rate, [1, 2], [1])

"""Weighted figures against the plain ones, the paired bootstrap against itself, and the interval of a planted difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.lineage_bootstrap import difference, drawn, figures, interval
from firstlight.instruments.emergence.verification import Verification

MEASURES = ("csi", "ets", "auc", "precision_20", "precision_50")


def verification(seed: int, size: int = 120, strength: float = 1.0, *, ties: bool = True) -> Verification:
    """Forecasts of three years by lineages of about three; scores rise with outcomes by ``strength``."""
    rng = np.random.default_rng(seed)
    outcomes = (rng.random(size) < 0.3).astype(np.float64)
    scores = strength * outcomes + rng.normal(size=size)
    scores = np.round(scores, 1) if ties else scores
    year = np.sort(rng.integers(2010, 2013, size))
    lineage = np.array([f"t{i}" for i in rng.integers(0, size // 3, size)])
    of_year = {y: 0.8 for y in (2010, 2011, 2012)}
    return Verification("m", year, lineage, scores, scores > 0.5, outcomes, of_year, of_year, dict.fromkeys(of_year, 0))


def repeated(own: Verification, times: np.ndarray) -> Verification:
    """The same forecasts, each written as many times as it is drawn."""
    rows = np.repeat(np.arange(len(times)), times.astype(int))
    return Verification(
        own.method, own.year[rows], own.lineage[rows], own.scores[rows], own.called[rows], own.outcomes[rows],
        own.coverage, own.known_rate, own.unknown,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_with_weights_of_one_the_figures_are_the_plain_ones(seed: int) -> None:
    own = verification(seed)
    found = figures(own, np.ones((1, len(own.year))))
    assert found["csi"][0] == pytest.approx(skill.csi(own.called, own.outcomes))
    assert found["ets"][0] == pytest.approx(skill.ets(own.called, own.outcomes))
    years = [own.year == y for y in np.unique(own.year)]
    pairs = np.array([own.outcomes[y].sum() * (1 - own.outcomes[y]).sum() for y in years])
    aucs = np.array([skill.auc(own.scores[y], own.outcomes[y]) for y in years])
    assert found["auc"][0] == pytest.approx((np.nan_to_num(aucs) * pairs).sum() / pairs.sum())
    for k in (20, 50):
        each = [skill.precision_at(own.scores[y], own.outcomes[y], min(k, int(y.sum()))) for y in years]
        assert found[f"precision_{k}"][0] == pytest.approx(np.mean(each))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_weight_is_a_number_of_copies(seed: int) -> None:
    own = verification(seed, 60)
    weights = drawn(own.lineage, repeats=3, seed=seed)
    found = figures(own, weights)
    for i, times in enumerate(weights):
        copied = repeated(own, times)
        plain = figures(copied, np.ones((1, len(copied.year))))
        for name in MEASURES:
            assert found[name][i] == pytest.approx(plain[name][0], nan_ok=True), name


def test_intervals_are_those_of_the_plain_bootstrap() -> None:
    """The same draws from the same seed as ``skill.bootstrap_interval``, one resample at a time."""
    own = verification(5)
    draws = figures(own, drawn(own.lineage, repeats=150, seed=3))
    for name, metric in (("csi", skill.csi), ("ets", skill.ets)):
        plain = skill.bootstrap_interval(metric, own.lineage, own.called, own.outcomes, repeats=150, seed=3)
        assert interval(draws[name]) == pytest.approx((plain.low, plain.high))


def test_a_method_less_itself_is_nothing() -> None:
    own = verification(1)
    draws = figures(own, drawn(own.lineage, repeats=200))
    for name in MEASURES:
        estimate = float(figures(own, np.ones((1, len(own.year))))[name][0])
        found = difference(estimate, estimate, draws[name], draws[name])
        assert (found.estimate, found.low, found.high, found.excludes_0) == (0.0, 0.0, 0.0, False)


def test_calling_everything_has_no_skill_in_any_resample() -> None:
    own = verification(2)
    every = Verification(
        "everything", own.year, own.lineage, np.ones_like(own.scores), np.ones_like(own.called), own.outcomes,
        own.coverage, own.known_rate, own.unknown,
    )  # fmt: skip
    weights = drawn(own.lineage, repeats=100)
    found = figures(every, weights)
    np.testing.assert_allclose(found["ets"], 0.0, atol=1e-12)
    np.testing.assert_allclose(found["auc"], 0.5)
    np.testing.assert_allclose(found["csi"], weights @ own.outcomes / weights.sum(axis=1))


def test_pairing_makes_a_difference_sharper_and_its_interval_covers_the_truth() -> None:
    """Two noisy readings of one thing: their difference varies less than either, and in 60 samples the 90% interval of a
    difference that is truly 0 leaves 0 out about six times (binomial, 99.9%: at most 15)."""
    excluded, widths = 0, []
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        own = verification(seed, 300, ties=False)
        readings = [
            Verification(
                "m", own.year, own.lineage, own.scores + 0.3 * rng.normal(size=300), own.called, own.outcomes,
                own.coverage, own.known_rate, own.unknown,
            )
            for _ in range(2)
        ]  # fmt: skip
        weights = drawn(own.lineage, repeats=200, seed=seed)
        one, other = (figures(reading, weights)["auc"] for reading in readings)
        found = difference(0.0, 0.0, one, other)
        excluded += found.excludes_0
        low, high = interval(one)
        widths.append((found.high - found.low) / (high - low))
    assert 1 <= excluded <= 15
    assert np.mean(widths) < 0.75


def test_no_lineage_draws_nothing() -> None:
    assert drawn([], repeats=3).shape == (3, 0)
    assert all(np.isnan(bound) for bound in interval(np.array([np.nan])))

"""The baselines against the definitions, worked by hand, and what must leave them unmoved."""

from __future__ import annotations

import math

import numpy as np
import pytest

from firstlight.instruments.emergence.baselines import (
    BASELINES,
    emergence_score,
    past_growth,
    stage,
    vitality,
    vitality_and_stage,
)


def test_emergence_score_of_a_worked_series() -> None:
    c = [9, 9, 9, 1, 2, 4, 5, 8, 11, 14]  # three base years, then C1..C7
    t = [100, 100, 100, 121, 144, 169, 196, 225, 256, 289]
    r = {i: math.sqrt(t[i + 2]) for i in range(1, 8)}
    k = {i: c[i + 2] for i in range(1, 8)}
    a = (k[5] + k[6] + k[7]) / (r[5] + r[6] + r[7]) - (k[1] + k[2] + k[3]) / (r[1] + r[2] + r[3])
    recent = 10 * ((k[6] + k[7]) / (r[6] + r[7]) - (k[4] + k[5]) / (r[4] + r[5]))
    slope = 10 * (k[7] / r[7] - k[4] / r[4]) / 3
    assert (r[1], r[7]) == (11, 17)
    assert emergence_score([c], t, 9) == pytest.approx([2 * a + recent + slope], rel=1e-14)
    # 33/48 - 7/36 = .493056; 10 (25/33 - 13/29) = 3.092999; 10 (14/17 - 5/14)/3 = 1.554622
    assert emergence_score([c], t, 9) == pytest.approx([0.986111 + 3.092999 + 1.554622], abs=2e-6)


def test_emergence_score_is_linear_in_counts_and_zero_for_standstill() -> None:
    counts = np.random.default_rng(3).integers(0, 50, (40, 10)).astype(float)
    totals = np.full(10, 900.0)
    np.testing.assert_allclose(emergence_score(2 * counts, totals, 9), 2 * emergence_score(counts, totals, 9))
    np.testing.assert_allclose(emergence_score(np.full((2, 10), 7.0), totals, 9), 0, atol=1e-14)
    assert np.isnan(emergence_score(counts, totals, 5)).all()


def test_vitality_stage_and_growth_by_hand() -> None:
    counts = np.zeros((2, 18))
    counts[0, [1, 3, 17]] = [100, 2, 2]  # column 1 is 16 years back, and is not read; column 3 has age 14
    counts[1, 16] = 4
    totals = np.full(18, 1000.0)
    assert vitality(counts, totals, 17) == pytest.approx([(2 * 1 + 2 / 15) / 4, 0.5])
    assert stage(counts, totals, 17) == pytest.approx([1 / 17, 1 / 2])
    growth = past_growth([[2, 9, 9, 16], [3, 0, 0, 0], [0, 0, 0, 0]], [10, 10, 10, 20], 3)
    assert growth[:2] == pytest.approx([4 ** (1 / 3) - 1, -1.0])
    assert np.isnan(growth[2])
    assert np.isnan(past_growth([[1, 2]], [9, 9], 1)).all()


def test_z_is_clipped_among_the_technologies_handed_in() -> None:
    counts = np.zeros((101, 2))
    counts[:, 0], counts[0, 1] = 50, 60
    counts[0, 0] = 0
    score = vitality_and_stage(counts, np.full(2, 600.0), 1)
    assert score[0] == pytest.approx(3 * (0.473 + 0.292))  # ten standard deviations, clipped to three
    alike = vitality_and_stage(np.full((4, 3), 5.0), np.full(3, 600.0), 2)
    assert alike.tolist() == [0.0] * 4


@pytest.mark.parametrize("name", [name for name, _, _ in BASELINES])
def test_baselines_read_nothing_later_and_follow_their_rows(name: str) -> None:
    function = {name: function for name, function, _ in BASELINES}[name]
    random = np.random.default_rng(7)
    counts, totals = random.integers(1, 80, (25, 20)).astype(float), random.integers(2000, 4000, 20).astype(float)
    scores = function(counts, totals, 15)
    assert scores.shape == (25,)
    later_counts, later_totals = counts.copy(), totals.copy()
    later_counts[:, 16:], later_totals[16:] = np.nan, np.nan
    np.testing.assert_array_equal(function(later_counts, later_totals, 15), scores)
    np.testing.assert_array_equal(function(counts[:, :16], totals[:16], 15), scores)
    order = random.permutation(25)
    np.testing.assert_allclose(function(counts[order], totals, 15), scores[order], rtol=1e-12)

"""Kleinberg's automaton against every sequence of states, and against a case worked by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.emergence.forecast.bursts import bursts


def sequence_cost(
    row: list[int], totals: list[int], path: tuple[int, ...], s: float, gamma: float
) -> float:
    """The paper's cost function, written out (section 2 and the enumerated batches of section 4)."""
    usual, cost, before = sum(row) / sum(totals), 0.0, 0
    for r, d, state in zip(row, totals, path, strict=True):
        p = min(usual * s**state, 1.0)
        for number, rate in ((r, p), (d - r, 1 - p)):
            if number:
                cost += -number * math.log(rate) if rate > 0 else math.inf
        cost += max(state - before, 0) * gamma * math.log(len(row))
        before = state
    return cost


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=6),
    st.sampled_from([1.5, 2.0, 3.0]),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from([2, 3]),
)
def test_viterbi_against_every_sequence(
    row: list[int], s: float, gamma: float, states: int
) -> None:
    totals = [20 + 7 * year for year in range(len(row))]
    found = bursts([row], totals, s=s, gamma=gamma, states=states)
    tried = {
        p: sequence_cost(row, totals, p, s, gamma)
        for p in itertools.product(range(states), repeat=len(row))
    }
    assert found.cost[0] == pytest.approx(min(tried.values()), rel=1e-9, abs=1e-9)
    assert tried[tuple(found.states[0].tolist())] == pytest.approx(
        min(tried.values()), rel=1e-9, abs=1e-9
    )


def test_a_burst_worked_by_hand() -> None:
    """r = 1, 6, 1 of 10 each: p0 = 8/30, p1 = 16/30.

    Year 2 saves 6 ln 2 + 4 ln(7/11) = 2.3509, a rise costs ln 3.
    """
    found = bursts([[1, 6, 1]], [10, 10, 10])
    assert found.states.tolist() == [[0, 1, 0]]
    assert found.weight == pytest.approx([6 * math.log(2) + 4 * math.log(7 / 11)])
    assert found.weight == pytest.approx([2.3509], abs=5e-5)
    usual = -(8 * math.log(8 / 30) + 22 * math.log(22 / 30))
    assert found.cost == pytest.approx([usual - found.weight[0] + math.log(3)])
    assert (found.technology.tolist(), found.level.tolist()) == ([0], [1])
    assert (found.start.tolist(), found.end.tolist()) == ([1], [1])
    dear = bursts(
        [[1, 6, 1]], [10, 10, 10], gamma=2.2
    )  # 2.2 ln 3 = 2.417 exceeds what the year saves
    assert dear.states.tolist() == [[0, 0, 0]]


def test_higher_states_nest_and_the_gain_adds_up() -> None:
    found = bursts([[1, 1, 9, 60, 9, 1, 1, 1]], [200] * 8, states=3)
    assert found.states.tolist() == [[0, 0, 0, 2, 0, 0, 0, 0]]
    assert found.level.tolist() == [1, 2]
    assert found.weight.sum() == pytest.approx(found.gain.sum())


def test_technologies_are_independent_and_scale_keeps_states() -> None:
    random = np.random.default_rng(8)
    counts, totals = random.poisson(8, (50, 20)), random.integers(800, 1200, 20)
    counts[::5, 12:15] *= 5
    found = bursts(counts, totals)
    assert (found.states[::5, 12:15] == 1).all()
    order = random.permutation(50)
    np.testing.assert_array_equal(bursts(counts[order], totals).states, found.states[order])
    alone = bursts(counts[5:6], totals)
    np.testing.assert_allclose(alone.weight, found.weight[found.technology == 5])
    # Twice the documents are twice the evidence at the same price of a rise: all bursts stay, with
    # double the weight.
    double = bursts(2 * counts, 2 * totals, gamma=2.0)
    np.testing.assert_array_equal(double.states, found.states)
    np.testing.assert_allclose(double.weight, 2 * found.weight)


def test_a_constant_share_never_bursts() -> None:
    totals = np.array([100, 400, 900, 200])
    assert bursts([totals // 10, totals // 50], totals, gamma=0.0).start.size == 0


def test_nothing_to_find() -> None:
    found = bursts([[0, 0, 0], [0, 5, 0]], [0, 10, 0])
    assert found.start.size == 0
    assert np.isfinite(found.cost).all()


def test_bad_parameters_are_named() -> None:
    for wrong in ({"s": 1.0}, {"gamma": -1.0}, {"states": 1}):
        with pytest.raises(InputError) as caught:
            bursts([[1]], [2], **wrong)  # type: ignore[arg-type]
        assert caught.value.where == next(iter(wrong))
    with pytest.raises(InputError) as caught:
        bursts([[1, np.nan]], [2, 2])
    assert caught.value.code == "count_unusable"

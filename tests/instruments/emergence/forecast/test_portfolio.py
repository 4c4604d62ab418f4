"""A list as a portfolio: the range is that of the stated law, and bets are what moves together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import binom

from firstlight.instruments.emergence.forecast import portfolio
from firstlight.instruments.emergence.forecast.portfolio import bets, expected_take_offs


def test_without_anything_common_the_range_is_that_of_a_binomial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portfolio, "TOGETHER", 0.0)
    monkeypatch.setattr(portfolio, "KEPT", 1.0)
    told = expected_take_offs(np.full(20, 0.3))
    assert (told.low, told.high) == (binom.ppf(0.1, 20, 0.3), binom.ppf(0.9, 20, 0.3))
    assert told.expected == pytest.approx(6.0)


@pytest.mark.parametrize("chance", [0.1, 0.4, 0.8])
def test_of_lists_that_move_as_stated_the_range_holds_four_of_five_and_the_mean_is_kept(
    chance: float,
) -> None:
    rng = np.random.default_rng(4)
    shift = portfolio.TOGETHER * rng.normal(size=(20_000, 1))
    came = rng.random((20_000, 20)) < expit(portfolio.KEPT * logit(chance) + shift)
    counts = came.sum(axis=1)
    told = expected_take_offs(np.full(20, chance))
    assert counts.mean() == pytest.approx(told.expected, rel=0.05)
    below, above = (counts < told.low).mean(), (counts > told.high).mean()
    assert max(below, above) <= 0.11
    # an end further in would leave out more than a tenth
    assert (counts <= told.low).mean() > 0.09 and (counts >= told.high).mean() > 0.09


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_ranges_lie_within_the_list_and_certainty_has_none(chances: list[float]) -> None:
    told = expected_take_offs(np.array(chances))
    assert 0 <= told.low <= told.high <= len(chances)
    certain = expected_take_offs(np.round(chances))
    assert certain.low == certain.high == certain.expected == sum(np.round(chances))
    assert certain.holds(certain.low) and not certain.holds(certain.low + 1)


def test_one_bet_has_one_head_and_neighbours_of_neighbours_are_apart() -> None:
    near = [("b", "a"), ("b", "c"), ("d", "c"), ("c", "d")]
    assert bets("abcd", near) == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert bets("dcba", near) == {"d": "d", "c": "d", "b": "b", "a": "b"}
    assert bets([], near) == {}

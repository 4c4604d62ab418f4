"""Which industries a place may enter next, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from firstlight.instruments.complexity.entry_rules import (
    AHEAD,
    NAMED,
    RULES,
    entry_record,
    first_of_each,
    rule_scores,
)


def test_scores_by_hand() -> None:
    """Two places share two industries, and the third has one of them and the last."""
    now = np.array([[2.0, 1.5, 0.2], [1.2, 1.1, 0.5], [1.0, 0.4, 3.0]])
    before = np.array([[2.0, 1.0, 0.1], [1.2, 1.1, 0.9], [1.0, 0.1, 3.0]])
    scores = rule_scores(np.stack([before, now]), 1)
    assert list(scores) == list(RULES)
    assert scores["quotient"].tolist() == now.tolist()
    assert scores["growth"][:, 2].tolist() == pytest.approx([0.1, -0.4, 0.0])
    assert scores["size"][0].tolist() == [3, 2, 1]
    # proximities, conditional: of 0 and 1 2/3, of 0 and 2 1/3, of 1 and 2 none
    assert scores["nearness"][0, 2] == pytest.approx((1 / 3 + 0) / (1 / 3 + 0))
    assert scores["nearness"][2, 1] == pytest.approx((2 / 3 + 0) / (2 / 3 + 0))
    both = scores["quotient_and_nearness"]
    assert both.min() >= 0 and both.max() <= 2


def test_of_equals_the_first_are_named_and_only_those_that_count() -> None:
    scores, among = np.zeros((1, 9)), np.ones((1, 9), dtype=bool)
    among[0, 0] = False
    chosen = first_of_each(scores, among)
    assert np.flatnonzero(chosen[0]).tolist() == list(range(1, NAMED + 1))
    assert not first_of_each(scores, ~np.ones_like(among)).any()


def planted(years: int, seed: int) -> np.ndarray:
    """Quotients below 1 of which the higher ones pass 1 within some years, and the others never."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(0.1, 0.99, (12, 20))
    start[:, :4] = rng.uniform(1.1, 2, (12, 4))
    rising = (start > 0.8) & (start < 1)
    return np.stack([start + 0.06 * year * rising for year in range(years)])


def test_the_rule_that_did_best_is_used_and_its_share_counted() -> None:
    years = tuple(range(2000, 2014))
    record = entry_record(years, planted(len(years), 1))
    assert record is not None
    assert record.rule == "quotient" and record.share() >= record.share("size")
    # three years must have been checked before one is counted
    assert record.years[0] == 2000 + AHEAD + 2 and record.years[-1] == 2013 - AHEAD
    assert 0 <= record.base <= record.low <= record.share() <= record.high <= 1
    assert record.kept == 1


def test_of_noise_no_rule_is_worth_more_than_chance() -> None:
    rng = np.random.default_rng(2)
    record = entry_record(tuple(range(2000, 2016)), rng.lognormal(0, 0.5, (16, 40, 30)))
    assert record is not None
    assert record.low - 0.03 < record.base < record.high + 0.03


def test_too_few_years_have_no_record() -> None:
    assert entry_record(tuple(range(2000, 2007)), planted(7, 3)) is None

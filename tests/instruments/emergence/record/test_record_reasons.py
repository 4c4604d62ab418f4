"""Each reason by a series that was drawn for it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from firstlight.instruments.emergence.record.reasons import reasons
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, take_offs
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2004, 2017)  # FY = 2010: seven columns up to it, then h = 3 and three more

TOOK_OFF = {
    "near_threshold": [50, 50, 50, 50, 50, 50, 50, 60, 75, 77, 85, 85, 85],
    "newborn_grew": [0, 0, 0, 0, 0, 10, 20, 40, 60, 80, 100, 120, 120],
    "sudden_rise": [30, 30, 30, 30, 33, 36, 40, 40, 42, 120, 120, 120, 120],
    "turned_round": [70, 70, 70, 60, 50, 40, 40, 60, 80, 100, 120, 120, 120],
    "had_stood_still": [40, 40, 40, 40, 40, 40, 40, 60, 80, 100, 120, 120, 120],
    "kept_rising": [10, 12, 14, 18, 24, 30, 40, 60, 80, 100, 120, 120, 120],
}
DID_NOT = {
    "near_threshold": [50, 50, 50, 50, 50, 50, 50, 60, 70, 70, 70, 70, 70],
    "came_later": [50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 80, 130, 150],
    "one_year_peak": [50, 50, 50, 50, 50, 50, 90, 50, 50, 50, 50, 50, 50],
    "rose_and_fell": [50, 50, 50, 50, 50, 50, 50, 100, 60, 40, 40, 40, 40],
    "lost_share": [50, 50, 50, 50, 50, 50, 50, 45, 40, 30, 30, 30, 30],
    "within_noise": [3, 3, 4, 3, 4, 4, 4, 5, 8, 8, 6, 6, 6],
    "stood_still": [50, 50, 50, 50, 50, 50, 50, 50, 50, 52, 52, 52, 52],
}


def made(rows: list[list[int]]) -> YearlyCounts:
    names = tuple(f"t{row}" for row in range(len(rows)))
    cells = sparse.csr_matrix(np.array(rows, dtype=float))
    return YearlyCounts(2010, names, YEARS, cells, np.full((1, len(YEARS)), 5_000.0))


@pytest.mark.parametrize("code", TOOK_OFF)
def test_of_take_offs(code: str) -> None:
    counts = made([TOOK_OFF[code]])
    assert take_offs(counts, THREE_YEARS).is_take_off.all()
    assert reasons(counts, THREE_YEARS) == [code]


@pytest.mark.parametrize("code", DID_NOT)
def test_of_the_others(code: str) -> None:
    counts = made([DID_NOT[code]])
    assert not take_offs(counts, THREE_YEARS).is_take_off.any()
    assert reasons(counts, THREE_YEARS) == [code]


def test_all_at_once_are_as_each_alone() -> None:
    rows = [*TOOK_OFF.values(), *DID_NOT.values()]
    assert reasons(made(rows), THREE_YEARS) == [*TOOK_OFF, *DID_NOT]


def test_what_came_later_is_known_only_later() -> None:
    counts = made([DID_NOT["came_later"]])
    assert reasons(counts.until(2013), THREE_YEARS) == ["stood_still"]


def test_a_venue_that_joined_is_named() -> None:
    old, new = np.full(13, 20.0), np.where(YEARS >= 2012, 200.0, 0)
    cells = sparse.csr_matrix(np.concatenate([old, new])[None])
    totals = np.vstack([np.full(13, 3_000.0), np.where(YEARS >= 2012, 3_000.0, 0)])
    counts = YearlyCounts(2010, ("t",), YEARS, cells, totals, ("old", "new"))
    assert reasons(counts, THREE_YEARS) == ["record_changed"]

"""The label of the published peer by hand: growth of more than 8% a year above the past peak."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from firstlight.instruments.emergence.record.scores import JudgedYear
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.take_off.peer import ahead, precision_at_recall  # noqa: E402

FY, FIRST, LAST = 2010, 2004, 2014
YEARS = np.arange(FIRST, LAST + 1)


def counts(*rows: dict[int, float], total: float = 1000) -> YearlyCounts:
    """Technologies by their documents in the years given, 10 in every other one."""
    documents = np.full((len(rows), len(YEARS)), 10.0)
    for row, given in enumerate(rows):
        for year, count in given.items():
            documents[row, year - FIRST] = count
    names = tuple(f"t{row}" for row in range(len(rows)))
    totals = np.full((1, len(YEARS)), total)
    return YearlyCounts(FY, names, YEARS, sparse.csr_matrix(documents), totals)


@pytest.mark.parametrize(
    ("documents", "is_exceptional"),
    [
        ({2006: 20, 2011: 22}, True),  # above 21.6
        ({2006: 20, 2011: 21, 2012: 23, 2013: 25}, False),  # 21.6, 23.3 and 25.2 are not passed
        ({2006: 20, 2013: 26}, True),  # one year of three is enough
        ({2006: 20, 2014: 90}, False),  # four years ahead is too late
        ({2006: 100, 2011: 108}, False),  # exactly 8% is not more
        ({2006: 75, 2011: 81}, False),
        ({2006: 105, 2011: 113.4}, False),  # nor is it by the last digit of a float
        ({2006: 100, 2011: 108.1}, True),
        ({2011: 11, 2012: 12, 2013: 13}, True),  # above 10.8: no size is asked for
        ({FY: 12, 2013: 15}, False),  # the forecast year can be the peak: 15.1
    ],
)
def test_the_label_by_hand(documents: dict[int, float], is_exceptional: bool) -> None:
    assert ahead(counts(documents), 3).is_exceptional.tolist() == [is_exceptional]


def test_a_year_held_in_part_is_neither_a_peak_nor_ahead() -> None:
    made = counts({2006: 20, 2011: 22}, {2011: 22})
    assert ahead(made, 3).is_exceptional.tolist() == [True, True]
    assert ahead(made, 3, (2011,)).is_exceptional.tolist() == [False, False]
    below_the_peak = counts({2006: 20, 2011: 15})
    assert ahead(below_the_peak, 3).is_exceptional.tolist() == [False]
    assert ahead(below_the_peak, 3, (2006,)).is_exceptional.tolist() == [True]


def test_chance_is_that_of_drawn_documents() -> None:
    """Documents of the years ahead are drawn at the share of FY-1..FY, many times."""
    made = counts({}, {2006: 40}, {2009: 3, FY: 5}, total=500)
    share = np.array([20, 20, 8]) / 1000
    found = ahead(made, 3)
    np.testing.assert_allclose(found.before, share)
    drawn = np.random.default_rng(1).poisson(500 * share[:, None], (40_000, 3, 3)) / 500
    simulated = (drawn > found.bounds).any(axis=2).mean(axis=0)
    np.testing.assert_allclose(found.chance, simulated, atol=0.01)
    assert found.chance[0] > 0.2 > 1e-6 > found.chance[1]


def test_of_many_documents_nothing_grows_by_chance() -> None:
    steady = {int(year): 1e6 for year in YEARS}
    assert ahead(counts(steady, total=1e8), 3).chance == pytest.approx([0], abs=1e-12)


def year(size: int, *places: int) -> tuple[JudgedYear, np.ndarray]:
    """Technologies in the order of their scores, those at some places positive."""
    came = np.isin(np.arange(1, size + 1), places)
    rows = np.arange(size)
    names = tuple(f"{row:03d}" for row in rows)
    own = JudgedYear(FY, names, np.full(size, 20.0), came, rows, rows, np.zeros(size))
    return own, -rows.astype(float)


def test_precision_at_a_recall_by_hand() -> None:
    """Of 4 positives 3 are needed for .7: they are found among the first 6 of 10."""
    one, other = year(10, 1, 3, 6, 10), year(5, 1)
    assert precision_at_recall([one[0]], [one[1]], 0.7) == pytest.approx(3 / 6)
    assert precision_at_recall([one[0]], [one[1]], 1.0) == pytest.approx(4 / 10)
    # Of 5 positives 4 are needed: .6 of each year, 6 lines of the one and 3 of the other.
    both = [one[0], other[0]], [one[1], other[1]]
    assert precision_at_recall(*both, 0.7) == pytest.approx(4 / 9)


def test_what_needs_years_that_are_not_there_is_left_out() -> None:
    one, other = year(10, 1, 3, 6, 10), year(5, 1)
    silent = np.full(5, np.nan)
    years = [one[0], other[0]]
    assert precision_at_recall(years, [one[1], silent], 0.7) == pytest.approx(3 / 6)
    assert precision_at_recall([other[0]], [silent], 0.7) is None
    nothing, scores = year(5)
    assert precision_at_recall([nothing], [scores], 0.7) is None

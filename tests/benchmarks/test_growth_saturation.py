"""Public conventions of Bass's curve are what public programs print, and the page keeps its other
parts."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.diffusion.growth import STAGES_HEADING, with_part
from benchmarks.diffusion.growth_saturation import HEADING, Found, counted, public_fit

RECORDERS = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890.0])


def test_the_density_at_the_end_of_the_year_is_that_of_the_printed_example() -> None:
    """R's nls on the teaching example, as printed: M 6.80e4, P 6.59e-3, Q 6.38e-1."""
    m, p, q = public_fit("density: Bass", np.arange(1980, 1990), RECORDERS.cumsum())
    assert m == pytest.approx(6.80e4, abs=50)
    assert np.exp([p, q]) == pytest.approx([6.59e-3, 6.38e-1], rel=1e-3)


def test_levels_and_growth_give_back_a_planted_curve() -> None:
    t = np.arange(1, 16.0)
    left = np.exp(-0.42 * t)
    sums = 1000 * (1 - left) / (1 + 0.4 / 0.02 * left)
    for way in ("levels: Bass", "growth within the year: Bass"):
        m, p, q = public_fit(way, np.arange(2001, 2016), sums)
        assert (m, np.exp(p), np.exp(q)) == pytest.approx((1000, 0.02, 0.4), rel=1e-4)


def test_saturations_below_what_was_reached_are_counted() -> None:
    found = {
        "a": {"way": Found(9.0, is_said=True)},
        "b": {"way": Found(9.0)},
        "c": {"way": Found(11.0)},
        "d": {"way": Found(np.nan)},
        "e": {"way": Found(np.nan, reason="falls")},
    }
    assert counted("way", found, dict.fromkeys("abcde", 10.0)) == ["way", "4", "3", "2", "1"]


def test_one_part_of_the_page_is_written_and_the_rest_kept() -> None:
    page = f"# Page\n\n{STAGES_HEADING}\n\nrest\n"
    once = with_part(page, [HEADING, "", "new", ""])
    assert once == f"# Page\n\n{HEADING}\n\nnew\n\n{STAGES_HEADING}\n\nrest\n"
    assert with_part(once, [HEADING, "", "new", ""]) == once

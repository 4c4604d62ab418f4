"""Corrections of chances find what is planted, and read no forecast whose outcome was still open."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.complexity.calibration import (
    CORRECTIONS,
    Forecasts,
    corrected,
    corrections,
    gain,
    last_rate,
    level_alone,
    levels,
    means,
    slope_and_level,
)


def planted(years: range, slope: float, level: float) -> Forecasts:
    rng = np.random.default_rng(0)
    held = {}
    for year in years:
        chance = expit(rng.normal(-1, 1, 4000))
        true = expit(slope * logit(chance) + level)
        held[year] = chance, (rng.uniform(size=4000) < true).astype(float)
    return held


def test_a_planted_slope_and_level_is_found() -> None:
    held = planted(range(2000, 2008), 0.6, 0.8)
    chance = np.array([0.1, 0.5, 0.9])
    assert slope_and_level(held, chance) == pytest.approx(
        expit(0.6 * logit(chance) + 0.8), abs=0.01
    )
    moved = planted(range(2000, 2008), 1.0, 0.8)
    assert level_alone(moved, chance) == pytest.approx(expit(logit(chance) + 0.8), abs=0.01)
    asked = held[2003][0]
    assert last_rate({2003: held[2003]}, asked).mean() == pytest.approx(held[2003][1].mean())
    own = corrected(held, 2, slope_and_level)
    assert gain(own) > gain(corrected(held, 2, None)) + 0.02


def test_forecasts_whose_outcome_is_open_are_not_read() -> None:
    held = planted(range(2000, 2008), 0.6, 0.8)
    assert sorted(corrected(held, 3, None)) == [2003, 2004, 2005, 2006, 2007]
    other = {year: (p, y if year <= 2002 else 1 - y) for year, (p, y) in held.items()}
    for how in CORRECTIONS.values():
        one, changed = (corrected(some, 3, how) for some in (held, other))
        for year in (2003, 2004, 2005):
            assert one[year][0].tobytes() == changed[year][0].tobytes()
        assert one[2006][0].tobytes() != changed[2006][0].tobytes()


def test_tables_tell_the_two_parts_of_the_years() -> None:
    held = planted(range(2000, 2008), 0.6, 0.8)
    targets = ("entry", "exit", "growth")
    periods = [
        SimpleNamespace(
            known=SimpleNamespace(
                now=SimpleNamespace(period=year),
                candidates=dict.fromkeys(targets, np.ones(4000, bool)),
            ),
            chances=dict.fromkeys(targets, chance),
            came=dict.fromkeys(targets, came),
        )
        for year, (chance, came) in held.items()
    ]
    years = pl.DataFrame(
        [(one, year) for one in targets for year in held], schema=["target", "year"], orient="row"
    )
    found: Any = SimpleNamespace(
        periods=periods, by_year=years, table=pl.DataFrame({"horizon_years": [3]})
    )
    chance, came = (np.concatenate([one[k] for one in held.values()]) for k in (0, 1))
    assert means({"A": found})[1][0][:2] == [
        "A",
        f"{100 * chance.mean():.1f} / {100 * came.mean():.1f}",
    ]
    low = chance < 0.1
    assert (
        levels({"A": found})[1][0][1]
        == f"{100 * chance[low].mean():.0f} → {100 * came[low].mean():.0f} ({low.sum():,})"
    )
    head, rows = corrections({"A": found}, {"A": 2004})
    assert len(rows) == 3 and all(len(row) == len(head) for row in rows)
    assert (rows[0][head.index("years, choosing")], rows[0][head.index("years, later")]) == (
        "2",
        "3",
    )
    plain, own = (
        gain({y: one for y, one in corrected(held, 3, how).items() if y > 2004})
        for how in (None, level_alone)
    )
    assert rows[0][head.index("level, later")] == f"{100 * (own - plain):+.1f}"

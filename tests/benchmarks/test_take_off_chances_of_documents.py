"""Chances of records that nobody had looked at for them: classes add up, and chances that are right
are found right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from benchmarks.take_off import chances_of_documents as module
from benchmarks.take_off.chances_of_documents import Issued

ROOT = Path(__file__).resolve().parents[2]


def drawn(family: str, seed: int, given: float = 1.0) -> Issued:
    """Chances whose log-odds are so many times the true ones, and outcomes drawn by the true."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-3.0, 1.0, 6000)
    outcome = rng.random(6000) < 1 / (1 + np.exp(-odds))
    chance = 1 / (1 + np.exp(-given * odds))
    about = {"half": "held out", "family": family, "horizon": 3, "shipped": module.ALL}
    scores = {"promised_early": 0.0, "came_early": 0, "in_band": 0.8, "in_band_of_first_20": 0.7}
    gain = {"gain_over_base_rate": 0.01 * seed}
    return Issued(about | module._by_class(chance, outcome) | scores | gain, chance, outcome)


def test_classes_hold_every_promise_and_every_take_off_once() -> None:
    row, chance = drawn("one", 1).row, drawn("one", 1).chance
    promised = sum(row[f"promised_{name}"] for name in module.CLASSES)
    assert promised == pytest.approx(chance.sum(), abs=0.005 * len(module.CLASSES))
    came = sum(row[f"came_{name}"] for name in module.CLASSES)
    assert came == drawn("one", 1).outcome.sum()
    edge = module._by_class(np.array([0.02, 0.5]), np.array([True, False]))
    assert edge["came_02_to_05"] == 1 and edge["promised_5_up"] == 0.5


@pytest.mark.parametrize(("given", "slope"), [(1.0, 1.0), (2.0, 0.5)])
def test_the_slope_of_chances_that_are_too_extreme_is_found(given: float, slope: float) -> None:
    every = [drawn(f"family {seed}", seed, given) for seed in range(1, 6)]
    told = "\n".join(module.summary(every))
    found, low, high = map(float, re.findall(r"slope (\S+) \((\S+) to (\S+)\)", told)[0])
    assert low <= found <= high and found == pytest.approx(slope, abs=0.06)
    assert "5 records" in told and "+0.0300" in told and "in the 80% band 0.800" in told


def test_the_base_rate_is_that_of_checked_forecasts() -> None:
    assert module._base_rate([]) == 0.05
    known = [np.array([True, False, False]), np.array([False] * 7)]
    assert module._base_rate(known) == pytest.approx(1.5 / 20)


def test_records_are_those_of_both_tables_and_leave_out_their_source() -> None:
    kept = module._texts_of(ROOT / "benchmarks" / "results")
    assert kept["robotics", "icra iros"] == {"title", "title_and_abstract"}
    assert kept["cross physics", "cross all of physics"] == {"title_and_abstract"}
    sources = {module._source(family, name) for family, name in kept}
    assert sources == {None, "arxiv", "conferences"}

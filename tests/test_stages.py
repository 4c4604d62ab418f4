"""The life cycle in an observation: planted courses, calibration on earlier surveys, and nothing read too early."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.survey import Survey
from firstlight.observe.stages import stages

YEARS = np.arange(1990, 2021)
TOTAL = 20_000.0
IDS = [f"t{i:03d}" for i in range(90)]


def surveys(seed: int = 0, size: int = 90) -> dict[int, Survey]:
    """The same technologies in every survey: a third rise late, a third rose long ago, a third rose and fall."""
    rng = np.random.default_rng(seed)
    late = 400 / (1 + np.exp(-0.35 * (YEARS - 2012)))
    early = 300 / (1 + np.exp(-0.6 * (YEARS - 1996)))
    fallen = early * np.exp(-0.15 * np.maximum(YEARS - 2004, 0))
    means = np.repeat(np.stack([late, early, fallen]), size // 3, axis=0) + 5
    counts = rng.poisson(means).astype(np.float64)
    return {year: survey(year, counts) for year in (2008, 2011, 2014, 2017)}


def survey(year: int, counts: npt.NDArray[np.float64]) -> Survey:
    none, empty = np.zeros_like(counts), pl.DataFrame()
    names = tuple(f"technology {i}" for i in range(len(counts)))
    totals = np.full(len(YEARS), TOTAL)
    return Survey(year, YEARS, totals, counts, none, none, none, 0.9, len(counts), names, empty, empty, empty)


def called(found: pl.DataFrame, first: int, last: int) -> list[str]:
    return found.sort("technology_id")["stage"].to_list()[first:last]


def test_planted_courses_are_told_apart_once_earlier_years_have_taught() -> None:
    tables, facts = stages(surveys(), IDS, 2017)
    found = tables["life_cycle"]
    assert facts["life_cycle_outcomes_count"] >= 100
    assert called(found, 60, 90).count("decline") >= 27
    assert called(found, 30, 60).count("maturity") >= 24
    assert "decline" not in called(found, 0, 30)
    chances = found.select(pl.sum_horizontal(pl.selectors.ends_with("_probability")))
    assert np.allclose(chances.to_numpy(), 1, atol=1e-5)


def test_without_earlier_outcomes_nothing_is_called_and_the_reason_stands_there() -> None:
    only = {2017: surveys()[2017]}
    found = stages(only, IDS, 2017)[0]["life_cycle"]
    assert set(found["stage"]) == {"undetermined"} and found["growth_probability"].null_count() == 90
    assert all("100" in reason for reason in (*found["reason_en"], *found["reason_zh"]))


def test_later_counts_move_nothing() -> None:
    before = stages(surveys(), IDS, 2017)[0]["life_cycle"]
    later = YEARS > 2017
    changed = {
        year: replace(own, counts=np.where(later, 7.0, own.counts), totals=np.where(later, 9e9, own.totals))
        for year, own in surveys().items()
    }
    assert stages(changed, IDS, 2017)[0]["life_cycle"].equals(before)


def test_a_short_record_has_no_stage() -> None:
    own = surveys()[2017]
    short = {2017: replace(own, totals=np.where(YEARS < 2014, 0.0, own.totals))}
    assert stages(short, IDS, 2017)[0]["life_cycle"].is_empty()

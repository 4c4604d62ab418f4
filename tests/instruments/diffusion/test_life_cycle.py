"""Stages of the life cycle: planted ones are called, order and company don't matter, calibration
holds out of time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import logistic
from firstlight.instruments.diffusion.growth_posterior import posterior
from firstlight.instruments.diffusion.growth_series import growth_series
from firstlight.instruments.diffusion.life_cycle import (
    EVEN,
    FEW,
    FLAT,
    STAGES,
    calibration_of,
    life_cycle,
)
from firstlight.instruments.diffusion.stage_calibration import (
    StageCalibration,
    calibrate_stages,
    stage_outcomes,
)
from firstlight.sample import text_corpora
from firstlight.texts import Count, Year

YEARS = np.arange(1995, 2020)
EXPOSURE = np.linspace(20_000, 60_000, 25).round()


def planted(many: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Counts about logistic shares, and the share of saturation reached."""
    rng = np.random.default_rng(seed)
    middles, durations = rng.uniform(2000, 2030, many), rng.uniform(6, 25, many)
    share = np.stack([logistic(YEARS, 0.02, m, d) for m, d in zip(middles, durations, strict=True)])
    return rng.poisson(share * EXPOSURE), share[:, -1] / 0.02


def test_planted_stages_are_called() -> None:
    late = logistic(YEARS, 0.02, 2003, 8) * EXPOSURE
    middle = logistic(YEARS, 0.02, 2017, 10) * EXPOSURE
    fall = np.where(YEARS <= 2008, late, late * np.exp(-0.2 * (YEARS - 2008)))
    rng = np.random.default_rng(3)
    found = life_cycle(rng.poisson([middle, late, fall]), EXPOSURE, YEARS)
    assert [STAGES[k] for k in found.stage] == ["growth", "maturity", "decline"]
    assert found.probabilities.sum(axis=1) == pytest.approx(1)
    assert found.probabilities[2, 3] > 0.95


def test_a_series_without_a_trend_has_no_stage() -> None:
    flat = life_cycle([[100] * 10], [1000] * 10, range(2000, 2010))
    assert flat.stage.tolist() == [4] and flat.reason == (FLAT,) and np.isnan(flat.fraction[0])
    assert flat.frame["stage"][0] == "no_trend"
    # a constant share, whatever the totals do, is called so about 19 times in 20; rises and falls
    # are not
    rng = np.random.default_rng(11)
    constant = rng.poisson(np.tile(0.004 * EXPOSURE, (60, 1)))
    assert (life_cycle(constant, EXPOSURE, YEARS).stage == 4).mean() > 0.85
    rises = rng.poisson(np.linspace(0.002, 0.006, 25) * EXPOSURE)
    arch = rng.poisson((0.006 - 0.004 * np.linspace(-1, 1, 25) ** 2) * EXPOSURE)
    assert (
        4
        not in life_cycle(
            [rises, rises[::-1] * EXPOSURE // EXPOSURE[::-1], arch], EXPOSURE, YEARS
        ).stage
    )


@pytest.mark.slow
def test_planted_phases_are_ranked_and_not_overstated() -> None:
    counts, reached = planted(300)
    found = life_cycle(counts, EXPOSURE, YEARS)
    usable = np.isfinite(found.fraction)
    outcome = np.where(reached < 0.1, 0, np.where(reached > 0.9, 2, 1))[usable]
    p = found.probabilities[usable]
    base = np.bincount(outcome, minlength=4) / outcome.size
    hit = np.eye(4)[outcome]
    assert ((p - hit) ** 2).sum(axis=1).mean() < 0.75 * ((base - hit) ** 2).sum(axis=1).mean()
    sure = p.max(axis=1) > 0.8
    assert (p.argmax(axis=1) == outcome)[sure].mean() > 0.8
    assert np.corrcoef(found.fraction[usable], reached[usable])[0, 1] > 0.8


def test_order_and_company_do_not_matter() -> None:
    counts, _ = planted(12, seed=1)
    whole = life_cycle(counts, EXPOSURE, YEARS)
    turned = np.random.default_rng(0).permutation(12)
    np.testing.assert_allclose(
        life_cycle(counts[turned], EXPOSURE, YEARS).probabilities,
        whole.probabilities[turned],
        atol=1e-7,
    )
    np.testing.assert_allclose(
        life_cycle(counts[:1], EXPOSURE, YEARS).probabilities, whole.probabilities[:1], atol=1e-7
    )
    moved = life_cycle(counts, EXPOSURE, YEARS + 1000)
    np.testing.assert_allclose(moved.probabilities, whole.probabilities, atol=1e-9)
    assert moved.year == 3019


def test_the_quick_grid_agrees_with_the_full_one() -> None:
    counts, _ = planted(8, seed=2)
    series = growth_series(counts, YEARS, errors="negative_binomial", exposure=EXPOSURE)
    series = replace(series, inflation=2.0, weights=2.0 ** (series.since / 5))
    for model in ("logistic", "gompertz"):
        quick = posterior(series, model, nuisance=np.full((8, 1), 0.01), refine=False)
        full = posterior(series, model, nuisance=np.full((8, 1), 0.01))
        for edge in (0.1, 0.9):
            np.testing.assert_allclose(quick.below(edge), full.below(edge), atol=0.03)
        np.testing.assert_allclose(quick.log_evidence, full.log_evidence, atol=0.1)


def test_what_cannot_be_told_says_why() -> None:
    steady = np.random.default_rng(5).poisson(np.full(25, 2.0))
    found = life_cycle([steady, [0] * 24 + [3], [0] * 25], EXPOSURE, YEARS)
    assert found.reason[1:] == (FEW, FEW) and found.stage.tolist()[1:] == [-1, -1]
    assert np.isnan(found.probabilities[1:]).all()
    frame = found.frame
    assert frame["growth_probability"].null_count() == 2
    assert frame["reason"][1] == FEW
    assert frame["stage"][2] == "undetermined"
    nothing = life_cycle([[0] * 25], EXPOSURE, YEARS)
    assert nothing.reason == (FEW,)
    assert life_cycle(np.empty((0, 25)), EXPOSURE, YEARS).frame.height == 0


@pytest.mark.parametrize(
    ("counts", "exposure", "years", "choices", "code", "where"),
    [
        (
            [[5, -1, 5, 5]],
            [99] * 4,
            range(2000, 2004),
            {},
            "no_count",
            "technology 0, year 2001",
        ),
        (
            [[5, 5, np.nan, 5]],
            [99] * 4,
            range(2000, 2004),
            {},
            "no_count",
            "technology 0, year 2002",
        ),
        (
            [[5, 5, 120, 5]],
            [99] * 4,
            range(2000, 2004),
            {},
            "count_above_exposure",
            "technology 0, year 2002",
        ),
        ([[5, 5, 5]], [99] * 3, range(2000, 2003), {}, "few_years", "years"),
        ([5, 5, 5, 5], [99] * 4, range(2000, 2004), {}, "wrong_shape", "counts"),
        (
            [[5, 5, 5, 5]],
            [99, 0, 99, 99],
            range(2000, 2004),
            {},
            "no_exposure",
            "exposure",
        ),
        ([[5, 5, 5, 5]], [99] * 4, [2000, 2002, 2001, 2003], {}, "year_after", "years"),
        (
            [[5, 5, 5, 5]],
            [99] * 4,
            range(2000, 2004),
            {"inflation": 0.5},
            "out_of_bounds",
            "inflation",
        ),
        (
            [[5, 5, 5, 5]],
            [99] * 4,
            range(2000, 2004),
            {"half_life": 0},
            "not_between",
            "half_life",
        ),
    ],
)
def test_bad_input_is_named(counts, exposure, years, choices, code: str, where: str) -> None:
    with pytest.raises(InputError) as error:
        life_cycle(counts, exposure, list(years), **choices)
    assert (error.value.code, error.value.where) == (code, where)


def test_outcomes_are_open_while_the_record_is_short() -> None:
    rising = np.round(logistic(np.arange(2000, 2020), 900, 2015, 10)).astype(int)
    known = [
        int(stage_outcomes([rising], [9000] * 20, range(2000, 2020), year)[0])
        for year in (2002, 2014, 2019)
    ]
    assert known == [0, -1, -1]  # early enough, still rising, the end
    with pytest.raises(InputError) as caught:
        stage_outcomes([rising], [9000] * 20, range(2000, 2020), 1999)
    assert (caught.value.code, caught.value.values["year"]) == ("no_such_year", Year(1999))


@pytest.mark.slow
def test_calibration_reads_nothing_later_than_it_says() -> None:
    rng = np.random.default_rng(8)
    counts = rng.poisson(60 * np.exp(np.cumsum(rng.normal(0, 0.2, (260, 25)), axis=1)))
    first = calibration_of([(counts, EXPOSURE, YEARS, 2008)], until=2014)
    counts[:, YEARS > 2014] = rng.permutation(counts[:, YEARS > 2014])
    second = calibration_of([(counts, EXPOSURE, YEARS, 2008)], until=2014)
    assert (first.slope, first.shifts.tolist(), first.n) == (
        second.slope,
        second.shifts.tolist(),
        second.n,
    )
    assert calibration_of([(counts, EXPOSURE, YEARS, 2008)], until=2019).n != first.n


def test_calibration_needs_a_hundred_outcomes_and_leaves_good_probabilities_alone() -> None:
    rng = np.random.default_rng(6)
    p = rng.dirichlet([2, 4, 2, 2], 3000)
    drawn = np.array([rng.choice(4, p=row) for row in p])
    fair = calibrate_stages(p, drawn)
    assert fair.slope == pytest.approx(1, abs=0.1) and np.abs(fair.shifts).max() < 0.3
    sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert calibrate_stages(sharp, drawn).slope == pytest.approx(1 / 3, abs=0.05)
    np.testing.assert_allclose(StageCalibration(1.0, np.zeros(4), 0).apply(p), p, atol=2e-3)
    with pytest.raises(InputError) as caught:
        calibrate_stages(p, np.where(np.arange(3000) < 99, drawn, -1))
    assert (caught.value.code, caught.value.values["count"]) == ("few_outcomes", Count(99))
    with pytest.raises(InputError) as caught:
        calibrate_stages(p[:, :3], drawn)
    assert caught.value.code == "wrong_shape"


@pytest.mark.slow
def test_stages_on_arxiv_calibrated_on_earlier_years_beat_the_base_rate() -> None:
    # Judged in 2004, 2007 and 2010 with outcomes known by 2013; tested on 2013 with outcomes known
    # by 2019.
    surveys = text_corpora.read(text_corpora.folder_of("arxiv")).surveys

    def record(year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        own = surveys[year].counts
        scored = np.flatnonzero(surveys[year].is_scored)[
            ::8
        ]  # the whole takes a minute and says the same
        totals = own.totals.sum(axis=0)
        use = totals >= 200
        return own.counts[np.ix_(scored, use)], totals[use], own.years[use], year

    calibration = calibration_of([record(year) for year in (2004, 2007, 2010)], until=2013)
    counts, totals, years, _ = record(2013)
    seen = years <= 2013
    found = life_cycle(counts[:, seen], totals[seen], years[seen], calibration=calibration)
    assert found.is_calibrated and set(found.reason) <= {"", EVEN, FEW, FLAT}
    outcome = stage_outcomes(counts, totals, years, 2013)
    known = (outcome >= 0) & np.isfinite(found.probabilities).all(axis=1)
    calibrated = found.probabilities
    base = np.bincount(outcome[known], minlength=4) / known.sum()
    hits = np.eye(4)[outcome[known]]
    brier, of_base = (((p - hits) ** 2).sum(axis=1).mean() for p in (calibrated[known], base))
    assert brier < of_base  # even of the base rate that only hindsight knows
    assert (calibrated[known].argmax(axis=1) == outcome[known]).mean() > base.max()

"""Forecasts in the made-up economy, where growth was planned and not drawn from the forecast's own law: are they calibrated?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.sample.planted import planted_counts

Floats = npt.NDArray[np.float64]
SEEDS, FORECAST_YEARS, END = range(6), (2010, 2013, 2016), 2019


@dataclass(frozen=True)
class Pooled:
    """Forecasts of one target: probabilities, outcomes, and the share that took off in the years each was learnt from."""

    probability: Floats
    outcome: Floats
    rate_learnt_from: Floats


@pytest.fixture(scope="module")
def pooled() -> dict[str, Pooled]:
    """Six economies of 160 technologies, three forecast years each."""
    parts: dict[str, list[tuple[Floats, Floats, Floats]]] = {"A": [], "B": []}
    for seed in SEEDS:
        counts = planted_counts(technologies=160, years=(1996, END), documents_per_year=(12_000, 20_000), seed=seed)
        forecaster = Forecaster({year: survey_counts(counts, year) for year in range(2000, END - 2)})
        for target, own in parts.items():
            own += [_judged(forecaster, target, year) for year in FORECAST_YEARS]
    return {
        target: Pooled(*(np.concatenate(column) for column in zip(*own, strict=True))) for target, own in parts.items()
    }


def _judged(forecaster: Forecaster, target: str, year: int) -> tuple[Floats, Floats, Floats]:
    forecast = forecaster.forecast(year, target)
    assert forecast.method == "logistic"
    outcome = forecaster.outcomes(year, target, END)
    learnt_from = [forecaster.outcomes(y, target, year) for y in forecast.trained_on]
    assert outcome is not None
    rate = float(np.concatenate([own for own in learnt_from if own is not None]).mean())
    return forecast.probability, outcome, np.full(len(outcome), rate)


@pytest.mark.parametrize(("target", "gain"), [("A", 0.3), ("B", 0.12)])
def test_planted_growth_is_forecast_with_calibrated_probabilities(
    target: str, gain: float, pooled: dict[str, Pooled], capsys: pytest.CaptureFixture[str]
) -> None:
    """Slope of logit(outcome) on logit(probability): 1 is perfect.

    2,254 forecasts give it a standard error of about .04, and economies differ by about .1 (what was learnt in one decade
    of planned careers holds only roughly in the next), so three of the two together make a band of .3; twelve other
    seeds gave .90 to 1.21.

    Perfect probabilities would miss the observed rate by .02 on average over bins, and by .05 in the worst. Target B misses
    it by .053 here and by up to .062 elsewhere (.14 in the worst bin): planted take-offs become rarer, 25% in the years
    learnt from and 19% in the last two years judged, which no earlier year could tell. The bounds leave room for that drift.
    """
    own = pooled[target]
    found = skill.calibration(own.probability, own.outcome)
    bins = skill.reliability(own.probability, own.outcome)
    gaps = np.abs(bins.predicted - bins.observed)
    gained = skill.brier_skill(own.probability, own.outcome)
    rate = own.outcome.mean()
    with capsys.disabled():
        print(f"\n  planted growth, target {target}: {len(own.outcome):,} forecasts, {rate:.1%} took off, ", end="")
        print(
            f"{own.probability.mean():.1%} forecast; slope {found.slope:.2f}, mean gap {gaps.mean():.3f}, skill {gained:.2f}"
        )
    assert 0.7 < found.slope < 1.3
    assert np.average(gaps, weights=bins.count) < 0.08 and gaps.max() < 0.16
    assert gained > gain
    assert abs(own.probability.mean() - rate) < 0.07


@pytest.mark.parametrize("target", ["A", "B"])
def test_the_mean_forecast_is_the_rate_that_was_known(target: str, pooled: dict[str, Pooled]) -> None:
    """Over-forecasting comes from the drift of the rate, not from the fit, which keeps the mean it has seen.

    But for the ten cases at the assumed rate, 3% for A where 17% took off, and for years whose technologies stand
    otherwise than those learnt from, which steep weights (A) feel most.
    """
    own = pooled[target]
    assert abs(own.probability.mean() - own.rate_learnt_from.mean()) < (0.05 if target == "A" else 0.03)


def test_a_distorted_forecast_falls_out_of_the_band(pooled: dict[str, Pooled]) -> None:
    """The band can be left: twice the log-odds are overconfident, half of them timid."""
    own = pooled["B"]
    odds = np.log(own.probability / (1 - own.probability))
    for factor in (2.0, 0.5):
        assert not 0.7 < skill.calibration(1 / (1 + np.exp(-factor * odds)), own.outcome).slope < 1.3


def test_a_place_and_a_total_are_optional_columns() -> None:
    counts = planted_counts(technologies=24, documents_per_year=(3000, 3000), seed=1)
    with_all = counts.with_columns(place=pl.lit("X"))
    one, other = survey_counts(counts.drop("total"), 2012), survey_counts(with_all, 2012)
    np.testing.assert_array_equal(one.counts, other.counts)
    assert (one.totals < other.totals).all()  # without totals, only what the entities hold is known
    assert one.groups.is_empty() and other.groups["name"].unique().to_list() == ["X"]

"""Forecasts in the made-up economy, where growth was planned and not drawn from the forecast's own law: are they calibrated?"""

from __future__ import annotations

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


@pytest.fixture(scope="module")
def pooled() -> dict[str, tuple[Floats, Floats]]:
    """Target -> probabilities and outcomes of six economies of 160 technologies, three forecast years each."""
    found: dict[str, list[tuple[Floats, Floats]]] = {"A": [], "B": []}
    for seed in SEEDS:
        counts = planted_counts(technologies=160, years=(1996, END), documents_per_year=(12_000, 20_000), seed=seed)
        forecaster = Forecaster({year: survey_counts(counts, year) for year in range(2000, END - 2)})
        for target, own in found.items():
            for year in FORECAST_YEARS:
                forecast = forecaster.forecast(year, target)
                assert forecast.method == "logistic"
                outcome = forecaster.outcomes(year, target, END)
                assert outcome is not None
                own.append((forecast.probability, outcome))
    return {target: _joined(own) for target, own in found.items()}


def _joined(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.concatenate([p for p, _ in parts]), np.concatenate([o for _, o in parts])


@pytest.mark.parametrize(("target", "gain"), [("A", 0.3), ("B", 0.12)])
def test_planted_growth_is_forecast_with_calibrated_probabilities(
    target: str, gain: float, pooled: dict[str, tuple[Floats, Floats]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Slope of logit(outcome) on logit(probability): 1 is perfect.

    2,254 forecasts give it a standard error of about .04, and economies differ by about .1 (what was learnt in one decade
    of planned careers holds only roughly in the next), so three of the two together make a band of .3. No bin of 225
    forecasts may be off by more than .13: a standard error of at most .033, the same twice over for the economies.
    """
    probability, outcome = pooled[target]
    found = skill.calibration(probability, outcome)
    bins = skill.reliability(probability, outcome)
    with capsys.disabled():
        print(
            f"\n  planted growth, target {target}: {len(outcome):,} forecasts, base rate {outcome.mean():.0%}, ", end=""
        )
        print(f"slope {found.slope:.2f}, Brier skill {skill.brier_skill(probability, outcome):.2f}")
    assert 0.7 < found.slope < 1.3
    assert np.abs(bins.predicted - bins.observed).max() < 0.13
    assert np.average(np.abs(bins.predicted - bins.observed), weights=bins.count) < 0.05
    assert skill.brier_skill(probability, outcome) > gain
    assert abs(probability.mean() - outcome.mean()) < 0.04


def test_a_distorted_forecast_falls_out_of_the_band(pooled: dict[str, tuple[Floats, Floats]]) -> None:
    """The band can be left: twice the log-odds are overconfident, half of them timid."""
    probability, outcome = pooled["B"]
    odds = np.log(probability / (1 - probability))
    for factor in (2.0, 0.5):
        assert not 0.7 < skill.calibration(1 / (1 + np.exp(-factor * odds)), outcome).slope < 1.3


def test_a_place_and_a_total_are_optional_columns() -> None:
    counts = planted_counts(technologies=24, documents_per_year=(3000, 3000), seed=1)
    with_all = counts.with_columns(place=pl.lit("X"))
    one, other = survey_counts(counts.drop("total"), 2012), survey_counts(with_all, 2012)
    np.testing.assert_array_equal(one.counts, other.counts)
    assert (one.totals < other.totals).all()  # without totals, only what the entities hold is known
    assert one.groups.is_empty() and other.groups["name"].unique().to_list() == ["X"]

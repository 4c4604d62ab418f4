"""Forecasts on simulated surveys whose law is known, and the identities that hold for any forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from scipy.special import expit, logit
from scipy.stats import spearmanr
from simulated_surveys import (
    HORIZON,
    READ,
    Truth,
    bare_survey,
    permuted,
    simulated_survey,
    simulated_surveys,
)

from firstlight.errors import InputError
from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.forecasts import (
    ASSUMED_CASES,
    LEAST_POSITIVES,
    SHIPPED,
    TARGETS,
    WEIGHT,
    Forecast,
    Forecaster,
    assumed_rate,
)
from firstlight.instruments.emergence.survey import Survey

TRUTH = Truth(-1.0, {"new_authors_share": 2.5, "need_language": -0.5, "spread": 1.2, "category_age": -1.2})
YEARS = range(2000, 2013)
LAST = YEARS[-1]


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return Forecaster(simulated_surveys(YEARS, 150, TRUTH, seed=1))


def log_odds(forecast: Forecast) -> npt.NDArray[np.float64]:
    return np.asarray(logit(forecast.probability), dtype=np.float64)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("year", "method"), [(2001, "weights"), (LAST, "logistic")])
def test_contributions_add_up_to_the_log_odds(forecaster: Forecaster, target: str, year: int, method: str) -> None:
    forecast = forecaster.forecast(year, target)
    assert forecast.method == method
    total = forecast.baseline + sum(forecast.contributions.values())
    np.testing.assert_allclose(total, log_odds(forecast), rtol=0, atol=1e-9)  # coefficients are rounded to 9 places


def test_a_technology_in_the_middle_of_its_year_has_the_baseline(forecaster: Forecaster) -> None:
    """Contributions are measured against the middle: where every place is 0, nothing speaks for or against."""
    forecast = forecaster.forecast(LAST)
    places = forecaster._places(LAST, "B")
    for name, part in forecast.contributions.items():
        near = int(np.argmin(np.abs(places[name])))
        assert abs(part[near]) < 0.02  # the median of 150 lies within 1/300 of the middle


@pytest.mark.parametrize("target", TARGETS)
def test_reordered_technologies_have_the_same_forecasts_reordered(forecaster: Forecaster, target: str) -> None:
    rng = np.random.default_rng(3)
    orders = {year: rng.permutation(150) for year in YEARS}
    shuffled = Forecaster({year: permuted(own, orders[year]) for year, own in forecaster.surveys.items()})
    for year in (2001, LAST):
        one, other = forecaster.forecast(year, target), shuffled.forecast(year, target)
        # Sums in another order differ in the last digits before coefficients are rounded to 9 places.
        np.testing.assert_allclose(one.probability[orders[year]], other.probability, rtol=0, atol=1e-7)
        for name, part in one.contributions.items():
            np.testing.assert_allclose(part[orders[year]], other.contributions[name], rtol=0, atol=1e-6)


def bare(survey: Survey) -> Survey:
    """The same without authors, texts and categories: what counts can tell."""
    none = np.zeros_like(survey.counts)
    return replace(survey, authors=none, new_authors=none, needs=none, groups=survey.groups.clear())


def test_counts_learn_weights_from_nothing_once_enough_outcomes_are_known() -> None:
    """19 take-offs are too few to learn weights of every figure from, 20 are enough; until then the trend speaks."""
    for positives, learnt in ((LEAST_POSITIVES - 1, False), (LEAST_POSITIVES, True)):
        surveys = {2005: bare(_with_outcomes(2005, positives)), 2008: bare(_with_outcomes(2008, 0))}
        forecaster = Forecaster(surveys)
        forecast = forecaster.forecast(2008)
        assert (forecast.method, forecast.trained_on) == ("logistic", (2005,))
        assert ("trend" in forecast.contributions) == learnt
        if not learnt:
            assert set(forecast.contributions) == {"chance"}
            order = spearmanr(forecast.probability, forecaster.trend_odds(2008, "B")).statistic
            assert order == pytest.approx(1.0)
    many = {2005: bare(_with_outcomes(2005, 100 - LEAST_POSITIVES + 1)), 2008: bare(_with_outcomes(2008, 0))}
    assert set(Forecaster(many).forecast(2008).contributions) == {"chance"}  # too few that did not


def test_the_mean_is_the_rate_known_drawn_to_the_assumed_one() -> None:
    """On the rows trained on themselves, the mean probability is (positives + 10 assumed) / (n + 10)."""
    forecaster = Forecaster({2005: _with_outcomes(2005, 30), 2008: _with_outcomes(2008, 0)})
    forecast, places = forecaster.forecast(2008), forecaster._places(2005, "B")
    at_end = forecaster._places(2008, "B")
    odds = np.full(100, forecast.baseline)
    for name, part in forecast.contributions.items():
        weight = float(part @ at_end[name] / (at_end[name] @ at_end[name]))
        odds += weight * places[name]
    expected = (30 + ASSUMED_CASES * assumed_rate("B", 3)) / (100 + ASSUMED_CASES)
    assert expit(odds).mean() == pytest.approx(expected, abs=1e-6)


def _with_outcomes(year: int, positives: int) -> Survey:
    survey = simulated_survey(year, 100, Truth(-50.0, {}), np.random.default_rng(year))  # nobody grows
    counts = survey.counts.copy()
    counts[:positives, -1] = 2 * counts[:positives, -1 - HORIZON]
    return replace(survey, counts=counts)


def test_with_nothing_known_the_shipped_weights_stand_at_the_assumed_rate() -> None:
    for horizon in (1, 3, 5):
        forecaster = Forecaster({2005: _with_outcomes(2005, 50)}, horizon=horizon)
        for target in TARGETS:
            forecast = forecaster.forecast(2005, target, resamples=3)
            assert (forecast.method, forecast.trained_on) == ("weights", ())
            assert forecast.probability.mean() == pytest.approx(assumed_rate(target, horizon), abs=1e-6)
            assert np.isnan(forecast.low).all() and np.isnan(forecast.high).all()  # nothing to refit on, no interval
            places = forecaster._places(2005, target)
            for name, weight in SHIPPED.items():
                expected = np.sqrt(horizon / 3) * weight * places[name]
                np.testing.assert_allclose(forecast.contributions[name], expected, atol=1e-8)


def test_no_technology_is_a_forecast_of_none() -> None:
    forecaster = Forecaster({2005: bare_survey(2005, np.zeros((0, 6)), [900.0] * 6)})
    forecast = forecaster.forecast(2005, resamples=3)
    assert forecast.probability.shape == (0,) and forecast.method == "weights"


def test_intervals_hold_the_probability_and_narrow_with_data() -> None:
    """The spread of a fit falls like 1/sqrt(n), here to a half; the ridge holds small samples back, so to .4 to .8."""
    widths = []
    for size in (100, 400):
        surveys = simulated_surveys(range(2000, 2009), size, TRUTH, seed=2)
        forecast = Forecaster(surveys).forecast(2008, resamples=40)
        assert (forecast.low < forecast.probability).all() and (forecast.probability < forecast.high).all()
        widths.append(float((forecast.high - forecast.low).mean()))
    assert 0.4 < widths[1] / widths[0] < 0.8


def test_whole_lineages_are_resampled() -> None:
    """The same 150 technologies seen in nine years tell no more than once: by lineage the interval knows that."""
    one = simulated_survey(2000, 150, TRUTH, np.random.default_rng(8))
    shifted = {year: _moved_to(one, year) for year in range(2000, 2012)}
    ids = [f"t{i}" for i in range(150)]
    by_row = Forecaster(shifted).forecast(2011, resamples=40)
    by_lineage = Forecaster(shifted, dict.fromkeys(shifted, ids)).forecast(2011, resamples=40)
    np.testing.assert_allclose(by_row.probability, by_lineage.probability, rtol=0, atol=1e-9)
    ratio = float((by_lineage.high - by_lineage.low).mean() / (by_row.high - by_row.low).mean())
    assert 1.5 < ratio < 3.0  # sqrt(9) = 3 for the lineages alone; years and the prior widen both


def _moved_to(survey: Survey, year: int) -> Survey:
    by = year - survey.forecast_year
    terms = survey.terms.with_columns(pl.col("first_year") + by)
    return replace(survey, forecast_year=year, years=survey.years + by, terms=terms)


def test_the_weights_move_from_those_shipped_to_those_of_the_record(forecaster: Forecaster) -> None:
    """Where the truth of the record is another than what ships, the weight ends between them, nearer with more data."""
    forecast, places = forecaster.forecast(LAST), forecaster._places(LAST, "B")
    found = {
        name: float(part @ places[name] / (places[name] @ places[name]))
        for name, part in forecast.contributions.items()
    }
    assert WEIGHT + 0.3 < found["new_authors_share"] < 2.5  # the truth is 2.5
    assert -0.5 < found["need_language"] < WEIGHT - 0.4  # the truth is -.5
    assert found["spread"] == pytest.approx(WEIGHT, abs=0.35) and found["chance"] == pytest.approx(WEIGHT)
    early = forecaster.forecast(2004)
    at = forecaster._places(2004, "B")["new_authors_share"]
    before = float(early.contributions["new_authors_share"] @ at / (at @ at))
    assert before < found["new_authors_share"]


@pytest.mark.parametrize("seed", range(3))
def test_probabilities_are_calibrated_out_of_time_on_a_known_law(seed: int) -> None:
    """1,400 forecasts: the standard error of the slope is about .07, and the ridge makes it a little above 1."""
    forecaster = Forecaster(simulated_surveys(YEARS, 200, TRUTH, seed=10 + seed))
    years = range(2006, LAST + 1)
    probability = np.concatenate([forecaster.forecast(year).probability for year in years])
    outcome = np.concatenate([forecaster.outcomes(year, "B", LAST + HORIZON) for year in years])
    found = skill.calibration(probability, outcome)
    gain = skill.brier_skill(probability, outcome, reference=0.3)
    assert 0.85 < found.slope < 1.3
    assert abs(probability.mean() - outcome.mean()) < 0.04
    assert gain > 0.08
    truth = np.concatenate([_true_probability(forecaster, year) for year in years])
    best = skill.brier_skill(truth, outcome, reference=0.3)
    assert best - 0.03 < gain < best + 0.01  # the law itself can't be beaten, and little is lost by learning it


def _true_probability(forecaster: Forecaster, year: int) -> npt.NDArray[np.float64]:
    places = forecaster._places(year, "B")
    odds = TRUTH.constant + sum(weight * places[name] for name, weight in TRUTH.weights.items())
    return np.asarray(expit(odds + TRUTH.chance * places["chance"]), dtype=np.float64)


def test_where_there_is_nothing_to_learn_the_probabilities_say_so() -> None:
    """Outcomes by chance alone: little spread beyond that of the fixed weight, and no skill claimed."""
    forecaster = Forecaster(simulated_surveys(YEARS, 200, Truth(-1.0, {}, chance=0.0), seed=5))
    forecast = forecaster.forecast(LAST)
    learnt = sum(part for name, part in forecast.contributions.items() if name != "chance")
    assert np.std(learnt) < 0.55  # the shipped weights alone would spread by .69
    assert 0.2 < forecast.probability.mean() < 0.35  # the rate is expit(-1) = .27


def test_target_b_reads_what_ships_where_it_is_known_and_everything_where_not(forecaster: Forecaster) -> None:
    assert set(forecaster.forecast(LAST).contributions) == {*READ, "chance"}
    counted = Forecaster({year: bare(own) for year, own in forecaster.surveys.items()})
    read = set(counted.forecast(LAST).contributions)
    assert not read & set(READ) and {"trend", "stage", "vitality", "growth_1", "chance"} <= read
    assert set(forecaster.forecast(LAST, "A").contributions) == {*READ, "chance", "stage"}


def test_only_outcomes_known_by_then_are_trained_on(forecaster: Forecaster) -> None:
    assert forecaster.training_years(2006, "B") == (2000, 2001, 2002, 2003)
    assert forecaster.outcomes(2004, "B", 2006) is None
    assert forecaster.outcomes(2003, "B", 2006) is not None
    sooner = Forecaster(forecaster.surveys, horizon=2)
    assert sooner.training_years(2006, "A") == (2000, 2001, 2002, 2003, 2004)


@pytest.mark.parametrize(("year", "target"), [(1999, "B"), (2006, "C")])
def test_an_unknown_year_or_target_is_named(forecaster: Forecaster, year: int, target: str) -> None:
    with pytest.raises(InputError, match=f"no forecast of target {target} from {year}"):
        forecaster.forecast(year, target)

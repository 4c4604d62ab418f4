"""Forecasts beside outcomes: what was known in the year, what is left out, and the differences that the record tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from simulated_surveys import Truth, bare_survey, simulated_surveys

from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.track_record import FEWEST_POSITIVES, OURS, all_years, by_year, track_record
from firstlight.instruments.emergence.verification import METHODS, verify

TRUTH = Truth(-1.0, {"new_authors_share_3": 2.5, "term_youth": -2.0})


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return Forecaster(simulated_surveys(range(2000, 2014), 80, TRUTH, seed=5))


def test_the_known_rate_is_that_of_earlier_outcomes(forecaster: Forecaster) -> None:
    years = [2008, 2010]
    found = verify(forecaster, "B", years, 2013)
    for year in years:
        earlier = [forecaster.outcomes(y, "B", year) for y in range(2000, year - 2)]
        expected = np.concatenate([own for own in earlier if own is not None]).mean()
        assert found[OURS].known_rate[year] == pytest.approx(expected)
    assert set(found) == set(METHODS)
    assert found[OURS].reference().tolist() == [found[OURS].known_rate[y] for y in found[OURS].year.tolist()]


def test_later_documents_move_no_call(forecaster: Forecaster) -> None:
    """Scores, cut-offs and known rates of 2008 do not change when all that came after it does."""
    changed = {}
    for year, own in forecaster.surveys.items():
        counts = own.counts.copy()
        counts[:, own.years > 2008] = counts[::-1][:, own.years > 2008]
        changed[year] = replace(own, counts=counts)
    found, other = (verify(own, "B", [2008], 2013) for own in (forecaster, Forecaster(changed)))
    for method in METHODS:
        np.testing.assert_array_equal(found[method].scores, other[method].scores)
        np.testing.assert_array_equal(found[method].called, other[method].called)
        assert found[method].known_rate == other[method].known_rate
    assert not np.array_equal(found[OURS].outcomes, other[OURS].outcomes)


def test_an_outcome_that_is_not_known_is_counted_and_left_out() -> None:
    """Target A has no outcome where the share was 0 in every year of 200 documents and more: 1 of 3 here."""
    counts = np.array([[0, 0, 0, 0, 9], [5, 5, 5, 9, 9], [5, 9, 5, 5, 5]], dtype=np.float64)
    survey = bare_survey(2003, counts, [300.0, 300.0, 300.0, 300.0, 300.0])
    found = verify(Forecaster({2003: survey}, horizon=1), "A", [2003, 2004], 2004)["past growth"]
    assert (len(found.outcomes), found.unknown) == (2, {2003: 1})
    assert np.isnan(found.known_rate[2003])  # nothing was known to learn from


def test_differences_are_from_the_best_baseline_of_each_measure(forecaster: Forecaster) -> None:
    found = verify(forecaster, "B", list(range(2006, 2011)), 2013)
    rows = {str(row["method"]): row for row in all_years("B", found, repeats=100)}
    ours = rows[OURS]
    for name in ("csi", "ets", "auc", "precision_20", "precision_50"):
        best = max(float(str(rows[method][name])) for method in METHODS if method != OURS)
        assert ours[f"diff_{name}"] == pytest.approx(float(str(ours[name])) - best)
        assert rows[str(ours[f"diff_{name}_from"])][name] == best
        assert float(str(ours[f"diff_{name}_low"])) <= float(str(ours[f"diff_{name}_high"]))
    assert float(str(ours["diff_auc_low"])) > 0  # the baselines read nothing of the law by which outcomes were drawn
    assert not any(key.startswith("diff_") for key in rows["stage"])


def test_calibration_is_told_from_a_hundred_positives_on(forecaster: Forecaster) -> None:
    """Outcomes are drawn from about the forecast's own law: the slope is near 1 where there is one."""
    found = verify(forecaster, "B", list(range(2005, 2011)), 2013)
    pooled = all_years("B", found, repeats=20)[0]
    assert int(str(pooled["positives"])) >= FEWEST_POSITIVES
    assert 0.7 < float(str(pooled["calibration_slope"])) < 1.4
    few = all_years("B", {method: own.of([2005]) for method, own in found.items()}, repeats=20)[0]
    assert int(str(few["positives"])) < FEWEST_POSITIVES
    assert "calibration_slope" not in few and "brier" in few
    assert all("calibration_slope" not in row for row in by_year("B", found))


def test_the_record_carries_them(forecaster: Forecaster) -> None:
    scores = track_record(forecaster, 2013).scores
    pooled = scores.filter(pl.col("forecast_year").is_null())
    ours, others = pooled.filter("is_ours"), pooled.filter(~pl.col("is_ours"))
    for name in ("diff_csi", "diff_csi_low", "diff_csi_high", "diff_csi_from", "known_rate", "brier_skill_known"):
        assert ours[name].null_count() == 0, name
    assert others["diff_csi"].null_count() == others.height
    assert others["precision_50_low"].null_count() == 0


def test_nothing_known_is_no_row(forecaster: Forecaster) -> None:
    assert all_years("B", verify(forecaster, "B", [2012], 2013)) == []

"""The record: a case worked by hand, cut-offs from earlier years only, and which years it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from simulated_surveys import Truth, bare_survey, simulated_surveys

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.baselines import BASELINES
from firstlight.instruments.emergence.cases import WORST
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.track_record import (
    FEWEST_YEARS,
    OURS,
    Record,
    _of_one_method,
    track_record,
)
from firstlight.instruments.emergence.verification import _learnt, _Scores, best_cut

TRUTH = Truth(-1.0, {"new_authors_share_3": 2.5, "term_youth": -2.0})
TRAINED, SCORED, KNOWN_AT = 2004, 2007, 2010

# documents in 2001, 2004 and 2007, then in 2004, 2007 and 2010; every year has 1,000 in all
LEARNT_FROM = [(20, 40, 80), (20, 30, 60), (30, 30, 30), (40, 30, 60), (40, 20, 20)]
JUDGED = [(20, 40, 80), (30, 30, 30), (40, 31, 60), (40, 20, 40), (40, 20, 20)]


def by_year(known: Sequence[tuple[int, int, int]], year: int) -> Survey:
    """A survey of 2000 to 2010 with the counts three years before, in and three years after its year; else 25."""
    counts = np.full((len(known), KNOWN_AT - 1999), 25.0)
    for step in (0, 1, 2):
        counts[:, year - 3 + 3 * step - 2000] = [own[step] for own in known]
    return bare_survey(year, counts, np.full(counts.shape[1], 1000.0))


@pytest.fixture
def by_hand() -> Forecaster:
    return Forecaster({TRAINED: by_year(LEARNT_FROM, TRAINED), SCORED: by_year(JUDGED, SCORED)})


@pytest.fixture(scope="module")
def seventeen() -> Forecaster:
    return Forecaster(simulated_surveys(range(2000, 2017), 80, TRUTH, seed=3))


@pytest.fixture(scope="module")
def long_record(seventeen: Forecaster) -> Record:
    return track_record(seventeen, 2016)


def baseline_cut(forecaster: Forecaster, method: str, target: str, year: int) -> float:
    return best_cut(_Scores(forecaster, method, target), _learnt(forecaster, target, year))


def row(record: Record, method: str, year: int | None = SCORED, target: str = "B") -> dict[str, Any]:
    at_year = pl.col("forecast_year").eq_missing(pl.lit(year, dtype=pl.Int64))
    found = record.scores.filter((pl.col("method") == method) & (pl.col("target") == target) & at_year)
    assert found.height == 1
    return found.row(0, named=True)


def test_past_growth_by_hand(by_hand: Forecaster) -> None:
    """In 2004 the best cut by CSI lets four of five through: growths 26%, 14%, 0, -9%, -21%, of which 1, 2 and 4 took off.

    CSI by cut: 1/3, 2/3, 2/4, 3/4, 3/5. In 2007 growths are 26%, 0, -8%, -21%, -21%, of which 1, 3 and 4 took off: called
    are 1, 2, 3, so 2 hits, 1 false alarm, 1 miss, c = 3 * 3 / 5. Of six pairs the first outranks two, the third one, and
    the fourth ties with one: 3.5.
    """
    cut = baseline_cut(by_hand, "past growth", "B", SCORED)
    assert cut == pytest.approx((30 / 40) ** (1 / 3) - 1)
    found = row(track_record(by_hand, KNOWN_AT), "past growth")
    assert (found["n"], found["positives"], found["base_rate"]) == (5, 3, 0.6)
    assert found["csi"] == pytest.approx(2 / 4)
    assert found["ets"] == pytest.approx((2 - 9 / 5) / (4 - 9 / 5))
    assert found["auc"] == pytest.approx(3.5 / 6)
    assert found["precision_20"] == pytest.approx(0.6)  # there are but five
    assert found["coverage"] == pytest.approx(0.8)
    assert found["brier"] is None and found["brier_skill"] is None  # growth is no probability


def test_everything_by_hand(by_hand: Forecaster) -> None:
    found = row(track_record(by_hand, KNOWN_AT), "everything")
    assert (found["csi"], found["ets"], found["auc"]) == (pytest.approx(0.6), pytest.approx(0.0), pytest.approx(0.5))


def test_ours_by_hand(by_hand: Forecaster) -> None:
    """Its probabilities against what happened, and the cut that its own probabilities make best."""
    probability = by_hand.forecast(SCORED, "B").probability
    came = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    found = row(track_record(by_hand, KNOWN_AT), OURS)
    assert found["brier"] == pytest.approx(((probability - came) ** 2).mean())
    assert found["brier_skill"] == pytest.approx(1 - found["brier"] / (0.6 * 0.4))
    called = probability >= _best_expected_cut(probability)
    hits, union = (called & (came > 0)).sum(), (called | (came > 0)).sum()
    assert found["csi"] == pytest.approx(hits / union)
    pairs = [(p > q) + 0.5 * (p == q) for p in probability[came > 0] for q in probability[came == 0]]
    assert found["auc"] == pytest.approx(np.mean(pairs))


def _best_expected_cut(probability: np.ndarray) -> float:
    """Expected CSI of calling p >= cut: hits expected over (called + take-offs expected among the rest)."""

    def expected(cut: float) -> float:
        above = probability[probability >= cut]
        return float(above.sum() / (len(above) + probability[probability < cut].sum()))

    return max(sorted(probability, reverse=True), key=expected)


def test_pooled_equals_the_only_year(by_hand: Forecaster) -> None:
    record = track_record(by_hand, KNOWN_AT)
    assert record.years == (SCORED,)
    for method in (OURS, "past growth"):
        one, pooled = row(record, method), row(record, method, None)
        for name in ("n", "positives", "csi", "ets", "auc", "brier", "precision_20"):
            assert one[name] == pooled[name]
        assert one["csi_low"] is None and pooled["csi_low"] <= pooled["csi"] <= pooled["csi_high"]


@pytest.mark.parametrize("target", ["A", "B"])
def test_cut_offs_come_from_earlier_years_only(seventeen: Forecaster, target: str) -> None:
    """What becomes of the scored year's technologies moves no cut; what became of those trained on does."""
    year = 2010
    own = seventeen.surveys[year]
    reversed_after = own.counts.copy()
    reversed_after[:, own.years > year] = reversed_after[::-1][:, own.years > year]
    later = Forecaster({**seventeen.surveys, year: replace(own, counts=reversed_after)})
    learnt_from = seventeen.surveys[2005]
    other = learnt_from.counts.copy()
    other[:, learnt_from.years > 2005] = other[::-1][:, learnt_from.years > 2005]
    earlier = Forecaster({**seventeen.surveys, 2005: replace(learnt_from, counts=other)})
    names = [name for name, _, _ in BASELINES if name != "everything"]
    cuts = [baseline_cut(seventeen, name, target, year) for name in names]
    assert [baseline_cut(later, name, target, year) for name in names] == cuts
    assert [baseline_cut(earlier, name, target, year) for name in names] != cuts
    np.testing.assert_array_equal(
        later.forecast(year, target).probability, seventeen.forecast(year, target).probability
    )
    assert not np.array_equal(later.outcomes(year, target, 2016), seventeen.outcomes(year, target, 2016))


def test_an_unlearnt_cut_calls_all() -> None:
    none_took_off = [(20, 40, 40), (20, 30, 30), (30, 30, 30)]
    forecaster = Forecaster({TRAINED: by_year(none_took_off, TRAINED), SCORED: by_year(JUDGED, SCORED)})
    assert baseline_cut(forecaster, "past growth", "B", SCORED) == -np.inf
    assert row(track_record(forecaster, KNOWN_AT), "past growth")["csi"] == pytest.approx(0.6)


def test_ten_years_at_most_and_the_latest(seventeen: Forecaster, long_record: Record) -> None:
    """Outcomes are known of 2000 to 2013; 2000 to 2002 had nothing to train on, and 2003 is the eleventh."""
    assert long_record.years == tuple(range(2004, 2014))
    assert track_record(seventeen, 2016, most_years=3).years == (2011, 2012, 2013)
    assert track_record(seventeen, 2012, most_years=3).years == (2007, 2008, 2009)


def test_a_record_says_all_of_every_method(long_record: Record) -> None:
    methods = [OURS, *(name for name, _, _ in BASELINES)]
    for target in ("A", "B"):
        for method in methods:
            rows = [row(long_record, method, year, target) for year in long_record.years]
            pooled = row(long_record, method, None, target)
            assert pooled["n"] == sum(own["n"] for own in rows) == 800
            assert pooled["positives"] == sum(own["positives"] for own in rows)
            pairs = [own["positives"] * (own["n"] - own["positives"]) for own in rows]  # within the year
            assert pooled["auc"] == pytest.approx(np.average([own["auc"] for own in rows], weights=pairs))
            assert pooled["precision_20"] == pytest.approx(np.mean([own["precision_20"] for own in rows]))
            for name in ("csi", "ets", "auc"):
                assert pooled[f"{name}_low"] <= pooled[name] <= pooled[f"{name}_high"]
    ours, best = row(long_record, OURS, None)["auc"], row(long_record, "past growth", None)["auc"]
    assert ours > best + 0.1  # past growth reads nothing of the law by which outcomes were drawn


def test_reliability_counts_every_forecast_once(seventeen: Forecaster, long_record: Record) -> None:
    for target in ("A", "B"):
        bins = long_record.reliability.filter(pl.col("target") == target)
        pooled = row(long_record, OURS, None, target)
        assert bins["n"].sum() == pooled["n"]
        assert (bins["observed"] * bins["n"]).sum() == pytest.approx(pooled["positives"])
        assert bins["predicted"].is_sorted()


def test_cases_are_what_they_are_called(seventeen: Forecaster, long_record: Record) -> None:
    cases = long_record.cases
    assert set(cases["kind"]) == {"hit", "false_alarm", "miss"}
    assert cases.group_by("forecast_year", "kind").len()["len"].max() == WORST
    for case in cases.iter_rows(named=True):
        year, place = case["forecast_year"], int(case["technology_id"].split(":")[1])
        probability = seventeen.forecast(year, "B").probability
        called = case["probability"] >= skill.expected_csi_threshold(probability).cut
        assert case["probability"] == probability[place]
        assert (case["growth"] > 0.08, called) == {
            "hit": (True, True), "false_alarm": (False, True), "miss": (True, False)
        }[case["kind"]]  # fmt: skip
    for _, own in cases.group_by("forecast_year", "kind"):
        assert own["probability"].is_sorted(descending=own["kind"][0] != "miss")


@pytest.mark.parametrize(
    ("methods", "kept"),
    [
        (["trend"] * 3 + ["logistic"] * 5, 5),
        (["trend"] * 3 + ["logistic"] * 4, 7),  # four years would be too short a record
        (["trend"] * 6, 6),
        (["logistic"] * 5 + ["trend"], 6),
        ([], 0),
    ],
)
def test_a_record_is_of_one_method_where_five_years_have_it(methods: list[str], kept: int) -> None:
    years = list(range(2000, 2000 + len(methods)))
    by_method = dict(zip(years, methods, strict=True))
    stub: Any = SimpleNamespace(forecast=lambda year, target: SimpleNamespace(method=by_method[year]))
    assert FEWEST_YEARS == 5
    assert _of_one_method(stub, years) == years[len(years) - kept :]


def test_no_earlier_year_is_an_empty_record(by_hand: Forecaster) -> None:
    record = track_record(Forecaster({SCORED: by_hand.surveys[SCORED]}), KNOWN_AT)
    assert record.years == ()
    assert (record.scores.height, record.reliability.height, record.cases.height) == (0, 0, 0)
    assert record.scores.schema["csi"] == pl.Float64

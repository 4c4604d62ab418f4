"""What the record of opportunities is made of, each part computed otherwise: measures, changes,
outcomes, chances, means, intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from firstlight.instruments.complexity.complexity_index import complexity_index
from firstlight.instruments.complexity.configuration_model import configuration_model
from firstlight.instruments.complexity.fitness import fitness
from firstlight.instruments.complexity.next_activities import entry_ensemble
from firstlight.instruments.complexity.next_activities.entry_features import (
    MEASURES,
    NULLS,
    SINGLES,
    Period,
    history_at,
    measures_at,
)
from firstlight.instruments.complexity.next_activities.entry_scores import EntryScore
from firstlight.instruments.complexity.next_activities.opportunity_record import (
    OpportunityRecord,
    opportunity_record,
)
from firstlight.instruments.complexity.next_activities.record_tables import (
    SCORES,
    YearScores,
    record_table,
    score_year,
    year_table,
)

PLACES, ACTIVITIES = 9, 11


def values_of(year: int) -> np.ndarray:
    """Values of a year; a place and an activity are new in 2003, and one activity is gone."""
    rng = np.random.default_rng(year)
    x = rng.gamma(0.7, size=(PLACES, ACTIVITIES)).round(2) * (
        rng.uniform(size=(PLACES, ACTIVITIES)) < 0.7
    )
    if year < 2003:
        x[8], x[:, 10] = 0, 0
    else:
        x[:, 2] = 0
    return x


def rca_of(x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num((x / x.sum(axis=1, keepdims=True)) / (x.sum(axis=0) / x.sum()))


def period_of(year: int) -> Period:
    x = values_of(year)
    rca = rca_of(x)
    m = (rca >= 1).astype(float)
    tables = [sparse.csr_array(table) for table in (x, rca, m)]
    return Period(year, *tables, np.flatnonzero(m.any(axis=1)), np.flatnonzero(m.any(axis=0)))


def near(m: np.ndarray, measure: str) -> np.ndarray:
    """Density from the formulas of proximity."""
    k, both = m.sum(axis=0), m.T @ m
    scale = {
        "conditional": np.maximum.outer(k, k),
        "cosine": np.sqrt(np.outer(k, k)),
        "lift": np.outer(k, k) / len(m),
    }
    phi = both / scale[measure]
    return np.asarray(m @ phi / phi.sum(axis=0))


def test_each_measure_is_what_its_name_says() -> None:
    now = period_of(2003)
    x, found = values_of(2003)[now.rows][:, now.columns], measures_at(now)
    m = now.own(now.presence)
    assert m.shape == x.shape == (9, 10)
    index, fit, size = (
        complexity_index(m),
        fitness(m, updates=100),
        x.sum(axis=1) / x.sum(axis=1).mean(),
    )
    volume = x.sum(axis=0) / x.sum(axis=0).mean()
    phi = (m.T @ m) / np.maximum.outer(m.sum(axis=0), m.sum(axis=0))
    opened = np.where(m > 0, np.nan, ((1 - m) * index.pci / phi.sum(axis=0)) @ phi)
    expected = {
        "rca": rca_of(x),
        "value": x / x.mean(),
        "density": near(m, "conditional"),
        "density_cosine": near(m, "cosine"),
        "density_lift": near(m, "lift"),
        "density_places": near(m.T, "conditional").T,
        "eci": index.eci[:, None],
        "pci": index.pci[None, :],
        "eci_pci": np.outer(index.eci, index.pci),
        "pci_gain": index.pci - index.eci[:, None],
        "outlook_gain": opened,
        "fitness": fit.fitness[:, None],
        "complexity": fit.complexity[None, :],
        "fitness_complexity": np.outer(fit.fitness, fit.complexity),
        "diversity": m.sum(axis=1)[:, None],
        "ubiquity": m.sum(axis=0)[None, :],
        "place_total": size[:, None],
        "activity_total": volume[None, :],
        "diversity_ubiquity": np.outer(m.sum(axis=1), m.sum(axis=0)),
        "size_product": np.outer(size, volume),
    }
    for name, table in expected.items():
        assert found[name] == pytest.approx(table, nan_ok=True), name
    assert found["configuration_model"] == pytest.approx(
        configuration_model(m).probability, abs=1e-3
    )
    u, s, v = np.linalg.svd(np.log1p(rca_of(x)), full_matrices=False)
    assert found["low_rank"] == pytest.approx(u[:, :10] * s[:10] @ v[:10])
    log = np.log1p(rca_of(x))
    cosine = (log.T @ log) / np.sqrt(np.outer((log**2).sum(axis=0), (log**2).sum(axis=0)))
    np.fill_diagonal(cosine, 0)
    assert found["density_weighted"] == pytest.approx(log @ cosine / cosine.sum(axis=0))


def test_changes_are_since_one_horizon_before_and_unknown_for_who_was_not_there() -> None:
    past = [period_of(year) for year in (2000, 2001, 2003)]
    now, before = past[-1], past[0]
    at = np.ix_(now.rows, now.columns)
    found = history_at(past, measures_at(now), (before, measures_at(before)), 3)
    m, was = (now.own(one.presence) for one in (now, before))
    x, old = values_of(2003), values_of(2000)
    assert found["past_presence"] == pytest.approx((was + now.own(past[1].presence)) / 2)
    assert found["rca_change"] == pytest.approx(np.log1p(rca_of(x)[at]) - np.log1p(rca_of(old)[at]))
    wide = np.full(x.shape, np.nan)
    wide[np.ix_(before.rows, before.columns)] = near(before.own(before.presence), "conditional")
    assert found["density_change"] == pytest.approx(near(m, "conditional") - wide[at], nan_ok=True)
    assert (
        np.isnan(found["density_change"][8]).all()
        and np.isnan(found["density_change"][:, -1]).all()
    )
    wide_was = before.presence.toarray()
    assert found["diversity_change"][:, 0] == pytest.approx(
        m.sum(axis=1) - wide_was.sum(axis=1)[now.rows]
    )
    assert found["ubiquity_change"][0] == pytest.approx(
        m.sum(axis=0) - wide_was.sum(axis=0)[now.columns]
    )
    grown = np.log(x.sum(axis=1)[:8] / old.sum(axis=1)[:8])
    assert found["place_growth"][:8, 0] == pytest.approx(grown) and np.isnan(
        found["place_growth"][8, 0]
    )
    early, late = (np.where(total > 0, total, np.nan) for total in (old.sum(axis=0), x.sum(axis=0)))
    grown = np.log(late / early)
    assert found["activity_growth"][0] == pytest.approx(grown[now.columns], nan_ok=True)
    came = (m > 0) & (was == 0)
    for axis, name in ((1, "place_entry_rate"), (0, "activity_entry_rate")):
        assert found[name].ravel() == pytest.approx(came.sum(axis=axis) / (was == 0).sum(axis=axis))
    unknown = history_at(past, measures_at(now), None, 3)
    assert np.isnan(unknown["rca_change"]).all() and np.isfinite(unknown["past_presence"]).all()


def test_outcomes_are_told_in_numbers() -> None:
    rows, columns = np.arange(2), np.arange(2)
    tables = [np.array(x, float) for x in ([[2, 0], [8, 4]], [[3, 5], [7, 0]])]
    now, later = (
        Period(
            year,
            sparse.csr_array(x),
            sparse.csr_array(x),
            sparse.csr_array((x > 2).astype(float)),
            rows,
            columns,
        )
        for year, x in zip((2000, 2005), tables, strict=True)
    )
    found = entry_ensemble.outcomes(now, later)
    assert found["entry"].tolist() == [[1, 1], [1, 0]] and found["exit"].tolist() == [
        [0, 0],
        [0, 1],
    ]
    # Shares of the activities go from 0.2 to 0.3, 0.8 to 0.7, 0 to 1 and 1 to 0.
    assert found["growth"] == pytest.approx(np.array([[0.4, 2], [-0.1 / 0.75, -2]]))


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(entry_ensemble.BOOSTED, "max_iter", 5)
    monkeypatch.setitem(entry_ensemble.FOREST, "n_estimators", 5)
    with threadpool_limits(1):
        yield


@pytest.mark.usefixtures("few_trees")
def test_the_ensemble_is_half_trees_and_half_regression() -> None:
    rng = np.random.default_rng(0)

    def drawn(size: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(size, 4)).astype(np.float32)
        return x, rng.uniform(size=size) < 1 / (1 + np.exp(1 - 2 * x[:, 0]))

    (x, came), (other, also), (asked, _) = drawn(300), drawn(200), drawn(50)
    lessons = [
        entry_ensemble.Lessons(some, hit, np.sort(some, axis=0))
        for some, hit in ((x, came), (other, also))
    ]
    scale = np.sort(asked, axis=0)
    found = entry_ensemble._learnt(lessons, asked, scale, 3)
    both, hit = np.concatenate([x, other]), np.concatenate([came, also])
    ranked = np.concatenate(
        [entry_ensemble.normal_scores(one.features, one.scale) for one in lessons]
    )
    boosted = HistGradientBoostingClassifier(**entry_ensemble.BOOSTED, random_state=3).fit(
        both, hit
    )
    forest = ExtraTreesClassifier(**entry_ensemble.FOREST, random_state=3).fit(both, hit)
    regression = LogisticRegression(**entry_ensemble.LOGISTIC).fit(ranked, hit)
    trees = (boosted.predict_proba(asked)[:, 1] + forest.predict_proba(asked)[:, 1]) / 2
    ranks = regression.predict_proba(entry_ensemble.normal_scores(asked, scale))[:, 1]
    assert found == pytest.approx((trees + ranks) / 2, abs=1e-8)
    none = [entry_ensemble.Lessons(x, np.zeros(len(x), bool), x)]
    assert np.isnan(entry_ensemble._learnt(none, asked, scale, 3)).all()


def known_of(measure: np.ndarray) -> entry_ensemble.Known:
    """One measure of everything, all of it candidates."""
    now = period_of(2003)
    shape = (now.rows.size, now.columns.size)
    asked = dict.fromkeys(entry_ensemble.TARGETS, np.ones(shape, bool))
    return entry_ensemble.Known(now, dict.fromkeys(MEASURES, measure), asked)


def test_a_measure_as_a_feature_and_as_a_score() -> None:
    measure = np.array([[-3.0, 0.0, 7.0, np.nan, 1.0, 1.0 + 1e-15, 2.0, 4.0, 5.0, 6.0]])
    known = known_of(measure)
    at = (np.zeros(10, int), np.arange(10))
    logs = known.features(at)[:, 0]
    assert logs == pytest.approx(
        [-np.log(4), 0, np.log(8), np.nan, *np.log([2, 2, 3, 5, 6, 7])], nan_ok=True
    )
    high, low = (known.scores("rca", is_high, at) for is_high in (True, False))
    assert high[4] == high[5] and low[4] == low[5], "equal but for rounding"
    assert np.argsort(high, kind="stable").tolist() == [3, 0, 1, 4, 5, 6, 7, 8, 9, 2]
    assert np.argsort(low, kind="stable").tolist() == [3, 2, 9, 8, 7, 6, 4, 5, 1, 0], (
        "what isn't known stands last"
    )


def test_growth_is_ranked_beside_its_rate() -> None:
    rng = np.random.default_rng(1)
    known = known_of(np.arange(90.0).reshape(9, 10))
    chance, rate = rng.uniform(size=(9, 10)).round(1), rng.normal(size=(9, 10)).round(1)
    way = dict.fromkeys(MEASURES, False)
    found = score_year(known, chance, rate, "growth", way, 1, (3,), None)
    assert found.events == (rate > 0).sum() and found.pairs == 90
    assert found.correlations["ensemble"] == pytest.approx(
        spearmanr(chance.ravel(), rate.ravel()).statistic
    )
    assert found.correlations["rca"] == pytest.approx(
        spearmanr(-np.arange(90), rate.ravel()).statistic
    )
    for came, why in ((np.zeros((9, 10)), "no_event"), (np.ones((9, 10)), "every_event")):
        assert score_year(known, chance, came, "entry", way, 1, (3,), None).reason == why
    unknown = np.full((9, 10), np.nan)
    lacking = score_year(known, unknown, np.eye(9, 10), "entry", way, 1, (3,), None)
    assert lacking.reason == "nothing_learnt"


def test_means_intervals_and_differences_of_the_record() -> None:
    rng = np.random.default_rng(2)
    years = [{name: rng.uniform(size=4) for name in SCORES} for _ in range(3)]
    draws = [{name: rng.uniform(size=(3, 400)) for name in SCORES} for _ in range(3)]
    for year in years:
        year["size_product"][1] = 1.0  # a null model is above all single measures
    years[1]["rca"][2] = np.nan  # a year in which no place had as many candidates
    scored = [
        YearScores(
            2000 + k,
            "entry",
            100,
            10 * (k + 1),
            1,
            {
                name: EntryScore(x[0], x[1], x[2:3], x[3:], draws[k][name])
                for name, x in years[k].items()
            },
            {},
            dict.fromkeys(MEASURES, k == 0),
            ("", ""),
        )
        for k in range(3)
    ]
    table = record_table(scored, 5, (10,))
    assert table["score"][0] == "ensemble" and table["average_precision_share"][1:].is_sorted(
        descending=True
    )
    mean = {name: np.nanmean([year[name] for year in years], axis=0) for name in SCORES}
    drawn = {name: np.mean([year[name] for year in draws], axis=0) for name in SCORES}
    best = {
        label: max(some, key=lambda n: mean[n][1])
        for label, some in (("null", NULLS), ("single", SINGLES))
    }
    for row in table.iter_rows(named=True):
        name = row["score"]
        figures = [
            row[key]
            for key in (
                "auc",
                "average_precision_share",
                "precision_at_10_share",
                "base_at_10_share",
            )
        ]
        assert figures == pytest.approx(mean[name], abs=1e-8)
        for key, own in zip(
            ("auc_{}", "average_precision_{}_share", "precision_at_10_{}_share"),
            drawn[name],
            strict=True,
        ):
            ends = [row[key.format(end)] for end in ("low", "high")]
            assert ends == pytest.approx(np.quantile(own, [0.025, 0.975]), abs=1e-8)
        for label, other in best.items():
            assert row[f"over_{label}_share"] == pytest.approx(
                mean[name][1] - mean[other][1], abs=1e-8
            )
            ends = [row[f"over_{label}_{end}_share"] for end in ("low", "high")]
            assert ends == pytest.approx(
                np.quantile(drawn[name][1] - drawn[other][1], [0.025, 0.975]), abs=1e-8
            )
        counts = (
            row["forecast_year_count"],
            row["pair_count"],
            row["event_count"],
            row["base_rate_share"],
        )
        assert counts == pytest.approx((3, 300, 60, 0.2))
        assert row["high_first_share"] == pytest.approx(1 / 3 if name != "ensemble" else 1)


@pytest.fixture(scope="module")
def found() -> OpportunityRecord:
    rows = [
        (f"P{c}", f"a{p:02}", year, float(value))
        for year in range(2000, 2009)
        for (c, p), value in np.ndenumerate(values_of(year))
        if value > 0
    ]
    frame = pl.DataFrame(rows, schema=["place", "activity", "year", "v"], orient="row")
    options: dict[str, Any] = {"horizon": 2, "resamples": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(entry_ensemble.BOOSTED, "max_iter", 5)
        patch.setitem(entry_ensemble.FOREST, "n_estimators", 5)
        return opportunity_record(frame, "v", **options)


@pytest.mark.slow
def test_a_forecast_tells_ranks_and_the_measures_beside_them(found: OpportunityRecord) -> None:
    now = found.forecasts(2005)
    one = next(one for one in found.periods if one.known.now.period == 2005)
    m = one.known.now.own(one.known.now.presence)
    absent = m == 0
    assert now.height == absent.sum() and now["mean_chance_share"].to_numpy() == pytest.approx(
        now["chance_share"].mean()
    )
    assert sorted(now["density_share"]) == pytest.approx(sorted(near(m, "conditional")[absent]))
    products = np.outer(m.sum(axis=1), m.sum(axis=0))[absent]
    assert sorted(now["diversity_ubiquity_count"]) == pytest.approx(sorted(products))
    for _, own in now.group_by("place"):
        assert sorted(own["rank"]) == list(range(1, own.height + 1))
        assert own.sort("rank")["chance_share"].is_sorted(descending=True)


def test_fewer_than_ten_events_have_no_interval() -> None:
    rng = np.random.default_rng(4)

    def record(events: int) -> dict[str, object]:
        scores = {
            name: EntryScore(
                *rng.uniform(size=2),
                rng.uniform(size=1),
                rng.uniform(size=1),
                rng.uniform(size=(3, 50)),
            )
            for name in SCORES
        }
        scored = YearScores(
            2000, "entry", 100, events, 1, scores, {}, dict.fromkeys(MEASURES, True), ""
        )
        by_year = year_table([scored], 5, (10,)).row(0, named=True)
        return record_table([scored], 5, (10,)).row(0, named=True) | {
            f"year_{k}": v for k, v in by_year.items()
        }

    few, enough = record(9), record(10)
    ends = [
        name for name in few if "high_first" not in name and ("_low" in name or "_high" in name)
    ]
    assert len(ends) == 16 and all(few[name] is None and enough[name] is not None for name in ends)
    assert few["auc"] is not None and few["year_precision_at_10_share"] is not None


def test_changes_in_the_record_are_since_one_horizon(found: OpportunityRecord) -> None:
    for one in found.periods:
        now, year = one.known.now, one.known.now.period
        old = (rca_of(values_of(year - 2)) >= 1 - 1e-10).sum(axis=1)[now.rows]
        assert one.known.measures["diversity_change"][:, 0] == pytest.approx(
            now.own(now.presence).sum(axis=1) - old
        )
        ever = np.mean(
            [rca_of(values_of(before)) >= 1 - 1e-10 for before in range(2000, year)], axis=0
        )
        assert one.known.measures["past_presence"] == pytest.approx(ever[now.rows][:, now.columns])

"""The record of opportunities: the future is never read, planted entries are found, and none are
found in the null world."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, rankdata

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import read_activities
from firstlight.instruments.complexity.density import outlook
from firstlight.instruments.complexity.next_activities import entry_ensemble
from firstlight.instruments.complexity.next_activities import opportunity_record as module
from firstlight.instruments.complexity.next_activities.entry_features import (
    MEASURES,
    NULLS,
    SINGLES,
    Period,
    history_at,
    linear_autoencoder,
    low_rank,
    measures_at,
    periods_of,
)
from firstlight.instruments.complexity.next_activities.next_activities import OPPORTUNITIES
from firstlight.instruments.complexity.next_activities.opportunity_record import (
    NothingToScoreError,
    OpportunityRecord,
    learnable,
    opportunity_record,
    under_way,
)
from firstlight.instruments.complexity.next_activities.record_answer import record_messages, years
from firstlight.instruments.complexity.specialisation import PresenceRule

pytestmark = pytest.mark.slow


def said(found: OpportunityRecord) -> list[str]:
    """The codes of what the record of entries says."""
    return [each.code for each in record_messages(found.table, 3)]


GIVEN = PresenceRule(is_given=True)
ALL = (slice(None), slice(None))


def world(
    kind: str, seed: int, places: int = 50, activities: int = 60, years: int = 10
) -> pl.DataFrame:
    """Presences of 0 and 1; each year some are left by chance, and about as many are entered: by
    density within each place, or
    by diversity times ubiquity."""
    rng = np.random.default_rng(seed)
    own, of = rng.integers(5, size=places), rng.integers(5, size=activities)
    able, known = rng.uniform(0.3, 1, places), rng.uniform(0.3, 1, activities)
    is_near = own[:, None] == of[None, :]
    chance = (
        0.6 * np.outer(able, known) * (np.where(is_near, 1.6, 0.4) if kind == "density" else 0.8)
    )
    m = rng.uniform(size=chance.shape) < chance
    rows = []
    for year in range(2000, 2000 + years):
        rows += [(f"P{c:02}", f"a{p:02}", year, 1.0) for c, p in np.argwhere(m)]
        left = m & (rng.uniform(size=m.shape) < 0.08)
        if kind == "density":
            pull = np.where(m, 0, np.nan_to_num(outlook(m.astype(float)).density) ** 6)
            pull *= (left.sum(axis=1) / np.maximum(pull.sum(axis=1), 1e-12))[:, None]
        else:
            pull = np.where(m, 0, np.outer(m.sum(axis=1), m.sum(axis=0)))
            pull = pull * left.sum() / pull.sum()
        m = (m & ~left) | (rng.uniform(size=m.shape) < pull)
    return pl.DataFrame(
        rows, schema={"c": pl.String, "p": pl.String, "t": pl.Int64, "v": pl.Float64}, orient="row"
    )


def record(rows: pl.DataFrame, **more: Any) -> OpportunityRecord:
    options: dict[str, Any] = {"horizon": 3, "rule": GIVEN} | more
    return opportunity_record(rows, "v", place="c", activity="p", period="t", **options)


@pytest.fixture(scope="module")
def planted() -> OpportunityRecord:
    return record(world("density", 0))


@pytest.fixture(scope="module")
def null() -> OpportunityRecord:
    return record(world("null", 1))


def entries(found: OpportunityRecord) -> dict[str, dict[str, Any]]:
    rows = found.table.filter(pl.col("target") == "entry")
    return {row["score"]: row for row in rows.iter_rows(named=True)}


def test_entries_that_follow_density_are_found(planted: OpportunityRecord) -> None:
    by = entries(planted)
    base = by["ensemble"]["base_rate_share"]
    for name in ("ensemble", "density", "density_cosine"):
        assert by[name]["over_null_low_share"] > 0
        assert by[name]["average_precision_low_share"] > 2 * base
        assert by[name]["precision_at_10_low_share"] > by[name]["base_at_10_share"]
    assert by["density"]["auc_low"] > by["diversity_ubiquity"]["auc_high"]
    assert said(planted)[-1] in ("both_over_null", "ensemble_over_null", "single_over_null")


def test_nobody_beats_the_null_where_entries_follow_it(null: OpportunityRecord) -> None:
    by = entries(null)
    best = max(by[name]["average_precision_share"] for name in NULLS)
    assert best > 1.2 * by["ensemble"]["base_rate_share"]  # there is something to foretell
    for row in by.values():
        assert row["average_precision_share"] < best + 0.01 and row["over_null_low_share"] <= 0.002
    assert said(null)[-1] == "none_over_null"


def test_every_measure_and_null_is_scored_in_every_forecast_year(
    planted: OpportunityRecord,
) -> None:
    assert set(planted.table["score"]) == {"ensemble", *MEASURES} and not set(SINGLES) & set(NULLS)
    years = planted.by_year.filter(pl.col("target") == "entry")
    assert sorted(set(years["year"])) == list(range(2003, 2007)) and years.height == 4 * (
        1 + len(MEASURES)
    )
    assert dict(years.select("year", "lesson_count").iter_rows()) == {
        2003 + k: k + 1 for k in range(4)
    }
    mean = years.filter(pl.col("score") == "density")["average_precision_share"].mean()
    assert entries(planted)["density"]["average_precision_share"] == pytest.approx(mean, abs=1e-8)
    null_rows = planted.table.filter(pl.col("target") != "growth")["rank_correlation"]
    assert null_rows.null_count() == null_rows.len()
    assert (
        planted.table["base_rate_share"].null_count()
        == 0
        == planted.table["base_at_10_share"].null_count()
    )
    assert planted.left_out.is_empty()


def forecast_bytes(found: OpportunityRecord, year: int) -> bytes:
    parts = [
        found.forecasts(year, target).drop("outcome").write_csv()
        for target in ("entry", "exit", "growth")
    ]
    one = next(one for one in found.periods if one.known.now.period == year)
    return "".join(parts).encode() + b"".join(
        one.chances[target].tobytes() for target in one.chances
    )


def with_another_future(rows: pl.DataFrame, year: int) -> pl.DataFrame:
    """After a year, other values, other presences, and names that nobody had seen."""
    later = rows.filter(pl.col("t") > year).with_columns(
        v=pl.col("v") * 7, p="z" + pl.col("p").str.slice(1)
    )
    new = pl.DataFrame(
        {
            "c": ["A new place"] * 3,
            "p": ["a00", "a01", "000"],
            "t": [year + 1, year + 2, year + 3],
            "v": [9.0] * 3,
        }
    )
    shifted = rows.filter(pl.col("t") > year).with_columns(v=pl.col("v") * 3).gather_every(3)
    return pl.concat([rows.filter(pl.col("t") <= year), later, new, shifted])


SMALL: dict[str, Any] = {"resamples": 0}


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested below hangs on no number of trees; the two worlds above, made once, keep the
    full one."""
    monkeypatch.setitem(entry_ensemble.BOOSTED, "max_iter", 10)
    monkeypatch.setitem(entry_ensemble.FOREST, "n_estimators", 6)


@pytest.fixture(scope="module")
def small() -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(5)
    rows = world("density", 3, places=16, activities=20, years=10)
    rows = rows.with_columns(v=pl.Series(rng.integers(1, 9, rows.height)).cast(pl.Float64))
    return rows, with_another_future(rows, 2005)


@pytest.mark.parametrize("rule", [GIVEN, PresenceRule()])
def test_the_future_changes_nothing_in_a_forecast(small: Any, rule: PresenceRule) -> None:
    one, other = (record(rows, rule=rule, **SMALL) for rows in small)
    for year in (2003, 2004, 2005):
        assert forecast_bytes(one, year) == forecast_bytes(other, year)
    assert forecast_bytes(one, 2006) != forecast_bytes(other, 2006)
    assert (
        one.by_year.filter(pl.col("year") == 2005).to_dicts()
        != other.by_year.filter(pl.col("year") == 2005).to_dicts()
    )


@pytest.mark.parametrize("options", [{}, {"horizon": 2, "window": 2}, {"horizon": 2, "absent": 2}])
def test_without_a_future_the_forecast_is_the_same(small: Any, options: dict[str, Any]) -> None:
    rows, last_year = small[0], 2009 - options.get("horizon", 3)
    past = rows.filter(pl.col("t") <= last_year)
    one, other = (record(some, rule=PresenceRule(), **SMALL, **options) for some in (rows, past))
    asked = [each.known.now.period for each in other.periods]
    assert len(asked) >= 2 and max(asked) == last_year
    for year in asked:
        assert forecast_bytes(one, year) == forecast_bytes(other, year)
        own, last = (
            next(each for each in found.periods if each.known.now.period == year)
            for found in (one, other)
        )
        assert own.is_high_first == last.is_high_first and own.lesson_count == last.lesson_count


def test_one_year_ahead_is_one_year(small: Any) -> None:
    first = record_messages(record(small[0], horizon=1, **SMALL).table, 1)[0]
    texts = OPPORTUNITIES.texts
    assert first.code == "entry" and first.values["span"] == years(1)
    assert texts.sentence("en", first).startswith("Entries foretold 1 year ahead")
    assert "提前1年" in texts.sentence("zh", first)


def test_every_target_has_its_messages_in_every_language(planted: OpportunityRecord) -> None:
    for target in ("entry", "exit", "growth"):
        messages = record_messages(planted.table, 3, target)
        assert messages[0].code == target
        for lang in ("en", "zh"):
            assert all(OPPORTUNITIES.texts.sentence(lang, each) for each in messages)


def test_a_leak_in_learning_is_caught(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "learnable", lambda years, now, horizon: [year for year in years if year <= now]
    )
    one, other = (record(rows, **SMALL) for rows in small)
    assert forecast_bytes(one, 2005) != forecast_bytes(other, 2005)


def test_a_leak_in_features_is_caught(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = module.periods_of

    def leaking(tables: Any, rule: Any, window: int) -> Any:
        places, activities, periods = honest(tables, rule, window)
        later = [*periods[1:], periods[-1]]
        mixed = [
            Period(now.period, after.values, now.rca, now.presence, now.rows, now.columns)
            for now, after in zip(periods, later, strict=True)
        ]
        return places, activities, mixed

    monkeypatch.setattr(module, "periods_of", leaking)
    one, other = (record(rows, **SMALL) for rows in small)
    assert forecast_bytes(one, 2005) != forecast_bytes(other, 2005)


def test_the_same_bytes_whatever_the_order_of_rows_and_the_workers(small: Any) -> None:
    rows = small[0]
    one = record(rows, resamples=20)
    other = record(rows.sample(fraction=1.0, shuffle=True, seed=1), resamples=20, workers=1)
    assert (
        one.table.write_csv() == other.table.write_csv()
        and one.by_year.write_csv() == other.by_year.write_csv()
    )
    assert forecast_bytes(one, 2009) == forecast_bytes(other, 2009)
    assert record(rows, resamples=20, seed=1).table.write_csv() != one.table.write_csv()


@pytest.mark.parametrize("unit", [1024, 1000, 1e-9, 1e150])
def test_the_unit_of_the_values_moves_nothing(small: Any, unit: float) -> None:
    one, other = (
        record(small[0].with_columns(v=pl.col("v") * k), rule=PresenceRule(), **SMALL)
        for k in (1, unit)
    )
    assert one.table.write_csv() == other.table.write_csv() and forecast_bytes(
        one, 2009
    ) == forecast_bytes(other, 2009)


def test_the_open_forecast_is_of_the_last_period(planted: OpportunityRecord) -> None:
    now = planted.forecasts()
    assert set(now["year"]) == {2009} and now["outcome"].null_count() == now.height
    assert now["chance_share"].is_between(0, 1).all()
    first = now.filter(pl.col("place") == "P00")
    assert first["rank"].to_list() == list(range(1, first.height + 1))
    assert first["chance_share"].is_sorted(descending=True)
    scored = planted.forecasts(2006)
    assert scored["outcome"].null_count() == 0
    assert scored["chance_share"].mean() == pytest.approx(
        scored["outcome"].mean(), rel=0.25
    )  # chances, not scores alone
    with pytest.raises(InputError, match="1999"):
        planted.forecasts(1999)


def test_an_entry_is_absent_now_and_present_one_horizon_later(small: Any) -> None:
    rows = small[0]
    has = {year: set(part.select("c", "p").iter_rows()) for (year,), part in rows.group_by("t")}
    held = record(rows, **SMALL).forecasts(2004).select("place", "activity", "outcome").rows()
    everyone = {(c, p) for c in {c for c, _ in has[2004]} for p in {p for _, p in has[2004]}}
    assert {(c, p) for c, p, _ in held} == everyone - has[2004]
    assert {(c, p) for c, p, came in held if came} == (everyone - has[2004]) & has[2007]
    strict = record(rows, absent=2, **SMALL).forecasts(2004)
    assert (
        set(strict.select("place", "activity").iter_rows())
        == everyone - has[2004] - has[2003] - has[2002]
    )


def test_a_window_adds_up_years(small: Any) -> None:
    rows = small[0]
    found = record(rows, window=2, **SMALL)
    summed = pl.concat(
        [
            rows.filter(pl.col("t").is_between(year - 1, year)).with_columns(
                t=pl.lit(year, pl.Int64)
            )
            for year in range(2001, 2010)
        ]
    )
    by_hand = record(summed, duplicates="sum", **SMALL)
    assert found.table.equals(by_hand.table)
    with pytest.raises(InputError) as caught:
        record(rows, window=4)
    assert caught.value.code == "out_of_bounds"
    holey = record(rows.filter(pl.col("t") != 2004), window=2, **SMALL)
    known = {one.known.now.period for one in holey.periods}
    assert known and known.isdisjoint({2004, 2005}), "a sum of two years, one of them missing"
    with pytest.raises(InputError) as caught:
        record(rows.filter(pl.col("t") % 2 == 0), window=2)
    assert caught.value.code == "no_window"


def test_a_share_that_stays_does_not_grow_by_rounding() -> None:
    rng = np.random.default_rng(4)
    wide = rng.gamma(0.5, size=(40, 20)) * (rng.uniform(size=(40, 20)) < 0.5)
    first = pl.DataFrame(
        [(f"P{c:02}", f"a{p:02}", float(wide[c, p])) for c, p in np.argwhere(wide > 0)],
        schema=["c", "p", "v"],
        orient="row",
    )
    rows = pl.concat(
        [
            first.with_columns(pl.col("v") * k, pl.lit(2000 + n, pl.Int64).alias("t"))
            for n, k in enumerate((1.0, 1.1, 0.7))
        ]
    )
    _, _, (now, *later) = periods_of(read_activities(rows, "c", "p", "v", "t"), PresenceRule(), 1)
    for one in later:
        assert not entry_ensemble.outcomes(now, one)["growth"].any()


def test_years_without_events_are_left_out_with_a_reason() -> None:
    """Whoever is present stays, and nobody comes, in the first years."""
    early = world("null", 2, places=12, activities=10, years=1)
    rows = pl.concat([early.with_columns(t=pl.lit(1990 + k, pl.Int64)) for k in range(10)])
    later = world("null", 2, places=12, activities=10, years=12)
    found = record(pl.concat([rows, later]), **SMALL)
    assert "no_event" in found.left_out["reason"].to_list()
    with pytest.raises(NothingToScoreError) as error:
        record(rows)
    assert error.value.reason == "no_event"
    with pytest.raises(NothingToScoreError) as error:
        record(world("null", 2, years=4))
    assert error.value.reason == "no_outcome"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"horizon": 0}, "out_of_bounds"),
        ({"rule": PresenceRule(weights="rca")}, "no_choice"),
        ({"resamples": -1}, "out_of_bounds"),
        ({"workers": 0}, "out_of_bounds"),
        ({"window": 0}, "out_of_bounds"),
        ({"absent": -1}, "out_of_bounds"),
        ({"at": (0,)}, "out_of_bounds"),
        ({"seed": -1}, "out_of_bounds"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        record(world("null", 2, places=5, activities=5), **options)
    assert caught.value.code == code
    assert next(iter(options)) in caught.value.where


def test_what_was_known() -> None:
    assert learnable(range(2000, 2010), 2007, 3) == [2000, 2001, 2002, 2003, 2004]
    assert under_way(range(2000, 2010), 2007, 3, 1) == [2005]
    assert under_way(range(2000, 2010), 2007, 5, 1) == [2003, 2004]
    assert under_way(range(2000, 2010), 2007, 5, 4) == [2003], (
        "windows of four years that end in 2004 and 2007 share 2004"
    )
    assert under_way(range(2000, 2010), 2007, 1, 1) == []
    assert under_way(range(1975, 2025, 5), 2000, 10, 1) == [1995]


def test_a_leak_in_what_is_under_way_is_caught(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcomes of transitions that go on are as they are now, not as they will be."""
    one, other = (record(rows, **SMALL) for rows in small)
    assert forecast_bytes(one, 2005) == forecast_bytes(other, 2005)
    honest = module.under_way
    assert honest([2003], 2005, 3, 1) == [2003]
    monkeypatch.setattr(
        module,
        "under_way",
        lambda years, now, horizon, window: [year for year in years if year > now],
    )
    one, other = (record(rows, **SMALL) for rows in small)
    assert forecast_bytes(one, 2005) != forecast_bytes(other, 2005)


def test_directions_are_learnt_from_lessons_alone() -> None:
    came = np.array([True] * 5 + [False] * 15)
    features = np.full((20, len(MEASURES)), np.nan, np.float32)
    names = list(MEASURES)
    features[:, names.index("rca")] = np.where(came, 1.0, 2.0)
    features[:, names.index("density")] = np.where(came, 2.0, 1.0)
    found = entry_ensemble.directions([entry_ensemble.Lessons(features, came, features)])
    assert not found["rca"] and found["density"] and found["pci"]  # unknown: high
    assert all(entry_ensemble.directions([]).values())


def test_the_direction_of_a_measure_is_told_for_every_year(planted: OpportunityRecord) -> None:
    rows = planted.by_year.filter((pl.col("target") == "entry") & (pl.col("score") == "density"))
    assert rows["is_high_first"].all() and entries(planted)["density"]["high_first_share"] == 1.0
    exits = planted.by_year.filter((pl.col("target") == "exit") & (pl.col("kind") == "single"))
    assert not exits["is_high_first"].all()


def test_without_resamples_nothing_is_said_of_chance(small: Any) -> None:
    found = record(
        small[0],
        resamples=0,
        **{name: value for name, value in SMALL.items() if name != "resamples"},
    )
    assert said(found) == ["entry", "over_single"]


def test_an_autoencoder_is_a_ridge_regression_of_each_activity_on_the_others() -> None:
    x = np.random.default_rng(0).gamma(1.0, size=(12, 5))
    penalty = (x * x).sum(axis=0).mean()
    for j in range(5):
        others = np.delete(x, j, axis=1)
        weights = np.linalg.solve(others.T @ others + penalty * np.eye(4), others.T @ x[:, j])
        assert linear_autoencoder(x)[:, j] == pytest.approx(others @ weights, abs=1e-12)


def test_what_is_one_horizon_old_counts_half_in_the_recent_past(small: Any) -> None:
    _, _, periods = periods_of(read_activities(small[0], "c", "p", "v", "t"), PresenceRule(), 1)
    past = [periods[0], periods[3]]  # three years apart
    found = history_at(past, measures_at(past[-1]), None, 3)
    recent = (past[1].own(past[0].presence) + 2 * past[1].own(past[1].presence)) / 3
    rca = (np.log1p(past[1].own(past[0].rca)) + 2 * np.log1p(past[1].own(past[1].rca))) / 3
    assert found["autoencoder_presence"] == pytest.approx(linear_autoencoder(recent), abs=1e-12)
    assert found["autoencoder_rca"] == pytest.approx(linear_autoencoder(rca), abs=1e-12)
    assert found["low_rank_recent"] == pytest.approx(low_rank(rca, 5), abs=1e-12)


def test_normal_scores_are_of_ranks_within_the_period() -> None:
    rng = np.random.default_rng(1)
    features = np.round(rng.normal(size=(60, 3)), 1).astype(np.float32)  # with ties
    features[:, 2], features[5, 1] = np.nan, np.nan
    found = entry_ensemble.normal_scores(features, np.sort(features, axis=0))
    assert found[:, 0] == pytest.approx(norm.ppf((rankdata(features[:, 0]) - 0.5) / 60), abs=1e-12)
    assert found[5, 1] == 0 and not found[:, 2].any()
    drifted = np.exp(features + 3)  # a level that moves, and a skew, change nothing
    assert np.array_equal(found, entry_ensemble.normal_scores(drifted, np.sort(drifted, axis=0)))
    beyond = entry_ensemble.normal_scores(
        np.full((1, 3), 99, np.float32), np.sort(features, axis=0)
    )
    assert np.isfinite(beyond).all() and beyond[0, 0] >= found[:, 0].max()

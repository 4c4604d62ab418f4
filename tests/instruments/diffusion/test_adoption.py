"""Adoption across places: planted dates come back, intervals hold as often as they say, and what
can't be known is told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_samples import PLACES, SPREADS, spread

from firstlight.diffusion import adoption
from firstlight.errors import InputError
from firstlight.instruments.diffusion.adoption_lags.adoption_lags import ADOPTION
from firstlight.instruments.diffusion.adoption_lags.crossing_dates import (
    crossing,
    dispersion,
    series_of,
)
from firstlight.result import Result
from firstlight.texts import Count, names

TOP, DURATION, LEAD = 0.2, 14.0, 1995
SCHEMA = ["technology", "place", "year", "value", "total"]


def planted(
    seed: int, places: int = 25, over: float = 1.0, size: tuple[int, int] = (200, 3000)
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Counts about logistic rates that start at known times, with variance ``over`` times the mean;
    and those times."""
    rng = np.random.default_rng(seed)
    years, rows, lags = (
        np.arange(1980, 2021),
        [],
        np.sort(np.concatenate([[0], rng.gamma(2, 4, places - 1)])),
    )
    for place, lag in enumerate(lags):
        total = rng.uniform(*size)
        mean = total * TOP / (1 + np.exp(-np.log(81) * (years - LEAD - lag) / DURATION))
        value = rng.poisson(rng.gamma(mean / (over - 1), over - 1) if over > 1 else mean)
        rows += [
            ("t", f"p{place:02}", int(y), float(v), float(total))
            for y, v in zip(years, value, strict=True)
        ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), {
        f"p{place:02}": LEAD + lag for place, lag in enumerate(lags)
    }


def true_date(midpoint: float, level: float) -> float:
    part = level / TOP
    return midpoint + DURATION / np.log(81) * np.log(part / (1 - part)) if part < 1 else np.inf


def compared(found: Result, truth: dict[str, float]) -> pl.DataFrame:
    """Each date at 10% and 50% beside the planted one."""
    levels = dict(found.tables["lags"].drop_nulls("level").select("milestone", "level").iter_rows())
    dates = found.tables["dates"].filter(pl.col("milestone") != "first")
    true = [
        true_date(truth[p], levels[m]) for p, m in dates.select("place", "milestone").iter_rows()
    ]
    low, high = dates["year_low"].fill_null(-np.inf), dates["year_high"].fill_null(np.inf)
    return dates.with_columns(true=pl.Series(true), low=low, high=high).with_columns(
        inside=(pl.col("low") <= pl.col("true")) & (pl.col("true") <= pl.col("high"))
    )


@pytest.mark.parametrize(
    ("over", "size"), [(1.0, (200, 3000)), (3.0, (200, 3000)), (1.0, (50, 300))]
)
@pytest.mark.slow
def test_planted_dates_come_back_and_intervals_hold(over: float, size: tuple[int, int]) -> None:
    """90% intervals over 8 x 50 dates: a binomial share of .9 has a standard error of .015, more
    where dates are related."""
    tables, dispersions, lags = [], [], []
    for seed in range(8):
        frame, truth = planted(seed, over=over, size=size)
        found = adoption(frame, draws=100)
        tables.append(compared(found, truth))
        dispersions.append(found.tables["speed"]["dispersion"][0])
        lag = found.tables["lags"].row(by_predicate=pl.col("milestone") == "50%", named=True)
        lags.append(lag["lag_median"] - float(np.median(list(truth.values())) - LEAD))
    every = pl.concat(tables)
    assert 0.85 <= every["inside"].mean() <= 0.97
    error = every.filter(state="reached").select(pl.col("year") - pl.col("true")).to_series()
    assert abs(error.mean()) < 0.3 and error.std() < 1.6
    assert np.mean(dispersions) == pytest.approx(over, rel=0.2)
    assert abs(np.mean(lags)) < 1.0


def test_who_has_not_got_there_is_said_and_not_dropped() -> None:
    rows = [
        ("t", place, 2000 + y, float(max(0, y - lag)), 10.0)
        for place, lag in (("a", 0), ("b", 4), ("c", 20))
        for y in range(11)
    ]
    found = adoption(pl.DataFrame(rows, schema=SCHEMA, orient="row"), common_level=1.0)
    half = found.tables["lags"].row(by_predicate=pl.col("milestone") == "50%", named=True)
    assert (half["leader"], half["reached_count"], half["not_yet_count"], half["places_count"]) == (
        "a",
        2,
        1,
        3,
    )
    # a reaches .5 in 2005, b in 2009, c not by 2010: the share that waits is 2/3 at lag 0 and 1/3
    # at lag 4
    waiting = (
        found.tables["survival"].filter(milestone="50%").select("lag_years", "not_yet_share").rows()
    )
    assert [lag for lag, _ in waiting] == [0, 4] and [s for _, s in waiting] == pytest.approx(
        [2 / 3, 1 / 3]
    )
    late = found.tables["dates"].row(
        by_predicate=(pl.col("place") == "c") & (pl.col("milestone") == "50%"), named=True
    )
    assert (late["state"], late["year"], late["lag_years"], late["year_high"]) == (
        "not_yet",
        None,
        None,
        None,
    )
    first = found.said[0]
    assert first.code == "lag_without_end" and first.values["leaders"] == names("a", most=3)
    assert (first.values["reached"], first.values["places"]) == (Count(2), Count(3))


def test_what_was_there_before_the_record_is_a_lower_bound() -> None:
    rows = [
        ("t", p, 2000 + y, float(v + y), 10.0) for p, v in (("a", 6), ("b", 0)) for y in range(8)
    ]
    found = adoption(pl.DataFrame(rows, schema=SCHEMA, orient="row"), common_level=1.0)
    half = found.tables["lags"].row(by_predicate=pl.col("milestone") == "50%", named=True)
    assert half["is_at_least"] and half["leader_year"] == 2000 and half["before_count"] == 1
    assert "at_least" in {given.code for given in found.said}


def test_levels_without_counts_have_the_years_seen_as_interval() -> None:
    rows = [
        ("t", p, 2000 + 5 * y, 0.5 + 12.3 * max(0, y - lag))
        for p, lag in (("a", 0), ("b", 2))
        for y in range(8)
    ]
    found = adoption(pl.DataFrame(rows, schema=SCHEMA[:4], orient="row"))
    assert found.tables["speed"]["dispersion"].to_list() == [None]
    for row in found.tables["dates"].filter(state="reached").iter_rows(named=True):
        assert (
            row["year_low"] <= row["year"] <= row["year_high"]
            and row["year_high"] - row["year_low"] <= 5
        )
    assert "years_around" in {given.code for given in found.conventions}


def test_magnitudes_from_tiny_to_huge() -> None:
    rows = [
        ("t", p, 2000 + y, size * max(0, y - lag), total)
        for p, lag, size, total in (("a", 0, 1e300, 1e305), ("b", 3, 3.0, 3e5))
        for y in range(12)
    ]
    found = adoption(pl.DataFrame(rows, schema=SCHEMA, orient="row"), draws=20)
    lag = found.tables["dates"].row(
        by_predicate=(pl.col("place") == "b") & (pl.col("milestone") == "50%"), named=True
    )["lag_years"]
    assert lag == pytest.approx(3, abs=1e-6)


def test_gaps_are_unknown_or_zero_as_told() -> None:
    rows = [("t", "a", y, 5.0) for y in range(2000, 2010)] + [
        ("t", "b", y, 5.0) for y in range(2005, 2010)
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA[:4], orient="row")

    def first(gaps: str) -> tuple[str, float | None]:
        dates = adoption(frame, gaps=gaps).tables["dates"]  # type: ignore[arg-type]
        own = dates.row(
            by_predicate=(pl.col("place") == "b") & (pl.col("milestone") == "first"), named=True
        )
        return own["state"], own["year"]

    assert first("missing") == ("before", None) and first("zero") == ("reached", 2005)


def test_a_technology_with_one_place_is_left_out_with_its_reason() -> None:
    frame, _ = planted(1, places=3)
    alone = pl.DataFrame(
        [("alone", "a", 2000, 1.0, 9.0), ("alone", "a", 2001, 2.0, 9.0)],
        schema=SCHEMA,
        orient="row",
    )
    never = pl.DataFrame(
        [("never", p, y, 0.0, 9.0) for p in "ab" for y in (2000, 2001)], schema=SCHEMA, orient="row"
    )
    found = adoption(pl.concat([frame, alone, never]), draws=20)
    assert found.tables["left_out"]["technology"].to_list() == ["alone", "never"]
    assert found.tables["lags"]["technology"].unique().to_list() == ["t"]


@settings(max_examples=12, deadline=None)
@given(st.floats(0.01, 1e6), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_units_order_and_other_technologies_change_nothing(scale: float, order: object) -> None:
    frame, _ = planted(3, places=5)
    known = adoption(frame, draws=20)
    rows = frame.rows()
    order.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = adoption(pl.DataFrame(rows, schema=SCHEMA, orient="row"), draws=20)
    dates = known.tables["dates"]
    assert shuffled.tables["dates"].equals(dates)
    other = frame.with_columns(
        technology=pl.lit("u"), place=pl.col("place") + "x", value=pl.col("value") + 3
    )
    both = adoption(pl.concat([frame, other]), draws=20)
    alone = both.tables["dates"].filter(technology="t")
    assert alone.equals(dates), "draws are seeded by names"
    levels = frame.with_columns(value=(pl.col("value") + 0.5) * scale)
    years = adoption(levels).tables["dates"]["year"].fill_null(-1).to_numpy()
    larger = adoption(levels.with_columns(value=pl.col("value") * 4)).tables["dates"]
    assert years == pytest.approx(larger["year"].fill_null(-1).to_numpy())


def test_dispersion_is_blind_to_bends() -> None:
    """One large place in steep growth, whose residuals are thousands of times chance, moves the
    median by its share only."""
    rng = np.random.default_rng(0)
    years = np.arange(30.0)
    quiet = [
        series_of(
            "t", str(i), years, rng.poisson(40 * np.exp(0.05 * years)).astype(float), np.ones(30)
        )
        for i in range(20)
    ]
    bent = series_of("t", "big", years, np.round(1e6 * np.exp(0.3 * years)), np.ones(30))
    assert dispersion([*quiet, bent]) == pytest.approx(dispersion(quiet), rel=0.2)


def test_a_crossing_lies_on_the_line_between_years() -> None:
    assert crossing(np.array([2000.0, 2010.0]), np.array([1.0, 3.0]), 1.5) == 2002.5


def test_a_total_for_some_rows_alone_is_refused() -> None:
    frame, _ = planted(1, places=2)
    gap = pl.when(pl.col("year") == 1990).then(None).otherwise(pl.col("total"))
    with pytest.raises(InputError) as caught:
        adoption(frame.with_columns(total=gap))
    assert (caught.value.code, caught.value.values["count"]) == ("no_total", Count(2))


def test_a_row_without_a_value_is_as_good_as_none() -> None:
    frame, _ = planted(1, places=2)
    is_known = pl.col("year") != 2000
    gap = frame.with_columns(value=pl.when(is_known).then("value"))
    one, other = (adoption(rows, draws=20) for rows in (gap, frame.filter(is_known)))
    assert one.tables["dates"].equals(other.tables["dates"])


def test_the_sample_is_the_planted_one_and_its_truth_is_found() -> None:
    sample = ADOPTION.sample_call()["frame"]
    assert sample.rows() == [tuple(map(str, row)) for row in spread().rows()]
    found = adoption(sample, level=0.99).tables
    for technology, (top, duration, _) in SPREADS.items():
        lags = found["lags"].filter(technology=technology, milestone="50%").row(0, named=True)
        assert lags["leader"] == "Mirefield" and lags["level"] == pytest.approx(top / 2, rel=0.1)
        dates = found["dates"].filter(technology=technology, milestone="50%")
        for place, low, high in dates.select("place", "lag_low", "lag_high").iter_rows():
            # a lag is to a leader whose own date is known within a year
            assert low - 1 <= PLACES[place][1] <= high + 1
        speed = found["speed"].row(by_predicate=pl.col("technology") == technology, named=True)
        assert speed["years_median"] == pytest.approx(duration / 2, abs=1)

"""Kinds of break told apart: regressions beside ours, planted ones, published cases, intervals
within the data, chance findings."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.series_breaks.kinds_of_break import (
    CORRELATIONS,
    BreakFit,
    tell_breaks,
)
from firstlight.instruments.productivity.series_breaks.series_breaks import BREAKS, breaks
from firstlight.texts import Count, names

T = 60
YEARS = np.arange(T)


def errors(seed: int, rho: float) -> np.ndarray:
    """Errors of variance 1, or a random walk of unit steps."""
    e = np.random.default_rng(seed).normal(size=T)
    if rho == 1:
        return e.cumsum()
    for k in range(1, T):
        e[k] = rho * e[k - 1] + np.sqrt(1 - rho**2) * e[k]
    return e


def found(fit: BreakFit) -> list[tuple[str, int]]:
    return [(each.kind, each.at) for each in fit.breaks]


def by_regression(y: np.ndarray, rho: float) -> tuple[str, int, float, float]:
    """The break with the least sum of squares of all, by a regression for each; its size and t."""
    white = y[1:] - rho * y[:-1]
    best = ("", -1, 0.0, 0.0)
    least = np.inf
    shapes = {
        "outlier": lambda at: (at == YEARS) * 1.0,
        "level_shift": lambda at: (at <= YEARS) * 1.0,
        "slope": lambda at: np.maximum(YEARS - at + 1.0, 0),
    }
    for kind, shape in shapes.items():
        for at in range(T) if kind == "outlier" else range(3, T - 2):
            design = np.column_stack([np.ones(T), YEARS, shape(at)])
            x, z = design[1:] - rho * design[:-1], white
            if rho < 1:  # the first year, by its own variance
                x = np.concatenate([np.sqrt(1 - rho**2) * design[:1], x])
                z = np.concatenate([[np.sqrt(1 - rho**2) * y[0]], white])
            else:
                x = x[:, 1:]
            beta, squares, rank, _ = np.linalg.lstsq(x, z, rcond=None)
            if rank < x.shape[1] or squares[0] >= least * (1 - 1e-12):
                continue
            least = float(squares[0])
            variance = least / (z.size - x.shape[1])
            error = np.sqrt(variance * np.linalg.inv(x.T @ x)[-1, -1])
            best = (kind, at, float(beta[-1]), float(beta[-1] / error))
    return best


@pytest.mark.parametrize("rho", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("planted", ["outlier", "level_shift", "slope"])
def test_one_break_is_that_of_the_best_of_all_regressions(rho: float, planted: str) -> None:
    shape = {"outlier": YEARS == 30, "level_shift": YEARS >= 30}.get(planted)
    effect = np.maximum(YEARS - 29, 0) * 1.5 if shape is None else shape * 9.0
    y = errors(3, rho) + effect
    kind, at, size, _ = by_regression(y, rho)
    own = tell_breaks(y, correlation=rho, most=1).breaks
    assert [(each.kind, each.at) for each in own] == [(kind, at)] and kind == planted
    assert own[0].change == pytest.approx(size, rel=1e-8)


@pytest.mark.parametrize("rho", [-0.3, 0.6, 1.0])
def test_missing_years_are_weighed_as_by_generalised_least_squares(rho: float) -> None:
    """With the covariance of the known years written out; the shift is in the first known year or
    in any of the missing ones before it."""
    known = ~np.isin(YEARS, [12, 13, 30, 31])
    y = np.where(known, errors(3, 0.6) + 9.0 * (YEARS >= 32), np.nan)
    at = YEARS[known]
    apart = np.abs(at[:, None] - at)
    covariance = rho**apart if rho < 1 else 1e6 + np.minimum(at[:, None], at)
    design = np.column_stack([np.ones(at.size), at, at >= 32])
    weighed = design.T @ np.linalg.inv(covariance)
    size = np.linalg.solve(weighed @ design, weighed @ y[known])[-1]
    fit = tell_breaks(y, correlation=rho, most=1)
    assert [(each.kind, each.at, each.low) for each in fit.breaks] == [("level_shift", 32, 30)]
    assert fit.breaks[0].change == pytest.approx(size, rel=1e-6)
    assert fit.fitted.size == at.size and fit.innovations.size == at.size - 1


def test_a_missing_year_costs_no_series_and_is_named() -> None:
    values = errors(3, 0.0) + 9.0 * (YEARS >= 30)
    rows = pl.DataFrame({"unit": "a", "year": 1960 + YEARS, "value": values})
    given = breaks(rows.filter(pl.col("year") != 1989))
    assert given.table.select("kind", "break_year", "low_year").row(0) == (
        "level_shift",
        1990,
        1989,
    )
    units = given.tables["units"].select("year_count", "missing_count", "reason").row(0)
    assert units == (T - 1, 1, None)
    said = {each.code: each.values for each in given.said}
    assert said["missing_years"] == {"units": names(["a"])}
    assert given.tables["values"]["year"].to_list() == [y for y in 1960 + YEARS if y != 1989]


def test_the_nile_has_the_published_jump_and_outlier(reference: Path) -> None:
    case = json.loads((reference / "breaks.json").read_text(encoding="utf-8"))["nile"]
    flow, first = np.array(case["values"], dtype=float), case["first_year"]
    plain = {"trend": False, "correlation": 0.0}
    (jump,) = tell_breaks(flow, **plain).breaks
    assert (jump.kind, first + jump.at) == ("level_shift", case["level_shift_year"])
    assert jump.low <= jump.at <= jump.high and jump.kind_share > 0.99
    # The outlier that packages name by a fixed critical value of about 3 is no surprise among a
    # hundred years: the chance of one as large is near a fifth. Where it is let in, both sizes are
    # the published ones.
    jump, outlier = tell_breaks(flow, significance=0.25, **plain).breaks
    assert (outlier.kind, first + outlier.at) == ("outlier", case["outlier_year"])
    assert 0.1 < outlier.p_value < 0.25
    assert jump.change == pytest.approx(case["level_shift"], abs=1e-4)
    assert outlier.change == pytest.approx(case["outlier"], abs=1e-4)
    # with a trend and correlated errors the jump is the same
    assert found(tell_breaks(flow)) == [("level_shift", case["level_shift_year"] - first)]


def gdp_per_person(reference: Path, country: str, last: int) -> tuple[np.ndarray, int]:
    table = pl.read_csv(reference / "data" / "productivity" / "gdp_per_person.csv")
    own = table.filter((pl.col("country_code") == country) & (pl.col("year") <= last))
    return 100 * np.log(own["gdp_per_person_usd_2017"].to_numpy()), int(own["year"][0])


def slowdowns(reference: Path, country: str, **known: float) -> list[int]:
    """Years from which growth was slower, by data up to 1990."""
    logs, first = gdp_per_person(reference, country, 1990)
    every = tell_breaks(logs, **known).breaks
    return [first + each.at for each in every if each.kind == "slope" and each.change < 0]


def test_growth_slowed_in_the_early_seventies_where_it_was_published_to(reference: Path) -> None:
    """Ben-David and Papell (1998), Review of Economics and Statistics 80(4), 561-571: most
    industrial countries slowed down in the early 1970s; the United States, Canada and the United
    Kingdom did not. Of a random walk, which 41 years of the Netherlands may be, its slowdown is no
    surprise: it came out with the correlation read only while false alarms were many."""
    for country in ("USA", "GBR"):
        assert slowdowns(reference, country) == slowdowns(reference, country, correlation=0.8) == []
    for country in ("JPN", "FRA", "NLD"):
        years = slowdowns(reference, country, correlation=0.8)
        assert any(1970 <= year <= 1975 for year in years), country
        assert slowdowns(reference, country) == (years if country != "NLD" else []), country


def test_ireland_jumped_in_2015(reference: Path) -> None:
    """When multinationals moved their assets there, the level of output rose by a quarter at once
    (Central Statistics Office)."""
    logs, first = gdp_per_person(reference, "IRL", 2019)
    assert [(kind, first + at) for kind, at in found(tell_breaks(logs))] == [("level_shift", 2015)]


@pytest.mark.parametrize("rho", [0.0, 1.0])
def test_planted_kinds_are_told_apart(rho: float) -> None:
    effects = {
        ("level_shift", 20): 7.0 * (YEARS >= 20),
        ("slope", 30): np.maximum(YEARS - 29, 0) * (0.6 if rho == 0 else 3.0),
        ("outlier", 45): 8.0 * (YEARS == 45),
    }
    hits, others = dict.fromkeys(effects, 0), 0
    for seed in range(20):
        for (kind, at), effect in effects.items():
            own = found(tell_breaks(errors(seed, rho) + effect, correlation=rho, draws=199))
            near = [each for each in own if each[0] == kind and abs(each[1] - at) <= 3]
            hits[kind, at] += len(near) == 1
            others += len(own) - len(near)
    assert min(hits.values()) >= 18
    # one series in twenty has more by chance; four standard errors of 60
    assert others <= 60 * 0.05 + 4 * np.sqrt(60 * 0.05 * 0.95)


def test_all_three_are_found_in_one_series() -> None:
    y = errors(8, 0.0) + 0.2 * YEARS
    y += 8 * (YEARS >= 15) - 0.9 * np.maximum(YEARS - 34, 0) + 9 * (YEARS == 25)
    fit = tell_breaks(y, correlation=0.0)
    assert [kind for kind, _ in found(fit)] == ["level_shift", "outlier", "slope"]
    assert [at for _, at in found(fit)] == pytest.approx([15, 25, 35], abs=1)
    assert [each.change for each in fit.breaks] == pytest.approx([8, 9, -0.9], rel=0.25)
    assert min(each.kind_share for each in fit.breaks) > 0.9


@pytest.mark.slow
def test_a_series_that_wanders_is_read_as_one() -> None:
    """White noise as uncorrelated, a random walk as correlated; both mostly without a break."""
    read, broken = dict.fromkeys((0.0, 1.0), 0), 0
    for seed in range(15):
        for rho in read:
            fit = tell_breaks(errors(100 + seed, rho), draws=199)
            read[rho] += fit.correlation in ((0.0, 0.3) if rho == 0 else (0.8, 1.0))
            broken += bool(fit.breaks)
    assert min(read.values()) >= 12 and broken <= 6


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999),
    n=st.integers(10, 25),
    rho=st.sampled_from([None, *CORRELATIONS]),
    power=st.integers(-150, 150),
)
def test_an_interval_never_leaves_the_data(
    seed: int, n: int, rho: float | None, power: int
) -> None:
    """However many breaks are let in where there are none, at whatever magnitude."""
    y = np.random.default_rng(seed).standard_t(3, n) * 10.0**power
    fit = tell_breaks(y, correlation=rho, significance=0.5, draws=99)
    for each in fit.breaks:
        assert 0 <= each.low <= each.at <= each.high <= n - 1
        assert each.is_cut == (each.kind != "outlier" and (each.low == 3 or each.high == n - 3))
        assert 0 < each.kind_share <= 1 and 0 < each.p_value <= 0.5
    ordered = [each.at for each in fit.breaks]
    assert ordered == sorted(ordered) and len(fit.breaks) <= 5


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 99),
    unit=st.floats(1e-6, 1e6),
    level=st.floats(-9, 9),
    slope=st.floats(-1, 1),
)
def test_neither_units_nor_a_line_matter(
    seed: int, unit: float, level: float, slope: float
) -> None:
    y = errors(seed, 0.3) + 5.0 * (YEARS >= 30)
    one = tell_breaks(y, correlation=0.3, draws=199)
    other = tell_breaks(unit * (y + level + slope * YEARS), correlation=0.3, draws=199)
    assert found(one) == found(other)
    ends = [(each.low, each.high) for each in one.breaks]
    assert ends == [(each.low, each.high) for each in other.breaks]
    changes = [each.change * unit for each in one.breaks]
    assert changes == pytest.approx([each.change for each in other.breaks], rel=1e-5)


def test_a_perfect_fit_needs_no_more_breaks() -> None:
    y = 2.0 * YEARS + 10.0 * (YEARS >= 30)
    for rho in (None, 0.0, 1.0):
        assert found(tell_breaks(y, correlation=rho)) == [("level_shift", 30)]
    assert found(tell_breaks(2.0 * YEARS, correlation=0.0)) == []


def false_alarms(count: int, years: int, rho: float, **options: Any) -> int:
    """How many series without a break have one; the correlation of errors is not told."""
    rng = np.random.default_rng((7, years))
    alarms = 0
    for _ in range(count):
        e = rng.normal(size=years)
        for k in range(1, years):
            e[k] = rho * e[k - 1] + np.sqrt(1 - rho**2) * e[k]
        alarms += bool(tell_breaks(e.cumsum() if rho == 1 else e, **options).breaks)
    return alarms


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_series_without_a_break_seldom_have_one_whatever_their_correlation(rho: float) -> None:
    """At 5% 6 of 120; 16 or more, or none, has a chance of 2 in 1,000."""
    assert 1 <= false_alarms(120, 30, rho, most=1) <= 15


@pytest.mark.slow
@pytest.mark.parametrize("years", [20, 40])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.8, 1.0])
def test_without_a_break_one_in_twenty_is_found(years: int, rho: float) -> None:
    false = false_alarms(1000, years, rho, most=1) / 1000
    # within a fifth of what is said, and three standard errors
    assert false == pytest.approx(0.05, abs=0.01 + 3 * np.sqrt(0.05 * 0.95 / 1000))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["level_shift", "slope"])
def test_intervals_hold_the_year(kind: str) -> None:
    effect = {"level_shift": 2.0 * (YEARS >= 25), "slope": 0.3 * np.maximum(YEARS - 29, 0)}[kind]
    year = {"level_shift": 25, "slope": 30}[kind]
    held = []
    for seed in range(200):
        fit = tell_breaks(errors(seed, 0.0) + effect, correlation=0.0, most=1)
        held += [each.low <= year <= each.high for each in fit.breaks if each.kind == kind]
    # at least 95% within three standard errors; whole years make intervals longer
    assert len(held) > 100 and np.mean(held) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / len(held))


ROWS = pl.DataFrame({"unit": "a", "year": range(2001, 2021), "value": [1.0, 2.0] * 10})


def test_the_sample_has_what_was_planted() -> None:
    sample: Any = BREAKS.sample_call()["frame"]
    table = breaks(sample).table
    assert table.select("unit", "kind", "break_year").rows() == [
        ("bridge traffic", "level_shift", 2007),
        ("festival visitors", "outlier", 2020),
        ("harbour freight", "slope", 2004),
        ("tower lifts", None, None),
    ]
    assert table["reason"].to_list() == [None, None, None, "no_break"]
    inside = table.drop_nulls("break_year")
    assert (inside["low_year"] >= 1985).all() and (inside["high_year"] <= 2024).all()


def test_what_cannot_be_examined_is_named() -> None:
    holes = [None if year == 2010 else 1.0 * (year % 3) for year in range(2001, 2021)]
    parts = {
        "flat": pl.lit(3.0),
        "holes": pl.Series(holes),
        "zero": pl.when(pl.col("year") == 2005).then(0.0).otherwise("value"),
    }
    frames = [ROWS.with_columns(unit=pl.lit(name), value=own) for name, own in parts.items()]
    short = ROWS.head(9).with_columns(unit=pl.lit("short"))
    given = breaks(pl.concat([*frames, short], how="vertical_relaxed"), log=True)
    assert given.tables["units"].select("unit", "reason", "reason_year").rows() == [
        ("flat", "never_changes", None),
        ("holes", "not_above_zero", 2001),
        ("short", "few_years", None),
        ("zero", "not_above_zero", 2005),
    ]
    said = {each.code: each.values for each in given.said}
    assert said["not_examined"]["units"] == names(["flat", "holes", "short", "zero"])
    assert breaks(ROWS.with_columns(value=pl.lit(None, pl.Float64))).said[0].code == "nothing"


def test_a_jump_in_the_last_year_is_not_told_from_a_single_year() -> None:
    values = np.where(YEARS >= T - 1, 12.0, 0.0) + errors(2, 0.0)
    rows = pl.DataFrame({"unit": "a", "year": 1960 + YEARS, "value": values})
    row = breaks(rows, correlation=0.0).table.row(-1, named=True)
    assert (row["kind"], row["break_year"], row["reason"]) == ("outlier", 2019, "last_year")


def test_logarithms_give_changes_of_logarithms_and_correlation_is_warned_of() -> None:
    level = np.exp((errors(4, 0.0) + 30 * (YEARS >= 30)) / 100)
    rows = pl.DataFrame({"unit": "a", "year": 1960 + YEARS, "value": level})
    given = breaks(rows, log=True, trend=False)
    assert given.table["change"].to_list() == pytest.approx([30], abs=1.5)
    assert given.said[0].values["count"] == Count(1)
    # what is 30 hundredths more in logarithms is 35 % more
    per_cent = 100 * np.expm1(given.table["change"].item() / 100)
    assert given.said[1].values["change"].value == pytest.approx(per_cent)
    wandering = rows.with_columns(value=pl.Series(errors(5, 0.8)))
    codes = [each.code for each in breaks(wandering, correlation=0.0, most=1).said]
    assert codes[-1] == "correlated"


def test_each_unit_is_as_alone_and_is_told_of() -> None:
    sample: Any = BREAKS.sample_call()["frame"]
    told: list[tuple[int, int]] = []
    every = breaks(sample, progress=lambda *done: told.append(done)).table
    assert told == [(k, 4) for k in range(4)]
    for (name,), own in sample.group_by("unit"):
        assert breaks(own).table.equals(every.filter(unit=name))
    assert all(a <= b for a, b in pairwise(every["unit"].to_list()))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"correlation": 1.2}, "out_of_bounds"),
        ({"significance": 1.0}, "not_between"),
        ({"level": 95}, "bad_level"),
        ({"draws": 9}, "out_of_bounds"),
        ({"most": -1}, "out_of_bounds"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        tell_breaks(errors(0, 0.0), **options)
    assert caught.value.code == code

"""Convergence clubs: the published clubs of 152 countries, planted ones, what is refused."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.disparity import (
    clubs,
    find_clubs,
    hodrick_prescott,
    log_t_test,
    merge_clubs,
)
from firstlight.errors import InputError
from firstlight.texts import Count, Name, Year

YEARS = np.arange(1990, 2025)
AS_GIVEN: dict[str, Any] = {"scale": "as_given", "smoothing": None}


def planted(goals: dict[str, float], years: Any = YEARS, noise: float = 0.0) -> pl.DataFrame:
    """Units that draw near their goals, from above and below in turn."""
    rng = np.random.default_rng(8)
    rows = []
    for k, (unit, goal) in enumerate(goals.items()):
        gap = (0.3 + 0.02 * k) * (-1) ** k
        path = goal + gap / np.arange(1, len(years) + 1) + rng.normal(0, noise, len(years))
        rows += [(unit, int(year), float(x)) for year, x in zip(years, path, strict=True)]
    return pl.DataFrame(rows, ["unit", "year", "value"], orient="row")


def two_goals() -> dict[str, float]:
    return {f"high {k}": 9.0 for k in range(4)} | {f"low {k}": 8.0 for k in range(5)}


def code_of(function: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    return caught.value.code


def test_published_clubs_of_152_countries(shared: Path) -> None:
    """Phillips and Sul (2009): the whole sample, seven clubs and what merging makes of them."""
    file = shared / "data" / "places" / "phillips_sul_gdp.csv"
    table = pl.read_csv(file)
    frame = table.unpivot(index="Countries").select(
        unit="Countries",
        year=pl.col("variable").str.tail(4).cast(pl.Int32),
        value="value",
    )
    result = clubs(frame, **AS_GIVEN)
    whole, first = result.table.row(0, named=True), result.tables["first_clubs"][1:]
    assert whole["b"] == pytest.approx(-0.8748, abs=5e-5)
    assert whole["t_value"] == pytest.approx(-159.555, abs=5e-4)
    assert first["units_count"].to_list() == [50, 30, 21, 24, 14, 11, 2]
    b, t = (first[name].to_list() for name in ("b", "t_value"))
    assert b == pytest.approx([0.382, 0.240, 0.110, 0.131, 0.190, 1.003, -0.470], abs=5e-4)
    assert t == pytest.approx([9.28, 6.90, 3.40, 2.05, 1.70, 6.02, -0.56], abs=5e-3)
    assert result.table["made_of"][1:].to_list() == ["1", "2", "3", "4, 5", "6", "7"]
    assert result.table["units_count"].sum() == 2 * 152
    said = {each.code: each.values for each in result.said}
    assert said["clubs"]["count"] == Count(6)
    assert (said["merged"]["first"], said["merged"]["count"]) == (Count(7), Count(6))


def test_planted_clubs_come_out() -> None:
    result = clubs(planted(two_goals()), **AS_GIVEN)
    assert result.table["club"].to_list() == ["all", "1", "2"]
    members = dict(result.tables["members"].select("unit", "club").iter_rows())
    assert {unit for unit, club in members.items() if club == "1"} == {
        f"high {k}" for k in range(4)
    }
    assert [each.code for each in result.said][:3] == ["clubs", "club", "club"]
    paths = result.tables["paths"]
    assert paths.group_by("year").agg(pl.col("relative_level").mean())["relative_level"].max() < 1.1
    assert paths.height == 2 * len(YEARS)


def test_all_that_draw_near_one_goal_are_one_club() -> None:
    result = clubs(planted({f"unit {k}": 8.0 for k in range(6)}, noise=1e-4), **AS_GIVEN)
    assert [each.code for each in result.said] == ["one_club"]
    assert result.table["units_count"].to_list() == [6, 6]


def test_units_that_part_belong_to_no_club() -> None:
    rows = [
        (f"unit {k}", int(year), 8 + 0.1 * k + 0.01 * (k - 1.5) * (year - 1990))
        for k in range(4)
        for year in YEARS
    ]
    result = clubs(pl.DataFrame(rows, ["unit", "year", "value"], orient="row"), **AS_GIVEN)
    assert result.said[0].code == "no_club"
    assert result.table["club"].to_list() == ["all", "none"]
    assert result.tables["paths"].is_empty()


def test_the_regression_is_least_squares() -> None:
    x = 8 + np.random.default_rng(3).normal(0, 0.1, (6, 30)).cumsum(axis=1) / 10
    h = ((x / x.mean(axis=0) - 1) ** 2).mean(axis=0)
    t = np.arange(11, 31)
    y = np.log(h[0] / h[t - 1]) - 2 * np.log(np.log(t))
    assert log_t_test(x).b == pytest.approx(np.polyfit(np.log(t), y, 1)[0], rel=1e-8)


def test_no_order_of_units_and_no_scale_of_paths_changes_the_test() -> None:
    x = 8 + np.random.default_rng(3).normal(0, 0.1, (6, 30)).cumsum(axis=1) / 10
    plain = astuple(log_t_test(x))
    for other in (x[::-1], 1000 * x, np.tile(x, (3, 1))):
        assert astuple(log_t_test(other)) == pytest.approx(plain, rel=1e-8)


def test_clubs_that_converge_together_are_merged() -> None:
    """A high sieve finds several clubs of one goal; either rule of merging makes one of them."""
    x = planted({f"unit {k:02}": 8.0 for k in range(9)} | {"far": 9.0, "farther": 9.0})
    wide = x.pivot("year", index="unit", values="value").sort("unit").drop("unit").to_numpy()
    found, _ = find_clubs(wide, sieve=1e9)
    sizes = [len(club.units) for club in found]
    for method in ("phillips_sul", "von_lyncker_thoennessen"):
        merged = merge_clubs(wide, found, method)  # type: ignore[arg-type]
        assert sum(len(club.units) for club in merged) == sum(sizes)
        assert sum((club.parts for club in merged), ()) == tuple(range(1, len(found) + 1))
    none = clubs(x, merging="none", **AS_GIVEN)
    assert none.table.equals(none.tables["first_clubs"])


def test_a_trend_is_smooth_and_keeps_straight_lines() -> None:
    x = np.random.default_rng(1).normal(size=(2, 40)).cumsum(axis=1)
    trend = hodrick_prescott(x, 400)
    assert trend.mean(axis=1) == pytest.approx(x.mean(axis=1))
    assert np.abs(np.diff(trend, n=2)).max() < np.abs(np.diff(x, n=2)).max() / 10
    line = 3 + 0.5 * np.arange(10.0)[None]
    assert hodrick_prescott(line, 1e6) == pytest.approx(line, rel=1e-8)
    assert hodrick_prescott(x, 0) == pytest.approx(x)


def test_equal_units_are_equal_and_not_a_number() -> None:
    frame = planted({"a": 8.0}).select("year", "value")
    same = pl.concat([frame.with_columns(unit=pl.lit(name)) for name in "abc"])
    result = clubs(same, **AS_GIVEN)
    assert [each.code for each in result.said] == ["all_equal"]
    assert result.table.select("b", "t_value", "verdict").row(0) == (None, None, "equal")


def test_logarithms_and_trends_are_taken_where_asked() -> None:
    frame = planted(two_goals())
    logs = clubs(frame, **AS_GIVEN)
    levels = clubs(frame.with_columns(pl.col("value").exp()), smoothing=None)
    for one, other in zip(logs.table["b"], levels.table["b"], strict=True):
        assert one == pytest.approx(other, rel=1e-8)


def test_who_lacks_a_year_is_left_out_and_named() -> None:
    frame = planted(two_goals())
    is_cell = (pl.col("unit") == "low 0") & (pl.col("year") == 2000)
    gap = frame.with_columns(value=pl.when(~is_cell).then("value"))
    said = {each.code: each.values for each in clubs(gap, **AS_GIVEN).said}
    assert said["left_out"]["count"] == Count(1)
    assert said["left_out"]["units"].value == (Name("low 0"),)
    short = clubs(planted(two_goals(), YEARS[:12]), **AS_GIVEN)
    assert "short" in {each.code for each in short.said}


def test_what_is_refused() -> None:
    frame = planted(two_goals())
    assert code_of(clubs, frame.filter(unit="low 0")) == "too_few"
    assert code_of(clubs, frame.filter(pl.col("year") != 2000)) == "uneven_years"
    assert code_of(clubs, planted(two_goals(), YEARS[:6])) == "too_few"
    negative = frame.with_columns(value=pl.col("value") - 8.5)
    with pytest.raises(InputError) as caught:
        clubs(negative)
    assert caught.value.code == "no_logarithm"
    assert caught.value.values["key"].value.endswith(", 1990")
    below = frame.with_columns(value=-pl.col("value"))
    with pytest.raises(InputError) as caught:
        clubs(below, **AS_GIVEN)
    assert (caught.value.code, caught.value.values["year"]) == ("no_mean_in", Year(YEARS[0]))
    assert code_of(log_t_test, np.full((2, 20), -1.0)) == "no_mean"
    assert code_of(log_t_test, [[1.0, np.nan]]) == "out_of_bounds"
    assert code_of(log_t_test, np.ones((2, 20)), 1.5) == "not_between"

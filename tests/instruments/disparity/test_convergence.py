"""Convergence: published values, planted speeds, the fallacy that beta invites, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from firstlight.disparity import (
    beta_convergence,
    convergence,
    panel_convergence,
    sigma_test,
    speed_of,
)
from firstlight.errors import InputError
from firstlight.texts import Code, Count, Year

UNITS = [f"unit {i:02}" for i in range(40)]


def long(x: Any, years: Any, **columns: Any) -> pl.DataFrame:
    """(units, years) values as a long table."""
    x = np.asarray(x)
    frame = pl.DataFrame(
        {
            "unit": np.repeat(UNITS[: len(x)], len(years)),
            "year": np.tile(years, len(x)),
            "value": x.ravel(),
        }
    )
    more = {name: pl.Series(np.repeat(own, len(years))) for name, own in columns.items()}
    return frame.with_columns(**more).with_columns(pl.col("value").fill_nan(None))


def drawn(n: int = 30, years: int = 6, seed: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(0, 0.5, (n, 1)) + rng.normal(0, 0.1, (n, years)).cumsum(axis=1))


def said_of(frame: pl.DataFrame, **options: Any) -> dict[str, Any]:
    return {each.code: each.values for each in convergence(frame, **options).said}


def code_of(function: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    return caught.value.code


def test_published_values_of_german_counties(shared: Path) -> None:
    """REAT's absolute convergence and coefficients of variation of logarithms, 2010-2011."""
    file = shared / "data" / "places" / "G.counties.gdp.csv"
    table = pl.read_csv(file, null_values="NA", infer_schema_length=None)
    frame = table.unpivot(["gdppc2010", "gdppc2011"], index="region_code").select(
        pl.col("region_code").cast(pl.String).alias("unit"),
        pl.col("variable").str.tail(4).cast(pl.Int32).alias("year"),
        pl.col("value").cast(pl.Float64),
    )
    result = convergence(frame)
    assert result.table["beta"][0] == pytest.approx(-0.008070533, abs=5e-10)
    spread = result.tables["dispersion"].sort("year")["log_variation_coefficient"]
    assert spread.to_list() == pytest.approx([0.034161, 0.033859], abs=5e-7)
    assert [each.code for each in result.said] == ["no_difference", "spread_same"]


def test_beta_and_spread_of_a_table_by_their_formulas() -> None:
    """Growth of logarithms on their start, and their deviation, of all units, over their mean."""
    x = 20_000 * drawn(40, 2, seed=7)
    result, logs = convergence(long(x, [2010, 2011])), np.log(x)
    start = logs[:, 0] - logs[:, 0].mean()
    assert result.table["beta"][0] == pytest.approx(start @ np.diff(logs)[:, 0] / (start @ start))
    spread = result.tables["dispersion"].sort("year")["log_variation_coefficient"]
    assert spread.to_list() == pytest.approx(stats.variation(logs))


@pytest.mark.parametrize("years", [1, 10, 40])
def test_a_planted_speed_comes_out(years: int) -> None:
    """A gap that closes at 3% a year, without chance: speed and half-life are exact."""
    start = drawn()[:, 0]
    end = np.exp(0.5 + np.log(start) * np.exp(-0.03 * years))
    fit = beta_convergence(start, end, years)
    assert fit.speed == pytest.approx(0.03, rel=1e-9)
    assert fit.half_life == pytest.approx(np.log(2) / 0.03, rel=1e-9)
    assert fit.r_squared == pytest.approx(1)


def test_errors_are_those_of_the_formulas() -> None:
    x, size = drawn(), np.random.default_rng(1).normal(size=30)
    design = np.stack([np.ones(30), np.log(x[:, 0]), size], axis=1)
    y = np.log(x[:, -1] / x[:, 0]) / 5
    inverse = np.linalg.inv(design.T @ design)
    b = inverse @ design.T @ y
    residuals, leverage = y - design @ b, np.diag(design @ inverse @ design.T)
    classical = np.sqrt(np.diag(inverse) * (residuals @ residuals) / 27)
    middle = design.T @ (design * ((residuals / (1 - leverage)) ** 2)[:, None])
    robust = np.sqrt(np.diag(inverse @ middle @ inverse))
    for errors, expected in (("classical", classical), ("robust", robust)):
        fit = beta_convergence(x[:, 0], x[:, -1], 5, {"size": size}, errors=errors)  # type: ignore[arg-type]
        found = np.array(list(fit.coefficients.values()))
        assert found[:, 0] == pytest.approx(b, rel=1e-8)
        assert found[:, 1] == pytest.approx(expected, rel=1e-8)


def test_no_unit_of_measurement_and_no_order_changes_beta() -> None:
    x, order = drawn(), np.random.default_rng(2).permutation(30)
    plain = beta_convergence(x[:, 0], x[:, -1], 5)
    for start, end in ((7 * x[:, 0], 9 * x[:, -1]), (x[order, 0], x[order, -1])):
        other = beta_convergence(start, end, 5)
        assert (other.beta, other.se) == pytest.approx((plain.beta, plain.se), rel=1e-9)


def test_panels_are_regressions_with_dummies() -> None:
    logs = np.log(drawn(12, 7))
    logs[3, 2] = logs[7, 0] = np.nan
    unit, step = np.nonzero(np.isfinite(np.diff(logs)))
    y, x = np.diff(logs)[unit, step], logs[unit, step]
    years = (step[:, None] == np.arange(6)).astype(float)
    units = (unit[:, None] == np.arange(1, 12)).astype(float)
    for effects, others in (("years", years), ("units_and_years", np.hstack([years, units]))):
        full = np.linalg.lstsq(np.hstack([x[:, None], others]), y, rcond=None)[0]
        found = panel_convergence(logs, effects=effects)  # type: ignore[arg-type]
        assert found.beta == pytest.approx(full[0], rel=1e-8)
        assert found.freedom == 11


def test_galtons_fallacy_is_said() -> None:
    """Each year is drawn anew with the same spread: the low ones rise, and nothing converges."""
    x = np.exp(np.random.default_rng(4).normal(0, 0.3, (40, 2)))
    said = said_of(long(x, [2000, 2010]))
    assert list(said)[:3] == ["poorer_faster", "spread_same", "galton_holds"]


def test_the_spread_falls_rises_or_stays() -> None:
    start = drawn()[:, 0]
    noise = np.exp(np.random.default_rng(5).normal(0, 0.02, 30))
    for power, codes in (
        (0.5, ["poorer_faster", "spread_fell", "speed"]),
        (1.5, ["richer_faster", "spread_rose"]),
        (1.0, ["no_difference", "spread_same"]),
    ):
        said = said_of(long(np.stack([start, start**power * noise], axis=1), [2000, 2010]))
        assert list(said)[: len(codes)] == codes


def test_the_sigma_test_is_symmetric_and_of_pairs() -> None:
    one, other = np.log(drawn()[:, [0, -1]]).T
    found, turned = sigma_test(one, other), sigma_test(other, one)
    assert (found.t, found.p_value) == pytest.approx((-turned.t, turned.p_value))
    assert found.first == pytest.approx(one.std())
    # for equal variances the sum and the difference do not correlate
    assert sigma_test([0, 1, 2], [2, 0, 1]).t == pytest.approx(0, abs=1e-9)
    assert np.isnan(sigma_test([1, 1, 1], [2, 2, 2]).p_value)


def alarms(test: Callable[[np.random.Generator], float], runs: int = 200) -> int:
    """How many of so many made-up tables have a p-value of at most 5%."""
    return sum(test(random) <= 0.05 for random in np.random.default_rng(8).spawn(runs))


def test_tails_are_no_change_of_the_spread() -> None:
    """At 5% 10 of 200; by errors of the normal distribution it was one in four. 24 or more, or
    none, has a chance of 1 in 10,000."""

    def of_tails(random: np.random.Generator) -> float:
        pair = random.normal(size=(31, 2)) / np.sqrt(random.chisquare(3, (31, 1)) / 3)
        return sigma_test(*pair.T).p_value

    assert 1 <= alarms(of_tails) <= 23


def test_random_walks_converge_as_seldom_as_is_said() -> None:
    """With effects of units beta of random walks is far below 0, and every panel seemed sure."""

    def of_walks(random: np.random.Generator) -> float:
        walks = random.normal(0, 3, (31, 1)) + random.normal(size=(31, 20)).cumsum(axis=1)
        frame = long(np.exp(walks), range(2000, 2020))
        return float(convergence(frame).table.filter(model="panel_effects")["p_value"].item())

    assert 1 <= alarms(of_walks, 100) <= 14
    near = panel_convergence(np.random.default_rng(1).normal(size=(2000, 12)).cumsum(axis=1))
    assert near.walk == pytest.approx(-3 / 12) and near.beta == pytest.approx(near.walk, abs=0.01)


def test_conditional_on_what_moves_the_goal() -> None:
    """Units move to levels of their own, which schooling sets: absolutely they do not converge."""
    rng = np.random.default_rng(6)
    goal = rng.normal(0, 1, 40)
    start = goal + rng.normal(0, 0.2, 40)
    end = goal + (start - goal) * np.exp(-0.05 * 20)
    frame = long(np.exp(np.stack([start, end], axis=1)), [2000, 2020], schooling=goal)
    table = convergence(frame, controls=["schooling"]).table
    speeds = dict(table.select("model", "speed").iter_rows())
    assert speeds["conditional"] == pytest.approx(0.05, rel=1e-6)
    assert speeds["absolute"] < 0.005


def test_groups_and_neighbours_are_further_models() -> None:
    x = drawn(40)
    frame = long(x, range(2000, 2006), group=["east", "west"] * 20)
    links = pl.DataFrame({"place": UNITS[:-1], "neighbour": UNITS[1:]})
    result = convergence(frame, neighbour_table=links)
    models = result.table["model"].to_list()
    assert models == ["absolute", "within_groups", "neighbours", "panel", "panel_effects"]
    around = np.log(x[:, 0])
    means = [np.mean([around[k] for k in (i - 1, i + 1) if 0 <= k < 40]) for i in range(40)]
    fit = beta_convergence(x[:, 0], x[:, -1], 5, {"around": means})
    assert result.table["beta"][2] == pytest.approx(fit.beta, rel=1e-10)
    further = pl.DataFrame({"place": ["x", UNITS[0]], "neighbour": [UNITS[0], "y"]})
    said = convergence(frame, neighbour_table=pl.concat([links, further])).said
    assert [own.values["count"].value for own in said if own.code == "strange_links"] == [2]
    strangers = pl.DataFrame({"place": ["x"], "neighbour": ["y"]})
    assert code_of(convergence, frame, neighbour_table=strangers) == "no_links"


def test_who_is_not_there_is_named_and_left_out() -> None:
    x = drawn(12)
    x[2, 0] = np.nan
    result = convergence(long(x, range(2000, 2006)))
    said = {each.code: each.values for each in result.said}
    assert said["not_in_both"]["count"] == Count(1)
    (row,) = said["no_value"]["rows"].value
    assert row.value.values["year"] == Year(2000)
    assert result.table["units_count"][0] == 11
    assert result.tables["dispersion"]["units_count"].to_list() == [12] * 5 + [11]


def test_models_that_cannot_be_estimated_say_why() -> None:
    x = drawn(12, 3)
    frame = long(x, [2000, 2001, 2005], size=[1.0] * 12)
    result = convergence(frame, controls=["size"])
    reasons = dict(result.table.select("model", "reason").iter_rows())
    assert reasons["conditional"] == "dependent"
    assert reasons["panel"] == reasons["panel_effects"] == "uneven_years"
    left = [each.values["reason"] for each in result.said if each.code == "no_model"]
    assert left[0] == Code("codes.reason.dependent")


def test_a_spread_that_shrinks_by_rule_leaves_no_doubt() -> None:
    for last in ([0, 0.5, 1, 1.5], [0, 0, 0, 0]):
        test = sigma_test([0, 1, 2, 3], last)
        assert test.t < -1e6 and test.p_value < 1e-12


def test_slopes_beyond_all_of_the_gap_have_no_half_life() -> None:
    assert np.isnan(speed_of(-0.2, 10))
    start = drawn()[:, 0]
    turned = beta_convergence(start, start**-0.5 * np.exp(0.01 * np.arange(30)), 10)
    assert np.isnan([turned.speed, turned.half_life]).all()
    said = said_of(long(np.stack([start, start**-0.5], axis=1), [2000, 2010]))
    assert "order_turns" in said


def test_what_is_refused() -> None:
    x = drawn()
    assert code_of(convergence, long(x[:, :1], [2000])) == "too_few"
    assert code_of(convergence, long(x[:3], range(2000, 2006))) == "too_few"
    alike = np.ones((10, 2))
    assert code_of(convergence, long(alike, [2000, 2001])) == "same_start"
    assert code_of(beta_convergence, [0, 1], [1, 2], 1) == "not_between"
    twice = {"z": np.log(x[:, 0])}
    assert code_of(beta_convergence, x[:, 0], x[:, -1], 5, twice) == "dependent"
    assert code_of(beta_convergence, [1, 2], [1, 2], 1) == "few_units"
    assert code_of(panel_convergence, [[0.0, 1.0]]) == "few_steps"
    assert code_of(sigma_test, [1], [1, 2]) == "wrong_shape"

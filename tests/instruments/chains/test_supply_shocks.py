"""Shocks: published inoperability, an independent ARIO, identities, and rest without a shock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import GERMANY, code_of, fault_of, germany
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firstlight.chains import (
    ArioSettings,
    ario,
    dynamic_inoperability,
    inoperability,
    interdependence,
    loss_profile,
    mixed_supply,
    read_scenarios,
    resilience,
    shock,
)
from firstlight.measurement import measurement
from firstlight.result import Result

Floats = NDArray[np.float64]
MODELS = ("ario", "inoperability", "mixed")


def economy(seed: int, size: int, density: float = 0.8) -> tuple[Floats, Floats]:
    """Flows and a final demand of at least a tenth of output."""
    rng = np.random.default_rng(seed)
    z = rng.random((size, size)) * (rng.random((size, size)) < density)
    return z, z.sum(axis=1) * rng.uniform(0.2, 1.5, size) + 0.1


def flow_rows(z: Floats, f: Floats) -> pl.DataFrame:
    names = [f"s{k}" for k in range(len(z))]
    rows = [(a, b, z[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)]
    rows += [(a, "final", f[i]) for i, a in enumerate(names)]
    return pl.DataFrame(rows, ["supplier", "user", "value"], orient="row")


def hits(*rows: tuple[Any, ...]) -> pl.DataFrame:
    columns = {
        "scenario": pl.String,
        "sector": pl.String,
        "lost_share": pl.Float64,
        "start_day": pl.Float64,
        "length_days": pl.Float64,
        "recovery_days": pl.Float64,
    }
    return pl.DataFrame([(*row, *[None] * (6 - len(row))) for row in rows], columns, orient="row")


def sample_result(**options: Any) -> Result:
    declared = measurement("shock")
    return declared.function(**{**declared.sample_call(), **options})


# --- inoperability


def test_published_inoperability() -> None:
    """Haimes and Jiang 2001, as the tests of stigrs/diim (MIT) have it; three digits."""
    two = inoperability([[0, 0.8], [0.2, 0]], [0, 0.6])
    assert two == pytest.approx([0.571, 0.714], abs=5e-4)
    four = inoperability(
        [[0, 0.9, 0, 0], [0.4, 0, 0, 0], [1, 0.8, 0, 0], [1, 0.9, 0, 0]], [0, 0.5, 0, 0]
    )
    assert four == pytest.approx([0.703, 0.781, 1.0, 1.0], abs=5e-4)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_dynamic_inoperability_comes_to_the_static_one(seed: int, size: int) -> None:
    z, f = economy(seed, size)
    dependence = interdependence(z, z.sum(axis=1) + f)
    lost = np.zeros(size)
    lost[0] = 0.05
    static = inoperability(dependence, lost)
    course = dynamic_inoperability(
        dependence, np.tile(lost, (3000, 1)), resilience(dependence, 30.0)
    )
    assert course[-1] == pytest.approx(static, abs=1e-9)
    assert (np.diff(course, axis=0) >= -1e-12).all()


def test_a_sector_alone_is_within_1_percent_after_the_days_of_its_resilience() -> None:
    rate = resilience([[0.5]], 40.0)
    start = 0.3 / (1 - 0.5)
    course = dynamic_inoperability([[0.5]], [[0.3]] * 2000, rate)[:, 0]
    left = (start - course) / start
    # the discrete rule closes slightly more in a day than the continuous one of which k is taken
    assert left[39] == pytest.approx((1 - rate[0] * 0.5) ** 40, abs=1e-12)
    assert left[39] < 0.01 < left[33]


# --- the mixed model


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_mixed_output_is_what_orders_back_and_forth_come_to(seed: int, size: int) -> None:
    z, f = economy(seed, size)
    x = z.sum(axis=1) + f
    a = z / x
    fixed = np.arange(size) < max(size // 2, 1)
    output, final = mixed_supply(a, f, fixed, (0.7 * x[fixed])[None, :])
    # round after round, those that are free make what is asked of them
    rounds = np.where(fixed, 0.7 * x, 0.0)
    for _ in range(4000):
        rounds = np.where(fixed, 0.7 * x, a @ rounds + f)
    assert output[0] == pytest.approx(rounds, rel=1e-8)
    assert output[0] == pytest.approx(a @ output[0] + final[0], rel=1e-12)
    assert final[0][~fixed] == pytest.approx(f[~fixed])


# --- ARIO


def written_out_ario(
    z: Floats, f: Floats, lost: Floats, given: ArioSettings
) -> tuple[Floats, Floats]:
    """ARIO with one loop for each equation, in the units of the table, days as the unit of time."""
    size = len(f)
    z, f = z / 365.0, f / 365.0
    x0 = [sum(z[i]) + f[i] for i in range(size)]
    a = [[z[i][j] / x0[j] for j in range(size)] for i in range(size)]
    days = np.broadcast_to(given.stock_days, (size,))
    stock = [[days[i] * a[i][j] * x0[j] for j in range(size)] for i in range(size)]
    orders = [[float(z[i][j]) for j in range(size)] for i in range(size)]
    alpha = [1.0] * size
    outputs, finals = [], []
    for row in lost:
        demand = [sum(orders[i]) + f[i] for i in range(size)]
        wanted = [min(alpha[j] * (1 - row[j]) * x0[j], demand[j]) for j in range(size)]
        made = list(wanted)
        for j in range(size):
            for i in range(size):
                if a[i][j] == 0:
                    continue
                required = given.alarm_share * days[i] * a[i][j] * wanted[j]
                if stock[i][j] < required:
                    made[j] = min(made[j], wanted[j] * stock[i][j] / required)
                made[j] = min(made[j], stock[i][j] / a[i][j])
        final = []
        for i in range(size):
            if given.rationing == "proportional":
                part = min(1.0, made[i] / demand[i])
                final.append(part * f[i])
            else:
                industries = sum(orders[i])
                part = min(1.0, made[i] / industries) if industries else 1.0
                final.append(min(max(made[i] - part * industries, 0.0), f[i]))
            for j in range(size):
                stock[i][j] += part * orders[i][j] - a[i][j] * made[j]
                gap = max(days[i] * a[i][j] * wanted[j] - stock[i][j], 0.0)
                orders[i][j] = a[i][j] * made[j] + gap / min(given.restock_days, days[i])
        for i in range(size):
            scarcity = 1.0 - min(1.0, made[i] / demand[i])
            if scarcity > 1e-9:
                alpha[i] += (given.most_capacity - alpha[i]) * scarcity / given.overtime_days
            else:
                alpha[i] += (1.0 - alpha[i]) / given.overtime_days
        outputs.append(made)
        finals.append(final)
    return np.array(outputs) * 365.0, np.array(finals) * 365.0


@pytest.mark.parametrize("rationing", ["proportional", "industries_first"])
@pytest.mark.parametrize("seed", range(4))
def test_ario_is_its_equations_written_out(seed: int, rationing: Any) -> None:
    rng = np.random.default_rng(seed)
    z, f = economy(seed, 5, density=0.6)
    given = ArioSettings(rng.integers(1, 50, 5).astype(float), 20.0, 0.7, 1.3, 50.0, rationing)
    lost = np.zeros((80, 5))
    lost[:, seed] = loss_profile(80, 0.6, 5, 20, 15)
    lost[:, 4] = loss_profile(80, 0.3, 10, 5, 30)
    course = ario(z, f, lost, given)
    output, final = written_out_ario(z, f, lost, given)
    assert course.output == pytest.approx(output, rel=1e-9, abs=1e-9)
    assert course.delivered == pytest.approx(final, rel=1e-9, abs=1e-9)
    assert course.output.min() < 0.7 * course.output[0].max()


def test_more_buyers_than_are_held_at_a_time_change_nothing() -> None:
    z, f = economy(3, 150)
    lost = np.zeros((40, 150))
    lost[5:25, 7] = 0.9
    given = ArioSettings(10.0)
    order = np.random.default_rng(1).permutation(150)
    one = ario(z, f, lost, given).output
    other = ario(z[np.ix_(order, order)], f[order], lost[:, order], given).output
    assert other == pytest.approx(one[:, order], rel=1e-9)


def test_a_loss_lasts_recovers_in_a_line_and_ends() -> None:
    """The behaviour that BoARIO's tests ask for: duration 20, recovery 180, from step 1 on."""
    lost = loss_profile(365, 0.5, 1, 20, 180)
    assert (lost[:20] == 0.5).all()
    falling = np.diff(lost[19:200])
    assert falling == pytest.approx(-0.5 / 180)
    assert (lost[209:] == 0).all()


def test_a_small_shock_stays_with_its_sector() -> None:
    """Capacity of the others stays what it was, and they lose next to nothing."""
    z, f = economy(11, 6)
    x = z.sum(axis=1) + f
    lost = np.zeros((365, 6))
    lost[:, 2] = loss_profile(365, 1e-8, 1, 20, 180)
    for rationing in ("proportional", "industries_first"):
        course = ario(z, f, lost, ArioSettings(rationing=rationing))  # type: ignore[arg-type]
        others = np.arange(6) != 2
        assert course.capacity[:, others] == pytest.approx(np.tile(x[others], (365, 1)), rel=1e-9)
        gone = (x - course.output)[:, others].sum() / 365
        assert abs(gone) < 1e-6 * x.sum()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.floats(0.2, 1.0), st.floats(1, 90))
def test_nothing_moves_without_a_shock(
    seed: int, size: int, density: float, stock_days: float
) -> None:
    z, f = economy(seed, size, density)
    x = z.sum(axis=1) + f
    still = np.zeros((200, size))
    for rationing in ("proportional", "industries_first"):
        given = ArioSettings(stock_days, rationing=rationing)  # type: ignore[arg-type]
        course = ario(z, f, still, given)
        assert course.output == pytest.approx(np.tile(x, (200, 1)), rel=1e-9)
        assert course.delivered == pytest.approx(np.tile(f, (200, 1)), rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_a_scenario_that_takes_nothing_costs_nothing(model: str) -> None:
    z, f = economy(5, 4)
    result = shock(flow_rows(z, f), hits(("calm", "s0", 0.0)), model=model, days=50)
    assert result.said[0].code == "costs_nothing"
    assert result.table["lost_output"].to_list() == pytest.approx([0.0], abs=1e-9)
    course = result.tables["course"]["output_share"]
    assert course.to_list() == pytest.approx([1.0] * 51, abs=1e-9)


def test_output_comes_back_once_capacity_is() -> None:
    z, f = economy(8, 6)
    x = z.sum(axis=1) + f
    lost = np.zeros((1500, 6))
    lost[:, 1] = loss_profile(1500, 0.8, 10, 40, 40)
    course = ario(z, f, lost, ArioSettings(5.0))
    assert course.output.sum(axis=1).min() < 0.9 * x.sum()
    assert course.output[-1] == pytest.approx(x, rel=1e-3)


# --- the measurement


@pytest.mark.parametrize("model", MODELS)
def test_parts_add_up(model: str) -> None:
    result = sample_result(model=model)
    sums = (
        result.tables["sectors"]
        .group_by("scenario")
        .agg(pl.col("lost_output").sum(), pl.col("lost_final").sum())
    )
    compared = result.table.sort("scenario")
    sums = sums.sort("scenario")
    for column in ("lost_output", "lost_final"):
        assert sums[column].to_list() == pytest.approx(compared[column].to_list(), rel=1e-6)
    # the course, day by day, is the same loss
    course = (
        result.tables["course"].group_by("scenario").agg(gone=(1 - pl.col("output_share")).sum())
    )
    total = course.sort("scenario")["gone"] * 1016 / 365
    assert total.to_list() == pytest.approx(compared["lost_output"].to_list(), rel=1e-6)


def test_value_added_that_is_lost_is_final_demand_in_a_closed_mixed_model() -> None:
    """x - A x = f, summed: what is lost of value added is what is lost of final demand."""
    table = sample_result(model="mixed").table
    assert table["lost_value_added"].to_list() == pytest.approx(table["lost_final"].to_list())


@pytest.mark.parametrize("model", MODELS)
def test_the_unit_of_the_table_changes_no_share(model: str) -> None:
    declared = measurement("shock")
    call = declared.sample_call()
    large = call["frame"].with_columns(pl.col("value").cast(pl.Float64) * 1e6)
    one = declared.function(**call, model=model).table
    other = declared.function(**{**call, "frame": large}, model=model).table
    for column in ("lost_output_share", "lost_ratio", "worst_share"):
        assert other[column].to_list() == pytest.approx(one[column].to_list(), rel=1e-8)
    assert other["recovery_day"].to_list() == one["recovery_day"].to_list()


def test_longer_stocks_cost_less() -> None:
    costs = [
        sample_result(stocks=None, stock_days=days).table["lost_output"].sum()
        for days in (5.0, 20.0, 60.0)
    ]
    assert costs[0] > costs[1] > costs[2]


def test_what_others_would_have_to_bring_in_is_said() -> None:
    codes = [given.code for given in sample_result(model="mixed").said]
    assert codes.count("brought_in") == 2


def test_the_year_of_the_table_is_said_once_in_chinese() -> None:
    dated = measurement("shock").sample_call()["frame"].with_columns(year=pl.lit(2012))
    found = sample_result(frame=dated, model="mixed")
    (told,) = [given for given in found.conventions if given.code == "of_year"]
    assert found.texts.sentence("zh", told, "conventions") == "采用2012年的表"


def test_a_table_off_balance_is_measured_and_said() -> None:
    z, f = economy(2, 3)
    rows = flow_rows(z, f)
    off = pl.concat(
        [
            rows,
            pl.DataFrame([("wages", f"s{k}", 0.01) for k in range(3)], rows.schema, orient="row"),
        ]
    )
    result = shock(off, hits(("stop", "s0", 0.5)), days=30)
    assert "off_in_column" in [given.code for given in result.said]
    idle = pl.concat(
        [rows, pl.DataFrame([("s9", "s0", 0.0), ("s0", "s9", 0.0)], rows.schema, orient="row")]
    )
    result = shock(idle, hits(("stop", "s0", 0.5)), days=30)
    assert "zero_output" in [given.code for given in result.said]


def test_a_fixed_sector_of_germany_costs_its_multiplier_over_its_own_inverse() -> None:
    """Mixed model, one sector: the sum of its column of the Leontief inverse over its diagonal; the
    Eurostat manual prints both for agriculture, 1.7048 and 1.0339."""
    lost = hits(("stop", "agriculture", 0.2, 1, 30, 10))
    result = shock(germany(), lost, model="mixed")
    expected = GERMANY["output_multiplier"][0] / GERMANY["ghosh_first_column"][0]
    assert result.table["lost_ratio"][0] == pytest.approx(expected, abs=2e-4)
    spread = shock(germany(), lost, model="ario")
    assert spread.table["recovery_day"][0] is not None


# --- scenarios from a file

SCENARIOS = """[[shocks]]
scenario = "flood"
sector = "s0"
lost_share = 0.5
start_day = 3
length_days = 4

[[shocks]]
scenario = "flood"
sector = "s1"
lost_share = 0.25
"""


def test_a_file_says_the_same_as_a_table(tmp_path: Path) -> None:
    z, f = economy(4, 3)
    file = tmp_path / "scenarios.toml"
    file.write_text(SCENARIOS, encoding="utf-8")
    table = hits(("flood", "s0", 0.5, 3, 4), ("flood", "s1", 0.25))
    one = shock(flow_rows(z, f), scenario_file=file, days=60)
    other = shock(flow_rows(z, f), table, days=60)
    assert one.table.equals(other.table)
    assert read_scenarios(file).equals(table)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("lost_share = 0.25", "lost_share = 1.5", "bad_number", 11),
        ("start_day = 3", 'start_day = "soon"', "bad_number", 5),
        ("length_days", "lenght_days", "unknown_key", 6),
        ('sector = "s1"', "sector = 1", "not_quoted", 10),
        ("lost_share = 0.25\n", "", "key_lacking", 8),
        ('sector = "s1"', 'sector = "s0"', "sector_twice", 10),
        ("start_day = 3", "start_day = ", "not_toml", 5),
    ],
)
def test_a_fault_in_a_file_has_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text(SCENARIOS.replace(old, new), encoding="utf-8")
    fault = fault_of(lambda: read_scenarios(file))
    assert (fault.code, fault.values["line"].value) == (code, line)


def test_every_fault_has_its_code(tmp_path: Path) -> None:
    z, f = economy(4, 3)
    rows, stop = flow_rows(z, f), hits(("stop", "s0", 0.5))

    def changed(row: int, value: float | None) -> pl.DataFrame:
        values = rows["value"].to_list()
        values[row] = value
        return rows.with_columns(value=pl.Series(values))

    inner = rows.filter(pl.col("user") != "final").group_by("supplier").agg(pl.col("value").sum())
    total = inner.select("supplier", pl.lit("to firms").alias("user"), "value")
    with_total = pl.concat([rows, total])
    fault = fault_of(lambda: shock(with_total, stop))
    assert fault.code == "totals"
    assert [name.value for name in fault.values["names"].value] == ["to firms"]
    assert code_of(lambda: shock(changed(0, None), stop)) == "no_flow"
    assert code_of(lambda: shock(changed(0, -1.0), stop)) == "flow_negative"
    # the flow is told as the table writes it, not what is left of it without imports
    names = rows["supplier"].unique().sort()
    imported = pl.DataFrame({"supplier": names, "user": "imports", "value": 0.01})
    below = fault_of(lambda: shock(pl.concat([changed(0, -0.1), imported]), stop))
    assert (below.code, below.values["value"].value) == ("flow_negative", -0.1)
    assert code_of(lambda: shock(changed(9, -1.0), stop)) == "final_negative"
    assert code_of(lambda: shock(rows.filter(pl.col("user") == "final"), stop)) == "no_square"
    assert code_of(lambda: shock(rows, hits(("stop", "x", 0.5)))) == "no_such_sector"
    assert code_of(lambda: shock(rows, hits(("stop", "s0", None)))) == "no_lost_share"
    assert code_of(lambda: shock(rows, hits(("stop", "s0", 0.5, 400)))) == "start_beyond"
    assert code_of(lambda: shock(rows)) == "one_of_both"
    stocks = pl.DataFrame({"sector": ["x"], "days": [3.0]})
    assert code_of(lambda: shock(rows, stop, stocks=stocks)) == "no_such_stock"
    short = pl.DataFrame({"sector": ["s0"], "days": [0.5]})
    assert code_of(lambda: shock(rows, stop, stocks=short)) == "stock_too_small"
    assert code_of(lambda: read_scenarios(tmp_path / "none.toml")) == "toml_unreadable"
    assert code_of(lambda: read_scenarios({})) == "no_sections"

"""Declared scenarios: identities of the price and quantity models, and faults with line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import cells, fault_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firstlight.chains import cost_push_prices, leontief_inverse, scenario_effects
from firstlight.measurement import measurement
from firstlight.result import Result

Floats = NDArray[np.float64]
NAN = float("nan")


def made_up(seed: int, size: int = 5) -> dict[str, Any]:
    """A table with imports by good, in rows of their own, and what an independent reader needs."""
    rng = np.random.default_rng(seed)
    z, m = rng.random((size, size)), 0.3 * rng.random((size, size))
    f, c = rng.uniform(1, 3, size), rng.uniform(0.2, 1, size)
    mf, mc = rng.uniform(0, 0.4, size), rng.uniform(0, 0.3, size)
    x = z.sum(axis=1) + f + c
    # what is left of output pays wages; enough of it everywhere
    scale = np.minimum(0.7 * x / (z + m).sum(axis=0), 1)
    z, m = z * scale, m * scale
    x = z.sum(axis=1) + f + c
    scale = np.minimum(0.8 * x / (z + m).sum(axis=0), 1)
    f = f + (z - z * scale).sum(axis=1)
    z, m = z * scale, m * scale
    names = [f"s{k}" for k in range(size)]
    wages = x - z.sum(axis=0) - m.sum(axis=0)
    home = cells(names, z, {"households": c, "exports": f}, {"wages": wages})
    home = home.with_columns(origin=pl.lit("Domestic"))
    away = cells(names, m, {"households": mc, "investment": mf}, {})
    away = away.with_columns(origin=pl.lit("Imports"))
    frame = pl.concat([home, away])
    return {"frame": frame, "z": z, "m": m, "x": x, "f": f + c, "c": c, "mf": mf + mc, "mc": mc} | {
        "wages": wages
    }


def effects(table: pl.DataFrame, *changes: dict[str, Any], **options: Any) -> Result:
    declared = [{"scenario": "a", **each} for each in changes]
    return scenario_effects(table, scenario_file={"changes": declared}, **options)


def of_sectors(result: Result, column: str) -> Floats:
    return result.tables["sectors"].sort("scenario", "sector")[column].to_numpy()


def row(result: Result) -> dict[str, Any]:
    return result.table.row(0, named=True)


def sample_result(**options: Any) -> Result:
    declared = measurement("scenario_effects")
    return declared.function(**{**declared.sample_call(), **options})


# --- the price model


def test_a_given_price_of_the_published_example_pushes_by_row_over_diagonal() -> None:
    """Miller and Blair's two sectors: L is printed as 1.2541, .3300, .2640, 1.1221."""
    a, primary = [[0.15, 0.25], [0.20, 0.05]], [0.65, 0.70]
    assert cost_push_prices(a, primary) == pytest.approx([1, 1], abs=1e-12)
    first = cost_push_prices(a, primary, [2.0, NAN])
    assert first[1] - 1 == pytest.approx(0.3300 / 1.2541, abs=1e-4)
    second = cost_push_prices(a, primary, [NAN, 2.0])
    assert second[0] - 1 == pytest.approx(0.2640 / 1.1221, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_prices_by_the_inverse_and_by_rounds(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.random((size, size)) / size * 0.9
    primary = 1 - a.sum(axis=0)
    inverse = np.linalg.inv(np.eye(size) - a)
    dearer = primary * rng.uniform(1, 2, size)
    assert cost_push_prices(a, dearer) == pytest.approx(dearer @ inverse, rel=1e-10)
    assert cost_push_prices(a, 2 * primary) == pytest.approx(np.full(size, 2.0), rel=1e-12)
    fixed = np.where(rng.random(size) < 0.5, rng.uniform(0.5, 3, size), np.nan)
    rounds = np.where(np.isnan(fixed), 1.0, fixed)
    for _ in range(3000):  # each passes on what its inputs cost
        rounds = np.where(np.isnan(fixed), rounds @ a + dearer, fixed)
    assert cost_push_prices(a, dearer, fixed) == pytest.approx(rounds, rel=1e-9)


# --- scenarios on a table


def test_what_changes_nothing_changes_nothing() -> None:
    table = made_up(1)
    still = [
        {"change": "price", "good": "s1", "factor": 1.0},
        {"change": "substitution", "good": "s1", "by": "s2", "share": 0.0},
        {"change": "upgrade", "user": "s0", "good": "s1", "growth": 0.0, "by": "s2", "added": 0.0},
        {"change": "demand", "good": "s3", "growth": 0.0},
    ]
    result = effects(table["frame"], *still)
    numbers = result.table.select(pl.selectors.float()).row(0)
    assert numbers == pytest.approx([0.0] * len(numbers), abs=1e-12)
    for column in ("price_growth", "output_change", "value_added_change"):
        assert of_sectors(result, column) == pytest.approx(np.zeros(5), abs=1e-12)
    assert result.said[0].code == "nothing"


def test_who_loses_by_dearer_consumption_alone_loses_alike() -> None:
    table = made_up(6)["frame"]
    dear = effects(table, {"change": "price", "good": "s1", "factor": 2.0, "origin": "domestic"})
    who = dear.said[0].values["who"].value
    assert (who.code, who.values["winner"].value) == ("phrases.gains_and_all_lose", "s1")
    assert who.values["growth"].value == pytest.approx(
        1 / (1 + row(dear)["consumer_price_growth"]) - 1
    )
    away = effects(table, {"change": "price", "good": "s1", "factor": 2.0, "origin": "imports"})
    assert away.said[0].values["who"].value.code == "phrases.all_lose"
    less = effects(table, {"change": "demand", "good": "s1", "growth": -0.1, "origin": "domestic"})
    assert less.said[0].values["who"].value.code == "phrases.loses"


@pytest.mark.parametrize("seed", range(3))
def test_one_price_by_the_closed_form(seed: int) -> None:
    table = made_up(seed)
    inverse = np.linalg.inv(np.eye(5) - table["z"] / table["x"])
    dear = {"change": "price", "good": "s2", "factor": 1.7, "origin": "domestic"}
    result = effects(table["frame"], dear)
    price = 1 + 0.7 * inverse[2] / inverse[2, 2]
    assert of_sectors(result, "price_growth") == pytest.approx(price - 1, abs=1e-12)
    # what the given price brings beyond costs stays with its sector, and nobody else gains
    kept = np.zeros(5)
    kept[2] = 0.7 * table["x"][2] / inverse[2, 2]
    assert of_sectors(result, "value_added_change") == pytest.approx(kept, abs=1e-9)
    basket = price @ table["c"] + table["mc"].sum()
    consumer = basket / (table["c"].sum() + table["mc"].sum()) - 1
    assert row(result)["consumer_price_growth"] == pytest.approx(consumer, rel=1e-10)
    assert row(result)["output_change"] == 0
    real = (table["wages"] + kept) / (1 + consumer) - table["wages"]
    assert of_sectors(result, "real_value_added_change") == pytest.approx(real, abs=1e-9)


def test_a_price_of_imports_by_an_independent_calculation() -> None:
    table = made_up(4)
    a, m = table["z"] / table["x"], table["m"] / table["x"]
    abroad = np.ones(5)
    abroad[1] = 3.0
    price = np.linalg.solve((np.eye(5) - a).T, table["wages"] / table["x"] + abroad @ m)
    imported = {"change": "price", "good": "s1", "factor": 3.0, "origin": "imports"}
    result = effects(table["frame"], imported)
    assert of_sectors(result, "price_growth") == pytest.approx(price - 1, abs=1e-12)
    before = table["m"].sum() + table["mf"].sum()
    after = abroad @ table["m"].sum(axis=1) + abroad @ table["mf"]
    found = row(result)
    assert found["imports_growth"] == pytest.approx(after / before - 1, rel=1e-10)
    consumer = (price @ table["c"] + abroad @ table["mc"]) / (table["c"] + table["mc"]).sum()
    assert found["consumer_price_growth"] == pytest.approx(consumer - 1, rel=1e-10)
    assert found["value_added_growth"] == 0
    assert found["real_value_added_growth"] == pytest.approx(1 / consumer - 1, rel=1e-10)
    both = effects(table["frame"], {"change": "price", "good": "s1", "factor": 3.0})
    assert row(both)["imports_growth"] == pytest.approx(after / before - 1, rel=1e-10)
    assert of_sectors(both, "price_growth")[1] == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(3))
def test_prices_are_dual_to_quantities(seed: int) -> None:
    """p' f = w' x: what final users pay is value added and imported inputs, at their new prices."""
    table = made_up(seed)
    changes = [
        {"change": "price", "good": "s1", "factor": 2.0},
        {"change": "price", "good": "s3", "factor": 1.5, "origin": "imports"},
        {"change": "substitution", "good": "s1", "by": "s2", "share": 0.4, "ratio": 1.3},
        {"change": "upgrade", "user": "s0;s4", "good": "s3", "growth": -0.3},
        {"change": "demand", "good": "s4", "growth": 0.2, "origin": "domestic"},
    ]
    result = effects(table["frame"], *changes)
    found, prices = row(result), 1 + of_sectors(result, "price_growth")
    final, imported = changed_final(table)
    spent = prices @ final
    assert found["final_price_growth"] == pytest.approx(spent / final.sum() - 1, rel=1e-9)
    value_added = table["wages"].sum() + found["value_added_change"]
    imports = table["m"].sum() + table["mf"].sum() + found["imports_change"]
    bought_by_final_users = np.array([1, 2.0, 1, 1.5, 1]) @ imported
    assert value_added + imports - bought_by_final_users == pytest.approx(spent, rel=1e-10)


def changed_final(table: dict[str, Any]) -> tuple[Floats, Floats]:
    """Final demand after the changes of the test above, written out."""
    f, mf = table["f"].copy(), table["mf"].copy()
    gone = 0.4 * (f[1] + mf[1])
    at_home = f[2] / (f[2] + mf[2])
    f[1], mf[1] = 0.6 * f[1], 0.6 * mf[1]
    f[2], mf[2] = f[2] + 1.3 * gone * at_home, mf[2] + 1.3 * gone * (1 - at_home)
    f[4] *= 1.2
    return f, mf


@pytest.mark.parametrize("seed", range(3))
def test_more_final_demand_is_the_leontief_multiplier(seed: int) -> None:
    table = made_up(seed)
    more = {"change": "demand", "good": "s2", "growth": 0.1, "origin": "domestic"}
    result = effects(table["frame"], more)
    inverse = leontief_inverse(table["z"] / table["x"])
    expected = inverse[:, 2] * 0.1 * table["f"][2]
    assert of_sectors(result, "output_change") == pytest.approx(expected, rel=1e-9)
    share = table["wages"] / table["x"]
    assert row(result)["value_added_change"] == pytest.approx(share @ expected, rel=1e-9)
    assert row(result)["consumer_price_growth"] == 0


def test_a_substitution_and_an_upgrade_by_an_independent_calculation() -> None:
    table = made_up(7)
    a, m, x = table["z"] / table["x"], table["m"] / table["x"], table["x"]
    co2, jobs = np.arange(1.0, 6), np.arange(5.0, 0, -1)
    rows = [(f"s{k}", "CO2", co2[k]) for k in range(5)] + [
        (f"s{k}", "jobs", jobs[k]) for k in range(5)
    ]
    stressors = pl.DataFrame(rows, ["sector", "stressor", "value"], orient="row")
    changes = [
        {"change": "upgrade", "user": "s1", "good": "s0", "growth": -0.5, "by": "s3", "added": 0.02}
        | {"by_origin": "domestic"},
        {"change": "upgrade", "user": "s1", "stressor": "CO2", "growth": -0.25},
        {"change": "substitution", "good": "s4", "by": "s4", "share": 0.5, "ratio": 1.2}
        | {"origin": "imports", "by_origin": "domestic", "user": ["s0", "s2"]},
    ]
    result = effects(table["frame"], *changes, stressors=stressors)
    value_added = table["wages"] / x
    value_added[1] += 0.5 * (a[0, 1] + m[0, 1]) - 0.02
    a[0, 1] *= 0.5
    m[0, 1] *= 0.5
    a[3, 1] += 0.02
    for user in (0, 2):
        a[4, user] += 0.6 * m[4, user]
        value_added[user] -= 0.1 * m[4, user]
        m[4, user] *= 0.5
    output = np.linalg.inv(np.eye(5) - a) @ table["f"]
    assert of_sectors(result, "output_change") == pytest.approx(output - x, abs=1e-9)
    own = value_added * output - table["wages"]
    assert of_sectors(result, "value_added_change") == pytest.approx(own, abs=1e-9)
    intensity = co2 / x
    intensity[1] *= 0.75
    found = row(result)
    assert found["stressor_CO2_change"] == pytest.approx(intensity @ output - 15, rel=1e-8)
    assert found["jobs_change"] == pytest.approx(jobs / x @ output - 15, rel=1e-8)
    assert found["imports_change"] == pytest.approx((m @ output).sum() - table["m"].sum(), rel=1e-8)
    # prices stay: value added took the difference
    assert of_sectors(result, "price_growth") == pytest.approx(np.zeros(5), abs=1e-12)
    turned = effects(table["frame"], *changes[::-1], stressors=stressors)
    assert row(turned) == pytest.approx(found)


def test_a_substitution_there_and_back_gives_the_start() -> None:
    table = made_up(3)
    one, other = ((table["z"] + table["m"])[good, 0] for good in (1, 2))
    there = {"change": "substitution", "good": "s1", "by": "s2", "share": 0.3, "ratio": 1.5}
    back = {"change": "substitution", "good": "s2", "by": "s1", "ratio": 1 / 1.5}
    back["share"] = 0.3 * 1.5 * one / other
    assert back["share"] < 1
    moved = effects(table["frame"], {**there, "user": "s0"})
    assert np.abs(of_sectors(moved, "output_change")).max() > 1e-3
    result = effects(table["frame"], {**there, "user": "s0"}, {**back, "user": "s0"})
    for column in ("output_change", "value_added_change", "price_growth"):
        assert of_sectors(result, column) == pytest.approx(np.zeros(5), abs=1e-12)


def test_parts_add_up_on_the_sample() -> None:
    result = sample_result()
    sums = (
        result.tables["sectors"].group_by("scenario").agg(pl.selectors.ends_with("_change").sum())
    )
    both = result.table.join(sums, on="scenario", suffix="_of_sectors")
    shared = [name for name in sums.columns if name in result.table.columns and name != "scenario"]
    assert {"value_added_change", "jobs_change", "stressor_CO2_change"} <= set(shared)
    for name in shared:
        assert both[name].to_list() == pytest.approx(both[f"{name}_of_sectors"].to_list(), abs=1e-9)
    assert result.table["rank"].to_list() == list(range(1, result.table.height + 1))
    assert result.table["real_value_added_growth"].is_sorted(descending=True)
    movers = result.tables["movers"].group_by("scenario").agg(pl.len())
    assert max(movers["len"].to_list()) <= 10
    shock = sample_result().tables["movers"].filter(scenario="oil price doubled")
    assert shock["real_value_added_change"].sign().to_list() == [1.0, *[-1.0] * 5]
    moved = set(result.tables["prices"]["scenario"])
    assert moved == {"oil price doubled", "oil price doubled, power by wind"}
    assert result.said[0].code == "side_by_side"
    assert result.said[0].values["best"].value == result.table["scenario"][0]


def test_who_no_longer_covers_inputs_is_said_and_a_table_without_consumers_too() -> None:
    flows = cells(["ore", "steel"], [[10, 60], [20, 10]], {"exports": [30, 70]}, {})
    dear = {"change": "upgrade", "user": "steel", "by": "ore", "added": 0.35}
    result = effects(flows, dear)
    assert "below_costs" in [each.code for each in result.said]
    assert row(result)["consumer_price_growth"] is None
    assert row(result)["reason"] == "no_consumers"
    codes = {each.code for each in result.conventions}
    assert {"value_added_left", "imports_not_told"} <= codes


def test_oil_at_twice_its_price_at_home_and_abroad() -> None:
    """42 sectors; the price of the good itself is given, and what all consumers buy stands in one
    column, as in China's tables."""
    table = made_up(42, 42)
    z, m, x = (table[name] for name in ("z", "m", "x"))
    order = sorted(range(42), key="s{}".format)  # that of the result
    oil = order.index(2)
    a, imported = (own[np.ix_(order, order)] / x[order] for own in (z, m))
    abroad, others = np.ones(42), np.arange(42) != oil
    abroad[oil] = 2.0
    primary = 1 - a.sum(axis=0) - imported.sum(axis=0) + abroad @ imported
    price = np.full(42, 2.0)
    pushed = primary[others] + 2 * a[oil, others]
    price[others] = pushed @ np.linalg.inv(np.eye(41) - a[np.ix_(others, others)])
    bought, from_abroad = table["c"][order], table["mc"][order]
    consumer = (price @ bought + abroad @ from_abroad) / (bought.sum() + from_abroad.sum())
    rows = table["frame"].with_columns(pl.col("user").replace("households", "TC"))
    result = effects(rows, {"change": "price", "good": "s2", "factor": 2.0})
    assert of_sectors(result, "price_growth") == pytest.approx(price - 1, abs=1e-9)
    assert row(result)["consumer_price_growth"] == pytest.approx(consumer - 1, rel=1e-8)
    assert "all_consumers" in {each.code for each in result.conventions}


# --- scenarios from a file

SCENARIOS = """[[changes]]
scenario = "green"
change = "substitution"
good = "s0"
by = "s1"
user = ["s2", "s3"]
share = 0.5

[[changes]]
scenario = "green"
change = "upgrade"
user = "all"
good = "s2"
growth = -0.2
by = "s3"
added = 0.01

[[changes]]
scenario = "dear"
change = "price"
good = "s4"
factor = 2
"""


def test_a_file_says_the_same_as_a_table(tmp_path: Path) -> None:
    table = made_up(2)["frame"]
    file = tmp_path / "scenarios.toml"
    file.write_text(SCENARIOS, encoding="utf-8")
    rows = pl.DataFrame(
        [
            ("green", "substitution", "s0", "s1", "s2; s3", 0.5, None, None, None),
            ("green", "upgrade", "s2", "s3", "all", None, -0.2, 0.01, None),
            ("dear", "price", "s4", None, None, None, None, None, 2.0),
        ],
        ["scenario", "change", "good", "by", "user", "share", "growth", "added", "factor"],
        orient="row",
    )
    one = scenario_effects(table, scenario_file=file)
    other = scenario_effects(table, rows)
    for name in ("scenarios", "sectors", "movers"):
        assert one.tables[name].equals(other.tables[name])
    assert one.tables["changes"].drop("line").equals(other.tables["changes"].drop("line"))
    assert one.tables["changes"]["line"].to_list() == [19, 2, 10]
    assert one.tables["changes"]["ratio"].to_list() == [None, 1.0, None]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("share = 0.5", "share = 1.5", "bad_number", 7),
        ("factor = 2", "factor = 0", "bad_number", 22),
        ("growth = -0.2", "growth = -1.2", "bad_number", 14),
        ("growth = -0.2", 'growth = "less"', "bad_number", 14),
        ('by = "s1"', 'by = "x"', "no_such_sector", 5),
        ('user = ["s2", "s3"]', 'user = ["s2", "x"]', "no_such_sector", 6),
        ('user = ["s2", "s3"]', "user = 2", "not_text", 6),
        ('by = "s1"', 'by = "s0"', "by_itself", 5),
        ('change = "price"', 'change = "prize"', "no_such_change", 20),
        ('change = "price"\n', "", "key_lacking", 18),
        ("factor = 2", "share = 0.2", "unknown_key", 22),
        ("factor = 2\n", "", "key_lacking", 18),
        ('scenario = "dear"', 'scenario = ""', "not_quoted", 19),
        ("factor = 2", 'factor = 2\norigin = "mars"', "no_such_origin", 23),
        ("growth = -0.2\n", "", "half_upgrade", 9),
        ("added = 0.01\n", "", "half_addition", 9),
        ('good = "s2"\n', 'stressor = "CO2"\n', "no_such_stressor", 13),
        ('good = "s2"\n', 'good = "s2"\nstressor = "CO2"\n', "good_and_stressor", 14),
        ("added = 0.01", "added = 5", "not_productive_then", 16),
        ("added = 0.01", "added = -5", "below_nothing", 14),
        ("factor = 2", "factor = ", "not_toml", 22),
    ],
)
def test_a_fault_in_a_file_has_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text(SCENARIOS.replace(old, new), encoding="utf-8")
    table = made_up(2)["frame"]
    fault = fault_of(lambda: scenario_effects(table, scenario_file=file))
    assert (fault.code, fault.values["line"].value) == (code, line)


def test_every_fault_has_its_code() -> None:
    table = made_up(2)["frame"]
    home = table.filter(pl.col("origin") == "Domestic").drop("origin")

    def code_of(*changes: dict[str, Any], flows: pl.DataFrame = table, **options: Any) -> str:
        return fault_of(lambda: effects(flows, *changes, **options)).code

    less = {"change": "upgrade", "user": "s0", "good": "s1", "growth": -0.6}
    fault = fault_of(lambda: effects(table, less, less))
    assert (fault.code, fault.values["scenario"].value) == ("below_nothing", "a")
    assert (fault.values["good"].value, fault.values["user"].value) == ("s1", "s0")
    dear = {"change": "price", "good": "s1", "factor": 2.0}
    assert code_of(dear, {**dear, "origin": "domestic"}) == "price_twice"
    assert code_of({**dear, "origin": "imports"}, flows=home) == "no_imports"
    assert code_of({"change": "upgrade", "user": "s0"}) == "no_upgrade"
    unused = home.filter(~((pl.col("supplier") == "s1") & (pl.col("user") == "s0")))
    assert code_of(less, flows=unused) == "nothing_there"
    cleaner = {"change": "upgrade", "user": "s0", "stressor": "CO2", "growth": -0.6}
    co2 = pl.DataFrame({"sector": [f"s{k}" for k in range(5)], "stressor": "CO2", "value": 1.0})
    assert code_of(cleaner, cleaner, stressors=co2) == "stressor_below_nothing"
    assert code_of(cleaner, stressors=co2.head(4)) == "stressor_lacking"
    strange = co2.with_columns(sector=pl.lit("x")).head(1)
    assert code_of(cleaner, stressors=strange) == "stressor_elsewhere"
    assert fault_of(lambda: scenario_effects(table)).code == "one_of_both"
    assert fault_of(lambda: scenario_effects(table, scenario_file={})).code == "no_sections"


def test_the_row_of_a_table_is_named() -> None:
    rows = pl.DataFrame(
        [("a", "price", "s1", 2.0), ("b", "price", "x", 2.0)],
        ["scenario", "change", "good", "factor"],
        orient="row",
    )
    fault = fault_of(lambda: scenario_effects(made_up(2)["frame"], rows))
    assert (fault.code, fault.values["line"].value) == ("no_such_sector", 2)
    assert fault.values["key"].value == "good"


def test_the_file_of_the_how_to_fits_the_sample(tmp_path: Path) -> None:
    guide = Path(__file__).parents[3] / "docs" / "how-to" / "measure-a-shock.md"
    parts = guide.read_text(encoding="utf-8").split("```toml\n")[1:]
    blocks = [part.split("```")[0] for part in parts]
    told = next(block for block in blocks if "[[changes]]" in block)
    file = tmp_path / "scenarios.toml"
    file.write_text(told, encoding="utf-8")
    result = sample_result(scenarios=None, scenario_file=file)
    assert result.table.height == 4


def test_all_and_final_users_have_a_name_in_each_language() -> None:
    table = made_up(8)["frame"]
    swap = {"change": "substitution", "good": "s0", "by": "s1", "share": 0.2, "ratio": 1.1}
    everybody = effects(table, swap).tables["sectors"]
    for one, other in (("all", "final demand"), ("全部", "最终需求")):
        assert effects(table, {**swap, "user": one}).tables["sectors"].equals(everybody)
        final = effects(table, {**swap, "user": other})
        assert of_sectors(final, "value_added_change").sum() != 0
        parts = effects(table, {**swap, "user": [other, *(f"s{k}" for k in range(5))]})
        assert parts.tables["sectors"].equals(everybody)


def test_imports_in_a_column_have_a_price_in_proportion_to_their_uses_at_home() -> None:
    """Oil: a third of what is used at home is imported, whoever uses it."""
    flows = [[10, 30, 10], [5, 20, 15], [10, 10, 30]]
    households, exports, imports = [40, 50, 60], [5, 20, 10], [30, 0, 0]
    uses = {"households": households, "exports": exports, "imports": imports}
    x = np.sum(flows, axis=1) + np.array(households) + np.array(exports) - np.array(imports)
    table = cells(["a oil", "b mills", "c shops"], flows, uses, {})
    z = np.array(flows, float)
    z[0] *= 2 / 3
    imported = z[0] / 2 / x
    a = z / x
    price = np.linalg.solve((np.eye(3) - a).T, 1 - a.sum(axis=0) + 1.5 * imported)
    dear = {"change": "price", "good": "a oil", "factor": 2.5, "origin": "imports"}
    result = effects(table, dear)
    assert of_sectors(result, "price_growth") == pytest.approx(price - 1, abs=1e-12)
    basket = price @ [40 * 2 / 3, 50, 60] + 2.5 * 40 / 3
    assert row(result)["consumer_price_growth"] == pytest.approx(basket / 150 - 1, rel=1e-10)
    assert row(result)["imports_change"] == pytest.approx(1.5 * 30, rel=1e-10)

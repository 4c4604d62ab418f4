"""Footprints: accounts that sum to the territory's, trade, paths and intensity targets."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import GERMANY, cells, code_of, germany
from polars.testing import assert_frame_equal

from firstlight.chains import (
    best_practice,
    footprints,
    required_falls,
    responsibility,
    share_to_leave,
    structural_paths,
)
from firstlight.errors import InputError
from firstlight.measurement import measurement
from firstlight.result import Result
from firstlight.texts import Count, Name

SECTORS = GERMANY["sectors"]
FLOWS, OUTPUT = np.array(GERMANY["flows"], float), np.array(GERMANY["output"], float)
CO2 = [10448.0, 558327, 11194, 71269, 8792, 26990]  # Germany 1995, thousand tonnes
DIRECT = 217137.0
HERE = Path(__file__).parent


def german_co2(**more: Any) -> pl.DataFrame:
    rows = {"stressor": "CO2", "sector": [*SECTORS, "households"], "value": [*CO2, DIRECT]}
    return pl.DataFrame({**rows, "unit": "kt", **more})


def in_sectors(found: Result, column: str, **among: Any) -> list[float]:
    table = found.table.filter(**among) if among else found.table
    own = dict(table.select("sector", column).iter_rows())
    return [own[sector] for sector in SECTORS]


def values_of(found: Result, code: str) -> dict[str, Any]:
    return next(dict(given.values) for given in found.said if given.code == code)


def test_germany_against_explicit_inverses() -> None:
    """Each account is what Leontief's and Ghosh's inverses, formed in another way, give."""
    found = footprints(germany(), stressors=german_co2())
    a, b, f = FLOWS / OUTPUT, FLOWS / OUTPUT[:, None], np.array(CO2)
    leontief, ghosh = (sum(np.linalg.matrix_power(m, k) for k in range(200)) for m in (a, b))
    e, y, v = f / OUTPUT, OUTPUT - FLOWS.sum(axis=1), OUTPUT - FLOWS.sum(axis=0)
    assert in_sectors(found, "production") == CO2
    assert in_sectors(found, "consumption") == pytest.approx(e @ leontief * y, rel=1e-10)
    assert in_sectors(found, "income") == pytest.approx(v * (ghosh @ e), rel=1e-10)
    assert in_sectors(found, "total_intensity") == pytest.approx(e @ leontief, rel=1e-10)
    parts = found.tables["parts"]
    for account in ("production", "consumption", "income"):
        own = parts.filter(account=account)
        assert own["value"].sum() == pytest.approx(sum(CO2) + DIRECT, rel=1e-12)
        assert own.filter(part="direct")["value"].to_list() == [DIRECT]
    households = parts.filter(account="consumption", part="households")["value"].item()
    assert households == pytest.approx(e @ leontief @ np.array(GERMANY["households"]), rel=1e-10)
    wages = parts.filter(account="income", part="wages")["value"].item()
    assert wages == pytest.approx((ghosh @ e) @ np.array(GERMANY["wages"]), rel=1e-10)
    assert found.said[0].values["maker"] == Name("industry")


def test_a_stated_total_that_its_rows_miss_by_rounding() -> None:
    """Of Germany's CO2 904158 are stated, the rows add up to 904157."""
    total = pl.DataFrame({"stressor": "CO2", "sector": "output_bp", "value": [904158.0]})
    co2 = german_co2()
    found = footprints(germany(), stressors=pl.concat([co2, total], how="diagonal"))
    assert found.table.equals(footprints(germany(), stressors=co2).table)
    told = values_of(found, "total_off")
    assert (told["count"], told["gap"].value) == (Count(1), 904158 - sum(CO2) - DIRECT)


@pytest.mark.parametrize("seed", range(5))
def test_accounts_sum_to_the_territory(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 12, 4
    z, y = rng.uniform(0, 1, (n, n)), rng.uniform(1, 5, n)
    x, f = z.sum(axis=1) + y + 5, rng.uniform(0, 9, (n, k))
    x[0], z[0], z[:, 0] = 0, 0, 0  # a sector that emits and makes nothing
    own = responsibility(z, x, f)
    for account in (own.production, own.consumption, own.income):
        assert account.sum(axis=0) == pytest.approx(f.sum(axis=0), rel=1e-12)
    assert own.unplaced.sum() == pytest.approx(f[0].sum())
    doubled = responsibility(z * 7, x * 7, f * 3)
    assert doubled.income == pytest.approx(own.income * 3, rel=1e-12)


def trading() -> pl.DataFrame:
    """Two sectors, imports in a column of their own."""
    uses = {"households": [30, 70], "exports": [40, 20], "imports": [20, 10]}
    payments = {"wages": [50, 40], "surplus": [20, 20], "output": [100, 130]}
    return cells(["ore", "steel"], [[10.0, 40], [20, 30]], uses, payments)


def test_what_exports_and_imports_carry() -> None:
    """Against matrices written out: home coefficients for exports, all of them for imports."""
    co2 = pl.DataFrame({"stressor": "CO2", "sector": ["ore", "steel"], "value": [50.0, 30]})
    found = footprints(trading(), stressors=co2)
    x, f = np.array([100.0, 130]), np.array([50.0, 30])
    flows, share = np.array([[10.0, 40], [20, 30]]), np.array([20 / 80, 10 / 120])
    home = (1 - share)[:, None] * flows / x
    exports, imports, e = np.array([40.0, 20]), np.array([20.0, 10]), f / x
    leontief, foreign = (np.linalg.inv(np.eye(2) - m) for m in (home, flows / x))
    trade = found.tables["trade"].sort("sector")
    assert trade["exports_carry"].to_list() == pytest.approx(e @ leontief * exports, rel=1e-10)
    assert trade["imports_carry"].to_list() == pytest.approx(e @ foreign * imports, rel=1e-10)
    again = (flows / x - home) @ leontief @ exports
    assert trade["imports_for_exports_carry"].to_list() == pytest.approx(
        e @ foreign * again, rel=1e-10
    )
    # with its imports as if made at home, what is used at home is what was made and not exported
    whole = footprints(trading(), stressors=co2, inputs="all").tables["parts"]
    total = whole.filter(account="consumption")["value"].sum()
    assert total == pytest.approx(80)
    assert whole.filter(account="consumption", part="imports")["value"].item() == pytest.approx(
        -(e @ foreign @ imports)
    )
    consumed = values_of(found, "traded")["consumed"].value
    expected = 80 - e @ leontief @ exports + e @ foreign @ (imports - again)
    assert consumed == pytest.approx(expected, rel=1e-10)


def test_imports_in_rows_carry_the_same_as_in_a_column() -> None:
    """A table split by import shares is the competitive one, told in another way."""
    share = {"ore": 20 / 80, "steel": 10 / 120}
    rows = trading().filter(pl.col("user") != "imports")
    part = pl.col("supplier").replace_strict(share, default=0.0)
    part = pl.when(pl.col("user") == "exports").then(0.0).otherwise(part)
    abroad = rows.filter(pl.col("supplier").is_in(["ore", "steel"]))
    abroad = abroad.with_columns(value=pl.col("value") * part, origin=pl.lit("Imports"))
    home = rows.with_columns(value=pl.col("value") * (1 - part), origin=pl.lit("Domestic"))
    co2 = pl.DataFrame({"stressor": "CO2", "sector": ["ore", "steel"], "value": [50.0, 30]})
    one = footprints(trading(), stressors=co2).tables
    other = footprints(pl.concat([home, abroad]), stressors=co2)
    for name in ("sectors", "trade"):
        for column in one[name].select(pl.selectors.float()).columns:
            expected = one[name].sort("sector")[column].to_list()
            got = other.tables[name].sort("sector")[column].to_list()
            assert got == pytest.approx(expected, rel=1e-10)
    assert "imports_noncompetitive" in [own.code for own in other.conventions]


def two_countries() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The reference case in another order: two countries, two sectors, flows at random."""
    rng = np.random.default_rng(3)
    places, goods = ["A", "B"], ["ore", "steel"]
    pairs = list(product(places, goods))
    rows = [(p, g, q, h, float(rng.uniform(1, 9))) for p, g in pairs for q, h in pairs]
    uses = product(pairs, places, ["households", "investment"])
    rows += [(p, g, q, use, float(rng.uniform(5, 20))) for (p, g), q, use in uses]
    schema = ["supplier_country", "supplier", "user_country", "user", "value"]
    co2 = [("CO2", p, g, float(rng.uniform(1, 30))) for p, g in pairs]
    co2.append(("CO2", "B", "households", 7.0))
    return (
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.DataFrame(co2, schema=["stressor", "place", "sector", "value"], orient="row"),
    )


def test_countries_by_hand() -> None:
    rows, co2 = two_countries()
    found = footprints(rows, stressors=co2)
    pairs = list(product(["A", "B"], ["ore", "steel"]))
    at = {pair: i for i, pair in enumerate(pairs)}
    z, y = np.zeros((4, 4)), np.zeros((4, 2))
    for p, g, q, h, value in rows.iter_rows():
        if (q, h) in at:
            z[at[p, g], at[q, h]] = value
        else:
            y[at[p, g], "AB".index(q)] += value
    x, f = z.sum(axis=1) + y.sum(axis=1), np.array(co2["value"][:4])
    needed = (f / x)[:, None] * (np.linalg.inv(np.eye(4) - z / x) @ y)
    countries = found.tables["countries"].sort("country")
    direct = np.array([0.0, 7])
    assert countries["consumption"].to_list() == pytest.approx(needed.sum(axis=0) + direct)
    assert countries["exported"].to_list() == pytest.approx(
        [needed[:2, 1].sum(), needed[2:, 0].sum()]
    )
    assert countries["production"].sum() == pytest.approx(f.sum() + 7)
    assert countries["income"].sum() == pytest.approx(f.sum() + 7)
    assert countries["balance"].sum() == pytest.approx(0, abs=1e-9)
    assert found.table["consumption"].sum() == pytest.approx(f.sum())
    between = found.tables["between_countries"]
    assert dict(between.select("country", "value").iter_rows()) == pytest.approx(
        dict(countries.select("country", "exported").iter_rows())
    )
    turned = footprints(rows.sample(fraction=1, shuffle=True, seed=1), stressors=co2.reverse())
    assert turned.said == found.said
    assert all(turned.tables[key].equals(own) for key, own in found.tables.items())


def test_paths_against_all_of_them() -> None:
    """The largest of all products e a ... a y, written out up to five steps."""
    rng = np.random.default_rng(8)
    a, e, y = rng.uniform(0, 0.2, (4, 4)), rng.uniform(0, 1, 4), rng.uniform(0, 9, 4)
    every = []
    for steps in range(6):
        for path in product(range(4), repeat=steps + 1):
            amount = e[path[0]] * y[path[-1]]
            for one, other in pairwise(path):
                amount *= a[one, other]
            every.append((amount, path))
    every.sort(reverse=True)
    found = structural_paths(a, e, e @ np.linalg.inv(np.eye(4) - a), y, 20)
    assert [path for path, _ in found] == [path for _, path in every[:20]]
    assert [amount for _, amount in found] == pytest.approx([amount for amount, _ in every[:20]])


def test_paths_that_carry_a_share_and_what_is_left() -> None:
    """Every path of up to five steps that carries two per cent or more is listed, no other; with
    the rest it comes to all that is emitted."""
    found = footprints(germany(), stressors=german_co2(), path_share=0.02)
    paths = found.tables["paths"]
    a, e, y = FLOWS / OUTPUT, np.array(CO2) / OUTPUT, OUTPUT - FLOWS.sum(axis=1)
    whole = sum(CO2) + DIRECT
    carried = {
        " → ".join(SECTORS[i] for i in path): float(
            e[path[0]] * y[path[-1]] * np.prod([a[pair] for pair in pairwise(path)])
        )
        for steps in range(6)
        for path in product(range(6), repeat=steps + 1)
    }
    expected = {path: own for path, own in carried.items() if own >= 0.02 * whole}
    assert dict(paths.select("path", "value").iter_rows()) == pytest.approx(expected)
    said = {own.code: own.values for own in found.said}["paths_listed"]
    assert said["count"].value == len(expected)
    assert said["share"].value == pytest.approx(sum(expected.values()) / whole)
    # all paths of one step after the other add up to the Leontief total
    rounds = [e @ np.linalg.matrix_power(a, steps) @ y for steps in range(200)]
    assert sum(rounds) == pytest.approx(e @ np.linalg.inv(np.eye(6) - a) @ y)
    assert sum(carried.values()) == pytest.approx(sum(rounds[:6]))
    # the path that is told of leads from one sector to another
    told = {own.code: own.values for own in found.said}["path"]["path"].value
    assert len(set(told.split(" → "))) > 1


def test_links_and_paths_are_parts_of_the_whole() -> None:
    found = footprints(germany(), stressors=german_co2())
    links = found.tables["links"]
    a = FLOWS / OUTPUT
    carried = (np.array(CO2) / OUTPUT)[:, None] * np.linalg.inv(np.eye(6) - a)
    carried = carried * (OUTPUT - FLOWS.sum(axis=1))
    first = links.row(0, named=True)
    at = SECTORS.index(first["emitter"]), SECTORS.index(first["final_good"])
    assert first["value"] == pytest.approx(carried[at]) == carried.max()
    assert first["share"] == pytest.approx(first["value"] / (sum(CO2) + DIRECT))


@pytest.mark.parametrize("rule", ["proportional", "least_moved"])
def test_a_target_is_reached_by_what_is_asked(rule: str) -> None:
    asked = {"target_fall": 0.18, "table_year": 1995, "target_year": 2005, "rule": rule}
    found = footprints(germany(), stressors=german_co2(), **asked)
    target = found.tables["target"]
    whole = sum(CO2) + DIRECT
    assert target["needed_fall"].sum() == pytest.approx(0.18 * whole, rel=1e-12)
    moving = target.filter(pl.col("needed_fall") > 0)
    if rule == "proportional":
        assert moving["needed_fall_share"].to_list() == pytest.approx([0.18] * 7)
        assert (1 - moving["fall_per_year"][0]) ** 10 == pytest.approx(0.82)
    else:  # industry alone, which may fall by half
        assert moving["mover"].to_list() == ["industry"]
    # by structure alone: intensity with that sector's share moved to all others
    sector = values_of(found, "by_leaving")
    at = SECTORS.index(sector["sector"].value)
    sizes, f = np.array(GERMANY["value_added"], float), np.array(CO2)
    shares = sizes / sizes.sum()
    to = sector["to"].value
    moved = shares * (1 - to) / (1 - shares[at])
    moved[at] = to
    then = (f / sizes) @ moved + DIRECT / sizes.sum()
    assert then / (whole / sizes.sum()) == pytest.approx(0.82, rel=1e-9)


def test_growth_changes_what_is_asked() -> None:
    growth = pl.DataFrame({"sector": ["industry", "business services"], "growth": [-0.05, 0.08]})
    asked = {"target_fall": 0.1, "table_year": 1995, "target_year": 2005, "growth": growth}
    found = footprints(germany(), stressors=german_co2(), **asked)
    sizes = np.array(GERMANY["value_added"], float)
    held = np.array([SECTORS.index(name) for name in ("industry", "business services")])
    factors = np.full(6, (sizes[held] * [0.95**10, 1.08**10]).sum() / sizes[held].sum())
    factors[held] = [0.95**10, 1.08**10]
    mean = (sizes * factors).sum() / sizes.sum()
    then = (np.array(CO2) @ factors + DIRECT * mean) / (sizes @ factors)
    fall = 1 - then / ((sum(CO2) + DIRECT) / sizes.sum())
    assert values_of(found, "met_by_growth")["share"].value == pytest.approx(fall)
    more = footprints(germany(), stressors=german_co2(), **{**asked, "target_fall": fall + 0.1})
    needed = more.tables["target"]["needed_fall"].sum()
    assert needed / (sizes @ factors) == pytest.approx(0.1 * (sum(CO2) + DIRECT) / sizes.sum())


def test_rules_by_hand() -> None:
    assert required_falls([60, 30, 10], 40, "least_moved").falls.tolist() == [30, 10, 0]
    short = required_falls([60, 30, 10], 60, "least_moved", most=0.5)
    assert (short.falls.tolist(), short.short) == ([30, 15, 5], 10)
    best = best_practice([60, 20, 5, 9], [100, 100, 10, 0], ["a", "a", "b", "a"])
    assert best.tolist() == [20, 20, 5, 9]
    assert required_falls([60, 20], -1).falls.tolist() == [0, 0]
    at, now, to = share_to_leave([60, 20], [20, 80], 0.2)
    assert (at, now) == (0, 0.2)
    assert (to * 3 + (1 - to) * 0.25) / 0.8 == pytest.approx(0.8)
    assert share_to_leave([10, 10], [1, 1], 0.2)[2] == -np.inf
    with pytest.raises(InputError):
        required_falls([1], 1, "fair")  # type: ignore[arg-type]


def test_provinces_come_nearer_to_the_cleanest() -> None:
    rows = [
        (place, sector, value, size)
        for place, factor in (("north", 0.8), ("south", 0.2))
        for sector, value, size in zip(
            SECTORS, np.array(CO2) * factor, np.array(OUTPUT) / 2, strict=True
        )
    ]
    schema = ["place", "sector", "value", "activity"]
    co2 = pl.DataFrame(rows, schema=schema, orient="row").with_columns(stressor=pl.lit("CO2"))
    asked = {"target_fall": 0.3, "rule": "best_practice", "movers": "places"}
    found = footprints(germany(), stressors=co2, **asked)
    target = found.tables["target"]
    assert target["mover"].to_list() == ["north", "south"]
    assert target["needed_fall"].to_list() == pytest.approx([0.3 * sum(CO2), 0])
    provinces = found.tables["provinces"].sort("province")
    assert provinces["production"].to_list() == pytest.approx([sum(CO2) * 0.8, sum(CO2) * 0.2])
    whole = found.table["production_for_exports"].sum()
    assert provinces["for_exports"].sum() == pytest.approx(whole)
    far = footprints(germany(), stressors=co2, **{**asked, "target_fall": 0.7})
    # all of the gap is .6 of the whole
    assert values_of(far, "short")["share"].value == pytest.approx(0.1)


def test_provinces_at_the_sectors_of_the_table_by_a_concordance() -> None:
    """Places give finer sectors, what homes emit by kind, and a total that goes nowhere."""
    goes = {f"{name} {half}": name for name in SECTORS for half in "ab"}
    goes |= {"Urban": "households", "Rural": "households"}
    keys = list(product(("north", "south", "west"), goes))
    given = pl.DataFrame(keys, ["province", "sector"], orient="row")
    given = given.with_columns(co2=np.random.default_rng(8).uniform(1, 90, len(keys)))
    totals = given.group_by("province").agg(pl.col("co2").sum(), sector=pl.lit("Total"))
    both = pl.concat([given, totals], how="diagonal")
    co2 = both.select("sector", stressor=pl.lit("CO2"), place="province", value="co2")
    concordance = pl.DataFrame({"from": [*goes, "Total"], "to": [*goes.values(), None]})
    asked = {"target_fall": 0.18, "movers": "places"}
    found = footprints(germany(), stressors=co2, concordance=concordance, **asked)
    of_provinces(found, given)
    own = given.with_columns(pl.col("sector").replace_strict(goes)).group_by("sector")
    expected = dict(own.agg(pl.col("co2").sum()).iter_rows())
    assert in_sectors(found, "production") == pytest.approx([expected[name] for name in SECTORS])


def of_provinces(found: Result, given: pl.DataFrame) -> None:
    """Each account holds what the provinces emit, homes directly; each moves as much as asked."""
    provinces = dict(found.tables["provinces"].select("province", "production").iter_rows())
    expected = dict(given.group_by("province").agg(pl.col("co2").sum()).iter_rows())
    assert provinces == pytest.approx(expected, rel=1e-12)
    parts = found.tables["parts"].group_by("account").agg(pl.col("value").sum())
    assert parts["value"].to_list() == pytest.approx([given["co2"].sum()] * 3, rel=1e-9)
    homes = given.filter(pl.col("sector").is_in(["Urban", "Rural"]))["co2"].sum()
    direct = found.tables["parts"].filter(part="direct")["value"].to_list()
    assert direct == pytest.approx([homes] * 3)
    assert values_of(found, "left_out")["count"].value >= 1
    falls = found.tables["target"]["needed_fall_share"].to_list()
    assert falls == pytest.approx([0.18] * len(expected))


def test_provinces_of_china(shared: Path) -> None:
    """Thirty provinces' CO2 of 2017, 47 sectors, at the 42 of the national table by a concordance."""
    table = pl.read_csv(
        shared / "data" / "io" / "china_2017_42.csv", infer_schema_length=None, null_values="NA"
    )
    named = {"Code": "supplier", "Description": "sector_name", "Origin": "origin"}
    long = table.rename(named).drop("DescriptionInChinese")
    long = long.unpivot(index=[*named.values()], variable_name="user").drop_nulls("value")
    file = shared / "data" / "provinces" / "province_sector_co2_1997_2019.csv"
    given = pl.read_csv(file, infer_schema_length=None)
    co2 = given.select("sector", "year", stressor=pl.lit("CO2"), place="province", value="co2_mt")
    concordance = pl.read_csv(HERE / "province_sectors_to_china_42.csv", infer_schema=False)
    asked = {"target_fall": 0.18, "target_year": 2022, "table_year": 2017, "movers": "places"}
    found = footprints(long, stressors=co2, concordance=concordance, **asked)
    own = given.filter(~pl.col("sector").str.starts_with("Total"), year=2017)
    of_provinces(found, own.rename({"co2_mt": "co2"}))
    assert found.tables["provinces"].height == 30
    # power emits most, and most is emitted for construction
    first = found.said[0].values
    assert "electric power" in first["maker"].value
    assert first["good"] == Name("Construction")


def test_jobs_of_one_sector_alone() -> None:
    """Any stressor: what the others employ is not known, and said to lack."""
    jobs = pl.DataFrame({"stressor": "jobs", "sector": SECTORS[:1], "value": [1096.0]})
    found = footprints(germany(), stressors=jobs)
    assert found.table["consumption"].sum() == pytest.approx(1096, rel=1e-12)
    assert values_of(found, "lacking")["count"] == Count(5)


def test_concordance_splits_by_output_and_leaves_out() -> None:
    co2 = pl.DataFrame({"stressor": "CO2", "sector": ["all", "moon"], "value": [100.0, 5]})
    goes = pl.DataFrame({"from": [*["all"] * 6, "moon"], "to": [*SECTORS, None]})
    found = footprints(germany(), stressors=co2, concordance=goes)
    assert in_sectors(found, "production") == pytest.approx(100 * OUTPUT / OUTPUT.sum())
    assert values_of(found, "left_out")["count"] == Count(1)
    weighed = goes.with_columns(weight=pl.Series([0.5, 0.5, 0, 0, 0, 0, None]))
    found = footprints(germany(), stressors=co2, concordance=weighed)
    assert in_sectors(found, "production") == pytest.approx([50, 50, 0, 0, 0, 0])
    with pytest.raises(InputError) as raised:
        lame = goes.with_columns(weight=pl.Series([0.5, 0.4, 0, 0, 0, 0, None]))
        footprints(germany(), stressors=co2, concordance=lame)
    assert raised.value.code == "weights_off"


def test_years_and_several_stressors() -> None:
    rows = pl.concat([germany().with_columns(year=pl.lit(year)) for year in (1995, 1996)])
    co2 = [german_co2(year=1995), german_co2(year=1996).with_columns(pl.col("value") * 2)]
    other = german_co2(year=1996).with_columns(stressor=pl.lit("CH4"), unit=pl.lit("t"))
    other = pl.concat([other, other.with_columns(year=pl.lit(1995))])
    found = footprints(rows, stressors=pl.concat([*co2, other]), stressor="CO2")
    assert found.said[0].code == "responsible_in"
    assert found.table["stressor"][0] == "CO2"
    assert found.table["year"][0] == 1996
    sums = (
        found.table.group_by("stressor", "year")
        .agg(pl.col("income").sum())
        .sort("stressor", "year")
    )
    assert sums["income"].to_list() == pytest.approx([sum(CO2)] * 3 + [2 * sum(CO2)])


ONE_SECTOR = pl.DataFrame({"stressor": ["CO2"], "sector": ["industry"], "value": [1.0]})


@pytest.mark.parametrize(
    ("stressors", "options", "code"),
    [
        (ONE_SECTOR.with_columns(sector=pl.lit("moon")), {}, "no_such_sector"),
        (ONE_SECTOR.with_columns(value=pl.lit(None, pl.Float64)), {}, "no_amount"),
        (ONE_SECTOR, {"stressor": "NOx"}, "no_stressor"),
        (german_co2(year=1990), {"table_year": 1995}, "no_such_year"),
        (pl.concat([german_co2(year=y) for y in (1990, 1995)]), {}, "which_year"),
        (
            german_co2().with_columns(unit=pl.Series(["kt", *["Mt"] * 6])),
            {},
            "units_differ",
        ),
        (ONE_SECTOR, {"target_fall": 0.2, "rule": "best_practice"}, "no_peers"),
        (ONE_SECTOR, {"target_fall": 0.2, "movers": "places"}, "no_places"),
        (ONE_SECTOR, {"target_year": 2030}, "target_of_what"),
        (
            ONE_SECTOR,
            {"target_fall": 0.2, "table_year": 2000, "target_year": 1999},
            "target_is_past",
        ),
    ],
)
def test_what_is_refused(stressors: pl.DataFrame, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as raised:
        footprints(germany(), stressors=stressors, **options)
    assert raised.value.code == code


def test_growth_needs_years_and_known_sectors() -> None:
    growth = pl.DataFrame({"sector": ["moon"], "growth": [0.1]})
    for options, code in (
        ({}, "growth_until"),
        ({"target_fall": 0.1, "target_year": 2000}, "no_table_year"),
        ({"target_fall": 0.1, "target_year": 2000, "table_year": 1995}, "no_growing_sector"),
    ):
        with pytest.raises(InputError) as raised:
            footprints(germany(), stressors=german_co2(), growth=growth, **options)
        assert raised.value.code == code


def test_countries_that_do_not_fit() -> None:
    rows, co2 = two_countries()
    with pytest.raises(InputError) as raised:
        footprints(rows, stressors=co2.head(1).with_columns(place=pl.lit("C")))
    assert raised.value.code == "no_such_country"
    with pytest.raises(InputError) as raised:
        footprints(rows.filter(user="households"), stressors=co2)
    assert raised.value.code == "no_square"


def test_the_sample_answers_first() -> None:
    own = measurement("footprints")
    codes = [given.code for given in own.function(**own.sample_call()).said[:3]]
    assert codes == ["responsible_in", "traded", "must_move_least_moved"]


def test_amounts_that_cancel_and_tables_of_zeros() -> None:
    f = pl.DataFrame({"stressor": "heat", "sector": SECTORS[:2], "value": [5.0, -5]})
    found = footprints(germany(), stressors=f, target_fall=0.2)
    assert found.said[0].code == "nothing_emitted"
    assert found.tables["paths"]["share"].null_count() == found.tables["paths"].height > 0
    nothing = germany().with_columns(value=pl.lit(0.0))
    assert code_of(lambda: footprints(nothing, stressors=german_co2())) == "nothing_made"
    rows, co2 = two_countries()
    idle = rows.with_columns(value=pl.lit(0.0))
    assert code_of(lambda: footprints(idle, stressors=co2)) == "nothing_made"


def test_what_a_table_of_countries_lacks_to_balance_is_no_countrys() -> None:
    rows, co2 = two_countries()
    off = pl.DataFrame([(None, "output", "A", "ore", 90.0)], schema=rows.schema, orient="row")
    outputs = rows.group_by("supplier_country", "supplier").agg(pl.col("value").sum())
    stated = outputs.filter(~((pl.col("supplier") == "ore") & (pl.col("supplier_country") == "A")))
    stated = stated.select(
        supplier_country=pl.lit(None, pl.String),
        supplier=pl.lit("output"),
        user_country="supplier_country",
        user="supplier",
        value="value",
    )
    found = footprints(pl.concat([rows, stated, off]), stressors=co2)
    countries = found.tables["countries"]
    assert sorted(countries["country"]) == ["A", "B", "—"]
    whole = co2["value"].sum()
    assert countries["consumption"].sum() == pytest.approx(whole, rel=1e-12)
    assert countries["exported"].sum() == pytest.approx(
        countries.filter(pl.col("country") != "—")["imported"].sum(), rel=1e-12
    )
    assert found.table["consumption"].sum() == pytest.approx(whole - 7, rel=1e-12)
    parts = found.tables["parts"].filter(account="consumption")
    assert "unbalanced" in parts["part"].to_list()


def written_with_countries(rows: pl.DataFrame, sign: str) -> pl.DataFrame:
    """The rows as square tables write them, the country in front of each name."""
    return rows.select(
        pl.concat_str(f"{side}_country", side, separator=sign).fill_null(pl.col(side)).alias(side)
        for side in ("supplier", "user")
    ).with_columns(value=rows["value"])


@pytest.mark.parametrize("sign", ["_", "."])
def test_names_that_begin_with_the_country_read_as_columns_do(sign: str) -> None:
    rows, co2 = two_countries()
    expected = footprints(rows, stressors=co2).tables
    named = written_with_countries(rows, sign)
    for stressors in (
        co2,
        co2.select("stressor", "value", sector=pl.concat_str("place", "sector", separator=sign)),
    ):
        found = footprints(named, stressors=stressors).tables
        assert all(found[name].equals(own) for name, own in expected.items())


def test_parts_of_a_country_are_added_up_and_their_stressors_too() -> None:
    rows, co2 = two_countries()
    parts = ["CN1", "CN2"]
    sides = pl.col("supplier_country", "user_country")
    halves = [
        rows.with_columns(
            pl.col("supplier_country").replace("A", one),
            pl.col("user_country").replace("A", other),
            value=pl.col("value")
            / pl.when(supplier_country="A", user_country="A")
            .then(4)
            .when((pl.col("supplier_country") == "A") | (pl.col("user_country") == "A"))
            .then(2)
            .otherwise(1),
        )
        for one, other in product(parts, parts)
    ]
    halved = pl.concat(halves).unique(pl.exclude("value"))
    whole = rows.with_columns(sides.replace("A", "CHN"))
    co2_halves = [
        co2.filter(place="A").with_columns(pl.col("value") / 2, place=pl.lit(part))
        for part in parts
    ]
    found = footprints(halved, stressors=pl.concat([*co2_halves, co2.filter(place="B")]))
    expected = footprints(whole, stressors=co2.with_columns(pl.col("place").replace("A", "CHN")))
    for name in ("countries", "sectors"):
        assert_frame_equal(found.tables[name], expected.tables[name], rel_tol=1e-12)
    assert "parts_joined" in [own.code for own in found.said]


def test_one_country_is_not_taken_for_many() -> None:
    """A sign in its names makes no countries of them where final users have none."""
    goods = ["Basic goods", "Basic tools", "Metal goods", "Metal tools"]
    uses = {"Household consumption": [9.0] * 4, "Exports": [5.0] * 4}
    co2 = pl.DataFrame({"stressor": "CO2", "sector": goods[:1], "value": [3.0]})
    rows = cells(goods, np.full((4, 4), 2.0), uses, {})
    found = footprints(rows, stressors=co2)
    in_japan = rows.with_columns(supplier_country=pl.lit("Japan"))
    assert footprints(in_japan, stressors=co2).table.equals(found.table)
    assert "countries" not in found.tables and set(found.table["sector"]) == set(goods)
    half = two_countries()[0].drop("user_country").unique(["supplier_country", "supplier", "user"])
    with pytest.raises(InputError) as raised:
        footprints(half, stressors=co2)
    assert raised.value.code == "one_side_only"

"""Structural decomposition: a textbook's example, exact sums, and every order by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import CASES, cells, germany

from firstlight.chains import effects_of, growth_decomposition
from firstlight.errors import InputError

BOOK: dict[str, Any] = CASES["miller_blair_13_1"]
SECTORS = ["a", "b", "c"]


def book() -> pl.DataFrame:
    years = []
    for at, year in enumerate((2000, 2010)):
        uses = {"households": BOOK["final_demand"][at]}
        years.append(cells(SECTORS, BOOK["flows"][at], uses, {}).with_columns(year=pl.lit(year)))
    return pl.concat(years)


def two_years() -> pl.DataFrame:
    """Germany, and what it might have become: other flows, mix and value added."""
    rng = np.random.default_rng(4)
    first = germany().filter(pl.col("supplier") != "output", pl.col("supplier") != "imports")
    factor = pl.Series(rng.uniform(0.8, 1.5, first.height))
    last = first.with_columns(value=pl.col("value") * factor)
    return pl.concat([first.with_columns(year=pl.lit(1995)), last.with_columns(year=pl.lit(2005))])


@pytest.mark.parametrize("orders", ["all", "polar"])
def test_the_example_of_miller_and_blair(orders: Any) -> None:
    """With two factors the polar mean is that of all orders; to six digits."""
    found = growth_decomposition(book(), demand="whole", orders=orders).tables["effects"]
    for factor, expected in (("technology", BOOK["technology"]), ("demand", BOOK["demand"])):
        own = dict(found.filter(factor=factor).select("sector", "effect").iter_rows())
        assert [own[sector] for sector in SECTORS] == pytest.approx(expected, abs=5e-7)
    assert found.group_by("sector").agg(pl.sum("effect")).sort("sector")["effect"].to_list() == (
        pytest.approx([12, 20, 20], abs=1e-9)
    )


@pytest.mark.parametrize("of", ["output", "value_added"])
@pytest.mark.parametrize("demand", ["whole", "split"])
@pytest.mark.parametrize("orders", ["all", "polar"])
def test_parts_sum_to_the_whole(of: Any, demand: Any, orders: Any) -> None:
    found = growth_decomposition(two_years(), of=of, demand=demand, orders=orders)
    effects, factors = found.tables["effects"], found.tables["factors"]
    each = effects.group_by("sector").agg(
        pl.sum("effect"), pl.col("ratio").product(), pl.first("change", "start_value", "end_value")
    )
    assert each["effect"].to_numpy() == pytest.approx(each["change"].to_numpy(), rel=1e-9)
    grown = (each["end_value"] / each["start_value"]).to_numpy()
    assert each["ratio"].to_numpy() == pytest.approx(grown, rel=1e-9)
    start, end = (each[name].to_numpy().sum() for name in ("start_value", "end_value"))
    assert factors["effect"].sum() == pytest.approx(end - start, rel=1e-9)
    assert factors["ratio"].product() == pytest.approx(end / start, rel=1e-9)
    assert (factors["lowest_effect"] <= factors["effect"] + 1e-6).all()
    assert (factors["highest_effect"] >= factors["effect"] - 1e-6).all()


def test_the_mean_of_all_orders_is_that_of_each_order_by_hand() -> None:
    rng = np.random.default_rng(1)
    f = rng.uniform(0.5, 2, (2, 4, 5))  # years, factors, values

    def value(has: tuple[bool, ...]) -> Any:
        return np.prod([f[int(own), k] for k, own in enumerate(has)], axis=0)

    steps = []
    for order in permutations(range(4)):
        has, own = [False] * 4, np.zeros((4, 5))
        for factor in order:
            before = value(tuple(has))
            has[factor] = True
            own[factor] = value(tuple(has)) - before
        steps.append(own)
    found = effects_of(value, 4)
    assert found.additive == pytest.approx(np.mean(steps, axis=0), rel=1e-12)
    # of a plain product the ratio of a factor is its own, in whatever order
    assert found.ratio == pytest.approx(f[1] / f[0], rel=1e-12)
    totals = np.array(steps).sum(axis=2)
    assert found.lowest == pytest.approx(totals.min(axis=0))
    assert found.highest == pytest.approx(totals.max(axis=0))
    polar = effects_of(value, 4, is_polar=True)
    assert polar.additive == pytest.approx((steps[0] + steps[-1]) / 2, rel=1e-12)


def test_what_did_not_change_adds_nothing() -> None:
    one = germany().with_columns(year=pl.lit(1995))
    other = one.with_columns(year=pl.lit(2005), value=pl.col("value") * 1.5)
    found = growth_decomposition(pl.concat([one, other])).tables["factors"]
    effects = dict(found.select("factor", "effect_share").iter_rows())
    assert effects.pop("level") == pytest.approx(0.5)
    assert list(effects.values()) == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_category_of_one_year_alone() -> None:
    rows = book()
    extra = cells(SECTORS, np.zeros((3, 3)), {"exports": [1, 0, 3]}, {}).filter(
        pl.col("user") == "exports"
    )
    found = growth_decomposition(pl.concat([rows, extra.with_columns(year=pl.lit(2010))]))
    factors = found.tables["factors"]
    effects = found.tables["effects"].group_by("sector").agg(pl.sum("effect"), pl.first("change"))
    assert effects["effect"].to_list() == pytest.approx(effects["change"].to_list())
    assert set(factors["factor"]) == {"technology", "mix", "categories", "level"}


def test_consumption_in_one_column_is_a_category_of_its_own() -> None:
    """Told of households or of all consumption, the same use is the same category, beside others
    that may take as much away."""

    def told_as(label: str) -> Any:
        years = []
        for at, year in enumerate((2000, 2010)):
            use = np.array(BOOK["final_demand"][at], float)
            uses = {label: use, "other uses": [-use.sum(), 0, 0], "exports": [120, 60, 40 + at]}
            rows = cells(SECTORS, BOOK["flows"][at], uses, {})
            years.append(rows.with_columns(year=pl.lit(year)))
        return growth_decomposition(pl.concat(years)).tables

    found, expected = told_as("consumption"), told_as("households")
    assert found["factors"].equals(expected["factors"])
    assert found["effects"].equals(expected["effects"])
    each = found["effects"].group_by("sector").agg(pl.sum("effect"), pl.first("change"))
    assert each["effect"].to_numpy() == pytest.approx(each["change"].to_numpy(), rel=1e-9)


def test_a_value_that_is_not_above_zero_has_no_ratio() -> None:
    years = []
    for year, final in ((2000, [5, 0]), (2010, [6, 2])):
        rows = cells(["a", "b"], [[2, 0], [0, 0]], {"households": final}, {})
        years.append(rows.with_columns(year=pl.lit(year)))
    found = growth_decomposition(pl.concat(years), demand="whole").tables["effects"]
    own = found.filter(sector="b", factor="demand").row(0, named=True)
    assert (own["effect"], own["ratio"], own["reason"]) == (
        pytest.approx(2),
        None,
        "not_above_zero",
    )


@pytest.mark.parametrize(
    ("rows", "options", "code"),
    [
        (book().filter(year=2000), {}, "one_year"),
        (book(), {"start": 2005}, "no_such_years"),
        (book(), {"start": 2010, "end": 2000}, "no_such_years"),
        (book(), {"of": "value_added"}, "no_value_added"),
        (
            book().filter(
                (pl.col("year") == 2000) | ((pl.col("supplier") != "c") & (pl.col("user") != "c"))
            ),
            {},
            "unlike_sectors",
        ),
    ],
)
def test_what_is_refused(rows: pl.DataFrame, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as raised:
        growth_decomposition(rows, **options)
    assert raised.value.code == code


def test_a_category_without_a_total_has_no_mix() -> None:
    uses = {"households": [45, 30, 25], "inventories": [5, -5, 0]}
    rows = cells(SECTORS, BOOK["flows"][0], uses, {})
    both = pl.concat([rows.with_columns(year=pl.lit(year)) for year in (2000, 2010)])
    with pytest.raises(InputError) as raised:
        growth_decomposition(both)
    assert raised.value.code == "no_level"
    whole = growth_decomposition(both, demand="whole").tables["effects"]
    assert whole["effect"].to_list() == pytest.approx([0] * 6, abs=1e-12)

"""Contribution by category: by hand, yardsticks, intervals that hold, what a table doesn't allow,
bad input named."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.citations import made_up_citations

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.contribution_profile import contribution
from firstlight.instruments.networks.contribution_profile.disruption import disruption
from firstlight.instruments.networks.contribution_profile.field_impact import field_impact
from firstlight.instruments.networks.contribution_profile.unit_values import (
    chance_of_means,
    stability_interval,
    weighted_share_interval,
)
from firstlight.result import Result
from firstlight.texts import Name

OPTIONAL = ("field", "citations", "references", "terms", "patents")


def profiled(frame: pl.DataFrame, *columns: str, **options: Any) -> Result:
    """The contribution of units by some of the columns."""
    given = {name: name if name in columns else None for name in OPTIONAL}
    return contribution(frame, contributor="unit", **given, **options)


def error_of(function: Callable[..., Result], *given: Any, **options: Any) -> str:
    with pytest.raises(InputError) as error:
        function(*given, **options)
    return error.value.code


def drawn(seed: int = 0) -> pl.DataFrame:
    """600 works of three units; unit "a" is cited twice as often, "c" combines what others don't,
    "b" is used in patents."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(600):
        unit, year = "abc"[k % 3], 2000 + k // 50
        cited = float(rng.geometric(1 / (20 if unit == "a" else 10)) - 1)
        block = rng.integers(0, 3)
        terms = {f"t{block * 6 + t}" for t in rng.choice(6, 3, replace=False)}
        if unit == "c":
            terms = {*list(terms)[:1], f"t{rng.integers(0, 18)}", f"t{rng.integers(0, 18)}"}
        patents = float(rng.random() < (0.5 if unit == "b" else 0.1))
        refs = ";".join(f"w{r:03d}" for r in rng.integers(0, k, 4)) if k > 20 else ""
        rows.append(
            (f"w{k:03d}", unit, year, "xy"[k % 2], cited, refs, ";".join(sorted(terms)), patents)
        )
    return pl.DataFrame(rows, schema=["work", "unit", "year", *OPTIONAL], orient="row")


def test_planted_strengths_stand_in_their_categories() -> None:
    found = profiled(drawn(), *OPTIONAL, draws=200)
    assert found.table["category"].unique(maintain_order=True).to_list() == [
        *("impact", "most_cited", "disruption", "novelty", "new_combinations", "patents")
    ]
    position = {(c, u): p for c, u, p in found.table.select("category", "unit", "position").rows()}
    assert [position["impact", u] for u in "abc"] == ["above", "below", "below"]
    assert position["most_cited", "a"] == "above"
    assert [position["patents", u] for u in "abc"] == ["below", "above", "below"]
    assert [position["novelty", u] for u in "abc"] == ["below", "below", "above"]
    assert position["disruption", "a"] == "within"
    apart = next(given for given in found.said if given.code == "apart")
    assert {name: own.value for name, own in apart.values.items()} == {"count": 3, "all": 3}
    assert "left_out" not in found.tables
    base = found.table.filter(category="impact")["base_value"][0]
    assert base == pytest.approx(1)
    by_weight = found.table.group_by("category").agg(
        (pl.col("value") * pl.col("works_fractional_count")).sum()
        / pl.col("works_fractional_count").sum(),
        pl.col("base_value").first(),
    )
    assert by_weight["value"].to_list() == pytest.approx(by_weight["base_value"].to_list())
    assert (found.table["value_low"] <= found.table["value"]).all() and (
        found.table["value"] <= found.table["value_high"]
    ).all()


def test_order_of_rows_does_not_matter_nor_does_another_unit() -> None:
    rows = drawn(1)
    found = profiled(rows, *OPTIONAL, draws=100)
    mixed = profiled(rows.sample(fraction=1, shuffle=True, seed=2), *OPTIONAL, draws=100)
    assert mixed.table.equals(found.table) and mixed.tables["works"].equals(found.tables["works"])
    renamed = profiled(rows.with_columns(pl.col("unit").replace("a", "z")), *OPTIONAL, draws=100)
    same = [own.table.filter(pl.col("unit").is_in(["b", "c"])) for own in (found, renamed)]
    assert same[0].equals(same[1])


def test_shared_works() -> None:
    rows = pl.DataFrame(
        {
            "work": list("aabcd"),
            "unit": ["x", "y", "x", "y", None],
            "year": 2000,
            "citations": [8, 8, 0, 0, None],
        }
    )
    half = profiled(rows, "citations").table.filter(category="impact")
    assert half["value"].to_list() == pytest.approx([1.0, 1.0])  # (0.5 x 3 + 1 x 0) / 1.5
    full = profiled(rows, "citations", counting="full").table.filter(category="impact")
    assert full["value"].to_list() == pytest.approx([1.5, 1.5])
    assert half["works_count"].to_list() == [2, 2]
    without = [own for own in profiled(rows, "citations").conventions if own.code == "without_unit"]
    assert [own.values["count"].value for own in without] == [1]


def test_what_the_table_does_not_allow_is_said() -> None:
    found = profiled(drawn(), "patents")
    assert found.tables["left_out"].rows() == [
        ("impact", "no_citations"),
        ("most_cited", "no_citations"),
        ("disruption", "no_references"),
        ("novelty", "no_terms"),
        ("new_combinations", "no_new_terms"),
    ]
    assert [given.code for given in found.said] == ["surest", "not_computed"]
    assert error_of(profiled, drawn()) == "no_category"
    few = profiled(drawn().head(20), "patents")
    assert few.table["position"].null_count() == 3 and set(few.table["reason"]) == {"too_few"}
    assert [given.code for given in few.said] == ["nobody_compared", "not_computed"]
    enough = profiled(drawn().head(20), "patents", least=5)
    assert enough.table["position"].null_count() == 0
    one = pl.DataFrame({"work": ["a"], "unit": ["x"], "year": [2000], "citations": [3]})
    assert profiled(one, "citations").table["reason"][0] == "too_few"
    assert profiled(one, "citations", least=1).table["reason"][0] == "alike"


def test_works_all_alike_have_no_interval_but_a_place() -> None:
    rows = pl.DataFrame(
        {
            "work": [f"w{k:02d}" for k in range(40)],
            "unit": ["x", "y"] * 20,
            "year": 2000,
            "citations": [6, 2] * 20,
        }
    )
    found = profiled(rows, "citations")
    assert found.table.filter(category="impact").select(
        "value", "value_low", "position"
    ).rows() == [
        (1.5, None, "above"),
        (0.5, None, "below"),
    ]
    counts = {name: found.said[0].values[name].value for name in ("count", "above", "below")}
    assert found.said[0].code == "compared", "an interval is missing, so that none is surest"
    assert counts == {"count": 2, "above": 1, "below": 1}


def test_stability_intervals_hold_the_mean() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for k in range(300):
        v = rng.exponential(size=80)
        low, high = stability_interval(v, np.ones(80), draws=300, seed=k)
        hits += low <= 1 <= high
    assert 0.90 <= hits / 300 <= 0.97  # a skewed mean's percentile interval is a little short
    assert np.isnan(stability_interval([1], [1])[0])


def test_chance_is_that_of_all_deals() -> None:
    """Three works of five to a unit: ten deals, counted one by one; and units that share works."""
    v, own = np.array([5.0, 3, 2, 1, 0]), [0, 1, 3]
    sums = [v[list(pick)].sum() for pick in combinations(range(5), 3)]
    high, low = chance_of_means(
        v, [2000] * 5, [0, 1, 3, 2, 4], [0, 0, 0, 1, 1], [1] * 5, draws=20_000
    )
    assert high[0] == pytest.approx(np.mean([x >= v[own].sum() for x in sums]), abs=0.012)
    assert low[0] == pytest.approx(np.mean([x <= v[own].sum() for x in sums]), abs=0.012)
    assert low[1] == pytest.approx(high[0], abs=0.012)  # what one has the other lacks


def test_a_unit_of_late_works_is_compared_with_late_works() -> None:
    """Use in patents rises from 10% to 60% for everyone; the newcomer works in the late years only."""
    rng = np.random.default_rng(0)
    rows = [
        (f"w{k:04d}", "new" if k % 2 and k >= 1000 else "old", 2000 + k // 200) for k in range(2000)
    ]
    frame = pl.DataFrame(rows, schema=["work", "unit", "year"], orient="row")
    used = rng.random(2000) < np.linspace(0.1, 0.6, 2000)
    found = profiled(
        frame.with_columns(patents=pl.Series(used).cast(pl.Float64)), "patents", draws=300
    ).table
    newcomer = found.filter(unit="new").row(0, named=True)
    assert newcomer["value_low"] > newcomer["base_value"] and newcomer["position"] == "within"
    assert newcomer["value_low"] < newcomer["expected_value"] < newcomer["value_high"]


def test_units_that_do_not_differ_are_seldom_told_apart() -> None:
    """Skewed citations and few works, where an interval about each mean would be wrong in a fifth
    of units."""
    rng = np.random.default_rng(0)
    sides = []
    for _ in range(3):
        rows = pl.DataFrame(
            {
                "work": [f"w{k}" for k in range(1200)],
                "unit": [f"u{k % 80:02d}" for k in range(1200)],
            }
        )
        rows = rows.with_columns(
            year=2000, citations=pl.Series(np.floor(rng.lognormal(1.5, 1.3, 1200)))
        )
        sides += (
            profiled(rows, "citations", draws=200)
            .table.filter(category="impact")["position"]
            .to_list()
        )
    told = [sides.count(side) / len(sides) for side in ("above", "below")]
    assert sum(told) < 0.1 and min(told) > 0


def test_weighted_shares_are_wilson_at_equal_weights_and_wider_at_unequal() -> None:
    even = weighted_share_interval([1, 0, 0, 0] * 5, [0.3] * 20)
    uneven = weighted_share_interval([1, 0, 0, 0] * 5, [0.1, 0.1, 0.1, 0.1, *[1.0] * 16])
    assert even == pytest.approx((0.1119, 0.4687), abs=1e-4)
    assert uneven[1] - uneven[0] > even[1] - even[0]


def test_bad_input_is_named() -> None:
    rows = drawn()
    assert error_of(profiled, rows, "patents", counting="half") == "no_choice"
    other = rows.head(1).with_columns(citations=pl.lit(99.0), unit=pl.lit("b"))
    with pytest.raises(InputError) as error:
        profiled(pl.concat([rows, other]), "citations")
    assert error.value.code == "several_values"
    values = error.value.values
    assert (values["name"], values["column"]) == (Name("w000"), Name("citations"))
    assert len(values["values"].value) == 2
    nobody = rows.with_columns(unit=pl.lit(None, pl.String))
    assert error_of(profiled, nobody, "patents") == "empty_column"


def test_several_contributors_in_a_cell_are_a_row_each() -> None:
    several = pl.DataFrame({"work": list("ab"), "unit": ["x; y", "x"], "citations": [4, 0]})
    each = pl.DataFrame({"work": list("aab"), "unit": list("xyx"), "citations": [4, 4, 0]})
    one, two = (profiled(rows.with_columns(year=2000), "citations") for rows in (several, each))
    assert one.table.equals(two.table) and one.table["works_count"].to_list()[:2] == [1, 2]


def test_draws_too_few_for_the_level_are_refused() -> None:
    rows = made_up_citations(2)
    with pytest.raises(InputError) as error:
        profiled(rows, "citations", draws=150, level=0.99)
    assert error.value.code == "too_few" and error.value.values["least"].value == 200
    found = profiled(rows, "citations", draws=200, level=0.99, top=0.025, least=1)
    said = {given.code: given.values for given in found.conventions}
    assert said["intervals"]["level"].value == pytest.approx(99)
    assert said["deals"]["rare"].value == pytest.approx(0.5)
    assert said["top"]["top"].value == pytest.approx(2.5)


def test_positions_and_p_values_agree() -> None:
    found = profiled(made_up_citations(6), "citations", "patents", draws=400, least=1).table
    assert set(found["position"]) == {"above", "below", "within"}
    for position, p in found.select("position", "p_value").iter_rows():
        assert (position == "within") == (p > 0.05), (position, p)
    rng = np.random.default_rng(0)
    alike = pl.DataFrame(
        {"work": [f"{k}" for k in range(1200)], "unit": [f"u{k % 120}" for k in range(1200)]}
    )
    alike = alike.with_columns(year=2000, citations=pl.Series(rng.poisson(5, 1200)))
    dealt = profiled(alike, "citations", draws=400, least=1).table.filter(category="impact")
    assert {p > 0.05 for p in dealt.filter(pl.col("position") != "within")["p_value"]} == {False}
    assert (dealt.filter(position="within")["p_value"] > 0.05).all()


def test_options_reach_what_they_are_of() -> None:
    rows = drawn(3)
    wide, narrow = (
        profiled(rows, *OPTIONAL, draws=100, top=top).tables["works"] for top in (0.5, 0.1)
    )
    assert wide["most_cited"].sum() == pytest.approx(5 * narrow["most_cited"].sum())
    ends = (
        rows.select(citing="work", cited=pl.col("references").str.split(";"))
        .explode("cited")
        .filter(pl.col("cited") != "")
    )
    own = (
        profiled(rows, *OPTIONAL, draws=100, horizon=2).tables["works"].select("work", "disruption")
    )
    index = disruption(rows, ends, horizon=2).select("work", disruption="disruption_index")
    assert own.equals(index.sort("work"))


def test_intervals_weigh_works_as_their_value_does() -> None:
    rows = [(f"s{k}", unit, 2000, 30.0 + k) for k in range(12) for unit in ("x", "y", "z")]
    rows += [(f"o{k}", "x", 2000, float(k % 3)) for k in range(12)]
    frame = pl.DataFrame(rows, schema=["work", "unit", "year", "citations"], orient="row")
    x = (
        profiled(frame, "citations", draws=400)
        .table.filter(category="impact", unit="x")
        .row(0, named=True)
    )
    score = field_impact(
        frame.select("work", "year", "citations").unique().with_columns(field=pl.lit("all"))
    ).table
    v = frame.filter(unit="x").join(score, on="work").sort("work")
    a = [1 / 3 if work.startswith("s") else 1.0 for work in v["work"]]
    ends = stability_interval(v["normalised_score"].to_numpy(), a, draws=400, seed=[0, crc32(b"x")])
    assert (x["value_low"], x["value_high"]) == pytest.approx(ends)

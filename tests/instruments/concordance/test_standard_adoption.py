"""Adoption of standards: every figure is computed again, pair by pair, from the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.chart import Chart
from firstlight.concordance import standards
from firstlight.errors import InputError
from firstlight.result import Result
from firstlight.texts import Count

DEGREES = ["IDT", "MOD", "NEQ", "none", None]
KNOWN = {"IDT": "identical", "MOD": "modified", "NEQ": "not_equivalent", "none": "none"}


def drawn(seed: int = 0, years: bool = False) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for standard in range(20):
        for place in "ABCDE":
            for year in (2000, 2005, 2010) if years else (None,):
                if rng.random() < 0.8:
                    rows.append((f"s{standard:02d}", place, DEGREES[rng.integers(5)], year))
    names = ["standard", "place", "degree", "year"]
    table = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return table if years else table.drop("year")


def degrees_of(table: pl.DataFrame) -> dict[tuple[str, str], str]:
    """(standard, place) -> the last degree that is known."""
    rows = table.drop_nulls("degree")
    if "year" in rows.columns:
        rows = rows.sort("year")
    return {(row["standard"], row["place"]): row["degree"] for row in rows.iter_rows(named=True)}


def codes(found: Result) -> set[str]:
    return {message.code for message in found.said}


@pytest.mark.parametrize("years", [False, True])
def test_places_and_pairs_are_counts_of_the_definitions(years: bool) -> None:
    table = drawn(years=years)
    held, found = degrees_of(table), standards(table)
    names = sorted({key[0] for key in held})
    for row in found.tables["places"].iter_rows(named=True):
        own = [held.get((name, row["place"])) for name in names]
        for degree, code in KNOWN.items():
            assert row[f"{code}_count"] == own.count(degree)
        assert row["missing_count"] == own.count(None)
        assert row["identical_share"] == pytest.approx(
            own.count("IDT") / (len(own) - own.count(None))
        )
        assert row["identical_of_all_share"] == pytest.approx(own.count("IDT") / len(names))
    assert found.tables["pairs"].height == 10
    for row in found.tables["pairs"].iter_rows(named=True):
        both = [
            (held[name, row["place_one"]], held[name, row["place_other"]])
            for name in names
            if (name, row["place_one"]) in held and (name, row["place_other"]) in held
        ]
        assert row["known_count"] == len(both)
        assert row["both_identical_count"] == both.count(("IDT", "IDT"))
        assert row["one_step_count"] == both.count(("IDT", "MOD")) + both.count(("MOD", "IDT"))
        one, other = (np.mean([pair[at] == "IDT" for pair in both]) for at in (0, 1))
        assert row["by_chance_share"] == pytest.approx(one * other)


def test_what_both_adopted_adds_up_over_standards_and_pairs() -> None:
    """n places that are identical to a standard make n (n - 1) / 2 pairs."""
    found = standards(drawn(1))
    each = found.tables["standards"]["identical_count"].to_list()
    assert found.tables["pairs"]["both_identical_count"].sum() == sum(
        n * (n - 1) // 2 for n in each
    )


def test_next_steps_gain_one_pair_for_each_place_that_is_identical() -> None:
    table = drawn(2)
    found = standards(table)
    total = found.tables["pairs"]["both_identical_count"].sum()
    step = found.tables["next_steps"].row(0, named=True)
    here = (pl.col("standard") == step["standard"]) & (pl.col("place") == step["place"])
    taken = table.with_columns(degree=pl.when(here).then(pl.lit("IDT")).otherwise(pl.col("degree")))
    after = standards(taken).tables["pairs"]["both_identical_count"].sum()
    assert after - total == step["places_count"] > 0


def test_years_show_what_held_at_the_end_of_each() -> None:
    table = drawn(3, years=True)
    found = standards(table).tables["years"]
    for row in found.iter_rows(named=True):
        held = degrees_of(table.filter(pl.col("year") <= row["year"]))
        own = [degree for (_, place), degree in held.items() if place == row["place"]]
        assert (row["known_count"], row["identical_count"]) == (len(own), own.count("IDT"))


def test_a_standard_without_a_row_is_missing_or_not_adopted() -> None:
    table = drawn(4)
    missing, none = standards(table), standards(table, absent="none")
    assert none.tables["missing"].is_empty()
    one, other = (found.tables["places"].sort("place") for found in (missing, none))
    assert (one["none_count"] + one["missing_count"]).equals(other["none_count"], check_names=False)
    assert other["identical_share"].equals(one["identical_of_all_share"], check_names=False)


@pytest.mark.parametrize("written", ["IDT", "idt", " identical ", "等同采用"])
def test_degrees_as_people_write_them(written: str) -> None:
    table = pl.DataFrame({"standard": ["s"], "place": ["A"], "degree": [written]})
    assert standards(table).tables["places"]["identical_count"].to_list() == [1]


def test_a_degree_of_the_older_guide_is_modified_and_is_said() -> None:
    table = pl.DataFrame({"standard": ["s"], "place": ["A"], "degree": ["EQV"]})
    found = standards(table)
    assert found.tables["places"]["modified_count"].to_list() == [1]
    assert "older_degree" in codes(found)


def test_a_place_that_lists_adoptions_alone_is_named() -> None:
    rows: dict[str, Any] = {
        "standard": ["s1", "s2", "s1"],
        "place": ["A", "A", "B"],
        "degree": ["IDT", "none", "IDT"],
    }
    said = {each.code: each.values for each in standards(pl.DataFrame(rows)).said}
    assert said["adopted_only"]["count"].value == 1


def test_an_unknown_degree_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        standards(pl.DataFrame({"standard": ["s"], "place": ["A"], "degree": ["IDX"]}))
    assert refused.value.code == "unknown_degree"


def test_more_places_than_colours_have_a_chart_each() -> None:
    for count, panel, line in ((4, "", "place"), (5, "place", "")):
        rows = pl.DataFrame(
            {
                "standard": ["s"] * 2 * count,
                "place": [f"p{at % count}" for at in range(2 * count)],
                "degree": ["IDT"] * 2 * count,
                "year": [2000 + at // count for at in range(2 * count)],
            }
        )
        chart = standards(rows).charts[1]
        assert isinstance(chart, Chart) and (chart.panel, chart.line) == (panel, line)


def test_no_place_is_named_first_where_none_has_adopted_a_standard_identically() -> None:
    rows = {"standard": ["S1", "S1"], "place": ["A", "B"], "degree": ["MOD", "none"]}
    found = standards(pl.DataFrame(rows))
    assert found.said[0].code == "none_identical"
    assert found.said[0].values["count"] == Count(2)
    assert "most_identical" not in codes(found)

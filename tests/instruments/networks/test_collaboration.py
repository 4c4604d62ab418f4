"""Collaboration: by hand, adding up, lists of ties, whatever the order of rows; bad input named."""

from __future__ import annotations

from itertools import combinations
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.works import BRIDGE, COMMUNITIES, made_up_works
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.works_network import Counting, joint_links, works_together
from firstlight.networks import collaboration
from firstlight.texts import Count, Name, Phrase, message


def works(seed: int, n: int = 40, members: int = 12) -> pl.DataFrame:
    """Invented works of one to five members."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"w{w}", f"m{m}", 2000 + w % 3)
        for w in range(n)
        for m in rng.integers(0, members, 1 + rng.integers(0, 5))
    ]
    return pl.DataFrame(rows, schema=["work", "member", "year"], orient="row").unique(
        maintain_order=True
    )


def said(result: Any) -> dict[str, Any]:
    return {given.code: given.values for given in result.said}


def code_of(frame: pl.DataFrame, **options: Any) -> InputError:
    with pytest.raises(InputError) as wrong:
        collaboration(frame, **options)
    return wrong.value


def test_by_hand() -> None:
    took = [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]]
    assert works_together(took, "full").toarray()[0].tolist() == [0, 2, 1, 0]
    assert works_together(took, "fractional").toarray()[0].tolist() == [0, 1.5, 0.5, 0]
    assert works_together(took, "pair").toarray()[0] == pytest.approx([0, 4 / 3, 1 / 3, 0])
    with pytest.raises(InputError) as wrong:
        works_together(took, "half")  # type: ignore[arg-type]
    assert wrong.value.code == "no_choice" and wrong.value.values["parameter"].value == "counting"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
@pytest.mark.slow
def test_counts_add_up_in_any_order(seed: int) -> None:
    rows = works(seed)
    ways = {way: collaboration(rows, counting=way) for way in get_args(Counting)}
    sizes = rows.group_by("work").len()["len"]
    table, ties = ways["fractional"].table, ways["pair"].tables["ties"]
    assert table["strength_count"].to_list() == pytest.approx(table["joint_work_count"].to_list())
    assert ties["weight_count"].sum() == pytest.approx((sizes > 1).sum())
    full = ways["full"].tables["ties"]
    assert full["weight_count"].to_list() == full["joint_work_count"].to_list()
    assert full["weight_count"].sum() == (sizes * (sizes - 1) / 2).sum()
    assert table["work_fractional_count"].sum() == pytest.approx(rows["work"].n_unique())
    mixed = collaboration(rows.sample(fraction=1, shuffle=True, seed=seed))
    assert mixed.said == ways["fractional"].said
    for name, own in ways["fractional"].tables.items():
        assert mixed.tables[name].equals(own)


def test_a_member_twice_in_a_work_counts_once() -> None:
    rows = pl.DataFrame({"work": ["a", "a", "a"], "member": ["x", "x", "y"]})
    assert joint_links(rows).rows() == [("x", "y", 1.0, 1)]


def test_a_member_without_joint_work_is_named() -> None:
    rows = pl.DataFrame({"work": ["a", "b", "b"], "member": ["x", "y", "z"]})
    result = collaboration(rows)
    alone = result.table.filter(member="x").row(0, named=True)
    assert (alone["degree_count"], alone["community"], alone["reason"]) == (0, None, "alone")
    assert said(result)["alone"]["count"] == Count(1)
    assert result.table["reason"].to_list() == [None, None, "alone"]
    assert code_of(rows.head(1)).code == "nobody_together"


def test_one_is_not_told_as_several() -> None:
    result = collaboration(pl.DataFrame({"work": ["a", "a"], "member": ["x", "y"]}))
    strongest = said(result)["strongest"]
    assert strongest["partners"] == Phrase(message("phrases.partners", count=Count(1)))
    assert strongest["works"] == Phrase(message("phrases.joint_works", count=Count(1)))
    assert "one_community" in said(result) and "communities" not in said(result)


def test_the_bridge_and_the_communities_are_found() -> None:
    rows = made_up_works().drop("term").unique(maintain_order=True)
    result = collaboration(rows)
    table = result.table
    first = table.row(0, named=True)
    assert first["member"] == BRIDGE and first["constraint"] == table["constraint"].min()
    assert first["betweenness_share"] == table["betweenness_share"].max()
    for code in ("strongest", "between", "holes", "across"):
        assert said(result)[code]["member"] == Name(BRIDGE)
    others = table.filter(pl.col("member") != BRIDGE).group_by("community")
    assert others.agg(pl.col("group").n_unique())["group"].to_list() == [1] * len(COMMUNITIES)
    drawing = result.charts[-1]
    assert isinstance(drawing, Drawing) and drawing.kind == "map"
    assert result.tables["network"].height == 41
    assert set(result.tables["network_ties"]["one"]) <= set(result.tables["network"]["node"])


def test_ties_measure_as_the_works_that_they_come_from() -> None:
    of_works = collaboration(made_up_works().select("work", "member").unique())
    ties = of_works.tables["ties"].select("member_1", partner="member_2", weight="weight_count")
    of_ties = collaboration(ties, member="member_1")
    keys = ["member", "community", "degree_count"]
    assert of_ties.table.select(keys).equals(of_works.table.select(keys))
    for name in ("strength_count", "betweenness_share", "constraint"):
        assert of_ties.table[name].to_list() == pytest.approx(of_works.table[name].to_list())
    assert "joint_work_count" not in of_ties.table.columns
    assert "strongest_ties" in said(of_ties)


def test_years_choose_ties_and_groups_too() -> None:
    rows = [
        ("x", "y", 2000, "u"),
        ("y", "z", 2001, "u"),
        ("z", "x", 2002, "v"),
        ("x", "z", 2002, "v"),
        ("x", "y", 2002, "v"),
    ]
    frame = pl.DataFrame(rows, schema=["member", "partner", "year", "group"], orient="row")
    early = collaboration(frame, until=2001)
    columns = ["member_1", "member_2", "weight_count"]
    assert early.tables["ties"].select(columns).rows() == [("x", "y", 1), ("y", "z", 1)]
    assert dict(early.table.select("member", "group").iter_rows()) == {
        "x": "u",
        "y": "u",
        "z": None,
    }
    last = collaboration(frame, last_years=1)
    assert last.tables["ties"].select(columns).rows() == [("x", "z", 2), ("x", "y", 1)]


def test_one_organisation_under_two_spellings_is_told() -> None:
    rows = [
        ("a", "Universitat Nord"),
        ("a", "Universität Nord"),
        ("b", "Laboratory 1"),
        ("b", "Laboratory 2"),
    ]
    result = collaboration(pl.DataFrame(rows, schema=["work", "member"], orient="row"))
    near = said(result)["near_names"]
    assert (near["count"], near["one"]) == (Count(1), Name("Universitat Nord"))


def test_groups_of_a_member_are_told_where_they_differ_or_lack() -> None:
    rows = [("a", "x", "u"), ("a", "y", "v"), ("b", "x", "v"), ("c", "x", "v"), ("a", "z", None)]
    frame = pl.DataFrame(rows, schema=["work", "member", "group"], orient="row")
    result = collaboration(frame)
    assert said(result)["several_groups"]["count"] == Count(1)
    assert said(result)["no_group"]["count"] == Count(1)
    groups = dict(result.table.select("member", "group").iter_rows())
    assert groups == {"x": "v", "y": "v", "z": None}


def test_a_list_of_ties_as_networks_are_published() -> None:
    """A row for each pair, whichever of both comes first, weighed by Newman's rule (2001, Physical
    Review E 64, 016132): a work of n gives each pair 1 / (n - 1), so that a member's ties sum to
    its works with others."""
    weights: dict[frozenset[str], float] = {}
    joint: dict[str, int] = {}
    for (_,), own in works(11, 300, 200).group_by("work"):
        members = own["member"].to_list()
        if len(members) == 1:
            continue
        for one in members:
            joint[one] = joint.get(one, 0) + 1
        for pair in combinations(members, 2):
            key = frozenset(pair)
            weights[key] = weights.get(key, 0) + 1 / (len(members) - 1)
    rows = [(*pair, weight) for pair, weight in weights.items()]
    names, ties = read_links(
        pl.DataFrame(rows, ["from", "to", "w"], orient="row"), "from", "to", "w"
    )
    assert (set(names), ties.nnz) == (set(joint), 2 * len(weights))
    strength = dict(zip(names, np.asarray(ties.sum(axis=1)).ravel(), strict=True))
    assert strength == pytest.approx(joint)


def test_bad_tables_are_named() -> None:
    rows = pl.DataFrame({"work": ["a", "a"], "member": ["x", "y"], "year": [2000, 2001]})
    several = code_of(rows)
    assert (several.code, several.values["name"]) == ("several_values", Name("a"))
    assert code_of(rows.drop("work", "year")).code == "no_works"
    ties = pl.DataFrame({"member": ["x", "x"], "partner": ["y", "z"], "weight": [1.0, None]})
    assert code_of(ties).values["key"] == Name("x, z")
    undated = rows.drop("year")
    for option in ("until", "last_years"):
        wrong = code_of(undated, **{option: 2000})
        assert (wrong.code, wrong.values["option"]) == ("needs", Name(option))

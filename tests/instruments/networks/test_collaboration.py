"""Collaboration: by hand, adding up, Newman's published network, whatever the order of rows; bad input named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.collaboration import collaboration, works_together

EDGES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "places" / "edges.csv"


def works(seed: int, n: int = 40, members: int = 12) -> pl.DataFrame:
    """Invented works of one to five members, some of whom stand twice."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"w{w}", f"m{m}", 2000 + w % 3)
        for w in range(n)
        for m in rng.integers(0, members, 1 + rng.integers(0, 5))
    ]
    return pl.DataFrame(rows, schema=["work", "member", "year"], orient="row")


def test_by_hand() -> None:
    took = [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]]
    assert works_together(took, "full").toarray()[0].tolist() == [0, 2, 1, 0]
    assert works_together(took, "fractional").toarray()[0].tolist() == [0, 1.5, 0.5, 0]
    assert works_together(took, "pair").toarray()[0] == pytest.approx([0, 4 / 3, 1 / 3, 0])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
@pytest.mark.slow
def test_counts_add_up_in_any_order(seed: int) -> None:
    rows = works(seed)
    held = {way: collaboration(rows, counting=way) for way in ("full", "fractional", "pair")}
    sizes = rows.unique().group_by("work").len()["len"]
    table = held["fractional"].table
    assert table["strength_count"].to_list() == pytest.approx(table["joint_work_count"].to_list())
    assert held["pair"].links["weight_count"].sum() == pytest.approx((sizes > 1).sum())
    assert (
        held["full"].links["weight_count"].to_list()
        == held["full"].links["joint_work_count"].to_list()
    )
    assert held["full"].links["weight_count"].sum() == (sizes * (sizes - 1) / 2).sum()
    assert table["work_fractional_count"].sum() == pytest.approx(rows["work"].n_unique())
    mixed = collaboration(rows.sample(fraction=1, shuffle=True, seed=seed))
    assert mixed.table.equals(table)
    assert mixed.links.equals(held["fractional"].links)


def test_years_and_windows() -> None:
    rows = works(1)
    by_year = collaboration(rows, year="year").table
    alone = collaboration(rows.filter(pl.col("year") == 2001)).table
    assert by_year.filter(pl.col("year") == 2001).drop("year").equals(alone)
    windows = (
        collaboration(rows, year="year", window=3).table.filter(pl.col("year") == 2002).drop("year")
    )
    assert windows.equals(collaboration(rows).table)
    assert "2002年，" in collaboration(rows, year="year").summary("zh")


def test_a_member_without_joint_work_is_named() -> None:
    rows = pl.DataFrame({"work": ["a", "b", "b"], "member": ["x", "y", "z"]})
    found = collaboration(rows)
    assert found.table.row(0, named=True)["reason_zh"] == "无合作成果，无联系可测"
    assert "1 members have no joint work" in found.summary()
    assert collaboration(rows.head(1)).links.height == 0


@pytest.mark.skipif(not EDGES.exists(), reason="needs shared/data/places/edges.csv")
def test_newmans_network_of_network_science() -> None:
    """1,589 members and 2,742 ties as published (Newman 2006, Physical Review E 74, 036104): strength is a whole number."""
    names, ties = read_links(pl.read_csv(EDGES), "from", "to", "w")
    assert (len(names), ties.nnz // 2) == (
        1461,
        2742,
    )  # 128 of the 1,589 have no tie, and so no row
    strength = np.asarray(ties.sum(axis=1)).ravel()
    assert (
        np.abs(strength - np.rint(strength)).max() < 0.01
    )  # weights have few decimals in the file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"member": ["x", None]}, "nothing in column"),
        ({"member": ["x", " "]}, "nothing in column"),
        ({"year": [2000, 2001]}, "has 2 years"),
        ({"year": [2000.5, 2001]}, "year 2000.5"),
    ],
)
def test_bad_rows_are_named(change: dict[str, list[object]], said: str) -> None:
    rows = pl.DataFrame(
        {"work": ["a", "a"], "member": ["x", "y"], "year": [2000, 2000]} | change, strict=False
    )
    with pytest.raises(InputError, match=said):
        collaboration(rows, year="year")


def test_bad_options_are_named() -> None:
    rows = works(0)
    with pytest.raises(InputError, match="counting 'half'"):
        collaboration(rows, counting="half")
    with pytest.raises(InputError, match="window 0"):
        collaboration(rows, year="year", window=0)
    with pytest.raises(InputError, match="no rows"):
        collaboration(rows.head(0))

"""Brokerage: against an independent library, against plain counting, adding up; bad input named."""

from __future__ import annotations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.networks.brokerage import (
    brokerage,
    brokerage_roles,
    structural_holes,
)
from firstlight.networks import collaboration

ROLES = ("coordinator", "gatekeeper", "representative", "consultant", "liaison")


def arcs(seed: int, n: int = 12, density: float = 0.25) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = (rng.random((n, n)) < density) * rng.integers(1, 5, (n, n)).astype(float)
    np.fill_diagonal(found, 0)
    return found


def counted(ties: np.ndarray, groups: list[str]) -> dict[str, list[int]]:
    """The roles by looking at every ordered pair around every member."""
    n = len(groups)
    found = {role: [0] * n for role in ROLES}
    for a, b, c in np.ndindex(n, n, n):
        if len({a, b, c}) == 3 and ties[a, b] and ties[b, c] and not ties[a, c]:
            x, y, z = groups[a], groups[b], groups[c]
            if x == y == z:
                role = "coordinator"
            elif y == z:
                role = "gatekeeper"
            elif x == y:
                role = "representative"
            else:
                role = "consultant" if x == z else "liaison"
            found[role][b] += 1
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), kinds=st.integers(1, 5), is_directed=st.booleans())
def test_roles_as_counted(seed: int, kinds: int, is_directed: bool) -> None:
    ties = arcs(seed)
    ties = ties if is_directed else ties + ties.T
    groups = [str(g) for g in np.random.default_rng(seed).integers(0, kinds, len(ties))]
    found = brokerage_roles(ties, groups)
    assert {role: n.tolist() for role, n in found.items()} == counted(ties, groups)
    if not is_directed:
        assert found["gatekeeper"].tolist() == found["representative"].tolist()
    other = brokerage_roles(ties, ["all"] * len(groups))
    assert sum(found.values()).tolist() == other["coordinator"].tolist()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_directed", [False, True])
def test_structural_holes_as_networkx(seed: int, is_directed: bool) -> None:
    ties = arcs(seed, density=0.15 + 0.05 * seed)
    ties = ties if is_directed else ties + ties.T
    peer = nx.from_numpy_array(ties, create_using=nx.DiGraph if is_directed else nx.Graph)
    found = structural_holes(ties)
    constraint = np.array(list(nx.constraint(peer, weight="weight").values()))
    # Member by member, as networkx's shortcut for all members at once (3.x) departs from its own
    # definition.
    effective = np.array(list(nx.effective_size(peer, nodes=list(peer), weight="weight").values()))
    alone = (ties + ties.T).sum(axis=1) == 0
    assert found.constraint[~alone] == pytest.approx(constraint[~alone], rel=1e-12)
    some = ~np.isnan(effective)  # of a member that only receives networkx says nothing
    assert found.effective_size[some] == pytest.approx(effective[some], rel=1e-12)
    assert np.isnan(found.constraint[alone]).all()


def test_without_weights_as_borgatti() -> None:
    """Effective size without weights is n - 2 t / n, t the ties among n partners (Borgatti 1997)."""
    ties = ((arcs(4) + arcs(4).T) > 0) * 1.0
    n, t = ties.sum(axis=1), ((ties @ ties) * ties).sum(axis=1) / 2
    assert structural_holes(ties).effective_size == pytest.approx(n - 2 * t / n)
    assert structural_holes(1e-9 * ties).constraint == pytest.approx(
        structural_holes(1e12 * ties).constraint
    )


def test_frame() -> None:
    rows = pl.DataFrame(
        {"member_1": ["a", "b", "c"], "member_2": ["b", "c", "d"], "w": [1.0, 2.0, 3.0]}
    )
    groups = {"a": "u", "b": "u", "c": "v", "d": "v"}
    table = brokerage(rows, weight="w", groups=groups)
    assert table["brokered_count"].to_list() == [0, 2, 2, 0]
    assert table["gatekeeper_count"].to_list() == [0, 1, 1, 0]
    assert brokerage(rows.reverse(), weight="w", groups=groups).equals(table)
    nothing = brokerage(rows.head(0).cast({"member_1": pl.String, "member_2": pl.String}))
    assert nothing.height == 0
    lone = brokerage(pl.DataFrame({"member_1": ["a"], "member_2": ["a"]}))
    assert lone["constraint"].to_list() == [None]


def test_bad_input_is_named() -> None:
    rows = pl.DataFrame({"member_1": ["a"], "member_2": ["b"]})
    with pytest.raises(InputError) as wrong:
        brokerage(rows, groups={"a": "u"})
    assert wrong.value.code == "value_missing" and wrong.value.values["key"].value == "b"
    with pytest.raises(InputError) as wrong:
        brokerage_roles([[0, 1], [1, 0]], ["u"])
    assert (
        wrong.value.code == "wrong_shape"
        and wrong.value.values["shape"].value == "(1,)"
        and wrong.value.values["wanted"].value == "(2,)"
    )


def test_nobody_brokers_between_groups_where_all_are_of_one() -> None:
    rows = pl.DataFrame({"member_1": ["a", "b"], "member_2": ["b", "c"]})
    table = brokerage(rows, groups=dict.fromkeys("abc", "u"))
    assert table["coordinator_count"].to_list() == [0, 2, 0]
    across = ("gatekeeper_count", "representative_count", "consultant_count", "liaison_count")
    assert table.select(pl.sum_horizontal(across)).to_series().to_list() == [0, 0, 0]
    ties = rows.rename({"member_1": "member", "member_2": "partner"})
    ties = pl.concat([ties, ties.tail(1).select(member="partner", partner="member")])
    result = collaboration(ties.with_columns(group=pl.lit("u")))
    assert "holes" in {given.code for given in result.said}
    assert "across" not in {given.code for given in result.said}


def test_some_rows_at_a_time_are_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = nx.to_scipy_sparse_array(nx.barabasi_albert_graph(61, 5, seed=3))
    groups = [str(k % 3) for k in range(61)]
    whole, roles = structural_holes(weights), brokerage_roles(weights, groups)
    monkeypatch.setattr("firstlight.instruments.networks.brokerage.ROWS", 7)
    parts, own = structural_holes(weights), brokerage_roles(weights, groups)
    for name in ("constraint", "effective_size", "efficiency"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    for role, count in roles.items():
        np.testing.assert_array_equal(own[role], count)
    assert structural_holes(np.zeros((0, 0))).constraint.size == 0

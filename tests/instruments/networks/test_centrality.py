"""Centrality: against an independent library, by hand, under permutation and change of unit; bad
networks are named."""

from __future__ import annotations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import adjacency, read_links
from firstlight.instruments.networks.collaboration_network.centrality import (
    betweenness,
    centrality,
    closeness,
)


def network(seed: int, n: int = 25, density: float = 0.12) -> np.ndarray:
    """An invented undirected network with whole weights (so that paths tie), often in parts."""
    rng = np.random.default_rng(seed)
    upper = np.triu((rng.random((n, n)) < density) * rng.integers(1, 5, (n, n)), 1).astype(float)
    return upper + upper.T


def graph(weights: np.ndarray) -> nx.Graph:
    found = nx.from_numpy_array(weights)
    for _, _, tie in found.edges(data=True):
        tie["length"] = 12 / tie["weight"]  # whole numbers: ties between paths are exact
    return found


@pytest.mark.parametrize("seed", range(8))
def test_as_networkx(seed: int) -> None:
    weights = network(seed, density=0.05 + 0.03 * seed)
    peer = graph(weights)
    for length, key in (("steps", None), ("inverse_weight", "length")):
        found = centrality(weights, length)
        assert found.betweenness == pytest.approx(
            list(nx.betweenness_centrality(peer, weight=key).values()), abs=1e-12
        )
        scale = (
            12 / weights.max() if key else 1.0
        )  # closeness is told in units of the strongest tie
        near = np.array(list(nx.closeness_centrality(peer, distance=key).values()))
        assert found.closeness == pytest.approx(near * scale, abs=1e-12)
        even = np.array(list(nx.harmonic_centrality(peer, distance=key).values())) / (len(peer) - 1)
        assert closeness(weights, length, "harmonic") == pytest.approx(even * scale, abs=1e-12)
    assert found.degree.tolist() == [k for _, k in peer.degree()]
    assert found.strength.tolist() == [k for _, k in peer.degree(weight="weight")]


@pytest.mark.slow
def test_many_sources_at_a_time_are_as_one() -> None:
    peer = nx.barabasi_albert_graph(600, 2, seed=1)
    found = betweenness(nx.to_scipy_sparse_array(peer, nodelist=range(600)), is_share=False)
    assert found == pytest.approx(
        list(nx.betweenness_centrality(peer, normalized=False).values()), rel=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.floats(1e-9, 1e12))
def test_order_and_unit_change_nothing(seed: int, unit: float) -> None:
    weights = network(seed, 14, 0.2)
    order = np.random.default_rng(seed).permutation(14)
    one, two = (
        centrality(weights, "inverse_weight"),
        centrality(unit * weights[np.ix_(order, order)], "inverse_weight"),
    )
    assert two.betweenness == pytest.approx(one.betweenness[order], abs=1e-12)
    assert two.closeness == pytest.approx(one.closeness[order], abs=1e-12)
    assert two.strength == pytest.approx(unit * one.strength[order], rel=1e-12)


def test_paths_add_up() -> None:
    """Betweenness summed over members is the mean number of members inside shortest paths, over all
    pairs."""
    weights = network(3, 30, 0.2)
    d = dict(nx.all_pairs_shortest_path_length(graph(weights)))
    inside = sum(d[i][j] - 1 for i in d for j in d[i] if j > i)
    assert betweenness(weights, is_share=False).sum() == pytest.approx(inside)


def test_small_and_empty_networks() -> None:
    assert centrality(np.zeros((3, 3))).closeness.tolist() == [0, 0, 0]
    assert centrality(np.zeros((1, 1))).betweenness.tolist() == [0]
    assert centrality([[0, 2], [2, 0]], "inverse_weight").closeness.tolist() == [1, 1]
    star = np.zeros((5, 5))
    star[0, 1:] = star[1:, 0] = 1
    assert centrality(star).betweenness.tolist() == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ([[0, -1], [-1, 0]], "value_too_low"),
        ([[0, np.nan], [np.nan, 0]], "value_too_low"),
        ([[0, np.inf], [np.inf, 0]], "value_too_low"),
        ([[0, 1e308], [1e308, 0]], "too_large"),
        ([[0, 1], [0, 0]], "not_symmetric"),
        ([[0, 1, 1], [1, 0, 1]], "wrong_shape"),
    ],
)
def test_a_bad_network_is_named(weights: list[list[float]], code: str) -> None:
    with pytest.raises(InputError) as wrong:
        centrality(weights)
    assert wrong.value.code == code


def test_links_of_a_frame() -> None:
    rows = pl.DataFrame({"a": ["x", "y", "x"], "b": ["y", "x", "x"], "w": [1.0, 2.0, 9.0]})
    names, ties = read_links(rows, "a", "b", "w")
    assert names == ["x", "y"]
    assert ties.toarray().tolist() == [[0, 3], [3, 0]]
    assert read_links(rows, "a", "b", "w", is_directed=True)[1].toarray().tolist() == [
        [0, 1],
        [2, 0],
    ]
    for bad in (None, -1.0):
        with pytest.raises(InputError) as wrong:
            read_links(rows.with_columns(w=pl.Series([1.0, 2.0, bad])), "a", "b", "w")
        assert wrong.value.code == ("value_missing" if bad is None else "value_too_low")
        assert wrong.value.values["key"].value.startswith("x, ")
    with pytest.raises(InputError) as wrong:
        closeness(adjacency([[0]]), "far")
    assert wrong.value.code == "no_choice" and wrong.value.values["parameter"].value == "length"
    with pytest.raises(InputError) as wrong:
        closeness(adjacency([[0]]), kind="near")
    assert wrong.value.code == "no_choice" and wrong.value.values["parameter"].value == "kind"


@pytest.mark.parametrize("length", ["steps", "inverse_weight"])
def test_long_walks_are_told_of(length: str) -> None:
    ring = np.roll(np.eye(70), 1, axis=1)
    steps: list[tuple[int, int]] = []
    quiet = centrality(ring + ring.T, length)
    said = centrality(ring + ring.T, length, lambda done, of: steps.append((done, of)))
    assert len(steps) == 3
    assert {of for _, of in steps} == {70} and steps == sorted(steps)
    np.testing.assert_array_equal(quiet.betweenness, said.betweenness)


def test_sides_that_differ_in_ties_are_summed_alike() -> None:
    """Hubs beside rings and a lone pair: levels outwards and inwards are taken from the members or
    from who waits for them."""
    peer = nx.disjoint_union_all(
        [
            nx.barabasi_albert_graph(150, 4, seed=2),
            nx.cycle_graph(41),
            nx.star_graph(60),
            nx.path_graph(2),
        ]
    )
    peer = nx.contracted_nodes(peer, 0, 150, self_loops=False)
    order = list(np.random.default_rng(0).permutation(list(peer)))
    ties = nx.to_scipy_sparse_array(peer, nodelist=order)
    found = centrality(ties)
    own, near = nx.betweenness_centrality(peer), nx.closeness_centrality(peer)
    assert found.betweenness == pytest.approx([own[k] for k in order], rel=1e-12, abs=1e-15)
    assert found.closeness == pytest.approx([near[k] for k in order], rel=1e-12)


@pytest.mark.parametrize("length", ["steps", "inverse_weight"])
def test_paths_too_many_for_a_number_are_refused(length: str) -> None:
    """Threes one after another, each tied to all of the next: 3 ** 660 paths from end to end."""
    first, second = np.nonzero(np.ones((3, 3)))
    rows, columns = ((3 * np.arange(660)[:, None] + side).ravel() for side in (first, second + 3))
    half = sparse.coo_array((np.ones(rows.size), (rows, columns)), shape=(3 * 661, 3 * 661))
    with pytest.raises(InputError) as wrong:
        betweenness(half + half.T, length)
    assert wrong.value.code == "many_paths"

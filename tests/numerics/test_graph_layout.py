"""Layouts beside networkx's of the same criterion, the backbone beside its spanning tree, and what
must not change them."""

from __future__ import annotations

import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist

from firstlight.errors import InputError
from firstlight.numerics.graph_layout import backbone, layout


def table(graph: nx.Graph) -> np.ndarray:
    return nx.to_numpy_array(graph, weight=None)


def stress(at: np.ndarray, links: np.ndarray) -> float:
    """Of the best scaling of a layout."""
    apart, now = shortest_path(links, unweighted=True), cdist(at, at)
    weight = np.divide(1.0, apart**2, out=np.zeros_like(apart), where=apart > 0)
    scale = (weight * apart * now).sum() / (weight * now**2).sum()
    return float((weight * (scale * now - apart) ** 2).sum())


@pytest.mark.parametrize(
    "graph",
    [
        pytest.param(
            nx.connected_watts_strogatz_graph(120, 6, 0.05, seed=1), marks=pytest.mark.slow
        ),
        pytest.param(nx.balanced_tree(3, 4), marks=pytest.mark.slow),
        nx.grid_2d_graph(10, 8),
    ],
    ids=["small world", "tree", "grid"],
)
def test_the_stress_is_that_of_another_minimiser(graph: nx.Graph) -> None:
    links = table(graph)
    other = nx.kamada_kawai_layout(graph, weight=None)
    theirs = stress(np.array([other[node] for node in graph]), links)
    assert stress(layout(links), links) < 1.02 * theirs
    random = np.random.default_rng(0).normal(size=(len(links), 2))
    assert stress(random, links) > 2 * theirs


def test_a_path_is_drawn_as_a_line_across() -> None:
    at = layout(table(nx.path_graph(9)))
    order = at[:, 0] if at[0, 0] < at[-1, 0] else -at[:, 0]
    assert np.diff(order) == pytest.approx([0.25] * 8, abs=0.02) and np.abs(at[:, 1]).max() < 0.02


def test_components_stand_apart_and_lone_nodes_too() -> None:
    graph = nx.disjoint_union_all([nx.cycle_graph(12), nx.complete_graph(4), nx.empty_graph(3)])
    at = layout(table(graph))
    assert np.isfinite(at).all() and np.abs(at).max() == pytest.approx(1)
    parts = [range(12), range(12, 16), [16], [17], [18]]
    boxes = [(at[list(part)].min(axis=0), at[list(part)].max(axis=0)) for part in parts]
    for place, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[place + 1 :]:
            assert (high < other_low).any() or (other_high < low).any()


@pytest.mark.parametrize("size", [0, 1, 2])
def test_hardly_any_nodes(size: int) -> None:
    at = layout(np.ones((size, size)))
    assert at.shape == (size, 2) and np.isfinite(at).all()


def test_leaves_of_one_node_do_not_fall_together() -> None:
    at = layout(table(nx.star_graph(12)))
    apart = cdist(at, at)[np.triu_indices(13, 1)]
    assert apart.min() > 0.1


def test_a_component_too_large_for_all_pairs_is_placed_by_pivots() -> None:
    at = layout(nx.to_scipy_sparse_array(nx.grid_2d_graph(50, 32)))
    assert at.shape == (1600, 2) and np.unique(at.round(6), axis=0).shape[0] > 1590
    step = np.linalg.norm(at[0] - at[1])
    assert step < 0.1 * np.linalg.norm(at[0] - at[-1])


@pytest.mark.slow
def test_the_same_bytes_whatever_the_threads() -> None:
    code = (
        "import hashlib, networkx as nx; from firstlight.numerics.graph_layout import layout;"
        "at = layout(nx.to_scipy_sparse_array(nx.connected_watts_strogatz_graph(300, 4, 0.1, seed=3)), seed=5);"
        "print(hashlib.sha256(at.tobytes()).hexdigest())"
    )
    said = set()
    for threads in ("1", "2"):
        own = {
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        run = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | own, capture_output=True, check=True
        )
        said.add(run.stdout)
    assert len(said) == 1


def test_the_backbone_is_the_maximum_spanning_tree_and_the_strongest_links() -> None:
    rng = np.random.default_rng(4)
    half = np.triu(rng.random((40, 40)), 1)
    weights = half + half.T
    tree = nx.maximum_spanning_tree(nx.from_numpy_array(weights))
    alone = backbone(weights, links_per_node=0)
    assert alone.nnz == 2 * 39 and alone.sum() / 2 == pytest.approx(tree.size(weight="weight"))
    kept = backbone(csr_array(weights), links_per_node=3).toarray()
    assert (
        (kept > 0).sum() == 240 and (kept == kept.T).all() and (kept[alone.toarray() > 0] > 0).all()
    )
    assert set(kept[kept > 0]) <= set(weights.ravel())
    in_tree = alone.toarray() > 0
    left_out = (kept == 0) & (weights > 0)
    assert weights[left_out].max() < kept[(kept > 0) & ~in_tree].min()


def test_the_backbone_of_ties_and_of_parts() -> None:
    weights = nx.to_numpy_array(nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(4)))
    kept = backbone(weights, links_per_node=0)
    assert (
        kept.nnz == 2 * (4 + 3)
        and (kept.toarray() == backbone(csr_array(weights), links_per_node=0).toarray()).all()
    )
    assert backbone(np.zeros((3, 3))).nnz == 0


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ([[0, 1], [0, 0]], "links_by_direction"),
        ([[0, -1], [-1, 0]], "link_below_zero"),
        ([[0, np.nan], [np.nan, 0]], "link_below_zero"),
        ([[0, 1, 0], [1, 0, 0]], "not_square"),
    ],
)
def test_what_is_no_network_is_refused(weights: list[list[float]], code: str) -> None:
    for function in (layout, backbone):
        with pytest.raises(InputError) as told:
            function(weights)
        assert told.value.code == code


@pytest.mark.parametrize(
    "graph",
    [
        nx.cycle_graph(24),
        nx.grid_2d_graph(6, 6),
        nx.star_graph(9),
        nx.karate_club_graph(),
        nx.balanced_tree(2, 4),
    ],
)
def test_axes_that_another_solver_would_choose_change_nothing(
    graph: nx.Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = nx.to_scipy_sparse_array(graph, weight=None)
    expected, own, draws = layout(weights), np.linalg.eigh, np.random.default_rng(0)

    def another(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = own(matrix)
        vectors = vectors * draws.choice([-1.0, 1.0], len(values))
        for value in np.unique(values.round(6)):
            alike = np.flatnonzero(np.abs(values - value) < 1e-7 * values.max())
            turn, _ = np.linalg.qr(draws.normal(size=(len(alike), len(alike))))
            vectors[:, alike] = vectors[:, alike] @ turn
        return values + draws.normal(scale=1e-13, size=len(values)) * values.max(), vectors

    monkeypatch.setattr(np.linalg, "eigh", another)
    for _ in range(3):
        assert np.abs(layout(weights) - expected).max() < 1e-4


def test_no_generator_of_random_numbers_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np.random, "default_rng")
    assert layout(nx.to_scipy_sparse_array(nx.path_graph(5)), seed=3).shape == (5, 2)

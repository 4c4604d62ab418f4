"""Link indices by hand and against another way of counting; figures of a pair do not hang on its order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from firstlight.instruments.emergence.convergence import TermNetwork
from firstlight.instruments.emergence.convergence_features import FEATURES, link_indices, pair_features


def network_of(links: dict[str, int], letters: str, context: np.ndarray | None = None) -> TermNetwork:
    """A network from pairs of letters and their documents."""
    dense = np.zeros((len(letters), len(letters)))
    for pair, documents in links.items():
        i, j = (letters.index(letter) for letter in pair)
        dense[i, j] = dense[j, i] = documents
    matrix = sparse.csr_matrix(dense)
    count = dense.sum(axis=0)
    places = np.zeros((len(letters), 2)) if context is None else context
    half = np.maximum(count - 1, 0)
    return TermNetwork(
        2004, tuple(letters), matrix, matrix, count, half, {1: half, 3: half}, count + 1, places, np.ones(2), 100
    )


def test_indices_by_hand() -> None:
    """x and y share p (3 links: x, y, q) and q (3 links: x, y, p); x is also linked to r.

    k_x = 3, k_y = 2; documents: x-p 4, y-p 1, x-q 2, y-q 3, p-q 5, x-r 1. Row sums: p 10, q 10.
    """
    network = network_of({"xp": 4, "yp": 1, "xq": 2, "yq": 3, "pq": 5, "xr": 1}, "xypqr")
    found = {name: float(own[0]) for name, own in link_indices(network, np.array([0]), np.array([1])).items()}
    assert found == {
        "common_neighbours": 2,
        "adamic_adar": pytest.approx(2 / math.log(3)),
        "resource_allocation": pytest.approx(2 / 3),
        "preferential_attachment": 6,
        "jaccard": pytest.approx(2 / 3),
        "cosine": pytest.approx(2 / math.sqrt(6)),
        "weighted_common_neighbours": 4 * 1 + 2 * 3,
        "weighted_resource_allocation": pytest.approx((4 * 1 + 2 * 3) / 10),
    }


def test_indices_agree_with_products_of_whole_matrices() -> None:
    rng = np.random.default_rng(3)
    dense = np.triu(rng.poisson(0.6, (40, 40)), 1)
    letters = "".join(chr(200 + i) for i in range(40))
    links = {letters[i] + letters[j]: int(dense[i, j]) for i, j in zip(*np.nonzero(dense), strict=True)}
    network = network_of(links, letters)
    w = dense + dense.T
    a, k, s = (w > 0).astype(float), (w > 0).sum(axis=0), w.sum(axis=0)
    first, second = np.triu_indices(40, 1)
    found = link_indices(network, first, second)
    expected = {
        "common_neighbours": a @ a,
        "adamic_adar": a @ np.diag(1 / np.log(np.maximum(k, 2))) @ a,
        "resource_allocation": a @ np.diag(1 / np.maximum(k, 1)) @ a,
        "preferential_attachment": np.outer(k, k),
        "weighted_common_neighbours": w @ w,
        "weighted_resource_allocation": w @ np.diag(1 / np.maximum(s, 1)) @ w,
    }
    for name, whole in expected.items():
        np.testing.assert_allclose(found[name], whole[first, second], rtol=1e-12)


def test_figures_of_a_pair_do_not_hang_on_its_order() -> None:
    rng = np.random.default_rng(5)
    network = network_of({"ab": 3, "bc": 2, "cd": 1, "bd": 7, "ce": 2}, "abcde", rng.normal(size=(5, 2)))
    first, second = np.triu_indices(5, 1)
    one, _ = pair_features(network, first, second)
    other, _ = pair_features(network, second, first)
    assert one.shape == (10, len(FEATURES))
    assert np.isfinite(one).all()
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_context_lift_is_the_regression_of_one_term_on_the_places_of_another() -> None:
    """On centred whitened places, 1 + the product of both means is what least squares expects, over chance."""
    rng = np.random.default_rng(6)
    places = rng.normal(size=(4000, 2))
    places = (places - places.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(places.T, bias=True))).T
    uses = rng.random((4000, 2)) < 1 / (1 + np.exp(2 - places))
    means = np.array([places[own].mean(axis=0) for own in uses.T])
    network = network_of({"ab": 1}, "ab", means)
    figures, _ = pair_features(network, np.array([0]), np.array([1]))
    lift = math.exp(figures[0, FEATURES.index("context_lift")])
    design = np.column_stack([np.ones(4000), places])
    fitted = design @ np.linalg.lstsq(design, uses[:, 0].astype(float), rcond=None)[0]
    assert lift == pytest.approx(fitted[uses[:, 1]].mean() / uses[:, 0].mean(), rel=1e-6)

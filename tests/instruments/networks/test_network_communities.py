"""Communities: planted ones are found, quality as an independent library computes it, and nothing
hangs on order or seed of names."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.networks.communities import communities, partition_quality


def planted(
    seed: int, sizes: tuple[int, ...], within: float = 0.6, between: float = 0.03
) -> tuple[np.ndarray, np.ndarray]:
    """A network whose members tie often within their block and seldom across."""
    rng, block = np.random.default_rng(seed), np.repeat(np.arange(len(sizes)), sizes)
    chance = np.where(block[:, None] == block[None], within, between)
    upper = np.triu(rng.random(chance.shape) < chance, 1) * rng.integers(1, 4, chance.shape)
    return (upper + upper.T).astype(float), block


@pytest.mark.parametrize("seed", range(5))
def test_planted_blocks_are_found(seed: int) -> None:
    weights, block = planted(seed, (20, 16, 12))
    found = communities(weights)
    assert found.community.tolist() == block.tolist(), "the largest is 0, and so on"
    again = communities(weights, seed=seed + 1)
    assert again.modularity == pytest.approx(found.modularity)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), resolution=st.floats(0.3, 3))
def test_quality_as_networkx(seed: int, resolution: float) -> None:
    weights, _ = planted(seed, (8, 7, 5), 0.5, 0.1)
    label = np.random.default_rng(seed).integers(0, 4, len(weights))
    inside, quality = partition_quality(weights, label, resolution)
    groups = [set(np.flatnonzero(label == k)) for k in range(4)]
    expected = nx.community.modularity(
        nx.from_numpy_array(weights), [g for g in groups if g], resolution=resolution
    )
    assert quality == pytest.approx(expected)
    found = communities(weights, resolution)
    assert found.modularity >= quality - 1e-12, "no worse than a partition at random"
    assert 0 <= inside <= 1


def test_members_without_ties_and_networks_without_any() -> None:
    found = communities([[0, 2, 0], [2, 0, 0], [0, 0, 0]])
    assert found.community.tolist() == [0, 0, -1] and found.inside_share == 1
    none = communities(np.zeros((3, 3)))
    assert none.community.tolist() == [-1, -1, -1] and np.isnan(none.modularity)
    with pytest.raises(InputError) as wrong:
        communities([[0, 1], [1, 0]], 0)
    assert wrong.value.code == "not_between"

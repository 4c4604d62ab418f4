"""Rarefaction equals the mean over all samples, keeps its bounds, and refuses what isn't counted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.complexity import rarefied_diversity
from firstlight.errors import InputError

COUNTS = st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(lambda row: 0 < sum(row) <= 9)


@given(COUNTS, st.integers(1, 9))
def test_the_mean_over_every_sample(counts: list[int], size: int) -> None:
    units = [activity for activity, count in enumerate(counts) for _ in range(count)]
    found = rarefied_diversity([counts], size)[0]
    if size > len(units):
        assert np.isnan(found)
        return
    assert found == pytest.approx(np.mean([len(set(drawn)) for drawn in combinations(units, size)]))


def test_ends_and_large_counts() -> None:
    table = np.array([[1e9, 1e9, 1.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert rarefied_diversity(table, 1).round(9).tolist()[:2] == [
        1.0,
        1.0,
    ]  # all the digits of large counts
    assert rarefied_diversity(table[:1], int(table[0].sum()))[0] == 3
    assert rarefied_diversity(table, 2)[0] == pytest.approx(1.5, abs=1e-6)
    assert np.isnan(rarefied_diversity(table, 2)[2])


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        rarefied_diversity([[1.5, 2]], 1)
    assert caught.value.code == "part_of_a_unit"
    with pytest.raises(InputError) as caught:
        rarefied_diversity([[1, 2]], 0)
    assert caught.value.code == "no_sample"

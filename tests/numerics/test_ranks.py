"""Ranks are those of `scipy.stats`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from firstlight.numerics.ranks import average_ranks


@given(st.lists(st.integers(-3, 3).map(lambda n: n / 2), max_size=12))
def test_equal_values_share_the_mean_of_their_ranks(values: list[float]) -> None:
    np.testing.assert_array_equal(average_ranks(values), rankdata(values))

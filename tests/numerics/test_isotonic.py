"""Rising rates are those of an independent implementation, and what the theory says of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.isotonic import IsotonicRegression

from firstlight.numerics.isotonic import rising_rates


def test_the_rates_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    amounts, totals = rng.poisson(5, (40, 15)).astype(float), rng.uniform(1, 9, 15)
    at = np.arange(15)
    known = [
        IsotonicRegression().fit(at, row / totals, sample_weight=totals).predict(at)
        for row in amounts
    ]
    assert np.abs(rising_rates(amounts, totals) - np.array(known)).max() < 1e-12


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(float, st.integers(1, 12), elements=st.integers(0, 50).map(float)))
def test_rising_whole_and_at_rest(amounts: np.ndarray) -> None:  # type: ignore[type-arg]
    """Never falls, keeps the sum, and leaves alone what rises already."""
    totals = np.ones(amounts.size)
    found = rising_rates(amounts, totals)
    assert (np.diff(found) >= -1e-12).all()
    assert np.isclose((found * totals).sum(), amounts.sum())
    assert np.allclose(rising_rates(found, totals), found)
    assert np.allclose(rising_rates(np.sort(amounts), totals), np.sort(amounts))

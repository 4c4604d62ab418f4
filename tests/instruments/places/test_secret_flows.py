"""Bounds of local bias over secret flows, against every corner, against draws within, and at the
turns."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.places.home_bias.bias_bounds import MEASURES, local_bias_bounds
from firstlight.instruments.places.home_bias.bias_measures import freeness_of_trade, local_bias_of


def intervals(seed: int, n: int, hidden: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    low = rng.gamma(0.7, 5, (n, n)) + 0.01
    high = low.copy()
    cells = rng.choice(n * n, size=min(hidden, n * n), replace=False)
    high.ravel()[cells] += rng.gamma(0.7, 8, cells.size)
    return low, high


@settings(deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 4), st.integers(0, 6))
def test_no_table_within_leaves_the_bounds(seed: int, n: int, hidden: int) -> None:
    low, high = intervals(seed, n, hidden)
    found = local_bias_bounds(low, high)
    rng = np.random.default_rng(seed + 1)
    cells = np.flatnonzero((high > low).ravel())
    corners = [np.array(own, dtype=float) for own in product((0, 1), repeat=cells.size)]
    for part in [*corners, *rng.random((30, cells.size))]:
        table = low.copy()
        table.ravel()[cells] += part * (high - low).ravel()[cells]
        for name, values in zip(MEASURES, local_bias_of(table), strict=True):
            least, most = found.places[name].T
            assert (values >= least - 1e-9).all() and (values <= most + 1e-9).all(), name
        free = freeness_of_trade(table)
        assert (free >= found.freeness[..., 0] - 1e-9).all() and (
            free <= found.freeness[..., 1] + 1e-9
        ).all()
        home = np.trace(table) / table.sum()
        assert found.home[0] - 1e-12 <= home <= found.home[1] + 1e-12


@given(st.integers(0, 100_000), st.integers(2, 5))
def test_without_secrets_both_ends_are_the_value(seed: int, n: int) -> None:
    low, _ = intervals(seed, n, 0)
    found = local_bias_bounds(low, low)
    for name, values in zip(MEASURES, local_bias_of(low), strict=True):
        assert found.places[name] == pytest.approx(np.column_stack([values, values]))
    assert found.freeness == pytest.approx(np.stack([freeness_of_trade(low)] * 2, axis=-1))


@pytest.mark.slow
def test_one_secret_flow_has_the_bounds_that_a_fine_grid_finds() -> None:
    """Home flow: the ratio first rises and then falls; a flow in: 1 - index does.

    Both turns are inside.
    """
    table = np.array([[1.0, 1, 1], [1, 30, 1], [1, 1, 30]])
    for cell, name, least_or_most in (
        ((0, 0), "local_bias_ratio", 1),
        ((1, 0), "local_bias_index", 0),
    ):
        low, high = table.copy(), table.copy()
        low[cell], high[cell] = 0.01, 400
        grid = []
        for value in np.linspace(0.01, 400, 40_001):
            own = table.copy()
            own[cell] = value
            grid.append(local_bias_of(own)[MEASURES.index(name)][0])
        bound = local_bias_bounds(low, high).places[name][0]
        assert bound == pytest.approx([min(grid), max(grid)], rel=1e-5)
        inside = bound[least_or_most]
        assert abs(inside - grid[0]) > 1e-3 and abs(inside - grid[-1]) > 1e-3  # at neither end


def test_a_place_that_is_nearly_all_there_is_keeps_its_digits() -> None:
    table = [[0.002, 2e9, 1.0], [0.001, 0, 0.001], [0.002, 0.001, 0.001]]
    index = local_bias_of(table)[3][0]  # by hand: 1 - b Y / ((X + b) (b + c))
    assert index == pytest.approx(1 - 0.003 * (2e9 + 1.008) / (0.005 * 0.006), rel=1e-12)
    assert local_bias_bounds(table, table).places["local_bias_index"][0] == pytest.approx(
        [index] * 2, rel=1e-12
    )


def test_what_may_be_undefined_has_no_bounds() -> None:
    found = local_bias_bounds([[0, 1], [1, 5]], [[4, 1], [1, 5]])
    assert np.isnan(found.freeness[0, 1]).all()
    assert found.places["home_share"][0].tolist() == [0.0, 0.8]
    nothing = local_bias_bounds([[0, 0], [0, 5]], [[4, 4], [4, 5]])
    assert np.isnan(nothing.places["local_bias_ratio"][0]).all()
    open_to_all = local_bias_bounds([[0, 0], [0, 0]], [[4, 4], [4, 4]])
    assert (
        all(np.isnan(own).all() for own in open_to_all.places.values())
        and np.isnan(open_to_all.home).all()
    )
    assert (
        np.isnan(nothing.places["home_share"][0]).all()
        and np.isnan(nothing.places["expected_share"][0]).all()
    )
    for low, high, code in (
        ([[2.0]], [[1.0]], "out_of_bounds"),
        ([[0.0]], [[np.inf]], "out_of_bounds"),
        ([[-1.0]], [[1.0]], "out_of_bounds"),
        ([[1, 2]], [[1, 2]], "wrong_shape"),
    ):
        with pytest.raises(InputError) as wrong:
            local_bias_bounds(low, high)
        assert wrong.value.code == code

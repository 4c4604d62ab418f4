"""Sobol indices against functions whose indices are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firstlight.composites import SobolIndices, sobol_indices

Floats = NDArray[np.float64]


def ishigami(x: Floats) -> Floats:
    """sin a + 7 sin^2 b + c^4 sin a / 10, over -pi to pi."""
    a, b, c = (2 * np.pi * x - np.pi).T
    return np.asarray(np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


# Saltelli and others 2008, Global Sensitivity Analysis, from the variances a^2/8, b pi^4/5 and so on
_V = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 1 / 2
_V1 = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2
_V13 = 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
ISHIGAMI = (
    [_V1 / _V, 49 / 8 / _V, 0.0],
    [(_V1 + _V13) / _V, 49 / 8 / _V, _V13 / _V],
)
A = np.array([0.0, 1, 4.5, 9])


def g_function(x: Floats) -> Floats:
    """The product of (|4 x - 2| + a) / (1 + a)."""
    return np.asarray(((np.abs(4 * x - 2) + A) / (1 + A)).prod(axis=1))


def of_g() -> tuple[Any, Any]:
    alone = 1 / 3 / (1 + A) ** 2
    whole = (1 + alone).prod() - 1
    total = alone * np.array([np.delete(1 + alone, i).prod() for i in range(len(A))])
    return alone / whole, total / whole


def found(function: Callable[[Floats], Floats], f: int, n: int, seed: int = 0) -> SobolIndices:
    a, b = np.random.default_rng(seed).random((2, n, f))
    mixed = [function(np.where(np.arange(f) == i, b, a)) for i in range(f)]
    return sobol_indices(function(a), function(b), mixed)


@pytest.mark.parametrize(
    ("function", "exact"), [(ishigami, ISHIGAMI), (g_function, of_g())], ids=["ishigami", "g"]
)
def test_known_indices_come_out(function: Callable[[Floats], Floats], exact: Any) -> None:
    own = found(function, len(exact[0]), 200_000)
    for index, error, truth in (
        (own.first, own.first_error, exact[0]),
        (own.total, own.total_error, exact[1]),
    ):
        assert np.abs(index[:, 0] - truth).max() < 0.01
        assert (np.abs(index[:, 0] - truth) <= 1.5 * error[:, 0]).all()


def test_intervals_hold_the_truth_in_about_nineteen_of_twenty_samples() -> None:
    held = []
    for seed in range(200):
        own = found(ishigami, 3, 400, seed)
        held.append(np.abs(own.first[:, 0] - ISHIGAMI[0]) <= own.first_error[:, 0])
        held.append(np.abs(own.total[:, 0] - ISHIGAMI[1]) <= own.total_error[:, 0])
    assert 0.92 < np.mean(held) < 0.98


def test_first_order_indices_of_a_sum_are_the_total_ones_and_add_up_to_one() -> None:
    own = found(lambda x: np.asarray(x @ [3.0, 2.0, 1.0]), 3, 100_000)
    assert own.first[:, 0] == pytest.approx([9 / 14, 4 / 14, 1 / 14], abs=0.01)
    assert own.total == pytest.approx(own.first, abs=0.015)
    assert own.first.sum() == pytest.approx(1, abs=0.02)
    together = found(lambda x: np.asarray(x.prod(axis=1)), 3, 100_000)
    assert (together.total > together.first).all()


def test_several_results_shift_and_scale_and_what_does_not_vary() -> None:
    a, b = np.random.default_rng(3).random((2, 500, 2))
    mixed = np.array([np.where(np.arange(2) == i, b, a) for i in range(2)])

    def results(x: Floats) -> Floats:
        own = x[..., 0] + x[..., 0] * x[..., 1]
        return np.stack([own, 1e6 + 50 * own, np.full(own.shape, 0.1)], axis=-1)

    own = sobol_indices(results(a), results(b), results(mixed))
    assert own.first.shape == (2, 3)
    assert own.first[:, 1] == pytest.approx(own.first[:, 0], abs=1e-6)
    assert own.total_error[:, 1] == pytest.approx(own.total_error[:, 0], abs=1e-6)
    assert np.isnan(own.first[:, 2]).all() and np.isnan(own.total_error[:, 2]).all()

"""Programmes in whole numbers: by HiGHS where floating point can be trusted, by their own duals,
and where nothing else decides."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.instruments.productivity.frontiers.distance_functions import distance_function
from firstlight.instruments.productivity.frontiers.technology import technology
from firstlight.numerics import linear_programmes
from firstlight.numerics.exact_programme import solve_exactly
from firstlight.numerics.one_programme import solve_programme

Array = np.ndarray


def drawn(seed: int) -> tuple[Array, ...]:
    """A programme with rows and variables of every kind of bounds."""
    random = np.random.default_rng(seed)
    r, n = random.integers(1, 6), random.integers(1, 9)
    matrix = random.normal(size=(r, n)).round(1)
    low = random.normal(size=r) - 1
    high, kind = low + random.uniform(0, 2, r), random.integers(0, 4, r)
    low[kind == 0], high[kind == 1], high[kind == 2] = -np.inf, np.inf, low[kind == 2]
    x_low = np.where(random.random(n) < 0.7, 0.0, -np.inf)
    x_high = np.where(random.random(n) < 0.3, random.uniform(0, 3, n), np.inf)
    x_high[random.random(n) < 0.1] = 0.0
    return matrix, low, high, random.normal(size=n).round(1), x_low, x_high


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_it_agrees_with_highs_and_its_duals_close_the_gap(seed: int) -> None:
    matrix, low, high, cost, x_low, x_high = given_programme = drawn(seed)
    state, x, y = solve_exactly(*given_programme)
    other, z, _ = solve_programme(*given_programme)
    assert state == other
    if state != "optimal":
        assert np.isnan(x).all() and np.isnan(y).all()
        return
    assert cost @ x == pytest.approx(cost @ z, abs=1e-8)
    assert (matrix @ x >= low - 1e-12).all() and (matrix @ x <= high + 1e-12).all()
    assert (x >= x_low).all() and (x <= x_high).all()
    d = cost - y @ matrix
    prices, bounds = np.r_[y, d], (np.r_[low, x_low], np.r_[high, x_high])
    prices[np.abs(prices) < 1e-12] = 0.0
    dual = sum(p * (a if p > 0 else b) for p, a, b in zip(prices, *bounds, strict=True) if p)
    assert dual == pytest.approx(cost @ x, abs=1e-9)


def test_what_no_floating_point_can_tell_apart() -> None:
    """x + y <= 1, x >= 1, y >= 2 ** -60: impossible, by less than floating point can see; and what
    repeats itself."""
    matrix, nothing = np.array([[1.0, 1.0], [1.0, 0.0]]), np.zeros(2)
    high = np.array([1.0, np.inf])
    for least, expected in ((2.0**-60, "infeasible"), (0.0, "optimal")):
        low = np.array([-np.inf, 1.0])
        state, *_ = solve_exactly(
            matrix, low, high, np.array([0.0, 1.0]), np.array([0.0, least]), np.full(2, np.inf)
        )
        assert state == expected
    state, x, _ = solve_exactly(
        matrix[:1], high[:1] - 1, high[:1], np.array([-1.0, -1.0]), nothing, np.full(2, np.inf)
    )
    assert state == "optimal" and x.sum() == 1
    # Equations that repeat each other leave an artificial variable in the basis, at 0.
    twice = np.array([[1.0, 2.0], [2.0, 4.0]])
    state, x, y = solve_exactly(
        twice, np.array([4.0, 8.0]), np.array([4.0, 8.0]), np.ones(2), nothing, np.full(2, np.inf)
    )
    assert state == "optimal" and x.tolist() == [0.0, 2.0] and y @ [4, 8] == pytest.approx(2)
    state, *_ = solve_exactly(
        twice, np.array([4.0, 9.0]), np.array([4.0, 9.0]), np.ones(2), nothing, np.full(2, np.inf)
    )
    assert state == "infeasible"


def shephard(
    x: Array, y: Array, point: Array, made: Array, side: str, returns: str
) -> float | None:
    """D_O or D_I of one point, its programme written out on the numbers as they are."""
    n = len(x)
    matrix = np.vstack(
        [np.c_[x.T, np.zeros(len(point))], np.c_[y.T, np.zeros(len(made))], np.r_[np.ones(n), 0.0]]
    )
    low = np.r_[np.full(len(point), -np.inf), made, 1.0 if returns == "vrs" else -np.inf]
    high = np.r_[point, np.full(len(made), np.inf), 1.0 if returns == "vrs" else np.inf]
    inputs, outputs = slice(0, len(point)), slice(len(point), len(point) + len(made))
    if side == "output":
        matrix[outputs, n], low[outputs] = -made, 0.0
    else:
        matrix[inputs, n], high[inputs] = -point, 0.0
    cost = np.r_[np.zeros(n), -1.0 if side == "output" else 1.0]
    state, found, _ = solve_exactly(
        matrix, low, high, cost, np.zeros(n + 1), np.full(n + 1, np.inf)
    )
    return None if state != "optimal" or found[n] == 0 else float(1 / Fraction(found[n]))


@pytest.mark.parametrize("spread", [6, 9, 12, 15])
@pytest.mark.parametrize("returns", ["vrs", "crs"])
@pytest.mark.slow
def test_distances_of_units_of_any_size_are_right_or_have_none(spread: int, returns: str) -> None:
    """Units, or their numbers within a column, up to 10 ** spread apart, against programmes without
    rounding."""
    random = np.random.default_rng(spread)
    compared = lost = 0
    for case in range(3):
        factor = 10 ** random.uniform(-spread / 2, spread / 2, (8, 2))
        x = np.exp(random.normal(0, 0.5, (8, 2))) * (factor if case == 1 else factor[:, :1])
        y = np.exp(random.normal(0, 0.5, (8, 2))) * (
            1.0 if case == 2 else x.mean(axis=1, keepdims=True)
        )
        points = np.roll(x, 1, axis=0)
        spanned = technology(x, y, returns=returns)
        for side in ("output", "input"):
            found = distance_function(spanned, points, y, orientation=side).value
            for k in range(8):
                truth = shephard(x, y, points[k], y[k], side, returns)
                if truth is None or np.isnan(found[k]):
                    lost += truth is not None and 1e-11 < truth < 1e11
                    assert truth is not None or np.isnan(found[k])
                else:
                    compared += 1
                    assert found[k] == pytest.approx(truth, rel=2e-7)
    assert compared > 30 and lost == 0


def test_only_what_is_not_proved_is_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = []
    real = linear_programmes._alone
    monkeypatch.setattr(linear_programmes, "_alone", lambda *given: alone.append(1) or real(*given))
    random = np.random.default_rng(0)
    for spread, least, most in ((3, 0, 0), (14, 1, 59)):
        alone.clear()
        x = np.exp(random.normal(0, 0.5, (30, 2))) * 10 ** random.uniform(
            -spread / 2, spread / 2, (30, 2)
        )
        y = x.mean(axis=1, keepdims=True) * np.exp(random.normal(0, 0.5, (30, 1)))
        spanned = technology(x, y, returns="vrs")
        for side in ("output", "input"):
            distance_function(spanned, x, y, orientation=side)
        assert least <= len(alone) <= most

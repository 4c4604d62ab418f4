"""Distance functions and shadow prices: dense programmes, duality, slopes, the rule among many
optima, units, order, zeros."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.distance_functions import (
    best_aggregate,
    distance_function,
)
from firstlight.instruments.productivity.frontiers.technology import RETURNS, technology
from firstlight.instruments.productivity.indices.shadow_prices import price_ranges, shadow_prices
from firstlight.instruments.productivity.indices.tfp_efficiency import technical_efficiency

Floats = NDArray[np.float64]
SEEDS = st.integers(0, 10_000)
SIDES = ("output", "input")


def made_up(seed: int, units: int = 25, m: int = 3, s: int = 2) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    x = random.uniform(1, 3, (units, m))
    return x, x.prod(axis=1, keepdims=True) ** (0.8 / m) * random.uniform(0.3, 1, (units, s))


def dense(x: Floats, y: Floats, at_x: Floats, at_y: Floats, returns: str, side: str) -> float:
    """1 / D by scipy on the whole matrix: variables score, intensities."""
    n = len(x)
    if side == "output":
        cost, upper = -1.0, np.vstack([np.c_[np.zeros(len(at_x)), x.T], np.c_[at_y, -y.T]])
        bound = np.append(at_x, np.zeros(len(at_y)))
    else:
        cost, upper = 1.0, np.vstack([np.c_[-at_x, x.T], np.c_[np.zeros(len(at_y)), -y.T]])
        bound = np.append(np.zeros(len(at_x)), -at_y)
    total = np.append(0, np.ones(n))[None]
    if returns == "nirs":
        upper, bound = np.vstack([upper, total]), np.append(bound, 1)
    if returns == "ndrs":
        upper, bound = np.vstack([upper, -total]), np.append(bound, -1)
    equal = {"A_eq": total, "b_eq": [1]} if returns == "vrs" else {}
    found = linprog(np.append(cost, np.zeros(n)), upper, bound, **equal)
    return float(abs(found.fun)) if found.status == 0 else np.nan


def optimal_face(
    x: Floats, y: Floats, at_x: Floats, at_y: Floats, returns: str, side: str, value: float
) -> dict[str, object]:
    """linprog's constraints of all optimal multipliers (u, v, w), written out."""
    m, s = x.shape[1], y.shape[1]
    objective = np.r_[np.zeros(s), at_x, 1] if side == "output" else np.r_[at_y, np.zeros(m), -1]
    normal = np.r_[at_y, np.zeros(m), 0] if side == "output" else np.r_[np.zeros(s), at_x, 0]
    w = {"vrs": (None, None), "crs": (0, 0), "nirs": (0, None), "ndrs": (None, 0)}[returns]
    return {
        "A_ub": np.c_[y, -x, -np.ones(len(x))],
        "b_ub": np.full(len(x), 1e-10),
        "A_eq": np.vstack([objective, normal]),
        "b_eq": [value, 1],
        "bounds": [(0, None)] * (s + m) + [w],
    }


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, returns=st.sampled_from(RETURNS), side=st.sampled_from(SIDES))
@pytest.mark.slow
def test_distances_are_those_of_a_dense_programme_and_prices_add_up_to_them(
    seed: int, returns: str, side: str
) -> None:
    x, y = made_up(seed)
    at_x, at_y = x[::4] * 1.1, np.roll(y, 3, axis=0)[::4] * 0.9  # points that are no units
    spanned = technology(x, y, returns=returns)
    found = distance_function(spanned, at_x, at_y, orientation=side)
    expected = [dense(x, y, a, b, returns, side) for a, b in zip(at_x, at_y, strict=True)]
    assert 1 / found.value == pytest.approx(np.array(expected), rel=1e-8, nan_ok=True)
    assert (np.isnan(found.value) == (found.status != "optimal")).all()
    # Strong duality of the solver's own multipliers.
    u, v, w = found.output_prices, found.input_prices, found.intercept
    known = found.status == "optimal"
    of_y, of_x = (u * at_y).sum(axis=1)[known], (v * at_x).sum(axis=1)[known]
    value = 1 / found.value[known]
    if side == "output":
        assert of_y == pytest.approx(np.ones(known.sum()), rel=1e-8)
        assert of_x + w[known] == pytest.approx(value, rel=1e-8)
    else:
        assert of_x == pytest.approx(np.ones(known.sum()), rel=1e-8)
        assert of_y - w[known] == pytest.approx(value, rel=1e-8)
    priced = shadow_prices(spanned, at_x, at_y, orientation=side)
    total = (priced.prices * (at_y if side == "output" else at_x)).sum(axis=1)
    assert total == pytest.approx(found.value, rel=1e-8, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, side=st.sampled_from(SIDES))
@pytest.mark.slow
def test_prices_are_slopes_where_they_are_unique(seed: int, side: str) -> None:
    x, y = made_up(seed)
    spanned = technology(x, y)
    low, high = price_ranges(spanned, x.mean(axis=0), y.mean(axis=0), orientation=side)
    found = shadow_prices(spanned, x.mean(axis=0)[None], y.mean(axis=0)[None], orientation=side)
    quantity = (y if side == "output" else x).mean(axis=0)
    share = found.prices[0] * quantity / found.distance[0]
    assert (share >= low - 1e-7).all()
    assert (share <= high + 1e-7).all()
    if (high - low > 1e-6).any():
        return
    step = 1e-6
    for k, price in enumerate(found.prices[0]):
        moved = np.array([quantity, quantity])
        moved[:, k] *= (1 - step, 1 + step)
        at = (
            (np.tile(x.mean(axis=0), (2, 1)), moved)
            if side == "output"
            else (moved, np.tile(y.mean(axis=0), (2, 1)))
        )
        down, up = distance_function(spanned, *at, orientation=side).value
        assert (up - down) / (2 * step * quantity[k]) == pytest.approx(price, rel=1e-4, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, returns=st.sampled_from(RETURNS), side=st.sampled_from(SIDES))
@example(seed=0, returns="crs", side="output")  # a face that rounding cuts a corner off
@pytest.mark.slow
def test_of_many_optimal_prices_those_with_the_least_squares_are_taken(
    seed: int, returns: str, side: str
) -> None:
    x, y = made_up(seed, units=12)
    spanned = technology(x, y, returns=returns)
    rows = np.flatnonzero(distance_function(spanned, x, y, orientation=side).value.round(9) == 1)[
        :3
    ]  # corners
    found = distance_function(spanned, x[rows], y[rows], orientation=side)
    priced = shadow_prices(spanned, x[rows], y[rows], orientation=side)
    mean = np.r_[y.mean(axis=0), x.mean(axis=0)]
    s, m = y.shape[1], x.shape[1]
    for i, row in enumerate(rows):
        face = optimal_face(x, y, x[row], y[row], returns, side, 1 / found.value[i])
        z = priced.multipliers[i]
        assert (z >= 0).all()
        held = {
            **face,
            "A_eq": np.vstack([face["A_eq"], np.eye(s + m + 1)[:-1]]),
            "b_eq": np.r_[face["b_eq"], z],
        }  # type: ignore[list-item, arg-type]
        assert linprog(np.zeros(s + m + 1), **held).status == 0  # it is an optimum
        # Nearest to zero if and only if no other optimum lies further back along it (variational
        # inequality).
        goal = np.append(z * mean**2, 0)
        back = linprog(goal, **face)
        assert back.fun == pytest.approx((z * mean) @ (z * mean), rel=1e-6)
        place, quantity = (range(s), y[row]) if side == "output" else (range(s, s + m), x[row])
        assert priced.prices[i] == pytest.approx(z[place] * found.value[i], rel=1e-12)
        for k, (low, high) in enumerate(
            zip(*price_ranges(spanned, x[row], y[row], orientation=side), strict=True)
        ):
            goal = np.eye(s + m + 1)[place[k]] * quantity[k]
            expected = [linprog(goal, **face).fun, -linprog(-goal, **face).fun]
            assert [low, high] == pytest.approx(expected, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, side=st.sampled_from(SIDES))
def test_prices_hang_neither_on_the_order_of_units_nor_on_their_measures(
    seed: int, side: str
) -> None:
    x, y = made_up(seed, units=14)
    random = np.random.default_rng(seed)
    order = random.permutation(len(x))
    unit_x, unit_y = (
        10.0 ** random.integers(-9, 12, x.shape[1]),
        10.0 ** random.integers(-9, 12, y.shape[1]),
    )
    plain = shadow_prices(technology(x, y), x, y, orientation=side)
    other = shadow_prices(
        technology(x[order] * unit_x, y[order] * unit_y), x * unit_x, y * unit_y, orientation=side
    )
    unit, mean = (unit_y, y.mean(axis=0)) if side == "output" else (unit_x, x.mean(axis=0))
    assert other.prices * unit * mean == pytest.approx(plain.prices * mean, rel=1e-6, abs=1e-7)
    assert plain.is_pinned.any()  # corners leave a choice


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, returns=st.sampled_from(RETURNS))
def test_best_mix_by_dense_programmes(seed: int, returns: str) -> None:
    x, y = made_up(seed)
    random = np.random.default_rng(seed)
    p, w = random.uniform(0, 2, (len(x), y.shape[1])), random.uniform(0, 2, (len(x), x.shape[1]))
    spanned = technology(x, y, returns=returns)
    revenue, cost = (
        best_aggregate(spanned, x, y, "output", p),
        best_aggregate(spanned, x, y, "input", w),
    )
    ones = np.ones((1, len(x)))
    more = {"vrs": (None, True), "nirs": (1.0, False), "ndrs": (-1.0, False), "crs": (None, False)}[
        returns
    ]
    for i in range(0, len(x), 5):
        for value, goal, upper, bound in (
            (-revenue[i], -(y @ p[i]), x.T, x[i]),
            (cost[i], x @ w[i], -y.T, -y[i]),
        ):
            if more[0] is not None:
                upper, bound = np.vstack([upper, more[0] * ones]), np.append(bound, more[0])
            equal = {"A_eq": ones, "b_eq": [1]} if more[1] else {}
            assert value == pytest.approx(linprog(goal, upper, bound, **equal).fun, rel=1e-8)


def test_a_point_out_of_range_is_named_infeasible_and_has_no_price() -> None:
    spanned = technology([[1.0, 1.0], [2.0, 2.0]], [[1.0], [2.0]], returns="vrs")
    found = shadow_prices(spanned, [[2.0, 2.0], [1.0, 0.0]], [[3.0], [1.0]], orientation="input")
    assert found.status.tolist() == ["infeasible", "infeasible"]
    assert np.isnan(found.prices).all()
    assert np.isnan(found.distance).all()
    nothing = distance_function(
        technology([[1.0, 1.0]], [[1.0]], returns="crs"),
        [[1.0, 0.0]],
        [[1.0]],
        orientation="output",
    )
    assert nothing.status.tolist() == ["infeasible"]
    with pytest.raises(InputError) as caught:
        price_ranges(spanned, [2.0, 2.0], [3.0], orientation="input")
    assert caught.value.code == "point_without_distance"


@pytest.mark.parametrize("returns", ["vrs", "crs"])
@pytest.mark.parametrize("side", SIDES)
def test_small_units_count_beside_units_ten_billion_times_their_size(
    returns: str, side: str
) -> None:
    random = np.random.default_rng(4)
    size = 10 ** random.uniform(0, 10, (40, 1))
    x, y = size * random.uniform(1, 3, (40, 2)), size * random.uniform(1, 3, (40, 2))
    found = technical_efficiency(technology(x, y, returns=returns), x, y, side)
    assert (found <= 1 + 1e-9).all()
    if returns == "crs":  # the size of units is nothing to constant returns
        even = technical_efficiency(
            technology(x / size, y / size, returns=returns), x / size, y / size, side
        )
        assert found == pytest.approx(even, rel=1e-9)


def test_an_efficiency_above_one_is_no_number_to_hand_out() -> None:
    with pytest.raises(InputError) as caught:
        technical_efficiency(
            technology([[1.0]], [[1.0]]), np.array([[1.0]]), np.array([[2.0]]), "output"
        )
    assert caught.value.code == "too_far_apart"


def test_bad_input_is_named() -> None:
    spanned = technology([[1.0]], [[1.0]])
    with pytest.raises(InputError) as caught:
        distance_function(spanned, [[1.0]], [[1.0]], orientation="both")
    assert caught.value.code == "no_choice"
    with pytest.raises(InputError) as caught:
        distance_function(spanned, [[1.0]], [[0.0]], orientation="output")
    assert caught.value.code == "outputs_all_zero"
    with pytest.raises(InputError) as caught:
        best_aggregate(technology([[1.0]], [[1.0]], [[1.0]]), [[1.0]], [[1.0]], "output", [1.0])
    assert caught.value.code == "bads_of_technology"

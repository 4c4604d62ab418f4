"""Programmes that share columns: against SciPy one by one, by duality, and in what must not change
the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.numerics import batched_simplex, linear_programmes
from firstlight.numerics.linear_programmes import Solutions, solve_programmes

Arrays = dict[str, np.ndarray]
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> Arrays:
    """Programmes of every kind: equations, free rows, bounds, negative costs; half of them in small
    whole numbers, which tie."""
    rng = np.random.default_rng(seed)
    r, n, count, p = (
        int(rng.integers(low, high)) for low, high in ((1, 6), (1, 12), (1, 5), (0, 4))
    )
    whole = rng.random() < 0.5

    def draw(*shape: int) -> np.ndarray:
        return rng.integers(-3, 4, shape).astype(float) if whole else rng.normal(size=shape)

    lower = draw(count, r) - 2
    upper = lower + np.abs(draw(count, r))
    lower[rng.random(lower.shape) < 0.3], upper[rng.random(upper.shape) < 0.3] = -np.inf, np.inf
    low = np.where(rng.random((count, p)) < 0.3, -np.inf, draw(count, p) - 1)
    high = np.where(
        rng.random((count, p)) < 0.3, np.inf, np.maximum(low, 0) + np.abs(draw(count, p))
    )
    return {
        "shared": draw(r, n),
        "own": draw(count, r, p),
        "lower": lower,
        "upper": upper,
        "own_cost": draw(count, p),
        "shared_cost": (np.abs(draw(n)), draw(n), np.zeros(n))[rng.integers(3)],
        "own_lower": low,
        "own_upper": high,
        "excluded": rng.integers(-1, n, count),
    }


def frontier(n: int, seed: int = 0, inputs: int = 2) -> Arrays:
    """The least share of its inputs from which each unit's output could come, variable returns."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 10, (n, inputs))
    y = x.prod(axis=1) ** 0.4 * rng.uniform(0.3, 1, n)
    own = np.zeros((n, inputs + 2, 1))
    own[:, :inputs, 0] = -x
    lower, upper = np.full((n, inputs + 2), -np.inf), np.full((n, inputs + 2), np.inf)
    upper[:, :inputs], lower[:, inputs], lower[:, -1], upper[:, -1] = 0, y, 1, 1
    shared = np.vstack([x.T, y, np.ones(n)])
    return {
        "shared": shared,
        "own": own,
        "lower": lower,
        "upper": upper,
        "own_cost": np.ones((n, 1)),
    }


def by_scipy(a: Arrays, i: int) -> tuple[str, float]:
    """One programme, written out densely."""
    p, n = a["own"].shape[2], a["shared"].shape[1]
    matrix = np.hstack([a["own"][i], a["shared"]])
    top = [0 if k == a.get("excluded", np.full(i + 1, -1))[i] else None for k in range(n)]
    low, high = (
        np.broadcast_to(a.get(name, value), a["own_cost"].shape)[i]
        for name, value in (("own_lower", 0.0), ("own_upper", np.inf))
    )
    bounds = [*zip(low, high, strict=True), *((0, most) for most in top)]
    has_high, has_low = np.isfinite(a["upper"][i]), np.isfinite(a["lower"][i])
    rows = np.vstack([matrix[has_high], -matrix[has_low]])
    limits = np.concatenate([a["upper"][i][has_high], -a["lower"][i][has_low]])
    costs = np.concatenate([a["own_cost"][i], a.get("shared_cost", np.zeros(n))])
    assert len(costs) == p + n
    # With no cost first, as the solver tells infeasible and unbounded apart only where both can't
    # be.
    if linprog(0 * costs, rows, limits, bounds=bounds).status == 2:
        return "infeasible", np.nan
    found = linprog(costs, rows, limits, bounds=bounds)
    return ("optimal", found.fun) if found.status == 0 else ("unbounded", np.nan)


def dual_value(a: Arrays, found: Solutions) -> np.ndarray:
    """What the duals say the least cost must at least be; -inf where they are not feasible."""
    y, count = found.duals, len(found.value)
    best = found.status == "optimal"
    assert (y[best] >= np.where(np.isinf(a["upper"][best]), 0, -np.inf)).all()
    assert (y[best] <= np.where(np.isinf(a["lower"][best]), 0, np.inf)).all()
    low, high = (
        np.broadcast_to(a.get(name, value), a["own_cost"].shape)
        for name, value in (("own_lower", 0.0), ("own_upper", np.inf))
    )
    d = a["own_cost"] - np.einsum("nr,nrp->np", y, a["own"])
    priced = a.get("shared_cost", np.zeros(a["shared"].shape[1])) - y @ a["shared"]
    left_out = a.get("excluded", np.full(count, -1))
    priced[np.flatnonzero(left_out >= 0), left_out[left_out >= 0]] = 0
    slack = 1e-8 * (1 + np.abs(y).max(axis=1))
    total = np.zeros(count)
    for price, least, most in ((y, a["lower"], a["upper"]), (d, low, high)):
        bound = np.where(price > 0, least, most)
        is_rounding = np.isinf(bound) & (np.abs(price) <= slack[:, None])
        total += (price * np.where(is_rounding | (price == 0), 0, bound)).sum(axis=1)
    return np.where(priced.min(axis=1) < -slack, -np.inf, total)


@settings(max_examples=150, deadline=None)
@given(SEEDS)
@pytest.mark.slow
def test_each_programme_comes_out_as_by_scipy_and_its_duals_prove_it(seed: int) -> None:
    a = drawn(seed)
    found = solve_programmes(**a)
    best = found.status == "optimal"
    for i, (status, value) in enumerate(by_scipy(a, k) for k in range(len(best))):
        assert found.status[i] == status
        np.testing.assert_allclose(found.value[i], value, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(dual_value(a, found)[best], found.value[best], rtol=1e-6, atol=1e-6)
    assert np.isnan(found.own[~best]).all() and np.isnan(found.duals[~best]).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_solution_keeps_every_bound(seed: int) -> None:
    a = drawn(seed)
    found = solve_programmes(**a)
    best = found.status == "optimal"
    z = found.shared.toarray()
    activity = (z @ a["shared"].T + np.einsum("nrp,np->nr", a["own"], found.own))[best]
    size = 1e-8 * (1 + np.abs(activity))
    assert (activity >= a["lower"][best] - size).all() and (
        activity <= a["upper"][best] + size
    ).all()
    assert (z >= 0).all() and not z[~best].any()
    assert (found.own[best] >= a["own_lower"][best]).all() and (
        found.own[best] <= a["own_upper"][best]
    ).all()
    left_out = a["excluded"]
    assert not z[np.flatnonzero(left_out >= 0), left_out[left_out >= 0]].any()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_order_of_the_programmes_changes_no_byte(seed: int) -> None:
    a = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(a["own"]))
    mixed = {name: x if name in ("shared", "shared_cost") else x[order] for name, x in a.items()}
    one, other = solve_programmes(**a), solve_programmes(**mixed)
    for name in ("status", "value", "own", "duals"):
        np.testing.assert_array_equal(getattr(one, name)[order], getattr(other, name))
    np.testing.assert_array_equal(one.shared.toarray()[order], other.shared.toarray())


def test_column_generation_finds_what_pricing_every_column_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a = frontier(900)
    few = solve_programmes(**a)
    monkeypatch.setattr(linear_programmes, "_FEW_COLUMNS", 10_000)
    every = solve_programmes(**a)
    np.testing.assert_allclose(few.value, every.value, rtol=1e-12)
    np.testing.assert_allclose(dual_value(a, few), few.value, rtol=1e-9)
    for i in range(0, 900, 100):
        np.testing.assert_allclose(few.value[i], by_scipy(a, i)[1], rtol=1e-9)


def test_threads_and_order_change_no_byte_of_many_programmes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a = frontier(1500, seed=1)
    order = np.random.default_rng(2).permutation(1500)
    one = solve_programmes(**a)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    other = solve_programmes(**{name: x if name == "shared" else x[order] for name, x in a.items()})
    np.testing.assert_array_equal(one.value[order], other.value)
    np.testing.assert_array_equal(one.duals[order], other.duals)
    assert (one.shared[order] != other.shared).nnz == 0


def test_the_order_of_the_shared_columns_changes_values_by_rounding_alone() -> None:
    a = frontier(700, seed=3)
    order = np.random.default_rng(4).permutation(700)
    mixed = solve_programmes(**{**a, "shared": a["shared"][:, order]})
    np.testing.assert_allclose(mixed.value, solve_programmes(**a).value, rtol=1e-12)


def test_a_column_left_out_is_left_out_and_its_twin_takes_its_place() -> None:
    a = frontier(40, seed=5)
    alone = solve_programmes(**a, excluded=np.arange(40))
    assert np.nanmax(alone.value) > 1 and (alone.status == "infeasible").any()
    twice = {**a, "shared": np.hstack([a["shared"], a["shared"]])}
    np.testing.assert_allclose(
        solve_programmes(**twice, excluded=np.arange(40)).value,
        solve_programmes(**a).value,
        rtol=1e-12,
    )


def test_one_unit_forty_times_over() -> None:
    a = frontier(1)
    many = {name: np.repeat(x, 40, axis=1 if name == "shared" else 0) for name, x in a.items()}
    np.testing.assert_allclose(solve_programmes(**many).value, 1, rtol=1e-14)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.lists(st.integers(-9, 12), min_size=4, max_size=4))
@example(158, [0, -9, 1, 1])
def test_rows_of_any_size_may_stand_together(seed: int, powers: list[int]) -> None:
    a = frontier(60, seed=seed, inputs=2)
    by = 10.0 ** np.array(powers)
    resized = {
        "shared": a["shared"] * by[:, None],
        "own": a["own"] * by[:, None],
        "lower": a["lower"] * by,
        "upper": a["upper"] * by,
        "own_cost": a["own_cost"],
    }
    one, other = solve_programmes(**a), solve_programmes(**resized)
    np.testing.assert_allclose(other.value, one.value, rtol=1e-11)
    np.testing.assert_allclose(dual_value(resized, other), other.value, rtol=1e-9)


def test_small_and_large_units_of_one_row_may_stand_together() -> None:
    a = frontier(80, seed=6)
    sizes = 10.0 ** np.random.default_rng(7).uniform(
        -4, 4, 80
    )  # with constant returns a unit's size is of no matter
    for name in ("lower", "upper"):
        a[name] = a[name].copy()
    a["lower"][:, -1], a["upper"][:, -1] = -np.inf, np.inf
    resized = {
        "shared": np.vstack([a["shared"][:-1] * sizes, np.ones(80)]),
        "own": a["own"] * sizes[:, None, None],
        "lower": a["lower"] * sizes[:, None],
        "upper": a["upper"] * sizes[:, None],
        "own_cost": a["own_cost"],
    }
    np.testing.assert_allclose(
        solve_programmes(**resized).value, solve_programmes(**a).value, rtol=1e-10
    )


def test_what_the_simplex_leaves_undone_highs_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    a = {**frontier(30, seed=8), "excluded": np.arange(30)}
    expected = solve_programmes(**a)
    monkeypatch.setattr(linear_programmes, "_PIVOTS", -1)
    found = solve_programmes(**a)
    best = found.status == "optimal"
    assert (found.status == expected.status).all() and 0 < best.sum() < 30
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-9)
    np.testing.assert_allclose(dual_value(a, found)[best], found.value[best], rtol=1e-9)


def test_a_wrong_pivot_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    a = frontier(60, seed=9)
    expected = solve_programmes(**a).value
    monkeypatch.setattr(batched_simplex, "REDUCED_COST", 0.2)
    assert np.abs(solve_programmes(**a).value - expected).max() > 1e-3


def test_a_row_without_bounds_does_not_hide_how_small_a_column_is() -> None:
    """Columns and right sides that differ by one factor of up to 1e12 in all bounded rows keep
    their digits."""
    rng = np.random.default_rng(3)
    values, size = np.exp(rng.normal(0, 0.4, (3, 40))), 10.0 ** rng.uniform(-9, 3, 40)

    def least_share(v: np.ndarray) -> Solutions:
        own = np.concatenate([-v[:2], np.zeros((2, 40))]).T[:, :, None]
        lower = np.column_stack([np.full((40, 2), -np.inf), v[2], np.full(40, -np.inf)])
        upper = np.column_stack([np.zeros((40, 2)), np.full((40, 2), np.inf)])
        return solve_programmes(np.vstack([v, np.ones(40)]), own, lower, upper, np.ones((40, 1)))

    plain, scaled = least_share(values), least_share(values * size)
    np.testing.assert_allclose(scaled.value, plain.value, rtol=1e-12)
    assert (scaled.duals[:, 3] == 0).all() and scaled.duals.shape == (40, 4)


def test_bounds_that_cross_are_infeasible() -> None:
    found = solve_programmes([[1.0]], [[[1.0]]], [[2.0]], [[1.0]], [[1.0]])
    assert found.status.tolist() == ["infeasible"] and np.isnan(found.value).all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shared": [1.0]}, "programme_shapes"),
        ({"upper": [[1.0, 2.0]]}, "programme_shapes"),
        ({"excluded": [1, 2]}, "column_shapes"),
        ({"own": [[[np.nan]]]}, "programme_not_finite"),
        ({"lower": [[np.nan]]}, "programme_not_finite"),
        ({"own_cost": [[np.inf]]}, "programme_not_finite"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], code: str) -> None:
    right = {
        "shared": [[1.0]],
        "own": [[[1.0]]],
        "lower": [[1.0]],
        "upper": [[2.0]],
        "own_cost": [[1.0]],
    }
    with pytest.raises(InputError) as told:
        solve_programmes(**{**right, **change})
    assert told.value.code == code


def test_a_nearly_singular_basis_proves_no_infeasibility() -> None:
    """Two stages with a score that a second programme holds but for 1e-9 of it: feasible, with
    nearly parallel columns."""
    values = np.random.default_rng(2).lognormal(0, 0.6, (9, 6))
    places, one = np.repeat([0, 1, 2], 2), np.ones((9, 1))
    x, z, y = (np.hstack([values * (places == k), 0 * one, 0 * one]) for k in range(3))
    first, second = z.copy(), y.copy()
    first[:, 6], second[:, 7] = 1.0, 1.0
    shared = np.vstack([first - x, second - z]).T

    def least(aim: np.ndarray, *columns: np.ndarray) -> Solutions:
        upper = np.full_like(aim, np.inf)
        upper[:, 6:] = aim[:, 6:]
        cost = np.zeros((9, len(columns)))
        cost[:, 0] = 1.0
        free = np.where(cost > 0, -np.inf, 0.0)
        return solve_programmes(shared, np.stack(columns, axis=2), aim, upper, cost, own_lower=free)

    score = least(first + second, x + z).value
    found = least(second, z, (x + z) * (score * (1 - 1e-9))[:, None] - first - second)
    assert (found.status == "optimal").all()
    assert found.value[1] == pytest.approx(0.580896, abs=1e-6)  # by HiGHS

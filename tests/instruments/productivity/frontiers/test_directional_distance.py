"""Directional distances, slacks, weight restrictions, returns to scale: against multiplier
programmes written out here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.envelopment_scores import (
    returns_to_scale,
)
from firstlight.instruments.productivity.frontiers.directional_distance import (
    directional_distance,
    largest_slacks,
    restricted,
    signs,
)
from firstlight.instruments.productivity.frontiers.technology import Technology, technology
from firstlight.numerics.linear_programmes import INFEASIBLE, solve_programmes

Array = np.ndarray
SEEDS = st.integers(0, 2**32 - 1)
RETURNS = st.sampled_from(["crs", "vrs", "nirs", "ndrs"])
DISPOSABILITY = st.sampled_from(["weak", "strong", "kuosmanen"])
# omega: of the sum of intensities, held to 1 (free), at most 1 (not positive), at least 1 (not
# negative), or not held
OMEGA = {"vrs": (None, None), "nirs": (None, 0), "ndrs": (0, None), "crs": (0, 0)}
M, S, B = 2, 2, 1


def units(seed: int, count: int = 14) -> tuple[Array, Array, Array]:
    """Inputs, outputs, bads; every third table in small whole numbers, which tie."""
    random = np.random.default_rng(seed)
    if seed % 3 == 0:
        return tuple(random.integers(1, 5, (count, width)).astype(float) for width in (M, S, B))  # type: ignore[return-value]
    return tuple(np.exp(random.normal(0, 1, (count, width))) for width in (M, S, B))  # type: ignore[return-value]


def directions(x: Array, y: Array, b: Array) -> dict[str, Array]:
    none = np.zeros_like
    return {
        "input": np.hstack([x, none(y), none(b)]),
        "output": np.hstack([none(x), y, none(b)]),
        "non": np.hstack([x, y, b]),
        "fixed": np.tile([0.5, 0.0, 1.0, 0.0, 0.2], (len(x), 1)),
    }


def multiplier_programme(
    reference: tuple[Array, Array, Array],
    point: Array,
    g: Array,
    returns: str,
    disposability: str,
    restrictions: Array | None = None,
) -> float:
    """min v'x - u'y + w'b - omega, subject to v'gx + u'gy + w'gb = 1 and v'X - u'Y + w'B - omega >=
    0 for all units."""
    sides = np.r_[np.ones(M), -np.ones(S), np.ones(B)]
    rows = -np.hstack([np.hstack(reference) * sides, -np.ones((len(reference[0]), 1))])
    if (
        disposability == "kuosmanen"
    ):  # a unit that is shut down makes no profit either: v'X - omega >= 0
        rows = np.vstack(
            [
                rows,
                np.hstack([-reference[0], np.zeros((len(rows), S + B)), np.ones((len(rows), 1))]),
            ]
        )
    if restrictions is not None:
        rows = np.vstack([rows, np.hstack([-restrictions, np.zeros((len(restrictions), 1))])])
    cost = np.r_[point * sides, -1.0]
    bounds = (
        [(0, None)] * (M + S)
        + [((0 if disposability == "strong" else None), None)] * B
        + [OMEGA[returns]]
    )
    found = linprog(cost, rows, np.zeros(len(rows)), [np.r_[g, 0.0]], [1.0], bounds)
    return found.fun if found.status == 0 else np.nan


@settings(max_examples=25, deadline=None)
@given(SEEDS, RETURNS, DISPOSABILITY, st.sampled_from(["input", "output", "non", "fixed"]))
@pytest.mark.slow
def test_a_distance_is_the_value_of_its_multiplier_programme(
    seed: int, returns: str, disposability: str, kind: str
) -> None:
    x, y, b = units(seed)
    g = directions(x, y, b)[kind]
    found = directional_distance(
        technology(x, y, b, returns=returns, disposability=disposability), x, y, b, direction=g
    )
    expected = [
        multiplier_programme((x, y, b), point, moved, returns, disposability)
        for point, moved in zip(np.hstack([x, y, b]), g, strict=True)
    ]
    np.testing.assert_allclose(found.beta, expected, rtol=1e-6, atol=1e-8)
    assert (found.beta > -1e-9).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS, RETURNS, DISPOSABILITY, st.sampled_from(["input", "output", "non", "fixed"]))
def test_multipliers_prove_the_distance(
    seed: int, returns: str, disposability: str, kind: str
) -> None:
    x, y, b = units(seed)
    values, g = np.hstack([x, y, b]), directions(x, y, b)[kind]
    spanned = technology(x, y, b, returns=returns, disposability=disposability)
    found = directional_distance(spanned, x, y, b, direction=g)
    sides = signs(spanned)
    profit = (found.multipliers * sides) @ values.T - found.intercept[:, None]
    size = np.abs(found.multipliers) @ values.T + np.abs(found.intercept)[:, None]
    assert (profit > -1e-9 * size).all()
    np.testing.assert_allclose((found.multipliers * g).sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(np.diagonal(profit), found.beta, rtol=1e-7, atol=1e-9)
    assert (found.multipliers[:, : M + S] > -1e-12).all()
    low, high = OMEGA[returns]
    assert low is None or (found.intercept >= low - 1e-12).all()
    assert high is None or (found.intercept <= high + 1e-12).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS, RETURNS)
@pytest.mark.slow
def test_points_of_another_period_and_units_without_themselves(seed: int, returns: str) -> None:
    x, y, b = units(seed)
    other = tuple(part * 1.3 for part in units(seed + 1, 6))
    g = directions(*other)["output"]
    found = directional_distance(technology(x, y, b, returns=returns), *other, direction=g)
    for i, point in enumerate(np.hstack(other)):
        # Without bound, or without a solution: then there is no number, and the reason is named.
        expected = multiplier_programme((x, y, b), point, g[i], returns, "weak")
        assert np.isnan(expected) == (found.status[i] != "optimal")
        np.testing.assert_allclose(found.beta[i], expected, rtol=1e-6, atol=1e-8)
    g = directions(x, y, b)["input"]
    beyond = directional_distance(
        technology(x, y, b, returns=returns), x, y, b, direction=g, excluded=np.arange(len(x))
    )
    for i, point in enumerate(np.hstack([x, y, b])):
        rest: tuple[Array, ...] = tuple(np.delete(part, i, axis=0) for part in (x, y, b))
        expected = multiplier_programme(rest, point, g[i], returns, "weak")  # type: ignore[arg-type]
        assert np.isnan(expected) == (beyond.status[i] != "optimal")
        np.testing.assert_allclose(beyond.beta[i], expected, rtol=1e-6, atol=1e-8)


@settings(max_examples=15, deadline=None)
@given(SEEDS, RETURNS)
def test_slacks_are_the_largest_that_there_are(seed: int, returns: str) -> None:
    x, y, b = units(seed)
    spanned = technology(x, y, b, returns=returns)
    found = largest_slacks(spanned, x, y, b)
    values, sides = np.hstack([x, y, b]), np.r_[np.ones(M), -np.ones(S), np.zeros(B)]
    scaled = values / values.max(axis=0)
    total = {"vrs": (1, 1), "nirs": (0, 1), "ndrs": (1, np.inf), "crs": (0, np.inf)}[returns]
    ones = np.ones((1, len(x)))
    for i in range(len(x)):
        rows = [(scaled * sides)[:, : M + S].T, ones, -ones]
        limits = np.r_[(scaled * sides)[i, : M + S], total[1], -total[0]]
        kept = np.isfinite(limits)
        cost = scaled @ sides
        lin = linprog(
            cost, np.vstack(rows)[kept], limits[kept], scaled[:, M + S :].T, scaled[i, M + S :]
        )
        expected = scaled[i] @ sides - lin.fun
        np.testing.assert_allclose(
            (found.slacks[i] / values.max(axis=0)).sum(), expected, rtol=1e-6, atol=1e-8
        )
    assert (found.slacks >= 0).all() and not found.slacks[:, M + S :].any()


@settings(max_examples=15, deadline=None)
@given(SEEDS, RETURNS)
@pytest.mark.slow
def test_weight_restrictions_hold_and_their_programme_agrees(seed: int, returns: str) -> None:
    x, y, b = units(seed)
    asked = np.array([[1.0, -0.5, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 3.0, 0.0]])
    g = directions(x, y, b)["input"]
    found = directional_distance(
        restricted(technology(x, y, b, returns=returns), asked), x, y, b, direction=g
    )
    free = directional_distance(technology(x, y, b, returns=returns), x, y, b, direction=g)
    solved = found.status == "optimal"
    assert (found.beta[solved] >= free.beta[solved] - 1e-9).all()
    assert (
        found.multipliers[solved] @ asked.T >= -1e-8 * np.abs(found.multipliers[solved]).max()
    ).all()
    for i in range(len(x)):
        expected = multiplier_programme(
            (x, y, b), np.hstack([x, y, b])[i], g[i], returns, "weak", asked
        )
        np.testing.assert_allclose(found.beta[i], expected, rtol=1e-6, atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.lists(st.integers(-9, 12), min_size=M + S + B, max_size=M + S + B))
@pytest.mark.slow
def test_units_of_measure_do_not_matter(seed: int, powers: list[int]) -> None:
    x, y, b = units(seed)
    by = np.split(10.0 ** np.array(powers), [M, M + S])
    resized = tuple(part * factor for part, factor in zip((x, y, b), by, strict=True))
    for kind in ("input", "output", "non"):
        one = directional_distance(
            technology(x, y, b), x, y, b, direction=directions(x, y, b)[kind]
        )
        other = directional_distance(
            technology(*resized), *resized, direction=directions(*resized)[kind]
        )
        np.testing.assert_allclose(other.beta, one.beta, rtol=1e-9, atol=1e-11)
        moved = (other.multipliers * directions(*resized)[kind]).sum(axis=1)
        np.testing.assert_allclose(moved, 1, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from(["input", "output", "non"]))
@pytest.mark.slow
def test_wider_technologies_and_more_units_never_bring_a_unit_nearer(seed: int, kind: str) -> None:
    x, y, b = units(seed)
    g = directions(x, y, b)[kind]
    beta = {
        returns: directional_distance(
            technology(x, y, b, returns=returns), x, y, b, direction=g
        ).beta
        for returns in ("crs", "vrs", "nirs", "ndrs")
    }
    for narrow, wide in (("vrs", "nirs"), ("vrs", "ndrs"), ("nirs", "crs"), ("ndrs", "crs")):
        assert (beta[wide] >= beta[narrow] - 1e-9).all()
    few = directional_distance(
        technology(x[:-3], y[:-3], b[:-3]), x[:-3], y[:-3], b[:-3], direction=g[:-3]
    ).beta
    assert (beta["vrs"][:-3] >= few - 1e-9).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS)
@pytest.mark.slow
def test_with_factors_of_their_own_outputs_and_bads_shrink_together(seed: int) -> None:
    x, y, b = units(seed)
    g = directions(x, y, b)["output"]
    plain, abated = (
        directional_distance(technology(x, y, b, disposability=how), x, y, b, direction=g).beta
        for how in ("weak", "kuosmanen")
    )
    assert (abated >= plain - 1e-9).all()
    shrunk = directional_distance(
        technology(x, y, b, disposability="kuosmanen"), x, y * 0.6, b * 0.6, direction=g
    )
    assert (shrunk.status == "optimal").all() and (shrunk.beta >= -1e-9).all()


def test_without_factors_of_their_own_they_may_not() -> None:
    x, y, b = [[1.0], [2.0]], [[1.0], [2.0]], [[1.0], [1.0]]
    point, g = ([[2.0]], [[0.5]], [[0.5]]), [0.0, 1.0, 0.0]
    assert directional_distance(technology(x, y, b), *point, direction=g).status.tolist() == [
        "infeasible"
    ]
    found = directional_distance(
        technology(x, y, b, disposability="kuosmanen"), *point, direction=g
    )
    np.testing.assert_allclose(found.beta, 0.5)  # the second unit at half its work


def test_small_scores_keep_their_digits() -> None:
    x, y = np.array([[1e-6], [1.0], [3.0]]), np.array([[1.0], [1.0], [2.0]])
    found = directional_distance(
        technology(x, y, returns="crs"), x, y, direction=np.hstack([x, 0 * y])
    )
    np.testing.assert_allclose(1 - found.beta, [1, 1e-6, 2e-6 / 3], rtol=1e-9)


def test_the_order_of_the_units_changes_scores_by_rounding_alone() -> None:
    x, y, b = units(4, 300)
    order = np.random.default_rng(0).permutation(300)
    g = directions(x, y, b)["non"]
    one = directional_distance(technology(x, y, b), x, y, b, direction=g).beta
    mixed = directional_distance(
        technology(x[order], y[order], b[order]), x, y, b, direction=g
    ).beta
    np.testing.assert_allclose(mixed, one, rtol=1e-9, atol=1e-12)


def intercept_range(
    spanned: Technology, beta: Array, x: Array, y: Array, b: Array, g: Array
) -> tuple[Array, Array]:
    """The least and the greatest intercept omega among all optimal multipliers of each point
    (Banker and Thrall 1992).

    The dual of: max (or min) omega over the optimal multipliers; own variables tau (of v'g = 1) and
    rho (of optimality, asked for within rounding, since an optimum that was rounded down would be
    out of reach).
    """
    values = spanned.scaled(x, y, b)
    own = np.zeros((len(beta), values.shape[1] + 1, 2))
    own[:, :-1, 0], own[:, :-1, 1], own[:, -1, 1] = (
        -signs(spanned) * g / spanned.row_scale[:-1],
        -values,
        -1.0,
    )
    cost = np.column_stack([np.ones(len(beta)), beta + 1e-10 * np.maximum(1.0, np.abs(beta))])
    lower, upper = (np.where(np.isfinite(bound), 0.0, bound) for bound in spanned.bounds(x, y, b))
    ends = []
    for sign in (-1.0, 1.0):
        lower[:, -1] = upper[:, -1] = sign
        found = solve_programmes(spanned.columns, own, lower, upper, cost, own_lower=[-np.inf, 0.0])
        ends.append(sign * np.where(found.status == INFEASIBLE, np.inf, found.value))
    return ends[0], ends[1]


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(["input", "output"]))
@pytest.mark.slow
def test_both_ways_to_returns_to_scale_agree(seed: int, kind: str) -> None:
    x, y, b = units(seed)
    g, spanned = directions(x, y, b)[kind], technology(x, y, b)
    beta = directional_distance(spanned, x, y, b, direction=g).beta
    code, _ = returns_to_scale(spanned, beta, x, y, b, direction=g)
    low, high = intercept_range(spanned, beta, x, y, b, g)
    assert (low <= high + 1e-7).all()
    clear = (np.abs(low) > 1e-6) & (np.abs(high) > 1e-6)  # near 0 rounding decides
    by_range = np.where(low > 0, "irs", np.where(high < 0, "drs", "crs"))
    assert (by_range[clear] == code[clear]).all() and clear.any()
    found = directional_distance(spanned, x, y, b, direction=g).intercept
    assert (found >= low - 1e-6 * (1 + np.abs(low))).all() and (
        found <= high + 1e-6 * (1 + np.abs(high))
    ).all()


def test_a_wrong_sign_of_bads_would_be_noticed() -> None:
    x, y, b = units(5)
    g = directions(x, y, b)["non"]
    right = directional_distance(technology(x, y, b), x, y, b, direction=g).beta
    wrong = [
        multiplier_programme((x, y, -b), np.r_[x[i], y[i], -b[i]], g[i], "vrs", "weak")
        for i in range(len(x))
    ]
    assert np.nanmax(np.abs(right - wrong)) > 1e-3


ONE = technology([[1.0]], [[1.0]])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: directional_distance(ONE, [[1.0]], [[1.0]], direction=[1.0]), "direction_shape"),
        (
            lambda: directional_distance(ONE, [[1.0]], [[1.0]], direction=[0.0, 0.0]),
            "direction_of_point",
        ),
        (
            lambda: directional_distance(ONE, [[1.0]], [[1.0]], direction=[-1.0, 0.0]),
            "direction_of_point",
        ),
        (
            lambda: directional_distance(ONE, [[np.nan]], [[1.0]], direction=[1.0, 0.0]),
            "unusable_number",
        ),
        (lambda: restricted(ONE, [[1.0]]), "restrictions_shape"),
        (lambda: restricted(ONE, [[0.0, 0.0]]), "restriction_empty"),
        (
            lambda: returns_to_scale(
                technology([[1.0]], [[1.0]], returns="crs"),
                [0.0],
                [[1.0]],
                [[1.0]],
                direction=[1.0, 0.0],
            ),
            "no_choice",
        ),
        (
            lambda: directional_distance(
                technology([[1.0]], [[1.0]], [[1.0]], disposability="kuosmanen"),
                [[1.0]],
                [[1.0]],
                [[1.0]],
                direction=[1.0, 0.0, 0.0],
                excluded=[0],
            ),
            "excluded_from_two",
        ),
        (lambda: technology([[1.0]], [[1.0]], returns="none"), "no_choice"),
        (lambda: technology([[1.0]], [[1.0]], disposability="none"), "no_choice"),
        (lambda: technology([[1.0]], [[1.0], [2.0]]), "shapes_differ"),
        (lambda: technology(np.zeros((0, 1)), np.zeros((0, 1))), "no_reference_unit"),
        (lambda: technology([[-1.0]], [[1.0]]), "unusable_number"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where and caught.value.try_next

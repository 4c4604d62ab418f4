"""Cross-efficiency: against both programmes written out in multipliers, and by what the two goals
must keep."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import cross_efficiency
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.cross_efficiency import (
    cross_efficiencies,
)
from firstlight.texts import Year

Array = np.ndarray


def drawn(seed: int, count: int = 9) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.uniform(1, 5, (count, 2)), random.uniform(1, 5, (count, 2))


def verdicts(x: Array, y: Array, k: int, sign: float) -> Array:
    """Unit k's multipliers (v, u) by two programmes of linprog; its verdicts on all."""
    rows = np.hstack([-x, y])
    first = linprog(-np.r_[0, 0, y[k]], rows, np.zeros(len(x)), [np.r_[x[k], 0, 0]], [1.0])
    theta = -first.fun
    rest = np.delete(np.arange(len(x)), k)
    held = [np.r_[x[rest].sum(axis=0), 0, 0], np.r_[-theta * x[k], y[k]]]
    second = linprog(
        -sign * np.r_[0, 0, y[rest].sum(axis=0)], rows[rest], np.zeros(len(rest)), held, [1.0, 0.0]
    )
    v, u = second.x[:2], second.x[2:]
    return np.asarray(y @ u / (x @ v))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["benevolent", "aggressive"]))
@pytest.mark.slow
def test_verdicts_are_those_of_the_multiplier_programmes(seed: int, goal: str) -> None:
    x, y = drawn(seed)
    matrix, multipliers = cross_efficiencies(x, y, goal=goal)
    expected = [verdicts(x, y, k, 1.0 if goal == "benevolent" else -1.0) for k in range(len(x))]
    np.testing.assert_allclose(matrix, expected, rtol=1e-6)
    np.testing.assert_allclose((multipliers[:, :2] * x).sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(
        multipliers[:, 2:] @ y.T / (multipliers[:, :2] @ x.T), matrix, rtol=1e-7
    )


@pytest.mark.parametrize("seed", [6, 10, 32, 37])
def test_the_second_goal_is_about_the_others_alone(seed: int) -> None:
    """Among few units it would choose other multipliers here, were the unit itself counted among
    those it thinks of."""
    x, y = drawn(seed, 4)
    expected = [verdicts(x, y, k, 1.0) for k in range(4)]
    np.testing.assert_allclose(cross_efficiencies(x, y)[0], expected, rtol=1e-6)


def others_together(x: Array, y: Array, multipliers: Array) -> Array:
    """What each unit's multipliers say of the sum of the others, the quantity that the goals are
    about."""
    inputs, outputs = x.sum(axis=0) - x, y.sum(axis=0) - y
    return np.asarray(
        (multipliers[:, 2:] * outputs).sum(axis=1) / (multipliers[:, :2] * inputs).sum(axis=1)
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.slow
def test_goals_bound_the_others_together_and_nobody_judges_a_unit_better_than_it_does_itself(
    seed: int,
) -> None:
    x, y = drawn(seed)
    (kind, gives), (harsh, takes) = (
        cross_efficiencies(x, y, goal=goal) for goal in ("benevolent", "aggressive")
    )
    for matrix in (kind, harsh):
        assert (matrix <= np.diagonal(matrix) + 1e-9).all() and (matrix >= 0).all()
    np.testing.assert_allclose(np.diagonal(kind), np.diagonal(harsh))
    worst, best = others_together(x, y, takes), others_together(x, y, gives)
    assert (worst <= best + 1e-9).all() and (worst < best - 1e-6).any()


def test_units_of_measure_and_order_do_not_matter() -> None:
    x, y = drawn(3)
    matrix = cross_efficiencies(x, y)[0]
    np.testing.assert_allclose(
        cross_efficiencies(x * [1e12, 1e-9], y * [1e-6, 1e3])[0], matrix, rtol=1e-8
    )
    order = np.random.default_rng(0).permutation(len(x))
    np.testing.assert_allclose(
        cross_efficiencies(x[order], y[order])[0], matrix[np.ix_(order, order)], rtol=1e-8
    )


def test_on_a_frame() -> None:
    x, y = drawn(4)
    table = pl.DataFrame(
        {
            "unit": [f"u{k}" for k in range(9)],
            "a": x[:, 0],
            "b": x[:, 1],
            "c": y[:, 0],
            "d": y[:, 1],
        }
    )
    found = cross_efficiency(
        table.sample(fraction=1, shuffle=True, seed=1), ["a", "b"], ["c", "d"], goal="aggressive"
    )
    matrix = cross_efficiencies(x, y, goal="aggressive")[0]
    np.testing.assert_allclose(found.table["cross_efficiency_score"], matrix.mean(axis=0))
    others = (matrix.sum(axis=0) - np.diagonal(matrix)) / 8
    np.testing.assert_allclose(found.table["maverick_index"], np.diagonal(matrix) / others - 1)


def test_a_unit_that_others_value_at_nothing_has_no_maverick_index() -> None:
    rows = pl.DataFrame({"unit": ["a", "b"], "x": [1.0, 1.0], "y": [1.0, 0.0], "z": [0.0, 1.0]})
    table = cross_efficiency(rows, ["x"], ["y", "z"], goal="aggressive").table
    assert table["cross_efficiency_score"].to_list() == [0.5, 0.5]
    assert table["maverick_index"].to_list() == [None, None]
    assert table["reason"].to_list() == ["no_share", "no_share"]


@pytest.mark.parametrize(
    ("x", "y", "goal", "message"),
    [
        ([[1.0], [2.0]], [[1.0], [1.0]], "neutral", "no_choice goal"),
        ([[1.0]], [[1.0]], "benevolent", "one_unit"),
        ([[1.0], [-2.0]], [[1.0], [1.0]], "benevolent", "unusable_number -2"),
    ],
)
def test_bad_input_is_named(
    x: list[list[float]], y: list[list[float]], goal: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        cross_efficiencies(x, y, goal=goal)
    assert message in f"{caught.value.code} {caught.value}"


def test_units_judge_those_of_their_own_year() -> None:
    years = []
    for year, seed in ((2001, 5), (2002, 6)):
        x, y = drawn(seed)
        columns = {"a": x[:, 0], "b": x[:, 1], "c": y[:, 0], "d": y[:, 1]}
        years.append(
            pl.DataFrame({"unit": [f"u{k}" for k in range(len(x))], "year": year, **columns})
        )
    found = cross_efficiency(pl.concat(years), ["a", "b"], ["c", "d"], year="year")
    for rows in years:
        alone = cross_efficiency(rows.drop("year"), ["a", "b"], ["c", "d"])
        together = found.table.filter(pl.col("year") == rows["year"][0])
        np.testing.assert_allclose(
            together["cross_efficiency_score"], alone.table["cross_efficiency_score"]
        )
        np.testing.assert_allclose(together["maverick_index"], alone.table["maverick_index"])
    with pytest.raises(InputError) as caught:
        cross_efficiency(
            pl.concat([years[0], years[1].head(1)]), ["a", "b"], ["c", "d"], year="year"
        )
    assert caught.value.code == "one_unit_in_year" and caught.value.values == {"year": Year(2002)}

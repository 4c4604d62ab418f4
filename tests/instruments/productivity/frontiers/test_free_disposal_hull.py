"""The free disposal hull: unit by unit in plain loops, beside the convex hull, by its properties,
and on bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import fdh
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.free_disposal_hull import (
    hull_scores,
)

Array = np.ndarray
ORIENTATIONS = ("input", "output", "directional")
seeds = st.integers(0, 10_000)


def planted(seed: int, count: int = 25) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.integers(1, 9, (count, 2)).astype(float), random.integers(
        1, 9, (count, 2)
    ).astype(float)


def plainly(x: Array, y: Array, place: int, orientation: str) -> float:
    """The definition, unit by unit."""
    found = []
    for j in range(len(x)):
        if orientation == "input" and all(y[j] >= y[place]):
            found.append(max(x[j] / x[place]))
        if orientation == "output" and all(x[j] <= x[place]):
            found.append(-min(y[j] / y[place]))
        if orientation == "directional":
            found.append(-min(*(1 - x[j] / x[place]), *(y[j] / y[place] - 1)))
    return min(found) if orientation == "input" else -min(found)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_scores_are_those_of_the_definition(orientation: str) -> None:
    for seed in range(5):
        x, y = planted(seed)
        found = hull_scores(x, y, orientation=orientation)
        assert found.score == pytest.approx(
            [plainly(x, y, i, orientation) for i in range(25)], abs=1e-12
        )
        counts = [
            sum(all(x[j] <= x[i]) and all(y[j] >= y[i]) for j in range(25)) for i in range(25)
        ]
        assert found.dominating_count.tolist() == counts


def test_directional_of_one_input_or_output_alone_is_the_radial_distance() -> None:
    x, y = planted(7)
    theta = hull_scores(x, y).score
    assert hull_scores(x, y, orientation="directional", direction=(x, 0.0)).score == pytest.approx(
        1 - theta
    )
    phi = hull_scores(x, y, orientation="output").score
    assert hull_scores(x, y, orientation="directional", direction=(0.0, y)).score == pytest.approx(
        phi - 1
    )


def convex(x: Array, y: Array, place: int) -> float:
    n = len(x)
    rows = np.vstack([np.c_[-x[place], x.T], np.c_[np.zeros(2), -y.T]])
    ones = np.r_[0.0, np.ones(n)][None]
    return float(linprog(np.r_[1.0, np.zeros(n)], rows, np.r_[0, 0, -y[place]], ones, [1.0]).fun)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_never_below_the_convex_hull(seed: int) -> None:
    x, y = planted(seed, 10)
    score = hull_scores(x, y).score
    assert (score >= [convex(x, y, i) - 1e-8 for i in range(10)]).all() and (score <= 1).all()


@settings(max_examples=20, deadline=None)
@given(seeds, st.lists(st.integers(-9, 12), min_size=4, max_size=4), st.sampled_from(ORIENTATIONS))
def test_units_and_order_do_not_matter(seed: int, powers: list[int], orientation: str) -> None:
    x, y = planted(seed)
    scale = 2.0 ** np.array(powers)
    expected = hull_scores(x, y, orientation=orientation).score
    assert hull_scores(
        x * scale[:2], y * scale[2:], orientation=orientation
    ).score == pytest.approx(expected, rel=1e-12)
    order = np.random.default_rng(seed).permutation(25)
    assert (hull_scores(x[order], y[order], orientation=orientation).score == expected[order]).all()


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(ORIENTATIONS))
def test_more_units_never_raise_efficiency_and_a_worse_unit_never_has_more(
    seed: int, orientation: str
) -> None:
    x, y = planted(seed)
    sign = -1 if orientation == "input" else 1  # of inefficiency
    fewer = hull_scores(x[:10], y[:10], orientation=orientation).score
    more = hull_scores(x[:10], y[:10], reference=(x, y), orientation=orientation).score
    worse = hull_scores(
        x[:10] * [1.5, 1.0], y[:10], reference=(x, y), orientation=orientation
    ).score
    assert (sign * more >= sign * fewer - 1e-12).all()
    assert (sign * worse >= sign * more - 1e-12).all()


def test_zeros_do_not_count_where_the_unit_has_them() -> None:
    x, y = [[1.0, 0.0], [0.5, 1.0], [2.0, 0.0]], [[1.0], [1.0], [1.0]]
    assert hull_scores(x, y).score.tolist() == [1, 1, 0.5]
    assert hull_scores(y, x, orientation="output").score.tolist() == [2, 1, 1]


def test_nobody_to_compare_with_gives_no_number() -> None:
    found = hull_scores([[1.0]], [[5.0]], reference=([[1.0]], [[1.0]]))
    assert (
        np.isnan(found.score[0])
        and found.peer.tolist() == [-1]
        and found.dominating_count.tolist() == [0]
    )


def panel() -> pl.DataFrame:
    x, y = planted(1, 20)
    years = {"unit": [f"u{i}" for i in range(10)] * 2, "year": [2001] * 10 + [2002] * 10}
    return pl.DataFrame({**years, "K": x[:, 0], "L": x[:, 1], "Y": y[:, 0]})


def of(rows: Any, **options: Any) -> Any:
    return fdh(rows, ["K", "L"], ["Y"], year="year", **options)


def test_years() -> None:
    own, one = of(panel()), of(panel(), technology="global")
    assert (one.score <= own.score).all() and (one.score < own.score).any()
    assert (own.table["peer_year"] == own.table["year"]).all()
    mixed = of(panel().sample(fraction=1, shuffle=True, seed=1), technology="global")
    assert mixed.table.equals(one.table)
    past, later = of(panel(), technology="sequential").score, own.table["year"].to_numpy() == 2002
    assert (past[~later] == own.score[~later]).all() and (past[later] == one.score[later]).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: of(panel(), orientation="both"), "no_choice orientation = both"),
        (lambda: of(panel(), technology="local"), "no_choice technology = local"),
        (lambda: hull_scores([[0.0]], [[1.0]]), "inputs_all_zero"),
        (lambda: hull_scores([[1.0]], [[1.0]], reference=([[1.0, 2.0]], [[1.0]])), "other_columns"),
        (
            lambda: hull_scores([[1.0]], [[1.0]], orientation="directional", direction=(0.0, 0.0)),
            "unusable_direction",
        ),
        (lambda: hull_scores([[-1.0]], [[1.0]]), "unusable_number -1.0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in f"{caught.value.code} {caught.value}"
    assert caught.value.where and caught.value.try_next

"""Shapley values: the axioms, against every order, sampled beside exact, R^2 and products; bad
input named."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.networks.shapley_attribution.shapley import (
    change_of,
    exact_values,
    explained_variance,
    shapley,
)
from firstlight.texts import Name


def game(seed: int, n: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=1 << n)


def by_orders(worth: np.ndarray) -> np.ndarray:
    """The mean of what each adds, over every order written out."""
    n = worth.size.bit_length() - 1
    found = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        before = 0
        for i in order:
            found[i] += worth[before | 1 << i] - worth[before]
            before |= 1 << i
    return found / len(orders)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 6), unit=st.floats(1e-9, 1e12))
def test_as_over_every_order_and_efficient(seed: int, n: int, unit: float) -> None:
    worth = unit * game(seed, n)
    found = exact_values(worth)
    assert found / unit == pytest.approx(by_orders(worth) / unit, abs=1e-12)
    assert found.sum() / unit == pytest.approx((worth[-1] - worth[0]) / unit, abs=1e-11)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_symmetry_dummy_additivity(seed: int) -> None:
    one, two = game(seed), game(seed + 1)
    assert exact_values(one + 3 * two) == pytest.approx(
        exact_values(one) + 3 * exact_values(two), abs=1e-12
    )
    sets = np.arange(32)
    dummy = one[sets & ~1] + 0.7 * (sets & 1)  # the first player adds .7 to every set
    assert exact_values(dummy)[0] == pytest.approx(0.7)
    swapped = (sets & ~3) | ((sets & 1) << 1) | ((sets & 2) >> 1)
    even = one + one[swapped]  # the first two may be exchanged
    assert exact_values(even)[0] == pytest.approx(exact_values(even)[1])
    assert exact_values(one[swapped])[[1, 0, 2, 3, 4]] == pytest.approx(exact_values(one))


def test_published_games() -> None:
    """The glove game (one left, two right: 2/3, 1/6, 1/6) and a parliament of 4, 3, 2, 1 votes with
    6 to win (5, 3, 3, 1 of 12)."""
    glove = shapley(lambda who: float("left" in who and len(who) > 1), ["left", "right", "other"])
    assert glove.table["contribution"].to_list() == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    votes = {"a": 4, "b": 3, "c": 2, "d": 1}
    power = shapley(lambda who: float(sum(votes[p] for p in who) >= 6), list(votes))
    assert power.table["contribution"].to_list() == pytest.approx([5 / 12, 3 / 12, 3 / 12, 1 / 12])


def test_published_shares_of_r_squared() -> None:
    """General dominance as domir (R) prints it: the same mean over orders as LMG."""
    folder = Path(__file__).parents[2] / "reference"
    case = json.loads((folder / "mtcars_dominance.json").read_text(encoding="utf-8"))
    shares = case["general_dominance"]
    found = explained_variance(case["data"]["mpg"], {name: case["data"][name] for name in shares})
    assert found.total == pytest.approx(case["r_squared"], abs=5e-8)
    assert found.table["contribution"].to_list() == pytest.approx(list(shares.values()), abs=5e-8)


def test_sampled_beside_exact() -> None:
    rng = np.random.default_rng(0)
    names = [f"f{k:02d}" for k in range(12)]
    a, b = rng.normal(size=12), rng.normal(size=(12, 12))
    place = {name: k for k, name in enumerate(names)}

    def value(who: frozenset[str]) -> float:
        at = [place[name] for name in sorted(who)]
        return float(a[at].sum() + np.tanh(b[np.ix_(at, at)].sum()))

    truth = shapley(value, names).table["contribution"].to_numpy()
    held = []
    for seed in range(20):
        found = shapley(value, names, exact=False, draws=200, seed=seed).table
        assert found["contribution"].sum() == pytest.approx(value(frozenset(names)))
        held.append((found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy()))
    assert 0.9 <= np.mean(held) <= 0.99  # of 95% intervals, 240 of them
    mixed = shapley(value, names[::-1], exact=False, draws=20).table["contribution"].to_list()
    assert mixed[::-1] == pytest.approx(
        shapley(value, names, exact=False, draws=20).table["contribution"].to_list()
    )


def test_many_factors_are_sampled() -> None:
    found = shapley(lambda who: float(len(who)), [f"f{k}" for k in range(30)], draws=10)
    assert found.table["contribution"].to_list() == pytest.approx([1.0] * 30)
    assert found.table["standard_error"].to_list() == pytest.approx([0.0] * 30, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.sampled_from([1e-9, 1.0, 1e12]))
def test_r_squared(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3))
    y = x @ [1.0, -1.0, 0.5] + rng.normal(size=60)
    found = explained_variance(
        unit * y, {"a": unit * x[:, 0], "b": x[:, 1], "c": x[:, 2] + 1e3, "constant": np.ones(60)}
    )
    fit = np.column_stack([np.ones(60), x])
    rest = y - fit @ np.linalg.lstsq(fit, y, rcond=None)[0]
    assert found.total == pytest.approx(1 - rest @ rest / ((y - y.mean()) ** 2).sum(), rel=1e-8)
    assert found.table["contribution"].sum() == pytest.approx(found.total)
    assert found.table["contribution"].min() >= -1e-12
    assert found.table["contribution"].to_list()[3] == pytest.approx(0, abs=1e-12)
    one = explained_variance(y, {"a": x[:, 0], "b": x[:, 1]}).table["contribution"][0]
    r = np.corrcoef(np.column_stack([y, x[:, :2]]).T)
    both = 1 - 1 / np.linalg.inv(r)[0, 0]
    assert one == pytest.approx(
        (r[0, 1] ** 2 + both - r[0, 2] ** 2) / 2
    )  # two regressors: the mean of first and last


def test_twins_share_what_they_explain() -> None:
    x = np.arange(10.0)
    found = explained_variance(x, {"a": x, "twin": 2 * x}).table["contribution"].to_list()
    assert found == pytest.approx([0.5, 0.5])


def test_product_and_sum() -> None:
    found = change_of(
        lambda a, b, c: a * b + c, {"a": 2, "b": 3, "c": 1}, {"a": 4, "b": 5, "c": -1}
    )
    assert found.table["contribution"].to_list() == pytest.approx(
        [2 * 4, 2 * 3, -2]
    )  # change times the other's mean
    assert found.total == 12
    assert found.table["contribution_share"].to_list() == pytest.approx([8 / 12, 6 / 12, -2 / 12])
    offset = change_of(lambda a, b: a + b, {"a": 1, "b": 1}, {"a": 2, "b": 0})
    assert offset.table["contribution_share"].to_list() == [None, None]


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError) as wrong:
        shapley(lambda who: 0.0, ["a", "a"])
    assert wrong.value.code == "few_columns"
    with pytest.raises(InputError) as wrong:
        shapley(lambda who: np.nan if len(who) == 2 else 0.0, ["a", "b"])
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["parameter"] == Name(
        "value(a, b)"
    )
    with pytest.raises(InputError) as wrong:
        shapley(lambda who: 0.0, [str(k) for k in range(30)], exact=True)
    assert wrong.value.code == "too_many" and wrong.value.values["count"].value == 30
    with pytest.raises(InputError) as wrong:
        exact_values([0, 1, 2])
    assert wrong.value.code == "wrong_shape"
    with pytest.raises(InputError) as wrong:
        exact_values([0, 1, np.inf, 2])
    assert (
        wrong.value.code == "out_of_bounds" and wrong.value.values["parameter"].value == "worth[2]"
    )
    with pytest.raises(InputError) as wrong:
        change_of(lambda a: a, {"a": 1}, {"a": 1, "b": 2})
    assert wrong.value.code == "unknown_name" and wrong.value.values["name"].value == "b"
    with pytest.raises(InputError) as wrong:
        explained_variance([1.0, 2], {"a": [1.0, np.nan]})
    assert wrong.value.code == "out_of_bounds"
    with pytest.raises(InputError) as wrong:
        explained_variance([1.0, 1], {"a": [1.0, 2]})
    assert wrong.value.code == "constant"
    with pytest.raises(InputError) as wrong:
        explained_variance([1.0, 2], {"a": [1.0]})
    assert wrong.value.code == "wrong_shape"


def test_alone_is_beyond_what_none_reaches() -> None:
    found = shapley(lambda who: 5.0 + len(who), ["a", "b"])
    assert (
        found.table["alone"].to_list() == [1, 1] == found.table["last"].to_list()
        and found.total == 2
    )


def test_an_order_and_its_reverse_leave_no_error_where_factors_meet_in_pairs() -> None:
    rng = np.random.default_rng(0)
    names = [f"f{k}" for k in range(6)]
    pairs = rng.normal(size=(6, 6))

    def value(who: frozenset[str]) -> float:
        at = [names.index(name) for name in sorted(who)]
        return float(pairs[np.ix_(at, at)].sum())

    drawn = shapley(value, names, exact=False, draws=4).table
    assert drawn["contribution"].to_list() == pytest.approx(
        shapley(value, names).table["contribution"].to_list()
    )
    assert drawn["standard_error"].to_list() == pytest.approx([0.0] * 6, abs=1e-12)


def test_alone_and_last_by_hand() -> None:
    table = change_of(lambda a, b: a * b, {"a": 2, "b": 3}, {"a": 4, "b": 10}).table
    assert table["alone"].to_list() == [4 * 3 - 6, 2 * 10 - 6]
    assert table["last"].to_list() == [4 * 10 - 2 * 10, 4 * 10 - 4 * 3]


def test_what_rounding_leaves_of_a_constant_explains_nothing() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=40)
    almost = np.where(
        y > 0, 0.3, 0.1 + 0.2
    )  # the same number but for its last digit, which knows the sign of y
    found = explained_variance(y, {"x": rng.normal(size=40), "constant": almost}).table
    assert found["contribution"][1] == pytest.approx(0, abs=1e-12)


def test_as_many_factors_as_rows_explain_nothing() -> None:
    rng = np.random.default_rng(0)
    for rows in (4, 5):
        factors = {name: rng.normal(size=rows) for name in "abcd"}
        found = explained_variance(rng.normal(size=rows), factors)
        assert np.isnan(found.total) and found.table["contribution"].null_count() == 4
    enough = explained_variance(rng.normal(size=6), {name: rng.normal(size=6) for name in "abcd"})
    assert 0 < enough.total < 1
    # a constant and a twin take no freedom
    x = rng.normal(size=4)
    assert (
        explained_variance(
            x + rng.normal(size=4), {"a": x, "twin": 2 * x, "constant": np.ones(4)}
        ).total
        < 1
    )

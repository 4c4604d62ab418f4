"""Index numbers: their tests (reversals, transitivity), exactness, written-out sums, and bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.index_numbers import (
    FORMULAS,
    chained_index,
    multilateral_index,
    quantity_index,
)

Floats = NDArray[np.float64]
SEEDS = st.integers(0, 10_000)


def baskets(seed: int, rows: int = 6, goods: int = 4) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    return random.uniform(0.2, 5, (rows, goods)), random.uniform(0.2, 5, (rows, goods))


def test_the_four_formulas_by_hand() -> None:
    p0, q0, p1, q1 = [1.0, 2.0], [10.0, 5.0], [1.0, 3.0], [11.0, 6.0]
    found = {name: float(quantity_index(p0, q0, p1, q1, formula=name)) for name in FORMULAS}
    assert found["laspeyres"] == pytest.approx(23 / 20, rel=1e-14)
    assert found["paasche"] == pytest.approx(29 / 25, rel=1e-14)
    assert found["fisher"] == pytest.approx((23 / 20 * 29 / 25) ** 0.5, rel=1e-14)
    shares = ((0.5 + 11 / 29) / 2, (0.5 + 18 / 29) / 2)
    assert found["tornqvist"] == pytest.approx(1.1 ** shares[0] * 1.2 ** shares[1], rel=1e-14)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, formula=st.sampled_from(FORMULAS))
def test_units_of_measure_do_not_matter_and_proportional_baskets_give_the_proportion(
    seed: int, formula: str
) -> None:
    p, q = baskets(seed)
    unit = np.random.default_rng(seed + 1).uniform(1e-6, 1e6, q.shape[1])
    plain = quantity_index(p[0], q[0], p[1], q[1], formula=formula)
    scaled = quantity_index(p[0] / unit, q[0] * unit, p[1] / unit, q[1] * unit, formula=formula)
    assert scaled == pytest.approx(plain, rel=1e-12)
    assert quantity_index(p[0], q[0], p[1], 1.7 * q[0], formula=formula) == pytest.approx(
        1.7, rel=1e-12
    )
    assert quantity_index(p[0], q[0], p[0], q[0], formula=formula) == pytest.approx(1, rel=1e-12)
    order = np.random.default_rng(seed).permutation(q.shape[1])
    other = quantity_index(p[0][order], q[0][order], p[1][order], q[1][order], formula=formula)
    assert other == pytest.approx(plain, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_reversals(seed: int) -> None:
    p, q = baskets(seed)
    value = (p[1] @ q[1]) / (p[0] @ q[0])
    for formula in FORMULAS:
        there = quantity_index(p[0], q[0], p[1], q[1], formula=formula)
        back = quantity_index(p[1], q[1], p[0], q[0], formula=formula)
        prices = quantity_index(q[0], p[0], q[1], p[1], formula=formula)
        if formula in ("fisher", "tornqvist"):
            assert there * back == pytest.approx(1, rel=1e-12)
        else:
            assert abs(there * back - 1) > 1e-9
        if formula == "fisher":
            assert there * prices == pytest.approx(value, rel=1e-12)
    # The product test holds crosswise for the other two: a Laspeyres quantity index with a Paasche
    # price index.
    crossed = quantity_index(p[0], q[0], p[1], q[1], formula="laspeyres") * quantity_index(
        q[0], p[0], q[1], p[1], formula="paasche"
    )
    assert crossed == pytest.approx(value, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_tornqvist_is_exact_for_a_translog_aggregate_and_fisher_for_a_quadratic_one(
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    goods = 3
    q = np.exp(random.uniform(-0.5, 0.5, (2, goods)))
    # ln f = a'ln q + ln q' B ln q / 2, sum(a) = 1, B symmetric with rows that sum to 0: homogeneous
    # of degree 1.
    a = random.dirichlet(np.full(goods, 20.0))
    b = random.uniform(-0.05, 0.05, (goods, goods))
    b = b + b.T
    centre = np.eye(goods) - 1 / goods
    b = centre @ b @ centre
    log_f = [a @ np.log(x) + np.log(x) @ b @ np.log(x) / 2 for x in q]
    shares = np.array(
        [a + b @ np.log(x) for x in q]
    )  # of a cost minimiser: prices are marginal products
    assert (shares > 0).all()
    prices = shares / q * random.uniform(0.5, 2, (2, 1))
    found = quantity_index(prices[0], q[0], prices[1], q[1], formula="tornqvist")
    assert np.log(found) == pytest.approx(log_f[1] - log_f[0], abs=1e-12)
    # f = sqrt(q'Aq), whose marginal values are Aq / f.
    A = random.uniform(0.1, 1, (goods, goods))
    A = A + A.T
    f = [np.sqrt(x @ A @ x) for x in q]
    prices = np.array([A @ x / each for x, each in zip(q, f, strict=True)]) * random.uniform(
        0.5, 2, (2, 1)
    )
    assert quantity_index(prices[0], q[0], prices[1], q[1]) == pytest.approx(f[1] / f[0], rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, formula=st.sampled_from(["fisher", "tornqvist"]))
def test_multilateral_levels_are_the_mean_of_all_detours_and_transitive(
    seed: int, formula: str
) -> None:
    p, q = baskets(seed)
    levels = multilateral_index(p, q, formula=formula)
    n = len(p)
    by_definition = [
        [
            np.mean(
                [
                    np.log(quantity_index(p[a], q[a], p[k], q[k], formula=formula))
                    + np.log(quantity_index(p[k], q[k], p[b], q[b], formula=formula))
                    for k in range(n)
                ]
            )
            for b in range(n)
        ]
        for a in range(n)
    ]
    ratio = np.log(levels[None, :] / levels[:, None])
    assert ratio == pytest.approx(np.array(by_definition), abs=1e-12)
    assert ratio[0, 1] + ratio[1, 2] == pytest.approx(ratio[0, 2], abs=1e-13)
    order = np.random.default_rng(seed).permutation(n)
    assert multilateral_index(p[order], q[order], formula=formula) == pytest.approx(
        levels[order], rel=1e-12
    )


def test_caves_christensen_diewert_by_its_own_formula() -> None:
    p, q = baskets(3)
    s = p * q / (p * q).sum(axis=1, keepdims=True)
    against_mean = ((s + s.mean(axis=0)) / 2 * (np.log(q) - np.log(q).mean(axis=0))).sum(axis=1)
    found = np.log(multilateral_index(p, q))
    assert found - found[0] == pytest.approx(against_mean - against_mean[0], abs=1e-13)


def test_blocks_of_rows_do_not_change_the_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    p, q = baskets(4, rows=17)
    whole = multilateral_index(p, q, formula="fisher")
    monkeypatch.setattr("firstlight.instruments.productivity.indices.index_numbers._BLOCK", 40)
    assert multilateral_index(p, q, formula="fisher") == pytest.approx(whole, rel=1e-13)


def test_a_chain_is_the_product_of_its_links_and_drifts() -> None:
    p, q = baskets(5)
    links = [quantity_index(p[k], q[k], p[k + 1], q[k + 1]) for k in range(len(p) - 1)]
    assert chained_index(p, q) == pytest.approx(np.append(1, np.cumprod(links)), rel=1e-13)
    bounced = [0, 1, 2, 0]
    assert abs(chained_index(p[bounced], q[bounced])[-1] - 1) > 1e-3


def test_a_quantity_of_1_is_as_good_as_any() -> None:
    assert float(
        quantity_index([1, 1], [1, 1], [1, 1], [2, 2], formula="tornqvist")
    ) == pytest.approx(2, rel=1e-14)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: quantity_index([1], [1], [1], [1], formula="walsh"), "no_choice formula = walsh"),
        (lambda: quantity_index([1], [1], [1], [-1]), "not_a_quantity"),
        (lambda: quantity_index([1], [np.nan], [1], [1]), "not_a_quantity"),
        (lambda: quantity_index(1, [1], [1], [1]), "one_number_for_goods"),
        (lambda: quantity_index([1, 0], [0, 1], [1, 1], [1, 1]), "basket_without_value"),
        (
            lambda: quantity_index([2, 3], [0, 5], [2, 3], [4, 5], formula="tornqvist"),
            "zero_without_logarithm",
        ),
        (
            lambda: multilateral_index([[1]], [[1]], formula="laspeyres"),
            "no_choice formula = laspeyres",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as error:
        call()
    assert told in f"{error.value.code} {error.value}"

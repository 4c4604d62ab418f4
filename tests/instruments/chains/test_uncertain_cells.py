"""Uncertain cells: small errors by the first-order formula, the bias by the second order, what is
known stays known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import GERMANY, cells, germany, in_order
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from firstlight.chains import drawn_tables, structure, table_uncertainty
from firstlight.errors import InputError
from firstlight.texts import Count, Name

Floats = NDArray[np.float64]
FLOWS, OUTPUT = np.array(GERMANY["flows"], float), np.array(GERMANY["output"], float)
A = FLOWS / OUTPUT
L = np.linalg.inv(np.eye(6) - A)
DRAWS = 1_500


def test_small_errors_spread_as_the_first_order_formula_says() -> None:
    """dm = m dA L and d(L x / x) = L dA (L x) / x, cells independent with a variance of (error
    a_ij)^2; a variance of n draws is sure to sqrt(2 / n), here times 4."""
    error = 0.01
    found = drawn_tables(FLOWS, OUTPUT, error, DRAWS, seed=1)
    m, led = L.sum(axis=0), L @ OUTPUT
    backward, forward = np.zeros(6), np.zeros(6)
    for i in range(6):
        for j in range(6):
            one = error * A[i, j]
            backward += (m[i] * one * L[j]) ** 2
            forward += (L[:, i] * one * led[j] / OUTPUT) ** 2
    near = 4 * np.sqrt(2 / DRAWS)
    assert found.backward.var(axis=0) == pytest.approx(backward, rel=near)
    assert found.forward.var(axis=0) == pytest.approx(forward, rel=near)
    for drawn, told, variance in (
        (found.backward, m, backward),
        (found.forward, led / OUTPUT, forward),
    ):
        gap = np.abs(drawn.mean(axis=0) - told)
        assert (gap <= 4 * np.sqrt(variance / DRAWS) + 10 * variance).all()


@pytest.mark.parametrize("error", [0.15, 0.3])
def test_the_mean_of_inverses_is_no_smaller_than_the_inverse_of_means(error: float) -> None:
    """Simonovits 1975; and by how much, to second order: sum_ij m_i var(a_ij) l_ji l_jb."""
    flows, output = np.array([[30.0, 20, 5], [10, 40, 25], [8, 4, 20]]), np.array([110.0, 150, 100])
    found = drawn_tables(flows, output, error, DRAWS, seed=2)
    a = flows / output
    inverse = np.linalg.inv(np.eye(3) - a)
    m = inverse.sum(axis=0)
    bias = np.zeros(3)
    for i in range(3):
        for j in range(3):
            bias += m[i] * (error * a[i, j]) ** 2 * inverse[j, i] * inverse[j]
    gap = found.backward.mean(axis=0) - m
    noise = found.backward.std(axis=0) / np.sqrt(DRAWS)
    assert gap.sum() > 3 * found.backward.sum(axis=1).std() / np.sqrt(DRAWS)
    assert (gap > 0).all()
    assert (np.abs(gap - bias) <= 4 * noise + 6 * error**2 * bias).all()


def test_without_errors_draws_are_the_table_to_the_last_bit() -> None:
    found = table_uncertainty(germany(), error=0, draws=20).table
    for name in ("mean", "low", "high"):
        digits = {"abs": 0, "rel": 0} if name != "mean" else {"rel": 1e-15}
        own = found["output_multiplier"].to_list()
        assert found[f"multiplier_{name}"].to_list() == pytest.approx(own, **digits)
    for name in ("backward", "forward"):
        index = found[f"{name}_linkage_index"].to_list()
        assert found[f"{name}_low"].to_list() == found[f"{name}_high"].to_list() == index
    assert (found["role_share"] == 1).all() and (found["multiplier_error"] < 1e-15).all()
    assert (found["rank_low"] == found["rank"]).all() and (
        found["rank_high"] == found["rank"]
    ).all()
    told = structure(germany())
    for table, column in (("multipliers", "output_multiplier"), ("sectors", "role")):
        assert in_order(found, column) == in_order(told.tables[table], column)


def test_known_totals_stay_known() -> None:
    """Balanced to what sectors sell and buy of one another, every draw needs the same output for
    the same final demand; without, none does."""
    final = OUTPUT - FLOWS.sum(axis=1)
    for keeps_totals in (True, False):
        found = drawn_tables(FLOWS, OUTPUT, 0.2, 60, keeps_totals=keeps_totals)
        gap = np.abs(found.backward @ final / OUTPUT.sum() - 1)
        assert (gap < 1e-8).all() if keeps_totals else (gap > 1e-8).all()
    free, kept = (
        table_uncertainty(germany(), totals=totals, draws=300).table["multiplier_error"].mean()
        for totals in ("free", "kept")
    )
    assert isinstance(free, float) and isinstance(kept, float) and kept < free / 2


def test_shares_count_draws() -> None:
    found = table_uncertainty(germany(), error=0.3, draws=80, seed=4).table
    order = np.argsort(GERMANY["sectors"])  # the measurement's
    back = np.argsort(order)
    drawn = drawn_tables(FLOWS[np.ix_(order, order)], OUTPUT[order], 0.3, 80, seed=4)
    keys, firsts = np.zeros(6), np.zeros(6)
    for pull, push in zip(drawn.backward, drawn.forward, strict=True):
        keys += (pull / pull.mean() > 1) & (push / push.mean() > 1)
        firsts[pull.argmax()] += 1
    assert in_order(found, "key_share") == pytest.approx((keys / 80)[back].tolist())
    assert in_order(found, "first_share") == pytest.approx((firsts / 80)[back].tolist())
    assert found["first_share"].sum() == pytest.approx(1)


def test_draws_of_a_seed_are_the_same_whatever_the_threads() -> None:
    rng = np.random.default_rng(7)
    flows = rng.random((250, 250))
    output = flows.sum(axis=1) * 2
    found = set[bytes]()
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            own = drawn_tables(flows, output, 0.2, 3, seed=5)
            found.add(own.backward.tobytes() + own.forward.tobytes())
    assert len(found) == 1
    other = drawn_tables(flows, output, 0.2, 3, seed=6)
    assert (other.backward != own.backward).any()


def near_the_limit(own: float) -> pl.DataFrame:
    """Two sectors, one of which uses nearly all that it makes itself."""
    return cells(["a", "b"], [[own, 0.5], [0.5, 10]], {"final": [99.5 - own, 89.5]}, {})


def test_draws_that_can_not_meet_a_final_demand_are_counted() -> None:
    said = {own.code: own.values for own in table_uncertainty(near_the_limit(93), draws=100).said}
    drawn = drawn_tables([[93, 0.5], [0.5, 10]], [100, 100], 0.1, 100)
    assert 5 < drawn.left_out < 60
    assert said["left_out"]["count"] == Count(drawn.left_out)
    assert len(drawn.backward) == 100 - drawn.left_out
    with pytest.raises(InputError) as raised:
        table_uncertainty(near_the_limit(120), draws=20)
    assert raised.value.code == "not_productive"
    certain = {"error": 1e-9, "draws": 20, "totals": "kept"}
    zero = cells(["a", "b"], [[10, 5], [5, -5]], {"final": [85, 100]}, {})
    assert table_uncertainty(zero, **certain).table.height == 2


def test_the_first_sentence_says_which_key_sectors_survive() -> None:
    def said(**options: Any) -> dict[str, Any]:
        found = table_uncertainty(germany(), draws=200, **options)
        first = found.said[0]
        return {"code": first.code, **first.values, "all": [own.code for own in found.said]}

    key = structure(germany()).tables["sectors"].filter(role="key")["sector"].to_list()
    sure = said(error=0.001)
    assert sure["code"] == "survive" and sure["sure"] == sure["count"] == Count(len(key))
    assert {own.value for own in sure["sectors"].value} == set(key)
    assert "least_sure" not in sure["all"]
    wild = table_uncertainty(germany(), draws=200, error=0.8)
    least = {own.code: own.values for own in wild.said}["least_sure"]
    keys = wild.table.filter(role="key").sort("key_share", "sector")
    assert least["sector"] == Name(keys["sector"][0])
    alike = cells(["a", "b"], [[10, 10], [10, 10]], {"final": [80, 80]}, {})
    assert table_uncertainty(alike, draws=20).said[0].code == "no_key"

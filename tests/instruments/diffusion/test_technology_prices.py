"""Prices of technology: exact coverage, ordinary least squares, identities, what can't be told."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.diffusion import median_interval, technology_prices, time_dummies
from firstlight.errors import InputError
from firstlight.instruments.diffusion.contract_prices import contract_prices
from firstlight.instruments.diffusion.contract_prices.contract_prices import are_surely_apart
from firstlight.instruments.diffusion.contract_prices.typical_values import top_share

SAMPLE: Any = contract_prices.TECHNOLOGY_PRICES.sample_call()["frame"]


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_interval_of_a_median_is_the_narrowest_that_covers(level: float) -> None:
    for n in range(1, 60):
        # the interval of k-th lowest to k-th highest misses where fewer than k lie on one side
        exact = {
            k: 1 - 2 * sum(comb(n, j) for j in range(k)) / 2**n for k in range(1, (n + 1) // 2 + 1)
        }
        enough = [k for k, coverage in exact.items() if coverage >= level]
        found = median_interval(n, level)
        if not enough:
            assert found is None
            continue
        assert found is not None
        assert found[0] == max(enough)
        assert found[1] == pytest.approx(exact[max(enough)], abs=1e-12)


def test_published_ranks_of_intervals_of_a_median() -> None:
    # Conover 1999, table A3 (binomial, p = 1/2): n = 6, 8, 9, 15, 20 at 95%
    assert [median_interval(n)[0] for n in (6, 8, 9, 15, 20)] == [1, 1, 2, 4, 6]  # type: ignore[index]
    assert median_interval(5) is None


def test_intervals_hold_skewed_medians_as_often_as_they_say() -> None:
    values = np.random.default_rng(3).lognormal(0, 2, (4000, 15))
    k, coverage = median_interval(15) or (0, 0.0)
    ordered = np.sort(values, axis=1)
    held = ((ordered[:, k - 1] <= 1) & (ordered[:, 15 - k] >= 1)).mean()
    assert held == pytest.approx(coverage, abs=4 * np.sqrt(coverage * (1 - coverage) / 4000))


@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_index_is_that_of_explicit_least_squares(is_weighted: bool) -> None:
    rng = np.random.default_rng(5)
    years, technology, kind = np.repeat(range(5), 40), *rng.integers(0, [[6], [3]], (2, 200))
    logs, weights = rng.normal(2, 1, 200), np.ones(200)
    if is_weighted:
        weights = rng.integers(1, 9, 200).astype(float)
    found = time_dummies(logs, years + 2001, [technology, kind], weights)
    # dense dummies, the first of each left out, and the sandwich written out
    parts = [np.eye(n)[own][:, 1:] for n, own in ((5, years), (6, technology), (3, kind))]
    x = np.column_stack([np.ones(200), *parts])
    root = np.sqrt(weights)
    effects = np.linalg.lstsq(x * root[:, None], logs * root, rcond=None)[0]
    bread = np.linalg.inv(x.T @ (x * weights[:, None]))
    scores = x * (weights * (logs - x @ effects))[:, None]
    hc1 = bread @ scores.T @ scores @ bread * 200 / (200 - x.shape[1])
    assert found.logs[1:] == pytest.approx(effects[1:5], rel=1e-9)
    assert found.errors[1:] == pytest.approx(np.sqrt(np.diag(hc1))[1:5], rel=1e-9)
    assert found.degrees == 200 - x.shape[1]
    sums = np.stack([scores[technology == k].sum(axis=0) for k in range(6)])
    cr1 = bread @ sums.T @ sums @ bread * (6 / 5) * 199 / (200 - x.shape[1])
    grouped = time_dummies(logs, years, [technology, kind], weights, technology)
    assert grouped.errors[1:] == pytest.approx(np.sqrt(np.diag(cr1))[1:5], rel=1e-9)
    assert grouped.degrees == 5


def test_constant_prices_have_an_index_of_one_whatever_the_mix() -> None:
    rows = [("a", 2001, 1.0)] * 9 + [("b", 2001, 100.0)] + [("a", 2002, 1.0)]
    rows += [("b", 2002, 100.0)] * 9
    frame = pl.DataFrame(rows, schema=["technology", "year", "value"], orient="row")
    index = technology_prices(frame).tables["price_index"]
    assert index["price_index"].to_list() == pytest.approx([1, 1], abs=1e-9)
    assert index["unadjusted_index"].to_list() == pytest.approx([1, 100**0.8])


def test_another_unit_changes_values_and_nothing_else() -> None:
    one = technology_prices(SAMPLE)
    value = pl.col("value").cast(pl.Float64)
    other = technology_prices(SAMPLE.with_columns(value=value * 1000))
    index = [found.tables["price_index"]["price_index"].to_list() for found in (one, other)]
    assert index[1] == pytest.approx(index[0], rel=1e-9)
    for column in ("median_low", "geometric_mean_high", "mean_value"):
        expected = (one.table[column] * 1000).drop_nulls().to_list()
        assert other.table[column].drop_nulls().to_list() == pytest.approx(expected)
    assert other.table["top_tenth_share"].drop_nulls().to_list() == pytest.approx(
        one.table["top_tenth_share"].drop_nulls().to_list()
    )
    assert [each.code for each in one.said] == [each.code for each in other.said]


def test_a_deflator_takes_inflation_out() -> None:
    price = 100 * 1.5 ** (pl.col("year").cast(pl.Int64) - 2016)
    inflated = SAMPLE.with_columns(deflator=price, value=pl.col("value").cast(pl.Float64) * price)
    found = technology_prices(inflated).tables["price_index"]["price_index"]
    plain = technology_prices(SAMPLE).tables["price_index"]["price_index"]
    assert found.to_list() == pytest.approx(plain.to_list(), rel=1e-9)
    # in money of the last year: what was paid then stays as it is
    last = pl.col("year").cast(pl.Int64) == 2024
    real = technology_prices(inflated).tables["by_year"].filter(last)
    paid = technology_prices(inflated.drop("deflator")).tables["by_year"].filter(last)
    assert real["median_value"].to_list() == pytest.approx(paid["median_value"].to_list())


def test_the_sample_shows_what_was_planted() -> None:
    found = technology_prices(SAMPLE)
    assert [each.code for each in found.said] == ["apart", "rose", "skew", "thin", "without_value"]
    last = found.tables["price_index"].row(-1, named=True)
    assert last["price_index_low"] < 1.04**8 < last["price_index_high"]
    assert last["unadjusted_index"] > last["price_index_high"]
    thin = found.table.filter(technology="tide looms")
    assert thin.select("median_low", "top_tenth_share", "reason").row(0) == (
        None,
        None,
        "few_contracts",
    )


def test_a_difference_picked_from_many_has_to_hold_for_all() -> None:
    rows = pl.DataFrame({"technology": ["a"] * 6 + ["b"] * 6, "value": [*range(7, 13), *range(6)]})
    assert not are_surely_apart(rows, "a", "b", 0.95)  # six cover 96.9%, and not 97.5%
    assert are_surely_apart(rows, "a", "b", 0.9)
    assert not are_surely_apart(rows, "b", "a", 0.9)


def test_the_dearest_tenth_counts_a_contract_in_part() -> None:
    assert top_share([1.0] * 14 + [6.0]) == pytest.approx((6 + 0.5) / 20)
    assert top_share([1.0] * 9) is None


def test_sums_of_contracts_tell_means_and_an_index_alone() -> None:
    rows = {"technology": ["a", "b"] * 2, "year": [1, 1, 2, 2], "value": [10.0, 90, 40, 180]}
    frame = pl.DataFrame({**rows, "contracts": [5, 3, 10, 3]})
    found = technology_prices(frame.with_columns(pl.col("year") + 2000))
    assert found.table.select("technology", "mean_value", "median_value", "reason").rows() == [
        ("b", 45.0, None, "grouped"),
        ("a", pytest.approx(50 / 15), None, "grouped"),
    ]
    assert found.tables["price_index"]["price_index"].to_list() == pytest.approx([1, 2])
    assert found.said[0].code == "means"


def test_a_year_without_a_common_class_is_not_linked() -> None:
    rows = {"technology": ["a", "a", "b", "b"], "year": [2001, 2002, 2003, 2004]}
    found = technology_prices(pl.DataFrame({**rows, "value": [1.0, 2, 3, 4]}))
    index = found.tables["price_index"]
    assert index["reason"].to_list() == [None, None, "not_linked", "not_linked"]
    assert index["price_index"].to_list() == [pytest.approx(1), pytest.approx(2), None, None]
    assert [each.code for each in found.said] == ["none_judged", "moved_no_error", "thin"]
    apart = pl.DataFrame({"technology": ["a", "b"], "year": [2001, 2002], "value": [1.0, 2]})
    assert technology_prices(apart).said[1].code == "nothing_linked"


def test_errors_say_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as raised:
        technology_prices(pl.DataFrame({"technology": ["a"], "value": [0.0]}))
    assert raised.value.code == "nothing_above_zero"
    monkeypatch.setattr(contract_prices, "MOST_COLUMNS", 10)
    with pytest.raises(InputError) as raised:
        technology_prices(SAMPLE)
    assert raised.value.code == "many_classes"

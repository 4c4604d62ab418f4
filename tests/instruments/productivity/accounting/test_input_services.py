"""Capital services and labour composition: exhaustion of income, Cobb-Douglas truth, units, order,
gaps and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.input_services import (
    capital_services,
    labour_input,
    tornqvist_growth,
    user_cost,
)
from firstlight.texts import Name, Value


def economy(seed: int, n: int = 3, years: int = 6, units: int = 2) -> pl.DataFrame:
    """Assets with prices that fall and rise, invented."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(units):
        for asset in range(n):
            k = 10 * np.exp(np.cumsum(rng.normal(0.05, 0.05, years)))
            q = np.exp(np.cumsum(rng.normal(0.01, 0.02, years)))
            rows += [
                {
                    "unit": f"u{unit}",
                    "asset": f"a{asset}",
                    "year": 2000 + t,
                    "k": k[t],
                    "q": q[t],
                    "d": 0.1 + 0.1 * asset,
                }
                for t in range(years)
            ]
    table = pl.DataFrame(rows)
    income = table.group_by("unit", "year").agg(income=0.3 * (pl.col("k") * pl.col("q")).sum())
    return table.join(income, on=["unit", "year"]).with_columns(rate=pl.lit(0.08))


def test_at_the_internal_rate_user_costs_exhaust_capital_income() -> None:
    found = capital_services(economy(1), "k", "q", "d", income="income")
    truth = economy(1).select("unit", "year", "income").unique()
    both = found.table.join(truth, on=["unit", "year"], suffix="_given").drop_nulls(
        "rate_of_return"
    )
    assert both.height == 10
    assert both["income"].to_numpy() == pytest.approx(both["income_given"].to_numpy(), rel=1e-12)
    # Giving back the internal rate as an external one gives the same user costs.
    known = found.table.select("unit", "year", r="rate_of_return")
    again = capital_services(economy(1).join(known, on=["unit", "year"]), "k", "q", "d", rate="r")
    assert again.table["input_growth_pp"].drop_nulls().to_numpy() == pytest.approx(
        found.table["input_growth_pp"].drop_nulls().to_numpy(), rel=1e-10
    )


def test_the_user_cost_is_interest_wear_and_loss_of_value() -> None:
    cost, rate = user_cost(
        [[1.0, 2.0], [0.8, 2.2]], [[5.0, 5], [5, 5]], [[0.3, 0.1]] * 2, rate=[0.05, 0.05]
    )
    assert cost[1] == pytest.approx([0.05 * 1 + 0.3 * 0.8 + 0.2, 0.05 * 2 + 0.1 * 2.2 - 0.2])
    assert rate[1] == 0.05
    assert np.isnan(cost[0]).all()


def test_with_constant_shares_the_aggregate_is_cobb_douglas() -> None:
    rng = np.random.default_rng(5)
    x = np.exp(rng.normal(size=(8, 3)))
    growth, contribution = tornqvist_growth(x, np.tile([2.0, 3.0, 5.0], (8, 1)))
    truth = np.diff(np.log(x) @ np.array([0.2, 0.3, 0.5]))
    assert growth[1:] == pytest.approx(truth, rel=1e-10)
    assert contribution.sum(axis=1)[1:] == pytest.approx(truth, rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(1e-9, 1e12), money=st.floats(1e-9, 1e12))
def test_growth_hangs_neither_on_units_nor_on_the_order_of_rows(
    seed: int, size: float, money: float
) -> None:
    rows = economy(seed)
    scaled = rows.with_columns(
        k=size * pl.col("k"), q=money * pl.col("q"), income=size * money * pl.col("income")
    )
    one = capital_services(rows, "k", "q", "d", income="income")
    other = capital_services(
        scaled.sample(fraction=1, shuffle=True, seed=seed), "k", "q", "d", income="income"
    )
    for name in ("input_growth_pp", "composition_growth_pp", "rate_of_return"):
        a, b = one.table[name].drop_nulls().to_numpy(), other.table[name].drop_nulls().to_numpy()
        assert b == pytest.approx(a, rel=1e-7, abs=1e-7)
    added = one.kinds.group_by("unit", "year", maintain_order=True).agg(
        pl.col("contribution_pp").sum()
    )
    joined = one.table.join(added, on=["unit", "year"]).drop_nulls("input_growth_pp")
    assert joined["contribution_pp"].to_numpy() == pytest.approx(
        joined["input_growth_pp"].to_numpy(), abs=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_groups_of_one_wage_have_no_composition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = pl.DataFrame(
        {
            "group": ["a", "b", "c"] * 4,
            "year": np.repeat(range(2000, 2004), 3),
            "h": rng.uniform(5, 6, 12),
        }
    ).with_columns(w=7 * pl.col("h"))
    found = labour_input(rows, "h", "w", unit=None).table
    gain = found["composition_growth_pp"].drop_nulls().to_numpy()
    assert (
        np.abs(gain).max() < 0.02
    )  # a Törnqvist of a plain sum, exact to the third order of growth
    assert (
        found["input_growth_pp"] - found["plain_growth_pp"]
    ).drop_nulls().to_numpy() == pytest.approx(gain)


def test_merging_two_groups_that_move_alike_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    h, w = rng.uniform(5, 9, (5, 2)), rng.uniform(1, 2, (5, 2))
    split = np.column_stack([h[:, 0], 0.4 * h[:, 1], 0.6 * h[:, 1]])
    paid = np.column_stack([(h * w)[:, 0], 0.4 * (h * w)[:, 1], 0.6 * (h * w)[:, 1]])
    assert tornqvist_growth(split, paid)[0][1:] == pytest.approx(
        tornqvist_growth(h, h * w)[0][1:], rel=1e-12
    )


def test_gaps_and_zeros_are_named() -> None:
    rows = pl.DataFrame(
        {
            "group": ["a", "b"] * 4,
            "year": [2000, 2000, 2001, 2001, 2003, 2003, 2004, 2004],
            "h": [1.0, 0, 1, 2, 1, 2, 1, None],
            "w": [1.0, 0, 1, 2, 1, 2, 1, 2],
        }
    )
    found = labour_input(rows, "h", "w", unit=None)
    assert found.table["input_growth_pp"].null_count() == 5
    why = found.table.select("year", "reason", "reason_name", "reason_year").rows()
    reasons = {year: tuple(each) for year, *each in why}
    assert reasons[2001] == ("zero_in_one_year", "b", 2001)
    assert reasons[2002] == ("no_hours", "a", 2002)
    assert reasons[2004] == ("no_hours", "b", 2004)
    never = labour_input(
        rows.filter(pl.col("year") < 2002).with_columns(h=pl.lit(1.0), w=pl.lit(1.0)),
        "h",
        "w",
        unit=None,
    )
    assert never.table["input_growth_pp"].to_list() == [None, 0]


def test_without_stock_there_is_neither_rate_nor_growth() -> None:
    rows = economy(2, units=1).with_columns(k=pl.lit(0.0))
    found = capital_services(rows, "k", "q", "d", income="income")
    assert found.table["rate_of_return"].null_count() == 6
    assert found.table["reason"].to_list()[2] == "nothing_earned"


def test_a_negative_user_cost_is_named() -> None:
    rows = economy(2, units=1).with_columns(
        rate=pl.when(pl.col("year") == 2003).then(-0.9).otherwise(0.08)
    )
    found = capital_services(rows, "k", "q", "d", rate="rate").table
    why = found.filter(year=2003).select("reason", "reason_name", "reason_year")
    assert why.row(0) == ("negative_cost", "a0", 2003)
    assert found.filter(pl.col("year").is_in([2003, 2004]))["input_growth_pp"].null_count() == 2


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: capital_services(economy(1), "k", "q", "d"),
            "both_or_neither",
            {"one": Name("income")},
        ),
        (
            lambda: capital_services(economy(1), "k", "q", "d", income="k"),
            "differs_in_a_year",
            {"column": Name("k")},
        ),
        (
            lambda: capital_services(
                economy(1).with_columns(q=-pl.col("q")), "k", "q", "d", rate="rate"
            ),
            "not_above_zero",
            {"column": Name("q")},
        ),
        (lambda: user_cost([[1.0]], [[1.0]], [[0.1]]), "both_or_neither", {"one": Name("income")}),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values


def test_an_absent_column_is_named() -> None:
    with pytest.raises(InputError, match="nothing"):
        labour_input(economy(1), "k", "nothing", group="asset")

"""Perpetual inventory: published stocks of Chinese provinces, steady states, units, order, gaps and
bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.capital_stocks.base_stock import (
    ZHANG_JUN,
    ZHANG_JUN_DEPRECIATION,
    BaseStock,
    first_stock,
)
from firstlight.instruments.productivity.capital_stocks.capital_stocks import capital
from firstlight.instruments.productivity.capital_stocks.perpetual_inventory import (
    capital_stock,
    perpetual_inventory,
)
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.yearly_series import Reason
from firstlight.texts import Count, Figure, Name, Value, Year, names


@pytest.fixture(scope="module")
def provinces() -> pl.DataFrame:
    """Two invented provinces from 1952, and one from 1996."""
    draws, tables = np.random.default_rng(5), []
    for name, first in (("anhui", 1952), ("beijing", 1952), ("chongqing", 1996)):
        years = np.arange(first, 2023)
        price = np.cumprod(np.append(1, np.exp(draws.normal(0.03, 0.05, len(years) - 1))))
        invest = 8 * np.exp(0.09 * (years - 1952) + draws.normal(0, 0.2, len(years)))
        tables.append(
            pl.DataFrame({"yr": years, "invest": invest, "InvestPrice": price}).with_columns(
                prv=pl.lit(name)
            )
        )
    return pl.concat(tables)


def stock(found: pl.DataFrame, unit: str, year: int, column: str = "capital_end") -> float:
    return float(found.filter((pl.col("unit") == unit) & (pl.col("year") == year))[column].item())


def zhang_jun(provinces: pl.DataFrame, **more: object) -> pl.DataFrame:
    return capital_stock(
        provinces,
        "invest",
        unit="prv",
        year="yr",
        price="InvestPrice",
        depreciation=ZHANG_JUN_DEPRECIATION,
        base=ZHANG_JUN,
        **more,  # type: ignore[arg-type]
    )


def test_the_provincial_practice_gives_the_recomputed_stocks(shared: Path) -> None:
    provinces = pl.read_csv(
        shared / "data/provinces/capital_asset.csv", null_values=["NA"], infer_schema_length=None
    )
    # CapitalStock (R), by Zhang, Wu and Zhang (2004); 100 million yuan at 1952 prices, given to
    # three decimals.
    found = zhang_jun(provinces)
    assert stock(found, "beijing", 2000) == pytest.approx(4940.370, abs=5e-4)
    assert stock(found, "guangdong", 2017) == pytest.approx(36654.173, abs=5e-4)
    # The base-year rule: ten times the investment of 1952, standing at the end of 1952.
    assert stock(found, "beijing", 1952) == pytest.approx(7.9)
    assert stock(found, "beijing", 1953) == pytest.approx(7.9 * 0.904 + 5.36 / 0.99864700, rel=1e-6)


def test_the_provincial_practice_year_by_year(provinces: pl.DataFrame) -> None:
    """Ten times the investment of 1952 stands at its end; of what stands 9.6% is lost each year,
    and what is invested, at prices of 1952, comes to it."""
    found = zhang_jun(provinces)
    for unit in ("anhui", "beijing"):
        own = provinces.filter(prv=unit).sort("yr")
        (_, invest, _), *later = own.select("yr", "invest", "InvestPrice").rows()
        standing = 10 * invest
        assert stock(found, unit, 1952) == pytest.approx(standing, rel=1e-12)
        for year, invest, price in later:
            standing = (1 - 0.096) * standing + invest / price
            assert stock(found, unit, year) == pytest.approx(standing, rel=1e-12)


def test_a_province_without_1952_is_named_and_may_bring_its_own_base(
    provinces: pl.DataFrame,
) -> None:
    found = zhang_jun(provinces)
    assert found.filter(pl.col("capital_end").is_null())["unit"].unique().to_list() == ["chongqing"]
    reason = found.filter(pl.col("unit") == "chongqing").select("reason", "reason_year").row(0)
    assert reason == ("no_row_of_base_year", 1952)
    own = zhang_jun(
        provinces, own_base={"chongqing": BaseStock(rule="given", year=1996, stock=400.0)}
    )
    assert stock(own, "chongqing", 1996) == 400
    assert own["capital_end"].null_count() == 0
    assert stock(own, "beijing", 2000) == stock(found, "beijing", 2000)


def test_prices_of_another_year_rescale_the_whole_series(provinces: pl.DataFrame) -> None:
    at_1952, at_2000 = zhang_jun(provinces), zhang_jun(provinces, price_year=2000)
    beijing = provinces.filter((pl.col("prv") == "beijing") & (pl.col("yr") == 2000))[
        "InvestPrice"
    ].item()
    for year in (1952, 1980, 2022):
        assert stock(at_2000, "beijing", year) == pytest.approx(
            beijing * stock(at_1952, "beijing", year), rel=1e-12
        )


def test_a_chain_of_previous_year_100_is_the_level(provinces: pl.DataFrame) -> None:
    linked = provinces.sort("prv", "yr").with_columns(
        (100 * pl.col("InvestPrice") / pl.col("InvestPrice").shift(1).over("prv"))
        .fill_null(100.0)
        .alias("InvestPrice")
    )
    one, other = zhang_jun(provinces), zhang_jun(linked, price_kind="previous_year")
    for year in (1953, 2000, 2022):
        assert stock(other, "anhui", year) == pytest.approx(stock(one, "anhui", year), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    growth=st.floats(-0.03, 0.2),
    rate=st.floats(0.04, 0.3),
    rule=st.sampled_from(["harberger", "trend", "hall_jones"]),
)
def test_in_a_steady_state_the_ratio_of_stock_to_investment_never_moves(
    growth: float, rate: float, rule: str
) -> None:
    flow = 7.0 * (1 + growth) ** np.arange(15)
    rows = pl.DataFrame({"unit": "a", "year": range(2000, 2015), "i": flow})
    found = capital_stock(rows, "i", depreciation=rate, base=BaseStock(rule=rule))
    ratio = (found["capital_end"] / found["investment_real"]).to_numpy()
    if (
        rule == "hall_jones"
    ):  # puts the opening stock at the year's end: off by one year's growth in the first year
        assert ratio[0] == pytest.approx(1 / (growth + rate), rel=1e-9)
    else:
        assert ratio == pytest.approx((1 + growth) / (growth + rate), rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    flow=st.lists(st.floats(0, 1e6), min_size=2, max_size=12),
    rate=st.floats(0, 1),
    first=st.floats(0, 1e6),
    money=st.floats(1e-9, 1e9),
)
def test_the_stock_is_the_sum_of_what_is_left_of_each_year_in_any_unit(
    flow: list[float], rate: float, first: float, money: float
) -> None:
    ages = np.subtract.outer(np.arange(len(flow)), np.arange(len(flow)))
    left = np.where(ages >= 0, (1 - rate) ** np.maximum(ages, 0.0), 0.0)
    expected = left @ np.array(flow) + first * (1 - rate) ** (1.0 + np.arange(len(flow)))
    assert perpetual_inventory(flow, rate, first) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    scaled = perpetual_inventory(money * np.array(flow), rate, money * first)
    assert scaled == pytest.approx(money * expected, rel=1e-9, abs=1e-6 * money)
    spread = perpetual_inventory(flow, rate, first, mid_year=True)
    assert spread == pytest.approx(
        expected - rate / 2 * (left @ np.array(flow)), rel=1e-9, abs=1e-6
    )


def test_what_is_left_of_the_first_stock_is_told() -> None:
    rows = pl.DataFrame({"unit": "a", "year": [2000, 2001, 2002], "i": [1.0, 1.0, 1.0]})
    found = capital_stock(rows, "i", depreciation=0.5, base=BaseStock(rule="given", stock=8.0))
    assert found["capital_end"].to_list() == [8, 5, 3.5]
    assert found["base_remaining_share"].to_list() == [1, 4 / 5, 2 / 3.5]
    assert found["capital_mean"].to_list() == [None, 6.5, 4.25]


def test_assets_wear_at_their_own_rates_which_may_change() -> None:
    rows = pl.DataFrame(
        {
            "asset": ["ict", "ict", "ict", "road", "road", "road"],
            "year": [2000, 2001, 2002] * 2,
            "i": [0.0, 0.0, 0.0] * 2,
            "d": [0.5, 0.5, 0.25, 0.0, 0.1, 0.1],
        }
    )
    base = BaseStock(rule="given", stock=8.0)
    fixed = capital_stock(
        rows, "i", unit=None, asset="asset", depreciation={"ict": 0.5, "road": 0.1}, base=base
    )["capital_end"]
    assert fixed.to_list() == pytest.approx([8, 4, 2, 8, 7.2, 6.48])
    moving = capital_stock(rows, "i", unit=None, asset="asset", depreciation="d", base=base)
    assert moving["capital_end"].to_list() == pytest.approx([8, 4, 3, 8, 7.2, 6.48])


def test_gaps_stay_gaps_and_are_named() -> None:
    rows = pl.DataFrame(
        {
            "unit": ["a", "a", "a", "b", "b", "b", "c", "c"],
            "year": [2000, 2001, 2003, 2000, 2001, 2002, 2000, 2001],
            "i": [1.0, 1.0, 1.0, 1.0, None, 1.0, 1.0, -50.0],
        }
    )
    found = capital_stock(rows, "i", base=BaseStock(rule="multiple", multiple=10))
    rows_of = {unit: found.filter(pl.col("unit") == unit) for unit in "abc"}
    assert rows_of["a"]["year"].to_list() == [2000, 2001, 2002, 2003]
    assert rows_of["a"]["capital_end"].null_count() == 2
    reasons = {unit: own.select("reason", "reason_year").rows() for unit, own in rows_of.items()}
    assert reasons["a"] == [(None, None)] * 2 + [("no_investment", 2002)] * 2
    assert reasons["b"] == [(None, None), ("no_investment", 2001), ("no_investment", 2001)]
    assert reasons["c"] == [(None, None), ("below_zero", 2001)]


def test_units_without_a_stock_are_said_with_their_reasons() -> None:
    years = range(1952, 1964)
    flow = {
        "a": [1.0] * 12,
        "b": [1.0, None, *[1.0] * 10],
        "c": [1.0, -50.0, *[1.0] * 10],
    }
    rows = pl.DataFrame({"year": years, **flow}).unpivot(
        index="year", variable_name="unit", value_name="investment"
    )
    said = capital(rows, base="zhang_jun").said
    assert [given.code for given in said] == ["stock", "first_stock", "gaps"]
    stock, _, gaps = said
    assert stock.values == {
        "year": Year(1963),
        "known": Count(1),
        "count": Count(3),
        "total": stock.values["total"],
    }
    whole = (1 - 0.096) ** 11 * 10 + (1 - (1 - 0.096) ** 11) / 0.096
    assert stock.values["total"].value == pytest.approx(whole, rel=1e-12)
    assert gaps.values["count"] == Count(2)
    assert gaps.values["units"] == names(["b", "c"])
    reasons = [phrase.value.values for phrase in gaps.values["reasons"].value]
    assert [each["reason"].value for each in reasons] == [
        "codes.reason.no_investment",
        "codes.reason.below_zero",
    ]
    assert [each["year"] for each in reasons] == [Year(1953), Year(1953)]


@pytest.mark.parametrize(
    ("flow", "base", "code"),
    [
        ([0.0, 1], BaseStock(growth=0.1), "base_investment_not_positive"),
        ([1.0, 1], BaseStock(growth=-0.2), "no_wear_beyond_decline"),
        ([1.0, 1], BaseStock(), "no_later_investment"),
        ([1.0, 0, 2], BaseStock(rule="trend"), "no_trend"),
        ([np.nan, 1], BaseStock(rule="multiple", multiple=3), "no_base_investment"),
    ],
)
def test_a_rule_that_cannot_be_followed_gives_its_reason(
    flow: list[float], base: BaseStock, code: str
) -> None:
    first, reason = first_stock(flow, 0.05, base)
    assert np.isnan(first)
    assert reason == Reason(code)


ROWS = pl.DataFrame({"unit": ["a", "a"], "year": [2000, 2001], "i": [1.0, 2.0], "p": [1.0, 0.0]})


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: capital_stock(ROWS, "i", price="p"),
            "not_above_zero",
            {"key": unit_in_year("a", 2001), "column": Name("p")},
        ),
        (lambda: capital_stock(ROWS, "i", depreciation=9.6), "no_rate", {"rate": Figure(9.6)}),
        (
            lambda: capital_stock(ROWS, "i", base=BaseStock(rule="given")),
            "rule_without",
            {"parameter": Name("stock")},
        ),
        (
            lambda: capital_stock(ROWS, "i", base=BaseStock(rule="ten")),
            "no_choice",
            {"parameter": Name("rule"), "value": Name("ten")},
        ),
        (
            lambda: capital_stock(ROWS, "i", own_base={"z": BaseStock()}),
            "no_such_unit",
            {"unit": Name("z")},
        ),
        (
            lambda: capital_stock(ROWS, "i", price="p", price_kind="chain"),
            "no_choice",
            {"parameter": Name("price_kind"), "value": Name("chain")},
        ),
        (
            lambda: capital_stock(pl.concat([ROWS, ROWS]), "i"),
            "row_twice",
            {"key": unit_in_year("a", 2000)},
        ),
        (
            lambda: capital_stock(
                ROWS.with_columns(asset=pl.lit("x")), "i", asset="asset", depreciation={"y": 0.1}
            ),
            "asset_without_rate",
            {"asset": Name("x")},
        ),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values


def test_the_order_of_rows_changes_nothing(provinces: pl.DataFrame) -> None:
    shuffled = provinces.sample(fraction=1.0, shuffle=True, seed=1)
    assert zhang_jun(shuffled).equals(zhang_jun(provinces))


@pytest.mark.parametrize(
    "options",
    [
        {"price": "p", "price_year": 2003, "depreciation": "d", "mid_year": True},
        {
            "price": "p",
            "price_kind": "previous_year",
            "worn": "w",
            "base": BaseStock(rule="multiple", multiple=4.0),
        },
        {"asset": "a", "depreciation": {"ict": 0.3, "road": 0.05}, "base": BaseStock(growth=0.02)},
        {
            "base": BaseStock(rule="given", stock=5.0, year=2002),
            "own_base": {"u2": BaseStock(rule="trend")},
        },
    ],
)
def test_many_units_together_are_each_alone(options: dict[str, object]) -> None:
    rng = np.random.default_rng(3)
    n = 8 * 15
    rows = pl.DataFrame(
        {
            "unit": np.repeat([f"u{k}" for k in range(8)], 15),
            "year": np.tile(np.arange(2000, 2015), 8),
            "a": rng.choice(["ict", "road"], n),
            "i": np.where(rng.random(n) < 0.02, -60.0, rng.uniform(1, 9, n)),
            "p": rng.uniform(90, 110, n),
            "d": rng.uniform(0.02, 0.2, n),
            "w": rng.uniform(0.1, 0.5, n),
        }
    ).sample(fraction=0.96, shuffle=True, seed=2)  # some years absent, any order
    whole = capital_stock(rows, "i", **options)  # type: ignore[arg-type]
    own = options.pop("own_base", {})
    for unit in range(8):
        name = f"u{unit}"
        one = {"own_base": {name: own[name]}} if name in own else {}  # type: ignore[index, operator]
        alone = capital_stock(rows.filter(pl.col("unit") == name), "i", **options, **one)  # type: ignore[arg-type]
        assert whole.filter(pl.col("unit") == name).equals(alone)


def test_a_rate_that_cannot_be_is_named_where_it_first_stands() -> None:
    rows = pl.DataFrame(
        {"unit": ["b", "a", "a"], "year": [2000, 2001, 2000], "i": [1.0] * 3, "d": [-0.1, 3.0, 0.1]}
    )
    with pytest.raises(InputError) as caught:
        capital_stock(rows, "i", depreciation="d")
    assert caught.value.values == {"rate": Figure(3), "key": unit_in_year("a", 2001)}


def test_the_growth_of_the_rule_is_what_was_used() -> None:
    flow = np.array([10.0, 12.0, 11.0, 13.0, 15.0, 14.0, 16.0, 18.0, 17.0, 19.0, 30.0, 50.0])
    frame = pl.DataFrame({"unit": "3", "year": range(2000, 2012), "investment": flow})
    found = capital(frame)
    growth = (flow[10] / flow[0]) ** (1 / 10) - 1
    assert found.table["capital_end"][0] == pytest.approx(
        flow[0] / (growth + 0.05) * 0.95 + flow[0], rel=1e-12
    )
    assert "growth_of_ten_years" in [given.code for given in found.conventions]
    falls = capital(frame.with_columns(pl.col("investment").reverse()), depreciation=0.01)
    assert [given.code for given in falls.said] == ["nothing", "gaps"]
    assert falls.said[1].values["units"] == names(["3"])
    assert set(falls.table["reason"]) == {"no_wear_beyond_decline"}


def test_depreciation_goes_by_the_rule_and_prices_of_the_year_before_need_a_column() -> None:
    rows = pl.DataFrame({"unit": "a", "year": [1952, 1953], "investment": [1.0, 1.0]})
    assert capital(rows, base="zhang_jun").table["depreciation_rate"].to_list() == [0.096] * 2
    assert capital(rows, base="trend").table["depreciation_rate"].to_list() == [0.05] * 2
    assert capital(rows, depreciation=0.2).table["depreciation_rate"].to_list() == [0.2] * 2
    with pytest.raises(InputError) as caught:
        capital(rows, price_kind="previous_year")
    assert caught.value.code == "no_prices"

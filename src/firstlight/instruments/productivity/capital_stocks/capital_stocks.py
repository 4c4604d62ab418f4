"""Capital stocks from investment, by perpetual inventory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.capital_stocks.base_stock import (
    ZHANG_JUN,
    ZHANG_JUN_DEPRECIATION,
    BaseStock,
)
from firstlight.instruments.productivity.capital_stocks.perpetual_inventory import stocks
from firstlight.instruments.productivity.yearly_series import reasons_said
from firstlight.measurement import Measurement
from firstlight.result import Result
from firstlight.texts import Count, Figure, Message, Share, Year, message, names

DEPRECIATION = 0.05


def capital(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    investment: Annotated[str, roles.Number()] = "investment",
    price: Annotated[str | None, roles.Number("positive")] = "price",
    depreciation: Annotated[float | None, roles.Bounds(0, 1)] = None,
    base: Literal["harberger", "hall_jones", "trend", "zhang_jun"] = "harberger",
    price_kind: Literal["level", "previous_year"] = "level",
    price_year: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    mid_year: bool = False,
) -> Result:
    """Capital stocks of units from what they invested: K_t = (1 - delta) K_(t-1) + I_t.

    The first stock, before the record of investment begins, follows from a rule.

    Parameters
    ----------
    frame
        A row for each unit and year.
    unit
        Column of the places, firms, industries or other units.
    year
        Column of the years.
    investment
        Column of investment, at current prices where there is a price index.
    price
        Column of the price index of investment.
    depreciation
        What wears out in a year, from 0 to 1; by default 0.05, with ``zhang_jun`` 0.096.
    base
        Rule of the first stock: investment of the first year over growth plus depreciation, at the
        start of that year (``harberger``) or at its end (``hall_jones``); the same of the trend of
        all years (``trend``); ten times the investment of 1952, as Chinese provincial studies have
        it (``zhang_jun``).
    price_kind
        Whether prices are relative to one year, in any multiple, or to the year before = 100.
    price_year
        The year at whose prices stocks are given; by default the base of the index.
    mid_year
        Whether new investment loses half a year's depreciation in its first year.

    Returns
    -------
    Result with the table ``stocks``: unit, year, investment_real, price_index, depreciation_rate,
    capital_end (at the end of the year), capital_mean (of opening and closing stock),
    base_remaining_share (what of capital_end is still the first stock), reason and reason_year. A
    missing investment leaves all later stocks missing.

    Raises
    ------
    InputError
        For prices of the year before without a column of prices.

    References
    ----------
    Goldsmith 1951, NBER Studies in Income and Wealth 14. Harberger 1978, in Contemporary Economic
    Analysis. Hall and Jones 1999, Quarterly Journal of Economics 114(1). Nehru and Dhareshwar 1993,
    Revista de Análisis Económico 8(1). Zhang, Wu and Zhang 2004, Economic Research Journal
    2004(10).

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": "a", "year": [1952, 1953, 1954], "investment": [1.0, 2, 2]})
    >>> capital(rows, base="zhang_jun").table["capital_end"].round(4).to_list()
    [10.0, 11.04, 11.9802]
    """
    data = CAPITAL.read(locals())
    has_price = data.has("price")
    if price_kind != "level" and not has_price:
        raise CAPITAL.error(message("no_prices"))
    is_zhang_jun = base == "zhang_jun"
    rate = depreciation
    if rate is None:
        rate = ZHANG_JUN_DEPRECIATION if is_zhang_jun else DEPRECIATION
    table = stocks(
        data.frame.cast({"year": pl.Int64}),
        ["unit"],
        "investment",
        depreciation=rate,
        price="price" if has_price else None,
        price_kind=price_kind,
        price_year=price_year,
        base=ZHANG_JUN if is_zhang_jun else BaseStock(rule=base),
        own_base={},
        mid_year=mid_year,
    )
    return Result(
        {"stocks": table},
        (*_answer(table), *_gaps(table)),
        CAPITAL.texts,
        conventions=_conventions(base, price_kind if has_price else "", price_year, mid_year),
        charts=(Chart("stocks", "stocks", "year", (Mark("capital_end"),), panel="unit"),),
        given=data.given,
    )


def _answer(table: pl.DataFrame) -> list[Message]:
    """The capital of all units in the last year with any, and the first stock's part in it."""
    known = table.drop_nulls("capital_end")
    every = Count(table["unit"].n_unique())
    if not known.height:
        return [message("nothing", count=every)]
    year = known.select(pl.col("year").max()).item()
    ends = known.filter(pl.col("year") == year)
    total = Figure(float(ends["capital_end"].sum()))
    values = {"year": Year(year), "known": Count(ends.height), "count": every}
    said = [message("stock", total=total, **values)]
    first = ends["base_remaining_share"].drop_nulls()
    if first.len():
        said.append(message("first_stock", share=Share(first.sort()[-1], digits=1)))
    return said


def _gaps(table: pl.DataFrame) -> list[Message]:
    """The units without a stock in some year from the base year on, and why."""
    lost = table.filter(pl.col("capital_end").is_null() & (pl.col("reason") != "before_base_year"))
    if not lost.height:
        return []
    first = lost.group_by("unit", maintain_order=True).first()
    units = names(first["unit"])
    return [message("gaps", count=Count(first.height), units=units, reasons=reasons_said(first))]


def _conventions(
    base: str, price_kind: str, price_year: int | None, mid_year: bool
) -> tuple[Message, ...]:
    """price_kind : "" for investment at constant prices"""
    used = [message(f"base_{base}")]
    if base in ("harberger", "hall_jones"):
        used.append(message("growth_of_ten_years"))
    used.append(message("half_a_year" if mid_year else "none_in_the_first_year"))
    if not price_kind:
        return (*used, message("constant_prices"))
    used.append(message(f"price_kind_{price_kind}"))
    if price_year is None:
        return (*used, message("base_of_the_index"))
    return (*used, message("prices_of_year", year=Year(price_year)))


CAPITAL = Measurement(
    capital,
    citation="Goldsmith 1951, NBER Studies in Income and Wealth 14; Zhang, Wu and Zhang 2004, "
    "Economic Research Journal (经济研究) 2004(10)",
    brief=("unit", "year", "investment_real", "capital_end", "base_remaining_share", "reason"),
)

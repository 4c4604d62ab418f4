"""Capital stocks by perpetual inventory: what was invested, less what has worn out.

Symbols: I investment at constant prices, K stock at the end of the year, delta depreciation.
K_t = (1 - delta_t) K_(t-1) + I_t. With investment spread over the year, half a year's wear is taken
from it: K_t = (1 - delta_t) K_(t-1) + (1 - delta_t / 2) I_t.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_bounds, check_choice
from firstlight.instruments.productivity.capital_stocks.base_stock import (
    OPENING,
    BaseStock,
    first_stock,
)
from firstlight.instruments.productivity.row_names import key_of
from firstlight.instruments.productivity.yearly_series import (
    NO_REASON,
    Array,
    Reason,
    as_array,
    on_calendar,
    read_yearly,
    reason_columns,
)
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Figure, Name, message

FOLDER = Path(__file__).parent
COLUMNS = (
    "investment_real",
    "price_index",
    "depreciation_rate",
    "capital_end",
    "capital_mean",
    "base_remaining_share",
)


def perpetual_inventory(
    investment: Any, depreciation: Any, opening: float, *, mid_year: bool = False, worn: Any = None
) -> Array:
    """Stocks at the ends of years from investment and an opening stock.

    Parameters
    ----------
    investment
        (years,), consecutive, constant prices; negative where disposals exceed purchases.
    depreciation
        One rate or (years,), 0 to 1.
    opening
        Stock at the end of the year before the first.
    mid_year
        Whether new investment loses half a year's depreciation in its first year.
    worn
        (years,), depreciation in amounts at constant prices, which goes before the rate where it is
        known (not nan).

    Returns
    -------
    (years,), in the unit of investment; nan from the first missing investment on.

    Raises
    ------
    InputError
        For a depreciation that isn't 0 to 1.

    References
    ----------
    OECD (2009), Measuring Capital, 2nd ed.; US BEA (2003), Fixed Assets (mid-year).

    Examples
    --------
    >>> perpetual_inventory([10, 10], 0.1, 100).tolist()
    [100.0, 100.0]
    """
    flow = np.asarray(investment, dtype=float)
    rate = np.broadcast_to(np.asarray(depreciation, dtype=float), flow.shape)
    bad = np.flatnonzero((rate < 0) | (rate > 1))
    if bad.size:
        check_bounds(f"depreciation[{bad[0]}]", rate[bad[0]], 0, 1)
    amount = array_or(worn, np.full(flow.size, np.nan))
    stock, level = np.empty(flow.size), float(opening)
    for t in range(flow.size):
        if np.isfinite(amount[t]):
            level = level - amount[t] + flow[t]
        else:
            level = (1 - rate[t]) * level + (1 - rate[t] / 2 if mid_year else 1.0) * flow[t]
        stock[t] = level
    return stock


def capital_stock(
    frame: Any,
    investment: str,
    *,
    unit: str | None = "unit",
    year: str = "year",
    asset: str | None = None,
    depreciation: float | str | Mapping[str, float] = 0.05,
    worn: str | None = None,
    price: str | None = None,
    price_kind: str = "level",
    price_year: int | None = None,
    base: BaseStock | None = None,
    own_base: Mapping[str, BaseStock] | None = None,
    mid_year: bool = False,
) -> pl.DataFrame:
    """Capital stocks from a long frame of investment, a row per unit (and asset) and year.

    Parameters
    ----------
    frame
        A row for each unit, and asset, and year.
    investment
        Column of investment, at current prices where ``price`` is given, else at constant prices.
    unit
        Column of the units; None where there is one.
    year
        Column of the years.
    asset
        Column of the assets; None where they are not told apart.
    depreciation
        A rate, a column of rates (they may differ by asset and year), or a rate for each asset.
    worn
        Column of depreciation in amounts, at the prices of ``investment``; where it is known it
        goes before the rate (provincial accounts by the income approach have it from 1978 or
        later).
    price
        Column of the price index of investment.
    price_kind
        ``level``: prices of the year relative to one year, in any multiple (1, 100);
        ``previous_year``: the year before = 100, as in Chinese yearbooks (the first year's is not
        used; the chain starts with 1 there).
    price_year
        The year whose prices are used, of each unit; None leaves the level as it came.
    base
        The rule of the first stock; ``BaseStock()`` (Harberger) where None.
    own_base
        A unit -> its own rule.
    mid_year
        Whether new investment loses half a year's depreciation in its first year.

    Returns
    -------
    A row for each unit, and asset, and year: unit, (asset), year, investment_real, price_index,
    depreciation_rate (as used; of the opening stock), capital_end (end of the year), capital_mean
    (mean of opening and closing stock: what worked in the year), base_remaining_share (share of
    capital_end that is still the first stock, 0 to 1), reason and reason_year. Money in the user's
    unit at constant prices.

    Raises
    ------
    InputError
        Naming unit, asset and year of what can't be used.

    Notes
    -----
    Chinese provincial practice (Zhang, Wu and Zhang 2004): ``base=ZHANG_JUN,
    depreciation=ZHANG_JUN_DEPRECIATION``, gross fixed capital formation with its price index, 1952
    = 1. A place that has no 1952 (Chongqing begins in 1996) gets no stock but the reason; give it
    its own base with ``own_base``.

    References
    ----------
    Zhang, Wu and Zhang (2004), Economic Research Journal (经济研究) 2004(10), 35-44; and as in
    ``perpetual_inventory``.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": ["a"] * 3, "year": [1952, 1953, 1954], "i": [1.0, 2.0, 2.0]})
    >>> from firstlight.productivity import ZHANG_JUN, ZHANG_JUN_DEPRECIATION
    >>> stocks = capital_stock(rows, "i", base=ZHANG_JUN, depreciation=ZHANG_JUN_DEPRECIATION)
    >>> stocks["capital_end"].round(4).to_list()
    [10.0, 11.04, 11.9802]
    """
    base = base or BaseStock()
    check_choice("price_kind", price_kind, ("level", "previous_year"))
    keys = ["unit", "asset"] if asset else ["unit"]
    rates = depreciation if isinstance(depreciation, str) else None
    table = read_yearly(
        frame,
        [investment, price, worn, rates],
        unit=unit,
        year=year,
        keys={"asset": asset},
        positive=[price],
        not_negative=[worn],
    )
    strangers = sorted(set(own_base or {}) - set(table["unit"]))
    if strangers:
        given = {"unit": Name(strangers[0]), "parameter": Name("own_base")}
        raise InputError(message("no_such_unit", **given), FOLDER)
    return stocks(
        table,
        keys,
        investment,
        depreciation=depreciation,
        worn=worn,
        price=price,
        price_kind=price_kind,
        price_year=price_year,
        base=base,
        own_base=own_base or {},
        mid_year=mid_year,
    )


def stocks(
    table: pl.DataFrame,
    keys: list[str],
    investment: str,
    *,
    depreciation: float | str | Mapping[str, float],
    worn: str | None = None,
    price: str | None,
    price_kind: str,
    price_year: int | None,
    base: BaseStock,
    own_base: Mapping[str, BaseStock],
    mid_year: bool,
) -> pl.DataFrame:
    """As `capital_stock`, of a table that was checked: keys, year, and the columns named."""
    rows, starts = on_calendar(table, keys)
    years, nominal = rows["year"].to_numpy(), as_array(rows, investment)
    level, amount = np.ones(rows.height), np.full(rows.height, np.nan)
    if price:
        level = as_array(rows, price)
    if worn:
        amount = as_array(rows, worn)
    rate = _rates(rows, keys, depreciation)
    made: dict[str, Any] = {column: np.empty(rows.height) for column in COLUMNS}
    why = list[Reason]()
    for name, start, end in zip(
        rows["unit"][starts[:-1]], starts[:-1].tolist(), starts[1:].tolist(), strict=True
    ):
        at = slice(start, end)
        index = _price_level(level[at], years[at], price_kind, price_year)
        rule = own_base.get(name, base)
        own, reasons = _series(
            years[at], nominal[at], amount[at], index, rate[at], rule, price_year, mid_year
        )
        for column, values in zip(COLUMNS, own, strict=True):
            made[column][at] = values
        why += reasons
    key = {name: rows[name] for name in (*keys, "year")}
    made |= reason_columns(why)
    return nan_to_null(pl.DataFrame({**key, **made})).drop("reason_name")


def _price_level(index: Array, years: Any, kind: str, price_year: int | None) -> Array:
    """One unit's prices, in the price year where there is one 1; nan where that has none."""
    if kind == "previous_year":
        links = index / 100
        links[0] = 1.0
        index = np.asarray(np.cumprod(links), dtype=np.float64)
    if price_year is None:
        return index
    return index / next(iter(index[years == price_year]), np.nan)


def _rates(
    rows: pl.DataFrame, keys: list[str], depreciation: float | str | Mapping[str, float]
) -> Array:
    if isinstance(depreciation, str):
        rate = as_array(rows, depreciation)
    elif isinstance(depreciation, Mapping):
        known = {name: float(of) for name, of in depreciation.items()}
        of = rows[keys[-1]]
        lost = next((name for name in of.unique(maintain_order=True) if name not in known), None)
        if lost is not None:
            raise InputError(message("asset_without_rate", asset=Name(lost)), FOLDER)
        rate = of.replace_strict(known, return_dtype=pl.Float64).to_numpy()
    else:
        rate = np.full(rows.height, float(depreciation))
    bad = np.flatnonzero((rate < 0) | (rate > 1))
    if bad.size:
        row = int(bad[0])
        given = {"rate": Figure(rate[row]), "key": key_of(rows.select(*keys, "year"), row)}
        raise InputError(message("no_rate", **given), FOLDER)
    return rate


def _series(
    years: Any,
    nominal: Array,
    amount: Array,
    index: Array,
    rate: Array,
    rule: BaseStock,
    price_year: int | None,
    mid_year: bool,
) -> tuple[tuple[Array, ...], list[Reason]]:
    """One unit's columns, as named in ``COLUMNS``, and the reasons."""
    n, real = years.size, nominal / index
    start = rule.year if rule.year is not None else _first_year(years, real)
    stock, opening, kept = (np.full(n, np.nan, np.float64) for _ in range(3))
    used = rate.copy()
    if price_year is not None and not np.isfinite(index).any():
        why = [Reason("no_price_of_price_year", year=price_year)] * n
    elif start not in years:
        why = [Reason("no_row_of_base_year", year=start)] * n
    else:
        b = int(np.flatnonzero(years == start)[0])
        found, reason = _from_base(real[b:], rate[b:], (amount / index)[b:], rule, mid_year)
        stock[b:], opening[b:], kept[b:], used[b:] = found
        why = [Reason("before_base_year")] * b
        why += _reasons(
            years[b:],
            stock[b:],
            {"investment": nominal, "price": index, "depreciation": rate},
            b,
            reason,
        )
        # nothing follows from a stock that isn't known, or is below 0
        lost = np.flatnonzero(~(stock[b:] >= 0))
        end = b + int(lost[0]) if lost.size else n
        stock[end:], opening[end + 1 :] = np.nan, np.nan
    share = np.divide(kept, stock, out=np.full(n, np.nan), where=stock > 0)
    return (real, index, used, stock, (stock + opening) / 2, share), why


def _from_base(
    real: Array, rate: Array, worn: Array, rule: BaseStock, mid_year: bool
) -> tuple[tuple[Array, Array, Array, Array], Reason]:
    """Closing and opening stocks, what is left of the first, the rates; why there are none."""
    first, reason = first_stock(real, float(rate[0]), rule)
    opening, kept = np.full(real.size, np.nan), np.full(real.size, np.nan)
    b = int(rule.rule not in OPENING)  # the first year whose wear is taken from the first stock
    stock = np.full(real.size, np.nan)
    stock[:b], kept[:b] = first, first
    stock[b:] = perpetual_inventory(real[b:], rate[b:], first, mid_year=mid_year, worn=worn[b:])
    opening[b:] = [first, *stock[b:-1]][: real.size - b]
    share = np.divide(worn, opening, out=np.full(real.size, np.nan), where=opening > 0)
    used = np.where(np.isfinite(share), share, rate)
    kept[b:] = first * np.cumprod(1 - used[b:])
    return (stock, opening, kept, used), reason


def _first_year(years: Any, real: Array) -> int:
    return int(years[np.isfinite(real).argmax()])  # the first of all where nothing is known


def _reasons(
    years: Any, stock: Array, needed: dict[str, Array], base: int, reason: Reason
) -> list[Reason]:
    """Why the stock of each year from the base year on isn't known."""
    if reason.code:
        return [reason] * years.size
    if (stock >= 0).all():
        return [NO_REASON] * years.size
    why: list[Reason] = []
    for t, year in enumerate(years):
        if why and why[-1].code:
            why.append(why[-1])
            continue
        missing = next((name for name, of in needed.items() if not np.isfinite(of[base + t])), None)
        if np.isnan(stock[t]) and missing is not None:
            why.append(Reason(f"no_{missing}", year=int(year)))
        elif stock[t] < 0:
            why.append(Reason("below_zero", year=int(year)))
        else:
            why.append(NO_REASON)
    return why

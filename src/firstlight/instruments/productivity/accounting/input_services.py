"""What inputs of many kinds do together: capital services of assets, labour input of groups, and their composition.

Kinds are added up by what they earn, not by their number: the growth of the aggregate is the mean, over two years, of
each kind's share of income times its growth (Törnqvist). What it gains over the plain sum is the change of composition.
Symbols: K stock that works in the year, q its price when new, delta depreciation, r rate of return, u user cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    before,
    chained,
    first_gaps,
    grid_rows,
    log_growth,
    read_yearly,
    unit_grids,
)
from firstlight.numerics.finding import Finding, Words, gaps_told, reason_columns
from firstlight.numerics.long_frames import nan_to_null

FIRST_COST: Words = ("the user cost needs the price of the year before", "使用者成本需要上年价格")
CHINESE = {
    "stock": "存量",
    "price": "价格",
    "depreciation": "折旧率",
    "hours": "工时",
    "wage bill": "劳动报酬",
}


@dataclass(frozen=True, kw_only=True)
class InputServices(Finding):
    """An input of many kinds, a row per unit and year, in percentage points of log growth (100 times its change).

    table : unit, year, input_growth_pp (of the Törnqvist aggregate), plain_growth_pp (of the unweighted sum),
            composition_growth_pp (the difference), input_index and composition_index (1 in the first year of an unbroken
            run), income (sum of what the kinds earn, user's unit), for capital also rate_of_return, reason_en, reason_zh
    kinds : unit, kind, year, income_share (0 to 1), contribution_pp (which add up to input_growth_pp), for capital also
            user_cost, in the price's unit per unit of stock and year
    """

    kinds: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        return (
            alt.Chart(self.table).mark_line().encode(x="year:Q", y="input_index:Q", color="unit:N")
        )


def tornqvist_growth(quantity: Any, value: Any) -> tuple[Array, Array]:
    """Log growth of a Törnqvist aggregate and what each kind contributes.

    sum_k (s_k,t + s_k,t-1) / 2 * ln(x_k,t / x_k,t-1), with s the kind's share of value.

    quantity, value : (years, kinds), not negative, nan where missing. A kind that is 0 in both years contributes 0; one
                      that is 0 in one of them has no log growth, and then the aggregate has none
    Returns growth (years,), dimensionless, nan in the first year; contributions (years, kinds), which sum to it.
    Source: Jorgenson and Griliches (1967), Review of Economic Studies 34(3), 249-283; Diewert (1976), Journal of
            Econometrics 4(2), 115-145.

    >>> growth, _ = tornqvist_growth([[1, 1], [2, 1]], [[1, 1], [1, 1]])
    >>> growth.round(4).tolist()
    [nan, 0.3466]
    """
    x, v = np.asarray(quantity, dtype=float), np.asarray(value, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = v / v.sum(axis=1, keepdims=True)
        growth = log_growth(x)
        mean = (share + before(share)) / 2
        contribution = np.where(np.isfinite(growth), mean * growth, np.nan)
    contribution[(x == 0) & (before(x) == 0) & (mean == 0)] = 0.0
    return np.asarray(contribution.sum(axis=1), dtype=float), contribution


def user_cost(
    price: Any, stock: Any, depreciation: Any, *, income: Any = None, rate: Any = None
) -> tuple[Array, Array]:
    """What a unit of each asset costs its user in a year, before taxes.

    u_a,t = r_t q_a,t-1 + delta_a,t q_a,t - (q_a,t - q_a,t-1). Where capital income is given, r is the one rate at which
    the assets together earn it (internal, ex post); otherwise r is the given rate (external).

    price, stock, depreciation : (years, assets), price of new assets, stock that works in the year
    income, rate : (years,), exactly one of them
    Returns user cost (years, assets), in the price's unit; rate of return (years,); both nan in the first year.
    Raises  InputError where both or neither of ``income`` and ``rate`` are given.
    Source: Hall and Jorgenson (1967), American Economic Review 57(3), 391-414; OECD (2009), Measuring Capital, 2nd ed.

    >>> cost, found = user_cost([[1.0], [1.0]], [[10.0], [10.0]], [[0.1], [0.1]], income=[1.5, 1.5])
    >>> cost.round(3).tolist(), found.round(3).tolist()
    ([[nan], [0.15]], [nan, 0.05])
    """
    if (income is None) == (rate is None):
        raise InputError(
            "income and rate both given, or neither",
            where="the user cost",
            try_next="give capital income or a rate",
        )
    q, k, d = (np.asarray(part, dtype=float) for part in (price, stock, depreciation))
    old = before(q)
    wear = d * q - (q - old)
    if rate is None:
        worth = (old * k).sum(axis=1)
        left = np.asarray(income, dtype=float) - (wear * k).sum(axis=1)
        found = np.divide(
            left, worth, out=np.full(left.size, np.nan), where=worth > 0
        )  # no stock, no rate
    else:
        found = np.where(np.isfinite(old).all(axis=1), np.asarray(rate, dtype=float), np.nan)
    return found[:, None] * old + wear, found


def capital_services(
    frame: Any,
    stock: str,
    price: str,
    depreciation: str,
    *,
    unit: str | None = "unit",
    asset: str = "asset",
    year: str = "year",
    income: str | None = None,
    rate: str | None = None,
) -> InputServices:
    """Capital services: stocks of assets added up by user cost, so that short-lived assets count for what they do.

    stock   : column of the stock that works in the year, at constant prices of one year for all assets (so that their sum means
              something): the end of the year before, or ``capital_mean``
    price   : column of the price of new assets; depreciation : column of rates
    income  : column of the unit's capital income (the same on each of its rows in a year), at current prices, with
              stock times price at current prices too; or rate : column of a given rate of return, the same way
    Returns InputServices; the first growth is that of the third year (user cost needs the price of the year before).
    Raises  InputError as ``read_yearly``, or naming unit and year where income or rate differ between its rows.
    Source: Jorgenson, Gollop and Fraumeni (1987), Productivity and U.S. Economic Growth; OECD (2009), Measuring Capital, 2nd ed.

    >>> rows = pl.DataFrame({"asset": ["ict", "road"] * 3, "year": [2000, 2000, 2001, 2001, 2002, 2002],
    ...     "k": [1.0, 9, 1.5, 9, 2, 9], "q": [1.0, 1, 0.9, 1, 0.8, 1], "d": [0.3, 0.05] * 3, "r": [0.05] * 6})
    >>> capital_services(rows, "k", "q", "d", unit=None, rate="r").frame["composition_growth_pp"].round(2).to_list()
    [None, None, 7.9]
    """
    if (income is None) == (rate is None):
        raise InputError(
            "income and rate both given, or neither",
            where="capital services",
            try_next="name one of the two columns",
        )
    returns = income or rate or ""
    table = read_yearly(
        frame,
        [stock, price, depreciation, returns],
        unit=unit,
        year=year,
        keys={"kind": asset},
        positive=[price],
        not_negative=[stock, depreciation],
    )
    mains, kinds = [], []
    for name, years, labels, (k, q, d, given) in unit_grids(
        table, [stock, price, depreciation, returns]
    ):
        once = _one_a_year(given, name, years, returns)
        cost, found = user_cost(q, k, d, **{"income" if income else "rate": once})
        why = first_gaps(years, labels, {"stock": k, "price": q, "depreciation": d}, CHINESE)
        for t in np.flatnonzero((cost < 0).any(axis=1)):
            a = labels[int(np.flatnonzero(cost[t] < 0)[0])]
            why[t] = (
                f"the user cost of {a} is negative in {years[t]}",
                f"{years[t]}年{a}的使用者成本为负",
            )
        for t in np.flatnonzero(np.isnan(once)):
            why[t] = (
                why[t]
                if why[t][0]
                else (f"no {returns} in {years[t]}", f"{years[t]}年缺少{returns}")
            )
        why[0] = why[0] if why[0][0] else FIRST_COST
        worth = np.where(cost < 0, np.nan, cost) * k
        main, part = _aggregate(name, years, labels, k, worth, why)
        mains.append(main.with_columns(pl.Series("rate_of_return", found)))
        kinds.append(part.with_columns(pl.Series("user_cost", cost.ravel())))
    what = (
        "the one rate at which assets earn capital income (internal, ex post)"
        if income
        else "given (external)",
        "内部（事后）收益率，由资本收入推出" if income else "外生给定",
    )
    told: tuple[Words, ...] = (
        (
            "weights: user cost r q(t-1) + delta q - change of q, times stock; no taxes",
            "权重：使用者成本（收益率×上年价格＋折旧－价格变动）乘以存量，不含税收",
        ),
        (f"rate of return: {what[0]}", f"收益率：{what[1]}"),
        ("Törnqvist aggregation, mean shares of two years", "托恩奎斯特加总，取两年平均份额"),
    )
    return _finding(mains, kinds, told, ("Capital services", "资本服务"), frame)


def labour_input(
    frame: Any,
    hours: str,
    wage_bill: str,
    *,
    unit: str | None = "unit",
    group: str = "group",
    year: str = "year",
) -> InputServices:
    """Labour input of groups (age, education, sex), and labour composition: what it gains over plain hours.

    hours     : column of hours (or workers) of the group; wage_bill : column of what the group is paid, any one currency
    Returns InputServices: input_growth_pp is hours plus composition.
    Raises  InputError as ``read_yearly``.
    Source: Jorgenson, Gollop and Fraumeni (1987), Productivity and U.S. Economic Growth; US BLS (1993), Labor Composition and U.S. Productivity Growth.

    >>> rows = pl.DataFrame({"group": ["low", "high"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "h": [50.0, 50, 40, 60], "w": [50.0, 100, 40, 120]})
    >>> labour_input(rows, "h", "w", unit=None).frame["composition_growth_pp"].round(2).to_list()
    [None, 6.41]
    """
    table = read_yearly(
        frame,
        [hours, wage_bill],
        unit=unit,
        year=year,
        keys={"kind": group},
        not_negative=[hours, wage_bill],
    )
    mains, kinds = [], []
    for name, years, labels, (h, w) in unit_grids(table, [hours, wage_bill]):
        why = first_gaps(years, labels, {"hours": h, "wage bill": w}, CHINESE)
        main, part = _aggregate(name, years, labels, h, w, why)
        mains.append(main)
        kinds.append(part)
    told: tuple[Words, ...] = (
        ("weights: each group's share of the wage bill", "权重：各组占劳动报酬总额的份额"),
        ("Törnqvist aggregation, mean shares of two years", "托恩奎斯特加总，取两年平均份额"),
    )
    return _finding(mains, kinds, told, ("Labour input", "劳动投入"), frame)


def _one_a_year(given: Array, unit: str, years: NDArray[np.int64], name: str) -> Array:
    """What must be the same on every row of a unit in a year."""
    known = np.isfinite(given)
    low = np.where(known, given, np.inf).min(axis=1)
    high = np.where(known, given, -np.inf).max(axis=1)
    if (low < high).any():
        raise InputError(
            f"{name!r} differs between the assets of a year",
            where=f"unit {unit!r}, year {years[int(np.argmax(low < high))]}",
            try_next="it belongs to the unit: write the same number on each of its rows in a year",
        )
    return np.where(np.isfinite(low), low, np.nan)


def _aggregate(
    unit: str,
    years: NDArray[np.int64],
    labels: list[str],
    quantity: Array,
    value: Array,
    why: list[Words],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    growth, contribution = tornqvist_growth(quantity, value)
    total = quantity.sum(axis=1)
    plain = log_growth(np.where(total > 0, total, np.nan))
    plain = np.where(np.isnan(growth), np.nan, plain)
    income = value.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = value / income[:, None]
    reasons = [
        NO_REASON if np.isfinite(growth[t]) else _why_none(t, years, labels, quantity, why)
        for t in range(years.size)
    ]
    main = pl.DataFrame(
        {
            "unit": [unit] * years.size,
            "year": years,
            "input_growth_pp": 100 * growth,
            "plain_growth_pp": 100 * plain,
            "composition_growth_pp": 100 * (growth - plain),
            "input_index": chained(growth),
            "composition_index": chained(growth - plain),
            "income": income,
            **reason_columns(reasons),
        }
    )
    part = {"income_share": share, "contribution_pp": 100 * contribution}
    return main, grid_rows(unit, "kind", years, labels, part)


def _why_none(
    t: int, years: NDArray[np.int64], labels: list[str], quantity: Array, why: list[Words]
) -> Words:
    if t == 0:
        return FIRST_YEAR
    for at in (t, t - 1):
        if why[at][0]:
            return why[at]
    lone = np.flatnonzero((quantity[t] == 0) != (quantity[t - 1] == 0))
    if lone.size:
        kind = labels[int(lone[0])]
        return (
            f"{kind} is 0 in only one of {years[t - 1]} and {years[t]}: no log growth",
            f"{kind}在{years[t - 1]}年与{years[t]}年仅一年为0，无对数增长率",
        )
    return ("there is nothing, or nothing is earned: no shares", "数量或收入为0，无法计算份额")


def _finding(
    mains: list[pl.DataFrame],
    kinds: list[pl.DataFrame],
    told: tuple[Words, ...],
    what: Words,
    frame: Any,
) -> InputServices:
    table, parts = nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(kinds))
    known = table.filter(pl.col("input_growth_pp").is_not_null())
    sentences: dict[str, Words] = {}
    if not known.height:
        sentences["none"] = (
            f"{what[0]}: no growth of any year is known.",
            f"{what[1]}：各年增长率均未知。",
        )
    else:
        whole = float(known["input_growth_pp"].to_numpy().mean())
        gain = float(known["composition_growth_pp"].to_numpy().mean())
        years = f"{known['year'].to_numpy().min()}-{known['year'].to_numpy().max()}"
        sentences["growth"] = (
            f"{what[0]} grew by {whole:.2f}% a year on average ({years}, {known.height} unit-years), "
            f"of which {gain:.2f} points are composition.",
            f"{what[1]}年均增长{whole:.2f}%（{years}，共{known.height}个观测），其中结构变化贡献{gain:.2f}个百分点。",
        )
    gaps = table.filter(
        pl.col("input_growth_pp").is_null()
        & ~pl.col("reason_en").is_in([FIRST_YEAR[0], FIRST_COST[0]])
    )
    sentences |= gaps_told(gaps, "No growth in {names}: {reason}.", "{names}无增长率：{reason}。")
    return InputServices(
        table=table, kinds=parts, sentences=tuple(sentences.items()), conventions=told, given=frame
    )

"""What inputs of many kinds do together: capital services, labour input, and their composition.

Kinds are added up by what they earn, not by their number: the growth of the aggregate is the mean,
over two years, of each kind's share of income times its growth (Törnqvist). What it gains over the
plain sum is the change of composition. Symbols: K stock that works in the year, q its price when
new, delta depreciation, r rate of return, u user cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    Reason,
    before,
    chained,
    first_gaps,
    grid_rows,
    log_growth,
    read_yearly,
    reason_columns,
    unit_grids,
)
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
FIRST_COST = Reason("first_cost")  # needs the price of the year before


@dataclass(frozen=True)
class InputServices:
    """An input of many kinds, a row per unit and year, in percentage points of log growth.

    table : unit, year, input_growth_pp (of the Törnqvist aggregate), plain_growth_pp (of the
            unweighted sum), composition_growth_pp (the difference), input_index and
            composition_index (1 in the first year of an unbroken run), income (sum of what the
            kinds earn, user's unit), for capital also rate_of_return, reason, reason_name,
            reason_year
    kinds : unit, kind, year, income_share (0 to 1), contribution_pp (which add up to
            input_growth_pp), for capital also user_cost, in the price's unit per unit of stock and
            year
    """

    table: pl.DataFrame
    kinds: pl.DataFrame = field(repr=False)


def tornqvist_growth(quantity: Any, value: Any) -> tuple[Array, Array]:
    """Log growth of a Törnqvist aggregate and what each kind contributes.

    sum_k (s_k,t + s_k,t-1) / 2 * ln(x_k,t / x_k,t-1), with s the kind's share of value.

    quantity, value : (years, kinds), not negative, nan where missing. A kind that is 0 in both
                      years contributes 0; one that is 0 in one of them has no log growth, and then
                      the aggregate has none
    Returns growth (years,), dimensionless, nan in the first year; contributions (years, kinds),
            which sum to it.
    Source: Jorgenson and Griliches (1967), Review of Economic Studies 34(3), 249-283; Diewert
            (1976), Journal of Econometrics 4(2), 115-145.

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

    u_a,t = r_t q_a,t-1 + delta_a,t q_a,t - (q_a,t - q_a,t-1). Where capital income is given, r is
    the one rate at which the assets together earn it (internal, ex post); otherwise r is the given
    rate (external).

    price, stock, depreciation : (years, assets), price of new assets, stock that works in the year
    income, rate : (years,), exactly one of them
    Returns user cost (years, assets), in the price's unit; rate of return (years,); both nan in the
            first year.
    Raises  InputError where both or neither of ``income`` and ``rate`` are given.
    Source: Hall and Jorgenson (1967), American Economic Review 57(3), 391-414; OECD (2009),
            Measuring Capital, 2nd ed.

    >>> cost, found = user_cost([[1.0], [1.0]], [[10.0], [10.0]], [[0.1], [0.1]], income=[1.5, 1.5])
    >>> cost.round(3).tolist(), found.round(3).tolist()
    ([[nan], [0.15]], [nan, 0.05])
    """
    refuse_both_or_neither(income=income, rate=rate)
    q, k, d = (np.asarray(part, dtype=float) for part in (price, stock, depreciation))
    old = before(q)
    wear = d * q - (q - old)
    if rate is None:
        worth = (old * k).sum(axis=1)
        left = np.asarray(income, dtype=float) - (wear * k).sum(axis=1)
        # no stock, no rate
        found = np.divide(left, worth, out=np.full(left.size, np.nan), where=worth > 0)
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
    """Capital services: stocks added up by user cost, so that short-lived assets count in full.

    Parameters
    ----------
    frame
        A row for each asset and year, and unit.
    stock
        Column of the stock that works in the year, at constant prices of one year for all assets
        (so that their sum means something): the end of the year before, or ``capital_mean``.
    price
        Column of the price of new assets.
    depreciation
        Column of rates.
    unit
        Column of the units; None where there is one.
    asset
        Column of the assets.
    year
        Column of the years.
    income
        Column of the unit's capital income (the same on each of its rows in a year), at current
        prices, with stock times price at current prices too.
    rate
        Instead of ``income``, the column of a given rate of return (the same on each of the unit's
        rows in a year).

    Returns
    -------
    InputServices, with ``table`` (a row for each unit and year, in percentage points of log growth:
    input_growth_pp, plain_growth_pp, composition_growth_pp; two indices, income, rate_of_return,
    reason) and ``kinds`` (by asset). The first growth is that of the third year (user cost needs
    the price of the year before).

    Raises
    ------
    InputError
        As ``read_yearly``, or naming unit and year where income or rate differ between its rows.

    References
    ----------
    Jorgenson, Gollop and Fraumeni (1987), Productivity and U.S. Economic Growth; OECD (2009),
    Measuring Capital, 2nd ed.

    Examples
    --------
    >>> years = [2000, 2000, 2001, 2001, 2002, 2002]
    >>> rows = pl.DataFrame({"asset": ["ict", "road"] * 3, "year": years, "r": 0.05,
    ...     "k": [1.0, 9, 1.5, 9, 2, 9], "q": [1.0, 1, 0.9, 1, 0.8, 1], "d": [0.3, 0.05] * 3})
    >>> found = capital_services(rows, "k", "q", "d", unit=None, rate="r").table
    >>> found["composition_growth_pp"].round(2).to_list()
    [None, None, 7.9]
    """
    refuse_both_or_neither(income=income, rate=rate)
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
        once = one_a_year(given, name, years, returns)
        cost, found = user_cost(q, k, d, **{"income" if income else "rate": once})
        why = first_gaps(years, labels, {"stock": k, "price": q, "depreciation": d})
        for t in np.flatnonzero((cost < 0).any(axis=1)):
            a = labels[int(np.flatnonzero(cost[t] < 0)[0])]
            why[t] = Reason("negative_cost", a, int(years[t]))
        for t in np.flatnonzero(np.isnan(once)):
            if not why[t].code:
                why[t] = Reason("no_returns", returns, int(years[t]))
        if not why[0].code:
            why[0] = FIRST_COST
        worth = np.where(cost < 0, np.nan, cost) * k
        main, part = _aggregate(name, years, labels, k, worth, why)
        mains.append(main.with_columns(pl.Series("rate_of_return", found)))
        kinds.append(part.with_columns(pl.Series("user_cost", cost.ravel())))
    return InputServices(nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(kinds)))


def labour_input(
    frame: Any,
    hours: str,
    wage_bill: str,
    *,
    unit: str | None = "unit",
    group: str = "group",
    year: str = "year",
) -> InputServices:
    """Labour input of groups (age, education, sex), and what it gains over plain hours.

    Parameters
    ----------
    frame
        A row for each group and year, and unit.
    hours
        Column of hours (or workers) of the group.
    wage_bill
        Column of what the group is paid, any one currency.
    unit
        Column of the units; None where there is one.
    group
        Column of the groups.
    year
        Column of the years.

    Returns
    -------
    InputServices, as ``capital_services``; input_growth_pp is hours plus composition.

    Raises
    ------
    InputError
        As ``read_yearly``.

    References
    ----------
    Jorgenson, Gollop and Fraumeni (1987), Productivity and U.S. Economic Growth; US BLS (1993),
    Labor Composition and U.S. Productivity Growth.

    Examples
    --------
    >>> rows = pl.DataFrame({"group": ["low", "high"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "h": [50.0, 50, 40, 60], "w": [50.0, 100, 40, 120]})
    >>> labour_input(rows, "h", "w", unit=None).table["composition_growth_pp"].round(2).to_list()
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
        why = first_gaps(years, labels, {"hours": h, "wage_bill": w})
        main, part = _aggregate(name, years, labels, h, w, why)
        mains.append(main)
        kinds.append(part)
    return InputServices(nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(kinds)))


def refuse_both_or_neither(**given: Any) -> None:
    """See that one of two options is given, and the other is None."""
    one, other = given
    if (given[one] is None) == (given[other] is None):
        raise InputError(message("both_or_neither", one=Name(one), other=Name(other)), FOLDER)


def one_a_year(given: Array, unit: str, years: NDArray[np.int64], name: str) -> Array:
    """What must be the same on every row of a unit in a year.

    given : (years, kinds), nan where missing
    Returns (years,), nan where all are missing.
    Raises  InputError naming unit and year where rows differ.
    """
    known = np.isfinite(given)
    low = np.where(known, given, np.inf).min(axis=1)
    high = np.where(known, given, -np.inf).max(axis=1)
    if (low < high).any():
        key = unit_in_year(unit, int(years[int(np.argmax(low < high))]))
        raise InputError(message("differs_in_a_year", column=Name(name), key=key), FOLDER)
    return np.where(np.isfinite(low), low, np.nan)


def _aggregate(
    unit: str,
    years: NDArray[np.int64],
    labels: list[str],
    quantity: Array,
    value: Array,
    why: list[Reason],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    growth, contribution = tornqvist_growth(quantity, value)
    total = quantity.sum(axis=1)
    plain = log_growth(np.where(total > 0, total, np.nan))
    plain = np.where(np.isnan(growth), np.nan, plain)
    income = value.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = value / income[:, None]
    reasons = [NO_REASON] * years.size
    for t in np.flatnonzero(~np.isfinite(growth)).tolist():
        reasons[t] = _why_none(t, years, labels, quantity, why)
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
    t: int, years: NDArray[np.int64], labels: list[str], quantity: Array, why: list[Reason]
) -> Reason:
    if t == 0:
        return FIRST_YEAR
    for at in (t, t - 1):
        if why[at].code:
            return why[at]
    lone = np.flatnonzero((quantity[t] == 0) != (quantity[t - 1] == 0))
    if lone.size:
        return Reason("zero_in_one_year", labels[int(lone[0])], int(years[t]))
    return Reason("nothing_earned")

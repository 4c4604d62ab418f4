"""From industries to the economy: Domar aggregation, and what moving capital and labour adds.

An industry's productivity counts by its gross output over the economy's value added. The weights
add up to more than 1, since a gain upstream also cheapens what is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.productivity.accounting.input_services import (
    one_a_year,
    refuse_both_or_neither,
    tornqvist_growth,
)
from firstlight.instruments.productivity.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    Reason,
    before,
    first_gaps,
    grid_rows,
    log_growth,
    read_yearly,
    reason_columns,
    unit_grids,
)
from firstlight.numerics.long_frames import nan_to_null

NUMBERS = (
    *("output", "intermediates", "capital", "labour"),
    *("intermediate_cost", "capital_income", "labour_income"),
)


@dataclass(frozen=True)
class DomarAggregation:
    """Aggregate productivity from industries, in percentage points of log growth.

    table      : unit, year, domar_tfp_growth_pp (sum of the industries' contributions),
                 domar_weight_sum (above 1 where industries sell to each other), reason,
                 reason_name, reason_year; from ``aggregate_accounts`` also value_added_growth_pp,
                 capital_contribution_pp, labour_contribution_pp, aggregate_tfp_growth_pp,
                 capital_reallocation_pp, labour_reallocation_pp
    industries : unit, industry, year, domar_weight, tfp_growth_pp, contribution_pp
    """

    table: pl.DataFrame
    industries: pl.DataFrame = field(repr=False)


def domar_aggregation(
    frame: Any,
    tfp_growth: str,
    output_value: str,
    *,
    value_added: str | None = None,
    total: str | None = None,
    unit: str | None = None,
    industry: str = "industry",
    year: str = "year",
) -> DomarAggregation:
    """Aggregate TFP growth: industries' own, weighed by gross output over the whole's value added.

    sum_j (D_j,t + D_j,t-1) / 2 * dln A_j, with D_j = P_j Q_j / sum_i P_i V_i.

    Parameters
    ----------
    frame
        A row for each industry and year, and unit.
    tfp_growth
        Column of TFP growth of gross output, percentage points of log growth from the year before.
    output_value
        Column of gross output at current prices.
    value_added
        Column of value added at current prices, summed over industries.
    total
        Instead of ``value_added``, the column of the whole's own value (the same on each of its
        rows in a year), such as a sector's output net of sales within it.
    unit
        Column of the units whose industries they are; None where there is one.
    industry
        Column of the industries.
    year
        Column of the years.

    Returns
    -------
    DomarAggregation, with ``table`` (a row for each unit and year: domar_tfp_growth_pp in
    percentage points of log growth, domar_weight_sum, reason) and ``industries``. A year in which
    an industry is missing has none, and says which.

    Raises
    ------
    InputError
        As ``read_yearly``, or where both or neither of ``value_added`` and ``total`` are given.

    References
    ----------
    Domar (1961), Economic Journal 71, 709-729; Hulten (1978), Review of Economic Studies 45(3),
    511-518.

    Examples
    --------
    >>> rows = pl.DataFrame({"industry": ["ore", "steel"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "g": [None, None, 2.0, 1.0], "q": [50.0, 100, 50, 100], "v": [50.0, 50, 50, 50]})
    >>> domar_aggregation(rows, "g", "q", value_added="v").table["domar_tfp_growth_pp"].to_list()
    [None, 2.0]
    """
    refuse_both_or_neither(value_added=value_added, total=total)
    whole = value_added or total or ""
    table = read_yearly(
        frame,
        [tfp_growth, output_value, whole],
        unit=unit,
        year=year,
        keys={"kind": industry},
        not_negative=[output_value],
        positive=[total],
    )
    mains, parts = [], []
    for name, years, labels, (growth, output, of) in unit_grids(
        table, [tfp_growth, output_value, whole]
    ):
        if total:
            one_a_year(of, name, years, total)
        with np.errstate(invalid="ignore", divide="ignore"):
            whole_value = of if total else of.sum(axis=1, keepdims=True)
            weight = output / np.where(whole_value > 0, whole_value, np.nan)
        mean = _two_year_mean(weight)
        missing = first_gaps(years, labels, {"output": output, "value_added": of})
        missing = _empty(years, whole_value.max(axis=1), missing)
        why = _why(missing, first_gaps(years, labels, {"tfp_growth": growth}))
        contribution = mean * growth
        main = {
            "domar_tfp_growth_pp": contribution.sum(axis=1),
            "domar_weight_sum": mean.sum(axis=1),
        }
        mains.append(_main(name, years, main, why))
        columns = {"domar_weight": mean, "tfp_growth_pp": growth, "contribution_pp": contribution}
        parts.append(grid_rows(name, "industry", years, labels, columns))
    return DomarAggregation(nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(parts)))


def aggregate_accounts(
    frame: Any,
    output: str,
    capital: str,
    labour: str,
    intermediates: str,
    *,
    capital_income: str,
    labour_income: str,
    intermediate_cost: str,
    unit: str | None = None,
    industry: str = "industry",
    year: str = "year",
) -> DomarAggregation:
    """Aggregate TFP growth as industries' own, plus what moving capital and labour adds.

    dln A = dln V - v_K dln K - v_L dln L = sum_j w_j / v_Vj dln A_j + R_K + R_L, with w_j the share
    in the economy's value added, v_Vj value added over gross output of j, K and L plain sums over
    industries, and for X = K, L R_X = sum_j w_j v_Xj / v_Vj dln X_j - v_X dln X. All shares are
    means of two years; it adds up exactly.

    Parameters
    ----------
    frame
        A row for each industry and year, and unit.
    output, capital, labour, intermediates
        Columns of quantities; capital and labour in one unit for all industries (constant prices,
        hours), so that their sums mean something.
    capital_income, labour_income, intermediate_cost
        Columns at current prices; together they are gross output.
    unit
        Column of the units whose industries they are; None where there is one.
    industry
        Column of the industries.
    year
        Column of the years.

    Returns
    -------
    DomarAggregation, with ``table`` (a row for each unit and year, in percentage points of log
    growth: domar_tfp_growth_pp, value_added_growth_pp, the contributions, aggregate_tfp_growth_pp,
    capital_reallocation_pp, labour_reallocation_pp; domar_weight_sum, reason) and ``industries``.

    Raises
    ------
    InputError
        As ``read_yearly``.

    References
    ----------
    Jorgenson, Gollop and Fraumeni (1987), Productivity and U.S. Economic Growth; Jorgenson, Ho and
    Stiroh (2005), Information Technology and the American Growth Resurgence (production possibility
    frontier).

    Examples
    --------
    >>> rows = pl.DataFrame({"industry": ["a", "b"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "q": [2.0, 2, 2.2, 2], **dict.fromkeys("klxcwm", 1.0)})
    >>> found = aggregate_accounts(rows, "q", "k", "l", "x", capital_income="c", labour_income="w",
    ...     intermediate_cost="m")
    >>> found.table["domar_weight_sum"][1]
    1.5
    """
    quantities = [output, intermediates, capital, labour]
    costs = [intermediate_cost, capital_income, labour_income]
    table = read_yearly(
        frame,
        [*quantities, *costs],
        unit=unit,
        year=year,
        keys={"kind": industry},
        positive=[output],
        not_negative=[*quantities[1:], *costs],
    )
    mains, parts = [], []
    for name, years, labels, grids in unit_grids(table, [*quantities, *costs]):
        main, weight, own, contribution = _aggregate(
            grids[0], np.stack(grids[1:4], -1), np.stack(grids[4:], -1)
        )
        missing = first_gaps(years, labels, dict(zip(NUMBERS, grids, strict=True)))
        missing = _empty(years, (grids[5] + grids[6]).min(axis=1), missing)
        why = _why(missing, _zeros(years, labels, own))
        mains.append(_main(name, years, main, why))
        columns = {"domar_weight": weight, "tfp_growth_pp": own, "contribution_pp": contribution}
        parts.append(grid_rows(name, "industry", years, labels, columns))
    return DomarAggregation(nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(parts)))


def _aggregate(
    output: Array, inputs: Array, costs: Array
) -> tuple[dict[str, Array], Array, Array, Array]:
    """output (years, industries); inputs, costs (years, industries, 3), intermediates first."""
    gross = costs.sum(axis=2)
    added = costs[:, :, 1] + costs[:, :, 2]
    # v_X dln X of each input
    part = np.stack(
        [tornqvist_growth(inputs[:, j], costs[:, j])[1] for j in range(output.shape[1])], axis=1
    )
    quantity = log_growth(output)
    own = quantity - part.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = _two_year_mean(added / added.sum(axis=1, keepdims=True))
        domar = w / _two_year_mean(added / gross)
        v = [_two_year_mean(costs[:, :, x].sum(axis=1) / added.sum(axis=1)) for x in (1, 2)]
        sums = [v[x - 1] * log_growth(inputs[:, :, x].sum(axis=1)) for x in (1, 2)]
    growth = (domar * (quantity - part[:, :, 0])).sum(axis=1)
    moved = [(domar * part[:, :, x]).sum(axis=1) - sums[x - 1] for x in (1, 2)]
    contribution = domar * own
    main = {
        "value_added_growth_pp": 100 * growth,
        "capital_contribution_pp": 100 * sums[0],
        "labour_contribution_pp": 100 * sums[1],
        "aggregate_tfp_growth_pp": 100 * (growth - sums[0] - sums[1]),
        "domar_tfp_growth_pp": 100 * contribution.sum(axis=1),
        "capital_reallocation_pp": 100 * moved[0],
        "labour_reallocation_pp": 100 * moved[1],
        "domar_weight_sum": domar.sum(axis=1),
    }
    return main, domar, 100 * own, 100 * contribution


def _two_year_mean(share: Array) -> Array:
    return np.asarray((share + before(share)) / 2)


def _why(missing: list[Reason], own: list[Reason]) -> list[Reason]:
    """Why each year has no growth: what it, or the year before, lacks; then its own reason."""
    of_growth = [
        next((w for w in each if w.code), NO_REASON)
        for each in zip(missing[1:], missing, own[1:], strict=False)
    ]
    return [FIRST_YEAR, *of_growth]


def _empty(years: NDArray[np.int64], value: Array, why: list[Reason]) -> list[Reason]:
    """Years whose value added can't be divided by are named too."""
    found = list(why)
    for t in np.flatnonzero(value <= 0):
        if not why[t].code:
            found[t] = Reason("no_value_added", year=int(years[t]))
    return found


def _zeros(years: NDArray[np.int64], labels: list[str], own: Array) -> list[Reason]:
    why = [NO_REASON] * years.size
    for t in np.flatnonzero(~np.isfinite(own).all(axis=1)):
        kind = labels[int(np.flatnonzero(~np.isfinite(own[t]))[0])]
        why[t] = Reason("zero_in_one_year", kind, int(years[t]))
    return why


def _main(
    unit: str, years: NDArray[np.int64], columns: dict[str, Array], why: list[Reason]
) -> pl.DataFrame:
    lost = np.array([bool(reason.code) for reason in why])
    return pl.DataFrame(
        {
            "unit": [unit] * years.size,
            "year": years,
            **{name: np.where(lost, np.nan, column) for name, column in columns.items()},
            **reason_columns(why),
        }
    )

"""Markups of firms: an input's elasticity over its share in revenue (De Loecker and Warzynski
2012).

A firm that chooses a free input at its price sets the input's elasticity equal to its share in
revenue times the markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.production_functions.production_result import (
    ProductionFunction,
)
from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.roles import ColumnRole, Key, Number, Year
from firstlight.schema import read_table
from firstlight.texts import message

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Markups:
    """Markups of price over marginal cost; ``table`` has a row per row that came.

    table   : unit, year, elasticity, expenditure_share, corrected_share, markup (price over
              marginal cost), and where there is no markup the reason: ``not_in_function``,
              ``no_revenue`` or ``no_expenditure``
    by_year : year, firms_count, p10, median, p90, weighted_mean (by revenue)
    median  : over all firm-years; median_low, median_high : what the elasticity's interval makes of
              it, nan where the elasticity differs by firm, or has no interval
    """

    table: pl.DataFrame
    by_year: pl.DataFrame
    median: float
    median_low: float
    median_high: float


def markup(elasticity: Any, expenditure: Any, revenue: Any, noise: Any = 0.0) -> Floats:
    """theta / a, with a = expenditure / (revenue / exp(noise)).

    elasticity : (n,), of output to the input; expenditure, revenue : (n,), positive, the same money
    noise      : (n,), what of log output firms didn't foresee; 0 for shares as they are
    Returns (n,), price over marginal cost; nan where one of these is missing, or expenditure or
            revenue isn't positive.
    Source: De Loecker and Warzynski (2012), American Economic Review 102(6), 2437-2471.

    >>> markup([0.6], [50.0], [100.0]).tolist()
    [1.2]
    """
    theta, spent, earned, e = (
        np.asarray(each, np.float64) for each in (elasticity, expenditure, revenue, noise)
    )
    usable = (spent > 0) & (earned > 0)
    share = np.where(usable, spent, np.nan) / (np.where(usable, earned, np.nan) / np.exp(e))
    return np.asarray(theta / share)


def markups(
    found: ProductionFunction,
    frame: Any,
    *,
    input: str,
    expenditure: str,
    revenue: str,
    unit: str = "unit",
    year: str = "year",
    corrected: bool = True,
) -> Markups:
    """The markup of each firm and year, from a production function that was estimated.

    Parameters
    ----------
    found
        Of any of the estimators; its noise corrects the shares.
    frame
        A row for each firm and year.
    input
        One of ``found.inputs``, which firms can choose freely within the year.
    expenditure
        Column of what was spent on the input, in the same money as the revenue, not in logarithms.
    revenue
        Column of the value of the output that ``found`` explains (revenue, or value added), not in
        logarithms.
    unit
        Column of the firms.
    year
        Column of the years.
    corrected
        Whether shares are corrected for noise; False for shares as they are.

    Returns
    -------
    Markups, with ``table`` (a row for each row that came: elasticity, expenditure_share,
    corrected_share, markup, or a reason where it can't be computed), ``by_year`` and ``median``
    with its interval.

    Raises
    ------
    InputError
        For an input that ``found`` doesn't have, a firm twice in a year, or where no row gives a
        markup.

    Examples
    --------
    >>> from firstlight import sample_table
    >>> from firstlight.productivity import levinsohn_petrin
    >>> firms = sample_table("firms").with_columns(wages=0.5 * pl.col("y").exp(),
    ...     value=pl.col("y").exp())
    >>> found = levinsohn_petrin(firms, output="y", free=["l"], state=["k"], proxy=["m"],
    ...     log=False, replications=0)
    >>> round(markups(found, firms, input="l", expenditure="wages", revenue="value",
    ...     corrected=False).median, 1)
    1.2
    """
    check_choice("input", input, found.inputs)
    roles: dict[str, ColumnRole]
    roles = {"unit": Key(), "year": Year(), "expenditure": Number(), "revenue": Number()}
    columns = {"unit": unit, "year": year, "expenditure": expenditure, "revenue": revenue}
    given = read_table(frame, roles, columns).frame.cast({"year": pl.Int64})
    known = found.firm_years.select(
        "unit", "year", pl.col(f"elasticity_{input}").alias("elasticity"), "log_noise"
    )
    rows = given.join(known, on=["unit", "year"], how="left", maintain_order="left")
    spent, earned, theta, noise = (
        rows[name].to_numpy().astype(np.float64)
        for name in ("expenditure", "revenue", "elasticity", "log_noise")
    )
    values = markup(theta, spent, earned, noise if corrected else 0.0)
    share = markup(1.0, earned, spent)  # the inverse of a share is a share
    table = rows.select("unit", "year", "elasticity").with_columns(
        pl.Series("expenditure_share", share).fill_nan(None),
        pl.Series("corrected_share", share * np.exp(noise)).fill_nan(None),
        pl.Series("markup", values).fill_nan(None),
        reason=_reasons(theta, spent, earned),
    )
    told = table.with_columns(revenue=rows["revenue"]).drop_nulls("markup")
    if told.height == 0:
        raise refusal(message("no_markup"))
    median = float(np.median(told["markup"].to_numpy()))
    low, high = _interval(found, input, median)
    return Markups(
        table=table,
        by_year=_by_year(told),
        median=median,
        median_low=low,
        median_high=high,
    )


def _reasons(theta: Floats, spent: Floats, earned: Floats) -> pl.Series:
    """Why a row has no markup; the last of several reasons."""
    reason = np.full(theta.size, None, object)
    reason[~np.isfinite(theta)] = "not_in_function"
    reason[~(earned > 0)] = "no_revenue"
    reason[~(spent > 0)] = "no_expenditure"
    return pl.Series(reason, dtype=pl.String)


def _interval(found: ProductionFunction, input: str, median: float) -> tuple[float, float]:
    place = found.inputs.index(input)
    each = found.firm_years[f"elasticity_{input}"].drop_nulls().to_numpy()
    # the interval is that of one elasticity; a translog has one for each firm and year
    if np.ptp(each) > 1e-12 * np.abs(each).max():
        return float("nan"), float("nan")
    scale = median / found.elasticity[place]
    ends = sorted((float(found.low[place] * scale), float(found.high[place] * scale)))
    return ends[0], ends[1]


def _by_year(rows: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("markup")
    return (
        rows.group_by("year")
        .agg(
            pl.len().cast(pl.Int64).alias("firms_count"),
            value.quantile(0.1, "linear").alias("p10"),
            value.median().alias("median"),
            value.quantile(0.9, "linear").alias("p90"),
            ((value * pl.col("revenue")).sum() / pl.col("revenue").sum()).alias("weighted_mean"),
        )
        .sort("year")
    )

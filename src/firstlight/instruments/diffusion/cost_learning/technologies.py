"""Each technology's costs as a series, or the reason why it can't be used; and what they say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.diffusion.cost_learning.cost_record import improvement_p_value
from firstlight.instruments.diffusion.cost_learning.cost_walk import moving_average_theta
from firstlight.instruments.diffusion.cost_learning.laws import Array, LearningCurve, moore, wright

IMPROVES = 0.10  # p-value below which a technology improves (Farmer and Lafond 2016, section 3.2)
FEWEST = 3
FEWEST_POINTS = 5  # for a forecast with a band worth its name: four changes
_COUNTS = ("points_count", "missing_count", "gap_years_count", "first_year", "last_year")
TECHNOLOGIES: dict[str, Any] = {
    "technology": pl.String,
    **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(("last_cost", "mu", "mu_low", "mu_high", "volatility"), pl.Float64),
    "yearly_decline_share": pl.Float64,
    "yearly_decline_low": pl.Float64,
    "yearly_decline_high": pl.Float64,
    "p_value": pl.Float64,
    "is_significant": pl.Boolean,
    **dict.fromkeys(("theta", "elasticity", "learning_rate_share"), pl.Float64),
    "learning_rate_low": pl.Float64,
    "learning_rate_high": pl.Float64,
    "learning_rate_levels_share": pl.Float64,
    **dict.fromkeys(("reason", "production_reason", "forecast_reason"), pl.String),
}


@dataclass(frozen=True)
class CostSeries:
    """The costs of one technology, in order of years.

    years, costs      : (points,), points with a cost; production : (points,), or None
    missing_count     : rows without a cost
    reason            : code of why nothing can be computed, None if it can
    production_reason : code of why Wright's law can't be
    """

    name: str
    years: NDArray[np.int64]
    costs: Array
    production: Array | None
    missing_count: int
    reason: str | None = None
    production_reason: str | None = None


def cost_series(rows: pl.DataFrame) -> list[CostSeries]:
    """The technologies, by name, each with the reason why it can't be used.

    rows : technology, year, cost and, where it is known, cumulative; each technology and year once

    >>> rows = pl.DataFrame({"technology": "a", "year": [2000, 2001], "cost": [3.0, 1.0]})
    >>> cost_series(rows)[0].reason
    'few_points'
    """
    ordered = rows.sort("technology", "year").with_columns(pl.col("year").cast(pl.Int64))
    groups = ordered.group_by("technology", maintain_order=True)
    has_stock = "cumulative" in rows.columns and rows["cumulative"].count() > 0
    return [_series(str(name), own, has_stock) for (name,), own in groups]


def _series(name: str, rows: pl.DataFrame, has_stock: bool) -> CostSeries:
    present = rows.drop_nulls("cost")
    years, costs = present["year"].to_numpy(), present["cost"].to_numpy()
    missing = rows.height - present.height
    reason = None
    if present.height < FEWEST:
        reason = "few_points"
    elif present["cost"].n_unique() == 1:
        reason = "never_changes"
    if reason or not has_stock:
        return CostSeries(name, years, costs, None, missing, reason)
    production = present["cumulative"].to_numpy()
    if why := _why_no_production(production):
        return CostSeries(name, years, costs, None, missing, production_reason=why)
    return CostSeries(name, years, costs, production, missing)


def _why_no_production(production: Array) -> str | None:
    if np.isnan(production).any():
        return "no_production"
    if (np.diff(production) < 0).any():
        return "production_falls"
    return "production_never_changes" if np.ptp(production) == 0 else None


def technologies_table(
    series: list[CostSeries], level: float, forecast: Collection[str]
) -> pl.DataFrame:
    """A row per technology.

    forecast : the names of those with a forecast

    points_count, missing_count, gap_years_count (years skipped between points), first_year,
    last_year, last_cost
    mu, volatility     : drift and standard deviation of a year's change of log cost (Farmer and
        Lafond's mu and K)
    mu_low, mu_high    : interval of the drift; yearly_decline_share, _low, _high : the same as
        share of the cost
    p_value            : one-sided t-test on the changes that costs fall; is_significant : below .10
    theta              : of the noise by maximum likelihood; null with gaps; -1 or 1 where it can't
        be told
    elasticity, learning_rate_share, _low, _high : Wright's law in differences;
        learning_rate_levels_share : in levels
    reason, production_reason, forecast_reason : codes of why a technology, its learning rate or its
        forecast was not computed; null where it was
    """
    rows = [_row(each, level, each.name in forecast) for each in series]
    return pl.DataFrame(rows, schema=TECHNOLOGIES).sort("technology")


def _row(each: CostSeries, level: float, is_forecast: bool) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TECHNOLOGIES)
    row |= {"technology": each.name, "points_count": each.years.size}
    row |= {"missing_count": each.missing_count, "reason": each.reason}
    row["production_reason"] = each.production_reason
    if each.years.size:
        row |= {"first_year": int(each.years[0]), "last_year": int(each.years[-1])}
        row["last_cost"] = float(each.costs[-1])
    if each.reason:
        return row | {"forecast_reason": each.reason}
    curve = moore(each.years, each.costs, level=level)
    p_value = improvement_p_value(float(curve.slope[0]), float(curve.standard_error[0]), curve.df)
    gaps = int(each.years[-1] - each.years[0]) + 1 - each.years.size
    row |= {"gap_years_count": gaps, "p_value": p_value, "is_significant": p_value < IMPROVES}
    row |= {"mu": float(curve.slope[0]), "volatility": curve.residual_sd}
    row |= {"mu_low": float(curve.slope_low[0]), "mu_high": float(curve.slope_high[0])}
    row |= _rates("yearly_decline", curve)
    if not gaps and each.years.size > FEWEST:
        theta = moving_average_theta(np.diff(np.log(each.costs)))
        row["theta"] = None if np.isnan(theta) else theta
    if each.production is not None:
        learnt = wright(each.years, each.costs, each.production, level=level)
        row |= {"elasticity": float(learnt.slope[0]), **_rates("learning_rate", learnt)}
        levels = wright(each.years, each.costs, each.production, form="levels", level=level)
        row["learning_rate_levels_share"] = float(levels.rate[0])
    if not is_forecast:
        is_short = each.years.size < FEWEST_POINTS
        row["forecast_reason"] = "few_points_for_band" if is_short else "no_noise"
    return row


def _rates(name: str, curve: LearningCurve) -> dict[str, float]:
    values = {"share": curve.rate, "low": curve.rate_low, "high": curve.rate_high}
    return {f"{name}_{end}": float(value[0]) for end, value in values.items()}

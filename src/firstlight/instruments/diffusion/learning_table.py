"""Each technology's costs as a series with the reason why it can't be used, and the table of what they say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.diffusion.learning_curves import (
    Array,
    LearningCurve,
    checked_stock,
    moore,
    two_factor,
    wright,
)
from firstlight.instruments.diffusion.learning_forecast import moving_average_theta
from firstlight.instruments.diffusion.learning_hindcast import improvement_p_value
from firstlight.numerics.long_frames import read_long

IMPROVES = 0.10  # p-value below which a technology improves (Farmer and Lafond 2016, section 3.2)
FEWEST = 3
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "technology": pl.String,
    "points_count": pl.Int64,
    "missing_count": pl.Int64,
    "gap_years_count": pl.Int64,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
    "last_cost": pl.Float64,
    "mu": pl.Float64,
    "mu_low": pl.Float64,
    "mu_high": pl.Float64,
    "volatility": pl.Float64,
    "yearly_decline_share": pl.Float64,
    "yearly_decline_low": pl.Float64,
    "yearly_decline_high": pl.Float64,
    "p_value": pl.Float64,
    "is_significant": pl.Boolean,
    "theta": pl.Float64,
    "elasticity": pl.Float64,
    "learning_rate_share": pl.Float64,
    "learning_rate_low": pl.Float64,
    "learning_rate_high": pl.Float64,
    "learning_rate_levels_share": pl.Float64,
    "reason_en": pl.String,
    "reason_zh": pl.String,
    "production_reason_en": pl.String,
    "production_reason_zh": pl.String,
    "forecast_reason_en": pl.String,
    "forecast_reason_zh": pl.String,
}
_TWO_FACTORS: dict[str, pl.DataType | type[pl.DataType]] = {
    "technology": pl.String,
    "points_count": pl.Int64,
    **{
        f"learning_by_{name}_{end}": pl.Float64
        for name in ("doing", "searching")
        for end in ("share", "low", "high")
    },
    "variance_inflation": pl.Float64,
    "condition_number": pl.Float64,
    "is_identified": pl.Boolean,
    "reason_en": pl.String,
    "reason_zh": pl.String,
}


@dataclass(frozen=True)
class CostSeries:
    """The costs of one technology, in order of years.

    years, costs  : (points,), points with a cost; production, knowledge : (points,) or None
    missing_count : rows without a cost
    reason_en, reason_zh : why nothing can be computed; production_reason_en, _zh : why Wright's law can't. Empty if it can
    """

    name: str
    years: NDArray[np.int64]
    costs: Array
    production: Array | None
    missing_count: int
    reason_en: str = ""
    reason_zh: str = ""
    production_reason_en: str = ""
    production_reason_zh: str = ""
    knowledge: Array | None = None


def cost_series(
    frame: Any,
    technology: str,
    year: str,
    cost: str,
    production: str | None,
    unit: str | None,
    knowledge: str | None = None,
) -> list[CostSeries]:
    """The technologies of a long frame, by name, each with the reason why it can't be used.

    Raises  InputError as ``read_long``, for a frame without rows, or for knowledge without cumulative production.

    >>> rows = pl.DataFrame({"technology": "a", "year": [2000, 2001, 2002], "cost": [3.0, 0.0, 1.0]})
    >>> cost_series(rows, "technology", "year", "cost", None, None)[0].reason_en
    'the cost of 2001 is 0, which has no logarithm'
    """
    names = {"technology": technology, "year": year, "cost": cost}
    numbers = ["cost"]
    if production is not None:
        names["production"] = production
        numbers.append("production")
    if knowledge is not None and production is None:
        raise InputError(
            "knowledge without cumulative production",
            where=f"column {knowledge!r}",
            try_next="the two-factor curve needs both: name cumulative_production too",
        )
    if knowledge is not None:
        names["knowledge"] = knowledge
        numbers.append("knowledge")
    if unit is not None:
        names["unit"] = unit
    rows = read_long(frame, names, numbers)
    if not rows.height:
        raise InputError(
            "no rows", where="the data frame", try_next="hand in a row per technology and year"
        )
    return [
        _series(str(name), own) for (name,), own in rows.group_by("technology", maintain_order=True)
    ]


def technologies_table(
    series: list[CostSeries], level: float, forecast: Collection[str], fewest_points: int
) -> pl.DataFrame:
    """A row per technology.

    points_count, missing_count, gap_years_count (years skipped between points), first_year, last_year, last_cost
    mu, volatility     : drift and standard deviation of a year's change of log cost (Farmer and Lafond's mu and K)
    mu_low, mu_high    : interval of the drift; yearly_decline_share, _low, _high : the same as share of the cost
    p_value            : one-sided t-test on the changes that costs fall; is_significant : below .10
    theta              : of the noise by maximum likelihood; null with gaps; -1 or 1 where it can't be told
    elasticity, learning_rate_share, _low, _high : Wright's law in differences; learning_rate_levels_share : in levels
    reason_*           : why a technology, its learning rate or its forecast was not computed; null where it was
    """
    rows = [_row(each, level, each.name in forecast, fewest_points) for each in series]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("technology")


def two_factor_table(series: list[CostSeries], level: float) -> pl.DataFrame:
    """A row per technology: the two-factor learning curve in differences, with what tells whether to believe it.

    learning_by_doing_share, learning_by_searching_share (share of the cost per doubling of production and of knowledge), each
    with _low and _high; variance_inflation, condition_number, is_identified; reason_en, reason_zh: why it was not computed,
    or why its rates should not be quoted. Empty where no knowledge was handed in.
    """
    rows = [_two_factors(each, level) for each in series if each.knowledge is not None]
    return pl.DataFrame(rows, schema=_TWO_FACTORS).sort("technology")


def _two_factors(each: CostSeries, level: float) -> dict[str, Any]:
    row: dict[str, Any] = {**dict.fromkeys(_TWO_FACTORS), "technology": each.name}
    if each.production is None:
        english, chinese = (
            each.reason_en or each.production_reason_en,
            each.reason_zh or each.production_reason_zh,
        )
        return row | {"reason_en": english, "reason_zh": chinese}
    try:
        curve = two_factor(each.years, each.costs, each.production, each.knowledge, level=level)
    except InputError as error:  # told in this technology's row: the others stand
        exact = "exact functions" in error.what
        return row | {
            "reason_en": error.what,
            "reason_zh": "产量与知识存量互为函数" if exact else "知识存量数据无法使用",
        }
    for i, name in enumerate(("doing", "searching")):
        values = (curve.rate[i], curve.rate_low[i], curve.rate_high[i])
        row |= {
            f"learning_by_{name}_{end}": float(v)
            for end, v in zip(("share", "low", "high"), values, strict=True)
        }
    row |= {
        "variance_inflation": float(curve.vif.max()),
        "condition_number": curve.condition_number,
    }
    row |= {"is_identified": curve.is_identified, "points_count": each.years.size}
    return row | {"reason_en": curve.reason_en or None, "reason_zh": curve.reason_zh or None}


def _series(name: str, rows: pl.DataFrame) -> CostSeries:
    present = rows.filter(pl.col("cost").is_not_null())
    years = present["year"].to_numpy()
    costs = present["cost"].to_numpy()
    english, chinese = _why_not(rows, present)
    if "production" not in rows.columns:
        return CostSeries(name, years, costs, None, rows.height - present.height, english, chinese)
    why = ("", "") if english else _why_no_production(present)
    production = None if english or why[0] else present["production"].to_numpy()
    knowledge = present["knowledge"].to_numpy() if "knowledge" in rows.columns else None
    missing = rows.height - present.height
    return CostSeries(name, years, costs, production, missing, english, chinese, *why, knowledge)


def _why_not(rows: pl.DataFrame, present: pl.DataFrame) -> tuple[str, str]:
    if "unit" in rows.columns and rows["unit"].n_unique() > 1:
        units = sorted(rows["unit"].unique().to_list())
        return f"several units: {', '.join(units)}", f"单位不一致：{'、'.join(units)}"
    twice = rows.filter(rows["year"].is_duplicated())["year"]
    if twice.len():
        return f"{twice[0]} is there more than once", f"{twice[0]} 年重复出现"
    bad = present.filter(pl.col("cost") <= 0)
    if bad.height:
        where, value = bad["year"][0], bad["cost"][0]
        return (
            f"the cost of {where} is {value:g}, which has no logarithm",
            f"{where} 年成本为 {value:g}，无法取对数",
        )
    if present.height < FEWEST:
        return (
            f"{present.height} points, fewer than {FEWEST}",
            f"仅有 {present.height} 个数据点，少于 {FEWEST} 个",
        )
    if present["cost"].n_unique() == 1:
        return "the cost never changes", "成本从未变化"
    return "", ""


def _why_no_production(present: pl.DataFrame) -> tuple[str, str]:
    if present["production"].null_count():
        where = present.filter(pl.col("production").is_null())["year"][0]
        return f"no cumulative production in {where}", f"{where} 年缺少累计产量"
    production = present["production"].to_numpy()
    try:
        checked_stock(present["year"].to_numpy(), production, "cumulative production")
    except InputError as error:
        bad = np.flatnonzero(~(production > 0))
        place = int(bad[0]) if bad.size else int(np.argmax(np.diff(production) < 0)) + 1
        where = present["year"][place]
        return error.what, f"{where} 年累计产量{'不为正' if bad.size else '下降'}"
    if present["production"].n_unique() == 1:
        return "cumulative production never changes", "累计产量从未变化"
    return "", ""


def _row(each: CostSeries, level: float, is_forecast: bool, fewest_points: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_SCHEMA)
    row |= {
        "technology": each.name,
        "points_count": each.years.size,
        "missing_count": each.missing_count,
    }
    row |= {"reason_en": each.reason_en or None, "reason_zh": each.reason_zh or None}
    row |= {"production_reason_en": each.production_reason_en or None}
    row |= {"production_reason_zh": each.production_reason_zh or None}
    if each.years.size:
        row |= {
            "first_year": int(each.years[0]),
            "last_year": int(each.years[-1]),
            "last_cost": float(each.costs[-1]),
        }
    if each.reason_en:
        return row | {"forecast_reason_en": each.reason_en, "forecast_reason_zh": each.reason_zh}
    curve = moore(each.years, each.costs, level=level)
    p_value = improvement_p_value(float(curve.slope[0]), float(curve.standard_error[0]), curve.df)
    gaps = int(each.years[-1] - each.years[0]) + 1 - each.years.size
    row |= {"gap_years_count": gaps, "p_value": p_value, "is_significant": p_value < IMPROVES}
    row |= {
        "mu": float(curve.slope[0]),
        "mu_low": float(curve.slope_low[0]),
        "mu_high": float(curve.slope_high[0]),
    }
    row |= {"volatility": curve.residual_sd, **_rates("yearly_decline", curve)}
    if not gaps and each.years.size > FEWEST:
        theta = moving_average_theta(np.diff(np.log(each.costs)))
        row["theta"] = None if np.isnan(theta) else theta
    if each.production is not None:
        learnt = wright(each.years, each.costs, each.production, level=level)
        row |= {"elasticity": float(learnt.slope[0]), **_rates("learning_rate", learnt)}
        levels = wright(each.years, each.costs, each.production, form="levels", level=level)
        row["learning_rate_levels_share"] = float(levels.rate[0])
    if not is_forecast:
        row |= _why_no_forecast(each, fewest_points)
    return row


def _rates(name: str, curve: LearningCurve) -> dict[str, float]:
    values = (curve.rate, curve.rate_low, curve.rate_high)
    return {
        f"{name}_{end}": float(value[0])
        for end, value in zip(("share", "low", "high"), values, strict=True)
    }


def _why_no_forecast(each: CostSeries, fewest_points: int) -> dict[str, str]:
    if each.years.size < fewest_points:
        english = f"{each.years.size} points; a forecast with a band needs {fewest_points}"
        return {
            "forecast_reason_en": english,
            "forecast_reason_zh": f"仅有 {each.years.size} 个数据点；带区间的预测至少需要 {fewest_points} 个",
        }
    return {
        "forecast_reason_en": "the cost changes by the same share every year: nothing shows how uncertain it is",
        "forecast_reason_zh": "成本每年以相同比例变化，无从判断不确定性",
    }

"""Learning curves: how fast technologies get cheaper, what they will cost, how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.diffusion.cost_learning.answers import said
from firstlight.instruments.diffusion.cost_learning.calibration import (
    METHODS,
    calibration,
    probability_integral,
)
from firstlight.instruments.diffusion.cost_learning.cost_record import (
    WINDOW,
    hindcast_errors,
    match_theta,
    squared_scale,
    theta_by_year,
)
from firstlight.instruments.diffusion.cost_learning.cost_walk import (
    PUBLISHED_THETA,
    CostForecast,
    forecast_costs,
    random_walk,
)
from firstlight.instruments.diffusion.cost_learning.laws import wright
from firstlight.instruments.diffusion.cost_learning.technologies import (
    FEWEST_POINTS,
    IMPROVES,
    CostSeries,
    cost_series,
    technologies_table,
)
from firstlight.instruments.diffusion.technology_columns import TechnologyColumns
from firstlight.measurement import Measurement
from firstlight.result import Result
from firstlight.texts import Code, Name, Number, message

NO_NOISE = 1e-12  # volatility below which nothing shows how uncertain a forecast is
QUANTILES = {
    "cost_q05": 0.05,
    "cost_q10": 0.1,
    "cost_q25": 0.25,
    "cost_q50": 0.5,
    "cost_q75": 0.75,
    "cost_q90": 0.9,
    "cost_q95": 0.95,
}
FORECAST: dict[str, Any] = {
    "technology": pl.String,
    "year": pl.Int64,
    "horizon": pl.Int64,
    **dict.fromkeys(QUANTILES, pl.Float64),
}
RECORD = (
    *("fitted", "scope", "method", "forecasts_count", "technologies_count"),
    *("coverage_80", "coverage_80_low", "coverage_80_high"),
    *("coverage_90", "coverage_90_low", "coverage_90_high"),
    *("bias_log", "rmse_log", "rmse_ratio", "rmse_ratio_low", "rmse_ratio_high"),
)

EXPERIENCE: dict[str, Any] = {
    "technology": pl.String,
    "year": pl.Int64,
    **dict.fromkeys(("observed_cost", "cumulative_production", "cost_by_law"), pl.Float64),
}


def learning(
    frame: Any,
    *,
    cost: Annotated[str, roles.Number("positive", is_filled=True)] = "cost",
    cumulative: Annotated[str | None, roles.Number("positive")] = "cumulative",
    horizon: Annotated[int, roles.Bounds(1, 50)] = 10,
    theta: Annotated[float | None, roles.Bounds(-1, 1)] = None,
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
    **columns: Unpack[TechnologyColumns],
) -> Result:
    """How fast the costs of technologies fall, forecasts with their distribution, and the record.

    Moore's law makes log cost a random walk with drift; Wright's law is estimated where production
    is known. Forecasts use all years of a technology. The record makes them again from every
    earlier year, by a window of changes as in the paper and by all of the past as the forecasts do.
    Its theta is matched, for each origin year, to errors known by then; that of the forecasts to
    all errors. Where fewer than ten technologies have errors, the published .63 stands in for both.

    Parameters
    ----------
    frame
        A row for each technology and year.
    cost
        Column with the cost of one unit, in constant prices; where it is missing there is a gap.
    cumulative
        Column with the cumulative production.
    horizon
        Years to forecast.
    theta
        Correlation of the noise, instead of the matched one.
    level
        Probability that an interval of drifts and learning rates holds.
    **columns
        Columns of the table: `TechnologyColumns`.

    Returns
    -------
    Result with the tables ``technologies`` (drift mu and volatility of log cost,
    yearly_decline_share, p_value, learning_rate_share per doubling of production, with intervals;
    reason, production_reason and forecast_reason), ``forecast`` (technology, year, horizon,
    quantiles of the cost), ``record`` (fitted, scope, method, coverage of the bands, errors beside
    no change), ``hindcast``, the record by years ahead, and ``distribution`` (outcomes by tenth of
    their forecast distribution).

    Raises
    ------
    InputError
        Where no technology can be computed.

    References
    ----------
    Farmer and Lafond 2016, Research Policy 45(3), 647-665; Wright 1936, Journal of the Aeronautical
    Sciences 3(4), 122-128; Lafond and others 2018, Technological Forecasting and Social Change 128,
    104-117.

    Examples
    --------
    >>> import polars as pl
    >>> costs = [9.0, 8, 7, 6.5, 5, 4.6, 4, 3]
    >>> rows = pl.DataFrame({"technology": "panel", "year": range(2000, 2008), "cost": costs})
    >>> found = learning(rows, horizon=2)
    >>> found.tables["forecast"].select("year", pl.col("cost_q50").round(2)).rows()
    [(2008, 2.56), (2009, 2.19)]
    """
    data = LEARNING.read(locals())
    series = cost_series(data.frame)
    usable = {each.name: (each.years, each.costs) for each in series if not each.reason}
    if not usable:
        first = {"technology": Name(series[0].name), "reason": _code("reason", series[0].reason)}
        raise LEARNING.error(message("nothing_computed", **first))
    errors = hindcast_errors(usable, window=WINDOW)
    matched = match_theta(errors)
    # the user's own comes before that of the record, and the published one last
    by_year: Mapping[int, float] | float
    if theta is not None:
        source, by_year = "given", float(theta)
    elif np.isnan(matched):
        source, by_year = "published", PUBLISHED_THETA
    else:
        source, by_year = "matched", theta_by_year(errors)
    chosen = matched if isinstance(by_year, Mapping) else by_year
    forecasts = _forecasts(series, horizon, chosen)
    scores, distribution = _scored(usable, errors, by_year)
    forecast = _quantiles(forecasts)
    technologies = technologies_table(series, level, forecasts)
    record = scores.filter(pl.col("horizon").is_null()).select(RECORD)
    noise = message("noise", theta=Number(chosen), source=_code("theta", source))
    band = Mark("forecast_cost", "dash", "cost_low", "cost_high")
    chart = Chart(
        "costs",
        "costs",
        "year",
        (Mark("observed_cost", "points"), band),
        panel="technology",
        is_log=True,
    )
    decline = Mark("yearly_decline_share", "points", "yearly_decline_low", "yearly_decline_high")
    by_rank = Chart("by_rank", "technologies", "", (decline,), line="technology")
    experience = _experience(series)
    law = Mark("observed_cost", "points"), Mark("cost_by_law", "dash")
    by_production = Chart(
        "by_production",
        "experience",
        "cumulative_production",
        law,
        panel="technology",
        is_log=True,
        is_log_across=True,
    )
    return Result(
        {
            "technologies": technologies,
            "forecast": forecast,
            "record": record,
            "hindcast": scores.filter(pl.col("horizon").is_not_null()),
            "distribution": distribution,
            "costs": _drawn(data.frame, forecast),
            "experience": experience,
        },
        said(technologies, forecast, record, noise),
        LEARNING.texts,
        conventions=tuple(map(message, ("moore", "band", "wright", "made_again"))),
        charts=(by_rank, chart, *([by_production] if experience.height else [])),
        given=data.given,
    )


def _code(group: str, code: str | None) -> Code:
    return Code(f"codes.{group}.{code}")


def _forecasts(series: list[CostSeries], horizon: int, theta: float) -> dict[str, CostForecast]:
    found = {}
    for each in series:
        if each.reason or each.years.size < FEWEST_POINTS:
            continue
        walk = random_walk(each.years, each.costs)
        if walk.volatility > NO_NOISE:
            ahead = np.arange(walk.last_year + 1, walk.last_year + horizon + 1)
            found[each.name] = forecast_costs(walk, ahead, theta=theta)
    return found


def _quantiles(forecasts: Mapping[str, CostForecast]) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=FORECAST)]
    for name, found in forecasts.items():
        columns = {
            "technology": [name] * found.years.size,
            "year": found.years,
            "horizon": np.arange(found.years.size) + 1,
            **{column: found.quantile(share) for column, share in QUANTILES.items()},
        }
        parts.append(pl.DataFrame(columns, schema=FORECAST))
    return pl.concat(parts)


def _scored(
    usable: Mapping[str, tuple[Any, Any]], window: pl.DataFrame, theta: Mapping[int, float] | float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How forecasts did, and where outcomes fell in the distributions fitted to all of the past."""
    parts = []
    every = {"window": window, "all_past": hindcast_errors(usable, window=None)}
    for fitted, made in every.items():
        known = theta
        if isinstance(theta, Mapping):
            known = {year: theta.get(year, np.nan) for year in made["origin_year"]}
        scale = pl.Series("scale", squared_scale(made, known))
        errors = made.with_columns(scale).filter(pl.col("scale").is_not_nan())
        improving = errors.filter(pl.col("p_value") < IMPROVES)
        for scope, rows in (("all", errors), ("significant_at_origin", improving)):
            for method in METHODS:
                # a window without any noise has no band to score; baselines are left without it too
                own = rows if method == "drift" else rows.filter(pl.col("scale") > 0)
                scores = calibration(own, method, own["scale"].to_numpy())
                about = {"fitted": fitted, "scope": scope, "method": method}
                named = (pl.lit(value).alias(name) for name, value in about.items())
                parts.append(scores.select(*named, pl.all()))
    # the last of them were fitted to all of the past
    return pl.concat(parts), probability_integral(errors, "drift", errors["scale"].to_numpy())


def _drawn(rows: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """What the chart draws: costs seen, and the median and the 80% band of those to come."""
    seen = rows.drop_nulls("cost").select(
        "technology", pl.col("year").cast(pl.Int64), observed_cost="cost"
    )
    ahead = forecast.select(
        "technology", "year", forecast_cost="cost_q50", cost_low="cost_q10", cost_high="cost_q90"
    )
    return pl.concat([seen, ahead], how="diagonal").sort("technology", "year")


def _experience(series: list[CostSeries]) -> pl.DataFrame:
    """Costs over cumulative production, and the cost by Wright's law in levels; nothing where no
    production is known."""
    parts = []
    for each in series:
        if each.production is None or each.reason:
            continue
        law = wright(each.years, each.costs, each.production, form="levels")
        produced, costs = np.log(each.production), np.log(each.costs)
        by_law = np.exp(costs.mean() + law.slope[0] * (produced - produced.mean()))
        own = {"technology": each.name, "year": each.years, "observed_cost": each.costs}
        own |= {"cumulative_production": each.production, "cost_by_law": by_law}
        parts.append(pl.DataFrame(own, schema=EXPERIENCE))
    return pl.concat([pl.DataFrame(schema=EXPERIENCE), *parts])


LEARNING = Measurement(
    learning,
    citation="Farmer and Lafond 2016, Research Policy 45(3); Wright 1936, Journal of the "
    "Aeronautical Sciences 3(4)",
    brief=(
        "technology",
        "first_year",
        "last_year",
        "yearly_decline_share",
        "learning_rate_share",
        "p_value",
        "is_significant",
    ),
)

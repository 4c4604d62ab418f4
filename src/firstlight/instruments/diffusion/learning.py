"""Learning curves of many technologies at once: how fast each gets cheaper, what it will cost, and how far to trust that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion import learning_calibration as calibrated
from firstlight.instruments.diffusion import learning_hindcast as hindcasts
from firstlight.instruments.diffusion.learning_forecast import (
    PUBLISHED_THETA,
    CostForecast,
    forecast_costs,
    probability_cheaper,
    random_walk,
)
from firstlight.instruments.diffusion.learning_sentences import learning_sentences
from firstlight.instruments.diffusion.learning_table import (
    IMPROVES,
    CostSeries,
    cost_series,
    technologies_table,
    two_factor_table,
)
from firstlight.numerics.long_frames import as_given

FEWEST_POINTS = 5  # for a forecast with a band worth its name: four changes
QUANTILES = (5, 10, 25, 50, 75, 90, 95)  # per cent
MOST_YEARS = 50
UNITS: dict[str, str] = {
    "mu": "change of natural log cost per year",
    "volatility": "standard deviation of a year's change of natural log cost",
    "yearly_decline_share": "share of the cost saved per year",
    "learning_rate_share": "share of the cost saved per doubling of cumulative production",
    "cost": "as handed in",
    "rmse_log": "natural log of cost",
}


@dataclass(frozen=True)
class Learning:
    """What the costs of a set of technologies say.

    technologies : a row each, see ``learning_table.technologies_table``
    forecast     : technology, year, horizon, cost_q05 .. cost_q95 (the unit handed in; q50 is the median); none for a
                   technology without five points or without noise (``forecast_reason_en`` of ``technologies`` says so)
    hindcast     : fitted (window, all_past), scope (all, significant_at_origin), method (drift, no_change, trend), horizon
                   (null = all), and the columns of ``learning_calibration.calibration``; every method on the same forecasts
    distribution : the walk's outcomes by tenth of their forecast distribution, see ``probability_integral``
    theta        : noise correlation behind the forecasts; theta_source : ``given``, ``matched`` or ``published``
    two_factor   : production and knowledge, see ``learning_table.two_factor_table``; empty where no knowledge was handed in
    sentences    : code, text_en, text_zh
    given        : the frame handed in; ``table`` and ``frame`` return its kind
    """

    technologies: pl.DataFrame
    forecast: pl.DataFrame
    hindcast: pl.DataFrame
    distribution: pl.DataFrame
    theta: float
    theta_source: str
    sentences: pl.DataFrame
    two_factor: pl.DataFrame
    given: Any = field(default=None, repr=False)
    forecasts: Mapping[str, CostForecast] = field(default_factory=dict, repr=False)

    @property
    def frame(self) -> Any:
        """The table of technologies, in the kind of frame that was handed in."""
        return self.table("technologies")

    def table(self, name: str) -> Any:
        """One of technologies, forecast, hindcast, distribution, two_factor, sentences, in the kind of frame handed in."""
        tables = ("technologies", "forecast", "hindcast", "distribution", "two_factor", "sentences")
        if name not in tables:
            raise InputError(
                f"no table {name!r}", where="learning", try_next=f"use one of {', '.join(tables)}"
            )
        return as_given(getattr(self, name), self.given)

    def summary(self, language: str = "en") -> str:
        """The findings in plain words, ``en`` or ``zh``, a line each."""
        if language not in ("en", "zh"):
            raise InputError(f"no language {language!r}", where="summary", try_next="use en or zh")
        return "\n".join(self.sentences[f"text_{language}"].to_list())

    def probability_below(self, technology: str, cost: float) -> pl.DataFrame:
        """Probability that a technology costs less than a target in each forecast year: year, probability.

        Raises  InputError for a technology without a forecast, or a cost that isn't positive.
        """
        found = self._forecast_of(technology)
        return pl.DataFrame({"year": found.years, "probability": found.probability_below(cost)})

    def probability_cheaper(self, technology: str, other: str) -> pl.DataFrame:
        """Probability that one technology costs less than another, in the years that both forecasts share.

        Costs must be in one unit; errors are taken to be independent. Returns year, probability.
        Raises  InputError for a technology without a forecast, or where no year is shared.
        """
        one, two = self._forecast_of(technology), self._forecast_of(other)
        shared = np.intersect1d(one.years, two.years)
        if not shared.size:
            raise InputError(
                f"forecasts of {technology!r} and {other!r} share no year",
                where=f"{one.years[0]} to {one.years[-1]}, {two.years[0]} to {two.years[-1]}",
                try_next="forecast more years (horizon), or bring the older series up to date",
            )
        here = [np.isin(found.years, shared) for found in (one, two)]
        first, second = (
            CostForecast(shared, found.location[own], found.scale[own], found.df)
            for found, own in zip((one, two), here, strict=True)
        )
        return pl.DataFrame({"year": shared, "probability": probability_cheaper(first, second)})

    def _forecast_of(self, technology: str) -> CostForecast:
        if technology not in self.forecasts:
            names = ", ".join(sorted(self.forecasts)[:8])
            raise InputError(
                f"no forecast for {technology!r}", where="learning", try_next=f"there are {names}"
            )
        return self.forecasts[technology]


def learning(
    frame: Any,
    *,
    technology: str = "technology",
    year: str = "year",
    cost: str = "cost",
    cumulative_production: str | None = None,
    knowledge: str | None = None,
    unit: str | None = None,
    horizon: int = 10,
    theta: float | None = None,
    window: int = hindcasts.WINDOW,
    level: float = 0.9,
) -> Learning:
    """Moore's and Wright's laws for every technology of a long frame, forecasts with their distribution, and their record.

    Forecasts use all years of a technology. The record (hindcast) makes them again from every earlier year, by a window of
    changes as in the paper and by all of the past as the forecasts do. Its theta is matched, for each origin year, to
    errors known by then; the forecasts' theta to all errors. Where fewer than ten technologies have errors, the published
    .63 stands in for both. A technology that can't be used stays in the table with its reason.

    frame      : a row per technology and year: pandas, Polars, PyArrow, DuckDB (which comes back as Polars)
    technology, year, cost, cumulative_production, knowledge, unit : your columns. Costs in constant prices; a missing cost is a gap.
                 ``knowledge`` is research spending that has accumulated (see ``knowledge_stock``), for the two-factor curve.
                 Where ``unit`` is named, a technology with two units is not computed
    horizon    : years to forecast, 1 to 50; theta : -1 to 1, instead of the matched one
    window     : changes of the windowed hindcast, 4 or more; level : of the intervals of drifts and rates
    Returns Learning.
    Raises  InputError for columns or values that can't be read, or where no technology can be computed (with the reasons).
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665; Wright (1936), Journal of the Aeronautical Sciences
            3(4), 122-128; Lafond and others (2018), Technological Forecasting and Social Change 128, 104-117.

    >>> rows = pl.DataFrame({"technology": "panel", "year": range(2000, 2008), "cost": [9.0, 8, 7, 6.5, 5, 4.6, 4, 3]})
    >>> found = learning(rows, horizon=2)
    >>> found.forecast.select("year", pl.col("cost_q50").round(2)).rows()
    [(2008, 2.56), (2009, 2.19)]
    """
    if not 1 <= horizon <= MOST_YEARS:
        raise InputError(
            f"a horizon of {horizon} years", where="horizon", try_next=f"use 1 to {MOST_YEARS}"
        )
    if not 0 < level < 1:
        raise InputError(
            f"level {level}", where="level", try_next="use one between 0 and 1, like .9"
        )
    series = cost_series(frame, technology, year, cost, cumulative_production, unit, knowledge)
    usable = {each.name: (each.years, each.costs) for each in series if not each.reason_en}
    if not usable:
        told = "; ".join(dict.fromkeys(f"{each.name}: {each.reason_en}" for each in series[:5]))
        raise InputError(
            f"no technology can be computed: {told}",
            where="learning",
            try_next="mend the rows named",
        )
    errors = hindcasts.hindcast_errors(usable, window=window)
    matched = hindcasts.match_theta(errors)
    known = PUBLISHED_THETA if np.isnan(matched) else matched
    own, source = (
        (theta, "given")
        if theta is not None
        else (known, "published" if np.isnan(matched) else "matched")
    )
    forecasts = _forecasts(series, horizon, own)
    technologies = technologies_table(series, level, {name for name in forecasts}, FEWEST_POINTS)
    by_year = _scored_theta(errors, theta, matched)
    hindcast, distribution = _record(usable, errors, by_year)
    sentences = learning_sentences(technologies, _table(forecasts), hindcast, own, source)
    return Learning(
        technologies=technologies,
        forecast=_table(forecasts),
        hindcast=hindcast,
        distribution=distribution,
        theta=own,
        theta_source=source,
        sentences=sentences,
        two_factor=two_factor_table(series, level),
        given=frame,
        forecasts=forecasts,
    )


def _scored_theta(
    errors: pl.DataFrame, theta: float | None, matched: float
) -> dict[int, float] | float:
    """What the record uses: theta as matched by each origin year; one for all where it was given or can't be matched."""
    if theta is not None:
        return theta
    return PUBLISHED_THETA if np.isnan(matched) else hindcasts.theta_by_year(errors)


def _forecasts(series: list[CostSeries], horizon: int, theta: float) -> dict[str, CostForecast]:
    found = {}
    for each in series:
        if not each.reason_en and each.years.size >= FEWEST_POINTS:
            walk = random_walk(each.years, each.costs)
            if walk.volatility > 1e-12:
                ahead = np.arange(walk.last_year + 1, walk.last_year + horizon + 1)
                found[each.name] = forecast_costs(walk, ahead, theta=theta)
    return found


def _table(forecasts: Mapping[str, CostForecast]) -> pl.DataFrame:
    schema: dict[str, Any] = {"technology": pl.String, "year": pl.Int64, "horizon": pl.Int64}
    schema |= dict.fromkeys((f"cost_q{q:02d}" for q in QUANTILES), pl.Float64)
    parts = []
    for name, found in forecasts.items():
        columns = {f"cost_q{q:02d}": found.quantile(q / 100) for q in QUANTILES}
        years = {
            "technology": [name] * found.years.size,
            "year": found.years,
            "horizon": np.arange(found.years.size) + 1,
        }
        parts.append(pl.DataFrame({**years, **columns}, schema=schema))
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _record(
    usable: Mapping[str, tuple[Any, Any]], window: pl.DataFrame, theta: Mapping[int, float] | float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The hindcast's table, and the distribution of the walk's outcomes with all of the past fitted."""
    parts, distribution = [], None
    for fitted, errors in (
        ("window", window),
        ("all_past", hindcasts.hindcast_errors(usable, window=None)),
    ):
        known = {
            year: theta if isinstance(theta, float) else theta.get(year, np.nan)
            for year in errors["origin_year"]
        }
        scale = hindcasts.squared_scale(errors, known)
        errors = errors.with_columns(pl.Series("scale", scale)).filter(pl.col("scale").is_not_nan())
        for scope, rows in (
            ("all", errors),
            ("significant_at_origin", errors.filter(pl.col("p_value") < IMPROVES)),
        ):
            for method in calibrated.METHODS:
                # A window without any noise has no band to score; the baselines are left without it too.
                own = rows if method == "drift" else rows.filter(pl.col("scale") > 0)
                found = calibrated.calibration(
                    own, method, own["scale"].to_numpy() if method == "drift" else None
                )
                told = (
                    pl.lit(fitted).alias("fitted"),
                    pl.lit(scope).alias("scope"),
                    pl.lit(method).alias("method"),
                )
                parts.append(found.select(*told, pl.all()))
        if fitted == "all_past":
            distribution = calibrated.probability_integral(
                errors, "drift", errors["scale"].to_numpy()
            )
    assert distribution is not None
    return pl.concat(parts), distribution

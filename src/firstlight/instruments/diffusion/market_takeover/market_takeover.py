"""Substitution: how fast the new takes over from the old, and when it has half of each market."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError
from firstlight.instruments.diffusion.market_takeover.fisher_pry import (
    FEWEST,
    FisherPry,
    fisher_pry,
    share_quantiles,
)
from firstlight.instruments.diffusion.market_takeover.share_record import (
    METHODS,
    record_of,
    share_errors,
)
from firstlight.measurement import Measurement
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Code, Count, Message, Name, Number, Phrase, Share, Value, Year, message

SHARE = roles.Number("zero", is_share=True)
QUANTILES = {
    "share_q05": 0.05,
    "share_q10": 0.1,
    "share_q25": 0.25,
    "share_q50": 0.5,
    "share_q75": 0.75,
    "share_q90": 0.9,
    "share_q95": 0.95,
}
# column -> what it is called in `FisherPry`
ESTIMATES = {
    "rate": "rate",
    "rate_low": "rate_low",
    "rate_high": "rate_high",
    "takeover_years": "takeover_years",
    "takeover_years_low": "takeover_low",
    "takeover_years_high": "takeover_high",
    "half_year": "half_year",
    "half_year_low": "half_low",
    "half_year_high": "half_high",
    "dispersion": "dispersion",
    "autocorrelation": "autocorrelation",
}
MARKETS: dict[str, Any] = {
    "market": pl.String,
    **dict.fromkeys(("points_count", "missing_count", "first_year", "last_year"), pl.Int64),
    "last_share": pl.Float64,
    **dict.fromkeys(ESTIMATES, pl.Float64),
    "reason": pl.String,
    "caution": pl.String,
}
FORECAST: dict[str, Any] = {
    "market": pl.String,
    "year": pl.Int64,
    "horizon": pl.Int64,
    **dict.fromkeys(QUANTILES, pl.Float64),
}
ERRORS: dict[str, Any] = {
    "market": pl.String,
    "origin_year": pl.Int64,
    "horizon": pl.Int64,
    **dict.fromkeys((*METHODS, "place"), pl.Float64),
}


def substitution(
    frame: Any,
    *,
    market: Annotated[str, roles.Key(is_of_file=True)] = "market",
    year: Annotated[str, roles.Year()] = "year",
    share: Annotated[str | None, SHARE] = "share",
    new: Annotated[str | None, roles.Number("zero")] = "new",
    old: Annotated[str | None, roles.Number("zero")] = "old",
    is_count: bool = False,
    horizon: Annotated[int, roles.Bounds(1, 50)] = 10,
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
) -> Result:
    """How fast new technologies take over their markets, forecasts of their shares, and the record.

    The log odds of the new technology's share grow along a straight line (Fisher and Pry). A market
    that can't be computed stays in the table with its reason.

    Parameters
    ----------
    frame
        A row for each market and year.
    market
        Column of the markets.
    year
        Column of the years.
    share
        Column with the new technology's share of the market, from 0 to 1.
    new
        Column with the quantity of the new, where there are no shares.
    old
        Column with the quantity of the old, in the same unit.
    is_count
        Whether the quantities are numbers of things, so that a year with more of them weighs more.
    horizon
        Years to forecast.
    level
        Probability that an interval holds.

    Returns
    -------
    Result with the tables ``markets`` (points_count, missing_count, first_year, last_year,
    last_share; rate, the growth of the log odds a year, takeover_years from 10% to 90%, and
    half_year, each with its interval, null where it is unbounded; dispersion, autocorrelation;
    reason, caution), ``forecast`` (market, year, horizon, quantiles of the share), ``record``
    (method, forecasts_count, markets_count, coverage_80, bias_share, rmse_share, rmse_ratio) and
    ``hindcast``, the record by years ahead.

    Raises
    ------
    InputError
        Where there are neither shares nor both quantities, or no market can be computed.

    References
    ----------
    Fisher and Pry 1971, Technological Forecasting and Social Change 3, 75-88.

    Examples
    --------
    >>> import polars as pl
    >>> share = [0.1, 0.18, 0.3, 0.45, 0.62, 0.75]
    >>> rows = pl.DataFrame({"market": "tyres", "year": range(2000, 2006), "share": share})
    >>> substitution(rows).table.select(pl.col("takeover_years", "half_year").round(1)).row(0)
    (6.7, 2003.3)
    """
    data = SUBSTITUTION.read(locals())
    rows = _shares(data)
    markets, forecasts, errors = [], [], [pl.DataFrame(schema=ERRORS)]
    for (name,), own in rows.group_by("market", maintain_order=True):
        row, ahead, scored = _market(str(name), own, is_count, horizon, level)
        markets.append(row)
        forecasts += ahead
        errors += scored
    table = pl.DataFrame(markets, schema=MARKETS)
    if table["reason"].null_count() == 0:
        first = {"market": Name(table["market"][0]), "reason": _reason(table["reason"][0])}
        raise SUBSTITUTION.error(message("nothing_computed", **first))
    forecast = pl.DataFrame(forecasts, schema=FORECAST, orient="row")
    scores = record_of(pl.concat(errors))
    record = scores.filter(pl.col("horizon").is_null()).drop("horizon")
    tables = {
        "markets": table,
        "forecast": forecast,
        "record": record,
        "hindcast": scores.filter(pl.col("horizon").is_not_null()),
        "shares": _drawn(rows, forecast),
    }
    band = Mark("forecast_percent", "dash", "percent_low", "percent_high")
    marks = (Mark("observed_percent", "points"), band)
    return Result(
        tables,
        (*_answer(table), *_record(record), *_left_out(table)),
        SUBSTITUTION.texts,
        conventions=tuple(map(message, ("log_odds", "band", "made_again"))),
        charts=(Chart("shares", "shares", "year", marks, panel="market"),),
        given=data.given,
    )


def _shares(data: Data) -> pl.DataFrame:
    """market, year, share, total, sorted; share is null where it is not known."""
    rows = data.frame.sort("market", "year").with_columns(pl.col("year").cast(pl.Int64))
    if data.has("share"):
        return rows.select("market", "year", "share", total=pl.lit(1.0))
    if not data.has("new", "old"):
        raise SUBSTITUTION.error(message("no_shares"))
    total = pl.col("new") + pl.col("old")
    share = pl.when(total > 0).then(pl.col("new") / total)
    return rows.select("market", "year", share=share, total=total)


def _market(
    name: str, rows: pl.DataFrame, is_count: bool, horizon: int, level: float
) -> tuple[dict[str, Any], list[tuple[Any, ...]], list[pl.DataFrame]]:
    """Its row, its forecasts and the errors of its earlier forecasts."""
    present = rows.filter(pl.col("share").is_not_null())
    t, f = present["year"].to_numpy(), present["share"].to_numpy()
    n = present["total"].to_numpy() if is_count else None
    row: dict[str, Any] = {**dict.fromkeys(MARKETS), "market": name, "points_count": t.size}
    row["missing_count"] = rows.height - t.size
    if t.size:
        row |= {"first_year": int(t[0]), "last_year": int(t[-1]), "last_share": float(f[-1])}
    if t.size < FEWEST:
        return row | {"reason": "few_points"}, [], []
    if np.ptp(f) == 0:
        return row | {"reason": "never_changes"}, [], []
    try:
        fit = fisher_pry(t, f, n, level=level)
    except InputError as error:
        return row | {"reason": error.code}, [], []
    values = {column: float(getattr(fit, name)) for column, name in ESTIMATES.items()}
    row |= {column: value for column, value in values.items() if np.isfinite(value)}
    row["caution"] = _caution(fit)
    ahead = np.arange(int(t[-1]) + 1, int(t[-1]) + horizon + 1)
    last_total = None if n is None else float(n[-1])
    shares = share_quantiles(fit, ahead, list(QUANTILES.values()), last_total)
    forecasts = [(name, int(y), i + 1, *shares[i].tolist()) for i, y in enumerate(ahead)]
    errors = share_errors(t, f, n, horizon=horizon)
    return row, forecasts, [errors.select(pl.lit(name).alias("market"), pl.all())]


def _caution(fit: FisherPry) -> str | None:
    if fit.rate <= 0:
        return "loses_ground"
    if fit.rate_low <= 0 or not np.isfinite(fit.half_high):
        return "no_bound"
    return None


def _drawn(rows: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """What the chart draws: shares seen, and the median and the 80% band of those to come."""
    seen = rows.drop_nulls("share")
    seen = seen.select("market", "year", observed_percent=100 * pl.col("share"))
    ahead = forecast.select(
        "market",
        "year",
        forecast_percent=100 * pl.col("share_q50"),
        percent_low=100 * pl.col("share_q10"),
        percent_high=100 * pl.col("share_q90"),
    )
    return pl.concat([seen, ahead], how="diagonal").sort("market", "year")


def _answer(table: pl.DataFrame) -> list[Message]:
    """Where the new takes over fastest, and in how many markets it does so for certain."""
    computed = table.filter(pl.col("reason").is_null())
    certain = computed.filter((pl.col("rate") > 0) & pl.col("caution").is_null())
    certain = certain.sort("takeover_years", "market")
    said = [message("none_certain")]
    if certain.height:
        top = certain.row(0, named=True)
        years = ("takeover_years", "takeover_years_low", "takeover_years_high")
        said = [
            message(
                "fastest",
                market=Name(top["market"]),
                **dict(zip(("years", "low", "high"), (_years(top[k]) for k in years), strict=True)),
                half=Year(round(top["half_year"])),
                half_low=Year(math.floor(top["half_year_low"])),
                half_high=Year(math.ceil(top["half_year_high"])),
            )
        ]
    counts = {"certain": Count(certain.height), "known": Count(computed.height)}
    return [*said, message("coverage", count=Count(table.height), **counts)]


def _years(value: float) -> Number:
    return Number(value, digits=1)


def _record(record: pl.DataFrame) -> list[Message]:
    """How earlier forecasts did beside no change and a straight line."""
    if not record.height:
        return []
    rows = {row["method"]: row for row in record.iter_rows(named=True)}
    own, line = rows["fisher_pry"], rows["line"]
    values: dict[str, Value[Any]] = {
        "count": Count(own["markets_count"]),
        "forecasts": Count(own["forecasts_count"]),
        "held": Share(own["coverage_80"]),
    }
    if own["rmse_ratio"] is None:
        return [message("record", **values, error=Phrase(message("phrases.no_change")))]
    ratios = {"ratio": Number(own["rmse_ratio"]), "line": Number(line["rmse_ratio"])}
    error = message("phrases.error_without_interval", **ratios)
    if own["rmse_ratio_low"] is not None:
        ends = {"low": Number(own["rmse_ratio_low"]), "high": Number(own["rmse_ratio_high"])}
        error = message("phrases.error", **ratios, **ends)
    return [message("record", **values, error=Phrase(error))]


def _left_out(table: pl.DataFrame) -> list[Message]:
    left = table.drop_nulls("reason")
    if not left.height:
        return []
    first = {"market": Name(left["market"][0]), "reason": _reason(left["reason"][0])}
    return [message("left_out", count=Count(left.height), **first)]


def _reason(code: str) -> Code:
    return Code(f"codes.reason.{code}")


SUBSTITUTION = Measurement(
    substitution,
    citation="Fisher and Pry 1971, Technological Forecasting and Social Change 3",
    brief=(
        "market",
        "last_year",
        "last_share",
        "takeover_years",
        "half_year",
        "reason",
        "caution",
    ),
)

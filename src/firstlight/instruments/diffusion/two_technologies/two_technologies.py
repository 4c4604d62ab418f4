"""Interaction: whether technologies help or harm each other, pair by pair, and whether that
foretells anything."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Final

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, check_enough
from firstlight.instruments.diffusion.competition import (
    FEWEST,
    Competition,
    competition_hindcast,
    forecast_competition,
    lotka_volterra,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Code, Count, List, Message, Name, Phrase, Share, Value, message

MOST_SAID: Final = 5
NO_INTERACTION: Final = "no_interaction"
ERRORS: Final = {"alone": "rmse_over_alone", "no_change": "rmse_over_no_change"}
_F, _S, _I = pl.Float64, pl.String, pl.Int64
EFFECTS: Final = (
    "effect_on_first",
    "effect_on_first_low",
    "effect_on_first_high",
    "effect_on_second",
    "effect_on_second_low",
    "effect_on_second_high",
)
PAIRS: dict[str, Any] = {
    **dict.fromkeys(("first", "second"), _S),
    "changes_count": _I,
    "kind": _S,
    **dict.fromkeys(EFFECTS, _F),
    "forecasts_count": _I,
    **dict.fromkeys((*ERRORS.values(), "coverage_80"), _F),
    "reason": _S,
    "reason_year": _I,
}
FORECAST: dict[str, Any] = {
    **dict.fromkeys(("first", "second", "technology"), _S),
    "year": _I,
    **dict.fromkeys(("lower_80", "median", "upper_80"), _F),
}
SIZES: dict[str, Any] = {"technology": _S, "year": _I, "size": _F}


def interaction(
    frame: Any,
    *,
    technology: Annotated[str, roles.Key()] = "technology",
    year: Annotated[str, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
    horizon: Annotated[int, roles.Bounds(1, 20)] = 5,
    progress: Progress | None = None,
) -> Result:
    """Whether technologies help or harm each other, pair by pair, with the record of forecasts.

    The yearly growth of each is regressed on both sizes (Lotka and Volterra's equations, year by
    year). Smooth curves seem to explain each other whether they do or not: hold the pairs that show
    an interaction against all pairs, and against forecasts without it.

    Parameters
    ----------
    frame
        A row for each technology and year; two technologies or more.
    technology
        Column of the technologies.
    year
        Column of the years.
    value
        Column with sizes above 0, such as sales, users or a stock.
    level
        Probability of the intervals, and so of the signs.
    horizon
        Years to forecast, and of the record.
    progress
        Called with the number of pairs done and that of all.

    Returns
    -------
    Result with the tables ``pairs`` (first, second, changes_count, kind, effect_on_first and
    effect_on_second, growth per year gained or lost by the mean size of the other, with
    intervals; forecasts_count, rmse_over_alone and rmse_over_no_change, errors of earlier forecasts
    over those without interaction and of no change, coverage_80; reason, reason_year),
    ``forecast`` (first, second, technology, year, lower_80, median, upper_80) and ``sizes``.

    Raises
    ------
    InputError
        For fewer than two technologies.

    References
    ----------
    Leslie 1958, Biometrika 45, 16-31. Pistorius and Utterback 1997, Research Policy 26(1), 67-84.
    Modis 1999, Technological Forecasting and Social Change 62, 173-202.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> values = np.exp(rng.normal(size=24))
    >>> rows = pl.DataFrame({"technology": ["a"] * 12 + ["b"] * 12,
    ...     "year": [*range(2000, 2012)] * 2, "value": values})
    >>> interaction(rows).table["changes_count"].to_list()
    [11]
    """
    data = INTERACTION.read(locals())
    known = data.frame.drop_nulls("value").sort("technology", "year")
    known = known.select("technology", pl.col("year").cast(_I), pl.col("value").cast(_F))
    series = {
        str(name): dict(own.select("year", "value").iter_rows())
        for (name,), own in known.group_by("technology", maintain_order=True)
    }
    check_enough("technologies", len(series), 2, "technology")
    every = list(combinations(sorted(series), 2))
    rows, ahead = list[dict[str, Any]](), [pl.DataFrame(schema=FORECAST)]
    for done, (one, other) in enumerate(every):
        if progress is not None:
            progress(done, len(every))
        row, forecast = _pair(one, other, series, level, horizon)
        rows.append(row)
        ahead += forecast
    pairs = pl.DataFrame(rows, schema=PAIRS)
    sizes = known.rename({"value": "size"}).select(SIZES.keys())
    return Result(
        {"pairs": pairs, "forecast": pl.concat(ahead), "sizes": sizes},
        tuple(_said(pairs, level)),
        INTERACTION.texts,
        conventions=_conventions(level),
        charts=(Chart("sizes", "sizes", "year", (Mark("size"),), panel="technology"),),
        given=data.given,
    )


def _pair(
    one: str, other: str, series: dict[str, dict[int, float]], level: float, horizon: int
) -> tuple[dict[str, Any], list[pl.DataFrame]]:
    """A row of PAIRS and the forecasts of both; a reason where the pair can't be fitted."""
    row: dict[str, Any] = {**dict.fromkeys(PAIRS), "first": one, "second": other}
    years = sorted(series[one].keys() & series[other].keys())
    x, y = ([series[name][year] for year in years] for name in (one, other))
    if not years:
        return row | {"reason": "few_pairs", "changes_count": 0}, []
    try:
        fit = lotka_volterra(years, x, y, level=level)
    except InputError as error:
        at = error.values.get("year")
        return row | {"reason": error.code, "reason_year": at and at.value}, []
    row |= {"changes_count": fit.changes_count, "kind": fit.kind, **_effects(fit)}
    row |= _record(years, x, y, horizon)
    both = forecast_competition(fit, horizon)
    tables = []
    for name, bands in zip((one, other), both, strict=True):
        ends = dict(zip(("lower_80", "median", "upper_80"), bands.T, strict=True))
        ahead = pl.DataFrame({"year": range(years[-1] + 1, years[-1] + 1 + horizon), **ends})
        named = {"first": one, "second": other, "technology": name}
        ahead = ahead.with_columns(pl.lit(own).alias(column) for column, own in named.items())
        tables.append(ahead.select(pl.col(name).cast(kind) for name, kind in FORECAST.items()))
    return row, tables


def _effects(fit: Competition) -> dict[str, float]:
    """Growth per year that the mean size of the other brings, with its interval."""
    ends = np.stack([fit.effect, fit.effect_low, fit.effect_high], axis=1)
    by_mean = ends * fit.mean_size[::-1, None]
    return dict(zip(EFFECTS, by_mean.ravel().tolist(), strict=True))


def _record(years: list[int], x: list[float], y: list[float], horizon: int) -> dict[str, Any]:
    """Errors of earlier forecasts over those without the other and of no change, and the band."""
    errors = competition_hindcast(years, x, y, horizon=horizon)
    if not errors.height:
        return {"forecasts_count": 0}
    squares = errors.select(pl.col("interacting", *ERRORS) ** 2).mean().row(0, named=True)
    row: dict[str, Any] = {"forecasts_count": errors.height}
    row["coverage_80"] = errors["is_in_band"].mean()
    for method, column in ERRORS.items():
        if squares[method] > 0:
            row[column] = float(np.sqrt(squares["interacting"] / squares[method]))
    return row


def _said(pairs: pl.DataFrame, level: float) -> list[Message]:
    """How many pairs show an interaction, beside chance; which; whether it helps to forecast."""
    known = pairs.drop_nulls("kind")
    shown = known.filter(pl.col("kind") != NO_INTERACTION)
    said = []
    if known.height == 1:
        said.append(message("pair", **_named(known.row(0, named=True))))
    elif known.height:
        chance = Share(1 - level**2)
        counts = {"count": Count(known.height), "shown": Count(shown.height)}
        said.append(message("shown", chance=chance, **counts))
        named = tuple(
            Phrase(message("phrases.pair", **_named(row))) for row in shown.iter_rows(named=True)
        )
        if named:
            said.append(message("which", pairs=List(named, most=MOST_SAID)))
    else:
        said.append(message("nothing", count=Count(pairs.height)))
    recorded = known.drop_nulls("rmse_over_alone")
    if recorded.height:
        better = recorded.filter(
            (pl.col("rmse_over_alone") < 1) & (pl.col("rmse_over_no_change") < 1)
        )
        counts = {"count": Count(recorded.height), "better": Count(better.height)}
        said.append(message("record", **counts))
    lost = pairs.drop_nulls("reason")
    if lost.height:
        first = lost.row(0, named=True)
        why = {"first": Name(first["first"]), "second": Name(first["second"])}
        reason = Code(f"codes.reason.{first['reason']}")
        said.append(message("left_out", count=Count(lost.height), reason=reason, **why))
    return said


def _named(row: dict[str, Any]) -> dict[str, Value[Any]]:
    both = {"first": Name(row["first"]), "second": Name(row["second"])}
    return {**both, "kind": Code(f"codes.kind.{row['kind']}")}


def _conventions(level: float) -> tuple[Message, ...]:
    signs = message("signs", level=Share(level), chance=Share(1 - level**2))
    return (message("equations"), signs, message("smooth"), message("cuts", fewest=Count(FEWEST)))


INTERACTION = Measurement(
    interaction,
    citation="Leslie 1958, Biometrika 45, 16-31; Pistorius and Utterback 1997, Research Policy "
    "26(1), 67-84; Modis 1999, Technological Forecasting and Social Change 62, 173-202",
    sample=Sample({}),
    brief=("first", "second", "kind", "effect_on_first", "effect_on_second", "rmse_over_alone"),
)

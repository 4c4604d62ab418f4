"""Growth curves: how far technologies have come, where growth may end, how such forecasts did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, empty_column, excludes
from firstlight.instruments.diffusion.bass_fit import INCREMENTS, METHODS, fit_bass
from firstlight.instruments.diffusion.growth_average import GrowthForecast, forecast_growth, rule_of
from firstlight.instruments.diffusion.growth_errors import COUNTS
from firstlight.instruments.diffusion.growth_forecast.answers import said
from firstlight.instruments.diffusion.growth_hindcast import BASELINES, growth_hindcast
from firstlight.instruments.diffusion.growth_series import errors_of
from firstlight.instruments.diffusion.technology_columns import LevelColumns
from firstlight.measurement import Measurement, Progress
from firstlight.numerics.long_frames import finite_or_none
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, Message, Name, message

# shares of the highest level at which earlier forecasts are made again
CUTS = (0.1, 0.25, 0.5, 0.75)
HINDCAST_DRAWS = 1000
KINDS = ("level", "cumulative", "per_year")
# a series whose name says so is cumulative, where it never falls
SAYS_CUMULATIVE = re.compile("cumulat|累计|累積|累积|to.date", re.IGNORECASE)
_F, _S, _I = pl.Float64, pl.String, pl.Int64
TECHNOLOGIES: dict[str, Any] = {
    "technology": _S,
    **dict.fromkeys(("points_count", "first_year", "last_year"), _I),
    **dict.fromkeys(("last_value", "saturation", "saturation_low", "saturation_high"), _F),
    **dict.fromkeys(("fraction_share", "unbounded_share"), _F),
    "likeliest_model": _S,
    "weight_share": _F,
    **dict.fromkeys(("kind", "open_reason", "caution", "reason"), _S),
    "reason_year": _I,
}
BANDS = ("lower_80", "upper_80", "lower_90", "upper_90")
FORECAST = {"technology": _S, "year": _I, **dict.fromkeys(("median", *BANDS), _F)}
PAST: dict[str, Any] = {
    "technology": _S,
    "from_year": _I,
    "method": _S,
    "ahead": _I,
    **dict.fromkeys(("lower_90", "lower_80", "median", "upper_80", "upper_90"), _F),
    **dict.fromkeys(("last", "truth"), _F),
}
FITTED = {"technology": _S, "year": _I, "fitted_value": _F}
BASS_FIGURES = (
    "saturation",
    "saturation_se",
    "innovation",
    "innovation_se",
    "imitation",
    "imitation_se",
    "peak_year",
    "r_squared",
)
BASS: dict[str, Any] = {
    "technology": _S,
    "method": _S,
    **dict.fromkeys(BASS_FIGURES, _F),
    **dict.fromkeys(("caution", "reason"), _S),
}


def growth(
    frame: Any,
    *,
    total: Annotated[str | None, roles.Number("zero")] = "total",
    kind: Literal["auto", "level", "cumulative", "per_year"] = "auto",
    errors: Literal[
        "auto", "additive", "lognormal", "logitnormal", "negative_binomial", "quasi_poisson"
    ] = "auto",
    ceiling: Annotated[float | None, roles.Bounds(0.0, is_above=True)] = None,
    rule: Literal["default", "mixed", "tempered", "evidence", "aicc", "equal"] = "default",
    horizon: Annotated[int, roles.Bounds(1, 50)] = 10,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
    **columns: Unpack[LevelColumns],
) -> Result:
    """How far technologies have come, where their growth may end, forecasts, and their record.

    Logistic, Gompertz, Richards and Bass curves, an exponential trend and no growth are averaged by
    what the data say. A technology that can't be computed stays in the table with its reason.

    Parameters
    ----------
    frame
        A row for each technology and year.
    total
        Column with what counts are a part of, such as all households; read for errors of counts.
    kind
        What the values are: levels, which may fall; cumulative, which can't; or what was added per
        year. auto reads it from the values.
    errors
        Errors about the curve: of one size (additive), in proportion, under a ceiling, or of
        counts. auto is lognormal for levels, else additive.
    ceiling
        The level that can't be passed, such as 100 for per cent.
    rule
        How the curves are weighed; default is evidence, and mixed under a ceiling.
    horizon
        Years to forecast.
    seed
        Seed of random draws.
    progress
        Called with the number of technologies done and that of all.
    **columns
        Columns of the table: `LevelColumns`.

    Returns
    -------
    Result with the tables ``technologies`` (last_value, saturation with its 80% interval, open ends
    null, fraction_share of it reached, unbounded_share of draws without a saturation in sight,
    likeliest_model and its weight_share, kind; open_reason, caution, reason, reason_year),
    ``forecast`` (technology, year, median, lower_80 .. upper_90), ``record`` (method, coverage of
    the bands, error beside no change), ``past_forecasts``, behind the record, and, where growth
    within the year is modelled, ``bass``: Bass's curve alone by least squares on what was added per
    year (method nls or ols, saturation, innovation, imitation with standard errors, peak_year,
    r_squared, caution, reason), as most programs fit it.

    Raises
    ------
    InputError
        For choices that don't go together, and where no technology can be computed.

    References
    ----------
    Bass 1969, Management Science 15(5), 215-227; Richards 1959, Journal of Experimental Botany
    10(2), 290-301; Kass and Raftery 1995, Journal of the American Statistical Association 90(430),
    773-795.

    Examples
    --------
    >>> import polars as pl
    >>> values = [2, 3, 5, 9, 14, 22, 31, 45, 52, 60]
    >>> rows = pl.DataFrame({"technology": "tv", "year": range(1990, 2000), "value": values})
    >>> growth(rows, ceiling=100, horizon=1).tables["forecast"]["year"].to_list()
    [2000]
    """
    data = GROWTH.read(locals())
    counted = errors in COUNTS
    has_totals = counted and data.has("total")
    if has_totals and kind == "cumulative":
        raise InputError(excludes("total", "kind = cumulative"))
    known = data.frame.drop_nulls("value").sort("technology", "year")
    known = known.with_columns(pl.col("year").cast(pl.Int64))
    model = {"kind": kind, "errors": errors, "ceiling": ceiling}
    about = {"rule": rule, "horizon": horizon, "seed": seed}
    rows = list[dict[str, Any]]()
    parts = {"forecast": [pl.DataFrame(schema=FORECAST)], "past": [pl.DataFrame(schema=PAST)]}
    parts["fitted"] = [pl.DataFrame(schema=FITTED)]
    parts["bass"] = [pl.DataFrame(schema=BASS)]
    count = known["technology"].n_unique()
    for (name,), own in known.group_by("technology", maintain_order=True):
        row, found = _technology(str(name), own, counted, model, about)
        rows.append(row)
        for part, table in found.items():
            parts[part].append(table)
        if progress is not None:
            progress(len(rows), count)
    technologies = pl.DataFrame(rows, schema=TECHNOLOGIES)
    if technologies["reason"].null_count() == 0:
        raise GROWTH.error(_nothing(technologies))
    forecast, past = pl.concat(parts["forecast"]), pl.concat(parts["past"])
    record = _record(past)
    is_limited = ceiling is not None
    tables = {
        "technologies": technologies,
        "forecast": forecast,
        "record": record,
        "past_forecasts": past,
        "values": _drawn(known, pl.concat(parts["fitted"]), forecast, has_totals),
    }
    if len(parts["bass"]) > 1:  # of levels there is nothing that was added per year
        tables["bass"] = pl.concat(parts["bass"])
    return Result(
        tables,
        said(
            technologies,
            record,
            is_limited=is_limited,
            is_kind_read=kind == "auto",
            has_totals=has_totals,
        ),
        GROWTH.texts,
        conventions=_conventions(technologies, errors, rule, ceiling),
        charts=(_chart(has_totals),),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    kind, errors, ceiling = (arguments[name] for name in ("kind", "errors", "ceiling"))
    is_increment = kind in ("cumulative", "per_year")
    if errors == "logitnormal" and (ceiling is None or is_increment):
        return message("logit_without_ceiling")
    if ceiling is not None and (is_increment or errors in COUNTS):
        return message("ceiling_of_no_level")
    return None


def _nothing(technologies: pl.DataFrame) -> Message:
    if not technologies.height:
        return empty_column("value").given
    technology, reason = technologies.select("technology", "reason").row(0)
    named = {"technology": Name(technology), "reason": Code(f"codes.reason.{reason}")}
    return message("nothing_computed", **named)


def _technology(
    name: str, own: pl.DataFrame, counted: bool, model: Mapping[str, Any], about: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """Its row, and its forecast, fit and earlier forecasts; a reason where it can't be computed."""
    years, values = own["year"].to_numpy(), own["value"].to_numpy()
    row: dict[str, Any] = dict.fromkeys(TECHNOLOGIES)
    row |= {"technology": name, "points_count": own.height, "last_value": float(values[-1])}
    row |= {"first_year": int(years[0]), "last_year": int(years[-1])}
    choices = dict(model)
    has_total = counted and own["total"].count() > 0
    is_free = choices["ceiling"] is None and not has_total
    if choices["kind"] == "auto" and is_free and SAYS_CUMULATIVE.search(name):
        choices["kind"] = "cumulative" if (np.diff(values) >= 0).all() else "auto"
    if has_total:
        choices["exposure"] = own["total"].to_numpy()
        above = values > choices["exposure"]
        if above.any():
            return row | {"reason": "above_total", "reason_year": int(years[above.argmax()])}, {}
        # as the saturation: a share of the total
        row["last_value"] = float(values[-1] / choices["exposure"][-1])
    steps = range(1, about["horizon"] + 1)
    try:
        found = forecast_growth(
            values, years, steps, rule=about["rule"], seed=about["seed"], **choices
        )
    except InputError as error:
        at = error.values.get("year")
        return row | {"reason": error.code, "reason_year": at and at.value}, {}
    row |= _saturation(found)
    if found.kind == "per_year":
        row["last_value"] = float(values.sum())  # as the saturation: the sum of all years
    tables = {"forecast": _named(found.frame, name, FORECAST)}
    seen = pl.DataFrame({"year": found.fitted_years, "fitted_value": found.fitted})
    tables["fitted"] = _named(seen, name, FITTED)
    if found.kind in INCREMENTS:
        tables["bass"] = bass_rows(name, values, years, found.kind)
    if counted or found.kind == "per_year" or (values <= 0).any():
        return row, tables
    past = growth_hindcast(
        values,
        years,
        cuts=CUTS,
        methods=(about["rule"],),
        horizon=about["horizon"],
        draws=HINDCAST_DRAWS,
        seed=about["seed"],
        **choices,
    ).forecasts
    if past.height:
        averaged = past.with_columns(pl.col("method").replace(about["rule"], "average"))
        tables["past"] = _named(averaged, name, PAST)
    return row, tables


def _named(table: pl.DataFrame, technology: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """The columns of a schema, with the name of the technology."""
    own = table.with_columns(technology=pl.lit(technology))
    return own.select(pl.col(column).cast(kind) for column, kind in schema.items())


def _saturation(found: GrowthForecast) -> dict[str, Any]:
    """Saturation with the 80% interval; infinite ends are open and stay missing."""
    at = found.levels.index(0.8)
    likeliest = max(found.weights, key=lambda model: (found.weights[model], model))
    open_reason = "open" if 0.8 in found.open_levels else "open_at_90"
    return {
        "saturation": finite_or_none(found.saturation),
        "saturation_low": finite_or_none(found.saturation_lower[at]),
        "saturation_high": finite_or_none(found.saturation_upper[at]),
        "fraction_share": finite_or_none(found.fraction),
        "unbounded_share": finite_or_none(found.unbounded),
        "likeliest_model": likeliest,
        "weight_share": found.weights[likeliest],
        "open_reason": open_reason if found.open_levels else None,
        "kind": found.kind,
        "caution": "below_reached" if found.is_below_reached else None,
    }


def _record(past: pl.DataFrame) -> pl.DataFrame:
    """All earlier forecasts by method: coverage of the bands, errors, and these over no change."""
    error = (pl.col("median").log() - pl.col("truth").log()) ** 2

    def held(level: int) -> pl.Expr:
        return pl.col("truth").is_between(f"lower_{level}", f"upper_{level}").mean()

    scored = (
        past.filter(pl.col("truth") > 0)
        .group_by("method")
        .agg(
            forecasts_count=pl.len().cast(_I),
            technologies_count=pl.col("technology").n_unique().cast(_I),
            coverage_80=held(80),
            coverage_90=held(90),
            rmse_log=error.mean().sqrt(),
        )
    )
    naive = scored.filter(method="naive")["rmse_log"]
    order = {name: place for place, name in enumerate(("average", *BASELINES))}
    ratio = pl.col("rmse_log") / (naive[0] if naive.len() else None)
    return scored.with_columns(rmse_ratio=ratio).sort(
        pl.col("method").replace_strict(order, default=len(order))
    )


def bass_rows(name: str, values: Any, years: Any, kind: str) -> pl.DataFrame:
    """Rows of BASS: Bass's curve by nonlinear least squares and Bass's own regression.

    values, years : (years,); kind : of INCREMENTS
    A fit that can't be made has its reason.
    """
    rows = [_bass_row(name, values, years, kind, method) for method in METHODS]
    return pl.DataFrame(rows, schema=BASS)


def _bass_row(name: str, values: Any, years: Any, kind: str, method: str) -> dict[str, Any]:
    row: dict[str, Any] = {**dict.fromkeys(BASS), "technology": name, "method": method}
    try:
        fit = fit_bass(values, years, kind=kind, method=method)
    except InputError as error:
        return row | {"reason": error.code}
    figures = {figure: float(getattr(fit, figure)) for figure in BASS_FIGURES}
    known = {figure: own for figure, own in figures.items() if np.isfinite(own)}
    return row | known | {"caution": fit.caution or None}


def _drawn(
    known: pl.DataFrame, fitted: pl.DataFrame, forecast: pl.DataFrame, has_totals: bool
) -> pl.DataFrame:
    """What the chart draws: values seen, the curve fitted to them, and the forecast's 80% band."""
    value = pl.col("value") / pl.col("total") if has_totals else pl.col("value")
    seen = known.select("technology", "year", observed_value=value)
    # what is kept of an infinite quotient, of a total of 0, is nothing
    seen = seen.filter(pl.col("observed_value").is_finite())
    ahead = forecast.select(
        "technology",
        "year",
        forecast_value="median",
        forecast_low="lower_80",
        forecast_high="upper_80",
    )
    both = seen.join(fitted, on=["technology", "year"], how="left")
    return pl.concat([both, ahead], how="diagonal").sort("technology", "year")


def _chart(has_totals: bool) -> Chart:
    marks = [Mark("observed_value", "points"), Mark("fitted_value", "line")]
    # beside shares of a total, a forecast of counts would be in another unit
    if not has_totals:
        marks.append(Mark("forecast_value", "dash", "forecast_low", "forecast_high"))
    return Chart("values", "values", "year", tuple(marks), panel="technology")


def _conventions(
    technologies: pl.DataFrame, errors: str, rule: str, ceiling: float | None
) -> tuple[Message, ...]:
    used = Name(rule_of(rule, has_ceiling=ceiling is not None))
    averaged = message("averaged", rule=used)
    if ceiling is not None:
        averaged = message("averaged_under_ceiling", rule=used, ceiling=Figure(ceiling))
    kinds = []
    if technologies.filter(pl.col("kind").is_in(INCREMENTS)).height:
        kinds.append(message("bass"))
    for kind in KINDS:
        if count := technologies.filter(kind=kind).height:
            model = Code(f"codes.errors.{errors_of(errors, kind)}")
            kinds.append(message(f"kind_{kind}", errors=model, count=Count(count)))
    record = ("no_record", "shares") if errors in COUNTS else ("cuts",)
    return (averaged, *kinds, *map(message, ("open_end", "low_end", *record)))


GROWTH = Measurement(
    growth,
    citation="Bass 1969, Management Science 15(5); Richards 1959, Journal of Experimental Botany "
    "10(2); Kass and Raftery 1995, Journal of the American Statistical Association 90(430)",
    check=_check,
    brief=(
        "technology",
        "last_year",
        "last_value",
        "saturation",
        "fraction_share",
        "likeliest_model",
        "kind",
    ),
    may_sum=True,
)

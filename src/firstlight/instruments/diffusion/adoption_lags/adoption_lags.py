"""Adoption across places: when each took a technology up, how far behind the leader, how fast."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Unpack

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import empty_column
from firstlight.instruments.diffusion.adoption_lags.crossing_dates import dispersion
from firstlight.instruments.diffusion.adoption_lags.spread import (
    DATES,
    LAGS,
    SPEED,
    SURVIVAL,
    Spread,
    common_level_of,
    places_table,
    series_in,
)
from firstlight.instruments.diffusion.technology_columns import LevelColumns
from firstlight.measurement import Measurement
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Figure,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

MOST_SAID = 5  # technologies spoken of one by one
MOST_COUNTED = 2.0**53  # beyond it every float is a whole number, and nobody counted
MOSTLY = 0.8  # share of series in use from their first year, from which first use is not seen
LEFT_OUT = {"technology": pl.String, "reason": pl.String}


def adoption(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    total: Annotated[str | None, roles.Number("positive")] = "total",
    gaps: Literal["missing", "zero"] = "missing",
    common_level: Annotated[float | None, roles.Bounds(0.0)] = None,
    least: Annotated[float, roles.Bounds(0.0)] = 0.0,
    draws: Annotated[int, roles.Bounds(20, 10_000)] = 200,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
    **columns: Unpack[LevelColumns],
) -> Result:
    """When places first used technologies and reached 10% and 50% of a common level, with lags.

    The rate is value / total, or the value. Up to its peak it is made to rise (isotonic
    regression); a level is reached where the line through it crosses. Lags over places are Kaplan
    and Meier's, since some places have not got there yet. Intervals of dates: where all values are
    whole numbers, a parametric bootstrap with the technology's own over-dispersion; else the years
    seen before and after.

    Parameters
    ----------
    frame
        A row for each technology, place and year.
    place
        Column of the places: countries, provinces or cities.
    total
        Column with what the value is a part of; for every row, or for none.
    gaps
        What a missing year of a place means: unknown, or zero in years that the technology has
        elsewhere.
    common_level
        The level of which 10% and 50% are taken, in the unit of the rate. Without it, the weighted
        median of the highest rates among places that adopted.
    least
        Value from which a place counts as a first user; anything above 0 where it is 0.
    draws
        Resamples behind each interval.
    seed
        Seed of the resamples.
    level
        Probability that an interval holds.
    **columns
        Columns of the table: `LevelColumns`.

    Returns
    -------
    Result with the tables ``lags`` (a row for each technology and milestone: level, places_count,
    reached_count, before_count, not_yet_count, leader, leader_year, is_at_least, lag_p25,
    lag_median with its interval, lag_p75; null where beyond the record), ``speed`` (years from 10%
    to 50% of the level; dispersion, the variance over the mean of counts), ``places`` (who is early
    over all technologies, at 10%), ``dates`` (a row for each technology, place and milestone: its
    state, year and lag_years, with intervals; a null low end: maybe before the record began, a null
    high end: maybe not by its end), ``survival`` (the share of places that waits, by lag) and
    ``left_out`` (technology, reason). The leader is the place whose interval ends earliest.

    Raises
    ------
    InputError
        For a total that some rows have and others lack, and where no row has a value.

    References
    ----------
    Comin and Hobijn 2010, American Economic Review 100(5), 2031-2059; Kaplan and Meier 1958,
    Journal of the American Statistical Association 53(282), 457-481.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("a", place, 2000 + t, max(0, 10 * (t - lag)))
    ...         for place, lag in (("x", 0), ("y", 3)) for t in range(9)]
    >>> columns = ["technology", "place", "year", "value"]
    >>> found = adoption(pl.DataFrame(rows, schema=columns, orient="row"), draws=50)
    >>> found.table.filter(milestone="first")["leader"].to_list()
    ['x']
    """
    data = ADOPTION.read(locals())
    known = _known(data.frame, gaps)
    is_whole = (known["value"] == known["value"].round()) & (known["value"] < MOST_COUNTED)
    is_counted = bool(is_whole.all())
    dates, lags = list[dict[str, Any]](), list[dict[str, Any]]()
    survival, speed = list[dict[str, Any]](), list[dict[str, Any]]()
    left_out, leaders = list[tuple[str, str]](), dict[str, list[str]]()
    for (named,), rows in known.group_by("technology", maintain_order=True):
        name = str(named)
        series = series_in(name, rows)
        reached = common_level_of(series) if common_level is None else common_level
        if len(series) < 2 or not reached > 0:
            left_out.append((name, "few_places" if len(series) < 2 else "never_adopted"))
            continue
        over = round(dispersion(series), 6) if is_counted else None
        found = Spread(series, reached, least, over, draws, seed, level)
        dates += found.dates()
        lags += found.lags(survival)
        speed.append(found.speed())
        leaders[name] = found.leaders
    table = pl.DataFrame(dates, schema=DATES)
    tables = {
        "lags": pl.DataFrame(lags, schema=LAGS),
        "speed": pl.DataFrame(speed, schema=SPEED),
        "places": places_table(table),
        "dates": table,
        "survival": pl.DataFrame(survival, schema=SURVIVAL),
        "left_out": pl.DataFrame(left_out, schema=LEFT_OUT, orient="row"),
    }
    tables["reached"] = _reached(tables["survival"])
    band = Mark("reached_percent", "step", "percent_low", "percent_high")
    return Result(
        tables,
        _said(tables, leaders),
        ADOPTION.texts,
        conventions=_conventions(gaps, common_level, level, is_counted),
        charts=(
            Chart("reached", "reached", "lag_years", (band,), panel="technology", line="milestone"),
        ),
        given=data.given,
    )


def _known(rows: pl.DataFrame, gaps: str) -> pl.DataFrame:
    """The rows with a value, each with a total, sorted."""
    known = rows.drop_nulls("value").select("technology", "place", "year", "value", "total")
    if not known.height:
        raise empty_column("value")
    if gaps == "zero":
        known = _filled(known)
    if known["total"].null_count() == known.height:
        known = known.with_columns(total=pl.lit(1.0))
    known = known.sort("technology", "place", "year")
    lacking = known.filter(pl.col("total").is_null())
    if lacking.height:
        first = lacking.row(0, named=True)
        keys = {"technology": Name(first["technology"]), "place": Name(first["place"])}
        at, count = Year(first["year"]), Count(lacking.height)
        raise ADOPTION.error(message("no_total", year=at, count=count, **keys))
    return known


def _filled(known: pl.DataFrame) -> pl.DataFrame:
    """Zero for a place in the years that its technology has elsewhere.

    The total is that of the place's other technologies; a filled year of which none is known says
    nothing of the rate, and stays out.
    """
    years = known.select("technology", "year").unique()
    places = known.select("technology", "place").unique()
    by_year = known.drop_nulls("total").group_by("place", "year")
    totals = by_year.agg(pl.col("total").max().alias("other"))
    key = ["technology", "place", "year"]
    grid = years.join(places, on="technology").join(known, on=key, how="left")
    grid = grid.join(totals, on=["place", "year"], how="left").with_columns(
        total=pl.coalesce("total", "other"), value=pl.col("value").fill_null(0.0)
    )
    if totals.height:
        grid = grid.filter(pl.col("total").is_not_null())
    return grid.drop("other")


def _reached(survival: pl.DataFrame) -> pl.DataFrame:
    """What the chart draws: the share of places that got there, by years behind the leader."""
    # the bounds of the share reached are those of the share that waits, turned round
    return survival.select(
        "technology",
        "milestone",
        "lag_years",
        reached_percent=100 * (1 - pl.col("not_yet_share")),
        percent_low=100 * (1 - pl.col("high")),
        percent_high=100 * (1 - pl.col("low")),
    )


def _said(tables: dict[str, pl.DataFrame], leaders: dict[str, list[str]]) -> tuple[Message, ...]:
    """Lags of the quickest technologies, speed, and what is not known."""
    lags = tables["lags"]
    half = lags.filter(milestone="50%").sort("lag_median", "technology", nulls_last=True)
    rows = half.head(MOST_SAID).iter_rows(named=True)
    said = [_lag(row, leaders[row["technology"]]) for row in rows]
    return (*said, *_speed(tables["speed"]), *_bounds(lags), *_left_out(tables["left_out"]))


def _lag(row: dict[str, Any], leaders: list[str]) -> Message:
    values: dict[str, Value[Any]] = {
        "technology": Name(row["technology"]),
        "places": Count(row["places_count"]),
        "reached": Count(row["places_count"] - row["not_yet_count"]),
    }
    if not leaders:
        return message("lag_none", technology=values["technology"])
    values["leaders"] = names(leaders, most=3)
    if row["lag_median"] is None:
        return message("lag_open", **values)
    values["median"] = _years(row["lag_median"])
    values["low"] = _years(row["lag_median_low"] or 0.0)
    if row["lag_median_high"] is None:
        return message("lag_without_end", **values)
    return message("lag", **values, high=_years(row["lag_median_high"]))


def _years(value: float) -> Number:
    return Number(value, digits=1)


def _speed(speed: pl.DataFrame) -> list[Message]:
    known = speed.drop_nulls("years_median").sort("years_median", "technology")
    if not known.height:
        return []
    first, last = known.row(0, named=True), known.row(-1, named=True)
    fastest: dict[str, Value[Any]] = {
        "fastest": Name(first["technology"]),
        "years": _years(first["years_median"]),
    }
    if known.height == 1:
        return [message("speed_of_one", **fastest)]
    slowest: dict[str, Value[Any]] = {
        "slowest": Name(last["technology"]),
        "longest": _years(last["years_median"]),
    }
    return [message("speed", **fastest, **slowest)]


def _bounds(lags: pl.DataFrame) -> list[Message]:
    """Where first use is not seen, and where lags are lower bounds."""
    said = []
    first = lags.filter(milestone="first")
    seen, before = int(first["places_count"].sum()), int(first["before_count"].sum())
    if before > MOSTLY * seen:
        said.append(message("no_zero", before=Count(before), seen=Count(seen)))
    least = lags.filter(pl.col("is_at_least") & (pl.col("milestone") != "first"))
    if least.height:
        technologies = least["technology"].unique(maintain_order=True)
        said.append(message("at_least", technologies=names(technologies, most=3)))
    return said


def _left_out(left_out: pl.DataFrame) -> list[Message]:
    if not left_out.height:
        return []
    technology, reason = left_out.row(0)
    first = {"technology": Name(technology), "reason": Code(f"codes.reason.{reason}")}
    return [message("left_out", count=Count(left_out.height), **first)]


def _conventions(
    gaps: str, common_level: float | None, level: float, is_counted: bool
) -> tuple[Message, ...]:
    chosen = message("median_level")
    if common_level is not None:
        chosen = message("chosen_level", common=Figure(common_level))
    intervals = message("bootstrap", level=Share(level)) if is_counted else message("years_around")
    plain = (message(code) for code in ("rate", "rising", f"gaps_{gaps}", "leader"))
    rate, rising, absent, leader = plain
    return rate, chosen, rising, intervals, absent, leader


ADOPTION = Measurement(
    adoption,
    citation="Comin and Hobijn 2010, American Economic Review 100(5); Kaplan and Meier 1958, "
    "Journal of the American Statistical Association 53(282)",
    brief=(
        "technology",
        "milestone",
        "leader",
        "leader_year",
        "lag_median",
        "reached_count",
        "before_count",
        "not_yet_count",
    ),
    may_sum=True,
)

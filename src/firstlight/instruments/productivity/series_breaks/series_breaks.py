"""Breaks: when a yearly series broke, and how; by a jump, another slope, or in one year alone."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Dates, Mark
from firstlight.instruments.productivity.series_breaks.kinds_of_break import (
    FEWEST,
    KINDS,
    BreakFit,
    tell_breaks,
)
from firstlight.instruments.productivity.yearly_series import (
    NO_REASON,
    Reason,
    as_array,
    by_unit,
    never_changes,
    reasons_said,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Phrase,
    Share,
    Value,
    Year,
    message,
    names,
)

DRAWS = 1999
PER_CENT = 100
MOST_SAID = 5
_F, _S, _I = pl.Float64, pl.String, pl.Int64
FOUND: dict[str, Any] = {
    "unit": _S,
    "kind": _S,
    **dict.fromkeys(("break_year", "low_year", "high_year"), _I),
    **dict.fromkeys(("change", "chance_share", "kind_share"), _F),
    "reason": _S,
    "reason_year": _I,
}
UNITS: dict[str, Any] = {
    "unit": _S,
    **dict.fromkeys(("first_year", "last_year", "year_count", "missing_count"), _I),
    "breaks_count": _I,
    "error_correlation": _F,
    "is_correlated": pl.Boolean,
    "reason": _S,
    "reason_year": _I,
}
VALUES: dict[str, Any] = {"unit": _S, "year": _I, "observed_value": _F, "fitted_value": _F}
NO_BREAK, CUT, LAST_YEAR = Reason("no_break"), Reason("interval_cut"), Reason("last_year")


def breaks(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key(is_of_file=True)] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    value: Annotated[str, roles.Number(is_filled=True)] = "value",
    log: bool = False,
    trend: bool = True,
    correlation: Annotated[float | None, roles.Bounds(0, 1)] = None,
    most: Annotated[int, roles.Bounds(1, 20)] = 5,
    significance: Annotated[float, roles.Bounds(0.001, 0.5)] = 0.05,
    progress: Progress | None = None,
) -> Result:
    """When yearly series broke, and whether their level jumped, their slope changed or a year stood
    alone.

    Each series is a line with errors that may be correlated. Breaks enter one at a time, each of
    the kind and in the year that explain most, as long as that is more than chance lets expect. A
    year without a value is left out, and the next compared with the last known one.

    Parameters
    ----------
    frame
        A row for each unit and year.
    unit
        Column of the places, firms, technologies or other units.
    year
        Column of the years.
    value
        Column of the values.
    log
        Whether to take logarithms; changes are then 100 times those of the logarithm.
    trend
        Whether the series has a trend; without one, changes of slope are not sought.
    correlation
        Of errors from one year to the next: 0 for independent, 1 for a random walk; read from the
        series where it is left out.
    most
        The most breaks that are sought in a series.
    significance
        How often a break may be found where there is none; measured: 0.04 to 0.06 of series of 20
        to 40 years at 0.05, whether their errors are independent or correlated.
    progress
        Called with the number of units done and that of all.

    Returns
    -------
    Result with the tables ``breaks`` (unit, kind: level_shift, slope or outlier; break_year, the
    first of the new level or slope; low_year and high_year, its 95% interval, within the data;
    change, of the level, of growth per year, or of that year; chance_share, the p-value;
    kind_share, the weight of this kind beside the two others; reason, reason_year), ``units``
    (first_year, last_year, year_count and missing_count, of years with and without a value;
    breaks_count, error_correlation, is_correlated: whether errors are correlated beyond that)
    and ``values`` (observed_value, fitted_value).

    References
    ----------
    Chen and Liu 1993, Journal of the American Statistical Association 88(421), 284-297. Bai and
    Perron 2003, Journal of Applied Econometrics 18(1), 1-22. Eo and Morley 2015, Quantitative
    Economics 6(2), 463-497.

    Examples
    --------
    >>> values = [0, 1, 0, 1, 0, 1, 0, 1, 9, 8, 9, 8, 9, 8, 9, 8]
    >>> rows = pl.DataFrame({"unit": "a", "year": range(2001, 2017), "value": values})
    >>> breaks(rows, correlation=0.0).table.select("kind", "break_year").rows()
    [('level_shift', 2009)]
    """
    data = BREAKS.read(locals())
    known = data.frame.cast({"year": pl.Int64}).select("unit", "year", "value").drop_nulls("value")
    options: dict[str, Any] = {"trend": trend, "correlation": correlation, "most": most}
    options |= {"significance": significance, "draws": DRAWS}
    rows, units, drawn = list[tuple[Any, ...]](), list[tuple[Any, ...]](), []
    count = known["unit"].n_unique()
    for done, ((name,), own) in enumerate(by_unit(known)):
        if progress is not None:
            progress(done, count)
        years, values, why = _series(own, log)
        is_known = ~np.isnan(values)
        known_count = int(is_known.sum())
        span = name, int(years[0]), int(years[-1]), known_count, years.size - known_count
        found = None if why.code else tell_breaks(values, **options)
        rows += _rows(name, years, found, why)
        units.append(_unit_row(span, found, why))
        if found is not None:
            drawn.append(_drawn(name, years[is_known], values[is_known], found))
    table = pl.DataFrame(rows, schema=FOUND, orient="row")
    of_units = pl.DataFrame(units, schema=UNITS, orient="row")
    dates = Dates("breaks", "break_year", "low_year", "high_year")
    marks = (Mark("observed_value", "points"), Mark("fitted_value"))
    return Result(
        {
            "breaks": table,
            "units": of_units,
            "values": pl.concat([pl.DataFrame(schema=VALUES), *drawn]),
        },
        tuple(_said(table, of_units, log)),
        BREAKS.texts,
        conventions=_conventions(trend, correlation, significance),
        charts=(Chart("values", "values", "year", marks, panel="unit", dates=dates),),
        given=data.given,
    )


def _series(own: pl.DataFrame, log: bool) -> tuple[Any, Any, Reason]:
    """A unit's years and values, missing ones nan, and why it can't be examined."""
    years, values = own["year"].to_numpy(), as_array(own, "value")
    if own["value"].count() < FEWEST:
        return years, values, Reason("few_years")
    if log:
        below = np.flatnonzero(values <= 0)
        if below.size:
            return years, values, Reason("not_above_zero", year=int(years[below[0]]))
        values = PER_CENT * np.log(values)
    if never_changes(values[~np.isnan(values)]):
        return years, values, Reason("never_changes")
    return years, values, NO_REASON


def _rows(name: str, years: Any, found: BreakFit | None, why: Reason) -> list[tuple[Any, ...]]:
    if found is None or not found.breaks:
        none = NO_BREAK if found is not None else why
        return [(name, *[None] * 7, none.code, none.year)]
    rows = list[tuple[Any, ...]]()
    for each in found.breaks:
        at, low, high = (int(years[place]) for place in (each.at, each.low, each.high))
        remark = CUT if each.is_cut else NO_REASON
        if each.kind == "outlier" and each.at in (0, years.size - 1):
            remark = LAST_YEAR
        figures = each.change, each.p_value, each.kind_share
        rows.append((name, each.kind, at, low, high, *figures, remark.code or None, None))
    return rows


def _unit_row(span: tuple[Any, ...], found: BreakFit | None, why: Reason) -> tuple[Any, ...]:
    if found is None:
        return (*span, None, None, None, why.code, why.year)
    left = found.innovations - found.innovations.mean()
    squares = float(left @ left)
    # a perfect fit leaves rounding, whose order says nothing
    is_any = squares > 1e-20 * float(np.abs(found.fitted).max()) ** 2
    again = float(left[1:] @ left[:-1]) / squares if is_any else 0.0
    is_correlated = abs(again) > 2 / np.sqrt(left.size)
    return (*span, len(found.breaks), found.correlation, is_correlated, None, None)


def _drawn(name: str, years: Any, values: Any, found: BreakFit) -> pl.DataFrame:
    columns = {"year": years, "observed_value": values, "fitted_value": found.fitted}
    return pl.DataFrame({"unit": [name] * years.size, **columns}, schema=VALUES)


def _said(table: pl.DataFrame, units: pl.DataFrame, log: bool) -> list[Message]:
    """How many breaks of each kind, the surest, what was not examined, and what to mistrust."""
    found = table.drop_nulls("break_year")
    every = Count(units.height)
    said = []
    if found.height:
        broken = Count(found["unit"].n_unique())
        kinds = List(tuple(_of_kind(found, kind) for kind in KINDS if kind in found["kind"]))
        counts = {"count": Count(found.height), "units": broken, "all": every}
        said.append(message("found", kinds=kinds, **counts))
    elif not units.height:
        said.append(message("nothing"))
    elif units["reason"].null_count():
        said.append(message("none", count=Count(units["reason"].null_count())))
    order = ["chance_share", -pl.col("kind_share"), pl.col("unit"), pl.col("break_year")]
    surest = found.sort(order).head(MOST_SAID)
    said += [_break(row, log) for row in surest.iter_rows(named=True)]
    lost = units.drop_nulls("reason")
    if lost.height:
        reasons = reasons_said(lost)
        said.append(message("not_examined", units=names(lost["unit"]), reasons=reasons))
    gaps = pl.col("reason").is_null() & (pl.col("missing_count") > 0)
    for code, which in (("missing_years", gaps), ("correlated", pl.col("is_correlated"))):
        if units.filter(which).height:
            said.append(message(code, units=names(units.filter(which)["unit"])))
    return said


def _break(row: dict[str, Any], log: bool) -> Message:
    measure, change = "own", row["change"]
    if log and row["kind"] == "slope":
        measure = "points_a_year"
    elif log:
        measure, change = "per_cent", PER_CENT * float(np.expm1(change / PER_CENT))
    values: dict[str, Value[Any]] = {
        "unit": Name(row["unit"]),
        "year": Year(row["break_year"]),
        "direction": Code(f"codes.direction.{'up' if row['change'] > 0 else 'down'}"),
        "change": Figure(abs(change)),
        "measure": Code(f"codes.measure.{measure}"),
    }
    if row["kind"] == "outlier":
        return message("outlier", **values)
    low, high = Year(row["low_year"]), Year(row["high_year"])
    ends = message("phrases.years", low=low, high=high)
    if low == high:
        ends = message("phrases.one_year", year=low)
    return message(row["kind"], **values, interval=Phrase(ends))


def _of_kind(found: pl.DataFrame, kind: str) -> Phrase:
    return Phrase(message(f"phrases.{kind}", count=Count(found.filter(kind=kind).height)))


def _conventions(
    trend: bool, correlation: float | None, significance: float
) -> tuple[Message, ...]:
    line = message("line" if trend else "constant")
    errors = message("correlation_read")
    if correlation is not None:
        errors = message("correlation_given", correlation=Figure(correlation))
    entered = message("entered", significance=Share(significance, digits=1), draws=Count(DRAWS))
    return (line, errors, entered, message("kinds"), message("intervals"), message("ends"))


BREAKS = Measurement(
    breaks,
    citation="Chen and Liu 1993, Journal of the American Statistical Association 88(421), 284-297; "
    "Bai and Perron 2003, Journal of Applied Econometrics 18(1), 1-22",
    sample=Sample({}),
    brief=("unit", "kind", "break_year", "low_year", "high_year", "change", "kind_share"),
)

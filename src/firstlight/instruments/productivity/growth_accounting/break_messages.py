"""What breaks in the growth of productivity say, as messages."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.instruments.productivity.growth_accounting.level_shifts import LEVEL_SHIFT
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    SLOPE,
    ProductivityBreaks,
)
from firstlight.instruments.productivity.yearly_series import reasons_said
from firstlight.texts import Change, Count, Message, Name, Number, Value, Year, message, names

MOST = 5  # breaks that are said one by one


def breaks_said(found: ProductivityBreaks) -> list[Message]:
    """How many units have breaks, the largest, jumps of the level, and what was not examined."""
    table = found.table
    slopes, jumps = table.filter(kind=SLOPE), table.filter(kind=LEVEL_SHIFT)
    every = Count(table["unit"].n_unique())
    if slopes.height:
        units = Count(slopes["unit"].n_unique())
        said = [message("breaks", count=Count(slopes.height), units=units, all=every)]
    else:
        said = [message("no_breaks", count=every)]
    order = [-pl.col("change").abs(), pl.col("unit"), pl.col("break_year")]
    said += [_break(row) for row in slopes.sort(order).head(MOST).iter_rows(named=True)]
    if jumps.height:
        said.append(_jumps(jumps, every))
    lost = table.filter(pl.col("break_year").is_null() & (pl.col("reason") != "no_break"))
    if lost.height:
        named = names(lost["unit"])
        said.append(message("not_examined", units=named, reasons=reasons_said(lost)))
    if found.correlated:
        said.append(message("correlated", units=names(found.correlated)))
    return said


def _break(row: dict[str, Any]) -> Message:
    values: dict[str, Value[Any]] = {
        "unit": Name(row["unit"]),
        "year": Year(row["break_year"]),
        "before": Number(row["mean_before"]),
        "after": Number(row["mean_after"]),
    }
    if row["low_year"] is None:
        return message("break_without_interval", **values)
    ends = {"low": Year(row["low_year"]), "high": Year(row["high_year"])}
    return message("break_in_mean", **values, **ends)


def _jumps(jumps: pl.DataFrame, every: Count) -> Message:
    """In how many units the level jumped, and the year in which most did."""
    by_year = jumps.group_by("break_year").agg(pl.col("unit").n_unique(), pl.col("change").median())
    year, count, size = by_year.sort(["unit", "break_year"], descending=[True, False]).row(0)
    units = Count(jumps["unit"].n_unique())
    change = Change(size, digits=1)
    return message(
        "jumps", units=units, all=every, year=Year(year), count=Count(count), size=change
    )


def break_conventions(draws: int) -> list[Message]:
    """How breaks are sought, dated and tested."""
    return [
        message("breaks_in_the_mean"),
        message("jumps_set_aside"),
        message("number_by_tests"),
        message("simulated_laws", draws=Count(draws)),
        message("intervals_of_dates"),
    ]

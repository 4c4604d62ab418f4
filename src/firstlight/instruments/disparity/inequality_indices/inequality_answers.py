"""What the measurement of inequality says, the answer first."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.schema import Data
from firstlight.texts import (
    Change,
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    message,
)

HARDLY = 0.005  # a change of the Gini index that two decimals may not show
LARGE = 0.02  # of the other indices' level, below which they say nothing of a change
OTHERS = ("theil_index", "theil_l_index", "atkinson_index", "variation_coefficient")
NAMED = 5
NEAR_ONCE = 1.05  # a ratio that one decimal shows as 1.0 below


def answer(indices: pl.DataFrame, of_both: pl.DataFrame, has_years: bool) -> list[Message]:
    """Whether the gap narrowed; whether indices agree on it; the highest and the lowest unit.

    indices : the main table, the first year first
    of_both : the same of the first and the last year with an index, of the units of both alone:
              who comes or goes changes an index, and no gap
    """
    known = indices.drop_nulls("gini_index")
    if not known.height:
        return [message("nothing")]
    first, last = known.row(0, named=True), known.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "count": Count(last["units_count"]),
        "gini": Number(last["gini_index"], digits=3),
    }
    said = list[Message]()
    is_all = False
    ends = of_both.drop_nulls("gini_index").filter(pl.col("units_count") > 1)
    if known.height > 1 and ends.height > 1:
        is_all = ends["units_count"][0] == first["units_count"] == last["units_count"]
        said += _course(ends.row(0, named=True), ends.row(1, named=True), is_all)
    elif has_years:
        said.append(message("in_year", year=Year(last["year"]), **values))
    else:
        said.append(message("once", **values))
    if last["range_ratio"] is not None and last["range_ratio"] > 1:
        high, low = Name(last["highest_unit"]), Name(last["lowest_unit"])
        said.append(message("range", high=high, low=low, ratio=_times(last["range_ratio"])))
    few, many = min(known["units_count"]), max(known["units_count"])
    differ = {"few": Count(few), "count": Count(many)}
    if known.height > 1 and not is_all:
        code = "units_differ" if few < many else "units_exchanged"
        said.append(message(code, **differ, **_ends(first, last)))
    elif few < many:
        said.append(message("units_differ_between", **differ))
    return said


def _ends(first: dict[str, Any], last: dict[str, Any]) -> dict[str, Value[Any]]:
    return {
        "start": Year(first["year"]),
        "end": Year(last["year"]),
        "first": Number(first["gini_index"], digits=3),
        "last": Number(last["gini_index"], digits=3),
    }


def _course(first: dict[str, Any], last: dict[str, Any], is_all: bool) -> list[Message]:
    """From the first year to the last, of all units or of those of both years; and which indices go
    the other way."""
    change = last["gini_index"] - first["gini_index"]
    values = _ends(first, last)
    as_before, narrowed, widened = "as_before", "narrowed", "widened"
    if not is_all:
        values["count"] = Count(first["units_count"])
        as_before, narrowed, widened = "as_before_of_both", "narrowed_of_both", "widened_of_both"
    if abs(change) < HARDLY:
        return [message(as_before, **values)]
    said = [message(narrowed if change < 0 else widened, **values)]
    against = list[str]()
    for index in OTHERS:
        start, end = first[index], last[index]
        if start and end is not None and (end - start) * change < -LARGE * start * abs(change):
            against.append(index)
    if against:
        listed = List(tuple(Code(f"codes.index.{index}") for index in against))
        said.append(message("indices_disagree", indices=listed))
    return said


def _times(ratio: float) -> Number:
    """How many times as much, with as many digits as tell it from once."""
    return Number(ratio, digits=1 if ratio >= NEAR_ONCE else 3)


def parts_said(
    parts: pl.DataFrame, groups: pl.DataFrame, pairs: pl.DataFrame, of_both: pl.DataFrame
) -> list[Message]:
    """What lies between groups in the last year, how that changed, and the widest pair.

    parts : the first year first; groups, pairs : the last year first
    of_both : as `parts`, of the units of both the first and the last year alone
    """
    known = parts.drop_nulls("gini_within_share")
    if not known.height:
        return []
    if groups["group"].n_unique() == 1:
        return [message("one_group", group=Name(groups["group"][0]))]
    last = known.row(-1, named=True)
    shares = {
        name: Share(last[f"gini_{name}_share"]) for name in ("within", "between", "transvariation")
    }
    said = [message("parts", **shares)]
    if last["theil_between_share"] is not None:
        said.append(message("theil_between", share=Share(last["theil_between_share"])))
    ends = of_both.drop_nulls("gini_within_share")
    if ends.height > 1:
        said.append(_changed(ends.row(0, named=True), ends.row(1, named=True)))
    widest = pairs.filter(year=last["year"]).drop_nulls("mean_ratio")
    widest = widest.sort("mean_ratio", "group", "other_group", descending=[True, False, False])
    for row in widest.head(1).iter_rows(named=True):
        values = {"rich": Name(row["group"]), "poor": Name(row["other_group"])}
        ratio = _times(row["mean_ratio"])
        said.append(message("widest", ratio=ratio, share=Share(row["gini_share"]), **values))
    inside = groups.filter(pl.col("units_count") > 1, year=last["year"]).drop_nulls("gini_index")
    for row in inside.head(1).iter_rows(named=True):
        index = Number(row["gini_index"], digits=3)
        said.append(message("most_unequal", group=Name(row["group"]), gini=index))
    return said


def _changed(first: dict[str, Any], last: dict[str, Any]) -> Message:
    changes = {
        name: Change(last[f"gini_{name}_index"] - first[f"gini_{name}_index"], digits=3)
        for name in ("within", "between", "transvariation")
    }
    whole = Change(last["gini_index"] - first["gini_index"], digits=3)
    return message("changed", start=Year(first["year"]), whole=whole, **changes)


def gaps(data: Data, known: pl.DataFrame) -> list[Message]:
    """Rows left out, and the values for which an index is not defined, each by unit and year."""
    said = list[Message]()
    frame, has_years = data.frame, data.has("year")
    lost = frame.join(known.select("unit", "year"), on=["unit", "year"], how="anti")
    if not has_years:
        lost = frame.join(known.select("unit"), on="unit", how="anti")
    if lost.height:
        said.append(message("left_out", count=Count(lost.height), rows=_rows(lost, has_years)))
    for code, holds in (("zeros", pl.col("value") == 0), ("negatives", pl.col("value") < 0)):
        found = known.filter(holds)
        if found.height:
            said.append(message(code, count=Count(found.height), rows=_rows(found, has_years)))
    return said


def _rows(rows: pl.DataFrame, has_years: bool) -> List:
    """Units with their years, in the order of both."""
    named = list[Value[Any]]()
    for unit, year in rows.sort("unit", "year").select("unit", "year").iter_rows():
        if has_years:
            named.append(Phrase(message("phrases.unit_year", unit=Name(unit), year=Year(year))))
        else:
            named.append(Name(unit))
    return List(tuple(named), NAMED)

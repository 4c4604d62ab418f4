"""What obstacle degrees say: what holds units back most, and in which dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.obstacle_degree.obstacle_tables import DIGITS, PLACES
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
    message,
    names,
)

__all__ = ["obstacle_answer"]

FOLLOWERS = 3  # indicators named after the first


def obstacle_answer(
    declaration: Declaration, tables: Mapping[str, pl.DataFrame]
) -> tuple[Message, ...]:
    """The sentences, the answer first."""
    units = tables["units"]
    told = _last_year(units.drop_nulls("first"))
    if told.is_empty():
        return (message("nothing"), *_gaps(declaration, units))
    first = _of_one(told) if told.height == 1 else _of_many(told, tables)
    return (*first, *_dimensions(declaration, tables["dimensions"]), *_gaps(declaration, units))


def _last_year(frame: pl.DataFrame) -> pl.DataFrame:
    if "year" not in frame.columns or frame.is_empty():
        return frame
    return frame.filter(pl.col("year") == pl.col("year").max())


def _when(frame: pl.DataFrame) -> Phrase:
    if "year" not in frame.columns:
        return Phrase(message("phrases.no_year"))
    return Phrase(message("phrases.in_year", year=Year(frame["year"][0])))


def _part(title: str, row: Mapping[str, Any], share: float) -> Phrase:
    named = Remark(row[title], row[f"{title}_zh"])
    return Phrase(message("phrases.part", title=named, share=Share(share)))


def _of_one(told: pl.DataFrame) -> list[Message]:
    """The largest obstacles of the one unit that there is."""
    row = told.row(0, named=True)
    there = {name: share for name, share in PLACES.items() if row[name] is not None}
    items = [_part(name, row, row[share]) for name, share in there.items()]
    return [message("for_one", unit=Name(row["unit"]), when=_when(told), items=List(tuple(items)))]


def _of_many(told: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> list[Message]:
    """The indicator with the largest mean obstacle, those that follow, and where it is largest."""
    rows = tables["on_average"]
    if "year" in rows.columns:
        rows = rows.filter(pl.col("year") == told["year"][0])
    first, *others = rows.filter(pl.col("obstacle_share") > 0).iter_rows(named=True)
    values: dict[str, Value[Any]] = {
        "indicator": Remark(first["indicator"], first["indicator_zh"]),
        "when": _when(told),
        "share": Share(first["obstacle_share"]),
        "largest": Count(first["largest_count"]),
        "count": Count(told.height),
    }
    said = [message("on_average", **values)]
    then = [_part("indicator", row, row["obstacle_share"]) for row in others[:FOLLOWERS]]
    if then:
        said.append(message("follow", items=List(tuple(then))))
    return said


def _dimensions(declaration: Declaration, frame: pl.DataFrame) -> list[Message]:
    """What each dimension makes up on average in the last year and, where there are several, in
    the first."""
    top = [each.title["en"] for each in declaration.dimensions if not each.within]
    known = frame.drop_nulls("obstacle_share").filter(pl.col("dimension").is_in(top))
    if len(top) < 2:
        return []
    last = _means(_last_year(known))
    items = [_part("dimension", row, row["obstacle_share"]) for row in last.iter_rows(named=True)]
    said = [message("dimensions", items=List(tuple(items)))]
    if "year" in known.columns and known["year"].n_unique() > 1:
        said += _changed(known)
    return said


def _changed(known: pl.DataFrame) -> list[Message]:
    """The dimension that changed most from the first year to the last, over the units that have
    both."""
    start, end = int(str(known["year"].min())), int(str(known["year"].max()))
    is_end = pl.col("year").is_in([start, end])
    both = known.filter(is_end).filter(pl.col("year").n_unique().over("unit") == 2)
    if both.is_empty():
        return []
    before = _means(both.filter(year=start))
    change = _means(both.filter(year=end)).join(before, on="dimension", suffix="_before")
    size = (pl.col("obstacle_share") - pl.col("obstacle_share_before")).abs().round(DIGITS)
    row = change.sort(size, "dimension", descending=[True, False]).row(0, named=True)
    about: dict[str, Value[Any]] = {
        "dimension": Remark(row["dimension"], row["dimension_zh"]),
        "before": Share(row["obstacle_share_before"]),
        "after": Share(row["obstacle_share"]),
        "units": Count(both["unit"].n_unique()),
    }
    return [message("changed", start=Year(start), end=Year(end), **about)]


def _means(frame: pl.DataFrame) -> pl.DataFrame:
    """The mean of each dimension over units, the largest first."""
    mean = frame.group_by("dimension", "dimension_zh").agg(pl.col("obstacle_share").sort().mean())
    return mean.sort("obstacle_share", "dimension", descending=[True, False])


def _gaps(declaration: Declaration, units: pl.DataFrame) -> list[Message]:
    """The units whose obstacles are not told, and those that lack nothing."""
    said = []
    for code in ("little_known", "at_best", "no_spread"):
        gaps = units.filter(pl.col("reason") == code)
        if gaps.height:
            about = {"units": names(gaps["unit"].unique().sort())}
            least = Share(declaration.choices.least_weight)
            said.append(message(code, count=Count(gaps.height), least=least, **about))
    return said

"""Places that hold others (the world, a union and its members), and the places that lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.counts.containment import containers, dominates
from firstlight.instruments.emergence.counts.entity_names import WHOLE, groups_among, kinds_of
from firstlight.observation_tables import SCHEMAS

Floats = npt.NDArray[np.float64]

ENTITIES_COMPARED = 200  # the largest, whose sums over the years tell sums of places from accidents
RECENT = (2, 0)  # years before the forecast year, first and last
BEFORE = (5, 3)


@dataclass(frozen=True)
class PlaceSums:
    """Places that are sums of others.

    whole  : the place that holds all others, None where there is none
    groups : other such places -> their members
    """

    whole: str | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, sorted."""
        every = {*self.groups, self.whole}
        return tuple(sorted(name for name in every if name is not None))


def place_sums(frame: pl.DataFrame) -> PlaceSums:
    """The places that are sums of others, by their counts or their names.

    frame : entity, year, place, count; a null place is not looked at
    """
    placed = frame.filter(pl.col("place").is_not_null())
    names: list[str] = placed["place"].unique().sort().to_list()
    if len(names) < 3:
        return PlaceSums()
    counts, years = _sums_by_place(placed, names)
    of_year = counts[:, :years]
    number = {name: row for row, name in enumerate(names)}
    groups = {
        group: members
        for group, members in groups_among(names).items()
        if dominates(of_year, number[group], [number[member] for member in members])
    }
    whole = _whole(of_year, names)
    rest = [row for row, name in enumerate(names) if name not in groups and name != whole]
    for one in containers(counts[rest], [names[row] for row in rest], [None] * len(rest)):
        name = names[rest[one.row]]
        if one.rule == "all" and whole is None:
            whole = name
        else:
            groups[name] = tuple(names[rest[member]] for member in one.members)
    return PlaceSums(whole, dict(sorted(groups.items())))


def counted_once(frame: pl.DataFrame, sums: PlaceSums, until: int) -> pl.DataFrame:
    """The rows that count every document once: of the whole if it has them all, else of the parts.

    until : the last year whose rows say whether the whole has them all
    """
    if not sums.names:
        return frame
    parts = frame.filter(pl.col("place").is_null() | ~pl.col("place").is_in(sums.names))
    if sums.whole is None:
        return parts
    whole = frame.filter(pl.col("place") == sums.whole)
    cells = parts.filter((pl.col("count") > 0) & (pl.col("year") <= until))
    missing = cells.join(whole, on=["entity", "year"], how="anti")
    if missing.is_empty():
        return whole
    return parts


def leading_places(
    frame: pl.DataFrame, names: Sequence[str], forecast_year: int, *, most: int = 5
) -> pl.DataFrame:
    """The places with the most documents of each technology, in two periods of three years.

    Parameters
    ----------
    frame : entity, year, place, count; without places that are sums of others; remainders such as
            "Unassigned" lead nowhere
    names : the technologies
    most  : places of each technology and period; those of both periods stand in both

    Returns
    -------
    technology_id, kind ("country"), period ("recent" = FY-2..FY | "before" = FY-5..FY-3), name,
    documents_count, share (of the technology's documents), whole_share (of all documents)
    """
    ago = forecast_year - pl.col("year")
    period = (
        pl.when(ago.is_between(RECENT[1], RECENT[0])).then(pl.lit("recent"))
        .when(ago.is_between(BEFORE[1], BEFORE[0])).then(pl.lit("before"))
    )  # fmt: skip
    placed = frame.with_columns(period=period).filter(
        pl.col("place").is_not_null() & pl.col("period").is_not_null()
    )
    named: list[str] = placed["place"].unique().sort().to_list()
    remainders = [name for name, kind in zip(named, kinds_of(named), strict=True) if kind]
    placed = placed.filter(~pl.col("place").is_in(remainders))
    placed = placed.sort("entity", "place", "year", "count")
    count = pl.col("count")
    whole = placed.group_by("period", "place", maintain_order=True).agg(count.sum().alias("whole"))
    whole = whole.with_columns(whole_share=pl.col("whole") / pl.col("whole").sum().over("period"))
    chosen = placed.filter(pl.col("entity").is_in(list(names)))
    of_each = chosen.group_by("entity", "period", "place", maintain_order=True).agg(count.sum())
    of_each = of_each.filter(count > 0).with_columns(
        share=count / count.sum().over("entity", "period"),
        rank=count.rank("ordinal", descending=True).over("entity", "period"),
    )
    best = of_each.filter(pl.col("rank") <= most).select("entity", "place").unique()
    shown = of_each.join(best, on=["entity", "place"], how="semi")
    return (
        shown.join(whole, on=["period", "place"], how="left")
        .select(
            pl.col("entity").alias("technology_id"),
            pl.lit("country").alias("kind"),
            "period",
            pl.col("place").alias("name"),
            count.round(0).cast(pl.Int64).alias("documents_count"),
            "share",
            "whole_share",
        )
        .sort("technology_id", "period", -pl.col("documents_count"), "name")
        .cast(pl.Schema(SCHEMAS["leaders"]))
    )


def _sums_by_place(placed: pl.DataFrame, names: Sequence[str]) -> tuple[Floats, int]:
    """(P, Y + E) documents of each place by year and by entity, and Y."""
    largest = (
        placed.group_by("entity").agg(pl.col("count").sum().round(6))
        .sort("count", "entity", descending=[True, False]).head(ENTITIES_COMPARED)["entity"]
    )  # fmt: skip
    years = placed["year"].unique().sort().to_list()
    by_year = _cross(placed, names, "year", years)
    by_entity = _cross(placed, names, "entity", largest.sort().to_list())
    return np.hstack([by_year, by_entity]), len(years)


def _cross(
    placed: pl.DataFrame, names: Sequence[str], column: str, values: Sequence[object]
) -> Floats:
    # In one order, so that sums of floats are the same whatever that of the rows.
    frame = placed.filter(pl.col(column).is_in(values)).sort("entity", "year", "place", "count")
    row = frame["place"].replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    place = frame[column].replace_strict(values, range(len(values)), return_dtype=pl.Int64)
    cell = row.to_numpy() * len(values) + place.to_numpy()
    size = len(names) * len(values)
    summed = np.bincount(cell, weights=frame["count"].to_numpy(), minlength=size)
    return np.asarray(summed, dtype=np.float64).reshape(len(names), len(values))


def _whole(of_year: Floats, names: Sequence[str]) -> str | None:
    """The place whose name says that it holds all, if its counts don't deny it."""
    for row, kind in enumerate(kinds_of(names)):
        others = np.delete(np.arange(len(names)), row)
        if kind == WHOLE and dominates(of_year, row, others):
            return names[row]
    return None

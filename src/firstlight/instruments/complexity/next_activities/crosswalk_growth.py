"""Growth forecasts of technologies handed on to activities, by a crosswalk that the user brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ActivityGrowth:
    """What technologies say of the growth of activities.

    table    : activity, growth_share (weighted mean), technologies_count, weight_sum
    left_out : technology, activity, reason (a code): lines of the crosswalk, and technologies, that
               say nothing
    """

    table: pl.DataFrame
    left_out: pl.DataFrame = field(repr=False)

    @property
    def growth(self) -> dict[str, float]:
        """Activity -> growth, as ``portfolios`` takes it."""
        return dict(self.table.select("activity", "growth_share").iter_rows())


def growth_by_crosswalk(
    technologies: Any,
    crosswalk: Any,
    growth: str,
    *,
    technology: str = "technology",
    activity: str = "activity",
    weight: str | None = None,
) -> ActivityGrowth:
    """Each activity's growth: the weighted mean over the technologies that a crosswalk assigns to
    it.

    g_a = sum over t of w_ta g_t / sum over t of w_ta, over technologies whose growth is known.

    Parameters
    ----------
    technologies
        A row for each technology, with ``growth``.
    crosswalk
        A row for each pair of technology and activity.
    growth
        Column of the technologies: any forecast, a share a year, or a probability; empty is
        unknown.
    technology
        Column of the technologies, in both tables.
    activity
        Column of the activities in the crosswalk.
    weight
        Column of weights in the crosswalk, not negative; 1 for every pair where none is named.

    Returns
    -------
    ActivityGrowth, with ``table`` (activity, growth_share, technologies_count, weight_sum) and
    ``left_out`` (technology, activity, reason). An activity without a technology of known growth
    isn't in the table, and is in ``left_out`` by its lines.

    Raises
    ------
    InputError
        For a technology or pair that stands twice, a weight that is missing or negative, or where
        nothing joins.

    Examples
    --------
    >>> sky = pl.DataFrame({"technology": ["a", "b", "c"], "growth": [0.1, 0.3, 0.2]})
    >>> lines = pl.DataFrame({"technology": ["a", "b", "d"], "activity": ["x", "x", "y"], "share": [
    ...     1.0, 3.0, 1.0]})
    >>> found = growth_by_crosswalk(sky, lines, "growth", weight="share")
    >>> {name: round(value, 3) for name, value in found.growth.items()}
    {'x': 0.25}
    >>> found.left_out.select("technology", "reason").rows()
    [('c', 'no_line'), ('d', 'no_technology')]
    """
    known = read_long(technologies, {"technology": technology, "growth": growth}, ["growth"])
    columns = {"technology": technology, "activity": activity, "weight": weight}
    lines = read_long(crosswalk, columns, ["weight"])
    if weight is None:
        lines = lines.with_columns(weight=pl.lit(1.0))
    _refuse(known, lines)
    joined = lines.join(known.with_columns(is_known=True), on="technology", how="left")
    used = joined.filter(pl.col("growth").is_not_null(), pl.col("weight") > 0)
    if not used.height:
        first = names(known["technology"], 3)
        raise InputError(message("nothing_joins", technologies=first), FOLDER)
    table = (
        used.sort("activity", "technology")
        .group_by("activity", maintain_order=True)
        .agg(
            growth_share=(pl.col("growth") * pl.col("weight")).sum() / pl.col("weight").sum(),
            technologies_count=pl.len().cast(pl.Int64),
            weight_sum=pl.col("weight").sum(),
        )
    )
    return ActivityGrowth(table, _left_out(known, joined))


def _refuse(known: pl.DataFrame, lines: pl.DataFrame) -> None:
    for rows, keys, code in (
        (known, ["technology"], "technology_twice"),
        (lines, ["technology", "activity"], "line_twice"),
    ):
        twice = rows.filter(rows.select(keys).is_duplicated())
        if twice.height:
            named = {key: Name(str(twice[key][0])) for key in keys}
            raise InputError(message(code, **named), FOLDER)
    bad = lines.filter(pl.col("weight").is_null() | (pl.col("weight") < 0))
    if bad.height:
        values = {name: Name(str(bad[name][0])) for name in ("technology", "activity")}
        weight = Name("–" if bad["weight"][0] is None else f"{bad['weight'][0]:g}")
        raise InputError(message("no_weight", weight=weight, **values), FOLDER)


def _left_out(known: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Lines and technologies that say nothing, with the reason."""
    reason = (
        pl.when(pl.col("is_known").is_null())
        .then(pl.lit("no_technology"))
        .when(pl.col("growth").is_null())
        .then(pl.lit("no_growth"))
        .when(pl.col("weight") == 0)
        .then(pl.lit("no_weight"))
    )
    lines = joined.with_columns(reason=reason).drop_nulls("reason")
    alone = known.join(joined, on="technology", how="anti").with_columns(
        activity=pl.lit(None, pl.String), reason=pl.lit("no_line")
    )
    columns = ["technology", "activity", "reason"]
    return pl.concat([alone.select(columns), lines.select(columns)]).sort("technology", "activity")

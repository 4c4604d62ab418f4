"""Growth forecasts of technologies handed on to activities, by a crosswalk that the user brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.finding import Finding, listed
from firstlight.numerics.long_frames import read_long

_REASONS = pl.DataFrame(
    {
        "why": [0, 1, 2],
        "reason_en": ["not among the technologies", "its growth is unknown", "a weight of 0"],
        "reason_zh": ["技术表中没有", "增长未知", "权重为0"],
    },
    schema_overrides={"why": pl.Int32},
)


@dataclass(frozen=True, kw_only=True)
class ActivityGrowth(Finding):
    """What technologies say of the growth of activities.

    table    : activity, growth_share (weighted mean), technologies_count, weight_sum
    left_out : technology, activity, reason_en, reason_zh: lines of the crosswalk, and technologies, that say nothing
    """

    left_out: pl.DataFrame = field(repr=False)

    @property
    def growth(self) -> dict[str, float]:
        """Activity -> growth, as ``opportunities`` takes it."""
        return dict(self.table.select("activity", "growth_share").iter_rows())

    def _chart(self, alt: Any) -> Any:
        bars = alt.Chart(self.table).mark_bar()
        return bars.encode(
            x="growth_share:Q", y=alt.Y("activity:N", sort="-x"), tooltip=["technologies_count:Q"]
        )


def growth_by_crosswalk(
    technologies: Any,
    crosswalk: Any,
    growth: str,
    *,
    technology: str = "technology",
    activity: str = "activity",
    weight: str | None = None,
) -> ActivityGrowth:
    """Each activity's growth: the weighted mean over the technologies that a crosswalk assigns to it.

    g_a = sum over t of w_ta g_t / sum over t of w_ta, over technologies whose growth is known.

    technologies : one row per technology, with ``growth``: any forecast, a share a year, or a probability; empty is unknown
    crosswalk    : technology, activity and, if named, weight (not negative; 1 where none is named), one row per pair
    Returns ActivityGrowth; an activity without a technology of known growth isn't in it, and is in ``left_out`` by its lines.
    Raises  InputError for a technology or pair that stands twice, a weight that is missing or negative, or where nothing joins.

    >>> sky = pl.DataFrame({"technology": ["a", "b", "c"], "growth": [0.1, 0.3, 0.2]})
    >>> lines = pl.DataFrame({"technology": ["a", "b", "d"], "activity": ["x", "x", "y"], "share": [1.0, 3.0, 1.0]})
    >>> found = growth_by_crosswalk(sky, lines, "growth", weight="share")
    >>> {name: round(value, 3) for name, value in found.growth.items()}
    {'x': 0.25}
    >>> found.left_out.select("technology", "reason_en").rows()
    [('c', 'in no line of the crosswalk'), ('d', 'not among the technologies')]
    """
    known = read_long(technologies, {"technology": technology, "growth": growth}, ["growth"])
    names = {
        "technology": technology,
        "activity": activity,
        **({"weight": weight} if weight else {}),
    }
    lines = read_long(crosswalk, names, ["weight"] if weight else [])
    lines = lines if weight else lines.with_columns(weight=pl.lit(1.0))
    _refuse(known, lines)
    joined = lines.join(known.with_columns(is_known=True), on="technology", how="left")
    used = joined.filter(pl.col("growth").is_not_null(), pl.col("weight") > 0)
    if not used.height:
        raise InputError(
            "no line of the crosswalk leads from a technology of known growth to an activity",
            where="the crosswalk",
            try_next=f"use the technologies' own names, such as {listed(known['technology'].head(3).to_list())}",
        )
    table = (
        used.sort("activity", "technology")
        .group_by("activity", maintain_order=True)
        .agg(
            growth_share=(pl.col("growth") * pl.col("weight")).sum() / pl.col("weight").sum(),
            technologies_count=pl.len().cast(pl.Int64),
            weight_sum=pl.col("weight").sum(),
        )
    )
    left = _left_out(known, joined)
    count, all_of = used["technology"].n_unique(), known.height
    en = f"{count} of {all_of} technologies say something of {table.height} activities; {left.height} lines and technologies don't."
    zh = f"{all_of}项技术中有{count}项对应到{table.height}项活动；另有{left.height}条未能对应。"
    return ActivityGrowth(
        table=table,
        left_out=left,
        sentences=(("crosswalk", (en, zh)),),
        conventions=(
            (
                "Growth of an activity: weighted mean over its technologies",
                "活动的增长：其所属技术的加权平均",
            ),
        ),
        given=technologies,
    )


def _refuse(known: pl.DataFrame, lines: pl.DataFrame) -> None:
    for rows, keys, where in (
        (known, ["technology"], "technologies"),
        (lines, ["technology", "activity"], "crosswalk"),
    ):
        twice = rows.filter(rows.select(keys).is_duplicated())
        if twice.height:
            said = ", ".join(f"{key} {twice[key][0]!r}" for key in keys)
            raise InputError(
                f"{said} stands twice", where=f"the {where}", try_next="keep one row of each"
            )
    bad = lines.filter(pl.col("weight").is_null() | (pl.col("weight") < 0))
    if bad.height:
        raise InputError(
            f"a weight of {bad['weight'][0]}",
            where=f"the crosswalk, technology {bad['technology'][0]!r}, activity {bad['activity'][0]!r}",
            try_next="give a weight of 0 or more",
        )


def _left_out(known: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Lines and technologies that say nothing, with the reason."""
    why = (
        pl.when(pl.col("is_known").is_null())
        .then(pl.lit(0))
        .when(pl.col("growth").is_null())
        .then(pl.lit(1))
        .when(pl.col("weight") == 0)
        .then(pl.lit(2))
    )
    lines = joined.with_columns(why=why.cast(pl.Int32)).join(
        _REASONS, on="why"
    )  # null joins nothing: such lines are used
    alone = known.join(joined, on="technology", how="anti").with_columns(
        activity=pl.lit(None, pl.String),
        reason_en=pl.lit("in no line of the crosswalk"),
        reason_zh=pl.lit("对照表中没有"),
    )
    columns = ["technology", "activity", "reason_en", "reason_zh"]
    return pl.concat([alone.select(columns), lines.select(columns)]).sort("technology", "activity")

"""The growth of activities: a column of the table, or forecasts of technologies handed on by a crosswalk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.complexity.crosswalk_growth import growth_by_crosswalk
from firstlight.numerics.finding import Words, listed
from firstlight.run.measurements.activity_choices import Activities, of_activity

NOT_THERE: Words = ("the table of places has no such activity", "地区表中无此活动")


@dataclass(frozen=True)
class GivenGrowth:
    """Activity -> growth, and what to say of where it is from.

    tables : ``activity_growth`` and ``growth_left_out`` where a crosswalk was handed in
    """

    of: Mapping[str, float]
    sentences: list[tuple[str, Words]] = field(default_factory=list)
    conventions: tuple[Words, ...] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def check_growth(choices: Mapping[str, Any]) -> None:
    """Raises  InputError for technologies without a crosswalk, or a crosswalk without technologies."""
    given = [choices[name] is not None for name in ("technologies", "crosswalk")]
    if given[0] != given[1]:
        has, lacks = ("technologies", "crosswalk") if given[0] else ("crosswalk", "technologies")
        raise InputError(
            f"{has} without {lacks}", where=f"--{has}", try_next=f"--{lacks} FILE, too"
        )


def activity_growth(table: Activities, choices: Mapping[str, Any]) -> GivenGrowth:
    """The growth of the activities of the year that is shown.

    Raises  InputError where both a column and a crosswalk tell it, or no activity gets one from the crosswalk.
    """
    column = of_activity(table, "growth")
    technologies, crosswalk = choices["technologies"], choices["crosswalk"]
    if technologies is None:
        return GivenGrowth(column)
    if column:
        raise InputError(
            "the table tells the growth of activities, too",
            where="column growth, --technologies",
            try_next="leave out the column or the option",
        )
    weight = "weight" if crosswalk["weight"].count() else None
    found = growth_by_crosswalk(technologies, crosswalk, "growth", weight=weight)
    there = table.shown["activity"].unique().sort()
    known = found.table.filter(pl.col("activity").is_in(there.implode()))
    strangers = crosswalk.select("technology", "activity").filter(
        ~pl.col("activity").is_in(there.implode())
    )
    if not known.height:
        raise InputError(
            "no activity of the table gets a growth from the crosswalk",
            where=f"--crosswalk, such as {listed(strangers['activity'].unique().sort().to_list(), 3)}",
            try_next=f"use the table's own names, such as {listed(there.to_list(), 3)}",
        )
    lost = strangers.with_columns(reason_en=pl.lit(NOT_THERE[0]), reason_zh=pl.lit(NOT_THERE[1]))
    left = pl.concat([found.left_out, lost]).unique(
        ["technology", "activity"], keep="first", maintain_order=True
    )
    en = f"Growth is known for {known.height:,} of {there.len():,} activities, from {technologies.height:,} technologies by the crosswalk"
    zh = f"{there.len():,}项活动中{known.height:,}项有增长预测，由{technologies.height:,}项技术按对照表得出"
    if left.height:
        en += (
            f"; {left.height:,} of its lines, or technologies, say nothing of any (growth_left_out)"
        )
        zh += f"；另有{left.height:,}条未能对应（见growth_left_out）"
    return GivenGrowth(
        dict(known.select("activity", "growth_share").iter_rows()),
        [("growth", (f"{en}.", f"{zh}。"))],
        found.conventions,
        {"activity_growth": known, "growth_left_out": left.sort("technology", "activity")},
    )

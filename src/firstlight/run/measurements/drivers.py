"""What the instruments of growth drivers say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.growth_drivers import growth_drivers
from firstlight.instruments.productivity.accounting.productivity_decomposition import (
    productivity_decomposition,
)
from firstlight.run.measurements.curves import (
    Computed,
    add_words,
    curve_rows,
    finding_tables,
    titled,
)
from firstlight.sample.made_up_economy import NEW, made_up_economy

Choices = Mapping[str, Any]
PARTS = (("new", ("the new", "新产业")), ("other", ("the rest", "其余")))


def check_drivers(choices: Choices) -> None:
    """Raises  InputError where nothing, or two things, say what counts as new, or labour is two columns."""
    if (choices["new"] is None) == (choices["new_share"] is None):
        raise InputError(
            "what counts as new?",
            where="--new, --new-share",
            try_next="--new INDUSTRY,INDUSTRY for whole industries, or --new-share COLUMN for each row's share of the new",
        )
    if isinstance(choices["new_share"], float):
        raise InputError(
            "one share for all rows", where="--new-share", try_next="--new-share COLUMN"
        )
    if len(choices["labour"] or ()) > 1:
        raise InputError("two columns of labour", where="--labour", try_next="--labour COLUMN")


def driver_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """What counts as new: its share, growth and contribution; and where the growth of labour productivity came from."""
    unit = "place" if frame["place"].null_count() < frame.height else None
    price = "price" if frame["price"].null_count() < frame.height else None
    new = set(choices["new"]) if choices["new"] else choices["new_share"]
    found = growth_drivers(frame, "value", new, price=price, unit=unit, absent=choices["absent"])
    tables = finding_tables(found, "drivers")
    drawn = found.table.with_columns(pl.col("unit").alias("panel"))
    tables["curves"] = pl.concat(
        [
            curve_rows(
                drawn, words, "line", panel="panel", x="year", value=f"{part}_contribution_pp"
            )
            for part, words in PARTS
        ]
    )
    if choices["labour"]:
        _add_decomposition(tables, frame, choices, unit)
    return tables, {
        "x_en": "year",
        "x_zh": "年份",
        "y_en": "contribution, percentage points",
        "y_zh": "贡献（百分点）",
        **titled("panels", ("all", "全部")),
    }


def _add_decomposition(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame, choices: Choices, unit: str | None
) -> None:
    more = productivity_decomposition(
        frame, "value", choices["labour"][0], method=choices["method"], unit=unit
    )
    own = {
        "change": "productivity_change"
    }  # in the unit of productivity; ``change`` alone is one of growth
    tables |= {"sources": more.table.rename(own), "members": more.members.rename(own, strict=False)}
    add_words(tables, more)


def sample_industries() -> tuple[pl.DataFrame, dict[str, Any]]:
    """The made-up economy's industries by year, all places together, and what counts as new in it."""
    panel = made_up_economy().panel
    added = panel.group_by("industry", "year").agg(
        pl.col("value_added").sum().alias("value"), pl.col("hours").sum()
    )
    return added.sort("industry", "year"), {
        "new": ",".join(NEW),
        "labour": "hours",
        "absent": "zero",
    }

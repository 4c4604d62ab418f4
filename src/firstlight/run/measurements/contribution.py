"""What each unit contributes, category by category, as the tables that a measurement keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from firstlight.instruments.networks.contribution.profile import contribution
from firstlight.instruments.networks.contribution.profile_words import CATEGORIES
from firstlight.numerics.finding import sentences_frame
from firstlight.run.measurements.collaboration import until_year
from firstlight.run.measurements.curves import OBSERVED, Computed, curve_rows, texts, titled

Choices = Mapping[str, Any]
OPTIONAL = ("field", "citations", "references", "terms", "patents")
NAMED = {"value": "category_value", "low": "category_value_low", "high": "category_value_high"}
BASE = ("all works", "全部成果")
APART = ("Two categories side by side", "两类并列")
DRAWN = 60  # units on the scatter, those with most works


def contribution_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """The profile of each unit in each category that the table allows, the works' own scores, and what was left out."""
    used, said = until_year(frame.rename({"contributor": "unit"}), choices["until"])
    given: dict[str, Any] = {
        name: name for name in OPTIONAL if used[name].null_count() < used.height
    }
    own = {
        name: choices[name]
        for name in ("counting", "horizon", "top", "least", "level", "draws", "seed")
    }
    found = contribution(used, **given, **own, progress=progress)
    place = {name: k for k, name in enumerate(CATEGORIES)}
    order = pl.col("category").replace_strict(place, return_dtype=pl.Int64)
    ranked = found.table.sort(order, pl.col("position").is_null(), -pl.col("value"), "unit").rename(
        NAMED
    )
    tables = {
        "sentences": sentences_frame(found),
        "profiles": ranked,
        "works": found.scores,
        "conventions": texts([*found.conventions, *said]),
        "curves": _curves(ranked),
    }
    if found.left_out.height:
        tables["left_out"] = found.left_out
    facts: dict[str, Any] = {
        "shown": [name for name in ("profiles", "left_out") if name in tables],
        **{
            "x_en": "rank, highest first",
            "x_zh": "名次（由高到低）",
            "y_en": "value",
            "y_zh": "数值",
        },
        **titled("panels", *CATEGORIES.values()),
    }
    drawn = [
        name for name in CATEGORIES if name in set(ranked["category"]) and name != "most_cited"
    ]
    if len(drawn) > 1:
        tables["nodes"] = _scatter(ranked, drawn[0], drawn[1])
        axes = {
            f"{axis}_{lang}": CATEGORIES[name][k]
            for axis, name in zip("xy", drawn[:2], strict=True)
            for k, lang in enumerate(("en", "zh"))
        }
        facts |= {
            "drawing": "scatter",
            "size_en": "works",
            "size_zh": "成果数",
            "drawings": {
                APART[0]: {"kind": "scatter", "title_en": APART[0], "title_zh": APART[1], **axes}
            },
        }
    return tables, facts


def _curves(ranked: pl.DataFrame) -> pl.DataFrame:
    """A chart for each category: units that are compared, by rank with their intervals, beside the value of all works."""
    parts = []
    for (name,), own in ranked.group_by("category", maintain_order=True):
        en = CATEGORIES[str(name)][0]
        held = own.drop_nulls("position").with_row_index("rank", 1).with_columns(panel=pl.lit(en))
        ends = {"low": "category_value_low", "high": "category_value_high"}
        parts.append(
            curve_rows(
                held, OBSERVED, "points", panel="panel", x="rank", value="category_value", **ends
            )
        )
        parts.append(curve_rows(held, BASE, "dash", panel="panel", x="rank", value="base_value"))
    return pl.concat(parts)


def _scatter(ranked: pl.DataFrame, one: str, two: str) -> pl.DataFrame:
    """Units by their values in two categories, the area their works."""
    x, y = (
        ranked.filter(pl.col("position").is_not_null(), category=name).select(
            "unit", "works_count", pl.col("category_value").alias(axis)
        )
        for axis, name in (("x", one), ("y", two))
    )
    both = (
        x.join(y.select("unit", "y"), on="unit")
        .sort(["works_count", "unit"], descending=[True, False])
        .head(DRAWN)
    )
    none = pl.lit(None, pl.String)
    return both.select(
        drawing=pl.lit(APART[0]),
        node="unit",
        x="x",
        y="y",
        size=pl.col("works_count").cast(pl.Float64),
        group_en=none,
        group_zh=none,
    )

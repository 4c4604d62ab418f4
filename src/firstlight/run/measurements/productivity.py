"""What the instruments of frontiers and productivity indices say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl
import polars.selectors as cs

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.envelopment import Envelopment
from firstlight.run.measurements.curves import (
    OBSERVED,
    RANKED,
    Computed,
    curve_rows,
    finding_tables,
    ranked_rows,
    titled,
)
from firstlight.run.measurements.form import Sample
from firstlight.run.measurements.productivity_methods import METHODS, TITLES
from firstlight.sample.made_up_economy import made_up_economy
from firstlight.sample.made_up_regions import LABEL, made_up_regions

Choices = Mapping[str, Any]


STAGES = {
    "stage_1_score": ("stage 1", "第一阶段"),
    "stage_2_score": ("stage 2", "第二阶段"),
}  # drawn beside the whole
YEARS = {"x_en": "year", "x_zh": "年份"}
RANKS = {"x_en": "rank, highest first", "x_zh": "名次（由高到低）", **titled("panels", RANKED)}
SHOWN = (
    "effects",
    "scores",
    "levels",
    "changes",
    "by_group",
    "by_period",
    "peers",
    "multipliers",
    "prices",
    "left_out",
)


def productivity_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """Efficiency scores, or the change of productivity, by the method that was chosen."""
    method = METHODS[choices["method"]]
    has_years = frame["year"].null_count() < frame.height
    if method.needs_years and not has_years:
        raise InputError(
            f"{choices['method']} compares years",
            where="column year",
            try_next="--column year='Yours'",
        )
    given = {name: choices[name] for name in method.options if choices[name] is not None}
    columns = [
        choices["inputs"],
        choices["outputs"],
        *([choices["bad"] or []] if method.has_bads else []),
    ]
    years = {"year": "year"} if has_years else {}
    found = method.function(
        frame, *columns, **years, **given, **(method.fixed or {}), progress=progress
    )
    drawn = next((name for name in method.drawn if name in found.table.columns), None)
    tables = finding_tables(found, method.main)
    if isinstance(found, Envelopment):
        tables["multipliers"] = found.multiplier_table
    shown = [name for name in SHOWN if name in tables]
    y = dict(zip(("y_en", "y_zh"), TITLES[drawn], strict=True)) if drawn else {}
    if drawn and method.x in found.table.columns:
        lines = {
            drawn: OBSERVED,
            **{name: words for name, words in STAGES.items() if name in found.table.columns},
        }
        tables["curves"] = pl.concat(
            curve_rows(found.table, words, "line", panel="unit", x=method.x, value=name)
            for name, words in lines.items()
        )
        return tables, {"shown": shown, **YEARS, **y}
    if drawn:
        tables["curves"] = ranked_rows(found.table, drawn)
    return tables, {"shown": shown, **RANKS, **y}


OPTIONS = tuple(dict.fromkeys(name for own in METHODS.values() for name in own.options))


def check_method(choices: Choices) -> None:
    """Raises  InputError for columns that are not named, or options that the method doesn't have."""
    method = METHODS[choices["method"]]
    for name in ("inputs", "outputs", *method.needed):
        if not choices[name]:
            what = (
                "which column holds the groups?"
                if name == "group"
                else f"which columns are {name}?"
            )
            raise InputError(
                what,
                where=f"--{name}",
                try_next=f"--{name} COLUMN{'' if name == 'group' else ',COLUMN'}",
            )
    if choices["bad"] and not method.has_bads:
        able = ", ".join(name for name, own in METHODS.items() if own.has_bads)
        raise InputError(
            f"{choices['method']} has no bad outputs",
            where="--bad",
            try_next=f"--method one of {able}",
        )
    if method.instrument == "productivity.malmquist_luenberger" and not choices["bad"]:
        raise InputError(
            f"{choices['method']} needs a bad output",
            where="--bad",
            try_next="--bad COLUMN, or --method malmquist",
        )
    if (
        choices["orientation"] == "directional"
        and not choices["direction"]
        and method.main == "scores"
    ):
        raise InputError(
            "which columns move?", where="--direction", try_next="--direction COLUMN,COLUMN"
        )
    for name in OPTIONS:
        if choices[name] is not None and name not in method.options:
            able = ", ".join(other for other, own in METHODS.items() if name in own.options)
            raise InputError(
                f"{choices['method']} has no {name}",
                where=f"--{name.replace('_', '-')}",
                try_next=f"leave it out, or --method one of {able}",
            )


def sample_places() -> tuple[pl.DataFrame, dict[str, Any]]:
    """The made-up economy's places by year, and what to measure on them."""
    frame = made_up_economy().places().rename({"place": "unit"})
    return frame, {"inputs": "capital,hours", "outputs": "value_added"}


def sample_regions(more: Mapping[str, Any]) -> Sample:
    """Made-up regions that turn research into patents and sales, without what was planted, and what to measure on them."""
    frame = made_up_regions().drop(cs.ends_with("_planted"))
    return Sample(frame, {"inputs": "staff,spending", "outputs": "sales", **more}, title=LABEL)


def _places_with_bads() -> Sample:
    frame, options = sample_places()
    return Sample(frame, {**options, "bad": "co2"})


_REGIONS: dict[str, dict[str, Any]] = {
    "two_stage": {"intermediates": "patents"},
    "meta_frontier": {"group": "group"},
    "meta_malmquist": {"group": "group"},
    "second_stage": {
        "outputs": "patents",
        "drivers": "openness",
        "technology": "global",
        "replications": 500,
    },
}
SAMPLES: dict[str, Callable[[], Sample]] = {
    **{method: partial(sample_regions, more) for method, more in _REGIONS.items()},
    **dict.fromkeys(("ml", "gml"), _places_with_bads),
}

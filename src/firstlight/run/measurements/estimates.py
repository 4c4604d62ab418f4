"""What stochastic frontiers and production functions say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.stochastic.stochastic_frontier import stochastic_frontier
from firstlight.run.measurements.curves import (
    OBSERVED,
    Computed,
    curve_rows,
    finding_tables,
    ranked_rows,
)
from firstlight.run.measurements.productivity import RANKS, YEARS
from firstlight.sample.made_up_economy import made_up_economy

Choices = Mapping[str, Any]


def frontier_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """Efficiency told apart from noise, and the frontier's parameters."""
    has_years = frame["year"].null_count() < frame.height
    found = stochastic_frontier(
        frame,
        _one(choices, "output"),
        choices["inputs"],
        distribution=choices["distribution"],
        model=choices["model"],
        year="year" if has_years else None,
        determinants=choices["determinants"] or (),
        cost=choices["cost"],
        log=choices["log"],
        form=choices["form"],
        trend=choices["trend"],
        progress=progress,
    )
    tables = finding_tables(found, "efficiency")
    ends = {"low": "efficiency_low_share", "high": "efficiency_high_share"}
    if not has_years:
        tables["curves"] = ranked_rows(found.table, "efficiency_share", **ends)
    if has_years:
        tables["curves"] = curve_rows(
            found.table,
            OBSERVED,
            "line",
            panel="unit",
            x="year",
            value="efficiency_share",
            **ends,
        )
    return tables, {
        **(YEARS if has_years else RANKS),
        "y_en": "share of the frontier",
        "y_zh": "占前沿的份额",
    }


def check_frontier(choices: Choices) -> None:
    """Raises  InputError where output or inputs are not named."""
    _refuse_absent(choices, ("output", "inputs"))
    _refuse_several(choices)


def _refuse_absent(choices: Choices, names: tuple[str, ...]) -> None:
    for name in names:
        if not choices[name] and name == "output":
            raise InputError(
                "which column is output?", where="--output", try_next="--output COLUMN"
            )
        if not choices[name]:
            raise InputError(
                f"which columns are {name}?", where=f"--{name}", try_next=f"--{name} COLUMN,COLUMN"
            )


def _refuse_several(choices: Choices) -> None:
    if len(choices["output"]) > 1:
        raise InputError(
            f"{len(choices['output'])} columns of output",
            where="--output",
            try_next="--output COLUMN",
        )


def _one(choices: Choices, name: str) -> str:
    return str(choices[name][0])


def sample_frontier() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Every place and industry of the made-up economy's last year, as a unit."""
    panel = made_up_economy().panel
    last = panel.filter(pl.col("year") == panel["year"].max())
    frame = last.select(
        pl.concat_str("place", pl.lit(", "), "industry").alias("unit"),
        "value_added",
        "capital",
        "hours",
    )
    return frame, {"output": "value_added", "inputs": "capital,hours"}

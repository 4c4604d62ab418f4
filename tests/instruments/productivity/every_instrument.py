"""Every measurement that reads a table of units and years, told its columns by name, and one small
panel for them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from firstlight.productivity import (
    efficiency,
    metafrontier_change,
    metafrontier_efficiency,
    productivity_change,
    stage_efficiency,
    tfp_change,
    tfp_levels,
)

Run = Callable[..., Any]
COLUMNS = ("unit", "year", "x1", "x2", "y1", "y2", "c", "g")
UNITS, YEARS = 6, 3
DRAWS = np.exp(np.random.default_rng(1).normal(1, 0.4, (5, UNITS * YEARS)))
PANEL = pl.DataFrame(
    {
        "unit": np.repeat([f"u{k}" for k in range(UNITS)], YEARS),
        "year": np.tile(np.arange(2001, 2001 + YEARS), UNITS),
        **dict(zip(COLUMNS[2:7], DRAWS, strict=True)),
        "g": np.repeat(list("aabbbb"), YEARS),
    }
)


def of_columns(measurement: Run, columns: dict[str, str], **options: Any) -> Run:
    """The measurement, told the columns' names by COLUMNS' names, several as in "x1 x2"."""

    def run(frame: Any, names: dict[str, str] | None = None) -> Any:
        own = {name: (names or {}).get(name, name) for name in COLUMNS}
        lists = {side: [own[name] for name in part.split()] for side, part in columns.items()}
        keys = {"unit": own["unit"], "year": own["year"]}
        if "group" in columns:
            keys["group"] = lists.pop("group")[0]
        return measurement(frame, **keys, **lists, **options)

    return run


GOODS = {"inputs": "x1 x2", "outputs": "y1 y2"}
WITH_BAD = {**GOODS, "bad": "c"}
GROUPED = {**WITH_BAD, "group": "g"}
CHAIN = {**GOODS, "intermediates": "c"}
GLOBAL = {"frontier": "global"}
FRONTIERS = {
    "dea": of_columns(efficiency, WITH_BAD, super_efficiency=True),
    "dea_directional": of_columns(
        efficiency, {**WITH_BAD, "direction": "y1 c"}, orientation="directional"
    ),
    "sbm": of_columns(efficiency, WITH_BAD, method="sbm", super_efficiency=True),
    "malmquist": of_columns(productivity_change, GOODS),
    "malmquist_vrs": of_columns(productivity_change, GOODS, orientation="input", returns="vrs"),
    "global_ml": of_columns(productivity_change, WITH_BAD, index="malmquist_luenberger", **GLOBAL),
    "adjacent_ml": of_columns(productivity_change, WITH_BAD, index="malmquist_luenberger"),
    "luenberger": of_columns(productivity_change, WITH_BAD, index="luenberger"),
    "nonradial": of_columns(productivity_change, WITH_BAD, index="nonradial_luenberger", **GLOBAL),
    "fare_primont": of_columns(tfp_levels, GOODS),
    "hicks_moorsteen": of_columns(tfp_change, GOODS),
    "two_stage": of_columns(stage_efficiency, CHAIN),
    "meta_frontier": of_columns(metafrontier_efficiency, GROUPED),
    "meta_malmquist": of_columns(metafrontier_change, GROUPED),
}
OVER_TIME = [
    name
    for name in FRONTIERS
    if name not in ("dea", "dea_directional", "sbm", "fare_primont", "two_stage", "meta_frontier")
]
PLAIN: dict[str, pl.DataFrame] = {}


def plain(name: str) -> pl.DataFrame:
    if name not in PLAIN:
        PLAIN[name] = FRONTIERS[name](PANEL).table
    return PLAIN[name]


def put(column: str, value: Any, row: int = 4) -> pl.DataFrame:
    """The panel with one other number, of u1 in 2002."""
    values = PANEL[column].to_list()
    values[row] = value
    return PANEL.with_columns(pl.Series(column, values, strict=False))


def numbers(table: pl.DataFrame) -> np.ndarray:
    """The table's columns of floats, whatever they are called."""
    return table.select(pl.col(pl.Float64)).to_numpy()


def without_reason(table: pl.DataFrame) -> int:
    """Rows in which a number is missing, but not the reason why."""
    missing = pl.any_horizontal(pl.col(pl.Float64).is_null())
    reason = "reason" if "reason" in table.columns else "reason_en"
    return table.filter(missing & (pl.col(reason).fill_null("") == "")).height

"""Every instrument that reads a table of units and years, told its columns by name, and one small
panel for them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from measured import (
    dea,
    fare_primont,
    hicks_moorsteen,
    luenberger,
    malmquist,
    malmquist_luenberger,
    meta_frontier,
    meta_malmquist,
    nonradial_luenberger,
    sbm,
    two_stage,
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


def of_columns(instrument: Run, *parts: str, **options: Any) -> Run:
    """The instrument, told the columns' names by COLUMNS' names; parts are strings of those, "x1
    x2"."""

    def run(
        frame: Any, names: dict[str, str] | None = None, has_years: bool = True, **more: Any
    ) -> Any:
        own = {name: (names or {}).get(name, name) for name in COLUMNS}
        lists = [[own[name] for name in part.split()] for part in parts]
        grouped = {"group": own["g"]} if options.get("group") else {}
        when = {"year": own["year"]} if has_years else {}
        return instrument(frame, *lists, unit=own["unit"], **when, **{**options, **grouped, **more})

    return run


FRONTIERS = {
    "dea": of_columns(dea, "x1 x2", "y1 y2", "c", super_efficiency=True),
    "dea_directional": of_columns(
        dea, "x1 x2", "y1 y2", "c", orientation="directional", direction=None
    ),
    "sbm": of_columns(sbm, "x1 x2", "y1 y2", "c", super_efficiency=True),
    "malmquist": of_columns(malmquist, "x1 x2", "y1 y2"),
    "malmquist_vrs": of_columns(malmquist, "x1 x2", "y1 y2", orientation="input", returns="vrs"),
    "global_ml": of_columns(malmquist_luenberger, "x1 x2", "y1 y2", "c"),
    "adjacent_ml": of_columns(malmquist_luenberger, "x1 x2", "y1 y2", "c", method="adjacent"),
    "luenberger": of_columns(luenberger, "x1 x2", "y1 y2", "c"),
    "nonradial": of_columns(nonradial_luenberger, "x1 x2", "y1 y2", "c"),
    "fare_primont": of_columns(fare_primont, "x1 x2", "y1 y2"),
    "hicks_moorsteen": of_columns(hicks_moorsteen, "x1 x2", "y1 y2"),
    "two_stage": of_columns(two_stage, "x1 x2", "c", "y1 y2"),
    "meta_frontier": of_columns(meta_frontier, "x1 x2", "y1 y2", "c", group="g"),
    "meta_malmquist": of_columns(meta_malmquist, "x1 x2", "y1 y2", "c", group="g"),
}


def directional(frame: Any, names: dict[str, str] | None = None, **more: Any) -> Any:
    own = {name: (names or {}).get(name, name) for name in COLUMNS}
    return of_columns(
        dea, "x1 x2", "y1 y2", "c", orientation="directional", direction=[own["y1"], own["c"]]
    )(frame, names, **more)


FRONTIERS["dea_directional"] = directional
EVERY = {**FRONTIERS}
OVER_TIME = [
    name
    for name in FRONTIERS
    if name not in ("dea", "dea_directional", "sbm", "fare_primont", "two_stage", "meta_frontier")
]
PLAIN: dict[str, pl.DataFrame] = {}


def plain(name: str) -> pl.DataFrame:
    if name not in PLAIN:
        PLAIN[name] = EVERY[name](PANEL).table
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

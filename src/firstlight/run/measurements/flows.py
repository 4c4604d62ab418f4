"""What the instruments of flows between places say (borders, local bias), as the tables that a measurement keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.border_effects import border_effect
from firstlight.run.measurements.curves import (
    BORDER,
    OBSERVED,
    Computed,
    curve_rows,
    finding_tables,
    titled,
)
from firstlight.run.measurements.place_rows import is_given
from firstlight.run.measurements.secret_cells import (
    NO_BOUND,
    add_secret,
    border_corners,
    check_secret,
    say_corners,
    secret_flows,
)
from firstlight.sample.made_up_prices import made_up_flows

Choices = Mapping[str, Any]
FLOWS = ("made-up flows, invented: no such trade exists", "虚构流量，纯属虚构：不存在此类贸易")
RATIO = {
    "y_en": "flows within over across, 1 = no border",
    "y_zh": "界内与跨界流量之比（1为无边界）",
}


def check_border(choices: Choices) -> None:
    """Raises  InputError for an elasticity of trade that is not above 0, or for ends of secret flows that are none."""
    check_secret(choices)
    if choices["elasticity"] is not None and choices["elasticity"] <= 0:
        raise InputError(
            f"an elasticity of {choices['elasticity']:g}",
            where="--elasticity",
            try_next="above 0, such as 5",
        )


def border_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """How many times more flows within a border than across it, all else equal, by Poisson gravity."""
    when = "year" if is_given(frame, "year") else None
    within = "within" if is_given(frame, "within") else None
    logs = [
        *(["distance"] if is_given(frame, "distance") else []),
        *(choices["log_covariates"] or []),
    ]
    keys = ("elasticity", "interval", "level")
    how: dict[str, Any] = {
        "period": when,
        "within": within,
        "covariates": choices["covariates"] or [],
        "log_covariates": logs,
        **{key: choices[key] for key in keys},
    }
    found = border_effect(frame, "flow", **how, progress=progress)
    tables = {
        name: _years(table) for name, table in finding_tables(found, "border_effects").items()
    }
    logged = pl.format("log {}", "covariate")
    named = (
        pl.when(pl.col("covariate").is_in(logs))
        .then(logged)
        .otherwise("covariate")
        .alias("covariate")
    )
    others = tables.pop("coefficients").rename({"coefficient_log": "coefficient"})
    tables["border_coefficients"] = others.with_columns(named)
    if when:
        ends = {"low": "border_ratio_low", "high": "border_ratio_high"}
        drawn = tables["border_effects"].with_columns(panel=pl.lit(BORDER[0]))
        tables["curves"] = curve_rows(
            drawn, OBSERVED, "line", panel="panel", x="year", value="border_ratio", **ends
        )
    shown = ["border_effects", "border_coefficients", "left_out"]
    secret = secret_flows(frame, choices)
    if secret is not None:
        add_secret(tables, secret, NO_BOUND)
        shown.append("secret_flows")
        if secret.has_ends:
            at_end = {**how, "interval": "clustered"}  # whose interval isn't shown, and is quick
            tables["border_corners"] = border_corners(
                secret, lambda rows: border_effect(rows, "flow", **at_end).table
            )
            shown.insert(1, "border_corners")
            say_corners(tables)
    return tables, {
        "shown": shown,
        "x_en": "year",
        "x_zh": "年份",
        **titled("panels", BORDER),
        **RATIO,
    }


def _years(table: pl.DataFrame) -> pl.DataFrame:
    return table.rename({"period": "year"}) if "period" in table.columns else table


def sample_flows() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Flows between made-up places, four times as large within each as across, given distance."""
    return made_up_flows(0).rename({"x": "flow", "km": "distance"}), {}

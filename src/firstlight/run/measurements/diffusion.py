"""What the instruments of diffusion say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.diffusion.learning import learning
from firstlight.run.measurements.curves import FORECAST, OBSERVED, Computed, curve_rows, texts


def learning_tables(frame: pl.DataFrame, choices: Mapping[str, Any]) -> Computed:
    """Learning curves: costs seen, their forecast with its 80% band, and the record of such forecasts."""
    has_stock = frame["cumulative"].null_count() < frame.height
    found = learning(frame, cumulative_production="cumulative" if has_stock else None, **choices)
    seen = {"panel": "technology", "x": "year"}
    tables = {
        "sentences": found.sentences,
        "curves": pl.concat(
            [
                curve_rows(frame, OBSERVED, "points", value="cost", **seen),
                curve_rows(
                    found.forecast,
                    FORECAST,
                    "dash",
                    value="cost_q50",
                    low="cost_q10",
                    high="cost_q90",
                    **seen,
                ),
            ]
        ),
        "technologies": found.technologies,
        "forecast": found.forecast,
        "record": found.hindcast.filter(pl.col("horizon").is_null()).select(RECORD),
        "hindcast": found.hindcast.filter(pl.col("horizon").is_not_null()),
        "distribution": found.distribution,
        "conventions": texts(LEARNING_CONVENTIONS),
    }
    return tables, {"theta": found.theta, "theta_source": found.theta_source, **COST_AXES}


RECORD = (
    *("fitted", "scope", "method", "forecasts_count", "technologies_count"),
    *(
        "coverage_80",
        "coverage_80_low",
        "coverage_80_high",
        "coverage_90",
        "coverage_90_low",
        "coverage_90_high",
    ),
    *("bias_log", "rmse_log", "rmse_ratio", "rmse_ratio_low", "rmse_ratio_high"),
)
COST_AXES = {"x_en": "year", "x_zh": "年份", "y_en": "cost, log scale", "y_zh": "成本（对数轴）"}
LEARNING_CONVENTIONS = [
    (
        "Moore's law: log cost is a random walk with drift; the forecast's spread counts the uncertainty of the drift and the "
        "correlation of the noise (Farmer and Lafond 2016). The band on the charts holds 80%.",
        "摩尔定律：成本的对数是带漂移的随机游走；预测的离散程度包含漂移的不确定性与噪声的相关性（Farmer 与 Lafond 2016）。图中的带为80%区间。",
    ),
    (
        "Wright's law is estimated in yearly differences of log cost and log cumulative production, where production is given.",
        "若给出产量，赖特定律按成本对数与累计产量对数的逐年差分估计。",
    ),
    (
        "The record makes every forecast again from each earlier year, beside no change and a straight line.",
        "历史记录从每个更早的年份重新预测，并与“不变”和直线趋势两种基准比较。",
    ),
]

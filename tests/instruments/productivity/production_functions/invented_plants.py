"""Invented plants with two kinds of labour and years that are absent, for what needs no published
estimate."""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.planted.firms import made_up_firms


def invented_plants(count: int, years: int, seed: int) -> pl.DataFrame:
    """id, year, log_y, log_lab1, log_lab2, log_k, log_investment, log_materials; elasticities .4,
    .1 and .3."""
    rows = made_up_firms(count, years, labour_elasticity=0.4, capital_elasticity=0.3, seed=seed)
    draws = np.random.default_rng(seed)
    second, kept = draws.normal(0, 0.5, rows.height), draws.random(rows.height) > 0.06
    return rows.select(
        "year",
        id="unit",
        log_y=pl.col("y") + 0.1 * second,
        log_lab1="l",
        log_lab2=pl.Series(second),
        log_k="k",
        log_investment="i",
        log_materials="m",
    ).filter(kept)

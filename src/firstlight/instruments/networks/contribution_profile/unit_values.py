"""What the works of each unit are worth in one category, and whether chance would do as much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.networks.contribution_profile.stability import (
    chance_of_means,
    stability_interval,
    weighted_share_interval,
)
from firstlight.numerics.solution_memory import remembered

__all__ = ["Comparison", "unit_values"]

YES_OR_NO = ("novelty", "new_combinations", "patents")


@dataclass(frozen=True)
class Comparison:
    """How units are compared.

    least : works with a score, below which a unit is listed but not compared
    level : of the intervals
    draws : resamples behind each interval and comparison
    """

    least: int
    level: float
    draws: int
    seed: int


def unit_values(
    scores: pl.DataFrame, members: pl.DataFrame, category: str, how: Comparison
) -> pl.DataFrame:
    """A row for each unit: its weighted mean score, with an interval, beside works of its years.

    scores  : work, year, and a column of the category's scores, null where a work has none
    members : work, unit, weight
    Returns category, unit, value, value_low, value_high, expected_value, base_value, position
    (above, below or within what works of the same years dealt at random would do), p_value
    (two-sided, of that deal), works_count, works_fractional_count, reason (too_few works for a
    position, or alike, which leaves no interval).
    """
    known = scores.select("work", "year", value=category).drop_nulls().with_row_index("code")
    known = known.with_columns(same=pl.col("value").mean().over("year"))
    base = float(known["value"].to_numpy().mean())
    rows = members.join(known, on="work").sort("unit", "work")
    as_high, as_low = _chances(known, rows, category, how)
    values = []
    for k, ((unit,), part) in enumerate(rows.group_by("unit", maintain_order=True)):
        v, a = part["value"].to_numpy(), part["weight"].to_numpy()
        low, high = _interval(v, a, category, how, [how.seed, crc32(str(unit).encode())])
        mean, same = (float((a * own).sum() / a.sum()) for own in (v, part["same"].to_numpy()))
        chances = float(as_high[k]), float(as_low[k])
        values.append((unit, mean, low, high, same, base, v.size, float(a.sum()), *chances))
    schema = {
        "unit": pl.String,
        **dict.fromkeys(("value", "value_low", "value_high"), pl.Float64),
        **dict.fromkeys(("expected_value", "base_value"), pl.Float64),
        "works_count": pl.Int64,
        **dict.fromkeys(("works_fractional_count", "as_high", "as_low"), pl.Float64),
    }
    table = pl.DataFrame(values, schema=schema, orient="row")
    return _compared(table.with_columns(category=pl.lit(category)), how)


def _chances(
    known: pl.DataFrame, rows: pl.DataFrame, category: str, how: Comparison
) -> tuple[Any, Any]:
    """How often each unit's mean would be as high, and as low, with scores dealt at random."""
    unit = rows["unit"].rle_id().to_numpy()
    deal = (known["value"], known["year"], rows["code"], unit, rows["weight"])
    dealt: dict[str, Any] = {
        "draws": how.draws,
        "seed": [how.seed, crc32(category.encode())],
    }
    as_high, as_low = remembered(
        ["chance of means", *dealt.values(), *deal],
        lambda: chance_of_means(*map(np.asarray, deal), **dealt),
    )
    return as_high, as_low


def _compared(table: pl.DataFrame, how: Comparison) -> pl.DataFrame:
    """Where each unit stands beside all works, and why it isn't compared where it isn't."""
    has_enough, rare = pl.col("works_count") >= how.least, (1 - how.level) / 2
    position = (
        pl.when(pl.col("as_high") <= rare)
        .then(pl.lit("above"))
        .when(pl.col("as_low") <= rare)
        .then(pl.lit("below"))
        .otherwise(pl.lit("within"))
    )
    p = (2 * pl.min_horizontal("as_high", "as_low")).clip(upper_bound=1.0)
    bounds = pl.col("value_low", "value_high").fill_nan(None)
    reason = (
        pl.when(~has_enough)
        .then(pl.lit("too_few"))
        .when(pl.col("value_low").is_null())
        .then(pl.lit("alike"))
    )
    return table.with_columns(bounds).select(
        "category",
        "unit",
        "value",
        "value_low",
        "value_high",
        "expected_value",
        "base_value",
        pl.when(has_enough).then(position).alias("position"),
        pl.when(has_enough).then(p).alias("p_value"),
        "works_count",
        "works_fractional_count",
        reason.alias("reason"),
    )


def _interval(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    category: str,
    how: Comparison,
    seed: list[int],
) -> tuple[float, float]:
    """Of yes or no Wilson's, else by drawing works again; nan for works that are all alike."""
    are_alike = values.size > 1 and np.ptp(values) == 0
    if category in YES_OR_NO or (category == "most_cited" and are_alike):
        return weighted_share_interval(values, weights, level=how.level)
    if are_alike:
        return np.nan, np.nan
    return stability_interval(values, weights, level=how.level, draws=how.draws, seed=seed)

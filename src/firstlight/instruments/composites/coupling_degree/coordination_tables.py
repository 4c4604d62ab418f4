"""The tables of coupling coordination: degrees, relative development, and how grades change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.composites.coupling_degree.coupling_formulas import (
    Form,
    coupling_index,
    relative_development,
)

Floats = NDArray[np.float64]
Grades = Literal["four", "five"]
GRADES: Mapping[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "four": ((0.3, 0.5, 0.8), ("low", "moderate", "high", "extreme")),
    "five": ((0.2, 0.4, 0.6, 0.8), ("severe", "slight", "bare", "intermediate", "good")),
}
ROUNDING = 1e-12  # a ratio that is just the bound is in step


@dataclass(frozen=True)
class Coordination:
    """Systems whose coordination is asked for, and how.

    Attributes
    ----------
    keys
        unit, and year where there are several; n rows, sorted.
    systems
        "system" -> the names of the k systems; "system_zh" -> the same in Chinese, if known.
    u
        (n, k), their scores from 0 to 1; nan where missing.
    weights
        (k,), or (n, k) where rows have weights of their own; they add up to 1.
    form
        Of the degree of coupling.
    grades
        How many grades the degree is divided into; None for none.
    in_step
        Ratio to the mean of the others below which a system lags, and above whose inverse it leads.
    """

    keys: pl.DataFrame
    systems: Mapping[str, Sequence[str]]
    u: Floats
    weights: Floats
    form: Form
    grades: Grades | None
    in_step: float


def coordination_tables(coordination: Coordination) -> dict[str, pl.DataFrame]:
    """The tables by name, the main one first; ``transitions`` where there are grades and years."""
    ratio = relative_development(coordination.u)
    development = _development(coordination.u, ratio, coordination.in_step)
    degrees = _degrees(coordination, ratio, development)
    tables = {
        "coordination": _best_first(degrees),
        "relative": _relative(coordination, ratio, development),
        "weights": _weights(coordination),
    }
    if coordination.grades is not None and "year" in coordination.keys.columns:
        tables["transitions"] = _transitions(degrees, GRADES[coordination.grades][1])
    return tables


def _degrees(
    coordination: Coordination, ratio: Floats, development: NDArray[np.object_]
) -> pl.DataFrame:
    """Coupling, level and coordination of each row, in the order of the keys."""
    c = coupling_index(coordination.u, coordination.form)
    level = (coordination.u * coordination.weights).sum(axis=1)
    d = np.sqrt(c * level)
    table = coordination.keys.with_columns(
        coupling_index=pl.Series(c),
        level_index=pl.Series(level),
        coordination_index=pl.Series(d),
    ).with_columns(pl.selectors.float().fill_nan(None))
    if coordination.grades is not None:
        limits, codes = GRADES[coordination.grades]
        step = np.where(np.isnan(d), len(codes), np.digitize(d, limits))
        table = table.with_columns(grade=pl.Series([*codes, None], dtype=pl.String)[step])
    lowest = np.where(development == "lags", ratio, np.inf)
    which = np.where(
        (development == "lags").any(axis=1), lowest.argmin(axis=1), coordination.u.shape[1]
    )
    lagging = [
        pl.Series(f"lagging_{name}", [*titles, None], dtype=pl.String)[which]
        for name, titles in coordination.systems.items()
    ]
    return table.with_columns(
        *lagging, pl.Series("reason", _reason(coordination.u), dtype=pl.String)
    )


def _reason(u: Floats) -> list[str | None]:
    """Why a row has no degree."""
    codes = np.full(len(u), None, object)
    codes[(u == 0).all(axis=1)] = "all_zero"
    codes[np.isnan(u).any(axis=1)] = "score_missing"
    return list(codes)


def _development(u: Floats, ratio: Floats, in_step: float) -> NDArray[np.object_]:
    """(n, k), whether each system lags behind the others, leads or is in step; None where a score
    is missing or all are 0."""
    stages = np.full(u.shape, "in_step", object)
    stages[ratio < in_step - ROUNDING] = "lags"
    # without a ratio the others are 0
    stages[(ratio > 1 / in_step + ROUNDING) | np.isnan(ratio)] = "leads"
    stages[[code is not None for code in _reason(u)]] = None
    return stages


def _relative(
    coordination: Coordination, ratio: Floats, development: NDArray[np.object_]
) -> pl.DataFrame:
    """Each system beside the others; the last year first."""
    n, k = coordination.u.shape
    reason = np.full(coordination.u.shape, None, object)
    reason[np.isnan(ratio)] = "others_zero"
    for row, code in enumerate(_reason(coordination.u)):
        if code is not None:
            reason[row] = code
    table = coordination.keys[np.repeat(np.arange(n), k)].with_columns(
        *(
            pl.Series(name, [*titles] * n, dtype=pl.String)
            for name, titles in coordination.systems.items()
        ),
        pl.Series("score_index", coordination.u.ravel()),
        pl.Series("relative_ratio", ratio.ravel()),
        pl.Series("development", list(development.ravel()), dtype=pl.String),
        pl.Series("reason", list(reason.ravel()), dtype=pl.String),
    )
    table = table.with_columns(pl.selectors.float().fill_nan(None))
    if "year" in table.columns:
        table = table.sort("year", descending=True, maintain_order=True)
    return table


def _weights(coordination: Coordination) -> pl.DataFrame:
    """The weights of the systems; the mean over rows that have their own."""
    mean = (
        coordination.weights
        if coordination.weights.ndim == 1
        else coordination.weights.mean(axis=0)
    )
    return pl.DataFrame({**coordination.systems, "weight_share": mean})


def _transitions(degrees: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """How often units went from each grade to each, from one year of theirs to the next."""
    later = pl.col("grade").shift(-1).over("unit", order_by="year")
    steps = degrees.drop_nulls("grade").select(from_grade="grade", to_grade=later).drop_nulls()
    counted = steps.group_by("from_grade", "to_grade").agg(steps_count=pl.len().cast(pl.Int64))
    total = pl.col("steps_count").sum().over("from_grade")
    place = {code: at for at, code in enumerate(codes)}
    order = [pl.col(name).replace_strict(place) for name in ("from_grade", "to_grade")]
    return counted.with_columns(step_share=pl.col("steps_count") / total).sort(order)


def _best_first(table: pl.DataFrame) -> pl.DataFrame:
    """The last year first, and in it the highest degree."""
    order = [name for name in ("year", "coordination_index") if name in table.columns]
    return table.sort(order, descending=True, nulls_last=True, maintain_order=True)

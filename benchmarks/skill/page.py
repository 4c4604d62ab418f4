"""The result as pages of the documentation: the measured part of skill.md, every method, and the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.skill import tables
from benchmarks.skill.diagram import reliability_diagram
from benchmarks.skill.protocol import GOALS, SLOPE, TIMES_BETTER, Plan, protocol_hash
from benchmarks.skill.scoring import Scores

Row = dict[str, Any]
PARTS = (
    ("## Ours and the best baseline", "headline"),
    ("## Probabilities", "probabilities"),
    ("## Half and double the granularity", "granularities"),
    ("## Year by year", "years"),
)


def write(found: Scores, read: Sequence[tuple[Plan, str]], docs: Path) -> None:
    """Write what was measured below ``docs``; read: the plans and the hashes of their files."""
    explanation = docs / "explanation"
    (explanation / "skill_measured.md").write_text(measured(found, read), encoding="utf-8")
    (explanation / "skill_methods.md").write_text(tables.methods(found.pooled), encoding="utf-8")
    (docs / "images" / "reliability.svg").write_text(reliability_diagram(found.bins, tables.HEADLINE), encoding="utf-8")


def measured(found: Scores, read: Sequence[tuple[Plan, str]]) -> str:
    """The part of skill.md that is measured."""
    body = {
        "headline": tables.headline(found.pooled),
        "probabilities": "![What was predicted against what came true, by tenths of the forecasts](../images/reliability.svg)\n\n"
        + tables.probabilities(found.pooled),
        "granularities": tables.granularities(found.pooled),
        "years": tables.years(found.pooled, found.years),
    }
    parts = [
        tables.HEAD,
        f"Protocol `{protocol_hash()}`.",
        "## The records",
        tables.records(read),
        "## What was aimed at",
        goals(found.pooled),
    ]
    for title, name in PARTS:
        parts += [title, body[name]]
    return "\n\n".join(parts) + "\n"


def goals(pooled: pl.DataFrame) -> str:
    """Each aim with what was reached, on test years at granularity 1."""
    test = pooled.filter((pl.col("granularity") == 1) & (pl.col("period") == "test"))
    body = []
    for record, target, horizon, measure, least in GOALS:
        own = _row(test, record, target, horizon, "firstlight")
        body.append(
            _goal(
                f"{record}, target {target}, {horizon} years: {measure.upper()}",
                f"at least {tables.figure(least)}",
                own,
                measure,
                least,
            )
        )
    for record in ("arxiv",):
        own = _row(test, record, "A", tables.HEADLINE, "firstlight")
        rivals = [_row(test, record, "A", tables.HEADLINE, method) for method in ("stage", "vitality")]
        best = max((row["csi"] for row in rivals if row), default=None)
        ratio = own["csi"] / best if own and best else None
        words = f"{record}, target A, {tables.HEADLINE} years: CSI over the better of stage and vitality"
        body.append(
            [
                words,
                f"at least {TIMES_BETTER}",
                tables.figure(ratio),
                _verdict(ratio is not None and ratio >= TIMES_BETTER),
            ]
        )
    ours = test.filter("is_ours").to_dicts()
    for name, title in tables.MEASURES:
        known = [row for row in ours if row.get(f"diff_{name}_low") is not None]
        above = sum(row[f"diff_{name}_low"] > 0 for row in known)
        below = sum(row[f"diff_{name}_high"] < 0 for row in known)
        words = (
            f"{title}: interval of the difference from the best baseline above 0, over records, horizons and targets"
        )
        body.append(
            [words, f"{len(known)} of {len(known)}", f"{above} (below 0: {below})", _verdict(above == len(known))]
        )
    slopes = [row["calibration_slope"] for row in ours if row["calibration_slope"] is not None]
    within = sum(SLOPE[0] <= slope <= SLOPE[1] for slope in slopes)
    words = f"calibration slope {SLOPE[0]} to {SLOPE[1]}, where at least 100 came true"
    body.append([words, f"{len(slopes)} of {len(slopes)}", str(within), _verdict(within == len(slopes))])
    return tables.table(["aim", "asked", "reached", ""], body)


def _goal(words: str, asked: str, own: Row | None, measure: str, least: float) -> list[str]:
    if own is None:
        return [words, asked, "–", "not measured"]
    reached = f"{tables.figure(own[measure])} ({tables.span_of(own[f'{measure}_low'], own[f'{measure}_high'])})"
    return [words, asked, f"{reached}; base rate {tables.figure(own['base_rate'])}", _verdict(own[measure] >= least)]


def _verdict(reached: bool) -> str:
    return "reached" if reached else "not reached"


def _row(pooled: pl.DataFrame, record: str, target: str, horizon: int, method: str) -> Row | None:
    own = pooled.filter(
        (pl.col("record") == record)
        & (pl.col("target") == target)
        & (pl.col("horizon") == horizon)
        & (pl.col("method") == method)
    )
    return own.row(0, named=True) if own.height else None

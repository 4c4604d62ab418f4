"""The record of an invented observation: earlier years forecast again, beside simple rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

# ranking -> precision among the first 20, pooled
RANKINGS = {
    "trend": 0.46,
    "relative_gain": 0.39,
    "growth_last_year": 0.31,
    "growth_five_years": 0.34,
    "burst_weight": 0.24,
    "porter_carley": 0.29,
    "youngest_growing": 0.27,
    "size": 0.06,
}
YEARS = range(2008, 2014)
SCORED, TAKE_OFFS, GROUPS = 410, 38, 31
INTERVALS = ("precision_20", "precision_50", "average_precision")


def record_tables(technologies: pl.DataFrame, as_of: int, horizon: int) -> dict[str, pl.DataFrame]:
    """Tables record, gains, past_forecasts, cases, reliability, leads and universe."""
    past = _past_forecasts(technologies)
    return {
        "record": _record(horizon),
        "gains": _gains(),
        "past_forecasts": past,
        "cases": _cases(past),
        "reliability": _reliability(),
        "leads": _leads(),
        "universe": _universe(technologies),
    }


def _record(horizon: int) -> pl.DataFrame:
    rows = []
    for place, (ranking, precision) in enumerate(RANKINGS.items()):
        for year in (*YEARS, None):
            turn = 0 if year is None else 0.05 * ((year + place) % 3 - 1)
            times = len(YEARS) if year is None else 1
            scores = {
                "precision_20": precision + turn,
                "precision_50": 0.75 * precision + turn / 2,
                "average_precision": 0.6 * precision + 0.05 + turn / 2,
            }
            row: dict[str, Any] = {
                "horizon": horizon,
                "ranking": ranking,
                "is_used": ranking == "trend",
            }
            row |= {
                "year": year,
                "scored_count": times * SCORED,
                "take_off_count": times * TAKE_OFFS,
            }
            row |= {"group_count": times * GROUPS, "base_rate": TAKE_OFFS / SCORED}
            row |= {
                "expected_by_chance": times * 2.4,
                **scores,
                "ceiling_20": 1.0,
                "ceiling_50": 0.62,
            }
            row |= {"recall_100": 0.9 * precision + 0.3 + turn, "auc": 0.5 + 0.6 * precision}
            is_chance = ranking == "trend"
            row |= {
                "brier": 0.071 if is_chance else None,
                "brier_skill": 0.14 if is_chance else None,
            }
            row |= {"calibration_slope": 0.97 if is_chance and year is None else None}
            for name in INTERVALS:
                row |= {f"{name}_low": max(0.0, scores[name] - 0.07) if year is None else None}
                row |= {f"{name}_high": scores[name] + 0.07 if year is None else None}
            rows.append(row)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.sort(~pl.col("is_used"), "ranking", "year", nulls_last=True)


def _gains() -> pl.DataFrame:
    rows = [
        ("trend", against, measure, gain, gain - 0.05, gain + 0.05, len(YEARS))
        for against, lead in (("relative_gain", 0.0), ("growth_last_year", 0.08))
        for measure, gain in (
            ("average_precision", 0.04 + lead),
            ("precision_20", 0.07 + lead),
            ("precision_50", 0.05 + lead),
        )
    ]
    columns = ("ranking", "against", "measure", "gain", "low", "high", "years_count")
    return pl.DataFrame(rows, schema=columns, orient="row").sort("ranking", "against", "measure")


def _past_forecasts(technologies: pl.DataFrame) -> pl.DataFrame:
    """The first 100 of each earlier year, the forty names again and again with a number."""
    rng = np.random.default_rng(11)
    names = technologies.filter(pl.col("status") == "scored")["name"].to_list()
    rows = []
    for year in YEARS:
        chances = np.sort(rng.beta(1.2, 3, 100))[::-1].round(4)
        came = rng.random(100) < chances
        ratios = np.where(came, 1.5 + rng.gamma(2, 0.4, 100), 1.5 * rng.random(100)).round(3)
        for rank, (chance, outcome, ratio) in enumerate(zip(chances, came, ratios, strict=True), 1):
            place = (rank * 7 + year) % 100
            name = names[place % 40] + ("" if place < 40 else f" {place // 40 + 1}")
            row = (
                year,
                rank,
                f"t{year}-{place:03d}",
                name,
                chance,
                400 - 3 * rank,
                (400 - 3 * rank) / 40000,
            )
            rows.append((*row, bool(outcome), ratio))
    columns = (
        "forecast_year",
        "rank",
        "technology_id",
        "name",
        "probability",
        "documents_count",
        "share",
    )
    return pl.DataFrame(rows, schema=[*columns, "outcome", "outcome_ratio"], orient="row")


def _cases(past: pl.DataFrame) -> pl.DataFrame:
    listed = pl.col("rank") <= 20
    kinds = {
        "hit": (listed & pl.col("outcome"), ("kept_rising", "sudden_rise", "newborn_grew")),
        "false_alarm": (
            listed & ~pl.col("outcome"),
            ("one_year_peak", "near_threshold", "came_later"),
        ),
        "miss": (~listed & pl.col("outcome"), ("sudden_rise", "turned_round", "within_noise")),
    }
    frames = []
    for kind, (which, reasons) in kinds.items():
        some = past.filter(which).group_by("forecast_year", maintain_order=True).head(4)
        told = [reasons[place % 3] for place in range(some.height)]
        frames.append(some.with_columns(kind=pl.lit(kind), reason=pl.Series(told)))
    columns = ("forecast_year", "kind", "rank", "name", "probability", "outcome_ratio", "reason")
    return pl.concat(frames).select(columns).sort("forecast_year", "kind", "rank")


def _reliability() -> pl.DataFrame:
    predicted = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85])
    observed = predicted + np.array([0, 0.01, -0.01, 0.02, -0.03, 0.04, -0.02, 0.03])
    spread = np.array([0.01, 0.02, 0.03, 0.05, 0.07, 0.09, 0.1, 0.12])
    counts = [1100, 520, 340, 210, 120, 80, 50, 40]
    bounds = {"low": (observed - spread).clip(0, 1), "high": (observed + spread).clip(0, 1)}
    return pl.DataFrame({"predicted": predicted, "observed": observed, **bounds, "n": counts})


def _leads() -> pl.DataFrame:
    values = {
        "median_lead": 2.0,
        "share_one_year": 0.71,
        "share_three_years": 0.33,
        "share_two_years": 0.52,
    }
    rows = [
        (
            group,
            measure,
            round(value * scale, 3),
            round(value * scale * 0.8, 3),
            round(value * scale * 1.15, 3),
            48,
        )
        for group, scale in (("controls", 0.4), ("universe", 1.0))
        for measure, value in values.items()
    ]
    return pl.DataFrame(
        rows, schema=["group", "measure", "value", "low", "high", "universe_count"], orient="row"
    )


def _universe(technologies: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for place, name in enumerate(technologies["name"].head(24).to_list()):
        passed = 2010 + place % 7
        lead = None if place % 5 == 4 else place % 4
        first, best = (None, None) if lead is None else (passed - lead, 1 + 5 * place)
        rows.append((name, passed, first, lead, best))
    columns = ("name", "passed_year", "first_listed_year", "lead_years", "best_rank")
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None).sort("name")

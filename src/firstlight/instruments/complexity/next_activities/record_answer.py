"""What the record of opportunities says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.complexity.next_activities.record_tables import FEWEST_EVENTS
from firstlight.texts import (
    Change,
    Code,
    Count,
    Message,
    Number,
    Phrase,
    Share,
    Value,
    message,
)


def years(count: int) -> Phrase:
    """So many years, in words."""
    return Phrase(Message("phrases.years", {"count": Count(count)}))


def record_messages(table: pl.DataFrame, horizon: int, target: str = "entry") -> list[Message]:
    """Ensemble, best single measure and best null model side by side, and what is above the null
    model.

    table  : of an ``OpportunityRecord``
    target : entry, exit or growth
    """
    rows = table.filter(pl.col("target") == target)
    if not rows.height:
        return []
    ensemble, single, null = (
        rows.filter(pl.col("kind") == kind).row(0, named=True)
        for kind in ("ensemble", "single", "null")
    )
    values: dict[str, Value[Any]] = {
        "span": years(horizon),
        "count": Count(ensemble["forecast_year_count"]),
        "base_rate": Share(ensemble["base_rate_share"], digits=1),
        "ensemble": _precision(ensemble),
        "single": Code(f"codes.score.{single['score']}"),
        "single_precision": _precision(single),
        "null": Code(f"codes.null_model.{null['score']}"),
        "null_precision": _precision(null),
    }
    said = [message(target, **values), _over_single(ensemble)]
    if ensemble["over_null_low_share"] is not None:
        said.append(_over_null(ensemble, single))
    return said


def _precision(row: Mapping[str, Any]) -> Share:
    return Share(row["average_precision_share"], digits=1)


def _over_single(ensemble: Mapping[str, Any]) -> Message:
    gap, low, high = (ensemble[f"over_single{part}_share"] for part in ("", "_low", "_high"))
    values: dict[str, Value[Any]] = {
        "points": Number(abs(100 * gap), digits=1),
        "side": Code("codes.side.below" if gap < 0 else "codes.side.above"),
    }
    if low is None or high is None:
        return message("over_single", **values)
    ends = {"low": Change(100 * low, digits=1), "high": Change(100 * high, digits=1)}
    return message("over_single_interval", **values, **ends)


def _over_null(ensemble: Mapping[str, Any], single: Mapping[str, Any]) -> Message:
    """Whether anything beats the best null model beyond chance."""
    is_above = [
        row["over_null_low_share"] is not None and row["over_null_low_share"] > 0
        for row in (ensemble, single)
    ]
    if all(is_above):
        return message("both_over_null")
    if is_above[0]:
        return message("ensemble_over_null")
    return message("single_over_null") if is_above[1] else message("none_over_null")


def record_conventions(horizon: int, resamples: int) -> list[Message]:
    """How the record was made."""
    return [
        message("past_alone", horizon=Count(horizon)),
        *map(message, ("learns", "directions", "candidates", "same_ranks", "hindsight")),
        message("intervals", count=Count(resamples), fewest=Count(FEWEST_EVENTS)),
    ]

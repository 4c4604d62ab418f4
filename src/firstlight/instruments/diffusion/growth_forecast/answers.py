"""What growth curves say: messages, the answer first."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.texts import (
    Code,
    Count,
    Figure,
    Message,
    Name,
    Number,
    Share,
    Value,
    message,
    names,
)

MOST_NAMED = 3
HALF = 0.5  # share of saturation below which a technology is early


def said(
    technologies: pl.DataFrame,
    record: pl.DataFrame,
    *,
    is_limited: bool,
    is_kind_read: bool,
    has_totals: bool,
) -> tuple[Message, ...]:
    """How far technologies have come, how many were read and how, and the record.

    technologies, record : the tables of `growth`
    is_limited   : whether a ceiling is given
    is_kind_read : whether what the values are was read from them
    has_totals   : whether the values are parts of totals
    """
    computed = technologies.filter(pl.col("reason").is_null())
    return (
        *_answer(computed),
        _coverage(technologies, computed, is_limited),
        *_left_out(technologies),
        *(_read_as(computed, is_limited or has_totals) if is_kind_read else []),
        *_below_reached(computed),
        *_record(record),
    )


def _answer(computed: pl.DataFrame) -> list[Message]:
    """How far the only technology has come, or which ones are furthest from saturation."""
    if computed.height == 1:
        return [_of_one(computed.row(0, named=True))]
    early = computed.filter(pl.col("fraction_share") < HALF).sort("fraction_share", "technology")
    if not early.height:
        return [message("none_early")]
    first = early.row(0, named=True)
    technology = Name(first["technology"])
    if first["saturation_high"] is None:
        lines = [message("early_without_end", technology=technology)]
    else:
        share = Share(first["fraction_share"])
        lines = [message("early", technology=technology, share=share)]
    if early.height > 1:
        lines.append(message("next", technologies=_names(early[1:])))
    return lines


def _of_one(row: dict[str, Any]) -> Message:
    if row["saturation"] is None or row["saturation_low"] is None:
        return message("no_end", technology=Name(row["technology"]))
    values: dict[str, Value[Any]] = {
        "technology": Name(row["technology"]),
        "share": Share(row["fraction_share"]),
        "saturation": Figure(row["saturation"]),
        "low": Figure(row["saturation_low"]),
    }
    if row["saturation_high"] is None:
        return message("reached_open", **values)
    return message("reached", **values, high=Figure(row["saturation_high"]))


def _coverage(technologies: pl.DataFrame, computed: pl.DataFrame, is_limited: bool) -> Message:
    values = {"known": Count(computed.height), "count": Count(technologies.height)}
    if is_limited:
        return message("coverage_under_ceiling", **values)
    return message("coverage", **values, bounded=Count(computed["saturation_high"].count()))


def _left_out(technologies: pl.DataFrame) -> list[Message]:
    left = technologies.drop_nulls("reason")
    if not left.height:
        return []
    technology, reason = left.select("technology", "reason").row(0)
    first = {"technology": Name(technology), "reason": Code(f"codes.reason.{reason}")}
    return [message("left_out", count=Count(left.height), **first)]


def _read_as(computed: pl.DataFrame, is_share: bool) -> list[Message]:
    """What values were taken for, where nobody says; a share is a level for sure."""
    kinds = ("cumulative",) if is_share else ("cumulative", "level")
    return [
        message(kind, technologies=_names(taken))
        for kind in kinds
        if (taken := computed.filter(kind=kind)).height
    ]


def _below_reached(computed: pl.DataFrame) -> list[Message]:
    below = computed.drop_nulls("caution")
    return [message("below_reached", technologies=_names(below))] if below.height else []


def _names(rows: pl.DataFrame) -> Value[Any]:
    return names(rows["technology"], most=MOST_NAMED)


def _record(record: pl.DataFrame) -> list[Message]:
    if not record.height:
        return []
    ours = record.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "count": Count(ours["technologies_count"]),
        "forecasts": Count(ours["forecasts_count"]),
        "held": Share(ours["coverage_80"]),
    }
    if ours["rmse_ratio"] is None:
        return [message("record_without_ratio", **values)]
    return [message("record", **values, ratio=Number(ours["rmse_ratio"]))]

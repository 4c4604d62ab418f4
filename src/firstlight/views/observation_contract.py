"""What every view may count on: the tables and columns of an observation of take-off, and its first
lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.texts import Message, Name, message, message_from_json, names

VIEWS = Path(__file__).parent
Tables = Mapping[str, pl.DataFrame]
Facts = Mapping[str, Any]
Schema = Mapping[str, Any]

REQUIRED_FACTS = (
    "title",
    "kind",
    "as_of",
    "horizon",
    "factor",
    "gain",
    "ranking",
    "is_future_known",
    "first_lines",
    "brief",
)
_TECHNOLOGY: Schema = {"technology_id": pl.String}
_COUNTED: Schema = {"documents_count": pl.Int64, "share": pl.Float64}
_BAND = dict.fromkeys(("p10", "p25", "p50", "p75", "p90", "threshold_share"), pl.Float64)

# table -> column -> type; a table may hold more columns, and views that export tables export all of
# them
SCHEMAS: Mapping[str, Schema] = {
    "technologies": {
        "rank": pl.Int64,
        **_TECHNOLOGY,
        "name": pl.String,
        "name_zh": pl.String,
        "same_as": pl.String,
        "members": pl.List(pl.String),
        "status": pl.String,
        "area": pl.String,
        "area_probability": pl.Float64,
        "theme_id": pl.String,
        "theme": pl.String,
        "theme_zh": pl.String,
        "first_year": pl.Int64,
        "documents_count": pl.Int64,
        "documents_total_count": pl.Int64,
        "share": pl.Float64,
        "share_before": pl.Float64,
        "growth_last_year": pl.Float64,
        "is_newborn": pl.Boolean,
        "growth_five_years": pl.Float64,
        "score": pl.Float64,
        "probability": pl.Float64,
        "probability_low": pl.Float64,
        "probability_high": pl.Float64,
        "threshold_share": pl.Float64,
        "advice": pl.String,
        "advice_reason": pl.String,
        "advice_change": pl.String,
        "stage": pl.String,
        "outcome": pl.Boolean,
        "outcome_share": pl.Float64,
        "outcome_ratio": pl.Float64,
        "x": pl.Float64,
        "y": pl.Float64,
    },
    "history": {**_TECHNOLOGY, "year": pl.Int64, **_COUNTED, "is_future": pl.Boolean},
    "fan": {**_TECHNOLOGY, "year": pl.Int64, **_BAND},
    "forms": {
        **_TECHNOLOGY,
        "form": pl.String,
        "kind": pl.String,
        "documents_count": pl.Int64,
        "rule": pl.String,
        "evidence": pl.Float64,
    },
    "themes": {
        "theme_id": pl.String,
        "name": pl.String,
        "name_zh": pl.String,
        "technologies_count": pl.Int64,
        **_COUNTED,
        "growth_five_years": pl.Float64,
        "top": pl.List(pl.String),
    },
    "links": {**_TECHNOLOGY, "other_id": pl.String, "weight": pl.Float64},
    "leaders": {
        **_TECHNOLOGY,
        "kind": pl.String,
        "period": pl.String,
        "name": pl.String,
        **_COUNTED,
        "whole_share": pl.Float64,
    },
    "documents": {
        **_TECHNOLOGY,
        "role": pl.String,
        "position": pl.Int64,
        "document_id": pl.String,
        "date": pl.Date,
        "title": pl.String,
        "venue": pl.String,
        "link": pl.String,
    },
    "near_duplicates": {
        "document_id": pl.String,
        "other_id": pl.String,
        "similarity": pl.Float64,
        "title": pl.String,
        "other_title": pl.String,
    },
    "dropped": {
        "term": pl.String,
        "documents_count": pl.Int64,
        "rule": pl.String,
        "evidence": pl.Float64,
        "into": pl.String,
    },
    "changes": {
        "kind": pl.String,
        **_TECHNOLOGY,
        "name": pl.String,
        "other_name": pl.String,
        "earlier_rank": pl.Int64,
        "rank": pl.Int64,
        "earlier_probability": pl.Float64,
        "probability": pl.Float64,
        "earlier_documents_count": pl.Int64,
        "documents_count": pl.Int64,
        "earlier_share": pl.Float64,
        "share": pl.Float64,
        "reason": pl.String,
    },
    "own_names": {
        "row": pl.Int64,
        "name": pl.String,
        "action": pl.String,
        "to": pl.String,
        **_TECHNOLOGY,
    },
    "named": {
        **_TECHNOLOGY,
        "language": pl.String,
        "old_name": pl.String,
        "name": pl.String,
        "description": pl.String,
        "outcome": pl.String,
        "model": pl.String,
        "prompt_sha256": pl.String,
        "evidence_sha256": pl.String,
        "answered": pl.Date,
    },
    "record": {
        "horizon": pl.Int64,
        "ranking": pl.String,
        "is_used": pl.Boolean,
        "year": pl.Int64,
        "scored_count": pl.Int64,
        "take_off_count": pl.Int64,
        "group_count": pl.Int64,
        "base_rate": pl.Float64,
        "expected_by_chance": pl.Float64,
        "precision_20": pl.Float64,
        "precision_20_low": pl.Float64,
        "precision_20_high": pl.Float64,
        "precision_50": pl.Float64,
        "precision_50_low": pl.Float64,
        "precision_50_high": pl.Float64,
        "ceiling_20": pl.Float64,
        "ceiling_50": pl.Float64,
        "recall_100": pl.Float64,
        "average_precision": pl.Float64,
        "average_precision_low": pl.Float64,
        "average_precision_high": pl.Float64,
        "auc": pl.Float64,
        "brier": pl.Float64,
        "brier_skill": pl.Float64,
        "calibration_slope": pl.Float64,
    },
    "gains": {
        "ranking": pl.String,
        "against": pl.String,
        "measure": pl.String,
        "gain": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "years_count": pl.Int64,
    },
    "past_forecasts": {
        "forecast_year": pl.Int64,
        "rank": pl.Int64,
        **_TECHNOLOGY,
        "name": pl.String,
        "probability": pl.Float64,
        **_COUNTED,
        "outcome": pl.Boolean,
        "outcome_ratio": pl.Float64,
    },
    "cases": {
        "forecast_year": pl.Int64,
        "kind": pl.String,
        "rank": pl.Int64,
        "name": pl.String,
        "probability": pl.Float64,
        "outcome_ratio": pl.Float64,
        "reason": pl.String,
    },
    "reliability": {
        "predicted": pl.Float64,
        "observed": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "n": pl.Int64,
    },
    "leads": {
        "group": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "universe_count": pl.Int64,
    },
    "universe": {
        "name": pl.String,
        "passed_year": pl.Int64,
        "first_listed_year": pl.Int64,
        "lead_years": pl.Int64,
        "best_rank": pl.Int64,
    },
    "new_links": {
        "rank": pl.Int64,
        **_TECHNOLOGY,
        "name": pl.String,
        "other_id": pl.String,
        "other_name": pl.String,
        "probability": pl.Float64,
        "documents_count": pl.Int64,
        "other_documents_count": pl.Int64,
        "shared_count": pl.Int64,
        "common_count": pl.Int64,
        "common": pl.List(pl.String),
        "outcome": pl.Boolean,
        "outcome_count": pl.Int64,
    },
    "new_links_record": {
        "ranking": pl.String,
        "is_used": pl.Boolean,
        "year": pl.Int64,
        "years_count": pl.Int64,
        "candidates_count": pl.Int64,
        "new_links_count": pl.Int64,
        "base_rate": pl.Float64,
        **dict.fromkeys(("precision_20", "precision_20_low", "precision_20_high"), pl.Float64),
        **dict.fromkeys(("precision_50", "precision_50_low", "precision_50_high"), pl.Float64),
        **dict.fromkeys(("precision_100", "precision_100_low", "precision_100_high"), pl.Float64),
        **dict.fromkeys(
            ("average_precision", "average_precision_low", "average_precision_high"), pl.Float64
        ),
        **dict.fromkeys(("auc", "auc_low", "auc_high"), pl.Float64),
    },
    "precedents": {
        **_TECHNOLOGY,
        "position": pl.Int64,
        "precedent_id": pl.String,
        "name": pl.String,
        "year": pl.Int64,
        "first_year": pl.Int64,
        "documents_count": pl.Int64,
        "outcome": pl.Boolean,
        "outcome_ratio": pl.Float64,
    },
    "precedents_record": {
        "year": pl.Int64,
        "scored_count": pl.Int64,
        "take_off_count": pl.Int64,
        "cases_count": pl.Int64,
        "base_rate": pl.Float64,
        **dict.fromkeys(("auc", "auc_low", "auc_high", "brier", "base_brier"), pl.Float64),
        **dict.fromkeys(("brier_skill", "brier_skill_low", "brier_skill_high"), pl.Float64),
        **dict.fromkeys(("chance_auc", "chance_brier", "chance_brier_skill"), pl.Float64),
    },
    "areas_summary": {
        "area": pl.String,
        "technologies_count": pl.Int64,
        "scored_count": pl.Int64,
        "first_ten_count": pl.Int64,
        "best_name": pl.String,
    },
    "years": {"year": pl.Int64, "documents_count": pl.Int64, "is_complete": pl.Boolean},
    "warnings": {
        "code": pl.String,
        "severity": pl.String,
        "values": pl.String,
        "section": pl.String,
    },
    "set_aside": {
        "reason": pl.String,
        "reason_zh": pl.String,
        "documents_count": pl.Int64,
        "example": pl.String,
    },
}


def checked_tables(tables: Tables) -> Tables:
    """The tables, if each of the contract is there with its columns.

    Raises InputError naming the first that is absent.
    """
    for name, schema in SCHEMAS.items():
        if name not in tables:
            raise InputError(message("table_lacks", table=Name(name)), VIEWS)
        lacking = [column for column in schema if column not in tables[name].columns]
        if lacking:
            column = Name(lacking[0])
            raise InputError(message("column_lacks", table=Name(name), column=column), VIEWS)
    return tables


def checked_facts(facts: Facts) -> Facts:
    """The facts, if those that views need are there.

    Raises InputError naming those that are absent.
    """
    lacking = [name for name in REQUIRED_FACTS if name not in facts]
    if lacking:
        raise InputError(message("facts_lack", facts=names(lacking, len(lacking))), VIEWS)
    return facts


def first_lines(facts: Facts) -> list[Message]:
    """The first lines of every view, in their order."""
    return [message_from_json(line) for line in facts["first_lines"]]


def warning_message(row: Mapping[str, Any]) -> Message:
    """What a row of the table of warnings says."""
    return message_from_json(json.loads(row["values"]))

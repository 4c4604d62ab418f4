"""The tables of an observation and their columns, as they are made, kept and shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.texts import language_columns

Schema = Mapping[str, Any]

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
        "bet": pl.String,
        "status": pl.String,
        "area": pl.String,
        "area_probability": pl.Float64,
        **dict.fromkeys(("theme_id", "theme", "theme_zh"), pl.String),
        "first_year": pl.Int64,
        "documents_count": pl.Int64,
        "documents_total_count": pl.Int64,
        "share": pl.Float64,
        "share_before": pl.Float64,
        "growth_last_year": pl.Float64,
        "is_newborn": pl.Boolean,
        "growth_five_years": pl.Float64,
        "score": pl.Float64,
        **dict.fromkeys(("probability", "probability_low", "probability_high"), pl.Float64),
        "threshold_share": pl.Float64,
        **dict.fromkeys(("advice", "advice_reason", "advice_change"), pl.String),
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
        **dict.fromkeys(("theme_id", "name", "name_zh"), pl.String),
        "technologies_count": pl.Int64,
        **_COUNTED,
        "growth_five_years": pl.Float64,
        "top": pl.List(pl.String),
    },
    "links": {**_TECHNOLOGY, "other_id": pl.String, "weight": pl.Float64},
    "leaders": {
        **_TECHNOLOGY,
        **dict.fromkeys(("kind", "period", "name"), pl.String),
        **_COUNTED,
        "whole_share": pl.Float64,
    },
    "documents": {
        **_TECHNOLOGY,
        "role": pl.String,
        "position": pl.Int64,
        "document_id": pl.String,
        "date": pl.Date,
        **dict.fromkeys(("title", "venue", "link"), pl.String),
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
        **dict.fromkeys(("kind", "technology_id", "name", "other_name"), pl.String),
        **dict.fromkeys(("earlier_rank", "rank"), pl.Int64),
        **dict.fromkeys(("earlier_probability", "probability"), pl.Float64),
        **dict.fromkeys(("earlier_documents_count", "documents_count"), pl.Int64),
        **dict.fromkeys(("earlier_share", "share"), pl.Float64),
        "reason": pl.String,
    },
    "own_names": {
        "row": pl.Int64,
        **dict.fromkeys(("name", "action", "to"), pl.String),
        **_TECHNOLOGY,
    },
    "named": {
        **_TECHNOLOGY,
        **dict.fromkeys(("language", "old_name", "name", "description"), pl.String),
        **dict.fromkeys(("outcome", "model", "prompt_sha256"), pl.String),
        "evidence_sha256": pl.String,
        "answered": pl.Date,
    },
    "record": {
        "horizon": pl.Int64,
        "ranking": pl.String,
        "is_used": pl.Boolean,
        "year": pl.Int64,
        **dict.fromkeys(("scored_count", "take_off_count", "group_count"), pl.Int64),
        **dict.fromkeys(("base_rate", "expected_by_chance"), pl.Float64),
        **dict.fromkeys(("precision_20", "precision_20_low", "precision_20_high"), pl.Float64),
        **dict.fromkeys(("precision_50", "precision_50_low", "precision_50_high"), pl.Float64),
        **dict.fromkeys(
            ("ceiling_20", "ceiling_50", "recall_100", "average_precision"), pl.Float64
        ),
        **dict.fromkeys(("average_precision_low", "average_precision_high", "auc"), pl.Float64),
        **dict.fromkeys(("brier", "brier_skill", "calibration_slope"), pl.Float64),
    },
    "gains": {
        **dict.fromkeys(("ranking", "against", "measure"), pl.String),
        **dict.fromkeys(("gain", "low", "high"), pl.Float64),
        "years_count": pl.Int64,
    },
    "past_forecasts": {
        **dict.fromkeys(("forecast_year", "rank"), pl.Int64),
        **dict.fromkeys(("technology_id", "name"), pl.String),
        "probability": pl.Float64,
        "documents_count": pl.Int64,
        "share": pl.Float64,
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
        **dict.fromkeys(("predicted", "observed", "low", "high"), pl.Float64),
        "n": pl.Int64,
    },
    "leads": {
        "group": pl.String,
        "measure": pl.String,
        **dict.fromkeys(("value", "low", "high"), pl.Float64),
        "universe_count": pl.Int64,
    },
    "universe": {
        "name": pl.String,
        **dict.fromkeys(("passed_year", "first_listed_year", "lead_years"), pl.Int64),
        "best_rank": pl.Int64,
    },
    "new_links": {
        "rank": pl.Int64,
        **_TECHNOLOGY,
        **dict.fromkeys(("name", "other_id", "other_name"), pl.String),
        "probability": pl.Float64,
        **dict.fromkeys(("documents_count", "other_documents_count"), pl.Int64),
        **dict.fromkeys(("shared_count", "common_count"), pl.Int64),
        "common": pl.List(pl.String),
        "outcome": pl.Boolean,
        "outcome_count": pl.Int64,
    },
    "new_links_record": {
        "ranking": pl.String,
        "is_used": pl.Boolean,
        **dict.fromkeys(("year", "years_count", "candidates_count"), pl.Int64),
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
        **dict.fromkeys(("year", "first_year", "documents_count"), pl.Int64),
        "outcome": pl.Boolean,
        "outcome_ratio": pl.Float64,
    },
    "precedents_record": {
        **dict.fromkeys(("year", "scored_count", "take_off_count"), pl.Int64),
        "cases_count": pl.Int64,
        "base_rate": pl.Float64,
        **dict.fromkeys(("auc", "auc_low", "auc_high", "brier", "base_brier"), pl.Float64),
        **dict.fromkeys(("brier_skill", "brier_skill_low", "brier_skill_high"), pl.Float64),
        **dict.fromkeys(("chance_auc", "chance_brier", "chance_brier_skill"), pl.Float64),
    },
    "areas_summary": {
        "area": pl.String,
        **dict.fromkeys(("technologies_count", "scored_count"), pl.Int64),
        "first_ten_count": pl.Int64,
        "best_name": pl.String,
    },
    "years": {"year": pl.Int64, "documents_count": pl.Int64, "is_complete": pl.Boolean},
    "warnings": {
        **dict.fromkeys(("code", "severity", "values", "section"), pl.String),
    },
    "set_aside": {
        **dict.fromkeys(language_columns("reason"), pl.String),
        "documents_count": pl.Int64,
        "example": pl.String,
    },
}


def columns_of(**wanted: Iterable[str]) -> dict[str, Schema]:
    """Table -> some of its columns, with their types.

    >>> columns_of(years=["year"])
    {'years': {'year': Int64}}
    """
    return {table: {name: SCHEMAS[table][name] for name in own} for table, own in wanted.items()}

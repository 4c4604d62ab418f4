"""What every view may count on: the tables of an observation, their columns, and the order of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError

__all__ = ["COLUMNS", "KEYS", "checked", "groups", "required_facts"]

Tables = Mapping[str, pl.DataFrame]
Facts = Mapping[str, Any]
Row = dict[str, Any]

# table -> the columns that views read (a table may hold more; views that export tables export all of them)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "technologies": (
        *("rank", "technology_id", "label", "area_code", "area_probability", "subfield_code", "first_year"),
        *("documents_count", "documents_total_count", "share", "growth_share"),
        *("probability", "probability_low", "probability_high"),
        *("probability_since_peak", "probability_since_peak_low", "probability_since_peak_high"),
        *("event", "event_detail", "x", "y", "outcome", "outcome_growth"),
    ),
    "history": ("technology_id", "year", "documents_count", "share", "is_after"),
    "fan": ("technology_id", "year", "share_p10", "share_p25", "share_p50", "share_p75", "share_p90"),
    "terms": ("technology_id", "rank", "term", "weight", "documents_count", "first_year"),
    "links": ("technology_id", "other_id", "weight"),
    "shares": ("technology_id", "kind", "name", "documents_count", "share", "whole_share"),
    "indicators": ("technology_id", "indicator", "value", "percentile"),
    "indicator_words": ("indicator", "unit", "title_en", "title_zh", "sentence_en", "sentence_zh", "citation"),
    "reasons": ("technology_id", "indicator", "contribution", "value"),
    "record": (
        *("target", "method", "title_en", "title_zh", "is_ours", "forecast_year", "n", "positives", "base_rate"),
        *("coverage", "csi", "csi_low", "csi_high", "ets", "ets_low", "ets_high", "auc", "auc_low", "auc_high"),
        *("brier", "brier_skill", "precision_20"),
    ),
    "reliability": ("target", "bin", "predicted", "observed", "n"),
    "cases": (
        *("forecast_year", "kind", "technology_id", "label", "probability", "growth", "reason", "why_en", "why_zh"),
        *("drivers_en", "drivers_zh", "path_first_year", "path"),
    ),
    "case_reasons": ("forecast_year", "kind", "reason", "n"),
    "past_forecasts": (
        *("forecast_year", "rank", "technology_id", "label", "probability", "is_called", "growth", "is_exceptional"),
    ),
    "precedents": (
        *("technology_id", "rank", "precedent_id", "precedent_label", "precedent_year", "similarity"),
        *("documents_count", "growth", "is_exceptional", "path_first_year", "path"),
    ),
    "precedent_outcomes": (
        *("technology_id", "age", "similar_count", "took_off_count", "took_off_share", "took_off_share_low"),
        *("took_off_share_high", "known_count", "base_rate"),
    ),
    "standing": (
        *("technology_id", "like_count", "like_low", "like_high", "came_true_count", "came_true_share"),
        *("came_true_share_low", "came_true_share_high", "rank_first", "rank_last"),
    ),
    "life_cycle": (
        *("technology_id", "stage", "emergence_probability", "growth_probability", "maturity_probability"),
        *("decline_probability", "reason_en", "reason_zh"),
    ),
    "rank_record": ("rank_first", "rank_last", "forecast_year", "n", "came_true_count", "base_rate"),
    "convergence": (
        *("rank", "technology_id", "other_id", "term", "other_term", "documents_count", "other_documents_count"),
        *("common_count", "linked_count", "possible_count", "probability", "company", "breadth", "movement", "context"),
        *("reason_en", "reason_zh", "outcome", "outcome_documents_count"),
    ),
    "convergence_record": (
        *("forecast_year", "method", "title_en", "title_zh", "is_ours", "n", "positives", "base_rate"),
        *("auc", "auc_low", "auc_high", "lead", "lead_low", "lead_high", "listed_count", "precision_50"),
        *("listed_probability",),
    ),
    "years": ("year", "documents_count", "is_complete"),
    "set_aside": ("reason", "documents_count", "example"),
    "duplicates": ("kind", "documents_count"),
    "warnings": ("code", "severity", "text_en", "text_zh"),
    "findings": ("code", "text_en", "text_zh", "sureness_en", "sureness_zh"),
}

# table -> the columns it is sorted by, so that the order of rows handed in never shows; findings keep their own order
KEYS: Mapping[str, tuple[str, ...]] = {
    "technologies": ("rank", "technology_id"),
    "history": ("technology_id", "year"),
    "fan": ("technology_id", "year"),
    "terms": ("technology_id", "rank", "term"),
    "links": ("technology_id", "other_id"),
    "shares": ("technology_id", "kind", "name"),
    "indicators": ("technology_id", "indicator"),
    "indicator_words": (),
    "reasons": ("technology_id", "indicator"),
    "record": (),
    "reliability": ("target", "bin"),
    "cases": ("forecast_year", "kind", "technology_id"),
    "case_reasons": ("forecast_year", "kind", "reason"),
    "past_forecasts": ("forecast_year", "rank", "technology_id"),
    "precedents": ("technology_id", "rank"),
    "precedent_outcomes": ("technology_id",),
    "life_cycle": ("technology_id",),
    "standing": ("technology_id",),
    "rank_record": ("rank_first", "forecast_year"),
    "convergence": ("rank", "technology_id", "other_id"),
    "convergence_record": (),
    "years": ("year",),
    "set_aside": ("reason", "example"),
    "duplicates": ("kind",),
    "warnings": (),
    "findings": (),
}


def checked(tables: Tables) -> dict[str, pl.DataFrame]:
    """The tables of an observation, each with its columns present and its rows in one fixed order.

    A table without rows may come without columns. ``findings``, ``warnings``, ``record`` and ``indicator_words`` keep
    the order in which they came, which means something.

    Raises InputError naming the table and the columns that are absent.

    >>> checked({name: pl.DataFrame() for name in COLUMNS})["years"].columns
    ['year', 'documents_count', 'is_complete']
    """
    return {name: _checked(name, tables) for name in COLUMNS}


def _checked(name: str, tables: Tables) -> pl.DataFrame:
    if name not in tables:
        raise InputError(
            f"the observation has no table {name!r}", where="tables", try_next="run firstlight observe again"
        )
    frame = tables[name]
    absent = [column for column in COLUMNS[name] if column not in frame.columns]
    if absent and frame.height == 0:
        return pl.DataFrame(schema={column: pl.Null for column in COLUMNS[name]})
    if absent:
        raise InputError(
            f"the table {name!r} lacks {', '.join(absent)}",
            where=f"tables[{name!r}]",
            try_next="run firstlight observe again",
        )
    return frame.sort(KEYS[name], nulls_last=True, maintain_order=True) if KEYS[name] else frame


def groups(frame: pl.DataFrame, column: str = "technology_id") -> dict[Any, list[Row]]:
    """The rows of a table by the value of one column, in the order of the table.

    >>> groups(pl.DataFrame({"technology_id": ["b", "a", "b"], "year": [1, 2, 3]}))["b"]
    [{'technology_id': 'b', 'year': 1}, {'technology_id': 'b', 'year': 3}]
    """
    grouped: dict[Any, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        grouped.setdefault(row[column], []).append(row)
    return grouped


def required_facts(facts: Facts, *names: str) -> None:
    """Say which facts are absent, if any are.

    Raises InputError naming them.
    """
    absent = [name for name in names if name not in facts]
    if absent:
        raise InputError(
            f"the observation lacks {', '.join(absent)}", where="facts", try_next="run firstlight observe again"
        )

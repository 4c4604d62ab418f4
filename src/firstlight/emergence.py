"""Emergence: from dated documents or counts to named technologies, forecasts of take-off and their record."""

from __future__ import annotations

from firstlight.instruments.emergence.areas import classify_areas
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.forecast.outlook import outlooks
from firstlight.instruments.emergence.forecast.rules import rule_scores
from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.instruments.emergence.record.take_off import (
    FIVE_YEARS,
    THREE_YEARS,
    Target,
    chance_of_take_off,
    take_offs,
    threshold_share,
)
from firstlight.instruments.emergence.record.track_record import track_record
from firstlight.instruments.emergence.technologies.text_record import read_text
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare
from firstlight.instruments.emergence.text.comparability import comparability

__all__ = [
    "FIVE_YEARS",
    "THREE_YEARS",
    "Target",
    "YearlyCounts",
    "chance_of_take_off",
    "classify_areas",
    "comparability",
    "compare",
    "from_counts",
    "near_duplicates",
    "outlooks",
    "read_text",
    "rule_scores",
    "take_offs",
    "threshold_share",
    "track_record",
]

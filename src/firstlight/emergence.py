"""Emergence: from dated documents or counts to technologies, forecasts and their record."""

from __future__ import annotations

from firstlight.instruments.emergence.areas import classify_areas
from firstlight.instruments.emergence.convergence_table import converging
from firstlight.instruments.emergence.count_forecasts import forecast_counts
from firstlight.instruments.emergence.cut_words import cut_documents
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.identity import follow
from firstlight.instruments.emergence.known_terms import look_up
from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.instruments.emergence.observation import describe
from firstlight.instruments.emergence.precedents import precedents
from firstlight.instruments.emergence.standing import standing
from firstlight.instruments.emergence.survey import survey_year
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.instruments.emergence.track_record import track_record

__all__ = [
    "Forecaster",
    "classify_areas",
    "converging",
    "cut_documents",
    "describe",
    "follow",
    "forecast_counts",
    "look_up",
    "near_duplicates",
    "precedents",
    "standing",
    "survey_counts",
    "survey_year",
    "track_record",
]

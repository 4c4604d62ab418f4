"""Complexity: what places are specialised in, how complex that is, what is related to it, and what is within reach."""

from __future__ import annotations

from firstlight.instruments.complexity.complexity_index import complexity_index, reflections
from firstlight.instruments.complexity.configuration_model import configuration_model
from firstlight.instruments.complexity.crosswalk_growth import growth_by_crosswalk
from firstlight.instruments.complexity.density import outlook
from firstlight.instruments.complexity.economic_complexity import economic_complexity
from firstlight.instruments.complexity.fitness import fitness, genepy
from firstlight.instruments.complexity.opportunities import opportunities
from firstlight.instruments.complexity.opportunity_record import opportunity_record
from firstlight.instruments.complexity.proximity import proximity
from firstlight.instruments.complexity.rarefaction import rarefied_diversity
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.instruments.complexity.sophistication import prody_expy
from firstlight.instruments.complexity.specialisation import PresenceRule, specialisation

__all__ = [
    "PresenceRule",
    "complexity_index",
    "configuration_model",
    "economic_complexity",
    "fitness",
    "genepy",
    "growth_by_crosswalk",
    "opportunities",
    "opportunity_record",
    "outlook",
    "prody_expy",
    "proximity",
    "rarefied_diversity",
    "reflections",
    "related_activities",
    "specialisation",
]

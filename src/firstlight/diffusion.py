"""Diffusion: how technologies grow, spread, learn and replace one another."""

from __future__ import annotations

from firstlight.instruments.diffusion.adoption import adoption
from firstlight.instruments.diffusion.bass_fit import fit_bass
from firstlight.instruments.diffusion.competition import lotka_volterra
from firstlight.instruments.diffusion.following import follow_records
from firstlight.instruments.diffusion.growth_average import forecast_growth
from firstlight.instruments.diffusion.growth_hindcast import growth_hindcast
from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.diffusion.learning import learning
from firstlight.instruments.diffusion.life_cycle import life_cycle
from firstlight.instruments.diffusion.readiness import readiness
from firstlight.instruments.diffusion.same_company import same_company
from firstlight.instruments.diffusion.substitution import substitution
from firstlight.instruments.diffusion.take_off import take_off

__all__ = [
    "adoption",
    "fit_bass",
    "follow_records",
    "forecast_growth",
    "growth_hindcast",
    "lead_lag",
    "learning",
    "life_cycle",
    "lotka_volterra",
    "readiness",
    "same_company",
    "substitution",
    "take_off",
]

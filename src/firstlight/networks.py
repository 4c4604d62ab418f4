"""Networks: who works with whom, who bridges, who could work together, and who contributed what."""

from __future__ import annotations

from firstlight.instruments.networks.brokerage import brokerage
from firstlight.instruments.networks.centrality import centrality
from firstlight.instruments.networks.collaboration import collaboration
from firstlight.instruments.networks.communities import communities
from firstlight.instruments.networks.consortium_record import backtest_consortium
from firstlight.instruments.networks.contribution.atypical_combinations import atypical_combinations
from firstlight.instruments.networks.contribution.disruption import disruption
from firstlight.instruments.networks.contribution.field_impact import field_impact
from firstlight.instruments.networks.contribution.new_combinations import new_combinations
from firstlight.instruments.networks.contribution.profile import contribution
from firstlight.instruments.networks.cooperation import cooperation
from firstlight.instruments.networks.partner_forecast import backtest_partners, forecast_partners
from firstlight.instruments.networks.partners import recommend_consortium
from firstlight.instruments.networks.shapley import explained_variance, shapley
from firstlight.instruments.networks.shapley_intervals import explained_variance_intervals
from firstlight.instruments.networks.talent.graduate_balance import graduate_balance
from firstlight.instruments.networks.talent.relatedness_density import relatedness_density
from firstlight.instruments.networks.talent.skill_relatedness import skill_relatedness
from firstlight.instruments.networks.talent.talent_flows import talent_flows

__all__ = [
    "atypical_combinations",
    "backtest_consortium",
    "backtest_partners",
    "brokerage",
    "centrality",
    "collaboration",
    "communities",
    "contribution",
    "cooperation",
    "disruption",
    "explained_variance",
    "explained_variance_intervals",
    "field_impact",
    "forecast_partners",
    "graduate_balance",
    "new_combinations",
    "recommend_consortium",
    "relatedness_density",
    "shapley",
    "skill_relatedness",
    "talent_flows",
]

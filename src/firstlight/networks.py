"""Networks: who works with whom, who bridges, who could work together, and who contributed what."""

from __future__ import annotations

from firstlight.instruments.networks.brokerage import brokerage
from firstlight.instruments.networks.centrality import centrality
from firstlight.instruments.networks.collaboration import collaboration
from firstlight.instruments.networks.cooperation import cooperation
from firstlight.instruments.networks.partner_forecast import backtest_partners, forecast_partners
from firstlight.instruments.networks.partners import recommend_consortium
from firstlight.instruments.networks.shapley import explained_variance, shapley

__all__ = [
    "backtest_partners",
    "brokerage",
    "centrality",
    "collaboration",
    "cooperation",
    "explained_variance",
    "forecast_partners",
    "recommend_consortium",
    "shapley",
]

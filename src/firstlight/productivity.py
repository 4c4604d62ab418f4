"""Productivity: accounting, frontiers, index numbers, stochastic frontiers, firms, growth drivers."""

from __future__ import annotations

from firstlight.instruments.productivity.accounting.base_stock import (
    ZHANG_JUN,
    ZHANG_JUN_DEPRECIATION,
    BaseStock,
)
from firstlight.instruments.productivity.accounting.capital import (
    capital_stock,
    perpetual_inventory,
)
from firstlight.instruments.productivity.accounting.domar import (
    aggregate_accounts,
    domar_aggregation,
)
from firstlight.instruments.productivity.accounting.factor_shares import Factor
from firstlight.instruments.productivity.accounting.growth_accounting import (
    dual_growth_accounts,
    growth_accounts,
)
from firstlight.instruments.productivity.accounting.growth_drivers import THREE_NEW, growth_drivers
from firstlight.instruments.productivity.accounting.input_services import (
    capital_services,
    labour_input,
)
from firstlight.instruments.productivity.accounting.level_accounting import level_accounts
from firstlight.instruments.productivity.accounting.panel_production import panel_production
from firstlight.instruments.productivity.accounting.productivity_breaks import productivity_breaks
from firstlight.instruments.productivity.accounting.productivity_decomposition import (
    productivity_decomposition,
)
from firstlight.instruments.productivity.firms.markups import markups
from firstlight.instruments.productivity.firms.production_functions import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)
from firstlight.instruments.productivity.firms.productivity_dispersion import (
    productivity_dispersion,
)
from firstlight.instruments.productivity.frontiers.cross_efficiency import cross_efficiency
from firstlight.instruments.productivity.frontiers.envelopment import dea
from firstlight.instruments.productivity.frontiers.free_disposal_hull import fdh
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import bootstrap_dea
from firstlight.instruments.productivity.frontiers.meta_frontier import meta_frontier
from firstlight.instruments.productivity.frontiers.network_frontier import two_stage
from firstlight.instruments.productivity.frontiers.order_m import order_m
from firstlight.instruments.productivity.frontiers.sbm import sbm
from firstlight.instruments.productivity.frontiers.second_stage import second_stage
from firstlight.instruments.productivity.indices.fare_primont import fare_primont
from firstlight.instruments.productivity.indices.hicks_moorsteen import hicks_moorsteen
from firstlight.instruments.productivity.indices.luenberger import luenberger, nonradial_luenberger
from firstlight.instruments.productivity.indices.malmquist import malmquist
from firstlight.instruments.productivity.indices.malmquist_luenberger import malmquist_luenberger
from firstlight.instruments.productivity.indices.meta_malmquist import meta_malmquist
from firstlight.instruments.productivity.indices.tfp_from_prices import tfp_from_prices
from firstlight.instruments.productivity.stochastic.stochastic_frontier import stochastic_frontier

__all__ = [
    "THREE_NEW",
    "ZHANG_JUN",
    "ZHANG_JUN_DEPRECIATION",
    "BaseStock",
    "Factor",
    "ackerberg_caves_frazer",
    "aggregate_accounts",
    "bootstrap_dea",
    "capital_services",
    "capital_stock",
    "cross_efficiency",
    "dea",
    "domar_aggregation",
    "dual_growth_accounts",
    "fare_primont",
    "fdh",
    "growth_accounts",
    "growth_drivers",
    "hicks_moorsteen",
    "labour_input",
    "level_accounts",
    "levinsohn_petrin",
    "luenberger",
    "malmquist",
    "malmquist_luenberger",
    "markups",
    "meta_frontier",
    "meta_malmquist",
    "nonradial_luenberger",
    "olley_pakes",
    "order_m",
    "panel_production",
    "perpetual_inventory",
    "productivity_breaks",
    "productivity_decomposition",
    "productivity_dispersion",
    "sbm",
    "second_stage",
    "stochastic_frontier",
    "tfp_from_prices",
    "two_stage",
    "wooldridge",
]

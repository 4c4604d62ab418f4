from .instruments.productivity.accounting.base_stock import ZHANG_JUN as ZHANG_JUN
from .instruments.productivity.accounting.base_stock import (
    ZHANG_JUN_DEPRECIATION as ZHANG_JUN_DEPRECIATION,
)
from .instruments.productivity.accounting.base_stock import BaseStock as BaseStock
from .instruments.productivity.accounting.capital import capital_stock as capital_stock
from .instruments.productivity.accounting.capital import perpetual_inventory as perpetual_inventory
from .instruments.productivity.accounting.domar import aggregate_accounts as aggregate_accounts
from .instruments.productivity.accounting.domar import domar_aggregation as domar_aggregation
from .instruments.productivity.accounting.factor_shares import Factor as Factor
from .instruments.productivity.accounting.growth_accounting import (
    dual_growth_accounts as dual_growth_accounts,
)
from .instruments.productivity.accounting.growth_accounting import (
    growth_accounts as growth_accounts,
)
from .instruments.productivity.accounting.growth_drivers import THREE_NEW as THREE_NEW
from .instruments.productivity.accounting.growth_drivers import growth_drivers as growth_drivers
from .instruments.productivity.accounting.input_services import capital_services as capital_services
from .instruments.productivity.accounting.input_services import labour_input as labour_input
from .instruments.productivity.accounting.level_accounting import level_accounts as level_accounts
from .instruments.productivity.accounting.panel_production import (
    panel_production as panel_production,
)
from .instruments.productivity.accounting.productivity_breaks import (
    productivity_breaks as productivity_breaks,
)
from .instruments.productivity.accounting.productivity_decomposition import (
    productivity_decomposition as productivity_decomposition,
)
from .instruments.productivity.firms.markups import markups as markups
from .instruments.productivity.firms.production_functions import (
    ackerberg_caves_frazer as ackerberg_caves_frazer,
)
from .instruments.productivity.firms.production_functions import (
    levinsohn_petrin as levinsohn_petrin,
)
from .instruments.productivity.firms.production_functions import olley_pakes as olley_pakes
from .instruments.productivity.firms.production_functions import wooldridge as wooldridge
from .instruments.productivity.firms.productivity_dispersion import (
    productivity_dispersion as productivity_dispersion,
)
from .instruments.productivity.frontiers.cross_efficiency import (
    cross_efficiency as cross_efficiency,
)
from .instruments.productivity.frontiers.envelopment import dea as dea
from .instruments.productivity.frontiers.free_disposal_hull import fdh as fdh
from .instruments.productivity.frontiers.frontier_bootstrap import bootstrap_dea as bootstrap_dea
from .instruments.productivity.frontiers.meta_frontier import meta_frontier as meta_frontier
from .instruments.productivity.frontiers.network_frontier import two_stage as two_stage
from .instruments.productivity.frontiers.order_m import order_m as order_m
from .instruments.productivity.frontiers.sbm import sbm as sbm
from .instruments.productivity.frontiers.second_stage import second_stage as second_stage
from .instruments.productivity.indices.change_over_time.change_over_time import (
    productivity_change as productivity_change,
)
from .instruments.productivity.indices.change_over_time.luenberger import luenberger as luenberger
from .instruments.productivity.indices.change_over_time.luenberger import (
    nonradial_luenberger as nonradial_luenberger,
)
from .instruments.productivity.indices.change_over_time.malmquist import malmquist as malmquist
from .instruments.productivity.indices.change_over_time.malmquist_luenberger import (
    malmquist_luenberger as malmquist_luenberger,
)
from .instruments.productivity.indices.fare_primont_levels.fare_primont import (
    fare_primont as fare_primont,
)
from .instruments.productivity.indices.fare_primont_levels.fare_primont_levels import (
    tfp_levels as tfp_levels,
)
from .instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen import (
    hicks_moorsteen as hicks_moorsteen,
)
from .instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen_changes import (
    tfp_change as tfp_change,
)
from .instruments.productivity.indices.index_numbers import chained_index as chained_index
from .instruments.productivity.indices.index_numbers import (
    multilateral_index as multilateral_index,
)
from .instruments.productivity.indices.index_numbers import quantity_index as quantity_index
from .instruments.productivity.indices.metafrontier_malmquist.meta_malmquist import (
    meta_malmquist as meta_malmquist,
)
from .instruments.productivity.indices.metafrontier_malmquist.metafrontier_malmquist import (
    metafrontier_change as metafrontier_change,
)
from .instruments.productivity.indices.tfp_from_prices import tfp_from_prices as tfp_from_prices
from .instruments.productivity.stochastic.stochastic_frontier import (
    stochastic_frontier as stochastic_frontier,
)

from .instruments.productivity.accounting.input_services import capital_services as capital_services
from .instruments.productivity.accounting.input_services import labour_input as labour_input
from .instruments.productivity.accounting.level_accounting import level_accounts as level_accounts
from .instruments.productivity.capital_stocks.base_stock import ZHANG_JUN as ZHANG_JUN
from .instruments.productivity.capital_stocks.base_stock import (
    ZHANG_JUN_DEPRECIATION as ZHANG_JUN_DEPRECIATION,
)
from .instruments.productivity.capital_stocks.base_stock import BaseStock as BaseStock
from .instruments.productivity.capital_stocks.capital_stocks import capital as capital
from .instruments.productivity.capital_stocks.perpetual_inventory import (
    capital_stock as capital_stock,
)
from .instruments.productivity.capital_stocks.perpetual_inventory import (
    perpetual_inventory as perpetual_inventory,
)
from .instruments.productivity.efficiency_bootstrap.efficiency_bootstrap import (
    efficiency_intervals as efficiency_intervals,
)
from .instruments.productivity.factor_shares import Factor as Factor
from .instruments.productivity.frontier_efficiency.frontier_efficiency import (
    efficiency as efficiency,
)
from .instruments.productivity.growth_accounting.growth_accounting import accounting as accounting
from .instruments.productivity.growth_accounting.primal_and_dual import (
    dual_growth_accounts as dual_growth_accounts,
)
from .instruments.productivity.growth_accounting.primal_and_dual import (
    growth_accounts as growth_accounts,
)
from .instruments.productivity.growth_accounting.productivity_breaks import (
    productivity_breaks as productivity_breaks,
)
from .instruments.productivity.growth_drivers.growth_drivers import drivers as drivers
from .instruments.productivity.growth_drivers.new_contributions import (
    growth_drivers as growth_drivers,
)
from .instruments.productivity.growth_drivers.productivity_decomposition import (
    productivity_decomposition as productivity_decomposition,
)
from .instruments.productivity.indices.change_over_time.change_over_time import (
    productivity_change as productivity_change,
)
from .instruments.productivity.indices.fare_primont_levels.fare_primont_levels import (
    tfp_levels as tfp_levels,
)
from .instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen_changes import (
    tfp_change as tfp_change,
)
from .instruments.productivity.indices.index_numbers import chained_index as chained_index
from .instruments.productivity.indices.index_numbers import multilateral_index as multilateral_index
from .instruments.productivity.indices.index_numbers import quantity_index as quantity_index
from .instruments.productivity.indices.metafrontier_malmquist.metafrontier_malmquist import (
    metafrontier_change as metafrontier_change,
)
from .instruments.productivity.network_efficiency.network_efficiency import (
    stage_efficiency as stage_efficiency,
)
from .instruments.productivity.production_functions.estimators import (
    ackerberg_caves_frazer as ackerberg_caves_frazer,
)
from .instruments.productivity.production_functions.estimators import (
    levinsohn_petrin as levinsohn_petrin,
)
from .instruments.productivity.production_functions.estimators import olley_pakes as olley_pakes
from .instruments.productivity.production_functions.estimators import (
    production_function as production_function,
)
from .instruments.productivity.production_functions.estimators import wooldridge as wooldridge
from .instruments.productivity.production_functions.markups import markups as markups
from .instruments.productivity.production_functions.production_functions import firms as firms
from .instruments.productivity.production_functions.productivity_dispersion import (
    productivity_dispersion as productivity_dispersion,
)
from .instruments.productivity.second_stage_regression.second_stage_regression import (
    efficiency_drivers as efficiency_drivers,
)
from .instruments.productivity.series_breaks.kinds_of_break import tell_breaks as tell_breaks
from .instruments.productivity.series_breaks.series_breaks import breaks as breaks
from .instruments.productivity.stochastic_frontier.stochastic_frontier import frontier as frontier
from .instruments.productivity.technology_gaps.technology_gaps import (
    metafrontier_efficiency as metafrontier_efficiency,
)

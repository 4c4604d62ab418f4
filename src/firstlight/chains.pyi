from .instruments.chains.biproportional import Balanced as Balanced
from .instruments.chains.biproportional import gras as gras
from .instruments.chains.biproportional import ras as ras
from .instruments.chains.biproportional_update.biproportional_update import (
    table_update as table_update,
)
from .instruments.chains.chain_positions import (
    average_propagation_lengths as average_propagation_lengths,
)
from .instruments.chains.chain_positions import (
    downstreamness as downstreamness,
)
from .instruments.chains.chain_positions import (
    upstreamness as upstreamness,
)
from .instruments.chains.choke_points.choke_points import (
    weak_links as weak_links,
)
from .instruments.chains.choke_points.concentration_bounds import (
    herfindahl as herfindahl,
)
from .instruments.chains.choke_points.concentration_bounds import (
    herfindahl_bounds as herfindahl_bounds,
)
from .instruments.chains.choke_points.need_graph import (
    NeedGraph as NeedGraph,
)
from .instruments.chains.choke_points.need_graph import (
    articulation_points as articulation_points,
)
from .instruments.chains.choke_points.need_graph import (
    need_graph as need_graph,
)
from .instruments.chains.cross_entropy import Reconciled as Reconciled
from .instruments.chains.cross_entropy import cross_entropy as cross_entropy
from .instruments.chains.declared_scenarios.declared_scenarios import (
    scenario_effects as scenario_effects,
)
from .instruments.chains.declared_scenarios.scenario_outcome import (
    cost_push_prices as cost_push_prices,
)
from .instruments.chains.decomposed_exports.borin_mancini import borin_mancini as borin_mancini
from .instruments.chains.decomposed_exports.decomposed_exports import (
    export_decomposition as export_decomposition,
)
from .instruments.chains.decomposed_exports.koopman_wang_wei import (
    koopman_wang_wei as koopman_wang_wei,
)
from .instruments.chains.decomposed_exports.wang_wei_zhu import wang_wei_zhu as wang_wei_zhu
from .instruments.chains.divisia_index.divisia_index import (
    index_decomposition as index_decomposition,
)
from .instruments.chains.divisia_index.logarithmic_mean import lmdi_effects as lmdi_effects
from .instruments.chains.divisia_index.logarithmic_mean import lmdi_ratios as lmdi_ratios
from .instruments.chains.divisia_index.logarithmic_mean import logarithmic_mean as logarithmic_mean
from .instruments.chains.economic_structure.economic_structure import structure as structure
from .instruments.chains.economic_structure.multipliers import closed_system as closed_system
from .instruments.chains.economic_structure.multipliers import multipliers as multipliers
from .instruments.chains.firm_cascades.firm_cascades import cascades as cascades
from .instruments.chains.firm_cascades.firm_network import FirmLevels as FirmLevels
from .instruments.chains.firm_cascades.firm_network import FirmNetwork as FirmNetwork
from .instruments.chains.hypothetical_extraction.extracted_sectors import (
    extraction_losses as extraction_losses,
)
from .instruments.chains.hypothetical_extraction.hypothetical_extraction import (
    extraction as extraction,
)
from .instruments.chains.io_table import IOTable as IOTable
from .instruments.chains.io_table import domestic_part as domestic_part
from .instruments.chains.io_table import table_of as table_of
from .instruments.chains.leontief import ProductionSystem as ProductionSystem
from .instruments.chains.leontief import ghosh_inverse as ghosh_inverse
from .instruments.chains.leontief import hawkins_simon as hawkins_simon
from .instruments.chains.leontief import leontief_inverse as leontief_inverse
from .instruments.chains.linkages import forward_linkages as forward_linkages
from .instruments.chains.linkages import linkage_index as linkage_index
from .instruments.chains.linkages import linkage_role as linkage_role
from .instruments.chains.official_tables import from_bea as from_bea
from .instruments.chains.official_tables import from_eurostat as from_eurostat
from .instruments.chains.parsed_table import ParsedTable as ParsedTable
from .instruments.chains.parsed_table import from_pymrio as from_pymrio
from .instruments.chains.parsed_table import read_database as read_database
from .instruments.chains.position_over_time.position_over_time import (
    chain_position as chain_position,
)
from .instruments.chains.satellite_accounts.intensity_target import Falls as Falls
from .instruments.chains.satellite_accounts.intensity_target import best_practice as best_practice
from .instruments.chains.satellite_accounts.intensity_target import required_falls as required_falls
from .instruments.chains.satellite_accounts.intensity_target import share_to_leave as share_to_leave
from .instruments.chains.satellite_accounts.responsibility import Responsibility as Responsibility
from .instruments.chains.satellite_accounts.responsibility import responsibility as responsibility
from .instruments.chains.satellite_accounts.satellite_accounts import footprints as footprints
from .instruments.chains.satellite_accounts.structural_paths import (
    structural_paths as structural_paths,
)
from .instruments.chains.sector_aggregation.sector_aggregation import aggregation as aggregation
from .instruments.chains.sector_concordance import sector_shares as sector_shares
from .instruments.chains.stock_placement.stock_placement import stock_places as stock_places
from .instruments.chains.stock_placement.stock_programme import StockTask as StockTask
from .instruments.chains.stock_placement.stock_programme import best_stocks as best_stocks
from .instruments.chains.stock_placement.stock_programme import cheapest_stocks as cheapest_stocks
from .instruments.chains.stock_placement.stock_programme import lost_share as lost_share
from .instruments.chains.structural_decomposition.orders_of_change import Effects as Effects
from .instruments.chains.structural_decomposition.orders_of_change import effects_of as effects_of
from .instruments.chains.structural_decomposition.structural_decomposition import (
    growth_decomposition as growth_decomposition,
)
from .instruments.chains.supply_and_use.supply_and_use import SymmetricTable as SymmetricTable
from .instruments.chains.supply_and_use.supply_and_use import symmetric as symmetric
from .instruments.chains.supply_and_use.supply_and_use import symmetric_table as symmetric_table
from .instruments.chains.supply_shocks.ario import (
    ArioCourse as ArioCourse,
)
from .instruments.chains.supply_shocks.ario import (
    ArioSettings as ArioSettings,
)
from .instruments.chains.supply_shocks.ario import (
    ario as ario,
)
from .instruments.chains.supply_shocks.inoperability import (
    dynamic_inoperability as dynamic_inoperability,
)
from .instruments.chains.supply_shocks.inoperability import (
    inoperability as inoperability,
)
from .instruments.chains.supply_shocks.inoperability import (
    interdependence as interdependence,
)
from .instruments.chains.supply_shocks.inoperability import (
    resilience as resilience,
)
from .instruments.chains.supply_shocks.mixed_supply import (
    mixed_supply as mixed_supply,
)
from .instruments.chains.supply_shocks.scenario_rows import (
    loss_profile as loss_profile,
)
from .instruments.chains.supply_shocks.scenario_rows import (
    read_scenarios as read_scenarios,
)
from .instruments.chains.supply_shocks.supply_shocks import (
    shock as shock,
)
from .instruments.chains.uncertain_cells.drawn_tables import DrawnTables as DrawnTables
from .instruments.chains.uncertain_cells.drawn_tables import drawn_tables as drawn_tables
from .instruments.chains.uncertain_cells.uncertain_cells import (
    table_uncertainty as table_uncertainty,
)
from .instruments.chains.value_added_in_trade.trade_indicators import ChainTrade as ChainTrade
from .instruments.chains.value_added_in_trade.trade_indicators import SmileCurve as SmileCurve
from .instruments.chains.value_added_in_trade.trade_indicators import chain_trade as chain_trade
from .instruments.chains.value_added_in_trade.trade_indicators import smile_curve as smile_curve
from .instruments.chains.value_added_in_trade.trade_indicators import (
    value_added_exports as value_added_exports,
)
from .instruments.chains.value_added_in_trade.trade_indicators import (
    value_added_sources as value_added_sources,
)
from .instruments.chains.value_added_in_trade.value_added_in_trade import (
    trade_value_added as trade_value_added,
)
from .instruments.chains.world_table import WorldTable as WorldTable
from .instruments.chains.world_table import world_table as world_table

"""Productivity: accounting, frontiers, index numbers, stochastic frontiers, firms, growth drivers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "BaseStock": "base_stock",
    "Factor": "factor_shares",
    "THREE_NEW": "growth_drivers",
    "ZHANG_JUN": "base_stock",
    "ZHANG_JUN_DEPRECIATION": "base_stock",
    "ackerberg_caves_frazer": "production_functions",
    "aggregate_accounts": "domar",
    "bootstrap_dea": "frontier_bootstrap",
    "capital_services": "input_services",
    "capital_stock": "capital",
    "cross_efficiency": "cross_efficiency",
    "dea": "envelopment",
    "domar_aggregation": "domar",
    "dual_growth_accounts": "growth_accounting",
    "fare_primont": "fare_primont",
    "fdh": "free_disposal_hull",
    "growth_accounts": "growth_accounting",
    "growth_drivers": "growth_drivers",
    "hicks_moorsteen": "hicks_moorsteen",
    "labour_input": "input_services",
    "level_accounts": "level_accounting",
    "levinsohn_petrin": "production_functions",
    "luenberger": "luenberger",
    "malmquist": "malmquist",
    "malmquist_luenberger": "malmquist_luenberger",
    "markups": "markups",
    "meta_frontier": "meta_frontier",
    "meta_malmquist": "meta_malmquist",
    "nonradial_luenberger": "luenberger",
    "olley_pakes": "production_functions",
    "one_step": "stacked_moments",
    "order_m": "order_m",
    "panel_production": "panel_production",
    "perpetual_inventory": "capital",
    "productivity_breaks": "productivity_breaks",
    "productivity_decomposition": "productivity_decomposition",
    "productivity_dispersion": "productivity_dispersion",
    "reasons": "hicks_moorsteen_words",
    "sbm": "sbm",
    "second_stage": "second_stage",
    "stochastic_frontier": "stochastic_frontier",
    "tfp_from_prices": "tfp_from_prices",
    "two_stage": "network_frontier",
    "two_step": "stacked_moments",
    "wooldridge": "production_functions",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_PUBLIC)

"""What may change although a relation says that it doesn't, with the reason: relation -> reason ->
measurement -> patterns of TABLE.COLUMN, "TABLE: rows", "said" or "refused: CODE". One that no
longer changes fails the test."""

from __future__ import annotations

Reasons = dict[str, dict[str, tuple[str, ...]]]

_DRAWS = "draws are seeded by names, or made in their order"
_TIES = "of equals the first by name is told, or numbered first"
_DRAWN = "where a node is drawn depends on the order of nodes, its ties don't"
_COUNTS = "numbers are counts, whose intervals narrow as they grow"
_OTHER_TABLE = "another column or table is in the same unit, and stays as it was"
_MISSING = "a number that is missing is asked for, and never guessed"
_UNKNOWN_TOTAL = "a total of which a part is missing is unknown"
_POOLED = "one estimate over all years holds for each of them"
_LATER = "later years tell what became of earlier ones"

_SCALED: Reasons = {
    _COUNTS: {
        "adoption": ("dates.*_low", "dates.*_high", "speed.dispersion"),
        "concentration": ("quotients.is_specialised", "quotients.location_quotient_*"),
        "generic_technologies": ("technologies.*",),
    },
    _OTHER_TABLE: {
        "cascades": ("refused: output_below_sales",),
        "graduates": ("balance.gap_count",),
        "stages": ("refused: nothing_judged",),
        "table_update": ("flows.value", "flows.ratio", "factors.factor"),
        "take_off_graduates": ("fields.gap_count",),
    },
    "one column holds coefficients and values of several units": {
        "convergence": ("coefficients.*",),
        "frontier": ("parameters.*",),
        "index": ("contributions.*value",),
        "index_robustness": ("lift.*_value",),
        "spatial_spillovers": ("coefficients.*",),
    },
    "the variation of logarithms is over their mean, which moves": {
        "convergence": ("dispersion.log_variation_coefficient",),
    },
    "what was multiplied is the growth that is shown": {
        "duplication": ("warnings.demand_growth_share",),
    },
    "logarithms can't be multiplied: they are refused as levels": {
        "firms": ("refused: level",),
    },
    "gaps of a table that balances are what rounding leaves": {
        "symmetric": ("outputs.*_gap",),
    },
}

EXCEPTIONS: dict[str, Reasons] = {
    "shuffled": {
        "it names the line of the table that a change stands in": {
            "scenario_effects": ("changes.line",),
        },
    },
    "renamed_in_order": {
        _DRAWS: {
            "adoption": ("dates.*_low", "dates.*_high"),
            "contribution": ("profiles.value_*", "ranking.value_*", "said"),
        },
    },
    "renamed_against_order": {
        _DRAWS: {
            "adoption": ("dates.*_low", "dates.*_high"),
            "attribution": ("factors.contribution_*",),
            "contribution": ("profiles.*", "ranking.*"),
            "efficiency_drivers": ("effects.*",),
            "efficiency_intervals": ("scores.*",),
            "firms": ("elasticities.*", "solutions.*"),
            "generic_technologies": ("technologies.breadth_*", "technologies.generic_probability"),
            "interaction": ("pairs.*", "forecast.*"),
            "panel_threshold": ("threshold_tests.*",),
            "spatial_pattern": ("autocorrelation.general_g_z", "clusters*.*"),
            "substitution": ("record.*", "hindcast.*"),
            "table_uncertainty": ("sectors.*",),
        },
        _TIES: {
            "adoption": ("lags.technology",),
            "collaboration": ("communities.*", "members.*", "network_ties.*"),
            "complexity": ("activity_complexity.*", "nearest_activities.*", "space_links.*"),
            "duplication": ("links.other", "similar_places.*"),
            "opportunities": ("portfolio.*",),
            "partners": ("compared.*", "consortium*.*", "record*.auc"),
            "weak_links": ("inputs.*",),
        },
        _DRAWN: {
            "complexity": ("space.[xy]",),
            "duplication": ("nodes.[xy]",),
            "partners": ("candidate_network.[xy]",),
            "talent": ("drawn_units.[xy]",),
            "weak_links": ("network.[xy]",),
        },
    },
    "scaled": {
        **_SCALED,
        "paths are relative to the mean of logarithms, which moves with the unit": {
            "clubs": (
                "clubs.*",
                "first_clubs.*",
                "members.relative_level",
                "paths.relative_level",
            ),
        },
    },
    "scaled_far": {
        **_SCALED,
        "a mean of logarithms below 0 is refused": {
            "clubs": ("refused: no_mean_in",),
        },
        "people are counted to a billionth of one": {
            "take_off_graduates": ("unlinked.demand_count",),
        },
    },
    "unit_without_values": {
        _MISSING: {
            "aggregation": ("refused: no_flow",),
            "cascades": ("refused: no_flow",),
            "chain_position": ("refused: no_flow",),
            "clusters": ("refused: no_value",),
            "complexity": ("refused: no_value",),
            "concentration": ("refused: no_value",),
            "digital_content": ("refused: no_flow",),
            "duplication": ("refused: no_value",),
            "efficiency": ("refused: quantity_missing",),
            "efficiency_drivers": ("refused: quantity_missing",),
            "efficiency_intervals": ("refused: quantity_missing",),
            "export_decomposition": ("refused: no_flow",),
            "extraction": ("refused: no_flow",),
            "footprints": ("refused: no_flow",),
            "frontier": ("refused: no_number",),
            "growth_decomposition": ("refused: no_flow",),
            "index_decomposition": ("refused: incomplete",),
            "metafrontier_change": ("refused: quantity_missing",),
            "metafrontier_efficiency": ("refused: quantity_missing",),
            "opportunities": ("refused: no_value",),
            "productivity_change": ("refused: quantity_missing",),
            "scenario_effects": ("refused: no_flow",),
            "shock": ("refused: no_flow",),
            "stage_efficiency": ("refused: quantity_missing",),
            "structure": ("refused: no_flow",),
            "symmetric": ("refused: no_flow",),
            "table_uncertainty": ("refused: no_flow",),
            "table_update": ("refused: no_flow",),
            "take_off_chains": ("refused: no_flow",),
            "take_off_opportunities": ("refused: no_value",),
            "tfp_change": ("refused: quantity_missing",),
            "tfp_levels": ("refused: quantity_missing",),
            "trade_value_added": ("refused: no_flow",),
        },
        _UNKNOWN_TOTAL: {
            "definition_share": ("shares.*",),
            "drivers": ("drivers: rows", "industries.*", "members: rows", "sources: rows"),
            "local_bias": ("bias_by_year.*", "freeness.*", "local_bias.*"),
            "take_off_drivers": ("contributions.*", "reached_industries.*"),
        },
        "a work counts, whatever is known of its citations or of who was first": {
            "contribution": ("*.*",),
            "talent_roles": ("*.*", "*: rows"),
        },
        "what is not known is counted": {
            "conversion": ("matches.codes_count",),
            "firms": ("left_out: rows",),
            "index": ("declared.found_share",),
        },
        "one technology more is one that leans on none of the others": {
            "generic_technologies": ("technologies.d*_share",),
        },
        "some of the ways to build an index fill gaps, and rank whoever has only gaps": {
            "index_robustness": ("*.*",),
        },
        "the nearest places are drawn among all that have coordinates": {
            "spatial_pattern": ("*.*",),
            "spatial_spillovers": ("*.*",),
        },
    },
    "without_last_year": {
        _DRAWS: {"adoption": ("dates.*_low", "dates.*_high")},
        _POOLED: {
            "breaks": ("values.fitted_value",),
            "clubs": ("paths.relative_level",),
            "efficiency_drivers": ("scores.delta", "scores.is_used"),
            "firms": ("*.*",),
            "growth": ("values.fitted_value",),
            "learning": ("experience.cost_by_law",),
            "metafrontier_change": ("cumulated_groups.*", "distances.*"),
            "technology_prices": ("price_index.*",),
            "tfp_levels": ("levels.*",),
        },
        "scales and weights of an index are those of all years": {
            "index": ("scores.*", "dimensions.*", "contributions.*"),
            "index_coupling": ("coordination.*", "relative.*"),
            "obstacles": ("*.*",),
        },
        "communities are those of all years together": {
            "complexity": ("activity_complexity.*",),
        },
        _LATER: {
            "contribution": ("works.disruption", "works.new_combinations"),
            "duplication": ("warnings.later_exit_share",),
            "partners": ("consortium_record: rows", "record_by_year: rows"),
            "productivity_change": ("distances: rows",),
        },
    },
}

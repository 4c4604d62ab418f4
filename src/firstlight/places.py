"""Places: concentration, clusters, duplication, market integration."""

from __future__ import annotations

from firstlight.instruments.places.agglomeration import (
    agglomeration,
    agglomeration_index,
    index_from_herfindahl,
)
from firstlight.instruments.places.border_effects import border_effect
from firstlight.instruments.places.clusters import place_clusters
from firstlight.instruments.places.concentration import (
    concentration,
    krugman_dissimilarity,
    place_specialisation,
    spatial_concentration,
)
from firstlight.instruments.places.duplication import duplication_warnings
from firstlight.instruments.places.industry_communities import (
    industry_communities,
    locational_relatedness,
)
from firstlight.instruments.places.industry_pairs import (
    coagglomeration,
    coagglomeration_matrix,
    group_coagglomeration,
)
from firstlight.instruments.places.local_bias import freeness_of_trade, local_bias
from firstlight.instruments.places.location_quotients import location_quotient, location_quotients
from firstlight.instruments.places.market_segmentation import (
    market_segmentation,
    relative_price_variance,
)
from firstlight.instruments.places.point_patterns import k_density, m_function
from firstlight.instruments.places.poisson_gravity import poisson_gravity
from firstlight.instruments.places.price_border import border_ratio, price_border
from firstlight.instruments.places.price_convergence import half_life, price_convergence
from firstlight.instruments.places.price_panel import pairs_within
from firstlight.instruments.places.segmentation_trend import segmentation_trend
from firstlight.instruments.places.structural_similarity import (
    plan_overlap,
    similarity,
    structural_similarity,
)

__all__ = [
    "agglomeration",
    "agglomeration_index",
    "border_effect",
    "border_ratio",
    "coagglomeration",
    "coagglomeration_matrix",
    "concentration",
    "duplication_warnings",
    "freeness_of_trade",
    "group_coagglomeration",
    "half_life",
    "index_from_herfindahl",
    "industry_communities",
    "k_density",
    "krugman_dissimilarity",
    "local_bias",
    "location_quotient",
    "location_quotients",
    "locational_relatedness",
    "m_function",
    "market_segmentation",
    "pairs_within",
    "place_clusters",
    "place_specialisation",
    "plan_overlap",
    "poisson_gravity",
    "price_border",
    "price_convergence",
    "relative_price_variance",
    "segmentation_trend",
    "similarity",
    "spatial_concentration",
    "structural_similarity",
]

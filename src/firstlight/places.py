"""Places: concentration, clusters, duplication, market integration."""

from __future__ import annotations

from firstlight.instruments.places.agglomeration import agglomeration
from firstlight.instruments.places.border_effects import border_effect
from firstlight.instruments.places.clusters import place_clusters
from firstlight.instruments.places.concentration import concentration, place_specialisation, spatial_concentration
from firstlight.instruments.places.duplication import duplication_warnings
from firstlight.instruments.places.industry_communities import industry_communities
from firstlight.instruments.places.industry_pairs import coagglomeration, group_coagglomeration
from firstlight.instruments.places.local_bias import local_bias
from firstlight.instruments.places.location_quotients import location_quotients
from firstlight.instruments.places.market_segmentation import market_segmentation
from firstlight.instruments.places.point_patterns import k_density, m_function
from firstlight.instruments.places.price_border import price_border
from firstlight.instruments.places.price_convergence import price_convergence
from firstlight.instruments.places.price_panel import pairs_within
from firstlight.instruments.places.segmentation_trend import segmentation_trend
from firstlight.instruments.places.structural_similarity import plan_overlap, structural_similarity

__all__ = [
    "agglomeration",
    "border_effect",
    "coagglomeration",
    "concentration",
    "duplication_warnings",
    "group_coagglomeration",
    "industry_communities",
    "k_density",
    "local_bias",
    "location_quotients",
    "m_function",
    "market_segmentation",
    "pairs_within",
    "place_clusters",
    "place_specialisation",
    "plan_overlap",
    "price_border",
    "price_convergence",
    "segmentation_trend",
    "spatial_concentration",
    "structural_similarity",
]

from .instruments.places.border_effects.border_effects import border as border
from .instruments.places.home_bias.bias_measures import freeness_of_trade as freeness_of_trade
from .instruments.places.home_bias.home_bias import local_bias as local_bias
from .instruments.places.industry_clusters.industry_clusters import clusters as clusters
from .instruments.places.industry_clusters.place_clusters import place_clusters as place_clusters
from .instruments.places.industry_communities import industry_communities as industry_communities
from .instruments.places.industry_communities import (
    locational_relatedness as locational_relatedness,
)
from .instruments.places.industry_concentration.agglomeration import agglomeration as agglomeration
from .instruments.places.industry_concentration.agglomeration import (
    agglomeration_index as agglomeration_index,
)
from .instruments.places.industry_concentration.agglomeration import (
    index_from_herfindahl as index_from_herfindahl,
)
from .instruments.places.industry_concentration.concentration_measures import (
    concentration_measures as concentration_measures,
)
from .instruments.places.industry_concentration.concentration_measures import (
    krugman_dissimilarity as krugman_dissimilarity,
)
from .instruments.places.industry_concentration.concentration_measures import (
    place_specialisation as place_specialisation,
)
from .instruments.places.industry_concentration.concentration_measures import (
    spatial_concentration as spatial_concentration,
)
from .instruments.places.industry_concentration.industry_concentration import (
    concentration as concentration,
)
from .instruments.places.location_quotients import location_quotient as location_quotient
from .instruments.places.location_quotients import location_quotients as location_quotients
from .instruments.places.market_integration.market_integration import market as market
from .instruments.places.market_integration.price_border import border_ratio as border_ratio
from .instruments.places.market_integration.price_border import price_border as price_border
from .instruments.places.market_integration.price_convergence import half_life as half_life
from .instruments.places.market_integration.price_convergence import (
    price_convergence as price_convergence,
)
from .instruments.places.market_integration.segmentation import (
    market_segmentation as market_segmentation,
)
from .instruments.places.market_integration.segmentation import (
    relative_price_variance as relative_price_variance,
)
from .instruments.places.market_integration.segmentation_trend import (
    segmentation_trend as segmentation_trend,
)
from .instruments.places.poisson_gravity import poisson_gravity as poisson_gravity
from .instruments.places.price_panel import pairs_within as pairs_within
from .instruments.places.price_panel import price_panel as price_panel
from .instruments.places.structural_duplication.duplication_warnings import (
    duplication_warnings as duplication_warnings,
)
from .instruments.places.structural_duplication.structural_duplication import (
    duplication as duplication,
)
from .instruments.places.structural_duplication.structural_similarity import (
    plan_overlap as plan_overlap,
)
from .instruments.places.structural_duplication.structural_similarity import (
    similarity as similarity,
)
from .instruments.places.structural_duplication.structural_similarity import (
    structural_similarity as structural_similarity,
)

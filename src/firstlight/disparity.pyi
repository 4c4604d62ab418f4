from .instruments.disparity.class_mobility.class_mobility import mobility as mobility
from .instruments.disparity.class_mobility.markov_chains import Homogeneity as Homogeneity
from .instruments.disparity.class_mobility.markov_chains import MobilityIndices as MobilityIndices
from .instruments.disparity.class_mobility.markov_chains import (
    first_passage_times as first_passage_times,
)
from .instruments.disparity.class_mobility.markov_chains import (
    homogeneity_tests as homogeneity_tests,
)
from .instruments.disparity.class_mobility.markov_chains import mobility_indices as mobility_indices
from .instruments.disparity.class_mobility.markov_chains import probabilities as probabilities
from .instruments.disparity.class_mobility.markov_chains import sojourn_times as sojourn_times
from .instruments.disparity.class_mobility.markov_chains import steady_state as steady_state
from .instruments.disparity.class_mobility.markov_chains import (
    transition_counts as transition_counts,
)
from .instruments.disparity.class_mobility.value_classes import bounded_classes as bounded_classes
from .instruments.disparity.class_mobility.value_classes import kernel_density as kernel_density
from .instruments.disparity.class_mobility.value_classes import peaks_count as peaks_count
from .instruments.disparity.class_mobility.value_classes import quantile_classes as quantile_classes
from .instruments.disparity.convergence_clubs.club_search import Club as Club
from .instruments.disparity.convergence_clubs.club_search import find_clubs as find_clubs
from .instruments.disparity.convergence_clubs.club_search import merge_clubs as merge_clubs
from .instruments.disparity.convergence_clubs.convergence_clubs import clubs as clubs
from .instruments.disparity.convergence_clubs.log_t import LogT as LogT
from .instruments.disparity.convergence_clubs.log_t import hodrick_prescott as hodrick_prescott
from .instruments.disparity.convergence_clubs.log_t import log_t_test as log_t_test
from .instruments.disparity.convergence_regressions.convergence_regressions import (
    convergence as convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    BetaConvergence as BetaConvergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    PanelConvergence as PanelConvergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import SigmaTest as SigmaTest
from .instruments.disparity.convergence_regressions.growth_regressions import (
    beta_convergence as beta_convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    panel_convergence as panel_convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    sigma_test as sigma_test,
)
from .instruments.disparity.convergence_regressions.growth_regressions import speed_of as speed_of
from .instruments.disparity.inequality_indices.dagum import DagumParts as DagumParts
from .instruments.disparity.inequality_indices.dagum import dagum as dagum
from .instruments.disparity.inequality_indices.inequality_indices import inequality as inequality
from .instruments.disparity.inequality_indices.inequality_measures import atkinson as atkinson
from .instruments.disparity.inequality_indices.inequality_measures import gini as gini
from .instruments.disparity.inequality_indices.inequality_measures import theil as theil
from .instruments.disparity.inequality_indices.inequality_measures import theil_l as theil_l
from .instruments.disparity.inequality_indices.inequality_measures import (
    theil_levels as theil_levels,
)
from .instruments.disparity.inequality_indices.inequality_measures import (
    variation_coefficient as variation_coefficient,
)
from .instruments.disparity.space.factor_detectors.factor_detectors import (
    factor_power as factor_power,
)
from .instruments.disparity.space.factor_detectors.factor_detectors import (
    geodetector as geodetector,
)
from .instruments.disparity.space.spatial_patterns.centre_of_gravity import (
    centre_of_gravity as centre_of_gravity,
)
from .instruments.disparity.space.spatial_patterns.spatial_autocorrelation import geary as geary
from .instruments.disparity.space.spatial_patterns.spatial_autocorrelation import (
    general_g as general_g,
)
from .instruments.disparity.space.spatial_patterns.spatial_autocorrelation import (
    getis_ord as getis_ord,
)
from .instruments.disparity.space.spatial_patterns.spatial_autocorrelation import (
    local_moran as local_moran,
)
from .instruments.disparity.space.spatial_patterns.spatial_autocorrelation import moran as moran
from .instruments.disparity.space.spatial_patterns.spatial_patterns import (
    spatial_pattern as spatial_pattern,
)
from .instruments.disparity.space.spatial_regressions.spatial_regressions import (
    spatial_spillovers as spatial_spillovers,
)
from .instruments.disparity.threshold_regressions.threshold_regressions import (
    panel_threshold as panel_threshold,
)
from .instruments.disparity.threshold_regressions.threshold_search import Panel as Panel
from .instruments.disparity.threshold_regressions.threshold_search import RegimeFit as RegimeFit
from .instruments.disparity.threshold_regressions.threshold_search import Search as Search
from .instruments.disparity.threshold_regressions.threshold_search import (
    ThresholdTest as ThresholdTest,
)
from .instruments.disparity.threshold_regressions.threshold_search import (
    critical_ratio as critical_ratio,
)
from .instruments.disparity.threshold_regressions.threshold_search import panel_of as panel_of
from .instruments.disparity.threshold_regressions.threshold_search import regime_fit as regime_fit
from .instruments.disparity.threshold_regressions.threshold_search import (
    threshold_search as threshold_search,
)
from .instruments.disparity.threshold_regressions.threshold_search import (
    threshold_test as threshold_test,
)

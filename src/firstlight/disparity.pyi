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
from .instruments.disparity.class_mobility.value_classes import kernel_density as kernel_density
from .instruments.disparity.class_mobility.value_classes import peaks_count as peaks_count
from .instruments.disparity.class_mobility.value_classes import quantile_classes as quantile_classes

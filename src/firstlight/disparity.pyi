from .instruments.disparity.inequality_indices.dagum import DagumParts as DagumParts
from .instruments.disparity.inequality_indices.dagum import dagum as dagum
from .instruments.disparity.inequality_indices.inequality_indices import (
    inequality as inequality,
)
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

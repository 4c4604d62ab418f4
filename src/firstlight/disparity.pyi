from .instruments.disparity.space.factor_detectors.factor_detectors import (
    factor_power as factor_power,
)
from .instruments.disparity.space.factor_detectors.factor_detectors import (
    geodetector as geodetector,
)
from .instruments.disparity.space.spatial_patterns.centre_of_gravity import (
    centre_of_gravity as centre_of_gravity,
)
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

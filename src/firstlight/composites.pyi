from .instruments.composites.coupling_degree.coupling_degree import (
    coupling as coupling,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    coupling_index as coupling_index,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    entropy_weights as entropy_weights,
)

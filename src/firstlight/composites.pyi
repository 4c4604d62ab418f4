from .instruments.composites.coupling_degree.coupling_degree import (
    coupling as coupling,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    coupling_index as coupling_index,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    entropy_weights as entropy_weights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    CriticWeights as CriticWeights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    critic as critic,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    critic_weights as critic_weights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    min_max as min_max,
)

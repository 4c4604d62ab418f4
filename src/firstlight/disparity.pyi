from .instruments.disparity.convergence_regressions.convergence_regressions import (
    convergence as convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    BetaConvergence as BetaConvergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    PanelConvergence as PanelConvergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    SigmaTest as SigmaTest,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    beta_convergence as beta_convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    panel_convergence as panel_convergence,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    sigma_test as sigma_test,
)
from .instruments.disparity.convergence_regressions.growth_regressions import (
    speed_of as speed_of,
)

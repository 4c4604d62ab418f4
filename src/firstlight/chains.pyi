from .instruments.chains.choke_points.choke_points import (
    weak_links as weak_links,
)
from .instruments.chains.choke_points.concentration_bounds import (
    herfindahl as herfindahl,
)
from .instruments.chains.choke_points.concentration_bounds import (
    herfindahl_bounds as herfindahl_bounds,
)
from .instruments.chains.choke_points.need_graph import (
    NeedGraph as NeedGraph,
)
from .instruments.chains.choke_points.need_graph import (
    articulation_points as articulation_points,
)
from .instruments.chains.choke_points.need_graph import (
    need_graph as need_graph,
)
from .instruments.chains.supply_shocks.ario import (
    ArioCourse as ArioCourse,
)
from .instruments.chains.supply_shocks.ario import (
    ArioSettings as ArioSettings,
)
from .instruments.chains.supply_shocks.ario import (
    ario as ario,
)
from .instruments.chains.supply_shocks.inoperability import (
    dynamic_inoperability as dynamic_inoperability,
)
from .instruments.chains.supply_shocks.inoperability import (
    inoperability as inoperability,
)
from .instruments.chains.supply_shocks.inoperability import (
    interdependence as interdependence,
)
from .instruments.chains.supply_shocks.inoperability import (
    resilience as resilience,
)
from .instruments.chains.supply_shocks.mixed_supply import (
    mixed_supply as mixed_supply,
)
from .instruments.chains.supply_shocks.scenario_rows import (
    loss_profile as loss_profile,
)
from .instruments.chains.supply_shocks.scenario_rows import (
    read_scenarios as read_scenarios,
)
from .instruments.chains.supply_shocks.supply_shocks import (
    shock as shock,
)

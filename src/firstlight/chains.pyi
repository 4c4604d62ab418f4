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

"""The methods that the measurement of efficiency and productivity chooses from, and the options that each takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from firstlight.instruments.productivity.frontiers.cross_efficiency import cross_efficiency
from firstlight.instruments.productivity.frontiers.envelopment import dea
from firstlight.instruments.productivity.frontiers.free_disposal_hull import fdh
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import bootstrap_dea
from firstlight.instruments.productivity.frontiers.order_m import order_m
from firstlight.instruments.productivity.frontiers.sbm import sbm
from firstlight.instruments.productivity.indices.fare_primont import fare_primont
from firstlight.instruments.productivity.indices.hicks_moorsteen import hicks_moorsteen
from firstlight.instruments.productivity.indices.luenberger import luenberger, nonradial_luenberger
from firstlight.instruments.productivity.indices.malmquist import malmquist
from firstlight.instruments.productivity.indices.malmquist_luenberger import malmquist_luenberger
from firstlight.instruments.productivity.indices.meta_malmquist import meta_malmquist
from firstlight.numerics.finding import Finding


@dataclass(frozen=True)
class Method:
    """One way to measure.

    function  : of the frame, the columns of inputs and outputs (and bads), with keywords; instrument : its name in the list
    main      : what its table is called; drawn : its columns to draw, the first that there is, by ``x``
    has_bads, needs_years : whether it knows bad outputs, and whether it compares years
    options   : those that it takes, under the names of its keywords; needed : those that must be given
    fixed     : keywords that make it this method
    """

    function: Callable[..., Finding]
    instrument: str
    main: str
    drawn: tuple[str, ...]
    options: tuple[str, ...]
    x: str = "year"
    has_bads: bool = False
    needs_years: bool = False
    needed: tuple[str, ...] = ()
    fixed: Mapping[str, Any] | None = None


SCORED = ("returns", "orientation", "technology")
DIRECTED = (*SCORED, "direction", "disposability")
ENVELOPED = (*DIRECTED, "window", "nondiscretionary", "weight_restrictions")
CHANGED = ("cumulated_productivity_index", "cumulated_productivity_indicator")
_DEA = Method(
    dea,
    "productivity.dea",
    "scores",
    ("efficiency_score", "inefficiency_score"),
    ENVELOPED,
    has_bads=True,
)
_SBM = replace(
    _DEA,
    function=sbm,
    instrument="productivity.sbm",
    drawn=("efficiency_score",),
    options=(*SCORED, "zeros"),
)
_MALMQUIST = Method(
    malmquist,
    "productivity.malmquist",
    "changes",
    CHANGED,
    ("returns", "orientation", "decomposition"),
    "to_year",
    needs_years=True,
)
_LUENBERGER = replace(
    _MALMQUIST,
    function=luenberger,
    instrument="productivity.luenberger",
    options=("returns", "decomposition", "direction", "disposability"),
    has_bads=True,
)
_ML = replace(
    _LUENBERGER, function=malmquist_luenberger, instrument="productivity.malmquist_luenberger"
)
_SUPER, _ADJACENT, _GLOBAL = (
    {"super_efficiency": True},
    {"method": "adjacent"},
    {"method": "global"},
)
_HULL = ("orientation", "technology")
METHODS: dict[str, Method] = {
    "dea": _DEA,
    "super_dea": replace(
        _DEA, drawn=("super_efficiency_score", "super_inefficiency_score"), fixed=_SUPER
    ),
    "cross_efficiency": Method(
        cross_efficiency,
        "productivity.cross_efficiency",
        "scores",
        ("cross_efficiency_score",),
        ("goal",),
    ),
    "fdh": Method(fdh, "productivity.fdh", "scores", ("efficiency_score",), _HULL),
    "order_m": Method(order_m, "productivity.order_m", "scores", ("efficiency_score",), _HULL),
    "bootstrap_dea": Method(
        bootstrap_dea,
        "productivity.bootstrap_dea",
        "scores",
        ("efficiency_score_corrected", "expansion_score_corrected"),
        (*SCORED, "replications", "seed"),
    ),
    "sbm": _SBM,
    "super_sbm": replace(_SBM, drawn=("super_efficiency_score",), fixed=_SUPER),
    "malmquist": _MALMQUIST,
    "sequential_malmquist": replace(_MALMQUIST, fixed={"method": "sequential"}),
    "global_malmquist": replace(_MALMQUIST, fixed=_GLOBAL),
    "ml": replace(_ML, fixed=_ADJACENT),
    "gml": replace(_ML, fixed=_GLOBAL),
    "meta_malmquist": replace(
        _LUENBERGER,
        function=meta_malmquist,
        instrument="productivity.meta_malmquist",
        drawn=("productivity_index",),
        options=("returns", "direction", "disposability", "group"),
        needed=("group",),
    ),
    "luenberger": _LUENBERGER,
    "global_luenberger": replace(_LUENBERGER, fixed=_GLOBAL),
    "nonradial_luenberger": replace(
        _LUENBERGER,
        function=nonradial_luenberger,
        options=("returns", "decomposition", "disposability"),
    ),
    "fare_primont": Method(
        fare_primont,
        "productivity.fare_primont",
        "levels",
        ("tfp_index",),
        ("returns", "orientation"),
        needs_years=True,
    ),
    "hicks_moorsteen": Method(
        hicks_moorsteen,
        "productivity.hicks_moorsteen",
        "changes",
        ("tfp_change_index",),
        ("returns", "orientation"),
        "to_year",
        needs_years=True,
    ),
}
TITLES = {  # of what is drawn
    "efficiency_score_corrected": ("efficiency without bias", "纠偏效率值"),
    "expansion_score_corrected": ("expansion without bias", "纠偏扩张倍数"),
    "efficiency_score": ("efficiency, 1 = on the frontier", "效率值（1为前沿）"),
    "inefficiency_score": ("inefficiency, 0 = on the frontier", "无效率值（0为前沿）"),
    "super_efficiency_score": ("super-efficiency", "超效率值"),
    "super_inefficiency_score": ("super-inefficiency", "超无效率值"),
    "cumulated_productivity_index": ("productivity, first year = 1", "累计生产率指数（首年=1）"),
    "cumulated_productivity_indicator": (
        "productivity, first year = 0",
        "累计生产率指标（首年=0）",
    ),
    "tfp_index": ("total factor productivity", "全要素生产率指数"),
    "tfp_change_index": ("TFP change, 1 = no change", "全要素生产率变动（1为无变化）"),
    "expansion_score": ("expansion, 1 = on the frontier", "扩张倍数（1为前沿）"),
    "cross_efficiency_score": ("cross-efficiency", "交叉效率值"),
    "meta_efficiency_score": ("efficiency to the metafrontier", "共同前沿效率值"),
    "productivity_index": ("productivity, 1 = no change", "生产率指数（1为无变化）"),
}

"""The methods that the measurement of efficiency and productivity chooses from, and the options that each takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from firstlight.instruments.productivity.frontiers.cross_efficiency import cross_efficiency
from firstlight.instruments.productivity.frontiers.envelopment import dea
from firstlight.instruments.productivity.frontiers.free_disposal_hull import fdh
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import bootstrap_dea
from firstlight.instruments.productivity.frontiers.meta_frontier import meta_frontier
from firstlight.instruments.productivity.frontiers.network_frontier import two_stage
from firstlight.instruments.productivity.frontiers.order_m import order_m
from firstlight.instruments.productivity.frontiers.sbm import sbm
from firstlight.instruments.productivity.frontiers.second_stage import second_stage
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


def _stages(frame: Any, inputs: Any, outputs: Any, *, intermediates: Any, **more: Any) -> Finding:
    return two_stage(frame, inputs, intermediates, outputs, **more)


def _driven(frame: Any, inputs: Any, outputs: Any, *, drivers: Any, **more: Any) -> Finding:
    return second_stage(frame, inputs, outputs, drivers, **more)


SCORED = ("returns", "orientation", "technology")
DIRECTED = (*SCORED, "direction", "disposability")
ENVELOPED = (*DIRECTED, "window", "nondiscretionary", "weight_restrictions")
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
_SUPER = {"super_efficiency": True}
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
    "two_stage": Method(
        _stages,
        "productivity.two_stage",
        "scores",
        ("efficiency_score",),
        ("returns", "technology", "intermediates", "model", "priority"),
        needed=("intermediates",),
    ),
    "meta_frontier": Method(
        meta_frontier,
        "productivity.meta_frontier",
        "scores",
        ("meta_efficiency_score",),
        (*DIRECTED, "group", "metafrontier"),
        has_bads=True,
        needed=("group",),
    ),
    "second_stage": Method(
        _driven,
        "productivity.second_stage",
        "effects",
        (),
        (*SCORED, "drivers", "algorithm", "replications", "seed"),
        needed=("drivers",),
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

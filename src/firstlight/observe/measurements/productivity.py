"""What the instruments of frontiers and productivity indices say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from firstlight.errors import InputError
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
from firstlight.numerics.finding import Finding, sentences_frame
from firstlight.observe.measurements.curves import OBSERVED, Computed, curve_rows, ranked_rows, texts
from firstlight.sample.made_up_economy import made_up_economy

Choices = Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """One way to measure.

    function  : of the frame, the columns of inputs and outputs (and bads), with keywords; instrument : its name in the list
    main      : what its table is called; drawn : its columns to draw, the first that there is, by ``x``
    has_bads, needs_years : whether it knows bad outputs, and whether it compares years; options : those that it takes
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
    fixed: Mapping[str, Any] | None = None


SCORED = ("returns", "orientation", "technology")
DIRECTED = (*SCORED, "direction")
CHANGED = ("cumulated_productivity_index", "cumulated_productivity_indicator")
_DEA = Method(dea, "productivity.dea", "scores", ("efficiency_score", "inefficiency_score"), DIRECTED, has_bads=True)
_SBM = replace(_DEA, function=sbm, instrument="productivity.sbm", drawn=("efficiency_score",), options=SCORED)
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
    options=("returns", "decomposition", "direction"),
    has_bads=True,
)
_ML = replace(_LUENBERGER, function=malmquist_luenberger, instrument="productivity.malmquist_luenberger")
_SUPER, _ADJACENT, _GLOBAL = {"super_efficiency": True}, {"method": "adjacent"}, {"method": "global"}
METHODS: dict[str, Method] = {
    "dea": _DEA,
    "super_dea": replace(_DEA, drawn=("super_efficiency_score", "super_inefficiency_score"), fixed=_SUPER),
    "fdh": Method(fdh, "productivity.fdh", "scores", ("efficiency_score",), ("orientation", "technology")),
    "order_m": Method(order_m, "productivity.order_m", "scores", ("efficiency_score",), ("orientation", "technology")),
    "bootstrap_dea": Method(
        bootstrap_dea,
        "productivity.bootstrap_dea",
        "scores",
        ("efficiency_score_corrected", "expansion_score_corrected"),
        (*SCORED, "replications"),
    ),
    "sbm": _SBM,
    "super_sbm": replace(_SBM, drawn=("super_efficiency_score",), fixed=_SUPER),
    "malmquist": _MALMQUIST,
    "global_malmquist": replace(_MALMQUIST, fixed=_GLOBAL),
    "ml": replace(_ML, fixed=_ADJACENT),
    "gml": replace(_ML, fixed=_GLOBAL),
    "luenberger": _LUENBERGER,
    "global_luenberger": replace(_LUENBERGER, fixed=_GLOBAL),
    "nonradial_luenberger": replace(_LUENBERGER, function=nonradial_luenberger, options=("returns", "decomposition")),
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
YEARS, RANKS = {"x_en": "year", "x_zh": "年份"}, {"x_en": "rank, highest first", "x_zh": "名次（由高到低）"}
SHOWN = ("scores", "levels", "changes", "by_period", "peers", "prices", "left_out")


def productivity_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Efficiency scores, or the change of productivity, by the method that was chosen."""
    method = METHODS[choices["method"]]
    has_years = frame["year"].null_count() < frame.height
    if method.needs_years and not has_years:
        raise InputError(f"{choices['method']} compares years", where="column year", try_next="--column year='Yours'")
    given = {name: choices[name] for name in method.options if choices[name] is not None}
    columns = [choices["inputs"], choices["outputs"], *([choices["bad"] or []] if method.has_bads else [])]
    years = {"year": "year"} if has_years else {}
    found = method.function(frame, *columns, **years, **given, **(method.fixed or {}))
    drawn = next((name for name in method.drawn if name in found.table.columns), None)
    tables = finding_tables(found, method.main)
    shown = [name for name in SHOWN if name in tables]
    y = dict(zip(("y_en", "y_zh"), TITLES[drawn], strict=True)) if drawn else {}
    if drawn and method.x in found.table.columns:
        tables["curves"] = curve_rows(found.table, OBSERVED, "line", panel="unit", x=method.x, value=drawn)
        return tables, {"shown": shown, **YEARS, **y}
    if drawn:
        tables["curves"] = ranked_rows(found.table, drawn)
    return tables, {"shown": shown, **RANKS, **y}


TITLES = {
    "efficiency_score_corrected": ("efficiency without bias", "纠偏效率值"),
    "expansion_score_corrected": ("expansion without bias", "纠偏扩张倍数"),
    "efficiency_score": ("efficiency, 1 = on the frontier", "效率值（1为前沿）"),
    "inefficiency_score": ("inefficiency, 0 = on the frontier", "无效率值（0为前沿）"),
    "super_efficiency_score": ("super-efficiency", "超效率值"),
    "super_inefficiency_score": ("super-inefficiency", "超无效率值"),
    "cumulated_productivity_index": ("productivity, first year = 1", "累计生产率指数（首年=1）"),
    "cumulated_productivity_indicator": ("productivity, first year = 0", "累计生产率指标（首年=0）"),
    "tfp_index": ("total factor productivity", "全要素生产率指数"),
    "tfp_change_index": ("TFP change, 1 = no change", "全要素生产率变动（1为无变化）"),
    "expansion_score": ("expansion, 1 = on the frontier", "扩张倍数（1为前沿）"),
}


def check_method(choices: Choices) -> None:
    """Raises  InputError for columns that are not named, or options that the method doesn't have."""
    method = METHODS[choices["method"]]
    for name in ("inputs", "outputs"):
        if not choices[name]:
            raise InputError(f"which columns are {name}?", where=f"--{name}", try_next=f"--{name} COLUMN,COLUMN")
    if choices["bad"] and not method.has_bads:
        able = ", ".join(name for name, own in METHODS.items() if own.has_bads)
        raise InputError(f"{choices['method']} has no bad outputs", where="--bad", try_next=f"--method one of {able}")
    if method.function is malmquist_luenberger and not choices["bad"]:
        raise InputError(
            f"{choices['method']} needs a bad output", where="--bad", try_next="--bad COLUMN, or --method malmquist"
        )
    if choices["orientation"] == "directional" and not choices["direction"]:
        raise InputError("which columns move?", where="--direction", try_next="--direction COLUMN,COLUMN")
    for name in ("returns", "orientation", "technology", "decomposition", "direction", "replications"):
        if choices[name] is not None and name not in method.options:
            raise InputError(f"{choices['method']} has no {name}", where=f"--{name}", try_next="leave it out")


def finding_tables(found: Finding, main: str) -> dict[str, pl.DataFrame]:
    """Every table of a finding: the main one under its name, the sentences, the conventions, and its further frames."""
    own = {part.name: getattr(found, part.name) for part in fields(found) if part.name not in ("table", "given")}
    frames = {name: value for name, value in own.items() if isinstance(value, pl.DataFrame) and value.width}
    return {
        "sentences": sentences_frame(found),
        main: found.table,
        **frames,
        "conventions": texts(list(found.conventions)),
    }


def add_words(tables: dict[str, pl.DataFrame], found: Finding) -> None:
    """Put the sentences and conventions of a further finding behind those of the first."""
    tables["sentences"] = pl.concat([tables["sentences"], sentences_frame(found)])
    tables["conventions"] = pl.concat([tables["conventions"], texts(list(found.conventions))])


def sample_places() -> tuple[pl.DataFrame, dict[str, Any]]:
    """The made-up economy's places by year, and what to measure on them."""
    frame = made_up_economy().places().rename({"place": "unit"})
    return frame, {"inputs": "capital,hours", "outputs": "value_added"}

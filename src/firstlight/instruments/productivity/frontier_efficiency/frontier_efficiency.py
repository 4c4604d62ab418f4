"""Efficiency: how far each unit is from the frontier that the best span."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.frontier_efficiency import efficiency_answers as answers
from firstlight.instruments.productivity.frontier_efficiency.cross_efficiency import (
    cross_efficiency,
)
from firstlight.instruments.productivity.frontier_efficiency.envelopment import dea
from firstlight.instruments.productivity.frontier_efficiency.envelopment_options import (
    envelopment_options,
)
from firstlight.instruments.productivity.frontier_efficiency.free_disposal_hull import fdh
from firstlight.instruments.productivity.frontier_efficiency.order_m import LEVEL, order_m
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontier_efficiency.sbm import sbm
from firstlight.instruments.productivity.frontiers.distance_functions import SCORES
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Message, Name, message, names

RETURNS = {"dea": "vrs", "sbm": "crs"}  # where none are named
ORIENTATIONS = {  # the first where none is named
    "dea": ("input", "output", "non", "directional"),
    "sbm": ("non", "input", "output"),
    "fdh": ("input", "output", "directional"),
    "order_m": ("input", "output"),
}
OPTIONS = {
    "dea": (
        "bad",
        "super_efficiency",
        "returns",
        "orientation",
        "technology",
        "direction",
        "disposability",
        "window",
        "nondiscretionary",
        "weight_restrictions",
    ),
    "sbm": ("bad", "super_efficiency", "returns", "orientation", "technology", "zeros"),
    "fdh": ("orientation", "technology"),
    "order_m": ("orientation", "technology", "m"),
    "cross": ("goal",),
}
Answer = tuple[dict[str, pl.DataFrame], list[Message], list[Message]]
"""Tables, what is said, and conventions."""

_BOUND = re.compile(r"(?P<one>[^<>=*]+)(?P<sign><=|>=)(?:(?P<times>[^*]+)\*)?(?P<other>[^<>=*]+)")


def weight_bound(text: str) -> dict[str, float]:
    """The coefficients of a sum of weights that is not below 0: of K 1 and of L -2 for ``K>=2*L``.

    Raises InputError for what is not written so: two different columns, and a number above 0
    between them.

    >>> weight_bound("K >= 2*L"), weight_bound("K<=0.5*L")
    ({'K': 1.0, 'L': -2.0}, {'K': -1.0, 'L': 0.5})
    """
    read = _BOUND.fullmatch(text.strip())
    if read is None:
        raise refused(message("not_a_bound", text=Name(text)))
    one, other = read["one"].strip(), read["other"].strip()
    try:
        times = float(read["times"] or 1)
    except ValueError:
        times = 0.0
    if one == other or not (one and other and 0 < times < float("inf")):
        raise refused(message("not_a_bound", text=Name(text)))
    sign = 1.0 if read["sign"] == ">=" else -1.0
    return {one: sign, other: -sign * times}


def efficiency(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    inputs: Annotated[Sequence[str], roles.Columns(each=roles.Number("zero", is_filled=True))],
    outputs: Annotated[Sequence[str], roles.Columns(each=roles.Number("zero", is_filled=True))],
    bad: Annotated[
        Sequence[str] | None, roles.Columns(each=roles.Number("zero", is_filled=True))
    ] = None,
    method: Literal["dea", "sbm", "fdh", "order_m", "cross"] = "dea",
    super_efficiency: bool = False,
    returns: Literal["crs", "vrs", "nirs", "ndrs"] | None = None,
    orientation: Literal["input", "output", "non", "directional"] | None = None,
    technology: Literal["contemporaneous", "sequential", "global", "window"] = "contemporaneous",
    window: Annotated[int, roles.Bounds(1, 1000)] = 3,
    direction: Annotated[Sequence[str] | None, roles.Names()] = None,
    disposability: Literal["weak", "kuosmanen", "strong"] = "weak",
    nondiscretionary: Annotated[Sequence[str] | None, roles.Names()] = None,
    weight_restrictions: Annotated[Sequence[str] | None, roles.Ratios()] = None,
    zeros: Literal["refuse", "neglect", "penalty"] = "refuse",
    m: Annotated[int, roles.Bounds(1, 100_000)] = 25,
    goal: Literal["benevolent", "aggressive"] = "benevolent",
    progress: Progress | None = None,
) -> Result:
    """How far each unit is from the frontier that the best units span, and who they are.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    unit
        Column of the units: firms, provinces, schools.
    year
        Column of the years; without it the units are compared once.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    bad
        Columns of undesirable outputs, such as emissions (dea, sbm). For fdh and order_m name them
        as inputs.
    method
        dea: data envelopment analysis; sbm: the slacks-based measure; fdh: the free disposal hull;
        order_m: the expected best of m units; cross: cross-efficiency.
    super_efficiency
        Also tell apart the units on the frontier, each against the frontier of the others (dea,
        sbm).
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing. Where left out, vrs
        for dea and crs for sbm; fdh, order_m and cross have no choice.
    orientation
        What moves towards the frontier: inputs, outputs, both (non), or the columns of a direction.
        Where left out, non for sbm and input for dea, fdh and order_m.
    technology
        Which years span the frontier of a year: its own, those so far, all, or windows of years
        (window: dea alone).
    window
        Years of a window (dea with technology window).
    direction
        Columns that move, each in proportion to the unit's own value (dea with orientation
        directional).
    disposability
        How bad outputs can be reduced: in proportion to all outputs (weak), so with a factor for
        each unit (kuosmanen), or freely, as inputs (strong) (dea).
    nondiscretionary
        Columns that management can't change; they are held (dea).
    weight_restrictions
        Least and greatest ratios of the weights of two columns, such as K>=2*L (dea).
    zeros
        What a quantity of 0 means for its slack: refuse it, neglect its term, or count a penalty
        (sbm).
    m
        How many units are drawn (order_m); the more, the nearer to the free disposal hull.
    goal
        Of the multipliers that are best for a unit, those that favour the others, or the opposite
        (cross).
    progress
        Called with the frontiers that are done and those that there are.

    Returns
    -------
    Result with the table ``scores`` (unit, year; ``efficiency_score``, ``expansion_score`` or
    ``inefficiency_score``, ``super_efficiency_score`` or ``super_inefficiency_score``,
    ``cross_efficiency_score``; ``is_efficient``, a ``_slack`` and a ``_target`` for each column,
    ``peers_text``, ``reason``), ``peers`` (dea, sbm) and ``multipliers`` (dea).

    Raises
    ------
    InputError
        For an option that the method does not have, a missing number, and a unit whose inputs or
        outputs are all 0.

    References
    ----------
    Charnes, Cooper and Rhodes 1978, European Journal of Operational Research 2. Banker, Charnes and
    Cooper 1984, Management Science 30. Tone 2001, European Journal of Operational Research 130.
    Deprins, Simar and Tulkens 1984, The Performance of Public Enterprises. Cazals, Florens and
    Simar 2002, Journal of Econometrics 106. Doyle and Green 1994, Journal of the Operational
    Research Society 45.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": ["a", "b", "c"], "x": [2.0, 4, 4], "y": [1.0, 3, 2]})
    >>> efficiency(rows, inputs=["x"], outputs=["y"]).table["efficiency_score"].round(6).to_list()
    [1.0, 1.0, 0.75]
    """
    asked = dict(locals())
    data = EFFICIENCY.read(asked)
    panel = measured_units(data)
    tables, said, used = ANSWERS[method](panel, asked)
    return Result(
        tables,
        tuple(said),
        EFFICIENCY.texts,
        conventions=tuple(used),
        charts=_charts(tables["scores"]),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """An option that the method does not have, or options that do not go together."""
    method, orientation = arguments["method"], arguments["orientation"]
    about = {"method": Name(method)}
    every = dict.fromkeys(name for own in OPTIONS.values() for name in own)
    for name in every:
        if arguments[name] == EFFICIENCY.parameters[name].default or name in OPTIONS[method]:
            continue
        able = names(other for other, own in OPTIONS.items() if name in own)
        return message("no_such_option", option=Name(name), methods=able, **about)
    if orientation is not None and orientation not in ORIENTATIONS[method]:
        known = names(ORIENTATIONS[method])
        return message("no_such_orientation", value=Name(orientation), known=known, **about)
    if arguments["technology"] == "window" and method != "dea":
        return message("no_window", **about)
    is_directional = method == "dea" and orientation == "directional"
    if is_directional and not arguments["direction"]:
        return message("no_direction")
    if arguments["direction"] and not is_directional:
        return message("direction_unused")
    return None


def _frontier(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Orientation, technology and progress, as every method but cross takes them."""
    orientation = asked["orientation"] or ORIENTATIONS[asked["method"]][0]
    return {
        "orientation": orientation,
        "technology": asked["technology"],
        "progress": asked["progress"],
    }


def _dea(panel: UnitPanel, asked: Mapping[str, Any]) -> Answer:
    returns, frontier = asked["returns"] or RETURNS["dea"], _frontier(asked)
    progress = frontier.pop("progress")
    options = envelopment_options(
        panel,
        returns=returns,
        direction=asked["direction"],
        disposability=asked["disposability"],
        super_efficiency=asked["super_efficiency"],
        nondiscretionary=asked["nondiscretionary"] or (),
        weight_restrictions=[weight_bound(text) for text in asked["weight_restrictions"] or ()],
        window=asked["window"],
        **frontier,
    )
    found = dea(panel, options, progress)
    tables = {"scores": found.table, "peers": found.peers, "multipliers": found.multipliers}
    used = answers.dea_conventions(panel, asked, returns, frontier["orientation"])
    return tables, answers.dea_said(panel, found.table), used


def _sbm(panel: UnitPanel, asked: Mapping[str, Any]) -> Answer:
    returns, frontier = asked["returns"] or RETURNS["sbm"], _frontier(asked)
    is_super, zeros = asked["super_efficiency"], asked["zeros"]
    table, peers = sbm(panel, returns=returns, super_efficiency=is_super, zeros=zeros, **frontier)
    used = answers.sbm_conventions(panel, asked, returns, frontier["orientation"])
    return {"scores": table, "peers": peers}, answers.sbm_said(panel, table), used


def _fdh(panel: UnitPanel, asked: Mapping[str, Any]) -> Answer:
    frontier = _frontier(asked)
    orientation = frontier["orientation"]
    table = fdh(panel, **frontier)
    said = answers.fdh_said(panel, table, SCORES.get(orientation, "inefficiency_score"))
    used = [message("free_disposal"), message(f"fdh_{orientation}")]
    return {"scores": table}, said, used + answers.technology_used(panel, asked["technology"])


def _order_m(panel: UnitPanel, asked: Mapping[str, Any]) -> Answer:
    frontier, m = _frontier(asked), asked["m"]
    orientation = frontier["orientation"]
    table = order_m(panel, m=m, **frontier)
    said = answers.order_m_said(panel, table, SCORES[orientation], m)
    used = answers.order_m_conventions(panel, orientation, asked["technology"], m, LEVEL)
    return {"scores": table}, said, used


def _cross(panel: UnitPanel, asked: Mapping[str, Any]) -> Answer:
    goal = asked["goal"]
    table = cross_efficiency(panel, goal=goal, progress=asked["progress"])
    used = [message("cross_returns"), message(f"goal_{goal}"), message("own_verdict")]
    used += answers.technology_used(panel, "contemporaneous")
    return {"scores": table}, answers.cross_said(table), used


ANSWERS = {"dea": _dea, "sbm": _sbm, "fdh": _fdh, "order_m": _order_m, "cross": _cross}
DRAWN = (
    "super_efficiency_score",
    "super_inefficiency_score",
    "cross_efficiency_score",
    "efficiency_score",
    "expansion_score",
    "inefficiency_score",
)

ENDS = {  # of intervals
    "efficiency_score": ("efficiency_score_low", "efficiency_score_high"),
    "expansion_score": ("expansion_score_low", "expansion_score_high"),
}


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    """The units by their score, and through the years where there are several."""
    score = next(name for name in DRAWN if name in table.columns)
    low, high = ENDS.get(score, ("", ""))
    if low not in table.columns:
        low = high = ""
    has_windows = "window_first_year" in table.columns  # a unit has several scores in a year
    kind: Literal["points", "line"] = "points" if has_windows else "line"
    by_year = Chart("by_year", "scores", "year", (Mark(score, kind, low, high),), panel="unit")
    if has_windows:
        return (by_year,)
    dots: Literal["points", "bars"] = "points" if low else "bars"
    by_rank = Chart("by_rank", "scores", "", (Mark(score, dots, low, high),), line="unit")
    return by_rank_and_year(table, by_rank, by_year)


EFFICIENCY = Measurement(
    efficiency,
    citation="Charnes, Cooper and Rhodes 1978, European Journal of Operational Research 2; Banker, "
    "Charnes and Cooper 1984, Management Science 30; Tone 2001, European Journal of Operational "
    "Research 130; Cazals, Florens and Simar 2002, Journal of Econometrics 106",
    sample=Sample({"inputs": ["capital", "hours"], "outputs": ["value_added"]}),
    check=_check,
    brief=(
        "unit",
        "year",
        "window_first_year",
        *DRAWN,
        "scale_efficiency_score",
        "returns_to_scale_code",
        "is_efficient",
        "maverick_index",
        "peers_text",
        "peer_name",
    ),
    ranked_by=DRAWN,
)

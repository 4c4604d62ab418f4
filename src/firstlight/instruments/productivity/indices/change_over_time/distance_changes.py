"""Productivity between two years: an index or indicator from distances, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.indices.period_frontiers import (
    Distances,
    Floats,
    Measure,
    Periods,
    Strings,
    consecutive_periods,
    distances_over_time,
    frontier_years,
    years_label,
)
from firstlight.instruments.productivity.indices.period_means import by_period
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import OPTIMAL
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
Level = Callable[[Floats], Floats]
"""Distance -> level of productivity, larger is better.

A logarithm for an index, the negative distance for an indicator.
"""
DECOMPOSITIONS = ("fglr", "fgnz", "ray_desli")
SHARED_FRONTIER = ("global", "biennial")
PARTS = (
    "productivity",
    "efficiency_change",
    "technical_change",
    "pure_efficiency_change",
    "scale_change",
)
NOT_ASKED = "not asked"


@dataclass(frozen=True, kw_only=True)
class ProductivityChange:
    """Change of productivity of each unit between consecutive years.

    table     : unit, from_year, to_year, years_count (years between the two), then, ending in
        ``_index`` (1 is no change; parts multiply) or ``_indicator`` (0 is no change; parts add
        up): productivity, efficiency_change, technical_change, pure_efficiency_change, scale_change
        (those that the decomposition has), cumulated_productivity since the unit's first year;
        reason where a number is missing: "infeasible", "imprecise", "unbounded", "too_far" of the
        first distance that has no level, or "chain_broken"
    by_period : from_year, to_year, units_count, undefined_count, then the mean of each column over
        units with all parts (geometric for an index, arithmetic for an indicator)
    distances : unit, year, frontier (its years), returns, distance, status: all that were measured
    left_out  : unit, from_year, to_year, reason: pairs of which one year or both are not there
    kind      : "index" or "indicator"; method : as asked for
    """

    table: pl.DataFrame
    by_period: pl.DataFrame
    distances: pl.DataFrame
    left_out: pl.DataFrame
    kind: str
    method: str


@dataclass(frozen=True)
class Question:
    """What is asked of a panel: which index, on which frontiers.

    kind     : "index" or "indicator"
    method, returns, decomposition, reference_period : as in ``malmquist``
    level    : distance -> level; nan where it has none
    measures : returns=... -> Measure
    """

    kind: str
    method: str
    returns: str
    decomposition: str
    level: Level
    measures: Callable[..., Measure]
    reference_period: str = "both"


def changes(
    level: Level,
    distances: Distances,
    periods: Periods,
    shared: bool,
    reference_period: str = "both",
) -> dict[str, Floats]:
    """The change of productivity of each pair and its two parts, in levels (logs for an index).

    With l_r(d) the level of data of year d against the frontier of year r, and years s before t:
    productivity = ((l_s(t) - l_s(s)) + (l_t(t) - l_t(s))) / 2,
    efficiency change = l_t(t) - l_s(s),
    technical change = ((l_s(t) - l_t(t)) + (l_s(s) - l_t(s))) / 2;
    with ``reference_period`` "first" or "second" the first or second bracket of each instead of the
    mean. Against a frontier g that the two years share: productivity = l_g(t) - l_g(s), technical
    change = (l_g(t) - l_t(t)) - (l_g(s) - l_s(s)), the change of the best practice gap.

    Returns {"productivity", "efficiency_change", "technical_change"}, each (P,); nan where a
    distance has no level.
    Source: Färe, Grosskopf, Lindgren and Roos (1992), Journal of Productivity Analysis 3, 85-101;
            Pastor and Lovell (2005), Economics Letters 88, 266-271.

    >>> one = np.array(["optimal"])
    >>> values = np.array([1.0, 0.5]), np.array([2.0]), np.array([0.0])
    >>> own = Distances(*values, one.repeat(2), one, one)
    >>> pair = Periods(np.array([1, 2]), np.array([0]), np.array([1]), pl.DataFrame())
    >>> found = changes(np.negative, own, pair, False)
    >>> {name: part.tolist() for name, part in found.items()}
    {'productivity': [1.25], 'efficiency_change': [0.5], 'technical_change': [0.75]}
    """
    own = level(distances.own)
    before, after = own[periods.first], own[periods.second]
    first, second = level(distances.to_later), level(distances.to_earlier)
    if shared:
        productivity, technical = second - first, (second - after) - (first - before)
    else:
        weight = {"both": 0.5, "first": 1.0, "second": 0.0}[reference_period]
        productivity = _mean(second - before, after - first, weight)
        technical = _mean(second - after, before - first, weight)
    return {
        "productivity": productivity,
        "efficiency_change": after - before,
        "technical_change": technical,
    }


def _mean(one: Floats, other: Floats, weight: float) -> Floats:
    # what has no weight may be undefined, and 0 times nan is nan
    if weight == 0:
        return other
    if weight == 1:
        return one
    return weight * one + (1 - weight) * other


def measure_change(
    panel: UnitPanel, question: Question, progress: Progress | None = None
) -> ProductivityChange:
    """Answer a question: measure the distances, form the index and its parts.

    decomposition : "fglr", efficiency and technical change on the frontier with ``returns``;
        "fgnz", efficiency change (CRS) split into pure efficiency change (VRS) and scale change,
        technical change on the CRS frontier; "ray_desli", pure efficiency and technical change on
        the VRS frontier, scale change their rest to the CRS index
    Returns ProductivityChange.
    Raises  InputError for an unknown decomposition, or one that needs CRS where returns are not.
    """
    _refuse_words(question)
    periods = consecutive_periods(panel.units, panel.years)
    asked = {question.returns: False}
    if question.decomposition != "fglr":
        asked["vrs"] = question.decomposition == "fgnz"  # whether the own frontiers are enough
    found = {
        returns: distances_over_time(
            panel.years,
            periods,
            question.method,
            question.measures(returns=returns),
            own_only=own_only,
            progress=progress,
        )
        for returns, own_only in asked.items()
    }
    parts = _parts(question, periods, found)
    table = _table(panel, periods, question, parts, _reasons(periods, question, found))
    return ProductivityChange(
        table=table,
        by_period=by_period(table, question.kind),
        distances=_distances_table(panel, periods, question, found),
        left_out=periods.left_out,
        kind=question.kind,
        method=question.method,
    )


def _refuse_words(question: Question) -> None:
    frontier_years(question.method, np.array([0]), 0)
    check_choice("decomposition", question.decomposition, DECOMPOSITIONS)
    check_choice("reference_period", question.reference_period, ("both", "first", "second"))
    check_choice("returns", question.returns, ("crs", "vrs"))
    if question.reference_period != "both" and question.method in SHARED_FRONTIER:
        raise InputError(message("frontier_of_both", method=Name(question.method)), FOLDER)
    if question.decomposition != "fglr" and question.returns != "crs":
        asked = Name(question.decomposition)
        raise InputError(message("needs_constant_returns", decomposition=asked), FOLDER)


def _parts(
    question: Question, periods: Periods, found: Mapping[str, Distances]
) -> dict[str, Floats]:
    shared = question.method in SHARED_FRONTIER
    index = changes(
        question.level, found[question.returns], periods, shared, question.reference_period
    )
    if question.decomposition == "fglr":
        return index
    variable = changes(question.level, found["vrs"], periods, shared, question.reference_period)
    pure = variable["efficiency_change"]
    if question.decomposition == "fgnz":
        scale = index["efficiency_change"] - pure
        return {**index, "pure_efficiency_change": pure, "scale_change": scale}
    return {
        "productivity": index["productivity"],
        "technical_change": variable["technical_change"],
        "pure_efficiency_change": pure,
        "scale_change": index["productivity"] - variable["productivity"],
    }


def _table(
    panel: UnitPanel,
    periods: Periods,
    question: Question,
    parts: Mapping[str, Floats],
    reasons: Strings,
) -> pl.DataFrame:
    starts, ends = panel.years[periods.first], panel.years[periods.second]
    cumulated = _cumulated(panel, periods, parts["productivity"])
    outer: Callable[[Floats], Floats] = np.exp if question.kind == "index" else np.asarray
    columns = {name: outer(parts[name]) for name in PARTS if name in parts}
    columns["cumulated_productivity"] = outer(cumulated)
    is_broken = np.isnan(cumulated) & (reasons == "")
    reason = pl.Series(np.where(is_broken, "chain_broken", reasons), dtype=pl.String)
    table = pl.DataFrame(
        {
            "unit": panel.units[periods.first],
            "from_year": starts,
            "to_year": ends,
            "years_count": ends - starts,
            **{f"{name}_{question.kind}": values for name, values in columns.items()},
            "reason": reason.set(reason == "", None),
        }
    )
    return nan_to_null(table)


def _cumulated(panel: UnitPanel, periods: Periods, change: Floats) -> Floats:
    """The sum of changes since each unit's first year, nan once the chain is broken."""
    is_first = np.r_[True, panel.units[1:] != panel.units[:-1]]
    at_row = np.where(is_first, 0.0, np.nan)
    # pairs are sorted by unit and year, so that a pair's first row has its sum before it is asked
    for pair, (first, second) in enumerate(zip(periods.first, periods.second, strict=True)):
        at_row[second] = at_row[first] + change[pair]
    return np.asarray(at_row[periods.second])


def _reasons(periods: Periods, question: Question, found: Mapping[str, Distances]) -> Strings:
    """(P,) why a pair's numbers are missing, by its first distance without a level; "" for none."""
    reasons = np.full(len(periods.first), "", dtype="U16")
    unneeded = {"first": "to_later", "second": "to_earlier"}.get(question.reference_period)
    for distances in found.values():
        own, status = question.level(distances.own), distances.own_status
        to_later, to_earlier = map(question.level, (distances.to_later, distances.to_earlier))
        sides = (
            ("own", own[periods.first], status[periods.first]),
            ("to_later", to_later, distances.to_later_status),
            ("to_earlier", to_earlier, distances.to_earlier_status),
            ("own", own[periods.second], status[periods.second]),
        )
        for side, level, outcome in sides:
            is_lost = np.isnan(level) & (outcome != NOT_ASKED) & (reasons == "")
            if side != unneeded:
                why = np.where(outcome == OPTIMAL, "too_far", outcome)
                reasons = np.where(is_lost, why, reasons)
    return reasons


def _distances_table(
    panel: UnitPanel, periods: Periods, question: Question, found: Mapping[str, Distances]
) -> pl.DataFrame:
    parts = []
    every = np.arange(len(panel.units))
    for returns, distances in found.items():
        for rows, others, values, status in (
            (every, every, distances.own, distances.own_status),
            (periods.first, periods.second, distances.to_later, distances.to_later_status),
            (periods.second, periods.first, distances.to_earlier, distances.to_earlier_status),
        ):
            asked = np.flatnonzero(status != NOT_ASKED)
            labels = [
                _frontier(panel, periods, question.method, row, other)
                for row, other in zip(rows[asked].tolist(), others[asked].tolist(), strict=True)
            ]
            parts.append(
                pl.DataFrame(
                    {
                        "unit": panel.units[rows[asked]],
                        "year": panel.years[rows[asked]],
                        "frontier": pl.Series(labels, dtype=pl.String),
                        "returns": [returns] * len(asked),
                        "distance": values[asked],
                        "status": status[asked],
                    }
                )
            )
    table = pl.concat(parts).with_columns(pl.col("distance").fill_nan(None))
    # a row is held twice against a frontier of all years, in a pair as first, in another as second
    return table.unique(["unit", "year", "frontier", "returns"], keep="first").sort(
        "returns", "unit", "year", "frontier"
    )


def _frontier(panel: UnitPanel, periods: Periods, method: str, row: int, other: int) -> str:
    """The years of the frontier that a row is held against: its own year's, or another row's."""
    year = int(panel.years[other])
    data_year = None if row == other else int(panel.years[row])
    return years_label(*frontier_years(method, periods.years, year, data_year))

"""Productivity between two years: an index or indicator from distances, its parts, and what is left undefined and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.change_sentences import (
    change_conventions,
    change_sentences,
    measured,
)
from firstlight.instruments.productivity.indices.period_frontiers import (
    Distances,
    Floats,
    Measure,
    Periods,
    consecutive_periods,
    distances_over_time,
    frontier_years,
    years_label,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.numerics.finding import Finding, Words, reason_columns
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.progress import Progress

Level = Callable[[Floats], Floats]
"""Distance -> level of productivity, larger is better: a logarithm for an index, the negative distance for an indicator."""
DECOMPOSITIONS = ("fglr", "fgnz", "ray_desli")
SHARED_FRONTIER = ("global", "biennial")
PARTS = (
    "productivity",
    "efficiency_change",
    "technical_change",
    "pure_efficiency_change",
    "scale_change",
)


@dataclass(frozen=True, kw_only=True)
class ProductivityChange(Finding):
    """Change of productivity of each unit between consecutive years.

    table (``frame``): unit, from_year, to_year, years_count (years between the two), then, ending in ``_index`` (1 is no
        change; parts multiply) or ``_indicator`` (0 is no change; parts add up): productivity, efficiency_change,
        technical_change, pure_efficiency_change, scale_change (those that the decomposition has),
        cumulated_productivity since the unit's first year; reason_en, reason_zh where a number is missing
    by_period : from_year, to_year, units_count, undefined_count, then the mean of each column over units with all parts
        (geometric for an index, arithmetic for an indicator)
    distances : unit, year, frontier (its years), returns, distance, status: every distance that was measured
    left_out  : unit, from_year, to_year, reason_en, reason_zh: pairs of years of which one or both are not there
    kind      : "index" or "indicator"; method : as asked for
    """

    by_period: pl.DataFrame
    distances: pl.DataFrame
    left_out: pl.DataFrame
    kind: str
    method: str

    def _chart(self, alt: Any) -> Any:
        columns = [name for name in self.by_period.columns if name.endswith(f"_{self.kind}")]
        start = 1.0 if self.kind == "index" else 0.0
        means = self.by_period.select("to_year", *columns)
        runs = [
            pl.col(name).cum_prod() if self.kind == "index" else pl.col(name).cum_sum()
            for name in columns
        ]
        first = pl.DataFrame(
            {"to_year": [self.by_period["from_year"][0]], **{name: [start] for name in columns}}
        )
        lines = pl.concat([first, means.with_columns(runs)]).unpivot(
            columns, index="to_year", variable_name="part"
        )
        shape = alt.Chart(alt.Data(values=lines.to_dicts())).mark_line(point=True)
        return shape.encode(
            x=alt.X("to_year:O", title="year"),
            y=alt.Y("value:Q", title=f"cumulated mean {self.kind}", scale=alt.Scale(zero=False)),
            color=alt.Color("part:N", title=None),
        ).properties(width=560, height=300)


@dataclass(frozen=True)
class Question:
    """What is asked of a panel: which index, on which frontiers.

    kind      : "index" or "indicator"; name : of the index, English and Chinese
    method, returns, decomposition : as in ``malmquist``
    level     : distance -> level; nan where it has none
    measures  : returns=... -> Measure
    conventions : those of the index itself
    reference_period : as in ``malmquist``
    """

    kind: str
    name: Words
    method: str
    returns: str
    decomposition: str
    level: Level
    measures: Callable[..., Measure]
    conventions: tuple[Words, ...]
    reference_period: str = "both"


def changes(
    level: Level,
    distances: Distances,
    periods: Periods,
    shared: bool,
    reference_period: str = "both",
) -> dict[str, Floats]:
    """The change of productivity of each pair and its two parts, in levels (logarithms for an index).

    With l_r(d) the level of data of year d against the frontier of year r, and years s before t:
    productivity = ((l_s(t) - l_s(s)) + (l_t(t) - l_t(s))) / 2, efficiency change = l_t(t) - l_s(s), technical change =
    ((l_s(t) - l_t(t)) + (l_s(s) - l_t(s))) / 2; with ``reference_period`` "first" or "second" the first or second bracket of
    each instead of the mean. Against a frontier g that the two years share: productivity =
    l_g(t) - l_g(s), technical change = (l_g(t) - l_t(t)) - (l_g(s) - l_s(s)), the change of the best practice gap.

    Returns {"productivity", "efficiency_change", "technical_change"}, each (P,); nan where a distance has no level.
    Source: Färe, Grosskopf, Lindgren and Roos (1992), Journal of Productivity Analysis 3, 85-101; Pastor and Lovell
            (2005), Economics Letters 88, 266-271.

    >>> one = np.array(["optimal"])
    >>> own = Distances(np.array([1.0, 0.5]), np.array([2.0]), np.array([0.0]), one.repeat(2), one, one)
    >>> pair = Periods(np.array([1, 2]), np.array([0]), np.array([1]), pl.DataFrame())
    >>> {name: part.tolist() for name, part in changes(np.negative, own, pair, False).items()}
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
    # What has no weight may be undefined.
    return one if weight == 1 else other if weight == 0 else weight * one + (1 - weight) * other


def measure_change(
    panel: UnitPanel, question: Question, progress: Progress = None
) -> ProductivityChange:
    """Answer a question: measure the distances, form the index and its parts, and say what is undefined.

    decomposition : "fglr", efficiency and technical change on the frontier with ``returns``; "fgnz", efficiency change (CRS)
        split into pure efficiency change (VRS) and scale change, technical change on the CRS frontier; "ray_desli",
        pure efficiency and technical change on the VRS frontier, scale change their rest to the CRS index
    Returns ProductivityChange.
    Raises  InputError for an unknown decomposition, or one that needs CRS where ``returns`` are not.
    """
    _refuse_words(question)
    periods = consecutive_periods(panel)
    asked = {question.returns: False}
    if question.decomposition != "fglr":
        asked["vrs"] = question.decomposition == "fgnz"  # whether the own frontiers are enough
    found = {
        returns: distances_over_time(
            panel,
            periods,
            question.method,
            question.measures(returns=returns),
            own_only=own_only,
            progress=progress,
        )
        for returns, own_only in asked.items()
    }
    parts = _parts(question, periods, found)
    reasons = _reasons(panel, periods, question, found)
    table = _table(panel, periods, question, parts, reasons)
    return ProductivityChange(
        table=table,
        sentences=change_sentences(panel, periods, question.name, question.kind, table),
        conventions=question.conventions
        + change_conventions(
            question.kind,
            question.method,
            question.returns,
            question.decomposition,
            question.reference_period,
        ),
        given=panel.given,
        by_period=by_period(table, question.kind),
        distances=_distances_table(panel, periods, question, found),
        left_out=periods.left_out,
        kind=question.kind,
        method=question.method,
    )


def _refuse_words(question: Question) -> None:
    frontier_years(question.method, np.array([0]), 0)
    if question.decomposition not in DECOMPOSITIONS:
        raise InputError(
            f"decomposition {question.decomposition!r}",
            where="decomposition",
            try_next=f"use one of {', '.join(DECOMPOSITIONS)}",
        )
    if question.reference_period not in ("both", "first", "second"):
        raise InputError(
            f"reference_period {question.reference_period!r}",
            where="reference_period",
            try_next="use 'both', 'first' or 'second'",
        )
    if question.reference_period != "both" and question.method in SHARED_FRONTIER:
        raise InputError(
            f"a {question.method} frontier is that of both years",
            where="reference_period",
            try_next="leave it at 'both', or use method='adjacent' or 'sequential'",
        )
    if question.returns not in ("crs", "vrs"):
        raise InputError(
            f"returns {question.returns!r}", where="returns", try_next="use 'crs' or 'vrs'"
        )
    if question.decomposition != "fglr" and question.returns != "crs":
        raise InputError(
            f"the index of {question.decomposition} is that of constant returns",
            where="returns",
            try_next="leave returns at 'crs'; the decomposition brings variable returns in itself",
        )


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
    reasons: list[Words],
) -> pl.DataFrame:
    starts, ends = panel.years[periods.first], panel.years[periods.second]
    cumulated, broken = _cumulated(panel, periods, parts["productivity"])
    outer: Callable[[Floats], Floats] = np.exp if question.kind == "index" else np.asarray
    columns = {name: outer(parts[name]) for name in PARTS if name in parts}
    columns["cumulated_productivity"] = outer(cumulated)
    texts = [_joined(reason, pair) for reason, pair in zip(reasons, broken, strict=True)]
    table = pl.DataFrame(
        {
            "unit": panel.units[periods.first],
            "from_year": starts,
            "to_year": ends,
            "years_count": ends - starts,
            **{f"{name}_{question.kind}": values for name, values in columns.items()},
            **reason_columns(texts),
        }
    )
    return nan_to_null(table)


def _joined(reason: Words, broken: Words) -> Words:
    return (
        "; ".join(filter(None, (reason[0], broken[0]))),
        "；".join(filter(None, (reason[1], broken[1]))),
    )


def _cumulated(panel: UnitPanel, periods: Periods, change: Floats) -> tuple[Floats, list[Words]]:
    """The sum of changes since each unit's first year, nan once the chain is broken, and where it was."""
    is_first = np.r_[True, panel.units[1:] != panel.units[:-1]]
    years = panel.years.tolist()
    total, broken = np.full(len(change), np.nan), [("", "")] * len(change)
    at_row = np.where(is_first, 0.0, np.nan)
    breaks: dict[int, str] = {}
    for pair, (first, second) in enumerate(
        zip(periods.first.tolist(), periods.second.tolist(), strict=True)
    ):
        total[pair] = at_row[second] = at_row[first] + change[pair]
        if np.isnan(at_row[first]):
            # Rows are sorted by unit and year: where no pair ended in this row, a gap lies between it and the row before.
            breaks[second] = breaks.get(first) or years_label(years[first - 1], years[first])
            broken[pair] = (
                f"not cumulated: the chain breaks at {breaks[second]}",
                f"累计在{breaks[second]}年中断",
            )
        elif np.isnan(change[pair]):
            breaks[second] = years_label(years[first], years[second])
    return total, broken


def _reasons(
    panel: UnitPanel, periods: Periods, question: Question, found: Mapping[str, Distances]
) -> list[Words]:
    """Why a pair's numbers are missing: each distance that has no level, named."""
    english: list[list[str]] = [[] for _ in periods.first]
    chinese: list[list[str]] = [[] for _ in periods.first]
    for returns, distances in found.items():
        own = question.level(distances.own)
        needed = [
            np.full_like(status, "not asked") if question.reference_period == unneeded else status
            for status, unneeded in (
                (distances.to_later_status, "first"),
                (distances.to_earlier_status, "second"),
            )
        ]
        for values, status, rows, others in (
            (own[periods.first], distances.own_status[periods.first], periods.first, periods.first),
            (question.level(distances.to_later), needed[0], periods.first, periods.second),
            (question.level(distances.to_earlier), needed[1], periods.second, periods.first),
            (
                own[periods.second],
                distances.own_status[periods.second],
                periods.second,
                periods.second,
            ),
        ):
            for pair in np.flatnonzero(np.isnan(values) & (status != "not asked")).tolist():
                data, frontier = _years(panel, periods, question.method, rows[pair], others[pair])
                en, zh = _why(str(status[pair]))
                english[pair].append(f"data {data} against frontier {frontier} ({returns}): {en}")
                chinese[pair].append(f"以{frontier}年前沿评价{data}年数据（{returns}）：{zh}")
    return [("; ".join(en), "；".join(zh)) for en, zh in zip(english, chinese, strict=True)]


def _why(status: str) -> Words:
    return {
        "infeasible": ("infeasible, no mix of the frontier's units meets it", "线性规划无可行解"),
        "imprecise": (
            "units differ too much in size for the solver",
            "单元规模差异过大，求解精度不足",
        ),
        "unbounded": ("unbounded, nothing limits the move", "线性规划无界"),
        "optimal": ("too far beyond the frontier for a ratio", "超出前沿过远，比值无定义"),
    }[status]


def _years(
    panel: UnitPanel, periods: Periods, method: str, row: int, other: int
) -> tuple[int, str]:
    data, year = int(panel.years[row]), int(panel.years[other])
    return data, years_label(
        *frontier_years(method, periods.years, year, None if row == other else data)
    )


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
            asked = np.flatnonzero(status != "not asked")
            labels = [
                _years(panel, periods, question.method, row, other)[1]
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
    # A row is held twice against a frontier of all years, as a pair's first and as another's second.
    return table.unique(["unit", "year", "frontier", "returns"], keep="first").sort(
        "returns", "unit", "year", "frontier"
    )


def by_period(table: pl.DataFrame, kind: str) -> pl.DataFrame:
    """from_year, to_year, units_count, undefined_count, and the mean of each part over the units that have all.

    table : from_year, to_year, and columns ending in the kind, null where undefined; kind : "index" or "indicator"

    >>> rows = pl.DataFrame({"from_year": [1, 1], "to_year": [2, 2], "productivity_index": [4.0, 1.0]})
    >>> by_period(rows, "index").row(0)
    (1, 2, 2, 0, 2.0)
    """
    columns = measured(table, kind)
    defined = pl.all_horizontal(pl.col(columns).is_not_null())
    means = [
        pl.col(name).filter(defined).log().mean().exp()
        if kind == "index"
        else pl.col(name).filter(defined).mean()
        for name in columns
    ]
    counts = (
        defined.sum().cast(pl.Int64).alias("units_count"),
        (~defined).sum().cast(pl.Int64).alias("undefined_count"),
    )
    return table.group_by("from_year", "to_year").agg(*counts, *means).sort("from_year")

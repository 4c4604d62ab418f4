"""Productivity over time where groups have technologies of their own: the metafrontier Malmquist and Malmquist-Luenberger index.

Symbols: b_c, b_i, b_g the distances of a row to the frontier of its group in its year, of its group in all years, and of all groups
in all years; s and t consecutive years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import IMPRECISE, REASONS
from firstlight.instruments.productivity.frontiers.directions import direction_amounts, disposal
from firstlight.instruments.productivity.frontiers.unit_groups import (
    each_group,
    group_words,
    unit_groups,
)
from firstlight.instruments.productivity.indices.period_frontiers import (
    ROUNDING,
    Measure,
    Periods,
    consecutive_periods,
    directional_measure,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.numerics.finding import Finding, Words, name_words, reason_columns
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL
from firstlight.numerics.progress import Progress

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
PARTS = (
    "productivity_index",
    "efficiency_change_index",
    "best_practice_change_index",
    "technology_gap_change_index",
)
FRONTIERS = ("group and year", "group", "all groups")


@dataclass(frozen=True, kw_only=True)
class MetaChange(Finding):
    """Change of productivity of each unit between consecutive years, against the technology of all groups.

    table : unit, group, from_year, to_year, years_count; ``productivity_index`` (above 1 where it grows) = ``efficiency_change_index``
        x ``best_practice_change_index`` x ``technology_gap_change_index``; reason_en, reason_zh where a number is missing
    by_group  : group, from_year, to_year, units_count and the geometric means of the four columns
    distances : unit, year, group, then ``_distance`` to the three frontiers: group_year, group, meta
    left_out  : unit, from_year, to_year, reason_en, reason_zh: pairs of years of which one or both are not there
    """

    by_group: pl.DataFrame
    distances: pl.DataFrame
    left_out: pl.DataFrame

    def _chart(self, alt: Any) -> Any:
        runs = self.by_group.sort("group", "to_year").with_columns(
            pl.col("productivity_index").cum_prod().over("group")
        )
        starts = runs.group_by("group").agg(
            to_year=pl.col("from_year").first(), productivity_index=pl.lit(1.0)
        )
        shown = pl.concat([starts, runs.select(starts.columns)], how="vertical_relaxed").sort(
            "group", "to_year"
        )
        marks = alt.Chart(alt.Data(values=shown.to_dicts())).mark_line(point=True)
        return marks.encode(
            x=alt.X("to_year:O", title="year"),
            y=alt.Y(
                "productivity_index:Q", title="cumulated mean index", scale=alt.Scale(zero=False)
            ),
            color=alt.Color("group:N", title=None),
        )


def meta_malmquist(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    group: str,
    unit: str = "unit",
    year: str = "year",
    returns: str = "crs",
    direction: Sequence[str] | None = None,
    disposability: str = "weak",
    progress: Progress = None,
) -> MetaChange:
    """The metafrontier Malmquist(-Luenberger) index of each unit from year to year, and its three parts.

    index = (1 + b_g(s)) / (1 + b_g(t)); efficiency change (1 + b_c(s)) / (1 + b_c(t)), catching up with the group's best;
    best practice change, of (1 + b_c) / (1 + b_i), the group's frontier of the year nearing its frontier of all years;
    technology gap change, of (1 + b_i) / (1 + b_g), the group's frontier nearing that of all groups: innovation leads, above 1.

    frame     : a row per unit and year; inputs, outputs, bads : its columns, in any units; with bads the index is
                Malmquist-Luenberger, without it is the output-oriented Malmquist index
    group     : its column of groups; a unit's group may not change
    unit, year : its columns of names and years
    returns   : "crs" or "vrs"; direction, disposability : as in ``malmquist_luenberger``
    progress  : told of each frontier
    Returns MetaChange.
    Raises  InputError as ``malmquist_luenberger``, or for a unit that changes its group.
    Source: Oh and Lee (2010), Empirical Economics 38; Oh (2010), Energy Economics 32.

    >>> rows = pl.DataFrame({"unit": ["a", "a", "b", "b"], "kind": ["old", "old", "new", "new"], "year": [1, 2, 1, 2]})
    >>> rows = rows.with_columns(x=pl.lit(1.0), y=pl.Series([2.0, 3.0, 4.0, 4.0]))
    >>> meta_malmquist(rows, ["x"], ["y"], group="kind").frame.select(PARTS).row(0)
    (1.5, 1.0, 1.5, 1.0)
    """
    if returns not in ("crs", "vrs"):
        raise InputError(f"returns {returns!r}", where="returns", try_next="use 'crs' or 'vrs'")
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    groups = unit_groups(panel, group, unit=unit, year=year)
    _refuse_moves(panel, groups)
    amounts, words = direction_amounts(panel, [*outputs, *bads] if direction is None else direction)
    periods = consecutive_periods(panel)
    measure = directional_measure(panel, amounts, returns=returns, disposability=disposability)
    distance, status = _distances(panel, groups, measure, progress)
    table = _table(panel, groups, periods, distance, status)
    by_group = _by_group(table)
    named = dict(
        zip(("group_year_distance", "group_distance", "meta_distance"), distance, strict=True)
    )
    distances = pl.DataFrame({**panel.key(), "group": groups, **named})
    return MetaChange(
        table=table,
        sentences=_sentences(table, by_group, bool(bads)),
        conventions=(
            *_CONVENTIONS,
            (f"Returns to scale: {returns.upper()}", f"规模报酬：{returns.upper()}"),
            words,
            *disposal(panel, disposability, returns),
            group_words(groups),
        ),
        given=panel.given,
        by_group=by_group,
        distances=distances.with_columns(pl.col(pl.Float64).fill_nan(None)),
        left_out=periods.left_out,
    )


_CONVENTIONS: tuple[Words, ...] = (
    (
        "Above 1 where productivity grows; the three parts multiply to the index",
        "大于1表示生产率提高；三个分解项之积为总指数",
    ),
    (
        "Metafrontier of all groups and years (Oh 2010; Oh and Lee 2010), convex",
        "共同前沿面由全部组与年份共同构造（Oh 2010；Oh 和 Lee 2010），为凸集",
    ),
)


def _table(
    panel: UnitPanel, groups: Strings, periods: Periods, distance: Floats, status: Strings
) -> pl.DataFrame:
    level = -np.log(np.where(distance > -1, 1 + distance, np.nan))
    own, of_group, of_all = level[:, periods.second] - level[:, periods.first]
    parts = np.exp(np.stack([of_all, own, of_group - own, of_all - of_group], axis=1))
    reasons = _reasons(panel, status, periods.first, periods.second)
    starts, ends = panel.years[periods.first], panel.years[periods.second]
    return pl.DataFrame(
        {
            "unit": panel.units[periods.first],
            "group": groups[periods.first],
            "from_year": starts,
            "to_year": ends,
            "years_count": ends - starts,
            **dict(zip(PARTS, parts.T, strict=True)),
            **reason_columns(reasons),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _refuse_moves(panel: UnitPanel, groups: Strings) -> None:
    moved = np.flatnonzero((panel.units[1:] == panel.units[:-1]) & (groups[1:] != groups[:-1]))
    if moved.size:
        row = int(moved[0])
        raise InputError(
            f"the unit moves from group {str(groups[row])!r} to {str(groups[row + 1])!r}",
            where=f"unit {str(panel.units[row])!r}, year {panel.years[row + 1]}",
            try_next="keep a unit in one group, or give it another name after the move",
        )


def _distances(
    panel: UnitPanel, groups: Strings, measure: Measure, progress: Progress
) -> tuple[Floats, Strings]:
    """Of every row to its group's frontier of the year, its group's of all years, and that of all groups; (3, N)."""
    every = np.arange(len(groups))
    distance, status = np.full((3, len(groups)), np.nan), np.full((3, len(groups)), OPTIMAL, "U10")
    for year in np.unique(panel.years).tolist():
        for name, rows in each_group(groups, np.flatnonzero(panel.years == year)):
            if progress:
                progress(f"frontier of {name}, {year}")
            distance[0, rows], status[0, rows] = measure(rows, rows)
    for name, rows in each_group(groups, every):
        if progress:
            progress(f"frontier of {name}, all years")
        distance[1, rows], status[1, rows] = measure(rows, rows)
    if progress:
        progress("frontier of all groups")
    distance[2], status[2] = measure(every, every)
    # Each row helps to span all three, so that it can't lie beyond them, but for rounding.
    lost = (status == INFEASIBLE) | (distance < -ROUNDING)
    return np.where(lost, np.nan, distance), np.where(lost, IMPRECISE, status)


def _reasons(panel: UnitPanel, status: Strings, first: Any, second: Any) -> list[Words | None]:
    found: list[Words | None] = []
    for pair in zip(first.tolist(), second.tolist(), strict=True):
        lost = [(row, k) for row in pair for k in range(3) if status[k, row] != OPTIMAL]
        words = [REASONS[str(status[k, row])] for row, k in lost]
        english = [
            f"data {panel.years[row]} against the frontier of {FRONTIERS[k]}: {why[0]}"
            for (row, k), why in zip(lost, words, strict=True)
        ]
        chinese = [
            f"{panel.years[row]}年数据：{why[1]}" for (row, _), why in zip(lost, words, strict=True)
        ]
        found.append(("; ".join(english), "；".join(chinese)) if lost else None)
    return found


def _by_group(table: pl.DataFrame) -> pl.DataFrame:
    whole = table.drop_nulls(list(PARTS))
    means = [pl.col(name).log().mean().exp() for name in PARTS]
    keys = ["group", "from_year", "to_year"]
    return (
        whole.sort("unit")
        .group_by(keys, maintain_order=True)
        .agg(pl.len().alias("units_count"), *means)
        .sort(keys)
    )


def _sentences(
    table: pl.DataFrame, by_group: pl.DataFrame, has_bads: bool
) -> tuple[tuple[str, Words], ...]:
    name = (
        ("Metafrontier Malmquist-Luenberger index", "共同前沿 Malmquist-Luenberger 指数")
        if has_bads
        else ("Metafrontier Malmquist index", "共同前沿 Malmquist 指数")
    )
    units, groups = table["unit"].n_unique(), table["group"].n_unique()
    years = table.select(pl.col("from_year").min(), pl.col("to_year").max()).row(0)
    found: list[tuple[str, Words]] = [
        (
            "scope",
            (
                f"{name[0]} of {units} unit{'s' if units > 1 else ''} in {groups} group{'s' if groups > 1 else ''}, "
                f"{years[0]} to {years[1]}.",
                f"{name[1]}：{groups} 组 {units} 个单元，{years[0]}–{years[1]} 年。",
            ),
        )
    ]
    means = by_group.group_by("group", maintain_order=True).agg(pl.col(*PARTS).log().mean().exp())
    for row in means.iter_rows(named=True):
        index, *parts = (
            f"{round(100 * (row[part] - 1), 1) + 0:+.1f}%" for part in PARTS
        )  # + 0 turns -0 into 0
        name_en, name_zh = name_words(row["group"], kind=("group", "组"))
        found.append(
            (
                "group_mean",
                (
                    f"{name_en}: {index} from one year to the next; efficiency {parts[0]}, best practice {parts[1]}, "
                    f"technology gap {parts[2]}.",
                    f"{name_zh}：逐期平均 {index}；效率变化 {parts[0]}，最佳实践变化 {parts[1]}，技术落差变化 {parts[2]}。",
                ),
            )
        )
    lost = (
        table.drop_nulls("reason_en")
        .select("unit", "from_year", "to_year", "reason_en", "reason_zh")
        .rows()
    )
    if lost:
        unit, start, end, english, chinese = lost[0]
        found.append(
            (
                "undefined_count",
                (
                    f"{len(lost)} changes are undefined, that of {unit} {start}–{end} for one: {english}.",
                    f"{len(lost)} 个变化无定义，例如 {unit} {start}–{end} 年：{chinese}。",
                ),
            )
        )
    return tuple(found)

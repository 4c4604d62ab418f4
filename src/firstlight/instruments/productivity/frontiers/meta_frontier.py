"""Groups with technologies of their own, and the metafrontier that envelops them: efficiency, and the gap between the two.

Symbols: b the distance to a frontier along the direction, g of the row's group, m of the metafrontier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import (
    IMPRECISE,
    REASONS,
    directional_distance,
)
from firstlight.instruments.productivity.frontiers.directions import (
    Direction,
    direction_amounts,
    disposal,
    refuse_still,
)
from firstlight.instruments.productivity.frontiers.reference_years import (
    frontiers,
    technology_words,
)
from firstlight.instruments.productivity.frontiers.technology import (
    technology as spanned_technology,
)
from firstlight.instruments.productivity.frontiers.unit_groups import (
    each_group,
    group_words,
    unit_groups,
)
from firstlight.instruments.productivity.options import refuse_unknown
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.numerics.finding import (
    Finding,
    Words,
    listed,
    listed_zh,
    name_words,
    reason_columns,
)
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL
from firstlight.numerics.progress import Progress

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Strings = NDArray[np.str_]
ON_FRONTIER = 1e-8  # a distance nearer to 0 is that of the frontier
ORIENTATIONS = ("input", "output", "directional")
METAFRONTIERS = ("convex", "union")


@dataclass(frozen=True, kw_only=True)
class MetaFrontier(Finding):
    """Efficiency of N rows against their group's frontier and against the metafrontier, and the ratio of the two.

    The table has unit, year where there is one, ``group``, ``group_efficiency_score``, ``technology_gap_ratio`` (TGR, at most 1: how
    near the group's frontier comes to the metafrontier at the row), ``meta_efficiency_score`` = group efficiency x TGR; with a
    direction also ``group_inefficiency_score``, ``meta_inefficiency_score``; ``reason_en``, ``reason_zh``.

    group_distance, meta_distance : (N,) b_g, b_m; nan where there is none
    by_group : group, rows_count, and the means of the three scores
    """

    group_distance: Floats
    meta_distance: Floats
    by_group: pl.DataFrame

    def _chart(self, alt: Any) -> Any:
        shown = self.table.select(
            "unit", "group", "technology_gap_ratio", "meta_efficiency_score"
        ).drop_nulls()
        marks = alt.Chart(alt.Data(values=shown.to_dicts())).mark_point(filled=True)
        return marks.encode(
            x=alt.X("technology_gap_ratio:Q", title="technology gap ratio"),
            y=alt.Y("group:N", title=None),
            color=alt.Color("meta_efficiency_score:Q", title="efficiency to the metafrontier"),
            tooltip=["unit:N", "technology_gap_ratio:Q", "meta_efficiency_score:Q"],
        )


def meta_frontier(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    group: str,
    unit: str = "unit",
    year: str | None = None,
    returns: str = "vrs",
    orientation: str = "output",
    direction: Direction | None = None,
    disposability: str = "weak",
    metafrontier: str = "convex",
    technology: str = "contemporaneous",
    progress: Progress = None,
) -> MetaFrontier:
    """Efficiency within groups, the technology gap ratio of each row, and efficiency against the technology of all groups.

    group efficiency x TGR = meta efficiency. With b the distance along the direction, efficiency is 1 - b for inputs (theta)
    and 1 / (1 + b) for outputs (1 / phi) and other directions, so that TGR = (1 + b_g) / (1 + b_m).

    frame : a row per unit, or per unit and year; inputs, outputs, bads : its columns, in any units
    group : its column of groups, such as regions, industries or technologies, each with a technology of its own
    unit, year : its columns of names and years
    returns, disposability : "crs", "vrs", "nirs" or "ndrs"; of bads, "weak" (an equation) or "strong" (as inputs)
    orientation : "input", "output", or "directional" along ``direction``, names of columns or name -> amount, as in
            ``direction_amounts``; None there for all outputs and bads, (0, y, -b)
    metafrontier : "convex", spanned by the units of all groups together (O'Donnell and others); "union", whatever some group can
            do: not convex, no mixes of units of different groups (Tiedemann and others)
    technology : with years, frontiers "contemporaneous" of each year, "sequential" of a year and all before, or "global"
    progress : told of each year that begins
    Returns MetaFrontier.
    Raises  InputError for an unknown option, bad rows (as ``unit_panel``), or a row without a group.
    Source: O'Donnell, Rao and Battese (2008), Empirical Economics 34, 231-255; Tiedemann, Francksen and Latacz-Lohmann
            (2011), Central European Journal of Operations Research 19, 571-587 (union).

    >>> rows = pl.DataFrame({"unit": ["a", "b", "c"], "kind": ["old", "old", "new"], "x": [1, 1, 1], "y": [2, 4, 8]})
    >>> meta_frontier(rows, ["x"], ["y"], group="kind").frame.select("unit", "group_efficiency_score", "technology_gap_ratio").rows()
    [('a', 0.5, 0.5), ('b', 1.0, 0.5), ('c', 1.0, 1.0)]
    """
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    groups = unit_groups(panel, group, unit=unit, year=year)
    refuse_unknown(
        "meta_frontier",
        orientation=(orientation, ORIENTATIONS),
        metafrontier=(metafrontier, METAFRONTIERS),
    )
    amounts, words = _direction(panel, orientation, direction)
    refuse_still(panel, amounts)
    group_distance, meta_distance = np.full((2, len(groups)), np.nan)
    status = np.full(len(groups), OPTIMAL, "U10")
    for rows, spanning in frontiers(panel, technology, "metafrontier", progress):
        options = {"returns": returns, "disposability": disposability}
        found, state = _to_own(panel, amounts, groups, rows, spanning, options)
        if metafrontier == "union":
            beyond = _to_union(panel, amounts, groups, rows, spanning, options)
        else:
            beyond, _ = _distance(panel, amounts, rows, spanning, options)
        # The metafrontier holds the group's: what falls short of it, or has no solution, does so by rounding.
        meta_distance[rows] = np.maximum(beyond, found)
        group_distance[rows] = found
        status[rows] = np.where(
            (state == OPTIMAL) & np.isnan(meta_distance[rows]), IMPRECISE, state
        )
    table = _table(panel, groups, orientation, group_distance, meta_distance, status)
    by_group = _by_group(table)
    return MetaFrontier(
        table=table,
        sentences=_sentences(table, by_group),
        conventions=(
            *_conventions(returns, orientation, metafrontier),
            words,
            *disposal(panel, disposability, returns),
            *technology_words(panel, technology),
            group_words(groups),
        ),
        given=panel.given,
        group_distance=group_distance,
        meta_distance=meta_distance,
        by_group=by_group,
    )


def _direction(
    panel: UnitPanel, orientation: str, direction: Direction | None
) -> tuple[Floats, Words]:
    if direction is not None and orientation != "directional":
        raise InputError(
            f"orientation {orientation!r} with a direction",
            where="direction",
            try_next="use orientation='directional'",
        )
    columns, outputs, bads = panel.names
    default = {"input": columns, "output": outputs, "directional": (*outputs, *bads)}[orientation]
    return direction_amounts(panel, default if direction is None else direction)


def _distance(
    panel: UnitPanel, amounts: Floats, rows: Rows, spanning: Rows, options: dict[str, str]
) -> tuple[Floats, Strings]:
    frontier = spanned_technology(*panel.of(spanning), **options)
    found = directional_distance(frontier, *panel.of(rows), direction=amounts[rows])
    return np.where(np.abs(found.beta) < ON_FRONTIER, 0.0, found.beta), found.status


def _to_own(
    panel: UnitPanel,
    amounts: Floats,
    groups: Strings,
    rows: Rows,
    spanning: Rows,
    options: dict[str, str],
) -> tuple[Floats, Strings]:
    distance, status = np.full(len(rows), np.nan), np.full(len(rows), INFEASIBLE, "U10")
    for name, own in each_group(groups, rows):
        here = groups[rows] == name
        distance[here], status[here] = _distance(
            panel, amounts, own, spanning[groups[spanning] == name], options
        )
    return distance, status


def _to_union(
    panel: UnitPanel,
    amounts: Floats,
    groups: Strings,
    rows: Rows,
    spanning: Rows,
    options: dict[str, str],
) -> Floats:
    """The farthest that any one group's technology lets a row move; groups that never reach the row have no say."""
    farthest = np.full(len(rows), -np.inf)
    for _, others in each_group(groups, spanning):
        distance, status = _distance(panel, amounts, rows, others, options)
        farthest = np.fmax(farthest, np.where(status == OPTIMAL, distance, -np.inf))
    return farthest


def _table(
    panel: UnitPanel, groups: Strings, orientation: str, own: Floats, meta: Floats, status: Strings
) -> pl.DataFrame:
    def efficiency(distance: Floats) -> Floats:
        return 1 - distance if orientation == "input" else 1 / (1 + distance)

    plain = (
        {"group_inefficiency_score": own, "meta_inefficiency_score": meta}
        if orientation == "directional"
        else {}
    )
    return pl.DataFrame(
        {
            **panel.key(),
            "group": groups,
            "group_efficiency_score": efficiency(own),
            "technology_gap_ratio": efficiency(meta) / efficiency(own),
            "meta_efficiency_score": efficiency(meta),
            **plain,
            **reason_columns(REASONS.get(state) for state in status.tolist()),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


_SCORES = ("group_efficiency_score", "technology_gap_ratio", "meta_efficiency_score")


def _by_group(table: pl.DataFrame) -> pl.DataFrame:
    means = [pl.col(name).mean().alias(name.replace("_score", "") + "_mean") for name in _SCORES]
    return table.group_by("group").agg(pl.len().alias("rows_count"), *means).sort("group")


def _sentences(table: pl.DataFrame, by_group: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    found: dict[str, Words] = {}
    ranked = by_group.drop_nulls("technology_gap_ratio_mean").sort(
        "technology_gap_ratio_mean", "group", descending=[True, False]
    )
    if by_group.height == 1:
        only = by_group["group"][0]
        found["one_group"] = (
            f"All rows are of one group, {only}: the metafrontier is its own frontier.",
            f"所有观测均属同一组（{only}），共同前沿即为组前沿。",
        )
    elif ranked.height:
        best, last = ranked.row(0, named=True), ranked.row(-1, named=True)
        (best_en, best_zh), (last_en, last_zh) = (
            name_words(row["group"], kind=("group", "组")) for row in (best, last)
        )
        found["gap_means"] = (
            f"Nearest to the metafrontier is {best_en}, with a mean technology gap ratio of "
            f"{best['technology_gap_ratio_mean']:.3f}; farthest is {last_en}, {last['technology_gap_ratio_mean']:.3f}.",
            f"最接近共同前沿面的是 {best_zh}，技术落差比均值为 {best['technology_gap_ratio_mean']:.3f}；"
            f"最远的是 {last_zh}，为 {last['technology_gap_ratio_mean']:.3f}。",
        )
    if ranked.height:
        meta, own = (
            table.select(pl.col(f"{name}_efficiency_score").mean()).item()
            for name in ("meta", "group")
        )
        found["score_means"] = (
            f"Mean efficiency is {meta:.3f} against the metafrontier and {own:.3f} within groups.",
            f"共同前沿面下效率均值为 {meta:.3f}，组内效率均值为 {own:.3f}。",
        )
    if small := by_group.filter(pl.col("rows_count") < 3)["group"].to_list():
        found["small_groups"] = (
            f"Groups with one or two rows tell little, their units are nearly their own frontier: {listed(small)}.",
            f"仅含一两个观测的组几乎以自身为前沿，组内效率意义有限：{listed_zh(small)}。",
        )
    reasons = (
        table.drop_nulls("reason_en")
        .group_by("reason_en", "reason_zh")
        .len()
        .sort("len", "reason_en")
    )
    without = [
        (
            "without_solution_count",
            (f"{lost} rows have no score: {english}.", f"{lost} 行没有得分：{chinese}。"),
        )
        for english, chinese, lost in reasons.rows()
    ]
    return (*found.items(), *without)


def _conventions(returns: str, orientation: str, metafrontier: str) -> tuple[Words, ...]:
    measure = {
        "input": (
            "Input-oriented: efficiency is theta (Farrell)",
            "投入导向：效率值为 θ（Farrell）",
        ),
        "output": (
            "Output-oriented: efficiency is 1 / phi (Shephard)",
            "产出导向：效率值为 1/φ（Shephard）",
        ),
        "directional": (
            "Directional: efficiency is 1 / (1 + beta)",
            "方向距离函数：效率值为 1/(1+β)",
        ),
    }[orientation]
    form = {
        "convex": (
            "The metafrontier is spanned by the units of all groups together, and is convex (O'Donnell, Rao and Battese 2008)",
            "共同前沿面由全部组的单元共同构造，为凸集（O'Donnell 等 2008）",
        ),
        "union": (
            "The metafrontier is the union of the groups' technologies, not convex (Tiedemann and others 2011)",
            "共同前沿面为各组技术集之并，非凸（Tiedemann 等 2011）",
        ),
    }[metafrontier]
    return (
        measure,
        (
            f"Returns to scale: {returns.upper()}, of groups and metafrontier alike",
            f"规模报酬：{returns.upper()}，组前沿与共同前沿相同",
        ),
        form,
        (
            "Technology gap ratio (TGR): meta efficiency over group efficiency, at most 1",
            "技术落差比（TGR）：共同前沿效率与组前沿效率之比，不大于1",
        ),
    )

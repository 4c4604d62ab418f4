"""Groups with technologies of their own, and the metafrontier that envelops them.

Symbols: b the distance to a frontier along the direction, g of the row's group, m of the
metafrontier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import (
    IMPRECISE,
    directional_distance,
    efficiency_of,
)
from firstlight.instruments.productivity.frontiers.directions import check_moves, direction_amounts
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.technology import (
    technology as spanned_technology,
)
from firstlight.instruments.productivity.frontiers.unit_groups import each_group
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL
from firstlight.texts import Name, message

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Strings = NDArray[np.str_]
FOLDER = Path(__file__).parent
ON_FRONTIER = 1e-8  # a distance nearer to 0 is that of the frontier


@dataclass(frozen=True)
class MetaFrontier:
    """Efficiency of N rows against their group's frontier and against the metafrontier.

    table : unit, year where there is one, ``group``, ``group_efficiency_score``,
            ``technology_gap_ratio`` (TGR, at most 1: how near the group's frontier comes to the
            metafrontier at the row), ``meta_efficiency_score`` = group efficiency x TGR; with a
            direction also ``group_inefficiency_score``, ``meta_inefficiency_score``; ``reason``,
            a code of why there is no score
    by_group : group, rows_count, and the means of the three scores
    group_distance, meta_distance : (N,) b_g, b_m; nan where there is none
    """

    table: pl.DataFrame
    by_group: pl.DataFrame
    group_distance: Floats
    meta_distance: Floats


def meta_frontier(
    panel: UnitPanel,
    groups: Strings,
    *,
    returns: str = "vrs",
    orientation: str = "output",
    direction: Sequence[str] | None = None,
    disposability: str = "weak",
    metafrontier: str = "convex",
    technology: str = "contemporaneous",
    progress: Progress | None = None,
) -> MetaFrontier:
    """Efficiency within groups, the technology gap ratio, and efficiency against all groups.

    group efficiency x TGR = meta efficiency. With b the distance along the direction, efficiency is
    1 - b for inputs (theta) and 1 / (1 + b) for outputs (1 / phi) and other directions, so that
    TGR = (1 + b_g) / (1 + b_m).

    groups       : (N,) of the panel's rows, each with a technology of its own
    metafrontier : "convex", spanned by the units of all groups together; "union", whatever some
                   group can do: not convex, no mixes of units of different groups
    Raises  InputError for a direction that does not fit, and a row of which nothing moves.
    Source: O'Donnell, Rao and Battese (2008), Empirical Economics 34, 231-255; Tiedemann,
            Francksen and Latacz-Lohmann (2011), Central European Journal of Operations Research 19,
            571-587 (union).
    """
    options = {"returns": returns, "disposability": disposability}
    amounts = _amounts(panel, orientation, direction)
    group_distance, meta_distance = np.full((2, len(groups)), np.nan)
    status = np.full(len(groups), OPTIMAL, "U10")
    for rows, spanning in frontiers(panel.years, technology, progress):
        found, state = _to_own(panel, amounts, groups, rows, spanning, options)
        if metafrontier == "union":
            beyond = _to_union(panel, amounts, groups, rows, spanning, options)
        else:
            beyond, _ = _distance(panel, amounts, rows, spanning, options)
        # The metafrontier holds the group's: what falls short of it does so by rounding.
        meta_distance[rows] = np.maximum(beyond, found)
        group_distance[rows] = found
        status[rows] = np.where(
            (state == OPTIMAL) & np.isnan(meta_distance[rows]), IMPRECISE, state
        )
    table = _table(panel, groups, orientation, group_distance, meta_distance, status)
    return MetaFrontier(table, _by_group(table), group_distance, meta_distance)


def moved(panel: UnitPanel, orientation: str, direction: Sequence[str] | None) -> tuple[str, ...]:
    """The columns that move towards the frontier."""
    inputs, outputs, bads = panel.names
    own = {"input": inputs, "output": outputs, "directional": (*outputs, *bads)}[orientation]
    return own if direction is None else tuple(direction)


def _amounts(panel: UnitPanel, orientation: str, direction: Sequence[str] | None) -> Floats:
    """(N, m + s + b) how far one unit of distance moves each quantity of each row."""
    if direction is not None and orientation != "directional":
        raise InputError(message("direction_unused", orientation=Name(orientation)), FOLDER)
    amounts = direction_amounts(panel, moved(panel, orientation, direction))
    check_moves(panel, amounts)
    return amounts


def _distance(
    panel: UnitPanel, amounts: Floats, rows: Rows, spanning: Rows, options: Mapping[str, str]
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
    options: Mapping[str, str],
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
    options: Mapping[str, str],
) -> Floats:
    """The farthest that any one group's technology lets a row move.

    Groups that never reach the row have no say.
    """
    farthest = np.full(len(rows), -np.inf)
    for _, others in each_group(groups, spanning):
        distance, status = _distance(panel, amounts, rows, others, options)
        farthest = np.fmax(farthest, np.where(status == OPTIMAL, distance, -np.inf))
    return farthest


def _table(
    panel: UnitPanel, groups: Strings, orientation: str, own: Floats, meta: Floats, status: Strings
) -> pl.DataFrame:
    efficiency, plain = partial(efficiency_of, orientation=orientation), {}
    if orientation == "directional":
        plain = {"group_inefficiency_score": own, "meta_inefficiency_score": meta}
    return pl.DataFrame(
        {
            **panel.key(),
            "group": groups,
            "group_efficiency_score": efficiency(own),
            "technology_gap_ratio": efficiency(meta) / efficiency(own),
            "meta_efficiency_score": efficiency(meta),
            **plain,
            "reason": status.tolist(),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None), pl.col("reason").replace(OPTIMAL, None))


def _by_group(table: pl.DataFrame) -> pl.DataFrame:
    return (
        table.group_by("group")
        .agg(
            rows_count=pl.len(),
            group_efficiency_mean=pl.col("group_efficiency_score").mean(),
            technology_gap_ratio_mean=pl.col("technology_gap_ratio").mean(),
            meta_efficiency_mean=pl.col("meta_efficiency_score").mean(),
        )
        .sort("group")
    )

"""Productivity over time where groups have technologies of their own.

The metafrontier Malmquist and Malmquist-Luenberger index. Symbols: b_c, b_i, b_g the distances of a
row to the frontier of its group in its year, of its group in all years, and of all groups in all
years; s and t consecutive years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import IMPRECISE
from firstlight.instruments.productivity.frontiers.directions import direction_amounts
from firstlight.instruments.productivity.frontiers.unit_groups import each_group
from firstlight.instruments.productivity.indices.period_frontiers import (
    ROUNDING,
    Measure,
    Periods,
    consecutive_periods,
    directional_measure,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL
from firstlight.texts import Name, Year, message

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
PARTS = (
    "productivity_index",
    "efficiency_change_index",
    "best_practice_change_index",
    "technology_gap_change_index",
)
FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class MetaChange:
    """Change of productivity of each unit between consecutive years, against all groups.

    table     : unit, group, from_year, to_year, years_count; ``productivity_index`` (above 1 where
        it grows) = ``efficiency_change_index`` x ``best_practice_change_index`` x
        ``technology_gap_change_index``; reason, "infeasible", "imprecise" or "unbounded", of the
        first distance that there is not
    by_group  : group, from_year, to_year, units_count and the geometric means of the four columns
    distances : unit, year, group, then ``_distance`` to three frontiers: group_year, group, meta
    left_out  : unit, from_year, to_year, reason: pairs of which one year or both are not there
    """

    table: pl.DataFrame
    by_group: pl.DataFrame
    distances: pl.DataFrame
    left_out: pl.DataFrame


def meta_malmquist(
    panel: UnitPanel,
    groups: Strings,
    *,
    returns: str = "crs",
    direction: Sequence[str] | None = None,
    disposability: str = "weak",
    progress: Progress | None = None,
) -> MetaChange:
    """The metafrontier Malmquist(-Luenberger) index of each unit, and its three parts.

    index = (1 + b_g(s)) / (1 + b_g(t)); efficiency change (1 + b_c(s)) / (1 + b_c(t)), catching up
    with the group's best; best practice change, of (1 + b_c) / (1 + b_i), the group's frontier of
    the year nearing its frontier of all years; technology gap change, of (1 + b_i) / (1 + b_g), the
    group's frontier nearing that of all groups: innovation leads, above 1. With bads the index is
    Malmquist-Luenberger, without the output-oriented Malmquist index.

    groups  : (N,) of the panel's rows; a unit's group may not change
    returns : "crs" or "vrs"; direction, disposability : as in ``malmquist_luenberger``
    Raises  InputError as ``consecutive_periods``, or for a unit that changes its group.
    Source: Oh and Lee (2010), Empirical Economics 38; Oh (2010), Energy Economics 32.
    """
    _refuse_moves(panel, groups)
    _, outputs, bads = panel.names
    amounts = direction_amounts(panel, [*outputs, *bads] if direction is None else direction)
    periods = consecutive_periods(panel.units, panel.years)
    measure = directional_measure(
        panel.of(slice(None)), amounts, returns=returns, disposability=disposability
    )
    distance, status = _distances(panel, groups, measure, progress)
    table = _table(panel, groups, periods, distance, status)
    names = ("group_year_distance", "group_distance", "meta_distance")
    named = dict(zip(names, distance, strict=True))
    distances = pl.DataFrame({**panel.key(), "group": groups, **named})
    return MetaChange(
        table=table,
        by_group=_by_group(table),
        distances=distances.with_columns(pl.col(pl.Float64).fill_nan(None)),
        left_out=periods.left_out,
    )


def _table(
    panel: UnitPanel, groups: Strings, periods: Periods, distance: Floats, status: Strings
) -> pl.DataFrame:
    level = -np.log(np.where(distance > -1, 1 + distance, np.nan))
    own, of_group, of_all = level[:, periods.second] - level[:, periods.first]
    parts = np.exp(np.stack([of_all, own, of_group - own, of_all - of_group], axis=1))
    reasons = _reasons(status, periods)
    starts, ends = panel.years[periods.first], panel.years[periods.second]
    return pl.DataFrame(
        {
            "unit": panel.units[periods.first],
            "group": groups[periods.first],
            "from_year": starts,
            "to_year": ends,
            "years_count": ends - starts,
            **dict(zip(PARTS, parts.T, strict=True)),
            "reason": reasons,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _refuse_moves(panel: UnitPanel, groups: Strings) -> None:
    moved = np.flatnonzero((panel.units[1:] == panel.units[:-1]) & (groups[1:] != groups[:-1]))
    if moved.size:
        row = int(moved[0])
        values = {"unit": Name(str(panel.units[row])), "before": Name(str(groups[row]))}
        year, after = Year(int(panel.years[row + 1])), Name(str(groups[row + 1]))
        raise InputError(message("moved", year=year, after=after, **values), FOLDER)


def _distances(
    panel: UnitPanel, groups: Strings, measure: Measure, progress: Progress | None
) -> tuple[Floats, Strings]:
    """Of every row to the frontiers of its group's year, of its group, and of all; (3, N)."""
    every = np.arange(len(groups))
    frontiers = [
        (0, rows)
        for year in np.unique(panel.years)
        for _, rows in each_group(groups, np.flatnonzero(panel.years == year))
    ]
    frontiers += [(1, rows) for _, rows in each_group(groups, every)]
    frontiers.append((2, every))
    distance, status = np.full((3, len(groups)), np.nan), np.full((3, len(groups)), OPTIMAL, "U10")
    for done, (kind, rows) in enumerate(frontiers, 1):
        distance[kind, rows], status[kind, rows] = measure(rows, rows)
        if progress is not None:
            progress(done, len(frontiers))
    # each row helps to span all three, so that it can't lie beyond them, but for rounding
    lost = (status == INFEASIBLE) | (distance < -ROUNDING)
    return np.where(lost, np.nan, distance), np.where(lost, IMPRECISE, status)


def _reasons(status: Strings, periods: Periods) -> pl.Series:
    """(P,) the status of the first distance of a pair that there is not; null where all are."""
    # frontiers of the first year's row, then of the second's
    six = np.concatenate([status[:, periods.first], status[:, periods.second]])
    first_lost = (six != OPTIMAL).argmax(axis=0)
    reason = pl.Series(six[first_lost, np.arange(six.shape[1])], dtype=pl.String)
    return reason.set(reason == OPTIMAL, None)


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

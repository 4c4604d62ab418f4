"""Efficiency within groups, and how far each group's technology is behind that of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.frontiers.directions import signed_columns
from firstlight.instruments.productivity.frontiers.unit_groups import measured_groups
from firstlight.instruments.productivity.technology_gaps.meta_frontier import meta_frontier, moved
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    counted,
    message,
    names,
)

SEVERAL = roles.Columns(each=roles.Number("zero", is_filled=True))
FEW = 3  # rows of a group, below which its units are nearly their own frontier


def metafrontier_efficiency(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    group: Annotated[str, roles.Label()] = "group",
    inputs: Annotated[Sequence[str], SEVERAL],
    outputs: Annotated[Sequence[str], SEVERAL],
    bad: Annotated[Sequence[str] | None, SEVERAL] = None,
    returns: Literal["crs", "vrs", "nirs", "ndrs"] = "vrs",
    orientation: Literal["input", "output", "directional"] = "output",
    direction: Annotated[Sequence[str] | None, roles.Names()] = None,
    disposability: Literal["weak", "kuosmanen", "strong"] = "weak",
    metafrontier: Literal["convex", "union"] = "convex",
    technology: Literal["contemporaneous", "sequential", "global"] = "contemporaneous",
    progress: Progress | None = None,
) -> Result:
    """Efficiency within groups, and the gap between each group's technology and that of all.

    Efficiency against the frontier of all groups is efficiency against the group's own times the
    technology gap ratio.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    unit
        Column of the units: firms, provinces, schools.
    year
        Column of the years; without it the units are compared once.
    group
        Column of the groups, such as regions or industries, each with a technology of its own.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    bad
        Columns of undesirable outputs, such as emissions.
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing.
    orientation
        What moves towards the frontier: inputs, outputs, or the columns of a direction.
    direction
        Columns that move, each in proportion to the unit's own value, with orientation directional;
        all outputs and bad outputs where it is left out.
    disposability
        How bad outputs can be reduced: in proportion to all outputs (weak), so with a factor for
        each unit (kuosmanen), or freely, as inputs (strong).
    metafrontier
        Whether units of different groups can be mixed on the frontier of all (convex), or it is
        what any one group can do (union).
    technology
        Which years span the frontier of a year: its own, those so far, or all.
    progress
        Called with the frontiers that are done and those that there are.

    Returns
    -------
    Result with the tables ``scores`` (unit, year, group, ``group_efficiency_score``,
    ``technology_gap_ratio``, ``meta_efficiency_score``, with a direction also
    ``group_inefficiency_score`` and ``meta_inefficiency_score``, ``reason``) and ``by_group``
    (group, rows_count and the means of the scores).

    Raises
    ------
    InputError
        For a missing number, a row without a group, a row whose inputs or outputs are all 0, and a
        direction that does not fit.

    References
    ----------
    O'Donnell, Rao and Battese 2008, Empirical Economics 34, 231-255. Tiedemann, Francksen and
    Latacz-Lohmann 2011, Central European Journal of Operations Research 19, 571-587.

    Examples
    --------
    >>> rows = {"unit": list("abc"), "group": ["old", "old", "new"], "x": [1] * 3, "y": [2, 4, 8]}
    >>> found = metafrontier_efficiency(pl.DataFrame(rows), inputs=["x"], outputs=["y"])
    >>> found.table.select("unit", "group_efficiency_score", "technology_gap_ratio").rows()
    [('a', 0.5, 0.5), ('b', 1.0, 0.5), ('c', 1.0, 1.0)]
    """
    data = METAFRONTIER_EFFICIENCY.read(locals())
    panel = measured_units(data)
    found = meta_frontier(
        panel,
        measured_groups(data, panel),
        returns=returns,
        disposability=disposability,
        orientation=orientation,
        direction=direction,
        metafrontier=metafrontier,
        technology=technology,
        progress=progress,
    )
    used = [message(f"orientation_{orientation}"), message(f"returns_{returns}")]
    used += [message(f"metafrontier_{metafrontier}"), message("gap_ratio")]
    moves = moved(panel, orientation, direction)
    used.append(message("direction", columns=signed_columns(panel, moves)))
    used += _disposal(panel, disposability, returns)
    if panel.has_years:
        used.append(message(f"technology_{technology}"))
    return Result(
        {"scores": found.table, "by_group": found.by_group},
        tuple(_said(found.table, found.by_group)),
        METAFRONTIER_EFFICIENCY.texts,
        conventions=(*used, _sizes(found.by_group)),
        charts=_charts(found.table),
        given=data.given,
    )


def _disposal(panel: UnitPanel, disposability: str, returns: str) -> list[Message]:
    if not panel.bads.size:
        return []
    if disposability == "weak" and returns == "vrs":
        return [message("bads_without_abatement")]
    return [message(f"bads_{disposability}")]


def _sizes(by_group: pl.DataFrame) -> Message:
    listed = tuple(
        Phrase(message("phrases.group_rows", group=Name(group), count=Count(count)))
        for group, count in by_group.select("group", "rows_count").iter_rows()
    )
    return message("groups", groups=List(listed, len(listed)))


def _said(table: pl.DataFrame, by_group: pl.DataFrame) -> list[Message]:
    """Which group is nearest to the frontier of all, how efficient units are, what is unsure."""
    ranked = by_group.drop_nulls("technology_gap_ratio_mean").sort(
        "technology_gap_ratio_mean", "group", descending=[True, False]
    )
    said = []
    if by_group.height == 1:
        said.append(message("one_group", group=Name(by_group["group"][0])))
    elif ranked.height:
        said.append(_gaps(ranked))
    if ranked.height:
        meta, own = (
            Number(float(table[f"{name}_efficiency_score"].drop_nulls().to_numpy().mean()), 3)
            for name in ("meta", "group")
        )
        said.append(message("score_means", meta=meta, own=own))
    small = by_group.filter(pl.col("rows_count") < FEW)["group"].to_list()
    said += counted("small_groups", len(small), groups=names(small))
    lost = table.drop_nulls("reason").group_by("reason").len().sort("len", "reason")
    for reason, count in lost.iter_rows():
        code = Code(f"codes.reason.{reason}")
        said.append(message("without_score", count=Count(count), reason=code))
    return said


def _gaps(ranked: pl.DataFrame) -> Message:
    """Of groups, those with the least and the greatest gap."""
    best, last = ranked.row(0, named=True), ranked.row(-1, named=True)
    return message(
        "gap_means",
        best=Name(best["group"]),
        least_gap=Number(best["technology_gap_ratio_mean"], 3),
        last=Name(last["group"]),
        greatest_gap=Number(last["technology_gap_ratio_mean"], 3),
    )


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    by_rank = Chart("by_rank", "scores", "", (Mark("meta_efficiency_score", "bars"),), line="unit")
    by_year = Chart("by_year", "scores", "year", (Mark("meta_efficiency_score"),), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


METAFRONTIER_EFFICIENCY = Measurement(
    metafrontier_efficiency,
    citation="O'Donnell, Rao and Battese 2008, Empirical Economics 34; Tiedemann, Francksen and "
    "Latacz-Lohmann 2011, Central European Journal of Operations Research 19",
    sample=Sample({"inputs": ["staff", "spending"], "outputs": ["sales"]}),
    brief=(
        "unit",
        "year",
        "group",
        "group_efficiency_score",
        "technology_gap_ratio",
        "meta_efficiency_score",
    ),
)

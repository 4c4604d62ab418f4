"""Metafrontier change: productivity over time where groups have technologies of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.frontiers.directions import signed_columns
from firstlight.instruments.productivity.frontiers.unit_groups import measured_groups
from firstlight.instruments.productivity.indices.metafrontier_malmquist.meta_malmquist import (
    PARTS,
    MetaChange,
    meta_malmquist,
)
from firstlight.instruments.productivity.indices.period_means import changes_left, mean_of_a_year
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Phrase,
    Value,
    Year,
    message,
    names,
)

QUANTITY = roles.Number("zero", is_filled=True)


def metafrontier_change(
    frame: Any,
    inputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    outputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    bad: Annotated[Sequence[str] | None, roles.Columns(1, QUANTITY)] = None,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    group: Annotated[str, roles.Label()] = "group",
    returns: Literal["crs", "vrs"] = "crs",
    direction: Annotated[Sequence[str] | None, roles.Names()] = None,
    disposability: Literal["weak", "kuosmanen", "strong"] = "weak",
    progress: Progress | None = None,
) -> Result:
    """How productivity changed where groups of units have technologies of their own.

    The index is the change of efficiency within the group, times that of the group's best practice,
    times that of the gap between the group's technology and that of all groups.

    Parameters
    ----------
    frame
        A row for each unit and year.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    bad
        Columns of undesirable outputs, such as emissions; with them the index is a
        Malmquist-Luenberger index.
    unit
        Column of the units: firms, provinces, industries.
    year
        Column of the years.
    group
        Column of the groups, such as regions or industries; a unit stays in its group.
    returns
        Constant or variable returns to scale. With variable returns the index does not measure
        total factor productivity.
    direction
        Columns that move, each in proportion to the unit's own value; where left out, outputs and
        bad outputs.
    disposability
        How bad outputs can be reduced: in proportion to all outputs (weak), so with a factor for
        each unit (kuosmanen), or freely, as inputs (strong).
    progress
        Called with the frontiers that are done and all of them.

    Returns
    -------
    Result with the tables ``changes`` (unit, group, from_year, to_year, years_count,
    productivity_index, efficiency_change_index, best_practice_change_index,
    technology_gap_change_index, reason), ``by_group`` (the means of each group and pair of years),
    ``left_out`` (unit, from_year, to_year, reason), ``distances`` (unit, year, group and the
    distances to the three frontiers) and ``cumulated_groups`` (group, year, productivity_index).

    Raises
    ------
    InputError
        For a unit that changes its group or has none, a missing number, a unit whose inputs or
        outputs are all 0, a single year, and units of which none is there in two consecutive years.

    References
    ----------
    Oh and Lee 2010, Empirical Economics 38. Oh 2010, Energy Economics 32.

    Examples
    --------
    >>> rows = {"unit": list("aabb"), "group": ["old", "old", "new", "new"],
    ...     "year": [1990, 1991] * 2}
    >>> rows |= {"x": [1.0] * 4, "y": [2.0, 3.0, 4.0, 4.0]}
    >>> found = metafrontier_change(pl.DataFrame(rows), ["x"], ["y"])
    >>> found.table.select("unit", "productivity_index", "best_practice_change_index").rows()
    [('a', 1.5, 1.5), ('b', 1.0, 1.0)]
    """
    data = METAFRONTIER_CHANGE.read(locals())
    panel = measured_units(data)
    found = meta_malmquist(
        panel,
        measured_groups(data, panel),
        returns=returns,
        direction=direction,
        disposability=disposability,
        progress=progress,
    )
    return Result(
        {
            "changes": found.table,
            "by_group": found.by_group,
            "left_out": found.left_out,
            "distances": found.distances,
            "cumulated_groups": _cumulated(found.by_group),
        },
        tuple(_said(found)),
        METAFRONTIER_CHANGE.texts,
        conventions=tuple(_conventions(panel, found, returns, direction, disposability)),
        charts=(
            Chart("groups", "cumulated_groups", "year", (Mark(PARTS[0], "line"),), line="group"),
            Chart("units", "changes", "to_year", (Mark(PARTS[0], "line"),), panel="unit"),
        ),
        given=data.given,
    )


def _said(found: MetaChange) -> list[Message]:
    """How productivity changed in each group; then who was compared, and what has no value."""
    table = found.table
    groups = found.by_group.partition_by("group", maintain_order=True)
    said = [_group_mean(group) for group in groups] or [message("nothing")]
    values: dict[str, Value[Any]] = {
        "groups": Count(table["group"].n_unique()),
        "start": Year(int(table["from_year"].to_numpy().min())),
        "end": Year(int(table["to_year"].to_numpy().max())),
    }
    said.append(message("scope", count=Count(table["unit"].n_unique()), **values))
    lost = table.drop_nulls("reason")
    if lost.height:
        codes = lost["reason"].unique().sort()
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        units = names(lost["unit"].unique().sort())
        said.append(message("undefined_of", count=Count(lost.height), units=units, reasons=reasons))
    return [*said, *changes_left(found.left_out)]


def _group_mean(means: pl.DataFrame) -> Message:
    name = means["group"][0]
    change, efficiency, practice, gap = (
        Growth(mean_of_a_year(means, part), digits=1) for part in PARTS
    )
    parts = {"efficiency": efficiency, "practice": practice, "gap": gap}
    group: Value[Any] = Name(name)
    if name.isdecimal():
        group = Phrase(message("phrases.numbered_group", number=group))
    return message("group_mean", group=group, change=change, **parts)


def _cumulated(by_group: pl.DataFrame) -> pl.DataFrame:
    """group, year and the mean index, cumulated since the group's first year, which is 1."""
    index = pl.col(PARTS[0])
    runs = by_group.select("group", pl.col("to_year").alias("year"), index.cum_prod().over("group"))
    starts = by_group.group_by("group", maintain_order=True).agg(
        pl.col("from_year").first().alias("year"), pl.lit(1.0).alias(PARTS[0])
    )
    return pl.concat([starts, runs]).sort("group", "year")


def _conventions(
    panel: UnitPanel,
    found: MetaChange,
    returns: str,
    direction: Sequence[str] | None,
    disposability: str,
) -> list[Message]:
    _, outputs, bads = panel.names
    moves = direction or (*outputs, *bads)
    used = [message("above_one"), message("a_year"), message("consecutive_years")]
    used += [message("metafrontier"), message(f"returns_{returns}")]
    used.append(message("direction", columns=signed_columns(panel, moves)))
    if bads:
        is_plain = disposability == "weak" and returns == "vrs"
        used.append(message("bads_unabated" if is_plain else f"bads_{disposability}"))
    sizes = found.distances.group_by("group").len().sort("group")
    listed = tuple(
        Phrase(message("phrases.group_rows", group=Name(group), count=Count(count)))
        for group, count in sizes.iter_rows()
    )
    return [*used, message("groups", groups=List(listed, len(listed)))]


METAFRONTIER_CHANGE = Measurement(
    metafrontier_change,
    citation="Oh and Lee 2010, Empirical Economics 38; Oh 2010, Energy Economics 32",
    sample=Sample({"inputs": ["staff", "spending"], "outputs": ["sales"]}),
    brief=("unit", "group", "from_year", "to_year", *PARTS, "reason"),
)

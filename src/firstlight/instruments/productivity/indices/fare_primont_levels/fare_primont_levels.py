"""TFP levels: which of all units and years is the most productive, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.indices.fare_primont_levels.fare_primont import (
    FarePrimont,
    fare_primont,
)
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.unit_panel import measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.numerics.growth_rates import annual_growth, mean_annual_growth
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import (
    Count,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

QUANTITY = roles.Number("zero", is_filled=True)
WEIGHTLESS = 1e-9  # a share of the value below it is 0, but for rounding
GROWTH = ("tfp_index", "tfp_maximum_index", "tfp_efficiency_ratio")


def tfp_levels(
    frame: Any,
    inputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    outputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    returns: Literal["crs", "vrs", "nirs", "ndrs"] = "vrs",
    orientation: Literal["output", "input", "both"] = "output",
    frontier: Literal["contemporaneous", "sequential", "global"] = "contemporaneous",
    progress: Progress | None = None,
) -> Result:
    """Levels of total factor productivity that compare in any pair of units and years.

    The Färe-Primont index: an aggregate of outputs over one of inputs, weighted by the shadow
    prices of the mean of all rows on the frontier of all rows.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    unit
        Column of the units: firms, provinces, industries.
    year
        Column of the years; without it the units are compared once.
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing.
    orientation
        Whose efficiencies are told: those of outputs, of inputs, or of both.
    frontier
        Who spans a year's frontier: its own units (contemporaneous), those so far, so that
        technology never recedes (sequential), or those of all years, so that it does not change
        (global).
    progress
        Called with the frontiers that are done and all of them.

    Returns
    -------
    Result with the tables ``levels`` (unit, year, output_quantity_index, input_quantity_index,
    tfp_index, tfp_maximum_index, tfp_efficiency_ratio and its parts, reason), ``changes`` (unit,
    base_unit, from_year, to_year and the change of each since the unit's first year) and ``prices``
    (name, side, representative_quantity, shadow_price, value_share, lowest_share, highest_share).

    Raises
    ------
    InputError
        For a missing number, a unit whose inputs or outputs are all 0, and numbers of one column
        that lie too far apart.

    References
    ----------
    Färe and Primont 1995, Multi-Output Production and Duality.
    O'Donnell 2014, Journal of Productivity Analysis 41.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": list("abc"), "x": [1.0, 2.0, 4.0], "y": [1.0, 4.0, 2.0]})
    >>> tfp_levels(rows, ["x"], ["y"]).table["tfp_efficiency_ratio"].round(4).to_list()
    [0.5, 1.0, 0.25]
    """
    data = TFP_LEVELS.read(locals())
    panel = measured_units(data)
    found = fare_primont(
        panel,
        returns=returns,
        orientation=orientation,
        frontier=frontier,
        progress=progress,
    )
    used = [message("representative"), message("linear_aggregates"), message(f"returns_{returns}")]
    used += [message(f"frontier_{frontier}"), message("highest_tfp"), message("least_squares")]
    if panel.has_years:
        used += [message("since_first_year"), message("a_year")]
    return Result(
        {"levels": found.table, "changes": found.changes, "prices": found.prices},
        tuple(_said(found)),
        TFP_LEVELS.texts,
        conventions=tuple(used),
        charts=_charts(found.table),
        given=data.given,
    )


def _said(found: FarePrimont) -> list[Message]:
    """Who leads; growth and its two parts; the weights, and whether they are unique; gaps."""
    known = found.table.drop_nulls("tfp_index")
    said = [_leader(known)]
    if "year" in known.columns:
        said += _growth(known)
    said += [_weights(found.prices), *_weightless(found.prices)]
    if not found.is_unique:
        said.append(message("not_unique"))
    said += counted("missing", found.table.height - known.height)
    return said


def _leader(known: pl.DataFrame) -> Message:
    if not known.height:
        return message("nothing")
    last = last_year(known).sort("tfp_index", "unit", descending=[True, False])
    top, low = last.row(0, named=True), last.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "top": unit_in_year(top["unit"], None),
        "low": unit_in_year(low["unit"], None),
        "times": Number(top["tfp_index"] / low["tfp_index"]),
        "efficiency": Number(float(last["tfp_efficiency_ratio"].to_numpy().mean()), digits=3),
    }
    if "year" in known.columns:
        return message("levels_in", year=Year(top["year"]), **values)
    return message("levels", **values)


def _growth(known: pl.DataFrame) -> list[Message]:
    """The mean change a year of TFP from each unit's first year to its last, and its parts."""
    changes = [pl.col(name).last() / pl.col(name).first() for name in GROWTH]
    span = (pl.col("year").last() - pl.col("year").first()).alias("span")
    ends = known.group_by("unit", maintain_order=True).agg(span, *changes)
    ends = ends.filter(pl.col("span") > 0)
    if not ends.height:
        return []
    tfp, technical, efficiency = (
        Growth(mean_annual_growth(1 + annual_growth(ends[name], ends["span"])), digits=2)
        for name in GROWTH
    )
    years = known["year"].to_numpy()
    values: dict[str, Value[Any]] = {
        "start": Year(int(years.min())),
        "end": Year(int(years.max())),
        "technical": technical,
        "efficiency": efficiency,
    }
    return [message("growth", change=tfp, count=Count(ends.height), **values)]


def _weights(prices: pl.DataFrame) -> Message:
    listed = {}
    for side in ("output", "input"):
        shares = prices.filter(side=side).select("name", pl.col("value_share").abs()).rows()
        parts = [
            Phrase(message("phrases.share_of", column=Name(name), share=Share(share, digits=1)))
            for name, share in shares
        ]
        listed[f"{side}s"] = List(tuple(parts), len(parts))
    return message("weights", outputs=listed["outputs"], inputs=listed["inputs"])


def _weightless(prices: pl.DataFrame) -> list[Message]:
    own = prices.filter(pl.col("value_share").abs() < WEIGHTLESS)["name"]
    return [message("no_weight", columns=names(own, len(own)))] if len(own) else []


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    by_rank = Chart("by_rank", "levels", "", (Mark("tfp_index", "points"),), line="unit")
    by_year = Chart("by_year", "levels", "year", (Mark("tfp_index", "line"),), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


TFP_LEVELS = Measurement(
    tfp_levels,
    citation="Färe and Primont 1995, Multi-Output Production and Duality; O'Donnell 2014, Journal "
    "of Productivity Analysis 41",
    sample=Sample({"inputs": ["capital", "hours"], "outputs": ["value_added"]}),
    brief=("unit", "year", *GROWTH, "output_technical_efficiency_ratio", "reason"),
)

"""Efficiency with intervals: what sampling does to the distance from the frontier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import (
    bootstrap_dea,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, Number, Share, Value, counted, message

# by orientation: the columns of the score as estimated, without bias, and of the interval around
# the latter
SCORES = {
    "input": (
        "efficiency_score",
        "efficiency_score_corrected",
        "efficiency_score_corrected_low",
        "efficiency_score_corrected_high",
    ),
    "output": (
        "expansion_score",
        "expansion_score_corrected",
        "expansion_score_corrected_low",
        "expansion_score_corrected_high",
    ),
}


def efficiency_intervals(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    inputs: Annotated[Sequence[str], roles.Columns(each=roles.Number("zero", is_filled=True))],
    outputs: Annotated[Sequence[str], roles.Columns(each=roles.Number("zero", is_filled=True))],
    returns: Literal["crs", "vrs", "nirs", "ndrs"] = "vrs",
    orientation: Literal["input", "output"] = "input",
    technology: Literal["contemporaneous", "global"] = "contemporaneous",
    replications: Annotated[int, roles.Bounds(2, 100_000)] = 1000,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """Efficiency with its bias and interval, since another sample would span another frontier.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    unit
        Column of the units: firms, provinces, schools.
    year
        Column of the years; without it the units are compared once.
    inputs
        Columns of inputs, in any units. Name undesirable outputs here.
    outputs
        Columns of outputs, in any units.
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing.
    orientation
        Whether inputs shrink (theta) or outputs grow (phi) towards the frontier.
    technology
        Which years span the frontier of a year: its own, or all.
    replications
        How many frontiers are drawn; the interval needs 2 / (1 - level) at least.
    level
        Probability that an interval holds.
    seed
        Seed of the random draws.
    progress
        Called with the replications that are done and those that there are.

    Returns
    -------
    Result with the table ``scores``: unit, year, ``efficiency_score`` (input: theta) or
    ``expansion_score`` (output: phi) as estimated, the same without bias (``_corrected``) with the
    ends of its interval (``_corrected_low``, ``_corrected_high``), bias, standard_error and
    is_correction_advised.

    Raises
    ------
    InputError
        For a missing number, a unit whose inputs or outputs are all 0, fewer than three units
        inside a frontier, and too few replications.

    References
    ----------
    Simar and Wilson 1998, Management Science 44. Simar and Wilson 2000, Journal of Applied
    Statistics 27.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": list("abcde"), "x": [1.0, 2, 3, 4, 5],
    ...     "y": [1.0, 1.5, 2, 3.5, 3]})
    >>> found = efficiency_intervals(rows, inputs=["x"], outputs=["y"], replications=50).table
    >>> bool((found["efficiency_score_corrected"] < found["efficiency_score"]).all())
    True
    """
    data = EFFICIENCY_INTERVALS.read(locals())
    panel = measured_units(data)
    found = bootstrap_dea(
        panel,
        returns=returns,
        orientation=orientation,
        technology=technology,
        replications=replications,
        level=level,
        seed=seed,
        progress=progress,
    )
    used = [
        message(f"returns_{returns}"),
        message(f"orientation_{orientation}"),
        message("one_distribution"),
        message("draws", count=Count(replications), seed=Count(seed)),
        message("variance_kept"),
        message("differences", level=Share(level)),
    ]
    if panel.has_years:
        used.append(message(f"technology_{technology}"))
    score, _, low, high = SCORES[orientation]
    table = found.rename({f"{score}_low": low, f"{score}_high": high})
    return Result(
        {"scores": table},
        tuple(_said(panel, table, orientation, level)),
        EFFICIENCY_INTERVALS.texts,
        conventions=tuple(used),
        charts=_charts(table, orientation),
        given=data.given,
    )


def _said(panel: UnitPanel, table: pl.DataFrame, orientation: str, level: float) -> list[Message]:
    """The means with and without bias, the width of intervals, and for how many the correction is
    worth its noise."""
    score, corrected, low, high = (table[name].to_numpy() for name in SCORES[orientation])
    mean, without_bias, width = (
        Number(float(number), digits=3)
        for number in (score.mean(), corrected.mean(), np.median(high - low))
    )
    every: dict[str, Value[Any]] = {"all": Count(table.height), "rows": panel.kind_of_rows}
    code = "mean_efficiency" if orientation == "input" else "mean_expansion"
    advised = Count(int(table["is_correction_advised"].sum()))
    return [
        message(code, score=mean, corrected=without_bias),
        message("width", level=Share(level), width=width),
        message("correction_advised", count=advised, **every),
        *counted("below_zero", int((low < 0).sum()), **every),
    ]


def _charts(table: pl.DataFrame, orientation: str) -> tuple[Chart, ...]:
    """The score without bias and its interval, by rank and by year."""
    _, score, low, high = SCORES[orientation]
    by_rank = Chart("by_rank", "scores", "", (Mark(score, "points", low, high),), line="unit")
    by_year = Chart("by_year", "scores", "year", (Mark(score, "line", low, high),), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


EFFICIENCY_INTERVALS = Measurement(
    efficiency_intervals,
    citation="Simar and Wilson 1998, Management Science 44; Simar and Wilson 2000, Journal of "
    "Applied Statistics 27",
    sample=Sample({"inputs": ["capital", "hours"], "outputs": ["value_added"], "replications": 40}),
    brief=(
        "unit",
        "year",
        "efficiency_score_corrected",
        "expansion_score_corrected",
        "efficiency_score",
        "expansion_score",
        "bias",
        "standard_error",
        "is_correction_advised",
    ),
)

"""Efficiency of a chain of two stages: what each stage loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, cast

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.network_efficiency.network_frontier import two_stage
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, Number, counted, message

SEVERAL = roles.Columns(each=roles.Number("zero", is_filled=True))
STAGES = (1, 2)
ALIKE = 5e-4  # means of the stages nearer than this are written with the same three decimals


def stage_efficiency(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    inputs: Annotated[Sequence[str], SEVERAL],
    intermediates: Annotated[Sequence[str], SEVERAL],
    outputs: Annotated[Sequence[str], SEVERAL],
    model: Literal["relational", "additive"] = "relational",
    returns: Literal["crs", "vrs"] = "crs",
    priority: Annotated[int, roles.Bounds(1, 2)] = 1,
    technology: Literal["contemporaneous", "sequential", "global"] = "contemporaneous",
    progress: Progress | None = None,
) -> Result:
    """Efficiency of a chain of two stages and of each stage, such as research and its use.

    Stage 1 turns inputs into intermediates, stage 2 intermediates into outputs.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    unit
        Column of the units: firms, provinces, schools.
    year
        Column of the years; without it the units are compared once.
    inputs
        Columns of what stage 1 uses, in any units.
    intermediates
        Columns of what stage 1 makes and stage 2 uses: all of it, and nothing else.
    outputs
        Columns of what stage 2 makes.
    model
        Whether the efficiency of the whole is the product of the stages' (relational) or their
        weighted mean (additive).
    returns
        Returns to scale: constant, or variable in the additive model.
    priority
        The stage that is scored as high as the whole allows, where the whole leaves this open.
    technology
        Which years span the frontier of a year: its own, those so far, or all.
    progress
        Called with the frontiers that are done and those that there are.

    Returns
    -------
    Result with the table ``scores``: unit, year, ``efficiency_score``, ``stage_1_score``,
    ``stage_2_score``, the greatest that either may be, ``stage_1_weight_share`` (additive),
    ``is_efficient``, ``is_decomposition_unique`` and ``reason``.

    Raises
    ------
    InputError
        For a missing number, a row whose inputs, intermediates or outputs are all 0, and variable
        returns in the relational model.

    References
    ----------
    Kao and Hwang 2008, European Journal of Operational Research 185, 418-429. Chen, Cook, Li and
    Zhu 2009, European Journal of Operational Research 196, 1170-1176.

    Examples
    --------
    >>> rows = {"unit": ["a", "b"], "staff": [2.0, 4], "patents": [4.0, 2], "sales": [2.0, 1]}
    >>> of_columns = {"inputs": ["staff"], "intermediates": ["patents"], "outputs": ["sales"]}
    >>> print(stage_efficiency(pl.DataFrame(rows), **of_columns).summary().splitlines()[0])
    Stage 1 loses more: its mean efficiency is 0.625, that of stage 2 is 1.000.
    """
    data = STAGE_EFFICIENCY.read(locals())
    # the panel has one more place beside inputs and outputs
    panel = measured_units(
        replace(data, several={**data.several, "bad": data.several["intermediates"]})
    )
    table = two_stage(
        panel,
        model=model,
        returns=returns,
        priority=priority,
        technology=technology,
        progress=progress,
    ).table
    used = [message(f"model_{model}"), message(f"returns_{returns}")]
    used += [message("input_oriented"), message("priority", stage=Count(priority))]
    if panel.has_years:
        used.append(message(f"technology_{technology}"))
    return Result(
        {"scores": table},
        tuple(_said(panel, table)),
        STAGE_EFFICIENCY.texts,
        conventions=(*used, message("near_one")),
        charts=_charts(table),
        given=data.given,
    )


def _said(panel: UnitPanel, table: pl.DataFrame) -> list[Message]:
    """Which stage loses more, how many lose nothing, and for how many the division is open."""
    rows = panel.kind_of_rows
    means = {stage: _mean(table, f"stage_{stage}_score") for stage in STAGES}
    said = [_weaker(means)]
    efficient = Count(int(table["is_efficient"].sum()))
    mean = _mean(table, "efficiency_score")
    if mean is not None:
        every = Count(table.height)
        said.append(message("efficient", count=efficient, all=every, rows=rows, mean=_score(mean)))
    alone = int(table["reason"].count())
    said += counted("without_stages", alone, rows=rows)
    is_open = ~table["is_decomposition_unique"] & table["reason"].is_null()
    said += counted("open", int(is_open.sum()), rows=rows)
    return said


def _weaker(means: Mapping[int, float | None]) -> Message:
    first, second = means[1], means[2]
    if first is None or second is None:
        return message("no_stage_means", stage=Count(1 if first is None else 2))
    if abs(first - second) < ALIKE:
        return message("stages_alike", mean=_score(first))
    weaker, other = (1, 2) if first < second else (2, 1)
    low, high = min(first, second), max(first, second)
    return message(
        "weaker_stage",
        stage=Count(weaker),
        mean=_score(low),
        other=Count(other),
        other_mean=_score(high),
    )


def _mean(table: pl.DataFrame, column: str) -> float | None:
    return cast("float | None", table[column].mean())


def _score(value: float) -> Number:
    return Number(value, digits=3)


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    by_rank = Chart("by_rank", "scores", "", (Mark("efficiency_score", "bars"),), line="unit")
    names = ("efficiency_score", "stage_1_score", "stage_2_score")
    by_year = Chart("by_year", "scores", "year", tuple(map(Mark, names)), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


STAGE_EFFICIENCY = Measurement(
    stage_efficiency,
    citation="Kao and Hwang 2008, European Journal of Operational Research 185; "
    "Chen, Cook, Li and Zhu 2009, European Journal of Operational Research 196",
    sample=Sample(
        {
            "inputs": ["staff", "spending"],
            "intermediates": ["patents"],
            "outputs": ["sales"],
        }
    ),
    brief=("unit", "year", "efficiency_score", "stage_1_score", "stage_2_score"),
)

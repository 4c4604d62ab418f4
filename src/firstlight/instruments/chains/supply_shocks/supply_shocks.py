"""Shocks: what it costs if sectors lose capacity, who pays, and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.chains.balance import oddities
from firstlight.instruments.chains.io_table import IOTable
from firstlight.instruments.chains.scenario_sections import one_of_both
from firstlight.instruments.chains.supply_shocks.ario import ArioSettings, ario
from firstlight.instruments.chains.supply_shocks.inoperability import (
    dynamic_inoperability,
    interdependence,
    resilience,
)
from firstlight.instruments.chains.supply_shocks.mixed_supply import mixed_supply
from firstlight.instruments.chains.supply_shocks.scenario_rows import (
    Scenario,
    read_scenarios,
    scenarios_of,
)
from firstlight.instruments.chains.supply_shocks.shock_tables import (
    Course,
    course_tables,
    scenario_table,
    sector_table,
)
from firstlight.instruments.chains.yearly_tables import TableColumns, last_table, modelled
from firstlight.measurement import Measurement, Progress, Sample, progress_among
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Count,
    Figure,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

Floats = NDArray[np.float64]
SCENARIOS = roles.Table(
    {
        "scenario": roles.Key(),
        "sector": roles.Key(),
        "lost_share": roles.Number("zero", is_share=True),
        "start_day": roles.Number("positive"),
        "length_days": roles.Number("zero"),
        "recovery_days": roles.Number("zero"),
    },
    may_lack=("start_day", "length_days", "recovery_days"),
)
STOCKS = roles.Table({"sector": roles.Key(), "days": roles.Number("positive")})
TINY = 1e-9  # of an output: below it nothing was lost, or drawn from stocks, but by rounding
DRAWN_AT_MOST = 0.1  # of what a sector delivers; more is no stock, but imports that are not told


def shock(
    frame: Any,
    scenarios: Annotated[Any, SCENARIOS] = None,
    *,
    scenario_file: Annotated[str | Path | Mapping[str, Any] | None, roles.File()] = None,
    stocks: Annotated[Any, STOCKS] = None,
    model: Literal["ario", "inoperability", "mixed"] = "ario",
    days: Annotated[int, roles.Bounds(2, 3650)] = 365,
    stock_days: Annotated[float, roles.Bounds(1, 3650)] = 60.0,
    restock_days: Annotated[float, roles.Bounds(1, 3650)] = 30.0,
    alarm_share: Annotated[float, roles.Bounds(0.01, 1)] = 0.8,
    most_capacity: Annotated[float, roles.Bounds(1, 10)] = 1.25,
    overtime_days: Annotated[float, roles.Bounds(1, 3650)] = 365.0,
    rationing: Literal["industries_first", "proportional"] = "industries_first",
    settle_days: Annotated[float, roles.Bounds(1, 3650)] = 30.0,
    progress: Progress | None = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """What scenarios cost in which some sectors of an input-output table lose capacity.

    Scenarios are compared by the output, value added and final demand that are lost, by who loses,
    and by the days until output is back.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell. Of several years the last counts.
    scenarios
        A row for each sector that loses capacity in a scenario.
    scenario_file
        Scenarios as a TOML file instead, with a section for each sector of a scenario.
    stocks
        How many days the stock of what a sector makes lasts with those who use it, where that is
        not the same for all.
    model
        Stocks and rationing from day to day (ARIO), inoperability, or output that demand decides
        but for the sectors that are hit (mixed).
    days
        How many days to look ahead.
    stock_days
        Days that stocks last in normal times (ARIO).
    restock_days
        Days in which a gap in a stock is ordered (ARIO).
    alarm_share
        Part of a stock below which less is made (ARIO).
    most_capacity
        What overtime can come to, as a multiple of normal capacity (ARIO).
    overtime_days
        Days in which overtime sets in (ARIO).
    rationing
        Whether industries get what they ordered before final demand does, or all get the same part
        of it (ARIO).
    settle_days
        Days in which a sector by itself comes within 1% of where it settles (inoperability).
    progress
        Called with the days that were computed and all of them.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``scenarios`` (rank, scenario, sectors_hit_count, lost_output,
    lost_output_share, lost_directly, lost_ratio, lost_value_added, lost_final, worst_day,
    worst_share, recovery_day, reason), the costliest first; ``sectors`` (the same of each sector);
    ``course`` (scenario, day, output_share) and ``sector_course``.

    Raises
    ------
    InputError
        For what is no square table, flows that are missing or negative, a negative final demand,
        unknown sectors, and a scenario file that is at fault, with its line and key.

    References
    ----------
    Haimes and Jiang 2001, Journal of Infrastructure Systems 7(1), 1-12; Lian and Haimes 2006,
    Systems Engineering 9(3), 241-258; Miller and Blair 2009, Input-Output Analysis, section 13.2;
    Hallegatte 2008, Risk Analysis 28(3), 779-799, and 2013, Risk Analysis 34(1), 152-167.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("ore", "steel", 50), ("ore", "use", 50)]
    >>> rows += [("steel", "ore", 30), ("steel", "use", 70)]
    >>> flows = pl.DataFrame(rows, ["supplier", "user", "value"], orient="row")
    >>> stop = pl.DataFrame({"scenario": ["stop"], "sector": ["steel"], "lost_share": [0.4]})
    >>> shock(flows, stop, model="mixed", days=365).table["lost_output"].round(1).to_list()
    [60.0]
    """
    data = SHOCK.read(locals())
    year_of_table, read = last_table(data)
    table, beyond = modelled(read, "domestic")
    _refuse_negative(table, read)
    table, drawn = _with_what_is_drawn(table)
    rows = _scenario_rows(data, scenario_file)
    chosen = scenarios_of(rows, table.sectors, days)
    settings = ArioSettings(
        _stock_days(data, table, stock_days),
        restock_days,
        alarm_share,
        most_capacity,
        overtime_days,
        rationing,
    )
    courses = [
        _course(table, each, model, settings, settle_days, progress_among(progress, k, len(chosen)))
        for k, each in enumerate(chosen)
    ]
    compared = scenario_table(table, courses)
    hit = sector_table(table, courses)
    whole, single = course_tables(table, courses, hit)
    of_year = list[Message]()
    if year_of_table is not None:
        of_year.append(message("of_year", year=Year(year_of_table)))
    return Result(
        {"scenarios": compared, "sectors": hit, "course": whole, "sector_course": single},
        (
            *_answer(compared, hit, days),
            *_brought_in(table, courses, model),
            *oddities(read),
            *beyond,
            *drawn,
        ),
        SHOCK.texts,
        conventions=(
            *of_year,
            message("inputs_domestic"),
            *_conventions(model, settings, stock_days, settle_days, "stocks" in data.tables),
        ),
        charts=_charts(),
        given=data.given,
    )


def _refuse_negative(table: IOTable, read: IOTable) -> None:
    """Raise InputError for what nobody can be short of: flows and final demand below 0.

    A flow is told as it was read, before imports were taken out of it."""
    below = np.argwhere(table.flows < 0)
    if len(below):
        i, j = below[0].tolist()
        pair = {"supplier": Name(table.sectors[i]), "user": Name(table.sectors[j])}
        raise SHOCK.error(message("flow_negative", value=Figure(read.flows[i, j]), **pair))
    final = table.final_demand
    short = np.flatnonzero(final < -DRAWN_AT_MOST * table.turnover)
    if len(short):
        first = int(short[0])
        value = Figure(float(final[first]))
        raise SHOCK.error(message("final_negative", sector=Name(table.sectors[first]), value=value))


def _with_what_is_drawn(table: IOTable) -> tuple[IOTable, list[Message]]:
    """The table with what sectors deliver from stocks counted as if it were made in the year.

    Where stocks run down by more than final users buy, a sector delivers more than it makes.
    """
    drawn = np.maximum(-table.final_demand, 0.0)
    whole = replace(table, output=table.output + drawn)
    is_drawn = drawn > TINY * table.turnover
    if not is_drawn.any():
        return whole, []
    worst = int((drawn / np.maximum(table.turnover, TINY)).argmax())
    note = message(
        "drawn",
        count=Count(int(is_drawn.sum())),
        sector=Name(table.sectors[worst]),
        amount=Figure(float(drawn[worst])),
        share=Share(float(drawn[worst] / table.turnover[worst]), 1),
    )
    return whole, [note]


def _scenario_rows(data: Data, scenario_file: Any) -> pl.DataFrame:
    if "scenarios" in data.tables:
        return data.tables["scenarios"].frame
    return read_scenarios(scenario_file)


def _stock_days(data: Data, table: IOTable, stock_days: float) -> Floats:
    """Days that the stock of each sector's product lasts."""
    days = np.full(len(table.sectors), stock_days)
    if "stocks" in data.tables:
        at = {name: place for place, name in enumerate(table.sectors)}
        for name, length in data.tables["stocks"].frame.drop_nulls("days").iter_rows():
            if name not in at:
                known = names(table.sectors)
                raise SHOCK.error(message("no_such_stock", sector=Name(name), sectors=known))
            if length < 1:
                raise SHOCK.error(
                    message("stock_too_small", sector=Name(name), days=Number(length))
                )
            days[at[name]] = length
    return days


def _course(
    table: IOTable,
    scenario: Scenario,
    model: str,
    settings: ArioSettings,
    settle_days: float,
    progress: Progress | None,
) -> Course:
    """What becomes of all sectors in one scenario."""
    lost = scenario.lost
    normal = table.output
    if model == "ario":
        course = ario(table.flows, table.final_demand, lost, settings, progress)
        return Course(scenario, course.output, table.final_demand - course.delivered)
    if model == "inoperability":
        dependence = interdependence(table.flows, normal)
        rate = resilience(dependence, settle_days)
        share = dynamic_inoperability(dependence, lost, rate)
        return Course(scenario, normal * (1.0 - share), normal * lost)
    is_hit = scenario.is_hit
    made = (normal * (1.0 - lost))[:, is_hit]
    output, final = mixed_supply(table.coefficients, table.final_demand, is_hit, made)
    return Course(scenario, output, table.final_demand - final)


def _answer(compared: pl.DataFrame, sectors: pl.DataFrame, days: int) -> list[Message]:
    """What the costliest scenario costs, who loses most, and when output is back."""
    first = compared.row(0, named=True)
    if (first["lost_output_share"] or 0.0) <= TINY:
        return [message("costs_nothing", count=Count(compared.height), days=Count(days))]
    hit = sectors.filter(pl.col("scenario") == first["scenario"])
    values: dict[str, Value[Any]] = {
        "scenario": Name(first["scenario"]),
        "lost": Figure(first["lost_output"]),
        "share": Share(first["lost_output_share"], 1),
        "days": Count(days),
    }
    said = [message("costs_most" if compared.height > 1 else "costs", **values)]
    said.append(_recovery(first, days))
    if first["lost_ratio"] is not None:
        said.append(message("ratio", ratio=Number(first["lost_ratio"])))
    worst = hit.row(0, named=True)
    share = Share(worst["lost_output_share"], 1)
    said.append(
        message(
            "loses_most",
            sector=Name(worst["sector"]),
            lost=Figure(worst["lost_output"]),
            share=share,
        )
    )
    beside = hit.filter(~pl.col("is_hit") & (pl.col("lost_output_share") > TINY))
    if beside.height and beside["sector"][0] != worst["sector"]:
        row = beside.row(0, named=True)
        share = Share(row["lost_output_share"], 1)
        said.append(message("beside", sector=Name(row["sector"]), share=share))
    if compared.height > 1:
        after = compared.row(1, named=True)
        lost = Figure(after["lost_output"])
        said.append(message("next", scenario=Name(after["scenario"]), lost=lost))
    return said


def _recovery(row: Mapping[str, Any], days: int) -> Message:
    worst: dict[str, Value[Any]] = {
        "day": Count(row["worst_day"]),
        "share": Share(row["worst_share"], 1),
    }
    if row["recovery_day"] is None:
        return message("not_back", days=Count(days), **worst)
    return message("back", back=Count(row["recovery_day"]), **worst)


def _brought_in(table: IOTable, courses: list[Course], model: str) -> list[Message]:
    """Says where the mixed model asks for more than can be made."""
    if model != "mixed":
        return []
    said = []
    for course in courses:
        short = (course.lost_final - table.final_demand).max(axis=0)
        if short.max() > TINY * table.output.max():
            worst = int(short.argmax())
            values = {"scenario": Name(course.scenario.name), "sector": Name(table.sectors[worst])}
            said.append(message("brought_in", amount=Figure(float(short[worst])), **values))
    return said


def _conventions(
    model: str, settings: ArioSettings, stock_days: float, settle_days: float, has_stocks: bool
) -> tuple[Message, ...]:
    said = [message(f"model_{model}")]
    if model == "ario":
        said += [
            message("stocks_by_sector" if has_stocks else "stocks_alike", days=Figure(stock_days)),
            message(f"rationing_{settings.rationing}"),
            message("restocked", days=Figure(settings.restock_days)),
            message("alarm", share=Share(settings.alarm_share)),
            message(
                "overtime",
                most=Share(settings.most_capacity),
                days=Figure(settings.overtime_days),
            ),
        ]
    if model == "inoperability":
        said.append(message("settled", days=Figure(settle_days)))
    return (*said, message("recovered"))


def _charts() -> tuple[Chart | Drawing, ...]:
    return (
        Chart("recovery", "course", "day", (Mark("output_share"),), line="scenario"),
        Chart(
            "by_sector",
            "sector_course",
            "day",
            (Mark("output_share"),),
            panel="scenario",
            line="sector",
        ),
        Chart("by_rank", "scenarios", "", (Mark("lost_output", "bars"),), line="scenario"),
        Chart(
            "losers",
            "sectors",
            "",
            (Mark("lost_output", "bars"),),
            panel="scenario",
            line="sector",
        ),
        Drawing(
            "hit",
            "matrix",
            "sectors",
            node="sector",
            x="scenario",
            y="sector",
            size="worst_share",
        ),
    )


SHOCK = Measurement(
    shock,
    citation="Hallegatte 2013, Risk Analysis 34(1), 152-167",
    sample=Sample(tables={"scenarios": "scenarios.csv", "stocks": "stocks.csv"}),
    check=one_of_both,
    brief=(
        "rank",
        "scenario",
        "lost_output",
        "lost_output_share",
        "lost_ratio",
        "worst_share",
        "recovery_day",
    ),
)

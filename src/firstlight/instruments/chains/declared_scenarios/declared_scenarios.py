"""Scenarios side by side: a price, a substitution, an upgrade, another final demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.balance import oddities
from firstlight.instruments.chains.declared_scenarios.declared_changes import (
    FOLDER,
    declared_changes,
)
from firstlight.instruments.chains.declared_scenarios.economy import (
    Economy,
    economy_of,
    final_imports,
)
from firstlight.instruments.chains.declared_scenarios.scenario_outcome import (
    Outcome,
    outcome_of,
)
from firstlight.instruments.chains.declared_scenarios.scenario_tables import (
    JOBS,
    change_table,
    mover_table,
    price_table,
    scenario_table,
    sector_table,
)
from firstlight.instruments.chains.io_table import IOTable
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.scenario_sections import (
    Sections,
    one_of_both,
    read_sections,
    sections_of,
)
from firstlight.instruments.chains.yearly_tables import TableColumns, last_table, modelled
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Count,
    Figure,
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

Floats = NDArray[np.float64]
MAY_LACK: dict[str, roles.ColumnRole] = {
    "number": roles.Key(is_row=True),
    "user": roles.Label(),
    "origin": roles.Label(),
    "by": roles.Label(),
    "by_origin": roles.Label(),
    "share": roles.Number("zero", is_share=True),
    "growth": roles.Number(),
    "factor": roles.Number("positive"),
    "ratio": roles.Number("zero"),
    "added": roles.Number(),
    "stressor": roles.Label(),
}
NEEDED: dict[str, roles.ColumnRole] = {
    "scenario": roles.Key(),
    "change": roles.Label(),
    "good": roles.Label(),
}
SCENARIOS = roles.Table({**NEEDED, **MAY_LACK}, may_lack=tuple(MAY_LACK))
STRESSORS = roles.Table({"sector": roles.Key(), "stressor": roles.Key(), "value": roles.Number()})
SAID = 6  # scenarios that have a sentence of their own
SMALL = 5e-5  # in proportion, below which a change is not said


def scenario_effects(
    frame: Any,
    scenarios: Annotated[Any, SCENARIOS] = None,
    *,
    scenario_file: Annotated[str | Path | Mapping[str, Any] | None, roles.File()] = None,
    stressors: Annotated[Any, STRESSORS] = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """What declared scenarios bring and cost, side by side, by an input-output table.

    A scenario changes prices, what sectors or final users buy in place of something else, how much
    of an input a sector needs, or the final demand for a good. Prices follow costs in full, and
    quantities follow demand: x = (I - A)^-1 f, p' = p' A + w'.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell. Of several years the last counts.
    scenarios
        A row for each change of a scenario.
    scenario_file
        Scenarios as a TOML file instead, with a section for each change of a scenario.
    stressors
        What sectors employ or emit in all, such as jobs and CO2, to be counted as well.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``scenarios`` (rank, scenario, real_value_added_growth,
    consumer_price_growth, final_price_growth, and change and growth of value added, output,
    imports and each stressor), the one that brings most first; ``sectors`` (scenario, sector,
    real_value_added_change, price_growth, output_change ...); ``movers`` and ``prices``, what of
    them moves most; ``changes``, as they were read.

    Raises
    ------
    InputError
        For what is no square table, and for a scenario that is at fault, with its line and key.

    References
    ----------
    Leontief 1947, Econometrica 15(3), 181-210; Miller and Blair 2009, Input-Output Analysis, 2nd
    edition, sections 2.2 and 2.6.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"],
    ...     "user": ["farms", "mills", "farms", "mills", "households", "households"],
    ...     "value": [150, 500, 200, 100, 350, 1700],
    ... }
    >>> dear = {"scenario": "dear", "change": "price", "good": "farms", "factor": 2.0}
    >>> found = scenario_effects(pl.DataFrame(cells), scenario_file={"changes": [dear]})
    >>> found.tables["sectors"].sort("sector")["price_growth"].round(4).to_list()
    [1.0, 0.2632]
    """
    data = SCENARIO_EFFECTS.read(locals())
    year_of_table, read = last_table(data)
    domestic, beyond = modelled(read, "domestic")
    imports = final_imports(read, domestic)
    counted = _stressors(data, read)
    base = economy_of(read, domestic, imports, counted)
    sections = _sections(data, scenario_file)
    changes = declared_changes(sections, base.sectors, tuple(counted))
    before = outcome_of(base, "", (), sections)
    after = [outcome_of(base, name, changes_of, sections) for name, changes_of in changes.items()]
    compared = scenario_table(before, after)
    sectors = sector_table(base.sectors, before, after, compared["scenario"].to_list())
    prices = price_table(sectors)
    return Result(
        {
            "scenarios": compared,
            "sectors": sectors,
            "movers": mover_table(sectors),
            "prices": prices,
            "changes": change_table(changes, sections),
        },
        (
            *_answer(compared, sectors, tuple(counted)),
            *_losing(base, before, after),
            *oddities(read),
            *beyond,
        ),
        SCENARIO_EFFECTS.texts,
        conventions=_conventions(year_of_table, read, base),
        charts=_charts(prices),
        given=data.given,
    )


def _sections(data: Data, scenario_file: Any) -> Sections:
    if "scenarios" in data.tables:
        return sections_of(data.tables["scenarios"].frame, "scenarios", FOLDER)
    return read_sections(scenario_file, "changes", FOLDER)


def _stressors(data: Data, table: IOTable) -> dict[str, Floats]:
    """Stressor -> what each sector has of it; jobs as the table tells them, unless said."""
    stressors = {} if table.employment is None else {JOBS: table.employment}
    if "stressors" not in data.tables:
        return stressors
    rows = data.tables["stressors"].frame
    strange = sorted(set(rows["sector"]) - set(table.sectors))
    if strange:
        known = names(table.sectors)
        raise SCENARIO_EFFECTS.error(
            message("stressor_elsewhere", sector=Name(strange[0]), sectors=known)
        )
    for stressor in sorted(set(rows["stressor"]), key=lambda name: (name != JOBS, name)):
        amounts = rows.filter(pl.col("stressor") == stressor).drop_nulls("value")
        values = dict(amounts.select("sector", "value").iter_rows())
        lacking = [sector for sector in table.sectors if sector not in values]
        if lacking:
            count = Count(len(lacking))
            named = names(lacking)
            raise SCENARIO_EFFECTS.error(
                message("stressor_lacking", stressor=Name(stressor), count=count, sectors=named)
            )
        stressors[stressor] = np.array([values[sector] for sector in table.sectors])
    return stressors


def _answer(
    compared: pl.DataFrame, sectors: pl.DataFrame, stressors: Sequence[str]
) -> list[Message]:
    """What each scenario brings and costs, and who gains and loses most."""
    rows = list(compared.iter_rows(named=True))
    said = list[Message]()
    known = [row for row in rows if row["real_value_added_growth"] is not None]
    if len(known) > 1:
        best = known[0]
        worst = known[-1]
        said.append(
            message(
                "side_by_side",
                count=Count(len(rows)),
                best=Name(best["scenario"]),
                most=Growth(best["real_value_added_growth"], 2),
                worst=Name(worst["scenario"]),
                least=Growth(worst["real_value_added_growth"], 2),
            )
        )
    rows_said = rows if len(rows) <= SAID else [*rows[: SAID - 1], rows[-1]]
    for row in rows_said:
        changed = sectors.filter(scenario=row["scenario"])
        effects = _effects(row, changed, stressors)
        who = _who(row, changed)
        scenario = Name(row["scenario"])
        listed = List(tuple(effects), len(effects))
        if not effects:
            said.append(message("nothing", scenario=scenario))
        elif who is None:
            said.append(message("brings", scenario=scenario, effects=listed))
        else:
            about: dict[str, Value[Any]] = {"scenario": scenario, "effects": listed}
            said.append(message("brings_and", who=Phrase(who), **about))
    return said


def _effects(
    row: Mapping[str, Any], changed: pl.DataFrame, stressors: Sequence[str]
) -> list[Value[Any]]:
    """What changes in all in one scenario, and whose price moves most of those that follow."""
    has_moved = bool((changed["price_growth"].abs() >= SMALL).any())
    codes = ["value_added", "output", "imports"]
    if has_moved:
        codes = ["real_value_added", "nominal_value_added", *codes[1:]]
        codes += ["consumer_price", "final_price"]
    parts = list[Value[Any]]()
    for code in codes:
        growth = row[f"{code.removeprefix('nominal_')}_growth"]
        if _is_said(growth):
            parts.append(Phrase(message(f"phrases.{code}", growth=Growth(growth, 2))))
    free = changed.filter(~pl.col("is_price_given") & (pl.col("price_growth").abs() >= SMALL))
    if free.height:
        moved = free.with_columns(moved=pl.col("price_growth").abs())
        most = best_first(moved, "moved").row(0, named=True)
        sector = Name(most["sector"])
        growth = Growth(most["price_growth"], 2)
        parts.append(Phrase(message("phrases.moves_most", sector=sector, growth=growth)))
    for stressor in stressors:
        if stressor == JOBS and _is_said(row["jobs_growth"]):
            parts.append(Phrase(message("phrases.jobs", growth=Growth(row["jobs_growth"], 2))))
        elif stressor != JOBS and _is_said(row[f"stressor_{stressor}_growth"]):
            growth = Growth(row[f"stressor_{stressor}_growth"], 2)
            named = message("phrases.stressor", stressor=Name(stressor), growth=growth)
            parts.append(Phrase(named))
    return parts


def _is_said(growth: float | None) -> bool:
    return growth is not None and abs(growth) >= SMALL


def _who(row: Mapping[str, Any], changed: pl.DataFrame) -> Message | None:
    """Who gains most value added, and who loses most; None where nobody does."""
    first = changed.row(0, named=True)
    last = changed.row(-1, named=True)
    most = first["real_value_added_change"]
    least = last["real_value_added_change"]
    winner = Name(first["sector"])
    gain = Figure(abs(most))
    loser = Name(last["sector"])
    loss = Figure(abs(least))
    losers = changed.filter(pl.col("real_value_added_change") < 0)
    deflator = row["consumer_price_growth"] or row["final_price_growth"]
    has_own = (losers["value_added_change"] != 0).any()
    if losers.height > 1 and deflator and not has_own:
        growth = Growth(1 / (1 + deflator) - 1, 2)
        if most > 0:
            return message("phrases.gains_and_all_lose", winner=winner, gain=gain, growth=growth)
        return message("phrases.all_lose", growth=growth)
    if most > 0 > least:
        return message("phrases.gains_and_loses", winner=winner, gain=gain, loser=loser, loss=loss)
    if most > 0:
        return message("phrases.gains", winner=winner, gain=gain)
    if least < 0:
        return message("phrases.loses", loser=loser, loss=loss)
    return None


def _losing(base: Economy, before: Outcome, after: Sequence[Outcome]) -> list[Message]:
    """Which sectors no longer cover their inputs in a scenario, though they do in the table."""
    said = []
    for outcome in after:
        is_losing = (outcome.margin < 0) & (before.margin >= 0) & (before.output != 0)
        losing = [base.sectors[k] for k in np.flatnonzero(is_losing)]
        if losing:
            count = Count(len(losing))
            scenario = Name(outcome.scenario)
            said.append(
                message("below_costs", scenario=scenario, count=count, sectors=names(losing))
            )
    return said


def _conventions(year: int | None, read: IOTable, base: Economy) -> tuple[Message, ...]:
    said = list[Message]()
    if year is not None:
        said.append(message("of_year", year=Year(year)))
    said += [message("full_pass_through"), message("no_response"), message("real_value_added")]
    said.append(message("from_the_table"))
    if read.households is None and "consumption" in read.uses:
        said.append(message("all_consumers"))
    if read.value_added is None:
        said.append(message("value_added_left"))
    if not base.abroad.any():
        said.append(message("imports_not_told"))
    return tuple(said)


def _charts(prices: pl.DataFrame) -> tuple[Chart, ...]:
    charts = [
        Chart(
            "by_scenario",
            "scenarios",
            "",
            (Mark("real_value_added_growth", "bars"),),
            line="scenario",
        ),
        Chart(
            "movers",
            "movers",
            "",
            (Mark("real_value_added_change", "bars"),),
            panel="scenario",
            line="sector",
        ),
    ]
    if prices.height:
        charts.append(
            Chart(
                "prices",
                "prices",
                "",
                (Mark("price_growth", "bars"),),
                panel="scenario",
                line="sector",
            )
        )
    return tuple(charts)


SCENARIO_EFFECTS = Measurement(
    scenario_effects,
    citation="Miller and Blair 2009, Input-Output Analysis, 2nd edition",
    sample=Sample(tables={"scenarios": "scenarios.csv", "stressors": "stressors.csv"}),
    check=one_of_both,
    brief=(
        "rank",
        "scenario",
        "real_value_added_growth",
        "value_added_growth",
        "output_growth",
        "imports_growth",
        "consumer_price_growth",
    ),
)

"""Which sectors pull most on others, which are key, and what a unit of final demand needs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.errors import InputError
from firstlight.instruments.chains.balance import TOLERANCE, balance_table, oddities
from firstlight.instruments.chains.economic_structure.multipliers import (
    closed_system,
    multipliers,
)
from firstlight.instruments.chains.io_table import IOTable, per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.linkages import (
    forward_linkages,
    linkage_index,
    linkage_role,
)
from firstlight.instruments.chains.ranked_rows import best_first, over_years
from firstlight.instruments.chains.yearly_tables import (
    TableColumns,
    modelled,
    read_tables,
    unlike_years,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import nan_to_null
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Number, Share, Year, message, names

Floats = NDArray[np.float64]
JOBS = roles.Table({"sector": roles.Key(), "jobs": roles.Number("zero")})
ROLES = ("key", "pull", "push", "neither")
# what is measured: its multiplier, type I, with households, type II
MULTIPLIERS = (
    (
        "value_added_multiplier",
        "value_added_type_1",
        "value_added_total_multiplier",
        "value_added_type_2",
    ),
    ("income_multiplier", "income_type_1", "income_total_multiplier", "income_type_2"),
    (
        "employment_multiplier",
        "employment_type_1",
        "employment_total_multiplier",
        "employment_type_2",
    ),
)


def structure(
    frame: Any,
    *,
    inputs: Literal["domestic", "all"] = "domestic",
    forward: Literal["ghosh", "leontief"] = "ghosh",
    jobs: Annotated[Any, JOBS] = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """Linkages and multipliers of the sectors of an input-output table, and whether it balances.

    Backward linkages are column sums of the Leontief inverse L = (I - A)^-1, forward ones row sums
    of the Ghosh inverse, both over their mean; direct ones are column sums of A and row sums of B.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell.
    inputs
        Inputs made at home, or those from everywhere. Imports in a column of their own are taken
        from all home uses of a good in proportion.
    forward
        The model of forward linkages.
    jobs
        Employment of the sectors, where the table has no row of it.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``sectors`` (sector, year, role, backward_linkage_index,
    forward_linkage_index, direct_backward_linkage, direct_forward_linkage, output, final_demand),
    ``multipliers`` (sector, year, output_multiplier and those of value added, income and employment
    that the table allows) and ``balance``.

    Raises
    ------
    InputError
        For a table that is not square, has cells without numbers or can't meet its final demand.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, chapters 2, 6 and 12; Rasmussen 1956,
    Studies in Inter-Sectoral Relations; Chenery and Watanabe 1958, Econometrica 26(4), 487-521
    (direct linkages).

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"],
    ...     "user": ["farms", "mills", "farms", "mills", "final demand", "final demand"],
    ...     "value": [150, 500, 200, 100, 350, 1700],
    ... }
    >>> structure(pl.DataFrame(cells)).tables["multipliers"]["output_multiplier"].round(4).to_list()
    [1.5182, 1.4521]
    """
    data = STRUCTURE.read(locals())
    tables = read_tables(data)
    sectors = dict[int | None, pl.DataFrame]()
    effects = dict[int | None, pl.DataFrame]()
    for at, table in tables.items():
        used, notes = modelled(table, inputs)
        system = ProductionSystem(used.coefficients, used.sectors)
        sectors[at] = _linkages(used, system, forward)
        effects[at], open_households = _multipliers(used, system)
    # what is said is of the last year
    said = [*_answer(sectors[at], effects[at], at), *unlike_years(tables), *oddities(table)]
    said += [*notes, *open_households]
    linkages = over_years(sectors, "backward_linkage_index")
    sums = {at: balance_table(table) for at, table in tables.items()}
    return Result(
        {
            "sectors": linkages,
            "multipliers": over_years(effects, "output_multiplier"),
            "balance": over_years(sums, "worst_gap"),
        },
        tuple(said),
        STRUCTURE.texts,
        conventions=(
            message(f"inputs_{inputs}"),
            message(f"forward_{forward}"),
            message("roles"),
            message("type_two"),
        ),
        charts=_charts(linkages),
        given=data.given,
    )


def _linkages(
    table: IOTable, system: ProductionSystem, model: Literal["ghosh", "leontief"]
) -> pl.DataFrame:
    x = table.output
    backward = linkage_index(system.multipliers(np.ones(len(x))), x)
    forward = linkage_index(forward_linkages(system, x, model), x)
    frame = pl.DataFrame(
        {
            "sector": table.sectors,
            "role": pl.Series(linkage_role(backward, forward), dtype=pl.String),
            "backward_linkage_index": backward,
            "forward_linkage_index": forward,
            "direct_backward_linkage": table.coefficients.sum(axis=0),
            "direct_forward_linkage": per_output(table.flows.T, x).sum(axis=0),
            "output": x,
            "final_demand": table.final_demand,
        }
    )
    return nan_to_null(frame)


def _multipliers(table: IOTable, system: ProductionSystem) -> tuple[pl.DataFrame, list[Message]]:
    """The table of multipliers, and why households are left out, if they are."""
    closed, why = _with_households(table)
    columns: dict[str, Any] = {"sector": table.sectors}
    ones = multipliers(system, np.ones(len(table.sectors)), closed)
    columns["output_multiplier"] = ones.simple
    if ones.total is not None:
        columns["output_total_multiplier"] = ones.total
    amounts = (table.value_added, table.payments.get("wages"), table.employment)
    measured = dict(zip(MULTIPLIERS, amounts, strict=True))
    for names_of, amount in measured.items():
        if amount is None:
            continue
        sums = multipliers(system, per_output(amount, table.output), closed)
        each = (sums.simple, sums.type_1, sums.total, sums.type_2)
        named = zip(names_of, each, strict=True)
        columns |= {name: effect for name, effect in named if effect is not None}
    frame = nan_to_null(pl.DataFrame(columns))
    ratios = [name for name in frame.columns if name.endswith("_type_1")]
    is_nothing = pl.any_horizontal([pl.col(ratios).is_null()]) if ratios else pl.lit(value=False)
    return frame.with_columns(reason=pl.when(is_nothing).then(pl.lit("nothing_own"))), why


def _with_households(table: IOTable) -> tuple[ProductionSystem | None, list[Message]]:
    wages = table.payments.get("wages")
    bought = table.households
    if wages is None or bought is None or not wages.sum() > 0:
        return None, []
    wage_share = per_output(wages, table.output)
    try:
        return closed_system(table.coefficients, wage_share, bought / wages.sum()), []
    except InputError as error:
        if error.code != "not_productive":
            raise
        share = Number(float(bought.sum() / wages.sum()), 3)
        return None, [message("not_closed", ratio=share)]


def _answer(linkages: pl.DataFrame, effects: pl.DataFrame, year: int | None) -> list[Message]:
    """Which sector pulls most, which are key, and where most leaks abroad."""
    best = best_first(effects, "output_multiplier").row(0, named=True)
    sector = Name(best["sector"])
    multiplier = Number(best["output_multiplier"])
    said = [message("pulls_most", sector=sector, multiplier=multiplier)]
    if year is not None:
        said = [message("pulls_most_in", year=Year(year), sector=sector, multiplier=multiplier)]
    if best["output_multiplier"] <= 1 + TOLERANCE:  # nobody needs anything of another
        said = []
    key = best_first(linkages.filter(role="key"), "backward_linkage_index")["sector"].to_list()
    if key:
        whole = Count(linkages["role"].count())
        said.append(message("key", count=Count(len(key)), sectors=names(key), all=whole))
    else:
        said.append(message("no_key"))
    if "value_added_multiplier" in effects.columns:
        # nothing can be spent on what is not made
        made = effects.join(linkages.filter(pl.col("output") > 0), on="sector", how="semi")
        lost = made.with_columns(leak=-pl.col("value_added_multiplier"))
        least = best_first(lost, "leak").row(0, named=True)
        # in a table without imports all of it becomes value added, whatever is bought
        if 0 <= least["value_added_multiplier"] < 1 - TOLERANCE:
            share = Share(least["value_added_multiplier"])
            said.append(message("keeps_least", sector=Name(least["sector"]), share=share))
    return said


def _charts(linkages: pl.DataFrame) -> tuple[Chart | Drawing, ...]:
    plane = Drawing(
        "linkages",
        "scatter",
        "sectors",
        node="sector",
        x="backward_linkage_index",
        y="forward_linkage_index",
        size="output",
        group="role",
        steps=ROLES,
    )
    bars = Mark("backward_linkage_index", "bars")
    ranking = Chart("pull_by_rank", "sectors", "", (bars,), line="sector")
    if "year" not in linkages.columns:
        return ranking, plane
    course = Chart(
        "pull_by_year", "sectors", "year", (Mark("backward_linkage_index"),), line="sector"
    )
    return by_rank_and_year(linkages, ranking, course)


STRUCTURE = Measurement(
    structure,
    citation=(
        "Miller and Blair 2009, Input-Output Analysis, 2nd edition; "
        "Rasmussen 1956, Studies in Inter-Sectoral Relations"
    ),
    sample=Sample(),
    brief=("sector", "year", "role", "backward_linkage_index", "forward_linkage_index"),
)
